//! The form that edits a node in the place of its card.
//!
//! ```text
//! ┌ Edit ────────────────────────┐
//! │ Name                         │
//! │ Optics_                      │
//! │ Level                        │
//! │ 200                          │
//! └──────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Drawn, View, curate, footer, pane, text};
use crate::app::Form;
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, form: &Form, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = curate::form_area(body);
    let is_proposal = view.model.proposal_of(form.node).is_some();
    let title = if is_proposal { "Edit, then accept" } else { "Edit" };
    let inner = pane::over(view, area, buf, title);
    // Where not all lines fit, the focused one is among those that are shown.
    let room = usize::from(inner.height / 2).max(1);
    let first = (form.at + 1).saturating_sub(room);
    let mut y = inner.y;
    for (at, (part, field, _)) in form.lines.iter().enumerate().skip(first).take(room) {
        let is_focused = at == form.at;
        let role = if is_focused { Role::Title } else { Role::Kind };
        if y >= inner.bottom() {
            break;
        }
        buf.set_stringn(inner.x, y, part.title(), usize::from(inner.width), view.style(role));
        y += 1;
        if y >= inner.bottom() {
            break;
        }
        let line = Rect { y, height: 1, ..inner };
        if is_focused {
            drawn.cursor = Some(footer::field(view, field, line, buf));
        } else {
            let shown = crate::taxonomy::text::reveal_line(field.text());
            let shown = text::fit(&shown, usize::from(line.width), view.glyphs.ellipsis);
            buf.set_string(line.x, line.y, shown, view.style(Role::Text));
        }
        y += 1;
    }
    if inner.bottom() > y + 1 {
        let hint = if is_proposal {
            "Enter accepts it like this, Esc leaves it. Subtopics: ; between them."
        } else {
            "Enter saves, Esc leaves it. Subtopics: ; between them."
        };
        let lines = text::wrap(hint, usize::from(inner.width));
        for (line, y) in lines.iter().zip(y + 1..inner.bottom()) {
            buf.set_string(inner.x, y, line, view.style(Role::Dim));
        }
    }
}
