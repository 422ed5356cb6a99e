//! A list to choose from, filtered while typing: where to place a node, what to merge it into, what
//! replaces it.

use std::collections::HashSet;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::decide::{self, Say};
use super::{Effect, Field, Level, Model, Overlay, RowState, WhyNot};
use crate::taxonomy::{Kind, NodeId, Snapshot};

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The node; `None` is the root, or none at all.
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
    /// What is decided on.
    nodes: Vec<NodeId>,
    what: What,
}

/// What a choice means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Place,
    Merge,
    Replace,
}

impl Picker {
    fn new(title: String, choices: Vec<Choice>, nodes: Vec<NodeId>, what: What) -> Self {
        let mut picker = Self { title, field: Field::default(), choices, matches: Vec::new(), at: 0, nodes, what };
        picker.filter();
        picker
    }

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
    fuzzy_among(typed, texts.enumerate())
}

/// The same for texts with their places.
pub(super) fn fuzzy_among<T: AsRef<str>>(typed: &str, texts: impl Iterator<Item = (usize, T)>) -> Vec<usize> {
    if typed.trim().is_empty() {
        return texts.map(|(at, _)| at).collect();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, usize)> = Vec::new();
    for (at, text) in texts {
        if let Some(score) = pattern.score(letters(text.as_ref(), &mut buffer), &mut matcher) {
            scored.push((score, at));
        }
    }
    scored.sort_unstable_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
    scored.into_iter().map(|(_, at)| at).collect()
}

/// A text for the matcher. Where no two characters can be one letter none are looked at together, which is most of the
/// work in a label with a dot between its parts.
fn letters<'a>(text: &'a str, buffer: &'a mut Vec<char>) -> Utf32Str<'a> {
    if text.is_ascii() || !text.chars().all(|c| c < '\u{300}' && c != '\r') {
        return Utf32Str::new(text, buffer);
    }
    buffer.clear();
    buffer.extend(text.chars());
    Utf32Str::Unicode(buffer)
}

/// Whether the focused or marked nodes could hang elsewhere, as far as the kinds of what there is tell: that costs a frame nothing.
///
/// # Errors
/// Why not: nodes of several kinds, or nothing that takes such nodes.
pub(super) fn may_place(model: &Model) -> Result<(), WhyNot> {
    let nodes = decide::targets(model);
    let kind = kind_of(model, &nodes)?;
    let at_root = is_elsewhere(&model.snapshot, &nodes, None) && Kind::below(None).contains(&kind);
    let takes = |above: Kind| Kind::below(Some(above)).contains(&kind);
    let tree = &model.snapshot.tree;
    let places: usize = tree.counts().into_iter().filter(|(above, _)| takes(*above)).map(|(_, count)| count).sum();
    // Where all hang under one already, that one is no other place.
    let parents: HashSet<Option<NodeId>> = nodes.iter().map(|node| model.snapshot.parent(*node)).collect();
    let here = if parents.len() == 1 { parents.into_iter().flatten().next() } else { None };
    let here = here.is_some_and(|here| tree.is_active(here) && takes(here.kind()));
    match at_root || places > usize::from(here) {
        true => Ok(()),
        false => Err(no_place(kind)),
    }
}

