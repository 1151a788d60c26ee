//! Golden files: bytes that later versions must still write and read, under `tests/golden`.

use std::fs;
use std::path::Path;

/// Asserts that `text` is what the golden file `name` holds. `UPDATE_CASES=1 cargo test --release` writes the
/// files anew; read them before they are committed.
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::vars().any(|(name, _)| name == "UPDATE_CASES") {
        fs::write(&path, format!("{text}\n")).expect("golden files can be written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden.trim_end(), "{name} holds other bytes");
}
