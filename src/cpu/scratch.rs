//! Memory that each thread keeps from task to task.

use std::cell::RefCell;

/// Calls `task` with `length` values of this thread's memory, whose content is unspecified. Calls must not
/// nest.
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
