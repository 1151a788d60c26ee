//! Arrays on a device.

use cubecl::Runtime;
use cubecl::client::ComputeClient;
use cubecl::prelude::{ArrayArg, CubeCount, CubeDim};
use cubecl::server::Handle;

/// Units of a cube where each unit has a value of its own.
const UNITS: usize = 256;

/// Values of four bytes each on a device, one after the other: f32, where nothing else is said.
pub struct GpuArray<R: Runtime> {
    client: ComputeClient<R>,
    handle: Handle,
    len: usize,
}

impl<R: Runtime> std::fmt::Debug for GpuArray<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuArray").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<R: Runtime> Clone for GpuArray<R> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), handle: self.handle.clone(), len: self.len }
    }
}

impl<R: Runtime> GpuArray<R> {
    /// The `len` values that begin where `handle` does.
    pub fn new(client: ComputeClient<R>, handle: Handle, len: usize) -> Self {
        Self { client, handle, len }
    }

    /// `len` values that are not set yet, on the same device.
    pub fn uninit(&self, len: usize) -> Self {
        Self::new(self.client.clone(), self.client.empty(len * size_of::<f32>()), len)
    }

    pub fn client(&self) -> &ComputeClient<R> {
        &self.client
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn into_handle(self) -> Handle {
        self.handle
    }

    /// The argument of a kernel, whether that takes values or vectors of them.
    pub(super) fn arg(&self) -> ArrayArg<R> {
        // SAFETY: the handle has so many values.
        unsafe { ArrayArg::from_raw_parts(self.handle.clone(), self.len) }
    }
}

/// The longest vector that rows of `count` values can be cut into.
pub(super) fn lanes(count: usize) -> usize {
    [4, 2, 1].into_iter().find(|lanes| count.is_multiple_of(*lanes)).unwrap_or(1)
}

/// Cubes and their units for `count` values of one unit each.
pub(super) fn one_unit_each<R: Runtime>(client: &ComputeClient<R>, count: usize) -> (CubeCount, CubeDim) {
    let units = CubeDim::new_1d(small(UNITS));
    (cubecl::calculate_cube_count_elemwise(client, count, units), units)
}

/// A number of cubes or units.
pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).expect("an array has fewer than 2³² values")
}
