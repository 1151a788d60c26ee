//! The machine that results were made on.

use crate::backend::BackendKind;
use crate::run::{ComputedBy, memory_of_machine};
use serde::{Deserialize, Serialize};
use std::fs;
use std::thread::available_parallelism;

/// The machine that results were put together on; of each training, `trained-by` says what computed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Host {
    /// `Debian GNU/Linux 13 (trixie), Linux 6.18.5`
    pub system: String,
    pub processor: String,
    /// Cores that the program may use.
    pub cores: usize,
    /// Bytes that the program may use; `None` where the system does not say.
    pub memory: Option<u64>,
    /// The vector instruction set of the kernels: `avx2`.
    pub instructions: String,
    /// The card that computes, and its driver; `None` where the processor does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
}

impl Host {
    /// This machine, where `backend` computes.
    pub fn here(backend: BackendKind) -> Self {
        let card = || match nvidia_driver().filter(|_| backend == BackendKind::Cuda) {
            Some(driver) => format!("{}, {driver}", backend.device()),
            None => backend.device(),
        };
        Self {
            system: system(),
            processor: BackendKind::Flex.device(),
            cores: available_parallelism().map_or(1, usize::from),
            memory: memory_of_machine(),
            instructions: ComputedBy::here(backend).instructions,
            gpu: backend.is_gpu().then(card),
        }
    }
}

/// The name of the distribution and the version of the kernel, as far as they are told.
fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").ok();
    let pretty =
        release.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    let kernel = kernel.map(|release| format!("Linux {}", release.trim()));
    let parts = [pretty.map(|name| name.trim_matches('"').to_owned()), kernel];
    match parts.into_iter().flatten().collect::<Vec<_>>() {
        parts if parts.is_empty() => std::env::consts::OS.to_owned(),
        parts => parts.join(", "),
    }
}

/// `NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.90.07  …`, where NVIDIA's driver on Linux says so.
fn nvidia_driver() -> Option<String> {
    let text = fs::read_to_string("/proc/driver/nvidia/version").ok()?;
    let line = text.lines().next()?;
    Some(line.split_whitespace().collect::<Vec<_>>().join(" "))
}
