//! Judging what a run made, later: verdicts are appended to `runs/<run>/judged/`, and no record is written again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::ops::Add;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::away::Away;
use super::budget::{Budget, Limits};
use super::estimate::judging;
use super::handle::Ended;
use super::item::ItemId;
use super::judge::{Judge, Judgement};
use super::make::is_outage;
use super::prices::{Price, Prices};
use super::record::{Failed, Record, Status};
use super::run::{NoSuchRun, RunId, StartError, run_ids, segments};
use super::segment::{Segment, StorageError, line, list, read, repair};
use super::spent::{Before, Spent, Tokens};
use crate::disk;
use crate::llm::{Class, Exchange, Failure, PromptError, PromptSet, Score, Step};

/// The folder of verdicts in that of a run.
const FOLDER: &str = "judged";

/// One verdict that was given after the item was made: a line of `judged/*.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The item.
    pub item: ItemId,
    /// What the judge said.
    pub judge: Judgement,
    /// Who had it judged.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What asking for it took: a score that was there before is in `judge` too. All calls of `judge` where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Tokens>,
}

impl Verdict {
    /// What asking for it took.
    #[must_use]
    pub fn took(&self) -> Tokens {
        self.spent.unwrap_or_else(|| self.judge.calls().map(Tokens::from).fold(Tokens::default(), Add::add))
    }
}

/// What is needed to judge a run.
#[derive(Debug)]
pub struct JudgeJob {
    /// The `runs` folder.
    pub runs: PathBuf,
    /// Which run.
    pub run: RunId,
    /// Who judges.
    pub judge: Judge,
    /// The prompts.
    pub prompts: PromptSet,
    /// Items under way at once.
    pub concurrency: usize,
    /// The most items that are judged now.
    pub limit: Option<u64>,
    /// Who has them judged.
    pub curator: String,
    /// What the judge's tokens cost, where it is known.
    pub price: Option<Price>,
    /// Caps on what judging the run takes, over all its starts; what making the items took is apart from it.
    pub limits: Limits,
}

/// How judging went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// What it took, this time.
    pub spent: Tokens,
    /// Items that the judge kept.
    pub kept: u64,
    /// Items that it found not good enough.
    pub out: u64,
    /// Items that it gave no verdict on; they can be judged again.
    pub open: u64,
    /// Items that had been judged before.
    pub before: u64,
    /// Why it ended before its time.
    pub ended: Option<Ended>,
}

/// Why nothing can be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// There is no such run.
    #[error(transparent)]
    NoSuchRun(#[from] NoSuchRun),
    /// Somebody is at it.
    #[error("Another process is judging the run {0} right now.")]
    Busy(RunId),
    /// A cap that cannot be kept.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The prompt of the judge cannot be filled in.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What judging a run later took, all starts together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spending {
    /// Tokens by item.
    pub items: HashMap<ItemId, Tokens>,
    /// Who was asked.
    pub models: BTreeSet<String>,
}

impl Spending {
    fn note(&mut self, verdict: &Verdict) {
        let (took, sum) = (verdict.took(), self.items.entry(verdict.item).or_default());
        *sum = *sum + took;
        // Of the calls in a verdict the last one is its own, where there is one: scores that were there before come first.
        let asked = verdict.judge.calls().last().filter(|_| !took.is_empty());
        self.models.extend(asked.map(|call| call.model.clone()));
    }

    /// Of all items.
    #[must_use]
    pub fn together(&self) -> Tokens {
        self.items.values().copied().fold(Tokens::default(), Add::add)
    }
}

/// What judging a run later took; nothing where nobody did.
///
/// # Errors
/// When a file cannot be read.
pub fn spending(runs: &Path, run: &RunId) -> Result<Spending, StorageError> {
    let mut spending = Spending::default();
    told(runs, run, |verdict| spending.note(&verdict))?;
    Ok(spending)
}

/// The verdicts that were given later, of all runs or of one; of several about one item the newest counts.
///
/// # Errors
/// When a file cannot be read.
pub fn verdicts(runs: &Path, only: Option<&RunId>) -> Result<HashMap<ItemId, Verdict>, StorageError> {
    let mut found = HashMap::new();
    for run in run_ids(runs)?.iter().filter(|run| only.is_none_or(|only| only == *run)) {
        told(runs, run, |verdict| take(&mut found, verdict))?;
    }
    Ok(found)
}

/// Every verdict that was given later about an item of a run, as they lie there.
fn told(runs: &Path, run: &RunId, mut tell: impl FnMut(Verdict)) -> Result<(), StorageError> {
    for path in list(&runs.join(run.as_str()).join(FOLDER))? {
        read::<StorageError>(&path, |_, line| {
            serde_json::from_slice(line).map(&mut tell).unwrap_or_default();
            Ok(())
        })?;
    }
    Ok(())
}

