//! Experiment files: their names and their text, before anything is known about either.

use super::diagnostics::Place;
use crate::regular_file;
use std::path::Path;

/// An experiment is a page or two of text; what is larger is something else.
const MOST_BYTES: u64 = 4 << 20;

/// Bytes of an experiment's name: file systems allow 255, and other names are made from it.
const MOST_NAME: usize = 200;

/// The name of the experiment in `path`: the file's name without `.toml`. An error where no folder of
/// results can have it.
pub(super) fn experiment(path: &Path) -> Result<String, String> {
    let name = path.file_stem().unwrap_or_default();
    let reason = match name.to_str() {
        None => "is not UTF-8",
        Some(name) if name.starts_with('.') => "starts with a dot",
        Some(name) if name.len() > MOST_NAME => "is longer than 200 bytes",
        Some(name) if name.chars().any(char::is_control) => "has a control character",
        Some(name) => return Ok(name.to_owned()),
    };
    Err(format!("{}: the name of the file {reason}", path.display()))
}

/// Why a file is not an experiment's text, and where.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub message: String,
    pub place: Option<Place>,
}

/// Reads `path`, a regular file of UTF-8; a byte-order mark at its start is left out.
pub(super) fn read(path: &Path) -> Result<String, Unreadable> {
    let shown = path.display().to_string();
    let refuse = |reason: String| Unreadable { message: format!("`{shown}` {reason}"), place: None };
    let bytes =
        regular_file::read_at_most(path, MOST_BYTES).map_err(|refused| refuse(refused.to_string()))?;
    let bytes =
        bytes.ok_or_else(|| refuse("is too large: an experiment file has at most 4 MiB".to_owned()))?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let start = error.valid_up_to();
        let message = format!("this is not UTF-8: the byte 0x{:02x} cannot stand here", bytes[start]);
        let text = String::from_utf8_lossy(bytes);
        let span = start..start + char::REPLACEMENT_CHARACTER.len_utf8();
        Unreadable { message, place: Some(Place::new(&shown, &text, span)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read_bytes(bytes: &[u8]) -> Result<String, Unreadable> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        fs::write(&file, bytes).unwrap();
        read(&file)
    }

    #[test]
    fn names_that_no_folder_of_results_can_have_are_refused() {
        let named = |name: &str| experiment(Path::new(name));
        assert_eq!(named("experiments/a.b.toml"), Ok("a.b".to_owned()));
        assert_eq!(named(&format!("{}.toml", "n".repeat(200))), Ok("n".repeat(200)));
        for wrong in ["...toml", ".store.toml", "a/.toml", "a\nb.toml", &"n".repeat(201)] {
            let message = named(wrong).unwrap_err();
            assert!(message.starts_with(&format!("{wrong}: the name of the file ")), "{message}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_left_out() {
        assert_eq!(read_bytes(b"\xef\xbb\xbftitle = 1\n").unwrap(), "title = 1\n");
        assert_eq!(read_bytes(b"").unwrap(), "");
    }

    #[test]
    fn text_that_is_not_utf_8_is_shown_where_it_ends_to_be() {
        let unreadable = read_bytes(b"seed = 1\ntitle = \"caf\xe9\"\n").unwrap_err();
        assert_eq!(unreadable.message, "this is not UTF-8: the byte 0xe9 cannot stand here");
        let place = unreadable.place.unwrap();
        assert_eq!((place.line, place.column, place.text.as_str()), (2, 13, "title = \"caf\u{fffd}\""));
    }

    #[test]
    fn a_file_of_4_mib_is_read_and_a_larger_one_is_not() {
        assert_eq!(read_bytes(&vec![b'\n'; 4 << 20]).unwrap().len(), 4 << 20);
        let message = read_bytes(&vec![b'\n'; (4 << 20) + 1]).unwrap_err().message;
        assert!(message.ends_with("a.toml` is too large: an experiment file has at most 4 MiB"), "{message}");
    }

    #[test]
    fn what_is_not_a_regular_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.toml");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [folder.path(), &pipe, Path::new("/dev/zero")] {
            let message = read(path).unwrap_err().message;
            assert_eq!(message, format!("`{}` is not a regular file", path.display()));
        }
    }
}
