//! From what two tapped nodes give to what a term compares.

use super::pool::pool;
use super::{Adapter, TapPair, TapProblem, Whose};
use crate::kernel::Kernel;
use crate::model::NodeId;
use burn::tensor::{Int, Tensor};

/// What has to agree before a term compares what two nodes give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Nothing: each is a row of numbers an image.
    Nothing,
    /// Both are images, or both are features. Sizes and channels may differ, and nothing is pooled.
    Dimensions,
    /// Both are images of one height and width; the larger are pooled to the smaller. Channels may differ.
    Images,
    /// Both are images of one height and width, or both are features. Channels may differ.
    Size,
    /// The same, and the student's channels are led to the teacher's where their numbers differ.
    Shape(Adapter),
}

/// A node of the student and one of the teacher, and how they are made to match.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The name of the student's tap.
    pub name: String,
    pub nodes: [NodeId; 2],
    /// Channels of both.
    pub channels: [usize; 2],
    /// Height and width that images are pooled to.
    size: Option<[usize; 2]>,
    /// Where channels have to agree and do not.
    pub adapter: Option<Adapter>,
}

/// What a term compares.
#[derive(Clone, Debug)]
pub struct Pair<B: Kernel> {
    /// `[batch, height, width, channels]`; features are of one pixel.
    pub student: Tensor<B, 4>,
    pub teacher: Tensor<B, 4>,
    /// The arrays that the term trains for this pair: `[outputs, inputs]` or `[1, size]`.
    pub arrays: Vec<Tensor<B, 2>>,
    /// Those that it keeps for this pair, which no gradient changes.
    pub kept: Vec<Tensor<B, 2>>,
    /// Places among the training images of each image of the batch and of those that it is contrasted with: `[batch,
    /// 1 + K]`, where the training says so.
    pub contrasts: Option<Tensor<B, 2, Int>>,
}

/// What the sizes of a term's arrays for one of its pairs depend on.
#[derive(Clone, Copy, Debug)]
pub struct Sizes<'a> {
    /// Channels of student and teacher at each of the term's pairs, in order.
    pub channels: &'a [[usize; 2]],
    /// Which pair it is.
    pub pair: usize,
    /// Images that the training has.
    pub images: usize,
}

impl Sizes<'_> {
    /// Channels of student and teacher at this pair.
    pub fn own(&self) -> [usize; 2] {
        self.channels[self.pair]
    }

    /// Whether no other pair is deeper in the student.
    pub fn is_deepest(&self) -> bool {
        self.pair + 1 == self.channels.len()
    }
}

impl Connection {
    /// Of nodes whose outputs have these shapes for one image, those of student and teacher.
    pub fn new(pair: &TapPair, shapes: [&[usize]; 2], matching: Matching) -> Result<Self, TapProblem> {
        let [own, other] = shapes;
        let channels = [own[0], other[0]];
        let (name, nodes) = (pair.student.clone(), pair.nodes);
        let images = shapes.map(|shape| <[usize; 3]>::try_from(shape).ok());
        let unlike = || TapProblem::Unlike {
            student: pair.student.clone(),
            teacher: pair.teacher.clone(),
            found: shown(own),
            expected: shown(other),
        };
        let smaller = |one: [usize; 3], other: [usize; 3]| [one[1].min(other[1]), one[2].min(other[2])];
        let size = match (matching, images) {
            (Matching::Nothing, _)
            | (Matching::Dimensions, [Some(_), Some(_)])
            | (Matching::Dimensions | Matching::Size | Matching::Shape(_), [None, None]) => None,
            (Matching::Images | Matching::Size | Matching::Shape(_), [Some(one), Some(other)]) => {
                Some(smaller(one, other))
            }
            (Matching::Dimensions | Matching::Size | Matching::Shape(_), _) => return Err(unlike()),
            (Matching::Images, [None, _]) => {
                let (whose, name) = (Whose::Student, pair.student.clone());
                return Err(TapProblem::NoImages { whose, name, found: shown(own) });
            }
            (Matching::Images, [_, None]) => {
                let (whose, name) = (Whose::Teacher, pair.teacher.clone());
                return Err(TapProblem::NoImages { whose, name, found: shown(other) });
            }
        };
        let adapter = match matching {
            Matching::Shape(adapter) => (channels[0] != channels[1]).then_some(adapter),
            Matching::Nothing | Matching::Dimensions | Matching::Images | Matching::Size => None,
        };
        Ok(Self { name, nodes, channels, size, adapter })
    }

