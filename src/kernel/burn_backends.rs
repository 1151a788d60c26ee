//! The backends that run the default bodies: Burn's own operations.

use super::trilinear::{Role, derivative};
use super::{
    Bias, Convolution, FilterOrder, Kernel, LayerBackward, LayerGradients, MaxPool, Weight, reference,
};
use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// Burn's own differentiation, through the default bodies but for convolutions: losses are differentiated with
/// it, and the backward pass is, for Hessian products.
impl<B: Kernel> Kernel for Autodiff<B> {
    fn filter_order() -> FilterOrder {
        B::filter_order()
    }

    fn convolution(
        op: Convolution,
        images: Tensor<Self, 4>,
        weight: Weight<Self, 4>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 4> {
        let weight = reference::dense(weight);
        let shape = op.output(images.dims(), weight.dims());
        let output = derivative(op, shape, [(Role::Input, images), (Role::Weight, weight)]);
        let output = match bias {
            Some(bias) => output + bias.reshape([1, 1, 1, shape[3]]),
            None => output,
        };
        reference::activation_forward(op.activation, output)
    }

    fn convolution_gradients(op: Convolution, layer: LayerBackward<Self, 4, 4>) -> LayerGradients<Self, 4> {
        let LayerBackward { input, weight, bias, output, gradient, input_gradient } = layer;
        let gradient = reference::activation_backward(op.activation, output, gradient);
        let bias = (bias == Bias::Present).then(|| gradient.clone().sum_dims_squeeze::<1, _>(&[0, 1, 2]));
        let filters = reference::dense(weight.clone());
        let (images, shape) = (input.dims(), filters.dims());
        let of_input = input_gradient
            .of(|| derivative(op, images, [(Role::Weight, filters), (Role::Output, gradient.clone())]));
        let of_filters = derivative(op, shape, [(Role::Input, input), (Role::Output, gradient)]);
        let weight = reference::stored_gradient(&weight, reference::stored_filters(of_filters));
        LayerGradients { input: of_input, weight, bias }
    }

    /// Burn's own operation is not recorded.
    fn max_pool_gradient(
        op: MaxPool,
        images: Tensor<Self, 4>,
        _output: Tensor<Self, 4>,
        gradient: Tensor<Self, 4>,
    ) -> Tensor<Self, 4> {
        reference::pool::recorded_max_gradient(op, images, gradient)
    }
}

#[cfg(feature = "ndarray")]
impl Kernel for burn_ndarray::NdArray {}
