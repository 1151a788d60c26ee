//! Distillation: a training whose loss is a mix of terms, some of which look at a teacher.

mod connect;
mod contrasts;
mod hessian;
mod logit_hessian;
pub mod loss;
mod mutual;
mod objective;
mod peers;
mod pretraining;
pub mod schedule;
pub(crate) mod taps;
pub(crate) mod teachers;
mod temperatures;
mod wiring;

pub(crate) use connect::{Connected, connect};
pub use contrasts::{Contrasts, Places};
pub use loss::{LossMix, Outputs, Seen, TermValue};
pub use mutual::mutual_gradients;
pub use objective::{Gradient, Objective, TermLoss};
pub use peers::Peers;
pub use taps::{Adapter, TapError, TapProblem, Taps, Whose};
pub use teachers::{
    Ensemble, Epochs, ImageWeights, Mean, OwnTeacher, Said, Teacher, TeacherNames, TeacherOutputs, Teachers,
    Teaching,
};
pub use temperatures::{Temperatures, is_temperature};
pub use wiring::{Wiring, is_beside};
