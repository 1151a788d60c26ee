//! Residual networks of basic blocks.

use crate::model::{Builder, Convolution, Graph, NodeId, ShapeError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Three stages of basic blocks with 16, 32 and 64 maps, times `width`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resnet {
    /// Layers, 6n + 2: 20, 32, 44, 56, 110 …
    #[schemars(range(min = 8))]
    pub depth: usize,
    /// Factor on the number of maps.
    #[serde(default = "default_width")]
    #[schemars(range(min = 1))]
    pub width: usize,
}

fn default_width() -> usize {
    1
}

impl Resnet {
    pub(super) fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, ShapeError> {
        let Self { depth, width } = *self;
        if depth < 8 || depth % 6 != 2 {
            let below = depth.saturating_sub(2).max(6) / 6 * 6 + 2;
            let text =
                format!("a resnet has 6n + 2 layers, not {depth}; the nearest are {below} and {}", below + 6);
            return Err(ShapeError(text));
        }
        let blocks = (depth - 2) / 6;
        residual(input, classes, 16 * width, &[blocks; 3])
    }
}

/// A stem of `maps` maps, then stages that double them; each stage but the first halves the image.
pub(super) fn residual(
    input: [usize; 3],
    classes: usize,
    maps: usize,
    stages: &[usize],
) -> Result<Graph, ShapeError> {
    let mut builder = Builder::new(input, classes);
    let mut last = builder.conv2d(builder.input(), "conv1", Convolution::three(maps))?;
    last = builder.batch_norm(last, "bn1");
    last = builder.relu(last, "relu");
    for (stage, &blocks) in stages.iter().enumerate() {
        for block in 0..blocks {
            let halves = stage > 0 && block == 0;
            let stride = if halves { 2 } else { 1 };
            last = basic_block(
                &mut builder,
                last,
                &format!("layer{}.{block}", stage + 1),
                maps << stage,
                stride,
            )?;
        }
    }
    last = builder.global_avg_pool(last, "avgpool");
    last = builder.flatten(last, "flatten");
    builder.linear(last, "fc", classes);
    Ok(builder.finish())
}

/// Two 3×3 convolutions around which the input goes, through a 1×1 convolution where it changes shape.
fn basic_block(
    builder: &mut Builder,
    from: NodeId,
    name: &str,
    maps: usize,
    stride: usize,
) -> Result<NodeId, ShapeError> {
    let three = Convolution::three(maps);
    let mut last = builder.conv2d(from, &format!("{name}.conv1"), Convolution { stride, ..three })?;
    last = builder.batch_norm(last, &format!("{name}.bn1"));
    last = builder.relu(last, &format!("{name}.relu1"));
    last = builder.conv2d(last, &format!("{name}.conv2"), three)?;
    last = builder.batch_norm(last, &format!("{name}.bn2"));
    let shortcut = if stride == 1 {
        from
    } else {
        let one = Convolution { output: maps, kernel: 1, stride, padding: 0, bias: false };
        let conv = builder.conv2d(from, &format!("{name}.downsample.0"), one)?;
        builder.batch_norm(conv, &format!("{name}.downsample.1"))
    };
    last = builder.add_up(&format!("{name}.add"), [last, shortcut]);
    Ok(builder.relu(last, &format!("{name}.relu2")))
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
        let names: Vec<_> = graph.slots().into_iter().map(|slot| slot.name).collect();
        assert!(names.contains(&"layer3.0.downsample.1.running_var".to_owned()));
    }

    #[test]
    fn other_depths_are_refused() {
        let error = Resnet { depth: 21, width: 1 }.graph([3, 32, 32], 10).unwrap_err().to_string();
        assert_eq!(error, "a resnet has 6n + 2 layers, not 21; the nearest are 20 and 26");
    }
}
