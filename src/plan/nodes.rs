//! The nodes found so far, each once, and the networks they begin with.

use super::{Key, Node, Origin, PlanError};
use crate::data::Data;
use crate::model::{Cost, Model};
use crate::train::Training;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The nodes found so far; those a node needs are added before it.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    nodes: IndexMap<Key, Node>,
    origins: BTreeMap<String, Arc<Origin>>,
    trainings: BTreeMap<String, Arc<Training>>,
    layers: BTreeSet<Arc<[String]>>,
}

impl Nodes {
    /// Adds `node` unless one with its key is there already.
    pub fn add(&mut self, node: Node) -> Key {
        let key = node.key;
        self.nodes.entry(key).or_insert(node);
        key
    }

    /// Index of the node called `key`.
    pub fn index(&self, key: Key) -> usize {
        self.nodes.get_index_of(&key).expect("only keys of nodes that were added are asked for")
    }

    /// The network of `model` on this data, for `stage`.
    pub fn origin(&mut self, stage: &str, model: &Model, data: &Data) -> Result<Arc<Origin>, PlanError> {
        let shape = data.source.shape();
        let name = format!("{model:?} {:?} {}", shape.image, shape.classes);
        if let Some(origin) = self.origins.get(&name) {
            return Ok(Arc::clone(origin));
        }
        let graph = model.graph(shape.image, shape.classes);
        let graph = graph.map_err(|source| PlanError::Network { stage: stage.to_owned(), source })?;
        let (model, digest, cost) = (model.clone(), Key::of(&graph), Cost::of(&graph));
        let origin = Arc::new(Origin { model, graph: Arc::new(graph), digest, cost });
        self.origins.insert(name, Arc::clone(&origin));
        Ok(origin)
    }

    /// `training`, as all nodes share it that have the same.
    pub fn training(&mut self, training: Training) -> Arc<Training> {
        Arc::clone(self.trainings.entry(format!("{training:?}")).or_insert_with(|| Arc::new(training)))
    }

    /// Names of layers, as all nodes share them that have the same.
    pub fn layers(&mut self, names: Vec<String>) -> Arc<[String]> {
        if let Some(known) = self.layers.get(names.as_slice()) {
            return Arc::clone(known);
        }
        let names: Arc<[String]> = names.into();
        self.layers.insert(Arc::clone(&names));
        names
    }

    pub fn into_nodes(self) -> IndexMap<Key, Node> {
        self.nodes
    }
}
