//! Claims about what is never measured: known before anything is trained.

use super::claimed::{cells, chains, curve};
use super::{Candidates, Node, Plan};
use crate::data::held_out;
use crate::spec::{Cell, Claim};

/// The same plan, in which each claim of what is never measured says why.
pub(super) fn with_unmeasured(mut plan: Plan) -> Plan {
    let why = |planned| cells(planned).into_iter().find_map(|cell| of_cell(&plan, &planned.claim, cell));
    let all: Vec<Option<String>> = plan.claims.iter().map(why).collect();
    for (planned, why) in plan.claims.iter_mut().zip(all) {
        planned.unmeasured = why;
    }
    plan
}

/// Why what `claim` compares is not measured of `cell`; `None` where it is.
fn of_cell(plan: &Plan, claim: &Claim, cell: &Cell) -> Option<String> {
    let chains = chains(plan, cell);
    if claim.is_of_summary() {
        return of_curve(&curve(plan, &chains));
    }
    let nodes = chains.first()?.iter().map(|&id| &plan.nodes[id]);
    let is_it = |node: &&Node| cell.round.is_none_or(|round| node.round == round || node.search().is_some());
    of_column(&claim.metric, nodes.rev().find(is_it)?)
}

/// Why the column `name` is null of `node`.
pub(super) fn of_column(name: &str, node: &Node) -> Option<String> {
    let stage = &node.stage;
    match name {
        "teacher_agreement" | "teacher_kl" | "teacher_accuracy" if node.teachers().is_empty() => {
            Some(format!("there is no {name} of stage {stage}, which no teacher teaches"))
        }
        "limit" if node.search().is_none() => {
            Some(format!("there is no limit of stage {stage}, which searches nothing"))
        }
        "accuracy_validation" | "loss_validation"
            if held_out(node.data.source.shape().train, node.data.validation) == 0 =>
        {
            Some(format!("there is no {name} without a validation split"))
        }
        "requested" => match node.requested {
            None => Some(format!("nothing is requested of stage {stage}, which is a training")),
            Some(requested) if requested.value.is_none() => Some(format!(
                "how much is requested of stage {stage} follows from what the stage before it leaves, and is not recorded"
            )),
            Some(_) => None,
        },
        _ => None,
    }
}

/// Why there is no summary of the curve that goes along `nodes`.
fn of_curve(nodes: &[&Node]) -> Option<String> {
    let [node] = nodes else { return None };
    let stage = &node.stage;
    match node.search() {
        _ if node.pruned().is_none() => {
            Some(format!("stage {stage} is a training, and a summary is of a curve of pruning"))
        }
        Some(search) if search.candidates == Candidates::Rounds => None,
        Some(_) | None => Some(format!(
            "stage {stage} is pruned to one size alone here, and a summary is of a curve of two or more"
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::planned;

    const TEXT: &str = r#"
        title = "A case"
        data = { source.synthetic = { train = 100, test = 20 }, validation = 0.0 }
        [stage.dense.train]
        model.mlp = { hidden = [10] }
        epochs = 1
        [stage.student.train]
        model.mlp = { hidden = [8] }
        epochs = 1
        teacher = "dense"
        loss.soft-labels = { weight = 1.0, temperature = 4.0 }
        [stage.sparse.prune]
        from = "dense"
        importance = "magnitude"
        target.sparsity = 0.5
        [stage.other.prune]
        from = "dense"
        importance = "magnitude"
        target.sparsity = 0.5
        schedule.linear = { rounds = 2 }
        [sweep]
        seed = [0, 1, 2]
        stage.sparse.prune.importance = ["magnitude", "random"]
        stage.sparse.prune.target.sparsity = [0.5, 0.9]
        [[sweep.exclude]]
        stage.sparse.prune = { importance = "random", target.sparsity = 0.9 }
    "#;

    /// Why a claim that compares `metric` of `of` cannot be judged.
    fn why(metric: &str, of: &str) -> Option<String> {
        let against = if metric.contains("summary") { "{ stage = \"other\" }" } else { "{ value = 0.5 }" };
        planned(&format!(
            "{TEXT}
            [[claim]]
            name = \"a\"
            text = \"b\"
            metric = \"{metric}\"
            of = {of}
            against = {against}
            expect.within = [-0.1, 0.1]
            because = \"c\""
        ))
        .claims
        .remove(0)
        .inadmissible()
    }

    #[test]
    fn what_is_never_measured_is_known_before_it_is_run() {
        let magnitude = "{ stage = \"sparse\", importance = \"magnitude\" }";
        let at_half = "{ stage = \"sparse\", importance = \"magnitude\", target.sparsity = 0.5 }";
        let random = "{ stage = \"sparse\", importance = \"random\" }";
        for (metric, of, expected) in [
            ("teacher_kl", "{ stage = \"dense\" }", "no teacher_kl of stage dense, which no teacher teaches"),
            ("teacher_accuracy", at_half, "no teacher_accuracy of stage sparse, which no teacher teaches"),
            ("limit", at_half, "no limit of stage sparse, which searches nothing"),
            ("loss_validation", at_half, "no loss_validation without a validation split"),
            (
                "requested",
                "{ stage = \"dense\" }",
                "nothing is requested of stage dense, which is a training",
            ),
            ("summary.area", "{ stage = \"dense\" }", "stage dense is a training"),
            ("summary.sparsity-at-drop", at_half, "stage sparse is pruned to one size alone here"),
            ("summary.area", random, "stage sparse is pruned to one size alone here"),
        ] {
            let why = why(metric, of);
            assert!(why.as_ref().is_some_and(|why| why.contains(expected)), "{metric} {of}: {why:?}");
        }
        for (metric, of) in [
            ("teacher_kl", "{ stage = \"student\" }"),
            ("requested", at_half),
            ("accuracy", at_half),
            ("summary.area", magnitude),
        ] {
            assert_eq!(why(metric, of), None, "{metric} {of}");
        }
    }

    // Of seed 2 one of the two sparsities is not run, and so there is no curve.
    #[test]
    fn seeds_that_lack_a_point_of_the_curve_are_not_compared() {
        let text = TEXT.replace(
            "[[sweep.exclude]]",
            "[[sweep.exclude]]\nseed = 2\nstage.sparse.prune = { importance = \"magnitude\", target.sparsity = 0.9 }\n[[sweep.exclude]]",
        );
        let plan = planned(&format!(
            "{text}
            [[claim]]
            name = \"a\"
            text = \"b\"
            metric = \"summary.area\"
            of = {{ stage = \"sparse\", importance = \"magnitude\" }}
            against = {{ stage = \"other\" }}
            expect.at-least = 0.0
            because = \"c\""
        ));
        assert_eq!(plan.claims[0].seeds, [0, 1]);
    }
}
