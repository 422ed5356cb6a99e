//! What was paid for of items that are not whole yet: a question waits here for its answer, and a tried item for its next try. So a run that
//! was killed asks again for the requests that were under way, and for none that had come back.
//!
//! The files are in `half-made/` in the run's folder, of the same form as a segment, and a cache: what is missing there is asked for again,
//! what is there too much is never looked at. Each process writes one of its own, holds a lock on it, and begins it anew when
//! most of what it says is over. They are not secured on disk: a machine that goes down costs some questions, not an item.
//!
//! A question whose answer met a server that was away outlives its run, in `unanswered/`: the item has a record then, which tells
//! what the question took, and whoever asks for the item next, in this run or another, goes on with it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::done::{DoneSet, Standing};
use super::item::ItemId;
use super::judge::Judgement;
use super::record::{CallNote, Record, Status};
use super::run::run_ids;
use super::segment::{Segment, StorageError, line, list, read};
use crate::disk::folder_of;
use crate::taxonomy::Untrusted;

/// The folder in that of the run.
const FOLDER: &str = "half-made";
/// The one for questions that have no answer because the server was away.
const UNANSWERED: &str = "unanswered";
/// A file that is longer is written anew, if less than half of it is still needed.
const LONG: usize = if cfg!(test) { 1 << 13 } else { 16 << 20 };

/// What there is of an item: the tries that failed, and how far the one that goes on has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Part {
    pub earlier: Vec<Record>,
    /// With a question that the checks passed; perhaps with more. In a box: every item has room for it, and few have one.
    pub begun: Option<Box<Begun<'static>>>,
}

/// What a record has that its plan does not tell: what came of the calls so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Begun<'a> {
    question: Cow<'a, Untrusted>,
    #[serde(skip_serializing_if = "is_none")]
    question_call: Cow<'a, Option<CallNote>>,
    #[serde(default, skip_serializing_if = "is_blank")]
    answer: Cow<'a, Untrusted>,
    #[serde(default, skip_serializing_if = "is_none")]
    answer_call: Cow<'a, Option<CallNote>>,
    #[serde(default, skip_serializing_if = "is_none")]
    judge: Cow<'a, Option<Judgement>>,
}

impl<'a> From<&'a Record> for Begun<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            question: Cow::Borrowed(&record.question),
            question_call: Cow::Borrowed(&record.question_call),
            answer: Cow::Borrowed(&record.answer),
            answer_call: Cow::Borrowed(&record.answer_call),
            judge: Cow::Borrowed(&record.judge),
        }
    }
}

impl Begun<'_> {
    /// What it took is told by a record, and would be counted twice.
    fn without_tokens(mut self) -> Self {
        let untold = |call: &mut CallNote| (call.tokens, call.estimated) = (None, None);
        let calls = [&mut self.question_call, &mut self.answer_call].into_iter();
        calls.filter_map(|call| call.to_mut().as_mut()).for_each(untold);
        if let Some(said) = self.judge.to_mut() {
            let scores = [&mut said.question, &mut said.pair].into_iter().flatten();
            scores.for_each(|score| untold(&mut score.call));
            said.unscored.clear();
        }
        self
    }

    /// The record that goes on from there.
    pub fn record(self, blank: Record) -> Record {
        Record {
            question: self.question.into_owned(),
            question_call: self.question_call.into_owned(),
            answer: self.answer.into_owned(),
            answer_call: self.answer_call.into_owned(),
            judge: self.judge.into_owned(),
            ..blank
        }
    }
}

fn is_none<T>(value: &Option<T>) -> bool {
    value.is_none()
}

fn is_blank(text: &Untrusted) -> bool {
    text.raw().is_empty()
}

/// A line of the file. One without tries and beginning says that the item is over.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    item: ItemId,
    /// How often it had failed by its own fault when it was begun.
    failures: u32,
    #[serde(default, skip_serializing_if = "is_empty")]
    earlier: Cow<'a, [Record]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun: Option<Begun<'a>>,
}

fn is_empty(records: &[Record]) -> bool {
    records.is_empty()
}

/// What is looked at of every line.
#[derive(Deserialize)]
struct Head {
    item: ItemId,
    failures: u32,
    #[serde(default)]
    earlier: Vec<IgnoredAny>,
    begun: Option<IgnoredAny>,
}

