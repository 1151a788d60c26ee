//! Penalties that penalize nothing.

use super::Sections;
use super::networks::graph;
use crate::model::Op;
use crate::spec::Train;
use crate::spec::check::Mistake;
use crate::train::{Duration, Penalty};

/// What is wrong with the penalty of a training at `path`, of the network that `train` starts with.
pub(super) fn mistakes(
    sections: &Sections,
    path: &str,
    penalty: Option<&Penalty>,
    train: Option<&Train>,
) -> Vec<Mistake> {
    let Some(penalty) = penalty.cloned().map(Penalty::active) else { return Vec::new() };
    let never = penalty.growing_l2.filter(|growing| growing.every == Duration::steps(0)).map(|_| {
        let help = vec!["to grow after every step, say \"1it\"".to_owned()];
        let at = format!("{path}.penalty.growing-l2.every");
        Mistake::value(&at, "there is no time between two steps of its growth", help)
    });
    let graph = train.and_then(|train| graph(sections, train)?.ok());
    let has_norm = graph.is_none_or(|graph| graph.nodes().iter().any(|node| node.op == Op::BatchNorm));
    let scaleless = penalty.batch_norm_scale.filter(|_| !has_norm).map(|_| {
        let help = vec!["leave it out, or choose a network with batch norm".to_owned()];
        let at = format!("{path}.penalty.batch-norm-scale");
        Mistake::value(&at, "the network has no batch norm", help)
    });
    never.into_iter().chain(scaleless).collect()
}