    /// Images of either node at the size that they are compared at.
    pub fn pooled<B: Kernel>(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        match self.size {
            Some(size) => pool(images, size),
            None => images,
        }
    }

    /// What a term compares, of the outputs `[batch, height, width, channels]` of both nodes and the arrays of the
    /// adapter and of the term.
    pub fn pair<B: Kernel>(
        &self,
        student: Tensor<B, 4>,
        teacher: Tensor<B, 4>,
        mut arrays: Vec<Tensor<B, 2>>,
        kept: Vec<Tensor<B, 2>>,
    ) -> Pair<B> {
        let (mut student, teacher) = (self.pooled(student), self.pooled(teacher));
        if let Some(adapter) = self.adapter {
            let [inputs, outputs] = self.channels;
            let count = adapter.arrays(inputs, outputs).len();
            let [batch, height, width, _] = student.dims();
            let own = arrays.split_off(count);
            let pixels = student.reshape([batch * height * width, inputs]);
            student = adapter.apply(pixels, &arrays).reshape([batch, height, width, outputs]);
            arrays = own;
        }
        Pair { student, teacher, arrays, kept, contrasts: None }
    }
}

impl<B: Kernel> Pair<B> {
    /// Student and teacher as one row an image: `[batch, height · width · channels]`.
    pub fn rows(&self) -> [Tensor<B, 2>; 2] {
        [&self.student, &self.teacher].map(|images| {
            let [batch, height, width, channels] = images.dims();
            images.clone().reshape([batch, height * width * channels])
        })
    }

    /// Student and teacher as one row a pixel: `[batch, height · width, channels]`.
    pub fn maps(&self) -> [Tensor<B, 3>; 2] {
        [&self.student, &self.teacher].map(|images| maps(images.clone()))
    }
}

/// One row a pixel: `[batch, height · width, channels]`.
pub fn maps<B: Kernel>(images: Tensor<B, 4>) -> Tensor<B, 3> {
    let [batch, height, width, channels] = images.dims();
    images.reshape([batch, height * width, channels])
}

/// The shape of what a node gives for one image.
fn shown(shape: &[usize]) -> String {
    match shape {
        [channels, height, width] => format!("{channels} channels of {height}×{width} pixels"),
        shape => format!("{} features", shape.iter().product::<usize>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::taps::Taps;
    use crate::model::Model;
    use crate::model::architecture::Resnet;

    fn connection(student: &str, teacher: &str, matching: Matching) -> Result<Connection, TapProblem> {
        let small = Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        let large = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([1, 28, 28], 10).unwrap();
        let taps = Taps([(student.to_owned(), teacher.to_owned())].into());
        let pair = taps.pairs(&small, &large).unwrap().remove(0);
        let shapes = [&*small.nodes()[pair.nodes[0]].shape, &*large.nodes()[pair.nodes[1]].shape];
        Connection::new(&pair, shapes, matching)
    }

    #[test]
    fn images_are_pooled_to_the_smaller_and_channels_adapted() {
        // LeNet-5's first maps are 6 of 24 × 24 or, with padding, 28 × 28; layer3 gives 64 of 7 × 7.
        let found = connection("conv1", "layer3", Matching::Shape(Adapter::Linear)).unwrap();
        assert_eq!(
            (found.channels, found.size, found.adapter),
            ([6, 64], Some([7, 7]), Some(Adapter::Linear))
        );
        let found = connection("conv1", "layer3", Matching::Images).unwrap();
        assert_eq!((found.size, found.adapter), (Some([7, 7]), None));
        let found = connection("conv1", "layer3", Matching::Nothing).unwrap();
        assert_eq!((found.size, found.adapter), (None, None));
        let found = connection("fc3", "fc", Matching::Shape(Adapter::BatchNorm)).unwrap();
        assert_eq!((found.channels, found.size, found.adapter), ([10, 10], None, None));
    }

    #[test]
    fn images_and_features_do_not_match() {
        let problem =
            |student, teacher, matching| connection(student, teacher, matching).unwrap_err().to_string();
        let unlike =
            "the student's `fc1` gives 120 features, and the teacher's `layer3` 64 channels of 7×7 pixels";
        assert_eq!(problem("fc1", "layer3", Matching::Size), unlike);
        let images = "the teacher's `fc` gives 10 features, and it compares images";
        assert_eq!(problem("conv1", "fc", Matching::Images), images);
    }
}
