//! Which item goes where: one pass over the segments of all runs says of every item what becomes
//! of it in a data set. Exports, the Dataset screen, figures and the report all read this.
//!
//! Nothing is decided here for good. Stale, refused, duplicate: each follows from what is on disk
//! and what is approved now, so an item that was left out today goes out tomorrow when the reason is gone.
//! Memory: about 150 bytes an item besides what [`Similar`] keeps, and no text; texts are read again, one at a time,
//! by [`Reader`].

mod held_out;
mod reader;
mod search;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::reader::Reader;
pub use self::search::{Needle, Texts};
use super::checks::{Benchmarks, Check, Finding, Overlap};
use super::item::ItemId;
use super::judging::verdicts;
use super::record::{Failed, Record, Status};
use super::run::{NoSuchRun, ReadError, RunId, run_ids, segments};
use super::segment::{StorageError, read};
use super::similar::{NEAR, Similar};
use crate::taxonomy::{Kind, NodeId, QualitySettings, QuestionType, Snapshot, Untrusted};

/// What becomes of an item in a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It goes into the training set.
    Kept,
    /// It belongs to the slice that nothing is trained on (the paper's 50 for each discipline, GLAN section 3.5).
    HeldOut,
    /// Its subject is no longer approved, or has another syllabus now.
    Stale,
    /// Another item, with a lower id, has the same question.
    Duplicate,
    /// Another item, with a lower id, has nearly the same question.
    NearDuplicate,
    /// It shares a run of words with a benchmark or with a held-out question.
    Contaminated,
    /// A model judged it not good enough.
    Judged,
    /// People who looked at it found it bad.
    Refused,
    /// A check found fault with every try.
    Unfit,
    /// No try came to an end.
    Failed,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Kept,
        Self::HeldOut,
        Self::Stale,
        Self::Duplicate,
        Self::NearDuplicate,
        Self::Contaminated,
        Self::Judged,
        Self::Refused,
        Self::Unfit,
        Self::Failed,
    ];

    /// The word in files and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::HeldOut => "held-out",
            Self::Stale => "stale",
            Self::Duplicate => "duplicate",
            Self::NearDuplicate => "near-duplicate",
            Self::Contaminated => "contaminated",
            Self::Judged => "judged",
            Self::Refused => "refused",
            Self::Unfit => "unfit",
            Self::Failed => "failed",
        }
    }

    /// What it means, as the end of "left out: ...".
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Kept => "in the training set",
            Self::HeldOut => "held out for evaluation",
            Self::Stale => "their subject or its syllabus has changed since",
            Self::Duplicate => "another item has the same question",
            Self::NearDuplicate => "another item has nearly the same question",
            Self::Contaminated => "they overlap with a benchmark or the held-out slice",
            Self::Judged => "the judge found them not good enough",
            Self::Refused => "people found them bad",
            Self::Unfit => "a check found fault with them",
            Self::Failed => "they never came to an end",
        }
    }
}

/// What a data set is made of.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Only this run; `None` means all.
    pub run: Option<RunId>,
    /// Whether items of what has changed since are taken all the same.
    pub stale: bool,
    /// How many items of each discipline are to be held out; `None` holds out those that were before, and no more.
    pub held_out: Option<u32>,
    /// What items must not overlap with.
    pub benchmarks: Arc<Benchmarks>,
    /// From which Jaccard index on two questions are nearly the same; at 1 only equal ones count.
    pub near: f64,
    /// Items that people found bad, besides those that the snapshot knows of.
    pub refused: HashSet<ItemId>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            run: None,
            stale: false,
            held_out: None,
            benchmarks: Arc::default(),
            near: NEAR,
            refused: HashSet::new(),
        }
    }
}

impl Selection {
    /// Everything, by what the directory says of near duplicates.
    #[must_use]
    pub fn of(settings: &QualitySettings) -> Self {
        let near = if settings.is_off("near_duplicate") { 1.0 } else { settings.near_duplicate.unwrap_or(NEAR) };
        Self { near, ..Self::default() }
    }
}

