//! Figures about the homework of a directory: how much of the taxonomy it covers, how long and how varied it is, what
//! was left out and why, what it took. [`figures`] makes them in one pass over all records; `docs/statistics.md` says what each
//! one means.
//!
//! Everything follows from the records, the data set's selection and the snapshot, whatever the order of files: equal data give
//! equal figures. Memory: 32 bytes an item, about 300 bytes a node, 4 bytes a key concept and at most 24 MiB besides; no text is kept.

mod charts;
mod coverage;
mod glyphs;
mod lines;
mod outcomes;
mod repeats;
mod sources;
mod spread;
pub mod words;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation as _;

pub use charts::{Bar, Body, Chart};
pub use coverage::{Branch, Coverage, Level, NeverDrawn, Reach, share};
pub use glyphs::{Glyphs, Graph, Line, Tone, round_up};
pub use outcomes::{Count, Fault};
pub use repeats::{Heaps, Repeats, Window};
pub use sources::{Model, Tokens, total};
pub use spread::{Bin, Spread};

use super::dataset::{Dataset, Entry, Standing};
use super::item::ItemId;
use super::judge::Judgement;
use super::judging::{Verdict, verdicts};
use super::record::{Record, Status};
use super::run::{RunFile, RunId, read_run};
use super::segment::{StorageError, read};
use crate::taxonomy::verdicts::{Quality, qualities};
use crate::taxonomy::{Snapshot, Untrusted};
use spread::Counter;

/// Everything that is counted about the homework of a directory.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// What the taxonomy is called.
    pub title: Untrusted,
    /// The language that homework is asked for in.
    pub language: Untrusted,
    /// When the first record was made.
    pub first: Option<Timestamp>,
    /// When the last record was made.
    pub last: Option<Timestamp>,
    /// Items that were made or tried.
    pub items: u64,
    /// Records: every try of an item is one.
    pub records: u64,
    /// Lines of segments that could not be read.
    pub damaged: u64,
    /// Items by what becomes of them.
    pub standings: BTreeMap<Standing, u64>,
    /// The runs that the items are from, oldest first.
    pub runs: Vec<Run>,
    /// How much of the taxonomy is reached.
    pub coverage: Coverage,
    /// How long kept questions are.
    pub questions: Lengths,
    /// How long kept answers are.
    pub answers: Lengths,
    /// Tokens sent and received.
    pub tokens: Tokens,
    /// Kept items by the number of class sessions they draw on: the paper's two strategies.
    pub strategies: Vec<Count>,
    /// Kept items by the number of key concepts they draw on.
    pub concepts: Vec<Count>,
    /// Kept items by the type of their question.
    pub types: Vec<Count>,
    /// Kept items by the language that they were asked for in.
    pub languages: Vec<Count>,
    /// What items were made with.
    pub models: Vec<Model>,
    /// How questions repeat over time.
    pub repeats: Repeats,
    /// What checks found, and how calls failed.
    pub faults: Vec<Fault>,
    /// What the judging model said.
    pub judge: Judge,
    /// What people said of the items that they looked at.
    pub verdicts: Verdicts,
    /// Items left out for what they share with a benchmark or with the held-out slice, by file.
    pub overlaps: Vec<Count>,
}

/// What the judging model said of items (LAB, arXiv:2403.01081: a question 0 or 1, a pair 1 to 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Judge {
    /// Items that it judged.
    pub items: u64,
    /// Of them, those that it keeps.
    pub good: u64,
    /// Their questions by score, from 0.
    pub questions: [u64; 2],
    /// Their pairs by score, from 1.
    pub pairs: [u64; 3],
    /// Items on which it was asked and gave no whole verdict.
    pub without: u64,
}

impl Judge {
    /// Takes in what was said of an item; whether it is good enough, where that is told.
    fn add(&mut self, judgement: &Judgement) -> Option<bool> {
        if !judgement.is_whole() {
            self.without += 1;
            return None;
        }
        let counts = [
            judgement.question.as_ref().and_then(|given| self.questions.get_mut(usize::from(given.score))),
            judgement.pair.as_ref().and_then(|given| self.pairs.get_mut(usize::from(given.score).wrapping_sub(1))),
        ];
        counts.into_iter().flatten().for_each(|count| *count += 1);
        self.items += 1;
        self.good += u64::from(judgement.keeps());
        Some(judgement.keeps())
    }
}

