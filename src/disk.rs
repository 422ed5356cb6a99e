//! Files that several processes see: which of them has one, and whole files in the place of older ones.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// How the name of a file begins that is not whole yet.
pub(crate) const TEMPORARY: &str = ".provost-";

/// Locks a file, which is made where there is none, until it is closed: by us, or by the system when the process ends. Where
/// another process has it, the inner error is the file, to be read.
///
/// # Errors
/// The system refused.
pub(crate) fn lock(path: &Path) -> io::Result<Result<File, File>> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Ok(file)),
        Err(TryLockError::WouldBlock) => Ok(Err(file)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes renames and new names in a folder durable.
///
/// # Errors
/// The system refused.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { File::open(folder).and_then(|folder| folder.sync_all()) }
}

/// A file for what will stand in `folder` under another name, with the rights of any other file there.
///
/// # Errors
/// The system refused.
pub(crate) fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Puts a whole file that nobody else may read in its place, or nothing. After a crash of the machine it may be torn: for what
/// can be had again.
///
/// # Errors
/// The system refused; what was there is still there.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder_of(path))?;
    temporary.write_all(bytes)?;
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

/// Puts a whole file in its place, or nothing, also when the machine crashes; with the rights of any other file there.
///
/// # Errors
/// The system refused; what was there is still there.
pub(crate) fn put_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = temporary_in(folder_of(path))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    // The file is in its place. That its name lasts is asked for, but not every folder that can be written to can be synced.
    let _ = sync_folder(folder_of(path));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock(&path).unwrap().unwrap();
        assert!(lock(&path).unwrap().is_err());
        drop(held);
        // A process that is being started by another test may still have it for a moment.
        while lock(&path).unwrap().is_err() {
            std::thread::yield_now();
        }
        assert!(lock(folder.path()).is_err(), "a folder is no file");
    }

    #[test]
    fn a_file_is_put_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        put(&path, b"one").unwrap();
        put_durably(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(put(&folder.path().join("gone/file"), b"three").is_err());
        fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(put_durably(&folder.path().join("taken"), b"four").is_err());
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["file", "taken"]);
    }
}
