//! What stands between two batches: lines in `runs/<run>/batch/waiting/*.jsonl`, append-only and with the checksums of
//! segments. A line says that an item waits for its next stage, with its record so far; that an outage was recorded; or
//! who judges. The newest line of an item counts. Nothing here is needed once the item is done, and nothing is taken
//! away: that is how the same file of results, taken twice, changes nothing.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::item::ItemId;
use super::super::record::Record;
use super::super::segment::{Segment, StorageError, is_whole, line, list, repair};
use super::stage::Stage;
use crate::llm::{Attempt, Class, Sampling, StepSettings, Structuring, Usage};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 1 << 20;

/// The folder of batches in that of a run.
pub(super) fn folder(run: &Path) -> PathBuf {
    run.join("batch")
}

fn waiting(run: &Path) -> PathBuf {
    folder(run).join("waiting")
}

/// An item between two stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub item: ItemId,
    /// The try, as in the `custom_id`.
    pub attempt: u32,
    /// What is to be asked next.
    pub next: Stage,
    /// It was asked already and cut: how to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<More>,
    pub record: Record,
}

/// A request that is made again with room for more tokens, as the live client does once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct More {
    pub max_tokens: u32,
    /// What the cut reply cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Usage>,
}

impl More {
    /// The attempt that was cut.
    pub fn earlier(&self) -> Attempt {
        Attempt { class: Class::Truncated, usage: self.spent }
    }
}

/// Who judges what comes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct JudgeNote {
    pub model: String,
    pub sampling: Sampling,
    /// Whether it is asked with a schema.
    pub schema: bool,
}

impl JudgeNote {
    pub fn settings(&self) -> StepSettings {
        StepSettings {
            model: self.model.clone(),
            sampling: self.sampling.clone(),
            structuring: Structuring::Auto,
            stream: false,
        }
    }
}

/// Gives every item that waited in a run to `take`; the last word about an item counts.
pub(super) fn read_waiting(run: &Path, mut take: impl FnMut(Waiting)) -> Result<(), StorageError> {
    for path in list(&waiting(run))? {
        super::super::segment::read::<StorageError>(&path, |_, line| {
            serde_json::from_slice(line).into_iter().for_each(&mut take);
            Ok(())
        })?;
    }
    Ok(())
}

/// A line that is not about an item that waits.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Note<'a> {
    /// The hash of a line of results that said nothing but that the server was down.
    Seen(&'a str),
    /// Who judges from now on.
    Judge(Option<&'a JudgeNote>),
}

/// What is read of a line without its record.
#[derive(Debug, Deserialize)]
struct Head {
    item: Option<ItemId>,
    #[serde(default)]
    attempt: u32,
    next: Option<Stage>,
    more: Option<serde::de::IgnoredAny>,
    seen: Option<String>,
    #[serde(default, deserialize_with = "given")]
    judge: Option<Option<JudgeNote>>,
}

/// Tells null from absent.
fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<JudgeNote>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Where an item waits: file, place in it, try, stage. Packed, because there are millions; 0 is nowhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slot(u64);

impl Slot {
    fn new(file: usize, at: u64, attempt: u32, next: Stage, more: bool) -> Self {
        let call = 1 | u64::from(more) << 1 | next.number() << 2 | u64::from(attempt.min(7)) << 4;
        Self(call | (file as u64 & 0x7fff) << 7 | at << 22)
    }

    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    pub fn more(self) -> bool {
        self.0 & 2 != 0
    }

    pub fn next(self) -> Stage {
        Stage::ALL[(self.0 >> 2 & 3) as usize]
    }

    pub fn attempt(self) -> u32 {
        (self.0 >> 4 & 7) as u32
    }

    fn place(self) -> (usize, u64) {
        ((self.0 >> 7 & 0x7fff) as usize, self.0 >> 22)
    }
}

/// What the journals of all runs tell.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Hashes of lines that told of an outage.
    pub seen: Vec<u64>,
    /// Who judges in the run at hand.
    pub judge: Option<JudgeNote>,
}

/// Reads and writes journals.
#[derive(Debug, Default)]
pub(super) struct Journal {
    files: Vec<PathBuf>,
    open: Vec<Option<BufReader<File>>>,
    folder: PathBuf,
    segment: Option<(usize, Segment)>,
    /// Where the next line will begin.
    end: u64,
    buffer: Vec<u8>,
}

impl Journal {
    /// Reads the journals of all `runs`, of which this process holds `run`; `place` is told where each item waits.
    pub fn open(
        runs: &[PathBuf],
        run: &Path,
        mut place: impl FnMut(ItemId, Slot),
    ) -> Result<(Self, Told), StorageError> {
        let mut journal = Self { folder: waiting(run), ..Self::default() };
        let mut told = Told::default();
        for dir in runs {
            let held = dir == run;
            for path in list(&waiting(dir))? {
                if held {
                    repair(&path)?;
                }
                let file = journal.files.len();
                super::super::segment::read::<StorageError>(&path, |at, line| {
                    // A whole line that is none of these is of a later version.
                    let Ok(head) = serde_json::from_slice::<Head>(line) else { return Ok(()) };
                    if let (Some(item), Some(next)) = (head.item, head.next) {
                        place(item, Slot::new(file, at, head.attempt, next, head.more.is_some()));
                    }
                    told.seen.extend(head.seen.and_then(|hash| u64::from_str_radix(&hash, 16).ok()));
                    if let Some(judge) = head.judge.filter(|_| held) {
                        told.judge = judge;
                    }
                    Ok(())
                })?;
                journal.files.push(path);
            }
        }
        journal.open.resize_with(journal.files.len(), || None);
        Ok((journal, told))
    }