/// One item: what becomes of it, and where its best record is.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The item.
    pub item: ItemId,
    /// Its subject; `None` where a damaged record names none.
    pub subject: Option<NodeId>,
    /// What becomes of it.
    pub standing: Standing,
    /// Whether its subject or syllabus has changed since; where stale items are taken it may be kept.
    pub is_stale: bool,
    /// The code of the check or the class of the reply, where it is unfit or failed.
    pub why: Option<Arc<str>>,
    /// How many class sessions it draws on: 1 or 2.
    pub strategy: u8,
    /// The type of the question.
    pub question_type: QuestionType,
    /// The item that it repeats.
    pub repeats: Option<ItemId>,
    /// Records of it that are not its best: earlier tries, the same in other runs.
    pub others: u32,
    at: At,
}

impl Entry {
    /// Why it is where it is, without the line where a file is named: kinds of reasons, to be counted.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        let why = self.why.as_deref()?;
        let of_a_file = why.rsplit_once(':').filter(|_| self.standing == Standing::Contaminated);
        Some(of_a_file.map_or(why, |(file, _)| file))
    }

    /// Whether the record that begins there is its best one.
    pub(super) fn is_at(&self, segment: u32, offset: u64) -> bool {
        (self.at.segment, self.at.offset) == (segment, offset)
    }
}

/// Where a record is.
#[derive(Debug, Clone, Copy)]
struct At {
    segment: u32,
    length: u32,
    offset: u64,
}

/// A subject as it is now.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Content hash of what its items are made from now (see [`super::material_hash`]).
    pub syllabus: String,
    /// Names from the field down to the subject.
    pub names: Vec<Untrusted>,
    /// Ids from the field down to the subject.
    pub lineage: Vec<NodeId>,
    /// Its level, where it has one.
    pub level: Untrusted,
}

impl Subject {
    /// The discipline it belongs to.
    #[must_use]
    pub fn discipline(&self) -> Option<NodeId> {
        discipline(&self.lineage)
    }
}

/// The discipline of a lineage.
fn discipline(lineage: &[NodeId]) -> Option<NodeId> {
    lineage.iter().rev().find(|node| node.kind() == Kind::Discipline).copied()
}

/// The items of a directory, and what becomes of each.
#[derive(Debug)]
pub struct Dataset {
    entries: Vec<Entry>,
    subjects: HashMap<NodeId, Subject>,
    segments: Vec<(RunId, PathBuf)>,
    /// Whole records.
    pub records: u64,
    /// Lines of segments that could not be read.
    pub damaged: u64,
    /// Items that are held out from now on; [`Dataset::hold_out`] makes it last.
    newly_held_out: Vec<(NodeId, ItemId)>,
}

/// The part of a record that decides.
#[derive(Deserialize)]
struct Row {
    item: ItemId,
    status: Status,
    #[serde(default)]
    failure: Option<Failed>,
    #[serde(default)]
    findings: Vec<Finding>,
    nodes: Vec<NodeId>,
    syllabus: String,
    #[serde(default)]
    strategy: u8,
    #[serde(default)]
    question_type: QuestionType,
    question: Untrusted,
    answer: Untrusted,
}

impl Dataset {
    /// Reads the segments of all runs, or of one.
    ///
    /// # Errors
    /// When the run does not exist or a segment cannot be read.
    pub fn read(snapshot: &Snapshot, runs: &Path, selection: &Selection) -> Result<Self, ReadError> {
        let mut wanted = run_ids(runs)?;
        if let Some(run) = &selection.run {
            wanted.retain(|found| found == run);
            if wanted.is_empty() {
                return Err(NoSuchRun(run.clone()).into());
            }
        }
        let mut pass = Pass::new(approved(snapshot), selection);
        let verdicts = verdicts(runs, None)?.into_values().filter(|verdict| !verdict.judge.keeps());
        pass.judged_out = verdicts.map(|verdict| verdict.item).collect();
        pass.refused.extend(snapshot.refused().into_iter().map(ItemId::from));
        for run in wanted {
            for path in segments(runs, &run)? {
                pass.segment(run.clone(), path)?;
            }
        }
        let mut dataset = pass.finish();
        dataset.choose_held_out(runs, selection)?;
        Ok(dataset)
    }

