//! Writing the requests of what is still open.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::checks::Benchmarks;
use super::super::done::{DoneSet, Standing};
use super::super::estimate::{ANSWER_TOKENS, QUESTION_TOKENS, VERDICT_TOKENS};
use super::super::item::ItemId;
use super::super::judge::Judge;
use super::super::make::{self, Asked, Maker};
use super::super::plan::{Plan, PlanRequest, PlannedItem};
use super::super::record::Record;
use super::super::run::{NoSuchRun, RunFile, RunFolder, RunId, StartError, read_run, run_ids};
use super::super::segment::{Segment, StorageError, line};
use super::dialect::Dialect;
use super::id::CustomId;
use super::items::Items;
use super::journal::{self, Journal, JudgeNote, Waiting};
use super::part::{Parts, RequestFile};
use super::stage::Stage;
use super::{BatchError, request};
use crate::llm::{Client, Failure, JudgeContext, PromptSet, Structuring, Turn};
use crate::taxonomy::QualitySettings;

/// What a batch in `outcome.yaml` is called while results are outstanding.
pub(super) const OUTSTANDING: &str = "batch";

/// What is needed to write requests.
#[derive(Debug)]
pub struct ExportJob<'a> {
    /// What to produce.
    pub plan: Arc<Plan>,
    /// The prompts that the recipe was made from.
    pub prompts: PromptSet,
    /// Who writes questions; nothing is sent.
    pub question: Client,
    /// Who answers them.
    pub answer: Client,
    /// Who judges, where somebody does.
    pub judge: Option<Judge>,
    /// The `runs` folder of the taxonomy directory.
    pub runs: PathBuf,
    /// Who asks for it.
    pub curator: String,
    /// For whom the requests are.
    pub dialect: &'static Dialect,
    /// Requests of one file, at most; never more than the dialect allows.
    pub most_requests: u64,
    /// Bytes of one file, at most; never more than the dialect allows.
    pub most_bytes: u64,
    /// Where the files go; none puts them beside the run.
    pub to: Option<PathBuf>,
    /// Items that somebody is asked for already.
    pub under_way: &'a HashSet<ItemId>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The run.
    pub run: RunId,
    /// Its folder.
    pub dir: PathBuf,
    /// The files, by stage.
    pub files: Vec<RequestFile>,
    /// Requests by stage.
    pub requests: BTreeMap<Stage, u64>,
    /// Items that are done.
    pub done: u64,
    /// Items that failed too often.
    pub given_up: u64,
    /// Items that somebody is asked for already.
    pub under_way: u64,
    /// Items that were whole but for the judge, who is asked no more.
    pub finished: u64,
}

impl Exported {
    /// Requests of all stages.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }
}

/// Writes the requests of the plan's open items: the answer of what has its question, the question of the rest.
///
/// # Errors
/// Nothing is planned, another process works on the run, a request cannot be written, or the disk fails.
pub fn export(job: &ExportJob<'_>) -> Result<Exported, BatchError> {
    if job.plan.total() == 0 {
        return Err(StartError::Empty.into());
    }
    let (mut done, mut settled) = (DoneSet::default(), (0, 0));
    let file = RunFile::of(&job.plan, &job.curator);
    let folder = RunFolder::open(&job.runs, &file, &job.plan, || {
        done = DoneSet::load(&job.runs)?;
        settled = done.count(&job.plan).into_iter().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        Ok(settled.0 + settled.1 < job.plan.total())
    })?;
    let mut exported = Exported {
        run: folder.run.clone(),
        dir: folder.dir.clone(),
        files: Vec::new(),
        requests: BTreeMap::new(),
        done: settled.0,
        given_up: settled.1,
        under_way: 0,
        finished: 0,
    };
    if settled.0 + settled.1 == job.plan.total() {
        return Ok(exported);
    }
    let to = job.to.clone().unwrap_or_else(|| requests_folder(&folder.dir));
    std::fs::create_dir_all(&to).map_err(StorageError::at(&to, "the folder cannot be created"))?;
    let key = u32::from_str_radix(&file.key(), 16).unwrap_or_default();
    let mut writer = Writer::new(job, &folder, key, &to)?;
    for item in job.plan.items() {
        match done.standing(item.id) {
            Standing::Done | Standing::GivenUp => continue,
            Standing::Open if job.under_way.contains(&item.id) => exported.under_way += 1,
            Standing::Open => writer.item(&item, done.failures(item.id))?,
        }
    }
    (exported.finished, exported.files) = writer.close()?;
    for file in &exported.files {
        *exported.requests.entry(file.stage).or_default() += file.requests;
    }
    folder.conclude(OUTSTANDING)?;
    Ok(exported)
}

