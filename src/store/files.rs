//! Reading and writing files of a taxonomy directory: atomically, synced, never through a
//! symbolic link, never outside the directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempPath;

use super::error::StoreError;
use super::index::Key;
use crate::disk;
use crate::hashing;

/// What tells one version of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    modified: Option<std::time::SystemTime>,
    hash: u64,
    /// Of a node: whether it is known to be laid out as it would be written.
    canonical: bool,
    /// Whether the file could not be read. `hash` is then when anything of it changed, such as who may read it.
    refused: bool,
}

/// First bits of the content hash.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(hashing::head(bytes))
}

impl Stamp {
    /// The stamp of a file with this content; `meta` is from after it was written.
    fn of(meta: &fs::Metadata, bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, hash: content_hash(bytes), ..Self::seen(meta) }
    }

    /// The stamp of a file that is there and was not read, so that it is looked at again once it changes.
    pub fn refused(meta: &fs::Metadata) -> Self {
        Self { refused: true, hash: Self::changed(meta), ..Self::seen(meta) }
    }

    /// When anything of a file changed; 0 where that is not known.
    fn changed(meta: &fs::Metadata) -> u64 {
        Key::of(meta).map_or(0, |key| key.changed)
    }

    /// The stamp of a file as it was noted elsewhere.
    pub fn kept(length: u64, modified: std::time::SystemTime, hash: u64) -> Self {
        Self { length, modified: Some(modified), hash, canonical: false, refused: false }
    }

    /// The same, where the layout of the file is known to be canonical or not known.
    pub fn canonical(self, canonical: bool) -> Self {
        Self { canonical, ..self }
    }

    /// Whether the file is known to be laid out as it would be written.
    pub fn is_canonical(&self) -> bool {
        self.canonical
    }

    /// First bits of the hash of its content.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The stamp of a file by size and time alone: for logs, which are not compared by content.
    pub fn seen(meta: &fs::Metadata) -> Self {
        Self { length: meta.len(), modified: meta.modified().ok(), hash: 0, canonical: false, refused: false }
    }

    /// From now on the file does not look the same, so that the next look reads it again.
    pub fn doubt(&mut self) {
        self.modified = None;
    }

    /// How many bytes the file has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether the file may have changed, by size and time alone.
    pub fn looks_like(&self, meta: &fs::Metadata) -> bool {
        self.modified.is_some()
            && meta.len() == self.length
            && meta.modified().ok() == self.modified
            && (!self.refused || self.hash == Self::changed(meta))
    }

    /// Whether this is the stamp of exactly these bytes.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.length == bytes.len() as u64 && self.hash == content_hash(bytes)
    }

    /// Whether the file on disk still has this content.
    ///
    /// # Errors
    /// The file cannot be read (`Ok(false)` where it is gone).
    pub fn holds(&self, path: &Path) -> io::Result<bool> {
        match fs::read(path) {
            Ok(bytes) => Ok(content_hash(&bytes) == self.hash),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Reads a regular file of at most `limit` bytes. The stamp is from before the reading: a change
/// meanwhile shows at the next look.
///
/// # Errors
/// It is a link or no file, too large, or the system refused.
pub fn read(path: &Path, limit: u64) -> io::Result<(Vec<u8>, Stamp)> {
    let meta = fs::symlink_metadata(path)?;
    if !meta.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if meta.len() > limit {
        return Err(io::Error::other(format!("it is larger than {} MiB", limit >> 20)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default() + 1);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    let mut stamp = Stamp { hash: content_hash(&bytes), ..Stamp::seen(&meta) };
    if bytes.len() as u64 != meta.len() {
        stamp.doubt();
    }
    Ok((bytes, stamp))
}

/// Refuses what is there but no regular file: a link would lead outside.
///
/// # Errors
/// As said.
pub fn check_file(root: &Path, path: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() => {
            Err(StoreError::InTheWay(format!("{} is a link or a folder where a file is needed.", shown(root, path))))
        }
        _ => Ok(()),
    }
}

/// Whether an open file is still the one that its path leads to.
pub fn is_in_place(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(held), Ok(there)) => same_file(&held, &there),
        _ => false,
    }
}

#[cfg(unix)]
fn same_file(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn same_file(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

/// A file to be written.
pub struct Write {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub text: String,
    /// What it may take the place of.
    pub over: Over,
}

/// What may be in the place of a file at the moment it gets its name: others may have been there since it was looked at.
#[derive(Debug, Clone, Copy)]
pub enum Over {
    /// Anything.
    Anything,
    /// Nothing.
    Nothing,
    /// What was read, and no other content.
    Known(Stamp),
}

impl Write {
    /// A file that replaces whatever is there.
    pub fn new(path: PathBuf, text: String) -> Self {
        Self { path, text, over: Over::Anything }
    }

    /// Gives the file its name.
    fn persist(&self, root: &Path, temporary: TempPath) -> Result<(), StoreError> {
        let failed = |error| StoreError::io(&self.path, error);
        let changed = || StoreError::Conflict { path: shown(root, &self.path) };
        let persisted = match &self.over {
            Over::Known(stamp) if !stamp.holds(&self.path).map_err(failed)? => return Err(changed()),
            Over::Nothing => match temporary.persist_noclobber(&self.path) {
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    return if holds_just(&self.path, &self.text) { Ok(()) } else { Err(changed()) };
                }
                // Not every file system can do that.
                Err(error) if is_unable(&error.error) && fs::symlink_metadata(&self.path).is_err() => {
                    error.path.persist(&self.path)
                }
                persisted => persisted,
            },
            Over::Known(_) | Over::Anything => temporary.persist(&self.path),
        };
        persisted.map_err(|error| failed(error.error))
    }
}

/// Whether there is a file with just this text.
pub(super) fn holds_just(path: &Path, text: &str) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())
        && fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
}

