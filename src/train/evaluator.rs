//! Evaluations during a training, and the network that `keep` chooses among those evaluated.

use super::history::{Evaluation, LossMeter, Losses};
use super::stepper::Stepper;
use super::{Checkpoint, Keep, Outcome, Quality, TrainError, Training, evaluate_splits};
use crate::data::steps_per_epoch;
use crate::format::real;
use crate::kernel::Kernel;
use crate::model::{Loader, Network};
use crate::prune::Masks;

/// Evaluates a network in training and remembers the best so far.
pub(super) struct Evaluator<'a, B: Kernel> {
    loader: &'a Loader<'a, B>,
    training: &'a Training,
    /// The step at which the training starts.
    first: u64,
    history: Vec<Evaluation>,
    best: Option<Best<B>>,
    accuracy_last: f64,
    accuracy_best_test: f64,
}

/// What `keep` would choose if the training ended now.
struct Best<B: Kernel> {
    step: u64,
    network: Network<B>,
    masks: Masks,
    test: Quality,
    validation: Option<Quality>,
}

impl<'a, B: Kernel> Evaluator<'a, B> {
    pub fn new(loader: &'a Loader<'a, B>, training: &'a Training, first: u64) -> Self {
        let (history, best) = (Vec::new(), None);
        let (accuracy_last, accuracy_best_test) = (0.0, 0.0);
        Self { loader, training, first, history, best, accuracy_last, accuracy_best_test }
    }

    /// Evaluates the network of `stepper` after `step` steps; `meter` has the training loss since the last time.
    /// Losses that are infinite are recorded as what they are, since later steps may bring them down.
    ///
    /// # Errors
    /// Where the training loss is not a number: then the weights are none either, and no step mends them.
    pub fn evaluate(
        &mut self,
        step: u64,
        stepper: &Stepper<'_, B>,
        meter: &mut LossMeter<B>,
    ) -> Result<(), TrainError> {
        let network = stepper.network();
        let Losses { mix, loss: loss_train, terms, weighted } = meter.take();
        if let Some(loss) = loss_train.filter(|loss| loss.is_nan()) {
            let weights = weights(self.training, step);
            return Err(TrainError::Diverged { of: "training", step, loss, weights });
        }
        let (test, validation) = evaluate_splits(network, self.loader);
        let last = step.saturating_sub(1);
        // Before the first step there is none that it was in.
        let loss = mix.unwrap_or_else(|| stepper.learned(self.training.loss.at(last, self.training.steps)));
        let temperatures = loss.temperatures();
        self.history.push(Evaluation {
            step,
            epoch: step as f64
                / steps_per_epoch(self.loader.splits().train.len(), self.training.batch) as f64,
            learning_rate: self.training.learning_rate(last),
            temperature: temperatures.first().map(|(_, temperature)| *temperature),
            temperatures: temperatures.into_iter().map(|(term, value)| (term.to_owned(), value)).collect(),
            loss_train,
            terms,
            weighted,
            accuracy_validation: validation.as_ref().map(|quality| quality.accuracy),
            nll_validation: validation.as_ref().map(|quality| quality.nll),
            accuracy_test: test.accuracy,
            nll_test: test.nll,
        });
        self.accuracy_last = test.accuracy;
        if self.is_candidate(step) {
            self.accuracy_best_test = self.accuracy_best_test.max(test.accuracy);
            if self.is_better(validation.as_ref()) {
                let (network, masks) = (network.without_state(), stepper.masks().clone());
                self.best = Some(Best { step, network, masks, test, validation });
            }
        }
        Ok(())
    }

    /// Whether `keep` may choose the network after `step` steps: not the one that the training started from,
    /// unless it takes no step, and none that is yet to reach its target.
    fn is_candidate(&self, step: u64) -> bool {
        let taken = step.saturating_sub(self.first);
        let reaches = |steps| self.training.masking.is_none_or(|masking| masking.has_reached_target(steps));
        self.training.steps <= self.first || (taken > 0 && reaches(taken))
    }

    /// Whether the network just evaluated takes the place of the best.
    fn is_better(&self, validation: Option<&Quality>) -> bool {
        let best = self.best.as_ref().and_then(|best| best.validation.as_ref());
        match (self.training.keep, best, validation) {
            (Keep::BestValidation, Some(best), Some(now)) => now.accuracy > best.accuracy,
            (Keep::BestValidation | Keep::Last, _, _) => true,
        }
    }

