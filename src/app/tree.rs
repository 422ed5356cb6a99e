//! Moving, folding and marking in the tree.

use std::collections::{BTreeSet, HashSet};

use super::rows::{self, Filter, Row};
use super::{Effect, Level, Model, Pane, facets, paging, queue};
use crate::input::Action;
use crate::taxonomy::{NodeId, QuickSet};

/// The tree of the Curate screen: everything by node, so that it survives any change of rows.
#[derive(Debug, Clone, Default)]
pub struct TreeView {
    /// The focused node; `None` is the taxonomy itself.
    pub cursor: Option<NodeId>,
    /// Its row.
    pub at: usize,
    /// What is unfolded.
    pub open: QuickSet<NodeId>,
    /// What the next decision applies to, where there is any.
    pub marks: BTreeSet<NodeId>,
    /// Where a range of marks begins.
    pub range_from: Option<NodeId>,
    /// Which rows are shown.
    pub filter: Filter,
    /// What is shown.
    pub rows: Vec<Row>,
    /// Which pane has the movement keys.
    pub pane: Pane,
    /// How far the card is scrolled.
    pub card_scroll: usize,
}

impl TreeView {
    /// Finds the row of the cursor; where it is gone, the row that took its place is focused.
    pub(super) fn find_cursor(&mut self) {
        if let Some(at) = self.rows.iter().position(|row| row.node == self.cursor) {
            self.at = at;
        } else {
            self.at = self.at.min(self.rows.len().saturating_sub(1));
            self.cursor = self.rows.get(self.at).and_then(|row| row.node);
        }
        if self.marks.is_empty() && self.range_from.is_none() {
            return;
        }
        let wanted = |node: &NodeId| self.marks.contains(node) || self.range_from == Some(*node);
        let there: HashSet<_> = self.rows.iter().filter_map(|row| row.node).filter(wanted).collect();
        self.marks.retain(|node| there.contains(node));
        self.range_from = self.range_from.filter(|node| there.contains(node));
    }

    /// Focuses a row, counted from the top; past the end is the last.
    pub(super) fn focus_row(&mut self, at: usize) {
        self.at = at.min(self.rows.len().saturating_sub(1));
        let cursor = self.rows.get(self.at).and_then(|row| row.node);
        if cursor != self.cursor {
            self.cursor = cursor;
            self.card_scroll = 0;
        }
    }

    /// The rows between the start of the range and the cursor.
    #[must_use]
    pub fn range(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let start = self.range_from?;
        let from = self.rows.iter().position(|row| row.node == Some(start))?;
        Some(from.min(self.at)..=from.max(self.at))
    }
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = model.shown.height.max(2);
    if model.tree.pane == Pane::Detail && scroll_card(model, action, page) {
        return Some(Vec::new());
    }
    if super::marks::handle(model, action) {
        return Some(Vec::new());
    }
    if let Some(to) = paging::row(action, model.tree.at, page) {
        model.tree.focus_row(to);
        return Some(Vec::new());
    }
    match action {
        Action::Left => left(model),
        Action::Right => right(model),
        Action::ToggleFold => toggle(model),
        Action::ExpandAll => {
            let all = rows::all(&model.digest, model.tree.filter);
            model.tree.open.extend(all);
            model.rebuild_rows();
        }
        Action::CollapseAll => {
            let top = model.tree.cursor.and_then(|node| rows::ancestors(&model.snapshot, node).first().copied());
            model.tree.open.clear();
            model.tree.cursor = top.or(model.tree.cursor);
            model.rebuild_rows();
        }
        Action::ToggleMark => {
            if let Some(node) = model.tree.cursor
                && !model.tree.marks.remove(&node)
            {
                model.tree.marks.insert(node);
            }
            model.tree.focus_row(model.tree.at + 1);
        }
        Action::MarkRange => mark_range(model),
        Action::ClearMarks => {
            clear_marks(model);
        }
        Action::NextPending => queue::go(model, true),
        Action::PreviousPending => queue::go(model, false),
        Action::NextOrder => queue::next_order(model),
        Action::Facets => facets::open(model),
        Action::Filter => {
            let back = model.tree.filter == Filter::Everything && !model.queue.facets.is_empty();
            model.tree.filter = if back { Filter::Facets } else { model.tree.filter.next() };
            model.rebuild_rows();
            model.say(Level::Info, format!("Shown: {}.", model.tree.filter.title()));
        }
        Action::NextPane | Action::PreviousPane => model.tree.pane = model.tree.pane.other(),
        _ => return None,
    }
    Some(Vec::new())
}

fn scroll_card(model: &mut Model, action: Action, page: usize) -> bool {
    let to = paging::line(action, model.tree.card_scroll, page, model.shown.detail_overflow);
    model.tree.card_scroll = to.unwrap_or(model.tree.card_scroll);
    to.is_some()
}

fn left(model: &mut Model) {
    let Some(row) = model.focused_row().copied() else { return };
    let Some(node) = row.node else { return };
    if row.is_open {
        model.tree.open.remove(&node);
        model.refold(node);
    } else {
        let parent = rows::parent_row(&model.snapshot, node);
        if let Some(at) = model.tree.rows.iter().position(|row| row.node == parent) {
            model.tree.focus_row(at);
        }
    }
}

fn right(model: &mut Model) {
    let Some(row) = model.focused_row().copied() else { return };
    match row.node {
        Some(node) if row.has_children && !row.is_open => {
            model.tree.open.insert(node);
            model.refold(node);
        }
        Some(_) if !row.has_children => {}
        _ => model.tree.focus_row(model.tree.at + 1),
    }
}

fn toggle(model: &mut Model) {
    let Some(row) = model.focused_row().copied() else { return };
    let Some(node) = row.node.filter(|_| row.has_children) else { return };
    if !model.tree.open.remove(&node) {
        model.tree.open.insert(node);
    }
    model.refold(node);
}

