//! What records come to, without their texts: where each belongs, why it is not ok, and what it took.
//!
//! Ledgers keep this beside each segment ([`super::ledger`]); whoever counts a run reads it there. [`Book`] makes it of a line that is read
//! back, or of the record while that is being written: the same of both.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use foldhash::fast::RandomState;
use hashbrown::{Equivalent, HashMap};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checks::Finding;
use super::item::ItemId;
use super::ledger::recount;
use super::record::{Head, Record, Status};
use super::segment::StorageError;
use super::spent::{Asked, Calls, Judged, Spent, StepModels};
use crate::taxonomy::{NodeId, Untrusted};

/// The part of a record that is counted.
#[derive(Deserialize)]
struct Row {
    item: ItemId,
    status: Status,
    #[serde(default)]
    counts: bool,
    failure: Option<Class>,
    #[serde(default)]
    findings: Vec<Finding>,
    #[serde(default)]
    path: Vec<Untrusted>,
    #[serde(default)]
    nodes: Vec<NodeId>,
    #[serde(default)]
    syllabus: String,
    question_call: Option<Asked>,
    answer_call: Option<Asked>,
    judge: Option<Judged>,
    at: Option<Timestamp>,
}

/// The part of a failure that is counted.
#[derive(Deserialize)]
struct Class {
    class: String,
}

/// Where records belong, and why they are not ok: the same for many of a segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The subject.
    pub subject: Option<NodeId>,
    /// Names from the field down to it, as they were then.
    pub path: Vec<Untrusted>,
    /// Content hash of what they were made from.
    pub syllabus: String,
    /// Class of the reply or code of the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A place that is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PlaceRef<'a> {
    subject: Option<NodeId>,
    path: &'a [Untrusted],
    syllabus: &'a str,
    why: Option<&'a str>,
}

impl Place {
    fn borrowed(&self) -> PlaceRef<'_> {
        let Self { subject, path, syllabus, why } = self;
        PlaceRef { subject: *subject, path, syllabus, why: why.as_deref() }
    }
}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Equivalent<Place> for PlaceRef<'_> {
    fn equivalent(&self, place: &Place) -> bool {
        *self == place.borrowed()
    }
}

impl From<PlaceRef<'_>> for Place {
    fn from(place: PlaceRef<'_>) -> Self {
        let PlaceRef { subject, path, syllabus, why } = place;
        Self { subject, path: path.to_vec(), syllabus: syllabus.to_owned(), why: why.map(str::to_owned) }
    }
}

/// What some records add.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Part {
    /// Places that no record before them has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    places: Vec<Place>,
    /// What they took, by the number of their place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    spent: BTreeMap<u32, Spent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    #[serde(default)]
    models: StepModels,
    /// Damaged lines before the last of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    damaged: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Part {
    /// Takes in what the records after these add.
    pub fn join(&mut self, next: Self) {
        let Self { places, spent, first, last, models, damaged } = next;
        self.places.extend(places);
        spent.into_iter().for_each(|(place, spent)| *self.spent.entry(place).or_default() += spent);
        (self.first, self.last) = span((self.first, self.last), (first, last));
        self.models.or(models);
        self.damaged += damaged;
    }
}

type Span = (Option<Timestamp>, Option<Timestamp>);

/// The first and the last time of two spans.
fn span(one: Span, other: Span) -> Span {
    ([one.0, other.0].into_iter().flatten().min(), one.1.max(other.1))
}

/// What the records of a segment, or of several, come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sums {
    /// Where they belong; a record names its place by the number here.
    pub places: Vec<Place>,
    /// What they took, all tries together, by place.
    pub spent: Vec<Spent>,
    /// When the first and the last of them were finished.
    pub first: Option<Timestamp>,
    /// When the last was.
    pub last: Option<Timestamp>,
    /// Who was asked.
    pub models: StepModels,
    /// Damaged lines before the last whole record of a segment.
    pub damaged: u64,
    /// Bytes after it.
    pub torn: u64,
}

impl Sums {
    /// Takes in what more records of the same segment add; `None` where it does not follow on this.
    pub fn add(&mut self, part: Part) -> Option<()> {
        let count = self.places.len() + part.places.len();
        if part.spent.last_key_value().is_some_and(|(place, _)| *place as usize >= count) {
            return None;
        }
        self.places.extend(part.places);
        self.spent.resize(count, Spent::default());
        part.spent.into_iter().for_each(|(place, spent)| self.spent[place as usize] += spent);
        self.span(part.first, part.last);
        self.models.or(part.models);
        self.damaged += part.damaged;
        Some(())
    }

    fn span(&mut self, first: Option<Timestamp>, last: Option<Timestamp>) {
        (self.first, self.last) = span((self.first, self.last), (first, last));
    }

    /// Of all places together.
    pub fn together(&self) -> Spent {
        self.spent.iter().fold(Spent::default(), |sum, spent| sum + *spent)
    }
}

/// Gives places their numbers, and adds up.
#[derive(Debug, Default)]
pub(super) struct Book {
    numbers: HashMap<Place, u32, RandomState>,
    part: Part,
}

impl Book {
    /// Goes on after these places.
    pub fn after(places: &[Place]) -> Self {
        let numbers = places.iter().cloned().zip(0..).collect();
        Self { numbers, part: Part::default() }
    }

