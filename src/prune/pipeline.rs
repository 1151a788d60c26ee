//! Pruning: from a network to a sparser one.

use super::goal::Goal;
use super::importance::{Assessment, ScoreLevel, ScoringContext, ScoringData};
use super::removal::{ScoredBy, UnitScoring, remove_in_passes};
use super::scan::{self, Scanned, scan};
use super::select::select;
use super::units::Units;
use super::{
    Amount, ChannelLimits, Granularity, Importance, MaskControl, Masks, Normalizer, PruneError, Pruned,
    Ranking, Reduction, Request, ScanPoint, Scores,
};
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Cost, Graph, LayerCost, Network, Slice, Trained, Weights};
use serde::Serialize;
use std::cell::OnceCell;
use std::sync::Arc;

/// What one round removes, and by which rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pruning {
    pub importance: Importance,
    #[serde(skip_serializing_if = "is_default")]
    pub granularity: Granularity,
    /// What of it can change the numbers: see [`effective`](Self::effective).
    #[serde(skip_serializing_if = "is_default")]
    pub reduction: Reduction,
    #[serde(skip_serializing_if = "is_default")]
    pub normalization: Normalizer,
    /// What is compared between units of several layers.
    #[serde(skip_serializing_if = "is_default")]
    pub ranking: Ranking,
    #[serde(rename = "masks", skip_serializing_if = "MaskControl::is_default")]
    pub control: MaskControl,
    /// Of granularity `channel`.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: ChannelLimits,
    pub request: Request,
    /// The prunable layers of the stage, in node order.
    pub layers: Arc<[String]>,
}

impl Pruning {
    /// What of `reduction` can change the numbers of a round: single weights are not reduced, and where units are
    /// scored as a whole their weights have one score, which is the largest.
    pub fn effective(reduction: Reduction, granularity: Granularity, importance: &Importance) -> Reduction {
        if granularity.is_of_single_weights() {
            Reduction::default()
        } else {
            match importance.score_level() {
                ScoreLevel::Units => Reduction::Max,
                ScoreLevel::Weights | ScoreLevel::Outputs => reduction,
            }
        }
    }

    /// Its layers in a network that costs `cost`, without those that were removed.
    fn costs<'a>(&self, cost: &'a Cost) -> Vec<&'a LayerCost> {
        cost.layers.iter().filter(|layer| self.layers.contains(&layer.name)).collect()
    }

    /// How a channel or a block is scored.
    fn scoring(&self) -> UnitScoring {
        let by = match self.importance.score_level() {
            ScoreLevel::Weights => ScoredBy::All,
            ScoreLevel::Outputs | ScoreLevel::Units => ScoredBy::Giving,
        };
        UnitScoring { reduction: self.reduction, normalization: self.normalization, by }
    }

    /// The units of `layers`, with scores that compare between layers.
    fn units<'a>(
        &self,
        graph: &Graph,
        layers: &[&'a LayerCost],
        scores: &'a Scores,
        masks: &'a Masks,
    ) -> Vec<Units<'a>> {
        let mut units = self.granularity.units(self.reduction, graph, layers, scores, masks);
        for units in &mut units {
            let weight = graph.weight_of(&units.layer.name).expect("the layer is prunable");
            self.normalization.apply(units, self.granularity.rows(graph.slots()[weight].shape[0]));
        }
        units
    }
}

