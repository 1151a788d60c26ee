//! The program that made results.

use crate::backend::BURN_VERSION;
use serde::{Deserialize, Serialize};

/// The program that made results, and what it was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Program {
    pub version: String,
    /// The commit of its sources, and whether they were changed since; `None` where they were in no repository.
    pub commit: Option<String>,
    /// `rustc 1.95.0 (…)`
    pub rustc: Option<String>,
    pub burn: String,
    pub polars: Option<String>,
}

impl Program {
    /// This program.
    pub fn this() -> Self {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: known(env!("NIWAKI_COMMIT")),
            rustc: known(env!("NIWAKI_RUSTC")),
            burn: BURN_VERSION.to_owned(),
            polars: known(env!("NIWAKI_POLARS")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_have_the_versions_of_the_lock_file() {
        let lock = include_str!("../../Cargo.lock");
        let Program { burn, polars, rustc, .. } = Program::this();
        assert!(lock.contains(&format!("name = \"burn\"\nversion = \"{burn}\"")));
        assert!(lock.contains(&format!("name = \"polars\"\nversion = \"{}\"", polars.unwrap())));
        assert!(rustc.unwrap().starts_with("rustc "));
    }
}
