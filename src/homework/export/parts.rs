//! The files of a data set while they are being written: parts of limited size, for the training
//! split and the held-out one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use super::format::{Format, Writer, encode};
use super::row::Row;
use crate::homework::atomic::{AtomicFile, Sealed, clean};
use crate::homework::segment::StorageError;

/// Which part of the data set a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Split {
    /// For training.
    #[serde(rename = "train")]
    Train,
    /// Never in training; for testing.
    #[serde(rename = "test")]
    HeldOut,
}

impl Split {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Train, Self::HeldOut];

    /// What Hugging Face calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::HeldOut => "test",
        }
    }
}

/// When a new file is begun. Without any limit each split is one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// Bytes that a file has at most, unless one row alone has more. Of Parquet they are counted
    /// before encoding and compression.
    pub bytes: Option<u64>,
    /// Rows that a file has at most.
    pub rows: Option<u64>,
}

impl Limit {
    /// Whether there may be several files.
    #[must_use]
    pub fn splits(self) -> bool {
        self.bytes.is_some() || self.rows.is_some()
    }

    fn is_beyond(self, rows: u64, bytes: u64) -> bool {
        self.rows.is_some_and(|most| rows > most) || self.bytes.is_some_and(|most| bytes > most)
    }
}

/// Parts that are kept open, and by that from being taken for something that was left.
const MOST_OPEN: usize = 400;

/// A file that is written and secured, but not yet in its place.
pub(super) struct Part {
    pub split: Split,
    pub rows: u64,
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
    pub file: Sealed,
}

/// Takes rows and makes parts of them in a folder. What is dropped leaves nothing behind.
pub(super) struct Parts {
    format: Format,
    limit: Limit,
    folder: PathBuf,
    name: String,
    open: [Option<Open>; 2],
    done: Vec<Part>,
    encoded: Vec<u8>,
}

struct Open {
    writer: Writer<Hashed>,
    rows: u64,
    bytes: u64,
}

impl Parts {
    /// Parts in `folder` whose provisional names begin with `name`. What a killed export of that name left is removed.
    pub fn new(format: Format, limit: Limit, folder: &Path, name: &str) -> Self {
        Split::ALL.iter().for_each(|split| clean(folder, &format!("{name}.{}-", split.name())));
        let (folder, name) = (folder.to_owned(), name.to_owned());
        Self { format, limit, folder, name, open: [None, None], done: Vec::new(), encoded: Vec::new() }
    }

    pub fn write(&mut self, split: Split, row: &Row<'_>) -> Result<(), StorageError> {
        let error = |error| StorageError::at(&self.folder, "the dataset cannot be written")(error);
        let bytes = encode(self.format, row, &mut self.encoded).map_err(error)?;
        let slot = &mut self.open[split as usize];
        if let Some(full) = slot.take_if(|open| self.limit.is_beyond(open.rows + 1, open.bytes + bytes)) {
            let mut part = full.close(split).map_err(error)?;
            if self.done.len() >= MOST_OPEN {
                part.file.let_go();
            }
            self.done.push(part);
        }
        let open = match slot {
            Some(open) => open,
            None => {
                let number = self.done.len();
                let path = self.folder.join(format!("{}.{}-{number}", self.name, split.name()));
                let file = AtomicFile::create(&path)?;
                file.hold();
                let file = Hashed { file, context: Context::new(&SHA256), bytes: 0 };
                let writer = Writer::new(self.format, file).map_err(error)?;
                slot.insert(Open { writer, rows: 0, bytes: 0 })
            }
        };
        open.writer.write(row, &self.encoded).map_err(error)?;
        (open.rows, open.bytes) = (open.rows + 1, open.bytes + bytes);
        Ok(())
    }

    /// All parts, in the order in which they were begun: the training ones first.
    pub fn finish(mut self) -> Result<Vec<Part>, StorageError> {
        for split in Split::ALL {
            if let Some(open) = self.open[split as usize].take() {
                let error = StorageError::at(&self.folder, "the dataset cannot be written");
                self.done.push(open.close(split).map_err(error)?);
            }
        }
        self.done.sort_by_key(|part| part.split);
        Ok(self.done)
    }
}

impl Open {
    fn close(self, split: Split) -> io::Result<Part> {
        let mut file = self.writer.finish()?;
        file.flush()?;
        let Hashed { file, context, bytes } = file;
        Ok(Part { split, rows: self.rows, bytes, sha256: hexadecimal(context), file: file.seal()? })
    }
}

fn hexadecimal(context: Context) -> String {
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of some bytes, hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(bytes);
    hexadecimal(context)
}

/// A file, with a checksum of what goes through.
struct Hashed {
    file: AtomicFile,
    context: Context,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.context.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
