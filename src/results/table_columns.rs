//! What the columns of the other tables hold, where they are not those of `measurements`.

/// One column of a table beside `measurements`.
pub struct TableColumn {
    /// The table that has it.
    pub table: &'static str,
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
}

impl TableColumn {
    /// Those called `name`, of whichever table.
    pub fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        TABLE_COLUMNS.iter().filter(move |column| column.is_called(name))
    }

    /// A column of each loss term ends like `TERM_weighted`.
    fn is_called(&self, name: &str) -> bool {
        let ends = |end: &str| name.strip_suffix(end).is_some_and(|term| !term.is_empty());
        self.name == name || self.name.strip_prefix(Self::TERM).is_some_and(ends)
    }

    /// Stands for the name of a loss term.
    const TERM: &str = "TERM";

    const fn new(table: &'static str, name: &'static str, doc: &'static str) -> Self {
        Self { table, name, doc }
    }
}

const TABLE_COLUMNS: [TableColumn; 28] = [
    TableColumn::new("history", "step", "training steps before the evaluation"),
    TableColumn::new("history", "epoch", "the same in passes over the training images"),
    TableColumn::new("history", "learning_rate", "that of the last step"),
    TableColumn::new(
        "history",
        "temperature",
        "in the last step, of the first loss term that has one; null where none has",
    ),
    TableColumn::new(
        "history",
        "loss_train",
        "the weighted sum of the loss terms, mean over the images since the last evaluation; null before the first step",
    ),
    TableColumn::new("history", "TERM_weighted", "the same of this loss term alone, times its weight"),
    TableColumn::new("history", "TERM_temperature", "the temperature of this loss term in the last step"),
    TableColumn::new("history", "accuracy_validation", "share of validation images classified correctly"),
    TableColumn::new(
        "history",
        "nll_validation",
        "mean negative log-likelihood on the validation split, in nats",
    ),
    TableColumn::new("history", "accuracy_test", "share of test images classified correctly"),
    TableColumn::new("history", "nll_test", "mean negative log-likelihood on the test split, in nats"),
    TableColumn::new("layers", "layer", "the name of a prunable layer"),
    TableColumn::new("layers", "weights", "weights that are there; those that were removed are not"),
    TableColumn::new("layers", "nonzero", "those of them that are not zero"),
    TableColumn::new(
        "layers",
        "sparsity",
        "share of the weights that the layer had before any pruning that are zero or were removed",
    ),
    TableColumn::new("layers", "macs", "multiply-accumulates an image"),
    TableColumn::new("layers", "macs_nonzero", "those with weights that are left"),
    TableColumn::new("classes", "class", "its number, from 0"),
    TableColumn::new("classes", "images", "test images of the class"),
    TableColumn::new("classes", "correct", "those of them that were classified as it"),
    TableColumn::new("classes", "predicted", "all test images that were classified as it"),
    TableColumn::new(
        "classes",
        "accuracy",
        "`correct` ÷ `images`; null where there is no image of the class",
    ),
    TableColumn::new("scan", "layer", "the layer that alone was pruned"),
    TableColumn::new(
        "scan",
        "requested",
        "the sparsity of the layer that was asked for; 0 for the network as it is",
    ),
    TableColumn::new("scan", "sparsity", "the sparsity of the layer that was reached"),
    TableColumn::new("scan", "weights", "weights of the layer before it was pruned"),
    TableColumn::new("scan", "nonzero", "those of them that were kept"),
    TableColumn::new(
        "scan",
        "accuracy_validation",
        "share of validation images classified correctly; `loss_validation` is their mean negative log-likelihood, in nats",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;
    use crate::prune::ScanPoint;
    use crate::results::{Column, Tables};
    use crate::run::testing::summary;
    use crate::run::{Latencies, Summary, Tried};
    use polars::prelude::DataFrame;
    use std::collections::BTreeSet;

    fn tables() -> Tables {
        let plan = planned(
            r#"
            title = "A case"
            data.source.synthetic = { train = 100, test = 20 }
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            "#,
        );
        let mut summary: Summary = summary(0.5);
        let layer = "fc1".to_owned();
        summary.course.scan =
            vec![ScanPoint { layer, requested: 0.5, weights: 4, nonzero: 2, accuracy: 0.5, loss: 1.0 }];
        Tables::gather(&plan, &[Some(summary)], &Tried::default(), &Latencies::default())
    }

    #[test]
    fn every_column_of_every_table_is_explained() {
        let tables = tables();
        let others: [(&str, &DataFrame); 4] = [
            ("history", &tables.history),
            ("layers", &tables.layers),
            ("classes", tables.classes.as_ref().unwrap()),
            ("scan", tables.scan.as_ref().unwrap()),
        ];
        let mut found = BTreeSet::new();
        for (table, frame) in others {
            for name in frame.get_column_names() {
                let own = TableColumn::named(name).find(|column| column.table == table);
                assert!(own.is_some() || Column::named(name).is_some(), "{table}.{name}");
                found.extend(own.map(|own| (table, own.name)));
            }
        }
        for TableColumn { table, name, .. } in &TABLE_COLUMNS {
            assert!(
                found.contains(&(*table, *name)) || name.starts_with(TableColumn::TERM),
                "{table}.{name}"
            );
        }
    }

    #[test]
    fn a_term_has_columns_of_its_own() {
        let names = |word: &str| TableColumn::named(word).map(|column| column.name).collect::<Vec<_>>();
        assert_eq!(names("soft-labels_weighted"), ["TERM_weighted"]);
        assert_eq!(names("_weighted"), [""; 0]);
        assert_eq!(names("nonzero"), ["nonzero", "nonzero"]);
    }
}
