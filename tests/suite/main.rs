//! All integration tests, in one program.

mod borders;
mod experiments;
mod language;
mod quickstart;
mod same_numbers;
mod support;
