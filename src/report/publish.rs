//! Results as files: tables, charts, text and record, written together.

use super::chart::{Entry, Source, charts, named_apart};
use super::document::document;
use super::error::ReportError;
use super::html::page;
use super::latex;
use crate::results::claims::{CLAIMS_FILE, ClaimLock, claims_file, judged};
use crate::results::costs::Costs;
use crate::results::{Digests, Folder, Measurements, Record, Tables};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// What became of results that were to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    Written,
    /// Networks that were not run are missing, and what is there already, which stays, has more.
    Kept,
    /// The user interrupted the drawing; what is there already stays.
    Interrupted,
}

/// Files of a report by their paths from its folder.
type Files = Vec<(String, Vec<u8>)>;

/// Writes tables, report and `record` of a run into `folder`; `record` comes to list the files and what they
/// warn of. The caller holds the lock of the results. Where networks were not run, by an interrupted run or
/// because the store lost them, and more were measured there already, nothing is written; nor once `stop` is
/// set, between one chart and the next.
pub fn publish(
    record: &mut Record,
    tables: &Tables,
    folder: &Folder,
    stop: &AtomicBool,
) -> Result<Published, ReportError> {
    let there = folder.previous().map_or(0, Record::networks_measured);
    if record.is_cut_short() && record.networks_measured() < there {
        return Ok(Published::Kept);
    }
    let mut files = tables.files()?;
    record.digests = Digests::of(&files);
    let Some(report) = report(record, tables, folder, stop)? else { return Ok(Published::Interrupted) };
    files.extend(report);
    folder.write(record, &files)?;
    Ok(Published::Written)
}

/// Writes the report of `record` and `tables`, which are in `folder`, anew, unless `stop` is set before.
pub fn draw_again(
    record: &mut Record,
    tables: &Tables,
    folder: &Folder,
    stop: &AtomicBool,
) -> Result<Published, ReportError> {
    let Some(files) = report(record, tables, folder, stop)? else { return Ok(Published::Interrupted) };
    folder.write(record, &files)?;
    Ok(Published::Written)
}

/// Verdicts, charts and text, unless `stop` is set before all are drawn. `record` comes to list them beside the tables.
fn report(
    record: &mut Record,
    tables: &Tables,
    folder: &Folder,
    stop: &AtomicBool,
) -> Result<Option<Files>, ReportError> {
    let measurements = Measurements::read(record, tables)?;
    let costs = Costs::of(record, &measurements)?;
    let lock = ClaimLock::read(folder.path())?;
    let claims = judged(record, &measurements, lock.as_ref())?;
    let source = Source { record, tables, measurements: &measurements, costs: &costs, claims: &claims };
    let charts = named_apart(charts(&source)?);
    let claims_table = claims_file(&claims, record)?;
    record.digests.set(CLAIMS_FILE, claims_table.as_ref().map(|(_, bytes)| bytes.as_slice()));
    let mut files: Files = claims_table.into_iter().collect();
    let (mut figures, mut without_glyph) = (BTreeMap::new(), BTreeSet::<char>::new());
    for chart in &charts {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        if let Entry::Drawn { name, picture } = chart {
            let rendered = picture.render()?;
            for (form, bytes) in [("svg", rendered.svg), ("png", rendered.png), ("pdf", rendered.pdf)] {
                files.push((format!("charts/{name}.{form}"), bytes));
            }
            without_glyph.extend(&rendered.without_glyph);
            figures.insert(name.clone(), rendered.figure);
        }
    }
    let letters: String = without_glyph.iter().collect();
    let warning = format!(
        "the font of the charts has no {letters}: blank in PNG and PDF, and in SVG as your viewer has them"
    );
    if !letters.is_empty() && !record.warnings.contains(&warning) {
        record.warnings.push(warning);
    }
    let source = Source { record, tables, measurements: &measurements, costs: &costs, claims: &claims };
    let markdown = document(&source, lock.as_ref(), &charts)?;
    files.push(("report.html".to_owned(), page(record, &markdown, &figures)?.into_bytes()));
    files.push(("report.tex".to_owned(), latex::document(&markdown).into_bytes()));
    files.push(("report.md".to_owned(), markdown.into_bytes()));
    record.costs = costs.hours(&measurements);
    let names = files.iter().map(|(name, _)| name.clone());
    record.files = tables.names().map(str::to_owned).chain(names).collect();
    Ok(Some(files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::measured;
    use std::fs;
    use std::path::Path;

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
        [sweep]
        seed = [0, 1, 2]
        stage.sparse.prune.importance = ["magnitude", "random"]
    "#;

    /// Publishes `TEXT` with the nodes for which `is_done`; the others failed with `error`, or were not run.
    fn published(dir: &Path, error: Option<&str>, is_done: impl Fn(&str, u64) -> bool) -> Published {
        let (_, mut record, tables) = measured(TEXT, |plan, id| {
            let node = &plan.nodes[id];
            is_done(&node.stage, node.seed).then_some(0.5)
        });
        record.missing.iter_mut().for_each(|missing| missing.error = error.map(str::to_owned));
        let folder = Folder::of_results(dir).unwrap();
        publish(&mut record, &tables, &folder, &AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn an_interrupt_between_two_charts_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let (_, mut record, tables) = measured(TEXT, |_, _| Some(0.5));
        let folder = Folder::of_results(dir.path()).unwrap();
        let stopped = publish(&mut record, &tables, &folder, &AtomicBool::new(true)).unwrap();
        assert_eq!(stopped, Published::Interrupted);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    fn report_in(dir: &Path) -> String {
        fs::read_to_string(dir.join("report.md")).unwrap()
    }

    // 3 dense networks and 2 · 3 sparse ones.
    #[test]
    fn an_incomplete_report_says_at_its_top_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        published(dir.path(), None, |stage, seed| stage == "dense" || seed == 0);
        let report = report_in(dir.path());
        let notice = report.find("4 of 9 networks are missing: 4 were not run.").unwrap();
        assert!(notice < report.find("![").unwrap());
        assert!(report.contains("> - stage sparse, `importance=random`, round 1, seeds 1, 2\n"), "{report}");
        published(dir.path(), None, |_, _| true);
        assert!(!report_in(dir.path()).contains("incomplete"));
    }

    #[test]
    fn results_that_measured_more_stay_unless_trainings_failed() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(published(dir.path(), None, |_, _| true), Published::Written);
        let before = report_in(dir.path());
        assert_eq!(published(dir.path(), None, |stage, _| stage == "dense"), Published::Kept);
        assert_eq!(report_in(dir.path()), before);
        // A run that ended has something to say, whatever it is.
        assert_eq!(
            published(dir.path(), Some("it diverged"), |stage, _| stage == "dense"),
            Published::Written
        );
        assert!(report_in(dir.path()).contains("6 of 9 networks are missing: 6 failed."));
    }
}
