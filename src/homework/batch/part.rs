//! The files of requests: as many as the limits on requests and bytes ask for, each whole or not there at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::super::atomic::AtomicFile;
use super::super::segment::StorageError;
use super::stage::Stage;

/// One file of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestFile {
    /// Where it is.
    pub path: PathBuf,
    /// What its requests ask for.
    pub stage: Stage,
    /// Lines.
    pub requests: u64,
    /// Its size.
    pub bytes: u64,
    /// Tokens sent, four bytes each: an estimate.
    pub prompt_tokens: u64,
    /// Tokens that will be received, as models write them on average: an estimate.
    pub completion_tokens: u64,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
}

/// Writes the requests of one stage.
pub(super) struct Parts {
    folder: PathBuf,
    stage: Stage,
    most: (u64, u64),
    open: Option<(AtomicFile, Context, RequestFile)>,
    done: Vec<RequestFile>,
}

impl Parts {
    /// Files in `folder`, each of at most so many requests and bytes.
    pub fn new(folder: &Path, stage: Stage, most_requests: u64, most_bytes: u64) -> Self {
        let most = (most_requests.max(1), most_bytes.max(1));
        Self { folder: folder.to_owned(), stage, most, open: None, done: Vec::new() }
    }

    /// Adds a line, its newline included.
    pub fn add(&mut self, line: &[u8], completion_tokens: u64) -> Result<(), StorageError> {
        let bytes = line.len() as u64;
        let is_full = |file: &RequestFile| file.requests >= self.most.0 || file.bytes + bytes > self.most.1;
        if self.open.as_ref().is_some_and(|(_, _, file)| is_full(file)) {
            self.close()?;
        }
        let (writer, hash, file) = match &mut self.open {
            Some(open) => open,
            none => none.insert(begin(&self.folder, self.stage)?),
        };
        writer.write_all(line).map_err(StorageError::at(&file.path, "a request cannot be written"))?;
        hash.update(line);
        file.requests += 1;
        file.bytes += bytes;
        file.prompt_tokens += bytes / 4;
        file.completion_tokens += completion_tokens;
        Ok(())
    }

    fn close(&mut self) -> Result<(), StorageError> {
        if let Some((writer, hash, mut file)) = self.open.take() {
            writer.finish()?;
            file.sha256 = hex(hash.finish().as_ref());
            self.done.push(file);
        }
        Ok(())
    }

    /// Puts the last file in its place.
    pub fn finish(mut self) -> Result<Vec<RequestFile>, StorageError> {
        self.close()?;
        Ok(self.done)
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The next file of a stage: numbers go on where earlier exports ended, so that none is written over.
fn begin(folder: &Path, stage: Stage) -> Result<(AtomicFile, Context, RequestFile), StorageError> {
    let path = |number: u32| folder.join(format!("{}-{number:04}.jsonl", stage.name()));
    let number = (1..=u32::MAX).find(|number| !path(*number).exists()).unwrap_or(u32::MAX);
    let file = RequestFile {
        path: path(number),
        stage,
        requests: 0,
        bytes: 0,
        prompt_tokens: 0,
        completion_tokens: 0,
        sha256: String::new(),
    };
    Ok((AtomicFile::create(&file.path)?, Context::new(&SHA256), file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(lines: &[&str], most_requests: u64, most_bytes: u64) -> Vec<(u64, u64)> {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = Parts::new(folder.path(), Stage::Question, most_requests, most_bytes);
        lines.iter().for_each(|line| parts.add(line.as_bytes(), 1).unwrap());
        let files = parts.finish().unwrap();
        for file in &files {
            let content = std::fs::read(&file.path).unwrap();
            assert_eq!(content.len() as u64, file.bytes);
            let hash = ring::digest::digest(&SHA256, &content);
            assert_eq!(file.sha256, hash.as_ref().iter().map(|b| format!("{b:02x}")).collect::<String>());
        }
        files.iter().map(|file| (file.requests, file.bytes)).collect()
    }

    #[test]
    fn files_are_cut_at_either_limit_and_exactly_there() {
        assert_eq!(sizes(&["a\n"; 7], 3, 1_000), [(3, 6), (3, 6), (1, 2)]);
        assert_eq!(sizes(&["a\n"; 6], 3, 1_000), [(3, 6), (3, 6)]);
        // Bytes, not characters: each line has five.
        assert_eq!(sizes(&["äö\n"; 4], 100, 10), [(2, 10), (2, 10)]);
        assert_eq!(sizes(&["äö\n"; 4], 100, 9), [(1, 5); 4]);
        assert_eq!(sizes(&[], 3, 9), []);
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        for number in 1..=3 {
            let mut parts = Parts::new(folder.path(), Stage::Answer, 1, 9);
            parts.add(b"a\n", 1).unwrap();
            let files = parts.finish().unwrap();
            assert!(files[0].path.ends_with(format!("answers-{number:04}.jsonl")));
        }
    }
}
