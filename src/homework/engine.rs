//! Running a plan: N items under way at once, question and answer of one item in sequence, and no
//! stage that waits for another.
//!
//! One task owns everything: the items under way, their records, the counts. An item holds its place
//! from its start until its record has been handed to the operating system, so a killed run asks
//! again for what was under way and for nothing else.

use std::collections::{HashSet, VecDeque};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::ask::{Asker, Tried};
use super::budget::{Budget, Limits};
use super::checks::Benchmarks;
use super::done::DoneSet;
use super::endpoints::Endpoints;
use super::estimate::estimate;
use super::half_made::{HalfMade, Over};
use super::handle::{Ended, RunControl, RunHandle, Summary, Wish};
use super::item::ItemId;
use super::judge::Judge;
use super::make::{Asked, Fate, is_too_slow};
use super::plan::{Plan, PlannedItem};
use super::prices::Prices;
use super::progress::{ItemFailed, Phase, Progress};
use super::queue::{Queue, Survey};
use super::recipe::Recipe;
use super::record::Record;
use super::rows::Rows;
use super::run::{RunFile, RunFolder, RunId, StartError};
use super::segment::{Segment, StorageError};
use super::spent::{Before, before};
use super::tally::{Tally, Totals, UnderWay};
use super::writer::{Commit, Writer};
use crate::llm::{Client, PromptSet};
use crate::taxonomy::QualitySettings;

/// How long a written record waits to be secured, at most.
const SECURE: Duration = Duration::from_millis(50);
/// Progress is published with every so manieth of these.
const PUBLISH: u32 = 2;
/// Records that wait to be secured before nothing new is started: the disk is stuck.
const MOST_UNSECURED: usize = 16_384;
/// Failures kept for a listener that is slow.
const FAILURES_KEPT: usize = 1_024;

/// What is needed to run a plan.
#[derive(Debug)]
pub struct Job {
    /// What to produce. Its recipe names models, parameters and prompt versions.
    pub plan: Arc<Plan>,
    /// The prompts that the recipe was made from.
    pub prompts: PromptSet,
    /// Who writes questions. Its own limit on requests in flight holds besides `concurrency`.
    pub question: Client,
    /// Who answers them.
    pub answer: Client,
    /// What tokens cost, where it is known.
    pub prices: Prices,
    /// The `runs` folder of the taxonomy directory.
    pub runs: PathBuf,
    /// Who starts it.
    pub curator: String,
    /// Items under way at once.
    pub concurrency: usize,
    /// What items must not overlap with.
    pub benchmarks: Arc<Benchmarks>,
    /// What the directory says about the checks, and how often an item is asked for.
    pub checks: QualitySettings,
    /// Who judges, where somebody does.
    pub judge: Option<Judge>,
    /// Asks again within this run, whatever became of it, also for what was given up.
    pub again: Option<RunId>,
    /// What stops the run; see [`super::budget`].
    pub limits: Limits,
}

impl Job {
    /// What is expected of the items before the first ones are finished.
    fn budget(&self) -> Budget {
        let estimate = estimate(&self.plan, &self.prompts, &self.prices, self.judge.is_some());
        // A template that cannot be filled in ends the first item, with its reason.
        Budget::new(self.prices, estimate.ok().as_ref())
    }

    /// The models whose price is not known.
    fn unpriced(&self) -> Vec<String> {
        let Recipe { question, answer, .. } = &self.plan.recipe;
        let judge = self.judge.as_ref().map(|judge| (self.prices.judge, &judge.settings.model));
        let steps = [(self.prices.question, &question.model), (self.prices.answer, &answer.model)];
        let mut models: Vec<_> = steps.into_iter().chain(judge).filter(|(price, _)| price.is_none()).collect();
        let mut told = HashSet::new();
        models.retain(|(_, model)| told.insert(*model));
        models.into_iter().map(|(_, model)| model.clone()).collect()
    }
}

