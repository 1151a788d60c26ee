//! Which row of one table is which of another.

use super::cells::Cell;
use polars::prelude::{DataFrame, PolarsError};
use std::collections::BTreeMap;

/// Rows of two tables that are of the same thing.
pub(super) struct Pairs {
    /// In the order of the first table: numbers of the rows.
    pub both: Vec<(usize, usize)>,
    pub only_first: usize,
    pub only_second: usize,
}

/// What trials and networks of the first results are called in the second.
#[derive(Default)]
pub(super) struct Pairing {
    trials: BTreeMap<Cell, Cell>,
    keys: BTreeMap<Cell, Cell>,
    /// Pairs of measurements whose keys differ.
    pub other_keys: usize,
}

impl Pairing {
    /// Of measurements: networks are called as those of the rows that are paired, trials as those with the same values of
    /// `axes`, the seed among them. Rows say nothing of trials where several of these share a network.
    pub fn learnt(
        mut self,
        first: &DataFrame,
        second: &DataFrame,
        axes: &[&str],
        pairs: &Pairs,
    ) -> Result<Self, PolarsError> {
        let keys = [first, second].map(|table| Cell::all(table.column("key")?));
        let [of_first, of_second] = keys;
        let (of_first, of_second) = (of_first?, of_second?);
        for &(one, other) in &pairs.both {
            self.keys.entry(of_second[other].clone()).or_insert_with(|| of_first[one].clone());
            self.other_keys += usize::from(of_first[one] != of_second[other]);
        }
        let mut known: BTreeMap<_, Vec<Cell>> = BTreeMap::new();
        for (trial, point) in points(first, axes)? {
            known.entry(point).or_default().push(trial);
        }
        for (trial, point) in points(second, axes)? {
            let same = known.get_mut(&point).filter(|trials| !trials.is_empty());
            if let Some(trials) = same {
                self.trials.insert(trial, trials.remove(0));
            }
        }
        Ok(self)
    }

    /// What a cell of column `name` of the second results is called in the first: null of a trial that these do not have. A
    /// network that they do not have is called as it is.
    fn renamed(&self, name: &str, cell: Cell) -> Cell {
        match name {
            "trial" => self.trials.get(&cell).cloned().unwrap_or(Cell::Null),
            "key" => self.keys.get(&cell).cloned().unwrap_or(cell),
            _ => cell,
        }
    }
}

impl Pairs {
    /// Rows are of the same thing where the columns `identity` say the same in words, and they are equally far down among
    /// those that do. A column that only one table has tells nothing apart.
    pub fn of(
        first: &DataFrame,
        second: &DataFrame,
        identity: &[&str],
        pairing: &Pairing,
    ) -> Result<Self, PolarsError> {
        let shared = |name: &&str| first.column(name).is_ok() && second.column(name).is_ok();
        let identity: Vec<&str> = identity.iter().copied().filter(shared).collect();
        let of_first = identities(first, &identity, |_, cell| cell)?;
        let of_second = identities(second, &identity, |name, cell| pairing.renamed(name, cell))?;
        let places: BTreeMap<_, _> = of_second.into_iter().zip(0..).collect();
        let found = of_first.iter().enumerate();
        let both: Vec<_> = found.filter_map(|(row, is)| Some((row, *places.get(is)?))).collect();
        Ok(Self { only_first: first.height() - both.len(), only_second: second.height() - both.len(), both })
    }
}

/// Each trial of a table of measurements with its values of `axes`, in words: what any of its rows says, since an axis
/// that changes nothing in a stage is null there.
fn points(table: &DataFrame, axes: &[&str]) -> Result<Vec<(Cell, Vec<String>)>, PolarsError> {
    let is_there = |name: &&str| table.column(name).is_ok();
    let axes: Vec<&str> = axes.iter().copied().filter(is_there).collect();
    let trials = Cell::all(table.column("trial")?)?;
    let mut found: BTreeMap<Cell, Vec<String>> = BTreeMap::new();
    let null = Cell::Null.to_string();
    for (trial, words) in trials.into_iter().zip(words(table, &axes, |_, cell| cell)?) {
        let point = found.entry(trial).or_insert_with(|| vec![null.clone(); axes.len()]);
        point
            .iter_mut()
            .zip(words)
            .filter(|(known, _)| **known == null)
            .for_each(|(known, word)| *known = word);
    }
    Ok(found.into_iter().collect())
}

/// The cells of each row in some columns, in words.
pub(super) fn words(
    table: &DataFrame,
    columns: &[&str],
    renamed: impl Fn(&str, Cell) -> Cell,
) -> Result<Vec<Vec<String>>, PolarsError> {
    let mut words = vec![Vec::with_capacity(columns.len()); table.height()];
    for name in columns {
        let cells = Cell::all(table.column(name)?)?;
        words.iter_mut().zip(cells).for_each(|(words, cell)| words.push(renamed(name, cell).to_string()));
    }
    Ok(words)
}

/// What each row is of: its cells in words, and how many rows before it say the same.
fn identities(
    table: &DataFrame,
    columns: &[&str],
    renamed: impl Fn(&str, Cell) -> Cell,
) -> Result<Vec<(Vec<String>, usize)>, PolarsError> {
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let numbered = words(table, columns, renamed)?.into_iter().map(|words| {
        let times = seen.entry(words.clone()).or_default();
        *times += 1;
        (words, *times)
    });
    Ok(numbered.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    /// Measurements of a dense network that all trials share, and of one of each value of `x`.
    fn measured(values: [&str; 2]) -> DataFrame {
        let [one, other] = values;
        df!(
            "trial" => [0_i64, 0, 1, 1],
            "stage" => ["dense", "sparse", "dense", "sparse"],
            "x" => [None, Some(one), None, Some(other)],
            "key" => ["d", one, "d", other],
        )
        .unwrap()
    }

    // Rows of a trial that only one side has are of nothing on the other, whatever its number.
    #[test]
    fn trials_are_the_same_where_their_values_are() {
        let (first, second) = (measured(["a", "b"]), measured(["c", "a"]));
        let pairs = Pairs::of(&first, &second, &["stage", "x"], &Pairing::default()).unwrap();
        let pairing = Pairing::default().learnt(&first, &second, &["x"], &pairs).unwrap();
        assert_eq!(pairing.renamed("trial", Cell::Whole(1)), Cell::Whole(0));
        assert_eq!(pairing.renamed("trial", Cell::Whole(0)), Cell::Null);
        let pairs = Pairs::of(&first, &second, &["trial", "stage"], &pairing).unwrap();
        assert_eq!((pairs.both, pairs.only_first, pairs.only_second), (vec![(0, 2), (1, 3)], 2, 2));
    }
}
