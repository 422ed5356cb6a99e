//! Files that appear whole or not at all: written beside their place, secured, then renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::segment::{StorageError, sync_folder};
use crate::disk::folder_of;

/// A file under construction. Dropped before [`finish`](Self::finish), it leaves nothing behind.
#[derive(Debug)]
pub(super) struct AtomicFile {
    writer: Option<BufWriter<File>>,
    temporary: PathBuf,
    path: PathBuf,
}

impl AtomicFile {
    pub fn create(path: &Path) -> Result<Self, StorageError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary);
        let file = file.map_err(StorageError::at(path, "the file cannot be created"))?;
        Ok(Self { writer: Some(BufWriter::with_capacity(1 << 18, file)), temporary, path: path.to_owned() })
    }

    /// Where it is until then.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Puts the file in its place, replacing what is there.
    pub fn finish(self) -> Result<(), StorageError> {
        let path = self.path.clone();
        let error = StorageError::at(&path, "the file cannot be written");
        self.seal().map_err(error)?.place(&path)?;
        sync_folder(folder_of(&path))
    }

    /// Holds the unfinished file for as long as this process writes it, so that others can tell it from one that was left.
    pub fn hold(&self) {
        // Where files cannot be locked, what was left stays.
        let _ = self.writer.as_ref().map(|writer| writer.get_ref().try_lock());
    }

    /// Secures the file where it is, still under its provisional name.
    pub fn seal(mut self) -> io::Result<Sealed> {
        let mut held = None;
        if let Some(writer) = self.writer.take() {
            let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            held = Some(file);
        }
        Ok(Sealed { temporary: std::mem::take(&mut self.temporary), held })
    }
}

/// Removes unfinished files of other processes that are no longer at it. Their names begin with `names`; only
/// files that were [held](AtomicFile::hold) may be called so.
pub(super) fn clean(folder: &Path, names: &str) {
    let begin = format!(".{names}");
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_left = entry.file_name().to_str().is_some_and(|name| name.starts_with(&begin) && name.ends_with(".tmp"));
        if is_left && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A whole file under a provisional name. Dropped before [`place`](Self::place), it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Sealed {
    temporary: PathBuf,
    /// Open for as long as nobody else may clean it away.
    held: Option<File>,
}

impl Sealed {
    /// Closes the file: of very many, not all can be open.
    pub fn let_go(&mut self) {
        self.held = None;
    }

    /// Puts the file in its place, replacing what is there. The folder is not yet synced.
    pub fn place(mut self, path: &Path) -> Result<(), StorageError> {
        let error = StorageError::at(path, "the file cannot be written");
        self.held = None;
        fs::rename(&self.temporary, path).map_err(error)?;
        self.temporary = PathBuf::new();
        Ok(())
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.as_mut().map_or(Ok(bytes.len()), |writer| writer.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_another_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let written = AtomicFile::create(&folder.path().join("out.train-0")).unwrap();
        written.hold();
        for left in [".out.train-0.1.tmp", ".out.test-0.1.tmp", ".output.tmp", "out.train-0.1.tmp"] {
            fs::write(folder.path().join(left), "half").unwrap();
        }
        clean(folder.path(), "out.train-");
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let own = format!(".out.train-0.{}.tmp", std::process::id());
        assert_eq!(names, [".out.test-0.1.tmp", &own, ".output.tmp", "out.train-0.1.tmp"]);
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
