//! Every word of the language in its place, and what is said of it.

use super::schema_node::SchemaNode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A key or a value, in its place.
pub(super) struct Word {
    pub name: String,
    /// Of a key its own, of a value that of the key that it is for.
    pub path: String,
    /// What is said of it.
    pub texts: Vec<&'static str>,
    pub meaning: Meaning,
}

pub(super) enum Meaning {
    Key(SchemaNode<'static>),
    Value,
}

/// All of them, each as often as it has places.
pub(super) fn words() -> &'static [Word] {
    static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| {
        let mut words = Vec::new();
        visit(SchemaNode::root(), "", &mut words);
        words
    });
    &WORDS
}

/// The name here of what papers call `short`: `decoupled` of DKD.
pub(super) fn of_short(short: &str) -> Option<&'static str> {
    static NAMES: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
        let mut names = BTreeMap::new();
        for word in words() {
            let sources = word.texts.iter().flat_map(|text| text.split('(').skip(1));
            for short in sources.filter_map(short_name) {
                names.entry(short.to_ascii_lowercase()).or_insert(word.name.as_str());
            }
        }
        names
    });
    NAMES.get(&short.to_ascii_lowercase()).copied()
}

/// What a method is called in short, from where it comes from: `DKD; Zhao et al., 2022)`, or
/// `Optimal Brain Damage; LeCun et al., 1990)` by its initials.
fn short_name(source: &str) -> Option<String> {
    let (name, _) = source.split_once(')')?.0.split_once(';')?;
    let names: Vec<&str> = name.split_whitespace().collect();
    let first = names.first()?;
    if first.chars().filter(char::is_ascii_uppercase).count() > 1 {
        return Some((*first).to_owned());
    }
    let initials: Option<String> =
        names.iter().map(|name| name.chars().next().filter(char::is_ascii_uppercase)).collect();
    initials.filter(|initials| initials.len() > 1)
}

/// Lists what stands below `node`.
fn visit(node: SchemaNode<'static>, path: &str, words: &mut Vec<Word>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, child) in node.properties() {
        let path = below(name);
        visit(child, &path, words);
        words.push(Word { name: name.clone(), path, texts: texts(child), meaning: Meaning::Key(child) });
    }
    if let Some(others) = node.others() {
        visit(others, &below("NAME"), words);
    }
    if let Some(element) = node.element(0) {
        visit(element, path, words);
    }
    for choice in node.choices() {
        let tagged: Vec<_> = choice.properties().collect();
        for (name, settings) in &tagged {
            let path = below(name);
            visit(*settings, &path, words);
            let texts = texts(choice).into_iter().chain(texts(*settings)).collect();
            words.push(Word { name: (*name).clone(), path, texts, meaning: Meaning::Key(*settings) });
        }
        // A name with settings is explained with them.
        let is_tagged = |name: &str| node.keys().contains(&name);
        if let Some(name) = choice.get("const").and_then(Value::as_str).filter(|name| !is_tagged(name)) {
            let (path, texts) = (path.to_owned(), texts(choice));
            words.push(Word { name: name.to_owned(), path, texts, meaning: Meaning::Value });
        }
    }
}

fn texts(node: SchemaNode<'static>) -> Vec<&'static str> {
    node.get("description").and_then(Value::as_str).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_papers_call_a_method_leads_to_it() {
        let methods = [
            ("dkd", "decoupled"),
            ("AT", "attention"),
            ("CRD", "contrastive"),
            ("fsp", "flow"),
            ("OBD", "optimal-brain-damage"),
            ("obs", "optimal-brain-surgeon"),
            ("fpgm", "geometric-median"),
            ("CTKD", "learned"),
            ("dml", "peers"),
            ("Tf-KD", "teacher-free"),
        ];
        for (short, name) in methods {
            assert_eq!(of_short(short), Some(name), "{short}");
        }
        assert_eq!(of_short("xyz"), None);
    }
}
