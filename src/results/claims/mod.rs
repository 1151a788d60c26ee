//! What an experiment was believed to show, and whether it does.

mod evidence;
mod judged;
mod lock;
mod need;
mod numbers;
mod region;
mod table;
#[cfg(test)]
mod tests;
mod unit;
mod verdict;
mod wording;

pub use evidence::Evidence;
pub use judged::{Judged, judged};
pub use lock::{ClaimLock, Standing};
pub use need::needs;
pub use region::Region;
pub use table::{CLAIM_COLUMNS, CLAIMS_FILE, ClaimColumn, claims_file};
pub use unit::Unit;
pub(crate) use unit::probability;
pub use verdict::{Side, Standard, Verdict, judge};