fn no_place(kind: Kind) -> WhyNot {
    WhyNot::new(format!("There is no other accepted place for a {kind}."))
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

/// The picker for another place of the focused or marked nodes.
///
/// # Errors
/// Nodes of several kinds, or no other place.
pub(super) fn for_place(model: &Model) -> Result<Picker, WhyNot> {
    let nodes = decide::targets(model);
    let snapshot = &model.snapshot;
    let kind = kind_of(model, &nodes)?;
    let chosen: HashSet<NodeId> = nodes.iter().copied().collect();
    // Where all hang already none is placed; one parent is enough to know.
    let parents: HashSet<Option<NodeId>> = nodes.iter().map(|node| snapshot.parent(*node)).collect();
    let here = if parents.len() == 1 { parents.into_iter().next().flatten() } else { None };
    let is_place = |id: &NodeId| {
        snapshot.tree.node(*id).is_some_and(|node| Kind::below(Some(node.kind)).contains(&kind))
            && !chosen.contains(id)
            && here != Some(*id)
            && snapshot.tree.is_active(*id)
    };
    let places = snapshot.tree.subtree(None).into_iter().filter(is_place);
    let mut choices: Vec<Choice> = places.map(|id| choice(snapshot, id)).collect();
    if Kind::below(None).contains(&kind) && is_elsewhere(snapshot, &nodes, None) {
        choices.insert(0, Choice { node: None, name: "the root".to_owned(), path: String::new() });
    }
    if choices.is_empty() {
        return Err(no_place(kind));
    }
    let title = format!("Place {} under", decide::named(model));
    Ok(Picker::new(title, choices, nodes, What::Place))
}

/// Whether the focused or marked nodes could become another name of something, as far as the number of such nodes tells.
///
/// # Errors
/// Why not.
pub(super) fn may_merge(model: &Model) -> Result<(), WhyNot> {
    let nodes = decide::targets(model);
    let kind = kind_of(model, &nodes)?;
    let there = nodes.iter().filter(|node| model.snapshot.tree.is_active(**node)).count();
    match model.snapshot.tree.counts().get(&kind).is_some_and(|count| *count > there) {
        true => Ok(()),
        false => Err(no_other(kind)),
    }
}

fn no_other(kind: Kind) -> WhyNot {
    WhyNot::new(format!("There is no other accepted {kind}."))
}

/// The picker for what the focused or marked nodes are another name of.
///
/// # Errors
/// Nodes of several kinds, or no other of theirs.
pub(super) fn for_merge(model: &Model) -> Result<Picker, WhyNot> {
    let nodes = decide::targets(model);
    let kind = kind_of(model, &nodes)?;
    let choices = others(&model.snapshot, &nodes, |other| other == kind);
    if choices.is_empty() {
        return Err(no_other(kind));
    }
    let title = format!("Merge {} into", decide::named(model));
    Ok(Picker::new(title, choices, nodes, What::Merge))
}

/// The picker for what is taught instead of the focused or marked nodes; nothing comes first.
///
/// # Errors
/// None of them is taught.
pub(super) fn for_replacement(model: &Model) -> Result<Picker, WhyNot> {
    let nodes = decide::targets(model);
    let taught: Vec<NodeId> =
        nodes.iter().copied().filter(|node| decide::is(model, *node, RowState::Accepted)).collect();
    if taught.is_empty() {
        return Err(WhyNot::new("Only an accepted node is deprecated; a digit rejects a proposal."));
    }
    let mut choices = others(&model.snapshot, &nodes, |kind| taught.iter().any(|node| node.kind() == kind));
    choices.insert(0, Choice { node: None, name: "nothing".to_owned(), path: "it is no longer taught".to_owned() });
    let title = format!("Deprecate {}; replaced by", decide::named(model));
    Ok(Picker::new(title, choices, nodes, What::Replace))
}

/// The accepted nodes of some kinds but `nodes`, in the order of the tree.
fn others(snapshot: &Snapshot, nodes: &[NodeId], kind: impl Fn(Kind) -> bool) -> Vec<Choice> {
    let chosen: HashSet<NodeId> = nodes.iter().copied().collect();
    let all = snapshot.tree.subtree(None).into_iter();
    let fits = |id: &NodeId| {
        snapshot.tree.node(*id).is_some_and(|node| kind(node.kind))
            && !chosen.contains(id)
            && snapshot.tree.is_active(*id)
    };
    all.filter(fits).map(|id| choice(snapshot, id)).collect()
}

fn choice(snapshot: &Snapshot, id: NodeId) -> Choice {
    let mut names: Vec<String> = snapshot.names(id).iter().map(|name| name.line().into_owned()).collect();
    let name = names.pop().unwrap_or_default();
    Choice { node: Some(id), name, path: names.join(" > ") }
}

/// Decides on the nodes by the focused choice; without one the list stays.
pub(super) fn choose(model: &mut Model, picker: Picker) -> Vec<Effect> {
    let Some(choice) = picker.chosen() else {
        model.say(Level::Warning, "Nothing matches what was typed.");
        model.overlays.push(Overlay::Picker(picker));
        return Vec::new();
    };
    let say = match (picker.what, choice.node) {
        (What::Place, to) => Say::Under(to),
        (What::Merge, Some(into)) => Say::Into(into),
        (What::Merge, None) => return Vec::new(),
        (What::Replace, instead) => Say::Deprecate(instead),
    };
    decide::say(model, picker.nodes, say, true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn letters_are_those_of_the_matcher(text in "[ -~·éßĐ\u{300}\u{30a}\r\n한👩\u{200d}]{0,12}") {
            let (mut ours, mut theirs) = (vec!['x'], Vec::new());
            prop_assert_eq!(letters(&text, &mut ours), Utf32Str::new(&text, &mut theirs));
        }
    }
}