/// Takes in one more verdict: a newer one counts, but half a verdict never more than a whole one.
fn take(found: &mut HashMap<ItemId, Verdict>, verdict: Verdict) {
    let newer = found.get(&verdict.item).is_none_or(|known| known.at <= verdict.at);
    if newer && (verdict.judge.is_whole() || !found.contains_key(&verdict.item)) {
        found.insert(verdict.item, verdict);
    }
}

/// Has every finished item of a run judged that no judge has spoken about. `tell` hears how it stands after each item.
///
/// # Errors
/// There is no such run, somebody else is at it, a cap cannot be kept, or the disk fails.
pub async fn judge_run(
    job: JudgeJob,
    stop: CancellationToken,
    mut tell: impl FnMut(&Judged),
) -> Result<Judged, JudgeError> {
    if !run_ids(&job.runs)?.contains(&job.run) {
        return Err(NoSuchRun(job.run.clone()).into());
    }
    if job.limits.usd.is_some() && job.price.is_none() {
        return Err(StartError::Unpriced(job.judge.settings.model.clone()).into());
    }
    let dir = job.runs.join(job.run.as_str());
    let folder = dir.join(FOLDER);
    fs::create_dir_all(&folder).map_err(StorageError::at(&folder, "the folder cannot be created"))?;
    let _lock = lock(&dir, &job.run)?;
    for path in list(&folder)? {
        repair(&path)?;
    }
    let (mut known, mut before) = (HashMap::new(), Spending::default());
    told(&job.runs, &job.run, |verdict| {
        before.note(&verdict);
        take(&mut known, verdict);
    })?;
    let mut budget = budget(&job, &before)?;
    let (records, mut open) = mpsc::channel(job.concurrency.max(1) * 2);
    let segments = segments(&job.runs, &job.run)?;
    let reading = tokio::task::spawn_blocking(move || feed(&segments, known, &records));
    let mut segment: Option<Segment> = None;
    let mut judged = Judged::default();
    let mut tasks: JoinSet<(ItemId, Asked)> = JoinSet::new();
    // Whoever waits to be sent goes when judging ends, by whose wish ever; what is out is waited for.
    let leave = stop.child_token();
    let client = job.judge.client.patient().leaving(leave.clone(), Duration::ZERO);
    let (judge, prompts) = (Arc::new(Judge { client, ..job.judge }), Arc::new(job.prompts));
    let mut servers = Away::default();
    let mut left = job.limit.unwrap_or(u64::MAX);
    let mut next: Option<Record> = None;
    while !tasks.is_empty() || (left > 0 && judged.ended.is_none()) {
        let may_start =
            left > 0 && judged.ended.is_none() && !stop.is_cancelled() && tasks.len() < job.concurrency.max(1);
        if may_start && let Some(record) = next.take() {
            match budget.allows(&job.limits, tasks.len()) {
                Ok(()) => {
                    left -= 1;
                    let (judge, prompts) = (Arc::clone(&judge), Arc::clone(&prompts));
                    tasks.spawn(async move { (record.item, both(&judge, &prompts, &record).await) });
                    continue;
                }
                // What is under way may take less than was expected of it.
                Err(_) if !tasks.is_empty() => next = Some(record),
                Err(why) => {
                    judged.ended = Some(Ended::Budget(why));
                    break;
                }
            }
        }
        tokio::select! {
            record = open.recv(), if may_start && next.is_none() => match record {
                Some(record) => next = Some(record),
                None => left = 0,
            },
            Some(done) = tasks.join_next(), if !tasks.is_empty() => {
                let Ok((item, Asked { judgement, spent, failure, away })) = done else {
                    judged.open += 1;
                    continue;
                };
                let nothing = away.is_some() && spent.is_empty();
                budget.add(Spent::judged_later(spent), !nothing && !before.items.contains_key(&item));
                judged.spent = judged.spent + spent;
                match (judgement.is_whole(), judgement.keeps()) {
                    (true, true) => judged.kept += 1,
                    (true, false) => judged.out += 1,
                    (false, _) => judged.open += 1,
                }
                // Of a call that was not answered there is nothing to keep.
                if (failure.is_none() && !nothing) || !spent.is_empty() {
                    let at = Timestamp::now();
                    let by = job.curator.clone();
                    keep(&mut segment, &folder, &Verdict { item, judge: judgement, by, at, spent: Some(spent) })?;
                }
                if let Some(failure) = failure {
                    judged.ended.get_or_insert(ended(failure));
                }
                match away {
                    Some(failed) => {
                        if let Some(ended) = servers.was_not(&failed, job.concurrency) {
                            judged.ended.get_or_insert(ended);
                        }
                    }
                    None => servers.was_there(),
                }
                if judged.ended.is_some() {
                    leave.cancel();
                }
                tell(&judged);
            }
            () = stop.cancelled(), if judged.ended.is_none() => judged.ended = Some(Ended::Stopped),
            else => break,
        }
    }
    // The reader ends when nobody takes its records any more.
    drop(open);
    let read = reading.await.map_err(|error| StorageError::at(&dir, "the run cannot be read")(error.into()))?;
    judged.before = read?;
    if let Some(mut segment) = segment {
        segment.sync()?;
    }
    judged.ended = judged.ended.or_else(|| servers.over());
    Ok(judged)
}

