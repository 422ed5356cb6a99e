//! The lesson of the tour, below the screen it is about.
//!
//! ```text
//! ┌ Lesson 4 of 12: Accepting ─────────────────────┐
//! │ The card says what the checks found ... [a]    │
//! └────────────────────── ctrl-t goes on without it┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::pane::{self, Text};
use super::{View, text};
use crate::input::Action;
use crate::theme::Role;

/// Lines of a lesson with its frame.
const HEIGHT: u16 = 6;

/// Draws the lesson at the bottom of the body; returns what is left of that.
pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer) -> Rect {
    let Some((title, says)) = view.model.tutor.as_ref().and_then(|tutor| tutor.says(view.model)) else { return body };
    if body.height < 2 * HEIGHT {
        return body;
    }
    let area = Rect { y: body.bottom() - HEIGHT, height: HEIGHT, ..body };
    let inner = pane::over(view, area, buf, &title);
    let mut content = Text::new(view, inner.width);
    content.add(Role::Text, &says);
    pane::lines(&content.lines, 0, inner, buf);
    let skip = format!(" {} goes on without it ", view.model.key(Action::TutorNext));
    let width = text::width(&skip) as u16;
    if width + 4 < area.width {
        let line = Line::styled(skip, view.style(Role::Dim));
        buf.set_line(area.right() - width - 2, area.bottom() - 1, &line, width);
    }
    Rect { height: body.height - HEIGHT, ..body }
}
