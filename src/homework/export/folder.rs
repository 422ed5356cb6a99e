//! A data set as a folder, as Hugging Face has them: `data/`, `README.md`, `provost.json`.
//!
//! The new `data/` is made in `.provost-export/` and then takes the place of the old one as a
//! whole: at no moment is there a half one, or training files of one set beside held-out files of
//! another. `provost.json` comes last. What a person edited in the texts stays; the new text stands beside it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::card::CARD;
use super::manifest::Manifest;
use super::parts::{Part, Split, sha256};
use super::target::{FileNote, number, split_of_data};
use super::training::{CONFIGURATION, TEMPLATE};
use crate::disk;
use crate::homework::atomic::AtomicFile;
use crate::homework::segment::{StorageError, sync_folder};

/// The file that says what a folder holds.
pub const MANIFEST: &str = "provost.json";
/// Every other file, besides data, that a folder may get.
const TEXTS: [&str; 3] = [CARD, CONFIGURATION, TEMPLATE];
const STAGE: &str = ".provost-export";

/// Why a folder cannot take a data set.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It holds something else.
    #[error("{} {why}.", path.display())]
    Unfit {
        /// The folder.
        path: PathBuf,
        /// What is wrong, after its name.
        why: String,
    },
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A text of the data set besides its data: a card, a configuration.
pub(super) struct Text {
    /// From the folder, with `/` between folders.
    pub path: &'static str,
    pub content: String,
}

/// A folder that is being written to.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    before: Option<Manifest>,
    /// Held until it is dropped.
    _lock: File,
}

/// Whether a data set can be written to the folder, which need not be there yet.
///
/// # Errors
/// Something else is there, or nothing can be.
pub fn check(root: &Path) -> Result<(), FolderError> {
    read_before(root).map(|_| ())
}

fn read_before(root: &Path) -> Result<Option<Manifest>, FolderError> {
    let unfit = |why: &str| Err(FolderError::Unfit { path: root.to_owned(), why: why.to_owned() });
    if root.exists() && !root.is_dir() {
        return unfit("is there and is not a folder");
    }
    if root.join("provost.yaml").exists() {
        return unfit("is a taxonomy directory; name a folder of its own for the data set");
    }
    let parent = disk::folder_of(root);
    if !root.exists() && !parent.is_dir() {
        return unfit(&format!("cannot be made: there is no folder {}", parent.display()));
    }
    let before = Manifest::read(&root.join(MANIFEST));
    let data = root.join("data");
    let entries = match fs::read_dir(&data) {
        Ok(entries) => entries,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(before),
        Err(other) => return Err(StorageError::at(&data, "the folder cannot be listed")(other).into()),
    };
    let names = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let foreign = names.iter().find(|name| before.is_none() || split_of_data(name).is_none());
    match foreign {
        Some(name) => unfit(&format!("has data/{name}, which provost did not write; move it, or name another folder")),
        None => Ok(before),
    }
}

