//! As much of every layer as the network can do without, by what it was measured to lose.

use super::fill::whole;
use crate::prune::{Amount, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each layer loses as many weights as it can for one rise of the loss that is the same for all layers. The scan
/// measures the network on the validation split, as it is and with each layer alone pruned to each of `sparsities`
/// by the stage's importance, without recovery (the sensitivity analysis of Han et al., 2015, and Li et al., 2017).
/// Its curves are in the table `scan`, and drawn. Each round scans the network that it prunes, so a round takes an
/// evaluation for every layer and sparsity.
///
/// With Lₗ(s) the loss when layer l alone has sparsity s, and L that of the network as it is, the rise that comes with
/// s is rₗ(s) = max(0, max over s′ ≤ s of Lₗ(s′) − L), linear between the sparsities that are measured. For a
/// tolerated rise ε layer l loses the share sₗ(ε) = max { s : rₗ(s) ≤ ε }, and ε is such that Σ nₗ · sₗ(ε), for nₗ
/// weights in layer l, is what the round removes. Where sₗ jumps at that ε, because a curve is flat there, all layers
/// that jump go the same part of the way. No layer loses more than the largest of `sparsities`, so targets above it
/// are refused. For the granularities `weight` and `block`: a layer's channels do not go alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SensitivityScan {
    /// The sparsities that each layer is measured at, from the smallest to the largest, 0.0 < s < 1.0.
    #[serde(default = "default_sparsities")]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("items" = { "type": "number", "exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0 }))]
    pub sparsities: Vec<f64>,
}

fn default_sparsities() -> Vec<f64> {
    vec![0.5, 0.7, 0.8, 0.9, 0.95, 0.98]
}

impl SensitivityScan {
    pub(super) fn request(&self, amount: Amount) -> Request {
        Request::Scan { sparsities: self.sparsities.clone(), amount }
    }

    /// The most that a layer loses.
    pub fn largest(&self) -> f64 {
        self.sparsities.iter().copied().fold(0.0, f64::max)
    }
}

/// How much the loss rises when a layer alone loses weights.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::prune) struct Curve {
    /// Weights kept, from all that are there down, and the rise that comes with it, which never falls.
    points: Vec<(f64, f64)>,
}

/// Up to where a layer goes along its curve.
#[derive(Clone, Copy)]
enum Reach {
    /// Until the rise is as large as the tolerated one.
    Before,
    /// As long as it is no larger.
    Through,
}

impl Curve {
    /// Of a layer that keeps `kept` weights now, in a network whose loss is `loss`; `measured` are the loss and the
    /// weights kept at fewer and fewer of them.
    pub fn new(kept: f64, loss: f64, measured: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut rise = 0.0f64;
        let risen = |(kept, measured): (f64, f64)| {
            rise = rise.max(measured - loss);
            (kept, rise)
        };
        Self { points: [(kept, 0.0)].into_iter().chain(measured.into_iter().map(risen)).collect() }
    }

    /// Weights that are kept where the loss may rise by `level`.
    fn kept(&self, level: f64, reach: Reach) -> f64 {
        let (mut kept, mut rise) = self.points[0];
        for &(next_kept, next_rise) in &self.points[1..] {
            let is_reached = match reach {
                Reach::Before => next_rise < level,
                Reach::Through => next_rise <= level,
            };
            if !is_reached {
                let part = if level > rise { (level - rise) / (next_rise - rise) } else { 0.0 };
                return kept + part * (next_kept - kept);
            }
            (kept, rise) = (next_kept, next_rise);
        }
        kept
    }
}

