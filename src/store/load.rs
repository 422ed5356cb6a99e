//! Reading a taxonomy directory. What cannot be used becomes a problem with file and line; the
//! rest is worked with.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StoreError;
use super::files::{self, Stamp};
use super::{conflict, documents, format, log, yaml};
use crate::taxonomy::event::Event;
use crate::taxonomy::manifest::{Manifest, SyllabusText};
use crate::taxonomy::node::Node;
use crate::taxonomy::proposal::Batch;
use crate::taxonomy::record::Record;
use crate::taxonomy::snapshot::{Problem, Snapshot};
use crate::taxonomy::text::is_slug;
use crate::taxonomy::tree::{Place, Tree};

/// Node files as they were read, so that a later look parses only what changed.
pub type NodeFiles = HashMap<PathBuf, (Stamp, Arc<Node>)>;

/// A directory as read.
pub struct Loaded {
    /// The view of it.
    pub snapshot: Snapshot,
    /// Every node file that could be used.
    pub nodes: NodeFiles,
    /// All other files that were looked at, and node files that could not be used.
    pub others: HashMap<PathBuf, Stamp>,
    /// Logs with an incomplete last line.
    pub torn: Vec<(PathBuf, log::TornTail)>,
}

/// Reads everything; node files that are as in `known` are not parsed again.
///
/// # Errors
/// There is no `provost.yaml`, or it cannot be used: nothing else can be judged then.
pub fn load(root: &Path, viewer: &str, known: &NodeFiles) -> Result<Loaded, StoreError> {
    let mut others = HashMap::new();
    let mut problems = Vec::new();
    let manifest = manifest(root, &mut others, &mut problems)?;
    let (tree, nodes) = tree(root, known, &mut others, &mut problems);
    let batches = batches(root, &mut others, &mut problems).into_iter().map(|batch| lean(batch, &manifest)).collect();
    let (events, torn) = events(root, &mut others, &mut problems);
    let record = Record::fold(manifest.policy.clone(), viewer, batches, events);
    let documents = Arc::new(documents::read(root, &mut others, &mut problems));
    let snapshot = Snapshot { revision: 0, manifest: Arc::new(manifest), tree, record, documents, problems };
    Ok(Loaded { snapshot, nodes, others, torn })
}

/// A batch with no more than the fold needs.
pub fn lean(batch: Batch, manifest: &Manifest) -> Batch {
    match manifest.homework.syllabus_text {
        SyllabusText::Outline => batch.without_replies(),
        SyllabusText::Raw => batch,
    }
}

