//! Whether a training fits into the memory of this machine.

use crate::format::bytes;
use crate::plan::{Node, Plan};
use std::fs;

/// A training that cannot be done here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "training takes at least {} of memory, and this machine has {}: use a smaller network or batch",
    bytes(*needed),
    bytes(*machine)
)]
pub struct TooLarge {
    pub needed: u64,
    pub machine: u64,
}

/// Whether `node` fits into the memory of this machine. Of a GPU's memory nothing is known before it is asked
/// for.
pub fn check_memory(plan: &Plan, node: &Node) -> Result<(), TooLarge> {
    let machine = if plan.backend.is_gpu() { None } else { memory_of_machine() };
    let needed = plan.memory(node);
    match machine.filter(|machine| needed > *machine) {
        Some(machine) => Err(TooLarge { needed, machine }),
        None => Ok(()),
    }
}

/// Bytes of memory that the program may use: those of the machine, or of its container.
pub fn memory_of_machine() -> Option<u64> {
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let limit = limits.iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    limit.chain(physical()).min()
}

#[cfg(unix)]
fn physical() -> Option<u64> {
    // SAFETY: `sysconf` only reads numbers of the system.
    let [pages, size] = [libc::_SC_PHYS_PAGES, libc::_SC_PAGESIZE].map(|name| unsafe { libc::sysconf(name) });
    u64::try_from(pages).ok()?.checked_mul(u64::try_from(size).ok()?)
}

#[cfg(not(unix))]
fn physical() -> Option<u64> {
    None
}
