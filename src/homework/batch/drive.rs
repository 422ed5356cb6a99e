//! The whole way through a provider: export, upload, make the batch, look, fetch, import, and the next stage, until nothing
//! is open. Every step is written down before it is done ([`super::log`]), so that it can be killed anywhere, and goes on.
//!
//! What may be done twice is done twice; a batch is made only when it is certain that there is none: after a crash, or
//! when the reply was lost, the list of batches is searched for one of the same uploaded file first.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::io::AsyncReadExt as _;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::super::budget::Limits;
use super::super::handle::Ended;
use super::super::plan::PlannedItem;
use super::super::prices::Prices;
use super::BatchError;
use super::export::{ExportJob, Exported, export};
use super::import::{ImportJob, Imported, import};
use super::log::{self, Event, Log, Part};
use super::part::hex;
use super::stage::Stage;
use crate::llm::{Class, Client, Failure, RemoteBatch};

mod money;
mod results;

use money::Taken;

/// Times that a batch is made anew after it was certain that there is none.
const TRIES: u32 = 3;
/// Pages of a hundred batches that are searched.
const PAGES: u32 = 50;
/// Parts in a row that brought nothing before it is given up.
const BARREN: u32 = 3;

/// How batches are sent.
#[derive(Debug, Clone)]
pub struct Sending {
    /// Tokens waiting at the provider, at most; one part is always sent.
    pub most_tokens: Option<u64>,
    /// Requests waiting at the provider, at most; one part is always sent.
    pub most_waiting: Option<u64>,
    /// What it may cost, all its starts together.
    pub limits: Limits,
    /// What live calls cost.
    pub prices: Prices,
    /// Time between two looks.
    pub every: Duration,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// What is open is sent, as far as the queue allows.
    Sent,
    /// One look at each batch; what is over is taken.
    Looked,
    /// Everything that was sent is over.
    Back,
    /// Nothing is open.
    Done,
}

/// What happened, for who watches.
#[derive(Debug, Clone)]
pub enum Told<'a> {
    /// Requests were written, or there is nothing left to ask for.
    Exported(&'a Exported),
    /// A part took a step.
    Part(&'a Part),
    /// The results of a part were taken.
    Imported(&'a Part, &'a Imported),
    /// Something that one should know.
    Note(String),
}

/// A run by batch.
pub struct Drive<'a> {
    /// What to ask for, and whom.
    pub export: ExportJob<'a>,
    /// Where results go.
    pub import: ImportJob<'a>,
    /// How it is sent.
    pub sending: Sending,
    /// The log of the run.
    pub log: Log,
    /// Where a test stops it.
    pub trip: Trip,
}

/// Stops at a given step, as a crash would; never unless a test says so.
#[derive(Debug, Default)]
pub struct Trip(std::cell::Cell<Option<u32>>);

impl Trip {
    /// A crash at this step, from 0.
    #[cfg(test)]
    pub fn at(step: u32) -> Self {
        Self(std::cell::Cell::new(Some(step)))
    }

