//! The menu after a prefix key: how the sequence can go on.
//!
//! ```text
//!                      ┌ Go to ───────┐
//!                      │ c Curate     │
//!                      │ s Syllabus   │
//!                      └──────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{View, pane, text};
use crate::app::{RowState, enabled};
use crate::input::{Action, MenuTarget};
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer) {
    let Some(menu) = view.model.resolver.menu(&view.model.keymap) else { return };
    let mut lines = Vec::new();
    for entry in &menu.entries {
        let (label, can) = match &entry.target {
            MenuTarget::Prefix(title) => (title.clone(), true),
            MenuTarget::Action(Action::MergeInto(number)) => match neighbour(view, *number) {
                Some((name, can)) => (name, can),
                None => continue,
            },
            MenuTarget::Action(Action::Fix(number)) => {
                let fixes = view.model.fixes();
                match fixes.get(usize::from(*number).wrapping_sub(1)) {
                    Some(fix) => (text::fit(&fix.label, 60, view.glyphs.ellipsis), true),
                    None => continue,
                }
            }
            MenuTarget::Action(action) => (action.title(), enabled(view.model, *action).is_ok()),
        };
        let (key, text) = if can { (Role::Key, Role::Text) } else { (Role::KeyDisabled, Role::KeyDisabled) };
        let key = Span::styled(format!("{} ", entry.key), view.style(key));
        lines.push(Line::from(vec![key, Span::styled(label, view.style(text))]));
    }
    if lines.is_empty() {
        lines.push(Line::styled("Nothing to choose from.", view.style(Role::Dim)));
    }
    let widest = lines.iter().map(Line::width).max().unwrap_or(0).max(text::width(&menu.title) + 2);
    let width = (widest as u16 + 4).min(body.width);
    let height = (lines.len() as u16 + 2).min(body.height);
    let area = Rect { x: body.right() - width, y: body.bottom() - height, width, height };
    let inner = pane::over(view, area, buf, &menu.title);
    pane::lines(&lines, 0, inner, buf);
}

/// A neighbour to merge into, and whether that is possible.
fn neighbour(view: &View<'_>, number: u8) -> Option<(String, bool)> {
    let near = view.model.focus.near.get(usize::from(number).checked_sub(1)?)?;
    let name = text::fit(&near.name.line(), 40, view.glyphs.ellipsis);
    let can = enabled(view.model, Action::MergeInto(number)).is_ok();
    let state = if near.state == RowState::Accepted { String::new() } else { format!(" ({})", near.state.name()) };
    Some((format!("{name}{state}"), can))
}