/// What keeps judging within its caps; what earlier starts took counts.
fn budget(job: &JudgeJob, before: &Spending) -> Result<Budget, JudgeError> {
    let each = judging(&job.prompts)?;
    let mut budget = Budget::of_each(Prices::of_judging_later(job.price), Spent::judged_later(each));
    let spent = Spent::judged_later(before.together());
    budget.set_before(Before { spent, items: before.items.len() as u64 });
    Ok(budget)
}

/// What came of asking a judge about an item.
struct Asked {
    judgement: Judgement,
    /// What the calls took.
    spent: Tokens,
    /// Why nobody else has to be asked about.
    failure: Option<Failure>,
    /// What was wrong with server or network, where that was it.
    away: Option<Failed>,
}

/// Question first; the pair only where the question stands.
async fn both(judge: &Judge, prompts: &PromptSet, record: &Record) -> Asked {
    let mut said = record.judge.clone().unwrap_or_default();
    said.failure = None;
    said.unscored.clear();
    let was_there = said.calls().count();
    let (away, failure) = match missing(judge, prompts, record, &mut said).await {
        Ok(away) => (away, None),
        Err(failure) => (None, Some(failure)),
    };
    let spent = said.calls().skip(was_there).map(Tokens::from).fold(Tokens::default(), Add::add);
    Asked { judgement: said, spent, failure, away }
}

/// Asks for what was not said yet; says what was wrong with server or network, where that kept the judge from it.
async fn missing(
    judge: &Judge,
    prompts: &PromptSet,
    record: &Record,
    said: &mut Judgement,
) -> Result<Option<Failed>, Failure> {
    let question = record.question.raw();
    let outage = |heard: &Exchange<Score>| {
        let failure = heard.result.as_ref().err().filter(|failure| is_outage(failure.class))?;
        Some(Failed::of(Step::Judge, failure.clone()))
    };
    if said.question.is_none() {
        let heard = judge.about(prompts, question, None).await;
        let away = outage(&heard);
        said.question = Judge::heard(heard, said)?;
        if away.is_some() {
            return Ok(away);
        }
    }
    if !said.keeps() {
        return Ok(None);
    }
    let heard = judge.about(prompts, question, Some(record.answer.raw())).await;
    let away = outage(&heard);
    said.pair = Judge::heard(heard, said)?;
    Ok(away)
}

/// Reads the finished items that nobody judged and hands them over, with what half a verdict says of them already; gives
/// how many were judged before.
fn feed(
    segments: &[PathBuf],
    mut known: HashMap<ItemId, Verdict>,
    to: &mpsc::Sender<Record>,
) -> Result<u64, StorageError> {
    let (mut seen, mut before) = (HashSet::new(), 0);
    for path in segments {
        read::<StorageError>(path, |_, line| {
            let Ok(mut record) = serde_json::from_slice::<Record>(line) else { return Ok(()) };
            if record.status != Status::Ok || !seen.insert(record.item) {
                return Ok(());
            }
            if let Some(verdict) = known.remove(&record.item) {
                record.judge = Some(verdict.judge);
            }
            if record.judge.as_ref().is_some_and(Judgement::is_whole) {
                before += 1;
            } else {
                // Nobody takes it when judging has ended.
                let _ = to.blocking_send(record);
            }
            Ok(())
        })?;
    }
    Ok(before)
}

fn keep(segment: &mut Option<Segment>, folder: &Path, verdict: &Verdict) -> Result<(), StorageError> {
    let open = match segment.take() {
        Some(open) => open,
        None => Segment::create(folder)?,
    };
    let open = segment.insert(open);
    let line = line(verdict).map_err(|error| StorageError::at(folder, "a verdict cannot be written")(error.into()))?;
    open.write(&line)
}

fn lock(dir: &Path, run: &RunId) -> Result<File, JudgeError> {
    let path = dir.join("judge.lock");
    let error = StorageError::at(&path, "the run cannot be locked");
    disk::lock(&path).map_err(error)?.map_err(|_| JudgeError::Busy(run.clone()))
}

fn ended(failure: Failure) -> Ended {
    match failure.class {
        Class::RateLimited | Class::QuotaEnded => Ended::RateOrQuota(failure.message),
        Class::Cancelled => Ended::Stopped,
        _ => Ended::Config(failure.message),
    }
}