fn mark_range(model: &mut Model) {
    match model.tree.range() {
        Some(range) => {
            let nodes: Vec<NodeId> = model.tree.rows[range].iter().filter_map(|row| row.node).collect();
            model.tree.marks.extend(nodes);
            model.tree.range_from = None;
        }
        None => model.tree.range_from = model.tree.cursor,
    }
}

/// Removes every mark and the start of a range; what Esc does. Whether there were any.
pub(super) fn clear_marks(model: &mut Model) -> bool {
    let any = !model.tree.marks.is_empty() || model.tree.range_from.is_some();
    model.tree.marks.clear();
    model.tree.range_from = None;
    model.toasts.forget("Marked");
    any
}

/// Puts the cursor on a node, unfolding what is above it. What the facets do not show gets a row
/// besides; a filter that hides it is widened.
pub(super) fn reveal(model: &mut Model, node: NodeId) {
    let above = rows::ancestors(&model.snapshot, node);
    let find = |model: &Model| model.tree.rows.iter().position(|row| row.node == Some(node));
    let folded = above.iter().find(|node| !model.tree.open.contains(node)).copied();
    let mut at = find(model).filter(|_| folded.is_none());
    if at.is_none() {
        let is_hidden = model.tree.filter == Filter::Facets && !model.digest.picked.has_row(node);
        if is_hidden {
            model.digest.picked.pinned = above.iter().copied().chain([node]).collect();
        }
        model.tree.open.extend(above);
        match folded.filter(|_| !is_hidden) {
            Some(folded) => model.refold(folded),
            None => model.rebuild_rows(),
        }
        at = find(model);
    }
    for filter in [Filter::All, Filter::Everything] {
        if at.is_none() && rows::state_of(&model.snapshot, node).is_some() {
            model.tree.filter = filter;
            model.rebuild_rows();
            at = find(model);
        }
    }
    if let Some(at) = at {
        model.tree.focus_row(at);
    }
}

/// Puts the cursor on the first proposal to decide, if there is one.
pub(super) fn go_to_first_pending(model: &mut Model) {
    let first = step(model, None, true, false).or_else(|| step(model, None, true, true));
    if let Some(node) = first {
        reveal(model, node);
    }
}

/// The next (or previous) thing to decide in the order of the tree, from a node on, or from the
/// beginning (or end).
pub(super) fn step(model: &Model, from: Option<NodeId>, forward: bool, syllabi: bool) -> Option<NodeId> {
    let walk = Walk { model, syllabi };
    match (forward, from) {
        (true, Some(_)) => walk.after(from),
        (true, None) => walk.first(None),
        (false, Some(_)) => walk.before(from),
        (false, None) => walk.last(None),
    }
}

/// The things to decide in the order of the screen, found lazily: branches without any are skipped.
struct Walk<'a> {
    model: &'a Model,
    /// Syllabi as well; without them nodes only.
    syllabi: bool,
}

impl Walk<'_> {
    fn children(&self, parent: Option<NodeId>) -> Vec<NodeId> {
        let model = self.model;
        let filter = if model.queue.facets.is_empty() { Filter::All } else { Filter::Facets };
        rows::children(&model.digest, filter, parent).into_iter().map(|(node, _)| node).collect()
    }

    fn is_due(&self, node: NodeId) -> bool {
        queue::is_due(self.model, node, self.syllabi)
    }

    fn is_worth_a_look(&self, node: NodeId) -> bool {
        match self.model.queue.facets.is_empty() {
            true => self.model.digest.pending_below(Some(node)) > 0,
            false => self.model.digest.picked.below(Some(node)).any() > 0,
        }
    }

    /// The first due node below `parent`.
    fn first(&self, parent: Option<NodeId>) -> Option<NodeId> {
        self.first_of(&self.children(parent))
    }

    fn first_of(&self, nodes: &[NodeId]) -> Option<NodeId> {
        nodes.iter().find_map(|node| {
            let below = || self.is_worth_a_look(*node).then(|| self.first(Some(*node))).flatten();
            if self.is_due(*node) { Some(*node) } else { below() }
        })
    }

    /// The last due node below `parent`.
    fn last(&self, parent: Option<NodeId>) -> Option<NodeId> {
        self.last_of(&self.children(parent))
    }

    fn last_of(&self, nodes: &[NodeId]) -> Option<NodeId> {
        nodes.iter().rev().find_map(|node| {
            let below = if self.is_worth_a_look(*node) { self.last(Some(*node)) } else { None };
            below.or_else(|| self.is_due(*node).then_some(*node))
        })
    }

    /// The next due node after `node`.
    fn after(&self, node: Option<NodeId>) -> Option<NodeId> {
        let mut at = node?;
        if let Some(found) = self.first(Some(at)) {
            return Some(found);
        }
        loop {
            let parent = rows::parent_row(&self.model.snapshot, at);
            let siblings = self.children(parent);
            let later = siblings.iter().position(|sibling| *sibling == at).map_or(0, |at| at + 1);
            if let Some(found) = self.first_of(&siblings[later..]) {
                return Some(found);
            }
            at = parent?;
        }
    }

    /// The last due node before `node`.
    fn before(&self, node: Option<NodeId>) -> Option<NodeId> {
        let mut at = node?;
        loop {
            let parent = rows::parent_row(&self.model.snapshot, at);
            let siblings = self.children(parent);
            let earlier = siblings.iter().position(|sibling| *sibling == at).unwrap_or(0);
            if let Some(found) = self.last_of(&siblings[..earlier]) {
                return Some(found);
            }
            at = parent?;
            if self.is_due(at) {
                return Some(at);
            }
        }
    }
}