fn manifest(
    root: &Path,
    others: &mut HashMap<PathBuf, Stamp>,
    problems: &mut Vec<Problem>,
) -> Result<Manifest, StoreError> {
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

fn note_odd(root: &Path, odd: Vec<(PathBuf, String)>, problems: &mut Vec<Problem>) {
    let odd = odd.into_iter().map(|(path, message)| Problem { path: files::shown(root, &path), line: None, message });
    problems.extend(odd);
}

fn tree(
    root: &Path,
    known: &NodeFiles,
    others: &mut HashMap<PathBuf, Stamp>,
    problems: &mut Vec<Problem>,
) -> (Tree, NodeFiles) {
    let folder = root.join("tree");
    let (paths, odd) = files::walk(&folder, "yaml");
    note_odd(root, odd, problems);
    let mut nodes = NodeFiles::with_capacity(paths.len());
    let mut placed = HashMap::with_capacity(paths.len());
    for (path, read) in read_nodes(root, &paths, known) {
        match read {
            Ok((stamp, node)) => {
                placed.insert(path.clone(), node.clone());
                nodes.insert(path, (stamp, node));
            }
            Err(Broken { stamp, problem, node }) => {
                placed.extend(node.map(|node| (path.clone(), node)));
                others.extend(stamp.map(|stamp| (path, stamp)));
                problems.push(problem);
            }
        }
    }
    (assemble(root, &folder, &paths, &placed, problems), nodes)
}

type ReadNode = Result<(Stamp, Arc<Node>), Broken>;

/// A node file that cannot be used as it is.
struct Broken {
    stamp: Option<Stamp>,
    problem: Problem,
    /// What is shown of it: git left a conflict in it. It is not among the known files, so that
    /// nothing is ever written over it.
    node: Option<Arc<Node>>,
}

/// Reads node files on all cores.
fn read_nodes(root: &Path, paths: &[PathBuf], known: &NodeFiles) -> Vec<(PathBuf, ReadNode)> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = paths.len().div_ceil(workers).max(64);
    std::thread::scope(|scope| {
        let read = |path: &PathBuf| (path.clone(), read_node(root, path, known));
        let parts: Vec<_> =
            paths.chunks(share).map(|part| scope.spawn(move || part.iter().map(read).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    })
}

fn read_node(root: &Path, path: &Path, known: &NodeFiles) -> ReadNode {
    if let Some((stamp, node)) = known.get(path)
        && fs::symlink_metadata(path).is_ok_and(|meta| stamp.looks_like(&meta))
    {
        return Ok((*stamp, node.clone()));
    }
    let shown = files::shown(root, path);
    let (bytes, stamp) = files::read(path, yaml::MAX_BYTES as u64).map_err(|error| {
        let message = format!("The file cannot be read: {error}.");
        Broken { stamp: None, problem: Problem { path: shown.clone(), line: None, message }, node: None }
    })?;
    let parsed = utf8(&bytes, &shown).and_then(|text| format::parse_node(text, &shown));
    parsed.map(|node| (stamp, Arc::new(node))).map_err(|problem| {
        let conflict = utf8(&bytes, &shown).ok().and_then(|text| conflict::node(text, &shown));
        let (node, problem) = match conflict {
            Some((node, problem)) => (Some(Arc::new(node)), problem),
            None => (None, problem),
        };
        Broken { stamp: Some(stamp), problem, node }
    })
}

/// Hangs the nodes where their files are: `a/b.yaml` below `a.yaml`.
fn assemble(
    root: &Path,
    folder: &Path,
    paths: &[PathBuf],
    nodes: &HashMap<PathBuf, Arc<Node>>,
    problems: &mut Vec<Problem>,
) -> Tree {
    let mut tree = Tree::default();
    let mut by_depth: Vec<&PathBuf> = paths.iter().filter(|path| nodes.contains_key(*path)).collect();
    by_depth.sort_by_key(|path| (path.components().count(), *path));
    let mut placed: HashMap<PathBuf, crate::taxonomy::NodeId> = HashMap::new();
    let mut seen: HashSet<crate::taxonomy::NodeId> = HashSet::new();
    for path in by_depth {
        let mut problem = |message: String| {
            problems.push(Problem { path: files::shown(root, path), line: None, message });
        };
        let Some(node) = nodes.get(path) else { continue };
        let slug = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !is_slug(&slug) {
            problem("A file name holds only a-z, 0-9 and -; rename the file.".to_owned());
            continue;
        }
        let above = path.parent().unwrap_or(folder);
        let parent = if above == folder { None } else { placed.get(above).copied() };
        if parent.is_none() && above != folder {
            let wanted = files::shown(root, &above.with_extension("yaml"));
            problems.push(Problem::orphan(files::shown(root, path), &wanted));
            continue;
        }
        if !seen.insert(node.id) {
            problem(format!("Its id {} is that of another file; a copied node needs a new id.", node.id));
            continue;
        }
        placed.insert(path.with_extension(""), node.id);
        tree.put(Place { parent, slug }, node.clone());
    }
    tree
}

fn batches(root: &Path, others: &mut HashMap<PathBuf, Stamp>, problems: &mut Vec<Problem>) -> Vec<Batch> {
    let (paths, odd) = files::walk(&root.join("proposals"), "yaml");
    note_odd(root, odd, problems);
    let mut batches = Vec::with_capacity(paths.len());
    for path in paths {
        let shown = files::shown(root, &path);
        let Some(bytes) = read(&path, yaml::MAX_BYTES as u64, &shown, others, problems) else { continue };
        let text = match utf8(&bytes, &shown) {
            Ok(text) => text,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        match format::parse_batch(text, &shown) {
            Ok(batch) => batches.push(batch),
            Err(problem) => {
                let sides = conflict::sides(text);
                let parse = |text: String| format::parse_batch(&text, &shown).ok();
                batches.extend(sides.and_then(|sides| parse(sides.ours).or_else(|| parse(sides.theirs))));
                problems.push(problem);
            }
        }
    }
    batches
}

fn events(
    root: &Path,
    others: &mut HashMap<PathBuf, Stamp>,
    problems: &mut Vec<Problem>,
) -> (Vec<Event>, Vec<(PathBuf, log::TornTail)>) {
    let (paths, odd) = files::walk(&root.join("decisions"), "jsonl");
    note_odd(root, odd, problems);
    let (mut events, mut torn) = (Vec::new(), Vec::new());
    for path in paths {
        let shown = files::shown(root, &path);
        let Some(bytes) = read(&path, u64::MAX, &shown, others, problems) else { continue };
        let log = log::parse(&bytes, &shown);
        events.extend(log.events);
        problems.extend(log.problems);
        torn.extend(log.torn.map(|tail| (path, tail)));
    }
    (events, torn)
}

fn read(
    path: &Path,
    limit: u64,
    shown: &str,
    others: &mut HashMap<PathBuf, Stamp>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<u8>> {
    match files::read(path, limit) {
        Ok((bytes, stamp)) => {
            others.insert(path.to_owned(), stamp);
            Some(bytes)
        }
        Err(error) => {
            let message = format!("The file cannot be read: {error}.");
            problems.push(Problem { path: shown.to_owned(), line: None, message });
            None
        }
    }
}

/// Whether anything below the directory differs from what was read.
#[must_use]
pub fn is_changed(root: &Path, nodes: &NodeFiles, others: &HashMap<PathBuf, Stamp>) -> bool {
    let mut count = 0;
    let folders = [("tree", "yaml"), ("proposals", "yaml"), ("decisions", "jsonl")];
    let documents = documents::paths(root).0;
    let parts = folders.iter().flat_map(|(folder, extension)| files::walk(&root.join(folder), extension).0);
    for path in parts.chain(documents) {
        count += 1;
        let stamp = nodes.get(&path).map(|(stamp, _)| stamp).or_else(|| others.get(&path));
        let same = fs::symlink_metadata(&path).is_ok_and(|meta| stamp.is_some_and(|stamp| stamp.looks_like(&meta)));
        if !same {
            return true;
        }
    }
    let manifest = root.join("provost.yaml");
    let same =
        fs::symlink_metadata(&manifest).is_ok_and(|meta| others.get(&manifest).is_some_and(|at| at.looks_like(&meta)));
    !same || count + 1 != nodes.len() + others.len()
}
