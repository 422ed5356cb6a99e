//! The palette: every action by its title, name or key, and every node by its name, in one list that is filtered while
//! typing. What was chosen lately comes first.
//!
//! A key costs one pass over the names that neighbours are found by, and only the best are kept: a frame shows
//! a window of those, so its cost does not grow with the taxonomy.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::search::Finder;
use super::{Effect, Field, Level, Model, Overlay, Screen, enabled, rows, tree, update, words};
use crate::input::{ACTIONS, Action, Category, Context};
use crate::taxonomy::text::normalise;
use crate::taxonomy::{Kind, NodeId, Untrusted};

/// How many nodes are listed at most: who sees as many types another letter.
const NODES: usize = 200;
/// With fewer names that hold the text as it is, names that hold its letters in their order are listed as well.
const FEW: usize = 20;
/// How much of what was chosen is kept.
const RECENT: usize = 12;

/// Something that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recent {
    /// An action.
    Action(Action),
    /// A node that was gone to.
    Node(NodeId),
}

/// An action in the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Which.
    pub action: Action,
    /// What it does, with what it would be done to where that has a name.
    pub title: String,
    /// Its first keys; empty where it has none.
    pub keys: String,
    /// Why it is not possible now, a sentence.
    pub why_not: Option<String>,
    /// The screen it belongs to, where that is another one.
    elsewhere: bool,
    /// Title and name as they are compared.
    text: String,
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// Its place among the offered actions.
    Action(usize),
    /// A node, accepted or proposed.
    Node(NodeId),
}

/// The palette, while it is open.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What was typed.
    pub field: Field,
    /// Every action of the screens, in the order of an empty list.
    pub offered: Vec<Offered>,
    /// What matches, best first.
    pub hits: Vec<Hit>,
    /// How many nodes match, listed or not.
    pub nodes: usize,
    /// How many rows at the top were chosen lately.
    pub recent: usize,
    /// The focused row.
    pub at: usize,
}

/// Opens it.
pub(super) fn open(model: &mut Model) {
    let offered = offers(model);
    let mut palette = Palette { field: Field::default(), offered, hits: Vec::new(), nodes: 0, recent: 0, at: 0 };
    filter(model, &mut palette);
    model.overlays.push(Overlay::Palette(Box::new(palette)));
}

/// There is more to find: who is on a row stays on it.
pub(super) fn names_came(model: &mut Model) {
    let Some(Overlay::Palette(palette)) = model.overlays.last() else { return };
    let (at, focused) = (palette.at, palette.hits.get(palette.at).copied());
    refilter(model);
    if let Some(Overlay::Palette(palette)) = model.overlays.last_mut() {
        let found = palette.hits.iter().position(|hit| Some(*hit) == focused);
        palette.at = found.unwrap_or(at.min(palette.hits.len().saturating_sub(1)));
    }
}

/// The text has changed.
pub(super) fn refilter(model: &mut Model) {
    let Some(Overlay::Palette(palette)) = model.overlays.last_mut() else { return };
    let mut palette = std::mem::replace(
        palette,
        Box::new(Palette {
            field: Field::default(),
            offered: Vec::new(),
            hits: Vec::new(),
            nodes: 0,
            recent: 0,
            at: 0,
        }),
    );
    filter(model, &mut palette);
    if let Some(place) = model.overlays.last_mut() {
        *place = Overlay::Palette(palette);
    }
}

/// The actions that a screen has, with those that can be done here first.
fn offers(model: &Model) -> Vec<Offered> {
    let here = model.screen.context().sections();
    let mut all = Vec::new();
    for info in ACTIONS {
        let hidden = matches!(info.category, Category::Type | Category::Answer) || info.action == Action::Palette;
        let of_a_screen =
            |context: &&Context| Screen::ALL.iter().any(|screen| screen.context().sections().contains(context));
        if hidden || !info.contexts.iter().any(|context| of_a_screen(&context)) {
            continue;
        }
        if !info.contexts.iter().any(|context| here.contains(context)) {
            all.push(of_another_screen(model, info.action));
            continue;
        }
        match info.action {
            Action::MergeInto(_) if !model.focus.near.is_empty() => {
                let near = model.focus.near.iter().zip(1..=10_u8);
                all.extend(near.map(|(near, number)| {
                    offer(model, Action::MergeInto(number), Some(near.name.line().into_owned()))
                }));
            }
            Action::Fix(_) if !model.fixes().is_empty() => {
                let fixes = model.fixes();
                let fixes = fixes.iter().zip(1..=10_u8);
                all.extend(fixes.map(|(fix, number)| offer(model, Action::Fix(number), Some(fix.label.clone()))));
            }
            action => all.push(offer(model, action, None)),
        }
    }
    all.sort_by_key(|offered| {
        let moves = offered.action.info().category == Category::Move;
        (offered.elsewhere, moves, offered.why_not.is_some())
    });
    all
}

