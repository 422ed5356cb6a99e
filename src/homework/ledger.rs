//! Ledgers: beside each segment what its records come to, so that a run of millions of items opens and is counted without reading its texts.
//!
//! `NAME.ledger` belongs to `NAME.jsonl`. It is a cache: whoever finds none, or one that cannot be believed, reads the segment and
//! writes it anew. It is a sequence of blocks, each about the lines up to some byte of the segment, with a checksum of its own; a torn
//! end is cut off. A block holds 20 bytes a record (the item, what became of it, the number of its place) and once for all of its records
//! what they add to the sums ([`super::sums`]): new places, tokens by place, times, models. That a block is about this very segment is told
//! by a hash of the bytes before the place that it reaches to:
//! a file of the same length with other records does not have them. All of that is compared for the last block and for some spread over the
//! file, and where a ledger covers its whole segment the time of the last change has to agree too. What was altered in the
//! middle, with the time set back, is found by `provost verify` alone, which reads every byte.
//!
//! Whoever writes a segment holds its ledger locked. So it is known which segments nobody is writing.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::item::ItemId;
use super::record::{Head, Record, Status};
use super::segment::{StorageError, scan};
use super::sums::{Book, Part, Sums};
use crate::hashing;

const MAGIC: u32 = 0x4c56_5232;
/// Bytes of a block before its entries: magic, entries, bytes of sums, covered, time, hash, checksum.
const HEADER: usize = 4 + 4 + 4 + 8 + 8 + 16 + 4;
/// Bytes of an entry: the item; what became of it and the number of its place.
const ENTRY: usize = 20;
/// Bytes of the segment that a block's hash is about, at most.
const SEEN: usize = 4_096;
/// Entries of a block; fewer in the last one of each writer.
const GROUP: usize = if cfg!(test) { 8 } else { 4_096 };
/// Entries of any block, and bytes of its sums, at most.
const MOST: usize = 1 << 26;
/// Blocks whose hash is compared, besides the last.
const SAMPLED: usize = 16;
/// Bits of an entry's last number below that of the place.
const STATUS: u32 = 3;
const COUNTS: u32 = 4;

/// The ledger's place.
pub(super) fn path_of(segment: &Path) -> PathBuf {
    segment.with_extension("ledger")
}

/// When a file was last changed, in nanoseconds; 0 where the system does not say.
fn changed(file: &fs::Metadata) -> u64 {
    let since = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(0))
}

fn entry(head: Head, place: u32) -> [u8; ENTRY] {
    let mut bytes = [0; ENTRY];
    bytes[..16].copy_from_slice(&head.item.bits().to_le_bytes());
    let status = match head.status {
        Status::Ok => 0,
        Status::Failed => 1,
        Status::Unfit => 2,
    };
    let counts = if head.counts { COUNTS } else { 0 };
    bytes[16..].copy_from_slice(&(place << STATUS | counts | status).to_le_bytes());
    bytes
}

/// What an entry says; `None` where it says nothing, or names a place that is not among so many.
fn told(entry: &[u8; ENTRY], places: usize) -> Option<(Head, u32)> {
    let (item, rest) = entry.split_first_chunk::<16>()?;
    let number = u32::from_le_bytes(*rest.first_chunk()?);
    let status = match number & 3 {
        0 => Status::Ok,
        1 => Status::Failed,
        2 => Status::Unfit,
        _ => return None,
    };
    let place = number >> STATUS;
    let head = Head { item: ItemId::from_bits(u128::from_le_bytes(*item)), status, counts: number & COUNTS != 0 };
    ((place as usize) < places).then_some((head, place))
}

/// What a block says of itself.
#[derive(Debug, Clone, Copy)]
struct Block {
    entries: u32,
    /// Bytes of the sums after the entries.
    sums: u32,
    /// The byte of the segment that it reaches to.
    covered: u64,
    /// When the segment had last been changed.
    changed: u64,
    /// Of the bytes before `covered`.
    hash: [u8; 16],
    /// Of all this, the entries and the sums.
    crc: u32,
}

