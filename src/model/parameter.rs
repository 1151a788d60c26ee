//! One array of a network on a device: its values, its mask and its optimizer state.

use super::{Array, Role, Slot};
use crate::kernel::{Arrays, FilterOrder, Kernel, SparsityPattern, UpdateRule, Weight, to_host};
use burn::backend::Autodiff;
use burn::tensor::{Tensor, TensorData};
use std::sync::Arc;

/// The array of one slot, flat, so that optimizers and masks see one kind of tensor.
#[derive(Clone, Debug)]
pub struct Parameter<B: Kernel> {
    slot: Slot,
    values: Tensor<B, 1>,
    storage: Storage<B>,
    /// Optimizer state, stored as the values are; empty before the first step.
    state: Vec<Tensor<B, 1>>,
}

/// How the values of a parameter, and its optimizer state, are stored: all of them in the backend's
/// [order](FilterOrder), or few in PyTorch's.
#[derive(Clone, Debug)]
enum Storage<B: Kernel> {
    /// All values, none masked.
    Dense,
    /// All values. The mask, in the same order, is 1 where a value is kept and 0 where it is masked.
    Masked(Tensor<B, 1>),
    /// The kept values only, in the order of the pattern.
    Sparse(Arc<SparsityPattern>),
}

impl<B: Kernel> Parameter<B> {
    /// Puts `values`, which fit `slot`, on `device`: without a mask, and with no optimizer state.
    pub fn new(slot: Slot, values: &[f32], device: &B::Device) -> Self {
        let storage = Storage::Dense;
        let values = storage.put(&slot, values, device);
        Self { slot, values, storage, state: Vec::new() }
    }

    pub fn slot(&self) -> &Slot {
        &self.slot
    }

    /// The stored values.
    pub fn values(&self) -> &Tensor<B, 1> {
        &self.values
    }

    /// Replaces the stored values.
    pub fn set_values(&mut self, values: Tensor<B, 1>) {
        self.values = values;
    }

    /// Whether only the kept values are stored.
    pub fn is_sparse(&self) -> bool {
        matches!(self.storage, Storage::Sparse(_))
    }

    /// The values as the layer that they are the weight of takes them.
    pub(super) fn weight<const W: usize>(&self) -> Weight<B, W> {
        match &self.storage {
            Storage::Dense | Storage::Masked(_) => {
                let shape: [usize; W] = self.slot.shape[..].try_into().expect("a weight of W dimensions");
                let values = self.values.clone();
                if reordered::<B>(&self.slot).is_none() {
                    return Weight::Dense(values.reshape(shape));
                }
                // What lies as [out, .., in], seen as [out, in, ..].
                let mut stored = shape;
                stored[1..].rotate_left(1);
                let axes: [usize; W] = std::array::from_fn(|axis| match axis {
                    0 => 0,
                    1 => W - 1,
                    _ => axis - 1,
                });
                Weight::Dense(values.reshape(stored).permute(axes.map(|axis| axis as isize)))
            }
            Storage::Sparse(pattern) => Weight::Sparse(Arc::clone(pattern), self.values.clone()),
        }
    }

    /// The optimizer state, stored as the values are; empty before the first step.
    pub fn state(&self) -> &[Tensor<B, 1>] {
        &self.state
    }

    /// All values, for `stored` ones of this parameter that were brought to the host; masked values are zero.
    pub fn array(&self, stored: Vec<f32>) -> Array {
        Array { shape: self.slot.shape.clone(), values: self.storage.get(&self.slot, stored) }
    }

    /// `values`, one for each of this parameter's, stored as those are.
    pub fn stored(&self, values: &[f32]) -> Tensor<B, 1> {
        self.storage.put(&self.slot, values, &self.values.device())
    }

    /// Replaces the optimizer state.
    pub fn set_state(&mut self, state: &[&Array]) {
        let device = self.values.device();
        self.state = state.iter().map(|state| self.storage.put(&self.slot, &state.values, &device)).collect();
    }

    /// The parameter for evaluations, which need no optimizer state.
    pub(super) fn without_state(&self) -> Self {
        Self { state: Vec::new(), ..self.clone() }
    }

    /// The parameter with values that Burn's differentiation tracks.
    pub(super) fn tracked(&self) -> Parameter<Autodiff<B>> {
        let values = Tensor::from_inner(self.values.clone());
        let values = if self.slot.role.is_learned() { values.require_grad() } else { values };
        let storage = match &self.storage {
            Storage::Dense => Storage::Dense,
            Storage::Masked(mask) => Storage::Masked(Tensor::from_inner(mask.clone())),
            Storage::Sparse(pattern) => Storage::Sparse(Arc::clone(pattern)),
        };
        Parameter { slot: self.slot.clone(), values, storage, state: Vec::new() }
    }