/// Judged items by what follows from the verdicts on them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Verdicts {
    /// More curators call them good than bad.
    pub good: u64,
    /// Refused as wrong.
    pub wrong: u64,
    /// Refused as unclear.
    pub unclear: u64,
    /// Refused as not self-contained.
    pub not_self_contained: u64,
    /// As many curators call them good as bad.
    pub divided: u64,
    /// Between what the share of good in everything probably lies: the Wilson interval at 95 %.
    pub interval: Option<(f64, f64)>,
}

impl Verdicts {
    fn of(snapshot: &Snapshot) -> Self {
        let all = qualities(snapshot).all;
        let Quality { good, wrong, unclear, not_self_contained, divided } = all;
        let interval = all.interval();
        Self { good, wrong, unclear, not_self_contained, divided, interval }
    }

    /// Each kind with its number.
    pub(super) fn kinds(&self) -> [(&'static str, u64); 5] {
        [
            ("good", self.good),
            ("wrong", self.wrong),
            ("unclear", self.unclear),
            ("not self-contained", self.not_self_contained),
            ("divided", self.divided),
        ]
    }
}

/// A run, as far as it says how its items were made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The run.
    pub run: RunId,
    /// What was asked for; `None` where `run.yaml` is missing or damaged.
    pub file: Option<RunFile>,
    /// Items whose best record is in it.
    pub items: u64,
    /// Of them, those in the training set.
    pub kept: u64,
}

/// How long texts are.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Lengths {
    /// In characters (Unicode scalar values).
    pub characters: Option<Spread>,
    /// In words (Unicode word boundaries; a sign of a script without blanks counts as one).
    pub words: Option<Spread>,
}

impl Figures {
    /// How many items are of this standing.
    #[must_use]
    pub fn of(&self, standing: Standing) -> u64 {
        self.standings.get(&standing).copied().unwrap_or(0)
    }

    /// Items with a question and an answer without fault, whatever became of them afterwards.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.items - self.of(Standing::Failed) - self.of(Standing::Unfit)
    }
}

/// Counts everything, reading each record once.
///
/// # Errors
/// When a segment cannot be read.
pub fn figures(snapshot: &Snapshot, dataset: &Dataset, runs: &Path) -> Result<Figures, StorageError> {
    let mut collector = Collector { verdicts: verdicts(runs, None)?, ..Collector::new(snapshot, dataset) };
    for (segment, (_, path)) in dataset.segments().iter().enumerate() {
        read::<StorageError>(path, |offset, line| {
            if let Ok(record) = serde_json::from_slice::<Record>(line) {
                collector.record(&record, segment as u32, offset);
            }
            Ok(())
        })?;
    }
    collector.finish(runs)
}

