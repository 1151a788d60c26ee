//! Importances against PyTorch and torch-pruning: see `tests/reference/channels.py`.

use super::testing::Toy;
use super::{Activation, Change, Importance, Sensitivity, Statistic, Wanda};
use crate::reference::{Reference, assert_agree};

/// Asserts that the scores of every layer are those called `name`.
fn assert_scores(name: &str, importance: &Importance, small: f64) {
    let reference = Reference::channels();
    let (images, labels): (Vec<u8>, Vec<u16>) = (reference.get("/images"), reference.get("/labels"));
    let toy = Toy::new([0.0; 4], &labels).batched(reference.get("/batch"));
    let scores =
        toy.with_network(&reference.network(), images, |context| importance.assess(context).unwrap().scores);
    assert_eq!(scores.0.len(), 5);
    for (layer, scores) in scores.0 {
        let expected: Vec<f64> = reference.get(&format!("/scores/{name}/{layer}"));
        assert_agree(&format!("{name} of {layer}"), &scores, &expected, small);
    }
}

// Two batches are all images.
#[test]
fn wanda_is_that_of_the_unfolded_input() {
    assert_scores("wanda", &Importance::Wanda(Wanda { batches: 2 }), 1e-6);
}

#[test]
fn activations_are_behind_norms_shortcuts_and_pooling() {
    let activation = |statistic| Importance::Activation(Activation { batches: 2, statistic });
    assert_scores("activation", &activation(Statistic::Mean), 1e-6);
    assert_scores("apoz", &activation(Statistic::Apoz), 1e-6);
}

#[test]
fn geometric_medians_are_sums_of_distances() {
    assert_scores("geometric-median", &Importance::GeometricMedian, 1e-6);
}

// A loss of about 2 in single precision is exact to some 1e-7.
#[test]
fn sensitivities_are_changes_of_the_loss() {
    let sensitivity = Sensitivity { batches: 2, change: Change::Rise };
    assert_scores("sensitivity", &Importance::Sensitivity(sensitivity), 0.02);
}

#[test]
fn scales_are_those_of_torch_pruning() {
    let reference = Reference::channels();
    let scores = super::testing::scores(&Importance::BatchNormScale, &reference.network());
    let channels: Vec<f32> = scores.0["conv1"].iter().step_by(4 * 3 * 3).copied().collect();
    assert_agree("batch-norm-scale", &channels, &reference.get::<Vec<f64>>("/batch-norm-scale"), 1e-6);
}
