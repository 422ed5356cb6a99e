//! Reading a taxonomy directory. What cannot be used becomes a problem with file and line; the
//! rest is worked with.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StoreError;
use super::files::{self, Stamp};
use super::index::{self, Content, Index, Kept, Key};
use super::seen::{Folder, Seen};
use super::{conflict, documents, format, log, yaml};
use crate::taxonomy::documents::Library;
use crate::taxonomy::event::Event;
use crate::taxonomy::manifest::{Manifest, SyllabusText};
use crate::taxonomy::node::Node;
use crate::taxonomy::parallel;
use crate::taxonomy::proposal::{Batch, Proposed};
use crate::taxonomy::record::{Keyed, Record};
use crate::taxonomy::snapshot::{Problem, Snapshot};
use crate::taxonomy::syllabus::Syllabus;
use crate::taxonomy::text::is_slug;
use crate::taxonomy::tree::{Place, Tree};
use crate::taxonomy::{NodeId, QuickMap, QuickSet};

/// Node files as they were read, so that a later look parses only what changed.
pub type NodeFiles = QuickMap<PathBuf, (Stamp, Arc<Node>)>;

/// Other files as they were read.
pub type Stamps = QuickMap<PathBuf, Stamp>;

/// What was read before: whatever is still the same is not read again.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// Node files.
    pub nodes: Option<&'a NodeFiles>,
    /// Other files.
    pub others: Option<&'a Stamps>,
    /// The documents among them.
    pub documents: Option<&'a Library>,
}

/// A directory as read.
pub struct Loaded {
    /// The view of it.
    pub snapshot: Snapshot,
    /// Every node file that could be used.
    pub nodes: NodeFiles,
    /// All other files that were looked at, and node files that could not be used.
    pub others: Stamps,
    /// Logs with an incomplete last line.
    pub torn: Vec<(PathBuf, log::TornTail)>,
    /// The bytes of a new index, where that is worth writing.
    pub index: Option<Vec<u8>>,
    /// Files that an interrupted write left behind.
    pub left: Vec<PathBuf>,
}

/// What was read of one part of a directory, beside what could be used.
#[derive(Default)]
struct Rest {
    others: Stamps,
    problems: Vec<Problem>,
    left: Vec<PathBuf>,
}

impl Rest {
    fn of(root: &Path, odd: Vec<(PathBuf, String)>, left: Vec<PathBuf>) -> Self {
        let problem =
            |(path, message): (PathBuf, String)| Problem { path: files::shown(root, &path), line: None, message };
        let problems = odd.into_iter().map(problem).collect();
        Self { others: Stamps::default(), problems, left }
    }
}

/// Something from a file, with what a file has to be for it to be taken from an index.
struct Part<T> {
    path: PathBuf,
    key: Option<Key>,
    stamp: Stamp,
    /// Whether the file was read, not the index.
    is_parsed: bool,
    /// Whether it may go into an index.
    is_plain: bool,
    content: T,
}

