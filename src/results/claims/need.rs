//! How many seeds a tolerance needs, once it is known how results scatter.

use super::judged::{Judged, judged};
use crate::format::grouped;
use crate::results::{Measurements, MeasurementsError, Record, SeedRow, Tables};
use crate::spec::{ClaimSeeds, PlannedClaim};
use std::collections::BTreeSet;

/// A sentence for each of `claims` whose tolerance is narrower than its seeds can tell, by the scatter of what `record` and
/// `tables` hold: half the 95 % interval of the mean has to be narrower than the tolerance (half width ÷ standard
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
    let tolerance = judged.region.tolerance(centre);
    let seeds = evidence.seeds_for(tolerance, 0.95)?;
    let scatter = evidence.error?.0 * (evidence.n as f64).sqrt();
    let (tolerance, scatter) = (judged.unit.size(tolerance), judged.unit.size(scatter));
    (seeds > planned).then(|| {
        format!(
            "claim {}: the recorded results scatter by {scatter} over {} seeds, so that a tolerance of {tolerance} needs \
             about {} seeds, wherever the difference lies; {planned} are planned",
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
        let evidence = Evidence { n: 4, mean: 0.0, error: Some((0.5, 3.0)) };
        for (tolerance, seeds) in [(2.49, 3), (1.25, 5), (0.72, 10)] {
            assert_eq!(evidence.seeds_for(tolerance, 0.95), Some(seeds), "{tolerance}");
        }
        assert_eq!(evidence.seeds_for(0.0, 0.95), None);
    }
}
