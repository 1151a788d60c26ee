//! Where results come from: the experiment file and what was set over it.

use crate::backend::BackendKind;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// What an experiment was read from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    /// The experiment file, as it was named on the command line.
    pub file: String,
    /// The same file as it is found from the folder of the results. It tells this experiment from another
    /// one whose file has the same name, also after both have moved together.
    pub from_results: String,
    /// `--set` assignments, in order.
    pub set: Vec<String>,
    /// The directory of the results of all experiments, as it was named; `None` for the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
}

impl Provenance {
    /// The directory of results where none is named.
    pub const RESULTS: &str = "results";

    /// Of `file`, which was read, with the results of experiment `name` below `results`, which need not be there yet.
    pub fn new(file: &Path, set: &[String], results: &Path, name: &str) -> Self {
        let named = slashed(results);
        Self {
            file: slashed(file),
            from_results: slashed(&relative(&real(file), &real(&results.join(name)))),
            set: set.to_vec(),
            results: (named.trim_start_matches("./") != Self::RESULTS).then_some(named),
        }
    }

    /// The command that gives the same numbers, for a POSIX shell.
    pub fn command(&self, backend: BackendKind) -> String {
        let path = |path: &str| {
            if path.starts_with('-') { quoted(&format!("./{path}")) } else { quoted(path) }
        };
        let set = self.set.iter().flat_map(|assignment| ["--set".to_owned(), quoted(assignment)]);
        let words = ["niwaki".to_owned(), "run".to_owned(), path(&self.file)].into_iter().chain(set);
        let words = words.chain(["--backend".to_owned(), backend.to_string()]);
        let results = self.results.iter().flat_map(|results| ["--results".to_owned(), path(results)]);
        let words = words.chain(results);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// `word` as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn slashed(path: &Path) -> String {
    path.components().fold(String::new(), |text, part| {
        let part = part.as_os_str().to_string_lossy();
        let part = if part == std::path::MAIN_SEPARATOR_STR { "".into() } else { part };
        if text.is_empty() && part.is_empty() {
            "/".to_owned()
        } else if text.is_empty() || text == "/" {
            text + &part
        } else {
            text + "/" + &part
        }
    })
}

/// `path` without symbolic links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = whole.ancestors().find_map(|part| Some((part, fs::canonicalize(part).ok()?)));
    match there {
        Some((part, real)) => real.join(whole.strip_prefix(part).unwrap_or(Path::new(""))),
        None => whole,
    }
}

/// The way from folder `from` to `to`, both absolute.
fn relative(to: &Path, from: &Path) -> PathBuf {
    let shared = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return to.to_owned();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provenance(file: &str, set: &[&str]) -> Provenance {
        let set = set.iter().map(ToString::to_string).collect();
        Provenance { file: file.to_owned(), from_results: String::new(), set, results: None }
    }

    #[test]
    fn the_command_is_quoted_for_a_shell() {
        let plain = provenance("experiments/quickstart.toml", &["seed=3"]);
        let expected = "niwaki run experiments/quickstart.toml --set seed=3 --backend flex";
        assert_eq!(plain.command(BackendKind::Flex), expected);
        let odd = provenance("-my file.toml", &["title=\"it's\"", "sweep.seed=[0, 1]"]);
        let expected = r#"niwaki run './-my file.toml' --set 'title="it'\''s"' --set 'sweep.seed=[0, 1]' --backend flex"#;
        assert_eq!(odd.command(BackendKind::Flex), expected);
        let elsewhere = Provenance { results: Some("-my results".into()), ..plain };
        let expected =
            "niwaki run experiments/quickstart.toml --set seed=3 --backend flex --results './-my results'";
        assert_eq!(elsewhere.command(BackendKind::Flex), expected);
    }

    #[test]
    fn a_file_is_found_from_its_results() {
        let way = |to: &str, from: &str| slashed(&relative(Path::new(to), Path::new(from)));
        assert_eq!(way("/a/experiments/x.toml", "/a/results/x"), "../../experiments/x.toml");
        assert_eq!(way("/a/x.toml", "/a/x"), "../x.toml");
    }

    #[test]
    fn results_that_are_not_there_yet_have_a_place() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.toml");
        fs::write(&file, "").unwrap();
        let provenance = Provenance::new(&file, &[], &dir.path().join("results"), "x");
        assert_eq!(provenance.from_results, "../../x.toml");
        assert_eq!(provenance.results, Some(slashed(&dir.path().join("results"))));
        assert_eq!(Provenance::new(&file, &[], Path::new("./results/"), "x").results, None);
    }
}
