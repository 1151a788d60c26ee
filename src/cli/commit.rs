//! The commit of an experiment file, as its claims are locked with it.

use std::path::Path;
use std::process::{Command, Stdio};

/// The commit of the repository that `file` is in, with `-dirty` where something in it is not committed; `None` where it is
/// in none, or there is no Git.
pub(super) fn commit_of(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]);
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|commit| output.status.success() && !commit.is_empty())
}
