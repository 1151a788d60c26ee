//! What is said of two results that were compared.

use super::Ending;
use super::common::print_json;
use crate::format::grouped;
use crate::output;
use crate::results::{
    Circumstance, ColumnDifference, Comparison, ComparisonError, Promise, Record, TableComparison, Tables,
    circumstances,
};
use serde::Serialize;

/// Two results, compared.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Compared {
    pub first: String,
    pub second: String,
    promise: Promise,
    holds: bool,
    comparison: Comparison,
    circumstances: Vec<Circumstance>,
}

impl Compared {
    /// Results with their records and tables, each under a name for people.
    pub fn of(
        first: (String, &Record, Tables),
        second: (String, &Record, Tables),
    ) -> Result<Self, ComparisonError> {
        let comparison = Comparison::of((first.1, &first.2), (second.1, &second.2))?;
        let promise = Promise::between(first.1, second.1, &comparison);
        Ok(Self {
            promise,
            holds: promise.holds(&comparison),
            comparison,
            circumstances: circumstances(first.1, second.1),
            first: first.0,
            second: second.0,
        })
    }

    pub fn show(&self, as_json: bool) {
        if as_json { print_json(self) } else { self.tell() }
    }

    pub fn ending(&self) -> Ending {
        if self.holds { Ending::AllGood } else { Ending::NotReproduced }
    }

    fn tell(&self) {
        let print = |line: String| output::print(line);
        print(format!("first: {}; second: {}", self.first, self.second));
        for table in &self.comparison.tables {
            print(self.table(table));
            for difference in &table.differences {
                print(format!("    {}", self.column(table, difference)));
            }
        }
        if self.comparison.other_keys > 0 {
            print(format!(
                "{} measurements are of trainings under other keys: the settings, the data, the backend or the way in \
                 which this version counts are not the same",
                grouped(self.comparison.other_keys as u64)
            ));
        }
        for Circumstance { name, first, second } in &self.circumstances {
            print(format!("not the same: {name}: {first}, then {second}"));
        }
        print(self.verdict());
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
        match (self.promise, self.holds) {
            (Promise::Bytes, true) => "the same numbers, to the byte".to_owned(),
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
