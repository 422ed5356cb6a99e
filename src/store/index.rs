//! What was read of the files, kept beside them in `.provost/index`, so that the next open reads names instead of YAML.
//!
//! A cache and nothing more. A file is taken from it only while its size and both its times (of its content and of
//! its inode) are what they were when it was read; one that was changed within two seconds of being read is not kept
//! at all, because times are coarse. The whole has a checksum and names the program that wrote it. Whatever does not
//! hold is read anew, and the cache can be deleted at any time.
//!
//! ```text
//! layout and version, CRC-32 of all that follows, length of the heads (8)
//! heads    of every file its path, its key, and what it holds; of its syllabi what is known without reading them
//! syllabi  their contents, folded, one after the other, each once
//! ```
//! Once it is checked only the heads are held, and these until everything is read. The content of a syllabus is read
//! from the file when somebody looks at it: see [`SyllabusFile`].

use std::borrow::Cow;
use std::collections::{HashMap, hash_map};
use std::fs::{self, File};
use std::hash::BuildHasher as _;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::files::Stamp;
use super::format;
use crate::disk;
use crate::taxonomy::event::{Acceptance, Ballot, Change, Event, Reason};
use crate::taxonomy::folded::{Folded, Head, LARGEST, Packer, Shelf, Unpacker};
use crate::taxonomy::id::{BatchId, EventId, NodeId, ProposalId};
use crate::taxonomy::node::{Facts, Kind, Node};
use crate::taxonomy::proposal::{Batch, Call, Proposed};
use crate::taxonomy::record::{self, Keyed};
use crate::taxonomy::syllabus::{Outline, Session, SessionId, Syllabus};
use crate::taxonomy::text::Untrusted;

/// Changes with what is written below.
const LAYOUT: &str = concat!("provost index 4 ", env!("CARGO_PKG_VERSION"), "\n");
/// Directories with fewer files open quickly without.
const FEWEST: usize = if cfg!(test) { 5 } else { 500 };
/// A file that changed so shortly before it was read may change again and look the same.
const FRESH: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 2 });

/// What has to be as it was for a file to be taken from the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub(super) length: u64,
    /// Nanoseconds since 1970.
    pub(super) modified: u64,
    pub(super) changed: u64,
}

impl Key {
    /// Of a file, before it is read. `None` where the system does not say enough.
    #[must_use]
    pub fn of(meta: &fs::Metadata) -> Option<Self> {
        let modified = u64::try_from(meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()?;
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            u64::try_from(meta.ctime()).ok()? * 1_000_000_000 + u64::try_from(meta.ctime_nsec()).ok()?
        };
        #[cfg(not(unix))]
        let changed = 0;
        Some(Self { length: meta.len(), modified, changed })
    }

    fn is_settled(self, begin: SystemTime) -> bool {
        let before = begin.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(FRESH).as_nanos();
        u128::from(self.modified.max(self.changed)) < before
    }

    fn stamp(self, hash: u64) -> Stamp {
        Stamp::kept(self.length, UNIX_EPOCH + Duration::from_nanos(self.modified), hash)
    }
}

/// One file that could be used, as it goes into the index.
pub struct Kept<'a> {
    /// Below the directory, `/` between folders.
    pub path: String,
    /// From before it was read.
    pub key: Key,
    /// Of its content.
    pub hash: u64,
    /// Of a node: whether it is known to be laid out as it would be written.
    pub is_canonical: bool,
    /// What it holds.
    pub content: Content<'a>,
}

/// What a file holds.
pub enum Content<'a> {
    /// A node.
    Node(&'a Node),
    /// A batch without its replies.
    Batch(&'a Keyed),
    /// A log without problems.
    Log(&'a [Event]),
}

struct Entry {
    /// Where its path is.
    path: Range<usize>,
    key: Key,
    hash: u64,
    is_canonical: bool,
    at: Range<usize>,
}

/// The index as read. Nothing of a file is decoded before it is wanted.
pub struct Index {
    heads: Vec<u8>,
    entries: HashTable<Entry>,
    /// Whether batches have the free texts of their syllabi.
    with_texts: bool,
    syllabi: Arc<dyn Shelf>,
}

/// The part of an index with the contents of syllabi. The file is ours as long as it is open: a newer index takes its
/// place and leaves it as it is. Where the system does not give a part of it, or another hand wrote into it, whoever
/// asked knows that from the length and the checksum of the part.
struct SyllabusFile {
    file: File,
    /// Where they begin.
    start: u64,
}

impl Shelf for SyllabusFile {
    fn part(&self, at: Range<u64>) -> Option<Cow<'_, [u8]>> {
        // No length is believed further than the file goes.
        let mut bytes =
            vec![0; usize::try_from(at.end.checked_sub(at.start)?).ok().filter(|length| *length <= LARGEST)?];
        match read_at(&self.file, &mut bytes, self.start.checked_add(at.start)?) {
            Ok(()) => Some(Cow::Owned(bytes)),
            Err(error) => {
                tracing::warn!(%error, "a syllabus cannot be read from the index");
                None
            }
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => (bytes, at) = (&mut bytes[count..], at + count as u64),
        }
    }
    Ok(())
}

fn hash_of(path: &[u8]) -> u64 {
    FixedState::default().hash_one(path)
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Index({} files)", self.entries.len())
    }
}

