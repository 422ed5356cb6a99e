//! One writer at a time: an advisory lock on `.provost/lock`, freed by the system when its
//! holder ends, however it ends. The text inside is for the message only.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::error::StoreError;

/// Held while this process may write.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock, or says who holds it.
///
/// # Errors
/// The lock file cannot be opened.
pub fn take(private: &Path, holder: &str) -> Result<Result<Lock, String>, StoreError> {
    let path = private.join("lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&path).map_err(|error| StoreError::io(&path, error))?;
    match file.try_lock() {
        Ok(()) => {
            let text = format!("{holder}, process {}", std::process::id());
            let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
            written.map_err(|error| StoreError::io(&path, error))?;
            Ok(Ok(Lock { _file: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.take(200).read_to_string(&mut text);
            let who = crate::taxonomy::text::reveal_line(text.trim()).into_owned();
            Ok(Err(format!("another instance has it open ({who})")))
        }
        Err(TryLockError::Error(error)) => Err(StoreError::io(&path, error)),
    }
}
