//! Where a data set goes, and how it gets there whole.
//!
//! Everything is written and secured under provisional names first. Then a set of several files
//! takes the place of the one before it in an order that never shows a mixture as a whole: what
//! was there for training goes first, what is held out comes next, and the first training part
//! comes last. So as long as that part (`…-00001-of-…`, or the only training file) is missing, the
//! set is not whole. A folder's `data/` is exchanged at once, see [`super::folder`].

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::parts::{Limit, Part, Split};
use crate::disk::folder_of;
use crate::homework::segment::{StorageError, sync_folder};

/// Where a data set goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One file; or, where a [`Limit`] or a held-out slice asks for several, files beside it
    /// whose names follow from its name: `name-00001-of-00007.jsonl`, `name.held-out.jsonl`.
    File(PathBuf),
    /// A folder as Hugging Face has them: `data/train-00000-of-00007.parquet`, a card, a manifest.
    Folder(PathBuf),
}

/// A file of the data set, in its place.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileNote {
    /// Where it is, from the folder that the set is in, with `/` between folders.
    pub path: String,
    /// Which part of the data it holds.
    pub split: Split,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its checksum, hexadecimal.
    pub sha256: String,
}

impl FileNote {
    pub(super) fn of(part: &Part, path: String) -> Self {
        Self { path, split: part.split, rows: part.rows, bytes: part.bytes, sha256: part.sha256.clone() }
    }
}

/// `-00001-of-00007`.
pub(super) fn number(at: usize, of: usize) -> String {
    format!("-{at:05}-of-{of:05}")
}

const HELD_OUT: &str = ".held-out";

/// The files that a name stands for.
pub(super) struct Named<'a> {
    folder: &'a Path,
    stem: &'a OsStr,
    extension: Option<&'a OsStr>,
}

impl<'a> Named<'a> {
    pub fn new(path: &'a Path) -> Self {
        Self { folder: folder_of(path), stem: path.file_stem().unwrap_or_default(), extension: path.extension() }
    }

    fn file(&self, split: Split, number: &str) -> PathBuf {
        let mut name = OsString::from(self.stem);
        name.push(if split == Split::HeldOut { HELD_OUT } else { "" });
        name.push(number);
        if let Some(extension) = self.extension {
            name.push(".");
            name.push(extension);
        }
        self.folder.join(name)
    }

    /// Of which split a file of this name is, if it is of the set at all.
    fn split_of(&self, name: &OsStr) -> Option<Split> {
        let rest = name.as_encoded_bytes().strip_prefix(self.stem.as_encoded_bytes())?;
        let (split, rest) = match rest.strip_prefix(HELD_OUT.as_bytes()) {
            Some(rest) => (Split::HeldOut, rest),
            None => (Split::Train, rest),
        };
        let rest = match self.extension {
            Some(extension) => rest.strip_suffix(extension.as_encoded_bytes())?.strip_suffix(b".")?,
            None => rest,
        };
        (rest.is_empty() || is_number(rest)).then_some(split)
    }

    /// What is there of the set, training first.
    fn there(&self) -> io::Result<Vec<(Split, PathBuf)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.folder)? {
            let entry = entry?;
            let is_file = entry.file_type()?.is_file();
            found.extend(self.split_of(&entry.file_name()).filter(|_| is_file).map(|split| (split, entry.path())));
        }
        found.sort();
        Ok(found)
    }

    /// Puts parts in their places. Returns what is there now, and how many files of an earlier
    /// set are not any more.
    pub fn place(&self, parts: Vec<Part>, limit: Limit) -> Result<(Vec<FileNote>, usize), StorageError> {
        let of = |split| parts.iter().filter(|part| part.split == split).count();
        let counts = Split::ALL.map(of);
        let mut placed = Vec::with_capacity(parts.len());
        let mut at = [0; 2];
        for part in parts {
            at[part.split as usize] += 1;
            let number = number(at[part.split as usize], counts[part.split as usize]);
            let path = self.file(part.split, if limit.splits() { &number } else { "" });
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            placed.push((FileNote::of(&part, name), path, part.file));
        }
        let there = self.there().map_err(StorageError::at(self.folder, "the folder cannot be listed"))?;
        let is_placed = |path: &Path| placed.iter().any(|(_, new, _)| new == path);
        let gone = there.iter().filter(|(_, path)| !is_placed(path)).count();
        // One file that takes the place of one file needs no order.
        if placed.len() > 1 || gone > 0 {
            for (_, path) in &there {
                fs::remove_file(path).map_err(StorageError::at(path, "the earlier file cannot be removed"))?;
            }
            sync_folder(self.folder)?;
        }
        let mut notes = Vec::with_capacity(placed.len());
        // The first training part is the last to come.
        for (note, path, file) in placed.into_iter().rev() {
            file.place(&path)?;
            notes.push(note);
        }
        sync_folder(self.folder)?;
        notes.reverse();
        Ok((notes, gone))
    }
}

/// Whether it reads like `-00001-of-00007`.
fn is_number(text: &[u8]) -> bool {
    let is = |digits: &[u8]| digits.len() >= 5 && digits.iter().all(u8::is_ascii_digit);
    let Some(text) = text.strip_prefix(b"-") else { return false };
    let Some(at) = text.windows(4).position(|window| window == b"-of-") else { return false };
    is(&text[..at]) && is(&text[at + 4..])
}

/// Of which split a file of `data/` is, if it is one of ours.
pub(super) fn split_of_data(name: &str) -> Option<Split> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_ours = |split: &Split| stem.strip_prefix(split.name()).is_some_and(|rest| is_number(rest.as_bytes()));
    let known = ["jsonl", "csv", "parquet"].contains(&extension);
    Split::ALL.into_iter().find(is_ours).filter(|_| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_its_parts_and_for_nothing_else() {
        let named = Named::new(Path::new("out/math.v1.jsonl"));
        assert_eq!(named.file(Split::Train, &number(1, 7)), Path::new("out/math.v1-00001-of-00007.jsonl"));
        assert_eq!(named.file(Split::HeldOut, ""), Path::new("out/math.v1.held-out.jsonl"));
        for (name, split) in [
            ("math.v1.jsonl", Some(Split::Train)),
            ("math.v1-00002-of-00007.jsonl", Some(Split::Train)),
            ("math.v1.held-out-00002-of-123456.jsonl", Some(Split::HeldOut)),
            ("math.v1-2-of-7.jsonl", None),
            ("math.v1-old.jsonl", None),
            ("math.v1.jsonl.bak", None),
            ("math.v10.jsonl", None),
            ("math.jsonl", None),
            (".math.v1.jsonl", None),
        ] {
            assert_eq!(named.split_of(OsStr::new(name)), split, "{name}");
        }
        assert_eq!(Named::new(Path::new("out")).split_of(OsStr::new("out-00001-of-00001")), Some(Split::Train));
        assert_eq!(Named::new(Path::new("out")).split_of(OsStr::new("out.jsonl")), None);
    }

    #[test]
    fn only_our_files_in_data_are_ours() {
        assert_eq!(split_of_data("train-00000-of-00001.parquet"), Some(Split::Train));
        assert_eq!(split_of_data("test-00000-of-00001.jsonl"), Some(Split::HeldOut));
        for foreign in ["train.parquet", "validation-00000-of-00001.parquet", "train-00000-of-00001.txt", "../x"] {
            assert_eq!(split_of_data(foreign), None, "{foreign}");
        }
    }
}
