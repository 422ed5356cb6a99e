//! Taking results: in any order, from one file or several, twice, cut, foreign. Every line is accounted for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::checks::Benchmarks;
use super::super::done::{DoneSet, Standing};
use super::super::judge::Judgement;
use super::super::make::{self, Asked, Fate, Maker, is_outage};
use super::super::plan::Plan;
use super::super::record::{Head, Record};
use super::super::run::{NoSuchRun, RunFile, RunFolder, RunId, read_run, run_ids};
use super::super::segment::{Segment, StorageError, line};
use super::BatchError;
use super::export::{OUTSTANDING, judge_turn, run_folders};
use super::id::CustomId;
use super::items::Items;
use super::journal::{Journal, JudgeNote, More, Slot, Waiting};
use super::result::{self, Said, Unread};
use super::stage::Stage;
use crate::hashing;
use crate::llm::{Class, Exchange, Failure, Outcome, Prompt, PromptSet, Reply, Turn, Usage, classify_json, read_score};
use crate::taxonomy::{QualitySettings, Snapshot};

/// The longest line that is read.
const LONGEST: u64 = 64 << 20;
/// Bytes of records that are gathered before they are written.
const BUFFER: usize = 1 << 20;
/// Lines between two looks at how it stands.
const OFTEN: u64 = 2_000;
/// Lines that could not be read, of which the place is told.
const PLACES: usize = 20;

/// What is needed to take results.
#[derive(Debug)]
pub struct ImportJob<'a> {
    /// The `runs` folder of the taxonomy directory.
    pub runs: PathBuf,
    /// The run whose results they are.
    pub run: RunId,
    /// The tree as it is.
    pub snapshot: &'a Snapshot,
    /// The prompts of the directory.
    pub prompts: PromptSet,
    /// What items must not overlap with.
    pub benchmarks: Arc<Benchmarks>,
    /// What the directory says about the checks.
    pub checks: QualitySettings,
}

/// A line that is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub file: PathBuf,
    /// Its number, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// What became of the lines. All counts but `lines` and the tokens add up to `lines`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lines read.
    pub lines: u64,
    /// Items that are done now.
    pub done: u64,
    /// Items that go on to their next stage, by that stage.
    pub waiting: BTreeMap<Stage, u64>,
    /// Replies that were cut and are asked for again with room for more.
    pub more: u64,
    /// Replies that could not be used, by class.
    pub failed: BTreeMap<Class, u64>,
    /// Replies that a check found fault with, by check.
    pub unfit: BTreeMap<&'static str, u64>,
    /// Requests that nobody was asked, by the server's word.
    pub not_run: BTreeMap<String, u64>,
    /// Results that were taken before, or whose item is done.
    pub duplicate: u64,
    /// Results of other runs or other programs.
    pub foreign: u64,
    /// Results of this run for items that it does not have (any more).
    pub unknown: u64,
    /// Lines that are no results.
    pub unreadable: u64,
    /// Blank lines.
    pub blank: u64,
    /// The first of the unreadable lines.
    pub places: Vec<Unreadable>,
    /// Tokens of the replies that were taken, as far as they were counted.
    pub tokens: Usage,
    /// Tokens of all replies of the run, those that were taken before among them: what the files cost.
    pub paid: Usage,
    /// The last thing that no other try will mend: a key, a model, a parameter.
    pub trouble: Option<String>,
    /// Items of the run that are still open.
    pub open: u64,
}

impl Imported {
    /// Lines that are accounted for; equal to `lines`.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        let sum = |counts: &mut dyn Iterator<Item = &u64>| counts.sum::<u64>();
        self.done
            + sum(&mut self.waiting.values())
            + self.more
            + sum(&mut self.failed.values())
            + sum(&mut self.unfit.values())
            + sum(&mut self.not_run.values())
            + self.duplicate
            + self.foreign
            + self.unknown
            + self.unreadable
            + self.blank
    }
}

