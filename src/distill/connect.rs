//! The nodes that the terms of a loss look at, in the networks of student and teacher.

use super::loss::{LossMix, TapTerm};
use super::taps::{BesideArray, Connection, Sizes, TapError, TapProblem};
use crate::model::Graph;

/// What one term looks at.
#[derive(Debug)]
pub(crate) struct Connected {
    pub term: &'static str,
    /// Its pairs of nodes, in the order of the student's.
    pub pairs: Vec<ConnectedPair>,
}

/// A pair of nodes with its arrays beside the student.
#[derive(Debug)]
pub(crate) struct ConnectedPair {
    pub connection: Connection,
    /// What is trained for it.
    pub arrays: Vec<BesideArray>,
    /// What the term keeps for it.
    pub kept: Vec<BesideArray>,
}

impl ConnectedPair {
    /// Numbers in the arrays that are trained, and in those that are kept.
    pub fn numbers(&self) -> [u64; 2] {
        let numbers = |array: &BesideArray| {
            array.shape.iter().fold(1, |size: u64, &side| size.saturating_mul(side as u64))
        };
        [&self.arrays, &self.kept].map(|arrays| arrays.iter().map(numbers).fold(0, u64::saturating_add))
    }
}

/// What each term of `loss` that looks inside looks at, in a training on so many `images`; or everything that is wrong.
pub(crate) fn connect(
    loss: &LossMix,
    student: &Graph,
    teacher: &Graph,
    images: usize,
) -> Result<Vec<Connected>, Vec<TapError>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for term in loss.of_taps() {
        match of_term(term, student, teacher, images) {
            Ok(connected) => found.push(connected),
            Err(problems) => errors.extend(problems.into_iter().map(|(tap, problem)| TapError {
                term: term.name(),
                tap,
                problem: Box::new(problem),
            })),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

fn of_term(
    term: &dyn TapTerm,
    student: &Graph,
    teacher: &Graph,
    images: usize,
) -> Result<Connected, Vec<(String, TapProblem)>> {
    let pairs = term.taps().pairs(student, teacher)?;
    if pairs.len() < term.fewest_taps() {
        return Err(vec![(String::new(), TapProblem::TooFew)]);
    }
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for pair in pairs {
        let shapes = [&*student.nodes()[pair.nodes[0]].shape, &*teacher.nodes()[pair.nodes[1]].shape];
        match Connection::new(&pair, shapes, term.matching()) {
            Ok(connection) => found.push(connection),
            Err(problem) => problems.push((pair.key, problem)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let channels: Vec<[usize; 2]> = found.iter().map(|connection| connection.channels).collect();
    let with_arrays = |(pair, connection): (usize, Connection)| {
        let sizes = Sizes { channels: &channels, pair, images };
        let [own, other] = connection.channels;
        let adapter = connection.adapter.iter().flat_map(|adapter| adapter.arrays(own, other));
        let arrays = adapter.chain(term.arrays(&sizes)).collect();
        ConnectedPair { connection, arrays, kept: term.kept(&sizes) }
    };
    let pairs = found.into_iter().enumerate().map(with_arrays).collect();
    Ok(Connected { term: term.name(), pairs })
}
