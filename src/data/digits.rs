//! The embedded UCI optical digits.
use super::{DataError, Dataset, Shape};
pub(super) const SHAPE: Shape = Shape { image: [1, 8, 8], classes: 10, train: 3823, test: 1797 };
pub(super) fn load() -> Result<Dataset, DataError> {
    todo!()
}