/// The run that results are of: the newest that was asked for what the first id of ours says.
///
/// # Errors
/// None of the files has such an id, no run here has that key, or a file cannot be read.
pub fn run_of(runs: &Path, files: &[PathBuf]) -> Result<RunId, BatchError> {
    let mut keys: HashMap<u32, RunId> = HashMap::new();
    for run in run_ids(runs)? {
        if let Some(file) = read_run(runs, &run)?
            && let Ok(key) = u32::from_str_radix(&file.key(), 16)
        {
            keys.insert(key, run);
        }
    }
    let mut foreign = None;
    for path in files {
        let mut reader = open(path)?;
        let mut text = Vec::new();
        while next_line(&mut reader, path, &mut text)?.is_some() {
            let Some(id) = result::read(&text).ok().and_then(|line| CustomId::parse(&line.id)) else { continue };
            match keys.remove(&id.key) {
                Some(run) => return Ok(run),
                None => foreign = Some(id),
            }
        }
    }
    Err(BatchError::Unusable(match foreign {
        Some(id) => format!(
            "The results belong to a run that is not here (p{:08x}). Use the directory that the requests were exported from.",
            id.key
        ),
        None => "No line is a result of a request of ours. Give the files that came back from the provider.".to_owned(),
    }))
}

/// Takes results. `watch` is told now and then how it stands.
///
/// # Errors
/// There is no such run, another process works on it, it was made with other prompts, or the disk fails. What was taken
/// so far is kept, and the same files can be taken again.
pub fn import(
    job: &ImportJob<'_>,
    files: &[PathBuf],
    mut watch: impl FnMut(&Imported),
) -> Result<Imported, BatchError> {
    let mut importer = Importer::new(job)?;
    let read = files.iter().try_for_each(|path| importer.file(path, &mut watch));
    // What was made before a failure is kept.
    let closed = importer.close();
    read.and(closed)
}

/// What a reply cost, where the server counted.
fn usage(result: &Result<Reply, Failure>) -> Option<Usage> {
    match result {
        Ok(reply) => reply.usage,
        Err(failure) => failure.usage,
    }
}

fn open(path: &Path) -> Result<BufReader<File>, BatchError> {
    let file = File::open(path).map_err(|error| BatchError::Unusable(format!("{}: {error}.", path.display())))?;
    Ok(BufReader::with_capacity(1 << 18, file))
}

/// Reads the next line; whether it fitted, or nothing at the end.
fn next_line(reader: &mut BufReader<File>, path: &Path, text: &mut Vec<u8>) -> Result<Option<bool>, BatchError> {
    let error = |error| BatchError::from(StorageError::at(path, "the results cannot be read")(error));
    text.clear();
    let length = reader.by_ref().take(LONGEST).read_until(b'\n', text).map_err(error)? as u64;
    if length == 0 {
        return Ok(None);
    }
    let whole = length < LONGEST || text.ends_with(b"\n");
    let mut rest = !whole;
    while rest {
        let more = reader.fill_buf().map_err(error)?;
        let end = more.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(more.len(), |at| at + 1);
        rest = end.is_none() && used > 0;
        reader.consume(used);
    }
    Ok(Some(whole))
}

struct Importer {
    maker: Maker,
    folder: RunFolder,
    key: u32,
    done: DoneSet,
    items: Items,
    journal: Journal,
    judge: Option<JudgeNote>,
    seen: HashSet<u64>,
    segment: Option<Segment>,
    buffer: Vec<u8>,
    told: Imported,
}

/// One result on its way through.
struct Case {
    id: CustomId,
    /// Of the line, where it told of an outage.
    hash: u64,
    class: Option<Class>,
    /// The reply, or why there is none.
    result: Result<Reply, Failure>,
    /// It was asked for with more tokens, after this.
    more: Option<More>,
}

impl Case {
    fn outcome(&mut self, turn: &mut Turn) -> Outcome {
        if let Some(more) = &self.more {
            turn.request.sampling.max_tokens = Some(more.max_tokens);
        }
        let result = std::mem::replace(&mut self.result, Err(Failure::new(Class::Cancelled, "")));
        let mut outcome = Outcome::once(result, turn.request.sampling.max_tokens);
        if let Some(more) = &self.more {
            outcome.earlier.push(more.earlier());
            outcome.attempts += 1;
        }
        outcome
    }
}

