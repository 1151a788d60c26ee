//! What a search tried.

use crate::plan::{Candidates, Key, Node, Search};
use crate::prune::{Sparsity, Verdict};
use serde::{Deserialize, Serialize};

/// What a search tried, and what was good enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchLog {
    /// The validation loss or accuracy before pruning.
    pub before: f64,
    /// The worst that was good enough.
    pub limit: f64,
    /// In the order in which they were tried.
    pub probes: Vec<Probe>,
}

/// One network that a search tried. What else is known of it is under its own key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub key: Key,
    pub round: u32,
    /// The sparsity that was its target; `None` for a round of a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    pub outcome: ProbeOutcome,
}

/// What became of a probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeOutcome {
    /// It was good enough.
    Held(ProbeScore),
    NotHeld(ProbeScore),
    /// It cannot be pruned as it was asked for, or its recovery diverged.
    Failed(String),
}

/// How good the network of a probe is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeScore {
    /// Share of the prunable weights of the original that are zero or were removed.
    pub sparsity: f64,
    /// The validation loss or accuracy.
    pub value: f64,
}

impl Probe {
    /// Whether it was good enough.
    pub fn verdict(&self) -> Verdict {
        match self.outcome {
            ProbeOutcome::Held(_) => Verdict::Held,
            ProbeOutcome::NotHeld(_) | ProbeOutcome::Failed(_) => Verdict::NotHeld,
        }
    }
}

impl SearchLog {
    /// The nodes of its probes, which are those of `search`, in their order.
    pub fn nodes(&self, search: &Search) -> Vec<Node> {
        let at = |probe: &Probe| Some(search.rounds.at(Sparsity::try_from(probe.target?).ok()?));
        match search.candidates {
            Candidates::Sparsities { .. } => self.probes.iter().filter_map(at).collect(),
            Candidates::Rounds => search.rounds.of_schedule().0.into_iter().take(self.probes.len()).collect(),
        }
    }

    /// The number of the probe whose network was found: the last that held, since each that holds makes the next go
    /// further.
    pub fn found(&self) -> Option<usize> {
        self.probes.iter().rposition(|probe| probe.verdict() == Verdict::Held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stored format: what old programs wrote, new ones must read.
    #[test]
    fn is_written_as_plain_data() {
        let key = Key::of(&"probe");
        let score = ProbeScore { sparsity: 0.5, value: 0.25 };
        let probe = |target, outcome| Probe { key, round: 1, target, outcome };
        let probes = vec![
            probe(Some(0.5), ProbeOutcome::Held(score)),
            probe(Some(0.75), ProbeOutcome::NotHeld(score)),
            probe(None, ProbeOutcome::Failed("it diverged".to_owned())),
        ];
        let log = SearchLog { before: 0.25, limit: 0.375, probes };
        let text = serde_json::to_string(&log).unwrap();
        let expected = [
            r#"{"before":0.25,"limit":0.375,"probes":["#,
            r#"{"key":"KEY","round":1,"target":0.5,"outcome":{"held":{"sparsity":0.5,"value":0.25}}},"#,
            r#"{"key":"KEY","round":1,"target":0.75,"outcome":{"not-held":{"sparsity":0.5,"value":0.25}}},"#,
            r#"{"key":"KEY","round":1,"outcome":{"failed":"it diverged"}}]}"#,
        ];
        assert_eq!(text, expected.concat().replace("KEY", &key.to_string()));
        assert_eq!(serde_json::from_str::<SearchLog>(&text).unwrap(), log);
        assert_eq!(log.found(), Some(0));
    }
}
