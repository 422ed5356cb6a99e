//! Segments: append-only files of records, one JSON object a line.
//!
//! A line reads `{"crc":"0a1b2c3d","item":"...",...}`; the checksum (CRC-32) covers every byte
//! after its comma up to the end of the line. So `jq` reads a segment as it is, and a line that a crash cut
//! or a disk damaged is told from a whole one. A segment is written once, by one process, and
//! never opened for writing again, except to cut off a torn tail.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;

use super::ledger::{self, Noted, Page, Reach};
use super::record::Record;
use super::shard::Shard;
use crate::disk;

const START: &[u8] = b"{\"crc\":\"";
/// Bytes of a line before what its checksum covers.
const HEAD: usize = START.len() + 8 + 2;
/// The longest line that is taken for a record.
pub(super) const LONGEST: u64 = 64 << 20;

/// A file of the run that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}: {source}. Check the disk's free space and permissions, then run again to resume.", path.display())]
pub struct StorageError {
    /// The file.
    pub path: PathBuf,
    /// What was tried.
    pub what: &'static str,
    /// Why it did not work.
    pub source: io::Error,
}

impl StorageError {
    pub(super) fn at(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, what, source }
    }
}

/// The line of a record, its newline included.
pub(super) fn line(record: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = Vec::with_capacity(2_048);
    push_line(record, &mut line)?;
    Ok(line)
}

/// Adds the line of a record; nothing, if it cannot be written down.
fn push_line(record: &impl Serialize, lines: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let start = lines.len();
    lines.extend_from_slice(START);
    lines.extend_from_slice(b"00000000\"");
    if let Err(error) = serde_json::to_writer(&mut *lines, record) {
        lines.truncate(start);
        return Err(error);
    }
    let line = &mut lines[start..];
    // The opening brace of the record becomes the comma after the checksum.
    line[HEAD - 1] = b',';
    let crc = format!("{:08x}", crc32fast::hash(&line[HEAD..]));
    line[START.len()..START.len() + 8].copy_from_slice(crc.as_bytes());
    lines.push(b'\n');
    Ok(())
}

/// Whether a line (without its newline) is a record whose checksum is right.
pub(super) fn is_whole(line: &[u8]) -> bool {
    let crc = line.strip_prefix(START).and_then(|rest| rest.split_at_checked(8));
    let Some((crc, rest)) = crc else { return false };
    let digits = crc.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let said = std::str::from_utf8(crc).ok().filter(|_| digits).and_then(|crc| u32::from_str_radix(crc, 16).ok());
    rest.starts_with(b"\",") && said.is_some_and(|said| said == crc32fast::hash(&line[HEAD..]))
}

/// A segment under construction.
#[derive(Debug)]
pub(super) struct Segment {
    file: File,
    path: PathBuf,
    /// Missing where the lines are no records of items, or where it could not be written.
    ledger: Option<ledger::Writer>,
}

impl Segment {
    /// A new file in `folder`, to be read after those that are there.
    pub fn create(folder: &Path) -> Result<Self, StorageError> {
        let segment = Self::named(folder, None)?;
        sync_folder(folder)?;
        Ok(segment)
    }

    /// A new file in `folder` that need not outlive the machine, locked for as long as it is written.
    pub fn scratch(folder: &Path) -> Result<Self, StorageError> {
        let segment = Self::named(folder, None)?;
        let locked = segment.file.lock();
        locked.map_err(StorageError::at(&segment.path, "the file cannot be locked"))?;
        Ok(segment)
    }

    /// A new file in `folder` for the records that a run or a shard of it makes, with a ledger beside it.
    pub fn create_for(folder: &Path, shard: Option<Shard>) -> Result<Self, StorageError> {
        let segment = Self::named(folder, shard)?;
        sync_folder(folder)?;
        Ok(Self { ledger: ledger::Writer::create(&segment.path), ..segment })
    }

