//! Searching by name while typing: the cursor goes to the first match, Esc brings it back.

use super::rows::{self, Filter};
use super::{Field, Level, Model, Overlay, Screen, tree};
use crate::input::Action;
use crate::taxonomy::text::normalise;
use crate::taxonomy::{EventId, NodeId, QuickMap, QuickSet, describe};

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
    /// What can be found; a node is found by its names, which the lexicon has.
    entries: Vec<(Spot, Option<String>)>,
    /// Where among them each node is.
    places: QuickMap<NodeId, usize>,
    hits: Vec<usize>,
    at: usize,
    before: Option<Before>,
    /// Whether what is typed is searched for as soon as the names are read. To look without them would only make both slow.
    waits: bool,
    /// Of which revision and filter the matches are.
    of: Option<(u64, Filter)>,
}

/// What Esc brings back.
#[derive(Debug, Clone)]
struct Before {
    cursor: Option<NodeId>,
    open: QuickSet<NodeId>,
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

    /// "3 of 12", or that there is none, or that it cannot be known yet.
    #[must_use]
    pub fn position(&self) -> String {
        match self.hits.len() {
            _ if self.waits => "reading names".to_owned(),
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
    let before =
        Before { cursor: model.tree.cursor, open: model.tree.open.clone(), filter: model.tree.filter, from: 0 };
    let waits = model.screen == Screen::Curate && model.all_names().is_none();
    model.search = Search { before: Some(before), waits, ..Search::default() };
    if !waits {
        list(model);
    }
    model.overlays.push(Overlay::Search);
}

/// Lists what can be found.
fn list(model: &mut Model) {
    let entries = entries(model);
    let here = here(model);
    let from = here.and_then(|here| entries.iter().position(|(spot, _)| *spot == here)).unwrap_or(0);
    let node = |(at, (spot, _)): (usize, &(Spot, _))| match spot {
        Spot::Node(node) => Some((*node, at)),
        Spot::Event(_) | Spot::Session(_) => None,
    };
    model.search.places = entries.iter().enumerate().filter_map(node).collect();
    model.search.entries = entries;
    model.search.of = Some((model.snapshot.revision, model.tree.filter));
    model.search.before.iter_mut().for_each(|before| before.from = from);
}

/// The names were read, perhaps for what is not shown any more.
pub(super) fn names_came(model: &mut Model) {
    if model.all_names().is_some() {
        go_on(model);
    }
}

/// The names were read, or whoever searches does not wait for them: finds what was typed meanwhile.
pub(super) fn go_on(model: &mut Model) {
    if std::mem::take(&mut model.search.waits) {
        list(model);
        typed(model);
    }
}

fn entries(model: &Model) -> Vec<(Spot, Option<String>)> {
    let snapshot = &model.snapshot;
    match model.screen {
        Screen::Curate => {
            let nodes = rows::all(&model.digest, model.tree.filter);
            nodes.into_iter().map(|node| (Spot::Node(node), None)).collect()
        }
        Screen::History => {
            let events = snapshot.record.events().iter().rev();
            events
                .map(|event| {
                    let says = describe::event_for(snapshot, event, &model.settings.curator);
                    (Spot::Event(event.id), Some(normalise(&says)))
                })
                .collect()
        }
        Screen::Syllabus => {
            let Some(syllabus) = model.syllabus.content(snapshot) else { return Vec::new() };
            let text = |session: &crate::taxonomy::Session| {
                let parts = std::iter::once(&session.title).chain(&session.concepts);
                parts.map(|part| normalise(part.raw())).collect::<Vec<_>>().join("\n")
            };
            let rows = syllabus.sessions.iter().enumerate();
            rows.map(|(row, session)| (Spot::Session(row), Some(text(session)))).collect()
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
    if model.search.waits {
        return;
    }
    let search = &mut model.search;
    let needle = if search.field.is_blank() { String::new() } else { normalise(search.field.text()) };
    // What holds a longer text holds its beginning.
    let is_narrower = !search.needle.is_empty() && needle.starts_with(&search.needle);
    let among = std::mem::take(&mut search.hits);
    (search.needle, search.at) = (needle, 0);
    if !search.needle.is_empty() {
        let fits = fits(model, is_narrower.then_some(among));
        let search = &mut model.search;
        let from = search.before.as_ref().map_or(0, |before| before.from);
        let best = fits.iter().map(|(_, fit)| *fit).min();
        let rank = |hit: usize| {
            let kind = match &search.entries[hit].0 {
                Spot::Node(node) => model.snapshot.facts(*node).map(|(kind, _)| kind),
                Spot::Event(_) | Spot::Session(_) => None,
            };
            (kind, hit < from, hit)
        };
        let good = fits.iter().enumerate().filter(|(_, (_, fit))| Some(*fit) == best);
        search.at = good.min_by_key(|(_, (hit, _))| rank(*hit)).map_or(0, |(at, _)| at);
        search.hits = fits.into_iter().map(|(at, _)| at).collect();
    }
    let search = &model.search;
    match search.hits.get(search.at).map(|hit| search.entries[*hit].0) {
        Some(spot) => go_to(model, spot),
        None => restore(model),
    }
}

/// The entries that hold what is searched for, in the order of the screen, and how well each does. `among` are those that may,
/// where that is known.
fn fits(model: &Model, among: Option<Vec<usize>>) -> Vec<(usize, u8)> {
    let search = &model.search;
    let finder = Finder::new(&search.needle);
    let fit = |at: usize| Some((at, best(model, &search.entries[at], &finder)?));
    match (among, model.all_names()) {
        (Some(among), _) => among.into_iter().filter_map(fit).collect(),
        // All names one after the other as they lie in memory, then in the order of the screen.
        (None, Some(names)) if !search.places.is_empty() => {
            let matching = names.filter_map(|(node, name)| Some((node, finder.fit(name)?)));
            let mut fits: Vec<(usize, u8)> =
                matching.filter_map(|(node, fit)| Some((*search.places.get(&node)?, fit))).collect();
            fits.sort_unstable();
            fits.dedup_by_key(|(at, _)| *at);
            fits
        }
        _ => (0..search.entries.len()).filter_map(fit).collect(),
    }
}

/// What is searched for, made ready to be looked for many times.
pub(super) struct Finder<'n> {
    needle: &'n str,
    anywhere: memchr::memmem::Finder<'n>,
}

impl<'n> Finder<'n> {
    pub(super) fn new(needle: &'n str) -> Self {
        Self { needle, anywhere: memchr::memmem::Finder::new(needle) }
    }

    fn is_in(&self, text: &str) -> bool {
        self.anywhere.find(text.as_bytes()).is_some()
    }

    /// How well the name matches that does best.
    fn best<'t>(&self, names: impl Iterator<Item = &'t str>) -> Option<u8> {
        names.filter_map(|name| self.fit(name)).min()
    }

    /// How well a name matches: the whole name, its beginning, a word's beginning, else somewhere within.
    pub(super) fn fit(&self, name: &str) -> Option<u8> {
        let first = self.anywhere.find(name.as_bytes())?;
        if first == 0 {
            return Some(u8::from(name.len() != self.needle.len()));
        }
        let mut places = self.anywhere.find_iter(name.as_bytes());
        Some(3 - u8::from(places.any(|at| at > 0 && name.as_bytes()[at - 1] == b' ')))
    }
}

/// How well an entry matches; `None`: it does not. Names that are not known yet are made ready for comparing anew.
fn best(model: &Model, (spot, text): &(Spot, Option<String>), finder: &Finder<'_>) -> Option<u8> {
    let Spot::Node(node) = spot else {
        return text.as_ref().filter(|text| text.contains(finder.needle)).map(|_| 0);
    };
    match (&model.lexicon, &model.names) {
        (Some(lexicon), _) => finder.best(lexicon.catalogue.index().names_of(*node)),
        (None, Some(names)) => finder.best(names.of_node(*node)),
        (None, None) => {
            let (_, facts) = model.snapshot.facts(*node)?;
            facts.names().filter_map(|name| finder.fit(&normalise(name.raw()))).min()
        }
    }
}

fn go_to(model: &mut Model, spot: Spot) {
    match spot {
        Spot::Node(node) => tree::reveal(model, node),
        Spot::Event(event) => model.history.focus(&model.snapshot, event),
        Spot::Session(row) => {
            let rows = model.syllabus.content(&model.snapshot).map_or(0, |content| content.sessions.len());
            model.syllabus.row = row.min(rows.saturating_sub(1));
        }
    }
}

/// Leaves out the matches that were decided and are not shown any more; a syllabus is looked through again.
fn renew(model: &mut Model) {
    let now = Some((model.snapshot.revision, model.tree.filter));
    match model.screen {
        Screen::Syllabus => {
            model.search.entries = entries(model);
            let finder = Finder::new(&model.search.needle);
            let is_hit = |text: &Option<String>| text.as_ref().is_some_and(|text| finder.is_in(text));
            let found = model.search.entries.iter().enumerate().filter(|(_, (_, text))| is_hit(text));
            model.search.hits = found.map(|(at, _)| at).collect();
        }
        Screen::Curate if model.search.of != now => {
            let (snapshot, digest, filter) = (&model.snapshot, &model.digest, model.tree.filter);
            let entries = &model.search.entries;
            model.search.hits.retain(|hit| match entries[*hit].0 {
                Spot::Node(node) => rows::is_shown(snapshot, digest, filter, node),
                Spot::Event(_) | Spot::Session(_) => true,
            });
        }
        _ => {}
    }
    model.search.of = now;
}

fn step(model: &mut Model, forward: bool) {
    // In a syllabus one goes on from the row, as it has no other place.
    let last = match here(model) {
        Some(Spot::Session(row)) => Some(row),
        _ => model.search.hits.get(model.search.at).copied(),
    };
    renew(model);
    let search = &mut model.search;
    if search.hits.is_empty() {
        model.say(Level::Warning, "Nothing matches the search any more.");
        return;
    }
    let last = last.unwrap_or(0);
    let next = if forward {
        search.hits.iter().position(|hit| *hit > last)
    } else {
        search.hits.iter().rposition(|hit| *hit < last)
    };
    search.at = next.unwrap_or(if forward { 0 } else { search.hits.len() - 1 });
    let spot = search.entries[search.hits[search.at]].0;
    go_to(model, spot);
}

/// Enter: the cursor stays where the search put it.
pub(super) fn settle(model: &mut Model) {
    go_on(model);
    model.search.before = None;
    if model.search.hits.is_empty() {
        model.search.clear();
        model.say(Level::Warning, "Nothing matches the search.");
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
