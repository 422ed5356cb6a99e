//! What lies in a directory before anything of it is read: names, sizes and times, looked at on two cores. All of it
//! together says whether something that was made of these files still holds.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::error::StoreError;
use super::files::{self, Walked};
use super::index::Key;
use super::{documents, load};
use crate::hashing;
use crate::taxonomy::folded::Packer;

/// The files of one part of a directory.
#[derive(Debug, Default)]
pub struct Folder {
    /// Regular files, sorted by path, each with what the system says of it.
    pub files: Vec<(PathBuf, Option<Metadata>)>,
    /// What is in their way, and why.
    pub odd: Vec<(PathBuf, String)>,
    /// What an interrupted write left behind.
    pub left: Vec<PathBuf>,
}

impl Folder {
    fn of(Walked { files, odd, left }: Walked) -> Self {
        let seen = |path: PathBuf| {
            let meta = fs::symlink_metadata(&path).ok();
            (path, meta)
        };
        Self { files: files.into_iter().map(seen).collect(), odd, left }
    }
}

/// All files that say what a taxonomy is.
#[derive(Debug)]
pub struct Seen {
    /// `provost.yaml`.
    pub manifest: (PathBuf, Option<Metadata>),
    /// Nodes.
    pub tree: Folder,
    /// Batches.
    pub proposals: Folder,
    /// Logs.
    pub decisions: Folder,
    /// Documents.
    pub documents: Folder,
}

/// Two states of a directory with the same one are the same, as far as sizes and times tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub u128);

/// Looks at a directory.
///
/// # Errors
/// A thread of it panicked.
pub fn look(root: &Path) -> Result<Seen, StoreError> {
    let of = |folder: &str, extension: &str| Folder::of(files::walked(&root.join(folder), extension));
    std::thread::scope(|scope| {
        let tree = scope.spawn(|| of("tree", "yaml"));
        let manifest = root.join("provost.yaml");
        let meta = fs::symlink_metadata(&manifest).ok();
        let (paths, odd) = documents::paths(root);
        let documents = Folder::of(Walked { files: paths, odd, left: Vec::new() });
        let (proposals, decisions) = (of("proposals", "yaml"), of("decisions", "jsonl"));
        let tree = tree.join().map_err(|_| StoreError::Stopped)?;
        Ok(Seen { manifest: (manifest, meta), tree, proposals, decisions, documents })
    })
}

impl Seen {
    fn folders(&self) -> [&Folder; 4] {
        [&self.tree, &self.proposals, &self.decisions, &self.documents]
    }

    /// Every regular file.
    pub fn files(&self) -> impl Iterator<Item = &(PathBuf, Option<Metadata>)> {
        let folders = self.folders();
        std::iter::once(&self.manifest).chain(folders.into_iter().flat_map(|folder| folder.files.iter()))
    }

    /// What tells this state from others. `None` where something is in the way of files, was left behind by an
    /// interruption, or is not told by the system.
    #[must_use]
    pub fn fingerprint(&self, root: &Path) -> Option<Fingerprint> {
        if self.folders().iter().any(|folder| !folder.odd.is_empty() || !folder.left.is_empty()) {
            return None;
        }
        let mut all = Packer::default();
        for (path, meta) in self.files() {
            let key = Key::of(meta.as_ref().filter(|meta| meta.is_file())?)?;
            let below = path.strip_prefix(root).ok()?.as_os_str().as_encoded_bytes();
            all.number(below.len() as u64);
            all.0.extend_from_slice(below);
            key.put(&mut all);
        }
        Some(Fingerprint(u128::from_le_bytes(hashing::head(&all.0))))
    }

