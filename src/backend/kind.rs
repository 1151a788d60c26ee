//! The user's word for a backend, which is all that specifications and plans know of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of Burn that all backends are of.
pub const BURN_VERSION: &str = "0.21.0";

/// The Burn backend that computes: each is a Cargo feature of this program.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum BackendKind {
    /// Burn's fast CPU backend.
    #[default]
    Flex,
    /// Burn's CPU backend over the `ndarray` crate.
    Ndarray,
    /// NVIDIA GPUs through CUDA.
    Cuda,
    /// GPUs through Vulkan, Metal or DirectX.
    Wgpu,
}

/// A backend that cannot be used by this program on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("backend `{0}` is not compiled into this program (compiled in: {compiled}); build it with `cargo build --release --features {0}`", compiled = compiled())]
    NotCompiled(BackendKind),
    #[error("backend `{0}` has no usable device on this machine; it needs {needs}: {1}", needs = .0.needs())]
    NoDevice(BackendKind, String),
}

impl BackendKind {
    pub const ALL: [Self; 4] = [Self::Flex, Self::Ndarray, Self::Cuda, Self::Wgpu];

    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Cuda => "cuda",
            Self::Wgpu => "wgpu",
        }
    }

    /// What it needs of the machine.
    fn needs(self) -> &'static str {
        match self {
            Self::Flex | Self::Ndarray => "a processor",
            Self::Cuda => "an NVIDIA GPU with its driver, and the library NVRTC of CUDA's toolkit",
            Self::Wgpu => "a GPU with a driver for Vulkan, Metal or DirectX 12",
        }
    }

    /// Whether it computes on a GPU, which works on while the program goes ahead of it.
    pub fn is_gpu(self) -> bool {
        match self {
            Self::Flex | Self::Ndarray => false,
            Self::Cuda | Self::Wgpu => true,
        }
    }

    /// Whether what a network in evaluation gives for an image is the same to the last bit in any batch. A test of
    /// [`crate::distill::TeacherOutputs`] holds a backend to it.
    pub fn computes_images_alone(self) -> bool {
        match self {
            Self::Flex => true,
            Self::Ndarray | Self::Cuda | Self::Wgpu => false,
        }
    }

    pub fn is_compiled(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Wgpu => cfg!(feature = "wgpu"),
        }
    }
}

impl std::fmt::Display for BackendKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

fn compiled() -> String {
    let names: Vec<_> =
        BackendKind::ALL.into_iter().filter(|kind| kind.is_compiled()).map(BackendKind::name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_burn_is_the_one_that_is_built() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        for name in ["burn", "burn-cuda", "burn-flex", "burn-ndarray", "burn-wgpu"] {
            let version = manifest["dependencies"][name]["version"].as_str().unwrap();
            assert_eq!(version, format!("={BURN_VERSION}"), "{name}");
        }
    }
}
