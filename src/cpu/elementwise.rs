//! Functions applied to every value.

use super::Isa;
use rayon::prelude::*;

/// Values of a task.
const TASK: usize = 1 << 14;

/// Replaces every value by `function` of it.
pub fn map(isa: Isa, function: impl Fn(f32) -> f32 + Sync, values: &mut [f32]) {
    values.par_chunks_mut(TASK).for_each(|values| {
        isa.run(
            #[inline(always)]
            || values.iter_mut().for_each(|value| *value = function(*value)),
        );
    });
}
