//! Blocks of neighbouring weights.

use crate::model::{Graph, LayerCost};
use crate::prune::units::{KeptWeights, Units};
use crate::prune::{Mask, Reduction};
use std::borrow::Cow;
use std::num::NonZeroUsize;

/// How blocks cover a weight [outputs, inputs, kernel height, kernel width].
#[derive(Clone, Copy, Debug)]
struct Grid {
    /// Outputs and inputs of a block.
    block: [usize; 2],
    outputs: usize,
    inputs: usize,
    /// Positions of the kernel; one in a linear layer.
    positions: usize,
}

impl Grid {
    fn new(block: [NonZeroUsize; 2], graph: &Graph, layer: &LayerCost) -> Self {
        let weight = graph.weight_of(&layer.name).expect("the layer is prunable");
        Self::over(block, &graph.slots()[weight].shape)
    }

    fn over(block: [NonZeroUsize; 2], shape: &[usize]) -> Self {
        let block = block.map(NonZeroUsize::get);
        Self { block, outputs: shape[0], inputs: shape[1], positions: shape[2..].iter().product() }
    }

    /// Blocks from left to right.
    fn columns(&self) -> usize {
        self.inputs.div_ceil(self.block[1])
    }

    fn blocks(&self) -> usize {
        self.outputs.div_ceil(self.block[0]) * self.columns() * self.positions
    }

    /// The block of each weight, in the order of the weights. Blocks are in the order of their first weights.
    fn block_of_each_weight(self) -> impl Iterator<Item = usize> {
        (0..self.outputs).flat_map(move |output| {
            (0..self.inputs).flat_map(move |input| {
                let block = output / self.block[0] * self.columns() + input / self.block[1];
                (0..self.positions).map(move |position| block * self.positions + position)
            })
        })
    }
}

pub(super) fn units<'a>(
    block: [NonZeroUsize; 2],
    reduction: Reduction,
    graph: &Graph,
    layer: &'a LayerCost,
    scores: &[f32],
    mask: &Mask,
) -> Units<'a> {
    let grid = Grid::new(block, graph, layer);
    let weights = grid.block_of_each_weight().zip(scores).zip(mask.iter());
    let kept = weights.filter(|(_, is_kept)| *is_kept).map(|((block, score), _)| (block, *score));
    let (scores, kept) = reduction.scores(grid.blocks(), kept);
    Units { layer, scores: Cow::Owned(scores), kept: KeptWeights::Counts(kept) }
}

/// The block of each weight of a layer. Blocks are numbered in the order of their first weights.
pub(super) fn unit_of_each_weight(block: [NonZeroUsize; 2], shape: &[usize]) -> impl Iterator<Item = usize> {
    Grid::over(block, shape).block_of_each_weight()
}

/// Rows of blocks in a layer of so many outputs.
pub(super) fn rows(block: [NonZeroUsize; 2], outputs: usize) -> usize {
    outputs.div_ceil(block[0].get())
}

/// `mask` without the blocks that are not `staying`.
pub(super) fn mask(
    block: [NonZeroUsize; 2],
    graph: &Graph,
    layer: &LayerCost,
    staying: &Mask,
    mask: &Mask,
) -> Mask {
    let grid = Grid::new(block, graph, layer);
    let blocks = grid.block_of_each_weight().zip(mask.iter());
    blocks.map(|(block, is_kept)| is_kept && staying.is_kept(block)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::model::architecture::Mlp;
    use crate::model::{Cost, Model, Weights};
    use crate::prune::pipeline::prune_in_passes;
    use crate::prune::testing::pruning;
    use crate::prune::{Amount, Granularity, Masks, Pruning, Request, Scores};

    fn blocks(block: [usize; 2], shape: &[usize]) -> (usize, Vec<usize>) {
        let grid = Grid::over(block.map(|side| NonZeroUsize::new(side).unwrap()), shape);
        (grid.blocks(), grid.block_of_each_weight().collect())
    }

    #[test]
    fn a_matrix_is_covered_row_by_row_with_smaller_blocks_at_the_edges() {
        #[rustfmt::skip]
        let expected = vec![
            0, 0, 1,
            0, 0, 1,
            2, 2, 3,
        ];
        assert_eq!(blocks([2, 2], &[3, 3]), (4, expected));
    }

    #[test]
    fn a_block_of_a_convolution_is_of_one_position_of_the_kernel() {
        // Two outputs, two inputs, a kernel of 1×2: each position has one block of 2×2.
        assert_eq!(blocks([2, 2], &[2, 2, 1, 2]), (2, vec![0, 1, 0, 1, 0, 1, 0, 1]));
        assert_eq!(blocks([1, 2], &[2, 2, 1, 2]), (4, vec![0, 1, 0, 1, 2, 3, 2, 3]));
    }

    /// A linear layer of two outputs and four inputs with these scores, pruned in blocks.
    fn kept(request: Request, masks: Masks, scores: [f32; 8]) -> Vec<bool> {
        let graph = Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 4], 2).unwrap();
        let scores = Scores([("fc1".to_owned(), scores.to_vec())].into_iter().collect());
        let two = NonZeroUsize::new(2).unwrap();
        let granularity = Granularity::Block([two, two]);
        let pruning = Pruning { granularity, ..pruning(&scores, &request) };
        let mut weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let assess = |_: &Weights, _: &Masks| Ok(scores.clone().into());
        let masks =
            prune_in_passes(&pruning, 1, (&graph, &Cost::of(&graph)), &mut weights, masks, assess).unwrap();
        assert!(masks.is_respected_by(&weights));
        masks.0["fc1"].iter().collect()
    }

    #[rustfmt::skip]
    const SCORES: [f32; 8] = [
        3.0, 3.0,  8.0, 0.0,
        3.0, 3.0,  0.0, 1.0,
    ];

    #[rustfmt::skip]
    const LEFT: [bool; 8] = [
        true, true,  false, false,
        true, true,  false, false,
    ];

    #[test]
    fn whole_blocks_are_removed_by_their_mean_scores() {
        // The means are 3 and 2¼.
        let half = Request::Overall(Amount::To(0.5));
        assert_eq!(kept(half, Masks::default(), SCORES), LEFT);
        // A quarter of the weights is less than a block: at least a quarter is removed.
        let quarter = Request::Overall(Amount::To(0.25));
        assert_eq!(kept(quarter, Masks::default(), SCORES), LEFT);
    }

    #[test]
    fn weights_that_are_masked_already_do_not_count() {
        // With a 20 in place of its 8 the mean of the right block is 5¼, and without it ⅓.
        let scores = SCORES.map(|score| if score == 8.0 { 20.0 } else { score });
        let half = || Request::Overall(Amount::To(0.5));
        assert_eq!(kept(half(), Masks::default(), scores), LEFT.map(|kept| !kept));
        let mask = [true, true, false, true, true, true, true, true].into_iter().collect();
        let masks = Masks([("fc1".to_owned(), mask)].into());
        assert_eq!(kept(half(), masks, scores), LEFT);
    }
}
