//! Kernels for processors, over plain slices with channels last.
//!
//! Work is split by size, never by the number of threads, and sums have a fixed order: results are the
//! same bytes with any number of threads.

mod bias;
mod buffer;
pub mod convolution;
mod flatten;
mod isa;
pub mod linear;
pub mod loss;
pub mod norm;
pub mod pool;
mod product;
mod relu;
mod rows;
mod scratch;
pub mod sparse;
mod turn;
mod update;

pub use bias::sum;
pub use buffer::Buffer;
pub use flatten::flatten;
pub use isa::Isa;
#[cfg(test)]
pub use isa::forced;
pub use product::Start;
pub use relu::stop;
pub use update::update;
