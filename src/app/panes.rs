//! How wide the panes are, one of them alone, and what the mouse does to them.

use super::{Effect, Level, Model, Overlay, Pane, Screen, WhyNot, update};
use crate::input::Action;

/// A part of the screen, in cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Area {
    /// The leftmost column.
    pub x: u16,
    /// The uppermost row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    fn holds(self, column: u16, row: u16) -> bool {
        (self.x..self.x + self.width).contains(&column) && (self.y..self.y + self.height).contains(&row)
    }
}

/// Where the last frame had what the mouse can be over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Panes {
    /// The list with its frame.
    pub list: Area,
    /// What it says about the focused row, with its frame.
    pub detail: Area,
    /// The rows of the list on top.
    pub top: Area,
    /// Which of them is the first.
    pub top_first: usize,
}

/// Something the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub gesture: Gesture,
    /// From 0 at the left.
    pub column: u16,
    /// From 0 at the top.
    pub row: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// The left button went down.
    Press,
    /// It is held down and moved.
    Drag,
    /// It was let go.
    Release,
    /// The wheel turned towards the top.
    WheelUp,
    /// The wheel turned towards the bottom.
    WheelDown,
}

/// How far a key moves the split, in percent.
const STEP: u16 = 5;
/// How many rows one turn of the wheel is.
const ROWS: usize = 3;
/// What the list has of the width where nobody said anything.
pub const USUAL: u16 = 45;

/// A share that leaves room for both panes, in percent.
#[must_use]
pub fn clamp(share: u16) -> u16 {
    share.clamp(20, 80)
}

/// Whether an action of this area does something to the panes as they are.
///
/// # Errors
/// Why not.
pub(super) fn can(model: &Model, action: Action) -> Result<(), WhyNot> {
    let Panes { list, detail, .. } = model.shown.panes;
    let (are_two, are_beside) = (list.width > 0 && detail.width > 0, list.y == detail.y);
    if list.width == 0 && detail.width == 0 {
        // No frame was drawn yet.
        return Ok(());
    }
    match action {
        Action::Zoom | Action::GrowList | Action::ShrinkList if model.is_zoomed => Ok(()),
        Action::Zoom | Action::GrowList | Action::ShrinkList if !are_two => {
            Err(WhyNot::new("There is one pane on the screen."))
        }
        Action::GrowList | Action::ShrinkList if !are_beside => {
            Err(WhyNot::new("The panes stand above each other; beside each other they share the width."))
        }
        _ => Ok(()),
    }
}

/// Carries out the actions of this area; whether it was one.
pub(super) fn handle(model: &mut Model, action: Action) -> bool {
    let share = || model.split.unwrap_or_else(|| share_of(model.shown.panes));
    match action {
        Action::GrowList => model.split = Some(clamp(share() + STEP)),
        Action::ShrinkList => model.split = Some(clamp(share().saturating_sub(STEP))),
        Action::Zoom => {
            model.is_zoomed = !model.is_zoomed;
            if model.is_zoomed {
                // On the Syllabus screen the pane key shows another version.
                let other = if model.screen == Screen::Syllabus { Action::Open } else { Action::NextPane };
                let (key, other) = (model.key(Action::Zoom), model.key(other));
                model.say(Level::Info, format!("Panes: one alone; {key} brings the other back, {other} shows it."));
            }
            return true;
        }
        _ => return false,
    }
    model.is_zoomed = false;
    true
}

/// What the list has of the width now, in percent.
fn share_of(panes: Panes) -> u16 {
    let (list, whole) = (u32::from(panes.list.width), u32::from(panes.list.width) + u32::from(panes.detail.width));
    let is_beside = panes.detail.width > 0 && panes.list.width > 0 && panes.list.y == panes.detail.y;
    if is_beside { ((list * 100 + whole / 2) / whole) as u16 } else { USUAL }
}

