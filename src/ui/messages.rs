//! What was said so far, newest first.
//!
//! ```text
//! ┌ Messages ────────────────────────────────────┐
//! │ 2 min ago  ! Nothing is pending.             │
//! │ 5 min ago  ✗ "Optics" hangs under "Physics"… │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::{Drawn, View};
use crate::app::{self, Level, words};
use crate::taxonomy::text::reveal;
use crate::theme::Role;

/// Columns for when it was.
const WHEN: usize = 12;

pub(super) fn draw(view: &View<'_>, shown: &app::Messages, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = pane::centred(body, 110, body.height);
    let inner = pane::over(view, area, buf, "Messages, newest first");
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (toast, times) in view.model.toasts.past() {
        let mut text = Text::new(view, inner.width.saturating_sub(WHEN as u16));
        let (sign, role) = match toast.level {
            Level::Info => (view.glyphs.ok, Role::Info),
            Level::Warning => (view.glyphs.warning, Role::Warning),
            Level::Error => (view.glyphs.error, Role::Error),
        };
        let often = if times > 1 { format!(" ({times} times)") } else { String::new() };
        text.item((sign, view.style(role)), role, &format!("{}{often}", reveal(&toast.text)));
        if let Some(hint) = &toast.hint {
            text.item((" ", view.style(role)), Role::Text, &reveal(hint));
        }
        for (at, mut line) in text.lines.into_iter().enumerate() {
            let when = if at == 0 { words::ago(view.model.now, toast.at) } else { String::new() };
            line.spans.insert(0, Span::styled(format!("{when:<WHEN$}"), view.style(Role::Dim)));
            lines.push(line);
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled("Nothing was said so far.", view.style(Role::Dim)));
    }
    drawn.shown.reader_overflow = pane::lines(&lines, shown.scroll, inner, buf);
    pane::position(view, area, buf, shown.scroll, drawn.shown.reader_overflow);
}
