//! All claims of an experiment with their verdicts.

use super::numbers::{BySeed, by_seed};
use super::{ClaimLock, Evidence, Region, Standard, Standing, Unit, Verdict, judge};
use crate::results::statistics::holm;
use crate::results::{Measurements, MeasurementsError, Record};
use crate::spec::{Better, Claim, PlannedClaim, Published, Subject};
use std::collections::BTreeMap;

/// A claim and what became of it.
#[derive(Clone, Debug)]
pub struct Judged {
    pub planned: PlannedClaim,
    pub unit: Unit,
    pub region: Region,
    /// Of a ranking, that of the step that is least sure; `None` where nothing can be said.
    pub evidence: Option<Evidence>,
    /// At the level 1 − 2α.
    pub interval: Option<[f64; 2]>,
    pub p: Option<f64>,
    /// After Holm's adjustment in its family.
    pub adjusted: Option<f64>,
    /// Claims of its family, those too that cannot be judged.
    pub family: usize,
    pub verdict: Verdict,
    /// Why it cannot be judged.
    pub why: Option<String>,
    /// The verdicts at half and at twice the tolerance; `None` too where that is 0.
    pub at_half: Option<Verdict>,
    pub at_twice: Option<Verdict>,
    /// Of a ranking, the number of the cell (from 0) that is least surely better than the next.
    pub step: Option<usize>,
    pub standing: Standing,
}

/// Judges the claims of `record` by its `measurements`; `lock` says which of them were made before there were results.
pub fn judged(
    record: &Record,
    measurements: &Measurements<'_>,
    lock: Option<&ClaimLock>,
) -> Result<Vec<Judged>, MeasurementsError> {
    let seen = record.claims.iter().map(|planned| Seen::of(record, measurements, planned));
    let seen = seen.collect::<Result<Vec<_>, _>>()?;
    let mut families: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    // A claim that cannot be judged counts too: what fails makes the others no surer.
    for (index, seen) in seen.iter().enumerate() {
        families.entry(seen.planned.claim.family.as_deref()).or_default().push(index);
    }
    let family = |index: usize| families.get(&seen[index].planned.claim.family.as_deref());
    let judged = seen.iter().enumerate().map(|(index, own)| {
        let members = family(index).map(Vec::as_slice).unwrap_or_default();
        own.judged(&seen, members, index, ClaimLock::standing(lock, &own.planned.claim))
    });
    Ok(judged.collect())
}

/// What was measured of a claim, before it is known what was of the others.
struct Seen<'a> {
    planned: &'a PlannedClaim,
    region: Region,
    evidence: Option<Evidence>,
    p: Option<f64>,
    step: Option<usize>,
    /// Why it cannot be judged.
    refused: Option<(Verdict, String)>,
}

impl<'a> Seen<'a> {
    fn of(
        record: &Record,
        measurements: &Measurements<'_>,
        planned: &'a PlannedClaim,
    ) -> Result<Self, MeasurementsError> {
        let claim = &planned.claim;
        let [low, high] = claim.bounds();
        let region = Region { low, high };
        let nothing = Self { planned, region, evidence: None, p: None, step: None, refused: None };
        if let Some(why) = planned.inadmissible() {
            return Ok(Self { refused: Some((Verdict::Inadmissible, why)), ..nothing });
        }
        let numbers = |cell| by_seed(record, measurements, claim, cell);
        let found = match &planned.subject {
            Subject::NotRun(_) => return Ok(nothing),
            Subject::Published { of, published } => beside(claim, *published, &numbers(of)?, &planned.seeds),
            Subject::Difference { of, against } => {
                paired(claim, [&numbers(of)?, &numbers(against)?], &planned.seeds)
                    .map(|values| Evidence::of(&values))
            }
            Subject::Order(cells) => {
                let cells = cells.iter().map(numbers).collect::<Result<Vec<_>, _>>()?;
                return Ok(match steps(claim, &cells, &planned.seeds) {
                    Ok(steps) => nothing.least_sure(&steps),
                    Err(why) => Self { refused: Some((Verdict::Unverified, why)), ..nothing },
                });
            }
        };
        Ok(match found {
            Ok(evidence) => {
                Self { evidence: Some(evidence), p: evidence.p_within(region.low, region.high), ..nothing }
            }
            Err(why) => Self { refused: Some((Verdict::Unverified, why)), ..nothing },
        })
    }

    /// A ranking is as sure as the step that is least sure: all of them have to hold.
    fn least_sure(self, steps: &[Evidence]) -> Self {
        let p = |step: &Evidence| step.p_within(self.region.low, self.region.high);
        let worst = steps.iter().enumerate().max_by(|(_, a), (_, b)| {
            p(a).unwrap_or(1.0).total_cmp(&p(b).unwrap_or(1.0)).then(b.mean.total_cmp(&a.mean))
        });
        match worst {
            Some((step, evidence)) => {
                Self { evidence: Some(*evidence), p: p(evidence), step: Some(step), ..self }
            }
            None => self,
        }
    }

