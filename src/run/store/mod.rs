//! Artifacts by key, written whole or not at all.
//!
//! Under the root, normally `results/.store`, a key `ab12…` has
//!
//! ```text
//! ab/ab12….json                 how the training went, what computed it, and the digests of itself and of
//!                               the arrays
//! ab/ab12….safetensors          weights with torchvision's names, masks as `<layer>.weight_mask`; the graph is
//!                               in its metadata
//! ab/ab12….measured-3.json      what the network scored and costs
//! ab/ab12….searched-1.json      what a search tried that found nothing: then there is no pair
//! ab/ab12….latency-1-….json     how long its forward passes take on one machine
//! ab/ab12….step500.json         the same pair for a checkpoint after 500 steps
//! ab/ab12….step500.safetensors
//! cd/cd34….json                 the same pair of what the network of ab12… says of all training images, under a key
//! cd/cd34….safetensors          of its own
//! locks/ab12….lock              held by the process that makes it, and says which that is
//! damaged/                      what was found not to be what was written
//! ```
//!
//! The `.json` is written last, so where it is there, all is there. Nothing that was stored is ever
//! deleted: what fails its digest is moved to `damaged`, and an artifact that is made again takes the old
//! one's place once it is whole.

mod arrays;
mod computed_by;
mod directory;
mod error;
mod latencies;
mod lock;
mod measured;
mod pair;
mod sealed;
mod search_logs;
mod teacher_outputs;

pub use computed_by::ComputedBy;
pub use directory::Store;
pub use error::StoreError;
pub use lock::{Holder, Lock, Locked, lock_results};
