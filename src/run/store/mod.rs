//! Artifacts by key, written whole or not at all.
//!
//! Under the root, normally `results/.store`, a key `ab12…` has
//!
//! ```text
//! ab/ab12….json                 the numbers, and the digests of themselves and of the arrays
//! ab/ab12….safetensors          weights with torchvision's names, masks as `<layer>.weight_mask`
//! ab/ab12….step500.json         the same pair for a checkpoint after 500 steps
//! ab/ab12….step500.safetensors
//! locks/ab12….lock              held by the process that makes it
//! ```
//!
//! The `.json` is written last, so where it is there, all is there.

mod arrays;
mod directory;
mod lock;
mod sealed;

pub use directory::{Store, StoreError};
pub use lock::Lock;
