//! Distillation: a training whose loss is a mix of terms, some of which look at a teacher.

mod connect;
mod contrasts;
mod hessian;
mod logit_hessian;
pub mod loss;
mod objective;
mod pretraining;
pub mod schedule;
pub(crate) mod taps;
mod temperatures;
mod wiring;

pub(crate) use connect::connect;
pub use contrasts::{Contrasts, Places};
pub use loss::{LossMix, Outputs, TermValue};
pub use objective::{Gradient, Objective, TermLoss};
pub use taps::{Adapter, TapError, TapProblem, Taps, Whose};
pub use temperatures::Temperatures;
pub use wiring::{Origin, Wiring, is_beside};
