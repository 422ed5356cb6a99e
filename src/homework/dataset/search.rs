//! Full-text search: every word of what is searched for, in question or answer, whatever the case.
//! One record at a time, so that it can be stopped after any and memory does not grow.

use serde::Deserialize;

use super::{Dataset, Entry, Reader};
use crate::homework::segment::StorageError;
use crate::taxonomy::Untrusted;

/// What is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needle {
    words: Vec<String>,
}

impl Needle {
    /// The words of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { words: text.split_whitespace().map(str::to_lowercase).collect() }
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether every word is in one of the texts.
    #[must_use]
    pub fn is_in(&self, texts: &[&str]) -> bool {
        let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        self.words.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
    }
}

/// The part of a record that is searched.
#[derive(Deserialize)]
struct Said {
    question: Untrusted,
    answer: Untrusted,
}

/// Reads questions and answers.
#[derive(Debug, Default)]
pub struct Texts {
    reader: Reader,
}

impl Texts {
    /// Whether an item matches.
    ///
    /// # Errors
    /// When its segment cannot be read, or has changed since.
    pub fn matches(&mut self, dataset: &Dataset, entry: &Entry, needle: &Needle) -> Result<bool, StorageError> {
        let line = self.reader.line(dataset, entry)?;
        // A line that is whole has been read as a record before.
        let Ok(said) = serde_json::from_slice::<Said>(&line) else { return Ok(false) };
        Ok(needle.is_in(&[said.question.raw(), said.answer.raw()]))
    }
}
