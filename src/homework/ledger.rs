//! Ledgers: beside each segment what its records come to, so that a run of millions of items opens without reading its texts.
//!
//! `NAME.ledger` belongs to `NAME.jsonl`. It is a cache: whoever finds none, or one that cannot be believed, reads the segment and
//! writes it anew. It is a sequence of blocks, each about the lines up to some byte of the segment, with a checksum of its own; a torn
//! end is cut off. That a block is about this very segment is told by a hash of the bytes before the place that it reaches to:
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
use super::record::{Head, Status};
use super::segment::{StorageError, read_from};

const MAGIC: u32 = 0x4c56_5250;
/// Bytes of a block before its entries: magic, entries, covered, time, hash, checksum.
const HEADER: usize = 4 + 4 + 8 + 8 + 16 + 4;
/// Bytes of an entry: the item, and what became of it.
const ENTRY: usize = 17;
/// Bytes of the segment that a block's hash is about, at most.
const SEEN: usize = 4_096;
/// Entries of a block that is written after the fact.
const GROUP: usize = 4_096;
/// Entries of any block, at most.
const MOST: usize = 1 << 20;
/// Blocks whose hash is compared, besides the last.
const SAMPLED: usize = 16;
const COUNTS: u8 = 0x80;

/// The ledger's place.
pub(super) fn path_of(segment: &Path) -> PathBuf {
    segment.with_extension("ledger")
}

/// When a file was last changed, in nanoseconds; 0 where the system does not say.
fn changed(file: &fs::Metadata) -> u64 {
    let since = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(0))
}

fn entry(head: Head) -> [u8; ENTRY] {
    let mut bytes = [0; ENTRY];
    bytes[..16].copy_from_slice(&head.item.bits().to_le_bytes());
    let status = match head.status {
        Status::Ok => 0,
        Status::Failed => 1,
        Status::Unfit => 2,
    };
    bytes[16] = status | if head.counts { COUNTS } else { 0 };
    bytes
}

fn head(entry: &[u8; ENTRY]) -> Option<Head> {
    let (item, [flags]) = entry.split_first_chunk::<16>().and_then(|(item, rest)| Some((item, rest.first_chunk()?)))?;
    let status = match flags & !COUNTS {
        0 => Status::Ok,
        1 => Status::Failed,
        2 => Status::Unfit,
        _ => return None,
    };
    Some(Head { item: ItemId::from_bits(u128::from_le_bytes(*item)), status, counts: flags & COUNTS != 0 })
}

/// What a block says of itself.
#[derive(Debug, Clone, Copy)]
struct Block {
    entries: u32,
    /// The byte of the segment that it reaches to.
    covered: u64,
    /// When the segment had last been changed.
    changed: u64,
    /// Of the bytes before `covered`.
    hash: [u8; 16],
    /// Of all this and the entries.
    crc: u32,
}

impl Block {
    fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.entries.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.covered.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.changed.to_le_bytes());
        bytes[24..40].copy_from_slice(&self.hash);
        bytes[40..].copy_from_slice(&self.crc.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8; HEADER]) -> Option<Self> {
        let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let u64_at = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let hash = bytes.get(24..40)?.try_into().ok()?;
        let block = Self { entries: u32_at(4)?, covered: u64_at(8)?, changed: u64_at(16)?, hash, crc: u32_at(40)? };
        (u32_at(0)? == MAGIC && block.entries as usize <= MOST).then_some(block)
    }

    fn checksum(&self, entries: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.bytes()[..HEADER - 4]);
        hasher.update(entries);
        hasher.finalize()
    }

    /// Bytes of the block and its entries.
    fn length(&self) -> u64 {
        (HEADER + self.entries as usize * ENTRY) as u64
    }
}

fn hash(seen: &[u8]) -> [u8; 16] {
    let hash = blake3::hash(&seen[seen.len().saturating_sub(SEEN)..]);
    std::array::from_fn(|at| hash.as_bytes()[at])
}

/// What is written beside a segment while that is written. Where it cannot be, nothing is lost.
#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    entries: Vec<u8>,
    covered: u64,
    /// The last bytes of the segment up to `covered`.
    seen: Vec<u8>,
}

