//! Burn's Flex backend with arithmetic of our own, which gives the same bits on every processor.
//!
//! Flex's sums and products depend on the length of the processor's vectors and on the size of its caches, its
//! `exp` and `ln` on the platform's library, and its reciprocals are approximations that differ between makers of
//! processors (and are right to 12 bits only). [`super::floats`] has these anew. What gives the same bits anyway
//! is Flex's: values one by one, comparisons, whole numbers, and copies.

use burn::tensor::backend::{Backend, BackendTypes, DTypeUsageSet, ExecutionError};
use burn::tensor::ops::{QTensorOps, TransactionOps};
use burn::tensor::quantization::{QuantScheme, QuantizationParametersPrimitive};
use burn::tensor::{DType, FloatDType, Shape, Slice, TensorData};
use burn_flex::{FlexDevice, FlexQTensor, FlexTensor};

/// The CPU backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flex;

/// Functions of Burn's traits that Burn's own Flex computes.
macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty;)*) => {
        $(fn $name($($argument: $type),*) -> $result {
            burn_flex::Flex::$name($($argument),*)
        })*
    };
}
pub(super) use delegate;

/// Functions that no method of ours uses, whose last bits depend on the processor or the platform.
macro_rules! refuse {
    ($($name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty;)*) => {
        $(fn $name($(_: $type),*) -> $result {
            panic!(concat!("`", stringify!($name), "` would not give the same bits everywhere"))
        })*
    };
}
pub(super) use refuse;

impl BackendTypes for Flex {
    type Device = FlexDevice;
    type FloatTensorPrimitive = FlexTensor;
    type FloatElem = f32;
    type IntTensorPrimitive = FlexTensor;
    type IntElem = i32;
    type BoolTensorPrimitive = FlexTensor;
    type BoolElem = bool;
    type QuantizedTensorPrimitive = FlexQTensor;
}

impl Backend for Flex {
    delegate! {
        name(device: &FlexDevice) -> String;
        dtype_usage(device: &FlexDevice, dtype: DType) -> DTypeUsageSet;
        device_count(kind: u16) -> usize;
    }

    fn seed(device: &FlexDevice, seed: u64) {
        burn_flex::Flex::seed(device, seed);
    }
}

impl TransactionOps<Flex> for Flex {}

impl QTensorOps<Flex> for Flex {
    refuse! {
        q_from_data(data: TensorData, device: &FlexDevice) -> FlexQTensor;
        quantize(
            tensor: FlexTensor, scheme: &QuantScheme, qparams: QuantizationParametersPrimitive<Flex>
        ) -> FlexQTensor;
        dequantize(tensor: FlexQTensor, dtype: FloatDType) -> FlexTensor;
        q_device(tensor: &FlexQTensor) -> FlexDevice;
        q_to_device(tensor: FlexQTensor, device: &FlexDevice) -> FlexQTensor;
        q_reshape(tensor: FlexQTensor, shape: Shape) -> FlexQTensor;
        q_expand(tensor: FlexQTensor, shape: Shape) -> FlexQTensor;
        q_swap_dims(tensor: FlexQTensor, dim1: usize, dim2: usize) -> FlexQTensor;
        q_permute(tensor: FlexQTensor, axes: &[usize]) -> FlexQTensor;
        q_flip(tensor: FlexQTensor, axes: &[usize]) -> FlexQTensor;
        q_select(tensor: FlexQTensor, dim: usize, indices: FlexTensor) -> FlexQTensor;
        q_slice(tensor: FlexQTensor, slices: &[Slice]) -> FlexQTensor;
    }

    async fn q_into_data(_: FlexQTensor) -> Result<TensorData, ExecutionError> {
        panic!("nothing is quantized")
    }
}
