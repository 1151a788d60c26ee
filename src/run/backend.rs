//! The one place where a [`BackendKind`] becomes a type.

use crate::kernel::{BackendKind, Kernel, Unavailable};

/// Something to do on a backend that is chosen while the program runs.
pub trait WithBackend {
    type Output;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output;
}

/// Does `what` on the default device of `kind`.
pub fn with_backend<W: WithBackend>(kind: BackendKind, what: W) -> Result<W::Output, Unavailable> {
    match kind {
        #[cfg(feature = "flex")]
        BackendKind::Flex => Ok(what.call::<burn_flex::Flex>(Default::default())),
        #[cfg(not(feature = "flex"))]
        BackendKind::Flex => Err(Unavailable::NotCompiled(kind)),
        #[cfg(feature = "ndarray")]
        BackendKind::Ndarray => Ok(what.call::<burn_ndarray::NdArray>(Default::default())),
        #[cfg(not(feature = "ndarray"))]
        BackendKind::Ndarray => Err(Unavailable::NotCompiled(kind)),
        #[cfg(feature = "cuda")]
        BackendKind::Cuda => Ok(what.call::<burn_cuda::Cuda>(Default::default())),
        #[cfg(not(feature = "cuda"))]
        BackendKind::Cuda => Err(Unavailable::NotCompiled(kind)),
    }
}
