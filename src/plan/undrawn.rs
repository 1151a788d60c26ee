//! Charts that can never be drawn: known before anything is trained.

use super::unmeasured::of_column;
use super::{Plan, relevant_axes};
use crate::spec::{Chart, ChartKind};

/// A warning for each chart of lines along an axis that changes nothing in one of its stages, or of a quantity that no
/// network of its stages has.
pub fn undrawn(plan: &Plan) -> Vec<String> {
    let lines = (1..).zip(&plan.charts).filter(|(_, chart)| chart.kind == ChartKind::Lines);
    let relevant = relevant_axes(plan);
    let warning = |(number, chart): (usize, &Chart)| {
        let why = unchanging(plan, &relevant, chart).or_else(|| unmeasured(plan, chart))?;
        Some(format!("chart {number} will not be drawn: {why}"))
    };
    lines.filter_map(warning).collect()
}

/// The stage of `chart` in which its `x` changes nothing, where that is an axis.
fn unchanging(plan: &Plan, relevant: &[Vec<usize>], chart: &Chart) -> Option<String> {
    let axis = plan.axes.iter().position(|axis| axis.key == chart.x() && axis.key != "seed")?;
    let changes = |name: &str| {
        let stage = plan.stages.iter().position(|stage| stage == name);
        stage.is_none_or(|stage| relevant[stage].contains(&axis))
    };
    let stage = chart.stages().find(|name| !changes(name))?;
    Some(format!("`{}` changes nothing in stage {stage}", chart.x()))
}

/// Why there is no `y` of any network that `chart` is of.
fn unmeasured(plan: &Plan, chart: &Chart) -> Option<String> {
    let is_shown = |stage: &str| chart.stages().any(|name| name == stage);
    let nodes = plan.nodes.values().filter(|node| is_shown(&node.stage));
    let all: Option<Vec<String>> = nodes.map(|node| of_column(chart.y(), node)).collect();
    all?.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    fn warnings(chart: &str) -> Vec<String> {
        undrawn(&planned(&format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            target.sparsity = 0.5
            [[chart]]
            {chart}
            [sweep]
            stage.sparse.prune.target.sparsity = [0.5, 0.9]
            "#
        )))
    }

    #[test]
    fn what_can_never_be_drawn_is_known_before_it_is_run() {
        let along = "x = \"target.sparsity\"";
        let why =
            "chart 1 will not be drawn: `stage.sparse.prune.target.sparsity` changes nothing in stage dense";
        assert_eq!(warnings(&format!("stage = \"sparse\"\nbeside = [\"dense\"]\n{along}")), [why]);
        let why =
            "chart 1 will not be drawn: there is no teacher_kl of stage sparse, which no teacher teaches";
        assert_eq!(warnings("stage = \"sparse\"\ny = \"teacher_kl\""), [why]);
        for fine in [&format!("stage = \"sparse\"\n{along}"), "stage = \"sparse\"\nbeside = [\"dense\"]"] {
            assert!(warnings(fine).is_empty(), "{fine}");
        }
    }
}