impl Importer {
    fn new(job: &ImportJob<'_>) -> Result<Self, BatchError> {
        if !job.runs.join(job.run.as_str()).is_dir() {
            return Err(NoSuchRun(job.run.clone()).into());
        }
        let file = read_run(&job.runs, &job.run)?.ok_or_else(|| BatchError::NoRunFile(job.run.clone()))?;
        matches(&file, &job.prompts)?;
        let folder = RunFolder::reopen(&job.runs, &job.run)?;
        let plan = Arc::new(Plan::new(job.snapshot, &file.request, &file.recipe));
        let mut items = Items::of(&plan);
        let wait = |item, slot| items.wait(item, slot);
        let (journal, told) = Journal::open(&run_folders(&job.runs)?, &folder.dir, wait)?;
        let maker = Maker::new(plan, job.prompts.clone(), Arc::clone(&job.benchmarks), job.checks.clone());
        Ok(Self {
            maker,
            folder,
            key: u32::from_str_radix(&file.key(), 16).unwrap_or_default(),
            done: DoneSet::load(&job.runs)?,
            items,
            journal,
            judge: told.judge,
            seen: told.seen.into_iter().collect(),
            segment: None,
            buffer: Vec::new(),
            told: Imported::default(),
        })
    }

    fn file(&mut self, path: &Path, watch: &mut impl FnMut(&Imported)) -> Result<(), BatchError> {
        let mut reader = open(path)?;
        let mut text = Vec::new();
        let mut number = 0;
        while let Some(whole) = next_line(&mut reader, path, &mut text)? {
            number += 1;
            self.line(&text, whole, path, number)?;
            if self.told.lines.is_multiple_of(OFTEN) {
                watch(&self.told);
            }
        }
        Ok(())
    }

    fn line(&mut self, text: &[u8], whole: bool, file: &Path, number: u64) -> Result<(), BatchError> {
        self.told.lines += 1;
        let read = match whole {
            true => result::read(text),
            false => Err(Unread::NotJson("longer than 64 MiB".to_owned())),
        };
        let line = match read {
            Ok(line) => line,
            Err(Unread::Blank) => {
                self.told.blank += 1;
                return Ok(());
            }
            Err(unread) => {
                self.told.unreadable += 1;
                if self.told.places.len() < PLACES {
                    self.told.places.push(Unreadable { file: file.to_owned(), line: number, reason: unread.reason() });
                }
                return Ok(());
            }
        };
        let Some(id) = CustomId::parse(&line.id).filter(|id| id.key == self.key) else {
            self.told.foreign += 1;
            return Ok(());
        };
        let result = match line.said {
            Said::NotRun { code } => {
                *self.told.not_run.entry(code).or_default() += 1;
                return Ok(());
            }
            Said::Reply { status, body } => classify_json(status, body).map_err(|failure| alone(failure, id.stage)),
        };
        if let Some(usage) = usage(&result) {
            self.told.paid = self.told.paid + usage;
        }
        let class = result.as_ref().err().map(|failure| failure.class);
        let hash = if class.is_some_and(is_outage) { hash(text.trim_ascii()) } else { 0 };
        self.take(Case { id, hash, class, result, more: None })
    }

    /// Which place in the life of its item a result has; most are taken where the item waits for them.
    fn take(&mut self, mut case: Case) -> Result<(), BatchError> {
        let id = case.id;
        let slot = self.items.slot(id.item);
        if self.done.standing(id.item) == Standing::Done {
            return self.duplicate();
        }
        let waits = if slot.is_some() { Some((slot.attempt(), slot.next(), slot.more())) } else { None };
        let taken_before =
            |(attempt, next, more): (u32, Stage, bool)| (attempt, next, more) > (id.attempt, id.stage, id.more);
        if waits.is_some_and(taken_before) {
            return self.duplicate();
        }
        let fits = waits.is_some_and(|(attempt, next, more)| {
            attempt == id.attempt && ((next == id.stage && more == id.more) || skips(next, id.stage))
        });
        if fits {
            let Some(waiting) = self.journal.get(slot)? else { return self.unknown() };
            case.more = waiting.more.clone().filter(|_| id.more);
            return self.go_on(case, Box::new(waiting.record));
        }
        // A question needs nothing that came before it.
        match self.items.planned(id.item).filter(|_| id.stage == Stage::Question && !id.more) {
            Some(item) => {
                let record = Record::blank(&self.maker.plan, &item);
                self.go_on(case, Box::new(record))
            }
            None => self.unknown(),
        }
    }

    fn duplicate(&mut self) -> Result<(), BatchError> {
        self.told.duplicate += 1;
        Ok(())
    }

    fn unknown(&mut self) -> Result<(), BatchError> {
        self.told.unknown += 1;
        Ok(())
    }

