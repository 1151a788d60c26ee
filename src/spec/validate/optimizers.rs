//! Optimizers whose settings do not go together.

use crate::format::real;
use crate::spec::check::Mistake;
use crate::train::Optimizer;

pub(super) fn mistake(path: &str, optimizer: Option<&Optimizer>) -> Option<Mistake> {
    match optimizer? {
        Optimizer::Sgd(sgd) => (sgd.nesterov && sgd.momentum == 0.0).then(|| {
            let help = vec!["say `momentum = 0.9`, or leave `nesterov` out".to_owned()];
            let at = format!("{path}.optimizer.sgd.nesterov");
            Mistake::value(&at, "Nesterov's momentum needs momentum, and it is 0", help)
        }),
        Optimizer::Adam(adam) => betas(path, "adam", adam.betas),
        Optimizer::AdamW(adamw) => betas(path, "adamw", adamw.betas),
    }
}

/// Decays of running means lie in 0 ≤ β < 1: at 1 the mean would never move and its bias correction would
/// divide by zero.
fn betas(path: &str, name: &str, betas: [f64; 2]) -> Option<Mistake> {
    let index = betas.iter().position(|beta| !(0.0..1.0).contains(beta))?;
    let help = vec!["allowed: 0.0 ≤ value < 1.0".to_owned()];
    let message = format!("{} is out of range", real(betas[index]));
    Some(Mistake::value(&format!("{path}.optimizer.{name}.betas.{index}"), message, help))
}
