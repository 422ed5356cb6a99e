//! Deciding on the focused or marked nodes: each key makes one op, the cursor goes on. What a key
//! says ([`Say`]) is kept apart from what it is said of, so that it can be said again.

use std::sync::Arc;

use super::overlay::{Confirm, Line, Purpose, Then};
use super::{Effect, Field, Level, Model, Overlay, RowState, by_hand, picker, queue, rows, tree, words};
use crate::input::Action;
use crate::taxonomy::bulk::{self, Sifted};
use crate::taxonomy::{Body, NodeId, Op, Proposal, ProposalId, Reason, Untrusted};

/// How many rows of a decision on many are shown before it is carried out.
const PREVIEWED: usize = 5;

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

/// What a curator says, whatever it is said of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Say {
    /// Into the tree.
    Accept,
    /// Not wanted; of an accepted node: no longer taught.
    Reject { reason: Reason, note: Option<Untrusted> },
    /// Later.
    Defer,
    /// A second curator is asked.
    Flag(Option<Untrusted>),
    /// Another name of this node.
    Into(NodeId),
    /// Under this node (`None`: the root).
    Under(Option<NodeId>),
    /// No longer taught; use this instead.
    Deprecate(Option<NodeId>),
    /// Taught again.
    Restore,
}

/// What a decision applies to: the marks, else the focused node.
pub(super) fn targets(model: &Model) -> Vec<NodeId> {
    if model.tree.marks.is_empty() {
        return model.tree.cursor.into_iter().collect();
    }
    let in_view = model.tree.rows.iter().filter_map(|row| row.node);
    in_view.filter(|node| model.tree.marks.contains(node)).collect()
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(reason) = reason_of(action) {
        return Some(here(model, Say::Reject { reason, note: None }));
    }
    Some(match action {
        Action::Accept => here(model, Say::Accept),
        Action::RejectOwnWords => {
            let (nodes, names) = (targets(model), named(model));
            let accepted = nodes.iter().all(|node| model.proposal_of(*node).is_none());
            let title = if accepted { format!("Why no longer teach {names}?") } else { format!("Why not {names}?") };
            ask(model, title, Purpose::Reason(nodes))
        }
        Action::Defer => here(model, Say::Defer),
        Action::Flag => here(model, Say::Flag(None)),
        Action::FlagWithWords => {
            let (nodes, names) = (targets(model), named(model));
            ask(model, format!("What is the question about {names}?"), Purpose::Question(nodes))
        }
        Action::MergeInto(number) => {
            let near = model.focus.near.get(usize::from(number).saturating_sub(1));
            near.map(|near| near.node).map_or_else(Vec::new, |into| here(model, Say::Into(into)))
        }
        Action::MergeByName => choose(model, picker::for_merge),
        Action::Place => choose(model, picker::for_place),
        Action::Deprecate => match targets(model).iter().all(|node| is(model, *node, RowState::Deprecated)) {
            true => here(model, Say::Restore),
            false => choose(model, picker::for_replacement),
        },
        Action::Repeat => match model.repeat.clone() {
            Some(said) => here(model, said),
            None => Vec::new(),
        },
        _ => return by_hand::handle(model, action),
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

/// What is decided on, for the title of an overlay: how many, and the first names.
pub(super) fn named(model: &Model) -> String {
    let nodes = targets(model);
    let names = words::names(&model.snapshot, &nodes);
    if nodes.len() > 3 { format!("{} nodes ({names})", nodes.len()) } else { names }
}

pub(super) fn is(model: &Model, node: NodeId, state: RowState) -> bool {
    rows::state_of(&model.snapshot, node) == Some(state)
}

pub(super) fn ask(model: &mut Model, title: String, purpose: Purpose) -> Vec<Effect> {
    model.overlays.push(Overlay::Line(Line { title, field: Field::default(), purpose }));
    Vec::new()
}

fn choose(model: &mut Model, list: fn(&Model) -> Result<super::Picker, super::WhyNot>) -> Vec<Effect> {
    match list(model) {
        Ok(picker) => model.overlays.push(Overlay::Picker(picker)),
        Err(why) => model.say(Level::Warning, why.0),
    }
    Vec::new()
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

/// As [`commit`]; what was typed for it comes back to the screen where the store refuses.
pub(super) fn commit_typed(model: &mut Model, decision: Decision, typed: Overlay) -> Vec<Effect> {
    let effects = commit(model, decision);
    if let Some(Effect::Submit { id, .. }) = effects.first() {
        model.typed.push((*id, typed));
    }
    effects
}

fn here(model: &mut Model, say: Say) -> Vec<Effect> {
    let nodes = targets(model);
    self::say(model, nodes, say, false)
}

/// One node is decided on at once; several are counted out first, unless they were already (`seen`)
/// and none is left out.
pub(super) fn say(model: &mut Model, nodes: Vec<NodeId>, say: Say, seen: bool) -> Vec<Effect> {
    let many = nodes.len() > 1;
    let Some((decision, remarks)) = decision(model, &nodes, &say) else { return Vec::new() };
    if decision.nodes.is_empty() {
        let why = remarks.first().map_or_else(String::new, |remark| format!(": {remark}"));
        model.say(Level::Warning, format!("None of these can be decided that way{why}."));
        return Vec::new();
    }
    let below = taken_along(model, &decision.op);
    if below == 0 && (!many || (seen && remarks.is_empty())) {
        return carry_out(model, decision, say);
    }
    let mut title = format!("{} {}?", verb(model, &say, &decision.op), count(decision.nodes.len()));
    let mut lines = preview(decision.nodes.iter().map(|node| model.snapshot.name(*node)));
    if below > 0 {
        lines.push(format!("{} below them would no longer be taught either.", count(below)));
    }
    if below > 0
        && let [node] = decision.nodes.as_slice()
    {
        let verb = verb(model, &say, &decision.op);
        title = format!("{} {} and {} below it?", verb, words::quoted(&model.snapshot.name(*node)), count(below));
        lines = vec!["What is generated leaves them all out until they are taught again.".to_owned()];
    }
    lines.extend(remarks);
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then: Then::Decide(decision, Some(say)) }));
    Vec::new()
}

fn count(nodes: usize) -> String {
    words::count(nodes, "node", "nodes")
}

/// The first names, and how many more there are.
pub(super) fn preview(names: impl ExactSizeIterator<Item = Untrusted>) -> Vec<String> {
    let more = names.len().saturating_sub(PREVIEWED);
    let mut lines: Vec<String> = names.take(PREVIEWED).map(|name| name.line().into_owned()).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// How many nodes that are taught go with those that are deprecated.
fn taken_along(model: &Model, op: &Op) -> usize {
    let Op::Deprecate { on, .. } = op else { return 0 };
    let tree = &model.snapshot.tree;
    let below = on.iter().flat_map(|node| tree.subtree(Some(*node)));
    let taught = below.filter(|node| !on.contains(node) && tree.is_active(*node));
    taught.collect::<std::collections::HashSet<_>>().len()
}

/// Does what was said, and remembers it.
pub(super) fn carry_out(model: &mut Model, decision: Decision, say: Say) -> Vec<Effect> {
    if let (Op::Deprecate { reason, .. }, [node]) = (&decision.op, decision.nodes.as_slice()) {
        let (name, key) = (words::quoted(&model.snapshot.name(*node)), model.key(Action::Undo));
        let reason = reason.as_ref().map(|reason| format!(": {}", reason.line())).unwrap_or_default();
        let with = match taken_along(model, &decision.op) {
            0 => String::new(),
            below => format!(", {} below with it", count(below)),
        };
        model.say(Level::Info, format!("Deprecated {name}{reason}{with}; {key} takes it back."));
    }
    model.repeat = Some(say);
    tree::clear_marks(model);
    commit(model, decision)
}

/// What is said of these nodes as an op on those that it fits, and a line for each sort that is left out.
fn decision(model: &Model, nodes: &[NodeId], say: &Say) -> Option<(Decision, Vec<String>)> {
    let proposals: Vec<Arc<Proposal>> = nodes.iter().filter_map(|node| model.proposal_of(*node).cloned()).collect();
    let there = |state| nodes.iter().copied().filter(|node| is(model, *node, state)).collect::<Vec<_>>();
    let (active, deprecated) = (there(RowState::Accepted), there(RowState::Deprecated));
    let by_hand = |op, nodes: Vec<NodeId>| Decision { op, nodes, accepts: false, go_on: false };
    let is_by_hand = match say {
        Say::Deprecate(_) | Say::Restore => true,
        _ => proposals.is_empty(),
    };
    if is_by_hand {
        let (decision, left) = match say {
            Say::Accept | Say::Restore => (by_hand(Op::Restore { on: deprecated.clone() }, deprecated), active.len()),
            Say::Reject { reason, note } => {
                let reason = Some(note.clone().unwrap_or_else(|| reason.title().into()));
                let op = Op::Deprecate { on: active.clone(), replaced_by: None, reason };
                (by_hand(op, active), deprecated.len())
            }
            Say::Deprecate(replaced_by) => {
                let on: Vec<NodeId> = active.into_iter().filter(|node| Some(*node) != *replaced_by).collect();
                let op = Op::Deprecate { on: on.clone(), replaced_by: *replaced_by, reason: None };
                (by_hand(op, on), deprecated.len())
            }
            Say::Into(into) => {
                let on: Vec<NodeId> = active.into_iter().filter(|node| node != into).collect();
                (by_hand(Op::Merge { on: on.clone(), into: *into }, on), deprecated.len())
            }
            Say::Under(to) => {
                let elsewhere = |node: &NodeId| model.snapshot.tree.parent(*node) != *to && Some(*node) != *to;
                let all: Vec<NodeId> = active.into_iter().chain(deprecated).collect();
                let (on, there): (Vec<NodeId>, Vec<NodeId>) = all.into_iter().partition(elsewhere);
                (by_hand(Op::Move { on: on.clone(), to: *to }, on), there.len())
            }
            Say::Defer | Say::Flag(_) => return None,
        };
        let unfit = (left > 0).then(|| match say {
            Say::Accept | Say::Restore => format!("{} left out (taught already)", are(left)),
            Say::Under(_) => format!("{} left out (there already)", are(left)),
            _ => format!("{} left out (deprecated already)", are(left)),
        });
        let open = (!proposals.is_empty()).then(|| format!("{} left out (not accepted yet)", are(proposals.len())));
        return Some((decision, unfit.into_iter().chain(open).collect()));
    }
    let ids: Vec<ProposalId> = proposals.iter().map(|proposal| proposal.id).collect();
    let snapshot = &model.snapshot;
    let all = |ids: Vec<ProposalId>| Sifted { on: ids, left_out: Vec::new() };
    // Of one alone the store says in full why not.
    let sifted = match (say, ids.len()) {
        (_, 1) => all(ids),
        (Say::Accept, _) => bulk::acceptable(snapshot, &ids, None),
        (Say::Under(to), _) => bulk::acceptable(snapshot, &ids, Some(*to)),
        (Say::Into(_), _) => bulk::mergeable(snapshot, &ids),
        _ => bulk::undecided(snapshot, &ids),
    };
    let mut remarks = sifted.remarks(snapshot);
    let accepted = active.len() + deprecated.len();
    if accepted > 0 {
        remarks.push(format!("{} left out (accepted already)", are(accepted)));
    }
    let on = sifted.on;
    let nodes = on.iter().filter_map(|id| snapshot.record.proposal(*id)).map(node_of).collect();
    let accepts = matches!(say, Say::Accept | Say::Under(_));
    let op = match say {
        Say::Accept => Op::Accept { on, edit: None, under: None },
        Say::Under(to) => Op::Accept { on, edit: None, under: Some(*to) },
        Say::Reject { reason, note } => {
            let of = duplicate_of(model, *reason, &on);
            Op::Reject { on, reason: *reason, note: note.clone(), of }
        }
        Say::Defer => Op::Defer { on },
        Say::Flag(note) => Op::Flag { on, note: note.clone() },
        Say::Into(into) => Op::Alias { on, into: *into },
        Say::Deprecate(_) | Say::Restore => return None,
    };
    Some((Decision { op, nodes, accepts, go_on: true }, remarks))
}

fn are(count: usize) -> String {
    words::count(count, "is", "are")
}

/// The nearest accepted name is most likely what the focused proposal duplicates.
fn duplicate_of(model: &Model, reason: Reason, on: &[ProposalId]) -> Option<NodeId> {
    let is_focused = model.tree.cursor.is_some_and(|node| *on == [ProposalId::of_node(node)]);
    let nearest = model.focus.near.first().filter(|near| near.state == RowState::Accepted);
    nearest.filter(|_| reason == Reason::Duplicate && is_focused).map(|near| near.node)
}

fn node_of(proposal: &Arc<Proposal>) -> NodeId {
    match proposal.body {
        Body::Node { node, .. } => node,
        Body::Syllabus { subject, .. } => subject,
    }
}

/// The first word of the question before a decision on many.
fn verb(model: &Model, say: &Say, op: &Op) -> String {
    let name = |node: &Option<NodeId>| match node {
        Some(node) => words::quoted(&model.snapshot.name(*node)),
        None => "the root".to_owned(),
    };
    let why = |reason: &Reason, note: &Option<Untrusted>| match note {
        Some(note) => format!("\"{}\"", note.line()),
        None => reason.title().to_owned(),
    };
    match (say, op) {
        (_, Op::Restore { .. }) => "Teach again:".to_owned(),
        (Say::Reject { reason, note }, Op::Deprecate { .. }) => format!("No longer teach ({}):", why(reason, note)),
        (Say::Reject { reason, note }, _) => format!("Reject as {}:", why(reason, note)),
        (Say::Deprecate(Some(instead)), _) => format!("Replaced by {}, no longer teach", name(&Some(*instead))),
        (Say::Deprecate(None), _) => "No longer teach".to_owned(),
        (Say::Into(into), _) => format!("Merge into {}:", name(&Some(*into))),
        (Say::Under(to), Op::Move { .. }) => format!("Move under {}:", name(to)),
        (Say::Under(to), _) => format!("Accept under {}:", name(to)),
        (Say::Defer, _) => "Defer".to_owned(),
        (Say::Flag(_), _) => "Flag".to_owned(),
        (Say::Accept | Say::Restore, _) => "Accept".to_owned(),
    }
}

/// Rejects with a reason that was typed; a syllabus.
pub(super) fn reject_in_own_words(model: &mut Model, on: Vec<ProposalId>, text: &str) -> Vec<Effect> {
    if has_no_words(model, text) {
        return Vec::new();
    }
    let nodes = on.iter().filter_map(|id| words::node_of(&model.snapshot, *id)).collect();
    let op = Op::Reject { on, reason: Reason::Other, note: Some(text.into()), of: None };
    tree::clear_marks(model);
    commit(model, Decision { op, nodes, accepts: false, go_on: true })
}

/// Rejects nodes with a reason that was typed.
pub(super) fn reason_typed(model: &mut Model, nodes: Vec<NodeId>, text: &str) -> Vec<Effect> {
    if has_no_words(model, text) {
        return Vec::new();
    }
    say(model, nodes, Say::Reject { reason: Reason::Other, note: Some(text.into()) }, true)
}

/// Flags nodes with a question that was typed.
pub(super) fn question_typed(model: &mut Model, nodes: Vec<NodeId>, text: &str) -> Vec<Effect> {
    let words = (!text.is_empty()).then(|| Untrusted::from(text));
    say(model, nodes, Say::Flag(words), true)
}

fn has_no_words(model: &mut Model, text: &str) -> bool {
    if text.is_empty() {
        model.say(Level::Warning, "Nothing was rejected: a rejection in own words needs the words.");
    }
    text.is_empty()
}
