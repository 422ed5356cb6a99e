//! Proving a run: every byte of its segments is read, and every record has to follow from what it says of itself.
//!
//! The id of an item is a hash of seed, recipe, subject, syllabus and draw. So it can be derived again from the record and the version of
//! the syllabus that it names, which is in the tree or in the log of decisions: a record whose id comes out has its provenance proven,
//! stale or not. Then the plan is made again from `run.yaml` and the tree as it is, and what is missing is counted.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::Serialize;

use super::changes::why_stale;
use super::dataset::{Subject, approved};
use super::done::{DoneSet, Standing};
use super::item::{Draw, ItemId, Pick, Strategy};
use super::ledger::{self, Account};
use super::plan::{Plan, identity, mark};
use super::queue::over_subjects;
use super::record::{Head, Record, Status};
use super::run::{NoSuchRun, ReadError, RunFile, RunId, read_outcome, read_run, run_ids};
use super::segment::{StorageError, is_whole, list};
use super::status::Counts;
use crate::taxonomy::manifest::SyllabusText;
use crate::taxonomy::versions::syllabi;
use crate::taxonomy::{NodeId, SessionId, Snapshot, Syllabus};

mod lines;

use lines::lines;

/// Findings of one code that are told one by one.
const TOLD: usize = 50;

/// Every code of a finding: what it means, and what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    ("no-run-file", "run.yaml is missing or cannot be read", "fetch it from a copy; items are exported without it too"),
    (
        "damaged-line",
        "a line's checksum is wrong",
        "the same `generate` asks for its item again; fetch the segment from a copy to keep it",
    ),
    (
        "torn-tail",
        "a segment ends in the middle of a record",
        "the same `generate` cuts it off, keeps it beside, and asks again",
    ),
    ("not-a-record", "a whole line is no record of this version", "read it with the version of provost that wrote it"),
    (
        "foreign-id",
        "the item's id does not follow from what the record says",
        "do not use it: move the segment away and generate again",
    ),
    ("foreign-recipe", "seed or recipe is not the run's", "the segment belongs to another run: move it to its folder"),
    (
        "unknown-subject",
        "the subject was never in this taxonomy",
        "the segment belongs to another directory: move it there",
    ),
    (
        "unknown-syllabus",
        "neither tree nor log knows the syllabus it was made from, and no edit by hand explains it",
        "pull the directory's decisions; else do not use it",
    ),
    (
        "provenance",
        "what the record says of its sources contradicts itself or the syllabus",
        "do not use it: move the segment away and generate again",
    ),
    (
        "outside-plan",
        "the item is sound and the plan of the run does not have it",
        "it belongs to another run; exports take it all the same",
    ),
    ("duplicate", "an item was finished more than once", "nothing to do: the first one counts, the others cost tokens"),
    (
        "missing",
        "the run says it is done and items of its plan are neither done nor tried",
        "the same `generate` makes them",
    ),
    (
        "ledger",
        "the ledger said something else than its segment",
        "nothing to do: it was thrown away and is written anew",
    ),
];

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// One of [`CODES`].
    pub code: &'static str,
    /// The file.
    pub path: PathBuf,
    /// The line in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What is wrong, as a sentence without its end.
    pub message: String,
}

/// What was found out about a run.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The run.
    pub run: RunId,
    /// Segments that were read, and their bytes.
    pub segments: u64,
    /// Bytes of all segments.
    pub bytes: u64,
    /// Whole records.
    pub records: u64,
    /// Items by what became of them.
    pub items: Counts,
    /// Items whose id was derived again from what their record says.
    pub proven: u64,
    /// Items that cannot be proven, because documents or free texts of then are gone; no fault.
    pub unproven: u64,
    /// Items whose syllabus of then nobody knows, because the subject's file was edited by hand since the run began, by subject; no fault.
    pub edited: BTreeMap<NodeId, u64>,
    /// Items made from what is approved no longer, by the reason; no fault.
    pub stale: BTreeMap<&'static str, u64>,
    /// Items of the plan as it follows from the tree now; `None` without `run.yaml`.
    pub planned: Option<u64>,
    /// Of these, what is finished in this or another run.
    pub done: u64,
    /// Of these, what was never finished.
    pub missing: u64,
    /// Whether the tree still gives the plan that the run was started with.
    pub same_plan: bool,
    /// What is wrong: the first of each code.
    pub findings: Vec<Finding>,
    /// How often each code was found.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Verified {
    fn find(&mut self, code: &'static str, path: &Path, line: Option<u64>, message: impl Into<String>) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= TOLD as u64 {
            self.findings.push(Finding { code, path: path.to_owned(), line, message: message.into() });
        }
    }
}

