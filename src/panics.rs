//! A panic in one node, or of a library over a damaged file, is an error with its place. Every other panic is
//! printed as always.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Mutex, Once, PoisonError};

/// Where the threads that do one thing together leave what they panicked with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panics(Arc<Mutex<Option<String>>>);

thread_local! {
    /// Of what this thread works for; `None` where panics are printed.
    static HERE: RefCell<Option<Panics>> = const { RefCell::new(None) };
}

impl Panics {
    /// From now on the panics of this thread are left here and not printed: [`Panics::catch`] gives them.
    pub fn leave_here(&self) {
        install();
        HERE.set(Some(self.clone()));
    }

    /// What `compute` gives, or what one of the threads that leave their panics here panicked with, and
    /// where.
    pub fn catch<T>(&self, compute: impl FnOnce() -> T) -> Result<T, String> {
        self.take();
        panic::catch_unwind(AssertUnwindSafe(compute))
            .map_err(|_| self.take().unwrap_or_else(|| "panicked".to_owned()))
    }

    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What `compute` gives, or what it panicked with on this thread, and where.
pub(crate) fn caught<T>(compute: impl FnOnce() -> T) -> Result<T, String> {
    install();
    let panics = Panics::default();
    let before = HERE.replace(Some(panics.clone()));
    let computed = panics.catch(compute);
    HERE.set(before);
    computed
}

/// Puts our hook before the one that is there, once.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(before(panic::take_hook())));
}

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// A hook that leaves to those who catch them the panics that they want, and all others to `hook`.
fn before(hook: Hook) -> Hook {
    Box::new(move |info| match HERE.with_borrow(Clone::clone) {
        Some(panics) => {
            let place = info.location().map(|place| format!(" at {place}")).unwrap_or_default();
            let message = info.payload_as_str().unwrap_or("no message");
            let mut first = panics.0.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| format!("panicked{place}: {message}"));
        }
        None => hook(info),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Panics as `message` in a thread of a pool, and gives the line.
    fn panic_in_pool(panics: &Panics, message: &str) -> (u32, String) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2);
        let here = panics.clone();
        let pool = pool.start_handler(move |_| here.leave_here()).build().unwrap();
        let line = line!() + 1;
        let work = || rayon::join(|| assert!(message.is_empty(), "{message}"), || ());
        (line, panics.catch(|| pool.install(work)).unwrap_err())
    }

    #[test]
    fn a_panic_of_any_thread_of_a_node_is_its_error_with_the_place() {
        let (line, error) = panic_in_pool(&Panics::default(), "no");
        assert_eq!(error, format!("panicked at {}:{line}:{}: no", file!(), 38));
    }

    #[test]
    fn what_is_caught_on_a_thread_ends_there() {
        let panics = Panics::default();
        panics.leave_here();
        let error = caught(|| panic!("inside")).map(|(): ()| ()).unwrap_err();
        assert!(error.ends_with(": inside"), "{error}");
        assert!(panics.take().is_none() && HERE.with_borrow(Option::is_some));
        HERE.set(None);
        assert_eq!(caught(|| 1), Ok(1));
        assert!(HERE.with_borrow(Option::is_none));
    }

    #[test]
    fn two_nodes_with_one_message_keep_their_own_places() {
        let (one, other) = (Panics::default(), Panics::default());
        let (_, first) = panic_in_pool(&one, "same");
        other.leave_here();
        let second = other.catch(|| panic!("same")).map(|(): ()| ()).unwrap_err();
        HERE.set(None);
        assert_ne!(first, second);
        assert!(second.ends_with(": same"), "{second}");
    }

    #[test]
    fn a_panic_outside_of_nodes_goes_to_the_hook_that_was_there() {
        static SEEN: AtomicU32 = AtomicU32::new(0);
        install();
        panic::set_hook(before(Box::new(|info| {
            if info.payload_as_str() == Some("outside") {
                SEEN.fetch_add(1, Ordering::SeqCst);
            }
        })));
        let panics = Panics::default();
        let inside = panics.clone();
        let inside = std::thread::spawn(move || {
            inside.leave_here();
            panic!("outside")
        });
        assert!(inside.join().is_err());
        assert_eq!((SEEN.load(Ordering::SeqCst), panics.take().is_some()), (0, true));
        assert!(std::thread::spawn(|| panic!("outside")).join().is_err());
        assert_eq!(SEEN.load(Ordering::SeqCst), 1);
    }
}
