//! Moving about in a syllabus: rows, cells, findings, and the order of the rows.

use std::collections::BTreeSet;

use super::syllabus::SyllabusScreen;
use super::{Level, Model, Pane, paging};
use crate::input::Action;
use crate::taxonomy::lint::Finding;
use crate::taxonomy::review::differences;
use crate::taxonomy::{Change, SessionId, Snapshot};

impl SyllabusScreen {
    /// The rows as they stand on the screen, each a position in teaching order: sessions that
    /// were flagged first where that is wanted.
    #[must_use]
    pub fn order(&self, snapshot: &Snapshot) -> Vec<usize> {
        let Some(content) = self.content(snapshot) else { return Vec::new() };
        let mut rows: Vec<usize> = (0..content.sessions.len()).collect();
        if let Some(first) = &self.first {
            rows.sort_by_key(|row| !first.contains(&content.sessions[*row].id));
        }
        rows
    }

    /// Where on the screen the focused row stands.
    #[must_use]
    pub fn place(&self, snapshot: &Snapshot) -> usize {
        self.order(snapshot).iter().position(|row| *row == self.row).unwrap_or(0)
    }

    /// Puts the sessions that are flagged now above the others.
    fn sort(&mut self, snapshot: &Snapshot) {
        let Some(content) = self.content(snapshot) else { return };
        let flagged = self.findings.iter().filter_map(|finding| content.sessions.get(finding.cell?.0));
        let flagged: BTreeSet<SessionId> = flagged.map(|session| session.id.clone()).collect();
        self.first = (!flagged.is_empty()).then_some(flagged);
    }

    /// Focuses a row, at its first flagged cell.
    pub(super) fn go_to_row(&mut self, row: usize) {
        self.row = row;
        self.column = first_flagged(&self.findings, row, 0).unwrap_or(0);
    }

    fn cells(&self, snapshot: &Snapshot) -> usize {
        self.session(snapshot).map_or(0, |session| session.concepts.len()) + 1
    }
}

/// The first flagged column of a row from `column` on: 0 is the title.
pub(super) fn first_flagged(findings: &[Finding], row: usize, column: usize) -> Option<usize> {
    let columns = findings.iter().filter_map(|finding| finding.cell).filter(|(at, _)| *at == row);
    columns.map(|(_, concept)| concept.map_or(0, |concept| concept + 1)).filter(|at| *at >= column).min()
}

/// Goes to where the review begins: the first row on the screen that is not accepted.
pub(super) fn begin(model: &mut Model) {
    model.refresh_cells();
    let screen = &mut model.syllabus;
    screen.first = None;
    if screen.proposal().is_some() {
        screen.sort(&model.snapshot);
    }
    if !next_open_from(model, 0) {
        model.syllabus.go_to_row(0);
    }
}

/// Goes to the next row on the screen that is neither accepted nor asked for again, around the end;
/// whether there is one.
pub(super) fn next_open(model: &mut Model) -> bool {
    let place = model.syllabus.place(&model.snapshot);
    next_open_from(model, place + 1)
}

fn next_open_from(model: &mut Model, place: usize) -> bool {
    let screen = &mut model.syllabus;
    let Some(content) = screen.content(&model.snapshot) else { return false };
    let order = screen.order(&model.snapshot);
    let around = order.iter().skip(place).chain(order.iter().take(place));
    let is_open = |id: &SessionId| !screen.is_accepted(id) && screen.question(id).is_none();
    let next = around.copied().find(|row| is_open(&content.sessions[*row].id));
    if let Some(row) = next {
        screen.go_to_row(row);
    }
    next.is_some()
}

/// Carries out movements; whether the action was one.
pub(super) fn handle(model: &mut Model, action: Action) -> bool {
    match action {
        Action::NextPending => next_finding(model, true),
        Action::PreviousPending => next_finding(model, false),
        Action::Filter => toggle_order(model),
        _ => return step(model, action),
    }
    true
}

fn step(model: &mut Model, action: Action) -> bool {
    let page = model.shown.height.max(2);
    let most = model.shown.detail_overflow;
    let screen = &mut model.syllabus;
    if screen.pane == Pane::Detail {
        if action == Action::Left {
            screen.pane = Pane::List;
            return true;
        }
        if let Some(to) = paging::line(action, screen.scroll.min(most), page, most) {
            screen.scroll = to;
            return true;
        }
    }
    let order = screen.order(&model.snapshot);
    let place = screen.place(&model.snapshot);
    let cells = screen.cells(&model.snapshot);
    match (paging::row(action, place, page), action) {
        (Some(to), _) => screen.row = order.get(to).or(order.last()).copied().unwrap_or(0),
        // Around the ends: no cell is further away than half a row.
        (None, Action::Left) => screen.column = (screen.column + cells - 1) % cells,
        (None, Action::Right) => screen.column = (screen.column + 1) % cells,
        _ => return false,
    }
    screen.column = screen.column.min(screen.cells(&model.snapshot) - 1);
    true
}

/// Goes to the next cell with a finding, in the order of the screen, around the ends.
fn next_finding(model: &mut Model, forward: bool) {
    let screen = &mut model.syllabus;
    let order = screen.order(&model.snapshot);
    let place = |row: usize| order.iter().position(|at| *at == row).unwrap_or(0);
    let cells = screen.findings.iter().filter_map(|finding| finding.cell);
    let mut cells: Vec<(usize, usize)> =
        cells.map(|(row, concept)| (place(row), concept.map_or(0, |concept| concept + 1))).collect();
    cells.sort_unstable();
    cells.dedup();
    let here = (place(screen.row), screen.column);
    let next = if forward {
        cells.iter().find(|cell| **cell > here).or(cells.first())
    } else {
        cells.iter().rev().find(|cell| **cell < here).or(cells.last())
    };
    if let Some((place, column)) = next.copied()
        && let Some(row) = order.get(place)
    {
        (screen.row, screen.column) = (*row, column);
    }
}

fn toggle_order(model: &mut Model) {
    let screen = &mut model.syllabus;
    if screen.first.take().is_some() {
        model.say(Level::Info, "Rows stand in teaching order.");
        return;
    }
    screen.sort(&model.snapshot);
    model.say(Level::Info, "Flagged sessions stand first; numbers are teaching order.");
}

/// After an undo or a redo the cursor goes to the session it was about, if that is on the screen.
pub(super) fn follow(model: &mut Model, change: &Change) {
    let (Change::Undo { event } | Change::Redo { event }) = change else { return };
    let Some(event) = model.snapshot.record.event(*event).cloned() else { return };
    let screen = &mut model.syllabus;
    let session = match &event.change {
        Change::Review { on, sessions } if Some(*on) == screen.proposal() => sessions.keys().next().cloned(),
        Change::Revise { on, from, to, .. } if Some(*on) == screen.proposal() => {
            differences(from, to).into_iter().find_map(|found| found.session)
        }
        _ => None,
    };
    let content = screen.content(&model.snapshot);
    let row = session.and_then(|id| content.and_then(|content| content.session(&id)).map(|(row, _)| row));
    if let Some(row) = row {
        screen.go_to_row(row);
    }
}

/// Shows the rows in teaching order, where they are moved about.
pub(super) fn in_teaching_order(model: &mut Model) {
    model.syllabus.first = None;
}
