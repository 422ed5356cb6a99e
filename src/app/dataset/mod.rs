//! The Dataset screen: finished items, one of them in full, and what people say of them.
//!
//! Of the items only the index is in memory ([`Shelf`]); first lines and whole records of what is on
//! the screen are asked for (`live`) and forgotten again. The rows are positions in that index: those
//! that the facets want (`facets`), in the order of the tree, or the seeded sample in its own (`judge`).
//!
//! Charts of everything (`charts`) come in the place of list and item.

mod charts;
mod facets;
mod judge;
mod live;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

pub use charts::Charts;
pub use facets::{ItemFacetPicker, ItemFacets, ItemOffer, ItemValue, label as facet_label};
pub use judge::{Question, Sampling};
pub use live::{Head, News, Shelf};

pub(super) use facets::choose as choose_facet;
pub(super) use judge::{answered, follow};
pub(super) use live::{entered, give_up, news, run_ended, run_progressed, searched, settle};

use super::{Effect, Level, Model, Overlay, Pane, WhyNot, paging};
use crate::homework::dataset::Entry;
use crate::homework::provenance::shown_standing;
use crate::homework::{Dataset, ItemId, Record, Standing};
use crate::input::Action;
use crate::taxonomy::stats::{Cell, Section};
use crate::taxonomy::verdicts::{Fate, Quality, fault, qualities};
use crate::taxonomy::{ItemVerdict, NodeId, Snapshot};

/// Records that are kept for coming back to.
const RECORDS: usize = 16;

/// The Dataset screen.
#[derive(Debug, Default)]
pub struct DatasetScreen {
    /// Every item; `None` until they were read for the first time.
    pub shelf: Option<Shelf>,
    /// Why they could not be read, a sentence.
    pub error: Option<String>,
    /// Positions in the entries of the shelf, as they are shown.
    pub rows: Vec<u32>,
    /// The focused item.
    pub cursor: Option<ItemId>,
    /// Its row.
    pub at: usize,
    /// Which pane has the movement keys.
    pub pane: Pane,
    /// How far the item is scrolled.
    pub scroll: usize,
    /// Which items are shown.
    pub facets: ItemFacets,
    /// Charts of all items.
    pub charts: Charts,
    /// The sample that is gone through; `None` while everything is browsed.
    pub sample: Option<Sampling>,
    /// The sample that comes next time.
    pub next_sample: Sampling,
    own: HashMap<ItemId, ItemVerdict>,
    fates: HashMap<ItemId, Fate>,
    qualities: HashMap<NodeId, Quality>,
    heads: HashMap<ItemId, Head>,
    records: VecDeque<(ItemId, Result<Arc<Record>, String>)>,
    asked: HashSet<ItemId>,
    live: live::Live,
}

impl DatasetScreen {
    /// The index of all items.
    #[must_use]
    pub fn dataset(&self) -> Option<&Dataset> {
        self.shelf.as_ref().map(|shelf| shelf.dataset.as_ref())
    }

    /// The item of a row.
    #[must_use]
    pub fn entry(&self, row: usize) -> Option<&Entry> {
        self.dataset()?.entries().get(*self.rows.get(row)? as usize)
    }

    /// The focused item.
    #[must_use]
    pub fn focused(&self) -> Option<&Entry> {
        self.entry(self.at)
    }

    /// The focused item's record, once it was read; or why it cannot be.
    #[must_use]
    pub fn record(&self) -> Option<&Result<Arc<Record>, String>> {
        self.record_of(self.focused()?.item)
    }

    fn record_of(&self, item: ItemId) -> Option<&Result<Arc<Record>, String>> {
        self.records.iter().find(|(of, _)| *of == item).map(|(_, record)| record)
    }

    /// The first line of an item, once it was read.
    #[must_use]
    pub fn head(&self, item: ItemId) -> Option<&Head> {
        self.heads.get(&item)
    }

    /// What this curator says of an item.
    #[must_use]
    pub fn own(&self, item: ItemId) -> Option<ItemVerdict> {
        self.own.get(&item).copied()
    }

    /// What follows for an item from all verdicts, as far as this curator may know.
    #[must_use]
    pub fn fate(&self, item: ItemId) -> Option<Fate> {
        self.fates.get(&item).copied()
    }

    /// What becomes of an item, with what was said since the items were read.
    #[must_use]
    pub fn standing(&self, snapshot: &Snapshot, entry: &Entry, viewer: &str) -> Standing {
        let standing = shown_standing(snapshot, entry, viewer);
        match (standing, self.fate(entry.item)) {
            (Standing::Kept | Standing::HeldOut, Some(Fate::Refused)) => Standing::Refused,
            (Standing::Refused, fate) if fate != Some(Fate::Refused) => Standing::Kept,
            (standing, _) => standing,
        }
    }