fn is_unable(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported)
}

/// So many files are open at once while many are written.
const OPEN: usize = 128;
/// So many are synced at once: a disk does many for hardly more than the price of one.
const SYNCS: usize = 16;

/// Writes files so that each is whole or absent whatever happens: temporary file in the same
/// folder, sync, rename, sync of the folder. All are synced before the first is renamed. The stamps are from before that: what
/// others put into the place of a file is not taken for ours.
///
/// # Errors
/// The first failure, with its path. Files renamed by then stay. Where others were at the place of a file ([`Over`]) it is left to
/// them, and the rest is written.
pub fn write_all(root: &Path, writes: &[Write]) -> Result<Vec<Stamp>, StoreError> {
    let mut stamps = Vec::with_capacity(writes.len());
    let mut ready = Vec::with_capacity(writes.len());
    let (mut folders, mut made) = (BTreeSet::new(), BTreeSet::new());
    for some in writes.chunks(OPEN) {
        let mut open = Vec::with_capacity(some.len());
        for write in some {
            let folder = write.path.parent().unwrap_or(root);
            if made.insert(folder.to_owned()) {
                folders.extend(make_folder(root, folder)?);
            }
            let mut temporary = disk::temporary_in(folder).map_err(|error| StoreError::io(&write.path, error))?;
            temporary.write_all(write.text.as_bytes()).map_err(|error| StoreError::io(&write.path, error))?;
            open.push(temporary);
        }
        let sync = |at: usize| {
            let (temporary, write) = (&open[at], &some[at]);
            temporary.as_file().sync_all().map_err(|error| StoreError::io(&write.path, error))
        };
        side_by_side(open.len(), sync)?;
        for (temporary, write) in open.iter().zip(some) {
            let meta = temporary.as_file().metadata().map_err(|error| StoreError::io(&write.path, error))?;
            stamps.push(Stamp::of(&meta, write.text.as_bytes()));
        }
        ready.extend(open.into_iter().map(tempfile::NamedTempFile::into_temp_path).zip(some));
    }
    let mut left = None;
    for (temporary, write) in ready {
        match write.persist(root, temporary) {
            Err(error @ StoreError::Conflict { .. }) => left = left.or(Some(error)),
            persisted => persisted?,
        }
    }
    folders.extend(made);
    sync_folders(&folders)?;
    left.map_or(Ok(stamps), Err)
}

/// Does something with each of so many, several at once; the failure of the first that failed.
pub(super) fn side_by_side(
    count: usize,
    work: impl Fn(usize) -> Result<(), StoreError> + Sync,
) -> Result<(), StoreError> {
    if count < 4 {
        return (0..count).try_for_each(work);
    }
    let next = AtomicUsize::new(0);
    let one = || {
        let mut failed = None;
        while failed.is_none() {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                break;
            }
            failed = work(at).err().map(|error| (at, error));
        }
        failed
    };
    let failures = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count.min(SYNCS)).map(|_| scope.spawn(one)).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or(Some((0, StoreError::Stopped))));
        joined.flatten().collect::<Vec<_>>()
    });
    failures.into_iter().min_by_key(|(at, _)| *at).map_or(Ok(()), |(_, error)| Err(error))
}

