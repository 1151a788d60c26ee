//! What a latency was measured on.

use super::Latency;
use crate::backend::BackendKind;
use crate::run::ComputedBy;
use serde::{Deserialize, Serialize};

/// What a latency was measured on and with. Latencies of different machines are never in one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    /// The processor, or the graphics card.
    pub device: String,
    /// The backend, and the instruction set that its kernels are compiled for.
    pub computed_by: ComputedBy,
    /// The version of this program, whose kernels may become faster.
    pub program: String,
}

impl Machine {
    /// Threads of the processor that compute: one, so that numbers do not depend on how many cores there are and what
    /// else they do.
    pub const THREADS: usize = 1;

    /// This machine with `backend`.
    pub fn here(backend: BackendKind) -> Self {
        let build = if cfg!(debug_assertions) { " (debug build)" } else { "" };
        Self {
            device: backend.device(),
            // It has the device itself.
            computed_by: ComputedBy { device: None, ..ComputedBy::here(backend) },
            program: format!("niwaki {}{build}", env!("CARGO_PKG_VERSION")),
        }
    }

    /// What it measured of what was `found`.
    pub(super) fn measured(&self, found: &[(Self, Latency)]) -> Option<Latency> {
        found.iter().find(|(by, _)| by == self).map(|(_, latency)| *latency)
    }

    /// Names it in the name of a file.
    pub(in crate::run) fn tag(&self) -> String {
        let text = serde_json::to_vec(self).expect("a machine is plain data");
        blake3::hash(&text).to_hex()[..16].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_device_or_program_is_another_machine() {
        let here = Machine::here(BackendKind::Flex);
        let card = Machine { device: "another".to_owned(), ..here.clone() };
        let program = Machine { program: "niwaki 0.0.0".to_owned(), ..here.clone() };
        assert_eq!(here.tag(), Machine::here(BackendKind::Flex).tag());
        assert_eq!(here.tag().len(), 16);
        assert!(here.tag() != card.tag() && here.tag() != program.tag());
    }
}
