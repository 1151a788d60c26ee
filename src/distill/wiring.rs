//! What a training needs whose loss looks inside student and teachers.

use super::connect::{Connected, connect};
use super::loss::{LossMix, TapInput, TapInputs};
use super::taps::{Connection, TapError, TrainedArray};
use super::teachers::Teachers;
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

/// Where the terms of a loss look inside student and teachers, and the arrays that are trained for them beside the
/// student: adapters, and what a term has of its own.
#[derive(Clone, Debug)]
pub struct Wiring<B: Kernel> {
    terms: Vec<Wired>,
    student: Tapped,
    /// One for each teacher.
    teachers: Vec<Tapped>,
    arrays: Vec<Parameter<B>>,
}

/// How a network is computed of which nodes are tapped.
#[derive(Clone, Debug)]
struct Tapped {
    program: Arc<Program>,
    /// In the order of the program's taps.
    nodes: Vec<NodeId>,
}

/// The pairs of nodes of one term, each with the numbers of its arrays.
#[derive(Clone, Debug)]
struct Wired {
    term: &'static str,
    /// The number of the teacher that it looks at.
    teacher: usize,
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
        teachers: &Teachers<B>,
        trained: &IndexMap<String, Array>,
        draw: &Draw,
        device: &B::Device,
    ) -> Result<Option<Self>, TapError> {
        let connected = connect(loss, student, |own| Some(teachers.graph(own)));
        let connected = connected.map_err(|mut errors| errors.remove(0))?;
        if connected.is_empty() {
            return Ok(None);
        }
        let mut specs: Vec<(Slot, TrainedArray)> = Vec::new();
        let mut terms = Vec::new();
        for Connected { term, own_teacher, pairs } in connected {
            let mut wired = Vec::new();
            for (connection, arrays) in pairs {
                let first = specs.len();
                specs.extend(arrays.into_iter().map(|array| (slot(term, &connection, &array), array)));
                wired.push((connection, first..specs.len()));
            }
            terms.push(Wired { term, teacher: teachers.alone(own_teacher.as_deref()), pairs: wired });
        }
        let known = |slot: &Slot| trained.get(&slot.name).filter(|array| array.shape == slot.shape);
        let are_known = specs.iter().all(|(slot, _)| known(slot).is_some());
        let array = |(slot, spec): (Slot, TrainedArray)| {
            let fresh = || spec.initial(&draw.within(&slot.name));
            let array = known(&slot).filter(|_| are_known).cloned().unwrap_or_else(fresh);
            Parameter::new(slot, &array.values, device)
        };
        let arrays = specs.into_iter().map(array).collect();
        let student = Tapped::new(student, terms.iter().flat_map(|wired| wired.nodes(0)));
        let teachers = teachers.networks().iter().enumerate().map(|(number, network)| {
            let own = terms.iter().filter(|wired| wired.teacher == number);
            Tapped::new(&network.graph, own.flat_map(|wired| wired.nodes(1)))
        });
        let teachers = teachers.collect();
        Ok(Some(Self { terms, student, teachers, arrays }))
    }

    /// How the student is computed, with the taps that are needed.
    pub(super) fn student(&self) -> &Arc<Program> {
        &self.student.program
    }

    /// What `teacher`, the one of this number, gives for `images`, at its taps too.
    pub(super) fn teach(&self, number: usize, teacher: &Network<B>, images: Tensor<B, 4>) -> Forward<B> {
        teacher.forward_with(&self.teachers[number].program, images, Mode::Evaluate)
    }

    /// What the terms see where the taps of the student and of each teacher give these values.
    pub(super) fn inputs<'a>(&'a self, student: &[Value<B>], teachers: &[Vec<Value<B>>]) -> TapInputs<'a, B> {
        let terms = self.terms.iter().map(|Wired { term, teacher, pairs }| {
            let input = |(connection, arrays): &'a (Connection, Range<usize>)| TapInput {
                connection,
                student: self.student.at(connection.nodes[0], student),
                teacher: self.teachers[*teacher].at(connection.nodes[1], &teachers[*teacher]),
                arrays: arrays.clone().map(|number| (number, self.matrix(number))).collect(),
            };
            (*term, pairs.iter().map(input).collect())
        });
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

impl Tapped {
    /// A network of `graph` with taps at `nodes`, each of which may be named more than once.
    fn new(graph: &Graph, nodes: impl Iterator<Item = NodeId>) -> Self {
        let mut nodes: Vec<NodeId> = nodes.collect();
        nodes.sort_unstable();
        nodes.dedup();
        Self { program: Arc::new(Program::new(graph, &nodes)), nodes }
    }

    /// What `node` gives, where all taps give `values`.
    fn at<B: Kernel>(&self, node: NodeId, values: &[Value<B>]) -> Value<B> {
        let place = self.nodes.binary_search(&node).expect("every node of a pair is tapped");
        values[place].clone()
    }
}

impl Wired {
    /// The nodes of its pairs: 0 for those of the student, 1 for those of the teacher.
    fn nodes(&self, side: usize) -> impl Iterator<Item = NodeId> {
        self.pairs.iter().map(move |(connection, _)| connection.nodes[side])
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
