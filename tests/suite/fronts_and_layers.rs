//! Pareto fronts, and what is left of each layer.

use crate::reading::{PRUNED, assert_says, charts, report, results, words};
use crate::support::{Bench, tables};

/// With two hidden layers.
fn base() -> String {
    PRUNED.replace("[8]", "[16, 8]")
}

fn run(more: &str) -> Bench {
    results(&format!("{}{more}", base()))
}

#[test]
fn a_front_is_over_all_settings_of_all_stages() {
    let bench = run(r#"
        [[chart]]
        kind = "pareto"
        x = "nonzero"
        [[chart]]
        kind = "pareto"
        stage = "sparse"
        x = "compression"
        y = "loss"
        title = "Only one"
        [sweep]
        seed = [0, 1]
        stage.sparse.prune.target.sparsity = [0.5, 0.9]
        stage.sparse.prune.importance = ["magnitude", "random"]
    "#);
    assert_eq!(charts(&bench), ["1-pareto-accuracy", "2-pareto-loss"]);
    let first = words(&bench, "1-pareto-accuracy");
    let said = [
        "Pareto front: test accuracy against prunable weights left",
        "mean of 2 seeds, bar: 95 % confidence interval",
        " of 5 that no other one beats, by their means (lower prunable weights left and higher test accuracy are better)",
        "stage dense sparse on the front",
    ];
    assert_says(&first, &said);
    // Nothing is smaller than the sparsest, so one of these two is on the front.
    assert!(
        ["magnitude", "random"]
            .iter()
            .any(|name| first.contains(&format!("sparse · importance={name}, target.sparsity=0.9"))),
        "{first}"
    );
    let second = words(&bench, "2-pareto-loss");
    assert_says(&second, &["Only one", " of 4 that", "(higher compression and lower test loss are better)"]);
    assert!(!second.contains("dense"), "{second}");
}

// One stage, one setting, one seed, three rounds: each round is a point, and the sparsest is never beaten.
#[test]
fn rounds_are_points_of_a_front_where_no_target_is_swept() {
    let text = base().replace("importance = ", "schedule.linear.rounds = 3\nimportance = ");
    let chart = "[[chart]]\nkind = \"pareto\"\nstage = \"sparse\"\n[[chart]]\nkind = \"pareto\"\nstage = \"dense\"\nx = \"macs\"\n";
    let bench = results(&format!("{text}{chart}"));
    let said = [" of 3 that no other one beats", "one seed (n = 1), so no interval", "round 3"];
    assert_says(&words(&bench, "1-pareto-accuracy"), &said);
    assert_says(&words(&bench, "2-pareto-accuracy"), &["the 1 of 1 that", "on the front dense 1"]);
}

#[test]
fn a_front_leaves_out_what_has_no_place_and_names_it() {
    let bench = run(r#"
        [[chart]]
        kind = "pareto"
        x = "compression"
        scale = "log"
        [[chart]]
        kind = "pareto"
        x = "teacher_agreement"
        [sweep]
        stage.sparse.prune.allocation.uniform.scale = [{ fc1 = 1.0 }, { "*" = 2.0 }]
    "#);
    assert_says(
        &words(&bench, "1-pareto-accuracy"),
        &["(compression is not finite)", " of 2 that no other one beats"],
    );
    assert_says(
        &report(&bench),
        &["is not drawn: no point of it has a place on its axes: dense (no agreement with the teacher)"],
    );
}

/// The share of weights left in `layer` of the last round of stage `sparse`, the mean over trials, in percent as a map
/// writes it.
fn left(bench: &Bench, layer: &str) -> String {
    let table = tables(&bench.results()).layers;
    let text = |name: &str| table.column(name).unwrap().str().unwrap().iter().collect::<Vec<_>>();
    let sparsities: Vec<f64> = table.column("sparsity").unwrap().f64().unwrap().iter().flatten().collect();
    let rows = text("stage").into_iter().zip(text("layer")).zip(sparsities);
    let found = rows.filter(|((stage, of), _)| (*stage, *of) == (Some("sparse"), Some(layer)));
    let found: Vec<f64> = found.map(|(_, sparsity)| 1.0 - sparsity).collect();
    let mean = 100.0 * found.iter().sum::<f64>() / found.len() as f64;
    if mean >= 9.95 { format!("{mean:.0}") } else { format!("{mean:.1}") }
}

#[test]
fn a_map_of_layers_has_their_means_over_seeds() {
    let chart = "[[chart]]\nkind = \"layer-density\"\nstage = \"sparse\"\n[sweep]\nseed = [0, 1, 2]\n";
    let bench = run(chart);
    assert_eq!(charts(&bench), ["1-sparse-layers"]);
    let map = words(&bench, "1-sparse-layers");
    let said = ["Weights left in each layer: stage sparse", "mean of 3 seeds", "weights left", "100 %"];
    assert_says(&map, &said);
    let cells = ["fc1", "fc2", "fc3"].map(|layer| format!("{layer} {}", left(&bench, layer)));
    assert_says(&map, &[&cells.join(" ")]);
}

#[test]
fn columns_are_settings_or_go_along_rounds_or_an_axis() {
    let text = base().replace("importance = ", "schedule.linear.rounds = 2\nimportance = ");
    let bench = results(&format!(
        "{text}{}",
        r#"
        [[chart]]
        kind = "layer-density"
        stage = "sparse"
        [[chart]]
        kind = "layer-density"
        stage = "sparse"
        x = "stage.sparse.prune.target.sparsity"
        title = "Along targets"
        [[chart]]
        kind = "layer-density"
        stage = "sparse"
        x = "round"
        [sweep]
        stage.sparse.prune.target.sparsity = [0.5, 0.75]
        stage.sparse.prune.importance = ["magnitude", "random"]
        "#
    ));
    let names = [
        "1-sparse-layers",
        "2-sparse-layers-1",
        "2-sparse-layers-2",
        "3-sparse-layers-1",
        "3-sparse-layers-2",
        "3-sparse-layers-3",
        "3-sparse-layers-4",
    ];
    assert_eq!(charts(&bench), names);
    let all = words(&bench, "1-sparse-layers");
    assert_says(
        &all,
        &[
            "after the last round",
            "importance · target.sparsity",
            "magnitude · 0.5 magnitude · 0.75 random · 0.5 ",
        ],
    );
    assert_says(
        &words(&bench, "2-sparse-layers-2"),
        &["Along targets (importance=random)", " 0.5 0.75 target.sparsity"],
    );
    assert_says(
        &words(&bench, "3-sparse-layers-4"),
        &["(importance=random, target.sparsity=0.75)", " 1 2 round"],
    );
}

// A layer that loses as much as the others says nothing.
#[test]
fn layers_are_drawn_by_default_where_they_differ() {
    assert!(charts(&run("")).contains(&"sparse-layers".to_owned()));
    let even = base().replace("importance = ", "allocation = \"uniform\"\nimportance = ");
    assert!(!charts(&results(&even)).contains(&"sparse-layers".to_owned()));
}

// Channels that are gone count as removed: a layer's sparsity is of the weights that it had at first.
#[test]
fn removed_channels_are_no_weights_left() {
    let text = base().replace("importance = ", "granularity = \"channel\"\nimportance = ");
    let text = text.replace("target.sparsity = 0.9", "target.parameters = 0.5");
    let bench = results(&text);
    let table = tables(&bench.results()).layers;
    let whole =
        |name: &str| table.column(name).unwrap().i64().unwrap().iter().flatten().collect::<Vec<i64>>();
    let sparsity: Vec<f64> = table.column("sparsity").unwrap().f64().unwrap().iter().flatten().collect();
    let (weights, nonzero) = (whole("weights"), whole("nonzero"));
    // Three layers of the dense network, then those of the small one.
    assert_eq!((weights.len(), &weights[..3]), (6, &[16 * 64, 8 * 16, 10 * 8][..]));
    assert!(weights[3] < weights[0] && weights[3] == nonzero[3]);
    for layer in 0..3 {
        assert_eq!(sparsity[3 + layer], 1.0 - nonzero[3 + layer] as f64 / weights[layer] as f64);
    }
    assert!(charts(&bench).contains(&"sparse-layers".to_owned()));
}