/// The one pass.
struct Collector<'a> {
    snapshot: &'a Snapshot,
    dataset: &'a Dataset,
    /// Items that others repeat.
    repeated: HashSet<ItemId>,
    /// What a judge said after the items were made.
    verdicts: HashMap<ItemId, Verdict>,
    judge: Judge,
    coverage: coverage::Collector<'a>,
    sources: sources::Collector,
    repeats: repeats::Collector,
    faults: outcomes::Faults,
    /// Characters and words of questions, then of answers.
    lengths: [Counter; 4],
    strategies: outcomes::Counts,
    concepts: outcomes::Counts,
    types: outcomes::Counts,
    languages: outcomes::Counts,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl<'a> Collector<'a> {
    fn new(snapshot: &'a Snapshot, dataset: &'a Dataset) -> Self {
        Self {
            snapshot,
            dataset,
            repeated: dataset.entries().iter().filter_map(|entry| entry.repeats).collect(),
            verdicts: HashMap::new(),
            judge: Judge::default(),
            coverage: coverage::Collector::new(snapshot),
            sources: sources::Collector::default(),
            repeats: repeats::Collector::default(),
            faults: outcomes::Faults::default(),
            lengths: Default::default(),
            strategies: outcomes::Counts::default(),
            concepts: outcomes::Counts::default(),
            types: outcomes::Counts::default(),
            languages: outcomes::Counts::default(),
            first: None,
            last: None,
        }
    }

    fn record(&mut self, record: &Record, segment: u32, offset: u64) {
        // What was written since the data set was read is left for the next time.
        let Some(entry) = self.dataset.entry(record.item) else { return };
        let is_best = entry.is_at(segment, offset);
        self.first = self.first.into_iter().chain([record.at]).min();
        self.last = self.last.into_iter().chain([record.at]).max();
        self.faults.add(record, is_best);
        let is_whole = is_best && record.status == Status::Ok;
        let is_used = is_whole && matches!(entry.standing, Standing::Kept | Standing::HeldOut);
        self.sources.add(record, is_whole, is_used);
        if is_best {
            let later = self.verdicts.get(&record.item).map(|verdict| &verdict.judge);
            let said = later.or(record.judge.as_ref()).and_then(|judgement| self.judge.add(judgement));
            self.coverage.add(record, entry.standing, said);
            if let Some(later) = later {
                self.sources.judged(later, is_whole);
            }
        }
        if is_whole {
            self.repeats.add(record.at.as_microsecond(), entry.item, record.question.raw(), self.stays(entry));
        }
        if is_best && entry.standing == Standing::Kept {
            self.kept(record);
        }
    }

    fn kept(&mut self, record: &Record) {
        for (text, lengths) in [&record.question, &record.answer].into_iter().zip(self.lengths.chunks_mut(2)) {
            lengths[0].add(text.raw().chars().count() as u64);
            lengths[1].add(text.raw().unicode_words().count() as u64);
        }
        self.strategies.add(&record.strategy.to_string());
        self.concepts.add(&record.concepts.len().to_string());
        self.types.add(record.question_type.name());
        self.languages.add(record.language.as_deref().unwrap_or(self.snapshot.manifest.language.raw()));
    }

    /// The item that an item is counted with when near copies are: the one that it repeats, or itself where others repeat it.
    fn stays(&self, entry: &Entry) -> Option<ItemId> {
        entry.repeats.or_else(|| self.repeated.contains(&entry.item).then_some(entry.item))
    }

    fn finish(self, runs: &Path) -> Result<Figures, StorageError> {
        let dataset = self.dataset;
        let lengths =
            |at: usize| Lengths { characters: self.lengths[at].spread(), words: self.lengths[at + 1].spread() };
        let (questions, answers) = (lengths(0), lengths(2));
        Ok(Figures {
            title: self.snapshot.manifest.title.clone(),
            language: self.snapshot.manifest.language.clone(),
            first: self.first,
            last: self.last,
            items: dataset.entries().len() as u64,
            records: dataset.records,
            damaged: dataset.damaged,
            standings: dataset.counts(),
            runs: made_by(dataset, runs)?,
            coverage: self.coverage.finish(),
            questions,
            answers,
            tokens: self.sources.tokens,
            models: self.sources.models(),
            strategies: self.strategies.by_name(),
            concepts: self.concepts.by_name(),
            types: self.types.by_number(),
            languages: self.languages.by_number(),
            repeats: self.repeats.finish(),
            faults: self.faults.finish(),
            judge: self.judge,
            verdicts: Verdicts::of(self.snapshot),
            overlaps: overlaps(dataset),
        })
    }
}

fn made_by(dataset: &Dataset, runs: &Path) -> Result<Vec<Run>, StorageError> {
    let mut found: BTreeMap<&RunId, [u64; 2]> = BTreeMap::new();
    for entry in dataset.entries() {
        let counts = found.entry(dataset.run(entry)).or_default();
        counts[0] += 1;
        counts[1] += u64::from(entry.standing == Standing::Kept);
    }
    let run = |(run, [items, kept]): (&RunId, [u64; 2])| {
        Ok(Run { run: run.clone(), file: read_run(runs, run)?, items, kept })
    };
    found.into_iter().map(run).collect()
}

/// By file: the line numbers are no kinds.
fn overlaps(dataset: &Dataset) -> Vec<Count> {
    let mut counts = outcomes::Counts::default();
    for entry in dataset.of(Standing::Contaminated) {
        counts.add(entry.cause().unwrap_or("unknown"));
    }
    counts.by_number()
}

#[cfg(test)]
mod tests;
