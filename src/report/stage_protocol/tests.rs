use super::*;
use crate::report::testing::measured;

/// What the protocol of `text` says of stage `name`.
fn said(text: &str, name: &str) -> String {
    let (_, record, _) = measured(text, |_, _| Some(0.5));
    let facts = record.stages.iter().find(|facts| facts.name == name).unwrap();
    stage(&record, facts)
}

// 80 images in batches of 10: an epoch is 8 steps.
const TEXT: &str = r#"
    title = "A case"
    data = { source.synthetic = { train = 100, test = 20 }, validation = 0.2 }
    [stage.dense.train]
    model.mlp = { hidden = [10] }
    epochs = 3
    batch = 10
    warmup = "10it"
    init = "glorot-normal"
    keep = "last"
    [stage.ticket.prune]
    from = "dense"
    importance = "magnitude"
    target.sparsity = 0.5
    recover = { rewind = "1ep", optimizer-state = "fresh" }
    [stage.replayed.prune]
    from = "dense"
    importance = "magnitude"
    target.sparsity = 0.5
    recover = { lr-rewind = "1ep", keep = "best-validation" }
"#;

fn assert_says(text: &str, said: &[&str]) {
    for said in said {
        assert!(text.contains(said), "it does not say {said}:\n{text}");
    }
}

#[test]
fn a_rewound_training_has_the_steps_that_it_takes() {
    let ticket = said(TEXT, "ticket");
    assert_says(
        &ticket,
        &["after step 8 of", "and train on to step 24: 16 steps of 10 images", ", 2 steps of warm-up"],
    );
    let replayed = said(TEXT, "replayed");
    assert_says(&replayed, &["that of step 16 of", "train to step 24: 8 steps of 10 images"]);
    assert!(!replayed.contains("warm-up"), "{replayed}");
}

// With a length of its own it does not end where the first training does.
#[test]
fn a_rewound_training_ends_where_it_says() {
    let longer = TEXT.replace("{ rewind = \"1ep\"", "{ epochs = 5, rewind = \"1ep\"");
    assert_says(&said(&longer, "ticket"), &["and train on to step 40: 32 steps of"]);
    let swept = format!("{TEXT}[sweep]\nstage.ticket.prune.recover.epochs = [3, 5]");
    assert_says(&said(&swept, "ticket"), &["and train on to a step that the axes set: "]);
}

#[test]
fn controls_and_other_recoveries_are_named() {
    let text = TEXT.replace("{ rewind = \"1ep\"", "{ rewind = \"0it\", weights = \"reinitialized\"");
    let text = text.replace(
        "target.sparsity = 0.5\n    recover = { rewind",
        "target.macs = 0.5\n    masks = \"shuffled\"\n    recover = { rewind",
    );
    let ticket = said(&text, "ticket");
    assert_says(
        &ticket,
        &["target `macs=0.5`, masks `shuffled`. ", "the weights are drawn anew in place of those"],
    );
    assert_says(&ticket, &[", weights `reinitialized`, optimizer"]);
    let few = said(&TEXT.replace("lr-rewind = \"1ep\"", "epochs = 1, samples-per-class = 2"), "replayed");
    // 20 images in batches of 10.
    assert_says(&few, &["again: 2 steps of 10 images", ", training images of each class `2`"]);
    let norm = TEXT.replace("model.mlp = { hidden = [10] }", "model.resnet = { depth = 8 }");
    let norm = norm.replace(", keep = \"best-validation\"", "");
    let with = |recover: &str| said(&norm.replace("lr-rewind = \"1ep\"", recover), "replayed");
    assert_says(
        &with("recalibrate = { batches = 7 }"),
        &["nothing is trained, but", "computed anew: `batches=7`."],
    );
    assert_says(&with("epochs = 1, recalibrate = {}"), &["batch norm recalibrated `batches=100`"]);
}

