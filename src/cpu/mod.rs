//! CPU kernels over plain slices. Images have their channels last.
//!
//! This module knows arrays and instruction sets and nothing of the rest of the program. Work is split by
//! size, never by the number of threads or lanes, every sum has a fixed order, and what is a fused multiply-add
//! on one instruction set is one on all of them. So results are the same bytes on any number of threads and on
//! any processor.

mod activation;
mod bias;
mod buffer;
pub mod convolution;
mod elementwise;
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
mod sum_axis;
mod transpose;
mod update;

pub use activation::Activation;
pub use bias::sum;
pub use buffer::Buffer;
pub use elementwise::map;
pub use flatten::flatten;
pub use formula::{AdamFormula, Formula, MomentumFormula};
#[cfg(test)]
pub use isa::forced;
pub use isa::{Isa, UnknownIsa};
pub use pattern::{ColumnBlock, SparsityPattern};
pub use product::Start;
pub use relu::relu_backward;
pub use sum_axis::sum_axis;
pub use update::update;
