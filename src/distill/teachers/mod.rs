//! Teachers: who they are as written and as resolved, their networks, and what several of them say together.

mod described;
mod ensemble;
mod names;
mod networks;
mod outputs;
mod own;
mod said;
mod teaching;

pub use ensemble::{Ensemble, ImageWeights, Mean};
pub use names::TeacherNames;
pub use networks::Teachers;
pub use outputs::{Epochs, TeacherOutputs};
pub use own::OwnTeacher;
pub(crate) use said::Heard;
pub use said::Said;
pub use teaching::{Teacher, Teaching};

#[cfg(test)]
mod tests;