    /// With the verdict, beside the `members` of its family, of which it is the one with `index`.
    fn judged(&self, all: &[Seen<'_>], members: &[usize], index: usize, standing: Standing) -> Judged {
        let claim = &self.planned.claim;
        let centre = if claim.is_ratio() { 1.0 } else { 0.0 };
        // Holm's adjustment of its p value, were that `own`.
        let adjusted = |own: Option<f64>| {
            let (own, place) = (own?, members.iter().position(|&member| member == index)?);
            let p = members
                .iter()
                .map(|&member| if member == index { own } else { all[member].p.unwrap_or(1.0) });
            Some(holm(&p.collect::<Vec<f64>>())[place])
        };
        let verdict_at = |region: Region| {
            let evidence = self.evidence?;
            let standard = Standard { region, alpha: claim.alpha, family: members.len() };
            Some(judge(&evidence, standard, adjusted(evidence.p_within(region.low, region.high))))
        };
        // A tolerance of nothing has no half.
        let scaled = |factor| {
            let region = self.region.scaled(factor, centre);
            if region == self.region { None } else { verdict_at(region) }
        };
        let (verdict, why) = match &self.refused {
            Some((verdict, why)) => (*verdict, Some(why.clone())),
            None => (verdict_at(self.region).unwrap_or(Verdict::Unverified), None),
        };
        Judged {
            planned: self.planned.clone(),
            unit: Unit::of(claim),
            region: self.region,
            evidence: self.evidence,
            interval: self.evidence.and_then(|evidence| evidence.interval(1.0 - 2.0 * claim.alpha)),
            p: self.p,
            adjusted: adjusted(self.p),
            family: members.len(),
            verdict,
            why,
            at_half: scaled(0.5),
            at_twice: scaled(2.0),
            step: self.step,
            standing,
        }
    }
}

/// The numbers of `of` with all `seeds`, or which are missing.
fn complete(claim: &Claim, of: &BySeed, seeds: &[u64]) -> Result<Vec<f64>, String> {
    let missing: Vec<String> =
        seeds.iter().filter(|seed| !of.contains_key(seed)).map(ToString::to_string).collect();
    match missing.as_slice() {
        [] => Ok(seeds.iter().map(|seed| of[seed]).collect()),
        [one] => Err(format!("there is no {} of seed {one}", claim.metric)),
        several => Err(format!("there is no {} of seeds {}", claim.metric, several.join(", "))),
    }
}

/// Differences or ratios, seed by seed.
fn paired(claim: &Claim, [of, against]: [&BySeed; 2], seeds: &[u64]) -> Result<Vec<f64>, String> {
    let (of, against) = (complete(claim, of, seeds)?, complete(claim, against, seeds)?);
    let values: Vec<f64> = of
        .iter()
        .zip(&against)
        .map(|(of, against)| if claim.is_ratio() { of / against } else { of - against })
        .collect();
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(values),
        false => Err("there is no ratio to 0".to_owned()),
    }
}

fn beside(claim: &Claim, published: Published, of: &BySeed, seeds: &[u64]) -> Result<Evidence, String> {
    let of = complete(claim, of, seeds)?;
    let Published { value, deviation, runs } = published;
    if claim.is_ratio() && of.iter().any(|of| !(of / value).is_finite()) {
        return Err("there is no ratio to so small a number".to_owned());
    }
    Ok(match (claim.is_ratio(), deviation.zip(runs)) {
        (true, _) => Evidence::of(&of.iter().map(|of| of / value).collect::<Vec<_>>()),
        (false, Some((deviation, runs))) => Evidence::beside(&of, value, deviation, runs),
        (false, None) => Evidence::of(&of.iter().map(|of| of - value).collect::<Vec<_>>()),
    })
}

/// By how much each of `cells` is better than the next.
fn steps(claim: &Claim, cells: &[BySeed], seeds: &[u64]) -> Result<Vec<Evidence>, String> {
    let better = if claim.is_of_summary() { Some(Better::Higher) } else { Better::of(&claim.metric) };
    let step = |pair: &[BySeed]| {
        let values = match better {
            Some(Better::Lower) => paired(claim, [&pair[1], &pair[0]], seeds),
            Some(Better::Higher) | None => paired(claim, [&pair[0], &pair[1]], seeds),
        };
        values.map(|values| Evidence::of(&values))
    };
    cells.windows(2).map(step).collect()
}
