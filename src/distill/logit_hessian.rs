//! The second derivatives of the loss for the logits of one image.

use super::{Objective, Seen};
use crate::kernel::Kernel;
use burn::backend::Autodiff;
use burn::tensor::{Int, Tensor};

impl<B: Kernel> Objective<'_, B> {
    /// The Hessian `[classes, classes]` of the loss on one image with respect to the network's `logits`
    /// `[1, classes]`, for the image `[1, height, width, channels]` and its label `[1]`.
    ///
    /// Each row is by Burn's differentiation of the terms' own gradients, on a batch that has the image once a
    /// class.
    pub fn logit_hessian(
        &self,
        logits: Tensor<B, 2>,
        image: &Tensor<B, 4>,
        label: Tensor<B, 1, Int>,
    ) -> Tensor<B, 2> {
        let [_, classes] = logits.dims();
        let copies =
            |logits: Tensor<B, 2>| Tensor::<Autodiff<B>, 2>::from_inner(logits.repeat_dim(0, classes));
        let student = copies(logits.clone()).require_grad();
        let said = self.teach(image).map(|taught| taught.said.map(copies));
        let labels = Tensor::from_inner(label.repeat_dim(0, classes));
        let seen = Seen { student: student.clone(), labels, said: said.as_ref(), taps: None };
        let terms = self.loss.terms(&seen);
        let weighted = terms.into_iter().filter_map(|term| Some(term.logits? * term.weight));
        let gradient = weighted.reduce(Tensor::add).expect("the check refuses a loss without terms");
        // Copy k contributes the k-th component of its gradient, whose derivative is row k. The loss is a
        // mean of the copies, of which each counts as an image here.
        let own = gradient * Tensor::eye(classes, &logits.device());
        let rows = student.grad(&own.sum().backward());
        rows.map_or_else(|| logits.zeros_like().repeat_dim(0, classes), |rows| rows * classes as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::Teachers;
    use crate::distill::loss::{CrossEntropy, Logits, LossMix, SoftLabels};
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Mlp;
    use crate::model::{Array, Model, Network, Weights};
    use std::sync::Arc;

    /// The Hessian at logits (0, ln 3), so p = (¼, ¾), with a teacher whose logits are zero.
    fn hessian(loss: &LossMix) -> Vec<f32> {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 1], 2).unwrap());
        let zeros =
            |shape: &[usize]| Array { shape: shape.into(), values: vec![0.0; shape.iter().product()] };
        let weights = graph.slots().iter().map(|slot| (slot.name.clone(), zeros(&slot.shape))).collect();
        let teachers = Teachers::one(Network::<Flex>::new(graph, &Weights(weights), &FlexDevice));
        let objective = Objective { loss, teachers: Some(&teachers), wiring: None };
        let logits = Tensor::from_data([[0.0, 1.098_612_3]], &FlexDevice);
        let image = Tensor::zeros([1, 1, 1, 1], &FlexDevice);
        let hessian = objective.logit_hessian(logits, &image, Tensor::from_data([1], &FlexDevice));
        hessian.into_data().to_vec().unwrap()
    }

    fn assert_near(found: &[f32], expected: [f32; 4]) {
        let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6);
        assert!(near && found.len() == 4, "{found:?} is not {expected:?}");
    }

    // diag(p) − p·pᵀ: ¼ − 1/16 = 3/16 on the diagonal.
    const OF_CROSS_ENTROPY: [f32; 4] = [0.1875, -0.1875, -0.1875, 0.1875];

    #[test]
    fn of_cross_entropy_is_the_covariance_of_the_classes() {
        let smoothed = CrossEntropy { weight: 2.0.into(), smoothing: 0.1 };
        let loss = LossMix { cross_entropy: Some(smoothed), ..LossMix::EMPTY };
        assert_near(&hessian(&loss), OF_CROSS_ENTROPY.map(|value| 2.0 * value));
    }

    // The divergence from a teacher at temperature 1 has the same; a mean square over two logits has 2 / 2 on
    // the diagonal.
    #[test]
    fn of_terms_with_a_teacher_adds_up() {
        let loss = LossMix {
            soft_labels: Some(SoftLabels::new(1.0, 1.0)),
            logits: Some(Logits::from(0.5)),
            ..LossMix::EMPTY
        };
        let [a, b, c, d] = OF_CROSS_ENTROPY;
        assert_near(&hessian(&loss), [a + 0.5, b, c, d + 0.5]);
    }
}
