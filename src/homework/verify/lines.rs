//! Every line of a segment, damaged or not, with its number.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::homework::segment::{LONGEST, StorageError, is_whole};

/// What a segment came to.
#[derive(Debug, Default)]
pub(super) struct End {
    pub bytes: u64,
    pub lines: u64,
    /// Damaged lines before the last whole one.
    pub damaged: u64,
    /// Bytes after the last whole one.
    pub torn: u64,
}

/// Gives each line up to the last whole one to `take`: its number from 1, where it begins, its bytes.
pub(super) fn lines(path: &Path, mut take: impl FnMut(u64, u64, &[u8])) -> Result<End, StorageError> {
    let error = |error| StorageError::at(path, "the segment cannot be read")(error);
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(error)?);
    let (mut end, mut whole) = (End::default(), 0);
    // Damaged lines of which it is not known yet whether a whole one follows.
    let mut open: Vec<(u64, u64)> = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(error)? as u64;
        if length == 0 {
            break;
        }
        let from = end.bytes;
        end.bytes += length;
        end.lines += 1;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if is_whole(text) {
            for (number, from) in open.drain(..) {
                end.damaged += 1;
                take(number, from, b"");
            }
            take(end.lines, from, text);
            whole = end.bytes;
        } else {
            open.push((end.lines, from));
        }
    }
    end.torn = end.bytes - whole;
    Ok(end)
}