#[test]
fn what_is_not_the_default_is_named() {
    let dense = said(TEXT, "dense");
    assert_says(
        &dense,
        &["24 steps of", ", 10 steps of warm-up", ", initial weights `glorot-normal`, keep `last`."],
    );
    assert_says(&said(TEXT, "ticket"), &[", keep `last`, optimizer state `fresh`."]);
    assert!(!said(TEXT, "replayed").contains("keep"));
    let plain = TEXT.replace("init = \"glorot-normal\"", "").replace("keep = \"last\"", "");
    let plain = plain.replace("optimizer-state = \"fresh\"", "optimizer-state = \"restored\"");
    assert!(!said(&plain, "dense").contains("initial weights `"));
    assert!(!said(&plain, "ticket").contains("optimizer state"));
    // There is nothing to choose from.
    assert!(!said(&plain.replace("validation = 0.2", "validation = 0.0"), "dense").contains("keep"));
}

// What an axis sets is no fact of the first trial alone, whether the stage says it or takes it over.
#[test]
fn what_is_swept_is_said_to_be_swept() {
    let sweep = r#"
        [sweep]
        stage.dense.train.optimizer.adam.lr = [1e-2, 1e-3]
        stage.dense.train.epochs = [3, 4]
        stage.dense.train.init = ["pytorch", "glorot-normal"]
        stage.ticket.prune.target.sparsity = [0.5, 0.9]
        stage.ticket.prune.importance = ["magnitude", { taylor = { batches = 2 } }]
        stage.replayed.prune.schedule.linear.rounds = [1, 2]
    "#;
    let text = format!("{TEXT}{sweep}");
    let dense = said(&text, "dense");
    assert_says(
        &dense,
        &[
            "weights: a number of steps that the axes set, of 10 images",
            "lr=swept",
            "` (see axes), learning-rate",
        ],
    );
    assert_says(&dense, &["loss `cross-entropy=1`", "initial weights swept (see axes)"]);
    let ticket = said(&text, "ticket");
    assert_says(&ticket, &["importance swept (see axes)", "target `sparsity=swept` (see axes)", "lr=swept"]);
    let replayed = said(&text, "replayed");
    assert_says(&replayed, &["in a number of rounds that the axes set", "`linear(rounds=swept)` (see axes)"]);
    assert_says(&replayed, &["After each round", "target `sparsity=0.5`"]);
    // One value is no sweep.
    let one = said(&format!("{TEXT}[sweep]\nstage.ticket.prune.target.sparsity = [0.9]"), "ticket");
    assert_says(&one, &["target `sparsity=0.9`", "in one round", "Afterwards the weights go back"]);
}

#[test]
fn a_teacher_is_named_where_the_loss_looks_at_it() {
    let student = |more: &str| {
        let stage = "[stage.student.train]\nmodel.mlp = { hidden = [4] }\nepochs = 1\nteacher = \"dense\"";
        said(&format!("{TEXT}{stage}\n{more}"), "student")
    };
    assert!(!student("").contains("taught"), "{}", student(""));
    assert!(student("loss.logits = 1.0").contains("weights, taught by stage dense: "));
    let sweep = "[sweep]\nstage.student.train.loss = [{ cross-entropy = 1.0 }, { logits = 1.0 }]";
    let sometimes = "taught by stage dense where the loss has a term that looks at it: ";
    assert_says(&student(sweep), &[sometimes, "loss swept (see axes)"]);
    let teachers = "loss.logits = 1.0\n[sweep]\nstage.student.train.teacher = [\"dense\", \"ticket\"]";
    assert_says(&student(teachers), &["taught by stages that the axes set: "]);
}

#[test]
fn several_teachers_are_named_with_what_they_count() {
    let student = |loss: &str| {
        let stage = "[stage.student.train]\nmodel.mlp = { hidden = [4] }\nepochs = 1";
        let teachers = "teacher = { dense = 3.0, ticket = 1.0 }\nensemble.weights = \"entropy\"";
        said(&format!("{TEXT}{stage}\n{teachers}\nloss = {loss}"), "student")
    };
    let together = "taught by stages dense (weight 0.75), ticket (weight 0.25) together by the mean of their softened \
                    outputs, weighed for each image by entropy: ";
    assert_says(&student("{ soft-labels = { weight = 1.0, temperature = 4.0 } }"), &[together]);
    let dense = student("{ logits = { weight = 1.0, teacher = \"dense\" } }");
    assert_says(&dense, &["taught by stage dense: ", "loss `logits=1`"]);
    let each =
        "{ logits = { weight = 1.0, teacher = \"dense\" }, dist = { weight = 1.0, teacher = \"ticket\" } }";
    assert_says(&student(each), &["taught by stages dense, ticket: ", "teacher=ticket"]);
}