fn place(root: &Path) -> PathBuf {
    root.join(".provost").join("index")
}

/// What stands before the heads: the layout, the checksum, the length of the heads.
const BEFORE: usize = LAYOUT.len() + 4 + 8;

impl Index {
    /// The index of a directory; `None` where there is none that can be used.
    #[must_use]
    pub fn read(root: &Path) -> Option<Self> {
        let path = place(root);
        fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let mut file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut before = [0; BEFORE];
        file.read_exact(&mut before).ok()?;
        let (sum, size) = before.strip_prefix(LAYOUT.as_bytes())?.split_first_chunk::<4>()?;
        let of_heads = u64::from_le_bytes(size.try_into().ok()?);
        let start = (BEFORE as u64).checked_add(of_heads).filter(|start| *start <= length)?;
        let mut summing = crc32fast::Hasher::new();
        summing.update(size);
        let mut heads = vec![0; usize::try_from(of_heads).ok()?];
        file.read_exact(&mut heads).ok()?;
        summing.update(&heads);
        let mut some = vec![0; 256 << 10];
        loop {
            match file.read(&mut some).ok()? {
                0 => break,
                count => summing.update(some.get(..count)?),
            }
        }
        if summing.finalize().to_le_bytes() != *sum {
            return None;
        }
        Self::of(heads, Arc::new(SyllabusFile { file, start }))
    }

    /// The index that these heads are.
    fn of(heads: Vec<u8>, syllabi: Arc<dyn Shelf>) -> Option<Self> {
        let mut from = Unpacker(&heads);
        // What was canonical is so as long as it is written like that.
        if from.number()? != u64::from(canonical_layout()) {
            return None;
        }
        let with_texts = from.number()? == 1;
        let count = from.count()?;
        let mut entries: HashTable<Entry> = HashTable::with_capacity(count);
        for _ in 0..count {
            let length = from.count()?;
            let start = heads.len() - from.0.len();
            let (hash_of_path, path) = (hash_of(from.bytes(length)?), start..start + length);
            let key = Key { length: from.number()?, modified: from.number()?, changed: from.number()? };
            let hash = u64::from_le_bytes(from.bytes(8)?.try_into().ok()?);
            let is_canonical = from.number()? == 1;
            let length = from.count()?;
            let start = heads.len() - from.0.len();
            from.bytes(length)?;
            let entry = Entry { path, key, hash, is_canonical, at: start..start + length };
            // The capacity is known: nothing is ever hashed again.
            entries.insert_unique(hash_of_path, entry, |entry| hash_of(&heads[entry.path.clone()]));
        }
        Some(Self { heads, entries, with_texts, syllabi })
    }

    fn find(&self, path: &str, key: Option<Key>) -> Option<(Stamp, Unpacker<'_>)> {
        let is_it = |entry: &Entry| self.heads.get(entry.path.clone()) == Some(path.as_bytes());
        let entry = self.entries.find(hash_of(path.as_bytes()), is_it).filter(|entry| key == Some(entry.key))?;
        let stamp = entry.key.stamp(entry.hash).canonical(entry.is_canonical);
        Some((stamp, Unpacker(self.heads.get(entry.at.clone())?)))
    }

    /// The node in a file that is as it was.
    #[must_use]
    pub fn node(&self, path: &str, key: Option<Key>) -> Option<(Stamp, Node)> {
        let (stamp, mut from) = self.find(path, key)?;
        if from.number()? == 1 {
            return Some((stamp, serde_json::from_str(from.text()?).ok()?));
        }
        let mut node = Node::new(NodeId::from_bits(from.number()?)?, kind(from.number()?)?, facts(&mut from)?);
        node.notes = from.maybe()?.map(Untrusted::from);
        if from.number()? == 1 {
            node.syllabus = Some(self.syllabus(&mut from)?);
        }
        Some((stamp, node))
    }

