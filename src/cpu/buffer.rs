//! A memory pool: a training asks for the same sizes in every step, and getting fresh pages from the operating
//! system costs more than filling them.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

/// Bytes of a cache line, and of the longest vector.
const ALIGNMENT: usize = 64;

/// Bytes of a large page, which take fewer address translations to read.
const HUGE: usize = 2 << 20;

/// Values that the pool may always keep idle: 16 MiB.
const SPARE: usize = 4 << 20;

/// Values in memory of the pool, to which it returns when this is dropped. A new buffer holds what its last
/// user left.
#[derive(Debug)]
pub struct Buffer {
    memory: Memory,
    length: usize,
}

impl Buffer {
    pub fn new(length: usize) -> Self {
        Self { memory: Pool::take(capacity(length)), length }
    }

    pub fn zeros(length: usize) -> Self {
        let mut buffer = Self::new(length);
        buffer.fill(0.0);
        buffer
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: the memory holds at least `length` values, all of them initialized when it was
        // allocated, and belongs to this buffer only.
        unsafe { std::slice::from_raw_parts(self.memory.start.as_ptr(), self.length) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`.
        unsafe { std::slice::from_raw_parts_mut(self.memory.start.as_ptr(), self.length) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let taken = Memory { start: self.memory.start, capacity: self.memory.capacity };
        Pool::give_back(taken);
    }
}

/// Sizes come in steps of an eighth, so that a buffer serves for others that are nearly as long.
fn capacity(length: usize) -> usize {
    let step = (length.next_power_of_two() / 16).max(ALIGNMENT / size_of::<f32>());
    length.next_multiple_of(step).max(step)
}

/// Initialized, aligned memory with one owner. It is freed only by [`Memory::free`].
#[derive(Debug)]
struct Memory {
    start: NonNull<f32>,
    /// Number of values.
    capacity: usize,
}

// SAFETY: it is plain memory that only its owner has a pointer to.
unsafe impl Send for Memory {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Memory {}

impl Memory {
    fn layout(capacity: usize) -> Layout {
        let size = capacity * size_of::<f32>();
        let alignment = if size >= HUGE { HUGE } else { ALIGNMENT };
        Layout::from_size_align(size, alignment).expect("a buffer fits into memory")
    }

    fn new(capacity: usize) -> Self {
        let layout = Self::layout(capacity);
        // SAFETY: `capacity` is at least a line, so the layout is not empty.
        let start = unsafe { alloc(layout) };
        let start = NonNull::new(start).unwrap_or_else(|| handle_alloc_error(layout));
        #[cfg(target_os = "linux")]
        if layout.align() == HUGE {
            // SAFETY: advice on memory that was just allocated. It changes no value, and may be refused.
            unsafe { libc::madvise(start.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE) };
        }
        // SAFETY: writes exactly the bytes that were allocated.
        unsafe { start.as_ptr().write_bytes(0, layout.size()) };
        Self { start: start.cast(), capacity }
    }

    fn free(self) {
        // SAFETY: allocated in `new` with this layout; `self` is consumed.
        unsafe { dealloc(self.start.as_ptr().cast(), Self::layout(self.capacity)) }
    }
}

/// Idle memory by capacity. Idle and used values together never exceed the peak use by more than a half plus
/// [`SPARE`]: without this slack, sizes that alternate within a step would be freed and allocated in every
/// step.
#[derive(Debug)]
struct Pool {
    idle: BTreeMap<usize, Vec<Memory>>,
    idle_values: usize,
    used_values: usize,
    most_used: usize,
}

static POOL: Mutex<Pool> =
    Mutex::new(Pool { idle: BTreeMap::new(), idle_values: 0, used_values: 0, most_used: 0 });

impl Pool {
    fn take(capacity: usize) -> Memory {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        pool.used_values += capacity;
        pool.most_used = pool.most_used.max(pool.used_values);
        if let Some(memory) = pool.idle.get_mut(&capacity).and_then(Vec::pop) {
            pool.idle_values -= capacity;
            return memory;
        }
        // Free idle memory of other sizes to make room.
        let mut freed = Vec::new();
        while pool.used_values + pool.idle_values > pool.most_used * 3 / 2 + SPARE
            && let Some(mut largest) = pool.idle.last_entry()
        {
            match largest.get_mut().pop() {
                Some(memory) => {
                    pool.idle_values -= memory.capacity;
                    freed.push(memory);
                }
                None => drop(largest.remove()),
            }
        }
        drop(pool);
        freed.into_iter().for_each(Memory::free);
        Memory::new(capacity)
    }

    fn give_back(memory: Memory) {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        pool.used_values -= memory.capacity;
        pool.idle_values += memory.capacity;
        pool.idle.entry(memory.capacity).or_default().push(memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_waste_an_eighth_at_most() {
        for length in [1, 16, 17, 100, 4097, 1 << 20, (1 << 20) + 1] {
            let capacity = capacity(length);
            assert!(capacity >= length && capacity <= length + (length / 8).max(16), "{length}: {capacity}");
        }
    }

    #[test]
    fn buffers_are_aligned_and_their_own() {
        let (mut one, two) = (Buffer::zeros(1000), Buffer::zeros(1000));
        one.fill(1.0);
        assert_eq!(one.as_ptr().align_offset(ALIGNMENT), 0);
        assert!(two.iter().all(|value| *value == 0.0) && one.iter().all(|value| *value == 1.0));
    }
}