impl Block {
    fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.entries.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.sums.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.covered.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.changed.to_le_bytes());
        bytes[28..44].copy_from_slice(&self.hash);
        bytes[44..].copy_from_slice(&self.crc.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8; HEADER]) -> Option<Self> {
        let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let u64_at = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let hash = bytes.get(28..44)?.try_into().ok()?;
        let (entries, sums) = (u32_at(4)?, u32_at(8)?);
        let block = Self { entries, sums, covered: u64_at(12)?, changed: u64_at(20)?, hash, crc: u32_at(44)? };
        (u32_at(0)? == MAGIC && block.rest() <= MOST).then_some(block)
    }

    fn checksum(&self, rest: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.bytes()[..HEADER - 4]);
        hasher.update(rest);
        hasher.finalize()
    }

    /// Bytes of the entries and the sums.
    fn rest(&self) -> usize {
        self.entries as usize * ENTRY + self.sums as usize
    }
}

fn hash(seen: &[u8]) -> [u8; 16] {
    hashing::head(&seen[seen.len().saturating_sub(SEEN)..])
}

/// Makes entries of the records of one segment, in their order.
#[derive(Debug, Default)]
pub(super) struct Page {
    entries: Vec<u8>,
    book: Book,
}

/// What some records add to a ledger; enough of it is written as a block.
#[derive(Debug, Default)]
pub(super) struct Noted {
    entries: Vec<u8>,
    part: Part,
}

impl Page {
    /// Takes in a line of a segment.
    fn note(&mut self, line: &[u8]) -> Option<(Head, u32)> {
        let (head, place) = self.book.note(line)?;
        self.entries.extend(entry(head, place));
        Some((head, place))
    }

    /// Takes in a record whose line is being written.
    pub fn record(&mut self, record: &Record) {
        let (head, place) = self.book.record(record);
        self.entries.extend(entry(head, place));
    }

    /// What was taken in since the last time.
    pub fn turn(&mut self) -> Noted {
        Noted { entries: std::mem::take(&mut self.entries), part: self.book.part() }
    }
}

fn is_full(entries: &[u8]) -> bool {
    entries.len() >= GROUP * ENTRY
}

impl Noted {
    /// Takes in what was noted of the records after these.
    pub fn join(&mut self, next: Self) {
        self.entries.extend(next.entries);
        self.part.join(next.part);
    }

    /// How many records these are.
    pub fn records(&self) -> u64 {
        (self.entries.len() / ENTRY) as u64
    }

    /// The bytes of the block, and what it adds to the sums.
    fn block(self, covered: u64, changed: u64, seen: &[u8]) -> io::Result<(Vec<u8>, Part)> {
        let Self { entries: mut rest, part } = self;
        let entries = (rest.len() / ENTRY) as u32;
        let from = rest.len();
        serde_json::to_writer(&mut rest, &part)?;
        let sums = (rest.len() - from) as u32;
        let block = Block { entries, sums, covered, changed, hash: hash(seen), crc: 0 };
        let block = Block { crc: block.checksum(&rest), ..block };
        Ok(([&block.bytes(), rest.as_slice()].concat(), part))
    }
}

/// How many bytes were appended to a segment, and the last of them.
#[derive(Debug, Default)]
pub(super) struct Reach {
    bytes: u64,
    last: Vec<u8>,
}

impl Reach {
    /// Takes in what was appended.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let news = &bytes[bytes.len().saturating_sub(SEEN)..];
        self.last.drain(..(self.last.len() + news.len()).saturating_sub(SEEN));
        self.last.extend_from_slice(news);
    }

    /// Takes in what was appended after it.
    pub fn join(&mut self, next: &Self) {
        self.add(&next.last);
        self.bytes += next.bytes - next.last.len() as u64;
    }
}

/// What is written beside a segment while that is written. Where it cannot be, nothing is lost.
#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    /// Reads the lines that come without notes.
    page: Page,
    /// Not written yet.
    noted: Noted,
    reach: Reach,
    /// When the segment had last been changed; `None` while not all of it is on the disk.
    changed: Option<u64>,
    /// Whether a block could not be written: none may follow it.
    has_ended: bool,
}

