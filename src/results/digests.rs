//! Digests in the record: of the tables, so that one that is not what was written beside it is not drawn, and of the
//! record itself and of the lock of claims, so that one that was changed by hand is said to have been.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// BLAKE3 of every table file, that of claims too, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digests(BTreeMap<String, String>);

impl Digests {
    /// Of files with these names and bytes.
    pub fn of(files: &[(String, Vec<u8>)]) -> Self {
        Self(files.iter().map(|(name, bytes)| (name.clone(), digest(bytes))).collect())
    }

    /// The same with the digest of another file, or without one of it.
    pub fn set(&mut self, name: &str, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.0.insert(name.to_owned(), digest(bytes)),
            None => self.0.remove(name),
        };
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a file `name` was written.
    pub(super) fn name(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether `bytes` are those of file `name`, as far as is known.
    pub fn allow(&self, name: &str, bytes: &[u8]) -> bool {
        self.0.get(name).is_none_or(|known| *known == digest(bytes))
    }
}

/// The name of a file's own digest.
const OWN: &str = "digest";

/// `text`, the JSON of an object with a member a line, with its digest as the first one: BLAKE3 of the canonical JSON
/// (names in order, no spaces) of all others.
pub(super) fn with_digest(text: &str) -> String {
    let value: Value = serde_json::from_str(text).expect("it is JSON");
    let opening = format!("{{\n  \"{OWN}\": \"{}\",\n", digest(value.to_string().as_bytes()));
    text.replacen("{\n", &opening, 1)
}

/// Takes the digest out of `object`, and says whether it is that of the rest: not where there is none.
pub(super) fn take_digest(object: &mut Value) -> bool {
    let known = object.as_object_mut().and_then(|members| members.remove(OWN));
    known.is_some_and(|known| known == digest(object.to_string().as_bytes()))
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_with_another_member_or_value_is_told_from_the_one_that_was_written() {
        let written = with_digest("{\n  \"b\": 0.1,\n  \"a\": [1, 2]\n}");
        let is_as_written = |text: &str| take_digest(&mut serde_json::from_str(text).unwrap());
        assert!(written.starts_with("{\n  \"digest\": \""), "{written}");
        assert!(is_as_written(&written) && is_as_written(&written.replace('\n', "")));
        for (from, to) in
            [("0.1", "0.2"), ("\"a\"", "\"c\""), ("\"b\"", "\"d\": null, \"b\""), ("\": \"", "\": \"0")]
        {
            let edited = written.replacen(from, to, 1);
            assert!(edited != written && !is_as_written(&edited), "{edited}");
        }
        assert!(!is_as_written("{ \"a\": [1, 2] }"));
    }

    #[test]
    fn a_changed_file_is_told_from_the_one_that_was_written() {
        let digests = Digests::of(&[("a".to_owned(), b"one".to_vec())]);
        assert!(digests.allow("a", b"one") && !digests.allow("a", b"two") && digests.allow("b", b"two"));
        assert!(Digests::default().allow("a", b"two"));
    }
}
