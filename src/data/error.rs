//! What can be wrong with a data set on disk.

use std::io;
use std::path::{Path, PathBuf};

/// A file or directory that cannot be used: which, why, and where to get a good one.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}\n  help: {help}")]
pub struct DataError {
    pub path: PathBuf,
    pub problem: Problem,
    pub help: String,
}

impl DataError {
    /// Adds the path that a problem is about; for `map_err`.
    pub(super) fn at(path: &Path, help: impl Into<String>) -> impl FnOnce(Problem) -> Self {
        move |problem| Self { path: path.to_owned(), problem, help: help.into() }
    }
}

/// Why a file or directory cannot be used: what was expected, and what was found.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("no such directory")]
    NoDirectory,
    #[error("not a directory")]
    NotADirectory,
    /// `tried` are all the names that would have done, in the order of trying.
    #[error("no such file; looked for {}, each also as .gz", tried.join(", "))]
    Missing { tried: Vec<String> },
    #[error("not a regular file")]
    NotAFile,
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("the file is empty; {expected} bytes were expected")]
    Empty { expected: u64 },
    #[error("the file is truncated: it ends after {found} bytes of {expected}")]
    Truncated { found: u64, expected: u64 },
    #[error("the gzip stream is truncated: it stops after {found} decompressed bytes of {expected}")]
    TruncatedGzip { found: u64, expected: u64 },
    #[error("the gzip stream is damaged: {0}")]
    DamagedGzip(io::Error),
    #[error("the file goes on after the {expected} bytes that were expected")]
    Trailing { expected: u64 },
    #[error("starts with {}; {} was expected", describe(*found), describe(*expected))]
    Magic { found: [u8; 4], expected: [u8; 4] },
    #[error("holds {} {what}; {} were expected", by(found), by(expected))]
    Dimensions { what: &'static str, found: Vec<u32>, expected: Vec<u32> },
    /// `index` counts the file's images from 0.
    #[error("image {index} has the {what} {label}, which is not one of 0 to {}", classes - 1)]
    Label { what: &'static str, index: usize, label: u8, classes: usize },
    #[error("the labels are those of {found}, not of {expected}")]
    AnotherSource { found: &'static str, expected: &'static str },
}

/// The first four bytes of every IDX image file: unsigned bytes in three dimensions.
pub(super) const IDX_IMAGES: [u8; 4] = [0, 0, 8, 3];
/// The first four bytes of every IDX label file: unsigned bytes in one dimension.
pub(super) const IDX_LABELS: [u8; 4] = [0, 0, 8, 1];

fn describe(magic: [u8; 4]) -> String {
    let kind = match magic {
        IDX_IMAGES => "IDX images",
        IDX_LABELS => "IDX labels",
        [0, 0, _, _] => "IDX of another kind",
        [_, _, _, _] => "not IDX",
    };
    format!("0x{:08x} ({kind})", u32::from_be_bytes(magic))
}

fn by(dimensions: &[u32]) -> String {
    dimensions.iter().map(u32::to_string).collect::<Vec<_>>().join("×")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_file_problem_and_help() {
        let problem = Problem::Magic { found: IDX_LABELS, expected: IDX_IMAGES };
        let error = DataError::at(Path::new("data/train-images-idx3-ubyte"), "get it there")(problem);
        assert_eq!(
            error.to_string(),
            "data/train-images-idx3-ubyte: starts with 0x00000801 (IDX labels); 0x00000803 (IDX images) was \
             expected\n  help: get it there"
        );
    }

    #[test]
    fn dimensions_read_as_a_product() {
        let problem = Problem::Dimensions {
            what: "images",
            found: vec![10_000, 28, 28],
            expected: vec![60_000, 28, 28],
        };
        assert_eq!(problem.to_string(), "holds 10000×28×28 images; 60000×28×28 were expected");
    }

    #[test]
    fn a_web_page_in_place_of_data_is_not_idx() {
        assert_eq!(describe(*b"<!DO"), "0x3c21444f (not IDX)");
        assert_eq!(describe([0, 0, 13, 3]), "0x00000d03 (IDX of another kind)");
    }
}
