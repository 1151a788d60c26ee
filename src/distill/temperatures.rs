//! The temperatures that a training learns beside the student.

use super::loss::LossMix;
use super::schedule::{Current, Learned, Temperature};
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Graph, Parameter, Role, Slot};
use indexmap::IndexMap;

/// What is trained of each temperature of a loss that is learned, θ: an array of one number, in the order of the terms.
#[derive(Clone, Debug)]
pub struct Temperatures<B: Kernel> {
    terms: Vec<&'static str>,
    arrays: Vec<Parameter<B>>,
}

fn name(term: &str) -> String {
    format!("loss/{term}/temperature")
}

/// Whether the array of this name is a temperature that is learned, not one that a term has for a node.
pub fn is_temperature(array: &str) -> bool {
    array.split('/').nth(1).is_some_and(|term| array == name(term))
}

impl<B: Kernel> Temperatures<B> {
    /// For a training with `loss` of the network of `student`, which goes on from the arrays `trained` where they are
    /// there.
    pub fn new(
        loss: &LossMix,
        student: &Graph,
        trained: &IndexMap<String, Array>,
        device: &B::Device,
    ) -> Self {
        let is_learned = |(_, temperature): &(&str, &Temperature)| match temperature {
            Temperature::Learned(_) => true,
            Temperature::Scheduled(_) | Temperature::Current(_) => false,
        };
        let terms: Vec<_> = loss.learnable().into_iter().filter(is_learned).map(|(term, _)| term).collect();
        let array = |term: &&str| {
            let name = name(term);
            let values = trained.get(&name).map_or(vec![Learned::START as f32], |array| array.values.clone());
            let slot = Slot { name, node: student.output(), shape: vec![1], role: Role::Bias };
            Parameter::new(slot, &values, device)
        };
        Self { arrays: terms.iter().map(array).collect(), terms }
    }

    /// A `loss` that is as it is at a step, with what has been learned by then in place of what is learned.
    pub fn of(&self, mut loss: LossMix) -> LossMix {
        if self.terms.is_empty() {
            return loss;
        }
        let thetas = to_host(self.arrays.iter().map(|array| array.values().clone()));
        for (term, temperature) in loss.learnable_mut() {
            let place = self.terms.iter().position(|learned| *learned == term);
            if let (Some(place), Temperature::Learned(learned)) = (place, &*temperature) {
                let theta = f64::from(thetas[place][0]);
                let (now, reversal) = (learned.temperature(theta), learned.reversal(theta));
                *temperature = Temperature::Current(Current { temperature: now, reversal });
            }
        }
        loss
    }

    /// The arrays that are trained.
    pub fn arrays(&self) -> &[Parameter<B>] {
        &self.arrays
    }

    /// The same, to be stepped.
    pub fn arrays_mut(&mut self) -> &mut [Parameter<B>] {
        &mut self.arrays
    }
}