/// Prunes `network`, which has `masks` so far: scores its weights, selects the units to remove, corrects the
/// other weights where the importance says how, and sets the removed ones to zero or, where units are channels or
/// blocks, takes them out; the same again for every scoring pass of the importance. What is masked already stays
/// masked, and masks of layers outside of the stage stay as they are.
///
/// `origin` is what the network costs that the first pruning began with. Shares that a request asks for are of its
/// weights, so that what was removed counts as what is zero does.
pub fn prune<B: Kernel>(
    pruning: &Pruning,
    network: Trained,
    masks: Masks,
    origin: &Cost,
    data: &ScoringData<'_, B>,
) -> Result<Pruned, PruneError> {
    let passes = pruning.importance.passes();
    let assess = |graph: &Arc<Graph>, weights: &Weights, masks: &Masks| {
        let prunable = graph.prunable();
        let layers: Vec<String> =
            pruning.layers.iter().filter(|layer| prunable.contains(layer)).cloned().collect();
        let network = &Network::new(Arc::clone(graph), weights, data.device);
        let (layers, granularity) = (&*layers, pruning.granularity);
        pruning.importance.assess(&ScoringContext { network, layers, masks, granularity, data })
    };
    if let Some(removal) = pruning.granularity.removal(pruning.limits) {
        let assess = |network: &Trained, masks: &Masks| {
            let assessment = assess(network.graph(), network.weights(), masks)?;
            check(&assessment.scores, masks)?;
            Ok(assessment)
        };
        let asked = (&pruning.request, &*pruning.layers);
        let how = (removal, pruning.scoring());
        return remove_in_passes(how, asked, passes, (network, masks), origin, assess);
    }
    let (graph, mut weights) = network.into_parts();
    let assess = |weights: &Weights, masks: &Masks| assess(&graph, weights, masks);
    let (request, scan) = match &pruning.request {
        Request::Scan { sparsities, amount } => {
            let asked = (sparsities.as_slice(), *amount);
            scanned(pruning, asked, (&graph, origin), (&weights, &masks), data, assess)?
        }
        request => (request.clone(), Vec::new()),
    };
    let pruning = &Pruning { request, ..pruning.clone() };
    let masks = prune_by_control(pruning, passes, (&graph, origin), &mut weights, masks, data.draw, assess)?;
    let network = Trained::new(graph, weights).expect("masks change neither names nor shapes");
    Ok(Pruned { network, masks, slice: Slice::default(), scan })
}

/// The shares of single layers that a scan at these sparsities divides this amount into, and the scan.
fn scanned<B: Kernel>(
    pruning: &Pruning,
    (sparsities, amount): (&[f64], Amount),
    (graph, origin): (&Arc<Graph>, &Cost),
    (weights, masks): (&Weights, &Masks),
    data: &ScoringData<'_, B>,
    assess: impl Fn(&Weights, &Masks) -> Result<Assessment, PruneError>,
) -> Result<(Request, Vec<ScanPoint>), PruneError> {
    let cost = Cost::of(graph);
    let is_pruned = |layer: &&LayerCost| pruning.layers.contains(&layer.name);
    let layers: Vec<&LayerCost> = cost.layers.iter().filter(is_pruned).collect();
    let (masks, passes) = (masks.clone().over(&layers), pruning.importance.passes());
    // Every layer is pruned from this network, so one assessment serves all.
    let first = if passes == 1 { Some(assess(weights, &masks)?) } else { None };
    let assess = |weights: &Weights, masks: &Masks| match &first {
        Some(first) => Ok(first.clone()),
        None => assess(weights, masks),
    };
    let alone = |request| {
        let (pruning, mut weights) = (Pruning { request, ..pruning.clone() }, weights.clone());
        let masks = prune_in_passes(&pruning, passes, (graph, origin), &mut weights, masks.clone(), assess)?;
        Ok((weights, masks))
    };
    let whole = |layer: &LayerCost| {
        let whole = origin.layers.iter().find(|other| other.name == layer.name);
        whole.expect("layers are never added").weights
    };
    let scanned =
        layers.iter().map(|layer| Scanned { layer, whole: whole(layer), kept: masks.kept_in(layer) });
    let scanned: Vec<Scanned<'_>> = scanned.collect();
    let points =
        scan(&Network::new(Arc::clone(graph), weights, data.device), &scanned, sparsities, data, alone)?;
    let total = origin.layers.iter().filter(is_pruned).map(|layer| layer.weights).sum();
    let left = amount.left(total, scanned.iter().map(|layer| layer.kept).sum());
    Ok((scan::request(&scanned, &points, left)?, points))
}