    /// Every item, in the order of ids: a shuffled order, and the same for the same items wherever they were made.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of an item.
    #[must_use]
    pub fn entry(&self, item: ItemId) -> Option<&Entry> {
        self.position(item).map(|at| &self.entries[at])
    }

    /// Where in the entries an item is.
    #[must_use]
    pub fn position(&self, item: ItemId) -> Option<usize> {
        self.entries.binary_search_by_key(&item, |entry| entry.item).ok()
    }

    /// The items whose ids begin like `prefix`, at most `most`.
    #[must_use]
    pub fn beginning(&self, prefix: &str, most: usize) -> Vec<ItemId> {
        let begins = |item: &ItemId| item.to_string().starts_with(prefix);
        let from = self.entries.partition_point(|entry| entry.item.to_string().as_str() < prefix);
        let found = self.entries[from..].iter().map(|entry| entry.item).take_while(begins);
        found.take(most).collect()
    }

    /// The items of one standing.
    pub fn of(&self, standing: Standing) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.standing == standing)
    }

    /// How many items there are of each standing that occurs.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Standing, u64> {
        let mut counts = BTreeMap::new();
        self.entries.iter().for_each(|entry| *counts.entry(entry.standing).or_default() += 1);
        counts
    }

    /// How many items are unfit or failed, by code of check and class of reply.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<Arc<str>, u64> {
        let mut counts = BTreeMap::new();
        self.entries.iter().filter_map(|entry| entry.why.clone()).for_each(|why| *counts.entry(why).or_default() += 1);
        counts
    }

    /// A subject as it is now; `None` where it is not approved any more.
    #[must_use]
    pub fn subject(&self, entry: &Entry) -> Option<&Subject> {
        self.subjects.get(&entry.subject?)
    }

    /// The subject of an item for a row: as it is now, or, where it is not approved any more, as it was then.
    #[must_use]
    pub fn subject_of(&self, entry: &Entry, record: &Record) -> Subject {
        self.subject(entry).cloned().unwrap_or_else(|| Subject {
            syllabus: record.syllabus.clone(),
            names: record.path.clone(),
            lineage: record.nodes.clone(),
            level: Untrusted::default(),
        })
    }

    /// The segments that were read, in the order of their numbers, and whose they are.
    pub(super) fn segments(&self) -> &[(RunId, PathBuf)] {
        &self.segments
    }

    /// The run that made an item.
    #[must_use]
    pub fn run(&self, entry: &Entry) -> &RunId {
        &self.segments[entry.at.segment as usize].0
    }
}

/// The subjects that homework is made for now.
pub(super) fn approved(snapshot: &Snapshot) -> HashMap<NodeId, Subject> {
    let subjects = snapshot.tree.entries().map(|entry| &entry.node).filter(|node| node.kind == Kind::Subject);
    let eligible = subjects.filter(|node| snapshot.ineligible(node).is_none());
    let approved = eligible.filter_map(|node| {
        let subject = Subject {
            syllabus: super::material_hash(snapshot, node)?,
            names: snapshot.names(node.id),
            lineage: snapshot.tree.lineage(node.id),
            level: node.facts.level.clone().unwrap_or_default(),
        };
        Some((node.id, subject))
    });
    approved.collect()
}

/// The first reading.
struct Pass<'a> {
    selection: &'a Selection,
    /// Items that people found bad.
    refused: HashSet<ItemId>,
    /// Items that a judge found not good enough after they were made.
    judged_out: HashSet<ItemId>,
    dataset: Dataset,
    /// Where each item is in the entries.
    known: HashMap<ItemId, u32>,
    /// Of each entry: whether its record is whole, whatever a judge or a benchmark says of it.
    is_whole: Vec<bool>,
    codes: HashSet<Arc<str>>,
    questions: Similar,
}

impl<'a> Pass<'a> {
    fn new(subjects: HashMap<NodeId, Subject>, selection: &'a Selection) -> Self {
        let dataset = Dataset {
            entries: Vec::new(),
            subjects,
            segments: Vec::new(),
            records: 0,
            damaged: 0,
            newly_held_out: Vec::new(),
        };
        Self {
            selection,
            refused: selection.refused.clone(),
            judged_out: HashSet::new(),
            dataset,
            known: HashMap::new(),
            is_whole: Vec::new(),
            codes: HashSet::new(),
            questions: Similar::new(selection.near),
        }
    }

