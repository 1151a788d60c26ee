//! Where the losses of a plan look inside student and teachers.

use super::{Node, Plan};
use crate::distill::{Connected, connect};
use crate::train::Training;

impl Plan {
    /// What the terms of the loss of `node` look at inside; nothing where taps do not fit, which is an error of the
    /// training.
    pub(super) fn connected(&self, node: &Node) -> Vec<Connected> {
        let Training { loss, teaching, .. } = node.training();
        let network = |own: Option<&str>| {
            let teacher = self.nodes.get(node.teachers().get(teaching.alone(own)?)?)?;
            Some(&*teacher.origin.graph)
        };
        let images = self.training_images(node) as usize;
        connect(loss, &node.origin.graph, network, images).unwrap_or_default()
    }

    /// For each term of the loss of `node` that looks inside, its name and the nodes that it compares, of the student and
    /// of the teacher.
    pub fn compared(&self, node: &Node) -> Vec<(&'static str, Vec<[String; 2]>)> {
        let of_term = |connected: Connected| {
            let teacher = node.training().teaching.alone(connected.own_teacher.as_deref())?;
            let teacher = &self.nodes.get(&node.teachers()[teacher])?.origin;
            let graphs = [&node.origin.graph, &teacher.graph];
            let names = connected.pairs.iter().map(|pair| {
                let nodes = pair.connection.nodes;
                [0, 1].map(|whose| graphs[whose].nodes()[nodes[whose]].name.clone())
            });
            Some((connected.term, names.collect()))
        };
        self.connected(node).into_iter().filter_map(of_term).collect()
    }
}