/// Reads all of a run and says what is wrong with it. Ledgers that do not agree with their segments are thrown away; nothing else is
/// written.
///
/// # Errors
/// There is no such run, or it cannot be read.
pub fn verify(snapshot: &Snapshot, runs: &Path, run: &RunId) -> Result<Verified, ReadError> {
    if !run_ids(runs)?.contains(run) {
        return Err(NoSuchRun(run.clone()).into());
    }
    let mut verified = Verified {
        run: run.clone(),
        segments: 0,
        bytes: 0,
        records: 0,
        items: Counts::default(),
        proven: 0,
        unproven: 0,
        edited: BTreeMap::new(),
        stale: BTreeMap::new(),
        planned: None,
        done: 0,
        missing: 0,
        same_plan: false,
        findings: Vec::new(),
        counts: BTreeMap::new(),
    };
    let dir = runs.join(run.as_str());
    let file = read_run(runs, run)?;
    let plan = file.as_ref().map(|file| Plan::new(snapshot, &file.request, &file.recipe));
    if file.is_none() {
        verified.find("no-run-file", &dir.join("run.yaml"), None, "it is missing or cannot be read");
    }
    if let (Some(plan), Some(file)) = (&plan, &file) {
        verified.same_plan = plan.fingerprint() == file.plan_hash;
    }
    let segments = list(&dir.join("segments"))?;
    let mut pass = Pass {
        snapshot,
        now: approved(snapshot),
        file: file.as_ref(),
        versions: HashMap::new(),
        by_hand: HashMap::new(),
        done: Vec::new(),
        tried: HashMap::new(),
        current: HashSet::new(),
        verified,
    };
    for segment in &segments {
        pass.segment(segment)?;
    }
    pass.duplicates(&segments)?;
    if let Some(plan) = &plan {
        pass.plan(plan, runs, &dir)?;
    }
    Ok(pass.verified)
}

/// A version of a syllabus, for looking up sessions and concepts.
struct Version {
    sessions: HashMap<SessionId, (u32, HashMap<String, u32>)>,
}

impl Version {
    fn of(syllabus: &Syllabus) -> Self {
        let concepts = |session: &crate::taxonomy::Session| {
            let texts = session.concepts.iter().enumerate().rev();
            texts.map(|(at, concept)| (concept.raw().trim().to_owned(), at as u32)).collect()
        };
        let session =
            |(at, session): (usize, &crate::taxonomy::Session)| (session.id.clone(), (at as u32, concepts(session)));
        Self { sessions: syllabus.sessions.iter().enumerate().rev().map(session).collect() }
    }

    /// The draw of a record; or what it says that is not so.
    fn draw(&self, record: &Record) -> Result<Draw, String> {
        let at = |id: &SessionId| {
            let known = self.sessions.get(id);
            known.ok_or_else(|| format!("its syllabus has no session {}", shown(&id.0)))
        };
        let places =
            record.sessions.iter().map(|session| Ok(at(&session.id)?.0)).collect::<Result<Vec<_>, String>>()?;
        let (strategy, sessions) = match (record.strategy, places.as_slice()) {
            (1, [one]) => (Strategy::One, [*one, *one]),
            (2, [one, two]) => (Strategy::Two, [*one, *two]),
            (strategy, places) => return Err(format!("strategy {strategy} does not draw {} sessions", places.len())),
        };
        let mut draw = Draw::new(strategy, sessions);
        for drawn in &record.concepts {
            let (session, concepts) = at(&drawn.session)?;
            let text = drawn.concept.raw().trim();
            let concept = concepts.get(text).copied();
            let concept = concept.ok_or_else(|| format!("its session has no concept \"{}\"", shown(text)))?;
            draw.push(Pick { session: *session, concept });
        }
        Ok(draw)
    }
}

fn shown(text: &str) -> String {
    crate::taxonomy::text::reveal_line(text).into_owned()
}

struct Pass<'a> {
    snapshot: &'a Snapshot,
    now: HashMap<NodeId, Subject>,
    file: Option<&'a RunFile>,
    versions: HashMap<(NodeId, String), Option<Rc<Version>>>,
    /// Subjects, and whether their syllabus was edited by hand.
    by_hand: HashMap<NodeId, bool>,
    /// Finished items, as often as they were finished.
    done: Vec<ItemId>,
    /// Items that are not finished, and the last that became of them.
    tried: HashMap<ItemId, Status>,
    /// Items not finished in this run by the plan of now: only those that are proven count.
    current: HashSet<ItemId>,
    verified: Verified,
}

