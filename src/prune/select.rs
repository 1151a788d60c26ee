//! Which units go.

use super::Mask;
use super::cut::Cut;
use super::goal::{End, Goal, Scope};
use super::units::Units;

/// For each of `units`, which of its units stay.
///
/// The least important units go, and no more of them than it takes to meet each of `goals`. Equal scores go
/// by position, first layers and in them first units first, so that the result is the same everywhere;
/// infinities are ordered as numbers are. Units of layers that no goal is about stay.
pub(super) fn select(units: &[Units<'_>], goals: &[Goal<'_>]) -> Vec<Mask> {
    let mut staying: Vec<Mask> = units.iter().map(Units::present).collect();
    for goal in goals {
        let is_meant = |units: &Units<'_>| match goal.scope {
            Scope::Network | Scope::Layers(_) => true,
            Scope::Layer(name) => units.layer.name == name,
        };
        let mut meant: Vec<_> = units.iter().zip(&mut staying).filter(|(units, _)| is_meant(units)).collect();
        match goal.end {
            End::Left { quantity, fixed, left, .. } => {
                let price = |units: &Units<'_>| quantity.of_weight(units.layer);
                let now: u64 = meant.iter().map(|(units, _)| price(units) * units.kept_weights()).sum();
                let amount = (fixed + now).saturating_sub(left);
                let ranked = || {
                    let worths = meant.iter().flat_map(|(units, _)| {
                        let price = price(units);
                        units.iter().map(move |(score, kept)| (score, price * kept))
                    });
                    worths.filter(|(_, worth)| *worth > 0)
                };
                let mut cut = Cut::new(ranked, amount);
                for (units, staying) in &mut meant {
                    let price = price(units);
                    **staying = units
                        .iter()
                        .map(|(score, kept)| kept > 0 && !cut.removes(score, price * kept))
                        .collect();
                }
            }
            End::Below(threshold) => {
                for (units, staying) in &mut meant {
                    **staying =
                        units.iter().map(|(score, kept)| kept > 0 && f64::from(score) >= threshold).collect();
                }
            }
        }
    }
    staying
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Draw, Generator, Purpose};
    use crate::model::LayerCost;
    use crate::prune::testing::select;
    use crate::prune::units::KeptWeights;
    use crate::prune::{Amount, Masks, PruneError, Quantity, Request, Scores};
    use proptest::prelude::*;
    use std::borrow::Cow;
    use std::time::Instant;

    fn scores(layers: &[(&str, &[f32])]) -> Scores {
        Scores(layers.iter().map(|&(name, values)| (name.into(), values.to_vec())).collect())
    }

    fn masks(layers: &[(&str, &[u8])]) -> Masks {
        let mask = |mask: &[u8]| mask.iter().map(|&keep| keep == 1).collect();
        Masks(layers.iter().map(|&(name, values)| (name.into(), mask(values))).collect())
    }

    fn each(amounts: &[(&str, Amount)]) -> Request {
        Request::Layers(amounts.iter().map(|&(name, amount)| (name.into(), amount)).collect())
    }

    #[test]
    fn the_least_important_go_wherever_they_are() {
        let scores = scores(&[("b", &[4.0, 1.0]), ("a", &[3.0, 2.0])]);
        let half = select(&scores, &Masks::default(), &Request::Overall(Amount::To(0.5)));
        assert_eq!(half, Ok(masks(&[("b", &[1, 0]), ("a", &[1, 0])])));
        let most = select(&scores, &Masks::default(), &Request::Overall(Amount::To(0.75)));
        assert_eq!(most, Ok(masks(&[("b", &[1, 0]), ("a", &[0, 0])])));
    }

    #[test]
    fn each_layer_gives_its_own_share() {
        let scores = scores(&[("a", &[3.0, 2.0]), ("b", &[40.0, 10.0])]);
        let request = each(&[("a", Amount::To(0.0)), ("b", Amount::Rate(0.5))]);
        assert_eq!(
            select(&scores, &Masks::default(), &request),
            Ok(masks(&[("a", &[1, 1]), ("b", &[1, 0])]))
        );
    }

    #[test]
    fn ties_go_by_layer_then_by_position() {
        let scores = scores(&[("b", &[1.0, 1.0]), ("a", &[1.0, 1.0])]);
        let three = select(&scores, &Masks::default(), &Request::Overall(Amount::To(0.75)));
        assert_eq!(three, Ok(masks(&[("b", &[0, 0]), ("a", &[0, 1])])));
    }

    #[test]
    fn what_is_masked_stays_masked_whatever_its_score() {
        let scores = scores(&[("a", &[9.0, 1.0, 2.0, 3.0])]);
        let before = masks(&[("a", &[0, 1, 1, 1])]);
        let half = select(&scores, &before, &Request::Overall(Amount::To(0.5)));
        assert_eq!(half, Ok(masks(&[("a", &[0, 0, 1, 1])])));
        let less = select(&scores, &before, &Request::Overall(Amount::To(0.1)));
        assert_eq!(less, Ok(before));
    }

    #[test]
    fn layers_of_an_earlier_stage_stay_as_they_are() {
        let scores = scores(&[("a", &[1.0, 2.0])]);
        let before = masks(&[("z", &[0, 0, 1])]);
        let half = select(&scores, &before, &Request::Overall(Amount::To(0.5)));
        assert_eq!(half, Ok(masks(&[("a", &[0, 1]), ("z", &[0, 0, 1])])));
    }

    #[test]
    fn a_budget_takes_the_least_important_until_it_is_met() {
        let scores = scores(&[("a", &[3.0, 2.0]), ("b", &[1.0, 4.0])]);
        let budget = Request::Budget { quantity: Quantity::Weights, left: 2, way: None };
        assert_eq!(select(&scores, &Masks::default(), &budget), Ok(masks(&[("a", &[1, 0]), ("b", &[0, 1])])));
    }

    #[test]
    fn a_threshold_takes_what_is_below_it() {
        let scores = scores(&[("a", &[3.0, 2.0]), ("b", &[1.0, 4.0])]);
        let before = masks(&[("a", &[1, 1]), ("b", &[1, 0])]);
        let next = select(&scores, &before, &Request::Threshold(2.0));
        assert_eq!(next, Ok(masks(&[("a", &[1, 1]), ("b", &[0, 0])])));
    }

    #[test]
    fn a_score_that_is_not_a_number_is_an_error_where_it_could_matter() {
        let scores = scores(&[("a", &[1.0, 2.0]), ("b", &[1.0, f32::NAN])]);
        let request = Request::Overall(Amount::To(0.5));
        let error = PruneError::NotANumber { layer: "b".into(), index: 1 };
        assert_eq!(select(&scores, &Masks::default(), &request), Err(error));
        let gone = masks(&[("b", &[1, 0])]);
        assert_eq!(select(&scores, &gone, &request), Ok(masks(&[("a", &[0, 1]), ("b", &[1, 0])])));
    }

    /// Three layers of up to twelve weights, with scores from few values, so that ties are common, and a
    /// mask that some weights have lost already.
    fn networks() -> impl Strategy<Value = (Scores, Masks)> {
        let layer = prop::collection::vec((0..20u8, prop::bool::weighted(0.7)), 1..12);
        prop::collection::vec(layer, 3).prop_map(|layers| {
            let names = ["c", "a", "b"];
            let (mut scores, mut masks) = (Scores::default(), Masks::default());
            for (name, layer) in names.into_iter().zip(layers) {
                let values = layer.iter().map(|(score, _)| f32::from(*score) / 4.0);
                scores.0.insert(name.into(), values.collect());
                masks.0.insert(name.into(), layer.iter().map(|(_, keep)| *keep).collect());
            }
            (scores, masks)
        })
    }

    fn amounts() -> impl Strategy<Value = Amount> {
        prop_oneof![(0.0..=1.0).prop_map(Amount::To), (0.0..=1.0).prop_map(Amount::Rate)]
    }

    fn requests() -> impl Strategy<Value = Request> {
        let layers =
            [amounts(), amounts(), amounts()].prop_map(|[a, b, c]| each(&[("c", c), ("a", a), ("b", b)]));
        prop_oneof![amounts().prop_map(Request::Overall), layers]
    }

    /// How many of `kept` weights, of `total`, are kept after `amount`: the rule as the papers write it.
    fn after(amount: Amount, total: usize, kept: usize) -> usize {
        match amount {
            Amount::To(share) => kept.min(total - (share * total as f64).round() as usize),
            Amount::Rate(rate) => ((1.0 - rate) * kept as f64).round() as usize,
            Amount::Toward { .. } => unreachable!("not among the amounts"),
        }
    }

    /// Ten layers of ten million weights: `cargo test --release -- --ignored` and `--nocapture` for the seconds. On
    /// one core of a Zen 3 it takes about 1.2 s. Beyond the scores it takes a bit for each weight.
    #[test]
    #[ignore = "takes half a gigabyte, and means something only when optimized"]
    fn a_threshold_over_a_hundred_million_weights_takes_under_two_seconds() {
        const EACH: usize = 10_000_000;
        let layer =
            |index: usize| LayerCost { name: format!("fc{index}"), weights: EACH as u64, macs: EACH as u64 };
        let layers: Vec<LayerCost> = (0..10).map(layer).collect();
        let mut generator = Draw::new(0, "test").generator(Purpose::Importance, 0);
        let scores: Vec<f32> = (0..EACH).map(|_| generator.uniform_f32()).collect();
        let mask = Mask::full(EACH);
        let units = layers.iter().map(|layer| Units {
            layer,
            scores: Cow::Borrowed(&scores),
            kept: KeptWeights::Single(&mask),
        });
        let units: Vec<Units<'_>> = units.collect();
        let (before, left) = (10 * EACH as u64, EACH as u64);
        let end = End::Left { quantity: Quantity::Weights, before, fixed: 0, left };
        let begun = Instant::now();
        let staying = super::select(&units, &[Goal { scope: Scope::Network, end }]);
        let seconds = begun.elapsed().as_secs_f64();
        crate::output::tell(format!("a threshold over 100 million weights: {seconds:.2} s"));
        assert_eq!(staying.iter().map(Mask::kept).sum::<usize>(), EACH);
        assert!(cfg!(debug_assertions) || seconds < 2.0, "{seconds} s");
    }

    proptest! {
        #[test]
        fn masks_only_shrink((scores, before) in networks(), request in requests()) {
            let next = select(&scores, &before, &request).unwrap();
            for (layer, mask) in &next.0 {
                prop_assert!(mask.iter().zip(before.0[layer].iter()).all(|(now, before)| before || !now));
            }
        }

        #[test]
        fn the_count_is_exact((scores, before) in networks(), request in requests()) {
            let next = select(&scores, &before, &request).unwrap();
            match request {
                Request::Overall(amount) => {
                    let total = before.0.values().map(Mask::size).sum();
                    let all = |masks: &Masks| masks.0.values().map(Mask::kept).sum();
                    let (now, then): (usize, usize) = (all(&next), all(&before));
                    prop_assert_eq!(now, after(amount, total, then));
                }
                Request::Layers(amounts) => for (layer, amount) in amounts {
                    let then = &before.0[&layer];
                    prop_assert_eq!(next.0[&layer].kept(), after(amount, then.size(), then.kept()));
                },
                Request::Spread { .. }
                | Request::Scan { .. }
                | Request::Budget { .. }
                | Request::Threshold(_)
                | Request::Groups { .. } => unreachable!("not among the requests"),
            }
        }

        #[test]
        fn nothing_removed_matters_more_than_what_stays((scores, before) in networks(), amount in amounts()) {
            let next = select(&scores, &before, &Request::Overall(amount)).unwrap();
            let (mut removed, mut stays) = (f32::NEG_INFINITY, f32::INFINITY);
            for (layer, values) in &scores.0 {
                for (index, score) in values.iter().enumerate() {
                    match (before.0[layer].is_kept(index), next.0[layer].is_kept(index)) {
                        (true, true) => stays = stays.min(*score),
                        (true, false) => removed = removed.max(*score),
                        (false, _) => {}
                    }
                }
            }
            prop_assert!(removed <= stays);
        }

        /// Any numbers, so that every bit of the scores counts.
        #[test]
        fn is_as_if_the_scores_were_sorted(
            values in prop::collection::vec(-1e30f32..1e30, 1..50), share in 0.0..=1.0f64,
        ) {
            let removed = (share * values.len() as f64).round() as usize;
            let mut ranking: Vec<usize> = (0..values.len()).collect();
            ranking.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
            let expected = (0..values.len()).map(|index| !ranking[..removed].contains(&index)).collect();
            let next = select(&scores(&[("a", &values)]), &Masks::default(), &Request::Overall(Amount::To(share)));
            prop_assert_eq!(&next.unwrap().0["a"], &expected);
        }

        /// By powers of two, which scale exactly.
        #[test]
        fn the_scale_of_the_scores_does_not_matter(
            (scores, before) in networks(), request in requests(), exponent in -20i32..20,
        ) {
            let mut scaled = scores.clone();
            scaled.0.values_mut().flatten().for_each(|score| *score *= 2f32.powi(exponent));
            prop_assert_eq!(select(&scaled, &before, &request), select(&scores, &before, &request));
        }

        #[test]
        fn overall_is_as_if_all_layers_were_one((scores, before) in networks(), amount in amounts()) {
            let next = select(&scores, &before, &Request::Overall(amount)).unwrap();
            let joined = |masks: &Masks| -> Mask {
                scores.0.keys().flat_map(|layer| masks.0[layer].iter()).collect()
            };
            let mut one = Scores::default();
            one.0.insert("all".into(), scores.0.values().flatten().copied().collect());
            let before = Masks([("all".into(), joined(&before))].into());
            let expected = select(&one, &before, &each(&[("all", amount)])).unwrap();
            prop_assert_eq!(&joined(&next), &expected.0["all"]);
        }
    }
}
