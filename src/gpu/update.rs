//! One step of an optimizer, for all values of an array in one kernel.

use super::GpuArray;
use super::array::one_unit_each;
use crate::cpu::{AdamFormula, Formula, MomentumFormula};
use cubecl::Runtime;
use cubecl::prelude::*;

/// The new values, and the new state after them. Where `mask` is zero, the gradient counts as zero and the value
/// becomes zero.
pub fn step<R: Runtime>(
    formula: Formula,
    value: &GpuArray<R>,
    state: &[GpuArray<R>],
    gradient: &GpuArray<R>,
    mask: Option<&GpuArray<R>>,
) -> Vec<GpuArray<R>> {
    match (formula, state) {
        (Formula::Momentum(rule), []) => momentum(rule, value, None, gradient, mask),
        (Formula::Momentum(rule), [velocity]) => momentum(rule, value, Some(velocity), gradient, mask),
        (Formula::Adam(rule), [first, second]) => adam(rule, value, [first, second], gradient, mask),
        _ => unreachable!("the rule has other state than its formula"),
    }
}

fn momentum<R: Runtime>(
    rule: MomentumFormula,
    value: &GpuArray<R>,
    velocity: Option<&GpuArray<R>>,
    gradient: &GpuArray<R>,
    mask: Option<&GpuArray<R>>,
) -> Vec<GpuArray<R>> {
    let new_value = value.uninit(value.len());
    let new_velocity = velocity.map(|velocity| velocity.uninit(velocity.len()));
    let (count, units) = one_unit_each(value.client(), value.len());
    // SAFETY: every index is compared with the size, which all arrays have.
    unsafe {
        momentum_step::launch_unchecked::<R>(
            value.client(),
            count,
            units,
            value.arg(),
            velocity.unwrap_or(value).arg(),
            gradient.arg(),
            mask.unwrap_or(gradient).arg(),
            new_value.arg(),
            new_velocity.as_ref().unwrap_or(&new_value).arg(),
            rule.decay,
            rule.rate,
            rule.momentum,
            rule.nesterov,
            velocity.is_some(),
            mask.is_some(),
        );
    }
    [new_value].into_iter().chain(new_velocity).collect()
}

#[cube(launch_unchecked)]
fn momentum_step(
    value: &Array<f32>,
    velocity: &Array<f32>,
    gradient: &Array<f32>,
    mask: &Array<f32>,
    new_value: &mut Array<f32>,
    new_velocity: &mut Array<f32>,
    decay: f32,
    rate: f32,
    momentum: f32,
    #[comptime] nesterov: bool,
    #[comptime] has_velocity: bool,
    #[comptime] is_masked: bool,
) {
    let at = ABSOLUTE_POS;
    if at < value.len() {
        let mut step = gradient[at];
        if comptime!(is_masked) {
            step = select(mask[at] == 0.0, 0.0, step);
        }
        step += value[at] * decay;
        if comptime!(has_velocity) {
            let speed = velocity[at] * momentum + step;
            new_velocity[at] = speed;
            if comptime!(nesterov) {
                step += speed * momentum;
            } else {
                step = speed;
            }
        }
        let mut result = value[at] - step * rate;
        if comptime!(is_masked) {
            result = select(mask[at] == 0.0, 0.0, result);
        }
        new_value[at] = result;
    }
}

fn adam<R: Runtime>(
    rule: AdamFormula,
    value: &GpuArray<R>,
    [first, second]: [&GpuArray<R>; 2],
    gradient: &GpuArray<R>,
    mask: Option<&GpuArray<R>>,
) -> Vec<GpuArray<R>> {
    let [new_value, new_first, new_second] = [(); 3].map(|()| value.uninit(value.len()));
    let (count, units) = one_unit_each(value.client(), value.len());
    // SAFETY: every index is compared with the size, which all arrays have.
    unsafe {
        adam_step::launch_unchecked::<R>(
            value.client(),
            count,
            units,
            value.arg(),
            first.arg(),
            second.arg(),
            gradient.arg(),
            mask.unwrap_or(gradient).arg(),
            new_value.arg(),
            new_first.arg(),
            new_second.arg(),
            rule.gradient_decay,
            1.0 - rule.value_decay,
            rule.betas[0],
            rule.betas[1],
            rule.shares[0],
            rule.shares[1],
            rule.eps,
            rule.rate,
            rule.correction,
            mask.is_some(),
        );
    }
    vec![new_value, new_first, new_second]
}

#[cube(launch_unchecked)]
fn adam_step(
    value: &Array<f32>,
    first: &Array<f32>,
    second: &Array<f32>,
    gradient: &Array<f32>,
    mask: &Array<f32>,
    new_value: &mut Array<f32>,
    new_first: &mut Array<f32>,
    new_second: &mut Array<f32>,
    gradient_decay: f32,
    kept: f32,
    beta1: f32,
    beta2: f32,
    share1: f32,
    share2: f32,
    eps: f32,
    rate: f32,
    correction: f32,
    #[comptime] is_masked: bool,
) {
    let at = ABSOLUTE_POS;
    if at < value.len() {
        let mut step = gradient[at];
        if comptime!(is_masked) {
            step = select(mask[at] == 0.0, 0.0, step);
        }
        step += value[at] * gradient_decay;
        let mean = first[at] * beta1 + step * share1;
        let square = second[at] * beta2 + step * step * share2;
        new_first[at] = mean;
        new_second[at] = square;
        let mut result = value[at] * kept - mean / (square.sqrt() * correction + eps) * rate;
        if comptime!(is_masked) {
            result = select(mask[at] == 0.0, 0.0, result);
        }
        new_value[at] = result;
    }
}
