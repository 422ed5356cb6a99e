//! A list to choose from, filtered while typing: where to place a node.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::decide::{self, Decision};
use super::{Effect, Field, Level, Model, Overlay, WhyNot, words};
use crate::taxonomy::{Entry, Kind, NodeId, Op, ProposalId, Snapshot};

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The node; `None` is the root.
    pub node: Option<NodeId>,
    /// Its name, made visible.
    pub name: String,
    /// The names above it, made visible.
    pub path: String,
}

/// The list and what was typed.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What is chosen.
    pub title: String,
    /// What was typed.
    pub field: Field,
    /// Everything there is.
    pub choices: Vec<Choice>,
    /// Which of them match, best first.
    pub matches: Vec<usize>,
    /// The focused match.
    pub at: usize,
    /// What is placed.
    nodes: Vec<NodeId>,
}

impl Picker {
    /// Finds the choices that match what was typed.
    pub(super) fn filter(&mut self) {
        self.at = 0;
        let texts = self.choices.iter().map(|choice| format!("{} {}", choice.name, choice.path));
        self.matches = fuzzy(self.field.text(), texts);
    }

    /// The focused choice.
    #[must_use]
    pub fn chosen(&self) -> Option<&Choice> {
        self.choices.get(*self.matches.get(self.at)?)
    }
}

/// Which of the texts match what was typed, best first; all of them where nothing was.
pub(super) fn fuzzy(typed: &str, texts: impl Iterator<Item = String>) -> Vec<usize> {
    if typed.trim().is_empty() {
        return (0..texts.count()).collect();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, usize)> = Vec::new();
    for (at, text) in texts.enumerate() {
        if let Some(score) = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher) {
            scored.push((score, at));
        }
    }
    scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
    scored.into_iter().map(|(_, at)| at).collect()
}

/// Whether the focused or marked nodes could hang elsewhere.
///
/// # Errors
/// Why not: nodes of several kinds, or no other place.
pub(super) fn can_place(model: &Model) -> Result<(), WhyNot> {
    let nodes = decide::targets(model);
    let snapshot = &model.snapshot;
    let kind = kind_of(model, &nodes)?;
    let at_root = is_elsewhere(snapshot, &nodes, None) && Kind::below(None).contains(&kind);
    let takes = |entry: &Entry| is_place(snapshot, &nodes, kind, entry.node.id);
    if at_root || snapshot.tree.entries().any(takes) {
        return Ok(());
    }
    Err(WhyNot::new(format!("There is no other accepted place for a {kind}.")))
}

fn kind_of(model: &Model, nodes: &[NodeId]) -> Result<Kind, WhyNot> {
    let mut kinds = nodes.iter().filter_map(|node| model.snapshot.facts(*node).map(|(kind, _)| kind));
    let Some(kind) = kinds.next() else { return Err(WhyNot::new("Nothing is focused to place.")) };
    if kinds.any(|other| other != kind) {
        return Err(WhyNot::new("The marked nodes are of several kinds; each kind has its own places."));
    }
    Ok(kind)
}

fn is_elsewhere(snapshot: &Snapshot, nodes: &[NodeId], place: Option<NodeId>) -> bool {
    nodes.iter().any(|node| snapshot.parent(*node) != place)
}

fn is_place(snapshot: &Snapshot, nodes: &[NodeId], kind: Kind, id: NodeId) -> bool {
    snapshot.tree.node(id).is_some_and(|node| Kind::below(Some(node.kind)).contains(&kind))
        && !nodes.contains(&id)
        && is_elsewhere(snapshot, nodes, Some(id))
        && snapshot.tree.is_active(id)
}

/// The picker for another place of the focused or marked nodes.
///
/// # Errors
/// As [`can_place`].
pub(super) fn for_place(model: &Model) -> Result<Picker, WhyNot> {
    can_place(model)?;
    let nodes = decide::targets(model);
    let snapshot = &model.snapshot;
    let kind = kind_of(model, &nodes)?;
    let places = snapshot.tree.subtree(None).into_iter().filter(|id| is_place(snapshot, &nodes, kind, *id));
    let mut choices: Vec<Choice> = places.map(|id| choice(snapshot, id)).collect();
    if Kind::below(None).contains(&kind) && is_elsewhere(snapshot, &nodes, None) {
        choices.insert(0, Choice { node: None, name: "the root".to_owned(), path: String::new() });
    }
    let title = format!("Place {} under", words::names(snapshot, &nodes));
    let mut picker = Picker { title, field: Field::default(), choices, matches: Vec::new(), at: 0, nodes };
    picker.filter();
    Ok(picker)
}

fn choice(snapshot: &Snapshot, id: NodeId) -> Choice {
    let mut names: Vec<String> = snapshot.names(id).iter().map(|name| name.line().into_owned()).collect();
    let name = names.pop().unwrap_or_default();
    Choice { node: Some(id), name, path: names.join(" > ") }
}

/// Places the nodes under the focused choice; without one the list stays.
pub(super) fn choose(model: &mut Model, picker: Picker) -> Vec<Effect> {
    let Some(choice) = picker.chosen() else {
        model.say(Level::Warning, "No place matches what was typed.");
        model.overlays.push(Overlay::Picker(picker));
        return Vec::new();
    };
    let to = choice.node;
    let nodes = picker.nodes;
    let proposals: Vec<ProposalId> =
        nodes.iter().filter_map(|node| model.proposal_of(*node)).map(|proposal| proposal.id).collect();
    let (op, accepts) = if proposals.is_empty() {
        (Op::Move { on: nodes.clone(), to }, false)
    } else {
        (Op::Accept { on: proposals, edit: None, under: Some(to) }, true)
    };
    super::tree::clear_marks(model);
    decide::commit(model, Decision { op, nodes, accepts, go_on: accepts })
}