/// Reads everything that was seen; files that are as in `known` or as in the index are not parsed again.
///
/// # Errors
/// There is no `provost.yaml`, or it cannot be used: nothing else can be judged then.
pub fn load_seen(
    root: &Path,
    seen: Seen,
    viewer: &str,
    known: Known<'_>,
    index: Option<&Index>,
) -> Result<Loaded, StoreError> {
    let begin = std::time::SystemTime::now();
    let mut rest = Rest::default();
    let manifest = manifest(root, &mut rest.others, &mut rest.problems)?;
    let with_texts = manifest.homework.syllabus_text == SyllabusText::Raw;
    let ((tree, nodes, files, of_tree), (batches, of_batches), (logs, torn, of_logs), (documents, of_documents)) =
        std::thread::scope(|scope| {
            let (proposals, decisions, texts) = (seen.proposals, seen.decisions, seen.documents);
            let batches = scope.spawn(|| batches(root, proposals, &manifest, index));
            let logs = scope.spawn(|| events(root, decisions, index));
            let documents = scope.spawn(|| {
                let mut rest = Rest::default();
                (documents::read(root, texts, known, &mut rest.others, &mut rest.problems), rest)
            });
            let tree = tree(root, seen.tree, known.nodes, index)?;
            let none = |_| StoreError::Stopped;
            Ok::<_, StoreError>((
                tree,
                batches.join().map_err(none)??,
                logs.join().map_err(none)?,
                documents.join().map_err(none)?,
            ))
        })?;
    for part in [of_tree, of_batches, of_logs, of_documents] {
        rest.others.extend(part.others);
        rest.problems.extend(part.problems);
        rest.left.extend(part.left);
    }
    let parsed = files.iter().filter(|part| part.is_parsed).count()
        + batches.iter().filter(|part| part.is_parsed).count()
        + logs.iter().filter(|part| part.is_parsed).count();
    let is_due = known.nodes.is_none() && index::is_due(files.len() + batches.len() + logs.len(), parsed);
    let index = is_due.then(|| {
        let kept = kept(root, &files, |node| Content::Node(node));
        let kept = kept.chain(self::kept(root, &batches, Content::Batch));
        let kept: Vec<_> = kept.chain(self::kept(root, &logs, |events| Content::Log(events))).collect();
        index::encode(&kept, with_texts, begin)
    });
    let batches = batches.into_iter().map(|part| part.content).collect();
    let events = logs.into_iter().flat_map(|part| part.content).collect();
    let record = Record::fold_keyed(manifest.policy.clone(), viewer, batches, events);
    let (documents, problems) = (Arc::new(documents), rest.problems);
    let snapshot = Snapshot { revision: 0, manifest: Arc::new(manifest), tree, record, documents, problems };
    Ok(Loaded { snapshot, nodes, others: rest.others, torn, index, left: rest.left })
}

/// What of some parts goes into an index.
fn kept<'a, T>(
    root: &'a Path,
    parts: &'a [Part<T>],
    content: impl Fn(&'a T) -> Content<'a> + 'a,
) -> impl Iterator<Item = Kept<'a>> {
    parts.iter().filter(|part| part.is_plain).filter_map(move |part| {
        let (path, content) = (files::shown(root, &part.path), content(&part.content));
        let (hash, is_canonical) = (part.stamp.hash(), part.stamp.is_canonical());
        Some(Kept { path, key: part.key?, hash, is_canonical, content })
    })
}

/// A batch with no more than the fold needs.
pub fn lean(batch: Batch, manifest: &Manifest) -> Batch {
    match manifest.homework.syllabus_text {
        SyllabusText::Outline => batch.without_replies(),
        SyllabusText::Raw => batch,
    }
}

fn manifest(root: &Path, others: &mut Stamps, problems: &mut Vec<Problem>) -> Result<Manifest, StoreError> {
    let path = root.join("provost.yaml");
    let (text, stamp) = files::read(&path, yaml::MAX_BYTES as u64).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            StoreError::NotATaxonomy(crate::taxonomy::text::reveal_line(&root.display().to_string()).into_owned())
        }
        _ => StoreError::io(&path, error),
    })?;
    others.insert(path, stamp);
    let text = utf8(&text, "provost.yaml").map_err(StoreError::File)?;
    // In conflict it is read as on one side, and nothing is decided by it: see `Store::submit`.
    if let Some(conflict::Sides { line, ours, theirs }) = conflict::sides(text) {
        let parse = |text: &str| format::parse_manifest(text, "provost.yaml").ok();
        let problem = conflict::problem("provost.yaml", line);
        let manifest = parse(&ours).or_else(|| parse(&theirs)).ok_or_else(|| StoreError::File(problem.clone()))?;
        problems.push(problem);
        return Ok(manifest);
    }
    format::parse_manifest(text, "provost.yaml").map_err(StoreError::File)
}

