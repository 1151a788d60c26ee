//! `[[claim]]`: what an experiment is believed to show, written before it runs.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A sentence about the results with a number, a tolerance and a reason. After the run it gets a verdict: with R what
/// `expect` allows and C the interval at level 1 − 2α of the mean difference of `of` and `against`, paired by seed, it is
/// REPRODUCED where C lies inside R (and the one-sided tests, adjusted by Holm among the claims of its `family`, agree),
/// NOT REPRODUCED where C lies outside, INCONCLUSIVE where C reaches across an end of R, INADMISSIBLE where there are too
/// few seeds or what it compares is not run, and UNVERIFIED where a trial failed or was not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Claim {
    /// What it is called: up to 64 letters, digits, `-` and `_`.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The sentence that is claimed.
    #[schemars(length(min = 1))]
    pub text: String,
    /// Where it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What is compared: a numeric column of `measurements`, or one number a seed of a whole method: `summary.area`, the
    /// area under accuracy against log₂ compression by the trapezoid rule, divided by the range of compressions, or
    /// `summary.sparsity-at-drop`, the largest sparsity with an accuracy within `drop` of the dense network's.
    #[schemars(extend("examples" = ["accuracy", "loss", "sparsity", "summary.area", "summary.sparsity-at-drop"]))]
    pub metric: String,
    /// With `metric = "summary.sparsity-at-drop"`: how much accuracy may be lost, as a share of the test images (0.01).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub drop: Option<f64>,
    /// The networks that it is about. Of a ranking, what all of `order` have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<WrittenCell>,
    /// What they are compared with: other networks, which are those of `of` in all that is not said here, or a published
    /// `value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// In place of `against`, a ranking: networks from the best to the worst, each of which is said to be better than
    /// the next, which way that is follows from the metric. What they do not say is said by `of`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub order: Vec<WrittenCell>,
    /// What the difference, `of` − `against`, may be; of a ranking, by how much each is better than the next (`at-least =
    /// 0.0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// The reason of the tolerance: why this much and not another amount.
    #[schemars(length(min = 1))]
    pub because: String,
    /// How many seeds it takes.
    #[serde(default, skip_serializing_if = "ClaimSeeds::is_default")]
    pub seeds: ClaimSeeds,
    /// Claims of one family are tested together: the more there are, the more each has to show. Those that name none are
    /// one family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The chance of a verdict REPRODUCED that is wrong, over all of its family (0.05).
    #[serde(default = "default_alpha", skip_serializing_if = "is_default_alpha")]
    #[schemars(range(min = 0.0001, max = 0.25))]
    pub alpha: f64,
}

fn default_alpha() -> f64 {
    0.05
}

fn is_default_alpha(alpha: &f64) -> bool {
    *alpha == default_alpha()
}

/// How many seeds a claim takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClaimSeeds {
    /// With fewer it is INADMISSIBLE (3).
    #[schemars(range(min = 2, max = 10_000))]
    pub at_least: u32,
}

impl ClaimSeeds {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for ClaimSeeds {
    fn default() -> Self {
        Self { at_least: 3 }
    }
}

/// What a difference may be: `at-least`, `at-most` or `within`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expect {
    /// It is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// It is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// It lies between these two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<[f64; 2]>,
    /// Whether these are bounds of the ratio, `of` ÷ `against`, seed by seed, in place of the difference (false).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ratio: bool,
}

/// Networks, one a seed: `stage`, `round` (the last one when absent) and values of axes, each under its key or the last
/// parts of it that tell it from the others. What is not said must not differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrittenCell(pub BTreeMap<String, Value>);

impl WrittenCell {
    /// The stage that it names.
    pub fn stage(&self) -> Option<&str> {
        self.0.get("stage")?.as_str()
    }
}

/// What networks are compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>", into = "BTreeMap<String, Value>")]
pub enum Against {
    Cell(WrittenCell),
    Published(Published),
}

