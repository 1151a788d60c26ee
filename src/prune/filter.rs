//! Which layers may be pruned, by globs over node names.

use super::glob;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Globs over node names that narrow what is prunable: `*` stands for any run of characters, dots too (which it does not
/// in the taps of a loss), `?` for one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LayerFilter {
    /// Only layers that one of these globs matches; all layers when absent.
    #[serde(default)]
    pub include: Option<Vec<String>>,
    /// Not the layers that one of these globs matches.
    #[serde(default)]
    pub exclude: Vec<String>,
}

impl LayerFilter {
    /// The layers of `names` that pass, in their order. What both lists match is excluded.
    pub fn select(&self, names: &[String]) -> Vec<String> {
        names.iter().filter(|name| self.passes(name)).cloned().collect()
    }

    /// Globs that match none of `names`, those of `include` first.
    pub fn unmatched(&self, names: &[String]) -> Vec<String> {
        glob::unmatched(self.include.iter().flatten().chain(&self.exclude), names)
    }

    fn passes(&self, name: &str) -> bool {
        let any = |globs: &[String]| globs.iter().any(|glob| glob::matches(glob, name));
        self.include.as_deref().is_none_or(any) && !any(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn filter(include: Option<&[&str]>, exclude: &[&str]) -> LayerFilter {
        LayerFilter { include: include.map(names), exclude: names(exclude) }
    }

    const LAYERS: [&str; 4] = ["conv1", "layer1.0.conv1", "layer1.0.conv2", "fc"];

    #[test]
    fn passes_everything_by_default() {
        assert_eq!(LayerFilter::default().select(&names(&LAYERS)), names(&LAYERS));
    }

    #[test]
    fn keeps_what_is_included_and_not_excluded_in_the_order_of_the_layers() {
        let all = names(&LAYERS);
        assert_eq!(filter(None, &["fc"]).select(&all), names(&["conv1", "layer1.0.conv1", "layer1.0.conv2"]));
        assert_eq!(
            filter(Some(&["fc", "layer1.*"]), &["*.conv2"]).select(&all),
            names(&["layer1.0.conv1", "fc"])
        );
    }

    #[test]
    fn an_empty_include_passes_nothing() {
        assert!(filter(Some(&[]), &[]).select(&names(&LAYERS)).is_empty());
    }

    #[test]
    fn names_the_globs_that_match_nothing() {
        let filter = filter(Some(&["layer2.*", "conv?"]), &["fc", "classifier"]);
        assert_eq!(filter.unmatched(&names(&LAYERS)), names(&["layer2.*", "classifier"]));
    }
}
