//! CPU kernels over plain slices. Images have their channels last.
//!
//! This module knows arrays and instruction sets and nothing of the rest of the program. Work is split by
//! size, never by the number of threads, and every sum has a fixed order, so that results are the same
//! bytes on any number of threads.

mod activation;
mod bias;
mod buffer;
pub mod convolution;
mod flatten;
mod formula;
mod isa;
pub mod linear;
pub mod loss;
pub mod norm;
mod pattern;
pub mod pool;
mod product;
mod relu;
mod rows;
mod scratch;
pub mod sparse;
mod transpose;
mod update;

pub use activation::Activation;
pub use bias::sum;
pub use buffer::Buffer;
pub use flatten::flatten;
pub use formula::{AdamFormula, Formula, MomentumFormula};
pub use isa::Isa;
#[cfg(test)]
pub use isa::forced;
pub use pattern::{ColumnBlock, SparsityPattern};
pub use product::Start;
pub use relu::relu_backward;
pub use update::update;