impl Writer {
    /// For a segment that begins. Nobody else writes its ledger as long as this is held.
    pub fn create(segment: &Path) -> Option<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(path_of(segment)).ok()?;
        file.try_lock().ok()?;
        Some(Self { file, entries: Vec::new(), covered: 0, seen: Vec::new() })
    }

    /// For a segment that nobody writes, after the part of its ledger that can be believed.
    fn resume(segment: &Path, believed: Believed) -> Option<Self> {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path_of(segment)).ok()?;
        file.try_lock().ok()?;
        file.set_len(believed.bytes).ok()?;
        file.seek(SeekFrom::Start(believed.bytes)).ok()?;
        Some(Self { file, entries: Vec::new(), covered: believed.covered, seen: Vec::new() })
    }

    /// Takes in whole lines that were appended to the segment.
    pub fn appended(&mut self, bytes: &[u8]) {
        let heads = bytes.split_inclusive(|byte| *byte == b'\n').filter_map(Head::of_line);
        self.entries.extend(heads.flat_map(entry));
        self.covered += bytes.len() as u64;
        let news = &bytes[bytes.len().saturating_sub(SEEN)..];
        self.seen.drain(..(self.seen.len() + news.len()).saturating_sub(SEEN));
        self.seen.extend_from_slice(news);
    }

    /// Writes down what was appended, once that is on the disk. When it cannot be, this ledger ends here.
    pub fn secured(&mut self, segment: &File) -> io::Result<()> {
        let block = self.block(changed(&segment.metadata()?));
        self.file.write_all(&block)
    }

    /// The block about what was taken in since the last one.
    fn block(&mut self, changed: u64) -> Vec<u8> {
        let entries = std::mem::take(&mut self.entries);
        let (count, covered, hash) = ((entries.len() / ENTRY) as u32, self.covered, hash(&self.seen));
        let block = Block { entries: count, covered, changed, hash, crc: 0 };
        let block = Block { crc: block.checksum(&entries), ..block };
        [&block.bytes(), entries.as_slice()].concat()
    }

    /// Writes a block that reaches to a place of a segment that is read.
    fn reach(&mut self, segment: &mut File, covered: u64, changed: u64) -> io::Result<()> {
        (self.covered, self.seen) = (covered, before(segment, covered)?);
        let block = self.block(changed);
        self.file.write_all(&block)
    }
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
        (at, covered) = (at + block.length(), block.covered);
        if at > length || reader.seek_relative(i64::from(block.entries) * ENTRY as i64).is_err() {
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
fn recall(segment: &Path, take: &mut impl FnMut(&[u8])) -> io::Result<Believed> {
    let mut file = File::open(path_of(segment))?;
    let blocks = headers(segment, &file)?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let (mut believed, mut entries) = (Believed::default(), Vec::new());
    for block in blocks {
        entries.resize(block.entries as usize * ENTRY, 0);
        // What was read of it so far holds, whatever comes after.
        if reader.seek_relative(HEADER as i64).and_then(|()| reader.read_exact(&mut entries)).is_err()
            || block.checksum(&entries) != block.crc
        {
            break;
        }
        take(&entries);
        believed = Believed { bytes: believed.bytes + block.length(), covered: block.covered };
    }
    Ok(believed)
}

/// How much of the ledger of a segment can be believed.
pub(super) fn believed(segment: &Path) -> Believed {
    recall(segment, &mut |_| {}).unwrap_or_default()
}

/// Tells what became of the items of a segment, record by record: from its ledger as far as that can be believed, from its lines
/// after it. What the ledger did not hold yet is written down, unless somebody is writing the segment.
pub(super) fn heads(segment: &Path, mut take: impl FnMut(Head)) -> Result<(), StorageError> {
    let mut of_entries = |entries: &[u8]| entries.as_chunks::<ENTRY>().0.iter().filter_map(head).for_each(&mut take);
    let believed = recall(segment, &mut of_entries).unwrap_or_default();
    let (length, time) = fs::metadata(segment).as_ref().map_or((0, 0), |file| (file.len(), changed(file)));
    if length <= believed.covered {
        return Ok(());
    }
    // A cache: where the disk has no room for it, it is not there.
    let mut writer = Writer::resume(segment, believed).zip(File::open(segment).ok());
    let damage = read_from::<StorageError>(segment, believed.covered, |offset, line| {
        let Some(head) = Head::of_line(line).or_else(|| serde_json::from_slice(line).ok()) else { return Ok(()) };
        take(head);
        if let Some((ledger, file)) = &mut writer {
            ledger.entries.extend(entry(head));
            let end = (offset + line.len() as u64 + 1).min(length);
            if ledger.entries.len() >= GROUP * ENTRY && ledger.reach(file, end, time).is_err() {
                writer = None;
            }
        }
        Ok(())
    })?;
    if let Some((mut ledger, mut file)) = writer.filter(|(ledger, _)| damage.whole > ledger.covered) {
        let _ = ledger.reach(&mut file, damage.whole, time);
    }
    Ok(())
}

/// Tells the ledger of a segment, of which so much could be believed, that what it does not cover was cut off.
pub(super) fn was_cut(segment: &Path, believed: Believed) {
    let time = fs::metadata(segment).as_ref().map_or(0, changed);
    if let Some((mut ledger, mut file)) = Writer::resume(segment, believed).zip(File::open(segment).ok())
        && believed.covered > 0
    {
        let _ = ledger.reach(&mut file, believed.covered, time);
    }
}

/// Whether a process is writing the segment right now.
pub(super) fn is_live(segment: &Path) -> bool {
    let ledger = File::open(path_of(segment));
    ledger.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// A checksum over what became of items, to compare a ledger with its segment.
#[derive(Debug, Clone, Default)]
pub(super) struct Account(crc32fast::Hasher);

impl Account {
    pub fn add(&mut self, head: Head) {
        self.0.update(&entry(head));
    }

    pub fn sum(self) -> u32 {
        self.0.finalize()
    }
}

/// How far the ledger of a segment reaches and what it comes to; `None` where there is none, or none that is about the segment.
pub(super) fn account(segment: &Path) -> Option<(u64, u32)> {
    let mut account = Account::default();
    let believed = recall(segment, &mut |entries| account.0.update(entries)).ok()?;
    (believed.covered > 0).then(|| (believed.covered, account.sum()))
}

/// Throws a ledger away: it is written anew by the next who reads the segment.
pub(super) fn forget(segment: &Path) {
    let _ = fs::remove_file(path_of(segment));
}

#[cfg(test)]
mod tests;
