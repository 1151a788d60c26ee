//! Kernels for GPUs, written in CubeCL's language, which becomes CUDA, Vulkan, Metal or DirectX.
//!
//! This module knows arrays on a device and nothing of the rest of the program. Images have their channels last,
//! filters are [outputs, k, k, channels]. All arithmetic is f32, and nothing is chosen by timing. Work is split by
//! size, never by the device, and every sum has a fixed order, so that a device gives the same bytes every time.

mod array;
pub mod convolution;
pub mod images;
pub mod norm;
pub mod update;

pub use array::GpuArray;
