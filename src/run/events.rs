//! What a run says while it goes on.

use super::{Holder, Latency, Summary};
use crate::plan::Plan;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The store was looked through: `cached` nodes are there already.
    Begun {
        plan: &'a Plan,
        cached: usize,
        workers: usize,
    },
    /// What was stored was set aside, and the node is run again; `why` is the rest of a sentence that begins with
    /// `name`.
    SetAside {
        name: &'a str,
        why: &'a str,
    },
    /// Nothing can be done before another process has done this node.
    Waiting {
        name: &'a str,
        holder: Holder,
    },
    Started {
        id: usize,
        name: &'a str,
        steps: u64,
    },
    Stepped {
        id: usize,
        step: u64,
        steps: u64,
    },
    /// `done` nodes and `trials` trials are finished, this one included.
    Finished {
        id: usize,
        name: &'a str,
        summary: &'a Summary,
        done: usize,
        trials: usize,
    },
    Failed {
        id: usize,
        name: &'a str,
        error: &'a str,
    },
    /// Everything that trains has ended, and the latencies of so many networks are measured.
    Measuring {
        networks: usize,
    },
    /// `done` latencies are measured, this one included.
    Measured {
        name: &'a str,
        latency: &'a Latency,
        done: usize,
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
