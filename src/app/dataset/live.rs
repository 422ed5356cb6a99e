//! What is read beside the loop: the index, first lines, whole records, and what a search finds.
//! [`settle`] asks for whatever the screen lacks; nothing else does, so nothing is asked for twice.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::{Effect, Level, Model, Screen};
use super::RECORDS;
use crate::homework::figures::Chart;
use crate::homework::{Dataset, ItemId, Record};

/// First lines that are kept.
const HEADS: usize = 2_000;
/// Rows beyond the screen whose first lines are asked for.
const AHEAD: usize = 20;
/// While a run goes on the items are read again at most so often, in milliseconds, and so much
/// seldomer than reading takes.
const EVERY: u64 = 2_000;
const SELDOMER: u64 = 10;

/// Every item that there is.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The index.
    pub dataset: Arc<Dataset>,
    /// Positions in its entries, in the order of the tree: subject by subject.
    pub order: Arc<Vec<u32>>,
}

/// What a list shows of an item's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The beginning of the question, made visible, as one line; empty where there is none.
    pub line: String,
}

/// Something about items.
#[derive(Debug, Clone)]
pub enum News {
    /// They were read, or why they were not.
    Read(Result<Shelf, String>),
    /// The charts of all items, or why there are none.
    Charts(Result<Arc<Vec<Chart>>, String>),
    /// First lines.
    Heads(Vec<(ItemId, Head)>),
    /// A whole record, or why it cannot be read.
    Item(ItemId, Result<Box<Record>, String>),
    /// A search came further.
    Found {
        /// Which search.
        search: u64,
        /// Positions of further matches.
        hits: Vec<u32>,
        /// Whether it has been through everything; else it goes on.
        is_done: bool,
    },
}

/// What was asked for.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// When reading began, in milliseconds since 1970; `None` while nothing is read.
    since: Option<u64>,
    /// When it ended the last time, and how long it took.
    read: Option<(u64, u64)>,
    /// Whether there may be something that was not read.
    is_stale: bool,
    is_urgent: bool,
    /// The number of the last search, and what it is for.
    search: u64,
    text: String,
    is_searching: bool,
    hits: HashSet<u32>,
    /// What a search leaves behind when it is given up.
    before: Option<ItemId>,
    /// Records that are on their way.
    asking: Vec<ItemId>,
}

impl Live {
    pub fn is_reading(&self) -> bool {
        self.since.is_some()
    }

    fn asked_for(&self, item: ItemId) -> bool {
        self.asking.contains(&item)
    }

    pub fn is_searching(&self) -> bool {
        self.is_searching
    }

    /// Whether only what was found is shown.
    pub fn is_narrowed(&self) -> bool {
        !self.text.is_empty()
    }

    pub fn is_hit(&self, position: u32) -> bool {
        self.text.is_empty() || self.hits.contains(&position)
    }

    pub fn found(&self, rows: usize) -> String {
        let more = if self.is_searching { ", searching" } else { "" };
        match rows {
            0 if self.is_searching => "searching".to_owned(),
            0 => "no match".to_owned(),
            1 => format!("1 match{more}"),
            many => format!("{} matches{more}", super::super::words::grouped(many as u64)),
        }
    }

    fn is_due(&self, now: u64) -> bool {
        let after = self.read.map_or(0, |(at, took)| at + EVERY.max(SELDOMER * took));
        self.is_stale && self.since.is_none() && (self.is_urgent || (now >= after && !self.is_narrowed()))
    }
}

/// The screen was opened.
pub(in super::super) fn entered(model: &mut Model) {
    (model.dataset.live.is_stale, model.dataset.live.is_urgent) = (true, true);
}

/// A run has finished more items.
pub(in super::super) fn run_progressed(model: &mut Model) {
    model.dataset.live.is_stale = true;
}

/// A run is over.
pub(in super::super) fn run_ended(model: &mut Model) {
    entered(model);
}

/// Asks for what the screen shows and does not have.
pub(in super::super) fn settle(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Dataset {
        return stop(model);
    }
    let mut effects = Vec::new();
    let (now, shown, height) = (model.now, model.shown.list.clone(), model.shown.height);
    let screen = &mut model.dataset;
    if screen.live.is_due(now) {
        (screen.live.is_stale, screen.live.is_urgent) = (false, false);
        screen.live.since = Some(now);
        effects.push(Effect::ReadDataset);
    }
    if screen.shelf.is_none() {
        return effects;
    }
    effects.extend(super::charts::settle(model));
    effects.extend(search(model));
    let screen = &mut model.dataset;
    // After a leap the frame that follows shows what is around the cursor.
    let around = if shown.contains(&screen.at) {
        shown
    } else {
        let height = height.max(shown.len()).max(1);
        screen.at.saturating_sub(height)..screen.at + height
    };
    let rows = around.start.saturating_sub(AHEAD)..(around.end + AHEAD).min(screen.rows.len());
    if screen.heads.len() > HEADS {
        // What is far from the cursor goes.
        let near = screen.at.saturating_sub(HEADS / 4)..(screen.at + HEADS / 4).min(screen.rows.len());
        let near: HashSet<ItemId> = near.filter_map(|row| screen.entry(row)).map(|entry| entry.item).collect();
        screen.heads.retain(|item, _| near.contains(item));
    }
    let missing = |item: &ItemId| !screen.heads.contains_key(item) && !screen.asked.contains(item);
    let heads: Vec<ItemId> = rows.filter_map(|row| screen.entry(row)).map(|entry| entry.item).filter(missing).collect();
    if !heads.is_empty() {
        screen.asked.extend(&heads);
        effects.push(Effect::ReadHeads(heads));
    }
    let unjudged = super::judge::next_unjudged(model, model.dataset.at, true, AHEAD);
    let screen = &mut model.dataset;
    let next = [screen.at, screen.at + 1].into_iter().chain(unjudged.filter(|row| *row > screen.at + 1));
    let next = next.filter_map(|row| screen.entry(row)).map(|entry| entry.item);
    let known = |item: &ItemId| screen.records.iter().any(|(of, _)| of == item);
    let items: Vec<ItemId> = next.filter(|item| !known(item) && !screen.live.asked_for(*item)).collect();
    for item in items {
        screen.live.asking.push(item);
        effects.push(Effect::ReadItem(item));
    }
    effects
}

