//! What is said of two results that were compared.

use super::Ending;
use super::common::print_json;
use crate::format::grouped;
use crate::output;
use crate::results::claims::Judged;
use crate::results::{
    Circumstance, ColumnDifference, Comparison, ComparisonError, Missing, Promise, Record, TableComparison,
    Tables, circumstances,
};
use serde::Serialize;
use serde_json::Value;

/// Two results, compared.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Compared {
    first: String,
    second: String,
    promise: Promise,
    holds: bool,
    comparison: Comparison,
    /// Which records and locks of claims were changed by hand.
    edited: Vec<String>,
    circumstances: Vec<Circumstance>,
    /// What failed in both, and what in the second alone, with the reason.
    failed_in_both: Vec<String>,
    failed_in_second: Vec<String>,
    /// Of each claim, the verdict by both; empty where only a part was compared.
    claims: Vec<BothVerdicts>,
}

/// The verdicts on one claim.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct BothVerdicts {
    name: String,
    first: Value,
    second: Value,
    #[serde(skip)]
    lines: [String; 2],
    #[serde(skip)]
    has_failed: bool,
}

impl Compared {
    /// Results with their records and tables, each under a name for people.
    pub fn of(
        first: (String, &Record, &Tables),
        second: (String, &Record, &Tables),
    ) -> Result<Self, ComparisonError> {
        let comparison = Comparison::of((first.1, first.2), (second.1, second.2))?;
        let promise = Promise::between(first.1, second.1, &comparison);
        Ok(Self {
            promise,
            holds: promise.holds(&comparison),
            comparison,
            edited: Vec::new(),
            circumstances: circumstances(first.1, second.1),
            failed_in_both: Vec::new(),
            failed_in_second: Vec::new(),
            claims: Vec::new(),
            first: first.0,
            second: second.0,
        })
    }

    /// The same with what is to be said of files that were changed by hand.
    #[must_use]
    pub fn edited(self, edited: Vec<String>) -> Self {
        Self { edited, ..self }
    }

    /// The same with the verdicts by both, of each claim that one of them has.
    #[must_use]
    pub fn judged(mut self, first: &[Judged], second: &[Judged]) -> Self {
        let both = |first: Option<&Judged>, second: Option<&Judged>| {
            let absent = || "not claimed".to_owned();
            Some(BothVerdicts {
                name: first.or(second)?.planned.claim.name.clone(),
                first: first.map_or(Value::Null, Judged::json),
                second: second.map_or(Value::Null, Judged::json),
                lines: [first.map_or_else(absent, Judged::line), second.map_or_else(absent, Judged::line)],
                has_failed: second.is_some_and(Judged::has_failed),
            })
        };
        let same = |one: &Judged, other: &Judged| one.planned.claim.name == other.planned.claim.name;
        let of_first = first.iter().map(|own| both(Some(own), second.iter().find(|other| same(own, other))));
        let others = second.iter().filter(|own| !first.iter().any(|other| same(own, other)));
        self.claims = of_first.chain(others.map(|own| both(None, Some(own)))).flatten().collect();
        self
    }

    /// The same with what failed, by what both lack.
    #[must_use]
    pub fn failed(mut self, first: &[Missing], second: &[Missing]) -> Self {
        for missing in second {
            let Some(error) = &missing.error else { continue };
            let said = format!("{}: {error}", missing.described());
            let is_it = |other: &Missing| other.key == missing.key || other.is_of_same(missing);
            let has_failed = |other: &Missing| other.error.is_some() && is_it(other);
            if first.iter().any(has_failed) {
                self.failed_in_both.push(said);
            } else {
                self.failed_in_second.push(said);
            }
        }
        self
    }

    pub fn show(&self, as_json: bool) {
        if as_json { print_json(self) } else { self.tell() }
    }

