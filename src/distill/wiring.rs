//! What a training needs whose loss looks inside student and teachers.

use super::connect::{Connected, ConnectedPair, connect};
use super::contrasts::Places;
use super::loss::{LossMix, TapInput, TapInputs};
use super::taps::{BesideArray, Connection, TapError};
use super::teachers::Teachers;
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Forward, Graph, Mode, Network, NodeId, Parameter, Program, Slot, Value};
use burn::tensor::{Int, Tensor, TensorData};
use indexmap::IndexMap;
use std::ops::Range;
use std::sync::Arc;

/// Begins the names of arrays that are trained or kept beside a network, `loss/features/layer2/weight`; a network's own
/// names have no slash.
const PREFIX: &str = "loss";

/// Where the terms of a loss look inside student and teachers, and the arrays that are trained for them beside the
/// student (adapters, and what a term has of its own) or kept for them from step to step.
#[derive(Clone, Debug)]
pub struct Wiring<B: Kernel> {
    terms: Vec<Wired>,
    student: Tapped,
    /// One for each teacher.
    teachers: Vec<Tapped>,
    arrays: Vec<Parameter<B>>,
    kept: Vec<Parameter<B>>,
    /// Places of the images of the next batch, and of those that they are contrasted with.
    contrasts: Option<Tensor<B, 2, Int>>,
}

/// Where the arrays of a pair of nodes are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// They are as before a training.
    Drawn,
    /// They are those of a checkpoint.
    Checkpoint,
}

/// How a network is computed of which nodes are tapped.
#[derive(Clone, Debug)]
struct Tapped {
    program: Arc<Program>,
    /// In the order of the program's taps.
    nodes: Vec<NodeId>,
}

/// The pairs of nodes of one term.
#[derive(Clone, Debug)]
struct Wired {
    term: &'static str,
    /// The number of the teacher that it looks at.
    teacher: usize,
    pairs: Vec<WiredPair>,
}

/// A pair of nodes with the numbers of its arrays.
#[derive(Clone, Debug)]
struct WiredPair {
    connection: Connection,
    arrays: Range<usize>,
    kept: Range<usize>,
    origin: Origin,
}

/// What a term has of the teacher for one of its pairs of nodes.
pub(super) struct TeacherSide<B: Kernel> {
    /// At the size at which they are compared.
    pub features: Tensor<B, 4>,
    /// The arrays that are kept for the pair, with their numbers.
    pub kept: Vec<(usize, Tensor<B, 2>)>,
}

