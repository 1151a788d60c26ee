//! Which nodes of student and teacher are compared, by their names.

use super::{TapProblem, Whose};
use crate::model::{Graph, NodeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a term looks: names of nodes of the student, each with the node of the teacher that it is compared with:
/// `{ layer2 = "layer2" }`. A node may be any of the network, one before a ReLU or behind an addition too. The name
/// of a module (`layer2`, `layer2.0`) stands for the module's output. A `*` on both sides, which stands for a run of
/// characters without a dot, pairs all nodes for which both stand for the same: `{ "layer*" = "layer*" }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("minProperties" = 1))]
pub struct Taps(pub BTreeMap<String, String>);

/// A node of the student, and the one of the teacher that it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapPair {
    /// The key of the taps that it comes from.
    pub key: String,
    /// The names by which student's and teacher's node are tapped.
    pub student: String,
    pub teacher: String,
    pub nodes: [NodeId; 2],
}

impl Taps {
    /// The pairs, in the order of the student's nodes; or everything that is wrong, by the key that is.
    pub fn pairs(&self, student: &Graph, teacher: &Graph) -> Result<Vec<TapPair>, Vec<(String, TapProblem)>> {
        let (mut pairs, mut problems) = (Vec::new(), Vec::new());
        for (of_student, of_teacher) in &self.0 {
            match of_entry(of_student, of_teacher, student, teacher) {
                Ok(found) => pairs.extend(found),
                Err(problem) => problems.push((of_student.clone(), problem)),
            }
        }
        pairs.sort_by_key(|pair: &TapPair| pair.nodes);
        pairs.dedup_by_key(|pair| pair.nodes);
        if problems.is_empty() { Ok(pairs) } else { Err(problems) }
    }
}

/// The pairs that one entry stands for.
fn of_entry(
    of_student: &str,
    of_teacher: &str,
    student: &Graph,
    teacher: &Graph,
) -> Result<Vec<TapPair>, TapProblem> {
    let sides =
        [Side::new(of_student, Whose::Student, student), Side::new(of_teacher, Whose::Teacher, teacher)];
    let [students, teachers] = sides.map(|side| side.matches());
    let (students, teachers) = (students?, teachers?);
    if of_student.contains('*') != of_teacher.contains('*') {
        let (student, teacher) = (of_student.to_owned(), of_teacher.to_owned());
        return Err(TapProblem::OneStar { student, teacher });
    }
    let pair = |student: &Match| {
        let teacher = teachers.iter().find(|teacher| teacher.star == student.star)?;
        Some(TapPair {
            key: of_student.to_owned(),
            student: student.name.clone(),
            teacher: teacher.name.clone(),
            nodes: [student.node, teacher.node],
        })
    };
    let pairs: Vec<TapPair> = students.iter().filter_map(pair).collect();
    if pairs.is_empty() {
        let (student, teacher) = (of_student.to_owned(), of_teacher.to_owned());
        return Err(TapProblem::Unpaired { student, teacher });
    }
    Ok(pairs)
}

/// A name or a pattern, and the network that it is for.
struct Side<'a> {
    name: &'a str,
    whose: Whose,
    graph: &'a Graph,
}

/// A node, the name that led to it, and what the `*` stands for in that; nothing where there is none.
struct Match {
    name: String,
    star: String,
    node: NodeId,
}

impl<'a> Side<'a> {
    fn new(name: &'a str, whose: Whose, graph: &'a Graph) -> Self {
        Self { name, whose, graph }
    }

    fn matches(&self) -> Result<Vec<Match>, TapProblem> {
        let Self { name, whose, graph } = *self;
        let of = |name: &str, star: &str| {
            let node = graph.tap(name)?;
            Some(Match { name: name.to_owned(), star: star.to_owned(), node })
        };
        let (name_owned, known) = (name.to_owned(), || graph.taps());
        match name.split('*').collect::<Vec<_>>()[..] {
            [_] => {
                let found = of(name, "");
                let unknown = || TapProblem::Unknown { whose, name: name_owned, known: known() };
                Ok(vec![found.ok_or_else(unknown)?])
            }
            [start, end] => {
                let names = known();
                let star = |name: &'_ String| {
                    let star = name.strip_prefix(start)?.strip_suffix(end)?;
                    (!star.is_empty() && !star.contains('.')).then(|| star.to_owned())
                };
                let matches = names.iter().filter_map(|name| of(name, &star(name)?));
                let matches: Vec<Match> = matches.collect();
                if matches.is_empty() {
                    return Err(TapProblem::Unmatched { whose, name: name_owned, known: names });
                }
                Ok(matches)
            }
            _ => Err(TapProblem::Stars { whose, name: name_owned }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::architecture::{Resnet, Vgg};

    fn resnet(depth: usize) -> Graph {
        Model::Resnet(Resnet { depth, width: 1 }).graph([3, 32, 32], 10).unwrap()
    }

    fn pairs(taps: &[(&str, &str)], teacher: &Graph) -> Result<Vec<[String; 2]>, Vec<(String, TapProblem)>> {
        let taps = Taps(taps.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect());
        let student = resnet(8);
        let name = |graph: &Graph, node: NodeId| graph.nodes()[node].name.clone();
        let named = |TapPair { nodes, .. }| [name(&student, nodes[0]), name(teacher, nodes[1])];
        Ok(taps.pairs(&student, teacher)?.into_iter().map(named).collect())
    }

    #[test]
    fn a_star_pairs_what_it_stands_for_on_both_sides() {
        let found = pairs(&[("layer*", "layer*")], &resnet(14)).unwrap();
        let expected = ["layer1", "layer2", "layer3"]
            .map(|layer| [format!("{layer}.0.relu2"), format!("{layer}.1.relu2")]);
        assert_eq!(found, expected);
        // Only what both have: of `layer2.0` and `layer2.1` the first.
        let found = pairs(&[("layer2.*", "layer2.*")], &resnet(14)).unwrap();
        assert_eq!(found, [["layer2.0.relu2"; 2]]);
    }

    #[test]
    fn pairs_are_in_the_order_of_the_student() {
        let found = pairs(&[("bn1", "bn1"), ("layer1.0.add", "layer1"), ("conv1", "conv1")], &resnet(8));
        let found: Vec<_> = found.unwrap().into_iter().map(|[student, _]| student).collect();
        assert_eq!(found, ["conv1", "bn1", "layer1.0.add"]);
    }

    #[test]
    fn what_cannot_be_paired_is_said() {
        let teacher = Model::Vgg(Vgg { depth: 11 }).graph([3, 32, 32], 10).unwrap();
        let problem = |student, of_teacher| {
            let problems = pairs(&[(student, of_teacher)], &teacher).unwrap_err();
            problems.iter().map(|(_, problem)| problem.to_string()).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(problem("layer9", "features.1"), "the student has no node `layer9`");
        assert_eq!(problem("layer1", "layer1"), "the teacher has no node `layer1`");
        assert_eq!(problem("lay*r9", "features.*"), "`lay*r9` matches no node of the student");
        assert_eq!(problem("*layer*", "features.*"), "`*layer*` has more than one `*`");
        let one = "one of `layer*` and `features.1` has a `*`, and the other has none";
        assert_eq!(problem("layer*", "features.1"), one);
        let apart = "no node of the teacher that `classifie*` matches goes with one of the student that `layer*` does";
        assert_eq!(problem("layer*", "classifie*"), apart);
    }
}
