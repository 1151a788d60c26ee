//! A search: makes probes, each under its own key, until it knows which is the smallest network that is good enough.
//! Each is durable as soon as it is done, so a search that was interrupted goes on after the last of them.

use super::failure::Failure;
use super::upstream::Upstream;
use crate::format::real;
use crate::kernel::Kernel;
use crate::model::Cost;
use crate::plan::{Candidates, Node, Rounds, Search};
use crate::prune::{Bisection, Limit, Verdict};
use crate::run::{Artifact, Measurement, NodeError, Probe, ProbeOutcome, ProbeScore, SearchLog};
use crate::train::{Control, Progress};

/// What a search leaves.
pub(super) enum Searched {
    /// The artifact of the probe that it found, with all that it tried.
    Found { artifact: Box<Artifact>, measurement: Measurement },
    /// All that it tried, and why none of that is a result.
    Nothing { log: SearchLog, why: String },
}

/// What `search` leaves.
pub(super) fn output<B: Kernel>(
    upstream: &impl Upstream<B>,
    search: &Search,
    control: &Control<'_>,
) -> Result<Searched, Failure> {
    let from = upstream.node(search.from)?;
    let start = upstream.scored(&from, control)?.measurement;
    let before = value(search.limit, &start)?;
    let limit = search.limit.worst(before);
    let mut trial = Trial { upstream, search, control, before, probes: Vec::new() };
    match search.candidates {
        Candidates::Sparsities { probes } => {
            let smallest = search.round.pruning.smallest(&from.origin.graph).map(|graph| Cost::of(&graph));
            let most = smallest.map_or(1.0, |smallest| {
                gone(&search.rounds, smallest.layers.iter().map(|layer| (&*layer.name, layer.weights)))
            });
            let left = start.layers.iter().map(|layer| (&*layer.layer, layer.nonzero));
            let mut bisection = Bisection::new(gone(&search.rounds, left), most, probes);
            while let Some(sparsity) = bisection.next() {
                bisection.tell(trial.probe(&search.rounds.at(sparsity), Some(sparsity.share()))?);
            }
        }
        Candidates::Rounds => {
            for round in search.rounds.of_schedule().0 {
                if trial.probe(&round, None)? == Verdict::NotHeld {
                    break;
                }
            }
        }
    }
    let log = SearchLog { before, limit, probes: trial.probes };
    let Some(found) = log.found() else {
        let why = none(search, &log);
        return Ok(Searched::Nothing { log, why });
    };
    let (key, nodes) = (log.probes[found].key, log.nodes(search));
    let measurement = upstream.scored(&nodes[found], control)?.measurement;
    let artifact = upstream.artifact(key, control)?;
    let course = crate::run::Course { search: Some(log), ..artifact.course };
    Ok(Searched::Found { artifact: Box::new(Artifact { course, ..artifact }), measurement })
}

/// A search while it goes on.
struct Trial<'a, U> {
    upstream: &'a U,
    search: &'a Search,
    control: &'a Control<'a>,
    /// The validation loss or accuracy before pruning.
    before: f64,
    probes: Vec<Probe>,
}

impl<U> Trial<'_, U> {
    /// Makes `node`, a probe whose sparsity is `target`, or a round of a schedule, and says whether it is good enough.
    fn probe<B: Kernel>(&mut self, node: &Node, target: Option<f64>) -> Result<Verdict, Failure>
    where
        U: Upstream<B>,
    {
        let (done, steps) = (self.probes.len() as u64 * node.steps, self.search.steps());
        let progress = |Progress { step, .. }| (self.control.progress)(Progress { step: done + step, steps });
        let control = Control { stop: self.control.stop, progress: &progress };
        let outcome = match self.upstream.scored(node, &control) {
            Ok(summary) => {
                let (limit, measurement) = (self.search.limit, &summary.measurement);
                let value = value(limit, measurement)?;
                let score = ProbeScore { sparsity: measurement.sparsity, value };
                match limit.verdict(self.before, value) {
                    Verdict::Held => ProbeOutcome::Held(score),
                    Verdict::NotHeld => ProbeOutcome::NotHeld(score),
                }
            }
            Err(Failure::Node(NodeError::Impossible(error))) => ProbeOutcome::Failed(error),
            Err(failure) => return Err(failure),
        };
        let probe = Probe { key: node.key, round: node.round, target, outcome };
        let verdict = probe.verdict();
        self.probes.push(probe);
        Ok(verdict)
    }
}

/// What `limit` looks at.
fn value(limit: Limit, measurement: &Measurement) -> Result<f64, Failure> {
    let value = match limit {
        Limit::LossRise(_) => measurement.loss_validation,
        Limit::AccuracyDrop(_) => measurement.accuracy_validation,
    };
    value.ok_or_else(|| Failure::error("there is no validation split to search on"))
}

/// The share of the weights of the layers of `rounds` that is gone where so many are left of each layer.
fn gone<'a>(rounds: &Rounds, left: impl Iterator<Item = (&'a str, u64)>) -> f64 {
    let total: u64 = rounds.layers().iter().map(|layer| layer.weights).sum();
    let is_of_stage = |name: &str| rounds.layers().iter().any(|layer| layer.name == name);
    let left = left.filter(|(layer, _)| is_of_stage(layer));
    1.0 - left.map(|(_, weights)| weights).sum::<u64>() as f64 / total as f64
}

/// Why nothing was found: `none of 8 probes …`.
fn none(search: &Search, log: &SearchLog) -> String {
    let (limit, tried) = (search.limit, log.probes.len());
    let quantity = limit.quantity();
    let scored = log.probes.iter().filter_map(|probe| match &probe.outcome {
        ProbeOutcome::Held(score) | ProbeOutcome::NotHeld(score) => Some((probe, *score)),
        ProbeOutcome::Failed(_) => None,
    });
    let worsening = |score: ProbeScore| limit.worsening(log.before, score.value);
    let best = scored.min_by(|(_, a), (_, b)| worsening(*a).total_cmp(&worsening(*b)));
    let what = match search.candidates {
        Candidates::Sparsities { .. } => match tried {
            0 => {
                return "every weight that the stage may prune is gone already, so there is nothing to search"
                    .into();
            }
            1 => "the one probe did not hold".to_owned(),
            tried => format!("none of {tried} probes held"),
        },
        Candidates::Rounds => "the first round did not hold".to_owned(),
    };
    let asked = format!(
        "a {quantity} within {} of that before pruning, {}, was asked for",
        real(limit.within()),
        short(log.before)
    );
    let failed = log.probes.iter().find_map(|probe| match &probe.outcome {
        ProbeOutcome::Failed(error) => Some(error),
        ProbeOutcome::Held(_) | ProbeOutcome::NotHeld(_) => None,
    });
    match (best, failed) {
        (Some((probe, score)), _) => {
            let value = short(score.value);
            match probe.target {
                Some(target) => {
                    format!("{what}: {asked}, and the best was {value}, at the sparsity {}", real(target))
                }
                None => {
                    format!("{what}: {asked}, and it was {value} at the sparsity {}", short(score.sparsity))
                }
            }
        }
        (None, Some(error)) => format!("{what}: {error}"),
        (None, None) => what,
    }
}

/// A number to four decimals, without zeros at its end.
fn short(value: f64) -> String {
    real((value * 1e4).round() / 1e4)
}
