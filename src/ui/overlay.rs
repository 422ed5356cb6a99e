//! Small overlays: a question, a line of text, a text to read. The larger ones have files of
//! their own.
//!
//! ```text
//!      ┌ Accept 3 nodes? ─────────┐         ┌ Why not "Optics"? ─────────┐
//!      │ Optics                   │         │ taught under Photonics_    │
//!      │ Acoustics                │         └────────────────────────────┘
//!      │ y yes   n no             │
//!      └──────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::{
    Drawn, View, compare, dataset, facets, footer, form, help, messages, palette, picker, preview, stats, text, themes,
    why,
};
use crate::app::{self, Overlay};
use crate::input::{Action, Context};
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, overlay: &Overlay, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    match overlay {
        Overlay::Help(shown) => help::draw(view, shown, body, buf, drawn),
        Overlay::Why(shown) => why::draw(view, shown, body, buf, drawn),
        Overlay::Statistics(shown) => stats::draw(view, shown, body, buf, drawn),
        Overlay::Compare(shown) => compare::draw(view, shown, body, buf, drawn),
        Overlay::Palette(shown) => palette::draw(view, shown, body, buf, drawn),
        Overlay::Themes(shown) => themes::draw(view, shown, body, buf, drawn),
        Overlay::Messages(shown) => messages::draw(view, shown, body, buf, drawn),
        Overlay::Picker(shown) => picker::draw(view, shown, body, buf, drawn),
        Overlay::Facets(shown) => facets::draw(view, shown, body, buf, drawn),
        Overlay::ItemFacets(shown) => dataset::facets(view, shown, body, buf, drawn),
        Overlay::Form(shown) => form::draw(view, shown, body, buf, drawn),
        Overlay::Confirm(shown) => confirm(view, shown, body, buf),
        Overlay::Line(shown) => line(view, shown, body, buf, drawn),
        Overlay::Message(shown) => message(view, shown, body, buf, drawn),
        Overlay::Preview(shown) => preview::draw(view, shown, body, buf, drawn),
        // Its line is in the footer.
        Overlay::Search => {}
    }
}

fn confirm(view: &View<'_>, confirm: &app::Confirm, body: Rect, buf: &mut Buffer) {
    let width = 64.min(body.width);
    let mut content = Text::new(view, width.saturating_sub(4));
    for line in &confirm.lines {
        content.add(Role::Text, line);
    }
    let title_lines = usize::from(text::width(&confirm.title) + 6 > usize::from(width)) * 2;
    let area = pane::centred(body, width, (content.lines.len() + 4 + title_lines) as u16);
    let inner = pane::over(view, area, buf, &confirm.title);
    let mut whole = Text::new(view, inner.width);
    if title_lines > 0 {
        whole.add(Role::Title, &confirm.title);
    }
    whole.lines.extend(content.lines);
    let height = usize::from(inner.height);
    whole.lines.truncate(height.saturating_sub(1));
    while whole.lines.len() + 1 < height {
        whole.gap();
    }
    whole.lines.push(answers(view));
    pane::lines(&whole.lines, 0, inner, buf);
}

fn answers(view: &View<'_>) -> Line<'static> {
    let mut spans = Vec::new();
    for action in [Action::Yes, Action::No] {
        let key = view.model.keymap.keys_for(action, Context::Confirm).first().copied().unwrap_or("esc").to_owned();
        spans.push(Span::styled(key, view.style(Role::Key)));
        spans.push(Span::styled(format!(" {}   ", action.info().title.to_lowercase()), view.style(Role::KeyLabel)));
    }
    Line::from(spans)
}

fn line(view: &View<'_>, line: &app::Line, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let width = body.width.min(90);
    let mut remarks = Text::new(view, width.saturating_sub(4));
    if let app::Purpose::Split(node) = line.purpose {
        for remark in app::split_remarks(view.model, node, line.field.text()) {
            remarks.add(Role::Dim, &remark);
        }
    }
    let note = preview::note(view, &line.purpose);
    let below = remarks.lines.len() as u16 + u16::from(note.is_some());
    let height = (3 + below).min(body.height);
    let area = Rect { x: body.x + (body.width - width) / 2, y: body.bottom().saturating_sub(height), width, height };
    let inner = pane::over(view, area, buf, &line.title);
    if let Some(note) = note.filter(|_| inner.height > 1) {
        let note = text::fit(&note, usize::from(inner.width), view.glyphs.ellipsis);
        buf.set_string(inner.x, inner.y + 1, note, view.style(Role::Dim));
    }
    drawn.cursor = Some(footer::field(view, &line.field, Rect { height: inner.height.min(1), ..inner }, buf));
    if !remarks.lines.is_empty() {
        let below = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
        pane::lines(&remarks.lines, 0, below, buf);
    }
}

fn message(view: &View<'_>, message: &app::Message, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = pane::centred(body, 100, body.height);
    let inner = pane::over(view, area, buf, &message.title);
    let mut content = Text::new(view, inner.width);
    for line in &message.lines {
        content.add(Role::Text, line);
    }
    drawn.shown.reader_overflow = pane::lines(&content.lines, message.scroll, inner, buf);
    pane::position(view, area, buf, message.scroll, drawn.shown.reader_overflow);
}
