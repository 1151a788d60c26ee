//! The sum of the norms of all filters.

use super::inner_weights::inner_weights;
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Network, Parameter};
use burn::tensor::Tensor;

/// Adds λ · w / ‖w‖₂ to the gradient of every filter w: the gradient of λ · Σ ‖w‖₂, and 0 for a filter of zeros
/// (Wen et al., 2016).
pub(super) fn add<B: Kernel>(strength: f64, network: &Network<B>, arrays: &mut [Option<Tensor<B, 1>>]) {
    for slot in inner_weights(network) {
        let parameter = &network.parameters[slot];
        let direction = if parameter.is_sparse() { of_sparse(parameter) } else { of_dense(parameter) };
        arrays[slot] = arrays[slot].take().map(|gradient| gradient + direction * strength);
    }
}

/// w / ‖w‖₂ of each filter, where all values are stored: a filter's are neighbours in every order.
fn of_dense<B: Kernel>(parameter: &Parameter<B>) -> Tensor<B, 1> {
    let values = parameter.values().clone();
    let (outputs, size) = (parameter.slot().shape[0], parameter.slot().fan_in());
    let filters = values.reshape([outputs, size]);
    let norms = row_sums(filters.clone() * filters.clone()).sqrt();
    // A filter of zeros is divided by 1.
    let norms = norms.clone() + norms.equal_elem(0.0).float();
    (filters / norms).flatten(0, 1)
}

/// The sum of each row [rows, 1], in an order that depends on its length alone: by halves.
fn row_sums<B: Kernel>(mut rows: Tensor<B, 2>) -> Tensor<B, 2> {
    loop {
        let columns = rows.dims()[1];
        if columns == 1 {
            return rows;
        }
        let half = columns / 2;
        let column = |from: usize, count: usize| rows.clone().narrow(1, from, count);
        let sums = column(0, half) + column(half, half);
        rows = if columns % 2 == 1 { Tensor::cat(vec![sums, column(2 * half, 1)], 1) } else { sums };
    }
}

/// The same where few values are stored, which are not in the order of the filters.
fn of_sparse<B: Kernel>(parameter: &Parameter<B>) -> Tensor<B, 1> {
    let stored = to_host([parameter.values().clone()]).remove(0);
    let Array { mut values, .. } = parameter.array(stored);
    for filter in values.chunks_exact_mut(parameter.slot().fan_in()) {
        let norm = filter.iter().map(|weight| f64::from(*weight) * f64::from(*weight)).sum::<f64>().sqrt();
        if norm > 0.0 {
            filter.iter_mut().for_each(|weight| *weight = (f64::from(*weight) / norm) as f32);
        }
    }
    parameter.stored(&values)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{network, penalized};
    use super::*;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::{Role, Slot};
    use crate::train::Penalty;

    // (3, 4) has the norm 5, (0, 0) none, (0, −2) is 2 long; the layer of the logits stays.
    #[test]
    fn pulls_every_filter_along_itself() {
        let penalty = Penalty { group_lasso: Some(0.5), ..Penalty::default() };
        let weights: [(&str, &[f32]); 2] =
            [("conv1.weight", &[3.0, 4.0, 0.0, 0.0, 0.0, -2.0]), ("fc.weight", &[1.0; 6])];
        let gradients = penalized(&penalty, 0, &weights);
        assert_eq!(gradients["conv1.weight"], [0.3, 0.4, 0.0, 0.0, 0.0, -0.5]);
        assert_eq!(gradients["fc.weight"], [0.0; 6]);
        assert_eq!(inner_weights(&network(&[])).count(), 1);
    }

    // Of 1, 2, 3, 4, 5: (1 + 3) + (2 + 4), and 5.
    #[test]
    fn rows_of_any_length_add_up() {
        let rows = Tensor::<Flex, 2>::from_data([[1.0, 2.0, 3.0, 4.0, 5.0], [1.0; 5]], &FlexDevice);
        assert_eq!(row_sums(rows).into_data().to_vec::<f32>().unwrap(), [15.0, 5.0]);
    }

    #[test]
    fn sparse_and_dense_storage_give_the_same() {
        let slot = Slot { name: "fc.weight".into(), node: 1, shape: vec![100, 100], role: Role::Weight };
        let values: Vec<f32> = (0..10_000).map(|index| (index % 13) as f32 - 6.0).collect();
        let mut sparse = Parameter::<Flex>::new(slot.clone(), &values, &FlexDevice);
        let mask: Vec<bool> = (0..10_000).map(|index| index % 10 == 3).collect();
        sparse.remask(Some(&mask));
        assert!(sparse.is_sparse());
        let masked: Vec<f32> =
            values.iter().zip(&mask).map(|(v, kept)| if *kept { *v } else { 0.0 }).collect();
        let dense = Parameter::<Flex>::new(slot, &masked, &FlexDevice);
        let [of_sparse, of_dense] =
            [sparse.array(read(of_sparse(&sparse))), dense.array(read(of_dense(&dense)))];
        let near = of_sparse.values.iter().zip(&of_dense.values).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "{of_sparse:?} is not {of_dense:?}");
    }

    fn read(tensor: Tensor<Flex, 1>) -> Vec<f32> {
        to_host([tensor]).remove(0)
    }
}
