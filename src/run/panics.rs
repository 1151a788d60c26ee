//! A panic in one node is that node's error, with its place, and nobody else's.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, Once, PoisonError};

/// Places of panics by their message.
static PLACES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// What `compute` gives, or what it panicked with and where.
pub(super) fn catch<T>(compute: impl FnOnce() -> T) -> Result<T, String> {
    remember_places();
    panic::catch_unwind(AssertUnwindSafe(compute)).map_err(|payload| {
        let message = message(&*payload);
        let places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        match places.get(&message) {
            Some(place) => format!("panicked at {place}: {message}"),
            None => format!("panicked: {message}"),
        }
    })
}

/// From now on a panic is remembered and not printed: who catches it says it.
fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
            places.insert(message(info.payload()), place);
        }));
    });
}

fn message(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
