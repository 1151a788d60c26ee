//! The written form of a graph: what artifacts, checkpoints and keys hold.

use super::builder::{Builder, GraphError};
use super::graph::{Graph, Node};
use super::op::Op;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A network as named operations and where each takes its inputs from. The images are called `input`;
/// shapes are not written, but inferred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Channels, height and width of the images.
    pub input: [usize; 3],
    pub classes: usize,
    /// Every node but the images, each behind its inputs.
    pub nodes: Vec<NamedOp>,
    /// The node that gives the logits.
    pub output: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedOp {
    pub name: String,
    pub op: Op,
    pub inputs: Vec<String>,
}

impl Definition {
    pub fn of(graph: &Graph) -> Self {
        let name = |&node: &usize| graph.nodes()[node].name.clone();
        let named = |node: &Node| NamedOp {
            name: node.name.clone(),
            op: node.op.clone(),
            inputs: node.inputs.iter().map(name).collect(),
        };
        Self {
            input: graph.input(),
            classes: graph.classes(),
            nodes: graph.nodes().iter().skip(1).map(named).collect(),
            output: name(&graph.output()),
        }
    }

    /// Infers all shapes; refuses names that are not there and operations that do not fit.
    pub fn graph(&self) -> Result<Graph, GraphError> {
        let mut builder = Builder::new(self.input, self.classes);
        for NamedOp { name, op, inputs } in &self.nodes {
            let id = |input: &String| {
                let unknown = || GraphError::UnknownInput { node: name.clone(), input: input.clone() };
                builder.node(input).ok_or_else(unknown)
            };
            let inputs = inputs.iter().map(id).collect::<Result<Vec<_>, _>>()?;
            builder.add(name, op.clone(), &inputs)?;
        }
        let output = builder.node(&self.output);
        builder.finish(output.ok_or_else(|| GraphError::UnknownOutput(self.output.clone()))?)
    }
}

impl Serialize for Graph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Definition::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Graph {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Definition::deserialize(deserializer)?.graph().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::architecture::{Mlp, Resnet, Vgg};
    use crate::model::op::Conv2d;

    /// One node of every operation.
    fn small() -> Graph {
        let mut builder = Builder::new([1, 4, 4], 2);
        let conv = Op::Conv2d(Conv2d { bias: true, ..Conv2d::three(2) });
        let conv = builder.add("conv1", conv, &[Builder::INPUT]).unwrap();
        let norm = builder.add("bn1", Op::BatchNorm, &[conv]).unwrap();
        let sum = builder.add("add", Op::Add, &[norm, conv]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[sum]).unwrap();
        let pool = builder.add("pool", Op::MaxPool { kernel: 2, stride: 2 }, &[relu]).unwrap();
        let mean = builder.add("avgpool", Op::GlobalAvgPool, &[pool]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[mean]).unwrap();
        let fc = builder.add("fc", Op::Linear { output: 2, bias: false }, &[flat]).unwrap();
        builder.finish(fc).unwrap()
    }

    // These bytes are in keys and artifacts: another form makes every artifact unreadable.
    #[test]
    fn the_written_form_stays() {
        let written = concat!(
            r#"{"input":[1,4,4],"classes":2,"nodes":["#,
            r#"{"name":"conv1","op":{"conv2d":{"output":2,"kernel":3,"stride":1,"padding":1,"groups":1,"bias":true}},"inputs":["input"]},"#,
            r#"{"name":"bn1","op":"batch-norm","inputs":["conv1"]},"#,
            r#"{"name":"add","op":"add","inputs":["bn1","conv1"]},"#,
            r#"{"name":"relu","op":"relu","inputs":["add"]},"#,
            r#"{"name":"pool","op":{"max-pool":{"kernel":2,"stride":2}},"inputs":["relu"]},"#,
            r#"{"name":"avgpool","op":"global-avg-pool","inputs":["pool"]},"#,
            r#"{"name":"flatten","op":"flatten","inputs":["avgpool"]},"#,
            r#"{"name":"fc","op":{"linear":{"output":2,"bias":false}},"inputs":["flatten"]}"#,
            r#"],"output":"fc"}"#,
        );
        assert_eq!(serde_json::to_string(&small()).unwrap(), written);
        assert_eq!(serde_json::from_str::<Graph>(written).unwrap(), small());
    }

    #[test]
    fn every_architecture_comes_back() {
        for model in [
            Model::Mlp(Mlp { hidden: vec![5] }),
            Model::Lenet5,
            Model::Conv2,
            Model::Resnet(Resnet { depth: 8, width: 1 }),
            Model::Resnet18,
            Model::Vgg(Vgg { depth: 11 }),
        ] {
            let graph = model.graph([3, 32, 32], 10).unwrap();
            let text = serde_json::to_string(&graph).unwrap();
            assert_eq!(serde_json::from_str::<Graph>(&text).unwrap(), graph);
        }
    }

    fn error(change: impl FnOnce(&mut Definition)) -> String {
        let mut definition = Definition::of(&small());
        change(&mut definition);
        let text = serde_json::to_string(&definition).unwrap();
        serde_json::from_str::<Graph>(&text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for (found, expected) in [
            (
                error(|definition| definition.nodes[1].inputs[0] = "relu".into()),
                "`bn1` takes `relu`, but no node before it is called that",
            ),
            (error(|definition| definition.nodes[3].name = "bn1".into()), "two nodes are called `bn1`"),
            (error(|definition| definition.nodes[3].name = "input".into()), "two nodes are called `input`"),
            (
                error(|definition| definition.nodes[2].inputs.truncate(1)),
                "`add` does not fit its inputs: it takes 2 inputs, not 1",
            ),
            (
                error(|definition| definition.nodes[7].inputs[0] = "avgpool".into()),
                "`fc` does not fit its inputs: it takes features, not images of [2, 1, 1]: flatten them before it",
            ),
            (
                error(|definition| definition.output = "fc9".into()),
                "the output `fc9` is not a node of the network",
            ),
            (
                error(|definition| definition.classes = 3),
                "the output `fc` gives [2] for an image, not a logit for each of 3 classes",
            ),
        ] {
            assert_eq!(found, expected);
        }
        let unknown =
            r#"{"input":[1,1,1],"classes":1,"nodes":[{"name":"a","op":"input","inputs":[]}],"output":"a"}"#;
        assert!(serde_json::from_str::<Graph>(unknown).is_err());
    }
}
