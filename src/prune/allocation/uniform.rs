//! The same share of every layer.

use super::Site;
use super::fill::Part;
use crate::model::LayerCost;
use crate::prune::{Amount, Request, Spread, glob};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The same share of every layer, so that none is emptied because its weights are small; `scale` spares
/// (or burdens) some of them, as Frankle & Carbin (2019) prune the output layer at half the rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Uniform {
    /// Factors, by glob over node names, on the share (or rate) of the layers that match; a layer that
    /// several match takes their product.
    #[serde(default)]
    pub scale: BTreeMap<String, Factor>,
}

/// A factor on a share, at least 0; what it makes of the share stops at 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("minimum" = 0.0))]
pub struct Factor(f64);

impl TryFrom<f64> for Factor {
    type Error = String;

    fn try_from(factor: f64) -> Result<Self, String> {
        if factor.is_finite() && factor >= 0.0 {
            Ok(Self(factor))
        } else {
            Err(format!("{factor} is not a factor; a factor multiplies a layer's share, 0.0 ≤ f"))
        }
    }
}

impl Factor {
    pub fn value(self) -> f64 {
        self.0
    }
}

impl Uniform {
    /// `amount`, scaled, for each layer. Where it is a share and not scaled, and the counts of the layers do not
    /// add up to the count of all, they are rounded together.
    pub(super) fn request(&self, amount: Amount, layers: &[LayerCost]) -> Request {
        if let (true, Amount::To(share)) = (self.scale.is_empty(), amount) {
            let zeros = |weights: u64| (share * weights as f64).round() as u64;
            let all: u64 = layers.iter().map(|layer| layer.weights).sum();
            if layers.iter().map(|layer| zeros(layer.weights)).sum::<u64>() != zeros(all) {
                return Request::Spread { by: Spread::Uniform, amount };
            }
        }
        let scaled = |layer: &LayerCost| (layer.name.clone(), amount.scaled(self.factor(&layer.name)));
        Request::Layers(layers.iter().map(scaled).collect())
    }

    /// Whether the factor of `layer` is 0.
    pub(super) fn spares(&self, layer: &str) -> bool {
        self.factor(layer) == 0.0
    }

    fn factor(&self, layer: &str) -> f64 {
        self.scale
            .iter()
            .filter(|(glob, _)| glob::matches(glob, layer))
            .map(|(_, factor)| factor.value())
            .product()
    }
}

