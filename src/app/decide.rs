//! Deciding on the focused or marked nodes: each key makes one op, the cursor goes on.

use std::sync::Arc;

use super::overlay::{Confirm, Line, Purpose, Then};
use super::{Effect, Field, Level, Model, Overlay, picker, queue, tree, words};
use crate::input::Action;
use crate::taxonomy::{Facts, Kind, NodeId, Op, Proposal, ProposalId, Reason, Untrusted};

/// An op with the nodes it is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decision {
    pub op: Op,
    pub nodes: Vec<NodeId>,
    /// Whether the nodes become part of the tree.
    pub accepts: bool,
    /// Whether the cursor goes to the next thing to decide.
    pub go_on: bool,
}

/// What a decision applies to: the marks, else the focused node.
pub(super) fn targets(model: &Model) -> Vec<NodeId> {
    if model.tree.marks.is_empty() {
        return model.tree.cursor.into_iter().collect();
    }
    let in_view = model.tree.rows.iter().filter_map(|row| row.node);
    in_view.filter(|node| model.tree.marks.contains(node)).collect()
}

/// The proposals among the targets.
pub(super) fn target_proposals(model: &Model) -> Vec<Arc<Proposal>> {
    targets(model).into_iter().filter_map(|node| model.proposal_of(node).cloned()).collect()
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(reason) = reason_of(action) {
        return Some(reject(model, reason));
    }
    Some(match action {
        Action::Accept => accept(model),
        Action::RejectOwnWords => ask_for_words(model),
        Action::Defer => simple(model, |on| Op::Defer { on }, "put off"),
        Action::Flag => simple(model, |on| Op::Flag { on, note: None }, "flag"),
        Action::MergeInto(number) => merge(model, number),
        Action::Place => {
            match picker::for_place(model) {
                Ok(picker) => model.overlays.push(Overlay::Picker(picker)),
                Err(why) => model.say(Level::Warning, why.0),
            }
            Vec::new()
        }
        Action::AddChild => {
            open_add(model);
            Vec::new()
        }
        _ => return None,
    })
}

/// The reason that a key stands for.
pub(super) fn reason_of(action: Action) -> Option<Reason> {
    Some(match action {
        Action::RejectDuplicate => Reason::Duplicate,
        Action::RejectWrongParent => Reason::WrongParent,
        Action::RejectWrongLevel => Reason::WrongLevel,
        Action::RejectOutOfScope => Reason::OutOfScope,
        Action::RejectNotReal => Reason::NotReal,
        Action::RejectVague => Reason::Vague,
        Action::RejectTrivial => Reason::Trivial,
        Action::RejectPolicy => Reason::Policy,
        _ => return None,
    })
}

/// Sends a decision off, and goes on where it says so.
pub(super) fn commit(model: &mut Model, decision: Decision) -> Vec<Effect> {
    let go_on = decision.go_on;
    let effect = model.submit(decision);
    if go_on {
        queue::advance(model);
        let landed = model.tree.cursor;
        model.saving.landed(landed);
    }
    vec![effect]
}

fn accept(model: &mut Model) -> Vec<Effect> {
    let proposals = target_proposals(model);
    if proposals.is_empty() {
        let Some(node) = model.tree.cursor else { return Vec::new() };
        let op = Op::Restore { on: vec![node] };
        return commit(model, Decision { op, nodes: vec![node], accepts: false, go_on: false });
    }
    let bulk = !model.tree.marks.is_empty() && proposals.len() > 1;
    let (hidden, clean): (Vec<_>, Vec<_>) =
        proposals.into_iter().partition(|proposal| bulk && proposal.is_suspicious());
    let on: Vec<ProposalId> = clean.iter().map(|proposal| proposal.id).collect();
    let mut remarks = Vec::new();
    if !hidden.is_empty() {
        let count = words::count(hidden.len(), "is left out: its text hides", "are left out: their text hides");
        remarks.push(format!("{count} characters. Decide on them one by one."));
    }
    if on.is_empty() {
        model.say(Level::Warning, format!("Nothing to accept at once: {}", remarks.join(" ")));
        return Vec::new();
    }
    let op = Op::Accept { on, edit: None, under: None };
    confirm_bulk(model, "Accept", Decision { op, nodes: nodes_of(&clean), accepts: true, go_on: true }, remarks)
}

