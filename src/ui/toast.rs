//! Short messages in the lower right corner of the body, newest at the bottom; in the upper one while
//! a line is typed at the bottom.
//!
//! ```text
//!          ! "Optics" hangs under "Physics", which is not accepted yet.
//!            accept "Physics" first
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use super::View;
use super::pane::{self, Text};
use crate::app::{Level, Overlay};
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer) {
    let width = body.width.min(72);
    let mut content = Text::new(view, width.saturating_sub(2));
    for toast in view.model.toasts.shown() {
        let (sign, role) = match toast.level {
            Level::Info => (view.glyphs.ok, Role::Info),
            Level::Warning => (view.glyphs.warning, Role::Warning),
            Level::Error => (view.glyphs.error, Role::Error),
        };
        let text = crate::taxonomy::text::reveal(&toast.text);
        content.item((sign, view.style(role)), role, &text);
        if let Some(hint) = &toast.hint {
            content.item((" ", view.style(role)), Role::Text, &crate::taxonomy::text::reveal(hint));
        }
    }
    if content.lines.is_empty() {
        return;
    }
    let widest = content.lines.iter().map(ratatui::text::Line::width).max().unwrap_or(0) as u16;
    let width = (widest + 2).min(body.width);
    let height = (content.lines.len() as u16).min(body.height);
    let is_typing = matches!(view.model.overlays.last(), Some(Overlay::Line(_)));
    let y = if is_typing { body.y } else { body.bottom() - height };
    let area = Rect { x: body.right() - width, y, width, height };
    Clear.render(area, buf);
    buf.set_style(area, view.style(Role::Overlay));
    pane::lines(&content.lines, 0, Rect { x: area.x + 1, width: width.saturating_sub(2), ..area }, buf);
}
