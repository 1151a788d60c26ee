//! `[[claim]]`: what an experiment is believed to show, written before it runs.

use super::{Against, WrittenCell};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sentence about the results with a number, a tolerance and a reason. After the run it gets a verdict: with R what
/// `expect` allows and C the interval at level 1 − 2α of the mean difference of `of` and `against`, paired by seed, it is
/// REPRODUCED where C lies inside R (and the one-sided tests, adjusted by Holm among the claims of its `family`, agree),
/// NOT REPRODUCED where C lies outside, INCONCLUSIVE where C reaches across an end of R, INADMISSIBLE where there are too
/// few seeds or what it compares is not run or never measured, and UNVERIFIED where a trial failed or was not run.
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
    #[schemars(length(min = 1))]
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
    #[schemars(length(min = 1))]
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

impl Claim {
    /// What is one number a seed of a whole method, and how it is made.
    pub const SUMMARIES: [(&str, &str); 2] = [
        (
            "summary.area",
            "The area under accuracy against log₂ compression by the trapezoid rule, divided by the range of \
             log₂ compression: a mean accuracy over the whole curve, one number a seed. More is better.",
        ),
        (
            "summary.sparsity-at-drop",
            "The largest sparsity with an accuracy within `drop` (0.01, as a share of the test images) of the dense \
             network's, of those that were measured; 0 where there is none. One number a seed. More is better.",
        ),
    ];

    /// How much accuracy `summary.sparsity-at-drop` may lose.
    pub fn drop(&self) -> f64 {
        self.drop.unwrap_or(0.01)
    }

    /// Whether it is about one number a seed of a whole method.
    pub fn is_of_summary(&self) -> bool {
        Self::SUMMARIES.iter().any(|(name, _)| *name == self.metric)
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
