//! The nodes that the terms of a loss look at, in the networks of student and teachers.

use super::loss::{LossMix, TapTerm};
use super::taps::{Connection, TapError, TapProblem, TrainedArray};
use crate::model::Graph;

/// What one term looks at.
#[derive(Debug)]
pub(crate) struct Connected {
    pub term: &'static str,
    /// The teacher that it names.
    pub own_teacher: Option<String>,
    pub pairs: Pairs,
}

/// The pairs of nodes of a term, in the order of the student's, each with what is trained for it.
type Pairs = Vec<(Connection, Vec<TrainedArray>)>;

/// What each term of `loss` that looks inside looks at; or everything that is wrong. `teacher` gives the network of the
/// teacher that a term names, or of the only one; terms for which it gives none are left out.
pub(crate) fn connect<'a>(
    loss: &LossMix,
    student: &Graph,
    teacher: impl Fn(Option<&str>) -> Option<&'a Graph>,
) -> Result<Vec<Connected>, Vec<TapError>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for term in loss.of_taps() {
        let Some(teacher) = teacher(term.own_teacher()) else { continue };
        match of_term(term, student, teacher) {
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

fn of_term(term: &dyn TapTerm, student: &Graph, teacher: &Graph) -> Result<Pairs, Vec<(String, TapProblem)>> {
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
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}