impl Writer {
    /// For a segment that begins. Nobody else writes its ledger as long as this is held.
    pub fn create(segment: &Path) -> Option<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(path_of(segment)).ok()?;
        file.try_lock().ok()?;
        let (page, noted, reach) = Default::default();
        Some(Self { file, page, noted, reach, changed: None, has_ended: false })
    }

    /// Takes in whole lines that were appended to the segment.
    pub fn appended(&mut self, bytes: &[u8]) {
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.page.note(line);
        }
        let noted = self.page.turn();
        let mut lines = Reach::default();
        lines.add(bytes);
        self.noted_appended(&lines, noted);
    }

    /// Takes in whole lines of which a page noted what they are: one and the same page for all lines of the segment.
    pub fn noted_appended(&mut self, lines: &Reach, noted: Noted) {
        self.noted.join(noted);
        self.reach.join(lines);
        self.changed = None;
    }

    /// What was appended is on the disk. It is written down once there is enough of it for a block.
    pub fn secured(&mut self, segment: &File) -> io::Result<()> {
        self.changed = Some(changed(&segment.metadata()?));
        if is_full(&self.noted.entries) { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(changed) = self.changed.filter(|_| !self.has_ended) else { return Ok(()) };
        self.has_ended = true;
        let noted = std::mem::take(&mut self.noted);
        self.file.write_all(&noted.block(self.reach.bytes, changed, &self.reach.last)?.0)?;
        self.has_ended = false;
        Ok(())
    }
}

/// What was secured and not written down yet is little: whoever reads the segment after a crash finds it there.
impl Drop for Writer {
    fn drop(&mut self) {
        if !self.noted.entries.is_empty() {
            let _ = self.write();
        }
    }
}

/// The ledger of a segment that nobody writes, opened to go on after the part of it that can be believed.
fn resume(segment: &Path, believed: Believed) -> Option<File> {
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path_of(segment)).ok()?;
    file.try_lock().ok()?;
    file.set_len(believed.bytes).ok()?;
    file.seek(SeekFrom::Start(believed.bytes)).ok()?;
    Some(file)
}

