//! Records again, one at a time, from where they are.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::{At, Dataset, Entry};
use crate::homework::record::Record;
use crate::homework::segment::{StorageError, is_whole};

/// Segments that are kept open.
const OPEN_FILES: usize = 64;

/// Reads records again.
#[derive(Debug, Default)]
pub struct Reader {
    files: HashMap<u32, File>,
}

impl Reader {
    /// The best record of an item.
    ///
    /// # Errors
    /// When the segment cannot be read, or has changed since.
    pub fn record(&mut self, dataset: &Dataset, entry: &Entry) -> Result<Record, StorageError> {
        let line = self.line(dataset, entry)?;
        let path = &dataset.segments[entry.at.segment as usize].1;
        let error = |error| StorageError::at(path, "a record cannot be read")(error);
        serde_json::from_slice(&line).map_err(|reason| error(reason.into()))
    }

    /// The line of the best record of an item.
    pub(super) fn line(&mut self, dataset: &Dataset, entry: &Entry) -> Result<Vec<u8>, StorageError> {
        let At { segment, offset, length } = entry.at;
        let path = &dataset.segments[segment as usize].1;
        let error = |error| StorageError::at(path, "a record cannot be read")(error);
        if self.files.len() >= OPEN_FILES && !self.files.contains_key(&segment) {
            self.files.clear();
        }
        let file = match self.files.entry(segment) {
            std::collections::hash_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::hash_map::Entry::Vacant(closed) => closed.insert(File::open(path).map_err(error)?),
        };
        let mut line = vec![0; length as usize];
        file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut line)).map_err(error)?;
        if !is_whole(&line) {
            return Err(error(io::Error::other("it changed while it was being read")));
        }
        Ok(line)
    }
}