    /// Takes the reply to the stage that the item waits for.
    fn go_on(&mut self, mut case: Case, record: Box<Record>) -> Result<(), BatchError> {
        let id = case.id;
        if let Some(usage) = usage(&case.result) {
            self.told.tokens = self.told.tokens + usage;
        }
        let asked = match id.stage {
            Stage::Question => match self.question_turn(&case) {
                Some(turn) => turn,
                None => return self.unknown(),
            },
            Stage::Answer => self.maker.answer_turn(&record, id.attempt),
            Stage::QuestionVerdict | Stage::PairVerdict => {
                let Some(note) = self.judge.clone() else { return self.unknown() };
                return self.verdict(case, record, &note);
            }
        };
        let next = match asked {
            Ok(mut turn) => {
                if let Some(more) = room_for_more(&case, &turn) {
                    return self.ask_for_more(&case, record, more);
                }
                let outcome = case.outcome(&mut turn);
                match id.stage {
                    Stage::Question => self.maker.question(record, turn, outcome),
                    _ => self.maker.answer(record, turn, outcome),
                }
            }
            Err(asked) => Err(asked),
        };
        match (next, id.stage) {
            (Ok(record), Stage::Question) => {
                let next = if self.judge.is_some() { Stage::QuestionVerdict } else { Stage::Answer };
                self.wait(id, next, record)
            }
            (Ok(record), _) if self.judge.is_some() => self.wait(id, Stage::PairVerdict, record),
            (Ok(record), _) => self.settle(&case, make::done(record)),
            (Err(asked), _) => self.settle(&case, asked),
        }
    }

    fn question_turn(&mut self, case: &Case) -> Option<Result<Turn, Asked>> {
        let item = self.items.planned(case.id.item)?;
        Some(self.maker.question_turn(&item, case.id.attempt))
    }

    fn verdict(&mut self, mut case: Case, record: Box<Record>, note: &JudgeNote) -> Result<(), BatchError> {
        let id = case.id;
        let mut turn = match judge_turn(&self.maker.prompts, note, &record, id.stage) {
            Ok(turn) => turn,
            Err(failure) => return Err(BatchError::Request(failure.message)),
        };
        if let Some(more) = room_for_more(&case, &turn) {
            return self.ask_for_more(&case, record, more);
        }
        if note.schema && case.result.as_ref().is_err_and(|failure| failure.class == Class::SchemaUnsupported) {
            // As a live client: this server takes no schema, so the next ones are asked without.
            let plain = JudgeNote { schema: false, ..note.clone() };
            self.journal.judge(Some(&plain))?;
            self.judge = Some(plain);
        }
        let outcome = case.outcome(&mut turn);
        let (call, said) = turn.close(outcome);
        let result = said.and_then(|text| read_score(&text, id.stage == Stage::PairVerdict));
        let said = Exchange { calls: vec![call], result };
        match id.stage {
            Stage::QuestionVerdict => match self.maker.question_judged(record, said) {
                Ok(record) => self.wait(id, Stage::Answer, record),
                Err(asked) => self.settle(&case, asked),
            },
            _ => match self.maker.pair_judged(record, said) {
                Ok(record) => self.settle(&case, make::done(record)),
                Err(asked) => self.settle(&case, asked),
            },
        }
    }

    /// The item goes on to its next stage.
    fn wait(&mut self, id: CustomId, next: Stage, record: Box<Record>) -> Result<(), BatchError> {
        // A try that failed meanwhile by another way counts; what is good is kept all the same.
        let attempt = id.attempt.max(self.done.failures(id.item));
        let slot = self.journal.put(&Waiting { item: id.item, attempt, next, more: None, record: *record })?;
        self.items.wait(id.item, slot);
        *self.told.waiting.entry(next).or_default() += 1;
        Ok(())
    }

    fn ask_for_more(&mut self, case: &Case, record: Box<Record>, more: More) -> Result<(), BatchError> {
        let CustomId { item, stage, attempt, .. } = case.id;
        let waiting = Waiting { item, attempt, next: stage, more: Some(more), record: *record };
        let slot: Slot = self.journal.put(&waiting)?;
        self.items.wait(item, slot);
        self.told.more += 1;
        Ok(())
    }

