//! The Homework screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Drawn, View, pane};

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, _: &mut Drawn) {
    pane::frame(view, body, buf, "Homework", true);
}