/// Starts the search for what is typed, in the place of the one before.
fn search(model: &mut Model) -> Option<Effect> {
    let typed = model.search.field.text().trim().to_owned();
    if typed == model.dataset.live.text {
        return None;
    }
    let live = &mut model.dataset.live;
    if live.text.is_empty() {
        live.before = model.dataset.cursor;
    }
    live.search += 1;
    live.hits.clear();
    live.is_searching = !typed.is_empty();
    live.text = typed.clone();
    let search = live.search;
    super::rebuild(model);
    Some(if typed.is_empty() { Effect::StopSearch } else { Effect::SearchItems { search, text: typed } })
}

fn stop(model: &mut Model) -> Vec<Effect> {
    let live = &mut model.dataset.live;
    if !live.is_narrowed() {
        return Vec::new();
    }
    (live.is_searching, live.text) = (false, String::new());
    live.search += 1;
    live.hits.clear();
    super::rebuild(model);
    vec![Effect::StopSearch]
}

/// Enter in the search line: what was found stays.
pub(in super::super) fn searched(model: &mut Model) {
    let live = &model.dataset.live;
    if !live.is_searching && model.dataset.rows.is_empty() && live.is_narrowed() {
        model.search.clear();
        model.say(Level::Warning, "Nothing matches the search.");
    }
}

/// Esc in the search line: everything again, and back to where it began.
pub(in super::super) fn give_up(model: &mut Model) {
    model.search.clear();
    if let Some(item) = model.dataset.live.before {
        model.dataset.cursor = Some(item);
    }
}

/// Takes in what was read.
pub(in super::super) fn news(model: &mut Model, news: News) {
    match news {
        News::Read(outcome) => read(model, outcome),
        News::Charts(outcome) => super::charts::made(model, outcome),
        News::Heads(heads) => {
            for (item, head) in heads {
                model.dataset.asked.remove(&item);
                model.dataset.heads.insert(item, head);
            }
        }
        News::Item(item, outcome) => {
            let screen = &mut model.dataset;
            screen.live.asking.retain(|asked| *asked != item);
            screen.records.retain(|(of, _)| *of != item);
            screen.records.push_back((item, outcome.map(|record| Arc::from(*record))));
            while screen.records.len() > RECORDS {
                screen.records.pop_front();
            }
        }
        News::Found { search, hits, is_done } => {
            if search != model.dataset.live.search {
                return;
            }
            model.dataset.live.is_searching = !is_done;
            let is_first = model.dataset.rows.is_empty();
            if model.dataset.sample.is_none() {
                let wanted = super::facets::wanted(model);
                let found: Vec<u32> = hits.iter().copied().filter(|position| wanted(*position)).collect();
                drop(wanted);
                model.dataset.rows.extend(found);
                model.dataset.live.hits.extend(hits);
                if is_first {
                    model.dataset.focus_row(0);
                }
            } else {
                model.dataset.live.hits.extend(hits);
                super::rebuild(model);
            }
        }
    }
}

fn read(model: &mut Model, outcome: Result<Shelf, String>) {
    let now = model.now;
    let live = &mut model.dataset.live;
    let took = now.saturating_sub(live.since.take().unwrap_or(now));
    live.read = Some((now, took));
    match outcome {
        Ok(shelf) => {
            let screen = &mut model.dataset;
            screen.error = None;
            screen.shelf = Some(shelf);
            // A try that failed may have come out whole since.
            screen.records.retain(|(_, record)| record.is_ok());
            screen.heads.retain(|_, head| !head.line.is_empty());
            let is_narrowed = screen.live.is_narrowed();
            let (snapshot, curator) = (Arc::clone(&model.snapshot), model.settings.curator.clone());
            model.dataset.take_verdicts(&snapshot, &curator);
            if is_narrowed {
                // Positions are others now: the search begins again.
                model.dataset.live.text = String::new();
            }
            super::rebuild(model);
        }
        Err(why) => {
            if model.dataset.shelf.is_some() {
                model.say(Level::Error, why.clone());
            }
            model.dataset.error = Some(why);
        }
    }
}
