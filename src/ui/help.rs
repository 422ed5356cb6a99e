//! Help: every key that works here, from the action table, filtered while typing.
//!
//! ```text
//! ┌ Keys on Curate ──────────────────────────────┐
//! │ Type to filter: _                            │
//! │ Decide                                       │
//! │ a              Accept. Accepts what is …     │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pane::{self, Text};
use super::{Drawn, View, footer, text};
use crate::app;
use crate::input::HelpRow;
use crate::theme::Role;

/// Columns for the keys.
const KEYS: usize = 14;

pub(super) fn draw(view: &View<'_>, help: &app::Help, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = pane::centred(body, 110, body.height);
    let inner = pane::over(view, area, buf, &format!("Keys: {}", help.context.name()));
    if inner.height == 0 {
        return;
    }
    let prompt = "Type to filter: ";
    buf.set_stringn(inner.x, inner.y, prompt, usize::from(inner.width), view.style(Role::Dim));
    let taken = (prompt.len() as u16).min(inner.width);
    let line = Rect { x: inner.x + taken, width: inner.width - taken, height: 1, ..inner };
    drawn.cursor = Some(footer::field(view, &help.filter, line, buf));
    let rest = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    let content = content(view, help, rest.width);
    drawn.shown.reader_overflow = pane::lines(&content.lines, help.scroll, rest, buf);
    pane::position(view, area, buf, help.scroll, drawn.shown.reader_overflow);
}

fn content<'a>(view: &'a View<'a>, help: &app::Help, width: u16) -> Text<'a> {
    let mut content = Text::new(view, width);
    let wanted = help.filter.text().trim().to_lowercase();
    for section in view.model.keymap.help(help.context) {
        let matches = |row: &&HelpRow| {
            let haystack = format!("{} {} {}", row.info.title, row.info.help, row.info.name).to_lowercase();
            wanted.is_empty() || haystack.contains(&wanted) || row.keys.iter().any(|key| key.to_lowercase() == wanted)
        };
        let rows: Vec<&HelpRow> = section.rows.iter().filter(matches).collect();
        if rows.is_empty() {
            continue;
        }
        content.heading(section.category.title());
        for row in rows {
            self::row(view, &mut content, help, row);
        }
    }
    if content.lines.is_empty() {
        content.add(Role::Dim, "No key does that here.");
    }
    content
}

fn row(view: &View<'_>, content: &mut Text<'_>, help: &app::Help, row: &HelpRow) {
    let keys = text::fit(&row.keys.join(" "), KEYS, view.glyphs.ellipsis);
    let head = format!("{keys}{}", " ".repeat(KEYS.saturating_sub(text::width(&keys))));
    let why_not = help.why_not.iter().find(|(action, _)| *action == row.info.action);
    let says = format!("{}. {}", row.info.title, row.info.help);
    match why_not {
        None => content.item((&head, view.style(Role::Key)), Role::Text, &says),
        Some((_, why)) => {
            let says = format!("{says} Not now: {why}");
            content.item((&head, view.style(Role::KeyDisabled)), Role::Dim, &says);
        }
    }
}
