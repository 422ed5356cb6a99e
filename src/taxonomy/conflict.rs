//! Node files that cannot be used as they are: those that git left in conflict are shown, and nothing
//! changes them before a person has chosen; those whose parent is gone have no place.

use std::collections::HashMap;

use super::id::NodeId;
use super::op::Refusal;
use super::snapshot::{Problem, Snapshot};
use super::step::Step;
use super::tree::Tree;

/// The end of what is said of a node without a place.
const LEFT_OUT: &str = "so this node is left out.";
/// The end of what is said of a second file for one node.
const COPIED: &str = "is that of another file; a copied node needs a new id.";

impl Problem {
    /// A node that has no place, because the file of its parent (`parent`) is not there.
    #[must_use]
    pub fn orphan(path: String, parent: &str) -> Self {
        let message = format!("Its parent {parent} is missing or cannot be used, {LEFT_OUT}");
        Self { path, line: None, message }
    }

    /// A node that has no place, because another file has its id.
    #[must_use]
    pub fn copied(path: String, id: NodeId) -> Self {
        Self { path, line: None, message: format!("Its id {id} {COPIED}") }
    }

    /// Whether a step that was carried out, and led to `tree`, may have made it go away, or have its file at another place.
    #[must_use]
    pub fn may_be_mended_by(&self, step: &Step, tree: &Tree) -> bool {
        match step {
            Step::Patch { .. } => false,
            Step::Move { .. } => self.path.starts_with("tree/"),
            Step::Create { node, .. } => {
                self.is_orphan() && self.path.starts_with(&format!("tree/{}/", tree.path(node.id)))
            }
            Step::Remove { node, .. } => self.message.ends_with(COPIED) && self.message.contains(&node.id.to_string()),
        }
    }

    /// Whether the node is whole, and only its parent is not there.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.line.is_none() && self.message.ends_with(LEFT_OUT)
    }
}

impl Snapshot {
    /// Every node whose file git left in conflict, with the problem.
    #[must_use]
    pub fn conflicts(&self) -> HashMap<NodeId, &Problem> {
        let mut conflicts = HashMap::new();
        for problem in &self.problems {
            let path = problem.path.strip_prefix("tree/").and_then(|path| path.strip_suffix(".yaml"));
            if let Some(node) = path.and_then(|path| self.tree.at_path(path)) {
                conflicts.entry(node).or_insert(problem);
            }
        }
        conflicts
    }

    /// The problem with the file of a node that is shown all the same: git left a conflict in it.
    #[must_use]
    pub fn conflict_in(&self, node: NodeId) -> Option<&Problem> {
        if self.problems.is_empty() || self.tree.entry(node).is_none() {
            return None;
        }
        let path = format!("tree/{}.yaml", self.tree.path(node));
        self.problems.iter().find(|problem| problem.path == path)
    }

    /// The problem with a file below `tree/` that is not shown at all: which node it is, nobody knows.
    #[must_use]
    pub fn unusable_in_tree(&self) -> Option<&Problem> {
        self.problems.iter().filter(|problem| !problem.is_orphan()).find(|problem| {
            let path = problem.path.strip_prefix("tree/").map(|path| path.trim_end_matches(".yaml"));
            path.is_some_and(|path| self.tree.at_path(path).is_none()) || problem.path == "tree"
        })
    }
}

/// Whether no step writes, moves or removes a file in conflict.
///
/// # Errors
/// One does: which file, and what to do about it.
pub fn untouched(snapshot: &Snapshot, steps: &[Step]) -> Result<(), Refusal> {
    if snapshot.problems.is_empty() {
        return Ok(());
    }
    let conflicts = snapshot.conflicts();
    let moved = |step: &Step| matches!(step, Step::Move { .. });
    for step in steps {
        let below = if moved(step) { snapshot.tree.subtree(Some(step.node())) } else { vec![step.node()] };
        let Some((node, problem)) = below.iter().find_map(|id| Some((*id, *conflicts.get(id)?))) else {
            continue;
        };
        let name = snapshot.name(node);
        let line = problem.line.map(|line| format!(", line {line}")).unwrap_or_default();
        let what = format!("The file of \"{}\" is in conflict ({}{line}).", name.line(), problem.path);
        let next = problem.message.strip_prefix("Git conflict: ").unwrap_or(&problem.message);
        return Err(Refusal::new(what).hint(next.trim_end_matches('.')));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
