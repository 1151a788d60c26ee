//! Charts and text from results.

mod asked;
mod chart;
mod claims;
mod comparisons;
mod document;
mod draw;
mod error;
mod html;
mod incomplete;
mod latex;
mod making;
mod markdown;
mod protocol;
mod publish;
mod results_table;
mod stage_protocol;
#[cfg(test)]
mod testing;
mod written;

pub use error::ReportError;
pub use publish::{Published, draw_again, publish};
