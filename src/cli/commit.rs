//! The commit of an experiment's files, as its claims are locked with it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The commit of the repository that the last of `files` is in, the experiment's own, with `-dirty` where what the files
/// say is not all in that commit; `None` where it is in no repository, or there is no Git.
pub(super) fn commit_of(files: &[PathBuf]) -> Option<String> {
    // Git looks at a symbolic link itself, and the experiment is read from what it leads to.
    let files = files.iter().map(fs::canonicalize).collect::<Result<Vec<_>, _>>().ok()?;
    let folder = files.last()?.parent()?;
    let commit = git(folder, ["rev-parse", "--verify", "HEAD"])?;
    let named = files.iter().map(|file| file.as_os_str());
    // Untracked files are not in the commit, nor are those that Git is told to ignore. A file outside of the
    // repository is an error, and not in the commit either.
    let status = ["--literal-pathspecs", "status", "--porcelain", "--untracked-files=all", "--ignored", "--"];
    let is_committed = git(folder, status.map(OsStr::new).into_iter().chain(named));
    Some(if is_committed.is_some_and(|changes| changes.is_empty()) { commit } else { commit + "-dirty" })
}

/// What Git says in `folder`, which it leaves as it is; `None` where it fails.
fn git<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("--no-optional-locks").arg("-C").arg(folder).args(arguments);
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(folder: &Path, arguments: &[&str]) -> String {
        git(folder, arguments).unwrap_or_else(|| panic!("git {arguments:?}"))
    }

    /// A repository with `base.toml` and `a.toml`, which extends it, committed beside `other.toml`; its folder and commit.
    fn repository() -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        for name in ["base.toml", "a.toml", "other.toml"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        said(dir.path(), &["init", "--quiet"]);
        said(dir.path(), &["add", "."]);
        let who = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
        said(dir.path(), &[&who[..], &["commit", "--quiet", "--message", "All"]].concat());
        let commit = said(dir.path(), &["rev-parse", "HEAD"]);
        (dir, commit)
    }

    fn found(dir: &Path, files: &[&str]) -> Option<String> {
        commit_of(&files.iter().map(|name| dir.join(name)).collect::<Vec<_>>())
    }

    #[test]
    fn only_changes_of_what_is_claimed_make_a_commit_dirty() {
        let (dir, commit) = repository();
        let of_claims = || found(dir.path(), &["base.toml", "a.toml"]).unwrap();
        fs::write(dir.path().join("other.toml"), "changed").unwrap();
        fs::write(dir.path().join("new.toml"), "new").unwrap();
        assert_eq!(of_claims(), commit);
        let dirty = format!("{commit}-dirty");
        for name in ["base.toml", "a.toml"] {
            fs::write(dir.path().join(name), "changed").unwrap();
            assert_eq!(of_claims(), dirty, "{name}");
            fs::write(dir.path().join(name), name).unwrap();
        }
        assert_eq!(of_claims(), commit);
    }

    #[test]
    fn what_was_never_committed_is_not_in_the_commit() {
        let (dir, commit) = repository();
        let dirty = Some(format!("{commit}-dirty"));
        fs::write(dir.path().join("new.toml"), "new").unwrap();
        assert_eq!(found(dir.path(), &["new.toml"]), dirty);
        fs::write(dir.path().join(".gitignore"), "new.toml\n").unwrap();
        assert_eq!(found(dir.path(), &["new.toml"]), dirty);
        // What it extends is in no repository.
        let elsewhere = tempfile::tempdir().unwrap();
        let base = elsewhere.path().join("base.toml");
        fs::write(&base, "").unwrap();
        assert_eq!(commit_of(&[base.clone(), dir.path().join("a.toml")]), dirty);
        assert_eq!(commit_of(&[base]), None);
    }
}
