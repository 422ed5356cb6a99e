//! Adding and splitting by hand: one name typed, several as a pasted list.

use std::collections::HashSet;

use super::decide::{self, Decision};
use super::overlay::{Confirm, Line, Purpose, Then};
use super::{Effect, Field, Level, Model, Overlay, words};
use crate::input::Action;
use crate::taxonomy::bulk;
use crate::taxonomy::text::normalise;
use crate::taxonomy::{Facts, Kind, NodeId, Op, State, Untrusted};

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::AddChild => {
            let parent = model.tree.cursor;
            let kind = kind_below(model, parent)?;
            Some(ask_for_name(model, parent, kind))
        }
        Action::AddSibling => {
            let (parent, kind) = beside(model)?;
            Some(ask_for_name(model, parent, kind))
        }
        Action::Split => {
            let node = model.tree.cursor?;
            let name = words::quoted(&model.snapshot.name(node));
            Some(decide::ask(model, format!("Split {name} into (names with ; between)"), Purpose::Split(node)))
        }
        _ => None,
    }
}

/// The kind of what is added by hand below a node: the likeliest.
pub(super) fn kind_below(model: &Model, parent: Option<NodeId>) -> Option<Kind> {
    let above = parent.and_then(|parent| model.snapshot.tree.node(parent)).map(|node| node.kind);
    if parent.is_some() && above.is_none() {
        return None;
    }
    // A field that has sub-fields goes on with sub-fields.
    let first = model.snapshot.tree.children(parent).first().and_then(|child| model.snapshot.tree.node(*child));
    first.map(|child| child.kind).or_else(|| Kind::below(above).first().copied())
}

/// Where a node beside the focused one goes, and its kind; `None` where its parent is not accepted.
pub(super) fn beside(model: &Model) -> Option<(Option<NodeId>, Kind)> {
    let node = model.tree.cursor?;
    let (kind, _) = model.snapshot.facts(node)?;
    let parent = super::rows::parent_row(&model.snapshot, node);
    parent.is_none_or(|parent| model.snapshot.tree.is_active(parent)).then_some((parent, kind))
}

fn ask_for_name(model: &mut Model, parent: Option<NodeId>, kind: Kind) -> Vec<Effect> {
    let under = parent.map_or_else(|| "the root".to_owned(), |parent| words::quoted(&model.snapshot.name(parent)));
    let title = format!("New {kind} under {under} (paste a list for several)");
    decide::ask(model, title, Purpose::AddChild { parent, kind })
}

/// Adds a node by hand; an undo takes it back.
pub(super) fn add(model: &mut Model, line: Line, parent: Option<NodeId>, kind: Kind, name: &str) -> Vec<Effect> {
    if name.is_empty() {
        return Vec::new();
    }
    if let Some(parent) = parent {
        model.unfold(parent);
    }
    decide::commit_typed(model, addition(parent, kind, vec![Facts::named(name)]), Overlay::Line(line))
}

fn addition(parent: Option<NodeId>, kind: Kind, nodes: Vec<Facts>) -> Decision {
    Decision { op: Op::Add { parent, kind, nodes }, nodes: Vec::new(), accepts: true, go_on: false }
}

/// The names in a pasted list, as a text field would take them.
fn names_in(text: &str) -> Vec<String> {
    let fields = bulk::names_in(text).into_iter().map(|name| Field::new(&name));
    fields.filter(|field| !field.is_blank()).map(|field| field.text().trim().to_owned()).collect()
}

/// A list pasted where names are asked for: offers to add them all, or joins them. Whether it was
/// one.
pub(super) fn paste(model: &mut Model, text: &str) -> bool {
    let Some(Overlay::Line(line)) = model.overlays.last_mut() else { return false };
    let names = names_in(text);
    if names.len() < 2 {
        return false;
    }
    match line.purpose {
        Purpose::Split(_) => {
            let begun = line.field.text().trim().trim_end_matches(';').to_owned();
            let all: Vec<String> = Some(begun).filter(|begun| !begun.is_empty()).into_iter().chain(names).collect();
            line.field = Field::new(&all.join("; "));
            true
        }
        Purpose::AddChild { parent, kind } => {
            model.overlays.pop();
            preview_list(model, parent, kind, names);
            true
        }
        _ => false,
    }
}

