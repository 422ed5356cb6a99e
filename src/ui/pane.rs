//! A framed pane, and text in it that scrolls.
//!
//! ```text
//! ┌ Title · chip ─────┐
//! │ line              │
//! │ line              │
//! └───────────── 12/40┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget as _};

use super::{View, text};
use crate::app::Area;
use crate::theme::Role;

/// Draws a frame and returns its inside.
pub(super) fn frame(view: &View<'_>, area: Rect, buf: &mut Buffer, title: &str, is_focused: bool) -> Rect {
    let role = if is_focused { Role::BorderFocus } else { Role::Border };
    let room = usize::from(area.width).saturating_sub(4);
    let title = text::fit(title, room, view.glyphs.ellipsis);
    let title = if title.is_empty() { title } else { format!(" {title} ") };
    let title_role = if is_focused { Role::Title } else { Role::Dim };
    let block = Block::bordered()
        .border_set(view.glyphs.border)
        .border_style(view.style(role))
        .title(Line::styled(title, view.style(title_role)));
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// A place as the model takes it.
pub(super) fn area(rect: Rect) -> Area {
    let Rect { x, y, width, height } = rect;
    Area { x, y, width, height }
}

/// Clears a part of the screen for an overlay and frames it.
pub(super) fn over(view: &View<'_>, area: Rect, buf: &mut Buffer, title: &str) -> Rect {
    Clear.render(area, buf);
    buf.set_style(area, view.style(Role::Overlay));
    let inner = frame(view, area, buf, title, true);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// A box of at most this size in the middle of `area`.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Draws as many lines as fit from `scroll` on; returns how far the text can be scrolled.
pub(super) fn lines(lines: &[Line<'_>], scroll: usize, area: Rect, buf: &mut Buffer) -> usize {
    let overflow = lines.len().saturating_sub(usize::from(area.height));
    let shown = lines.iter().skip(scroll.min(overflow));
    for (line, y) in shown.zip(area.y..area.bottom()) {
        buf.set_line(area.x, y, line, area.width);
    }
    overflow
}

/// Says at the lower right corner of a frame where in the text one is.
pub(super) fn position(view: &View<'_>, frame: Rect, buf: &mut Buffer, scroll: usize, overflow: usize) {
    if overflow == 0 || frame.width < 12 || frame.height == 0 {
        return;
    }
    let percent = 100 * scroll.min(overflow) / overflow;
    let word = format!(" {percent}% ");
    let x = frame.right().saturating_sub(word.len() as u16 + 1);
    buf.set_string(x, frame.bottom() - 1, word, view.style(Role::Dim));
}

/// Lines of text that are wrapped to a width as they are added.
pub(super) struct Text<'a> {
    view: &'a View<'a>,
    width: usize,
    /// The lines so far.
    pub lines: Vec<Line<'static>>,
}

impl<'a> Text<'a> {
    pub fn new(view: &'a View<'a>, width: u16) -> Self {
        Self { view, width: usize::from(width), lines: Vec::new() }
    }

    /// The columns there are.
    pub fn width(&self) -> usize {
        self.width
    }

    /// A paragraph.
    pub fn add(&mut self, role: Role, text: &str) {
        let style = self.view.style(role);
        for line in text::wrap(text, self.width) {
            self.lines.push(self.line(&line, style));
        }
    }

    /// A paragraph after a sign or word; its further lines are indented as much.
    pub fn item(&mut self, (sign, sign_style): (&str, Style), role: Role, text: &str) {
        let indent = text::width(sign) + 1;
        let style = self.view.style(role);
        let wrapped = text::wrap(text, self.width.saturating_sub(indent));
        for (at, line) in wrapped.into_iter().enumerate() {
            let mut spans = match at {
                0 => vec![Span::styled(format!("{sign} "), sign_style)],
                _ => vec![Span::raw(" ".repeat(indent))],
            };
            spans.extend(text::spans(&line, style, self.view.style(Role::Revealed)));
            self.lines.push(Line::from(spans));
        }
    }

    /// One line of parts, cut off at the width.
    pub fn parts(&mut self, parts: &[(Style, &str)]) {
        let mut room = self.width;
        let mut spans = Vec::new();
        for (style, part) in parts {
            let part = text::fit(part, room, self.view.glyphs.ellipsis);
            room -= text::width(&part);
            spans.extend(text::spans(&part, *style, self.view.style(Role::Revealed)));
        }
        self.lines.push(Line::from(spans));
    }

    /// A heading with a line of air before it.
    pub fn heading(&mut self, title: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.parts(&[(self.view.style(Role::Title), title)]);
    }

    /// A line of air.
    pub fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    fn line(&self, text: &str, style: Style) -> Line<'static> {
        Line::from(text::spans(text, style, self.view.style(Role::Revealed)))
    }
}
