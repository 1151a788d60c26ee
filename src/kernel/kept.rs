//! Which weights of a linear layer are kept, as a sparse kernel wants it.

/// Positions of the kept weights of a matrix [out, in], row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    inputs: usize,
    /// Where each row's columns begin and end.
    rows: Vec<u32>,
    columns: Vec<u32>,
}

impl Kept {
    /// The share of kept weights up to which a linear layer is faster without the others: measured, see
    /// `docs/performance.md`.
    pub const WORTHWHILE: f64 = 1.0 / 3.0;

    /// Of `mask`, [out, in].
    pub fn new(mask: &[bool], inputs: usize) -> Self {
        let mut rows = vec![0];
        let mut columns = Vec::new();
        for row in mask.chunks_exact(inputs) {
            let kept = (0..).zip(row).filter(|(_, kept)| **kept);
            columns.extend(kept.map(|(column, _): (u32, _)| column));
            rows.push(u32::try_from(columns.len()).expect("a layer has fewer than 2³² weights"));
        }
        Self { inputs, rows, columns }
    }

    /// Number of outputs and inputs.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows.len() - 1, self.inputs]
    }

    /// Share of the weights that are kept.
    pub fn share(&self) -> f64 {
        let [outputs, inputs] = self.shape();
        self.columns.len() as f64 / (outputs * inputs) as f64
    }

    /// The inputs that output `row` keeps a weight of.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.columns[self.rows[row] as usize..self.rows[row + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_their_kept_inputs() {
        let kept = Kept::new(&[true, false, true, false, false, false, false, true, false], 3);
        assert_eq!(kept.shape(), [3, 3]);
        assert_eq!([kept.row(0), kept.row(1), kept.row(2)], [&[0, 2][..], &[], &[1]]);
        assert_eq!(kept.share(), 3.0 / 9.0);
    }
}