    /// Its name occurs nowhere else, so that the segments of several machines can be copied together.
    fn named(folder: &Path, shard: Option<Shard>) -> Result<Self, StorageError> {
        if folder.is_file() {
            let there =
                io::Error::new(io::ErrorKind::AlreadyExists, "a file is in the place of this folder; move it away");
            return Err(StorageError::at(folder, "no segment can be created")(there));
        }
        let last = list(folder)?.into_iter().filter_map(|path| number(&path)).max();
        let shard = shard.map(|shard| format!("{}-", shard.file_name())).unwrap_or_default();
        let name = format!("{:04}-{shard}{:016x}.jsonl", last.unwrap_or(0).saturating_add(1), unique());
        let path = folder.join(name);
        let file = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = file.map_err(StorageError::at(&path, "the segment cannot be created"))?;
        Ok(Self { file, path, ledger: None })
    }

    /// A segment that is some other file.
    #[cfg(test)]
    pub fn at(path: &Path) -> Self {
        Self { file: OpenOptions::new().append(true).open(path).unwrap(), path: path.to_owned(), ledger: None }
    }

    /// Hands whole lines to the operating system: from here on they outlive this process.
    pub fn write(&mut self, lines: &[u8]) -> Result<(), StorageError> {
        append(&mut self.file, &self.path, lines)?;
        if let Some(ledger) = &mut self.ledger {
            ledger.appended(lines);
        }
        Ok(())
    }

    /// What writes records to the segment elsewhere; all it wrote is to be told of with [`secure`](Self::secure), in the same order.
    pub fn pen(&self) -> Result<Pen, StorageError> {
        let file = self.file.try_clone().map_err(StorageError::at(&self.path, "the segment cannot be written"))?;
        Ok(Pen { file, path: self.path.clone(), lines: Vec::new(), page: Page::default() })
    }

    /// Waits until what its pen wrote is on the disk.
    pub fn secure(&mut self, written: Written) -> Result<(), StorageError> {
        if let Some(ledger) = &mut self.ledger {
            ledger.noted_appended(&written.reach, written.noted);
        }
        self.sync()
    }

    /// Waits until all lines are on the disk: from here on they outlive the machine.
    pub fn sync(&mut self) -> Result<(), StorageError> {
        self.file.sync_data().map_err(StorageError::at(&self.path, "the records cannot be secured on disk"))?;
        // The ledger is a cache. The lock on it says that the segment is being written, so it is kept.
        if let Some(ledger) = &mut self.ledger {
            let _ = ledger.secured(&self.file);
        }
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes records to a segment that somebody else secures.
#[derive(Debug)]
pub(super) struct Pen {
    file: File,
    path: PathBuf,
    /// Not written yet.
    lines: Vec<u8>,
    page: Page,
}

impl Pen {
    /// Takes a record, to be written with the next [`write`](Self::write).
    pub fn put(&mut self, record: &Record) -> Result<(), serde_json::Error> {
        push_line(record, &mut self.lines)?;
        self.page.record(record);
        Ok(())
    }

    /// Appends what was put to `written`. From here on it outlives this process.
    pub fn write(&mut self, written: &mut Written) -> Result<(), StorageError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        append(&mut self.file, &self.path, &self.lines)?;
        written.reach.add(&self.lines);
        self.lines.clear();
        written.noted.join(self.page.turn());
        Ok(())
    }
}

/// Lines that a pen wrote, and what a ledger notes of them.
#[derive(Debug, Default)]
pub(super) struct Written {
    reach: Reach,
    noted: Noted,
}

impl Written {
    /// Takes in what was written after it.
    pub fn join(&mut self, next: Self) {
        self.reach.join(&next.reach);
        self.noted.join(next.noted);
    }

    /// How many records it holds.
    pub fn records(&self) -> u64 {
        self.noted.records()
    }
}

fn append(file: &mut File, path: &Path, lines: &[u8]) -> Result<(), StorageError> {
    file.write_all(lines).map_err(StorageError::at(path, "a record cannot be written"))
}

/// Whether a shard made a segment.
pub(super) fn is_of(path: &Path, shard: Shard) -> bool {
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    name.split('-').nth(1) == Some(&shard.file_name())
}

/// Where in the order of a folder's segments one stands.
fn number(path: &Path) -> Option<u32> {
    path.file_stem()?.to_str()?.split('-').next()?.parse().ok()
}

/// A number that no other process and no other machine comes upon.
fn unique() -> u64 {
    // The standard library keys its hashers from the system's randomness.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos()));
    hasher.finish()
}

/// Makes new names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StorageError> {
    disk::sync_folder(folder).map_err(StorageError::at(folder, "the folder cannot be secured on disk"))
}