/// What the record of an item says to the next start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// That it is over, as that of a good item does, and that of a failure which counts.
    Told,
    /// Nothing.
    Untold,
    /// Nothing, and its question has no answer because the server was away.
    Unanswered,
}

impl Over {
    /// What this record says.
    pub fn of(record: &Record) -> Self {
        match record.status {
            Status::Failed if !record.counts && !record.question.is_blank() => Self::Unanswered,
            Status::Failed if !record.counts => Self::Untold,
            Status::Ok | Status::Failed | Status::Unfit => Self::Told,
        }
    }
}

/// Where a line is.
#[derive(Debug, Clone, Copy)]
struct Place {
    file: usize,
    at: u64,
    length: usize,
}

/// What is kept of the items under way, and what was found of those of earlier starts.
#[derive(Debug, Default)]
pub(super) struct HalfMade(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    folder: PathBuf,
    /// Of processes that are gone. The lock is kept, so that nobody takes a file away while it may still be read.
    files: Vec<(PathBuf, File)>,
    found: HashMap<ItemId, Place>,
    /// `None` before the first line, and for good once the disk failed: the records will tell.
    own: Option<Own>,
    /// Where this process keeps questions that have no answer, once it has one.
    unanswered: Option<Segment>,
    failed: bool,
}

/// The file that this process writes.
#[derive(Debug)]
struct Own {
    segment: Segment,
    /// Bytes of it, and of what is needed of it.
    written: usize,
    still: usize,
    /// The newest line of each item under way.
    needed: HashMap<ItemId, Vec<u8>>,
}

impl HalfMade {
    /// Looks at what earlier starts of the run in `dir` left. Files in which nothing is needed any more are taken away.
    pub fn open(dir: &Path, done: &DoneSet) -> Result<Self, StorageError> {
        let mut inner = Inner { folder: dir.join(FOLDER), ..Inner::default() };
        inner.found = inner.find(&dir.join(FOLDER), done)?;
        Ok(Self(Mutex::new(inner)))
    }

    /// Looks for the questions without an answer that any run left, too.
    pub fn and_unanswered(self, runs: &Path, done: &DoneSet) -> Result<Self, StorageError> {
        let mut inner = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for run in run_ids(runs)? {
            let found = inner.find(&runs.join(run.as_str()).join(UNANSWERED), done)?;
            // What was begun since is newer.
            for (item, place) in found {
                inner.found.entry(item).or_insert(place);
            }
        }
        Ok(Self(Mutex::new(inner)))
    }

    /// Takes out what there is of an item that has failed so often before.
    pub fn take(&self, item: ItemId, failures: u32) -> Part {
        self.with(|inner| {
            let place = inner.found.remove(&item)?;
            let mut line = vec![0; place.length];
            let mut file = &inner.files.get(place.file)?.1;
            file.seek(SeekFrom::Start(place.at)).and_then(|_| file.read_exact(&mut line)).ok()?;
            let Line { earlier, begun, failures: then, .. } = serde_json::from_slice(&line).ok()?;
            let part = Part { earlier: earlier.into_owned(), begun: begun.map(Box::new) };
            if then == failures {
                return Some(part);
            }
            are_recorded(part.earlier.len(), then, failures).then_some(Part { earlier: Vec::new(), ..part })
        })
        .unwrap_or_default()
    }

    /// Keeps how far an item has come.
    pub fn keep(&self, item: ItemId, failures: u32, earlier: &[Record], record: Option<&Record>) {
        let line = Line { item, failures, earlier: earlier.into(), begun: record.map(Begun::from) };
        let Ok(text) = super::segment::line(&line) else { return };
        self.with(|inner| {
            inner.write(&text);
            if let Some(own) = &mut inner.own {
                own.needs(item, text);
            }
        });
    }

    /// Lets go of items: their records are written.
    pub fn over(&self, items: impl IntoIterator<Item = (ItemId, Over)>) {
        self.with(|inner| {
            let Some(own) = &mut inner.own else { return };
            let (mut text, mut unanswered) = (Vec::new(), Vec::new());
            for (item, over) in items {
                let Some(kept) = own.lets_go(item).filter(|_| over != Over::Told) else { continue };
                let gone = Line { item, failures: 0, earlier: Cow::default(), begun: None };
                text.extend(line(&gone).unwrap_or_default());
                if over == Over::Unanswered {
                    unanswered.extend(recorded(&kept).unwrap_or_default());
                }
            }
            inner.write(&text);
            inner.keep_unanswered(&unanswered);
        });
    }