/// A published number, with the standard deviation over `runs` of it where that was published too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Published {
    pub value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
}

impl TryFrom<BTreeMap<String, Value>> for Against {
    type Error = serde_json::Error;

    fn try_from(entries: BTreeMap<String, Value>) -> Result<Self, Self::Error> {
        if ["value", "deviation", "runs"].iter().any(|key| entries.contains_key(*key)) {
            serde_json::from_value(Value::Object(entries.into_iter().collect())).map(Self::Published)
        } else {
            Ok(Self::Cell(WrittenCell(entries)))
        }
    }
}

impl From<Against> for BTreeMap<String, Value> {
    fn from(against: Against) -> Self {
        match against {
            Against::Cell(cell) => cell.0,
            Against::Published(published) => match serde_json::to_value(published) {
                Ok(Value::Object(entries)) => entries.into_iter().collect(),
                Ok(_) | Err(_) => unreachable!("a struct of numbers is a table"),
            },
        }
    }
}

impl JsonSchema for WrittenCell {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "stage": { "type": "string", "description": "The stage whose networks they are." },
                "round": {
                    "type": "integer", "minimum": 0, "maximum": 1_000_000,
                    "description": "The round of pruning after which they are; the last one when absent.",
                },
            },
            "additionalProperties": {
                "description": "The value of an axis of the sweep, under its key or the end of it: `importance = \"random\"`.",
            },
        })
    }
}

impl JsonSchema for Against {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Against".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = WrittenCell::json_schema(generator);
        let published = json_schema!({
            "value": { "type": "number", "description": "A published number, in place of networks." },
            "deviation": {
                "type": "number", "minimum": 0.0,
                "description": "Its standard deviation over `runs` runs; without it the number is taken as exact.",
            },
            "runs": {
                "type": "integer", "minimum": 2, "maximum": 1_000_000,
                "description": "How many runs the published number is the mean of.",
            },
        });
        if let (Some(Value::Object(properties)), Some(published)) =
            (schema.get_mut("properties"), published.as_object())
        {
            properties.extend(published.clone());
        }
        schema
    }
}

impl Claim {
    /// What is one number a seed of a whole method.
    pub const SUMMARIES: [&str; 2] = ["summary.area", "summary.sparsity-at-drop"];

    /// How much accuracy `summary.sparsity-at-drop` may lose.
    pub fn drop(&self) -> f64 {
        self.drop.unwrap_or(0.01)
    }

    /// Whether it is about one number a seed of a whole method.
    pub fn is_of_summary(&self) -> bool {
        Self::SUMMARIES.contains(&&*self.metric)
    }

    /// Whether its bounds are of a ratio.
    pub fn is_ratio(&self) -> bool {
        self.expect.is_some_and(|expect| expect.ratio)
    }

    /// The least and the largest number for which it holds; either may be infinite.
    pub fn bounds(&self) -> [f64; 2] {
        let expect = self.expect.unwrap_or_default();
        match (expect.at_least, expect.at_most, expect.within) {
            (_, _, Some(within)) => within,
            (None, None, None) => [0.0, f64::INFINITY],
            (least, most, None) => [least.unwrap_or(f64::NEG_INFINITY), most.unwrap_or(f64::INFINITY)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn against_is_networks_or_a_published_number() {
        let read = |value: Value| serde_json::from_value::<Against>(value);
        let cell = WrittenCell([("stage".to_owned(), json!("dense"))].into());
        assert_eq!(read(json!({ "stage": "dense" })).unwrap(), Against::Cell(cell));
        let published = Published { value: 0.98, deviation: Some(0.001), runs: Some(5) };
        let written = json!({ "value": 0.98, "deviation": 0.001, "runs": 5 });
        assert_eq!(read(written.clone()).unwrap(), Against::Published(published));
        assert_eq!(serde_json::to_value(Against::Published(published)).unwrap(), written);
        assert!(read(json!({ "value": 0.98, "stage": "dense" })).is_err());
    }
}
