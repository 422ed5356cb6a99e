//! From what people type to nodes and proposals: ids, paths of slugs, `/`, unique ends of paths.

use crate::error::AppError;
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::proposal::{Body, Proposal};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{reveal_line, slugify};

/// How many candidates a message lists.
const LISTED: usize = 5;

/// The accepted node that `text` names; `None` for `/`, the root.
///
/// # Errors
/// There is none, or several: their paths.
pub fn place(snapshot: &Snapshot, text: &str) -> Result<Option<NodeId>, AppError> {
    if text.trim_matches('/').is_empty() && text.starts_with('/') {
        return Ok(None);
    }
    node(snapshot, text).map(Some)
}

/// The accepted node that `text` names: an id, a path, or the end of one path only.
///
/// # Errors
/// As [`place`]; the root is no node.
pub fn node(snapshot: &Snapshot, text: &str) -> Result<NodeId, AppError> {
    let tree = &snapshot.tree;
    if let Ok(id) = text.parse::<NodeId>() {
        let missing = || match snapshot.record.proposal(ProposalId::of_node(id)) {
            Some(proposal) => {
                let state = snapshot.state_name(proposal);
                AppError::usage(format!("\"{}\" ({id}) is {state}, not accepted.", proposal.title().line()))
                    .hint(format!("`provost decide {} --accept` accepts it", proposal.id))
            }
            None => unknown(text),
        };
        return tree.entry(id).map(|entry| entry.node.id).ok_or_else(missing);
    }
    let path = text.trim_matches('/').to_lowercase();
    if path.is_empty() {
        return Err(AppError::usage("The root is not a node; name a node below it."));
    }
    if let Some(id) = tree.at_path(&path) {
        return Ok(id);
    }
    let wanted = slugs(text);
    let paths = tree.subtree(None).into_iter().map(|id| (id, tree.path(id)));
    let found: Vec<(NodeId, String)> = paths.filter(|(_, path)| ends(path, &wanted)).collect();
    match found.as_slice() {
        [(id, _)] => Ok(*id),
        [] => Err(unknown(text)),
        several => Err(ambiguous(text, several.iter().map(|(_, path)| path.clone()))),
    }
}

fn unknown(text: &str) -> AppError {
    AppError::usage(format!("There is no accepted node \"{}\".", reveal_line(text)))
        .hint("a node is its id, or its path of slugs as `provost tree` shows it")
}

fn ambiguous(text: &str, candidates: impl Iterator<Item = String>) -> AppError {
    let candidates: Vec<String> = candidates.collect();
    let more = candidates.len().saturating_sub(LISTED);
    let listed = candidates.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    AppError::usage(format!("\"{}\" could be {listed}{more}.", reveal_line(text))).hint("name one of them in full")
}

/// The accepted nodes that `texts` name; nothing where one of them is the root.
///
/// # Errors
/// As [`node`].
pub fn nodes(snapshot: &Snapshot, texts: &[String]) -> Result<Vec<NodeId>, AppError> {
    texts.iter().map(|text| node(snapshot, text)).collect()
}

/// The proposal that `text` names: its id, the id of its node, or the end of one open
/// proposal's path only (`optics`, `physics/optics`; a syllabus is found by its id).
///
/// # Errors
/// There is none, or several.
pub fn proposal(snapshot: &Snapshot, text: &str) -> Result<ProposalId, AppError> {
    let id = text.parse::<ProposalId>().ok().or_else(|| text.parse::<NodeId>().ok().map(ProposalId::of_node));
    let missing = || {
        AppError::usage(format!("There is no proposal \"{}\".", reveal_line(text)))
            .hint("`provost proposals` lists what is pending, with ids")
    };
    if let Some(id) = id {
        return snapshot.record.proposal(id).map(|proposal| proposal.id).ok_or_else(missing);
    }
    let wanted = slugs(text);
    let open = snapshot.open_proposals();
    let nodes = open.iter().filter(|proposal| matches!(proposal.body, Body::Node { .. }));
    let found: Vec<&Proposal> = nodes
        .filter(|proposal| ends(&would_be_path(snapshot, proposal), &wanted))
        .map(|found| found.as_ref())
        .collect();
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(missing()),
        several => {
            let shown = several.iter().map(|one| format!("{} ({})", one.id, would_be_path(snapshot, one)));
            Err(ambiguous(text, shown))
        }
    }
}

/// The node at the top of a branch: accepted, or an open proposal; `None` for `/`, everything.
///
/// # Errors
/// There is none, or several.
pub fn branch(snapshot: &Snapshot, text: &str) -> Result<Option<NodeId>, AppError> {
    let accepted = place(snapshot, text);
    let proposed = || match &snapshot.record.proposal(proposal(snapshot, text).ok()?)?.body {
        Body::Node { node, .. } => Some(*node),
        Body::Syllabus { .. } => None,
    };
    match (&accepted, proposed) {
        (Err(_), proposed) => proposed().map_or(accepted, |node| Ok(Some(node))),
        _ => accepted,
    }
}

/// The path that a proposed node would have, made of names alone; for a syllabus its subject's.
#[must_use]
pub fn would_be_path(snapshot: &Snapshot, proposal: &Proposal) -> String {
    let own = match &proposal.body {
        Body::Node { facts, .. } => slugify(facts.name.raw()),
        Body::Syllabus { .. } => None,
    };
    let above = proposal.under().map(|under| path(snapshot, under));
    above.into_iter().chain(own).collect::<Vec<_>>().join("/")
}

/// The path of a node, accepted or proposed.
#[must_use]
pub fn path(snapshot: &Snapshot, id: NodeId) -> String {
    if snapshot.tree.entry(id).is_some() {
        return snapshot.tree.path(id);
    }
    let slug = |id: NodeId| match snapshot.tree.entry(id) {
        Some(entry) => entry.place.slug.clone(),
        None => slugify(snapshot.name(id).raw()).unwrap_or_else(|| id.to_string()),
    };
    snapshot.lineage(id).into_iter().map(slug).collect::<Vec<_>>().join("/")
}

fn slugs(text: &str) -> Vec<String> {
    text.trim_matches('/').split('/').map(|part| slugify(part).unwrap_or_else(|| part.to_owned())).collect()
}

fn ends(path: &str, wanted: &[String]) -> bool {
    let mut parts = path.rsplit('/');
    wanted.iter().rev().all(|want| parts.next() == Some(want.as_str()))
}
