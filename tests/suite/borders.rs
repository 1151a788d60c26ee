//! Arrows between modules point one way, and each library is named where it belongs.

use std::fs;
use std::path::{Path, PathBuf};

const COMPONENTS: [&str; 7] = ["kernel", "cpu", "data", "model", "prune", "distill", "train"];

/// Every source file with its top-level module and its text without comments.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let read = |path: PathBuf| {
        let module = path.strip_prefix(&root).expect("found under the root").components().next();
        let module = module.expect("a file has a name").as_os_str().to_string_lossy();
        let text = fs::read_to_string(&path).expect("sources are text");
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        (module.trim_end_matches(".rs").to_owned(), path, code.collect::<Vec<_>>().join("\n"))
    };
    files.into_iter().map(read).collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the source folder can be read") {
        let path = entry.expect("the source folder can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Whether `code` names `word` as the start of a path (`burn::`, `use burn_flex`).
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + word.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            && (after.starts_with("::") || after.starts_with('_'))
    })
}

/// Asserts that only files of `allowed` modules name `word`, and that some do.
fn only_in(word: &str, allowed: &[&str]) {
    let (inside, outside): (Vec<_>, Vec<_>) = sources()
        .into_iter()
        .filter(|(_, _, code)| names(code, word))
        .partition(|(module, _, _)| allowed.contains(&module.as_str()));
    let outside: Vec<_> = outside.into_iter().map(|(_, path, _)| path).collect();
    assert!(outside.is_empty(), "{word} is named outside of {allowed:?}: {outside:?}");
    assert!(!inside.is_empty(), "nothing names {word} any more: mend this test");
}

#[test]
fn components_do_not_see_plan_run_or_cli() {
    for (module, path, code) in sources() {
        if COMPONENTS.contains(&module.as_str()) {
            for above in ["backend", "spec", "plan", "run", "cli", "results", "report"] {
                let seen = code.contains(&format!("crate::{above}"));
                assert!(!seen, "{} sees crate::{above}", path.display());
            }
        }
    }
}

#[test]
fn cpu_kernels_see_nothing_but_mathematics() {
    for (_, path, code) in sources().into_iter().filter(|(module, ..)| module == "cpu") {
        for (at, found) in code.match_indices("crate::") {
            let seen = &code[at + found.len()..];
            let is_known = seen.starts_with("cpu") || seen.starts_with("math");
            assert!(is_known, "{} sees another module of the program", path.display());
        }
        assert!(!names(&code, "burn"), "{} names burn", path.display());
    }
}

#[test]
fn what_was_written_does_not_see_what_runs() {
    for (module, path, code) in sources() {
        let above: &[&str] = match module.as_str() {
            "spec" => &["plan", "run", "cli", "results", "report"],
            "plan" => &["run", "cli", "results", "report"],
            "results" => &["cli", "report"],
            "report" => &["cli"],
            _ => &[],
        };
        for above in above {
            assert!(!code.contains(&format!("crate::{above}")), "{} sees crate::{above}", path.display());
        }
    }
}

#[test]
fn only_components_backend_and_run_name_burn() {
    only_in("burn", &[&COMPONENTS[..], &["backend", "run"]].concat());
}

#[test]
fn only_results_and_report_name_polars() {
    only_in("polars", &["results", "report"]);
}

#[test]
fn only_report_names_plotters() {
    only_in("plotters", &["report"]);
}

#[test]
fn only_output_prints() {
    for (module, path, code) in sources() {
        let prints = ["println!", "print!", "dbg!"];
        let found = prints.iter().find(|word| code.contains(**word));
        assert!(module == "output" || found.is_none(), "{} prints by itself: {found:?}", path.display());
    }
}