/// What the mouse did.
pub(super) fn mouse(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    model.resolver.reset();
    if !model.overlays.is_empty() {
        return on_top(model, mouse);
    }
    let panes = model.shown.panes;
    let (x, y) = (mouse.column, mouse.row);
    let over = match (panes.list.holds(x, y), panes.detail.holds(x, y)) {
        (true, _) => Some(Pane::List),
        (_, true) => Some(Pane::Detail),
        _ => None,
    };
    match mouse.gesture {
        Gesture::WheelUp | Gesture::WheelDown => {
            let Some(pane) = over else { return Vec::new() };
            let action = if mouse.gesture == Gesture::WheelUp { Action::Up } else { Action::Down };
            // The pane under the pointer moves; the keyboard stays where it is.
            let before = set_pane(model, pane);
            let effects = (0..ROWS).flat_map(|_| update::act(model, action)).collect();
            set_pane(model, before);
            effects
        }
        Gesture::Press => {
            let (list, detail) = (panes.list, panes.detail);
            let is_beside = detail.width > 0 && list.width > 0 && detail.y == list.y;
            model.drags =
                is_beside && (x + 1 == detail.x || x == detail.x) && (list.y..list.y + list.height).contains(&y);
            match over {
                _ if model.drags => Vec::new(),
                Some(Pane::List) => press(model, usize::from(y.saturating_sub(list.y + 1)), y > list.y),
                Some(Pane::Detail) => {
                    set_pane(model, Pane::Detail);
                    Vec::new()
                }
                None => Vec::new(),
            }
        }
        Gesture::Drag if model.drags => {
            let whole = panes.list.width + panes.detail.width;
            if whole > 0 {
                let share = u32::from(x.saturating_sub(panes.list.x)) * 100 / u32::from(whole);
                model.split = Some(clamp(share as u16));
            }
            Vec::new()
        }
        Gesture::Drag => Vec::new(),
        Gesture::Release => {
            model.drags = false;
            Vec::new()
        }
    }
}

/// A press on a row of the list: focuses it; on the focused one does what Enter does, which never decides.
fn press(model: &mut Model, row: usize, is_inside: bool) -> Vec<Effect> {
    set_pane(model, Pane::List);
    let to = model.shown.list.start + row;
    if !is_inside || to >= model.shown.list.end {
        return Vec::new();
    }
    let at = match model.screen {
        Screen::Curate => model.tree.at,
        Screen::Syllabus => model.syllabus.place(&model.snapshot),
        Screen::History => model.history.at,
        Screen::Dataset => model.dataset.at,
        Screen::Homework => model.homework.at,
    };
    if at == to {
        let action = if model.screen == Screen::Curate { Action::ToggleFold } else { Action::Open };
        return update::act(model, action);
    }
    let action = if to > at { Action::Down } else { Action::Up };
    (0..at.abs_diff(to)).flat_map(|_| update::act(model, action)).collect()
}

/// Over an overlay the wheel scrolls it, and a press chooses in a list.
fn on_top(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    let action = match mouse.gesture {
        Gesture::WheelUp => Action::Up,
        Gesture::WheelDown => Action::Down,
        Gesture::Press => {
            let Panes { top, top_first, .. } = model.shown.panes;
            if !top.holds(mouse.column, mouse.row) {
                return Vec::new();
            }
            let to = top_first + usize::from(mouse.row - top.y);
            return match at_in_list(model) {
                Some((at, count)) if *at == to && to < count => super::overlay::act(model, Action::Choose),
                Some((at, count)) if to < count => {
                    *at = to;
                    Vec::new()
                }
                _ => Vec::new(),
            };
        }
        Gesture::Drag | Gesture::Release => return Vec::new(),
    };
    (0..ROWS).flat_map(|_| super::overlay::act(model, action)).collect()
}

/// The focused row of the list on top and how many there are.
fn at_in_list(model: &mut Model) -> Option<(&mut usize, usize)> {
    match model.overlays.last_mut()? {
        Overlay::Palette(list) => Some((&mut list.at, list.hits.len())),
        Overlay::Themes(list) => Some((&mut list.at, list.matches.len())),
        Overlay::Picker(list) => Some((&mut list.at, list.matches.len())),
        Overlay::Facets(list) => Some((&mut list.at, list.matches.len())),
        Overlay::ItemFacets(list) => Some((&mut list.at, list.matches.len())),
        _ => None,
    }
}

/// Gives a pane the movement keys; returns which had them.
fn set_pane(model: &mut Model, pane: Pane) -> Pane {
    let of = match model.screen {
        Screen::Curate => &mut model.tree.pane,
        Screen::History => &mut model.history.pane,
        Screen::Dataset => &mut model.dataset.pane,
        Screen::Homework => &mut model.homework.pane,
        Screen::Syllabus => &mut model.syllabus.pane,
    };
    std::mem::replace(of, pane)
}
