//! Finished items for the Dataset screen, read beside the loop. The index of all of them is held here
//! and in the model, shared; texts are read when they are wanted, and forgotten.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Curator;
use crate::app::{DatasetNews, Head, Msg, Shelf};
use crate::homework::dataset::{Needle, Reader, Texts};
use crate::homework::figures::figures;
use crate::homework::{Dataset, ItemId, Record, Selection};
use crate::taxonomy::Snapshot;
use crate::taxonomy::text::reveal_line;
use crate::term::Surface;

/// Characters of a first line that are kept.
const LINE: usize = 240;
/// Matches are passed on at least so often while a search goes on.
const PASS_ON: Duration = Duration::from_millis(60);

/// The items that were read last, and which search is wanted.
#[derive(Clone, Default)]
pub struct Items {
    shelf: Arc<Mutex<Option<Shelf>>>,
    search: Arc<AtomicU64>,
}

impl Items {
    fn shelf(&self) -> Option<Shelf> {
        self.shelf.lock().ok()?.clone()
    }

    /// Whatever is searched for is not wanted any more.
    pub fn stop_search(&self) {
        self.search.store(0, Ordering::Relaxed);
    }
}

impl<S: Surface> Curator<S> {
    /// Reads which items there are.
    pub(super) fn read_dataset(&mut self) {
        let (snapshot, runs, items) = (self.store.snapshot(), self.runs.clone(), self.items.clone());
        self.look_up(async move {
            let reading = tokio::task::spawn_blocking(move || {
                crate::planted::panics("thread");
                let shelf = shelf(&snapshot, &runs)?;
                if let Ok(mut held) = items.shelf.lock() {
                    *held = Some(shelf.clone());
                }
                Ok(shelf)
            });
            let outcome = reading.await.unwrap_or_else(|error| Err(format!("Reading the items broke off: {error}.")));
            Msg::Dataset(DatasetNews::Read(outcome))
        });
    }

    /// Makes the charts of the items that were read last.
    pub(super) fn make_charts(&mut self) {
        let (snapshot, runs, items) = (self.store.snapshot(), self.runs.clone(), self.items.clone());
        self.look_up(async move {
            let making = tokio::task::spawn_blocking(move || {
                let shelf = items.shelf().ok_or("The items were not read yet.")?;
                let made = figures(&snapshot, &shelf.dataset, &runs);
                made.map(|figures| Arc::new(figures.charts()))
                    .map_err(|error| reveal_line(&error.to_string()).into_owned())
            });
            let outcome = making.await.unwrap_or_else(|error| Err(format!("Making the charts broke off: {error}.")));
            Msg::Dataset(DatasetNews::Charts(outcome))
        });
    }

    /// Reads the first lines of items.
    pub(super) fn read_heads(&mut self, wanted: Vec<ItemId>) {
        let items = self.items.clone();
        self.look_up(async move {
            let reading = tokio::task::spawn_blocking(move || {
                let (mut reader, shelf) = (Reader::default(), items.shelf());
                let head = |item: ItemId| {
                    let record = record(&mut reader, shelf.as_ref(), item);
                    (item, record.map_or(Head { line: String::new() }, |record| head(&record)))
                };
                wanted.into_iter().map(head).collect()
            });
            Msg::Dataset(DatasetNews::Heads(reading.await.unwrap_or_default()))
        });
    }

    /// Reads a whole item.
    pub(super) fn read_item(&mut self, item: ItemId) {
        let items = self.items.clone();
        self.look_up(async move {
            let reading =
                tokio::task::spawn_blocking(move || record(&mut Reader::default(), items.shelf().as_ref(), item));
            let outcome = reading.await.unwrap_or_else(|error| Err(format!("Reading the item broke off: {error}.")));
            Msg::Dataset(DatasetNews::Item(item, outcome.map(Box::new)))
        });
    }

    /// Searches all items in the order in which they are shown; a later search ends it.
    pub(super) fn search_items(&mut self, search: u64, text: &str) {
        let Some(shelf) = self.items.shelf() else { return };
        let (needle, current) = (Needle::new(text), Arc::clone(&self.items.search));
        let (outbox, stop) = (self.outbox.clone(), self.stop.clone());
        current.store(search, Ordering::Relaxed);
        self.tasks.spawn_blocking(move || {
            let wanted = || current.load(Ordering::Relaxed) == search && !stop.is_cancelled();
            let (mut texts, mut hits, mut since) = (Texts::default(), Vec::new(), Instant::now());
            let entries = shelf.dataset.entries();
            for position in shelf.order.iter().copied() {
                if !wanted() {
                    return;
                }
                let Some(entry) = entries.get(position as usize) else { continue };
                // What cannot be read is found by nobody; opening it says why.
                if texts.matches(&shelf.dataset, entry, &needle).unwrap_or(false) {
                    hits.push(position);
                }
                if since.elapsed() >= PASS_ON && !hits.is_empty() {
                    let news = DatasetNews::Found { search, hits: std::mem::take(&mut hits), is_done: false };
                    if outbox.blocking_send(Msg::Dataset(news)).is_err() {
                        return;
                    }
                    since = Instant::now();
                }
            }
            // The loop is gone when the curator has left.
            let _ = outbox.blocking_send(Msg::Dataset(DatasetNews::Found { search, hits, is_done: true }));
        });
    }
}

/// All items, and the order of the tree.
fn shelf(snapshot: &Snapshot, runs: &Path) -> Result<Shelf, String> {
    let dataset = Dataset::read(snapshot, runs, &Selection::of(&snapshot.manifest.homework.checks))
        .map_err(|error| reveal_line(&error.to_string()).into_owned())?;
    let places: HashMap<_, usize> =
        snapshot.tree.subtree(None).into_iter().enumerate().map(|(at, node)| (node, at)).collect();
    let place = |position: u32| {
        let subject = dataset.entries()[position as usize].subject;
        subject.and_then(|subject| places.get(&subject)).copied().unwrap_or(usize::MAX)
    };
    let mut order: Vec<u32> = (0..dataset.entries().len() as u32).collect();
    order.sort_by_cached_key(|position| place(*position));
    Ok(Shelf { dataset: Arc::new(dataset), order: Arc::new(order) })
}

fn record(reader: &mut Reader, shelf: Option<&Shelf>, item: ItemId) -> Result<Record, String> {
    let gone = || "The item is no longer there.".to_owned();
    let shelf = shelf.ok_or_else(gone)?;
    let entry = shelf.dataset.entry(item).ok_or_else(gone)?;
    let read = reader.record(&shelf.dataset, entry);
    read.map_err(|error| reveal_line(&error.to_string()).into_owned())
}

/// The beginning of a question as one line, made visible.
fn head(record: &Record) -> Head {
    let line = record.question.line();
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    Head { line: words.chars().take(LINE).collect() }
}