/// Starts a run, or resumes an unfinished one that was asked for in the same words.
///
/// # Errors
/// When nothing is planned, another process works on the same run, or the disk fails.
pub async fn start(job: Job) -> Result<RunHandle, StartError> {
    if job.plan.whole() == 0 {
        return Err(StartError::Empty);
    }
    let unpriced = job.unpriced();
    if job.limits.usd.is_some() && !unpriced.is_empty() {
        return Err(StartError::Unpriced(unpriced.join(" and of ")));
    }
    let (plan, runs, curator) = (Arc::clone(&job.plan), job.runs.clone(), job.curator.clone());
    let again = job.again.clone();
    let opened = tokio::task::spawn_blocking(move || Opened::new(&plan, &runs, &curator, again.as_ref())).await;
    let opened = opened.map_err(|error| StorageError::at(&job.runs, "the runs cannot be read")(error.into()))??;
    let (writer, commits) = match opened.segment {
        Some(segment) => {
            let (writer, commits) = Writer::start(segment, Arc::clone(&opened.folder.lock))?;
            (Some(writer), commits)
        }
        None => (None, mpsc::channel(1).1),
    };
    let (control, wishes, cancel) = RunControl::new(job.concurrency, job.limits);
    let budget = job.budget();
    let mut totals = Totals::new(&job.plan, &opened.settled, job.prices);
    let first = totals.progress(Phase::Running, Duration::ZERO, UnderWay::default(), wishes.borrow().concurrency);
    let first = Progress { limits: job.limits, ..first };
    let (publish, progress) = watch::channel(Arc::new(first));
    let failures = broadcast::Sender::new(FAILURES_KEPT);
    let (run, dir) = (opened.folder.run.clone(), opened.folder.dir.clone());
    let guard = cancel.clone().drop_guard();
    let stop = CancellationToken::new();
    let endpoints = Endpoints::of(&job);
    let asker = Asker::new(job, opened.half_made, &stop);
    if totals.done() > 0 {
        asker.maker.has_made_items();
    }
    let engine = Engine {
        to_start: opened.queue.left(),
        queue: opened.queue,
        endpoints,
        asker: Arc::new(asker),
        tasks: JoinSet::new(),
        folder: opened.folder,
        writer,
        commits,
        unsecured: VecDeque::new(),
        over: Vec::new(),
        synced: 0,
        totals,
        started: Instant::now(),
        wishes,
        cancel,
        stop,
        ending: None,
        rows: Rows::default(),
        publish,
        failures: failures.clone(),
        budget,
        earlier: opened.earlier,
        reading: None,
        capped: None,
    };
    let task = tokio::spawn(engine.drive());
    Ok(RunHandle { run, dir, control, progress, failures, task, guard })
}

/// What is on disk when a run starts.
struct Opened {
    folder: RunFolder,
    queue: Queue,
    /// For each subject, items done and given up.
    settled: Vec<(u64, u64)>,
    /// None where nothing is left to do.
    segment: Option<Segment>,
    /// What earlier starts of the run wrote.
    earlier: Vec<PathBuf>,
    /// What they left half made.
    half_made: HalfMade,
}

impl Opened {
    fn new(plan: &Arc<Plan>, runs: &Path, curator: &str, again: Option<&RunId>) -> Result<Self, StartError> {
        let mut read = None;
        let mut load = || {
            let done = DoneSet::load(runs)?;
            let survey = Survey::of(plan, &done, again.is_some());
            Ok(read.insert((survey, done)).0.open() > 0)
        };
        let folder = match again {
            Some(run) => {
                let folder = RunFolder::again(runs, run, plan)?;
                load()?;
                folder
            }
            None => RunFolder::open(runs, &RunFile::of(plan, curator), plan, load)?,
        };
        let (survey, done) = read.unwrap_or_else(|| (Survey::of(plan, &DoneSet::default(), false), DoneSet::default()));
        let settled = survey.settled();
        let half_made = HalfMade::open(&folder.dir, &done)?.and_unanswered(runs, &done)?;
        let queue = Queue::new(Arc::clone(plan), survey, done);
        let earlier = folder.earlier()?;
        let segment = (queue.left() > 0).then(|| Segment::create_for(&folder.segments(), plan.shard)).transpose()?;
        Ok(Self { folder, queue, settled, segment, earlier, half_made })
    }
}

/// An item under way.
struct Begun {
    item: PlannedItem,
    /// How many a server had been there for when it began.
    there: u64,
}

struct Engine {
    asker: Arc<Asker>,
    /// For showing how the servers do.
    endpoints: Endpoints,
    queue: Queue,
    /// Items not started yet.
    to_start: u64,
    tasks: JoinSet<(Begun, Tried)>,
    folder: RunFolder,
    /// None where nothing is left to do.
    writer: Option<Writer>,
    commits: mpsc::Receiver<Commit>,
    /// Records that are written and not secured yet, oldest first.
    unsecured: VecDeque<Tally>,
    /// Items whose records are to be written with the next ones, and what these say to the next start.
    over: Vec<(ItemId, Over)>,
    synced: u64,
    totals: Totals,
    started: Instant,
    wishes: watch::Receiver<Wish>,
    cancel: CancellationToken,
    /// Cancelled once nothing new is to be sent.
    stop: CancellationToken,
    /// Set once the run has to end before its time.
    ending: Option<Ended>,
    rows: Rows,
    publish: watch::Sender<Arc<Progress>>,
    failures: broadcast::Sender<ItemFailed>,
    budget: Budget,
    /// What earlier starts of the run, or of this shard, wrote: it counts against the caps.
    earlier: Vec<PathBuf>,
    /// What they spent, while it is being read.
    reading: Option<JoinHandle<Result<Before, StorageError>>>,
    /// Why nothing may be started just now.
    capped: Option<String>,
}

