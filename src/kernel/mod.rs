//! The backend trait that the components are generic over.
//!
//! [`Kernel`] extends Burn's `Backend` by the operations that training spends its time in, each with its
//! backward pass. Each has a default body of ordinary Burn operations ([`reference`]); Flex has kernels of its
//! own ([`crate::cpu`]).

mod burn_backends;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "gpu")]
mod gpu;
mod host;
mod layers;
mod operations;
mod raw_images;
mod reference;
mod trilinear;
mod update;

pub use crate::cpu::norm::Statistics;
pub use crate::cpu::{Activation, AdamFormula, Formula, MomentumFormula, SparsityPattern};
#[cfg(feature = "flex")]
pub use flex::{Flex, FlexDevice};
pub use host::to_host;
pub use layers::{
    Bias, Convolution, FilterOrder, InputGradient, LayerBackward, LayerGradients, MaxPool, Norm,
    NormBackward, NormGradients, Normalization, Residual, Weight,
};
pub use operations::Kernel;
pub use raw_images::RawImages;
pub use reference::relu_backward;
pub use update::{Arrays, UpdateRule};

#[cfg(test)]
mod tests;
