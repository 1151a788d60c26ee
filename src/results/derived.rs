//! Quantities that charts draw and no table holds: differences of two columns.

use super::Format;

/// What follows from two columns of `measurements`.
pub struct Derived {
    pub name: &'static str,
    /// What people read on the axis of a chart.
    pub title: &'static str,
    pub format: Format,
    /// What it is, for README.
    pub doc: &'static str,
    /// The column that another one is taken from, and that one.
    pub(super) difference: [&'static str; 2],
}

impl Derived {
    /// The quantity called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        DERIVED.iter().find(|derived| derived.name == name)
    }
}

/// All of them.
const DERIVED: [Derived; 1] = [Derived {
    name: "selection_bias",
    title: "selection bias (oracle − accuracy)",
    format: Format::Points,
    doc: "`accuracy_best_test` − `accuracy`: by how much choosing the network by the test split would have flattered it",
    difference: ["accuracy_best_test", "accuracy"],
}];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Column;
    use crate::spec::Chart;

    // The language is below the results and keeps its own list of names.
    #[test]
    fn charts_may_name_each_of_them() {
        assert_eq!(DERIVED.map(|derived| derived.name), Chart::DERIVED);
        let columns = DERIVED.iter().flat_map(|derived| derived.difference);
        assert!(columns.into_iter().all(|column| Column::named(column).is_some_and(Column::is_drawable)));
        assert!(DERIVED.iter().all(|derived| Column::named(derived.name).is_none()));
    }

    #[test]
    fn readme_describes_each_of_them() {
        let readme = include_str!("../../README.md");
        for Derived { name, doc, .. } in DERIVED {
            let line = format!("`{name}` is {doc}");
            assert!(readme.contains(&line), "README should say: {line}");
        }
    }
}
