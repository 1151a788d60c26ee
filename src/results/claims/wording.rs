//! Claims as people read them.

use super::unit::probability;
use super::{Judged, Side, Verdict};
use crate::spec::Subject;
use serde_json::{Value, json};

impl Judged {
    /// What it says of itself where it is not simply so: why it cannot be judged, or what would decide it.
    pub fn remark(&self) -> Option<String> {
        let remark = match self.verdict {
            Verdict::Reproduced | Verdict::NotReproduced => None,
            Verdict::Inadmissible | Verdict::Unverified => self.why.clone(),
            Verdict::Inconclusive { side, seeds } => {
                let lies = match side {
                    Side::Inside => "the estimate agrees with it, but not surely enough",
                    Side::Outside => "the estimate disagrees with it, but not surely enough",
                };
                let decide = seeds.map(|seeds| format!("; about {seeds} seeds would decide, if they scattered as these do around the same mean"));
                Some(format!("{lies}{}", decide.unwrap_or_default()))
            }
        };
        let step = self
            .step
            .filter(|_| self.evidence.is_some())
            .map(|step| format!("numbers are of the least sure step, {} over {}", step + 1, step + 2));
        let parts: Vec<String> = remark.into_iter().chain(step).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// One line for a terminal.
    pub fn line(&self) -> String {
        let claim = &self.planned.claim;
        let mut parts = vec![format!("{:<14}  {}", self.verdict.name(), claim.name)];
        if let Some(evidence) = self.evidence {
            let interval = self.interval.map(|interval| format!(" {}", self.unit.interval(interval)));
            parts.push(format!(
                "{} {}{}, claimed {}, n = {}",
                claim.metric,
                self.unit.number(evidence.mean),
                interval.unwrap_or_default(),
                self.unit.region(self.region),
                evidence.n
            ));
        }
        if let (Some(p), Some(adjusted)) = (self.p, self.adjusted) {
            let adjusted =
                if adjusted == p { String::new() } else { format!(", adjusted {}", probability(adjusted)) };
            parts.push(format!("p {}{adjusted}", equal(&probability(p))));
        }
        parts.extend(self.remark());
        parts.extend(self.standing.mark().map(str::to_owned));
        parts.join("; ")
    }

    /// As a program reads it.
    pub fn json(&self) -> Value {
        let seeds = match self.verdict {
            Verdict::Inconclusive { seeds, .. } => seeds,
            Verdict::Reproduced | Verdict::NotReproduced | Verdict::Inadmissible | Verdict::Unverified => {
                None
            }
        };
        json!({
            "name": self.planned.claim.name,
            "verdict": self.verdict.name(),
            "why": self.remark(),
            "metric": self.planned.claim.metric,
            "estimate": self.evidence.map(|evidence| evidence.mean),
            "interval": self.interval,
            "at_least": Some(self.region.low).filter(|low| low.is_finite()),
            "at_most": Some(self.region.high).filter(|high| high.is_finite()),
            "n": self.evidence.map_or(0, |evidence| evidence.n),
            "p": self.p,
            "p_adjusted": self.adjusted,
            "at_half_tolerance": self.at_half.map(Verdict::name),
            "at_twice_tolerance": self.at_twice.map(Verdict::name),
            "seeds_to_decide": seeds,
            "deviated": self.standing.mark(),
        })
    }

    /// Whether it did not hold.
    pub fn has_failed(&self) -> bool {
        self.verdict == Verdict::NotReproduced
    }

    /// Whether it ranks several cells.
    pub fn is_ranking(&self) -> bool {
        matches!(self.planned.subject, Subject::Order(_))
    }
}

fn equal(text: &str) -> String {
    if text.starts_with('<') { text.to_owned() } else { format!("= {text}") }
}
