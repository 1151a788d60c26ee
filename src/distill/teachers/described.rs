//! Who teaches, in words.

use super::{ImageWeights, Mean, Teacher, Teaching};
use crate::format::real;

impl Teaching {
    /// `stages a (weight 0.7), b (weight 0.3) together by the mean of their softened outputs`, of several teachers whose
    /// stages are shown as `name` gives them.
    pub fn described(&self, name: impl Fn(&str) -> String) -> String {
        let of = |teacher: &Teacher| match teacher.weight {
            0.0 => name(&teacher.stage),
            weight => format!("{} (weight {})", name(&teacher.stage), real((weight * 1e4).round() / 1e4)),
        };
        let names: Vec<String> = self.teachers.iter().map(of).collect();
        let names = names.join(", ");
        if self.together().len() < 2 {
            return format!("stages {names}");
        }
        let mean = match self.ensemble.mean {
            Mean::Probabilities => "softened outputs",
            Mean::Logits => "logits",
        };
        let weights = match self.ensemble.weights {
            ImageWeights::Given => "",
            ImageWeights::Entropy => ", weighed for each image by entropy",
            ImageWeights::Agreement => ", weighed for each image by agreement with the label",
        };
        format!("stages {names} together by the mean of their {mean}{weights}")
    }
}