impl Pass<'_> {
    fn segment(&mut self, path: &Path) -> Result<(), StorageError> {
        let is_live = ledger::is_live(path);
        let told = ledger::account(path);
        let covered = told.as_ref().map_or(0, |(covered, _)| *covered);
        let mut account = Account::default();
        let end = lines(path, |number, offset, line| {
            if !is_whole(line) {
                if offset < covered {
                    account.damaged();
                }
                self.verified.find("damaged-line", path, Some(number), "the checksum is not that of the line");
                return;
            }
            if offset < covered {
                account.add(line);
            }
            match serde_json::from_slice::<Record>(line) {
                Ok(record) => self.record(&record, path, number),
                Err(error) => self.verified.find("not-a-record", path, Some(number), shown(&error.to_string())),
            }
        })?;
        self.verified.segments += 1;
        self.verified.bytes += end.bytes;
        if end.torn > 0 && !is_live {
            let message = format!("{} bytes at the end are no whole record", end.torn);
            self.verified.find("torn-tail", path, Some(end.lines), message);
        }
        let lies = told.is_some_and(|(_, told)| told != account.told());
        if lies && !is_live {
            let message = format!("it says something else about the first {covered} bytes of its segment");
            self.verified.find("ledger", &ledger::path_of(path), None, message);
        }
        // What is damaged has to be asked for again, so nobody may believe that it is there.
        if !is_live && (lies || end.damaged > 0) {
            ledger::forget(path);
        }
        Ok(())
    }

    fn record(&mut self, record: &Record, path: &Path, number: u64) {
        self.verified.records += 1;
        if record.status == Status::Ok {
            self.done.push(record.item);
        } else {
            self.tried.insert(record.item, record.status);
        }
        match self.prove(record) {
            Ok(Proof::Proven(why)) => {
                self.verified.proven += 1;
                match why {
                    Some(why) => *self.verified.stale.entry(why).or_default() += 1,
                    None => {
                        self.current.insert(record.item);
                    }
                }
            }
            Ok(Proof::Unknown) => self.verified.unproven += 1,
            Ok(Proof::Edited(subject)) => *self.verified.edited.entry(subject).or_default() += 1,
            Err((code, message)) => {
                self.verified.find(code, path, Some(number), format!("item {}: {message}", record.item));
            }
        }
    }

    /// Whether the id of an item follows from its record; and why it is stale, where it is.
    fn prove(&mut self, record: &Record) -> Result<Proof, (&'static str, String)> {
        let Some(file) = self.file else { return Ok(Proof::Unknown) };
        if (record.seed, &record.recipe) != (file.request.seed, &file.recipe_hash) {
            return Err(("foreign-recipe", format!("seed {} and recipe {}", record.seed, shown(&record.recipe))));
        }
        let wrong = |message: &str| Err(("provenance", message.to_owned()));
        let recipe = &file.recipe;
        let prompts = [recipe.question.prompt.as_str(), recipe.typed_prompt.as_str()];
        if record.question_call.as_ref().is_some_and(|call| call.model != recipe.question.model) {
            return wrong("its question was asked of another model than the recipe's");
        }
        if record.question_call.as_ref().is_some_and(|call| !prompts.contains(&call.prompt.as_str())) {
            return wrong("its question was asked with another prompt than the recipe's");
        }
        if record.answer_call.as_ref().is_some_and(|call| call.model != recipe.answer.model) {
            return wrong("its answer was asked of another model than the recipe's");
        }
        if record.status == Status::Ok && (record.question.is_blank() || record.answer.is_blank()) {
            return wrong("it is ok and has no question or no answer");
        }
        let Some(subject) = record.subject() else { return wrong("it names no subject") };
        let known = self.version(subject, &record.syllabus);
        let Some(version) = known else {
            let then =
                SyllabusText::Raw == self.snapshot.manifest.homework.syllabus_text || !record.documents.is_empty();
            if then {
                return Ok(Proof::Unknown);
            }
            if self.is_edited(subject) {
                return Ok(Proof::Edited(subject));
            }
            let never = self.snapshot.tree.node(subject).is_none() && syllabi(self.snapshot, subject).is_empty();
            let code = if never { "unknown-subject" } else { "unknown-syllabus" };
            return Err((code, format!("subject {subject}, syllabus {}", shown(&record.syllabus))));
        };
        let draw = version.draw(record).map_err(|message| ("provenance", message))?;
        let language = record.language.as_ref().map_or(recipe.language.as_str(), String::as_str);
        let is_plain = record.language.is_none();
        let mark = mark(recipe, record.question_type, language, is_plain, !record.documents.is_empty());
        let id = identity(record.seed, &file.recipe_hash, subject, &record.syllabus, &draw, &mark);
        if id != record.item {
            return Err(("foreign-id", format!("what it says makes item {id}")));
        }
        Ok(Proof::Proven(why_stale(self.snapshot, &self.now, subject, &record.syllabus)))
    }

    /// The version of a subject's syllabus that a record was made from.
    fn version(&mut self, subject: NodeId, material: &str) -> Option<Rc<Version>> {
        let key = (subject, material.to_owned());
        if let Some(known) = self.versions.get(&key) {
            return known.clone();
        }
        let node = self.snapshot.tree.node(subject);
        let is_now = node.and_then(|node| super::material_hash(self.snapshot, node)).is_some_and(|now| now == material);
        let found = match node.and_then(|node| node.syllabus.as_ref()).filter(|_| is_now) {
            Some(syllabus) => Some(Version::of(syllabus)),
            None => {
                let all = syllabi(self.snapshot, subject);
                all.iter().find(|syllabus| syllabus.hash() == material).map(Version::of)
            }
        };
        self.versions.entry(key).or_insert(found.map(Rc::new)).clone()
    }

    /// Whether the syllabus of a subject is one that its log does not know, in a tree that is another one than when the run began: then
    /// somebody edited it by hand, and the one of then may be nowhere but in the history of the directory.
    fn is_edited(&mut self, subject: NodeId) -> bool {
        let Some(node) = self.snapshot.tree.node(subject).filter(|_| !self.verified.same_plan) else { return false };
        *self.by_hand.entry(subject).or_insert_with(|| {
            let mut logged = syllabi(self.snapshot, subject);
            // The last is that of the tree.
            let now = node.syllabus.as_ref().and_then(|_| logged.pop());
            now.is_none_or(|now| !logged.contains(&now))
        })
    }

    /// Names the items that were finished more than once, by the lines after the first.
    fn duplicates(&mut self, segments: &[PathBuf]) -> Result<(), StorageError> {
        self.done.sort_unstable();
        let all = self.done.len() as u64;
        let twice: HashSet<ItemId> = self.done.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
        self.done.dedup();
        self.tried.retain(|item, _| self.done.binary_search(item).is_err());
        self.verified.items.ok = self.done.len() as u64;
        for status in self.tried.values() {
            match status {
                Status::Failed => self.verified.items.failed += 1,
                Status::Unfit | Status::Ok => self.verified.items.unfit += 1,
            }
        }
        if all == self.done.len() as u64 {
            return Ok(());
        }
        let mut first: HashMap<ItemId, String> = HashMap::new();
        for path in segments {
            lines(path, |number, _, line| {
                let head = Some(line).filter(|line| is_whole(line)).and_then(Head::of_line);
                let Some(head) = head.filter(|head| head.status == Status::Ok && twice.contains(&head.item)) else {
                    return;
                };
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                match first.get(&head.item) {
                    Some(first) => {
                        let message = format!("item {} was finished before: {first}", head.item);
                        self.verified.find("duplicate", path, Some(number), message);
                    }
                    None => drop(first.insert(head.item, format!("{name}:{number}"))),
                }
            })?;
        }
        Ok(())
    }

    /// Compares with the plan that the tree gives now.
    fn plan(&mut self, plan: &Plan, runs: &Path, dir: &Path) -> Result<(), StorageError> {
        let known = DoneSet::load(runs)?;
        let found = over_subjects(plan, |at| {
            let (mut done, mut missing, mut here) = (0_u64, 0_u64, Vec::new());
            for item in plan.items_of(at) {
                match known.standing(item.id) {
                    Standing::Done => done += 1,
                    Standing::Open if !known.has_failed(item.id) && !self.tried.contains_key(&item.id) => missing += 1,
                    Standing::Open | Standing::GivenUp => {}
                }
                if self.current.contains(&item.id) {
                    here.push(item.id);
                }
            }
            (done, missing, here)
        });
        for (done, missing, here) in found {
            self.verified.done += done;
            self.verified.missing += missing;
            for item in here {
                self.current.remove(&item);
            }
        }
        self.verified.planned = Some(plan.total());
        if self.verified.same_plan && !self.current.is_empty() {
            let mut outside: Vec<_> = self.current.iter().copied().collect();
            outside.sort_unstable();
            for item in outside {
                self.verified.find("outside-plan", &dir.join("segments"), None, format!("item {item}"));
            }
        }
        let says_done = read_outcome(runs, &self.verified.run).is_some_and(|outcome| outcome.is_done());
        if says_done && self.verified.same_plan && self.verified.missing > 0 {
            let message = format!("{} of {} items are neither done nor tried", self.verified.missing, plan.total());
            self.verified.find("missing", dir, None, message);
        }
        Ok(())
    }
}

enum Proof {
    /// The id follows; why the item is stale, where it is.
    Proven(Option<&'static str>),
    /// What it was made from is not kept.
    Unknown,
    /// The syllabus that it was made from was edited by hand since.
    Edited(NodeId),
}

#[cfg(test)]
mod tests;