    /// Changes the network that `keep` chooses, once the training is over, and evaluates it again.
    pub fn change_best(
        &mut self,
        change: impl FnOnce(&mut Network<B>) -> Result<(), TrainError>,
    ) -> Result<(), TrainError> {
        let best = self.best.as_mut().expect("the network after the last step is a candidate");
        change(&mut best.network)?;
        (best.test, best.validation) = evaluate_splits(&best.network, self.loader);
        let accuracy = best.test.accuracy;
        if self.history.last().is_some_and(|last| last.step == best.step) {
            self.accuracy_last = accuracy;
        }
        // Where no step was taken, this is the one candidate.
        let others = if best.step > self.first { self.accuracy_best_test } else { accuracy };
        self.accuracy_best_test = others.max(accuracy);
        Ok(())
    }

    /// What the training left after `steps` steps.
    ///
    /// # Errors
    /// Where the chosen network, or the last, has a validation loss that is not finite; one in between may have one. The
    /// test split says so only where no image validates: elsewhere its loss is recorded as what it is, and decides
    /// nothing.
    pub fn outcome(self, checkpoints: Vec<Checkpoint>, steps: u64) -> Result<Outcome, TrainError> {
        let best = self.best.expect("the network after the last step is a candidate");
        let last = self.history.last().expect("the last step is always evaluated");
        let (of, kept, ended) = match (&best.validation, last.nll_validation) {
            (Some(validation), Some(ended)) => ("validation", validation.nll, ended),
            (None, _) | (_, None) => ("test", best.test.nll, last.nll_test),
        };
        let losses = [(best.step, kept), (last.step, ended)];
        if let Some((step, loss)) = losses.into_iter().find(|(_, loss)| !loss.is_finite()) {
            return Err(TrainError::Diverged { of, step, loss, weights: weights(self.training, step) });
        }
        Ok(Outcome {
            kept: best.network.trained(),
            masks: best.masks,
            test: best.test,
            validation: best.validation,
            accuracy_last: self.accuracy_last,
            accuracy_best_test: self.accuracy_best_test,
            history: self.history,
            checkpoints,
            steps,
        })
    }
}

