//! Overlap with benchmarks: items that hold a run of words which a benchmark holds too.
//!
//! The measure of the literature is a run of 13 words. The paper drops pairs that contain
//! questions of the benchmarks it is evaluated on, and does not say how it finds them (GLAN section 3.1).

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::taxonomy::QualitySettings;

/// The words of a run, as in the literature.
pub const RUN_OF_WORDS: usize = 13;
/// A text of fewer words than a run is looked for as a whole, from this length on.
const SHORTEST: usize = 8;
/// The largest line that is read.
const LONGEST_LINE: u64 = 64 << 20;

/// The runs of words of all benchmarks that were named.
#[derive(Debug, Clone)]
pub struct Benchmarks {
    words: usize,
    files: Vec<String>,
    /// Hash of a run, to its file and line (from 1).
    runs: HashMap<u64, (u32, u32)>,
    /// Lengths in words of the texts that are shorter than a run.
    short: Vec<usize>,
}

impl Default for Benchmarks {
    fn default() -> Self {
        Self { words: RUN_OF_WORDS, files: Vec::new(), runs: HashMap::new(), short: Vec::new() }
    }
}

/// A benchmark that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BenchmarkError {
    /// The file cannot be read.
    #[error("{}: the benchmark cannot be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The directory names a file that is not in it.
    #[error(
        "{}: the benchmark is outside of the directory; copy it there, or name it with `generate --benchmark`",
        path.display()
    )]
    Outside {
        /// Which.
        path: PathBuf,
    },
    /// A line is not what the file's name says.
    #[error("{}:{line}: the benchmark cannot be used: {reason}", path.display())]
    Line {
        /// Which.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

/// Where a text overlaps with a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The benchmark's file.
    pub file: String,
    /// The line of the file, from 1.
    pub line: u32,
    /// The shared words.
    pub words: String,
}

impl Benchmarks {
    /// Reads files of JSON lines (every text in them counts) or plain text (a text for each paragraph).
    /// Runs are of `words` words.
    ///
    /// # Errors
    /// A file cannot be read, or a line of a `.jsonl` file is no JSON; nothing is used then.
    pub fn read(files: &[PathBuf], words: usize) -> Result<Self, BenchmarkError> {
        let mut benchmarks = Self { words: words.max(1), ..Self::default() };
        for path in files {
            benchmarks.add(path)?;
        }
        benchmarks.short.sort_unstable();
        benchmarks.short.dedup();
        Ok(benchmarks)
    }

    /// Texts that are at hand, named together; the "line" of a text is its number, from 1.
    #[must_use]
    pub fn of<'a>(name: &str, texts: impl IntoIterator<Item = &'a str>, words: usize) -> Self {
        let mut benchmarks = Self { words: words.max(1), files: vec![name.to_owned()], ..Self::default() };
        for (number, text) in (1..).zip(texts) {
            benchmarks.add_text(text, 0, number);
        }
        benchmarks.short.sort_unstable();
        benchmarks.short.dedup();
        benchmarks
    }

    /// The benchmarks that a directory's settings name, and `more`. Those of the directory have to lie in it, also behind
    /// symbolic links.
    ///
    /// # Errors
    /// As [`Benchmarks::read`]; a file is outside of the directory.
    pub fn of_directory(root: &Path, settings: &QualitySettings, more: &[PathBuf]) -> Result<Self, BenchmarkError> {
        let mut files = Vec::with_capacity(settings.benchmarks.len() + more.len());
        let real =
            |path: &Path| path.canonicalize().map_err(|source| BenchmarkError::Read { path: path.to_owned(), source });
        for inner in &settings.benchmarks {
            let path = root.join(&inner.0);
            if !real(&path)?.starts_with(real(root)?) {
                return Err(BenchmarkError::Outside { path });
            }
            files.push(path);
        }
        files.extend_from_slice(more);
        Self::read(&files, settings.run_of_words.map_or(RUN_OF_WORDS, |words| words as usize))
    }

    /// Whether there is nothing to compare with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    fn add(&mut self, path: &Path) -> Result<(), BenchmarkError> {
        let failed = |source| BenchmarkError::Read { path: path.to_owned(), source };
        let file = self.files.len() as u32;
        self.files.push(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
        let is_json = path.extension().is_some_and(|ending| ending == "jsonl" || ending == "json");
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let (mut number, mut paragraph, mut begun) = (0_u64, String::new(), 1);
        loop {
            let mut line = Vec::new();
            let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(failed)?;
            number += 1;
            let bad = |reason: String| BenchmarkError::Line { path: path.to_owned(), line: number, reason };
            if read as u64 == LONGEST_LINE {
                return Err(bad("the line has no end within 64 MB".to_owned()));
            }
            let text = String::from_utf8_lossy(&line);
            let at = u32::try_from(number).unwrap_or(u32::MAX);
            if is_json && !text.trim().is_empty() {
                let value: Value = serde_json::from_str(&text)
                    .map_err(|error| bad(format!("it is no JSON ({error}); a benchmark is one JSON value a line")))?;
                self.add_texts(&value, file, at);
            } else if !is_json && !text.trim().is_empty() {
                if paragraph.is_empty() {
                    begun = at;
                }
                paragraph.push_str(&text);
            }
            if !is_json && (text.trim().is_empty() || read == 0) && !paragraph.is_empty() {
                self.add_text(&std::mem::take(&mut paragraph), file, begun);
            }
            if read == 0 {
                return Ok(());
            }
        }
    }

    fn add_texts(&mut self, value: &Value, file: u32, line: u32) {
        match value {
            Value::String(text) => self.add_text(text, file, line),
            Value::Array(values) => values.iter().for_each(|value| self.add_texts(value, file, line)),
            Value::Object(map) => map.values().for_each(|value| self.add_texts(value, file, line)),
            _ => {}
        }
    }

    fn add_text(&mut self, text: &str, file: u32, line: u32) {
        let words = words(text);
        let size = if words.len() >= self.words { self.words } else { words.len() };
        if size < SHORTEST.min(self.words) {
            return;
        }
        if size < self.words {
            self.short.push(size);
        }
        for run in numbers(&words).windows(size) {
            self.runs.entry(hash(run)).or_insert((file, line));
        }
    }

    /// The first run of words that `text` shares with a benchmark.
    #[must_use]
    pub fn overlap(&self, text: &str) -> Option<Overlap> {
        if self.is_empty() {
            return None;
        }
        let words = words(text);
        let numbers = numbers(&words);
        let sizes = std::iter::once(self.words).chain(self.short.iter().copied());
        for size in sizes.filter(|size| *size <= words.len()) {
            for (run, numbers) in words.windows(size).zip(numbers.windows(size)) {
                if let Some((file, line)) = self.runs.get(&hash(numbers)) {
                    let file = self.files.get(*file as usize).cloned().unwrap_or_default();
                    return Some(Overlap { file, line: *line, words: run.join(" ") });
                }
            }
        }
        None
    }
}