impl Folder {
    /// Makes the folder where there is none, and holds it.
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        let before = read_before(root)?;
        let stage = root.join(STAGE);
        let error = |error| StorageError::at(root, "the folder cannot be written to")(error);
        fs::create_dir_all(&stage).map_err(error)?;
        let Ok(lock) = disk::lock(&stage.join("lock")).map_err(error)? else {
            let why = "is being written to by another export; wait for it, or stop it".to_owned();
            return Err(FolderError::Unfit { path: root.to_owned(), why });
        };
        let folder = Self { root: root.to_owned(), before, _lock: lock };
        // An export that was killed between its two renames.
        if !folder.data().exists() && folder.old().exists() {
            fs::rename(folder.old(), folder.data()).map_err(error)?;
        }
        for left in [folder.parts(), folder.old()] {
            remove(&left).map_err(error)?;
        }
        fs::create_dir(folder.parts()).map_err(error)?;
        Ok(folder)
    }

    fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    fn old(&self) -> PathBuf {
        self.root.join(STAGE).join("old")
    }

    /// Where the parts are made.
    pub fn parts(&self) -> PathBuf {
        self.root.join(STAGE).join("data")
    }

    /// Puts the parts in their places, still where they were made.
    pub fn arrange(&self, parts: Vec<Part>, extension: &str) -> Result<Vec<FileNote>, StorageError> {
        let counts = Split::ALL.map(|split| parts.iter().filter(|part| part.split == split).count());
        let mut at = [0; 2];
        let mut notes = Vec::with_capacity(parts.len());
        for part in parts {
            let split = part.split as usize;
            let name = format!("{}{}.{extension}", part.split.name(), number(at[split], counts[split]));
            at[split] += 1;
            notes.push(FileNote::of(&part, format!("data/{name}")));
            part.file.place(&self.parts().join(name))?;
        }
        sync_folder(&self.parts())?;
        Ok(notes)
    }

    /// Exchanges the data and writes the texts, the manifest last. Returns the texts that a
    /// person had edited, with the names under which the new ones stand beside them.
    pub fn finish(self, texts: Vec<Text>, mut manifest: Manifest) -> Result<Vec<(String, String)>, StorageError> {
        let error = |error| StorageError::at(&self.root, "the data cannot be put in its place")(error);
        if self.data().exists() {
            fs::rename(self.data(), self.old()).map_err(error)?;
        }
        fs::rename(self.parts(), self.data()).map_err(error)?;
        sync_folder(&self.root)?;
        let mut kept = Vec::new();
        for text in &texts {
            let hash = sha256(text.content.as_bytes());
            let path = if self.is_edited(text.path, &hash) {
                let beside = beside(text.path);
                kept.push((text.path.to_owned(), beside.clone()));
                beside
            } else {
                text.path.to_owned()
            };
            write(&self.root.join(&path), text.content.as_bytes())?;
            manifest.texts.insert(text.path.to_owned(), hash);
        }
        self.remove_old(&manifest).map_err(error)?;
        write(&self.root.join(MANIFEST), manifest.text().as_bytes())?;
        // The new set is whole; what is left of the old one is in nobody's way.
        let _ = remove(&self.root.join(STAGE));
        Ok(kept)
    }

    /// Takes away the texts of an earlier set that this one does not have, unless they were edited.
    fn remove_old(&self, manifest: &Manifest) -> io::Result<()> {
        let before = self.before.iter().flat_map(|before| &before.texts);
        for (path, hash) in before.filter(|(path, _)| !manifest.texts.contains_key(*path)) {
            // The manifest is a file like any other: what it names is only followed where it is one of ours.
            let path = self.root.join(TEXTS.iter().find(|known| *known == path).copied().unwrap_or_default());
            if path.is_file() && fs::read(&path).is_ok_and(|there| sha256(&there) == *hash) {
                fs::remove_file(&path)?;
                if let Some(folder) = path.parent().filter(|folder| *folder != self.root) {
                    // Only where nothing else is in it.
                    let _ = fs::remove_dir(folder);
                }
            }
        }
        Ok(())
    }

    /// Whether what is there is neither what we wrote before nor what we are about to write.
    fn is_edited(&self, path: &str, new: &str) -> bool {
        let Ok(there) = fs::read(self.root.join(path)) else { return false };
        let there = sha256(&there);
        let wrote = self.before.as_ref().and_then(|before| before.texts.get(path));
        there != new && wrote != Some(&there)
    }
}

/// `README.md` to `README.new.md`.
fn beside(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.new.{extension}"),
        None => format!("{path}.new"),
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), StorageError> {
    let error = |error| StorageError::at(path, "the file cannot be written")(error);
    fs::create_dir_all(disk::folder_of(path)).map_err(error)?;
    let mut file = AtomicFile::create(path)?;
    file.write_all(content).map_err(error)?;
    file.finish()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
