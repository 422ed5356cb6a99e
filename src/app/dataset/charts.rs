//! The charts of the Dataset screen, in the place of list and item. They are made beside the loop from the items that were
//! read last, and made again when those are others.

use std::sync::Arc;

use super::super::{Effect, Model, paging};
use crate::homework::Dataset;
use crate::homework::figures::Chart;
use crate::input::Action;

/// The charts, and what is shown of them.
#[derive(Debug, Default)]
pub struct Charts {
    /// Whether they are shown.
    pub is_on: bool,
    /// How far they are scrolled.
    pub scroll: usize,
    /// The charts, once they were made; or why they cannot be, a sentence.
    pub made: Option<Result<Arc<Vec<Chart>>, String>>,
    /// The items that they are, or will be, of.
    of: Option<Arc<Dataset>>,
    is_asked: bool,
}

impl Charts {
    /// Whether they are being made, or made again.
    #[must_use]
    pub fn is_making(&self) -> bool {
        self.is_asked
    }
}

/// Shows them, or the items again.
pub(super) fn toggle(model: &mut Model) {
    let charts = &mut model.dataset.charts;
    (charts.is_on, charts.scroll) = (!charts.is_on, 0);
}

/// Asks for charts of the items that there are now.
pub(super) fn settle(model: &mut Model) -> Option<Effect> {
    let screen = &mut model.dataset;
    let dataset = &screen.shelf.as_ref()?.dataset;
    let charts = &mut screen.charts;
    let is_new = charts.of.as_ref().is_none_or(|of| !Arc::ptr_eq(of, dataset));
    if !charts.is_on || charts.is_asked || !is_new {
        return None;
    }
    (charts.of, charts.is_asked) = (Some(Arc::clone(dataset)), true);
    Some(Effect::MakeCharts)
}

/// Takes in what was made.
pub(super) fn made(model: &mut Model, outcome: Result<Arc<Vec<Chart>>, String>) {
    let charts = &mut model.dataset.charts;
    charts.is_asked = false;
    charts.made = Some(outcome);
}

/// Whether an action works on items, which the charts hide.
pub(super) fn hides(action: Action) -> bool {
    let on_items = [
        Action::JudgeInWords,
        Action::Open,
        Action::Why,
        Action::Sample,
        Action::EditSample,
        Action::NextPending,
        Action::PreviousPending,
        Action::Facets,
        Action::NextMatch,
        Action::PreviousMatch,
        Action::Search,
    ];
    super::judge::verdict_of(action).is_some() || on_items.contains(&action)
}

/// Moves through them; whether the action was a movement.
pub(super) fn step(model: &mut Model, action: Action) -> bool {
    let (page, most) = (model.shown.height.max(2), model.shown.detail_overflow);
    let charts = &mut model.dataset.charts;
    match paging::line(action, charts.scroll.min(most), page, most) {
        Some(to) => charts.scroll = to,
        None => return false,
    }
    true
}
