//! A list to choose from, filtered while typing: where to place a node.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::decide::{self, Decision};
use super::{Effect, Field, Level, Model, Overlay, WhyNot, words};
use crate::taxonomy::{Kind, NodeId, Op, ProposalId, Snapshot};

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
        let typed = self.field.text();
        if typed.trim().is_empty() {
            self.matches = (0..self.choices.len()).collect();
            return;
        }
        let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (at, choice) in self.choices.iter().enumerate() {
            let haystack = format!("{} {}", choice.name, choice.path);
            if let Some(score) = pattern.score(Utf32Str::new(&haystack, &mut buffer), &mut matcher) {
                scored.push((score, at));
            }
        }
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.matches = scored.into_iter().map(|(_, at)| at).collect();
    }

    /// The focused choice.
    #[must_use]
    pub fn chosen(&self) -> Option<&Choice> {
        self.choices.get(*self.matches.get(self.at)?)
    }
}

/// The picker for another place of the focused or marked nodes.
///
/// # Errors
/// Why there is none: nodes of several kinds, or no other place.
pub(super) fn for_place(model: &Model) -> Result<Picker, WhyNot> {
    let nodes = decide::targets(model);
    let snapshot = &model.snapshot;
    let kinds: Vec<Kind> = nodes.iter().filter_map(|node| snapshot.facts(*node).map(|(kind, _)| kind)).collect();
    let Some(kind) = kinds.first().copied() else { return Err(WhyNot::new("Nothing is focused to place.")) };
    if kinds.iter().any(|other| *other != kind) {
        return Err(WhyNot::new("The marked nodes are of several kinds; each kind has its own places."));
    }
    let homes: Vec<_> = nodes.iter().map(|node| snapshot.parent(*node)).collect();
    let is_elsewhere = |place: Option<NodeId>| homes.iter().any(|home| *home != place);
    let mut choices: Vec<Choice> = snapshot
        .tree
        .subtree(None)
        .into_iter()
        .filter(|id| snapshot.tree.is_active(*id) && !nodes.contains(id) && is_elsewhere(Some(*id)))
        .filter(|id| snapshot.tree.node(*id).is_some_and(|node| Kind::below(Some(node.kind)).contains(&kind)))
        .map(|id| choice(snapshot, id))
        .collect();
    if Kind::below(None).contains(&kind) && is_elsewhere(None) {
        choices.insert(0, Choice { node: None, name: "the root".to_owned(), path: String::new() });
    }
    if choices.is_empty() {
        return Err(WhyNot::new(format!("There is no other accepted place for a {kind}.")));
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