/// Prunes as [`prune_in_passes`] does, but that the control of `pruning` says which units go. `draw` names the
/// round.
pub(super) fn prune_by_control(
    pruning: &Pruning,
    passes: u32,
    (graph, origin): (&Graph, &Cost),
    weights: &mut Weights,
    masks: Masks,
    draw: &Draw,
    assess: impl Fn(&Weights, &Masks) -> Result<Assessment, PruneError>,
) -> Result<Masks, PruneError> {
    match pruning.control {
        MaskControl::Scored => {
            return prune_in_passes(pruning, passes, (graph, origin), weights, masks, assess);
        }
        MaskControl::Shuffled | MaskControl::Inverted => {}
    }
    // The scores that the first pass saw.
    let first = OnceCell::new();
    let assess = |weights: &Weights, masks: &Masks| {
        let assessment = assess(weights, masks)?;
        first.get_or_init(|| assessment.scores.clone());
        Ok(assessment)
    };
    let scored =
        prune_in_passes(pruning, passes, (graph, origin), &mut weights.clone(), masks.clone(), assess)?;
    let scores = first.into_inner().expect("there is a pass");
    let cost = Cost::of(graph);
    let layers = pruning.costs(&cost);
    let before = masks.over(&layers);
    let [present, left] = [&before, &scored].map(|masks| pruning.units(graph, &layers, &scores, masks));
    let place = |layer: &LayerCost| {
        let place = cost.layers.iter().position(|other| other.name == layer.name);
        place.expect("the layer is one of its network") as u64
    };
    let staying = pruning.control.staying(&present, &left, draw, place);
    let masks = pruning.granularity.masks(graph, &layers, staying, &before);
    masks.apply(weights);
    Ok(masks)
}

/// The masks after pruning a network of `graph`, of which `assess` gives scores and correction, in `passes`
/// scoring passes; `weights` are pruned. Shares that are asked for are of the weights of `origin`.
pub(super) fn prune_in_passes(
    pruning: &Pruning,
    passes: u32,
    (graph, origin): (&Graph, &Cost),
    weights: &mut Weights,
    masks: Masks,
    assess: impl Fn(&Weights, &Masks) -> Result<Assessment, PruneError>,
) -> Result<Masks, PruneError> {
    let granularity = pruning.granularity;
    let cost = Cost::of(graph);
    let layers = pruning.costs(&cost);
    let mut masks = masks.over(&layers);
    let goals = pruning.request.goals((graph, &cost), &pruning.layers, origin, &masks)?;
    pruning.request.check_fixed(&goals)?;
    for pass in 1..=passes {
        let Assessment { scores, correction } = assess(weights, &masks)?;
        check(&scores, &masks)?;
        let units = pruning.ranking.rescored(pruning.units(graph, &layers, &scores, &masks));
        let goals: Vec<Goal<'_>> = goals.iter().map(|goal| goal.after(pass, passes)).collect();
        let staying = select(&units, &goals);
        let next = granularity.masks(graph, &layers, staying, &masks);
        if let Some(correct) = correction {
            correct(weights, &next);
        }
        next.apply(weights);
        masks = next;
    }
    Ok(masks)
}

