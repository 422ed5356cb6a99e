//! The log file of the curator.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// A log that has grown to so many bytes is put aside.
const LONGEST: u64 = 1 << 20;

/// Opens the log for writing at its end. Nobody else may read it: messages quote names of the taxonomy. A long one is put aside.
///
/// # Errors
/// The file, or its folder, cannot be written.
pub fn open_log(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let is_long = fs::metadata(path).is_ok_and(|found| found.len() > LONGEST);
    if is_long {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_long_log_is_put_aside_and_a_short_one_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/provost.log");
        open_log(&path).unwrap().write_all(b"first\n").unwrap();
        open_log(&path).unwrap().write_all(b"second\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\nsecond\n");
        fs::write(&path, vec![b'x'; LONGEST as usize + 1]).unwrap();
        open_log(&path).unwrap().write_all(b"third\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "third\n");
        assert_eq!(fs::metadata(path.with_extension("log.old")).unwrap().len(), LONGEST + 1);
    }
}
