//! Claims as people read them.

use super::unit::probability;
use super::{Judged, Side, Verdict};
use crate::format::grouped;
use crate::plan::label;
use crate::results::Measurements;
use crate::spec::{Better, Cell, Subject};
use serde_json::{Value, json};

impl Judged {
    /// Whether the whole interval is of what it allows.
    fn is_inside(&self) -> bool {
        self.interval.is_some_and(|[low, high]| self.region.low <= low && high <= self.region.high)
    }

    /// What it says of itself where it is not simply so: why it cannot be judged, or what would decide it.
    pub fn remark(&self) -> Option<String> {
        self.remark_as(&|_, value| label(value))
    }

    /// The same for people, who read the labels of values.
    pub fn remark_for(&self, measurements: &Measurements<'_>) -> Option<String> {
        self.remark_as(&|key, value| labelled(measurements, key, value))
    }

    /// The same, where `shown` writes a value of an axis.
    fn remark_as(&self, shown: &dyn Fn(&str, &Value) -> String) -> Option<String> {
        let remark = match self.verdict {
            Verdict::Reproduced | Verdict::NotReproduced => None,
            Verdict::Inadmissible | Verdict::Unverified => self.why.clone(),
            Verdict::Inconclusive { side, seeds } => {
                let lies = match (side, self.adjusted) {
                    (Side::Inside, Some(adjusted)) if self.is_inside() => format!(
                        "the interval lies inside, but beside the {} claims of its family p is {} (Holm), above {}",
                        self.family,
                        probability(adjusted),
                        self.planned.claim.alpha
                    ),
                    (Side::Inside, _) => {
                        "the estimate agrees with it, but the interval reaches across the end".to_owned()
                    }
                    (Side::Outside, _) => {
                        "the estimate disagrees with it, but the interval reaches across the end".to_owned()
                    }
                };
                let decide = seeds.map(|seeds| {
                    let seeds = grouped(seeds as u64);
                    format!("; about {seeds} seeds would decide, if they scattered as these do around the same mean")
                });
                Some(format!("{lies}{}", decide.unwrap_or_default()))
            }
        };
        let step =
            self.step.filter(|_| self.evidence.is_some()).and_then(|step| self.least_sure(step, shown));
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

impl Judged {
    /// Of a ranking, which two cells its numbers are of, and which way they are taken.
    fn least_sure(&self, step: usize, shown: &dyn Fn(&str, &Value) -> String) -> Option<String> {
        let Subject::Order(cells) = &self.planned.subject else { return None };
        let [better, next] = cells.get(step..step + 2)? else { return None };
        let by_how_much = match Better::of(&self.planned.claim.metric) {
            Some(Better::Lower) => "lower",
            Some(Better::Higher) | None => "higher",
        };
        Some(format!(
            "numbers are of the least sure step, which is {} of {}: by how much {} of {} is {by_how_much} than of {}",
            step + 1,
            cells.len() - 1,
            self.planned.claim.metric,
            apart_from(better, next, shown),
            apart_from(next, better, shown)
        ))
    }
}

/// What `cell` has otherwise than `other`: `importance=magnitude`, or its stage.
fn apart_from(cell: &Cell, other: &Cell, shown: &dyn Fn(&str, &Value) -> String) -> String {
    let stage = (cell.stage != other.stage).then(|| cell.stage.clone());
    let values = cell.values.iter().filter(|(key, value)| other.values.get(*key) != Some(*value));
    let values =
        values.map(|(key, value)| format!("{}={}", key.rsplit('.').next().unwrap_or(key), shown(key, value)));
    let round = cell.round.filter(|_| cell.round != other.round).map(|round| format!("round {round}"));
    stage.into_iter().chain(values).chain(round).collect::<Vec<_>>().join(" ")
}

/// A value of the axis `key` as people read it.
pub(super) fn labelled(measurements: &Measurements<'_>, key: &str, value: &Value) -> String {
    let written = label(value);
    measurements.axis(key).map_or(written.clone(), |axis| axis.label_of(&written).to_owned())
}

fn equal(text: &str) -> String {
    if text.starts_with('<') { text.to_owned() } else { format!("= {text}") }
}
