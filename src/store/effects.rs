//! What steps do to files: whether they can, and doing it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::core::Store;
use super::error::StoreError;
use super::files::{self, Over, Write};
use super::{format, recovery};
use crate::taxonomy::conflict::untouched;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::node::Node;
use crate::taxonomy::op::Refusal;
use crate::taxonomy::step::Step;
use crate::taxonomy::tree::{Place, Tree};

/// On what occasion the disk is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before a decision: nothing of it is done.
    Deciding,
    /// After an interruption: the folder of a moved node may have gone before its file.
    Completing,
}

impl Store {
    /// Whether every file that the steps would touch is still as it was read, and every place
    /// they lead to is free.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where other hands changed a file; the next refresh reads it.
    pub(super) fn check_disk(&mut self, steps: &[Step], when: When) -> Result<(), StoreError> {
        let checked = self.find_conflict(steps, when);
        if let Err(Found::Changed(path)) = checked {
            if let Some((stamp, _)) = self.nodes.get_mut(&path) {
                stamp.doubt();
            }
            return Err(StoreError::Conflict { path: files::shown(&self.root, &path) });
        }
        checked.map_err(|found| match found {
            Found::Changed(path) => StoreError::Conflict { path: files::shown(&self.root, &path) },
            Found::Error(error) => error,
        })
    }

    fn find_conflict(&self, steps: &[Step], when: When) -> Result<(), Found> {
        untouched(&self.snapshot, steps).map_err(|why| Found::Error(why.into()))?;
        let before = &self.snapshot.tree;
        let mut tree = before.clone();
        let mut looked_at = HashSet::new();
        for step in steps {
            if before.entry(step.node()).is_some() && looked_at.insert(step.node()) {
                self.check_as_read(&self.file_of(before, step.node()))?;
            }
            if let Step::Create { place, .. } | Step::Move { to: place, .. } = step {
                self.check_free(&tree, step, place, when)?;
            }
            step.apply(&mut tree).map_err(|why| Found::Error(Refusal::new(why).into()))?;
        }
        Ok(())
    }

