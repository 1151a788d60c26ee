//! Digests of the tables, kept in the record: a table that is not what was written beside it is not drawn.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// BLAKE3 of every table file, by its name. Records of earlier versions have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digests(BTreeMap<String, String>);

impl Digests {
    /// Of files with these names and bytes.
    pub fn of(files: &[(String, Vec<u8>)]) -> Self {
        Self(files.iter().map(|(name, bytes)| (name.clone(), digest(bytes))).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a file `name` was written.
    pub(super) fn name(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether `bytes` are those of file `name`, as far as is known.
    pub(super) fn allow(&self, name: &str, bytes: &[u8]) -> bool {
        self.0.get(name).is_none_or(|known| *known == digest(bytes))
    }
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_told_from_the_one_that_was_written() {
        let digests = Digests::of(&[("a".to_owned(), b"one".to_vec())]);
        assert!(digests.allow("a", b"one") && !digests.allow("a", b"two") && digests.allow("b", b"two"));
        assert!(Digests::default().allow("a", b"two"));
    }
}