/// The weights that the terms of a loss had in the last of `steps` steps, as an error says them: nothing of one alone.
fn weights(training: &Training, steps: u64) -> String {
    let loss = training.loss.at(steps.saturating_sub(1), training.steps);
    let weights = loss.scheduled().into_iter().filter(|(_, setting, _)| *setting == "weight");
    let weights = weights.map(|(term, _, weight)| format!("{} · {term}", real(weight.value())));
    match &weights.collect::<Vec<_>>()[..] {
        [] | [_] => String::new(),
        several => format!(", the weight of a term ({})", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, Splits, Synthetic};
    use crate::distill::LossMix;
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Mlp;
    use crate::model::{Model, Trained, Weights};
    use crate::train::Settings;
    use burn::tensor::Tensor;
    use serde_json::json;
    use std::sync::Arc;

    /// What a training leaves whose network is sound and whose training loss before each evaluation was one of
    /// `losses`.
    fn trained(losses: &[f32]) -> Result<Outcome, TrainError> {
        let source = Source::Synthetic(Synthetic { train: 8, test: 4, ..Synthetic::default() });
        let splits = Splits::new(Arc::new(source.load().unwrap()), 0.0, 0);
        let training = Settings::default().resolve(splits.train.len(), 0);
        let graph = Arc::new(Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 8, 8], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let start = Checkpoint::start(Trained::new(graph, weights).unwrap());
        let stepper = Stepper::<Flex>::new(&start, &training.optimizer, &FlexDevice);
        let loader = Loader::new(&splits, &FlexDevice);
        let mut evaluator = Evaluator::new(&loader, &training, 0);
        let mut meter = LossMeter::default();
        for (step, &loss) in (1..).zip(losses) {
            meter.add(8, LossMix::default(), Tensor::from_floats([loss], &FlexDevice), &[]);
            evaluator.evaluate(step, &stepper, &mut meter)?;
        }
        evaluator.outcome(Vec::new(), losses.len() as u64)
    }

    /// What a training leaves that starts at step `first` from a network which is better than after its step.
    fn kept_after(first: u64, steps: u64) -> Outcome {
        let source = Source::Synthetic(Synthetic { train: 40, test: 8, ..Synthetic::default() });
        let splits = Splits::new(Arc::new(source.load().unwrap()), 0.5, 0);
        let training = Settings { steps: Some(2), ..Settings::default() }.resolve(20, 20);
        let graph = Arc::new(Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 8, 8], 10).unwrap());
        // The bias says which class every image is taken for.
        let stepper = |class: Option<u16>| {
            let mut weights = Weights::initial(&graph, &Draw::new(0, "dense"));
            weights.0.values_mut().for_each(|array| array.values.fill(0.0));
            if let Some(class) = class {
                weights.0["fc1.bias"].values[usize::from(class)] = 1.0;
            }
            let start = Checkpoint::start(Trained::new(Arc::clone(&graph), weights).unwrap());
            Stepper::<Flex>::new(&start, &training.optimizer, &FlexDevice)
        };
        let of = |class: u16| {
            let labels = splits.validation.iter().map(|&index| splits.dataset.train.labels[index as usize]);
            labels.filter(|label| *label == class).count()
        };
        let best = (0..10).max_by_key(|&class| of(class)).unwrap();
        let worst = (0..10).min_by_key(|&class| of(class)).unwrap();
        assert!(of(best) > of(worst));
        let training = Training { steps, ..training.clone() };
        let loader = Loader::new(&splits, &FlexDevice);
        let mut evaluator = Evaluator::new(&loader, &training, first);
        let mut meter = LossMeter::default();
        evaluator.evaluate(first, &stepper(Some(best)), &mut meter).unwrap();
        if steps > first {
            evaluator.evaluate(steps, &stepper(Some(worst)), &mut meter).unwrap();
        }
        evaluator.outcome(Vec::new(), steps - first).unwrap()
    }

    // It may be a pruned network that has not recovered, or one that was rewound to before it was pruned.
    #[test]
    fn the_network_that_a_training_starts_from_is_kept_only_where_there_is_no_step() {
        for first in [0, 5] {
            let outcome = kept_after(first, first + 2);
            let [start, end] = [0, 1].map(|index| outcome.history[index].accuracy_validation.unwrap());
            assert!(start > end);
            assert_eq!(outcome.validation.unwrap().accuracy, end);
            let still = kept_after(first, first);
            assert_eq!(still.validation.unwrap().accuracy, start);
        }
    }

    /// What a training leaves whose last losses are these.
    fn ended(validation: f64, test: f64) -> Result<Outcome, TrainError> {
        let source = Source::Synthetic(Synthetic { train: 8, test: 4, ..Synthetic::default() });
        let splits = Splits::new(Arc::new(source.load().unwrap()), 0.5, 0);
        let training = Settings::default().resolve(splits.train.len(), splits.validation.len());
        let graph = Arc::new(Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 8, 8], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let start = Checkpoint::start(Trained::new(graph, weights).unwrap());
        let stepper = Stepper::<Flex>::new(&start, &training.optimizer, &FlexDevice);
        let loader = Loader::new(&splits, &FlexDevice);
        let mut evaluator = Evaluator::new(&loader, &training, 0);
        evaluator.evaluate(0, &stepper, &mut LossMeter::default()).unwrap();
        let best = evaluator.best.as_mut().unwrap();
        best.test.nll = test;
        best.validation.as_mut().unwrap().nll = validation;
        evaluator.outcome(Vec::new(), 0)
    }

    #[test]
    fn the_validation_split_says_whether_a_training_diverged_and_the_test_split_does_not() {
        let outcome = ended(1.0, f64::INFINITY).unwrap();
        assert_eq!(outcome.test.nll, f64::INFINITY);
        let error = ended(f64::INFINITY, 1.0).unwrap_err();
        assert!(matches!(error, TrainError::Diverged { of: "validation", step: 0, .. }), "{error}");
    }

    #[test]
    fn an_infinite_training_loss_is_recorded_and_ends_nothing() {
        let outcome = trained(&[f32::INFINITY, 2.0]).unwrap();
        let losses: Vec<_> = outcome.history.iter().map(|evaluation| evaluation.loss_train).collect();
        assert_eq!(losses, [Some(f64::INFINITY), Some(2.0)]);
    }

    #[test]
    fn a_training_loss_that_is_not_a_number_ends_the_training() {
        let error = trained(&[2.0, f32::NAN, 2.0]).unwrap_err();
        assert!(matches!(error, TrainError::Diverged { of: "training", step: 2, .. }), "{error}");
    }

    #[test]
    fn of_a_loss_of_several_terms_an_error_says_what_each_weighed() {
        let of = |terms: serde_json::Value| {
            let settings = Settings { loss: serde_json::from_value(terms).unwrap(), ..Settings::default() };
            weights(&settings.resolve(10, 0), 5)
        };
        assert_eq!(of(json!({ "cross-entropy": { "weight": 1.0 } })), "");
        let several = json!({ "cross-entropy": { "weight": 0.1 }, "logits": { "weight": 1e30 } });
        assert_eq!(of(several), ", the weight of a term (0.1 · cross-entropy, 1e30 · logits)");
    }
}
