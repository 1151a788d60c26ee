//! A pair of files: numbers as sealed JSON, arrays as safetensors. The JSON is written last and knows the
//! digest of both.

use super::{ComputedBy, StoreError, sealed};
use crate::durable;
use crate::plan::Key;
use crate::regular_file::{self, Refused};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Changes when the layout of the files does; what is in them is named by their key.
const FORMAT: u32 = 2;

/// The folder of what could not be read, in the store.
const DAMAGED: &str = "damaged";

/// The `.json` of a pair.
#[derive(Serialize, Deserialize)]
struct Entry<T> {
    format: u32,
    /// The version of the program that wrote it.
    niwaki: String,
    /// `None` in what earlier versions wrote.
    computed_by: Option<ComputedBy>,
    /// Guards against a file copied to another's name.
    key: String,
    /// BLAKE3 of the whole `.safetensors`.
    arrays: String,
    content: T,
}

/// A pair that is whole.
#[derive(Debug)]
pub(super) struct Whole<T> {
    pub content: T,
    /// BLAKE3 of the arrays' file.
    pub digest: String,
    pub arrays: Vec<u8>,
}

/// What every version can read of an entry.
#[derive(Deserialize)]
struct Header {
    format: Option<u32>,
    niwaki: Option<String>,
}

/// Where a pair lies.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    root: &'a Path,
    key: String,
    stem: String,
}

impl<'a> Pair<'a> {
    /// The pair of an artifact.
    pub fn artifact(root: &'a Path, key: Key) -> Self {
        let key = key.to_string();
        Self { root, stem: key.clone(), key }
    }

    /// The pair of a checkpoint.
    pub fn checkpoint(root: &'a Path, key: Key, step: u64) -> Self {
        let key = key.to_string();
        Self { root, stem: format!("{key}.step{step}"), key }
    }

    /// The folder it lies in.
    pub fn directory(&self) -> PathBuf {
        self.root.join(&self.key[..2])
    }

    pub fn json(&self) -> PathBuf {
        self.directory().join(format!("{}.json", self.stem))
    }

    pub fn safetensors(&self) -> PathBuf {
        self.directory().join(format!("{}.safetensors", self.stem))
    }

    /// The content of the JSON, checked against its digest, and the digest of the arrays; `None` where there
    /// is none.
    pub fn content<T: DeserializeOwned>(&self) -> Result<Option<(T, String)>, StoreError> {
        let Some(bytes) = read(&self.json())? else { return Ok(None) };
        self.open::<T>(&bytes).map(|entry| Some((entry.content, entry.arrays)))
    }

    /// Content and arrays, both checked. A pair that is being replaced meanwhile is read again.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Option<Whole<T>>, StoreError> {
        let (json, safetensors) = (self.json(), self.safetensors());
        let Some(mut text) = read(&json)? else { return Ok(None) };
        loop {
            let entry = self.open::<T>(&text)?;
            let arrays = read(&safetensors)?;
            let problem = match arrays {
                Some(arrays) if digest(&arrays) == entry.arrays => {
                    let Entry { content, arrays: digest, .. } = entry;
                    return Ok(Some(Whole { content, digest, arrays }));
                }
                Some(_) => "does not match its digest",
                None => "is missing",
            };
            match read(&json)? {
                Some(now) if now != text => text = now,
                _ => return Err(StoreError::Damaged { path: safetensors, problem: problem.into() }),
            }
        }
    }

    /// Stores durably, in place of what is there.
    pub fn write<T: Serialize + DeserializeOwned>(
        &self,
        content: T,
        arrays: &[u8],
        computed_by: &ComputedBy,
    ) -> Result<(), StoreError> {
        let (directory, json, safetensors) = (self.directory(), self.json(), self.safetensors());
        let entry = Entry {
            format: FORMAT,
            niwaki: env!("CARGO_PKG_VERSION").to_owned(),
            computed_by: Some(computed_by.clone()),
            key: self.key.clone(),
            arrays: digest(arrays),
            content,
        };
        let text =
            sealed::seal(&entry).map_err(|problem| StoreError::Unstorable { path: json.clone(), problem })?;
        durable::create_directory(&directory).map_err(|error| StoreError::io(&directory, error))?;
        durable::write(&safetensors, arrays).map_err(|error| StoreError::io(&safetensors, error))?;
        durable::write(&json, &text)
            .and_then(|()| durable::sync_names(&directory))
            .map_err(|error| StoreError::io(&json, error))
    }

    /// Why a pair that is whole cannot be read: another version must have written it.
    pub fn other_version(&self, problem: String) -> StoreError {
        self.written_by(None, problem)
    }

    fn open<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<Entry<T>, StoreError> {
        let damaged = |problem: String| StoreError::Damaged { path: self.json(), problem };
        sealed::check(bytes).map_err(|problem| damaged(problem.into()))?;
        let header = serde_json::from_slice::<Header>(bytes);
        let header = header.map_err(|error| self.written_by(None, error.to_string()))?;
        // Every version names a format: without one it is a file of another kind, under the name of this one.
        let format =
            header.format.ok_or_else(|| damaged("is no such entry: it names no format".to_owned()))?;
        if format != FORMAT {
            return Err(self.written_by(header.niwaki, format!("it has format {format}, not {FORMAT}")));
        }
        let entry = serde_json::from_slice::<Entry<T>>(bytes).map_err(|error| match header.niwaki {
            // This version reads what it wrote.
            Some(version) if version == env!("CARGO_PKG_VERSION") => {
                damaged(format!("is no such entry: {error}"))
            }
            version => self.written_by(version, error.to_string()),
        })?;
        if entry.key != self.key {
            return Err(damaged(format!("belongs to {}", entry.key)));
        }
        Ok(entry)
    }

    fn written_by(&self, version: Option<String>, problem: String) -> StoreError {
        let version = version.map_or("another version".to_owned(), |version| format!("version {version}"));
        StoreError::OtherVersion { path: self.json(), version, problem }
    }
}

/// BLAKE3 of the arrays' file.
pub(super) fn digest(arrays: &[u8]) -> String {
    blake3::hash(arrays).to_hex().to_string()
}

/// Moves `path` into the folder of damaged files in `root`, under a name that is free there.
pub(super) fn set_aside(root: &Path, path: &Path) -> Result<(), StoreError> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let directory = root.join(DAMAGED);
    durable::create_directory(&directory).map_err(|error| StoreError::io(&directory, error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let names = (1..).map(|number| if number == 1 { name.to_string() } else { format!("{name}-{number}") });
    let mut free = names.map(|name| directory.join(name)).filter(|to| fs::symlink_metadata(to).is_err());
    let to = free.next().expect("there is no end of names");
    fs::rename(path, &to).map_err(|error| StoreError::io(path, error))
}

/// The whole file; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let damaged = |path: &Path, problem: &str| {
        Err(StoreError::Damaged { path: path.to_owned(), problem: problem.to_owned() })
    };
    match regular_file::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Refused::NotRegular) => damaged(path, "is not a regular file"),
        Err(Refused::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(Refused::Io(error)) if error.kind() == ErrorKind::NotADirectory => {
            damaged(path.parent().unwrap_or(path), "is not a directory")
        }
        Err(Refused::Io(error)) => Err(StoreError::io(path, error)),
    }
}
