//! Distillation: a training whose loss is a mix of terms, some of which look at a teacher.

mod connect;
mod contrasts;
mod hessian;
mod logit_hessian;
pub mod loss;
mod objective;
mod pretraining;
pub(crate) mod taps;
mod wiring;

pub(crate) use connect::connect;
pub use contrasts::{Contrasts, Places};
pub use loss::{LossMix, Outputs, TermValue};
pub use objective::{Gradient, Objective, TermLoss};
pub use taps::{Adapter, TapError, TapProblem, Taps, Whose};
pub use wiring::{Origin, Wiring, is_beside};
