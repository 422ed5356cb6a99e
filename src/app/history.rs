//! The decisions, newest first: who, when, what, and taking any one of them back.

use super::decide::{self, Decision};
use super::{Effect, Level, Model, Overlay, Pane, Screen, Statistics, WhyNot, paging, update, words};
use crate::input::Action;
use crate::taxonomy::describe::is_secret;
use crate::taxonomy::record::is_decision;
use crate::taxonomy::{Event, EventId, NodeId, Op, Snapshot};

/// Which events the history shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shows {
    /// Everything.
    #[default]
    All,
    /// What this curator did.
    Mine,
    /// What no longer holds.
    Undone,
}

impl Shows {
    /// The word on the screen.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Shows::All => "all",
            Shows::Mine => "mine",
            Shows::Undone => "undone",
        }
    }

    fn next(self) -> Self {
        match self {
            Shows::All => Shows::Mine,
            Shows::Mine => Shows::Undone,
            Shows::Undone => Shows::All,
        }
    }
}

/// The History screen.
#[derive(Debug, Clone, Default)]
pub struct HistoryScreen {
    /// The focused event; `None` is the newest.
    pub cursor: Option<EventId>,
    /// Which events are shown.
    pub shows: Shows,
    /// Which pane has the movement keys.
    pub pane: Pane,
    /// How far the details are scrolled.
    pub scroll: usize,
    /// Positions of the shown events in the record, newest first.
    pub rows: Vec<usize>,
    /// The focused row.
    pub at: usize,
}

impl HistoryScreen {
    /// Finds the rows again after a change of snapshot or of what is shown.
    pub(super) fn rebuild(&mut self, snapshot: &Snapshot, curator: &str) {
        let events = snapshot.record.events();
        let wanted = |event: &Event| match self.shows {
            Shows::All => true,
            Shows::Mine => event.by == curator,
            Shows::Undone => snapshot.record.is_undone(event.id),
        };
        self.rows =
            (0..events.len()).rev().filter(|at| wanted(&events[*at]) && !is_secret(&events[*at], curator)).collect();
        let found = self.cursor.and_then(|cursor| self.rows.iter().position(|at| events[*at].id == cursor));
        self.focus_row(snapshot, found.unwrap_or(if self.cursor.is_none() { 0 } else { self.at }));
    }

    fn focus_row(&mut self, snapshot: &Snapshot, at: usize) {
        self.at = at.min(self.rows.len().saturating_sub(1));
        let focused = self.rows.get(self.at).map(|at| snapshot.record.events()[*at].id);
        // The newest row stays the newest while decisions arrive.
        let cursor = focused.filter(|_| self.at > 0);
        if self.cursor != cursor {
            self.scroll = 0;
        }
        self.cursor = cursor;
    }

    /// Puts the cursor on an event.
    pub(super) fn focus(&mut self, snapshot: &Snapshot, event: EventId) {
        let events = snapshot.record.events();
        if let Some(at) = self.rows.iter().position(|at| events[*at].id == event) {
            self.focus_row(snapshot, at);
        }
    }

    /// The focused event.
    #[must_use]
    pub fn focused<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Event> {
        snapshot.record.events().get(*self.rows.get(self.at)?).map(AsRef::as_ref)
    }

    /// The first node that the focused event is about.
    #[must_use]
    pub fn focused_node(&self, snapshot: &Snapshot) -> Option<NodeId> {
        words::first_node_of(snapshot, &self.focused(snapshot)?.change)
    }
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = model.shown.height.max(2);
    if model.history.pane == Pane::Detail && scroll(model, action, page) {
        return Some(Vec::new());
    }
    if let Some(to) = paging::row(action, model.history.at, page) {
        model.history.focus_row(&model.snapshot, to);
        return Some(Vec::new());
    }
    match action {
        Action::NextPane | Action::PreviousPane => model.history.pane = model.history.pane.other(),
        Action::Filter => {
            model.history.shows = model.history.shows.next();
            model.history.rebuild(&model.snapshot, &model.settings.curator);
            model.say(Level::Info, format!("Shown: {}.", model.history.shows.title()));
        }
        Action::Open => return Some(open_node(model)),
        Action::Statistics => {
            let mut sections = crate::taxonomy::stats::sections(&model.snapshot);
            sections.retain(|section| !section.rows.is_empty());
            model.overlays.push(Overlay::Statistics(Statistics { sections, scroll: 0 }));
        }
        Action::Undo | Action::UndoThis => return Some(undo_focused(model)),
        Action::Redo => return Some(redo_focused(model)),
        _ => return None,
    }
    Some(Vec::new())
}

fn scroll(model: &mut Model, action: Action, page: usize) -> bool {
    let to = paging::line(action, model.history.scroll, page, model.shown.detail_overflow);
    model.history.scroll = to.unwrap_or(model.history.scroll);
    to.is_some()
}

/// Shows the node of the focused event in the tree.
fn open_node(model: &mut Model) -> Vec<Effect> {
    let Some(node) = model.history.focused_node(&model.snapshot) else { return Vec::new() };
    let effects = update::go(model, Screen::Curate);
    super::tree::reveal(model, node);
    effects
}

/// Why the focused event cannot be undone.
pub(super) fn can_undo(model: &Model) -> Result<(), WhyNot> {
    let Some(event) = model.history.focused(&model.snapshot) else {
        return Err(WhyNot::new("Nothing has been decided yet."));
    };
    if !is_decision(&event.change) {
        return Err(WhyNot::new("This only takes a decision back or brings it back; focus the decision itself."));
    }
    if model.snapshot.record.is_undone(event.id) {
        return Err(WhyNot::new("It is undone already; redo brings it back."));
    }
    Ok(())
}

/// Why the focused event cannot be redone.
pub(super) fn can_redo(model: &Model) -> Result<(), WhyNot> {
    match model.history.focused(&model.snapshot) {
        Some(event) if model.snapshot.record.is_undone(event.id) => Ok(()),
        Some(_) => Err(WhyNot::new("It holds; only what was undone can be redone.")),
        None => Err(WhyNot::new("Nothing has been decided yet.")),
    }
}

fn undo_focused(model: &mut Model) -> Vec<Effect> {
    let Some(event) = model.history.focused(&model.snapshot).map(|event| event.id) else { return Vec::new() };
    send(model, Op::Undo(Some(event)))
}

fn redo_focused(model: &mut Model) -> Vec<Effect> {
    let Some(event) = model.history.focused(&model.snapshot).map(|event| event.id) else { return Vec::new() };
    send(model, Op::Redo(Some(event)))
}

/// Sends an undo or redo off.
pub(super) fn send(model: &mut Model, op: Op) -> Vec<Effect> {
    decide::commit(model, Decision { op, nodes: Vec::new(), accepts: false, go_on: false })
}
