//! Every backend that is compiled in and has a device here, beside Flex.

mod operations;
mod trainings;

use niwaki::backend::BackendKind;

/// The backends beside Flex that are compiled in and have a device here.
fn others() -> impl Iterator<Item = BackendKind> {
    BackendKind::ALL.into_iter().filter(|kind| {
        let is_other = *kind != BackendKind::Flex && kind.is_compiled();
        let available = if is_other { kind.check_available() } else { return false };
        available.inspect_err(|reason| eprintln!("not tested: {reason}")).is_ok()
    })
}
