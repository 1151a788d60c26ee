//! The images that those of a batch are contrasted with.

use super::loss::LossMix;
use crate::draw::{Draw, Generator, Purpose};

impl LossMix {
    /// Numbers that a step holds at once for each image of its batch where a term compares it with all that it remembers,
    /// of so many training images; 0 where none does.
    pub fn scores(&self, images: u64) -> u64 {
        self.contrastive.as_ref().map_or(0, |_| images)
    }
}

/// Draws, for a loss that contrasts, other images of other classes for each image of a batch.
#[derive(Debug)]
pub struct Contrasts<'a> {
    /// Indices of the training images, ascending; the place of an image is where its index is among them.
    train: &'a [u32],
    /// The label of each image of the data set.
    labels: &'a [u16],
    /// Places of all training images, by class.
    by_class: Vec<u32>,
    /// Where those of each class begin in it, and behind them where it ends.
    begins: Vec<usize>,
    count: usize,
}

/// Places of images: of each of a batch its own, and then those of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    pub images: usize,
    /// One row an image.
    pub places: Vec<i32>,
}

impl<'a> Contrasts<'a> {
    /// Among the images `train`, indices into `labels`; `None` for a loss that does not contrast.
    pub fn new(loss: &LossMix, train: &'a [u32], labels: &'a [u16]) -> Option<Self> {
        let negatives = loss.contrastive.as_ref()?.negatives;
        let label = |place: &u32| labels[train[*place as usize] as usize];
        let images = u32::try_from(train.len()).expect("data sets have fewer than 2³² images");
        let mut by_class: Vec<u32> = (0..images).collect();
        by_class.sort_by_key(label);
        let classes = by_class.iter().map(label).max().map_or(0, |last| usize::from(last) + 1);
        let begin = |class: usize| by_class.partition_point(|place| usize::from(label(place)) < class);
        let begins: Vec<usize> = (0..=classes).map(begin).collect();
        let largest = begins.windows(2).map(|class| class[1] - class[0]).max().unwrap_or(0);
        let count = negatives.min(train.len() - largest);
        Some(Self { train, labels, by_class, begins, count })
    }

    /// For the training images `indices` of a batch, by the name `draw` in step `step`.
    pub fn draw(&self, indices: &[u32], draw: &Draw, step: u64) -> Places {
        let mut generator = draw.generator(Purpose::Contrasts, step);
        let mut places = Vec::with_capacity(indices.len() * (1 + self.count));
        let mut others = Vec::new();
        for index in indices {
            let own = self.train.binary_search(index).expect("a batch is of training images");
            let class = usize::from(self.labels[*index as usize]);
            others.clear();
            others.extend_from_slice(&self.by_class[..self.begins[class]]);
            others.extend_from_slice(&self.by_class[self.begins[class + 1]..]);
            places.push(own as i32);
            // The first steps of a shuffle.
            for chosen in 0..self.count {
                let left = u32::try_from(others.len() - chosen).expect("fewer than 2³² images");
                others.swap(chosen, chosen + generator.below(left) as usize);
                places.push(others[chosen] as i32);
            }
        }
        Places { images: indices.len(), places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contrasts<'a>(negatives: usize, train: &'a [u32], labels: &'a [u16]) -> Contrasts<'a> {
        let contrastive = json!({ "negatives": negatives, "taps": { "flatten": "flatten" } });
        let loss = serde_json::from_value(json!({ "contrastive": contrastive })).unwrap();
        Contrasts::new(&loss, train, labels).unwrap()
    }

    /// Of seven images the second validates.
    const LABELS: [u16; 7] = [2, 0, 1, 0, 1, 2, 2];
    const TRAIN: [u32; 6] = [0, 2, 3, 4, 5, 6];

    #[test]
    fn other_images_are_of_other_classes_and_each_there_once() {
        let contrasts = contrasts(2, &TRAIN, &LABELS);
        let draw = Draw::new(0, "student");
        for step in 0..20 {
            let Places { images, places } = contrasts.draw(&[6, 2, 3], &draw, step);
            assert_eq!((images, places.len()), (3, 9));
            let label = |place: i32| LABELS[TRAIN[place as usize] as usize];
            for (row, own) in places.chunks(3).zip([5, 1, 2]) {
                assert_eq!(row[0], own);
                assert!(
                    row[1] != row[2] && row[1..].iter().all(|&other| label(other) != label(own)),
                    "{row:?}"
                );
            }
        }
    }

    #[test]
    fn there_are_no_more_than_there_are_without_the_largest_class() {
        let contrasts = contrasts(16_384, &TRAIN, &LABELS);
        let draw = Draw::new(0, "student");
        // Three of the six have label 2: each other image is there.
        let Places { places, .. } = contrasts.draw(&[0], &draw, 0);
        let mut others = places[1..].to_vec();
        others.sort_unstable();
        assert_eq!((places[0], others), (0, vec![1, 2, 3]));
    }

    #[test]
    fn they_are_drawn_by_name() {
        let contrasts = contrasts(2, &TRAIN, &LABELS);
        let of = |seed, step| contrasts.draw(&[0, 2, 3, 4, 5, 6], &Draw::new(seed, "student"), step);
        assert_eq!(of(0, 3), of(0, 3));
        assert!(of(0, 3) != of(0, 4) && of(0, 3) != of(1, 3));
    }
}
