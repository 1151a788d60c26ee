//! Memory of a thread that a task uses and leaves behind for the next.

use std::cell::RefCell;

/// Calls `task` with `length` values, which hold what the last task left there. Tasks do not nest.
pub fn with<T>(length: usize, task: impl FnOnce(&mut [f32]) -> T) -> T {
    thread_local! {
        static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < length {
            scratch.resize(length, 0.0);
        }
        task(&mut scratch[..length])
    })
}
