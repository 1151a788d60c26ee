//! Gradients of penalties against PyTorch: see `tests/reference/channels.py`.

use super::{GrowingL2, Penalty};
use crate::kernel::to_host;
use crate::kernel::{Flex, FlexDevice};
use crate::model::Network;
use crate::reference::{Reference, assert_agree};
use crate::train::Duration;

#[test]
fn gradients_are_those_of_the_written_penalties() {
    let reference = Reference::channels();
    let network = Network::<Flex>::from_trained(&reference.network(), &FlexDevice);
    let strength: f64 = reference.get("/penalty/strength");
    let growing = GrowingL2 { step: 1.0, every: Duration::steps(1), limit: strength, share: None };
    for (name, penalty) in [
        ("batch-norm-scale", Penalty { batch_norm_scale: Some(strength), ..Penalty::default() }),
        ("group-lasso", Penalty { group_lasso: Some(strength), ..Penalty::default() }),
        ("growing-l2", Penalty { growing_l2: Some(growing), ..Penalty::default() }),
    ] {
        let zeros = network.parameters.iter().map(|parameter| Some(parameter.values().zeros_like()));
        let mut gradients: Vec<_> = zeros.collect();
        penalty.add(&penalty.choose(&network), 1, &network, &mut gradients);
        let penalized = reference.names(&format!("/penalty/{name}"));
        for (parameter, stored) in network.parameters.iter().zip(to_host(gradients.into_iter().flatten())) {
            let (array, found) = (&parameter.slot().name, parameter.array(stored).values);
            let expected = match penalized.contains(array) {
                true => reference.get(&format!("/penalty/{name}/{array}")),
                false => vec![0.0; found.len()],
            };
            assert_agree(&format!("{name} for {array}"), &found, &expected, 1e-6);
        }
    }
}