    /// The item is whole, or this try is over.
    fn settle(&mut self, case: &Case, asked: Asked) -> Result<(), BatchError> {
        let (mut record, fate) = match asked {
            Asked::Record(record, fate) => (record, fate),
            Asked::End(ended) => {
                let class = case.class.unwrap_or(Class::ConfigError);
                *self.told.failed.entry(class).or_default() += 1;
                self.told.trouble = ended.message().map(str::to_owned).or(self.told.trouble.take());
                return Ok(());
            }
        };
        let counted = self.done.failures(case.id.item) > case.id.attempt;
        match &fate {
            Fate::Ok => self.told.done += 1,
            Fate::Failed(class) if is_outage(*class) => {
                if !self.seen.insert(case.hash) {
                    return self.duplicate();
                }
                self.journal.saw(case.hash)?;
                without_earlier(&mut record, case.id.stage);
                *self.told.failed.entry(*class).or_default() += 1;
            }
            _ if counted => return self.duplicate(),
            Fate::Failed(class) => *self.told.failed.entry(*class).or_default() += 1,
            Fate::Unfit(check) => *self.told.unfit.entry(check).or_default() += 1,
        }
        self.done.add(Head { item: record.item, status: record.status, counts: record.counts });
        self.write(&record)
    }

    fn write(&mut self, record: &Record) -> Result<(), BatchError> {
        let dir = &self.folder.dir;
        let line = line(record).map_err(|error| StorageError::at(dir, "a record cannot be written")(error.into()))?;
        self.buffer.extend_from_slice(&line);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), BatchError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let segment = match &mut self.segment {
            Some(segment) => segment,
            none => none.insert(Segment::create_for(&self.folder.segments(), None)?),
        };
        segment.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn close(mut self) -> Result<Imported, BatchError> {
        self.flush()?;
        // An item waits before it is done: were it the other way round, a crash could have both.
        let mut changed = self.journal.sync()?;
        if let Some(segment) = &mut self.segment {
            segment.sync()?;
            changed = true;
        }
        let settled =
            self.done.count(&self.maker.plan).into_iter().fold(0, |sum, (done, given_up)| sum + done + given_up);
        self.told.open = self.maker.plan.total().saturating_sub(settled);
        if changed {
            self.folder.conclude(if self.told.open == 0 { "done" } else { OUTSTANDING })?;
        }
        Ok(self.told)
    }
}

fn hash(line: &[u8]) -> u64 {
    u64::from_be_bytes(hashing::head(line))
}

/// Whether an item that waits for the judge may go on without: its answer was asked for when nobody judged.
fn skips(waits_for: Stage, given: Stage) -> bool {
    waits_for == Stage::QuestionVerdict && given == Stage::Answer
}

/// How a cut reply is asked for again, once, as a live client does.
fn room_for_more(case: &Case, turn: &Turn) -> Option<More> {
    let failure = case.result.as_ref().err().filter(|failure| failure.class == Class::Truncated && !case.id.more)?;
    let used = failure.usage.and_then(|usage| u32::try_from(usage.completion_tokens).ok());
    let limit = turn.request.sampling.max_tokens.or(used).filter(|limit| *limit > 0)?;
    Some(More { max_tokens: limit.saturating_mul(2), spent: failure.usage })
}

/// A failure as a live client reports it: a refused schema is only told of where one was sent.
fn alone(mut failure: Failure, stage: Stage) -> Failure {
    if failure.class == Class::SchemaUnsupported && matches!(stage, Stage::Question | Stage::Answer) {
        let server = failure.status.is_some_and(|status| status >= 500);
        failure.class = if server { Class::ServerError } else { Class::ConfigError };
    }
    failure
}

/// Whether the prompts are those that the run was made with.
fn matches(file: &RunFile, prompts: &PromptSet) -> Result<(), BatchError> {
    let same = prompts.hash(Prompt::Question) == file.recipe.question.prompt
        && prompts.hash(Prompt::Answer) == file.recipe.answer.prompt
        && (file.recipe.typed_prompt.is_empty() || prompts.hash(Prompt::QuestionTyped) == file.recipe.typed_prompt);
    if same {
        return Ok(());
    }
    let why = "The prompts of the directory (prompts/) are not those that the requests were made with. Bring the old ones \
               back, for instance with git, and import again.";
    Err(BatchError::Mismatch(why.to_owned()))
}

/// Leaves of a record that is of an outage only the call that failed: the item waits on with its earlier ones, and they
/// would be counted twice.
fn without_earlier(record: &mut Record, stage: Stage) {
    let judged = record.judge.take();
    if stage != Stage::Question {
        record.question_call = None;
    }
    if matches!(stage, Stage::QuestionVerdict | Stage::PairVerdict) {
        record.answer_call = None;
        let unscored = judged.map(|said| said.unscored).unwrap_or_default();
        record.judge = Some(Judgement { unscored, ..Judgement::default() }).filter(|said| !said.unscored.is_empty());
    }
}
