//! Every backend that is compiled in and has a device here, beside Flex.

mod experiments;
mod operations;
mod second_order;
mod trainings;

use niwaki::backend::BackendKind;
use std::sync::LazyLock;

/// Found out once: while a backend is tried, panics of any thread count as its driver's and are not printed.
static OTHERS: LazyLock<Vec<BackendKind>> = LazyLock::new(|| {
    let is_there = |kind: &BackendKind| {
        let is_other = *kind != BackendKind::Flex && kind.is_compiled();
        let available = if is_other { kind.check_available() } else { return false };
        available.inspect_err(|reason| eprintln!("not tested: {reason}")).is_ok()
    };
    BackendKind::ALL.into_iter().filter(is_there).collect()
});

/// The backends beside Flex that are compiled in and have a device here.
fn others() -> impl Iterator<Item = BackendKind> {
    OTHERS.iter().copied()
}
