//! Charts that show an accuracy at too few sparsities to see where it falls.

use super::{Node, Plan};
use crate::spec::{Chart, ChartKind};
use std::collections::BTreeSet;

/// Points that a curve of accuracy against sparsity should have.
const ENOUGH: usize = 5;

/// A hint for each stage that some chart, or a default one, draws against sparsity at fewer points than show where accuracy
/// falls. What a search finds is at sparsities of its own.
pub fn few_sparsities(plan: &Plan) -> Vec<String> {
    let is_drawn = |stage: &&String| {
        let draws = |chart: &Chart| {
            let is_curve =
                chart.kind == ChartKind::Lines && chart.x() == "sparsity" && chart.y() == "accuracy";
            is_curve && chart.stages().any(|name| name == stage.as_str())
        };
        plan.charts.is_empty() || plan.charts.iter().any(draws)
    };
    plan.stages.iter().filter(is_drawn).filter_map(|stage| hint(plan, stage)).collect()
}

/// The hint for one stage; `None` of a training, of a search, and where there are enough points.
fn hint(plan: &Plan, stage: &str) -> Option<String> {
    let nodes: Vec<&Node> = plan.nodes.values().filter(|node| *node.stage == *stage).collect();
    let rounds = nodes.iter().filter(|node| node.pruned().is_some()).map(|node| node.round).max()?;
    if nodes.iter().any(|node| node.search().is_some()) {
        return None;
    }
    let target = format!("stage.{stage}.prune.target");
    let is_target =
        |key: &str| key.strip_prefix(&target).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let axes: Vec<usize> = (0..plan.axes.len()).filter(|&axis| is_target(&plan.axes[axis].key)).collect();
    let (points, more) = match axes.first() {
        Some(&axis) => {
            let values = |point: &[u32]| axes.iter().map(|&axis| point[axis]).collect::<Vec<_>>();
            let amounts: BTreeSet<Vec<u32>> = plan.trials.iter().map(|trial| values(&trial.point)).collect();
            (amounts.len(), format!("give `sweep.{}` more values", plan.axes[axis].key))
        }
        None => (rounds as usize, format!("sweep `{target}.sparsity`, or prune in more rounds")),
    };
    let plural = if points == 1 { "y" } else { "ies" };
    (points < ENOUGH).then(|| {
        format!(
            "stage {stage} is drawn at {points} sparsit{plural}, and a curve shows where accuracy falls from {ENOUGH} on: {more}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    fn hints(schedule: &str, more: &str) -> Vec<String> {
        few_sparsities(&planned(&format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            {schedule}
            {more}
            "#
        )))
    }

    #[test]
    fn a_curve_has_five_points() {
        let target = "target.sparsity = 0.5\n";
        let said = hints(target, "");
        assert_eq!(
            said,
            ["stage sparse is drawn at 1 sparsity, and a curve shows where accuracy falls from 5 on: sweep \
             `stage.sparse.prune.target.sparsity`, or prune in more rounds"]
        );
        let swept = |values: &str| {
            hints(target, &format!("[sweep]\nseed = [0, 1]\nstage.sparse.prune.target.sparsity = [{values}]"))
        };
        let said = swept("0.5, 0.6, 0.7, 0.8");
        assert!(
            said[0].contains("at 4 sparsities")
                && said[0].ends_with("give `sweep.stage.sparse.prune.target.sparsity` more values"),
            "{said:?}"
        );
        assert!(swept("0.5, 0.6, 0.7, 0.8, 0.9").is_empty());
        assert!(hints(&format!("{target}schedule.linear = {{ rounds = 5 }}"), "").is_empty());
        assert_eq!(hints(&format!("{target}schedule.linear = {{ rounds = 4 }}"), "").len(), 1);
    }

    #[test]
    fn what_no_chart_draws_against_sparsity_is_not_spoken_of() {
        let chart =
            |keys: &str| hints("target.sparsity = 0.5\n", &format!("[[chart]]\nstage = \"sparse\"\n{keys}"));
        assert_eq!(chart("").len(), 1);
        assert!(chart("x = \"parameters\"").is_empty() && chart("y = \"loss\"").is_empty());
        assert!(hints("target.loss-rise = { within = 0.1, probes = 2 }", "").is_empty());
    }
}