    /// One optimizer step along `gradient`, in one pass over the values where the backend has a kernel for it.
    /// Masked values stay exactly zero.
    pub fn update<R: UpdateRule<N>, const N: usize>(&mut self, rule: &R, gradient: Tensor<B, 1>) {
        // The tensors are moved out, so that they are not shared and can be updated in place.
        let value = std::mem::replace(&mut self.values, gradient.clone());
        let mut state = std::mem::take(&mut self.state).into_iter();
        let state = std::array::from_fn(|_| state.next().unwrap_or_else(|| value.zeros_like()));
        let mask = match &self.storage {
            Storage::Masked(mask) => Some(mask.clone()),
            Storage::Dense | Storage::Sparse(_) => None,
        };
        let Arrays { value, state } = B::update(rule, Arrays { value, state }, gradient, mask);
        (self.values, self.state) = (value, state.into());
    }

    /// Replaces the mask: `mask` is true where a value is kept, and `None` keeps all. What was kept and stays
    /// kept has its value and optimizer state as before. Newly masked values become zero, and regrown ones
    /// start at zero with fresh optimizer state.
    pub fn remask(&mut self, mask: Option<&[bool]>) {
        let before = self.storage.mask(&self.slot);
        if before.is_none() && mask.is_none() {
            return;
        }
        let device = self.values.device();
        let storage = Storage::for_mask(&self.slot, mask, &device);
        let was_kept = |index: usize| before.as_ref().is_none_or(|before| before[index]);
        let is_kept = |index: usize| mask.is_none_or(|mask| mask[index]);
        let store_anew = |stored: &Tensor<B, 1>| {
            let mut values = self.storage.get(&self.slot, read(stored));
            for (index, value) in values.iter_mut().enumerate() {
                if !(was_kept(index) && is_kept(index)) {
                    *value = 0.0;
                }
            }
            storage.put(&self.slot, &values, &device)
        };
        let values = store_anew(&self.values);
        let state = self.state.iter().map(store_anew).collect();
        (self.values, self.state, self.storage) = (values, state, storage);
    }
}

impl<B: Kernel> Storage<B> {
    /// The storage for `mask`: the weight of a linear layer or of a 1 × 1 convolution is stored sparse where the
    /// backend prefers that.
    fn for_mask(slot: &Slot, mask: Option<&[bool]>, device: &B::Device) -> Self {
        let Some(mask) = mask else { return Self::Dense };
        assert_eq!(mask.len(), slot.size(), "the mask of `{}` has its size", slot.name);
        if let (Role::Weight, [_, inputs] | [_, inputs, 1, 1]) = (slot.role, &slot.shape[..]) {
            let pattern = SparsityPattern::new(mask, *inputs);
            if B::prefers_sparse(&pattern) {
                return Self::Sparse(Arc::new(pattern));
            }
        }
        let mask: Vec<f32> = mask.iter().map(|&is_kept| f32::from(u8::from(is_kept))).collect();
        Self::Masked(Self::Dense.put(slot, &mask, device))
    }

    /// True where a value is kept; `None` where none is masked.
    fn mask(&self, slot: &Slot) -> Option<Vec<bool>> {
        match self {
            Self::Dense => None,
            Self::Masked(mask) => {
                Some(self.get(slot, read(mask)).into_iter().map(|value| value != 0.0).collect())
            }
            Self::Sparse(pattern) => {
                let [outputs, inputs] = pattern.shape();
                let mut mask = vec![false; outputs * inputs];
                pattern.positions().for_each(|position| mask[position] = true);
                Some(mask)
            }
        }
    }

    /// Stores `values`, all those of `slot`, on `device`.
    fn put(&self, slot: &Slot, values: &[f32], device: &B::Device) -> Tensor<B, 1> {
        let values = match (self, reordered::<B>(slot)) {
            (Self::Sparse(pattern), _) => pattern.gather(values),
            (Self::Dense | Self::Masked(_), Some([inputs, window])) => transposed(values, inputs, window),
            (Self::Dense | Self::Masked(_), None) => values.to_vec(),
        };
        let length = values.len();
        Tensor::from_data(TensorData::new(values, [length]), device)
    }

    /// All values of `slot`, for the `stored` ones.
    fn get(&self, slot: &Slot, stored: Vec<f32>) -> Vec<f32> {
        match (self, reordered::<B>(slot)) {
            (Self::Sparse(pattern), _) => pattern.scatter(&stored),
            (Self::Dense | Self::Masked(_), Some([inputs, window])) => transposed(&stored, window, inputs),
            (Self::Dense | Self::Masked(_), None) => stored,
        }
    }
}

/// Where all values of `slot` lie in another order than PyTorch's, those of a convolution's weight: its number of
/// inputs, and of pixels in its window.
fn reordered<B: Kernel>(slot: &Slot) -> Option<[usize; 2]> {
    match &slot.shape[..] {
        [_, inputs, window @ ..] if !window.is_empty() && B::filter_order() == FilterOrder::ChannelsLast => {
            Some([*inputs, window.iter().product()])
        }
        _ => None,
    }
}

/// Each matrix of `rows` × `columns` values, transposed.
fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let matrices = values.chunks_exact(rows * columns);
    let transposed = matrices
        .flat_map(|matrix| (0..columns).flat_map(move |column| matrix[column..].iter().step_by(columns)));
    transposed.copied().collect()
}

