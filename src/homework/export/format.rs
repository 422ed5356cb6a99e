//! What a data set may look like, and the file that it is written to.

use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use super::row::Row;
use super::{lines, parquet, table};

/// What a dataset looks like. `docs/export.md` says who reads which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON lines of `messages` with `meta`: TRL, Hugging Face datasets.
    #[default]
    Messages,
    /// JSON lines of `messages` that say of each whether it is trained on, with `meta`: axolotl.
    Conversation,
    /// JSON lines of `messages` and nothing else, the answer with `weight` 1: OpenAI fine-tuning.
    OpenAi,
    /// JSON lines of `prompt` and `completion`, a message each, with `meta`: TRL.
    PromptCompletion,
    /// JSON lines of `conversations`, as ShareGPT has them, with `meta`.
    ShareGpt,
    /// JSON lines of `instruction`, `input`, `output`, as Alpaca has them, with `meta`.
    Alpaca,
    /// A table for spreadsheets; no cell is taken for a formula, and every text comes back.
    Csv,
    /// Typed columns with a list of `messages`: datasets, DuckDB, pandas, TRL.
    Parquet,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Messages, "messages"),
        (Self::Conversation, "conversation"),
        (Self::OpenAi, "openai"),
        (Self::PromptCompletion, "prompt-completion"),
        (Self::ShareGpt, "sharegpt"),
        (Self::Alpaca, "alpaca"),
        (Self::Csv, "csv"),
        (Self::Parquet, "parquet"),
    ];

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }

    /// How names of such files end.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            _ => "jsonl",
        }
    }

    /// The format that a file's name asks for where nothing else does.
    #[must_use]
    pub fn of_name(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => Self::Parquet,
            Some("csv") => Self::Csv,
            _ => Self::Messages,
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(format, _)| *format).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
            format!("a format is one of {}", names.join(", "))
        })
    }
}

/// A row that is ready to be written: its bytes, except for Parquet, and how many they are. Of
/// Parquet it is the size before encoding and compression that counts.
pub(super) fn encode(format: Format, row: &Row<'_>, into: &mut Vec<u8>) -> io::Result<u64> {
    into.clear();
    match format {
        Format::Parquet => return Ok(parquet::size(row)),
        Format::Csv => table::line(row, into)?,
        _ => lines::line(format, row, into)?,
    }
    Ok(into.len() as u64)
}

/// Writes rows to a file.
pub(super) enum Writer<W: Write + Send> {
    Bytes(W),
    Parquet(Box<parquet::Writer<W>>),
}

impl<W: Write + Send> Writer<W> {
    pub fn new(format: Format, mut file: W) -> io::Result<Self> {
        Ok(match format {
            Format::Parquet => Self::Parquet(Box::new(parquet::Writer::new(file)?)),
            Format::Csv => {
                let mut header = Vec::new();
                table::header(&mut header)?;
                file.write_all(&header)?;
                Self::Bytes(file)
            }
            _ => Self::Bytes(file),
        })
    }

    /// Writes a row, of which `encoded` is what [`encode`] made.
    pub fn write(&mut self, row: &Row<'_>, encoded: &[u8]) -> io::Result<()> {
        match self {
            Self::Bytes(file) => file.write_all(encoded),
            Self::Parquet(file) => file.write(row),
        }
    }

    /// The file, with everything in it.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Bytes(file) => Ok(file),
            Self::Parquet(file) => file.finish(),
        }
    }
}
