//! The nodes that the terms of a loss look at, in the networks of student and teacher.

use super::loss::{LossMix, TapTerm};
use super::taps::{Connection, TapError, TapProblem, TrainedArray};
use crate::model::Graph;

/// What one term looks at.
#[derive(Debug)]
pub(crate) struct Connected {
    pub term: &'static str,
    /// Its pairs of nodes, in the order of the student's, each with what is trained for it.
    pub pairs: Vec<(Connection, Vec<TrainedArray>)>,
}

/// What each term of `loss` that looks inside looks at; or everything that is wrong.
pub(crate) fn connect(
    loss: &LossMix,
    student: &Graph,
    teacher: &Graph,
) -> Result<Vec<Connected>, Vec<TapError>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for term in loss.of_taps() {
        match of_term(term, student, teacher) {
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
) -> Result<Connected, Vec<(String, TapProblem)>> {
    let pairs = term.taps().pairs(student, teacher)?;
    if pairs.len() < term.fewest_taps() {
        return Err(vec![(String::new(), TapProblem::TooFew)]);
    }
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for pair in pairs {
        let shapes = [&*student.nodes()[pair.nodes[0]].shape, &*teacher.nodes()[pair.nodes[1]].shape];
        match Connection::new(&pair, shapes, term.matching()) {
            Ok(connection) => {
                let [own, other] = connection.channels;
                let adapter = connection.adapter.iter().flat_map(|adapter| adapter.arrays(own, other));
                let arrays = adapter.chain(term.arrays(own, other)).collect();
                found.push((connection, arrays));
            }
            Err(problem) => problems.push((pair.key, problem)),
        }
    }
    if problems.is_empty() { Ok(Connected { term: term.name(), pairs: found }) } else { Err(problems) }
}
