//! Sensitivity scans that cannot be measured, or do not reach as far as their stage.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use super::sparsity::pruned;
use crate::data::{Data, held_out};
use crate::format::real;
use crate::model::Cost;
use crate::prune::allocation::SensitivityScan;
use crate::prune::{Allocation, AskedSparsity, Granularity, Schedule, Start};
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// The scan of a stage.
fn scan(prune: &Prune) -> Option<&SensitivityScan> {
    match &prune.allocation {
        Allocation::SensitivityScan(scan) => Some(scan),
        Allocation::Global | Allocation::Uniform(_) | Allocation::UniformPlus | Allocation::Erk => None,
        Allocation::Lamp | Allocation::Layers(_) => None,
    }
}

/// What a scan does not go with.
pub(super) fn mistakes(sections: &Sections, path: &str, prune: &Prune) -> Vec<Mistake> {
    let Some(scan) = scan(prune) else { return Vec::new() };
    let at = format!("{path}.allocation");
    let unordered = scan.sparsities.windows(2).enumerate().filter(|(_, pair)| pair[0] >= pair[1]);
    let unordered = unordered.map(|(index, pair)| {
        let message = format!("{} does not come after {}", real(pair[1]), real(pair[0]));
        let help = vec!["list them from the smallest to the largest, each once".to_owned()];
        Mistake::value(&format!("{at}.sensitivity-scan.sparsities.{}", index + 1), message, help)
    });
    let mut mistakes: Vec<Mistake> = unordered.collect();
    let validates = |data: &Data| held_out(data.source.shape().train, data.validation) > 0;
    if sections.data.as_ref().is_some_and(|data| !validates(data)) {
        let message = "a scan is measured on the validation split, and there is none";
        let help = vec![
            "hold some training images out: `data.validation = 0.1`".to_owned(),
            "or choose an allocation that measures nothing: `erk`, `uniform`, `lamp`".to_owned(),
        ];
        mistakes.push(Mistake::key(&at, message, help));
    }
    // A residual block is refused with every allocation, and n-of-m too.
    if prune.granularity == Granularity::Channel {
        let message = "a scan prunes each layer alone, and with the channels of a layer go those of others";
        let help = vec![
            "say `granularity = \"weight\"` or `{ block = [4, 4] }`".to_owned(),
            "or choose an allocation that removes channels: `global`, `uniform`, `erk`".to_owned(),
        ];
        mistakes.push(Mistake::key(&at, message, help));
    }
    if matches!(prune.schedule, Schedule::Cubic(_)) {
        let message = "a scan takes an evaluation for every layer and sparsity, and a cubic schedule prunes again and \
                       again while the network trains";
        let help =
            vec!["prune in rounds, each with a scan: `schedule.linear`, `schedule.geometric`".to_owned()];
        mistakes.push(Mistake::key(&format!("{path}.schedule"), message, help));
    }
    mistakes
}

/// A sparsity beyond the largest that the scan measures. All stages of the chain say how far they go.
pub(super) fn out_of_reach(
    sections: &Sections,
    path: &str,
    chain: &Chain<'_>,
    prune: &Prune,
) -> Option<Mistake> {
    let largest = scan(prune)?.largest();
    let cost = Cost::of(&graph(sections, chain.train)?.ok()?);
    if !chain.before().is_empty() {
        return None;
    }
    let layers = pruned(prune, &cost.layers);
    let rounds = 1..=prune.schedule.rounds();
    let asked = rounds.fold(AskedSparsity::dense(), |asked, round| {
        asked.after(&prune.request(Start::Dense, round, &cost, &layers), &cost, &layers)
    });
    let share = asked.share(&layers);
    (share > largest + 1e-9).then(|| {
        let share = real((share * 1e4).round() / 1e4);
        let message = format!("{share} of the weights shall go, and the scan ends at {} of a layer", real(largest));
        let help = vec![
            format!("measure further: `{path}.allocation.sensitivity-scan.sparsities = [0.5, …, {share}]` or beyond"),
            format!("or ask for {} or less", real(largest)),
        ];
        Mistake::key(&format!("{path}.allocation"), message, help)
    })
}
