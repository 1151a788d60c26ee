//! Whole numbers and truth values, which Burn's Flex computes.

use super::backend::{Flex, delegate};
use burn::tensor::backend::ExecutionError;
use burn::tensor::ops::{BoolTensorOps, IntTensorOps};
use burn::tensor::{BoolDType, Distribution, FloatDType, IntDType, Scalar, Shape, Slice, TensorData};
use burn_flex::{FlexDevice, FlexTensor};

impl IntTensorOps<Flex> for Flex {
    delegate! {
        int_empty(shape: Shape, device: &FlexDevice, dtype: IntDType) -> FlexTensor;
        int_from_data(data: TensorData, device: &FlexDevice) -> FlexTensor;
        int_device(tensor: &FlexTensor) -> FlexDevice;
        int_to_device(tensor: FlexTensor, device: &FlexDevice) -> FlexTensor;
        int_reshape(tensor: FlexTensor, shape: Shape) -> FlexTensor;
        int_slice(tensor: FlexTensor, slices: &[Slice]) -> FlexTensor;
        int_slice_assign(tensor: FlexTensor, slices: &[Slice], value: FlexTensor) -> FlexTensor;
        int_into_float(tensor: FlexTensor, out_dtype: FloatDType) -> FlexTensor;
        int_mask_where(tensor: FlexTensor, mask: FlexTensor, value: FlexTensor) -> FlexTensor;
        int_mask_fill(tensor: FlexTensor, mask: FlexTensor, value: Scalar) -> FlexTensor;
        int_gather(dim: usize, tensor: FlexTensor, indices: FlexTensor) -> FlexTensor;
        int_scatter_add(dim: usize, tensor: FlexTensor, indices: FlexTensor, value: FlexTensor) -> FlexTensor;
        int_select(tensor: FlexTensor, dim: usize, indices: FlexTensor) -> FlexTensor;
        int_select_add(tensor: FlexTensor, dim: usize, indices: FlexTensor, value: FlexTensor) -> FlexTensor;
        int_equal(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        int_equal_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        int_greater(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        int_greater_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        int_greater_equal(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        int_greater_equal_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        int_lower(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        int_lower_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        int_lower_equal(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        int_lower_equal_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        int_add(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        int_add_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        int_sub(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        int_sub_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        int_mul(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        int_mul_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        int_div(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        int_div_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        int_remainder(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        int_remainder_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        int_matmul(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        int_sum(tensor: FlexTensor) -> FlexTensor;
        int_sum_dim(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_prod(tensor: FlexTensor) -> FlexTensor;
        int_prod_dim(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_mean_dim(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_cumsum(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_cumprod(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_cummin(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_cummax(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_argmax(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_argtopk(tensor: FlexTensor, dim: usize, k: usize) -> FlexTensor;
        int_argmin(tensor: FlexTensor, dim: usize) -> FlexTensor;
        int_abs(tensor: FlexTensor) -> FlexTensor;
        int_swap_dims(tensor: FlexTensor, dim1: usize, dim2: usize) -> FlexTensor;
        int_permute(tensor: FlexTensor, axes: &[usize]) -> FlexTensor;
        int_flip(tensor: FlexTensor, axes: &[usize]) -> FlexTensor;
        int_random(
            shape: Shape, distribution: Distribution, device: &FlexDevice, dtype: IntDType
        ) -> FlexTensor;
        int_expand(tensor: FlexTensor, shape: Shape) -> FlexTensor;
        bitwise_and(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bitwise_and_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        bitwise_or(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bitwise_or_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        bitwise_xor(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bitwise_xor_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        bitwise_not(tensor: FlexTensor) -> FlexTensor;
        bitwise_left_shift(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bitwise_left_shift_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        bitwise_right_shift(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bitwise_right_shift_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        int_cast(tensor: FlexTensor, dtype: IntDType) -> FlexTensor;
        int_unfold(tensor: FlexTensor, dim: usize, size: usize, step: usize) -> FlexTensor;
    }

    async fn int_into_data(tensor: FlexTensor) -> Result<TensorData, ExecutionError> {
        burn_flex::Flex::int_into_data(tensor).await
    }
}

impl BoolTensorOps<Flex> for Flex {
    delegate! {
        bool_empty(shape: Shape, device: &FlexDevice, dtype: BoolDType) -> FlexTensor;
        bool_zeros(shape: Shape, device: &FlexDevice, dtype: BoolDType) -> FlexTensor;
        bool_ones(shape: Shape, device: &FlexDevice, dtype: BoolDType) -> FlexTensor;
        bool_from_data(data: TensorData, device: &FlexDevice) -> FlexTensor;
        bool_into_int(tensor: FlexTensor, out_dtype: IntDType) -> FlexTensor;
        bool_into_float(tensor: FlexTensor, out_dtype: FloatDType) -> FlexTensor;
        bool_device(tensor: &FlexTensor) -> FlexDevice;
        bool_to_device(tensor: FlexTensor, device: &FlexDevice) -> FlexTensor;
        bool_reshape(tensor: FlexTensor, shape: Shape) -> FlexTensor;
        bool_slice(tensor: FlexTensor, slices: &[Slice]) -> FlexTensor;
        bool_slice_assign(tensor: FlexTensor, slices: &[Slice], value: FlexTensor) -> FlexTensor;
        bool_mask_where(tensor: FlexTensor, mask: FlexTensor, value: FlexTensor) -> FlexTensor;
        bool_mask_fill(tensor: FlexTensor, mask: FlexTensor, value: Scalar) -> FlexTensor;
        bool_gather(dim: usize, tensor: FlexTensor, indices: FlexTensor) -> FlexTensor;
        bool_scatter_or(dim: usize, tensor: FlexTensor, indices: FlexTensor, value: FlexTensor) -> FlexTensor;
        bool_select(tensor: FlexTensor, dim: usize, indices: FlexTensor) -> FlexTensor;
        bool_select_or(tensor: FlexTensor, dim: usize, indices: FlexTensor, value: FlexTensor) -> FlexTensor;
        bool_equal(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bool_equal_elem(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        bool_not(tensor: FlexTensor) -> FlexTensor;
        bool_and(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bool_or(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        bool_swap_dims(tensor: FlexTensor, dim1: usize, dim2: usize) -> FlexTensor;
        bool_permute(tensor: FlexTensor, axes: &[usize]) -> FlexTensor;
        bool_flip(tensor: FlexTensor, axes: &[usize]) -> FlexTensor;
        bool_expand(tensor: FlexTensor, shape: Shape) -> FlexTensor;
        bool_unfold(tensor: FlexTensor, dim: usize, size: usize, step: usize) -> FlexTensor;
    }

    async fn bool_into_data(tensor: FlexTensor) -> Result<TensorData, ExecutionError> {
        burn_flex::Flex::bool_into_data(tensor).await
    }
}
