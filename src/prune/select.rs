//! From scores and a request to new masks.

use super::{Masks, Request, Scores, Step};

/// Scores from which no choice can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error(
        "the importance of weight {index} of layer `{layer}` is not a number, \
         so it cannot be said which weights matter least; the network or its gradient has diverged"
    )]
    NotANumber { layer: String, index: usize },
}

/// Removes the least important kept weights until `request` is met, to the exact weight (see [`Step`]
/// for how shares are rounded). Shares are of the layers that have scores; masks of other layers stay as
/// they are. What is already masked stays masked. Ties go by position, first layers and in them first
/// weights first, so the result is the same everywhere; infinities are ordered as numbers are.
pub fn select(scores: &Scores, masks: &Masks, request: &Request) -> Result<Masks, SelectError> {
    let mut next = masks.clone();
    for (layer, values) in &scores.0 {
        let mask = next.0.entry(layer.clone()).or_insert_with(|| vec![true; values.len()]);
        assert_eq!(mask.len(), values.len(), "`{layer}`: masks and scores are of one network");
        if let Some(index) = values.iter().zip(mask).position(|(value, keep)| *keep && value.is_nan()) {
            return Err(SelectError::NotANumber { layer: layer.clone(), index });
        }
    }
    match request {
        Request::Overall(step) => {
            let layers: Vec<_> =
                scores.0.iter().map(|(layer, values)| (layer.as_str(), values.as_slice())).collect();
            remove(&mut next, &layers, *step);
        }
        Request::Layers(steps) => {
            for (layer, step) in steps {
                let values =
                    scores.0.get(layer).expect("a request names layers of its stage, which are scored");
                remove(&mut next, &[(layer, values)], *step);
            }
        }
    }
    Ok(next)
}

/// Masks the least important kept weights of `layers` together, as many as `step` asks for.
fn remove(masks: &mut Masks, layers: &[(&str, &[f32])], step: Step) {
    let total = layers.iter().map(|(_, values)| values.len()).sum();
    let mut candidates = Vec::with_capacity(total);
    let mut start = 0;
    for (layer, values) in layers {
        let kept = values.iter().zip(&masks.0[*layer]).enumerate().filter(|(_, (_, keep))| **keep);
        candidates.extend(kept.map(|(index, (score, _))| candidate(*score, start + index)));
        start += values.len();
    }
    let removals = step.removals(total, candidates.len());
    if removals < candidates.len() {
        candidates.select_nth_unstable(removals);
    }
    let mut removed = vec![false; total];
    for candidate in &candidates[..removals] {
        removed[position(*candidate)] = true;
    }
    let mut removed = removed.into_iter();
    for (layer, _) in layers {
        let mask = masks.0.get_mut(*layer).expect("every scored layer has a mask by now");
        for (keep, removed) in mask.iter_mut().zip(removed.by_ref()) {
            *keep &= !removed;
        }
    }
}

/// A score and a position in one number that orders by score (as `f32::total_cmp` does), then position.
fn candidate(score: f32, position: usize) -> u64 {
    let bits = score.to_bits();
    let ordered = if score.is_sign_negative() { !bits } else { bits | 1 << 31 };
    let position = u32::try_from(position).expect("networks have fewer than 2³² weights");
    u64::from(ordered) << 32 | u64::from(position)
}

