//! Residual networks of basic blocks.

use crate::model::{Builder, Conv2d, Graph, GraphError, NodeId, Op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Three stages of basic blocks with 16, 32 and 64 maps, times `width`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resnet {
    /// Layers, 6n + 2: 20, 32, 44, 56, 110 …
    #[schemars(range(min = 8, max = 10_000))]
    pub depth: usize,
    /// Factor on the number of maps.
    #[serde(default = "default_width")]
    #[schemars(range(min = 1, max = 10_000))]
    pub width: usize,
}

fn default_width() -> usize {
    1
}

impl Resnet {
    pub(super) fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, GraphError> {
        let Self { depth, width } = *self;
        if depth < 8 || depth % 6 != 2 {
            let below = depth.saturating_sub(2).max(6) / 6 * 6 + 2;
            let text =
                format!("a resnet has 6n + 2 layers, not {depth}; the nearest are {below} and {}", below + 6);
            return Err(GraphError::Setting(text));
        }
        let blocks = (depth - 2) / 6;
        residual(input, classes, width.saturating_mul(16), &[blocks; 3])
    }
}

/// A stem of `maps` maps, then stages that double them; each stage but the first halves the image.
pub(super) fn residual(
    input: [usize; 3],
    classes: usize,
    maps: usize,
    stages: &[usize],
) -> Result<Graph, GraphError> {
    let mut builder = Builder::new(input, classes);
    let mut last = builder.add("conv1", Op::Conv2d(Conv2d::three(maps)), &[Builder::INPUT])?;
    last = builder.add("bn1", Op::BatchNorm, &[last])?;
    last = builder.add("relu", Op::Relu, &[last])?;
    for (stage, &blocks) in stages.iter().enumerate() {
        let maps = maps.saturating_mul(1 << stage);
        for block in 0..blocks {
            let halves = stage > 0 && block == 0;
            let stride = if halves { 2 } else { 1 };
            let name = format!("layer{}.{block}", stage + 1);
            last = basic_block(&mut builder, last, &name, maps, stride)?;
        }
    }
    last = builder.add("avgpool", Op::GlobalAvgPool, &[last])?;
    last = builder.add("flatten", Op::Flatten, &[last])?;
    let logits = builder.add("fc", Op::Linear { output: classes, bias: true }, &[last])?;
    builder.finish(logits)
}

/// Two 3×3 convolutions around which the input goes, through a 1×1 convolution where it changes shape.
fn basic_block(
    builder: &mut Builder,
    from: NodeId,
    name: &str,
    maps: usize,
    stride: usize,
) -> Result<NodeId, GraphError> {
    let three = Conv2d::three(maps);
    let mut add = |part: &str, op, inputs: &[NodeId]| builder.add(&format!("{name}.{part}"), op, inputs);
    let mut last = add("conv1", Op::Conv2d(Conv2d { stride, ..three }), &[from])?;
    last = add("bn1", Op::BatchNorm, &[last])?;
    last = add("relu1", Op::Relu, &[last])?;
    last = add("conv2", Op::Conv2d(three), &[last])?;
    last = add("bn2", Op::BatchNorm, &[last])?;
    let shortcut = if stride == 1 {
        from
    } else {
        let one = Conv2d { kernel: 1, stride, padding: 0, ..three };
        let conv = add("downsample.0", Op::Conv2d(one), &[from])?;
        add("downsample.1", Op::BatchNorm, &[conv])?
    };
    last = add("add", Op::Add, &[last, shortcut])?;
    add("relu2", Op::Relu, &[last])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_torchvisions() {
        let graph = Resnet { depth: 20, width: 1 }.graph([3, 32, 32], 10).unwrap();
        let layers = graph.prunable();
        assert_eq!(layers.len(), 22);
        assert_eq!(layers[..3], ["conv1", "layer1.0.conv1", "layer1.0.conv2"]);
        assert!(layers.contains(&"layer2.0.downsample.0".to_owned()));
        assert_eq!(layers.last().map(String::as_str), Some("fc"));
        assert!(graph.slots().iter().any(|slot| slot.name == "layer3.0.downsample.1.running_var"));
    }

    #[test]
    fn other_depths_are_refused() {
        let error = Resnet { depth: 21, width: 1 }.graph([3, 32, 32], 10).unwrap_err().to_string();
        assert_eq!(error, "a resnet has 6n + 2 layers, not 21; the nearest are 20 and 26");
    }

    #[test]
    fn absurd_sizes_are_errors() {
        let graph = |depth, width| Resnet { depth, width }.graph([3, 32, 32], 10);
        assert_eq!(graph(18_446_744_073_709_551_614, 1), Err(GraphError::TooManyNodes));
        assert_eq!(graph(8, usize::MAX), Err(GraphError::TooLarge("conv1".into())));
        assert_eq!(graph(8, 1 << 50), Err(GraphError::TooLarge("conv1".into())));
    }
}
