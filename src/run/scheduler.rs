//! Who does what next: nodes become ready when all they need is done, and the most urgent goes first.

use super::NodeError;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

/// Index of a node.
type Id = usize;

/// Where each node stands.
#[derive(Debug)]
pub(super) struct Scheduler {
    /// For each node, those that need it.
    needed_by: Vec<Vec<Id>>,
    /// For each node, how many of its needs are not done.
    open: Vec<usize>,
    urgency: Vec<u64>,
    is_done: Vec<bool>,
    ready: BinaryHeap<(u64, Reverse<Id>)>,
    /// Nodes that another process is doing, in the order to look at them again.
    elsewhere: VecDeque<Id>,
    running: usize,
    failed: BTreeMap<Id, NodeError>,
}

/// What a worker should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Do(Id),
    /// Another process was doing this one; look whether it is done.
    Look(Id),
    /// Wait for another worker.
    Wait,
    /// Nothing is left.
    End,
}

impl Scheduler {
    /// `needs[n]` are the nodes that node n needs; `done` are in the store already.
    pub fn new(needs: &[Vec<Id>], urgency: Vec<u64>, done: &[bool]) -> Self {
        let mut needed_by = vec![Vec::new(); needs.len()];
        let mut open = vec![0; needs.len()];
        for (id, needs) in needs.iter().enumerate() {
            for &need in needs {
                needed_by[need].push(id);
                open[id] += usize::from(!done[need]);
            }
        }
        let ready = (0..needs.len()).filter(|&id| !done[id] && open[id] == 0);
        let ready = ready.map(|id| (urgency[id], Reverse(id))).collect();
        let (elsewhere, failed) = (VecDeque::new(), BTreeMap::new());
        Self { needed_by, open, urgency, is_done: done.to_vec(), ready, elsewhere, running: 0, failed }
    }

    /// Gives the next node away; it is running until one of the methods below is called for it.
    pub fn next(&mut self) -> Next {
        let next = match (self.ready.pop(), self.elsewhere.is_empty()) {
            (Some((_, Reverse(id))), _) => Next::Do(id),
            (None, false) => Next::Look(self.elsewhere.pop_front().expect("it is not empty")),
            (None, true) if self.running > 0 => Next::Wait,
            (None, true) => Next::End,
        };
        self.running += usize::from(matches!(next, Next::Do(_) | Next::Look(_)));
        next
    }

    pub fn done(&mut self, id: Id) {
        self.running -= 1;
        self.is_done[id] = true;
        for &dependent in &self.needed_by[id] {
            self.open[dependent] -= 1;
            let is_ready = self.open[dependent] == 0 && !self.is_done[dependent];
            if is_ready && !self.failed.contains_key(&dependent) {
                self.ready.push((self.urgency[dependent], Reverse(dependent)));
            }
        }
    }

    /// Another process has the node's lock.
    pub fn busy_elsewhere(&mut self, id: Id) {
        self.running -= 1;
        self.elsewhere.push_back(id);
    }

    /// The node was not finished, and will not be in this run.
    pub fn given_up(&mut self) {
        self.running -= 1;
    }

    /// The node failed, and with it all that need it.
    pub fn failed(&mut self, id: Id, error: NodeError) {
        self.running -= 1;
        let mut open = vec![(id, error)];
        while let Some((failed, error)) = open.pop() {
            if self.failed.insert(failed, error.clone()).is_none() {
                let dependents = self.needed_by[failed].iter().filter(|&&dependent| !self.is_done[dependent]);
                open.extend(dependents.map(|&dependent| (dependent, error.clone())));
            }
        }
    }

    pub fn into_failed(self) -> BTreeMap<Id, NodeError> {
        self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 ← 1 ← 2, 0 ← 3; 4 on its own.
    fn scheduler(done: &[Id]) -> Scheduler {
        let needs = [vec![], vec![0], vec![1], vec![0], vec![]];
        let done: Vec<bool> = (0..5).map(|id| done.contains(&id)).collect();
        Scheduler::new(&needs, vec![30, 20, 10, 15, 25], &done)
    }

    #[test]
    fn the_most_urgent_ready_node_goes_first() {
        let mut scheduler = scheduler(&[]);
        assert_eq!(
            [scheduler.next(), scheduler.next(), scheduler.next()],
            [Next::Do(0), Next::Do(4), Next::Wait]
        );
        scheduler.done(0);
        assert_eq!(
            [scheduler.next(), scheduler.next(), scheduler.next()],
            [Next::Do(1), Next::Do(3), Next::Wait]
        );
        for id in [1, 3, 4] {
            scheduler.done(id);
        }
        assert_eq!(scheduler.next(), Next::Do(2));
        scheduler.done(2);
        assert_eq!(scheduler.next(), Next::End);
    }

    #[test]
    fn what_is_done_already_is_not_done_again() {
        let mut scheduler = scheduler(&[0, 2, 3, 4]);
        assert_eq!([scheduler.next(), scheduler.next()], [Next::Do(1), Next::Wait]);
        scheduler.done(1);
        assert_eq!(scheduler.next(), Next::End);
    }

    #[test]
    fn a_failure_takes_what_needs_it_and_nothing_else() {
        let mut scheduler = scheduler(&[]);
        assert_eq!([scheduler.next(), scheduler.next()], [Next::Do(0), Next::Do(4)]);
        scheduler.done(0);
        assert_eq!([scheduler.next(), scheduler.next()], [Next::Do(1), Next::Do(3)]);
        scheduler.failed(1, NodeError::Failed("no".to_owned()));
        scheduler.done(3);
        scheduler.done(4);
        assert_eq!(scheduler.next(), Next::End);
        assert_eq!(scheduler.into_failed().into_keys().collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn what_another_process_does_is_looked_at_again_when_nothing_else_is_ready() {
        let mut scheduler = scheduler(&[]);
        assert_eq!(scheduler.next(), Next::Do(0));
        scheduler.busy_elsewhere(0);
        assert_eq!([scheduler.next(), scheduler.next()], [Next::Do(4), Next::Look(0)]);
        scheduler.done(0);
        assert_eq!(scheduler.next(), Next::Do(1));
    }
}
