//! What computed the numbers of an entry.

use crate::backend::{BURN_VERSION, BackendKind};
use crate::cpu::Isa;
use serde::{Deserialize, Serialize};

/// What computed the numbers of an entry. It is no part of a key: `flex` promises the same numbers on every
/// processor, and where two machines differ all the same, it says what else did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputedBy {
    /// The backend, with its version of Burn: `flex 0.21.0`.
    pub backend: String,
    /// The vector instruction set of the processor: `avx2`.
    pub instructions: String,
    /// The processor or the graphics card; `None` in what earlier versions wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl ComputedBy {
    /// By `backend` on this machine.
    pub fn here(backend: BackendKind) -> Self {
        let instructions = Isa::detect().name().to_owned();
        Self { backend: format!("{backend} {BURN_VERSION}"), instructions, device: Some(backend.device()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::forced::force;
    use pulp::Scalar128b;

    #[test]
    fn names_the_backend_with_its_version_and_the_instruction_set() {
        let _forced = force(Isa::ScalarFma(Scalar128b));
        let by = ComputedBy::here(BackendKind::Flex);
        assert_eq!(by.backend, format!("flex {BURN_VERSION}"));
        assert_eq!(by.instructions, "scalar-fma");
    }
}
