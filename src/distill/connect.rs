//! The nodes that the terms of a loss look at, in the networks of student and teachers.

use super::loss::{LossMix, TapTerm};
use super::taps::{BesideArray, Connection, Sizes, TapError, TapProblem};
use crate::model::Graph;

/// What one term looks at.
#[derive(Debug)]
pub(crate) struct Connected {
    pub term: &'static str,
    /// The teacher that it names.
    pub own_teacher: Option<String>,
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
/// `teacher` gives the network of the teacher that a term names, or of the only one; terms for which it gives none are
/// left out.
pub(crate) fn connect<'a>(
    loss: &LossMix,
    student: &Graph,
    teacher: impl Fn(Option<&str>) -> Option<&'a Graph>,
    images: usize,
) -> Result<Vec<Connected>, Vec<TapError>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for term in loss.of_taps() {
        let Some(teacher) = teacher(term.own_teacher()) else { continue };
        match of_term(term, student, teacher, images) {
            Ok(pairs) => {
                let own_teacher = term.own_teacher().map(str::to_owned);
                found.push(Connected { term: term.name(), own_teacher, pairs });
            }
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
) -> Result<Vec<ConnectedPair>, Vec<(String, TapProblem)>> {
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
    Ok(found.into_iter().enumerate().map(with_arrays).collect())
}
