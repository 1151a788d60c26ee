//! Flex's tensors to slices and back.

use super::backend::Flex;
use crate::cpu::Buffer;
use burn::tensor::{Bytes, DType, Shape, Tensor, TensorPrimitive};
use burn_flex::{FlexTensor, Layout};
use burn_std::{AllocationController, AllocationProperty};
use std::mem::MaybeUninit;

/// The values of `tensor`, contiguous from the beginning of its memory.
pub fn values<const D: usize>(tensor: Tensor<Flex, D>) -> FlexTensor {
    tensor.into_primitive().tensor().to_contiguous()
}

pub fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.storage()
}

pub fn wrap<const D: usize>(tensor: FlexTensor) -> Tensor<Flex, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

pub fn tensor<const D: usize>(values: Buffer, shape: [usize; D]) -> Tensor<Flex, D> {
    wrap(from_buffer(values, Shape::from(shape)))
}

pub fn from_buffer(values: Buffer, shape: Shape) -> FlexTensor {
    let length = values.len() * size_of::<f32>();
    // SAFETY: all of a buffer is initialized.
    let bytes = unsafe { Bytes::from_controller(Box::new(values), length) };
    FlexTensor::new(bytes, Layout::contiguous(shape), DType::F32)
}

pub fn array(values: Vec<f32>) -> Tensor<Flex, 1> {
    let layout = Layout::contiguous(Shape::from([values.len()]));
    wrap(FlexTensor::new(Bytes::from_elems(values), layout, DType::F32))
}

/// A tensor's memory returns to the pool when the tensor is dropped.
impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Native
    }

    unsafe fn memory_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        let values: &mut [f32] = self;
        // SAFETY: the same memory, as bytes. The caller writes only initialized bytes, and any bytes are values.
        unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
    }

    fn memory(&self) -> &[MaybeUninit<u8>] {
        let values: &[f32] = self;
        // SAFETY: the same memory, as bytes.
        unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
    }
}
