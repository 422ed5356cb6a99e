//! Model to cells: read only. Panes and overlays, one file per region.
//!
//! ```text
//! header   screens, path, counts, who
//! ┌───────────────┬──────────────┐
//! │ main pane     │ detail       │   curate, syllabus, history, homework
//! └───────────────┴──────────────┘
//! footer   keys from the action table; last decision, jobs, saving
//! ```
//!
//! [`draw`] is a pure function of model, theme and area. What it showed (which rows, how far a
//! pane can scroll) is returned and goes back as `Msg::Shown`, so that the model needs no layout.

mod balance;
mod card;
mod charts;
mod compare;
mod curate;
mod dataset;
mod facets;
mod footer;
mod form;
mod header;
mod help;
mod history;
mod homework;
mod markdown;
mod menu;
mod messages;
mod overlay;
mod palette;
mod pane;
mod picker;
mod preview;
mod progress;
mod stats;
mod syllabus;
mod text;
mod themes;
mod toast;
mod tree;
mod tutor;
mod why;

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use crate::app::{Model, Overlay, RowState, Screen, Shown};
use crate::input::{Action, Context};
use crate::theme::{GlyphSet, Glyphs, Role, Theme};

/// The smallest terminal that shows anything useful.
const SMALLEST: (u16, u16) = (40, 10);

/// What a frame showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Where the terminal's cursor belongs, in a text field.
    pub cursor: Option<Position>,
    /// For `Msg::Shown`.
    pub shown: Shown,
}

/// What every view reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    model: &'a Model,
    theme: &'a Theme,
    glyphs: &'static Glyphs,
}

impl View<'_> {
    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The first key of an action in one place; its name where it has none.
    fn key_in(&self, context: Context, action: Action) -> String {
        let keys = self.model.keymap.keys_for(action, context);
        keys.first().map_or_else(|| action.name().to_owned(), |key| (*key).to_owned())
    }

    /// The sign and the look of a state.
    fn state(&self, state: RowState) -> (&'static str, Style) {
        let (glyph, role) = match state {
            RowState::Root => (self.glyphs.leaf, Role::Title),
            RowState::Accepted => (self.glyphs.accepted, Role::TreeAccepted),
            RowState::Deprecated => (self.glyphs.deprecated, Role::TreeDeprecated),
            RowState::Pending => (self.glyphs.pending, Role::TreePending),
            RowState::Deferred => (self.glyphs.deferred, Role::TreeDeferred),
            RowState::Contested => (self.glyphs.contested, Role::Flag),
            RowState::Rejected => (self.glyphs.rejected, Role::TreeRejected),
            RowState::Merged => (self.glyphs.merged, Role::TreeDeprecated),
            RowState::Withdrawn => (self.glyphs.deprecated, Role::TreeRejected),
        };
        (glyph, self.style(role))
    }
}

/// Paints the whole screen. Never fails, whatever the size.
pub fn draw(model: &Model, theme: &Theme, glyphs: &'static Glyphs, area: Rect, buf: &mut Buffer) -> Drawn {
    let view = View { model, theme, glyphs };
    let area = area.intersection(buf.area);
    let mut drawn = Drawn::default();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(&view, area, buf);
        return drawn;
    }
    buf.set_style(area, view.style(Role::Background).patch(view.style(Role::Text)));
    let (header, body, footer) = bands(area);
    header::draw(&view, header, buf);
    let body = tutor::draw(&view, body, buf);
    match model.screen {
        Screen::Curate => curate::draw(&view, body, buf, &mut drawn),
        Screen::Syllabus => syllabus::draw(&view, body, buf, &mut drawn),
        Screen::History => history::draw(&view, body, buf, &mut drawn),
        Screen::Homework => homework::draw(&view, body, buf, &mut drawn),
        Screen::Dataset => dataset::draw(&view, body, buf, &mut drawn),
    }
    footer::draw(&view, footer, buf, &mut drawn);
    for overlay in &model.overlays {
        overlay::draw(&view, overlay, body, buf, &mut drawn);
    }
    menu::draw(&view, body, buf);
    toast::draw(&view, body, buf);
    if std::ptr::eq(glyphs, Glyphs::of(GlyphSet::Ascii)) {
        plain(buf, area);
    }
    drawn
}

/// The dot between two facts, where a terminal has ASCII alone.
fn plain(buf: &mut Buffer, area: Rect) {
    for at in area.positions() {
        if buf.cell(at).is_some_and(|cell| cell.symbol() == "·")
            && let Some(cell) = buf.cell_mut(at)
        {
            cell.set_symbol("-");
        }
    }
}

/// Header, body and footer; on a low terminal the first and the last have one line each.
fn bands(area: Rect) -> (Rect, Rect, Rect) {
    let lines = if area.height < 18 { 1 } else { 2 };
    let body = Rect { y: area.y + lines, height: area.height - 2 * lines, ..area };
    let header = Rect { height: lines, ..area };
    let footer = Rect { y: body.bottom(), height: lines, ..area };
    (header, body, footer)
}

fn too_small(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let size = format!("{}x{}", area.width, area.height);
    let text = format!("Too small: {size}. provost needs {}x{}.", SMALLEST.0, SMALLEST.1);
    for (line, y) in text::wrap(&text, usize::from(area.width)).iter().zip(area.y..area.bottom()) {
        buf.set_line(area.x, y, &Line::styled(line.clone(), view.style(Role::Warning)), area.width);
    }
}

/// The first row to show, so that the focused one is in view with a little room around it. Where it leaves the view, that
/// moves on by a third: rows that stand still from key to key are read more easily, and cost a slow line nothing.
fn scroll(was: usize, at: usize, height: usize, total: usize) -> usize {
    let last = total.saturating_sub(height);
    let was = was.min(last);
    let margin = (height.saturating_sub(1) / 2).min(2);
    let is_below_top = at >= was + margin || (was == 0 && height > 0);
    let is_above_bottom = at + margin < was + height || (was == last && at < was + height);
    if is_below_top && is_above_bottom {
        return was;
    }
    let ahead = height / 3;
    let top = match at {
        // From far away: in the middle.
        at if at + height < was || at > was + 2 * height => at.saturating_sub(height / 2),
        at if at < was + margin => at.saturating_sub(ahead),
        at => (at + ahead + 1).saturating_sub(height),
    };
    top.min(last)
}

/// Whether a form is open in the place of the card.
fn has_form(model: &Model) -> bool {
    model.overlays.iter().any(|overlay| matches!(overlay, Overlay::Form(_)))
}
