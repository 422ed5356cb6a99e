//! Files that appear whole or not at all: written beside their place, secured, then renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::segment::{StorageError, sync_folder};

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

    /// Puts the file in its place, replacing what is there.
    pub fn finish(self) -> Result<(), StorageError> {
        let path = self.path.clone();
        let error = StorageError::at(&path, "the file cannot be written");
        self.seal().map_err(error)?.place(&path)?;
        sync_folder(folder_of(&path))
    }

    /// Secures the file where it is, still under its provisional name.
    pub fn seal(mut self) -> io::Result<Sealed> {
        if let Some(writer) = self.writer.take() {
            writer.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all())?;
        }
        Ok(Sealed { temporary: std::mem::take(&mut self.temporary) })
    }
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A whole file under a provisional name. Dropped before [`place`](Self::place), it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Sealed {
    temporary: PathBuf,
}

impl Sealed {
    /// Puts the file in its place, replacing what is there. The folder is not yet synced.
    pub fn place(mut self, path: &Path) -> Result<(), StorageError> {
        let error = StorageError::at(path, "the file cannot be written");
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
