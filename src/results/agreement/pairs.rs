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
    /// The same, with the names that the paired measurements have.
    pub fn learnt(
        mut self,
        first: &DataFrame,
        second: &DataFrame,
        pairs: &Pairs,
    ) -> Result<Self, PolarsError> {
        for (name, names) in [("trial", &mut self.trials), ("key", &mut self.keys)] {
            let (first, second) = (Cell::all(first.column(name)?)?, Cell::all(second.column(name)?)?);
            for &(one, other) in &pairs.both {
                names.entry(second[other].clone()).or_insert_with(|| first[one].clone());
                self.other_keys += usize::from(name == "key" && first[one] != second[other]);
            }
        }
        Ok(self)
    }

    /// What a cell of column `name` of the second results is called in the first.
    fn renamed(&self, name: &str, cell: Cell) -> Cell {
        let names = match name {
            "trial" => &self.trials,
            "key" => &self.keys,
            _ => return cell,
        };
        names.get(&cell).cloned().unwrap_or(cell)
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