/// The segments of a folder, oldest first; none where the folder is missing or is none. A folder of such a name is no segment.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, StorageError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(StorageError::at(folder, "the folder cannot be read")(error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(StorageError::at(folder, "the folder cannot be read"))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl") && !path.is_dir());
    paths.sort();
    Ok(paths)
}

/// What reading a segment came upon besides records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Damage {
    /// Lines before the last whole record that are no records.
    pub lines: u64,
    /// Where the last whole record ends.
    pub whole: u64,
    /// Bytes after it: a torn tail, or what another process is writing right now.
    pub tail: u64,
}

/// Gives every whole record of a segment to `take`: where its line begins, and the line's JSON text.
/// Memory does not grow with the segment.
pub(super) fn read<E: From<StorageError>>(
    path: &Path,
    take: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<Damage, E> {
    read_from(path, 0, take)
}

/// The same from the line that begins at a byte.
pub(super) fn read_from<E: From<StorageError>>(
    path: &Path,
    from: u64,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<Damage, E> {
    scan(path, from, |at, line, _| take(at, line))
}

/// The same, with how many damaged lines stand just before each whole one.
pub(super) fn scan<E: From<StorageError>>(
    path: &Path,
    from: u64,
    mut take: impl FnMut(u64, &[u8], u64) -> Result<(), E>,
) -> Result<Damage, E> {
    let error = |error| StorageError::at(path, "the segment cannot be read")(error);
    let mut file = File::open(path).map_err(error)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(from)).map_err(error)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut damage = Damage { whole: from, ..Damage::default() };
    let (mut line, mut at, mut bad) = (Vec::new(), from, 0_u64);
    loop {
        line.clear();
        let length = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(error)? as u64;
        if length == 0 {
            break;
        }
        at += length;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if is_whole(text) {
            damage.lines += bad;
            take(at - length, text, std::mem::take(&mut bad))?;
            damage.whole = at;
        } else {
            bad += 1;
        }
    }
    damage.tail = at - damage.whole;
    Ok(damage)
}

/// A torn tail that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The segment.
    pub segment: PathBuf,
    /// How many bytes were cut off.
    pub bytes: u64,
    /// Where they are kept.
    pub kept: PathBuf,
}

/// How often a ledger that somebody holds is looked at again, and after how long: who only writes it anew is soon done.
const LOOKS: u32 = 50;
const LOOK: Duration = Duration::from_millis(20);

/// Cuts the torn tail off a segment that nobody is writing, and keeps a copy of it.
pub(super) fn repair(path: &Path) -> Result<Option<Torn>, StorageError> {
    repair_unless(path, || ledger::is_live(path))
}

fn repair_unless(path: &Path, mut is_live: impl FnMut() -> bool) -> Result<Option<Torn>, StorageError> {
    // Another shard that starts just now holds the ledger for the moment in which it writes it anew.
    let mut looks = 0;
    while is_live() {
        looks += 1;
        if looks == LOOKS {
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
    let believed = ledger::believed(path);
    let damage = read_from::<StorageError>(path, believed.covered, |_, _| Ok(()))?;
    if damage.tail == 0 {
        return Ok(None);
    }
    let kept = path.with_extension("torn");
    let error = |error| StorageError::at(path, "the torn tail cannot be cut off")(error);
    let mut segment = OpenOptions::new().read(true).write(true).open(path).map_err(error)?;
    io::Seek::seek(&mut segment, io::SeekFrom::Start(damage.whole)).map_err(error)?;
    let mut copy = File::create(&kept).map_err(StorageError::at(&kept, "the torn tail cannot be kept"))?;
    io::copy(&mut segment, &mut copy)
        .and_then(|_| copy.sync_all())
        .map_err(StorageError::at(&kept, "the torn tail cannot be kept"))?;
    segment.set_len(damage.whole).and_then(|()| segment.sync_all()).map_err(error)?;
    if believed.covered == damage.whole {
        ledger::was_cut(path, believed);
    }
    Ok(Some(Torn { segment: path.to_owned(), bytes: damage.tail, kept }))
}

#[cfg(test)]
mod tests;