    /// Whether the items are being read, or searched.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.live.is_reading() || self.live.is_searching()
    }

    /// What the footer says of the search: matches, and whether there may be more.
    #[must_use]
    pub fn found(&self) -> String {
        self.live.found(self.rows.len())
    }

    /// How good the judged items of a subject or branch are.
    #[must_use]
    pub fn quality(&self, node: NodeId) -> Option<&Quality> {
        self.qualities.get(&node)
    }

    /// Takes in what was decided.
    pub(super) fn take_verdicts(&mut self, snapshot: &Snapshot, curator: &str) {
        self.qualities = qualities(snapshot).nodes;
        (self.own, self.fates) = (HashMap::new(), HashMap::new());
        for judgement in snapshot.judgements() {
            let (key, item) = (judgement.judged.item, ItemId::from(judgement.judged.item));
            if let Some(voice) = judgement.of(curator) {
                self.own.insert(item, voice.verdict);
            }
            if !snapshot.hides_judgement(key, curator) {
                self.fates.insert(item, judgement.fate());
            }
        }
    }

    fn focus_row(&mut self, at: usize) {
        let at = at.min(self.rows.len().saturating_sub(1));
        let item = self.entry(at).map(|entry| entry.item);
        if self.cursor != item {
            self.scroll = 0;
        }
        (self.at, self.cursor) = (at, item);
    }

    /// Finds the row of the cursor again; where it is gone the row stays.
    fn find_cursor(&mut self) {
        let wanted = self.cursor;
        let position = wanted.and_then(|item| self.dataset()?.position(item)).map(|at| at as u32);
        let found = position.and_then(|position| self.rows.iter().position(|row| *row == position));
        self.focus_row(found.unwrap_or(self.at));
    }
}

/// Computes the rows again; the cursor stays on its item, and the item in its line of the screen.
fn rebuild(model: &mut Model) {
    let before = model.dataset.at;
    let rows = match &model.dataset.sample {
        Some(sampling) => judge::rows(model, *sampling),
        None => facets::rows(model),
    };
    model.dataset.rows = rows;
    model.dataset.find_cursor();
    let start = model.shown.list.start + model.dataset.at;
    model.shown.list.start = start.saturating_sub(before);
}

/// After a snapshot: what was decided shows, and rows that depend on it are found again.
pub(super) fn taxonomy_changed(model: &mut Model) {
    // What was judged is shown beside items alone, and taken in with them.
    if model.dataset.shelf.is_none() {
        return;
    }
    let (snapshot, curator) = (Arc::clone(&model.snapshot), model.settings.curator.clone());
    model.dataset.take_verdicts(&snapshot, &curator);
    if model.dataset.facets.follow_verdicts() {
        rebuild(model);
    }
}

/// The focused item's subject.
pub(super) fn subject(model: &Model) -> Option<NodeId> {
    model.dataset.focused()?.subject
}

/// Shows the syllabus of the focused item's subject at the class session that most refused items
/// come from, or, where none is, at the one that this item draws on.
pub(super) fn open_syllabus(model: &mut Model, subject: NodeId) {
    let drawn = match model.dataset.record() {
        Some(Ok(record)) => record.sessions.first().map(|session| session.id.clone()),
        _ => None,
    };
    let row = fault(&model.snapshot, subject).and_then(|fault| fault.session).map(|(_, row, _)| row);
    let of = model.snapshot.tree.node(subject).and_then(|node| node.syllabus.as_ref());
    let row = row.or_else(|| Some(of?.session(&drawn?)?.0));
    super::syllabus::open_at(model, subject, row);
}

/// Carries out the actions of this screen; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Charts {
        charts::toggle(model);
        return Some(Vec::new());
    }
    if model.dataset.charts.is_on && charts::step(model, action) {
        return Some(Vec::new());
    }
    if let Some(verdict) = judge::verdict_of(action) {
        return Some(judge::judge(model, verdict, None));
    }
    match action {
        Action::JudgeInWords => judge::ask_for_words(model),
        Action::Sample => judge::toggle_sample(model),
        Action::EditSample => judge::edit_sample(model),
        Action::NextPending => judge::go_to_unjudged(model, true),
        Action::PreviousPending => judge::go_to_unjudged(model, false),
        Action::NextMatch | Action::PreviousMatch => {
            let at = model.dataset.at;
            let to = if action == Action::NextMatch { at + 1 } else { at.saturating_sub(1) };
            model.dataset.focus_row(to);
        }
        Action::Facets => facets::open(model),
        Action::Open => model.dataset.pane = Pane::Detail,
        Action::Why => provenance(model),
        Action::Statistics => statistics(model),
        other => return step(model, other).then(Vec::new),
    }
    Some(Vec::new())
}

