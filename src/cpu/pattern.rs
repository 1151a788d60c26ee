//! Where the nonzero weights of a sparse matrix are.

use std::ops::Range;

/// The positions of the kept weights of a matrix [out, in], as compressed sparse rows (CSR) over blocks of
/// neighbouring columns: the inputs that a block reads fit into the first-level cache. The values of a sparse
/// weight are stored in this order, block by block and row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparsityPattern {
    outputs: usize,
    inputs: usize,
    blocks: Vec<ColumnBlock>,
}

/// The kept weights of [`ColumnBlock::INPUTS`] neighbouring inputs; the last block may have fewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnBlock {
    /// The number of kept weights before this block.
    start: usize,
    /// Row offsets: the inputs of row r are `inputs[offsets[r]..offsets[r + 1]]`.
    offsets: Vec<u32>,
    /// Column indices.
    inputs: Vec<u32>,
}

impl SparsityPattern {
    /// The pattern of `mask` [out, in], which is true where a weight is kept.
    pub fn new(mask: &[bool], inputs: usize) -> Self {
        let mut start = 0;
        let block = |first| {
            let block = ColumnBlock::new(start, mask, inputs, first..inputs.min(first + ColumnBlock::INPUTS));
            start += block.count();
            block
        };
        let blocks = (0..inputs).step_by(ColumnBlock::INPUTS).map(block).collect();
        Self { outputs: mask.len() / inputs, inputs, blocks }
    }

    /// Number of outputs and inputs.
    pub fn shape(&self) -> [usize; 2] {
        [self.outputs, self.inputs]
    }

    /// Number of kept weights.
    pub fn count(&self) -> usize {
        self.blocks.iter().map(ColumnBlock::count).sum()
    }

    pub fn blocks(&self) -> &[ColumnBlock] {
        &self.blocks
    }

    /// The index of each kept weight in the row-major matrix, in the order in which the values are stored.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().flat_map(move |block| {
            let of_row = move |row: usize| {
                block.row(row).1.iter().map(move |&input| row * self.inputs + input as usize)
            };
            (0..self.outputs).flat_map(of_row)
        })
    }

    /// The kept values of a dense `matrix`.
    pub fn gather(&self, matrix: &[f32]) -> Vec<f32> {
        self.positions().map(|position| matrix[position]).collect()
    }

    /// The dense matrix with these kept `values`, and zero elsewhere.
    pub fn scatter(&self, values: &[f32]) -> Vec<f32> {
        let mut matrix = vec![0.0; self.outputs * self.inputs];
        self.positions().zip(values).for_each(|(position, value)| matrix[position] = *value);
        matrix
    }
}

impl ColumnBlock {
    /// Four vectors of 16 images for each of these are 24 KiB, which fit the smallest first-level cache.
    const INPUTS: usize = 96;

    fn new(start: usize, mask: &[bool], width: usize, range: Range<usize>) -> Self {
        let mut offsets = vec![0];
        let mut inputs = Vec::new();
        let index = |index| u32::try_from(index).expect("a layer has fewer than 2³² weights");
        for row in mask.chunks_exact(width) {
            inputs.extend(range.clone().filter(|&input| row[input]).map(index));
            offsets.push(index(inputs.len()));
        }
        Self { start, offsets, inputs }
    }

    /// Number of kept weights.
    pub fn count(&self) -> usize {
        self.inputs.len()
    }

    /// The kept weights of output `row`: their range in the stored values, and their inputs.
    pub fn row(&self, row: usize) -> (Range<usize>, &[u32]) {
        let [begin, end] = [self.offsets[row], self.offsets[row + 1]].map(|offset| offset as usize);
        (self.start + begin..self.start + end, &self.inputs[begin..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_their_kept_inputs() {
        let mask = [true, false, true, false, false, false, false, true, false];
        let pattern = SparsityPattern::new(&mask, 3);
        assert_eq!((pattern.shape(), pattern.count()), ([3, 3], 3));
        let [block] = pattern.blocks() else { panic!("three inputs are one block") };
        assert_eq!(
            [block.row(0), block.row(1), block.row(2)],
            [(0..2, &[0, 2][..]), (2..2, &[]), (2..3, &[1])]
        );
    }

    #[test]
    fn many_inputs_are_in_blocks() {
        // Two rows of 200: inputs 3, 95, 96 and 199 of the first, 0 of the second.
        let mask: Vec<bool> = (0..400).map(|index| [3, 95, 96, 199, 200].contains(&index)).collect();
        let pattern = SparsityPattern::new(&mask, 200);
        let first: Vec<_> = pattern.blocks().iter().map(|block| block.row(0)).collect();
        assert_eq!(first, [(0..2, &[3, 95][..]), (3..4, &[96]), (4..5, &[199])]);
        assert_eq!(pattern.positions().collect::<Vec<_>>(), [3, 95, 200, 96, 199]);
    }

    #[test]
    fn gathering_undoes_scattering() {
        let pattern = SparsityPattern::new(&[true, false, false, true], 2);
        assert_eq!(pattern.gather(&[1.0, 2.0, 3.0, 4.0]), [1.0, 4.0]);
        assert_eq!(pattern.scatter(&[1.0, 4.0]), [1.0, 0.0, 0.0, 4.0]);
    }
}