    /// Takes in a line of a segment: what became of its item, and the number of its place. `None` where it is no record.
    pub fn note(&mut self, line: &[u8]) -> Option<(Head, u32)> {
        let Ok(row) = serde_json::from_slice::<Row>(line) else {
            // Of another version: what became of the item can be told all the same.
            let head = Head::of_line(line).or_else(|| serde_json::from_slice(line).ok())?;
            return Some((head, self.number(Place::default().borrowed())));
        };
        let class = row.failure.as_ref().map(|failure| failure.class.as_str());
        let why = why(row.status, class, &row.findings);
        let place = PlaceRef { subject: row.nodes.last().copied(), path: &row.path, syllabus: &row.syllabus, why };
        let calls = Calls { question_call: row.question_call, answer_call: row.answer_call, judge: row.judge };
        calls.models(&mut self.part.models);
        let place = self.add(place, calls.spent(), row.at);
        Some((Head { item: row.item, status: row.status, counts: row.counts }, place))
    }

    /// Takes in a record whose line is being written.
    pub fn record(&mut self, record: &Record) -> (Head, u32) {
        let class = record.failure.as_ref().map(|failure| failure.class.as_str());
        let why = why(record.status, class, &record.findings);
        let place = PlaceRef { subject: record.subject(), path: &record.path, syllabus: &record.syllabus, why };
        self.part.models.note(record);
        let place = self.add(place, Spent::of(record), Some(record.at));
        (Head { item: record.item, status: record.status, counts: record.counts }, place)
    }

    fn add(&mut self, place: PlaceRef<'_>, spent: Spent, at: Option<Timestamp>) -> u32 {
        let place = self.number(place);
        let part = &mut self.part;
        if spent != Spent::default() {
            *part.spent.entry(place).or_default() += spent;
        }
        (part.first, part.last) = span((part.first, part.last), (at, at));
        place
    }

    /// Counts damaged lines.
    pub fn damaged(&mut self, lines: u64) {
        self.part.damaged += lines;
    }

    /// What was taken in since the last time.
    pub fn part(&mut self) -> Part {
        std::mem::take(&mut self.part)
    }

    fn number(&mut self, place: PlaceRef<'_>) -> u32 {
        if let Some(number) = self.numbers.get(&place) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.part.places.push(place.into());
        self.numbers.insert(place.into(), number);
        number
    }

    /// The numbers here of the places of another segment.
    fn numbers(&mut self, places: &[Place]) -> Vec<u32> {
        places.iter().map(|place| self.number(place.borrowed())).collect()
    }
}

/// Why a record is not ok: the class of its failure, else the first check that found something.
fn why<'a>(status: Status, class: Option<&'a str>, findings: &'a [Finding]) -> Option<&'a str> {
    class.or_else(|| findings.first().map(|finding| finding.check.code())).filter(|_| status != Status::Ok)
}

/// One record: a try of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Try {
    /// The item, in halves: so a try takes 24 bytes.
    item: (u64, u64),
    /// How many were read before it.
    order: u32,
    place: u32,
}

/// Bits of a place's number beside which the status stands.
const STATUS: u32 = 3;

impl Try {
    fn new(head: Head, order: usize, place: u32) -> Self {
        let bits = head.item.bits();
        let counts = if head.counts { 4 } else { 0 };
        let place = place << STATUS | counts | head.status as u32;
        Self { item: ((bits >> 64) as u64, bits as u64), order: order as u32, place }
    }

    /// The item.
    pub fn item(self) -> ItemId {
        ItemId::from_bits(u128::from(self.item.0) << 64 | u128::from(self.item.1))
    }

    /// What became of it.
    pub fn head(self) -> Head {
        let status = match self.place & 3 {
            0 => Status::Ok,
            1 => Status::Failed,
            _ => Status::Unfit,
        };
        Head { item: self.item(), status, counts: self.place & 4 != 0 }
    }

    /// Whether it is whole and without fault.
    pub fn is_ok(self) -> bool {
        self.head().status == Status::Ok
    }

    /// The number of its place.
    pub fn place(self) -> usize {
        (self.place >> STATUS) as usize
    }
}

/// The records of some segments, without their texts.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// By item; those of one item in the order of reading.
    records: Vec<Try>,
    /// What they come to.
    pub sums: Sums,
}

impl Tries {
    /// Reads ledgers, and segments as far as their ledgers do not reach.
    pub fn of(segments: impl IntoIterator<Item = PathBuf>) -> Result<Self, StorageError> {
        let (mut book, mut records, mut sums) = (Book::default(), Vec::new(), Sums::default());
        for segment in segments {
            let begin = records.len();
            let found = recount(&segment, |head, place| records.push(Try::new(head, records.len(), place)))?;
            let numbers = book.numbers(&found.places);
            for record in &mut records[begin..] {
                record.place = numbers[record.place()] << STATUS | record.place & ((1 << STATUS) - 1);
            }
            sums.add(book.part());
            numbers.into_iter().zip(found.spent).for_each(|(place, spent)| sums.spent[place as usize] += spent);
            sums.span(found.first, found.last);
            sums.models.or(found.models);
            sums.damaged += found.damaged;
            sums.torn += found.torn;
        }
        records.sort_unstable();
        Ok(Self { records, sums })
    }

    /// The tries of one item after the other, each in the order of reading.
    pub fn by_item(&self) -> impl Iterator<Item = &[Try]> {
        self.records.chunk_by(|a, b| a.item == b.item)
    }
}

/// Of several tries the one that counts: the first that is ok, else the last.
pub(super) fn best(tries: &[Try]) -> Option<Try> {
    tries.iter().find(|one| one.is_ok()).or(tries.last()).copied()
}

#[cfg(test)]
mod tests;
