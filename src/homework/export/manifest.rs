//! `provost.json`: what a data set folder holds, with checksums, and what it was made from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::parts::Split;
use super::target::FileNote;

/// The content of `provost.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of provost that wrote it.
    pub provost: String,
    /// The format of the data.
    pub format: String,
    /// Every file of data.
    pub files: Vec<FileNote>,
    /// Rows for training and for testing.
    pub rows: BTreeMap<String, u64>,
    /// Items that were left out, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// The runs that rows are of.
    pub runs: Vec<RunNote>,
    /// Every other file, with the SHA-256 of what provost wrote, hexadecimal.
    pub texts: BTreeMap<String, String>,
}

/// A run that rows are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunNote {
    /// Its name.
    pub run: String,
    /// Content hash of prompts, models and parameters.
    pub recipe: String,
    /// Fingerprint of the plan; empty where `run.yaml` is not there any more.
    pub plan: String,
    /// The seed of the plan, as text: it may be larger than what readers of JSON take.
    pub seed: String,
    /// Rows of the data set that are of the run.
    pub rows: u64,
}

impl Manifest {
    pub(super) fn of(format: Format, files: &[FileNote]) -> Self {
        let rows = |split: Split| files.iter().filter(|file| file.split == split).map(|file| file.rows).sum();
        Self {
            provost: env!("CARGO_PKG_VERSION").to_owned(),
            format: format.name().to_owned(),
            files: files.to_vec(),
            rows: Split::ALL.into_iter().map(|split| (split.name().to_owned(), rows(split))).collect(),
            left_out: BTreeMap::new(),
            runs: Vec::new(),
            texts: BTreeMap::new(),
        }
    }

    /// The manifest at `path`; `None` where there is none, or something else.
    pub(super) fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    pub(super) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