fn step(model: &mut Model, action: Action) -> bool {
    let (page, most) = (model.shown.height.max(2), model.shown.detail_overflow);
    let screen = &mut model.dataset;
    match action {
        Action::NextPane | Action::PreviousPane => screen.pane = screen.pane.other(),
        Action::Left if screen.pane == Pane::Detail => screen.pane = Pane::List,
        Action::Right if screen.pane == Pane::List => screen.pane = Pane::Detail,
        _ if screen.pane == Pane::Detail => match paging::line(action, screen.scroll, page, most) {
            Some(to) => screen.scroll = to,
            None => return false,
        },
        _ => match paging::row(action, screen.at, page) {
            Some(to) => screen.focus_row(to),
            None => return false,
        },
    }
    true
}

/// Whether [`cancel`] would close something.
pub(super) fn can_cancel(model: &Model) -> bool {
    let screen = &model.dataset;
    screen.charts.is_on || screen.pane == Pane::Detail || screen.sample.is_some() || !screen.facets.is_empty()
}

/// Esc: back from the charts, to the list, then out of the sample, then the facets; whether there was anything to close.
pub(super) fn cancel(model: &mut Model) -> bool {
    if model.dataset.charts.is_on {
        charts::toggle(model);
    } else if model.dataset.pane == Pane::Detail {
        model.dataset.pane = Pane::List;
    } else if model.dataset.sample.is_some() {
        judge::toggle_sample(model);
    } else if !model.dataset.facets.is_empty() {
        model.dataset.facets = ItemFacets::default();
        rebuild(model);
    } else {
        return false;
    }
    true
}

fn provenance(model: &mut Model) {
    let screen = &model.dataset;
    let (Some(dataset), Some(entry), Some(Ok(record))) = (screen.dataset(), screen.focused(), screen.record()) else {
        return;
    };
    let viewer = &model.settings.curator;
    let told = crate::homework::provenance::provenance(&model.snapshot, dataset, entry, record, viewer);
    let lines = told.into_iter().map(|(word, line)| format!("{word}: {line}")).collect();
    let message = super::Message { title: "Where this item comes from".to_owned(), lines, scroll: 0 };
    model.overlays.push(Overlay::Message(message));
}

fn statistics(model: &mut Model) {
    let mut sections = crate::taxonomy::stats::sections(&model.snapshot);
    sections.retain(|section| matches!(section.key, "quality" | "sessions") && !section.rows.is_empty());
    sections.iter_mut().for_each(set_in);
    if sections.is_empty() {
        model.say(Level::Info, "Nothing was judged yet.");
        return;
    }
    model.overlays.push(Overlay::Statistics(super::Statistics { sections, scroll: 0 }));
}

/// Branches as a tree: the last name, set in by its depth, says more in a narrow column than the path.
fn set_in(section: &mut Section) {
    let is_tree = section.key == "quality";
    for cell in section.rows.iter_mut().filter_map(|row| row.first_mut()) {
        let Cell::Text(path) = cell else { continue };
        let names: Vec<&str> = path.raw().split(" > ").collect();
        let depth = if is_tree { names.len() - 1 } else { 0 };
        let name = format!("{}{}", "  ".repeat(depth), names.last().copied().unwrap_or_default());
        *cell = Cell::Text(name.into());
    }
}

/// Why an action does not apply here.
pub(super) fn can(model: &Model, action: Action) -> Result<(), WhyNot> {
    let screen = &model.dataset;
    let judges = judge::verdict_of(action).is_some() || action == Action::JudgeInWords;
    if screen.charts.is_on && charts::hides(action) {
        let key = model.key(Action::Charts);
        return Err(WhyNot::new(format!("The charts are shown; {key} or Esc goes back to the items.")));
    }
    if judges || matches!(action, Action::Open | Action::Why) {
        let Some(entry) = screen.focused() else {
            return Err(WhyNot::new("There is no item here; generate some on the Homework screen."));
        };
        match screen.record() {
            None => return Err(WhyNot::new("The item is still being read.")),
            Some(Err(_)) if action != Action::Open => return Err(WhyNot::new("The item cannot be read.")),
            Some(_) => {}
        }
        if judges && matches!(entry.standing, Standing::Failed | Standing::Unfit) {
            return Err(WhyNot::new("The item is incomplete, so there is nothing to judge."));
        }
        return Ok(());
    }
    match action {
        Action::Sample
        | Action::EditSample
        | Action::NextPending
        | Action::PreviousPending
        | Action::Facets
        | Action::Charts
            if screen.dataset().is_none_or(|dataset| dataset.entries().is_empty()) =>
        {
            Err(WhyNot::new("There is no item yet; generate some on the Homework screen."))
        }
        _ => Ok(()),
    }
}
