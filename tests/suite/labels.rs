//! Labels of axes: where they stand, and what they leave as it is.

use crate::reading::{assert_says, report, words};
use crate::support::{Bench, TINY, stderr, stdout};
use niwaki::plan::{Plan, plan};
use niwaki::spec::load;
use std::fs;
use std::path::Path;

/// Two losses of a recovery at two sparsities, and a claim.
const SWEPT: &str = r#"
[stage.sparse.prune.recover]
epochs = 1
teacher = "dense"

[sweep]
seed = [0, 1, 2]
stage.sparse.prune.target.sparsity = [0.5, 0.9]
stage.sparse.prune.recover.loss = [
    { cross-entropy = 1.0 },
    { cross-entropy = 0.1, soft-labels = { weight = 0.9, temperature = 4.0 } },
]

[[claim]]
name    = "distillation-helps"
text    = "Distillation helps"
metric  = "accuracy"
of      = { stage = "sparse", target.sparsity = 0.5, loss = { cross-entropy = 0.1, soft-labels = { weight = 0.9, temperature = 4.0 } } }
against = { loss = { cross-entropy = 1.0 } }
expect.at-least = -0.9
because = "anything goes"
"#;

const LABELS: &str = r#"
[labels]
stage.sparse.prune.recover.loss = ["plain", "distilled & T = 4"]
"#;

fn keys(plan: &Plan) -> Vec<String> {
    plan.nodes.keys().map(ToString::to_string).collect()
}

#[test]
fn labels_stand_in_documents_and_charts_and_change_nothing_else() {
    let without = format!("{TINY}{SWEPT}");
    let bench = Bench::new(&without);
    let plain = bench.plan(&[]);
    bench.run(&[]);
    let kept =
        ["measurements.csv", "measurements.parquet", "layers.parquet", "claims.lock.json", "claims.parquet"];
    let read = || kept.map(|name| fs::read(bench.results().join(name)).expect("it is there"));
    let before = read();
    assert!(words(&bench, "sparse").contains("soft-labels"), "{}", words(&bench, "sparse"));
    let axes = |bench: &Bench| {
        let record = fs::read_to_string(bench.results().join("record.json")).expect("there is a record");
        let record: serde_json::Value = serde_json::from_str(&record).expect("it is JSON");
        (
            record["axes"].clone(),
            record["plan"].clone(),
            record["experiment"].clone(),
            record["sweep"].clone(),
        )
    };
    let recorded = axes(&bench);

    fs::write(bench.file(), format!("{without}{LABELS}")).expect("it can be written to");
    let labelled = bench.plan(&[]);
    assert_eq!((keys(&labelled), labelled.digest()), (keys(&plain), plain.digest()));
    assert_eq!(labelled.labels.all().collect::<Vec<_>>(), ["plain", "distilled & T = 4"]);
    let output = bench.niwaki("run", &[]);
    assert!(!stdout(&output).contains("DEVIATED"), "{}", stdout(&output));
    assert!(before == read(), "data or lock changed with the labels");
    assert_eq!(recorded, axes(&bench));

    let said = words(&bench, "sparse");
    assert!(
        said.contains("plain") && said.contains("distilled &amp; T = 4") && !said.contains("soft-labels"),
        "{said}"
    );
    let report = report(&bench);
    assert_says(
        &report,
        &["| plain ", "| distilled &amp; T = 4 |", "recover.loss beside plain", "recover.loss=distilled"],
    );
    let page = fs::read_to_string(bench.results().join("report.html")).expect("there is a page");
    let paper = fs::read_to_string(bench.results().join("report.tex")).expect("there is a paper");
    assert!(page.contains("distilled &amp; T = 4") && paper.contains(r"distilled~\& T~=~4"));
}

#[test]
fn what_is_missing_goes_by_its_label_too() {
    let text = format!("{TINY}{SWEPT}")
        .replace("temperature = 4.0 } },\n]", "temperature = 4.0 }, logits = 1e6 },\n]");
    let (sweep, _) = text.split_once("[[claim]]").expect("there is a claim");
    // With such a weight the distilled networks diverge.
    let bench = Bench::new(&format!("{sweep}{LABELS}"));
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_says(&report(&bench), &["`recover.loss=distilled & T = 4`"]);
}

#[test]
fn labels_go_with_values_where_a_stronger_layer_gives_others() {
    let bench = Bench::new(&format!("{TINY}{SWEPT}{LABELS}"));
    let loss = "stage.sparse.prune.recover.loss";
    let labels = |set: &[&str]| {
        let plan = bench.plan(set);
        let axis = plan.axes.iter().find(|axis| axis.key == loss).expect("it is swept");
        let of = |value| plan.labels.of(loss, value).map(str::to_owned);
        axis.values.iter().map(of).collect::<Vec<_>>()
    };
    let (plain, distilled) = (Some("plain".to_owned()), Some("distilled & T = 4".to_owned()));
    assert_eq!(labels(&[]), [plain.clone(), distilled.clone()]);
    let turned = "sweep.stage.sparse.prune.recover.loss=[{ cross-entropy = 0.1, soft-labels = { weight = 0.9, temperature = 4 } }, { cross-entropy = 0.5 }]";
    assert_eq!(labels(&[turned]), [distilled, None]);
    let own = "labels.stage.sparse.prune.recover.loss=[\"T = 4\", \"half\"]";
    assert_eq!(labels(&[turned, own]), [Some("T = 4".to_owned()), Some("half".to_owned())]);
    // An axis that is set is none any more, and its labels are none's.
    let set = bench.plan(&["stage.sparse.prune.recover.loss={ cross-entropy = 1 }"]);
    assert!(set.axes.iter().all(|axis| axis.key != loss));
}

/// Results of shipped experiments were made before there were labels, and stay what they are.
#[test]
fn labels_of_shipped_experiments_change_no_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut labelled = 0;
    for entry in fs::read_dir(&folder).expect("there are experiments") {
        let path = entry.expect("it can be read").path();
        let text = fs::read_to_string(&path).expect("it is text");
        let Some(start) = text.find("\n[labels]\n") else { continue };
        labelled += 1;
        let ends = ["\n\n#", "\n\n[["].into_iter().filter_map(|next| text[start..].find(next));
        let end = ends.min().map_or(text.len(), |end| start + end);
        let other = tempfile::tempdir().expect("a temporary folder can be made");
        let file = other.path().join(path.file_name().expect("it has a name"));
        fs::write(&file, format!("{}{}", &text[..start], &text[end..])).expect("it can be written to");
        let planned = |file: &Path| {
            let loaded = load(file, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
            plan(&loaded, &|_| None).unwrap_or_else(|error| panic!("{error}"))
        };
        let (with, without) = (planned(&path), planned(&file));
        assert!(!with.labels.is_empty() && without.labels.is_empty());
        assert_eq!((with.digest(), keys(&with)), (without.digest(), keys(&without)));
        assert_eq!((&with.experiment, &with.sweep), (&without.experiment, &without.sweep));
        assert_eq!(with.claims.len(), without.claims.len());
    }
    assert!(labelled >= 5, "only {labelled} experiments have labels");
}
