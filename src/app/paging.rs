//! Where the movement keys lead in a list and in a pane of text.

use crate::input::Action;

/// The row after a movement in a list of which `page` rows are shown; beyond the end where it
/// leads there, for the list to clamp. `None` where the action is no movement.
pub(super) fn row(action: Action, at: usize, page: usize) -> Option<usize> {
    Some(match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::HalfPageUp => at.saturating_sub(page / 2),
        Action::HalfPageDown => at + page / 2,
        Action::PageUp => at.saturating_sub(page - 1),
        Action::PageDown => at + page - 1,
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        _ => return None,
    })
}

/// The first line after a movement in a pane that can be scrolled by `most` lines. `None` where
/// the action is no movement.
pub(super) fn line(action: Action, at: usize, page: usize, most: usize) -> Option<usize> {
    let to = match action {
        Action::PageUp => row(Action::HalfPageUp, at, page),
        Action::PageDown => row(Action::HalfPageDown, at, page),
        other => row(other, at, page),
    };
    to.map(|to| to.min(most))
}
