use super::super::entry::with_source;
use super::*;
use crate::report::testing::measured;

const TEXT: &str = r#"
    title = "A case"
    data.source.synthetic = { train = 100, test = 20 }
    [stage.dense.train]
    model.mlp = { hidden = [10] }
    epochs = 1
    [stage.sparse.prune]
    from = "dense"
    importance = "magnitude"
    target.sparsity = 0.5
    recover = { epochs = 1, teacher = "dense" }
    [sweep]
    seed = [0, 1, 2]
    stage.sparse.prune.recover.loss = [
        { cross-entropy = 1.0 },
        { cross-entropy = 0.1, soft-labels = { weight = 0.9, temperature = 4.0 } },
    ]
"#;

/// The default charts of `text`, where a dense network has an accuracy of 0.9 and a sparse one of 0.8, and the seed adds as
/// many hundredths.
fn drawn(text: &str) -> Vec<LineChart> {
    let (_, record, tables) = measured(text, |plan, id| {
        let node = &plan.nodes[id];
        Some(if &*node.stage == "dense" { 0.9 } else { 0.8 } + node.seed as f64 / 100.0)
    });
    with_source(&record, &tables, |source| {
        let charts = of_pruning(source).unwrap().into_iter();
        let charts = charts.map(|entry| match entry {
            Entry::Drawn { picture: Picture::Lines(chart), .. } => chart,
            other => panic!("these are lines: {other:?}"),
        });
        charts.collect()
    })
}

fn legend(chart: &LineChart) -> Vec<&str> {
    chart.lines.iter().map(|line| line.label.as_str()).collect()
}

#[test]
fn each_seed_is_a_dot_beside_the_mean_and_the_dense_network_has_an_interval() {
    let charts = drawn(TEXT);
    let chart = &charts[0];
    assert!(chart.subtitle.contains("; dots: single seeds; "), "{}", chart.subtitle);
    for point in chart.lines.iter().flat_map(|line| &line.points) {
        let accuracies: Vec<f64> = point.seeds.iter().map(|&(_, y)| y).collect();
        assert_eq!(accuracies, [0, 1, 2].map(|seed| 0.8 + f64::from(seed) / 100.0));
        assert!(point.seeds.iter().all(|&(x, _)| (x - point.x).abs() < 0.01), "{point:?}");
    }
    // 0.9, 0.91, 0.92: half width 4.302653 · 0.01/√3.
    let [(name, dense)] = chart.references.as_slice() else { panic!("there is one dense network") };
    assert_eq!(name, "dense (not pruned)");
    assert!((dense.half_width.unwrap() - 0.024_841_4).abs() < 1e-6, "{dense:?}");
}

#[test]
fn of_one_seed_nothing_is_beside_the_mean() {
    let charts = drawn(&TEXT.replace("[0, 1, 2]", "[0]"));
    assert!(!charts[0].subtitle.contains("dots"), "{}", charts[0].subtitle);
    assert!(charts[0].lines.iter().flat_map(|line| &line.points).all(|point| point.seeds.is_empty()));
}

#[test]
fn more_dots_than_can_be_told_apart_are_left_out() {
    let seeds: Vec<String> = (0..=MOST_SINGLES / 2).map(|seed| seed.to_string()).collect();
    let charts = drawn(&TEXT.replace("0, 1, 2", &seeds.join(", ")));
    assert!(!charts[0].subtitle.contains("dots"), "{}", charts[0].subtitle);
}

#[test]
fn values_go_by_their_labels_and_without_them_by_what_sets_them_apart() {
    assert_eq!(legend(&drawn(TEXT)[0]), ["cross-entropy", "soft-labels"]);
    let labels = "\n[labels]\nstage.sparse.prune.recover.loss = [\"plain\", \"distilled, T = 4\"]\n";
    let charts = drawn(&format!("{TEXT}{labels}"));
    assert_eq!(legend(&charts[0]), ["plain", "distilled, T = 4"]);
    assert_eq!(charts[1].title, "Test accuracy against sparsity, beside plain: stage sparse");
    assert_eq!((legend(&charts[1]), charts[1].references[0].0.as_str()), (vec!["distilled, T = 4"], "plain"));
}
