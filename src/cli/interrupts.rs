//! Interrupts: the first lets a run stop at its next step, the second ends the program at once.

use super::Ending;
use crate::output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that the first interrupt sets; the second ends the program at once.
pub(super) fn stop_on_interrupt() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    stop_on_interrupt_or(|| {})
}

/// The same with what the second interrupt does before the program ends. Signals that whoever started the program wants
/// ignored, as `nohup` does, stay ignored.
pub(super) fn stop_on_interrupt_or(
    at_once: impl Fn() + Send + 'static,
) -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let interrupt = move || {
        if flag.swap(true, Ordering::Relaxed) {
            at_once();
            std::process::exit(Ending::Interrupted as i32);
        }
        output::tell("stopping at the next step; interrupt again to stop at once");
    };
    let ignored = ignored();
    ctrlc::set_handler(interrupt)?;
    ignore(&ignored);
    Ok(stop)
}

/// The signals among those that interrupt which are ignored now.
#[cfg(unix)]
fn ignored() -> Vec<libc::c_int> {
    let is_ignored = |signal: &libc::c_int| {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: without a new action `sigaction` only writes the present one to the memory it is given,
        // for which zeros are a valid value.
        unsafe {
            libc::sigaction(*signal, std::ptr::null(), action.as_mut_ptr()) == 0
                && action.assume_init().sa_sigaction == libc::SIG_IGN
        }
    };
    [libc::SIGINT, libc::SIGTERM, libc::SIGHUP].into_iter().filter(is_ignored).collect()
}

#[cfg(unix)]
fn ignore(signals: &[libc::c_int]) {
    for &signal in signals {
        // SAFETY: no handler of ours is needed for a signal that is ignored.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

#[cfg(not(unix))]
fn ignored() {}

#[cfg(not(unix))]
fn ignore(_: &()) {}
