//! Whether a backend can compute on this machine, tested before anything runs.

use super::{BackendKind, Unavailable, WithBackend, with_backend};
use crate::kernel::Kernel;
use burn::tensor::{ElementConversion, Tensor};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

impl BackendKind {
    /// Computes a sum on the default device: a backend that loads its driver at the first use reports only then
    /// that there is none. Gives a warning where it is slower than it should be.
    pub fn check_available(self) -> Result<Option<String>, Unavailable> {
        let no_device = |reason: String| Unavailable::NoDevice(self, beginning(&reason).to_owned());
        let warning = without_panic(|| self.software_adapter()).map_err(no_device)?;
        match with_backend(self, Probe)? {
            Ok(3.0) => Ok(warning),
            Ok(sum) => Err(no_device(format!("1 + 2 gave {sum:?}"))),
            Err(panic) => Err(no_device(panic)),
        }
    }

    /// What to say of a graphics driver that computes on the processor.
    fn software_adapter(self) -> Option<String> {
        let adapter = self.adapter().filter(|adapter| adapter.is_software)?;
        Some(format!("`wgpu` found no GPU but `{}`, which computes on the processor", adapter.name))
    }

    /// What `wgpu` computes on; `None` of the other backends.
    #[cfg(feature = "wgpu")]
    pub(super) fn adapter(self) -> Option<Adapter> {
        use burn_wgpu::{RuntimeOptions, WgpuDevice, graphics::AutoGraphicsApi, init_setup};
        use std::sync::OnceLock;

        static ADAPTER: OnceLock<Adapter> = OnceLock::new();
        let adapter = || {
            let setup = init_setup::<AutoGraphicsApi>(&WgpuDevice::default(), RuntimeOptions::default());
            let info = setup.adapter.get_info();
            Adapter { name: info.name, is_software: format!("{:?}", info.device_type) == "Cpu" }
        };
        (self == Self::Wgpu).then(|| ADAPTER.get_or_init(adapter).clone())
    }

    #[cfg(not(feature = "wgpu"))]
    pub(super) fn adapter(self) -> Option<Adapter> {
        None
    }
}

/// A graphics driver's word for what it computes on.
#[derive(Clone, Debug)]
pub(super) struct Adapter {
    pub name: String,
    pub is_software: bool,
}

/// What a driver's message says first. Then come the names of all files that were looked for.
fn beginning(message: &str) -> &str {
    let sentence = message.split(". ").next().unwrap_or(message);
    sentence.split(" - ").next().unwrap_or(sentence)
}

/// Adds 1 and 2; an error is the message of a panic.
struct Probe;

impl WithBackend for Probe {
    type Output = Result<f32, String>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        without_panic(|| Tensor::<B, 1>::from_floats([1.0, 2.0], &device).sum().into_scalar().elem())
    }
}

/// The result of `compute`, or the message of the first panic on any thread. The panic is not printed, because
/// the caller reports a missing driver in its own words.
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
    fn a_cpu_backend_is_available_if_it_is_compiled_in() {
        for kind in [BackendKind::Flex, BackendKind::Ndarray] {
            assert_eq!(kind.check_available().is_ok(), kind.is_compiled(), "{kind}");
        }
    }

    #[test]
    fn a_backend_that_is_not_compiled_in_is_an_error_that_says_how_to_build_it() {
        for kind in BackendKind::ALL.into_iter().filter(|kind| !kind.is_compiled()) {
            let error = kind.check_available().unwrap_err();
            assert_eq!(error, Unavailable::NotCompiled(kind));
            let message = error.to_string();
            assert!(message.contains("compiled in: flex"), "{message}");
            assert!(message.contains(&format!("--features {kind}")), "{message}");
        }
    }
}