fn nodes_of(proposals: &[Arc<Proposal>]) -> Vec<NodeId> {
    use crate::taxonomy::Body;
    let node = |proposal: &Arc<Proposal>| match proposal.body {
        Body::Node { node, .. } => node,
        Body::Syllabus { subject, .. } => subject,
    };
    proposals.iter().map(node).collect()
}

/// One node is decided at once; several are counted out first.
fn confirm_bulk(model: &mut Model, verb: &str, decision: Decision, remarks: Vec<String>) -> Vec<Effect> {
    if decision.nodes.len() <= 1 && remarks.is_empty() {
        tree::clear_marks(model);
        return commit(model, decision);
    }
    let count = decision.nodes.len();
    let title = format!("{verb} {}?", words::count(count, "node", "nodes"));
    let mut lines: Vec<String> =
        decision.nodes.iter().take(5).map(|node| model.snapshot.name(*node).line().into_owned()).collect();
    if count > lines.len() {
        lines.push(format!("and {} more", count - lines.len()));
    }
    lines.extend(remarks);
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then: Then::Decide(decision) }));
    Vec::new()
}

fn reject(model: &mut Model, reason: Reason) -> Vec<Effect> {
    let proposals = target_proposals(model);
    if proposals.is_empty() {
        let nodes = targets(model);
        return deprecate(model, nodes, reason.title());
    }
    // The nearest accepted name is most likely what it duplicates.
    let nearest = model.focus.near.first().filter(|near| near.state == super::RowState::Accepted);
    let of = nearest.filter(|_| reason == Reason::Duplicate && proposals.len() == 1).map(|near| near.node);
    let on = proposals.iter().map(|proposal| proposal.id).collect();
    let op = Op::Reject { on, reason, note: None, of };
    let verb = format!("Reject as {}:", reason.title());
    confirm_bulk(model, &verb, Decision { op, nodes: nodes_of(&proposals), accepts: false, go_on: true }, Vec::new())
}

fn ask_for_words(model: &mut Model) -> Vec<Effect> {
    let proposals = target_proposals(model);
    let nodes = targets(model);
    let names = words::names(&model.snapshot, &nodes);
    let (title, purpose) = if proposals.is_empty() {
        (format!("Why is {names} no longer taught?"), Purpose::Deprecate(nodes))
    } else {
        let on = proposals.iter().map(|proposal| proposal.id).collect();
        (format!("Why not {names}?"), Purpose::Reject(on))
    };
    model.overlays.push(Overlay::Line(Line { title, field: Field::default(), purpose }));
    Vec::new()
}

/// Rejects with a reason that was typed; a syllabus as well.
pub(super) fn reject_in_own_words(model: &mut Model, on: Vec<ProposalId>, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        model.say(Level::Warning, "Nothing was rejected: a rejection in own words needs the words.");
        return Vec::new();
    }
    let nodes = on.iter().filter_map(|id| words::node_of(&model.snapshot, *id)).collect();
    let op = Op::Reject { on, reason: Reason::Other, note: Some(text.into()), of: None };
    tree::clear_marks(model);
    commit(model, Decision { op, nodes, accepts: false, go_on: true })
}

