//! From scores and a request to new masks.

use super::{Masks, Request, Scores};

/// Removes the least important kept weights until `request` is met. What is already masked stays
/// masked; ties go by position, so the result is the same everywhere.
pub fn select(scores: &Scores, masks: &Masks, request: &Request) -> Masks {
    let _ = (scores, masks, request);
    todo!()
}
