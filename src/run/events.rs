//! What a run says while it goes on.

use super::Summary;
use crate::plan::{Node, Plan};

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The store was looked through: `cached` nodes are there already.
    Begun {
        plan: &'a Plan,
        cached: usize,
        workers: usize,
    },
    /// What was stored is not what was written; the node is run again.
    Damaged {
        node: &'a Node,
        problem: &'a str,
    },
    Started {
        id: usize,
        node: &'a Node,
    },
    Stepped {
        id: usize,
        step: u64,
        steps: u64,
    },
    /// `done` nodes and `trials` trials are finished, this one included.
    Finished {
        id: usize,
        node: &'a Node,
        summary: &'a Summary,
        done: usize,
        trials: usize,
    },
    Failed {
        id: usize,
        node: &'a Node,
        error: &'a str,
    },
    Ended,
}

/// Whoever shows a run to its user. Called from all workers.
pub trait Reporter: Sync {
    fn report(&self, event: Event<'_>);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event<'_>) {}
}
