//! Fully connected networks.

use crate::model::{Builder, Graph, GraphError, Op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fully connected layers with ReLU between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mlp {
    /// Widths of the hidden layers, from the input on; an empty list is a linear classifier.
    #[schemars(length(max = 1000), inner(range(min = 1, max = 9_007_199_254_740_991_u64)))]
    pub hidden: Vec<usize>,
}

impl Mlp {
    pub(super) fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, GraphError> {
        if self.hidden.contains(&0) {
            return Err(GraphError::Setting(
                "a hidden layer of the mlp has no units; every width is 1 or more".into(),
            ));
        }
        let mut builder = Builder::new(input, classes);
        let mut last = builder.add("flatten", Op::Flatten, &[Builder::INPUT])?;
        for (number, &output) in (1..).zip(&self.hidden) {
            last = builder.add(&format!("fc{number}"), Op::Linear { output, bias: true }, &[last])?;
            last = builder.add(&format!("relu{number}"), Op::Relu, &[last])?;
        }
        let name = format!("fc{}", self.hidden.len() + 1);
        let logits = builder.add(&name, Op::Linear { output: classes, bias: true }, &[last])?;
        builder.finish(logits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_numbered_from_the_input_on() {
        let graph = Mlp { hidden: vec![300, 100] }.graph([1, 28, 28], 10).unwrap();
        assert_eq!(graph.prunable(), ["fc1", "fc2", "fc3"]);
        let slots: Vec<_> = graph.slots().iter().map(|slot| (&*slot.name, &*slot.shape)).collect();
        assert_eq!(slots[2], ("fc2.weight", &[100, 300][..]));
        assert_eq!(slots[5], ("fc3.bias", &[10][..]));
    }
}
