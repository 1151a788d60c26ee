//! Named randomness: every draw comes from a generator that is a pure function of its name.
//!
//! A name is (seed, purpose, scope, step). Its generator is counter-based (ChaCha8, keyed with the BLAKE3
//! of the name), runs on the host, and everything drawn from it is worked out by code of this folder. So
//! initial weights, data order and random importance are the same on every backend, do not depend on which
//! worker drew first, and do not change with the release of a library.

mod chacha;
mod generator;
mod name;

pub use chacha::ChaCha8;
pub use generator::Generator;
pub use name::{Draw, Purpose};
