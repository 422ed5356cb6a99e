//! The sample taxonomy that ships inside the program.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::AppError;
use crate::taxonomy::text::reveal_line;

static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample-taxonomy");

/// Where a copy of the sample is worked on.
pub struct Copy {
    /// The taxonomy directory.
    pub dir: PathBuf,
    /// Whether it was there before, with whatever was done to it.
    pub reused: bool,
}

/// Copies the sample into `into`, or into a new folder for temporary files. A taxonomy directory
/// that is there already is used as it is.
///
/// # Errors
/// Something else is there, or the system refused.
pub fn copy(into: Option<&Path>) -> Result<Copy, AppError> {
    let dir = match into {
        Some(dir) => dir.to_owned(),
        None => {
            let here = std::env::temp_dir();
            let made = tempfile::Builder::new().prefix("provost-demo-").tempdir_in(&here);
            made.map_err(|error| AppError::io(&here, &error))?.keep()
        }
    };
    if dir.join("provost.yaml").is_file() {
        return Ok(Copy { dir, reused: true });
    }
    if fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
        let shown = dir.display().to_string();
        return Err(AppError::usage(format!("{} is not empty and no taxonomy directory.", reveal_line(&shown)))
            .hint("name a new folder, or leave --into out"));
    }
    fs::create_dir_all(&dir).map_err(|error| AppError::io(&dir, &error))?;
    extract(&SAMPLE, &dir)?;
    Ok(Copy { dir, reused: false })
}

fn extract(from: &Dir<'_>, to: &Path) -> Result<(), AppError> {
    for entry in from.entries() {
        let path = to.join(entry.path());
        match entry {
            DirEntry::Dir(folder) => {
                fs::create_dir_all(&path).map_err(|error| AppError::io(&path, &error))?;
                extract(folder, to)?;
            }
            DirEntry::File(file) => fs::write(&path, file.contents()).map_err(|error| AppError::io(&path, &error))?,
        }
    }
    Ok(())
}
