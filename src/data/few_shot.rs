//! A few training images of each class.

use super::Splits;
use crate::draw::{Draw, Generator, Purpose};

/// A class of which there are too few images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`samples-per-class` asks for {asked} images of class {class}, and {found} of them train")]
pub struct TooFewImages {
    pub class: u16,
    pub found: usize,
    pub asked: usize,
}

impl Splits {
    /// The same with `count` training images of each class, drawn by (`seed`, few-shot, class): a larger count has
    /// those of a smaller one, and more. Validation, test and normalization stay as they are.
    ///
    /// # Errors
    /// With the first class of which fewer images train.
    pub fn few_shot(&self, count: usize, seed: u64) -> Result<Self, TooFewImages> {
        let mut train = Vec::new();
        let classes = u16::try_from(self.dataset.shape.classes).expect("labels have 16 bits");
        for class in 0..classes {
            let is_of_class = |index: &&u32| self.dataset.train.labels[**index as usize] == class;
            let mut images: Vec<u32> = self.train.iter().filter(is_of_class).copied().collect();
            let found = images.len();
            if found < count {
                return Err(TooFewImages { class, found, asked: count });
            }
            Draw::new(seed, "data").generator(Purpose::FewShot, class.into()).shuffle(&mut images);
            train.extend(&images[..count]);
        }
        train.sort_unstable();
        Ok(Self { train, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, Synthetic};
    use std::sync::Arc;

    fn splits(seed: u64) -> Splits {
        let synthetic = Synthetic { image: [1, 1, 2], classes: 4, train: 200, test: 10 };
        Splits::new(Arc::new(Source::Synthetic(synthetic).load().unwrap()), 0.2, seed)
    }

    #[test]
    fn every_class_has_as_many_images_of_the_training_split() {
        let all = splits(0);
        let few = all.few_shot(5, 0).unwrap();
        let labels = few.train.iter().map(|&index| few.dataset.train.labels[index as usize]);
        let counts = labels.fold([0; 4], |mut counts, label| {
            counts[usize::from(label)] += 1;
            counts
        });
        assert_eq!(counts, [5; 4]);
        assert!(few.train.is_sorted() && few.train.iter().all(|index| all.train.contains(index)));
        assert_eq!((few.validation, few.mean, few.deviation), (all.validation, all.mean, all.deviation));
    }

    #[test]
    fn the_seed_says_which_and_more_have_those_of_fewer() {
        let of = |count, seed| splits(0).few_shot(count, seed).unwrap().train;
        assert_ne!(of(5, 0), of(5, 1));
        let more = of(8, 0);
        assert!(of(5, 0).iter().all(|index| more.contains(index)));
    }

    #[test]
    fn a_class_with_too_few_images_is_named() {
        let error = splits(0).few_shot(100, 0).unwrap_err();
        assert_eq!((error.class, error.asked), (0, 100));
        assert!(error.found < 100);
    }
}
