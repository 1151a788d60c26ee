//! All sources of an experiment: what they say together, and where each of its values came from.

use super::check::Mistake;
use super::diagnostics::{Diagnostic, Diagnostics, Place, quoted};
use super::file::{self, Unreadable};
use super::merge::{both_alternatives, yield_to};
use super::source::{Layer, Part, SettingsSource, join};
use super::sweep::{override_axes, values_of, written_axes};
use super::syntax::SyntaxError;
use figment::Figment;
use figment::value::Value as FigmentValue;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The weakest layer: values at the top level that hold where no file sets them. All other defaults are in
/// the types of the settings.
const DEFAULTS: &str = "backend = \"flex\"\nseed = 0\n";

/// All sources, weakest first.
pub(super) struct Sources {
    sources: Vec<SettingsSource>,
    /// Those of them that are files.
    files: Vec<PathBuf>,
    /// Figment's merge of what each source says, less what a stronger one replaces.
    figment: Figment,
    /// Settings that a stronger source cannot put over a weaker one's.
    mistakes: Vec<Mistake>,
}

impl Sources {
    /// Reads `path`, what it extends, and `assignments`.
    pub fn read(path: &Path, assignments: &[String]) -> Result<Self, Diagnostics> {
        let (defaults, _) = SettingsSource::parse("built-in defaults", DEFAULTS.to_owned());
        let mut reader = ChainReader { sources: vec![defaults], ..ChainReader::default() };
        reader.read(path, None);
        let ChainReader { mut sources, mut mistakes, more, files, .. } = reader;
        for text in assignments {
            match SettingsSource::assignment(text) {
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
                    place: Some(Place::new(SettingsSource::ASSIGNMENT, text, error.span)),
                }),
            }
        }
        if !mistakes.is_empty() {
            return Err(Diagnostics::new(mistakes, more));
        }
        Ok(Self { files, ..Self::layered(sources) })
    }

    /// The file of the experiment after those that it extends.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Lays the sources over each other, after each has lost what a stronger one replaces whole.
    fn layered(sources: Vec<SettingsSource>) -> Self {
        let mut values: Vec<Value> = sources.iter().map(|source| source.value.clone()).collect();
        let mut mistakes = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let (weaker, from) = values.split_at_mut(number);
            for weaker in weaker {
                mistakes.extend(override_axes(weaker, &from[0], &|path| source.is_inline(path)));
                yield_to(weaker, &from[0], &|path| source.is_inline(path));
            }
        }
        let layers = sources.iter().zip(values).enumerate();
        let figment = layers.fold(Figment::new(), |figment, (number, (source, value))| {
            figment.merge(Layer { number, source, value })
        });
        Self { sources, files: Vec::new(), figment, mistakes }
    }

    /// What all sources say together.
    pub fn merged(&self) -> Value {
        self.figment.extract().expect("tables of plain values merge into a table of plain values")
    }

    /// The dotted keys of all axes that a source writes, those too that a stronger one sets.
    pub fn axes(&self) -> BTreeSet<String> {
        let sweeps = self.sources.iter().filter_map(|source| source.value.get("sweep")?.as_object());
        let dotted = |path: Vec<String>| path.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(".");
        sweeps.flat_map(written_axes).map(dotted).collect()
    }

    /// The stages that the files have, each with its kind: `train` or `prune`.
    pub fn stages_of_files(&self) -> BTreeMap<&str, &str> {
        let files = self.sources.iter().filter(|source| source.name != SettingsSource::ASSIGNMENT);
        let stages = files.filter_map(|source| source.value.get("stage")?.as_object()).flatten();
        let kinds =
            stages.filter_map(|(name, stage)| Some((name.as_str(), stage.as_object()?.keys().next()?)));
        kinds.map(|(name, kind)| (name, kind.as_str())).collect()
    }

    /// Every axis but the seed by its split key, those too that a stronger source sets, with the values that labels for it
    /// are of: those it has in the strongest source with such labels or, where that has no such axis, in the next weaker
    /// one that does.
    pub fn labelled(&self) -> BTreeMap<Vec<String>, Vec<Value>> {
        let sweeps = self.sources.iter().map(|source| source.value.get("sweep").and_then(Value::as_object));
        let sweeps: Vec<_> = sweeps.collect();
        let paths: BTreeSet<Vec<String>> = sweeps.iter().copied().flatten().flat_map(written_axes).collect();
        let values = |path: Vec<String>| {
            let place = path.iter().fold("labels".to_owned(), |place, key| join(&place, key));
            let last = self.sources.iter().rposition(|source| source.has(&place)).unwrap_or(0);
            let found = |sweep: &Option<&Map<String, Value>>| values_of((*sweep)?, &path).cloned();
            let (weaker, stronger) = sweeps.split_at(last + 1);
            let values = weaker.iter().rev().chain(stronger).find_map(found)?;
            Some((path, values))
        };
        paths.into_iter().filter(|path| *path != ["seed"]).filter_map(values).collect()
    }

    /// Whether a stronger source says something of `path` that a weaker one says, too.
    pub fn is_overridden(&self, path: &str) -> bool {
        self.sources.iter().filter(|source| source.has(path)).count() > 1
    }

    /// Settings of the sources that do not go together.
    pub fn mistakes(&self) -> Vec<Mistake> {
        // In a sweep alternatives are axes, and a conflict of axes.
        let pairs = self.sources.iter().flat_map(|source| both_alternatives(&source.value, ""));
        let pairs = pairs.filter(|(path, _)| !path.starts_with("sweep."));
        let doubled = |(path, [one, other]): (String, [&str; 2])| {
            Mistake::key(&path, format!("`{one}` and `{other}` at once; only one can hold"), Vec::new())
        };
        pairs.map(doubled).chain(self.mistakes.clone()).collect()
    }

    /// All that is wrong, if anything is.
    pub fn refuse(&self, mistakes: Vec<Mistake>) -> Result<(), Diagnostics> {
        let is_odd = self.sources.iter().any(|source| !source.odd.is_empty());
        if mistakes.is_empty() && !is_odd { Ok(()) } else { Err(self.diagnostics(mistakes)) }
    }

    /// Shows each mistake where it stands, in the order of the text.
    pub fn diagnostics(&self, mistakes: Vec<Mistake>) -> Diagnostics {
        let tagged = self.figment.find_value("").ok();
        let mut found: Vec<(Option<Location>, Mistake)> = mistakes
            .into_iter()
            .map(|mistake| (self.locate(tagged.as_ref(), &mistake.path, mistake.part), mistake))
            .collect();
        for (source, odd) in
            self.sources.iter().enumerate().flat_map(|(n, source)| source.odd.iter().map(move |odd| (n, odd)))
        {
            let location = Location { source, span: odd.span.clone() };
            found.push((Some(location), Mistake::value("", odd.message.clone(), Vec::new())));
        }
        found.sort_by_key(|(location, _)| location.as_ref().map(|at| (at.source, at.span.start)));
        found.dedup();
        let more = found.len().saturating_sub(Diagnostics::MOST);
        let shown = found.into_iter().take(Diagnostics::MOST).map(|(location, mistake)| Diagnostic {
            place: location.map(|Location { source, span }| {
                Place::new(&self.sources[source].name, &self.sources[source].text, span)
            }),
            key: mistake.path,
            message: mistake.message,
            help: mistake.help,
        });
        Diagnostics::new(shown.collect(), more)
    }

    /// Where the value at `path` came from; of a key that nobody wrote, the table it should be in.
    fn locate(&self, tagged: Option<&FigmentValue>, path: &str, part: Part) -> Option<Location> {
        let tag = tagged.and_then(|tagged| tagged.find_ref(path)).map(FigmentValue::tag);
        let metadata = tag.and_then(|tag| self.figment.get_metadata(tag));
        let named = metadata.and_then(|metadata| metadata.name.parse::<usize>().ok());
        let strongest = || self.sources.iter().rposition(|source| source.has(path));
        let source = named.filter(|&number| self.sources[number].has(path)).or_else(strongest);
        match (source, path.rsplit_once('.')) {
            (Some(source), _) => {
                let span = self.sources[source].span(path, part).expect("the source has the path");
                Some(Location { source, span })
            }
            (None, Some((parent, _))) => self.locate(tagged, parent, Part::Key),
            (None, None) => {
                let is_file = |source: &SettingsSource| source.name != SettingsSource::ASSIGNMENT;
                let source = self.sources.iter().rposition(is_file)?;
                Some(Location { source, span: 0..0 })
            }
        }
    }
}

