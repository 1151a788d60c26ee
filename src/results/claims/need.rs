//! How many seeds a tolerance needs, once it is known how results scatter.

use super::Verdict;
use super::judged::{Judged, judged};
use crate::format::grouped;
use crate::results::{Measurements, MeasurementsError, Record, SeedRow, Tables};
use crate::spec::{ClaimSeeds, PlannedClaim};
use std::collections::BTreeSet;

/// A sentence for each of `claims` that what `record` and `tables` hold does not decide and whose tolerance, of what may be
/// lost or gained, is narrower than its seeds can tell by the scatter of these: half the 95 % interval of the mean has to be narrower than the tolerance (half width ÷ standard
/// deviation: 2.48 at 3 seeds, 1.24 at 5, 0.72 at 10).
pub fn needs(
    claims: &[PlannedClaim],
    record: &Record,
    tables: &Tables,
) -> Result<Vec<String>, MeasurementsError> {
    let measurements = Measurements::read(record, tables)?;
    let settings = || measurements.stages.iter().flat_map(|stage| &stage.settings);
    let rows = settings().flat_map(|setting| setting.rounds.values()).flatten();
    let there: BTreeSet<u64> = rows.filter_map(SeedRow::number).collect();
    let of_there = |planned: &PlannedClaim| {
        let mut known = planned.clone();
        known.seeds.retain(|seed| there.contains(seed));
        known.claim.seeds = ClaimSeeds { at_least: 2 };
        known
    };
    let record = Record { claims: claims.iter().map(of_there).collect(), ..record.clone() };
    let judged = judged(&record, &measurements, None)?;
    Ok(claims.iter().zip(&judged).filter_map(|(planned, judged)| need(judged, planned.seeds.len())).collect())
}

fn need(judged: &Judged, planned: usize) -> Option<String> {
    let (evidence, claim) = (judged.evidence?, &judged.planned.claim);
    let centre = if claim.is_ratio() { 1.0 } else { 0.0 };
    let allows_none = judged.region.low < centre && centre < judged.region.high;
    let Verdict::Inconclusive { seeds: to_decide, .. } = judged.verdict else { return None };
    if !allows_none {
        // A gain is claimed: what decides is how far its mean is from what is expected.
        let seeds = to_decide.filter(|seeds| *seeds > planned)?;
        return Some(format!(
            "claim {}: by the recorded results over {} seeds, about {} seeds would decide, and {planned} are planned",
            claim.name,
            evidence.n,
            grouped(seeds as u64)
        ));
    }
    let tolerance = judged.region.tolerance(centre);
    let seeds = evidence.seeds_for(tolerance, 0.95)?;
    let scatter = evidence.deviation()?;
    let (tolerance, scatter) = (judged.unit.size(tolerance), judged.unit.size(scatter));
    (seeds > planned).then(|| {
        format!(
            "claim {}: the recorded results scatter by {scatter} over {} seeds; to tell a difference as small as the \
             tolerance, {tolerance}, takes about {} seeds, and {planned} are planned",
            claim.name,
            evidence.n,
            grouped(seeds as u64),
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::results::claims::Evidence;

    // Half widths of the 95 % interval by the standard deviation, from the tables of the t distribution.
    #[test]
    fn narrow_tolerances_take_many_seeds() {
        let evidence = Evidence { n: 4, mean: 0.0, error: Some((0.5, 3.0)), published: None };
        for (tolerance, seeds) in [(2.49, 3), (1.25, 5), (0.72, 10)] {
            assert_eq!(evidence.seeds_for(tolerance, 0.95), Some(seeds), "{tolerance}");
        }
        assert_eq!(evidence.seeds_for(0.0, 0.95), None);
    }

    // A published number of 3 runs that scatter by 0.02: its own error, 0.01155 with 2 degrees of freedom, leaves half a
    // width of 0.0337 at 1 − 2 · 0.05 however many seeds there are (t 2.91999).
    #[test]
    fn no_seeds_make_a_published_number_surer() {
        let evidence = Evidence::beside(&[0.962, 0.958, 0.965, 0.960, 0.963], 0.9605, 0.02, 3);
        assert_eq!(evidence.seeds_for(0.033, 0.9), None);
        assert!(evidence.seeds_for(0.035, 0.9).is_some());
    }
}