/// The text of a file.
///
/// # Errors
/// It is not UTF-8; where it ends to be.
pub fn utf8<'a>(bytes: &'a [u8], path: &str) -> Result<&'a str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        Problem { path: path.to_owned(), line: Some(line), message: "The file is not UTF-8 text.".to_owned() }
    })
}

type Nodes = (Tree, NodeFiles, Vec<Part<Arc<Node>>>, Rest);

fn tree(root: &Path, seen: Folder, known: Option<&NodeFiles>, index: Option<&Index>) -> Result<Nodes, StoreError> {
    let folder = root.join("tree");
    let Folder { files, odd, left } = seen;
    let mut rest = Rest::of(root, odd, left);
    let mut nodes = NodeFiles::default();
    nodes.reserve(files.len());
    let mut found = Vec::with_capacity(files.len());
    let mut parts = Vec::with_capacity(files.len());
    let read = side_by_side(&files, |(path, meta)| read_node(root, path, meta.as_ref(), known, index))?;
    for ((path, _), read) in files.iter().zip(read) {
        match read {
            Ok(part) => {
                found.push((&**path, part.content.clone()));
                nodes.insert(path.clone(), (part.stamp, part.content.clone()));
                parts.push(part);
            }
            Err(Broken { stamp, problem, node }) => {
                found.extend(node.map(|node| (&**path, node)));
                rest.others.extend(stamp.map(|stamp| (path.clone(), stamp)));
                rest.problems.push(problem);
            }
        }
    }
    Ok((assemble(root, &folder, found, &mut rest.problems), nodes, parts, rest))
}

/// A node file that cannot be used as it is.
struct Broken {
    stamp: Option<Stamp>,
    problem: Problem,
    /// What is shown of it: git left a conflict in it. It is not among the known files, so that
    /// nothing is ever written over it.
    node: Option<Arc<Node>>,
}

/// Reads files side by side; what each gave, in their order.
///
/// # Errors
/// One of the threads panicked: what it read is not known, and a part is never taken for the whole.
fn side_by_side<F: Sync, T: Send>(files: &[F], read: impl Fn(&F) -> T + Sync) -> Result<Vec<T>, StoreError> {
    parallel::try_map(files, || (), |(), file| read(file)).map_err(|_| StoreError::Stopped)
}

fn read_node(
    root: &Path,
    path: &Path,
    meta: Option<&fs::Metadata>,
    known: Option<&NodeFiles>,
    index: Option<&Index>,
) -> Result<Part<Arc<Node>>, Broken> {
    let part = |stamp, content, key, is_parsed| {
        let path = path.to_owned();
        Part { path, key, stamp, is_parsed, is_plain: true, content }
    };
    if let (Some((stamp, node)), Some(meta)) = (known.and_then(|known| known.get(path)), meta)
        && stamp.looks_like(meta)
    {
        return Ok(part(*stamp, node.clone(), None, false));
    }
    let shown = files::shown(root, path);
    let key = key(meta);
    if let Some((stamp, node)) = index.and_then(|index| index.node(&shown, key)) {
        return Ok(part(stamp, Arc::new(node), key, false));
    }
    let (bytes, stamp) = files::read(path, yaml::MAX_BYTES as u64).map_err(|error| {
        let message = format!("The file cannot be read: {error}.");
        let problem = Problem { path: shown.clone(), line: None, message };
        Broken { stamp: meta.map(Stamp::refused), problem, node: None }
    })?;
    let parsed = utf8(&bytes, &shown).and_then(|text| format::read_node(text, &shown));
    let folded = |(mut node, is_canonical): (Node, bool)| {
        node.syllabus = node.syllabus.take().map(Syllabus::folded);
        part(stamp.canonical(is_canonical), Arc::new(node), key, true)
    };
    parsed.map(folded).map_err(|problem| {
        let conflict = utf8(&bytes, &shown).ok().and_then(|text| conflict::node(text, &shown));
        let (node, problem) = match conflict {
            Some((node, problem)) => (Some(Arc::new(node)), problem),
            None => (None, problem),
        };
        Broken { stamp: Some(stamp), problem, node }
    })
}

