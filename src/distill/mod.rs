//! Distillation: a training whose loss is a mix of terms, some of which look at a teacher.

mod hessian;
mod logit_hessian;
pub mod loss;
mod objective;

pub use loss::{LossMix, Outputs, TermValue};
pub use objective::{Gradient, Objective};
