//! One writer at a time: an advisory lock on `.provost/lock`, freed by the system when its
//! holder ends, however it ends. The text inside is for the message only.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::files;
use crate::disk;

/// Held while this process may write.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Whether the file that is locked is still the one that others would lock: `git clean`
    /// may have removed it.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        files::is_in_place(&self.file, &self.path)
    }
}

/// Takes the lock, or says who holds it.
///
/// # Errors
/// The lock file cannot be opened, or is no file.
pub fn take(root: &Path, holder: &str) -> Result<Result<Lock, String>, StoreError> {
    let private = root.join(".provost");
    files::make_folder(root, &private)?;
    let path = private.join("lock");
    files::check_file(root, &path)?;
    match disk::lock(&path).map_err(|error| StoreError::io(&path, error))? {
        Ok(mut file) => {
            let text = format!("{holder}, process {}", std::process::id());
            // For a message of others only: a full disk shall not keep anybody from reading.
            let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
            Ok(Ok(Lock { file, path }))
        }
        Err(file) => {
            let mut text = String::new();
            let _ = file.take(200).read_to_string(&mut text);
            let who = crate::taxonomy::text::reveal_line(text.trim()).into_owned();
            Ok(Err(format!("another instance has it open ({who})")))
        }
    }
}