impl Engine {
    async fn drive(mut self) -> Summary {
        let mut tick = interval(SECURE);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks = 0_u32;
        loop {
            self.launch();
            if self.phase() == Phase::Stopping {
                self.stop.cancel();
            }
            if self.tasks.is_empty() && !self.will_start_more() {
                break;
            }
            if self.tasks.is_empty()
                && let Some(why) = self.capped.clone()
            {
                self.ending.get_or_insert(Ended::Budget(why));
                break;
            }
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => {
                    self.ending = Some(Ended::Aborted);
                    break;
                }
                Ok(()) = self.wishes.changed() => {}
                _ = tick.tick() => {
                    if let Some(writer) = &mut self.writer {
                        writer.hand_over();
                    }
                    if ticks.is_multiple_of(PUBLISH) {
                        self.publish(None);
                    }
                    ticks = ticks.wrapping_add(1);
                }
                Some(commit) = self.commits.recv() => {
                    if self.committed(commit).is_err() {
                        break;
                    }
                }
                Some(asked) = self.tasks.join_next() => {
                    self.asked(asked);
                    while let Some(asked) = self.tasks.try_join_next() {
                        self.asked(asked);
                    }
                    if self.write().is_err() {
                        break;
                    }
                }
                before = read_before(&mut self.reading) => self.take_before(before),
            }
        }
        self.close().await
    }

    fn wish(&self) -> Wish {
        *self.wishes.borrow()
    }

    fn phase(&self) -> Phase {
        if self.ending.is_some() { Phase::Stopping } else { self.wish().phase }
    }

    fn will_start_more(&self) -> bool {
        self.to_start > 0 && self.phase() != Phase::Stopping
    }

    /// Starts items while there is room for them.
    fn launch(&mut self) {
        let room = self.wish().concurrency;
        self.capped = None;
        let is_stuck = self.unsecured.len() > MOST_UNSECURED;
        while self.phase() == Phase::Running && !is_stuck && self.tasks.len() < room && self.affords_one() {
            let Some(item) = self.queue.next() else {
                self.to_start = 0;
                break;
            };
            self.to_start = self.to_start.saturating_sub(1);
            let asker = Arc::clone(&self.asker);
            let (failures, there) = (self.queue.failures(item.id), self.rows.there());
            // In a box: what it takes to ask is 3 kB, and the runtime copies a task nine times from its start to its end.
            self.tasks.spawn(Box::pin(async move { (Begun { item, there }, asker.ask(item, failures).await) }));
        }
    }

    /// Whether the caps allow one more item. What earlier starts of the run took is read first, where there is a cap.
    fn affords_one(&mut self) -> bool {
        let limits = self.wish().limits;
        if limits.is_none() || self.to_start == 0 {
            return true;
        }
        if !self.budget.knows_before() {
            if self.reading.is_none() {
                let earlier = std::mem::take(&mut self.earlier);
                self.reading = Some(tokio::task::spawn_blocking(move || before(&earlier)));
            }
            return false;
        }
        self.capped = self.budget.allows(&limits, self.tasks.len()).err();
        self.capped.is_none()
    }

    fn take_before(&mut self, before: Result<Before, StorageError>) {
        self.reading = None;
        match before {
            Ok(before) => self.budget.set_before(before),
            Err(error) => {
                self.ending.get_or_insert(Ended::Storage(error.to_string()));
            }
        }
    }

    fn asked(&mut self, joined: Result<(Begun, Tried), JoinError>) {
        match joined {
            Ok((Begun { item, there }, Tried { earlier, last })) => {
                for record in earlier {
                    if self.put(&record) {
                        self.count(Tally::of_try(item.subject, &record));
                    }
                }
                match last {
                    Asked::Record(mut record, fate) => {
                        // The server is there for others meanwhile, or this is not the first time.
                        let is_alone = || self.rows.there() > there || self.queue.failures(item.id) > 0;
                        record.counts |= is_too_slow(&fate) && is_alone();
                        self.over.push((item.id, Over::of(&record)));
                        self.keep(item, *record, &fate);
                    }
                    Asked::End(ended) => {
                        self.ending.get_or_insert(ended);
                    }
                }
            }
            Err(error) => {
                let message = format!("An item broke the run off: {error}. Please report this.");
                self.ending.get_or_insert(Ended::Config(message));
            }
        }
    }

    /// Hands a record to the writer.
    fn keep(&mut self, item: PlannedItem, record: Record, fate: &Fate) {
        let wishes = &self.wishes;
        if let Some(ended) = self.rows.note(item.subject, &record, fate, || wishes.borrow().concurrency) {
            self.ending.get_or_insert(ended);
        }
        if self.put(&record) {
            self.count(Tally::new(item.subject, record, fate));
        }
    }

    fn put(&mut self, record: &Record) -> bool {
        let is_put = self.writer.as_mut().is_some_and(|writer| writer.put(record).is_ok());
        if !is_put {
            let error = StorageError::at(&self.folder.dir, "a record cannot be kept")(ErrorKind::InvalidData.into());
            self.ending.get_or_insert(Ended::Storage(error.to_string()));
        }
        is_put
    }

    fn count(&mut self, tally: Tally) {
        self.budget.add(tally.spent(), tally.is_item());
        self.unsecured.push_back(tally);
    }

    /// Writes the records of the items that are done: now others may take their places.
    fn write(&mut self) -> Result<(), ()> {
        let written = self.writer.as_mut().map_or(Ok(()), Writer::write);
        if written.is_ok() {
            self.asker.half_made.over(self.over.drain(..));
        }
        written.map_err(|error| self.ending = Some(Ended::Storage(error.to_string())))
    }

    fn committed(&mut self, commit: Commit) -> Result<(), ()> {
        match commit {
            Commit::Synced(synced) => {
                let elapsed = self.started.elapsed();
                while self.synced < synced {
                    self.synced += 1;
                    let Some(tally) = self.unsecured.pop_front() else { break };
                    if let Some(failed) = self.totals.settle(tally, elapsed) {
                        // Nobody has to listen.
                        let _ = self.failures.send(failed);
                    }
                }
            }
            Commit::Failed(error) => {
                self.ending = Some(Ended::Storage(error.to_string()));
                return Err(());
            }
        }
        Ok(())
    }

    fn publish(&mut self, over: Option<Phase>) {
        let phase = over.unwrap_or_else(|| self.phase());
        let answered = self.unsecured.iter().filter(|tally| tally.is_item()).count();
        let under_way = UnderWay { running: self.tasks.len() as u64, securing: answered as u64 };
        let wish = self.wish();
        let mut progress = self.totals.progress(phase, self.started.elapsed(), under_way, wish.concurrency);
        progress.limits = wish.limits;
        progress.used = self.budget.knows_before().then(|| self.budget.used());
        progress.capped.clone_from(&self.capped);
        progress.held = self.endpoints.held();
        progress.waits = self.endpoints.waits();
        progress.endpoints = self.endpoints.now();
        self.publish.send_replace(Arc::new(progress));
    }

    /// Drops what still flies, secures what was finished, and says how it ended.
    async fn close(mut self) -> Summary {
        self.tasks.shutdown().await;
        drop(self.writer.take());
        while let Some(commit) = self.commits.recv().await {
            // After a failure the writer says nothing more.
            let _ = self.committed(commit);
        }
        self.unsecured.clear();
        let stopped = self.totals.open() > 0;
        let through = || if stopped { Ended::Stopped } else { self.rows.over().unwrap_or(Ended::Done) };
        let mut ended = self.ending.take().unwrap_or_else(through);
        self.publish(Some(Phase::Ended));
        let Self { folder, publish, asker, .. } = self;
        let (run, dir, torn) = (folder.run.clone(), folder.dir.clone(), folder.torn.clone());
        let name = ended.name();
        let conclude = move || {
            folder.conclude(name)?;
            asker.half_made.close(folder.is_done());
            Ok::<_, StorageError>(())
        };
        let concluded = tokio::task::spawn_blocking(conclude).await;
        if let Ok(Err(error)) = concluded
            && !matches!(ended, Ended::Storage(_))
        {
            ended = Ended::Storage(error.to_string());
        }
        let progress = Arc::clone(&publish.borrow());
        Summary { run, dir, ended, progress, torn }
    }
}

/// Waits for what earlier starts spent, while it is being read.
async fn read_before(reading: &mut Option<JoinHandle<Result<Before, StorageError>>>) -> Result<Before, StorageError> {
    match reading {
        Some(task) => match task.await {
            Ok(before) => before,
            Err(error) => {
                Err(StorageError::at(Path::new("segments"), "what was spent before cannot be read")(error.into()))
            }
        },
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
