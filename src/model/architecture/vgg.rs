//! VGG with batch norm.

use crate::model::{Builder, Conv2d, Graph, GraphError, Op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 3×3 convolutions with batch norm in five groups, each with max pooling, and one linear layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Vgg {
    /// 11, 13, 16 or 19.
    #[schemars(extend("enum" = [11, 13, 16, 19]))]
    pub depth: usize,
}

impl Vgg {
    pub(super) fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, GraphError> {
        let convolutions: [usize; 5] = match self.depth {
            11 => [1, 1, 2, 2, 2],
            13 => [2, 2, 2, 2, 2],
            16 => [2, 2, 3, 3, 3],
            19 => [2, 2, 4, 4, 4],
            depth => {
                let text = format!("a vgg has 11, 13, 16 or 19 layers, not {depth}");
                return Err(GraphError::Setting(text));
            }
        };
        let mut builder = Builder::new(input, classes);
        let mut last = Builder::INPUT;
        // Torchvision numbers all modules of the features in one row.
        let mut number = 0..;
        let mut feature = |builder: &mut Builder, op, from| {
            let number = number.next().expect("there is no last number");
            builder.add(&format!("features.{number}"), op, &[from])
        };
        for (convolutions, maps) in convolutions.into_iter().zip([64, 128, 256, 512, 512]) {
            for _ in 0..convolutions {
                let conv = Conv2d { bias: true, ..Conv2d::three(maps) };
                last = feature(&mut builder, Op::Conv2d(conv), last)?;
                last = feature(&mut builder, Op::BatchNorm, last)?;
                last = feature(&mut builder, Op::Relu, last)?;
            }
            last = feature(&mut builder, Op::MaxPool { kernel: 2, stride: 2 }, last)?;
        }
        last = builder.add("flatten", Op::Flatten, &[last])?;
        let logits = builder.add("classifier", Op::Linear { output: classes, bias: true }, &[last])?;
        builder.finish(logits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_numbered_as_torchvision_numbers_them() {
        let graph = Vgg { depth: 11 }.graph([3, 32, 32], 10).unwrap();
        let layers = graph.prunable();
        assert_eq!(layers[..3], ["features.0", "features.4", "features.8"]);
        assert_eq!(layers.len(), 9);
    }
}