/// Where the files of a run go if nobody says.
pub(super) fn requests_folder(run: &Path) -> PathBuf {
    journal::folder(run).join("requests")
}

/// The folders of all runs.
pub(super) fn run_folders(runs: &Path) -> Result<Vec<PathBuf>, StorageError> {
    Ok(run_ids(runs)?.iter().map(|run| runs.join(run.as_str())).collect())
}

struct Writer<'a> {
    job: &'a ExportJob<'a>,
    maker: Maker,
    judge: Option<JudgeNote>,
    items: Items,
    journal: Journal,
    parts: BTreeMap<Stage, Parts>,
    key: u32,
    to: PathBuf,
    /// Where items go that need the judge no more.
    segments: PathBuf,
    whole: Option<Segment>,
    finished: u64,
}

impl<'a> Writer<'a> {
    fn new(job: &'a ExportJob<'a>, folder: &RunFolder, key: u32, to: &Path) -> Result<Self, BatchError> {
        let mut items = Items::of(&job.plan);
        let wait = |item, slot| items.wait(item, slot);
        let (mut journal, told) = Journal::open(&run_folders(&job.runs)?, &folder.dir, wait)?;
        let mut judge = job.judge.as_ref().map(|judge| JudgeNote {
            model: judge.settings.model.clone(),
            sampling: judge.settings.sampling.clone(),
            schema: judge.settings.structuring != Structuring::TwoRounds && !judge.client.refuses_schema(),
        });
        if let (Some(judge), Some(known)) = (&mut judge, &told.judge)
            && (&judge.model, &judge.sampling) == (&known.model, &known.sampling)
        {
            judge.schema &= known.schema;
        }
        if judge != told.judge {
            journal.judge(judge.as_ref())?;
        }
        let maker = Maker::new(
            Arc::clone(&job.plan),
            job.prompts.clone(),
            Arc::<Benchmarks>::default(),
            QualitySettings::default(),
        );
        let segments = folder.segments();
        let parts = BTreeMap::new();
        Ok(Self {
            job,
            maker,
            judge,
            items,
            journal,
            parts,
            key,
            to: to.to_owned(),
            segments,
            whole: None,
            finished: 0,
        })
    }

    fn item(&mut self, item: &PlannedItem, failures: u32) -> Result<(), BatchError> {
        let slot = self.items.slot(item.id);
        let waiting = if slot.is_some() && slot.attempt() >= failures { self.journal.get(slot)? } else { None };
        let Some(waiting) = waiting else {
            let turn = self.maker.question_turn(item, failures).map_err(|asked| refused(&asked))?;
            return self.add(Stage::Question, CustomId { attempt: failures, ..self.id(item, Stage::Question) }, &turn);
        };
        let attempt = waiting.attempt;
        let stage = match waiting.next {
            Stage::QuestionVerdict if self.judge.is_none() => Stage::Answer,
            Stage::PairVerdict if self.judge.is_none() => return self.keep(waiting.record),
            stage => stage,
        };
        let mut turn = match stage {
            Stage::Question => self.maker.question_turn(item, attempt).map_err(|asked| refused(&asked))?,
            Stage::Answer => self.maker.answer_turn(&waiting.record, attempt).map_err(|asked| refused(&asked))?,
            Stage::QuestionVerdict | Stage::PairVerdict => self.judge_turn(&waiting, stage)?,
        };
        let more = waiting.more.filter(|_| stage == waiting.next);
        if let Some(more) = &more {
            turn.request.sampling.max_tokens = Some(more.max_tokens);
        }
        self.add(stage, CustomId { attempt, more: more.is_some(), ..self.id(item, stage) }, &turn)
    }

    fn id(&self, item: &PlannedItem, stage: Stage) -> CustomId {
        CustomId { key: self.key, item: item.id, stage, attempt: 0, more: false }
    }

    fn judge_turn(&self, waiting: &Waiting, stage: Stage) -> Result<Turn, BatchError> {
        let note = self.judge.as_ref().ok_or_else(|| BatchError::Request("Nobody judges.".to_owned()))?;
        judge_turn(&self.job.prompts, note, &waiting.record, stage)
            .map_err(|failure| BatchError::Request(failure.message))
    }