#[test]
fn peers_are_named() {
    let student = |more: &str| {
        let stage = "[stage.student.train]\nmodel.mlp = { hidden = [4] }\nepochs = 1\npeers = 1";
        said(&format!("{TEXT}{stage}\n{more}"), "student")
    };
    assert!(!student("").contains("peers"), "{}", student(""));
    let beside = "weights, teaching and taught by its peers `mlp(hidden=[4])` that train beside it: ";
    assert_says(&student("loss.logits = 1.0"), &[beside, "loss `logits=1`"]);
    let sweep = "loss.logits = 1.0\n[sweep]\nstage.student.train.peers = [1, [\"lenet5\"]]";
    let sweep = sweep.replace("\"lenet5\"", "{ mlp = { hidden = [6] } }");
    assert_says(&student(&sweep), &["teaching and taught by peers that the axes set"]);
}

#[test]
fn one_teacher_and_several_are_two_values_of_an_axis() {
    let stage = "[stage.student.train]\nmodel.mlp = { hidden = [4] }\nepochs = 1\nloss.logits = 1.0";
    let sweep = "[sweep]\nstage.student.train.teacher = [\"dense\", [\"dense\", \"ticket\"]]";
    assert_says(
        &said(&format!("{TEXT}{stage}\n{sweep}"), "student"),
        &["taught by stages that the axes set: "],
    );
}

#[test]
fn a_target_that_is_set_elsewhere_is_no_code() {
    let text = TEXT.replace(
        "target.sparsity = 0.5\n    recover = { rewind",
        "schedule.geometric = { rate = 0.5, rounds = 2 }\n    recover = { rewind",
    );
    assert_says(
        &said(&text, "ticket"),
        &["target set by the schedule, the allocation or the granularity. After each round"],
    );
}

#[test]
fn a_search_is_said_to_be_one() {
    let target = "target.sparsity = 0.5\n    recover = { rewind";
    let search = TEXT.replace(target, "target.loss-rise = 0.02\n    recover = { rewind");
    assert_says(
        &said(&search, "ticket"),
        &["target `loss-rise(within=0.02)`", "Sparsities are tried by bisection"],
    );
    let rounds = "schedule.geometric = { rate = 0.2, rounds = 3, until = { accuracy-drop = 0.01 } }";
    let rounds = TEXT.replace(target, &format!("{rounds}\n    recover = {{ rewind"));
    assert_says(&said(&rounds, "ticket"), &["in 3 rounds", "Rounds go on while the network is good enough"]);
    assert!(!said(TEXT, "ticket").contains("good enough"));
}

// The loss of one trial looks at both, and that of another at one: no axis says who teaches.
#[test]
fn teachers_that_no_axis_sets_are_named() {
    let teachers = r#"
        title = "A case"
        data.source.synthetic = { train = 100, test = 20 }
        [stage.a.train]
        model.mlp = { hidden = [10] }
        epochs = 1
        [stage.b.train]
        model.mlp = { hidden = [12] }
        epochs = 1
        [stage.student.train]
        model.mlp = { hidden = [4] }
        epochs = 1
        teacher = { a = 0.75, b = 0.25 }
    "#;
    let (both, one) = ("{ logits = 1.0 }", "{ logits = { weight = 1.0, teacher = \"a\" } }");
    let swept = format!("{teachers}[sweep]\nstage.student.train.loss = [{both}, {one}]");
    assert_says(
        &said(&swept, "student"),
        &["taught by those of stages a (weight 0.75), b (weight 0.25) that its loss looks at:"],
    );
    let ensembles = format!(
        "{teachers}loss = {both}\n[sweep]\nstage.student.train.ensemble = [{{ mean = \"logits\" }}, {{ mean = \"probabilities\" }}]"
    );
    assert_says(&said(&ensembles, "student"), &["that its loss looks at, together as the axes set:"]);
    let axes = format!("{teachers}loss = {both}\n[sweep]\nstage.student.train.teacher = [\"a\", \"b\"]");
    assert_says(&said(&axes, "student"), &["taught by stages that the axes set:"]);
}