/// A part of the text of one of the sources.
#[derive(Clone, Debug, PartialEq)]
struct Location {
    source: usize,
    span: Range<usize>,
}

/// Reads a file after what it extends.
#[derive(Default)]
struct ChainReader {
    sources: Vec<SettingsSource>,
    files: Vec<PathBuf>,
    mistakes: Vec<Diagnostic>,
    /// Mistakes that are not in `mistakes`, which holds as many as are shown.
    more: usize,
    /// The files that are open: each extends the next.
    chain: Vec<PathBuf>,
}

impl ChainReader {
    /// Reads `path`, which `extending` named.
    fn read(&mut self, path: &Path, extending: Option<&SettingsSource>) {
        let text = match file::read(path) {
            Ok(text) => text,
            Err(Unreadable { message, place: None }) if let Some(source) = extending => {
                return self.mistakes.push(at(source, "extends", Part::Value, message));
            }
            Err(Unreadable { message, place }) => {
                return self.mistakes.push(Diagnostic {
                    key: String::new(),
                    message,
                    help: Vec::new(),
                    place,
                });
            }
        };
        let (source, errors) = SettingsSource::parse(path.display().to_string(), text);
        self.more += errors.len().saturating_sub(Diagnostics::MOST);
        self.mistakes.extend(errors.iter().take(Diagnostics::MOST).map(|error| unreadable(&source, error)));
        self.chain.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        match source.value.get("extends") {
            None | Some(Value::Null) => {}
            Some(Value::String(base)) if base.is_empty() => {
                self.mistakes.push(at(&source, "extends", Part::Value, "it names no file".to_owned()));
            }
            Some(Value::String(base)) => {
                let base = path.parent().unwrap_or(Path::new("")).join(base);
                match base.canonicalize() {
                    Ok(identity) if self.chain.contains(&identity) => {
                        let message =
                            format!("files extend each other in a circle: {}", self.circle(&identity));
                        self.mistakes.push(at(&source, "extends", Part::Value, message));
                    }
                    Ok(_) | Err(_) => self.read(&base, Some(&source)),
                }
            }
            Some(_) => {
                let message = "this is one file's path, as a string".to_owned();
                self.mistakes.push(at(&source, "extends", Part::Value, message));
            }
        }
        self.chain.pop();
        self.sources.push(source);
        self.files.push(path.to_owned());
    }

    fn circle(&self, last: &PathBuf) -> String {
        let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.chain.iter().chain([last]).map(name).collect::<Vec<_>>().join(" → ")
    }
}

/// A mistake at a key that `source` has.
fn at(source: &SettingsSource, key: &str, part: Part, message: String) -> Diagnostic {
    let place = source.span(key, part).map(|span| Place::new(&source.name, &source.text, span));
    Diagnostic { key: key.to_owned(), message, help: Vec::new(), place }
}

fn unreadable(source: &SettingsSource, error: &SyntaxError) -> Diagnostic {
    let place = Some(Place::new(&source.name, &source.text, error.span.clone()));
    Diagnostic { key: String::new(), message: error.message.clone(), help: Vec::new(), place }
}
