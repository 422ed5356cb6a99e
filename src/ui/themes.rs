//! The list of themes, in a corner so that what the focused one looks like is seen.
//!
//! ```text
//!                  ┌ Themes ────────────┐
//!                  │ nor_               │
//!                  │❯nord      built in │
//!                  └────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Drawn, View, footer, pane, picker, scroll, text};
use crate::app::ThemePicker;
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, list: &ThemePicker, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let look = &view.model.look;
    let (width, height) = (36.min(body.width), (look.themes.len() as u16 + 3).min(body.height));
    let area = Rect { x: body.right() - width, y: body.bottom() - height, width, height };
    let inner = pane::over(view, area, buf, "Themes");
    if inner.height == 0 {
        return;
    }
    drawn.cursor = Some(footer::field(view, &list.field, Rect { height: 1, ..inner }, buf));
    let rows = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    let height = usize::from(rows.height);
    let top = scroll(list.at.saturating_sub(height / 2), list.at, height, list.matches.len());
    (drawn.shown.panes.top, drawn.shown.panes.top_first) = (pane::area(rows), top);
    for ((at, theme), y) in list.matches.iter().enumerate().skip(top).zip(rows.y..rows.bottom()) {
        let Some((name, whose)) = look.themes.get(*theme) else { continue };
        let is_focused = at == list.at;
        let sign = if is_focused { view.glyphs.cursor } else { " " };
        let used = if *name == look.theme { view.glyphs.ok } else { " " };
        let room = usize::from(rows.width).saturating_sub(text::width(whose) + 4);
        let name = text::fit(name, room, view.glyphs.ellipsis);
        let spans = vec![
            Span::styled(sign, view.style(Role::Title)),
            Span::styled(format!("{used} "), view.style(Role::Ok)),
            Span::styled(name, view.style(Role::Text)),
        ];
        buf.set_line(rows.x, y, &Line::from(spans), rows.width);
        let x = rows.right().saturating_sub(text::width(whose) as u16);
        buf.set_string(x, y, whose, view.style(Role::Dim));
        if is_focused {
            buf.set_style(Rect { y, height: 1, ..rows }, view.style(Role::Selection));
        }
    }
    if list.matches.is_empty() {
        picker::nothing(view, rows, buf);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::screen;
    use crate::app::Look;
    use crate::app::fixture::Desk;
    use crate::theme::BUILT_IN;

    #[test]
    fn the_list_leaves_room_for_what_it_shows() {
        let mut desk = Desk::new();
        let themes = BUILT_IN.iter().map(|(name, _)| ((*name).to_owned(), "built in")).collect();
        desk.model.look = Look { theme: "dark".into(), shown: "dark".into(), themes };
        desk.press("g t down down");
        insta::assert_snapshot!("themes_80x24", screen(&mut desk, 80, 24));
    }
}