/// Letters and digits, in lower case; every sign of scripts without blanks is a word.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars().flat_map(char::to_lowercase) {
        let alone = ('\u{2e80}'..'\u{ac00}').contains(&c) || c >= '\u{20000}';
        if alone || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if alone || c.is_alphanumeric() {
            if let Some(last) = words.last_mut() {
                last.push(c);
            }
            if alone {
                words.push(String::new());
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A number for each word. It only has to be the same within a process.
fn numbers(words: &[String]) -> Vec<u64> {
    words.iter().map(|word| BuildHasherDefault::<DefaultHasher>::default().hash_one(word)).collect()
}

/// A number for a run of words.
fn hash(run: &[u64]) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GSM: &str = "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How \
                       many clips did Natalia sell altogether in April and May?";

    fn file(name: &str, content: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        (dir, path)
    }

    #[test]
    fn a_benchmark_question_is_found_in_other_words_around_it_and_in_another_spelling() {
        let line = serde_json::json!({"question": GSM, "answer": "72", "meta": {"n": [1, "x"]}});
        let (_dir, path) = file("gsm8k.jsonl", &format!("{{\"question\":\"Why?\"}}\n{line}\n"));
        let benchmarks = Benchmarks::read(&[path], RUN_OF_WORDS).unwrap();
        let text = format!("Solve this.\n\n> {}", GSM.to_uppercase().replace(", and", " — and"));
        let overlap = benchmarks.overlap(&text).unwrap();
        assert_eq!((overlap.file.as_str(), overlap.line), ("gsm8k.jsonl", 2));
        assert!(overlap.words.starts_with("natalia sold clips to 48"), "{}", overlap.words);
        let own = "Natalia sold 48 clips to friends. She sold half as many in May. How many did she sell?";
        assert_eq!(benchmarks.overlap(own), None);
        let twelve = "natalia sold clips to 48 of her friends in April, and then";
        assert_eq!(benchmarks.overlap(twelve), None, "twelve words in a row are no run of thirteen");
    }

    #[test]
    fn plain_text_counts_by_paragraph_and_short_texts_as_a_whole() {
        let (_dir, path) = file("exam.txt", "Name the largest moon of the planet Saturn now.\n\nWhat is a moon?\n");
        let benchmarks = Benchmarks::read(&[path], RUN_OF_WORDS).unwrap();
        let overlap = benchmarks.overlap("Please name the largest moon of the planet Saturn now, and why.").unwrap();
        assert_eq!((overlap.file.as_str(), overlap.line), ("exam.txt", 1));
        assert_eq!(benchmarks.overlap("What is a moon?"), None, "four words are everybody's");
    }

    #[test]
    fn a_line_that_is_no_json_and_a_missing_file_are_said() {
        let (_dir, path) = file("b.jsonl", "{\"q\":\"x\"}\n{\"q\":\n");
        let error = Benchmarks::read(&[path], RUN_OF_WORDS).unwrap_err().to_string();
        assert!(error.contains("b.jsonl:2: the benchmark cannot be used"), "{error}");
        assert!(Benchmarks::read(&[PathBuf::from("/nowhere.jsonl")], RUN_OF_WORDS).is_err());
        assert!(Benchmarks::default().is_empty());
    }
}