    /// The batch in a file that is as it was.
    #[must_use]
    pub fn batch(&self, path: &str, key: Option<Key>, with_texts: bool) -> Option<(Stamp, Keyed)> {
        let (stamp, mut from) = self.find(path, key).filter(|_| with_texts == self.with_texts)?;
        let id = BatchId::from_bits(from.wide()?);
        let (at, by) = (from.text()?.to_owned(), from.text()?.to_owned());
        let source = serde_json::from_str(from.text()?).ok()?;
        let about = maybe_node(&mut from)?;
        let (prompt, text) = (from.maybe()?, from.maybe()?);
        let mut calls = Vec::new();
        if let Some(prompt) = prompt {
            let call = |step: &str, reply: &str| Call {
                step: step.to_owned(),
                prompt_hash: prompt.to_owned(),
                reply: reply.into(),
                ..Call::default()
            };
            calls.push(call("syllabus", text.unwrap_or_default()));
            calls.extend(text.map(|_| call("structure_syllabus", "")));
        }
        let count = from.count()?;
        let (mut proposals, mut keys) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for _ in 0..count {
            let id = ProposalId::from_bits(from.number()?);
            keys.push(record::Key { id, sense: u64::from_le_bytes(from.bytes(8)?.try_into().ok()?) });
            proposals.push(match from.number()? {
                0 => {
                    let (parent, kind, facts) = (maybe_node(&mut from)?, kind(from.number()?)?, facts(&mut from)?);
                    Proposed::Node { parent, kind, facts, rationale: from.maybe()?.map(Untrusted::from) }
                }
                _ => {
                    let subject = NodeId::from_bits(from.number()?)?;
                    Proposed::Syllabus { subject, syllabus: self.syllabus(&mut from)? }
                }
            });
        }
        let batch = Batch { id, at, by, source, about, bad: Vec::new(), proposals, calls };
        Some((stamp, Keyed { batch, keys }))
    }

    /// The events in a log that is as it was.
    #[must_use]
    pub fn log(&self, path: &str, key: Option<Key>) -> Option<(Stamp, Vec<Event>)> {
        let (stamp, mut from) = self.find(path, key)?;
        let events = (0..from.count()?).map(|_| event(&mut from)).collect::<Option<_>>()?;
        Some((stamp, events))
    }

    fn syllabus(&self, from: &mut Unpacker<'_>) -> Option<Syllabus> {
        let head = Head::take(from)?;
        Some(Folded::new(head, self.syllabi.clone(), from.number()?).into())
    }
}

/// Whether so many files of which so many had to be read are worth a new index.
#[must_use]
pub fn is_due(files: usize, parsed: usize) -> bool {
    files >= FEWEST && parsed >= files.div_ceil(50)
}

/// A number for how nodes are laid out: of one with whatever is laid out in its own way.
fn canonical_layout() -> u32 {
    let lines = [
        "A line",
        "no",
        "1",
        "a: b",
        "\\ \"it's\"",
        "two\nlines\n",
        "- 'x",
        "",
        " é\u{85}",
        "C# & C++",
        "3 body problem, 光学",
    ];
    let texts: Vec<Untrusted> = lines.into_iter().map(Untrusted::from).collect();
    let session = |number: usize| Session {
        id: SessionId::numbered(number),
        title: texts[number].clone(),
        description: texts[5].clone(),
        concepts: texts[number..].to_vec(),
    };
    let sessions = vec![session(1), session(2), Session { concepts: Vec::new(), ..session(3) }];
    let outline = Outline { introduction: texts[5].clone(), objectives: texts.clone(), sessions };
    let facts = Facts { scope: Some(texts[0].clone()), aliases: texts.clone(), ..Facts::named(lines[9]) };
    let mut node = Node::new(NodeId::derive(None, Kind::Subject, lines[0], 0), Kind::Subject, facts);
    node.extra = serde_json::Map::from_iter([(lines[3].to_owned(), serde_json::json!([[1.5e-9, null], {"k": [{}]}]))]);
    node.syllabus = Some(outline.into());
    crc32fast::hash(format::node_yaml(&node).as_bytes())
}

