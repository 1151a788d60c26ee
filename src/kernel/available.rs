//! Whether a backend can compute here, found out before anything runs.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Tensor;

use super::{BackendKind, Kernel, Unavailable};

impl BackendKind {
    /// Computes a few values on the default device. A backend that loads its driver when it is first
    /// used says only then that there is none.
    pub fn check_available(self) -> Result<(), Unavailable> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => probe::<burn_flex::Flex>(self),
            #[cfg(not(feature = "flex"))]
            Self::Flex => Err(Unavailable::NotCompiled(self)),
            #[cfg(feature = "ndarray")]
            Self::Ndarray => probe::<burn_ndarray::NdArray>(self),
            #[cfg(not(feature = "ndarray"))]
            Self::Ndarray => Err(Unavailable::NotCompiled(self)),
            #[cfg(feature = "cuda")]
            Self::Cuda => probe::<burn_cuda::Cuda>(self),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda => Err(Unavailable::NotCompiled(self)),
        }
    }
}

/// Adds two numbers on the default device of `B`.
fn probe<B: Kernel>(kind: BackendKind) -> Result<(), Unavailable> {
    let sum = without_panic(|| {
        let values = Tensor::<B, 1>::from_floats([1.0, 2.0], &B::Device::default());
        values.sum().into_data().to_vec::<f32>().unwrap_or_default()
    });
    match sum {
        Ok(sum) if sum == [3.0] => Ok(()),
        Ok(sum) => Err(Unavailable::NoDevice(kind, format!("1 + 2 gave {sum:?}"))),
        Err(reason) => Err(Unavailable::NoDevice(kind, reason)),
    }
}

/// What `compute` gives, or the message of its first panic on any thread, which is not printed: a
/// missing driver is this program's error to tell, in its own words.
fn without_panic<T>(compute: impl FnOnce() -> T) -> Result<T, String> {
    let first = Arc::new(Mutex::new(None::<String>));
    let seen = Arc::clone(&first);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        seen.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| message.to_owned());
    }));
    let result = panic::catch_unwind(AssertUnwindSafe(compute));
    panic::set_hook(before);
    let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
    result.map_err(|_| first.unwrap_or_else(|| "a panic without a message".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_for_a_processor_is_available() {
        for kind in [BackendKind::Flex, BackendKind::Ndarray] {
            assert_eq!(kind.check_available().is_ok(), kind.is_compiled(), "{kind}");
        }
    }

    #[test]
    fn what_is_not_compiled_in_is_an_error_that_says_how_to_build_it() {
        for kind in BackendKind::ALL.into_iter().filter(|kind| !kind.is_compiled()) {
            let error = kind.check_available().unwrap_err();
            assert_eq!(error, Unavailable::NotCompiled(kind));
            let message = error.to_string();
            assert!(message.contains("compiled in: flex"), "{message}");
            assert!(message.contains(&format!("--features {kind}")), "{message}");
        }
    }
}