fn offer(model: &Model, action: Action, about: Option<String>) -> Offered {
    let keys = model.keymap.keys_for(action, model.screen.context());
    let digit = match action {
        Action::MergeInto(number) | Action::Fix(number) => Some((number % 10).to_string()),
        _ => None,
    };
    let keys = keys.first().map_or_else(String::new, |key| match &digit {
        Some(digit) => key.replace("digit", digit),
        None => (*key).to_owned(),
    });
    let title = match about {
        Some(about) => format!("{}: {about}", action.info().title),
        None => action.title(),
    };
    let text = normalise(&format!("{title} {}", action.name()));
    // Whether there are versions to compare is read off the whole log: only who chooses it is told.
    let why_not = match action {
        Action::Compare => None,
        action => enabled(model, action).err().map(|why| why.0),
    };
    Offered { action, title, keys, why_not, elsewhere: false, text }
}

fn of_another_screen(model: &Model, action: Action) -> Offered {
    let of =
        |screen: &&Screen| action.info().contexts.iter().any(|context| screen.context().sections().contains(context));
    let screen = Screen::ALL.iter().find(of).copied().unwrap_or_default();
    let keys = model.keymap.keys_for(action, screen.context()).first().copied().unwrap_or_default().to_owned();
    let go = match screen {
        Screen::Curate => Action::GoCurate,
        Screen::Syllabus => Action::GoSyllabus,
        Screen::Homework => Action::GoHomework,
        Screen::Dataset => Action::GoDataset,
        Screen::History => Action::GoHistory,
    };
    let why_not = Some(format!("It belongs to the {} screen: {} goes there.", screen.title(), model.key(go)));
    let text = normalise(&format!("{} {}", action.title(), action.name()));
    Offered { action, title: action.title(), keys, why_not, elsewhere: true, text }
}

/// How good a match is; smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// The key itself or the whole text; the text somewhere within; its letters in their order.
    class: u8,
    /// How long ago it was chosen.
    recent: usize,
    /// Whether another screen has to be gone to first.
    elsewhere: bool,
    /// At the beginning, at a word's beginning, elsewhere.
    tier: u8,
    /// Actions first, then the broader kinds.
    kind: (bool, Option<Kind>),
    /// Of fuzzy matches the better ones first, of others the shorter.
    worse: u32,
}

/// The tier of what has the letters only.
const FUZZY: u8 = 5;

fn class(tier: u8) -> u8 {
    match tier {
        0 | 1 => 0,
        FUZZY => 2,
        _ => 1,
    }
}

