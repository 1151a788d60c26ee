//! Made-up images for tests.

use super::{Dataset, Examples, Shape};
use crate::draw::{Draw, Generator, Purpose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each image is a random prototype of its class plus noise. The task can be learned, but not perfectly;
/// the images are small, and the same on every machine.
///
/// A prototype is a grid of 4 × 4 grey cells in each channel. An image is its class's prototype with
/// noise on every cell, about as large as the prototypes differ, and a little on every pixel; so more
/// pixels do not make the task easier, but more channels do. Image i has the label i mod `classes`. All
/// numbers are whole and drawn from fixed names: no setting but these changes them, the trial's seed
/// neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Synthetic {
    /// Channels, height and width of an image.
    #[serde(default = "default_image")]
    #[schemars(inner(range(min = 1, max = 1024)))]
    pub image: [usize; 3],
    /// Number of classes.
    #[serde(default = "default_classes")]
    #[schemars(range(min = 2, max = 1000))]
    pub classes: usize,
    /// Number of training images.
    #[serde(default = "default_train")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub train: usize,
    /// Number of test images.
    #[serde(default = "default_test")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub test: usize,
}

fn default_image() -> [usize; 3] {
    [1, 8, 8]
}
fn default_classes() -> usize {
    10
}
fn default_train() -> usize {
    512
}
fn default_test() -> usize {
    256
}

impl Default for Synthetic {
    fn default() -> Self {
        Self {
            image: default_image(),
            classes: default_classes(),
            train: default_train(),
            test: default_test(),
        }
    }
}

/// Cells along each side of a prototype.
const GRID: usize = 4;
/// Prototypes are grey from `DARKEST` to `DARKEST + CONTRAST - 1`.
const DARKEST: i32 = 64;
const CONTRAST: u32 = 128;
/// A cell's noise is the difference of two draws below this: a triangle of deviation `0.41 · CELL_NOISE`.
const CELL_NOISE: u32 = 96;
/// A pixel's noise is a power of two of levels around zero, so that one random byte gives it.
const PIXEL_NOISE: u8 = 32;

impl Synthetic {
    pub(super) fn shape(&self) -> Shape {
        Shape { image: self.image, classes: self.classes, train: self.train, test: self.test }
    }

    pub(super) fn load(&self) -> Dataset {
        let draw = Draw::new(0, "synthetic");
        let mut generator = draw.generator(Purpose::SyntheticData, 0);
        let prototypes: Vec<Vec<i32>> =
            (0..self.classes).map(|_| self.cells(|| DARKEST + generator.below(CONTRAST) as i32)).collect();
        let examples = |count, step| {
            self.examples(count, &prototypes, &mut draw.generator(Purpose::SyntheticData, step))
        };
        Dataset::new(self.shape(), examples(self.train, 1), examples(self.test, 2))
    }

    /// One value for each cell of each channel.
    fn cells(&self, value: impl FnMut() -> i32) -> Vec<i32> {
        std::iter::repeat_with(value).take(self.image[0] * GRID * GRID).collect()
    }

    fn examples(&self, count: usize, prototypes: &[Vec<i32>], generator: &mut impl Generator) -> Examples {
        let values = self.shape().values();
        let mut images = vec![0; count * values];
        let mut labels = Vec::with_capacity(count);
        for (index, image) in images.chunks_exact_mut(values).enumerate() {
            let class = index % self.classes;
            let mut noise = || generator.below(CELL_NOISE) as i32;
            let noise = self.cells(|| noise() - noise());
            generator.fill(image);
            self.paint(image, &prototypes[class], &noise);
            labels.push(u16::try_from(class).expect("at most 1,000 classes"));
        }
        Examples { images, labels }
    }

    /// Turns an image of random bytes into cell + noise + a little of that randomness.
    fn paint(&self, image: &mut [u8], prototype: &[i32], noise: &[i32]) {
        let [_, height, width] = self.image;
        for (row, pixels) in image.chunks_exact_mut(width).enumerate() {
            let (channel, y) = (row / height, row % height);
            for (x, pixel) in pixels.iter_mut().enumerate() {
                let cell = (channel * GRID + y * GRID / height) * GRID + x * GRID / width;
                let grain = i32::from(*pixel % PIXEL_NOISE) - i32::from(PIXEL_NOISE / 2);
                *pixel = (prototype[cell] + noise[cell] + grain).clamp(0, 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test accuracy of choosing the class whose mean training image is nearest.
    fn nearest_mean_accuracy(synthetic: &Synthetic) -> f64 {
        let Dataset { shape, train, test, .. } = synthetic.load();
        let mut means = vec![vec![0.0_f64; shape.values()]; shape.classes];
        let counts = train.class_counts(shape.classes);
        for (image, &label) in train.images.chunks_exact(shape.values()).zip(&train.labels) {
            let class = usize::from(label);
            for (mean, &value) in means[class].iter_mut().zip(image) {
                *mean += f64::from(value) / counts[class] as f64;
            }
        }
        let distance = |image: &[u8], mean: &[f64]| -> f64 {
            image.iter().zip(mean).map(|(&value, mean)| (f64::from(value) - mean).powi(2)).sum()
        };
        let right = test.images.chunks_exact(shape.values()).zip(&test.labels).filter(|(image, label)| {
            let nearest = (0..shape.classes)
                .min_by(|&a, &b| distance(image, &means[a]).total_cmp(&distance(image, &means[b])));
            nearest == Some(usize::from(**label))
        });
        right.count() as f64 / shape.test as f64
    }

    #[test]
    fn the_task_is_learnable_but_not_trivial() {
        let small = nearest_mean_accuracy(&Synthetic::default());
        assert!((0.8..0.99).contains(&small), "{small}");
        let large = nearest_mean_accuracy(&Synthetic { image: [1, 28, 28], ..Synthetic::default() });
        assert!((0.8..0.99).contains(&large), "{large}");
    }

    #[test]
    fn classes_are_balanced() {
        let dataset = Synthetic { classes: 3, train: 7, ..Synthetic::default() }.load();
        assert_eq!(dataset.train.class_counts(3), [3, 2, 2]);
    }

    #[test]
    fn the_same_settings_give_the_same_images() {
        let fingerprint = |synthetic: Synthetic| synthetic.load().fingerprint;
        assert_eq!(fingerprint(Synthetic::default()), fingerprint(Synthetic::default()));
        assert_ne!(
            fingerprint(Synthetic::default()),
            fingerprint(Synthetic { test: 255, ..Synthetic::default() })
        );
    }

    #[test]
    fn fewer_images_are_the_first_of_more() {
        let few = Synthetic { train: 20, ..Synthetic::default() }.load().train;
        let many = Synthetic::default().load().train;
        assert!(many.images.starts_with(&few.images) && many.images != few.images);
    }

    #[test]
    fn images_smaller_than_the_grid_are_possible() {
        let dataset = Synthetic { image: [3, 1, 2], train: 4, test: 1, classes: 2 }.load();
        assert_eq!(dataset.train.images.len(), 24);
    }
}