/// What a layer may keep: the same share as every other; one that has lost more already stays as it is.
pub(super) fn part(site: &Site<'_>) -> Part {
    Part { wish: site.weights as f64, least: 0.0, most: site.kept as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Draw, Generator, Purpose};
    use crate::model::Cost;
    use crate::prune::schedule::Geometric;
    use crate::prune::testing::select;
    use crate::prune::{Aim, Allocation, AskedSparsity, Mask, Masks, Schedule, Scores, Sparsity, Start};
    use indexmap::IndexMap;

    fn layer(name: &str, weights: u64) -> LayerCost {
        LayerCost { name: name.into(), weights, macs: weights }
    }

    fn scale(factors: &[(&str, f64)]) -> Uniform {
        let scale = factors.iter().map(|&(glob, factor)| (glob.into(), Factor(factor))).collect();
        Uniform { scale }
    }

    fn each(amounts: &[(&str, f64)]) -> Request {
        Request::Layers(amounts.iter().map(|&(name, share)| (name.into(), Amount::To(share))).collect())
    }

    #[test]
    fn every_layer_gives_the_same_share_unless_it_is_scaled() {
        let layers = [layer("layer1.conv1", 8), layer("layer1.conv2", 8), layer("fc", 4)];
        let uniform = scale(&[("*.conv2", 0.5), ("layer1.*", 0.5)]);
        let expected = each(&[("layer1.conv1", 0.4), ("layer1.conv2", 0.2), ("fc", 0.8)]);
        assert_eq!(uniform.request(Amount::To(0.8), &layers), expected);
    }

    #[test]
    fn a_scaled_share_stops_at_one() {
        let uniform = scale(&[("fc", 3.0)]);
        assert_eq!(uniform.request(Amount::To(0.5), &[layer("fc", 4)]), each(&[("fc", 1.0)]));
    }

    #[test]
    fn a_factor_is_a_finite_number_from_zero_on() {
        for wrong in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(Factor::try_from(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Factor::try_from(0.0), Ok(Factor(0.0)));
    }

    // Of 3, 3 and 4 weights 0.5 are 1.5, 1.5 and 2, and each rounded alone would be 2 + 2 + 2 of 10.
    #[test]
    fn counts_of_layers_add_up_to_the_count_of_all() {
        let layers = [layer("a", 3), layer("b", 3), layer("c", 4)];
        let half = Uniform::default().request(Amount::To(0.5), &layers);
        assert_eq!(half, Request::Spread { by: Spread::Uniform, amount: Amount::To(0.5) });
        let scores = layers.iter().map(|layer| (layer.name.clone(), vec![1.0; layer.weights as usize]));
        let masks = select(&Scores(scores.collect()), &Masks::default(), &half).unwrap();
        let kept: Vec<usize> = masks.0.values().map(Mask::kept).collect();
        assert_eq!(kept, [2, 1, 2]);
    }

    /// Per cent of weights left after (round), as Frankle & Carbin (2019) report for LeNet-300-100 with
    /// 20 % a round and 10 % in the output layer. By hand for round 3: (265,200 · 0.8³ + 1,000 · 0.9³) /
    /// 266,200 = 51.28 %.
    const PAPER: [(u32, &str); 6] =
        [(3, "51.3"), (7, "21.1"), (9, "13.5"), (15, "3.6"), (18, "1.9"), (20, "1.2")];

    fn lottery() -> (Allocation, Schedule, [LayerCost; 3]) {
        let rate = Some(Sparsity::try_from(0.2).unwrap());
        let layers = [layer("fc1", 235_200), layer("fc2", 30_000), layer("fc3", 1_000)];
        let allocation = Allocation::Uniform(scale(&[("fc3", 0.5)]));
        (allocation, Schedule::Geometric(Geometric { rounds: 20, rate, until: None }), layers)
    }

    fn original(layers: &[LayerCost]) -> Cost {
        Cost { parameters: 266_610, prunable: 266_200, macs: 266_200, layers: layers.to_vec() }
    }

    fn requested(allocation: &Allocation, schedule: &Schedule, round: u32, layers: &[LayerCost]) -> Request {
        let original = original(layers);
        let aim = Aim { schedule, target: None, start: Start::Dense, original: &original };
        allocation.request(aim, round, layers)
    }

    #[test]
    fn the_lottery_ticket_papers_sparsities_are_asked_for() {
        let (allocation, schedule, layers) = lottery();
        let mut asked = AskedSparsity::dense();
        let mut left = BTreeMap::new();
        for round in 1..=schedule.rounds() {
            let request = requested(&allocation, &schedule, round, &layers);
            asked = asked.after(&request, &original(&layers), &layers);
            left.insert(round, format!("{:.1}", 100.0 * (1.0 - asked.share(&layers))));
        }
        for (round, expected) in PAPER {
            assert_eq!(left[&round], expected, "round {round}");
        }
    }

    #[test]
    fn the_lottery_ticket_papers_sparsities_are_achieved() {
        let (allocation, schedule, layers) = lottery();
        let mut masks = Masks::default();
        let mut left = BTreeMap::new();
        for round in 1..=schedule.rounds() {
            let mut generator = Draw::new(0, "test").generator(Purpose::Importance, round.into());
            let scores: IndexMap<_, Vec<f32>> = layers
                .iter()
                .map(|layer| {
                    (layer.name.clone(), (0..layer.weights).map(|_| generator.uniform_f32()).collect())
                })
                .collect();
            masks =
                select(&Scores(scores), &masks, &requested(&allocation, &schedule, round, &layers)).unwrap();
            let kept: usize = masks.0.values().map(Mask::kept).sum();
            left.insert(round, format!("{:.1}", 100.0 * kept as f64 / 266_200.0));
        }
        for (round, expected) in PAPER {
            assert_eq!(left[&round], expected, "round {round}");
        }
    }
}
