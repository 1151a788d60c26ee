//! Which images a batch has.

use super::augment::Placement;

/// Which images a batch has, and how each is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub part: Part,
    pub(super) placed: Vec<(u32, Placement)>,
}

/// A part of a data set, as its files have it: the images that validate are training images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Train,
    Test,
}

impl Selection {
    /// Four numbers for each image: which one it is, how far down and to the right what it shows lies, and 1 where it is
    /// mirrored after that.
    pub fn places(&self) -> Vec<i32> {
        let small = |offset: isize| i32::try_from(offset).expect("crops are at most 32 pixels");
        let place = |&(index, Placement { down, right, mirrored }): &(u32, Placement)| {
            let index = i32::try_from(index).expect("data sets have fewer than 2³¹ images");
            [index, small(down), small(right), i32::from(mirrored)]
        };
        self.placed.iter().flat_map(place).collect()
    }
}
