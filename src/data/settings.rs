//! The `[data]` table of an experiment.

use super::{Augment, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The images an experiment uses and how they are divided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Data {
    /// Where the images come from.
    pub source: Source,
    /// Share of the training images held out to choose the checkpoint, 0.0 ≤ v ≤ 0.9. Which ones is
    /// drawn by the trial's seed. The test split never selects anything.
    #[serde(default = "default_validation")]
    #[schemars(range(min = 0.0, max = 0.9))]
    pub validation: f64,
    /// Random changes to the training images, drawn anew every epoch.
    #[serde(default)]
    pub augment: Augment,
}

fn default_validation() -> f64 {
    0.1
}

/// A directory that holds a data set's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Directory {
    /// Path of the directory; a relative one is taken from the directory the program runs in, and `~/` is
    /// the user's own.
    #[schemars(extend("minLength" = 1))]
    pub dir: PathBuf,
}

impl Directory {
    /// The directory's path, with the user's own directory in place of `~`.
    pub fn path(&self) -> PathBuf {
        match (self.dir.strip_prefix("~"), std::env::home_dir()) {
            (Ok(below), Some(home)) => home.join(below),
            (_, _) => self.dir.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Synthetic;

    fn read(text: &str) -> Result<Data, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_source_alone_holds_out_a_tenth_and_does_not_augment() {
        let expected =
            Data { source: Source::Digits, validation: 0.1, augment: Augment { crop: 0, flip: false } };
        assert_eq!(read(r#"source = "digits""#).unwrap(), expected);
    }

    #[test]
    fn every_source_is_written_by_its_name() {
        let directory = || Directory { dir: "data".into() };
        let sources = [
            Source::Mnist(directory()),
            Source::FashionMnist(directory()),
            Source::Cifar10(directory()),
            Source::Cifar100(directory()),
        ];
        for source in sources {
            let text = format!("source.{} = {{ dir = \"data\" }}", source.name());
            assert_eq!(read(&text).unwrap().source, source);
        }
        let synthetic = Source::Synthetic(Synthetic { classes: 3, ..Synthetic::default() });
        assert_eq!(read("source.synthetic.classes = 3").unwrap().source, synthetic);
    }

    #[test]
    fn a_tilde_is_the_users_directory() {
        let path = |dir: &str| Directory { dir: dir.into() }.path();
        let home = std::env::home_dir().unwrap();
        assert_eq!((path("~/data"), path("~")), (home.join("data"), home));
        for plain in ["data", "/data", "a/~/b", "~user/data"] {
            assert_eq!(path(plain), PathBuf::from(plain));
        }
    }

    #[test]
    fn the_schema_knows_the_ranges() {
        let schema = serde_json::to_value(schemars::schema_for!(Data)).unwrap();
        let ends = |at: &str| {
            let range = schema.pointer(at).unwrap_or_else(|| panic!("{at} in {schema:#}"));
            (range["minimum"].as_f64(), range["maximum"].as_f64())
        };
        assert_eq!(ends("/properties/validation"), (Some(0.0), Some(0.9)));
        assert_eq!(ends("/$defs/Augment/properties/crop"), (Some(0.0), Some(32.0)));
        assert_eq!(ends("/$defs/Synthetic/properties/image/items"), (Some(1.0), Some(1024.0)));
        assert_eq!(ends("/$defs/Synthetic/properties/classes"), (Some(2.0), Some(1000.0)));
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(read("source = \"digits\"\nvalidations = 0.1").is_err());
        assert!(read("source.mnist = { dir = \"data\", path = \"data\" }").is_err());
        assert!(read("source = \"digits\"\naugment = { rotate = 3 }").is_err());
    }
}
