//! The CPU's kernels by themselves, on all cores. Items are floating-point operations (convolutions) or values
//! (norms), so a throughput of Gitem/s reads as GFLOP/s or as billions of values a second.
//!
//! `cargo bench --bench kernel`; `docs/performance.md` has the results.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use niwaki::cpu::convolution::{self, Sizes};
use niwaki::cpu::norm::{self, BatchNorm, Epilogue, Statistics};
use niwaki::cpu::{Activation, Isa, SparsityPattern, Start, linear, sparse};

fn main() {
    divan::main();
}

/// Batch, side, input channels, output channels, kernel, stride.
const CONVOLUTIONS: [[usize; 6]; 9] = [
    [128, 32, 16, 16, 3, 1],
    [128, 16, 32, 32, 3, 1],
    [128, 8, 64, 64, 3, 1],
    [32, 32, 64, 64, 3, 1],
    [32, 16, 128, 128, 3, 1],
    [32, 8, 256, 256, 3, 1],
    [32, 4, 512, 512, 3, 1],
    [32, 32, 64, 128, 1, 2],
    [64, 28, 1, 6, 5, 1],
];

/// Numbers between −1 and 1, the same every time.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|at| (at * 7919 % 1000) as f32 / 500.0 - 1.0).collect()
}

struct Convolved {
    sizes: Sizes,
    images: Vec<f32>,
    weight: Vec<f32>,
    gradient: Vec<f32>,
}

impl Convolved {
    fn new([batch, side, inputs, outputs, kernel, stride]: [usize; 6]) -> Self {
        let padding = kernel / 2;
        let output = (side + 2 * padding - kernel) / stride + 1;
        let (input, output) = ([side, side, inputs], [output, output, outputs]);
        let sizes = Sizes { batch, input, output, kernel, stride, padding };
        let gradient = numbers(batch * sizes.output_len());
        Self { sizes, images: numbers(batch * sizes.input_len()), weight: numbers(sizes.weights()), gradient }
    }

    /// Multiplications with the border count as done.
    fn operations(&self) -> ItemsCount {
        let [height, width, _] = self.sizes.output;
        ItemsCount::new(2 * self.sizes.batch * height * width * self.sizes.weights())
    }
}

#[divan::bench(args = CONVOLUTIONS)]
fn convolution_forward(bencher: Bencher<'_, '_>, case: [usize; 6]) {
    let Convolved { sizes, images, weight, gradient: mut out } = Convolved::new(case);
    let (isa, none) = (Isa::detect(), Activation::Identity);
    bencher.counter(Convolved::new(case).operations()).bench_local(|| {
        convolution::forward(isa, &sizes, black_box(&images), &weight, None, none, &mut out);
    });
}

#[divan::bench(args = CONVOLUTIONS)]
fn convolution_input_gradient(bencher: Bencher<'_, '_>, case: [usize; 6]) {
    let Convolved { sizes, images: mut out, weight, gradient } = Convolved::new(case);
    bencher.counter(Convolved::new(case).operations()).bench_local(|| {
        let gradient = black_box(&gradient);
        convolution::input_gradient(Isa::detect(), &sizes, &weight, gradient, Start::Zero, &mut out);
    });
}

#[divan::bench(args = CONVOLUTIONS)]
fn convolution_weight_gradient(bencher: Bencher<'_, '_>, case: [usize; 6]) {
    let Convolved { sizes, images, weight: mut out, gradient } = Convolved::new(case);
    bencher.counter(Convolved::new(case).operations()).bench_local(|| {
        convolution::weight_gradient(Isa::detect(), &sizes, black_box(&images), &gradient, &mut out);
    });
}

/// Batch norm of 128 images of 32×32×16 with a ReLU after it.
#[divan::bench]
fn norm_forward(bencher: Bencher<'_, '_>) {
    let (images, norm, mut out) = normed();
    bencher.counter(ItemsCount::new(images.len())).bench_local(|| {
        norm.forward(Isa::detect(), black_box(&images), None, Activation::Relu, &mut out);
    });
}

#[divan::bench]
fn norm_moments(bencher: Bencher<'_, '_>) {
    let (images, ..) = normed();
    bencher
        .counter(ItemsCount::new(images.len()))
        .bench_local(|| norm::moments(Isa::detect(), black_box(&images), 16));
}

#[divan::bench]
fn norm_gradients(bencher: Bencher<'_, '_>) {
    let (images, norm, mut gradient) = normed();
    bencher.counter(ItemsCount::new(images.len())).bench_local(|| {
        let images = black_box(&images);
        norm.gradients(Isa::detect(), Statistics::Batch, Epilogue::Relu, images, &mut gradient)
    });
}

fn normed() -> (Vec<f32>, BatchNorm, Vec<f32>) {
    let images = numbers(128 * 32 * 32 * 16);
    let [mean, inverse, weight, bias] = std::array::from_fn(|_| numbers(16));
    (images.clone(), BatchNorm { mean, inverse, weight, bias }, images)
}

/// LeNet-300-100's first layer at batch 60, forward and the gradient of the weights, on one thread.
#[divan::bench]
fn linear_dense(bencher: Bencher<'_, '_>) {
    let [x, weight] = [60 * 784, 784 * 300].map(numbers);
    let (mut out, mut gradient, isa) = (numbers(60 * 300), numbers(784 * 300), Isa::detect());
    let pool = one_thread();
    bencher.bench_local(|| {
        pool.install(|| {
            linear::forward(isa, 784, black_box(&x), &weight, None, Activation::Identity, &mut out);
            linear::weight_gradient(isa, 784, &x, &out, &mut gradient);
        });
    });
}

/// The same with a sparse weight that keeps this percentage.
#[divan::bench(args = [1, 5, 10, 20, 30, 40, 50, 60])]
fn linear_sparse(bencher: Bencher<'_, '_>, percent: usize) {
    let mask: Vec<bool> = (0..784 * 300_usize).map(|at| (at * 7919) % 100 < percent).collect();
    let pattern = SparsityPattern::new(&mask, 784);
    let [x, weight] = [60 * 784, pattern.count()].map(numbers);
    let (mut out, mut gradient, isa) = (numbers(60 * 300), numbers(pattern.count()), Isa::detect());
    let pool = one_thread();
    bencher.bench_local(|| {
        pool.install(|| {
            sparse::forward(isa, &pattern, black_box(&x), &weight, None, Activation::Identity, &mut out);
            sparse::weight_gradient(isa, &pattern, &x, &out, &mut gradient);
        });
    });
}

fn one_thread() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started")
}
