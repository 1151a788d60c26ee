//! How far a stage goes.

use super::{Amount, Schedule, Start, Target};
use crate::model::Cost;

/// What a stage's schedule and target say of how far it goes, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    pub schedule: &'a Schedule,
    pub target: Option<Target>,
    pub start: Start,
    /// Of the original network: budgets are shares of it.
    pub original: &'a Cost,
}

impl Aim<'_> {
    /// How many weights round `round` (from 1) takes, by the sparsity that is the target, or by a rate.
    pub(super) fn amount(&self, round: u32) -> Amount {
        self.schedule.amount(round, self.target.and_then(Target::sparsity), self.start)
    }
}