fn filter(model: &Model, palette: &mut Palette) {
    let age = |wanted: Recent| model.recent.iter().position(|recent| *recent == wanted).unwrap_or(usize::MAX);
    palette.at = 0;
    palette.hits.clear();
    (palette.nodes, palette.recent) = (0, 0);
    if palette.field.is_blank() {
        for recent in &model.recent {
            match *recent {
                Recent::Action(action) => {
                    let at = palette.offered.iter().position(|offered| offered.action == action);
                    palette.hits.extend(at.map(Hit::Action));
                }
                Recent::Node(node) if model.snapshot.facts(node).is_some() => palette.hits.push(Hit::Node(node)),
                Recent::Node(_) => {}
            }
        }
        palette.recent = palette.hits.len();
        let rest = (0..palette.offered.len()).map(Hit::Action);
        let rest: Vec<Hit> = rest.filter(|hit| !palette.hits.contains(hit)).collect();
        palette.hits.extend(rest);
        return;
    }
    let typed = palette.field.text().trim();
    let needle = normalise(typed);
    let finder = Finder::new(&needle);
    let mut fuzzy = Fuzzy::new(&needle);
    let mut found: Vec<(Rank, Hit)> = Vec::new();
    for (at, offered) in palette.offered.iter().enumerate() {
        let is_key = !offered.keys.is_empty() && offered.keys == typed;
        let as_it_is = || finder.fit(&offered.text).map(|fit| (fit + 1, 0));
        let tier = if is_key { Some((0, 0)) } else { as_it_is() }.or_else(|| fuzzy.tier(&offered.text));
        let Some((tier, worse)) = tier else { continue };
        let recent = age(Recent::Action(offered.action));
        // What cannot be done now comes after what can, but is there: it says why.
        let worse = worse + u32::from(offered.why_not.is_some()) * 1_000;
        found.push((
            Rank { class: class(tier), recent, elsewhere: offered.elsewhere, tier, kind: (false, None), worse },
            Hit::Action(at),
        ));
    }
    if let Some(lexicon) = model.lexicon.as_ref().filter(|_| !needle.is_empty()) {
        let index = lexicon.catalogue.index();
        let rank = |(tier, worse), node: NodeId| {
            let recent = age(Recent::Node(node));
            (
                Rank { class: class(tier), recent, elsewhere: false, tier, kind: (true, Some(node.kind())), worse },
                Hit::Node(node),
            )
        };
        let fits = |(node, name): (NodeId, &str)| {
            let fit = finder.fit(name)?;
            Some(rank((fit + 1, name.len() as u32), node))
        };
        let mut nodes: Vec<(Rank, Hit)> = index.all_names().filter_map(fits).collect();
        if nodes.len() < FEW {
            let letters = index.all_names().filter(|(_, name)| finder.fit(name).is_none());
            nodes.extend(letters.filter_map(|(node, name)| Some(rank(fuzzy.tier(name)?, node))));
        }
        palette.nodes = nodes.len();
        // Only the best are put in order.
        if nodes.len() > 2 * NODES {
            nodes.select_nth_unstable_by_key(2 * NODES, |(rank, _)| *rank);
            nodes.truncate(2 * NODES);
        }
        nodes.sort_unstable_by_key(|(rank, _)| *rank);
        let mut seen = std::collections::HashSet::new();
        nodes.retain(|(_, hit)| matches!(hit, Hit::Node(node) if seen.insert(*node)));
        nodes.truncate(NODES);
        found.extend(nodes);
    }
    found.sort_by_key(|(rank, _)| *rank);
    palette.hits = found.into_iter().map(|(_, hit)| hit).collect();
}

/// The letters of a text in their order, with anything between them; each word for itself.
struct Fuzzy {
    pattern: Pattern,
    is_enough: bool,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Fuzzy {
    fn new(needle: &str) -> Self {
        let pattern =
            Pattern::new(needle, CaseMatching::Ignore, Normalization::Smart, nucleo_matcher::pattern::AtomKind::Fuzzy);
        // Two letters are in nearly every name.
        let is_enough = needle.chars().count() > 2;
        Self { pattern, is_enough, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }

    /// Its tier, and how much worse than the best thinkable.
    fn tier(&mut self, text: &str) -> Option<(u8, u32)> {
        if !self.is_enough {
            return None;
        }
        let score = self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)?;
        Some((FUZZY, u32::from(u16::MAX).saturating_sub(score)))
    }
}

/// Does what is focused. What is not possible now says why, and the palette stays.
pub(super) fn choose(model: &mut Model, palette: Box<Palette>) -> Vec<Effect> {
    let Some(hit) = palette.hits.get(palette.at).copied() else {
        model.say(Level::Warning, "Nothing matches what was typed.");
        model.overlays.push(Overlay::Palette(palette));
        return Vec::new();
    };
    match hit {
        Hit::Action(at) => {
            let Some(offered) = palette.offered.get(at) else { return Vec::new() };
            let action = offered.action;
            if let Some(why) = offered.why_not.clone() {
                model.say(Level::Warning, why);
                model.overlays.push(Overlay::Palette(palette));
                return Vec::new();
            }
            remember(model, Recent::Action(action));
            update::act(model, action)
        }
        Hit::Node(node) => {
            remember(model, Recent::Node(node));
            let effects = update::go(model, Screen::Curate);
            tree::reveal(model, node);
            if model.cursor() != Some(node) {
                let name = words::quoted(&model.snapshot.name(node));
                model.say(Level::Warning, format!("{name} is not shown in the tree any more."));
            }
            effects
        }
    }
}

/// Puts something on top of what was chosen.
pub(super) fn remember(model: &mut Model, what: Recent) {
    model.recent.retain(|known| *known != what);
    model.recent.insert(0, what);
    model.recent.truncate(RECENT);
}

/// The names above a node, made visible, and its own.
#[must_use]
pub fn place(model: &Model, node: NodeId) -> (String, String) {
    let mut names: Vec<String> = model.snapshot.names(node).iter().map(Untrusted::line).map(Into::into).collect();
    let name = names.pop().unwrap_or_default();
    (name, names.join(" > "))
}

/// How the state of a node is shown.
#[must_use]
pub fn state(model: &Model, node: NodeId) -> Option<super::RowState> {
    rows::state_of(&model.snapshot, node)
}