/// Whole numbers of weights that the layers of `curves` keep, `left` together.
///
/// # Errors
/// With the least that they can keep together, where that is more.
pub(in crate::prune) fn kept(curves: &[Curve], left: u64) -> Result<Vec<u64>, u64> {
    let mut levels: Vec<f64> = curves.iter().flat_map(|curve| &curve.points).map(|(_, rise)| *rise).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    // From one of these to the next, what each layer keeps is a straight line.
    let stops = levels.iter().flat_map(|level| [Reach::Before, Reach::Through].map(|reach| (*level, reach)));
    let at = |(level, reach)| curves.iter().map(|curve| curve.kept(level, reach)).collect::<Vec<f64>>();
    let sum = |kept: &[f64]| kept.iter().sum::<f64>();
    let mut before: Option<Vec<f64>> = None;
    for after in stops.map(at) {
        if sum(&after) <= left as f64 {
            let between = |(before, after): (&f64, &f64), part: f64| before + part * (after - before);
            let shares = match &before {
                Some(before) => {
                    let part = (sum(before) - left as f64) / (sum(before) - sum(&after));
                    before.iter().zip(&after).map(|pair| between(pair, part)).collect()
                }
                None => after,
            };
            return Ok(whole(&shares, left));
        }
        before = Some(after);
    }
    let least = before.unwrap_or_default();
    // A half may be lost where the count of all was rounded.
    if sum(&least) - left as f64 <= 0.5 { Ok(whole(&least, left)) } else { Err(sum(&least).ceil() as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 100 weights that the loss rises by 0.1 and 0.5 without 50 and 80 of, and 200 of which 100 and 160 cost 0.2 and
    /// 0.3.
    fn two() -> [Curve; 2] {
        let first = Curve::new(100.0, 1.0, [(50.0, 1.1), (20.0, 1.5)]);
        let second = Curve::new(200.0, 1.0, [(100.0, 1.2), (40.0, 1.3)]);
        [first, second]
    }

    // At ε = 0.1 the first keeps 50, and the second 200 − ½ · 100 = 150. At ε = 0.2 the first keeps 50 − ¼ · 30 = 42.5,
    // and the second 100: in between, at ε = 0.15, they keep 46.25 and 125. At ε = 0.5 both have lost all they may.
    #[test]
    fn the_tolerated_rise_is_the_same_for_all_layers() {
        let of = |left| kept(&two(), left).map_err(|least| (left, least));
        assert_eq!(of(300), Ok(vec![100, 200]));
        assert_eq!(of(200), Ok(vec![50, 150]));
        // 171.25 are kept at ε = 0.15; a quarter of a weight less is 0.25 / 57.5 of 0.1 more.
        assert_eq!(of(171), Ok(vec![46, 125]));
        assert_eq!(of(60), Ok(vec![20, 40]));
        assert_eq!(of(59), Err((59, 60)));
    }

    // The loss falls and rises again: until 40 are left nothing has risen, so both curves are flat at ε = 0. Of the 120
    // weights that can go for nothing 60 do: half of each.
    #[test]
    fn what_costs_nothing_goes_first_and_in_proportion() {
        let flat = Curve::new(100.0, 1.0, [(60.0, 0.9), (40.0, 1.0), (10.0, 2.0)]);
        let other = Curve::new(100.0, 1.0, [(40.0, 0.5), (10.0, 3.0)]);
        assert_eq!(kept(&[flat.clone(), other.clone()], 140), Ok(vec![70, 70]));
        // ε = 0.5 lets the first lose half of its 30, and the second a quarter.
        assert_eq!(kept(&[flat, other], 25 + 33), Ok(vec![25, 33]));
    }

    // A dip after a rise does not count: 50 cost as much as 70.
    #[test]
    fn the_rise_never_falls() {
        let dip = Curve::new(100.0, 1.0, [(70.0, 1.4), (50.0, 1.2), (20.0, 1.8)]);
        let steep = Curve::new(100.0, 1.0, [(70.0, 1.3), (20.0, 1.4)]);
        // At ε = 0.4 the first jumps from 70 to 50, and the second keeps 20: half of that way is 60.
        assert_eq!(kept(&[dip, steep], 80), Ok(vec![60, 20]));
    }

    proptest! {
        #[test]
        fn counts_add_up_and_stay_within_the_curves(
            layers in prop::collection::vec(prop::collection::vec((1..50u32, -1.0..3.0f64), 1..5), 1..6),
            share in 0.0..=1.0f64,
        ) {
            let mut ends = Vec::new();
            let curve = |steps: &Vec<(u32, f64)>| {
                let total: u32 = steps.iter().map(|(lost, _)| lost).sum::<u32>() + 3;
                let mut left = total;
                let points = steps.iter().map(|&(lost, loss)| {
                    left -= lost;
                    (f64::from(left), loss)
                });
                ends.push((total, 3));
                Curve::new(f64::from(total), 0.0, points.collect::<Vec<_>>())
            };
            let curves: Vec<Curve> = layers.iter().map(curve).collect();
            let (most, least): (u32, u32) = ends.iter().fold((0, 0), |sum, end| (sum.0 + end.0, sum.1 + end.1));
            let left = least + (share * f64::from(most - least)).floor() as u32;
            let kept = kept(&curves, left.into()).unwrap();
            prop_assert_eq!(kept.iter().sum::<u64>(), u64::from(left));
            for (kept, (most, least)) in kept.iter().zip(ends) {
                prop_assert!((u64::from(least)..=u64::from(most)).contains(kept));
            }
        }
    }
}
