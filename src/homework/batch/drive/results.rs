//! Where a batch is, and its results once it is over.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::super::super::atomic::AtomicFile;
use super::super::super::handle::Ended;
use super::super::super::segment::StorageError;
use super::super::dialect::State;
use super::super::log::Event;
use super::super::{journal, result};
use super::{Drive, Stop, Told, ended};
use crate::llm::{Class, Client, Failure, RemoteBatch};

/// Times that something is looked for which has to come: a batch that is not known, an output file that is not named.
const LOOKS: u32 = 5;
/// Times that a download is begun.
const DOWNLOADS: u32 = 5;

impl Drive<'_> {
    /// Asks where a batch is; its results, once it is over and they are here.
    pub(super) async fn fetch(
        &mut self,
        number: u32,
        id: &str,
        client: &Client,
        missing: &mut BTreeMap<u32, u32>,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) -> Result<Option<Vec<PathBuf>>, Stop> {
        self.trip.step()?;
        let batch = match client.batch(id).await {
            Ok(batch) => batch,
            Err(failure) if is_gone(&failure) => {
                return self.missed(number, missing, &format!(
                    "the server does not know the batch {id} any more (another key or project?). It may have been paid for. \
                     `provost batch cancel {number} --forget` frees its items to be asked for again"
                ));
            }
            Err(failure) => return Err(Stop::Ended(ended(&failure))),
        };
        let known = self.log.part(number);
        let word = known.and_then(|part| part.state.clone());
        if word.as_deref() != Some(&batch.status) || known.and_then(|part| part.counts) != batch.request_counts {
            self.log.note(number, Event::State { state: batch.status.clone(), counts: batch.request_counts })?;
            self.log.part(number).into_iter().for_each(|part| tell(Told::Part(part)));
        }
        let state = self.export.dialect.state(&batch.status);
        match state {
            Some(State::Completed | State::Expired | State::Cancelled) => {}
            Some(State::Failed) => return self.refused(number, &batch),
            // A state that nobody knows is shown and waited through.
            _ => return Ok(None),
        }
        let counts = batch.request_counts;
        let (output, error) = (batch.output_file_id.as_deref(), batch.error_file_id.as_deref());
        let lacks_output = output.is_none() && counts.map_or(error.is_none(), |counts| counts.completed > 0);
        let lacks_error = error.is_none() && output.is_none();
        if (lacks_output || lacks_error) && counts.is_none_or(|counts| counts.completed + counts.failed > 0) {
            return self.missed(
                number,
                missing,
                &format!(
                    "the batch {id} is {} and names no file of results. Look again later with `provost batch poll`; \
                 `provost batch cancel {number} --forget` gives it up",
                    batch.status
                ),
            );
        }
        let mut files = Vec::new();
        for (file, what) in [(output, "output"), (error, "errors")] {
            let Some(file) = file else { continue };
            self.trip.step()?;
            files.push(self.download(number, file, what, client, tell).await?);
        }
        self.trip.step()?;
        self.log.note(number, Event::Fetched { files: files.clone() })?;
        Ok(Some(files))
    }

    /// What has to come and did not: it is waited for a while, then told.
    fn missed<T>(&self, number: u32, missing: &mut BTreeMap<u32, u32>, why: &str) -> Result<Option<T>, Stop> {
        let looks = missing.entry(number).or_default();
        *looks += 1;
        if *looks < LOOKS { Ok(None) } else { Err(Stop::Ended(Ended::Stuck(format!("Part {number}: {why}.")))) }
    }

    /// The batch was refused as a whole: nothing was paid, and its items are open again.
    fn refused<T>(&mut self, number: u32, batch: &RemoteBatch) -> Result<Option<T>, Stop> {
        let path = self.log.part(number).map(|part| part.file.path.clone()).unwrap_or_default();
        let errors = batch.errors.clone().unwrap_or_default().data;
        let shown = errors.iter().take(5).map(|error| {
            let at = error.line.map(|line| format!("{}:{line}: ", path.display())).unwrap_or_default();
            let (code, message) =
                (error.code.as_deref().unwrap_or("error"), error.message.as_deref().unwrap_or_default());
            format!("{at}{code}: {message}")
        });
        let shown: Vec<String> = shown.collect();
        let why = match shown.is_empty() {
            true => format!("The batch {} failed, and the server does not say why.", batch.id),
            false => format!("The batch {} was refused: {}", batch.id, shown.join("; ")),
        };
        let limit = |error: &crate::llm::BatchError| {
            let code = error.code.as_deref().unwrap_or_default();
            ["limit", "quota"].iter().any(|word| code.contains(word))
        };
        self.log.note(number, Event::Closed { why: why.clone() })?;
        let ended = if errors.iter().any(limit) { Ended::RateOrQuota(why) } else { Ended::Config(why) };
        Err(Stop::Ended(ended))
    }

    /// Fetches a file of results whole, anew where it breaks off.
    async fn download(
        &self,
        number: u32,
        id: &str,
        what: &str,
        client: &Client,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) -> Result<PathBuf, Stop> {
        let folder = journal::folder(&self.log.dir).join("results");
        std::fs::create_dir_all(&folder).map_err(StorageError::at(&folder, "the folder cannot be created"))?;
        let path = folder.join(format!("part-{number:04}-{what}.jsonl"));
        let mut tries = 0;
        loop {
            tries += 1;
            let mut file = AtomicFile::create(&path)?;
            let mut last = b'\n';
            let got = client.download(id, |piece| {
                last = piece.last().copied().unwrap_or(last);
                file.write_all(piece)
            });
            match got.await {
                // Where no length was said only the end of the last line tells that it is whole.
                Ok(_) if last == b'\n' || tries >= DOWNLOADS || ends_whole(&mut file, &path)? => {
                    file.finish()?;
                    return Ok(path);
                }
                Ok(_) => {}
                Err(failure) if tries < DOWNLOADS && failure.class != Class::Cancelled => {
                    tell(Told::Note(format!("part {number}: {} It is fetched again.", failure.message)));
                    sleep(self.sending.every.min(Duration::from_secs(2))).await;
                }
                Err(failure) => return Err(Stop::Ended(ended(&failure))),
            }
        }
    }
}

/// Whether the last line of a file is a whole result, though nothing ends it.
fn ends_whole(file: &mut AtomicFile, path: &Path) -> Result<bool, StorageError> {
    file.flush().map_err(StorageError::at(path, "the results cannot be kept"))?;
    let text = std::fs::read(file.temporary()).unwrap_or_default();
    let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(result::read(last).is_ok())
}

/// Whether a server says that it has no such batch: with 404, or with 200 and something else.
fn is_gone(failure: &Failure) -> bool {
    matches!((failure.status, failure.class), (Some(404 | 410), _) | (Some(200), Class::Malformed | Class::ConfigError))
}
