//! Convolutions on `Autodiff`, differentiable as often as wanted with the kernels of the backend inside.
//!
//! ⟨y, conv(x, w)⟩ is linear in the output y, the input x and the weight w. Its derivative by y is the
//! convolution, those by x and by w are the two gradients of a convolution; each is linear in the two operands
//! that are left, and the derivatives of each are the other two. So three operations are enough for Hessian
//! products. Burn's own differentiation of a convolution's gradients is wrong for strides on its GPU backends.

use super::reference::filters;
use super::reference::tensor::{inner, primitive};
use super::{Activation, Bias, Convolution, InputGradient, Kernel, LayerBackward, Weight};
use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorMetadata};

/// What an operand is in ⟨output, conv(input, weight)⟩.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Input,
    Weight,
    Output,
}

/// An operand of this role: images are [images, height, width, channels], the weight is [out, in / groups, k, k].
type Operand<B> = (Role, Tensor<B, 4>);

/// The derivative by the operand whose role is not among those of `operands`, of this `shape`. The activation
/// of `op` is left out.
pub fn derivative<B: Kernel>(
    op: Convolution,
    shape: [usize; 4],
    operands: [Operand<Autodiff<B>>; 2],
) -> Tensor<Autodiff<B>, 4> {
    let roles = operands.each_ref().map(|(role, _)| *role);
    let tensors = operands.map(|(_, tensor)| inner(tensor));
    let nodes = tensors.each_ref().map(|tensor| tensor.node.clone());
    let inside = tensors.map(|tensor| tensor.primitive);
    let values = derivative_inside::<B>(
        op,
        shape,
        std::array::from_fn(|at| (roles[at], primitive(inside[at].clone()))),
    );
    let values = inner(values);
    let derivative = match Trilinear.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(State::<B> { op, roles, operands: inside }, values),
        OpsKind::UnTracked(prepared) => prepared.finish(values),
    };
    primitive(derivative)
}

/// The same on the backend inside, by its kernels.
fn derivative_inside<B: Kernel>(
    op: Convolution,
    shape: [usize; 4],
    operands: [Operand<B>; 2],
) -> Tensor<B, 4> {
    let op = Convolution { activation: Activation::Identity, ..op };
    let device = operands[0].1.device();
    let of = |role: Role| {
        let found = operands.iter().find(|(of, _)| *of == role);
        found.map_or_else(|| Tensor::zeros(shape, &device), |(_, tensor)| tensor.clone())
    };
    let (input, weight) = (of(Role::Input), of(Role::Weight));
    if operands.iter().all(|(role, _)| *role != Role::Output) {
        return B::convolution(op, input, Weight::Dense(weight), None);
    }
    let is_of_input = operands.iter().all(|(role, _)| *role != Role::Input);
    let output = of(Role::Output);
    let layer = LayerBackward {
        input,
        weight: Weight::Dense(weight),
        bias: Bias::Absent,
        output: output.clone(),
        gradient: output,
        input_gradient: if is_of_input { InputGradient::Write } else { InputGradient::Skip },
    };
    let gradients = B::convolution_gradients(op, layer);
    gradients.input.unwrap_or_else(|| filters::<B>(shape, gradients.weight))
}

#[derive(Debug)]
struct Trilinear;

/// What the backward pass of a derivative needs.
#[derive(Clone, Debug)]
struct State<B: Backend> {
    op: Convolution,
    roles: [Role; 2],
    operands: [B::FloatTensorPrimitive; 2],
}

impl<B: Kernel> Backward<B, 2> for Trilinear {
    type State = State<B>;

    fn backward(self, ops: Ops<State<B>, 2>, gradients: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let State { op, roles, operands } = ops.state;
        let missing =
            [Role::Input, Role::Weight, Role::Output].into_iter().find(|role| !roles.contains(role));
        let missing = missing.expect("two operands have two of three roles");
        let gradient = primitive::<B, 4>(gradients.consume::<B>(&ops.node));
        for (at, parent) in ops.parents.into_iter().enumerate() {
            let Some(parent) = parent else { continue };
            let other = (roles[1 - at], primitive(operands[1 - at].clone()));
            let shape = operands[at].shape().dims();
            let of_parent = derivative_inside::<B>(op, shape, [other, (missing, gradient.clone())]);
            gradients.register::<B>(parent.id, inner(of_parent));
        }
    }
}
