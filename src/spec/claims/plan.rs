//! From claims as they are written to claims about networks of the sweep.

use super::conditions::{Conditions, Reader};
use super::expectation;
use super::planned::{Cell, PlannedClaim, Subject};
use super::reach::reach;
use super::resolve::{Found, IsSummary, Outcome, Resolver};
use crate::spec::check::{Mistake, check};
use crate::spec::overlay::{Overlay, has_null};
use crate::spec::schema_node::SchemaNode;
use crate::spec::{Against, Claim, WrittenCell};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// The claims of the experiment, and the mistakes in them; of those that have mistakes of form nothing is said.
/// `is_overridden` says whether something stands over what is written at a path.
pub(in crate::spec) fn claims(
    overlay: &Overlay,
    is_sample: bool,
    is_overridden: &dyn Fn(&str) -> bool,
) -> (Vec<PlannedClaim>, Vec<Mistake>) {
    let claims = typed(overlay);
    if claims.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut mistakes = expectation::repeated(&claims);
    mistakes.extend(expectation::of_other_alpha(&claims));
    mistakes.extend(expectation::of_lookalike_family(&claims));
    let reader = Reader { overlay, is_overridden, mistakes };
    let resolver = Resolver { overlay, reach: reach(overlay), is_sample };
    let mut planner = Planner { reader, resolver };
    let planned =
        claims.into_iter().filter_map(|(index, claim)| planner.plan(claim, &format!("claim.{index}")));
    let planned = planned.collect();
    (planned, planner.reader.mistakes)
}

/// The claims without mistakes of form, each with its place in the file.
fn typed(overlay: &Overlay) -> Vec<(usize, Claim)> {
    let list = SchemaNode::root().child("claim").expect("it is in the schema");
    let node = list.element(0).expect("it is in the schema");
    let most = list.get("maxItems").and_then(Value::as_u64).expect("it is in the schema");
    let written = overlay.value.get("claim").and_then(Value::as_array).into_iter().flatten();
    let claim = |(index, value): (usize, &Value)| {
        let is_sound = !has_null(value) && check(node, value, "", &[]).is_empty();
        Some((index, Claim::deserialize(value).ok().filter(|_| is_sound)?))
    };
    written.take(most as usize).enumerate().filter_map(claim).collect()
}

struct Planner<'a> {
    reader: Reader<'a>,
    resolver: Resolver<'a>,
}

impl Planner<'_> {
    /// The claim that is written at `path`; `None` where something is wrong with it.
    fn plan(&mut self, claim: Claim, path: &str) -> Option<PlannedClaim> {
        let wrong = expectation::mistakes(&claim, path);
        let is_sound = wrong.is_empty();
        self.reader.mistakes.extend(wrong);
        let (subject, seeds) = self.subject(&claim, path)?;
        is_sound.then(|| PlannedClaim {
            claim,
            subject,
            seeds: seeds.into_iter().collect(),
            unmeasured: None,
        })
    }

    /// What it compares, and the seeds with which all of that is run.
    fn subject(&mut self, claim: &Claim, path: &str) -> Option<(Subject, BTreeSet<u64>)> {
        let is_summary = if claim.is_of_summary() { IsSummary::Yes } else { IsSummary::No };
        let written = claim.of.clone().unwrap_or_default();
        let of_path = format!("{path}.of");
        let general = self.reader.read(&written, &of_path, None);
        let stage = written.stage();
        if !claim.order.is_empty() {
            let cells = self.order(&claim.order, (&general?, stage), path, is_summary)?;
            return Some(match cells {
                Ok(cells) => {
                    let seeds = shared(&cells);
                    (Subject::Order(cells.into_iter().map(|found| found.cell).collect()), seeds)
                }
                Err(why) => (Subject::NotRun(why), BTreeSet::new()),
            });
        }
        claim.of.as_ref()?;
        let against_path = format!("{path}.against");
        match claim.against.as_ref()? {
            Against::Published(published) => {
                let of = self.find(&general?, &of_path, is_summary)?;
                Some(match of {
                    Ok(of) => (Subject::Published { of: of.cell, published: *published }, of.seeds),
                    Err(why) => (Subject::NotRun(why), BTreeSet::new()),
                })
            }
            Against::Cell(cell) => {
                let own = self.reader.read(cell, &against_path, stage);
                let general = general?;
                let of = self.find(&general, &of_path, is_summary);
                let against = self.resolver.within(own?, &general);
                let against = self.find(&against, &against_path, is_summary);
                let (of, against) = match (of?, against?) {
                    (Ok(of), Ok(against)) => (of, against),
                    (Err(why), _) | (_, Err(why)) => return Some((Subject::NotRun(why), BTreeSet::new())),
                };
                self.differ(&[&of.cell, &against.cell], &against_path)?;
                let seeds = shared(&[of.clone(), against.clone()]);
                Some((Subject::Difference { of: of.cell, against: against.cell }, seeds))
            }
        }
    }

    /// The cells of a ranking, or which of them is not run.
    fn order(
        &mut self,
        order: &[WrittenCell],
        (general, stage): (&Conditions, Option<&str>),
        path: &str,
        is_summary: IsSummary,
    ) -> Option<Result<Vec<Found>, String>> {
        let mut cells = Vec::new();
        for (number, cell) in order.iter().enumerate() {
            let at = format!("{path}.order.{number}");
            let own = self.reader.read(cell, &at, stage);
            let found = own.and_then(|own| self.find(&self.resolver.within(own, general), &at, is_summary));
            cells.push(found);
        }
        let cells: Vec<Result<Found, String>> = cells.into_iter().collect::<Option<_>>()?;
        let cells: Result<Vec<Found>, String> = cells.into_iter().collect();
        if let Ok(cells) = &cells {
            self.differ(
                &cells.iter().map(|found| &found.cell).collect::<Vec<_>>(),
                &format!("{path}.order"),
            )?;
        }
        Some(cells)
    }

    /// The networks that fulfil `conditions`, or why they are not run; `None` where something is wrong.
    fn find(
        &mut self,
        conditions: &Conditions,
        path: &str,
        is_summary: IsSummary,
    ) -> Option<Result<Found, String>> {
        match self.resolver.find(conditions, path, is_summary) {
            Outcome::Found(found) => Some(Ok(found)),
            Outcome::NotRun(why) => Some(Err(why)),
            Outcome::Wrong(mistake) => {
                self.reader.mistakes.push(mistake);
                None
            }
        }
    }

    /// `None`, with a mistake, where two of `cells` are the same networks.
    fn differ(&mut self, cells: &[&Cell], path: &str) -> Option<()> {
        let is_twice = |(index, cell): (usize, &&Cell)| cells[..index].contains(cell);
        if cells.iter().enumerate().any(is_twice) {
            let message = "networks are compared with themselves";
            let help = vec!["name an axis, a round or a stage that sets them apart".to_owned()];
            self.reader.mistakes.push(Mistake::key(path, message, help));
            return None;
        }
        Some(())
    }
}

/// The seeds with which all of `cells` are run.
fn shared(cells: &[Found]) -> BTreeSet<u64> {
    let mut seeds = cells.iter().map(|found| found.seeds.clone());
    let first = seeds.next().unwrap_or_default();
    seeds.fold(first, |shared, seeds| shared.intersection(&seeds).copied().collect())
}
