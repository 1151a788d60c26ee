//! Whether a claim holds.

use super::{Evidence, Region};

/// What the seeds say of a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The interval lies within what the claim allows, and so it does beside the other claims of its family.
    Reproduced,
    /// The interval lies outside.
    NotReproduced,
    /// The interval reaches across an end.
    Inconclusive {
        /// Where the estimate lies.
        side: Side,
        /// About how many seeds would decide; `None` where that cannot be said.
        seeds: Option<usize>,
    },
    /// Too few seeds, or what it compares is not in this run, or never measured.
    Inadmissible,
    /// A trial failed or was not run.
    Unverified,
}

/// Where an estimate lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Inside,
    Outside,
}

/// How a claim is tested.
#[derive(Clone, Copy, Debug)]
pub struct Standard {
    /// What it allows.
    pub region: Region,
    pub alpha: f64,
    /// How many claims of its family are tested.
    pub family: usize,
}

impl Verdict {
    /// The words for them, and what each says.
    pub const WORDS: [(&str, &str); 5] = [
        (
            "REPRODUCED",
            "The interval of the mean difference over the seeds, at the level 1 − 2α, lies inside of what the claim \
             expects, and so it does beside the other claims of its family (Holm's adjustment).",
        ),
        (
            "NOT REPRODUCED",
            "The interval lies outside of what the claim expects. `run`, `report` and `verify` end with status 3.",
        ),
        (
            "INCONCLUSIVE",
            "The interval reaches across an end of what the claim expects, or lies inside without being sure enough \
             beside the other claims of its family: more seeds would decide, and about how many is said.",
        ),
        (
            "INADMISSIBLE",
            "No result can decide it: there are fewer seeds than the claim takes, or what it compares is not in this \
             run, or never measured. `check` says so before anything is trained.",
        ),
        ("UNVERIFIED", "A trial that it compares failed, or was not run."),
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reproduced => "REPRODUCED",
            Self::NotReproduced => "NOT REPRODUCED",
            Self::Inconclusive { .. } => "INCONCLUSIVE",
            Self::Inadmissible => "INADMISSIBLE",
            Self::Unverified => "UNVERIFIED",
        }
    }
}

/// The verdict from an interval at the level 1 − 2α, where `adjusted` is the claim's p value after Holm's adjustment in
/// its family.
pub fn judge(evidence: &Evidence, standard: Standard, adjusted: Option<f64>) -> Verdict {
    let Standard { region, alpha, family } = standard;
    let level = 1.0 - 2.0 * alpha;
    // Beside others more is needed to show that it holds, but no more to show that it does not.
    let (side, needed) = if region.holds(evidence.mean) {
        (Side::Inside, 1.0 - 2.0 * alpha / family.max(1) as f64)
    } else {
        (Side::Outside, level)
    };
    let undecided =
        || Verdict::Inconclusive { side, seeds: evidence.seeds_for(region.distance(evidence.mean), needed) };
    let Some([low, high]) = evidence.interval(level) else { return undecided() };
    let is_inside = region.low <= low && high <= region.high;
    let is_outside = high < region.low || region.high < low;
    match (is_inside, is_outside) {
        (true, _) if adjusted.is_some_and(|p| p <= alpha) => Verdict::Reproduced,
        (_, true) => Verdict::NotReproduced,
        _ => undecided(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFFERENCES: [f64; 5] = [0.011, 0.009, 0.008, 0.010, 0.015];

    fn at_least(low: f64) -> Region {
        Region { low, high: f64::INFINITY }
    }

    fn alone(region: Region) -> Standard {
        Standard { region, alpha: 0.05, family: 1 }
    }

    fn verdict(values: &[f64], region: Region) -> Verdict {
        let evidence = Evidence::of(values);
        judge(&evidence, alone(region), evidence.p_within(region.low, region.high))
    }

    #[test]
    fn every_verdict_has_its_word() {
        let inconclusive = Verdict::Inconclusive { side: Side::Inside, seeds: None };
        let all = [
            Verdict::Reproduced,
            Verdict::NotReproduced,
            inconclusive,
            Verdict::Inadmissible,
            Verdict::Unverified,
        ];
        assert_eq!(all.map(Verdict::name), Verdict::WORDS.map(|(name, _)| name));
    }

    // Mean 0.0106, standard error 0.0012083, t of 90 % with 4 degrees 2.131847: [0.0080241, 0.0131759].
    #[test]
    fn the_interval_decides() {
        let [low, high] = Evidence::of(&DIFFERENCES).interval(0.9).unwrap();
        assert!((low - 0.008_024_1).abs() < 1e-7 && (high - 0.013_175_9).abs() < 1e-7, "{low} {high}");
        assert_eq!(verdict(&DIFFERENCES, at_least(0.008)), Verdict::Reproduced);
        assert_eq!(verdict(&DIFFERENCES, Region { low: 0.005, high: 0.02 }), Verdict::Reproduced);
        assert_eq!(verdict(&DIFFERENCES, at_least(0.0132)), Verdict::NotReproduced);
        assert_eq!(
            verdict(&DIFFERENCES, at_least(0.009)),
            Verdict::Inconclusive { side: Side::Inside, seeds: Some(10) }
        );
        assert!(matches!(
            verdict(&DIFFERENCES, at_least(0.012)),
            Verdict::Inconclusive { side: Side::Outside, seeds: Some(_) }
        ));
    }

    // A bound 0.0026 from the mean, where the scatter is 0.0027018: half the width at 1 − 0.1 / 4 (t with 7 degrees
    // 2.841244) is 0.0027141 for 8 seeds, and (t with 8 degrees 2.751524) 0.0024780 for 9.
    #[test]
    fn an_interval_inside_is_not_enough_beside_many_other_claims() {
        let evidence = Evidence::of(&DIFFERENCES);
        let standard = Standard { family: 4, ..alone(at_least(0.008)) };
        let found = judge(&evidence, standard, Some(0.2));
        assert_eq!(found, Verdict::Inconclusive { side: Side::Inside, seeds: Some(9) });
    }

    #[test]
    fn one_seed_never_reproduces() {
        assert_eq!(verdict(&[0.5], at_least(0.0)), Verdict::Inconclusive { side: Side::Inside, seeds: None });
    }

    #[test]
    fn values_that_do_not_scatter_decide() {
        assert_eq!(verdict(&[0.5, 0.5], at_least(0.4)), Verdict::Reproduced);
        assert_eq!(verdict(&[0.5, 0.5], at_least(0.5)), Verdict::Reproduced);
        assert_eq!(verdict(&[0.5, 0.5], at_least(0.6)), Verdict::NotReproduced);
    }

    // s = 0.00270185 at 5 seeds beside a published 0.9605 ± 0.003 of 4 runs.
    #[test]
    fn a_published_number_has_a_scatter_of_its_own() {
        let values = [0.962, 0.958, 0.965, 0.960, 0.963];
        let exact = Evidence::of(&values.map(|value| value - 0.9605));
        let published = Evidence::beside(&values, 0.9605, 0.003, 4);
        assert!((published.mean - 0.0011).abs() < 1e-12);
        let (error, freedom) = published.error.unwrap();
        let (own, other): (f64, f64) = (exact.error.unwrap().0, 0.003 / 2.0);
        assert!((error - own.hypot(other)).abs() < 1e-12);
        let variance = own * own + other * other;
        let expected = variance * variance / (own.powi(4) / 4.0 + other.powi(4) / 3.0);
        assert!((freedom - expected).abs() < 1e-9, "{freedom} is not {expected}");
    }
}
