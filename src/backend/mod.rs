//! The backends that a user can choose, and the one place where a choice becomes a type.

mod available;
mod device;
mod dispatch;
mod kernels;
mod kind;

pub use dispatch::{WithBackend, with_backend};
pub use kind::{BURN_VERSION, BackendKind, Unavailable};
