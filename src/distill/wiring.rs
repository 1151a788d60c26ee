//! What a training needs whose loss looks inside student and teacher.

use super::connect::{Connected, connect};
use super::loss::{LossMix, TapInput, TapInputs};
use super::taps::{Connection, TapError, TrainedArray};
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Forward, Graph, Mode, Network, NodeId, Parameter, Program, Slot, Value};
use burn::tensor::Tensor;
use indexmap::IndexMap;
use std::ops::Range;
use std::sync::Arc;

/// Begins the names of arrays that are trained beside a network, `loss/features/layer2/weight`; a network's own names
/// have no slash.
const PREFIX: &str = "loss";

/// Where the terms of a loss look inside student and teacher, and the arrays that are trained for them beside the
/// student: adapters, and what a term has of its own.
#[derive(Clone, Debug)]
pub struct Wiring<B: Kernel> {
    terms: Vec<Wired>,
    programs: [Arc<Program>; 2],
    /// The tapped nodes, in the order of the programs' taps.
    nodes: [Vec<NodeId>; 2],
    arrays: Vec<Parameter<B>>,
}

/// The pairs of nodes of one term, each with the numbers of its arrays.
#[derive(Clone, Debug)]
struct Wired {
    term: &'static str,
    pairs: Vec<(Connection, Range<usize>)>,
}

impl<B: Kernel> Wiring<B> {
    /// For a training with `loss` that starts with the network of `student`; `None` where no term looks inside.
    ///
    /// The arrays are those of `trained`, if these are the same by name and shape; otherwise they are as before a
    /// training, drawn by their names within `draw`.
    pub fn new(
        loss: &LossMix,
        student: &Graph,
        teacher: &Graph,
        trained: &IndexMap<String, Array>,
        draw: &Draw,
        device: &B::Device,
    ) -> Result<Option<Self>, TapError> {
        let connected = connect(loss, student, teacher).map_err(|mut errors| errors.remove(0))?;
        if connected.is_empty() {
            return Ok(None);
        }
        let mut specs: Vec<(Slot, TrainedArray)> = Vec::new();
        let mut terms = Vec::new();
        for Connected { term, pairs } in connected {
            let mut wired = Vec::new();
            for (connection, arrays) in pairs {
                let first = specs.len();
                specs.extend(arrays.into_iter().map(|array| (slot(term, &connection, &array), array)));
                wired.push((connection, first..specs.len()));
            }
            terms.push(Wired { term, pairs: wired });
        }
        let known = |slot: &Slot| trained.get(&slot.name).filter(|array| array.shape == slot.shape);
        let are_known = specs.iter().all(|(slot, _)| known(slot).is_some());
        let array = |(slot, spec): (Slot, TrainedArray)| {
            let fresh = || spec.initial(&draw.within(&slot.name));
            let array = known(&slot).filter(|_| are_known).cloned().unwrap_or_else(fresh);
            Parameter::new(slot, &array.values, device)
        };
        let arrays = specs.into_iter().map(array).collect();
        let nodes = [0, 1].map(|side| {
            let pairs = terms.iter().flat_map(|wired| &wired.pairs);
            let mut nodes: Vec<NodeId> = pairs.map(|(connection, _)| connection.nodes[side]).collect();
            nodes.sort_unstable();
            nodes.dedup();
            nodes
        });
        let programs = [Program::new(student, &nodes[0]), Program::new(teacher, &nodes[1])].map(Arc::new);
        Ok(Some(Self { terms, programs, nodes, arrays }))
    }

    /// How the student is computed, with the taps that are needed.
    pub(super) fn student(&self) -> &Arc<Program> {
        &self.programs[0]
    }

    /// What the teacher gives for `images`, at its taps too.
    pub(super) fn teach(&self, teacher: &Network<B>, images: Tensor<B, 4>) -> Forward<B> {
        teacher.forward_with(&self.programs[1], images, Mode::Evaluate)
    }

    /// What the terms see where the taps of student and teacher give these values.
    pub(super) fn inputs<'a>(&'a self, student: &[Value<B>], teacher: &[Value<B>]) -> TapInputs<'a, B> {
        let at = |side: usize, values: &[Value<B>], node: NodeId| {
            let place = self.nodes[side].binary_search(&node).expect("every node of a pair is tapped");
            values[place].clone()
        };
        let input = |(connection, arrays): &'a (Connection, Range<usize>)| TapInput {
            connection,
            student: at(0, student, connection.nodes[0]),
            teacher: at(1, teacher, connection.nodes[1]),
            arrays: arrays.clone().map(|number| (number, self.matrix(number))).collect(),
        };
        let terms = self.terms.iter();
        let terms = terms.map(|wired| (wired.term, wired.pairs.iter().map(input).collect()));
        TapInputs { terms: terms.collect() }
    }

    /// An array as terms take it: `[outputs, inputs]` or `[1, size]`.
    fn matrix(&self, number: usize) -> Tensor<B, 2> {
        let array = &self.arrays[number];
        let shape = match array.slot().shape[..] {
            [outputs, inputs] => [outputs, inputs],
            _ => [1, array.slot().size()],
        };
        array.values().clone().reshape(shape)
    }

    /// The arrays that are trained beside the student.
    pub fn arrays(&self) -> &[Parameter<B>] {
        &self.arrays
    }

    /// The same, to be stepped.
    pub fn arrays_mut(&mut self) -> &mut [Parameter<B>] {
        &mut self.arrays
    }

    /// Copies the arrays to the host, by name.
    pub fn trained(&self) -> IndexMap<String, Array> {
        let stored = to_host(self.arrays.iter().map(|array| array.values().clone()));
        let named = self.arrays.iter().zip(stored);
        named.map(|(array, stored)| (array.slot().name.clone(), array.array(stored))).collect()
    }
}

/// The slot of an array that `term` trains for a pair of nodes.
fn slot(term: &str, connection: &Connection, array: &TrainedArray) -> Slot {
    let name = format!("{PREFIX}/{term}/{}/{}", connection.name, array.part);
    Slot { name, node: connection.nodes[0], shape: array.shape.clone(), role: array.role }
}

/// Whether an array of this name is trained beside a network, and is none of its own.
pub fn is_beside(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