    fn segment(&mut self, run: RunId, path: PathBuf) -> Result<(), StorageError> {
        let segment = self.dataset.segments.len() as u32;
        let damage = read::<StorageError>(&path, |offset, line| {
            let at = At { segment, offset, length: line.len() as u32 };
            match serde_json::from_slice::<Row>(line) {
                Ok(row) => self.row(row, at),
                Err(_) => self.dataset.damaged += 1,
            }
            Ok(())
        })?;
        self.dataset.damaged += damage.lines;
        self.dataset.segments.push((run, path));
        Ok(())
    }

    /// The first whole record of an item is the one that counts; else its newest try.
    fn row(&mut self, row: Row, at: At) {
        self.dataset.records += 1;
        let known = self.known.get(&row.item).map(|known| *known as usize);
        let others = match known.map(|known| &self.dataset.entries[known]) {
            Some(_) if known.is_some_and(|known| self.is_whole[known]) => {
                if let Some(known) = known {
                    self.dataset.entries[known].others += 1;
                }
                return;
            }
            Some(best) => best.others + 1,
            None => 0,
        };
        let entry = Entry { others, at, ..self.made(&row) };
        let is_whole = row.status == Status::Ok;
        if let Some(known) = known {
            self.dataset.entries[known] = entry;
            self.is_whole[known] = is_whole;
        } else {
            self.known.insert(row.item, self.dataset.entries.len() as u32);
            self.dataset.entries.push(entry);
            self.is_whole.push(is_whole);
        }
    }

    fn made(&mut self, row: &Row) -> Entry {
        let subject = row.nodes.last().copied();
        let now = subject.and_then(|subject| self.dataset.subjects.get(&subject));
        let is_stale = now.is_none_or(|now| now.syllabus != row.syllabus);
        let mut entry = Entry {
            item: row.item,
            subject,
            standing: Standing::Kept,
            is_stale,
            why: None,
            strategy: row.strategy,
            question_type: row.question_type,
            repeats: None,
            others: 0,
            at: At { segment: 0, offset: 0, length: 0 },
        };
        entry.standing = match row.status {
            Status::Failed => {
                entry.why = row.failure.as_ref().map(|failure| self.code(&failure.class));
                Standing::Failed
            }
            Status::Unfit => {
                entry.why = row.findings.first().map(|finding| self.code(finding.check.code()));
                let judged = row.findings.first().is_some_and(|finding| finding.check == Check::JudgedOut);
                if judged { Standing::Judged } else { Standing::Unfit }
            }
            Status::Ok if is_stale && !self.selection.stale => Standing::Stale,
            Status::Ok if self.refused.contains(&row.item) => Standing::Refused,
            Status::Ok if self.judged_out.contains(&row.item) => Standing::Judged,
            Status::Ok => match overlap(&self.selection.benchmarks, row.question.raw(), row.answer.raw()) {
                Some(Overlap { file, line, .. }) => {
                    entry.why = Some(self.code(&format!("{file}:{line}")));
                    Standing::Contaminated
                }
                None => {
                    self.questions.add(row.item, row.question.raw());
                    Standing::Kept
                }
            },
        };
        entry
    }

    fn code(&mut self, code: &str) -> Arc<str> {
        if let Some(known) = self.codes.get(code) {
            return Arc::clone(known);
        }
        let code: Arc<str> = code.into();
        self.codes.insert(Arc::clone(&code));
        code
    }

    fn finish(self) -> Dataset {
        let Self { mut dataset, known, questions, .. } = self;
        for (item, duplicate) in questions.finish() {
            let entry = &mut dataset.entries[known[&item] as usize];
            entry.standing = if duplicate.is_exact() { Standing::Duplicate } else { Standing::NearDuplicate };
            entry.repeats = Some(duplicate.of);
        }
        dataset.entries.sort_unstable_by_key(|entry| entry.item);
        dataset
    }
}

fn overlap(with: &Benchmarks, question: &str, answer: &str) -> Option<Overlap> {
    with.overlap(question).or_else(|| with.overlap(answer))
}

#[cfg(test)]
mod tests;