    fn check_as_read(&self, path: &Path) -> Result<(), Found> {
        self.check_folder_of(path)?;
        let Some((stamp, _)) = self.nodes.get(path) else { return Err(Found::Changed(path.to_owned())) };
        match stamp.holds(path) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Found::Changed(path.to_owned())),
            Err(error) => Err(Found::Error(StoreError::io(path, error))),
        }
    }

    /// Whether no file is at `place`, nor for a move a folder with something in it beside it.
    fn check_free(&self, tree: &Tree, step: &Step, place: &Place, when: When) -> Result<(), Found> {
        let path = self.file_at(tree, place);
        self.check_folder_of(&path)?;
        if self.snapshot.tree.child_by_slug(place.parent, &place.slug).is_some() {
            // A node that goes away in the same op: the steps were found possible.
            return Ok(());
        }
        if fs::symlink_metadata(&path).is_ok() {
            // A power failure may have kept the name of a file and not that of the one it hangs under.
            let is_ours = |node: &Node| files::holds_just(&path, &format::node_yaml(node));
            let is_done = matches!(step, Step::Create { node, .. } if when == When::Completing && is_ours(node));
            return if is_done { Ok(()) } else { Err(Found::Changed(path)) };
        }
        let folder = path.with_extension("");
        let is_empty = || fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
        let is_move = matches!(step, Step::Move { .. });
        if is_move && when == When::Deciding && fs::symlink_metadata(&folder).is_ok() && !is_empty() {
            let what =
                format!("{} has something in it that is not of the taxonomy.", files::shown(&self.root, &folder));
            return Err(Found::Error(StoreError::InTheWay(what)));
        }
        Ok(())
    }

    fn check_folder_of(&self, path: &Path) -> Result<(), Found> {
        files::check_folder(&self.root, path.parent().unwrap_or(&self.root)).map_err(Found::Error)
    }

    fn file_of(&self, tree: &Tree, node: NodeId) -> PathBuf {
        self.root.join("tree").join(format!("{}.yaml", tree.path(node)))
    }

    fn file_at(&self, tree: &Tree, place: &Place) -> PathBuf {
        let above = place.parent.map(|parent| tree.path(parent)).unwrap_or_default();
        self.root.join("tree").join(above).join(format!("{}.yaml", place.slug))
    }

    /// Brings the files to where the steps lead from the present tree.
    pub(super) fn write_steps(&mut self, steps: &[Step]) -> Result<(), StoreError> {
        let mut tree = self.snapshot.tree.clone();
        let mut writes = Writes::default();
        let mut changed = BTreeSet::new();
        let mut removals: Vec<PathBuf> = Vec::new();
        for step in steps {
            if !matches!(step, Step::Remove { .. }) {
                self.remove_files(&mut removals)?;
            }
            let before = match step {
                Step::Create { place, .. } => self.file_at(&tree, place),
                _ => self.file_of(&tree, step.node()),
            };
            step.apply(&mut tree).map_err(Refusal::new)?;
            match step {
                Step::Create { .. } | Step::Patch { .. } => {
                    if let Some(node) = tree.node(step.node()).cloned() {
                        let over = self.nodes.get(&before).map_or(Over::Nothing, |(stamp, _)| Over::Known(*stamp));
                        writes.put(before, node, over);
                    }
                }
                Step::Remove { .. } => {
                    self.flush(&mut writes)?;
                    changed.insert(self.folder_of(&before)?);
                    removals.push(before);
                }
                Step::Move { node, .. } => {
                    self.flush(&mut writes)?;
                    let after = self.file_of(&tree, *node);
                    let folders = [self.folder_of(&before)?, self.folder_of(&after)?];
                    recovery::rename(&self.root, &before, &after)?;
                    changed.extend(folders);
                    self.rename_known(&tree, *node, &before);
                }
            }
        }
        self.remove_files(&mut removals)?;
        self.flush(&mut writes)?;
        changed.retain(|folder| folder.exists());
        files::sync_folders(&changed)
    }

    /// Removes files side by side, as a disk takes long over each; what is below goes before what it hangs under. One that is no
    /// longer as it was read is left to whoever changed it.
    fn remove_files(&mut self, removals: &mut Vec<PathBuf>) -> Result<(), StoreError> {
        let depth = |path: &PathBuf| std::cmp::Reverse(path.components().count());
        removals.sort_by_key(depth);
        for level in removals.chunk_by(|a, b| depth(a) == depth(b)) {
            files::side_by_side(level.len(), |at| {
                let path = &level[at];
                let known = self.nodes.get(path).map(|(stamp, _)| stamp);
                let is_there = fs::symlink_metadata(path).is_ok();
                let same = known.filter(|_| is_there).map_or(Ok(true), |stamp| stamp.holds(path));
                match same.map_err(|error| StoreError::io(path, error))? {
                    true => recovery::remove(path),
                    false => Err(StoreError::Conflict { path: files::shown(&self.root, path) }),
                }
            })?;
        }
        for path in removals.drain(..) {
            self.nodes.remove(&path);
        }
        Ok(())
    }

    /// The folder of a file, where no link leads outside.
    fn folder_of(&self, path: &Path) -> Result<PathBuf, StoreError> {
        let folder = path.parent().unwrap_or(&self.root);
        files::check_folder(&self.root, folder)?;
        Ok(folder.to_owned())
    }

    fn flush(&mut self, writes: &mut Writes) -> Result<(), StoreError> {
        let Writes { files, nodes, .. } = std::mem::take(writes);
        let stamps = files::write_all(&self.root, &files)?;
        for ((write, node), stamp) in files.into_iter().zip(nodes).zip(stamps) {
            self.nodes.insert(write.path, (stamp.canonical(true), node));
        }
        Ok(())
    }

    /// After a move that led to `tree`: the file and all below its folder are known under their
    /// new paths.
    fn rename_known(&mut self, tree: &Tree, moved: NodeId, before: &Path) {
        let (from, to) = (before.with_extension(""), self.file_of(tree, moved).with_extension(""));
        for node in tree.subtree(Some(moved)) {
            let new = self.file_of(tree, node);
            let old = match new.strip_prefix(&to) {
                Ok(below) if node != moved => from.join(below),
                _ => before.to_owned(),
            };
            if let Some(known) = self.nodes.remove(&old) {
                self.nodes.insert(new, known);
            }
        }
    }
}

/// Files to be written together, each once, in the order they came up.
#[derive(Default)]
struct Writes {
    files: Vec<Write>,
    nodes: Vec<Arc<Node>>,
    at: HashMap<NodeId, usize>,
}

impl Writes {
    fn put(&mut self, path: PathBuf, node: Arc<Node>, over: Over) {
        let text = format::node_yaml(&node);
        match self.at.get(&node.id) {
            Some(at) => (self.files[*at].text, self.nodes[*at]) = (text, node),
            None => {
                self.at.insert(node.id, self.files.len());
                self.files.push(Write { path, text, over });
                self.nodes.push(node);
            }
        }
    }
}

/// Why steps cannot be carried out.
enum Found {
    /// This file is not what was read, or is there unexpectedly.
    Changed(PathBuf),
    /// Anything else.
    Error(StoreError),
}
