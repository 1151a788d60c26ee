//! The networks of a stage by what they are: results by setting, round and seed, and what searches tried.

use crate::prune::Verdict;
use polars::prelude::{DataFrame, Int64Chunked, PolarsError, StringChunked};
use std::collections::BTreeMap;

/// One setting of a stage: every axis that matters is fixed, and only the seeds differ.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The index of the value of each of the stage's axes.
    pub values: Vec<u32>,
    /// The round that ends it, whether it was measured or not; 0 for a training.
    pub last_round: i64,
    pub rounds: BTreeMap<i64, Vec<SeedRow>>,
    /// The results of searches; empty where the networks after the last round are.
    found: Vec<SeedRow>,
}

/// The network of one seed: a training, or a round of one.
#[derive(Clone, Copy, Debug)]
pub struct SeedRow {
    pub seed: i64,
    /// Number of its row in the table.
    pub row: usize,
}

impl SeedRow {
    /// Its seed as experiments write it.
    pub fn number(&self) -> Option<u64> {
        u64::try_from(self.seed).ok()
    }
}

/// A network that a search tried.
#[derive(Clone, Debug)]
pub struct ProbeRow {
    /// The index of the value of each of the stage's axes.
    pub values: Vec<u32>,
    pub seed: i64,
    pub row: usize,
    pub verdict: Verdict,
}

/// The columns that say where a row belongs.
pub(super) struct Columns<'t> {
    key: &'t StringChunked,
    round: &'t Int64Chunked,
    seed: &'t Int64Chunked,
    probe: Option<&'t StringChunked>,
}

impl<'t> Columns<'t> {
    pub fn of(table: &'t DataFrame) -> Result<Self, PolarsError> {
        Ok(Self {
            key: table.column("key")?.str()?,
            round: table.column("round")?.i64()?,
            seed: table.column("seed")?.i64()?,
            // Earlier versions had no searches.
            probe: table.column("probe").ok().map(|probe| probe.str()).transpose()?,
        })
    }

    /// Where row `row` belongs.
    pub fn place(
        &self,
        row: usize,
        axes: &[usize],
        points: &[Vec<Option<u32>>],
    ) -> Result<Place<'t>, String> {
        let values: Option<Vec<u32>> = axes.iter().map(|&axis| points[axis][row]).collect();
        let (Some(values), Some(round), Some(seed)) = (values, self.round.get(row), self.seed.get(row))
        else {
            return Err(format!("row {row} of `measurements` has no place"));
        };
        let probe = self.probe.and_then(|probe| probe.get(row));
        Ok(Place { row, values, round, seed, key: self.key.get(row), probe })
    }
}

/// Where a row belongs.
pub(super) struct Place<'t> {
    pub row: usize,
    pub values: Vec<u32>,
    round: i64,
    pub seed: i64,
    key: Option<&'t str>,
    probe: Option<&'t str>,
}

impl Place<'_> {
    /// Of what a search tried, whether it was good enough.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.probe? {
            "held" => Some(Verdict::Held),
            "not-held" => Some(Verdict::NotHeld),
            _ => None,
        }
    }
}

/// Groups rows of one stage. A network that several trials share is counted once.
pub(super) fn settings(places: Vec<Place<'_>>) -> Result<Vec<Setting>, String> {
    let mut found: BTreeMap<Vec<u32>, BTreeMap<i64, BTreeMap<i64, Place<'_>>>> = BTreeMap::new();
    for place in places {
        let seeds = found.entry(place.values.clone()).or_default().entry(place.round).or_default();
        let (row, key) = (place.row, place.key);
        let first = seeds.entry(place.seed).or_insert(place);
        if first.key != key {
            let problem =
                format!("rows {} and {row} of `measurements` are of one setting and seed", first.row);
            return Err(problem);
        }
    }
    let network = |place: &Place<'_>| SeedRow { seed: place.seed, row: place.row };
    let setting = |(values, rounds): (Vec<u32>, BTreeMap<i64, BTreeMap<i64, Place<'_>>>)| {
        let all = rounds.values().flat_map(BTreeMap::values);
        let mut found: Vec<SeedRow> = all.filter(|place| place.probe.is_some()).map(network).collect();
        found.sort_unstable_by_key(|row| row.seed);
        Setting {
            values,
            last_round: rounds.keys().next_back().copied().unwrap_or(0),
            rounds: rounds
                .iter()
                .map(|(round, seeds)| (*round, seeds.values().map(network).collect()))
                .collect(),
            found,
        }
    };
    Ok(found.into_iter().map(setting).collect())
}

impl Setting {
    /// The networks that the stage gives: those after its last round, none where it was interrupted before; of searches,
    /// those that were found.
    pub fn last(&self) -> &[SeedRow] {
        if !self.found.is_empty() {
            return &self.found;
        }
        self.rounds.get(&self.last_round).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a search decided what the stage gives.
    pub fn is_found(&self) -> bool {
        !self.found.is_empty()
    }

    /// Whether what the stage gives is of a round that each seed may have another of.
    pub fn may_end_early(&self) -> bool {
        self.is_found() && self.last_round > 1
    }
}