/// Asks before accepted nodes are no longer taught.
pub(super) fn deprecate(model: &mut Model, nodes: Vec<NodeId>, reason: &str) -> Vec<Effect> {
    let snapshot = &model.snapshot;
    let names = words::names(snapshot, &nodes);
    let below: usize = nodes.iter().map(|node| snapshot.tree.subtree(Some(*node)).len().saturating_sub(1)).sum();
    let mut lines = vec!["It is accepted. It stays in the tree and can be restored.".to_owned()];
    if below > 0 {
        lines.push(format!("{} below it go with it.", words::count(below, "node", "nodes")));
    }
    let reason = (!reason.is_empty()).then(|| Untrusted::from(reason));
    let op = Op::Deprecate { on: nodes.clone(), replaced_by: None, reason };
    let title = format!("No longer teach {names}?");
    let then = Then::Decide(Decision { op, nodes, accepts: false, go_on: false });
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then }));
    Vec::new()
}

fn simple(model: &mut Model, op: fn(Vec<ProposalId>) -> Op, verb: &str) -> Vec<Effect> {
    let proposals = target_proposals(model);
    let on = proposals.iter().map(|proposal| proposal.id).collect();
    let verb = format!("{}{}", verb[..1].to_uppercase(), &verb[1..]);
    confirm_bulk(
        model,
        &verb,
        Decision { op: op(on), nodes: nodes_of(&proposals), accepts: false, go_on: true },
        Vec::new(),
    )
}

fn merge(model: &mut Model, number: u8) -> Vec<Effect> {
    let Some(node) = model.tree.cursor else { return Vec::new() };
    let Some(into) = model.focus.near.get(usize::from(number).saturating_sub(1)).map(|near| near.node) else {
        return Vec::new();
    };
    let (op, go_on) = match model.proposal_of(node) {
        Some(proposal) => (Op::Alias { on: vec![proposal.id], into }, true),
        None => (Op::Merge { on: vec![node], into }, false),
    };
    commit(model, Decision { op, nodes: vec![node], accepts: false, go_on })
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

fn open_add(model: &mut Model) {
    let parent = model.tree.cursor;
    let Some(kind) = kind_below(model, parent) else { return };
    let under = parent.map_or_else(|| "the root".to_owned(), |parent| words::quoted(&model.snapshot.name(parent)));
    let title = format!("New {kind} under {under} (paste a list for several)");
    let purpose = Purpose::AddChild { parent, kind };
    model.overlays.push(Overlay::Line(Line { title, field: Field::default(), purpose }));
}

/// Adds nodes by hand; an undo takes all of them back.
pub(super) fn add_children(model: &mut Model, parent: Option<NodeId>, kind: Kind, name: &str) -> Vec<Effect> {
    if name.is_empty() {
        return Vec::new();
    }
    model.tree.open.extend(parent);
    commit(model, addition(parent, kind, vec![Facts::named(name)]))
}

fn addition(parent: Option<NodeId>, kind: Kind, nodes: Vec<Facts>) -> Decision {
    Decision { op: Op::Add { parent, kind, nodes }, nodes: Vec::new(), accepts: true, go_on: false }
}

/// A list pasted where one name is asked for: offers to add them all. Whether it was one.
pub(super) fn paste_children(model: &mut Model, text: &str) -> bool {
    let Some(Overlay::Line(Line { purpose: Purpose::AddChild { parent, kind }, .. })) = model.overlays.last() else {
        return false;
    };
    let (parent, kind) = (*parent, *kind);
    let fields = text.lines().map(Field::new).filter(|field| !field.is_blank());
    let nodes: Vec<Facts> = fields.map(|field| Facts::named(field.text().trim())).collect();
    if nodes.len() < 2 {
        return false;
    }
    let title = format!("Add {} {}?", nodes.len(), kind.plural());
    let mut lines: Vec<String> = nodes.iter().take(5).map(|facts| facts.name.line().into_owned()).collect();
    if nodes.len() > lines.len() {
        lines.push(format!("and {} more", nodes.len() - lines.len()));
    }
    model.overlays.pop();
    model.tree.open.extend(parent);
    let then = Then::Decide(addition(parent, kind, nodes));
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then }));
    true
}
