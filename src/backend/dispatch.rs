//! From a [`BackendKind`] to the type that computes.

use super::{BackendKind, Unavailable};
use crate::kernel::Kernel;

/// Code that is generic over the backend, run on one that is chosen at run time.
pub trait WithBackend {
    type Output;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output;
}

/// Runs `code` on the default device of `kind`.
pub fn with_backend<W: WithBackend>(kind: BackendKind, code: W) -> Result<W::Output, Unavailable> {
    match kind {
        #[cfg(feature = "flex")]
        BackendKind::Flex => Ok(code.call::<crate::kernel::Flex>(Default::default())),
        #[cfg(not(feature = "flex"))]
        BackendKind::Flex => Err(Unavailable::NotCompiled(kind)),
        #[cfg(feature = "ndarray")]
        BackendKind::Ndarray => Ok(code.call::<burn_ndarray::NdArray>(Default::default())),
        #[cfg(not(feature = "ndarray"))]
        BackendKind::Ndarray => Err(Unavailable::NotCompiled(kind)),
        #[cfg(feature = "cuda")]
        BackendKind::Cuda => Ok(code.call::<burn_cuda::Cuda>(Default::default())),
        #[cfg(not(feature = "cuda"))]
        BackendKind::Cuda => Err(Unavailable::NotCompiled(kind)),
        #[cfg(feature = "wgpu")]
        BackendKind::Wgpu => Ok(code.call::<burn_wgpu::Wgpu>(Default::default())),
        #[cfg(not(feature = "wgpu"))]
        BackendKind::Wgpu => Err(Unavailable::NotCompiled(kind)),
    }
}