/// The bytes of an index of files that were read since `begin`.
#[must_use]
pub fn encode(kept: &[Kept<'_>], with_texts: bool, begin: SystemTime) -> Vec<u8> {
    let settled: Vec<&Kept<'_>> = kept.iter().filter(|one| one.key.is_settled(begin)).collect();
    let mut to = Packer(LAYOUT.as_bytes().to_vec());
    to.0.resize(BEFORE, 0);
    to.number(u64::from(canonical_layout()));
    to.number(u64::from(with_texts));
    to.number(settled.len() as u64);
    let mut syllabi = Syllabi::default();
    let mut one = Packer::default();
    for Kept { path, key, hash, is_canonical, content } in settled {
        one.0.clear();
        let is_whole = match content {
            Content::Node(node) => put_node(&mut one, node, &mut syllabi),
            Content::Batch(batch) => put_batch(&mut one, batch, &mut syllabi),
            Content::Log(events) => {
                one.number(events.len() as u64);
                events.iter().for_each(|event| put_event(&mut one, event));
                Some(())
            }
        };
        // What cannot be kept is found under no path.
        to.text(if is_whole.is_some() { path } else { "" });
        key.put(&mut to);
        to.0.extend_from_slice(&hash.to_le_bytes());
        to.number(u64::from(*is_canonical));
        to.number(one.0.len() as u64);
        to.0.extend_from_slice(&one.0);
    }
    let of_heads = (to.0.len() - BEFORE) as u64;
    to.0.append(&mut syllabi.bytes);
    to.0[BEFORE - 8..BEFORE].copy_from_slice(&of_heads.to_le_bytes());
    let sum = crc32fast::hash(&to.0[BEFORE - 8..]).to_le_bytes();
    to.0[LAYOUT.len()..LAYOUT.len() + 4].copy_from_slice(&sum);
    to.0
}

/// The contents of syllabi, one after the other, and where each begins by its hash: an accepted one is also in its batch.
#[derive(Default)]
struct Syllabi {
    bytes: Vec<u8>,
    known: HashMap<u128, (Head, u64)>,
}

/// Writes an index in the place of an older one. It needs no sync: what a crash makes of it has no right checksum.
///
/// # Errors
/// The system refused; nothing is lost by that.
pub fn write(root: &Path, bytes: &[u8]) -> std::io::Result<()> {
    disk::put(&place(root), bytes)
}

/// Lays out a node; `None` where its syllabus cannot be had.
fn put_node(to: &mut Packer, node: &Node, syllabi: &mut Syllabi) -> Option<()> {
    let is_plain = node.deprecated.is_none() && node.documents.is_empty() && node.extra.is_empty();
    if !is_plain {
        node.syllabus.as_ref().is_none_or(Syllabus::is_readable).then_some(())?;
        to.number(1);
        to.text(&serde_json::to_string(node).ok()?);
        return Some(());
    }
    to.number(0);
    to.number(node.id.to_bits());
    to.number(node.kind as u64);
    put_facts(to, &node.facts);
    to.maybe(node.notes.as_ref().map(Untrusted::raw));
    to.number(u64::from(node.syllabus.is_some()));
    node.syllabus.as_ref().map_or(Some(()), |syllabus| put_syllabus(to, syllabus, syllabi))
}

/// Lays out a batch; `None` where a syllabus in it cannot be had.
fn put_batch(to: &mut Packer, Keyed { batch, keys }: &Keyed, syllabi: &mut Syllabi) -> Option<()> {
    let head = batch.head();
    to.wide(batch.id.to_bits());
    to.text(&batch.at);
    to.text(&batch.by);
    to.text(&serde_json::to_string(&batch.source).unwrap_or_default());
    put_maybe_node(to, batch.about);
    // An empty hash is none for whoever asks, but there may be a text.
    let prompt = head.prompt.as_deref().or(head.free_text.is_some().then_some(""));
    to.maybe(prompt);
    to.maybe(head.free_text.as_ref().map(|text| text.raw()));
    to.number(batch.proposals.len() as u64);
    for (proposed, key) in batch.proposals.iter().zip(keys) {
        to.number(key.id.to_bits());
        to.0.extend_from_slice(&key.sense.to_le_bytes());
        match proposed {
            Proposed::Node { parent, kind, facts, rationale } => {
                to.number(0);
                put_maybe_node(to, *parent);
                to.number(*kind as u64);
                put_facts(to, facts);
                to.maybe(rationale.as_ref().map(Untrusted::raw));
            }
            Proposed::Syllabus { subject, syllabus } => {
                to.number(1);
                to.number(subject.to_bits());
                put_syllabus(to, syllabus, syllabi)?;
            }
        }
    }
    Some(())
}

fn put_syllabus(to: &mut Packer, syllabus: &Syllabus, syllabi: &mut Syllabi) -> Option<()> {
    let syllabus = syllabus.clone().folded();
    let folded = syllabus.as_folded()?;
    let (head, start) = match syllabi.known.entry(folded.head().hash()) {
        hash_map::Entry::Occupied(known) => known.into_mut(),
        hash_map::Entry::Vacant(place) => {
            let content = folded.bytes()?;
            let start = syllabi.bytes.len() as u64;
            syllabi.bytes.extend_from_slice(&content);
            place.insert((folded.head().clone(), start))
        }
    };
    head.put(to);
    to.number(*start);
    Some(())
}

fn put_facts(to: &mut Packer, facts: &Facts) {
    to.text(facts.name.raw());
    to.texts(&facts.aliases);
    to.maybe(facts.level.as_ref().map(Untrusted::raw));
    to.maybe(facts.scope.as_ref().map(Untrusted::raw));
    to.texts(&facts.subtopics);
}

fn facts(from: &mut Unpacker<'_>) -> Option<Facts> {
    let (name, aliases) = (from.text()?.into(), from.texts()?);
    let (level, scope) = (from.maybe()?.map(Untrusted::from), from.maybe()?.map(Untrusted::from));
    Some(Facts { name, aliases, level, scope, subtopics: from.texts()? })
}

fn kind(number: u64) -> Option<Kind> {
    Kind::ALL.get(usize::try_from(number).ok()?).copied()
}

fn put_maybe_node(to: &mut Packer, node: Option<NodeId>) {
    // No id has all bits set.
    to.number(node.map_or(u64::MAX, NodeId::to_bits));
}

fn maybe_node(from: &mut Unpacker<'_>) -> Option<Option<NodeId>> {
    match from.number()? {
        u64::MAX => Some(None),
        bits => NodeId::from_bits(bits).map(Some),
    }
}

fn put_event(to: &mut Packer, event: &Event) {
    let head = |to: &mut Packer, what: u64| {
        to.number(what);
        to.number(u64::from(event.v));
        to.wide(event.id.to_bits());
        to.text(&event.at);
        to.text(&event.by);
    };
    match &event.change {
        Change::Accept { on }
            if event.ballot == Ballot::default()
                && on.iter().all(|one| one.edit.is_none() && one.replaced.is_none()) =>
        {
            head(to, 1);
            to.number(on.len() as u64);
            for Acceptance { proposal, node, parent, slug, .. } in on {
                to.number(proposal.to_bits());
                to.number(node.to_bits());
                put_maybe_node(to, *parent);
                to.text(slug);
            }
        }
        Change::Reject { on, reason, note, of } if event.ballot == Ballot::default() => {
            head(to, 2);
            to.number(on.len() as u64);
            on.iter().for_each(|proposal| to.number(proposal.to_bits()));
            to.number(Reason::ALL.iter().position(|one| one == reason).unwrap_or_default() as u64);
            to.maybe(note.as_ref().map(Untrusted::raw));
            put_maybe_node(to, *of);
        }
        _ => {
            to.number(0);
            to.text(&serde_json::to_string(event).unwrap_or_default());
        }
    }
}

fn event(from: &mut Unpacker<'_>) -> Option<Event> {
    let what = from.number()?;
    if what == 0 {
        return serde_json::from_str(from.text()?).ok();
    }
    let (v, id) = (u32::try_from(from.number()?).ok()?, EventId::from_bits(from.wide()?));
    let (at, by) = (from.text()?.to_owned(), from.text()?.to_owned());
    let count = from.count()?;
    let change = if what == 1 {
        let mut on = Vec::with_capacity(count);
        for _ in 0..count {
            let proposal = ProposalId::from_bits(from.number()?);
            let (node, parent) = (NodeId::from_bits(from.number()?)?, maybe_node(from)?);
            on.push(Acceptance { proposal, node, parent, slug: from.text()?.to_owned(), edit: None, replaced: None });
        }
        Change::Accept { on }
    } else {
        let on = (0..count).map(|_| from.number().map(ProposalId::from_bits)).collect::<Option<_>>()?;
        let reason = *Reason::ALL.get(usize::try_from(from.number()?).ok()?)?;
        Change::Reject { on, reason, note: from.maybe()?.map(Untrusted::from), of: maybe_node(from)? }
    };
    Some(Event { v, id, at, by, change, ballot: Ballot::default() })
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
