//! All integration tests, in one program.

mod borders;
mod experiments;
mod language;
