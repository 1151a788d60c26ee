//! Layers and activations of Burn. Networks use kernels of ours ([`super`]) and none of these, but for max pooling
//! where a backward pass is differentiated.

use super::backend::{Flex, delegate, refuse};
use crate::cpu::{self, Isa};
use crate::math;
use burn::tensor::ops::{
    ActivationOps, AttentionModuleOptions, ConvOptions, ConvTransposeOptions, DeformConv2dBackward,
    DeformConvOptions, InterpolateOptions, MaxPool2dBackward, MaxPool2dWithIndices, ModuleOps,
};
use burn_flex::FlexTensor;

impl ModuleOps<Flex> for Flex {
    delegate! {
        conv2d(
            x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>, options: ConvOptions<2>
        ) -> FlexTensor;
        conv_transpose2d(
            x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>, options: ConvTransposeOptions<2>
        ) -> FlexTensor;
        max_pool2d(
            x: FlexTensor, kernel_size: [usize; 2], stride: [usize; 2], padding: [usize; 2],
            dilation: [usize; 2], ceil_mode: bool
        ) -> FlexTensor;
    }

    fn max_pool2d_with_indices(
        x: FlexTensor,
        kernel_size: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
        dilation: [usize; 2],
        ceil_mode: bool,
    ) -> MaxPool2dWithIndices<Flex> {
        let of = burn_flex::Flex::max_pool2d_with_indices;
        let MaxPool2dWithIndices { output, indices } =
            of(x, kernel_size, stride, padding, dilation, ceil_mode);
        MaxPool2dWithIndices::new(output, indices)
    }

    fn max_pool2d_with_indices_backward(
        x: FlexTensor,
        kernel_size: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
        dilation: [usize; 2],
        ceil_mode: bool,
        output_grad: FlexTensor,
        indices: FlexTensor,
    ) -> MaxPool2dBackward<Flex> {
        let of = burn_flex::Flex::max_pool2d_with_indices_backward;
        let backward = of(x, kernel_size, stride, padding, dilation, ceil_mode, output_grad, indices);
        MaxPool2dBackward::new(backward.x_grad)
    }

    refuse! {
        deform_conv2d(
            x: FlexTensor, offset: FlexTensor, weight: FlexTensor, mask: Option<FlexTensor>,
            bias: Option<FlexTensor>, options: DeformConvOptions<2>
        ) -> FlexTensor;
        deform_conv2d_backward(
            x: FlexTensor, offset: FlexTensor, weight: FlexTensor, mask: Option<FlexTensor>,
            bias: Option<FlexTensor>, output_grad: FlexTensor, options: DeformConvOptions<2>
        ) -> DeformConv2dBackward<Flex>;
        conv3d(
            x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>, options: ConvOptions<3>
        ) -> FlexTensor;
        conv_transpose3d(
            x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>, options: ConvTransposeOptions<3>
        ) -> FlexTensor;
        avg_pool2d(
            x: FlexTensor, kernel_size: [usize; 2], stride: [usize; 2], padding: [usize; 2],
            count_include_pad: bool, ceil_mode: bool
        ) -> FlexTensor;
        avg_pool2d_backward(
            x: FlexTensor, grad: FlexTensor, kernel_size: [usize; 2], stride: [usize; 2], padding: [usize; 2],
            count_include_pad: bool, ceil_mode: bool
        ) -> FlexTensor;
        adaptive_avg_pool2d(x: FlexTensor, output_size: [usize; 2]) -> FlexTensor;
        adaptive_avg_pool2d_backward(x: FlexTensor, grad: FlexTensor) -> FlexTensor;
        interpolate(x: FlexTensor, output_size: [usize; 2], options: InterpolateOptions) -> FlexTensor;
        interpolate_backward(
            x: FlexTensor, grad: FlexTensor, output_size: [usize; 2], options: InterpolateOptions
        ) -> FlexTensor;
        attention(
            query: FlexTensor, key: FlexTensor, value: FlexTensor, mask: Option<FlexTensor>,
            attn_bias: Option<FlexTensor>, options: AttentionModuleOptions
        ) -> FlexTensor;
        rfft(signal: FlexTensor, dim: usize, n: Option<usize>) -> (FlexTensor, FlexTensor);
        irfft(spectrum_re: FlexTensor, spectrum_im: FlexTensor, dim: usize, n: Option<usize>) -> FlexTensor;
    }
}

/// But for the sigmoid Burn's own bodies, made of operations that are ours.
impl ActivationOps<Flex> for Flex {
    fn sigmoid(mut tensor: FlexTensor) -> FlexTensor {
        tensor = tensor.to_contiguous();
        cpu::map(Isa::detect(), |x| (1.0 / (1.0 + math::exp(-f64::from(x)))) as f32, tensor.storage_mut());
        tensor
    }
}