    /// Takes away the files that say nothing more; all that nobody writes, if the run is done.
    pub fn close(&self, is_done: bool) {
        self.with(|inner| {
            if let Some(own) = inner.own.take_if(|own| own.needed.is_empty()) {
                let _ = fs::remove_file(own.segment.path());
            }
            // What was taken of them is in the file of this process, if it is still needed.
            let needed: HashSet<usize> = inner.found.values().map(|place| place.file).collect();
            let elsewhere = |path: &Path| !path.starts_with(&inner.folder);
            let files =
                inner.files.iter().enumerate().filter(|(file, (path, _))| !needed.contains(file) && elsewhere(path));
            files.for_each(|(_, (path, _))| take_away(path));
            if is_done {
                inner.files.clear();
                let paths = list(&inner.folder).unwrap_or_default();
                for path in paths.iter().filter(|path| File::open(path).is_ok_and(|file| file.try_lock().is_ok())) {
                    let _ = fs::remove_file(path);
                }
            }
            // Only if it is empty.
            let _ = fs::remove_dir(&inner.folder);
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    /// What the files of a folder have.
    fn find(&mut self, folder: &Path, done: &DoneSet) -> Result<HashMap<ItemId, Place>, StorageError> {
        let mut found = HashMap::new();
        for path in list(folder)? {
            let Some(file) = abandoned(&path) else { continue };
            let places = places(&path, self.files.len(), done)?;
            if places.is_empty() {
                // Whoever else reads it has it open; who cannot take it away leaves it.
                take_away(&path);
                continue;
            }
            found.extend(places);
            self.files.push((path, file));
        }
        Ok(found)
    }

    /// Not read again by this process, and so not in its memory.
    fn keep_unanswered(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let segment = match self.unanswered.take() {
            Some(segment) => Ok(segment),
            None => scratch(&self.folder.with_file_name(UNANSWERED)),
        };
        self.unanswered = segment.and_then(|mut segment| segment.write(text).map(|()| segment)).ok();
    }

    fn write(&mut self, text: &[u8]) {
        if self.failed || text.is_empty() {
            return;
        }
        self.failed = self.try_write(text).is_err();
        if self.failed {
            self.own = None;
        }
    }

    fn try_write(&mut self, text: &[u8]) -> Result<(), StorageError> {
        let mut own = match self.own.take() {
            Some(own) => own,
            None => Own::create(&self.folder)?,
        };
        if own.written > LONG && own.still < own.written / 2 {
            let mut new = Own::create(&self.folder)?;
            new.put(&own.needed.values().flatten().copied().collect::<Vec<_>>())?;
            let old = std::mem::replace(&mut own, new);
            let _ = fs::remove_file(old.segment.path());
            (own.needed, own.still) = (old.needed, old.still);
        }
        own.put(text)?;
        self.own = Some(own);
        Ok(())
    }
}

impl Own {
    fn create(folder: &Path) -> Result<Self, StorageError> {
        Ok(Self { segment: scratch(folder)?, written: 0, still: 0, needed: HashMap::new() })
    }

    fn needs(&mut self, item: ItemId, text: Vec<u8>) {
        self.lets_go(item);
        self.still += text.len();
        self.needed.insert(item, text);
    }

    fn lets_go(&mut self, item: ItemId) -> Option<Vec<u8>> {
        let gone = self.needed.remove(&item);
        self.still -= gone.as_ref().map_or(0, Vec::len);
        gone
    }

    fn put(&mut self, text: &[u8]) -> Result<(), StorageError> {
        self.written += text.len();
        self.segment.write(text)
    }
}

fn scratch(folder: &Path) -> Result<Segment, StorageError> {
    fs::create_dir_all(folder).map_err(StorageError::at(folder, "the folder cannot be created"))?;
    Segment::scratch(folder)
}

/// Takes a file away, and its folder if that is empty then.
fn take_away(path: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_dir(folder_of(path));
}

/// The line of an item whose tries all have their records now; `None` where it has no question.
fn recorded(text: &[u8]) -> Option<Vec<u8>> {
    let Line { item, failures, earlier, begun } = serde_json::from_slice(text).ok()?;
    let (failures, begun) = (failures + earlier.len() as u32, begun?.without_tokens());
    line(&Line { item, failures, earlier: Cow::default(), begun: Some(begun) }).ok()
}

/// A file that no process writes. An empty one was perhaps begun just now.
fn abandoned(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    let is_empty = file.metadata().ok()?.len() == 0;
    (!is_empty && file.try_lock_shared().is_ok()).then_some(file)
}

/// Whether a stop wrote the records of the earlier tries of an item, and left the one that went on: it had failed `then` times
/// when the line was written, and has failed `now` times by its records.
fn are_recorded(earlier: usize, then: u32, now: u32) -> bool {
    then + earlier as u32 == now
}

/// Where the newest line of each item is that somebody may go on with.
fn places(path: &Path, file: usize, done: &DoneSet) -> Result<HashMap<ItemId, Place>, StorageError> {
    let mut places = HashMap::new();
    read::<StorageError>(path, |at, text| {
        let Ok(Head { item, failures, earlier, begun }) = serde_json::from_slice(text) else { return Ok(()) };
        let is_over = earlier.is_empty() && begun.is_none();
        let now = done.failures(item);
        let goes_on = now == failures || are_recorded(earlier.len(), failures, now);
        // What was given up may be asked for again on purpose.
        if !is_over && done.standing(item) != Standing::Done && goes_on {
            places.insert(item, Place { file, at, length: text.len() });
        } else {
            places.remove(&item);
        }
        Ok(())
    })?;
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::super::done::{Gathered, MOST_FAILURES};
    use super::super::record::{Head as Outcome, sample};
    use super::*;

    fn id(bits: u128) -> ItemId {
        ItemId::from_bits(bits)
    }

    fn record(bits: u128) -> Record {
        sample(bits, Status::Ok)
    }

    fn begun(bits: u128) -> Option<Box<Begun<'static>>> {
        let Record { question, question_call, answer, answer_call, judge, .. } = record(bits);
        Some(Box::new(Begun {
            question: Cow::Owned(question),
            question_call: Cow::Owned(question_call),
            answer: Cow::Owned(answer),
            answer_call: Cow::Owned(answer_call),
            judge: Cow::Owned(judge),
        }))
    }

    #[test]
    fn a_record_goes_on_from_what_was_kept_of_it() {
        let whole = record(1);
        let blank = Record { question: "".into(), answer: "".into(), ..whole.clone() };
        let text = serde_json::to_string(&Begun::from(&whole)).unwrap();
        assert_eq!(serde_json::from_str::<Begun<'_>>(&text).unwrap().record(blank), whole);
    }

    fn none() -> DoneSet {
        DoneSet::default()
    }

    fn files(dir: &Path) -> usize {
        list(&dir.join(FOLDER)).unwrap().len()
    }

    #[test]
    fn what_was_kept_is_found_by_the_next_start_and_only_once() {
        let dir = tempfile::tempdir().unwrap();
        let first = HalfMade::open(dir.path(), &none()).unwrap();
        first.keep(id(1), 0, &[], Some(&record(1)));
        first.keep(id(2), 0, &[], Some(&record(2)));
        first.keep(id(2), 0, &[sample(2, Status::Unfit)], None);
        first.keep(id(3), 0, &[], Some(&record(3)));
        first.over([(id(3), Over::Untold)]);
        assert_eq!(HalfMade::open(dir.path(), &none()).unwrap().take(id(1), 0), Part::default(), "it is being written");
        drop(first);
        let second = HalfMade::open(dir.path(), &none()).unwrap();
        assert_eq!(second.take(id(1), 0), Part { earlier: Vec::new(), begun: begun(1) });
        assert_eq!(second.take(id(1), 0), Part::default());
        assert_eq!(second.take(id(2), 0), Part { earlier: vec![sample(2, Status::Unfit)], begun: None });
        assert_eq!(second.take(id(3), 0), Part::default());
        second.close(true);
        assert!(!dir.path().join(FOLDER).exists());
    }

    #[test]
    fn tries_that_have_a_record_by_now_do_not_cost_the_one_that_went_on() {
        let dir = tempfile::tempdir().unwrap();
        let first = HalfMade::open(dir.path(), &none()).unwrap();
        first.keep(id(1), 0, &[sample(1, Status::Unfit)], Some(&record(1)));
        drop(first);
        let mut gathered = Gathered::default();
        gathered.add(Outcome { item: id(1), status: Status::Unfit, counts: true });
        let second = HalfMade::open(dir.path(), &gathered.sealed()).unwrap();
        assert_eq!(second.take(id(1), 1), Part { earlier: Vec::new(), begun: begun(1) });
    }

    #[test]
    fn what_has_a_record_by_now_is_not_gone_on_with() {
        let dir = tempfile::tempdir().unwrap();
        let first = HalfMade::open(dir.path(), &none()).unwrap();
        (1..=3).for_each(|bits| first.keep(id(bits), 0, &[], Some(&record(bits))));
        drop(first);
        let mut gathered = Gathered::default();
        gathered.add(Outcome { item: id(1), status: Status::Ok, counts: false });
        gathered.add(Outcome { item: id(2), status: Status::Unfit, counts: true });
        let mut done = gathered.sealed();
        let second = HalfMade::open(dir.path(), &done).unwrap();
        assert_eq!(second.take(id(1), 0), Part::default());
        assert_eq!(second.take(id(2), 1), Part::default(), "a question that led to a failure is not asked about again");
        drop(second);
        done.add(Outcome { item: id(3), status: Status::Ok, counts: false });
        HalfMade::open(dir.path(), &done).unwrap();
        assert_eq!(files(dir.path()), 0, "nobody needs the file");
    }

    #[test]
    fn what_was_given_up_and_is_asked_for_again_on_purpose_goes_on_too() {
        let dir = tempfile::tempdir().unwrap();
        let first = HalfMade::open(dir.path(), &none()).unwrap();
        first.keep(id(1), MOST_FAILURES, &[], Some(&record(1)));
        drop(first);
        let mut gathered = Gathered::default();
        (0..MOST_FAILURES).for_each(|_| gathered.add(Outcome { item: id(1), status: Status::Unfit, counts: true }));
        let second = HalfMade::open(dir.path(), &gathered.sealed()).unwrap();
        assert_eq!(second.take(id(1), MOST_FAILURES).begun, begun(1));
    }

    #[test]
    fn the_file_does_not_grow_with_the_run_and_loses_nothing_when_it_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let first = HalfMade::open(dir.path(), &none()).unwrap();
        first.keep(id(1_000), 0, &[], Some(&record(1_000)));
        for bits in 0..200 {
            first.keep(id(bits), 0, &[], Some(&record(bits)));
            first.over([(id(bits), if bits % 2 == 0 { Over::Told } else { Over::Untold })]);
            let paths = list(&dir.path().join(FOLDER)).unwrap();
            let length: u64 = paths.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
            assert!(paths.len() == 1 && length < 2 * LONG as u64, "{length} bytes in {} files", paths.len());
        }
        drop(first);
        let second = HalfMade::open(dir.path(), &none()).unwrap();
        assert_eq!(second.take(id(1_000), 0).begun, begun(1_000));
        assert_eq!(second.take(id(199), 0), Part::default());
    }

    #[test]
    fn a_cut_or_strange_file_costs_what_was_in_it_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let first = HalfMade::open(dir.path(), &none()).unwrap();
        (1..=2).for_each(|bits| first.keep(id(bits), 0, &[], Some(&record(bits))));
        drop(first);
        let path = list(&dir.path().join(FOLDER)).unwrap().remove(0);
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() - 7]).unwrap();
        fs::write(path.with_file_name("0009-x.jsonl"), line(&record(7)).unwrap()).unwrap();
        let second = HalfMade::open(dir.path(), &none()).unwrap();
        assert_eq!(second.take(id(1), 0).begun, begun(1));
        assert_eq!(second.take(id(2), 0), Part::default());
        assert_eq!(second.take(id(7), 0), Part::default());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_reason_to_stop() {
        let dir = tempfile::tempdir().unwrap();
        let half_made = HalfMade::open(dir.path(), &none()).unwrap();
        fs::write(dir.path().join(FOLDER), "in the way").unwrap();
        half_made.keep(id(1), 0, &[], Some(&record(1)));
        half_made.over([(id(1), Over::Unanswered)]);
        half_made.close(true);
        assert_eq!(half_made.take(id(1), 0), Part::default());
    }
}