    pub fn ending(&self) -> Ending {
        if !self.failed_in_second.is_empty() {
            return Ending::TrialFailed;
        }
        let holds = self.holds && self.claims.iter().all(|claim| !claim.has_failed);
        if holds { Ending::AllGood } else { Ending::NotReproduced }
    }

    fn tell(&self) {
        output::print(format!("first: {}; second: {}", self.first, self.second));
        self.edited.iter().for_each(|edited| output::print(format!("warning: {edited}")));
        for table in &self.comparison.tables {
            output::print(self.table(table));
            for difference in &table.differences {
                output::print(format!("    {}", self.column(table, difference)));
            }
        }
        if self.comparison.other_keys > 0 {
            output::print(format!(
                "{} measurements are of trainings under other keys: the settings, the data, the backend or the way in \
                 which this version counts are not the same",
                grouped(self.comparison.other_keys as u64)
            ));
        }
        for Circumstance { name, first, second } in &self.circumstances {
            output::print(format!("not the same: {name}: {first}, then {second}"));
        }
        self.failed_in_both.iter().for_each(|failed| output::print(format!("both failed: {failed}")));
        self.failed_in_second
            .iter()
            .for_each(|failed| output::print(format!("the second alone failed: {failed}")));
        for BothVerdicts { lines: [first, second], .. } in &self.claims {
            if first == second {
                output::print(format!("both: {second}"));
            } else {
                output::print(format!("first: {first}"));
                output::print(format!("second: {second}"));
            }
        }
        output::print(self.verdict());
    }

    fn table(&self, table: &TableComparison) -> String {
        let TableComparison { table, rows, same, only_first, only_second, .. } = table;
        let mut line = format!(
            "{table}: {} of {} rows the same to the byte",
            grouped(*same as u64),
            grouped(*rows as u64)
        );
        for (count, whose) in [(only_first, "first"), (only_second, "second")] {
            if *count > 0 {
                line += &format!("; {} in the {whose} alone", grouped(*count as u64));
            }
        }
        line
    }

    fn column(&self, table: &TableComparison, difference: &ColumnDifference) -> String {
        let ColumnDifference { column, rows, largest } = difference;
        let rows = format!("`{column}` differs in {} rows", grouped(*rows as u64));
        match largest {
            Some(largest) => format!(
                "{rows}, at most by {:.3e}: {} and {}, in row {} of the first {}",
                largest.difference, largest.first, largest.second, largest.row, table.table
            ),
            None => rows,
        }
    }

    fn verdict(&self) -> String {
        let farthest = self.comparison.farthest_mean.as_ref();
        let mean = farthest.map_or_else(String::new, |mean| {
            format!(
                "; the mean test accuracies that are the farthest apart differ by {:.2} points ({}, {} seeds)",
                100.0 * mean.difference,
                mean.setting.join(", "),
                mean.seeds
            )
        });
        if self.comparison.has_nothing_in_common() {
            return "nothing was measured in both, so nothing is compared".to_owned();
        }
        match (self.promise, self.holds) {
            (Promise::Bytes | Promise::Nothing, true) if !self.failed_in_second.is_empty() => {
                "the same numbers, to the byte, of what did not fail".to_owned()
            }
            (Promise::Bytes | Promise::Nothing, true) if !self.comparison.is_whole() => {
                "the same numbers, to the byte, of what was measured in both".to_owned()
            }
            (Promise::Bytes | Promise::Nothing, true) => "the same numbers, to the byte".to_owned(),
            (Promise::Nothing, false) => {
                format!("not the same numbers, of other settings of which nothing is promised{mean}")
            }
            (Promise::Bytes, false) => format!("not the same numbers, and they should be{mean}"),
            (Promise::Close, holds) => format!(
                "{} where the same bytes are not promised: the same sizes and steps, and mean test accuracies over the \
                 seeds within {} percentage point{mean}",
                if holds { "as close as it has to be" } else { "not as close as it has to be" },
                100.0 * Promise::ACCURACY
            ),
        }
    }
}