/// Makes renames and new names in several folders durable.
///
/// # Errors
/// The system refused.
pub fn sync_folders(folders: &BTreeSet<PathBuf>) -> Result<(), StoreError> {
    let folders: Vec<&PathBuf> = folders.iter().collect();
    side_by_side(folders.len(), |at| sync_folder(folders[at]))
}

/// Makes the folder and those above it down from `root`, refusing symbolic links. Returns the
/// folders that now hold a new one, for syncing.
///
/// # Errors
/// A link or a file is in the way, or the system refused.
pub fn make_folder(root: &Path, folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut changed = Vec::new();
    let below = folder
        .strip_prefix(root)
        .map_err(|_| StoreError::InTheWay(format!("{} is outside the taxonomy directory.", folder.display())))?;
    let mut at = root.to_owned();
    for part in below.components() {
        let above = at.clone();
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(in_the_way(root, &at)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir(&at).map_err(|error| StoreError::io(&at, error))?;
                changed.push(above);
            }
            Err(error) => return Err(StoreError::io(&at, error)),
        }
    }
    Ok(changed)
}

/// Whether [`make_folder`] would find nothing but folders in its way.
///
/// # Errors
/// As there.
pub fn check_folder(root: &Path, folder: &Path) -> Result<(), StoreError> {
    let mut at = root.to_owned();
    for part in folder.strip_prefix(root).unwrap_or(folder).components() {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(in_the_way(root, &at)),
            Err(_) => break,
        }
    }
    Ok(())
}

fn in_the_way(root: &Path, path: &Path) -> StoreError {
    StoreError::InTheWay(format!("{} is a link or a file where a folder is needed.", shown(root, path)))
}

/// Makes renames and new names in a folder durable.
///
/// # Errors
/// The system refused.
pub fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    disk::sync_folder(folder).map_err(|error| StoreError::io(folder, error))
}

/// All regular files below a folder with this extension, and what is in their way: symbolic
/// links, pipes and unreadable folders. Hidden names are passed over. Sorted by path.
pub fn walk(folder: &Path, extension: &str) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let Walked { files, odd, .. } = walked(folder, extension);
    (files, odd)
}

/// What is below a folder.
pub struct Walked {
    /// Regular files with the extension, those of a folder after the file it belongs to.
    pub files: Vec<PathBuf>,
    /// What is in their way, and why.
    pub odd: Vec<(PathBuf, String)>,
    /// What an interrupted write left behind.
    pub left: Vec<PathBuf>,
}

/// [`walk`], with what is left over.
pub fn walked(folder: &Path, extension: &str) -> Walked {
    let (mut files, mut odd, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let mut open = match fs::symlink_metadata(folder) {
        Ok(meta) if meta.is_dir() => vec![folder.to_owned()],
        Ok(_) => {
            odd.push((folder.to_owned(), "It is a link or a file where a folder is needed.".to_owned()));
            vec![]
        }
        Err(_) => vec![],
    };
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                odd.push((folder, format!("The folder cannot be read: {error}.")));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    odd.push((folder.clone(), format!("The folder cannot be read to its end: {error}.")));
                    continue;
                }
            };
            let path = entry.path();
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                if name.as_encoded_bytes().starts_with(disk::TEMPORARY.as_bytes()) {
                    left.push(path);
                }
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() => {
                    odd.push((path, "A symbolic link is not followed; put the file itself here.".to_owned()));
                }
                Ok(kind) if kind.is_dir() => open.push(path),
                Ok(_) if path.extension().is_none_or(|found| found != extension) => {}
                Ok(kind) if kind.is_file() => files.push(path),
                Ok(_) => odd.push((path, "It is not a regular file; put the file itself here.".to_owned())),
                Err(error) => odd.push((path, format!("The file cannot be looked at: {error}."))),
            }
        }
    }
    files.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    odd.sort();
    Walked { files, odd, left }
}

/// A path below `root` as it is shown and logged: `/` between folders.
#[must_use]
pub fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    if let (true, Some(text)) = (cfg!(unix), below.to_str()) {
        return text.to_owned();
    }
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests;
