//! Searching by name while typing: the cursor goes to the first match, Esc brings it back.

use std::collections::HashSet;

use super::rows::{self, Filter};
use super::{Field, Level, Model, Overlay, Screen, tree};
use crate::input::Action;
use crate::taxonomy::text::normalise;
use crate::taxonomy::{EventId, NodeId, describe};

/// Something that can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// A row of the tree, unfolded or not.
    Node(NodeId),
    /// A row of the history.
    Event(EventId),
    /// A class session of the syllabus on the screen.
    Session(usize),
}

/// The search of the screen.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What is typed.
    pub field: Field,
    needle: String,
    entries: Vec<(Spot, String)>,
    hits: Vec<usize>,
    at: usize,
    before: Option<Before>,
}

/// What Esc brings back.
#[derive(Debug, Clone)]
struct Before {
    cursor: Option<NodeId>,
    open: HashSet<NodeId>,
    filter: Filter,
    from: usize,
}

impl Search {
    /// Whether there is a search to go on with. (On the Dataset screen only the text is used.)
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.needle.is_empty() || !self.field.is_blank()
    }

    /// Whether a name is what is searched for.
    #[must_use]
    pub fn is_hit(&self, name: &str) -> bool {
        !self.needle.is_empty() && normalise(name).contains(&self.needle)
    }

    /// "3 of 12", or that there is none.
    #[must_use]
    pub fn position(&self) -> String {
        match self.hits.len() {
            0 => "no match".to_owned(),
            count => format!("{} of {count}", self.at + 1),
        }
    }

    pub(super) fn clear(&mut self) -> bool {
        let any = self.is_active();
        *self = Self::default();
        any
    }
}

/// Carries out the actions of this area; whether it was one.
pub(super) fn handle(model: &mut Model, action: Action) -> bool {
    match action {
        Action::Search => open(model),
        Action::NextMatch | Action::PreviousMatch if model.screen == Screen::Dataset => return false,
        Action::NextMatch => step(model, true),
        Action::PreviousMatch => step(model, false),
        _ => return false,
    }
    true
}

fn open(model: &mut Model) {
    let entries = entries(model);
    let here = here(model);
    let from = here.and_then(|here| entries.iter().position(|(spot, _)| *spot == here)).unwrap_or(0);
    let before = Before { cursor: model.tree.cursor, open: model.tree.open.clone(), filter: model.tree.filter, from };
    model.search = Search { entries, before: Some(before), ..Search::default() };
    model.overlays.push(Overlay::Search);
}

fn entries(model: &Model) -> Vec<(Spot, String)> {
    let snapshot = &model.snapshot;
    match model.screen {
        Screen::Curate => {
            let nodes = rows::all(snapshot, &model.digest, model.tree.filter);
            let text = |node| {
                let (_, facts) = snapshot.facts(node)?;
                let names = std::iter::once(&facts.name).chain(&facts.aliases);
                Some(names.map(|name| normalise(name.raw())).collect::<Vec<_>>().join("\n"))
            };
            nodes.into_iter().filter_map(|node| Some((Spot::Node(node), text(node)?))).collect()
        }
        Screen::History => {
            let events = snapshot.record.events().iter().rev();
            events
                .map(|event| {
                    (Spot::Event(event.id), normalise(&describe::event_for(snapshot, event, &model.settings.curator)))
                })
                .collect()
        }
        Screen::Syllabus => {
            let Some(syllabus) = model.syllabus.content(snapshot) else { return Vec::new() };
            let text = |session: &crate::taxonomy::Session| {
                let parts = std::iter::once(&session.title).chain(&session.concepts);
                parts.map(|part| normalise(part.raw())).collect::<Vec<_>>().join("\n")
            };
            syllabus.sessions.iter().enumerate().map(|(row, session)| (Spot::Session(row), text(session))).collect()
        }
        Screen::Homework | Screen::Dataset => Vec::new(),
    }
}

fn here(model: &Model) -> Option<Spot> {
    match model.screen {
        Screen::Curate => model.tree.cursor.map(Spot::Node),
        Screen::History => model.history.cursor.map(Spot::Event),
        Screen::Syllabus => Some(Spot::Session(model.syllabus.row)),
        Screen::Homework | Screen::Dataset => None,
    }
}

/// The text has changed: finds what matches and goes to the best of it: the name that fits best
/// ("physics" is Physics rather than Biophysics), then the broader kind, then the first at or after where it began.
pub(super) fn typed(model: &mut Model) {
    let search = &mut model.search;
    search.needle = if search.field.is_blank() { String::new() } else { normalise(search.field.text()) };
    search.hits.clear();
    search.at = 0;
    if !search.needle.is_empty() {
        let needle = search.needle.as_str();
        let found = search.entries.iter().enumerate().filter(|(_, (_, text))| text.contains(needle));
        search.hits = found.map(|(at, _)| at).collect();
    }
    let from = search.before.as_ref().map_or(0, |before| before.from);
    let rank = |hit: usize| {
        let (spot, names) = &search.entries[hit];
        let fit = match spot {
            Spot::Node(node) => (fit(names, &search.needle), model.snapshot.facts(*node).map(|(kind, _)| kind)),
            Spot::Event(_) | Spot::Session(_) => (0, None),
        };
        (fit, hit < from, hit)
    };
    let best = search.hits.iter().enumerate().min_by_key(|(_, hit)| rank(**hit));
    search.at = best.map_or(0, |(at, _)| at);
    match search.hits.get(search.at).map(|hit| search.entries[*hit].0) {
        Some(spot) => go_to(model, spot),
        None => restore(model),
    }
}

/// How well one of the names (a line each) matches: the whole name, its beginning, a word's
/// beginning, else somewhere within.
fn fit(names: &str, needle: &str) -> u8 {
    let one = |name: &str| match name.strip_prefix(needle) {
        Some("") => 0,
        Some(_) => 1,
        None => 3 - u8::from(name.contains(&format!(" {needle}"))),
    };
    names.lines().map(one).min().unwrap_or(3)
}

fn go_to(model: &mut Model, spot: Spot) {
    match spot {
        Spot::Node(node) => tree::reveal(model, node),
        Spot::Event(event) => model.history.focus(&model.snapshot, event),
        Spot::Session(row) => model.syllabus.row = row,
    }
}

fn step(model: &mut Model, forward: bool) {
    let search = &mut model.search;
    let count = search.hits.len();
    if count == 0 {
        model.say(Level::Info, "Nothing matches the search.");
        return;
    }
    search.at = (search.at + if forward { 1 } else { count - 1 }) % count;
    let spot = search.entries[search.hits[search.at]].0;
    go_to(model, spot);
}

/// Enter: the cursor stays where the search put it.
pub(super) fn settle(model: &mut Model) {
    model.search.before = None;
    if model.search.hits.is_empty() {
        model.search.clear();
        model.say(Level::Info, "Nothing matches the search.");
    }
}

/// Esc: everything is as it was before.
pub(super) fn give_up(model: &mut Model) {
    restore(model);
    model.search.clear();
}

fn restore(model: &mut Model) {
    let Some(before) = model.search.before.clone() else { return };
    match model.screen {
        Screen::Curate => {
            model.tree.cursor = before.cursor;
            if model.tree.open == before.open && model.tree.filter == before.filter {
                model.tree.find_cursor();
                return;
            }
            model.tree.open = before.open;
            model.tree.filter = before.filter;
            model.rebuild_rows();
        }
        _ => {
            if let Some((spot, _)) = model.search.entries.get(before.from) {
                go_to(model, *spot);
            }
        }
    }
}
