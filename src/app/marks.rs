//! Marking many rows at once: a branch, or all that match the search or the filter.

use super::rows::{self, Filter};
use super::{Level, Model, RowState, WhyNot, queue, words};
use crate::input::Action;
use crate::taxonomy::NodeId;

/// Carries out the actions of this area; whether it was one.
pub(super) fn handle(model: &mut Model, action: Action) -> bool {
    let found = match action {
        Action::MarkBranch => branch(model),
        Action::MarkMatches => matching(model),
        _ => return false,
    };
    match found {
        Ok(nodes) => mark(model, nodes),
        Err(why) => model.say(Level::Warning, why.0),
    }
    true
}

/// Marks nodes and unfolds what is above them; where all are marked already, none is any more.
fn mark(model: &mut Model, nodes: Vec<NodeId>) {
    if nodes.iter().all(|node| model.tree.marks.contains(node)) {
        for node in &nodes {
            model.tree.marks.remove(node);
        }
        model.say(Level::Info, format!("{} unmarked.", words::count(nodes.len(), "row", "rows")));
        return;
    }
    for node in &nodes {
        let mut at = *node;
        // What is open above a row is open further up as well.
        while let Some(parent) = rows::parent_row(&model.snapshot, at).filter(|parent| model.tree.open.insert(*parent))
        {
            at = parent;
        }
    }
    model.tree.marks.extend(nodes);
    model.rebuild_rows();
    let count = words::count(model.tree.marks.len(), "row", "rows");
    model.say(Level::Info, format!("Marked: {count}. The next decision is on all of them."));
}

/// What is pending at and below the focused row, in the order of the screen.
fn branch(model: &Model) -> Result<Vec<NodeId>, WhyNot> {
    let top = model.tree.cursor;
    let is_pending = |state| state == RowState::Pending;
    let own = top.filter(|node| rows::state_of(&model.snapshot, *node).is_some_and(is_pending));
    let mut found: Vec<NodeId> = own.into_iter().collect();
    let below = |node| rows::children(&model.digest, model.tree.filter, node).into_iter().rev();
    let mut waiting: Vec<(NodeId, RowState)> = below(top).collect();
    while let Some((node, state)) = waiting.pop() {
        if is_pending(state) {
            found.push(node);
        }
        waiting.extend(below(Some(node)));
    }
    if found.is_empty() {
        return Err(WhyNot::new("No pending node in this branch; a syllabus is decided on its own screen."));
    }
    Ok(found)
}

/// What matches the search and the filter. A subject that the facets show for its syllabus is not
/// what is looked for.
fn matching(model: &Model) -> Result<Vec<NodeId>, WhyNot> {
    let (filter, picked) = (model.tree.filter, &model.digest.picked);
    let wanted = |node: &NodeId| match filter {
        Filter::Pending => rows::state_of(&model.snapshot, *node).is_some_and(RowState::is_open),
        Filter::Facets => picked.has_node(*node),
        Filter::Accepted | Filter::All | Filter::Everything => true,
    };
    let found: Vec<NodeId> = queue::listed(model).into_iter().filter(wanted).collect();
    if found.is_empty() {
        return Err(WhyNot::new("No node matches; a syllabus is decided on its own screen."));
    }
    Ok(found)
}

/// Whether something narrows the rows.
///
/// # Errors
/// What would.
pub(super) fn can_mark_matches(model: &Model) -> Result<(), WhyNot> {
    if model.search.is_active() || !matches!(model.tree.filter, Filter::All | Filter::Everything) {
        return Ok(());
    }
    let [search, filter, branch] = [Action::Search, Action::Facets, Action::MarkBranch].map(|action| model.key(action));
    Err(WhyNot::new(format!(
        "All rows are shown: {search} searches, {filter} filters; {branch} marks what is pending in this branch."
    )))
}