    /// The item that waits at a place; `None` where the file was changed meanwhile.
    pub fn get(&mut self, slot: Slot) -> Result<Option<Waiting>, StorageError> {
        let (file, at) = slot.place();
        if self.segment.as_ref().is_some_and(|(number, _)| *number == file) && at + BUFFER as u64 > self.end {
            self.flush()?;
        }
        let Some(path) = self.files.get(file) else { return Ok(None) };
        let error = |error| StorageError::at(path, "what waits cannot be read")(error);
        let reader = match &mut self.open[file] {
            Some(reader) => reader,
            none => none.insert(BufReader::new(File::open(path).map_err(error)?)),
        };
        let now = reader.stream_position().map_err(error)?;
        // What is read in order needs no new buffer.
        match i64::try_from(at).ok().zip(i64::try_from(now).ok()) {
            Some((at, now)) => reader.seek_relative(at - now).map_err(error)?,
            None => drop(reader.seek(SeekFrom::Start(at)).map_err(error)?),
        }
        let mut text = Vec::new();
        reader.read_until(b'\n', &mut text).map_err(error)?;
        let text = text.strip_suffix(b"\n").unwrap_or(&text);
        Ok(if is_whole(text) { serde_json::from_slice(text).ok() } else { None })
    }

    /// Notes that an item waits.
    pub fn put(&mut self, waiting: &Waiting) -> Result<Slot, StorageError> {
        let (file, at) = self.append(waiting)?;
        Ok(Slot::new(file, at, waiting.attempt, waiting.next, waiting.more.is_some()))
    }

    /// Notes that a line that told of an outage was recorded.
    pub fn saw(&mut self, hash: u64) -> Result<(), StorageError> {
        self.append(&Note::Seen(&format!("{hash:016x}"))).map(drop)
    }

    /// Notes who judges from now on.
    pub fn judge(&mut self, judge: Option<&JudgeNote>) -> Result<(), StorageError> {
        self.append(&Note::Judge(judge)).map(drop)
    }

    fn append(&mut self, content: &impl Serialize) -> Result<(usize, u64), StorageError> {
        let error = |error: serde_json::Error| StorageError::at(&self.folder, "a line cannot be written")(error.into());
        let line = line(content).map_err(error)?;
        let file = match &self.segment {
            Some((file, _)) => *file,
            None => {
                std::fs::create_dir_all(&self.folder)
                    .map_err(StorageError::at(&self.folder, "the folder cannot be created"))?;
                let segment = Segment::create(&self.folder)?;
                self.files.push(segment.path().to_owned());
                self.open.push(None);
                self.segment = Some((self.files.len() - 1, segment));
                self.files.len() - 1
            }
        };
        let at = self.end;
        self.end += line.len() as u64;
        self.buffer.extend_from_slice(&line);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok((file, at))
    }

    fn flush(&mut self) -> Result<(), StorageError> {
        if let Some((_, segment)) = &mut self.segment
            && !self.buffer.is_empty()
        {
            segment.write(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Secures everything on disk; whether there was anything.
    pub fn sync(&mut self) -> Result<bool, StorageError> {
        self.flush()?;
        if let Some((_, segment)) = &mut self.segment {
            segment.sync()?;
        }
        Ok(self.segment.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{Status, sample};
    use super::*;

    #[test]
    fn a_slot_keeps_all_its_parts() {
        for (file, at, attempt, next, more) in [
            (0, 0, 0, Stage::Question, false),
            (32_767, (1 << 42) - 1, 2, Stage::PairVerdict, true),
            (5, 123_456_789, 1, Stage::Answer, false),
        ] {
            let slot = Slot::new(file, at, attempt, next, more);
            assert!(slot.is_some());
            assert_eq!((slot.place(), slot.attempt(), slot.next(), slot.more()), ((file, at), attempt, next, more));
        }
        assert!(!Slot::default().is_some());
    }

    #[test]
    fn what_waits_is_there_again_after_a_crash_in_mid_line() {
        let dir = tempfile::tempdir().unwrap();
        let runs = [dir.path().to_owned()];
        let judge = JudgeNote { model: "j".to_owned(), sampling: Sampling::default(), schema: true };
        let waits = |item: u128, next| Waiting {
            item: ItemId::from_bits(item),
            attempt: 0,
            next,
            more: None,
            record: sample(item, Status::Ok),
        };
        let (mut journal, _) = Journal::open(&runs, dir.path(), |_, _| {}).unwrap();
        assert!(!journal.sync().unwrap(), "nothing was written, so nothing is there");
        assert!(!dir.path().join("batch").exists());
        let first = journal.put(&waits(1, Stage::Answer)).unwrap();
        assert_eq!(journal.get(first).unwrap(), Some(waits(1, Stage::Answer)), "before it is on disk");
        journal.judge(Some(&judge)).unwrap();
        journal.saw(7).unwrap();
        journal.put(&waits(1, Stage::PairVerdict)).unwrap();
        journal.sync().unwrap();
        let path = list(&waiting(dir.path())).unwrap().remove(0);
        let mut torn = std::fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"crc\":\"00000000\",\"item\":");
        std::fs::write(&path, torn).unwrap();

        let mut slots = Vec::new();
        let (mut journal, told) = Journal::open(&runs, dir.path(), |item, slot| slots.push((item, slot))).unwrap();
        assert_eq!((told.judge, told.seen), (Some(judge), vec![7]));
        assert_eq!(slots.len(), 2);
        assert_eq!(journal.get(slots[1].1).unwrap(), Some(waits(1, Stage::PairVerdict)));
        assert_eq!(journal.get(slots[0].1).unwrap(), Some(waits(1, Stage::Answer)), "back again");
    }
}
