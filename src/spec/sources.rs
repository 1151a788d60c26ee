//! All sources of an experiment: what they say together, and where each of its values came from.

use super::check::Mistake;
use super::diagnostics::{Diagnostic, Diagnostics, Place};
use super::merge::{both_alternatives, yield_to};
use super::schema::Node;
use super::source::{Layer, Part, Source, SyntaxError};
use figment::Figment;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The weakest layer: what holds for a whole experiment that does not say. Defaults of single settings are
/// in their types.
const DEFAULTS: &str = "backend = \"flex\"\nseed = 0\n";

/// All sources, weakest first.
pub(super) struct Sources(Vec<Source>);

impl Sources {
    /// Reads `path`, what it extends, and `assignments`.
    pub fn read(path: &Path, assignments: &[String]) -> Result<Self, Diagnostics> {
        let (defaults, _) = Source::parse("built-in defaults", DEFAULTS.to_owned());
        let mut sources = vec![defaults];
        let mut mistakes = Vec::new();
        read_chain(path, &mut Vec::new(), &mut sources, &mut mistakes);
        for text in assignments {
            match Source::assignment(text) {
                Ok(source) if source.has("extends") => {
                    let message = "`extends` is for files: it says what is read, not what holds";
                    mistakes.push(at(&source, "extends", Part::Key, message.to_owned()));
                }
                Ok(source) => sources.push(source),
                Err(error) => mistakes.push(Diagnostic {
                    key: String::new(),
                    message: error.message,
                    help: vec![
                        "an assignment is `--set key=value`, with a dotted key and a TOML value".into(),
                    ],
                    place: Some(Place::new("--set", text, error.span)),
                }),
            }
        }
        if mistakes.is_empty() { Ok(Self(sources)) } else { Err(Diagnostics(mistakes)) }
    }

    /// Figment's merge of all sources, after each has lost what a stronger one replaces whole.
    pub fn merged(&self) -> Value {
        let figment = self.figment();
        figment.extract().expect("tables of plain values merge into a table of plain values")
    }

    fn figment(&self) -> Figment {
        let mut values: Vec<Value> = self.0.iter().map(|source| source.value.clone()).collect();
        for stronger in 1..values.len() {
            let (weaker, from) = values.split_at_mut(stronger);
            weaker.iter_mut().for_each(|weaker| yield_to(Node::root(), weaker, &from[0]));
        }
        let layers = self.0.iter().zip(values).enumerate();
        layers.fold(Figment::new(), |figment, (number, (source, value))| {
            figment.merge(Layer { number, source, value })
        })
    }

    /// Alternatives that one source sets both of.
    pub fn doubled(&self) -> Vec<Mistake> {
        // In a sweep these are axes, and a conflict of axes.
        let pairs = self.0.iter().flat_map(|source| both_alternatives(&source.value, ""));
        let pairs = pairs.filter(|(path, _)| !path.starts_with("sweep."));
        let mistake = |(path, [one, other]): (String, [&str; 2])| {
            Mistake::key(&path, format!("`{one}` and `{other}` at once; only one can hold"), Vec::new())
        };
        pairs.map(mistake).collect()
    }

    /// All that is wrong, if anything is.
    pub fn refuse(&self, mistakes: Vec<Mistake>) -> Result<(), Diagnostics> {
        let is_odd = self.0.iter().any(|source| !source.odd.is_empty());
        if mistakes.is_empty() && !is_odd { Ok(()) } else { Err(self.diagnostics(mistakes)) }
    }

    /// Shows each mistake where it stands, in the order of the text.
    pub fn diagnostics(&self, mistakes: Vec<Mistake>) -> Diagnostics {
        let figment = self.figment();
        let show = |mistake: Mistake| Diagnostic {
            place: self.place(&figment, &mistake.path, mistake.part),
            key: mistake.path,
            message: mistake.message,
            help: mistake.help,
        };
        let mut found: Vec<Diagnostic> = mistakes.into_iter().map(show).collect();
        let odd = self.0.iter().flat_map(|source| source.odd.iter().map(|odd| unreadable(source, odd)));
        found.extend(odd);
        found.sort_by_key(|diagnostic| {
            let place = diagnostic.place.as_ref();
            let file = place.and_then(|place| self.0.iter().position(|source| source.name == place.file));
            (file, place.map(|place| (place.line, place.column)))
        });
        found.dedup();
        Diagnostics(found)
    }

    /// Where the value at `path` came from; of a key that nobody wrote, the table it should be in.
    fn place(&self, figment: &Figment, path: &str, part: Part) -> Option<Place> {
        let named = figment.find_metadata(path).and_then(|metadata| metadata.name.parse::<usize>().ok());
        let told = named.map(|number| &self.0[number]).filter(|source| source.has(path));
        let source = told.or_else(|| self.0.iter().rev().find(|source| source.has(path)));
        match source {
            Some(source) => {
                let span = source.span(path, part).expect("the source has the path");
                Some(Place::new(&source.name, &source.text, span))
            }
            None => {
                // The table it should be in, or the file as a whole.
                let Some((parent, _)) = path.rsplit_once('.') else {
                    let file = self.0.iter().rev().find(|source| source.name != "--set")?;
                    return Some(Place::new(&file.name, &file.text, 0..0));
                };
                self.place(figment, parent, Part::Key)
            }
        }
    }
}

/// Reads `path` after what it extends; `chain` are the files that extend it.
fn read_chain(
    path: &Path,
    chain: &mut Vec<PathBuf>,
    sources: &mut Vec<Source>,
    mistakes: &mut Vec<Diagnostic>,
) {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("{shown} cannot be read: {error}");
            return mistakes.push(Diagnostic { key: String::new(), message, help: Vec::new(), place: None });
        }
    };
    let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (source, errors) = Source::parse(shown, text);
    let mut errors = errors;
    errors.sort_by_key(|error| error.span.start);
    mistakes.extend(errors.iter().map(|error| unreadable(&source, error)));
    chain.push(identity);
    let base = source.value.get("extends").filter(|base| !base.is_null());
    if base.is_some_and(|base| !base.is_string()) {
        mistakes.push(at(&source, "extends", Part::Value, "this is one file's path, as a string".to_owned()));
    }
    if let Some(base) = base.and_then(Value::as_str) {
        let base_path = path.parent().unwrap_or(Path::new("")).join(base);
        let refuse = |message: String| at(&source, "extends", Part::Value, message);
        match base_path.canonicalize() {
            Err(error) => mistakes.push(refuse(format!("{} cannot be read: {error}", base_path.display()))),
            Ok(identity) if chain.contains(&identity) => {
                let files = chain.iter().chain([&identity]);
                let files: Vec<_> = files
                    .map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned())
                    .collect();
                mistakes.push(refuse(format!("files extend each other in a circle: {}", files.join(" → "))));
            }
            Ok(_) => read_chain(&base_path, chain, sources, mistakes),
        }
    }
    chain.pop();
    sources.push(source);
}

/// A mistake at a key that `source` has.
fn at(source: &Source, key: &str, part: Part, message: String) -> Diagnostic {
    let place = source.span(key, part).map(|span| Place::new(&source.name, &source.text, span));
    Diagnostic { key: key.to_owned(), message, help: Vec::new(), place }
}

fn unreadable(source: &Source, error: &SyntaxError) -> Diagnostic {
    let place = Some(Place::new(&source.name, &source.text, error.span.clone()));
    Diagnostic { key: String::new(), message: error.message.clone(), help: Vec::new(), place }
}