/// Hangs the nodes where their files are: `a/b.yaml` below `a.yaml`.
fn assemble(root: &Path, folder: &Path, mut nodes: Vec<(&Path, Arc<Node>)>, problems: &mut Vec<Problem>) -> Tree {
    let mut found: Vec<(Place, Arc<Node>)> = Vec::with_capacity(nodes.len());
    nodes.sort_by_cached_key(|(path, _)| path.components().count());
    // By the bytes of the folder below which children hang: to compare paths part by part takes longer.
    let mut placed: QuickMap<OsString, NodeId> = QuickMap::default();
    let mut seen: QuickSet<NodeId> = QuickSet::default();
    for (path, node) in nodes {
        let mut problem = |message: String| {
            problems.push(Problem { path: files::shown(root, path), line: None, message });
        };
        let slug = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !is_slug(&slug) {
            problem("A file name holds only a-z, 0-9 and -; rename the file.".to_owned());
            continue;
        }
        let above = path.parent().unwrap_or(folder);
        let parent = if above == folder { None } else { placed.get(above.as_os_str()).copied() };
        if parent.is_none() && above != folder {
            let wanted = files::shown(root, &above.with_extension("yaml"));
            problems.push(Problem::orphan(files::shown(root, path), &wanted));
            continue;
        }
        if !seen.insert(node.id) {
            problems.push(Problem::copied(files::shown(root, path), node.id));
            continue;
        }
        placed.insert(path.with_extension("").into_os_string(), node.id);
        found.push((Place { parent, slug }, node));
    }
    Tree::of(found)
}

fn batches(
    root: &Path,
    seen: Folder,
    manifest: &Manifest,
    index: Option<&Index>,
) -> Result<(Vec<Part<Keyed>>, Rest), StoreError> {
    let Folder { files, odd, left } = seen;
    let mut all = Rest::of(root, odd, left);
    all.others.reserve(files.len());
    let mut batches = Vec::with_capacity(files.len());
    for (part, rest) in side_by_side(&files, |(path, meta)| read_batch(root, path, meta.as_ref(), manifest, index))? {
        all.others.extend(part.iter().map(|part| (part.path.clone(), part.stamp)));
        batches.extend(part);
        all.others.extend(rest.others);
        all.problems.extend(rest.problems);
    }
    Ok((batches, all))
}

fn read_batch(
    root: &Path,
    path: &Path,
    meta: Option<&fs::Metadata>,
    manifest: &Manifest,
    index: Option<&Index>,
) -> (Option<Part<Keyed>>, Rest) {
    let mut rest = Rest::default();
    let shown = files::shown(root, path);
    let with_texts = manifest.homework.syllabus_text == SyllabusText::Raw;
    let key = key(meta);
    let part = |stamp, content, is_parsed, is_plain| {
        let path = path.to_owned();
        Part { path, key, stamp, is_parsed, is_plain, content }
    };
    if let Some((stamp, batch)) = index.and_then(|index| index.batch(&shown, key, with_texts)) {
        return (Some(part(stamp, batch, false, true)), rest);
    }
    let Some((bytes, stamp)) = read(path, meta, yaml::MAX_BYTES as u64, &shown, &mut rest) else { return (None, rest) };
    let text = match utf8(&bytes, &shown) {
        Ok(text) => text,
        Err(problem) => {
            rest.problems.push(problem);
            return (None, rest);
        }
    };
    match format::parse_batch(text, &shown) {
        Ok(batch) => {
            let mut batch = lean(batch, manifest);
            let is_plain = fold_syllabi(&mut batch);
            (Some(part(stamp, Keyed::of(batch), true, is_plain)), rest)
        }
        Err(problem) => {
            let sides = conflict::sides(text);
            let parse = |text: String| format::parse_batch(&text, &shown).ok();
            let batch = sides.and_then(|sides| parse(sides.ours).or_else(|| parse(sides.theirs)));
            rest.problems.push(problem);
            (batch.map(|batch| part(stamp, Keyed::of(lean(batch, manifest)), true, false)), rest)
        }
    }
}

