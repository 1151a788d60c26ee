//! Arithmetic on floats: what depends on the processor or the platform is computed here, the rest by Burn's Flex.

use super::backend::{Flex, delegate, refuse};
use super::convert::{from_buffer, slice};
use crate::cpu::linear::{self, Matrices};
use crate::cpu::{self, Buffer, Isa};
use crate::math;
use burn::tensor::backend::ExecutionError;
use burn::tensor::ops::FloatTensorOps;
use burn::tensor::{
    BoolDType, Distribution, FloatDType, IntDType, Scalar, Shape, Slice, TensorData, TensorMetadata,
};
use burn_flex::{FlexDevice, FlexTensor};

impl FloatTensorOps<Flex> for Flex {
    fn float_matmul(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor {
        let (left, right) = (lhs.shape().to_vec(), rhs.shape().to_vec());
        let (left_batch, [rows, depth]) = left.split_last_chunk().expect("a matrix has two dimensions");
        let (right_batch, [_, columns]) = right.split_last_chunk().expect("a matrix has two dimensions");
        let batch: Vec<usize> = left_batch.iter().zip(right_batch).map(|(a, b)| *a.max(b)).collect();
        let with = |matrix: [usize; 2]| Shape::from([&batch[..], &matrix].concat());
        let (lhs, is_left_transposed) = matrices(&Self::float_expand(lhs, with([*rows, *depth])));
        let (rhs, is_right_transposed) = matrices(&Self::float_expand(rhs, with([*depth, *columns])));
        let left = Matrices { values: slice(&lhs), transposed: is_left_transposed };
        let right = Matrices { values: slice(&rhs), transposed: is_right_transposed };
        let sizes = [*rows, *depth, *columns];
        let mut out = Buffer::new(batch.iter().product::<usize>() * rows * columns);
        linear::products(Isa::detect(), sizes, left, right, &mut out);
        from_buffer(out, with([*rows, *columns]))
    }

    fn float_sum(tensor: FlexTensor) -> FlexTensor {
        let tensor = tensor.to_contiguous();
        let length = slice(&tensor).len();
        sums(&tensor, length, 1, Shape::from([1]))
    }

    fn float_sum_dim(tensor: FlexTensor, dim: usize) -> FlexTensor {
        let tensor = tensor.to_contiguous();
        let mut shape = tensor.shape().to_vec();
        let length = std::mem::replace(&mut shape[dim], 1);
        let inner = shape[dim + 1..].iter().product();
        sums(&tensor, length, inner, Shape::from(shape))
    }

    fn float_mean_dim(tensor: FlexTensor, dim: usize) -> FlexTensor {
        let length = tensor.shape()[dim];
        Self::float_div_scalar(Self::float_sum_dim(tensor, dim), Scalar::from(length as f64))
    }

    fn float_recip(tensor: FlexTensor) -> FlexTensor {
        map(tensor, |x| 1.0 / x)
    }

    fn float_exp(tensor: FlexTensor) -> FlexTensor {
        map(tensor, |x| math::exp(x.into()) as f32)
    }

    fn float_log(tensor: FlexTensor) -> FlexTensor {
        map(tensor, |x| math::ln(x.into()) as f32)
    }

    fn float_log1p(tensor: FlexTensor) -> FlexTensor {
        map(tensor, |x| math::ln_1p(x.into()) as f32)
    }

    fn float_powf_scalar_impl(tensor: FlexTensor, value: Scalar) -> FlexTensor {
        let exponent: f64 = value.elem();
        map(tensor, |x| math::powf(x.into(), exponent) as f32)
    }

    async fn float_into_data(tensor: FlexTensor) -> Result<TensorData, ExecutionError> {
        burn_flex::Flex::float_into_data(tensor).await
    }

    refuse! {
        float_powf(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        float_random(
            shape: Shape, distribution: Distribution, device: &FlexDevice, dtype: FloatDType
        ) -> FlexTensor;
        float_cos(tensor: FlexTensor) -> FlexTensor;
        float_sin(tensor: FlexTensor) -> FlexTensor;
        float_tan(tensor: FlexTensor) -> FlexTensor;
        float_cosh(tensor: FlexTensor) -> FlexTensor;
        float_sinh(tensor: FlexTensor) -> FlexTensor;
        float_tanh(tensor: FlexTensor) -> FlexTensor;
        float_acos(tensor: FlexTensor) -> FlexTensor;
        float_acosh(tensor: FlexTensor) -> FlexTensor;
        float_asin(tensor: FlexTensor) -> FlexTensor;
        float_asinh(tensor: FlexTensor) -> FlexTensor;
        float_atan(tensor: FlexTensor) -> FlexTensor;
        float_atanh(tensor: FlexTensor) -> FlexTensor;
        float_atan2(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        float_erf(tensor: FlexTensor) -> FlexTensor;
    }

    delegate! {
        float_from_data(data: TensorData, device: &FlexDevice) -> FlexTensor;
        float_zeros(shape: Shape, device: &FlexDevice, dtype: FloatDType) -> FlexTensor;
        float_ones(shape: Shape, device: &FlexDevice, dtype: FloatDType) -> FlexTensor;
        float_full(shape: Shape, fill_value: Scalar, device: &FlexDevice, dtype: FloatDType) -> FlexTensor;
        float_device(tensor: &FlexTensor) -> FlexDevice;
        float_to_device(tensor: FlexTensor, device: &FlexDevice) -> FlexTensor;
        float_into_int(tensor: FlexTensor, out_dtype: IntDType) -> FlexTensor;
        float_empty(shape: Shape, device: &FlexDevice, dtype: FloatDType) -> FlexTensor;
        float_repeat_dim(tensor: FlexTensor, dim: usize, times: usize) -> FlexTensor;
        float_add(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        float_add_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        float_clamp_min(tensor: FlexTensor, min: Scalar) -> FlexTensor;
        float_clamp_max(tensor: FlexTensor, max: Scalar) -> FlexTensor;
        float_clamp(tensor: FlexTensor, min: Scalar, max: Scalar) -> FlexTensor;
        float_sub(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        float_sub_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        float_mul(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        float_mul_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        float_div(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        float_div_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        float_remainder(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor;
        float_remainder_scalar(lhs: FlexTensor, rhs: Scalar) -> FlexTensor;
        float_cross(lhs: FlexTensor, rhs: FlexTensor, dim: usize) -> FlexTensor;
        float_neg(tensor: FlexTensor) -> FlexTensor;
        float_transpose(tensor: FlexTensor) -> FlexTensor;
        float_swap_dims(tensor: FlexTensor, dim1: usize, dim2: usize) -> FlexTensor;
        float_permute(tensor: FlexTensor, axes: &[usize]) -> FlexTensor;
        float_flip(tensor: FlexTensor, axes: &[usize]) -> FlexTensor;
        float_reshape(tensor: FlexTensor, shape: Shape) -> FlexTensor;
        float_gather(dim: usize, tensor: FlexTensor, indices: FlexTensor) -> FlexTensor;
        float_scatter_add(
            dim: usize, tensor: FlexTensor, indices: FlexTensor, value: FlexTensor
        ) -> FlexTensor;
        float_select(tensor: FlexTensor, dim: usize, indices: FlexTensor) -> FlexTensor;
        float_select_add(
            tensor: FlexTensor, dim: usize, indices: FlexTensor, value: FlexTensor
        ) -> FlexTensor;
        float_slice(tensor: FlexTensor, slices: &[Slice]) -> FlexTensor;
        float_slice_assign(tensor: FlexTensor, slices: &[Slice], value: FlexTensor) -> FlexTensor;
        float_mask_where(tensor: FlexTensor, mask: FlexTensor, value: FlexTensor) -> FlexTensor;
        float_mask_fill(tensor: FlexTensor, mask: FlexTensor, value: Scalar) -> FlexTensor;
        float_equal(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_not_equal(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_equal_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        float_not_equal_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        float_greater(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_greater_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        float_greater_equal(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_greater_equal_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        float_lower(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_lower_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        float_lower_equal(lhs: FlexTensor, rhs: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_lower_equal_elem(lhs: FlexTensor, rhs: Scalar, out_dtype: BoolDType) -> FlexTensor;
        float_detach(tensor: FlexTensor) -> FlexTensor;
        float_cumsum(tensor: FlexTensor, dim: usize) -> FlexTensor;
        float_cumprod(tensor: FlexTensor, dim: usize) -> FlexTensor;
        float_cummin(tensor: FlexTensor, dim: usize) -> FlexTensor;
        float_cummax(tensor: FlexTensor, dim: usize) -> FlexTensor;
        float_cast(tensor: FlexTensor, dtype: FloatDType) -> FlexTensor;
        float_sqrt(tensor: FlexTensor) -> FlexTensor;
        float_abs(tensor: FlexTensor) -> FlexTensor;
        float_round(tensor: FlexTensor) -> FlexTensor;
        float_floor(tensor: FlexTensor) -> FlexTensor;
        float_ceil(tensor: FlexTensor) -> FlexTensor;
        float_trunc(tensor: FlexTensor) -> FlexTensor;
        float_cat(tensors: Vec<FlexTensor>, dim: usize) -> FlexTensor;
        float_argmax(tensor: FlexTensor, dim: usize, out_dtype: IntDType) -> FlexTensor;
        float_argtopk(tensor: FlexTensor, dim: usize, k: usize, out_dtype: IntDType) -> FlexTensor;
        float_argmin(tensor: FlexTensor, dim: usize, out_dtype: IntDType) -> FlexTensor;
        float_max(tensor: FlexTensor) -> FlexTensor;
        float_max_dim(tensor: FlexTensor, dim: usize) -> FlexTensor;
        float_max_dim_with_indices(
            tensor: FlexTensor, dim: usize, indices_dtype: IntDType
        ) -> (FlexTensor, FlexTensor);
        float_min(tensor: FlexTensor) -> FlexTensor;
        float_min_dim(tensor: FlexTensor, dim: usize) -> FlexTensor;
        float_min_dim_with_indices(
            tensor: FlexTensor, dim: usize, indices_dtype: IntDType
        ) -> (FlexTensor, FlexTensor);
        float_max_abs(tensor: FlexTensor) -> FlexTensor;
        float_max_abs_dim(tensor: FlexTensor, dim: usize) -> FlexTensor;
        float_any(tensor: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_any_dim(tensor: FlexTensor, dim: usize, out_dtype: BoolDType) -> FlexTensor;
        float_all(tensor: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_all_dim(tensor: FlexTensor, dim: usize, out_dtype: BoolDType) -> FlexTensor;
        float_sign(tensor: FlexTensor) -> FlexTensor;
        float_expand(tensor: FlexTensor, shape: Shape) -> FlexTensor;
        float_sort(tensor: FlexTensor, dim: usize, descending: bool) -> FlexTensor;
        float_sort_with_indices(
            tensor: FlexTensor, dim: usize, descending: bool, indices_dtype: IntDType
        ) -> (FlexTensor, FlexTensor);
        float_argsort(tensor: FlexTensor, dim: usize, descending: bool, out_dtype: IntDType) -> FlexTensor;
        float_unfold(tensor: FlexTensor, dim: usize, size: usize, step: usize) -> FlexTensor;
        float_is_nan(tensor: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
        float_is_inf(tensor: FlexTensor, out_dtype: BoolDType) -> FlexTensor;
    }
}

/// `tensor`, of matrices in its last two dimensions, without a copy where they are stored one after another as they are or
/// each as its transpose; and whether it is the transpose.
fn matrices(tensor: &FlexTensor) -> (FlexTensor, bool) {
    let dimensions = tensor.shape().num_dims();
    let transposed = tensor.transpose(dimensions - 2, dimensions - 1);
    match !tensor.is_contiguous() && transposed.is_contiguous() {
        true => (transposed.to_contiguous(), true),
        false => (tensor.to_contiguous(), false),
    }
}

/// The sums of `length` values each, `inner` values apart.
fn sums(tensor: &FlexTensor, length: usize, inner: usize, shape: Shape) -> FlexTensor {
    let mut out = Buffer::new(shape.num_elements());
    cpu::sum_axis(Isa::detect(), length, inner, slice(tensor), &mut out);
    from_buffer(out, shape)
}

/// `function` of every value.
fn map(tensor: FlexTensor, function: impl Fn(f32) -> f32 + Sync) -> FlexTensor {
    let mut tensor = tensor.to_contiguous();
    cpu::map(Isa::detect(), function, tensor.storage_mut());
    tensor
}