    /// Whether the last change of any file is so long ago that another would show in its times.
    #[must_use]
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.files().all(|(_, meta)| meta.as_ref().and_then(Key::of).is_some_and(|key| key.is_told_from(now, FINE)))
    }

    /// Whether these are exactly the files that were read, as they were.
    #[must_use]
    pub fn is_as_read(&self, nodes: &load::NodeFiles, others: &load::Stamps) -> bool {
        let mut count = 0;
        let same = self.files().all(|(path, meta)| {
            count += 1;
            let stamp = nodes.get(path).map(|(stamp, _)| stamp).or_else(|| others.get(path));
            meta.as_ref().is_some_and(|meta| stamp.is_some_and(|stamp| stamp.looks_like(meta)))
        });
        same && count == nodes.len() + others.len()
    }
}

impl Key {
    /// Writes it down.
    pub fn put(self, to: &mut Packer) {
        [self.length, self.modified, self.changed].into_iter().for_each(|number| to.number(number));
    }

    /// Whether a change now would show: soon where times have parts of a millisecond, else after two seconds.
    fn is_told_from(self, now: Duration, fine: Duration) -> bool {
        let last = Duration::from_nanos(self.modified.max(self.changed));
        let is_fine = !self.modified.max(self.changed).is_multiple_of(1_000_000);
        last + if is_fine { fine } else { COARSE } < now
    }
}

/// How long the same time of a file can last where times are fine: some ticks of a clock.
const FINE: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 60 });
/// And where they are not.
const COARSE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    fn of(root: &Path) -> Option<Fingerprint> {
        look(root).unwrap().fingerprint(root)
    }

    #[test]
    fn every_change_of_any_file_shows() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        for folder in ["tree/a", "proposals/2026-01", "decisions/ana", "documents"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let files = [
            "provost.yaml",
            "tree/a.yaml",
            "tree/a/b.yaml",
            "proposals/2026-01/x.yaml",
            "decisions/ana/2026-01.jsonl",
            "documents/one.md",
        ];
        files.iter().for_each(|file| fs::write(root.join(file), "abc").unwrap());
        let mut last = of(root).unwrap();
        assert_eq!(of(root), Some(last), "nothing changed");
        let mut differs = |what: &str| {
            let now = of(root).unwrap();
            assert_ne!(now, last, "{what}");
            last = now;
        };
        for file in files {
            let path = root.join(file);
            fs::write(&path, "abcd").unwrap();
            differs("it grew");
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            // The same length and time of its content: the time of its inode tells.
            let before = Key::of(&fs::metadata(&path).unwrap());
            while Key::of(&fs::metadata(&path).unwrap()) == before {
                fs::write(&path, "abcx").unwrap();
                File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
            }
            differs("other content that looks the same");
            File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
            differs("it was touched");
        }
        fs::write(root.join("tree/a/c.yaml"), "").unwrap();
        differs("one came");
        fs::rename(root.join("tree/a/c.yaml"), root.join("tree/a/d.yaml")).unwrap();
        differs("one has another name");
        fs::remove_file(root.join("tree/a/b.yaml")).unwrap();
        differs("one went");
        fs::write(root.join("tree/notes.txt"), "").unwrap();
        assert_eq!(of(root), Some(last), "what is no part of it does not count");
    }

    #[test]
    fn what_changed_just_now_may_change_again_and_look_the_same() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("provost.yaml"), "abc").unwrap();
        let seen = look(temp.path()).unwrap();
        let changed = fs::metadata(temp.path().join("provost.yaml")).unwrap().modified().unwrap();
        assert!(!seen.is_settled(changed - Duration::from_secs(1)));
        assert!(seen.is_settled(changed + Duration::from_secs(3)));
        let fine = Duration::from_millis(60);
        let key = |modified| Key { length: 1, modified, changed: 0 };
        let at = |milliseconds| Duration::from_millis(milliseconds);
        assert!(key(5_000_000_001).is_told_from(at(5_100), fine) && !key(5_000_000_001).is_told_from(at(5_040), fine));
        assert!(!key(5_000_000_000).is_told_from(at(5_100), fine) && key(5_000_000_000).is_told_from(at(7_100), fine));
    }
}
