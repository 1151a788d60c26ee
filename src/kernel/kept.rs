//! Which weights of a layer are kept, as a sparse kernel wants it.

use std::ops::Range;

/// Positions of the kept weights of a matrix [out, in]: in blocks of neighbouring inputs, row by row within
/// each, so that what a block reads of its inputs stays in the first cache. Arrays of kept weights alone
/// are in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    outputs: usize,
    inputs: usize,
    blocks: Vec<Block>,
}

/// The kept weights of [`Block::INPUTS`] inputs, or of those that are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The number of kept weights before this block.
    start: usize,
    /// Where each row's inputs begin and end.
    rows: Vec<u32>,
    inputs: Vec<u32>,
}

impl Kept {
    /// Of `mask`, [out, in].
    pub fn new(mask: &[bool], inputs: usize) -> Self {
        let mut start = 0;
        let block = |first| {
            let block = Block::new(start, mask, inputs, first..inputs.min(first + Block::INPUTS));
            start += block.count();
            block
        };
        let blocks = (0..inputs).step_by(Block::INPUTS).map(block).collect();
        Self { outputs: mask.len() / inputs, inputs, blocks }
    }

    /// Number of outputs and inputs.
    pub fn shape(&self) -> [usize; 2] {
        [self.outputs, self.inputs]
    }

    /// How many weights are kept.
    pub fn count(&self) -> usize {
        self.blocks.iter().map(Block::count).sum()
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Where in the matrix each kept weight is.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().flat_map(move |block| {
            let place = move |row: usize| {
                block.row(row).1.iter().map(move |&input| row * self.inputs + input as usize)
            };
            (0..self.outputs).flat_map(place)
        })
    }

    /// The kept weights of `matrix`, alone.
    pub fn gather(&self, matrix: &[f32]) -> Vec<f32> {
        self.places().map(|place| matrix[place]).collect()
    }

    /// The matrix of which `kept` are the kept weights, and the others zero.
    pub fn scatter(&self, kept: &[f32]) -> Vec<f32> {
        let mut matrix = vec![0.0; self.outputs * self.inputs];
        self.places().zip(kept).for_each(|(place, value)| matrix[place] = *value);
        matrix
    }
}

impl Block {
    /// Four vectors of 16 images for each of these are 24 KiB: they fit the smallest first cache.
    const INPUTS: usize = 96;

    fn new(start: usize, mask: &[bool], width: usize, range: Range<usize>) -> Self {
        let mut rows = vec![0];
        let mut inputs = Vec::new();
        let index = |index| u32::try_from(index).expect("a layer has fewer than 2³² weights");
        for row in mask.chunks_exact(width) {
            inputs.extend(range.clone().filter(|&input| row[input]).map(index));
            rows.push(index(inputs.len()));
        }
        Self { start, rows, inputs }
    }

    /// How many weights are kept.
    pub fn count(&self) -> usize {
        self.inputs.len()
    }

    /// Where the kept weights of output `row` are among all kept ones, and their inputs.
    pub fn row(&self, row: usize) -> (Range<usize>, &[u32]) {
        let [begin, end] = [self.rows[row], self.rows[row + 1]].map(|place| place as usize);
        (self.start + begin..self.start + end, &self.inputs[begin..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_their_kept_inputs() {
        let kept = Kept::new(&[true, false, true, false, false, false, false, true, false], 3);
        assert_eq!((kept.shape(), kept.count()), ([3, 3], 3));
        let [block] = kept.blocks() else { panic!("three inputs are one block") };
        assert_eq!(
            [block.row(0), block.row(1), block.row(2)],
            [(0..2, &[0, 2][..]), (2..2, &[]), (2..3, &[1])]
        );
    }

    #[test]
    fn many_inputs_are_in_blocks() {
        // Two rows of 200: inputs 3, 95, 96 and 199 of the first, 0 of the second.
        let mask: Vec<bool> = (0..400).map(|place| [3, 95, 96, 199, 200].contains(&place)).collect();
        let kept = Kept::new(&mask, 200);
        let first: Vec<_> = kept.blocks().iter().map(|block| block.row(0)).collect();
        assert_eq!(first, [(0..2, &[3, 95][..]), (3..4, &[96]), (4..5, &[199])]);
        assert_eq!(kept.places().collect::<Vec<_>>(), [3, 95, 200, 96, 199]);
    }

    #[test]
    fn what_is_scattered_is_gathered_again() {
        let kept = Kept::new(&[true, false, false, true], 2);
        assert_eq!(kept.gather(&[1.0, 2.0, 3.0, 4.0]), [1.0, 4.0]);
        assert_eq!(kept.scatter(&[1.0, 4.0]), [1.0, 0.0, 0.0, 4.0]);
    }
}