/// The bytes of a segment before a place, as many as a block's hash is about.
fn before(segment: &mut File, covered: u64) -> io::Result<Vec<u8>> {
    let from = covered.saturating_sub(SEEN as u64);
    segment.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::with_capacity(SEEN);
    segment.take(covered - from).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How much of a ledger can be believed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Believed {
    /// Bytes of the ledger.
    bytes: u64,
    /// Bytes of the segment that they are about.
    pub covered: u64,
}

/// The headers of the blocks of a ledger; none where it is about another segment.
fn headers(segment: &Path, ledger: &File) -> io::Result<Vec<Block>> {
    let length = ledger.metadata()?.len();
    let mut reader = BufReader::with_capacity(1 << 13, ledger);
    let (mut blocks, mut at, mut covered) = (Vec::new(), 0, 0);
    let mut bytes = [0; HEADER];
    while reader.read_exact(&mut bytes).is_ok() {
        let Some(block) = Block::parse(&bytes).filter(|block| block.covered >= covered) else { break };
        (at, covered) = (at + (HEADER + block.rest()) as u64, block.covered);
        if at > length || reader.seek_relative(block.rest() as i64).is_err() {
            break;
        }
        blocks.push(block);
    }
    if !is_about(segment, &blocks)? {
        blocks.clear();
    }
    Ok(blocks)
}

/// Whether blocks are about a segment, as far as can be told without reading all of it.
fn is_about(segment: &Path, blocks: &[Block]) -> io::Result<bool> {
    let mut file = File::open(segment)?;
    let now = file.metadata()?;
    let Some(last) = blocks.last() else { return Ok(true) };
    if last.covered > now.len() || (last.covered == now.len() && last.changed != changed(&now)) {
        return Ok(false);
    }
    let step = blocks.len().div_ceil(SAMPLED).max(1);
    for block in blocks.iter().step_by(step).chain([last]) {
        if hash(&before(&mut file, block.covered)?) != block.hash {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the believed blocks of a ledger say.
fn recall(segment: &Path, sums: &mut Sums, take: &mut impl FnMut(Head, u32)) -> io::Result<Believed> {
    let mut file = File::open(path_of(segment))?;
    let blocks = headers(segment, &file)?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let (mut believed, mut rest) = (Believed::default(), Vec::new());
    for block in blocks {
        rest.resize(block.rest(), 0);
        // What was read of it so far holds, whatever comes after.
        if reader.seek_relative(HEADER as i64).and_then(|()| reader.read_exact(&mut rest)).is_err()
            || block.checksum(&rest) != block.crc
        {
            break;
        }
        let (entries, part) = rest.split_at(block.entries as usize * ENTRY);
        let Some(()) = serde_json::from_slice::<Part>(part).ok().and_then(|part| sums.add(part)) else { break };
        let places = sums.places.len();
        entries.as_chunks::<ENTRY>().0.iter().filter_map(|entry| told(entry, places)).for_each(|(head, place)| {
            take(head, place);
        });
        let bytes = believed.bytes + (HEADER + block.rest()) as u64;
        believed = Believed { bytes, covered: block.covered };
    }
    Ok(believed)
}

/// How much of the ledger of a segment can be believed.
pub(super) fn believed(segment: &Path) -> Believed {
    recall(segment, &mut Sums::default(), &mut |_, _| {}).unwrap_or_default()
}

/// Tells what became of the items of a segment, record by record, each with the number of its place, and what they come to: from its ledger
/// as far as that can be believed, from its lines after it. What the ledger did not hold yet is written down, unless somebody is
/// writing the segment.
pub(super) fn recount(segment: &Path, mut take: impl FnMut(Head, u32)) -> Result<Sums, StorageError> {
    let mut sums = Sums::default();
    let believed = recall(segment, &mut sums, &mut take).unwrap_or_default();
    let (length, time) = fs::metadata(segment).as_ref().map_or((0, 0), |file| (file.len(), changed(file)));
    if length <= believed.covered {
        return Ok(sums);
    }
    // A cache: where the disk has no room for it, it is not there.
    let mut files = resume(segment, believed).zip(File::open(segment).ok());
    let mut page = Page { entries: Vec::new(), book: Book::after(&sums.places) };
    let mut covered = believed.covered;
    let mut turn = |page: &mut Page, to: u64| {
        let seen = files.as_mut().and_then(|(_, segment)| before(segment, to).ok()).unwrap_or_default();
        let Ok((block, part)) = page.turn().block(to, time, &seen) else { return };
        sums.add(part);
        if files.as_mut().is_some_and(|(ledger, _)| seen.is_empty() || ledger.write_all(&block).is_err()) {
            files = None;
        }
    };
    let damage = scan::<StorageError>(segment, believed.covered, |offset, line, damaged| {
        page.book.damaged(damaged);
        if let Some((head, place)) = page.note(line) {
            take(head, place);
        }
        if is_full(&page.entries) {
            covered = (offset + line.len() as u64 + 1).min(length);
            turn(&mut page, covered);
        }
        Ok(())
    })?;
    if damage.whole > covered {
        turn(&mut page, damage.whole);
    }
    sums.torn = damage.tail;
    Ok(sums)
}

/// What became of the items of a segment, record by record.
pub(super) fn heads(segment: &Path, mut take: impl FnMut(Head)) -> Result<(), StorageError> {
    recount(segment, |head, _| take(head)).map(drop)
}

/// Tells the ledger of a segment, of which so much could be believed, that what it does not cover was cut off.
pub(super) fn was_cut(segment: &Path, believed: Believed) {
    let time = fs::metadata(segment).as_ref().map_or(0, changed);
    if let Some((mut ledger, mut file)) = resume(segment, believed).zip(File::open(segment).ok())
        && believed.covered > 0
        && let Ok(seen) = before(&mut file, believed.covered)
        && let Ok((block, _)) = Noted::default().block(believed.covered, time, &seen)
    {
        let _ = ledger.write_all(&block);
    }
}

/// Whether a process is writing the segment right now.
pub(super) fn is_live(segment: &Path) -> bool {
    let ledger = File::open(path_of(segment));
    ledger.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// What a ledger has to say of the lines of its segment, to compare the two.
#[derive(Debug, Default)]
pub(super) struct Account {
    book: Book,
    crc: crc32fast::Hasher,
}

impl Account {
    /// Takes in a whole line.
    pub fn add(&mut self, line: &[u8]) {
        if let Some((head, place)) = self.book.note(line) {
            self.crc.update(&entry(head, place));
        }
    }

    /// Takes in a damaged line that is not the last.
    pub fn damaged(&mut self) {
        self.book.damaged(1);
    }

    pub fn told(mut self) -> (u32, Sums) {
        let mut sums = Sums::default();
        sums.add(self.book.part());
        (self.crc.finalize(), sums)
    }
}

/// How far the ledger of a segment reaches and what it says; `None` where there is none, or none that is about the segment.
pub(super) fn account(segment: &Path) -> Option<(u64, (u32, Sums))> {
    let (mut crc, mut sums) = (crc32fast::Hasher::new(), Sums::default());
    let believed = recall(segment, &mut sums, &mut |head, place| crc.update(&entry(head, place))).ok()?;
    (believed.covered > 0).then(|| (believed.covered, (crc.finalize(), sums)))
}

/// Throws a ledger away: it is written anew by the next who reads the segment.
pub(super) fn forget(segment: &Path) {
    let _ = fs::remove_file(path_of(segment));
}

#[cfg(test)]
mod tests;