/// Counts out a pasted list; what is there already, or twice in the list, is left out.
fn preview_list(model: &mut Model, parent: Option<NodeId>, kind: Kind, names: Vec<String>) {
    let mut seen = HashSet::new();
    let (twice, names): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| !seen.insert(normalise(name)));
    let is_there = |name: &String| model.snapshot.tree.child_by_name(parent, name).is_some();
    let (known, new): (Vec<String>, Vec<String>) = names.into_iter().partition(is_there);
    let mut remarks = Vec::new();
    if !known.is_empty() {
        let first = Untrusted::from(known[0].as_str());
        let are = words::count(known.len(), "is", "are");
        remarks.push(format!("{are} left out (there already): \"{}\"", first.line()));
    }
    if !twice.is_empty() {
        remarks.push(format!("{} left out (twice in the list)", words::count(twice.len(), "is", "are")));
    }
    if new.is_empty() {
        model.say(Level::Warning, format!("Nothing to add: {}.", remarks.join("; ")));
        return;
    }
    let title = format!("Add {}?", words::count(new.len(), kind.name(), kind.plural()));
    let mut lines = decide::preview(new.iter().map(|name| Untrusted::from(name.as_str())));
    lines.extend(remarks);
    let nodes = new.into_iter().map(Facts::named).collect();
    let then = Then::Decide(addition(parent, kind, nodes), None);
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then }));
}

fn parts(text: &str) -> Vec<String> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Splits a node into what was typed.
pub(super) fn split(model: &mut Model, line: Line, node: NodeId, text: &str) -> Vec<Effect> {
    let names = parts(text);
    if names.len() < 2 {
        model.say(Level::Warning, "A node is split into at least two: put ; between the names.");
        model.overlays.push(Overlay::Line(line));
        return Vec::new();
    }
    let go_on = model.proposal_of(node).is_some();
    let op = Op::Split { on: node, into: names.into_iter().map(Facts::named).collect() };
    let decision = Decision { op, nodes: vec![node], accepts: false, go_on };
    decide::commit_typed(model, decision, Overlay::Line(line))
}

/// What a split would do, line by line, while its names are typed.
#[must_use]
pub fn split_remarks(model: &Model, node: NodeId, text: &str) -> Vec<String> {
    let snapshot = &model.snapshot;
    let names: Vec<Untrusted> = parts(text).into_iter().map(Untrusted::from).collect();
    let own = snapshot.name(node);
    let stays = names.iter().any(|name| normalise(name.raw()) == normalise(own.raw()));
    let shown: Vec<String> = names.iter().map(words::quoted).collect();
    let mut lines = vec![match shown.len() {
        0 => "Nothing yet.".to_owned(),
        count => format!("{count}: {}", shown.join(", ")),
    }];
    let first = shown.first().map_or_else(|| "the first".to_owned(), Clone::clone);
    let own = words::quoted(&own);
    let proposed = snapshot.record.proposed_children(Some(node));
    let open = proposed.filter(|child| matches!(child.state, State::Pending | State::Deferred)).count();
    let below = snapshot.tree.children(Some(node)).len();
    match (snapshot.tree.node(node), stays) {
        (None, _) if open > 0 => lines.push(format!("What is proposed below it ({open}) goes to {first}.")),
        (None, _) => {}
        (Some(_), true) => lines.push(format!("{own} stays as it is, with all below it; the others stand beside it.")),
        (Some(found), false) => {
            if below > 0 {
                lines.push(format!("What is below it ({below}) moves to {first}."));
            }
            if open > 0 {
                lines.push(format!("What is proposed below it ({open}) is withdrawn; move or decide it first."));
            }
            let syllabus = if found.syllabus.is_some() { ", and keeps its syllabus" } else { "" };
            lines.push(format!("{own} is deprecated{syllabus}."));
        }
    }
    lines
}