impl<B: Kernel> Wiring<B> {
    /// For a training with `loss` on so many `images` that starts with the network of `student`; `None` where no term
    /// looks inside.
    ///
    /// The arrays of a pair of nodes are those of `before`, if all of these are the same by name and shape; otherwise they
    /// are as before a training, drawn by their names within `draw`.
    pub fn new(
        loss: &LossMix,
        student: &Graph,
        teachers: &Teachers<B>,
        images: usize,
        before: &IndexMap<String, Array>,
        draw: &Draw,
        device: &B::Device,
    ) -> Result<Option<Self>, TapError> {
        let connected = connect(loss, student, |own| Some(teachers.graph(own)), images);
        let connected = connected.map_err(|mut errors| errors.remove(0))?;
        if connected.is_empty() {
            return Ok(None);
        }
        let (mut arrays, mut kept) = (Specs::default(), Specs::default());
        let known = |slot: &Slot| before.get(&slot.name).filter(|array| array.shape == slot.shape);
        let wire = |Connected { term, own_teacher, pairs }: Connected| {
            let wire_pair = |pair: ConnectedPair| {
                let connection = pair.connection;
                let arrays = arrays.add(term, &connection, pair.arrays);
                let kept = kept.add(term, &connection, pair.kept);
                WiredPair { connection, arrays, kept, origin: Origin::Drawn }
            };
            let pairs = pairs.into_iter().map(wire_pair).collect();
            Wired { term, teacher: teachers.alone(own_teacher.as_deref()), pairs }
        };
        let mut terms: Vec<Wired> = connected.into_iter().map(wire).collect();
        let (mut arrays, mut kept) = (arrays.0, kept.0);
        for pair in terms.iter_mut().flat_map(|wired| &mut wired.pairs) {
            let mut own = arrays[pair.arrays.clone()].iter().chain(&kept[pair.kept.clone()]);
            if own.all(|(slot, _)| known(slot).is_some()) {
                pair.origin = Origin::Checkpoint;
            }
        }
        let array = |(slot, spec): (Slot, BesideArray), origin| {
            let array = match origin {
                Origin::Drawn => spec.initial(&draw.within(&slot.name)),
                Origin::Checkpoint => before[&slot.name].clone(),
            };
            Parameter::new(slot, &array.values, device)
        };
        let (mut trained, mut left) = (Vec::with_capacity(arrays.len()), Vec::with_capacity(kept.len()));
        for pair in terms.iter().flat_map(|wired| &wired.pairs) {
            trained.extend(arrays.drain(..pair.arrays.len()).map(|of_pair| array(of_pair, pair.origin)));
            left.extend(kept.drain(..pair.kept.len()).map(|of_pair| array(of_pair, pair.origin)));
        }
        let (arrays, kept) = (trained, left);
        let student = Tapped::new(student, terms.iter().flat_map(|wired| wired.nodes(0)));
        let teachers = teachers.networks().iter().enumerate().map(|(number, network)| {
            let own = terms.iter().filter(|wired| wired.teacher == number);
            Tapped::new(&network.graph, own.flat_map(|wired| wired.nodes(1)))
        });
        let teachers = teachers.collect();
        Ok(Some(Self { terms, student, teachers, arrays, kept, contrasts: None }))
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
            let input = |pair: &'a WiredPair| TapInput {
                connection: &pair.connection,
                student: self.student.at(pair.connection.nodes[0], student),
                teacher: self.teachers[*teacher].at(pair.connection.nodes[1], &teachers[*teacher]),
                arrays: numbered(&self.arrays, &pair.arrays),
                kept: numbered(&self.kept, &pair.kept),
            };
            (*term, pairs.iter().map(input).collect())
        });
        TapInputs { terms: terms.collect(), contrasts: self.contrasts.clone() }
    }

    /// Says which images the next batch has, for a term that keeps something of each.
    pub fn contrast(&mut self, Places { images, places }: Places, device: &B::Device) {
        let row = places.len() / images;
        self.contrasts = Some(Tensor::from_data(TensorData::new(places, [images, row]), device));
    }

    /// The arrays that are trained beside the student.
    pub fn arrays(&self) -> &[Parameter<B>] {
        &self.arrays
    }

    /// The same, to be stepped.
    pub fn arrays_mut(&mut self) -> &mut [Parameter<B>] {
        &mut self.arrays
    }

    /// Those of them that are of a checkpoint.
    pub fn arrays_going_on(&mut self) -> impl Iterator<Item = &mut Parameter<B>> {
        let pairs = self.terms.iter().flat_map(|wired| &wired.pairs);
        let origins = pairs.flat_map(|pair| std::iter::repeat_n(pair.origin, pair.arrays.len()));
        let arrays = self.arrays.iter_mut().zip(origins);
        arrays.filter(|(_, origin)| *origin == Origin::Checkpoint).map(|(array, _)| array)
    }

    /// Whether arrays of `term` are as before a training.
    pub(super) fn is_begun(&self, term: &str) -> bool {
        let pairs = self.terms.iter().filter(|wired| wired.term == term).flat_map(|wired| &wired.pairs);
        pairs.into_iter().any(|pair| pair.origin == Origin::Drawn)
    }

    /// The side of the teacher of each pair of `term` whose arrays are as before a training, of its teacher among
    /// `teachers` for `images`.
    pub(super) fn teacher_sides(
        &self,
        term: &str,
        teachers: &Teachers<B>,
        images: Tensor<B, 4>,
    ) -> Vec<TeacherSide<B>> {
        let Some(Wired { teacher, pairs, .. }) = self.terms.iter().find(|wired| wired.term == term) else {
            return Vec::new();
        };
        let values = self.teach(*teacher, &teachers.networks()[*teacher], images).taps;
        let of_pair = |pair: &WiredPair| {
            let features = self.teachers[*teacher].at(pair.connection.nodes[1], &values).pixels();
            let features = pair.connection.pooled(features);
            TeacherSide { features, kept: numbered(&self.kept, &pair.kept) }
        };
        pairs.iter().filter(|pair| pair.origin == Origin::Drawn).map(of_pair).collect()
    }

    /// The arrays that are kept from step to step.
    pub fn kept_mut(&mut self) -> &mut [Parameter<B>] {
        &mut self.kept
    }

    /// Sets those of the arrays that are kept that a step changed, by their number.
    pub fn keep(&mut self, changed: Vec<(usize, Tensor<B, 1>)>) {
        for (number, values) in changed {
            self.kept[number].set_values(values);
        }
    }

    /// Copies the arrays to the host, by name: those that are trained and those that are kept.
    pub fn beside(&self) -> IndexMap<String, Array> {
        let arrays = self.arrays.iter().chain(&self.kept);
        let stored = to_host(arrays.clone().map(|array| array.values().clone()));
        let named = arrays.zip(stored);
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
        self.pairs.iter().map(move |pair| pair.connection.nodes[side])
    }
}

/// Arrays, each in its slot.
#[derive(Default)]
struct Specs(Vec<(Slot, BesideArray)>);

impl Specs {
    /// Adds those of `term` for a pair of nodes, and gives their numbers.
    fn add(&mut self, term: &str, connection: &Connection, arrays: Vec<BesideArray>) -> Range<usize> {
        let first = self.0.len();
        self.0.extend(arrays.into_iter().map(|array| (slot(term, connection, &array), array)));
        first..self.0.len()
    }
}

/// Arrays as terms take them, `[outputs, inputs]` or `[1, size]`, with their numbers.
fn numbered<B: Kernel>(arrays: &[Parameter<B>], numbers: &Range<usize>) -> Vec<(usize, Tensor<B, 2>)> {
    let matrix = |number: usize| {
        let shape = match arrays[number].slot().shape[..] {
            [outputs, inputs] => [outputs, inputs],
            _ => [1, arrays[number].slot().size()],
        };
        (number, arrays[number].values().clone().reshape(shape))
    };
    numbers.clone().map(matrix).collect()
}

/// The slot of an array of `term` for a pair of nodes.
fn slot(term: &str, connection: &Connection, array: &BesideArray) -> Slot {
    let name = format!("{PREFIX}/{term}/{}/{}", connection.name, array.part);
    Slot { name, node: connection.nodes[0], shape: array.shape.clone(), role: array.role }
}

/// Whether an array of this name is trained or kept beside a network, and is none of its own.
pub fn is_beside(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