    fn step(&self) -> Result<(), Stop> {
        match self.0.get() {
            Some(0) => Err(Stop::Ended(Ended::Aborted)),
            Some(left) => {
                self.0.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Why it does not go on.
#[derive(Debug)]
enum Stop {
    Ended(Ended),
    Error(BatchError),
}

impl<E: Into<BatchError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Drive<'_> {
    /// Goes as far as `until`; how it ended. `stop` ends it between two steps.
    ///
    /// # Errors
    /// Another process works on the run, or the disk fails.
    pub async fn run(
        &mut self,
        until: Until,
        stop: &CancellationToken,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) -> Result<Ended, BatchError> {
        let ended = tokio::select! {
            ended = self.go(until, tell) => ended,
            () = stop.cancelled() => Err(Stop::Ended(Ended::Stopped)),
        };
        match ended {
            Ok(()) => Ok(Ended::Done),
            Err(Stop::Ended(ended)) => Ok(ended),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    async fn go(&mut self, until: Until, tell: &mut (dyn FnMut(Told<'_>) + Send)) -> Result<(), Stop> {
        let (mut missing, mut barren) = (BTreeMap::new(), 0);
        let mut first = true;
        loop {
            let mut moved = false;
            let sent: Vec<u32> = self.log.parts().filter(|part| part.is_sent()).map(|part| part.number).collect();
            for number in sent {
                let was = self.log.part(number).cloned();
                let taken = self.look(number, &mut missing, tell).await?;
                moved |= self.log.part(number) != was.as_ref();
                if let Some(good) = taken {
                    barren = if good { 0 } else { barren + 1 };
                }
                if barren >= BARREN {
                    let why = format!(
                        "The last {BARREN} batches brought nothing. `provost batch status` shows what they said."
                    );
                    return Err(Stop::Ended(Ended::Stuck(why)));
                }
            }
            if matches!(until, Until::Sent | Until::Done) && (first || moved) {
                self.write_requests(first, tell)?;
                moved |= self.send(tell).await?;
            }
            first = false;
            let open = self.log.parts().any(|part| if until == Until::Back { part.is_sent() } else { part.is_open() });
            match until {
                Until::Sent | Until::Looked => return Ok(()),
                Until::Back | Until::Done if !open => return Ok(()),
                _ => {}
            }
            if !moved {
                sleep(self.sending.every).await;
            }
        }
    }

    /// Writes requests for what is open and not under way, and writes down that they are to be sent.
    fn write_requests(&mut self, first: bool, tell: &mut (dyn FnMut(Told<'_>) + Send)) -> Result<(), Stop> {
        // Questions that a cap holds back hold nothing else back: what is paid for half goes on.
        let waits = |part: &Part| part.is_open() && !part.is_sent() && part.file.stage != Stage::Question;
        if self.log.parts().any(waits) {
            return Ok(());
        }
        let mut under_way = log::items_under_way(&self.import.runs, Some(&self.import.run))?;
        if first {
            let planned = |item: &PlannedItem| under_way.contains(&item.id);
            let away = self.export.plan.items().filter(planned).count();
            if away > 0 {
                tell(Told::Note(format!("{away} items are left out: another run has them with a provider")));
            }
        }
        for part in self.log.parts().filter(|part| part.is_open()) {
            log::items_of(&part.file.path, &mut under_way)?;
        }
        self.trip.step()?;
        let job = ExportJob { under_way: &under_way, to: None, ..job(&self.export) };
        let exported = export(&job)?;
        for file in &exported.files {
            self.trip.step()?;
            let server = self.client(file.stage).batch_origin();
            self.log.intend(file, self.export.dialect.name, &server)?;
        }
        tell(Told::Exported(&exported));
        Ok(())
    }

    /// Sends what is written, as far as queue and caps allow; whether anything was sent.
    async fn send(&mut self, tell: &mut (dyn FnMut(Told<'_>) + Send)) -> Result<bool, Stop> {
        let mut any = false;
        let mut ready: Vec<Part> = self.log.parts().filter(|part| part.is_open() && !part.is_sent()).cloned().collect();
        // What is paid for half comes first.
        ready.sort_by_key(|part| part.file.stage == Stage::Question);
        let taken = if ready.is_empty() { Taken::default() } else { self.taken()? };
        let mut refused = None;
        for part in ready {
            if !self.fits(&part) {
                break;
            }
            if let Err(why) = self.affords(&part, &taken)? {
                refused.get_or_insert(why);
                continue;
            }
            self.submit(part.number, tell).await?;
            any = true;
        }
        match refused {
            // What is under way is waited for first.
            Some(why) if !self.log.parts().any(Part::is_sent) => Err(Stop::Ended(Ended::Budget(why))),
            _ => Ok(any),
        }
    }

    fn client(&self, stage: Stage) -> Client {
        match (stage, &self.export.judge) {
            (Stage::Question, _) => self.export.question.clone(),
            (Stage::QuestionVerdict | Stage::PairVerdict, Some(judge)) => judge.client.clone(),
            _ => self.export.answer.clone(),
        }
    }

    /// Uploads a part and makes its batch.
    async fn submit(&mut self, number: u32, tell: &mut (dyn FnMut(Told<'_>) + Send)) -> Result<(), Stop> {
        let Some(part) = self.log.part(number).cloned() else { return Ok(()) };
        let client = self.client(part.file.stage);
        same_server(&part, &client)?;
        let file_id = match part.file_id {
            Some(id) => id,
            None => {
                self.trip.step()?;
                let id = self.upload(&part, &client).await?;
                self.trip.step()?;
                self.log.note(number, Event::Uploaded { file_id: id.clone() })?;
                id
            }
        };
        self.trip.step()?;
        self.log.note(number, Event::Creating)?;
        self.create(number, &file_id, &client, false, tell).await
    }

    async fn upload(&self, part: &Part, client: &Client) -> Result<String, Stop> {
        let path = part.file.path.clone();
        let sha = &part.file.sha256;
        let name = format!("provost-{}-{}-{:.12}.jsonl", self.import.run, part.number, sha);
        // A hash of the file does not stand in the file.
        let boundary = format!("provost-{sha}");
        let (looked_at, wanted) = (path.clone(), sha.clone());
        let whole = tokio::task::spawn_blocking(move || is_as_written(&looked_at, &wanted)).await.unwrap_or(false);
        if !whole {
            let shown = path.display();
            let why = format!(
                "{shown} is gone or was changed. `provost batch cancel {} --forget` frees its items.",
                part.number
            );
            return Err(Stop::Ended(Ended::Config(why)));
        }
        let sent = client.upload(&name, &boundary, part.file.bytes, || pieces(path.clone())).await;
        sent.map(|file| file.id).map_err(|failure| Stop::Ended(ended(&failure)))
    }

    /// Makes the batch of an uploaded file, or finds the one that is there. `doubtful`: there may be one.
    async fn create(
        &mut self,
        number: u32,
        file_id: &str,
        client: &Client,
        mut doubtful: bool,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) -> Result<(), Stop> {
        let metadata = self.metadata(number);
        let mut tries = 0;
        let batch = loop {
            if doubtful {
                self.trip.step()?;
                if let Some(found) = self.search(file_id, &metadata, client).await? {
                    tell(Told::Note(format!("part {number}: the batch {} had been made already", found.id)));
                    break found;
                }
            }
            self.trip.step()?;
            match client.create_batch(file_id, self.export.dialect.window, &metadata).await {
                Ok(batch) => break batch,
                Err(failure) if is_certain(&failure) => return Err(Stop::Ended(ended(&failure))),
                Err(failure) => {
                    tries += 1;
                    if tries >= TRIES {
                        return Err(Stop::Ended(ended(&failure)));
                    }
                    tell(Told::Note(format!("part {number}: {}", failure.message)));
                    doubtful = true;
                }
            }
        };
        self.trip.step()?;
        self.log.note(number, Event::Created { batch_id: batch.id.clone() })?;
        self.log.note(number, Event::State { state: batch.status, counts: batch.request_counts })?;
        self.log.part(number).into_iter().for_each(|part| tell(Told::Part(part)));
        Ok(())
    }

    fn metadata(&self, number: u32) -> BTreeMap<String, String> {
        let part = self.log.part(number);
        let pairs = [
            ("provost_run", self.import.run.to_string()),
            ("provost_part", number.to_string()),
            ("provost_stage", part.map(|part| part.file.stage.name().to_owned()).unwrap_or_default()),
            ("provost_sha256", part.map(|part| part.file.sha256.clone()).unwrap_or_default()),
        ];
        pairs.map(|(key, value)| (key.to_owned(), value)).into()
    }

    /// The batch of this file, if the server has one. It is looked for twice: a list may lag behind.
    async fn search(
        &self,
        file_id: &str,
        metadata: &BTreeMap<String, String>,
        client: &Client,
    ) -> Result<Option<RemoteBatch>, Stop> {
        let told = |batch: &RemoteBatch| batch.metadata.as_ref().is_some_and(|told| told == metadata);
        let ours = |batch: &RemoteBatch| batch.input_file_id.as_deref() == Some(file_id) || told(batch);
        'looks: for look in 0..2 {
            if look > 0 {
                sleep(self.sending.every.min(Duration::from_secs(5))).await;
            }
            let mut after: Option<String> = None;
            for _ in 0..PAGES {
                let page = client.batches(after.as_deref()).await;
                let (batches, more) = page.map_err(|failure| Stop::Ended(unsure(&failure)))?;
                after = batches.last().map(|batch| batch.id.clone());
                if let Some(found) = batches.into_iter().find(ours) {
                    return Ok(Some(found));
                }
                if !more || after.is_none() {
                    continue 'looks;
                }
            }
            let why = format!(
                "It is not known whether a batch was made: the server lists more than {PAGES} pages of newer ones. Look for \
                 the file {file_id} at the provider; `provost batch cancel N --forget` frees the items if there is none."
            );
            return Err(Stop::Ended(Ended::Stuck(why)));
        }
        Ok(None)
    }

    /// Looks at a part that was sent, and takes what there is; whether results were taken, and were any good.
    async fn look(
        &mut self,
        number: u32,
        missing: &mut BTreeMap<u32, u32>,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) -> Result<Option<bool>, Stop> {
        let Some(part) = self.log.part(number).cloned() else { return Ok(None) };
        let client = self.client(part.file.stage);
        same_server(&part, &client)?;
        let files = match (part.fetched, part.batch_id, part.file_id) {
            (Some(files), ..) => files,
            (None, Some(id), _) => match self.fetch(number, &id, &client, missing, tell).await? {
                Some(files) => files,
                None => return Ok(None),
            },
            // It was to be made when we were stopped.
            (None, None, Some(file)) => {
                self.create(number, &file, &client, true, tell).await?;
                return Ok(None);
            }
            (None, None, None) => return Ok(None),
        };
        self.trip.step()?;
        let told = import(&self.import, &files, |_| {})?;
        self.trip.step()?;
        let sum = |counts: &mut dyn Iterator<Item = &u64>| counts.sum::<u64>();
        let waiting = sum(&mut told.waiting.values()) + told.more;
        let failed = sum(&mut told.failed.values()) + sum(&mut told.unfit.values()) + told.unreadable;
        let not_run = sum(&mut told.not_run.values());
        let event = Event::Imported { done: told.done, waiting, failed, not_run, tokens: told.paid };
        self.log.note(number, event)?;
        if let Some(part) = self.log.part(number) {
            tell(Told::Imported(part, &told));
        }
        let good = told.done + waiting + told.duplicate + sum(&mut told.unfit.values()) > 0;
        match told.trouble {
            Some(why) if !good => Err(Stop::Ended(Ended::Config(why))),
            _ => Ok(Some(good)),
        }
    }

    /// Calls parts off: all that were sent, or those of these numbers. With `forget` nobody is asked, and the items are open again.
    ///
    /// # Errors
    /// The server does not do it, or the disk fails.
    pub async fn cancel(&mut self, numbers: &[u32], forget: bool) -> Result<Vec<Part>, BatchError> {
        let wanted = |part: &&Part| part.is_open() && (numbers.is_empty() || numbers.contains(&part.number));
        let parts: Vec<Part> = self.log.parts().filter(wanted).cloned().collect();
        for part in &parts {
            let number = part.number;
            match &part.batch_id {
                _ if part.fetched.is_some() => {
                    let why = format!("The results of part {number} are here: `provost batch poll` takes them.");
                    return Err(BatchError::Request(why));
                }
                Some(id) if !forget => {
                    if let Err(Stop::Ended(ended)) = same_server(part, &self.client(part.file.stage)) {
                        return Err(BatchError::Request(ended.message().unwrap_or_default().to_owned()));
                    }
                    let batch = self.client(part.file.stage).cancel_batch(id).await;
                    let batch = batch.map_err(|failure| BatchError::Request(failure.message))?;
                    self.log.note(part.number, Event::State { state: batch.status, counts: batch.request_counts })?;
                }
                None if part.creating && !forget => {
                    let why = format!("Part {} may have been made: `provost batch poll` finds out.", part.number);
                    return Err(BatchError::Request(why));
                }
                _ => self.log.note(part.number, Event::Closed { why: "given up by hand".to_owned() })?,
            }
        }
        Ok(parts.iter().filter_map(|part| self.log.part(part.number).cloned()).collect())
    }
}

fn job<'a>(from: &ExportJob<'a>) -> ExportJob<'a> {
    ExportJob {
        plan: std::sync::Arc::clone(&from.plan),
        prompts: from.prompts.clone(),
        question: from.question.clone(),
        answer: from.answer.clone(),
        judge: from.judge.clone(),
        runs: from.runs.clone(),
        curator: from.curator.clone(),
        to: from.to.clone(),
        ..*from
    }
}

/// Whether a file is there as it was written, by its SHA-256.
fn is_as_written(path: &Path, sha256: &str) -> bool {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let Ok(file) = File::open(path) else { return false };
    let mut reader = BufReader::with_capacity(1 << 18, file);
    loop {
        let Ok(piece) = reader.fill_buf() else { return false };
        if piece.is_empty() {
            return hex(hash.finish().as_ref()) == sha256;
        }
        hash.update(piece);
        let length = piece.len();
        reader.consume(length);
    }
}

/// The bytes of a file, piece by piece.
fn pieces(path: PathBuf) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    stream::try_unfold((path, None), |(path, file)| async move {
        let mut file = match file {
            Some(file) => file,
            None => tokio::fs::File::open(&path).await?,
        };
        let mut piece = vec![0; 1 << 17];
        let length = file.read(&mut piece).await?;
        piece.truncate(length);
        Ok((length > 0).then(|| (Bytes::from(piece), (path, Some(file)))))
    })
}

fn same_server(part: &Part, client: &Client) -> Result<(), Stop> {
    let now = client.batch_origin();
    if part.server == now {
        return Ok(());
    }
    let why = format!(
        "Part {} was sent to {}, and the profile now names {now}. Use the profile that it was sent with.",
        part.number, part.server
    );
    Err(Stop::Ended(Ended::Config(why)))
}

/// Whether a refused batch is certainly not there.
fn is_certain(failure: &Failure) -> bool {
    matches!(failure.status, Some(400..=407 | 410..=428 | 429..=499))
        && !matches!(failure.class, Class::ServerError | Class::Malformed)
}

fn ended(failure: &Failure) -> Ended {
    let why = failure.message.clone();
    match failure.class {
        Class::RateLimited | Class::QuotaEnded => Ended::RateOrQuota(why),
        Class::ConfigError | Class::SchemaUnsupported => Ended::Config(why),
        _ => Ended::Unreachable(why),
    }
}

/// The list of batches cannot be had, so nobody knows whether one was made.
fn unsure(failure: &Failure) -> Ended {
    let why =
        format!("It is not known whether a batch was made, and the list of batches cannot be had: {}", failure.message);
    match ended(failure) {
        Ended::RateOrQuota(_) => Ended::RateOrQuota(why),
        Ended::Config(_) => Ended::Config(why),
        _ => Ended::Unreachable(why),
    }
}