/// Folds the syllabi of a batch. Whether all could be: one whose session ids have to be repaired is known by what it
/// was before that.
fn fold_syllabi(batch: &mut Batch) -> bool {
    let mut all = true;
    for proposed in &mut batch.proposals {
        if let Proposed::Syllabus { syllabus, .. } = proposed {
            if syllabus.has_session_ids() {
                *syllabus = std::mem::take(syllabus).folded();
            } else {
                all = false;
            }
        }
    }
    all
}

type Torn = Vec<(PathBuf, log::TornTail)>;

fn events(root: &Path, seen: Folder, index: Option<&Index>) -> (Vec<Part<Vec<Event>>>, Torn, Rest) {
    let Folder { files, odd, left } = seen;
    let mut all = Rest::of(root, odd, left);
    let (mut logs, mut torn) = (Vec::new(), Vec::new());
    for (path, meta) in files {
        let shown = files::shown(root, &path);
        let key = key(meta.as_ref());
        if let Some((stamp, events)) = index.and_then(|index| index.log(&shown, key)) {
            all.others.insert(path.clone(), stamp);
            logs.push(Part { path, key, stamp, is_parsed: false, is_plain: true, content: events });
            continue;
        }
        let Some((bytes, stamp)) = read(&path, meta.as_ref(), u64::MAX, &shown, &mut all) else { continue };
        let log = log::parse(&bytes, &shown);
        let is_plain = log.problems.is_empty() && log.torn.is_none();
        all.problems.extend(log.problems);
        torn.extend(log.torn.map(|tail| (path.clone(), tail)));
        logs.push(Part { path, key, stamp, is_parsed: true, is_plain, content: log.events });
    }
    (logs, torn, all)
}

/// What a file is now.
fn key(meta: Option<&fs::Metadata>) -> Option<Key> {
    meta.filter(|meta| meta.is_file()).and_then(Key::of)
}

fn read(
    path: &Path,
    meta: Option<&fs::Metadata>,
    limit: u64,
    shown: &str,
    rest: &mut Rest,
) -> Option<(Vec<u8>, Stamp)> {
    match files::read(path, limit) {
        Ok((bytes, stamp)) => {
            rest.others.insert(path.to_owned(), stamp);
            Some((bytes, stamp))
        }
        Err(error) => {
            let message = format!("The file cannot be read: {error}.");
            rest.others.extend(meta.map(|meta| (path.to_owned(), Stamp::refused(meta))));
            rest.problems.push(Problem { path: shown.to_owned(), line: None, message });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_text_is_told_with_its_line() {
        assert_eq!(utf8(b"a\nb\n", "x.yaml"), Ok("a\nb\n"));
        for (bytes, line) in [(&b"\xff"[..], 1), (b"a\nb\n\xff\n", 3), (b"abc\xff\n\n", 1)] {
            let problem = utf8(bytes, "x.yaml").unwrap_err();
            assert_eq!((problem.path.as_str(), problem.line), ("x.yaml", Some(line)));
        }
    }

    #[test]
    fn a_part_is_never_taken_for_the_whole() {
        let numbers: Vec<usize> = (0..500).collect();
        assert_eq!(side_by_side(&numbers, |number| number + 1).unwrap(), (1..=500).collect::<Vec<_>>());
        let failed = side_by_side(&numbers, |number| {
            assert_ne!(*number, 499, "the last thread fails");
            *number
        });
        assert!(matches!(failed, Err(StoreError::Stopped)));
    }
}