fn read<B: Kernel>(tensor: &Tensor<B, 1>) -> Vec<f32> {
    to_host([tensor.clone()]).remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Flex, FlexDevice};
    use burn::tensor::backend::Backend;

    /// s ← s + g; w ← w − s.
    struct Sum;

    impl UpdateRule<1> for Sum {
        fn tensors<B: Backend>(&self, arrays: Arrays<B, 1>, gradient: Tensor<B, 1>) -> Arrays<B, 1> {
            let Arrays { value, state: [state] } = arrays;
            let state = state + gradient;
            Arrays { value: value - state.clone(), state: [state] }
        }

        fn element(&self, value: f32, [state]: [f32; 1], gradient: f32) -> (f32, [f32; 1]) {
            let state = state + gradient;
            (value - state, [state])
        }
    }

    fn parameter(shape: &[usize]) -> Parameter<Flex> {
        let slot = Slot { name: "fc.weight".into(), node: 1, shape: shape.into(), role: Role::Weight };
        let values: Vec<f32> = (0..slot.size()).map(|index| index as f32 + 1.0).collect();
        Parameter::new(slot, &values, &FlexDevice)
    }

    /// Values and state, after a step along a gradient of 1 for every stored value.
    fn step(parameter: &mut Parameter<Flex>) -> (Vec<f32>, Vec<f32>) {
        let gradient = parameter.values().ones_like();
        parameter.update(&Sum, gradient);
        (values_of(parameter), state_of(parameter))
    }

    fn values_of<B: Kernel>(parameter: &Parameter<B>) -> Vec<f32> {
        parameter.array(read(parameter.values())).values
    }

    /// The first array of the optimizer state.
    fn state_of<B: Kernel>(parameter: &Parameter<B>) -> Vec<f32> {
        parameter.array(read(&parameter.state()[0])).values
    }

    // By hand, from w = [1, 2, 3, 4] and s = 0. Unmasked: s = 1, w = [0, 1, 2, 3]. With the second and the
    // fourth masked: s = 2 where kept, w = [−2, 0, 0, 0]. Then the first is masked and the second regrown: it
    // starts at zero with s = 0, so s = 1 and w = −1; the third has s = 3 and w = 0 − 3.
    #[test]
    fn regrown_weights_start_at_zero_with_fresh_state() {
        let mut parameter = parameter(&[2, 2]);
        assert_eq!(step(&mut parameter), (vec![0.0, 1.0, 2.0, 3.0], vec![1.0; 4]));
        parameter.remask(Some(&[true, false, true, false]));
        assert!(!parameter.is_sparse());
        let (values, state) = step(&mut parameter);
        assert_eq!(values, [-2.0, 0.0, 0.0, 0.0]);
        assert_eq!([state[0], state[2]], [2.0, 2.0]);
        parameter.remask(Some(&[false, true, true, false]));
        let (values, state) = step(&mut parameter);
        assert_eq!(values, [0.0, -1.0, -3.0, 0.0]);
        assert_eq!([state[1], state[2]], [1.0, 3.0]);
    }

    // 100 × 100 weights with one in ten kept are stored sparse, 9 in 10 dense with a mask.
    #[test]
    fn remasking_changes_between_dense_and_sparse_storage() {
        let mut parameter = parameter(&[100, 100]);
        let before = step(&mut parameter).0;
        let few: Vec<bool> = (0..10_000).map(|index| index % 10 == 3).collect();
        let many: Vec<bool> = (0..10_000).map(|index| index % 10 != 0).collect();
        let kept = |mask: &[bool]| -> Vec<f32> {
            before.iter().zip(mask).map(|(value, kept)| if *kept { *value } else { 0.0 }).collect()
        };
        parameter.remask(Some(&few));
        assert!(parameter.is_sparse());
        assert_eq!(values_of(&parameter), kept(&few));
        let state: Vec<f32> = few.iter().map(|&kept| f32::from(u8::from(kept))).collect();
        assert_eq!(state_of(&parameter), state);
        parameter.remask(Some(&many));
        assert!(!parameter.is_sparse());
        assert_eq!(values_of(&parameter), kept(&few));
        parameter.remask(None);
        assert_eq!(values_of(&parameter), kept(&few));
        let (values, state) = step(&mut parameter);
        assert_eq!((values[3], state[3]), (before[3] - 2.0, 2.0));
        assert_eq!((values[4], state[4]), (-1.0, 1.0));
    }

    #[test]
    fn state_comes_back_as_it_was_set() {
        let mut parameter = parameter(&[100, 100]);
        parameter.remask(Some(&(0..10_000).map(|index| index % 10 == 3).collect::<Vec<_>>()));
        let values = (0..10_000).map(|index| if index % 10 == 3 { index as f32 } else { 0.0 }).collect();
        let state = Array { shape: vec![100, 100], values };
        parameter.set_state(&[&state]);
        assert_eq!(state_of(&parameter), state.values);
        assert!(parameter.without_state().state().is_empty());
    }
}
