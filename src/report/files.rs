//! Files of a report, written whole or not at all.

use super::ReportError;
use std::fs;
use std::path::Path;

/// Writes to a temporary name beside `path`, then renames.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let temporary = path.with_extension("tmp");
    let folder = path.parent().unwrap_or(Path::new(""));
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&temporary, bytes))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| ReportError::Io { path: path.display().to_string(), source })
}

/// Removes the charts in `dir` that are not among `names`.
pub(super) fn keep_only(dir: &Path, names: &[String]) -> Result<(), ReportError> {
    let Ok(entries) = fs::read_dir(dir) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_chart = path.extension().is_some_and(|extension| extension == "svg" || extension == "png");
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if is_chart && !names.contains(&stem) {
            fs::remove_file(&path)
                .map_err(|source| ReportError::Io { path: path.display().to_string(), source })?;
        }
    }
    Ok(())
}
