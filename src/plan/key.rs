//! What names a node: BLAKE3 over canonical JSON of everything that can change its numbers.

use serde::Serialize;

/// A node's name in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// BLAKE3 of the canonical JSON (sorted keys, no spaces) of `content`.
    pub fn of(content: &impl Serialize) -> Self {
        let value = serde_json::to_value(content).expect("key contents are plain data");
        let text = serde_json::to_vec(&value).expect("a JSON value can be written");
        Self(*blake3::hash(&text).as_bytes())
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({self})")
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