    fn add(&mut self, stage: Stage, id: CustomId, turn: &Turn) -> Result<(), BatchError> {
        let job = self.job;
        let client = match (stage, &job.judge) {
            (Stage::Question, _) => &job.question,
            (Stage::QuestionVerdict | Stage::PairVerdict, Some(judge)) => &judge.client,
            _ => &job.answer,
        };
        let body = client.body(&turn.request).map_err(|failure| BatchError::Request(failure.message))?;
        let line = request::line(job.dialect, id, &body)
            .map_err(|error| BatchError::Request(format!("A request cannot be written: {error}.")))?;
        let (most_requests, most_bytes) =
            (job.most_requests.min(job.dialect.most_requests), job.most_bytes.min(job.dialect.most_bytes));
        if line.len() as u64 > most_bytes {
            let size = line.len();
            return Err(BatchError::Request(format!(
                "The request {id} has {size} bytes, and a file may have {most_bytes}. Allow more, or shorten the syllabus."
            )));
        }
        let to = &self.to;
        let parts = self.parts.entry(stage).or_insert_with(|| Parts::new(to, stage, most_requests, most_bytes));
        parts.add(&line, reply_tokens(stage, turn))?;
        Ok(())
    }

    /// The item is whole: nobody is asked about it any more.
    fn keep(&mut self, record: Record) -> Result<(), BatchError> {
        let Asked::Record(record, _) = make::done(Box::new(record)) else { return Ok(()) };
        let segment = match &mut self.whole {
            Some(segment) => segment,
            none => none.insert(Segment::create_for(&self.segments, None)?),
        };
        let line = line(&*record)
            .map_err(|error| StorageError::at(&self.segments, "a record cannot be written")(error.into()))?;
        segment.write(&line)?;
        self.finished += 1;
        Ok(())
    }

    fn close(mut self) -> Result<(u64, Vec<RequestFile>), BatchError> {
        self.journal.sync()?;
        if let Some(segment) = &mut self.whole {
            segment.sync()?;
        }
        let mut files = Vec::new();
        for parts in self.parts.into_values() {
            files.extend(parts.finish()?);
        }
        Ok((self.finished, files))
    }
}

/// Asks the judge about a question, or about the pair.
pub(super) fn judge_turn(
    prompts: &PromptSet,
    note: &JudgeNote,
    record: &Record,
    stage: Stage,
) -> Result<Turn, Failure> {
    let answer = (stage == Stage::PairVerdict).then(|| record.answer.raw().to_owned());
    let context = JudgeContext { question: record.question.raw().to_owned(), answer };
    Turn::judge(prompts, &context, &note.settings(), note.schema)
}

fn reply_tokens(stage: Stage, turn: &Turn) -> u64 {
    let usual = match stage {
        Stage::Question => QUESTION_TOKENS,
        Stage::Answer => ANSWER_TOKENS,
        Stage::QuestionVerdict | Stage::PairVerdict => VERDICT_TOKENS,
    };
    turn.request.sampling.max_tokens.map_or(usual, |most| usual.min(most.into()))
}

fn refused(asked: &Asked) -> BatchError {
    let why = match asked {
        Asked::End(ended) => ended.message().unwrap_or_default().to_owned(),
        Asked::Record(record, _) => {
            record.failure.as_ref().map(|failed| failed.message.line().into_owned()).unwrap_or_default()
        }
    };
    BatchError::Request(why)
}

/// The run that an export of this plan belongs to, made if it is not there.
///
/// # Errors
/// Nothing is planned, another process works on the run, or the disk fails.
pub fn run_for(plan: &Plan, runs: &Path, curator: &str) -> Result<RunId, BatchError> {
    if plan.total() == 0 {
        return Err(StartError::Empty.into());
    }
    let folder = RunFolder::open(runs, &RunFile::of(plan, curator), plan, || {
        let settled: u64 = DoneSet::load(runs)?.count(plan).into_iter().map(|(done, given_up)| done + given_up).sum();
        Ok(settled < plan.total())
    })?;
    Ok(folder.run)
}

/// What a run was asked for.
///
/// # Errors
/// There is no such run, or its file cannot be read.
pub fn request_of(runs: &Path, run: &RunId) -> Result<PlanRequest, BatchError> {
    let file = read_run(runs, run)?;
    Ok(file.ok_or_else(|| BatchError::NoSuchRun(NoSuchRun(run.clone())))?.request)
}