/// Whether every kept weight has a score that can be ranked. A layer without a mask keeps all.
fn check(scores: &Scores, masks: &Masks) -> Result<(), PruneError> {
    for (layer, values) in &scores.0 {
        let mask = masks.0.get(layer);
        let is_as_large = mask.is_none_or(|mask| mask.size() == values.len());
        assert!(is_as_large, "`{layer}`: masks and scores are of one network");
        let is_kept = |index: usize| mask.is_none_or(|mask| mask.is_kept(index));
        let unranked = |(index, score): (usize, &f32)| score.is_nan() && is_kept(index);
        if let Some(index) = values.iter().enumerate().position(unranked) {
            return Err(PruneError::NotANumber { layer: layer.clone(), index });
        }
    }
    Ok(())
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Amount;
    use crate::prune::testing::{network, pruning};

    /// Weights and mask of a layer `a` once a share of it is pruned in so many passes.
    fn pruned(
        weights: &[f32],
        (share, passes): (f64, u32),
        assess: impl Fn(&[f32]) -> Assessment,
    ) -> (Vec<f32>, Vec<bool>) {
        let (graph, mut weights) = network([("a".to_owned(), weights.to_vec())]);
        let pruning = pruning(&scores(&[]), &Request::Overall(Amount::To(share)));
        let assess = |weights: &Weights, _: &Masks| Ok(assess(&weights.0["a.weight"].values));
        let network = (&graph, &Cost::of(&graph));
        let masks =
            prune_in_passes(&pruning, passes, network, &mut weights, Masks::default(), assess).unwrap();
        (weights.0["a.weight"].values.clone(), masks.0["a"].iter().collect())
    }

    fn scores(values: &[f32]) -> Scores {
        Scores([("a".to_owned(), values.to_vec())].into_iter().collect())
    }

    #[test]
    fn a_reduction_matters_where_units_are_scored_by_their_weights() {
        let block = Granularity::Block([std::num::NonZeroUsize::MIN; 2]);
        let of = |granularity, importance| Pruning::effective(Reduction::Sum, granularity, importance);
        assert_eq!(of(Granularity::Weight, &Importance::Magnitude), Reduction::Mean);
        assert_eq!(of(block, &Importance::Magnitude), Reduction::Sum);
        assert_eq!(of(Granularity::Channel, &Importance::BatchNormScale), Reduction::Sum);
        assert_eq!(of(block, &Importance::Random), Reduction::Max);
    }

    #[test]
    fn removed_weights_are_zero() {
        let found = pruned(&[3.0, 1.0, 2.0, 4.0], (0.5, 1), |weights| scores(weights).into());
        assert_eq!(found, (vec![3.0, 0.0, 0.0, 4.0], vec![true, false, false, true]));
    }

    /// A weight scores by its distance from the sum of all. Of [2, 3, −4] the sum is 1 and the distances are
    /// 1, 2 and 5: one pass takes the first two. Without the first the sum is −1 and the distances of the
    /// others are 4 and 3: a second pass takes the last.
    #[test]
    fn every_pass_scores_what_the_one_before_left() {
        let assess = |weights: &[f32]| {
            let sum: f32 = weights.iter().sum();
            let distances: Vec<f32> = weights.iter().map(|weight| (sum - weight).abs()).collect();
            scores(&distances).into()
        };
        let in_passes = |passes| pruned(&[2.0, 3.0, -4.0], (2.0 / 3.0, passes), assess).0;
        assert_eq!(in_passes(1), [0.0, 0.0, -4.0]);
        assert_eq!(in_passes(2), [0.0, 3.0, 0.0]);
    }

    #[test]
    fn a_correction_changes_the_weights_that_stay() {
        let correct = |weights: &mut Weights, masks: &Masks| {
            let values = &mut weights.0["a.weight"].values;
            let removed = values.iter().zip(masks.0["a"].iter()).filter(|(_, is_kept)| !is_kept);
            let removed: f32 = removed.map(|(value, _)| value).sum();
            values.iter_mut().for_each(|value| *value += removed / 2.0);
        };
        let assess =
            |weights: &[f32]| Assessment { scores: scores(weights), correction: Some(Arc::new(correct)) };
        let found = pruned(&[3.0, 1.0, 2.0, 4.0], (0.5, 1), assess);
        assert_eq!(found, (vec![4.5, 0.0, 0.0, 5.5], vec![true, false, false, true]));
    }
}