fn position(candidate: u64) -> usize {
    (candidate & u64::from(u32::MAX)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scores(layers: &[(&str, &[f32])]) -> Scores {
        Scores(layers.iter().map(|&(name, values)| (name.into(), values.to_vec())).collect())
    }

    fn masks(layers: &[(&str, &[u8])]) -> Masks {
        let mask = |mask: &[u8]| mask.iter().map(|&keep| keep == 1).collect();
        Masks(layers.iter().map(|&(name, values)| (name.into(), mask(values))).collect())
    }

    fn each(steps: &[(&str, Step)]) -> Request {
        Request::Layers(steps.iter().map(|&(name, step)| (name.into(), step)).collect())
    }

    #[test]
    fn the_least_important_go_wherever_they_are() {
        let scores = scores(&[("b", &[4.0, 1.0]), ("a", &[3.0, 2.0])]);
        let half = select(&scores, &Masks::default(), &Request::Overall(Step::To(0.5)));
        assert_eq!(half, Ok(masks(&[("b", &[1, 0]), ("a", &[1, 0])])));
        let most = select(&scores, &Masks::default(), &Request::Overall(Step::To(0.75)));
        assert_eq!(most, Ok(masks(&[("b", &[1, 0]), ("a", &[0, 0])])));
    }

    #[test]
    fn each_layer_gives_its_own_share() {
        let scores = scores(&[("a", &[3.0, 2.0]), ("b", &[40.0, 10.0])]);
        let request = each(&[("a", Step::To(0.0)), ("b", Step::Rate(0.5))]);
        assert_eq!(
            select(&scores, &Masks::default(), &request),
            Ok(masks(&[("a", &[1, 1]), ("b", &[1, 0])]))
        );
    }

    #[test]
    fn ties_go_by_layer_then_by_position() {
        let scores = scores(&[("b", &[1.0, 1.0]), ("a", &[1.0, 1.0])]);
        let three = select(&scores, &Masks::default(), &Request::Overall(Step::To(0.75)));
        assert_eq!(three, Ok(masks(&[("b", &[0, 0]), ("a", &[0, 1])])));
    }

    #[test]
    fn what_is_masked_stays_masked_whatever_its_score() {
        let scores = scores(&[("a", &[9.0, 1.0, 2.0, 3.0])]);
        let before = masks(&[("a", &[0, 1, 1, 1])]);
        let half = select(&scores, &before, &Request::Overall(Step::To(0.5)));
        assert_eq!(half, Ok(masks(&[("a", &[0, 0, 1, 1])])));
        let less = select(&scores, &before, &Request::Overall(Step::To(0.1)));
        assert_eq!(less, Ok(before));
    }

    #[test]
    fn layers_of_an_earlier_stage_stay_as_they_are() {
        let scores = scores(&[("a", &[1.0, 2.0])]);
        let before = masks(&[("z", &[0, 0, 1])]);
        let half = select(&scores, &before, &Request::Overall(Step::To(0.5)));
        assert_eq!(half, Ok(masks(&[("a", &[0, 1]), ("z", &[0, 0, 1])])));
    }

    #[test]
    fn a_score_that_is_not_a_number_is_an_error_where_it_could_matter() {
        let scores = scores(&[("a", &[1.0, 2.0]), ("b", &[1.0, f32::NAN])]);
        let request = Request::Overall(Step::To(0.5));
        let error = SelectError::NotANumber { layer: "b".into(), index: 1 };
        assert_eq!(select(&scores, &Masks::default(), &request), Err(error));
        let gone = masks(&[("b", &[1, 0])]);
        assert_eq!(select(&scores, &gone, &request), Ok(masks(&[("a", &[0, 1]), ("b", &[1, 0])])));
    }

    #[test]
    fn candidates_order_as_scores_do() {
        let ordered = [
            f32::NEG_INFINITY,
            -1.0,
            -f32::MIN_POSITIVE,
            -0.0,
            0.0,
            f32::from_bits(1),
            1.0,
            1.5,
            f32::INFINITY,
        ];
        for pair in ordered.windows(2) {
            assert!(candidate(pair[0], 9) < candidate(pair[1], 3), "{pair:?}");
        }
        assert!(candidate(1.0, 3) < candidate(1.0, 9));
        assert_eq!(position(candidate(-1.0, 7)), 7);
    }

    /// Three layers of up to twelve weights, with scores from few values, so that ties are common, and a
    /// mask that some weights have lost already.
    fn networks() -> impl Strategy<Value = (Scores, Masks)> {
        let layer = prop::collection::vec((0..20u8, prop::bool::weighted(0.7)), 1..12);
        prop::collection::vec(layer, 3).prop_map(|layers| {
            let names = ["c", "a", "b"];
            let (mut scores, mut masks) = (Scores::default(), Masks::default());
            for (name, layer) in names.into_iter().zip(layers) {
                let (values, mask) =
                    layer.into_iter().map(|(score, keep)| (f32::from(score) / 4.0, keep)).unzip();
                scores.0.insert(name.into(), values);
                masks.0.insert(name.into(), mask);
            }
            (scores, masks)
        })
    }

    fn steps() -> impl Strategy<Value = Step> {
        prop_oneof![(0.0..=1.0).prop_map(Step::To), (0.0..=1.0).prop_map(Step::Rate)]
    }

    fn requests() -> impl Strategy<Value = Request> {
        let layers = [steps(), steps(), steps()].prop_map(|[a, b, c]| each(&[("c", c), ("a", a), ("b", b)]));
        prop_oneof![steps().prop_map(Request::Overall), layers]
    }

    fn kept(mask: &[bool]) -> usize {
        mask.iter().filter(|keep| **keep).count()
    }

    /// How many of `kept` weights, of `total`, are kept after `step`: the rule as the papers write it.
    fn after(step: Step, total: usize, kept: usize) -> usize {
        match step {
            Step::To(share) => kept.min(total - (share * total as f64).round() as usize),
            Step::Rate(rate) => ((1.0 - rate) * kept as f64).round() as usize,
        }
    }

    proptest! {
        #[test]
        fn masks_only_shrink((scores, before) in networks(), request in requests()) {
            let next = select(&scores, &before, &request).unwrap();
            for (layer, mask) in &next.0 {
                prop_assert!(mask.iter().zip(&before.0[layer]).all(|(now, before)| *before || !now));
            }
        }

        #[test]
        fn the_count_is_exact((scores, before) in networks(), request in requests()) {
            let next = select(&scores, &before, &request).unwrap();
            match request {
                Request::Overall(step) => {
                    let total = before.0.values().map(Vec::len).sum();
                    let all = |masks: &Masks| masks.0.values().map(|mask| kept(mask)).sum();
                    let (now, then): (usize, usize) = (all(&next), all(&before));
                    prop_assert_eq!(now, after(step, total, then));
                }
                Request::Layers(steps) => for (layer, step) in steps {
                    let then = &before.0[&layer];
                    prop_assert_eq!(kept(&next.0[&layer]), after(step, then.len(), kept(then)));
                },
            }
        }

        #[test]
        fn nothing_removed_matters_more_than_what_stays((scores, before) in networks(), step in steps()) {
            let next = select(&scores, &before, &Request::Overall(step)).unwrap();
            let (mut removed, mut stays) = (f32::NEG_INFINITY, f32::INFINITY);
            for (layer, values) in &scores.0 {
                for (index, score) in values.iter().enumerate() {
                    match (before.0[layer][index], next.0[layer][index]) {
                        (true, true) => stays = stays.min(*score),
                        (true, false) => removed = removed.max(*score),
                        (false, _) => {}
                    }
                }
            }
            prop_assert!(removed <= stays);
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
        fn overall_is_as_if_all_layers_were_one((scores, before) in networks(), step in steps()) {
            let next = select(&scores, &before, &Request::Overall(step)).unwrap();
            let joined = |masks: &Masks| -> Vec<bool> {
                scores.0.keys().flat_map(|layer| masks.0[layer].clone()).collect()
            };
            let mut one = Scores::default();
            one.0.insert("all".into(), scores.0.values().flatten().copied().collect());
            let before = Masks([("all".into(), joined(&before))].into());
            let expected = select(&one, &before, &each(&[("all", step)])).unwrap();
            prop_assert_eq!(&joined(&next), &expected.0["all"]);
        }
    }
}
