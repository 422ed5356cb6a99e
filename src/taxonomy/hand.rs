//! Changes by hand: add, edit, move, deprecate, restore. Merging and splitting are next door.

use super::event::{Ballot, Change, Verb};
use super::id::NodeId;
use super::node::{Deprecation, Facts, Kind, Node};
use super::op::{Op, Refusal, Verdict, deprecated, fits};
use super::snapshot::Snapshot;
use super::step::Step;
use super::text::{Untrusted, overlong};
use super::tree::{Place, Tree};

/// What an op by hand comes down to.
pub(super) fn decide(snapshot: &Snapshot, op: Op) -> Result<Verdict, Refusal> {
    let tree = &snapshot.tree;
    let (verb, on, steps) = match op {
        Op::Add { parent, kind, nodes } => add(tree, parent, kind, &nodes)?,
        Op::Edit(node) => edit(tree, None, *node)?,
        Op::EditAll(nodes) => edit_all(tree, nodes)?,
        Op::Rework { from, to } => edit(tree, Some(&from), *to)?,
        Op::Move { on, to } => relocate(tree, &on, to)?,
        Op::Merge { on, into } => super::merge::merge(snapshot, &on, into)?,
        Op::Deprecate { on, replaced_by, reason } => deprecate(tree, &on, replaced_by, reason.as_ref())?,
        Op::Retire(on) => retire(tree, &on)?,
        Op::Restore { on } => restore(tree, &on)?,
        _ => return Err(Refusal::new("This is not a change by hand.")),
    };
    Ok(Verdict { change: Change::Tree { verb, on, steps: steps.clone() }, ballot: Ballot::default(), steps })
}

pub(super) type Steps = (Verb, NodeId, Vec<Step>);

pub(super) fn find(tree: &Tree, id: NodeId) -> Result<&Node, Refusal> {
    tree.node(id)
        .map(AsRef::as_ref)
        .ok_or_else(|| Refusal::new(format!("There is no accepted node {id}.")).hint("`provost tree` lists them"))
}

/// Whether a name can be given.
fn named(name: &Untrusted) -> Result<(), Refusal> {
    if name.is_blank() {
        return Err(Refusal::new("A node needs a name."));
    }
    match overlong(name.raw()) {
        Some(what) => Err(Refusal::new(what).hint("give it a short name, and keep the rest as its scope")),
        None => Ok(()),
    }
}

/// A new node under `parent`, added to `tree`, and its step.
pub(super) fn create(
    tree: &mut Tree,
    parent: Option<NodeId>,
    kind: Kind,
    facts: &Facts,
) -> Result<(NodeId, Step), Refusal> {
    named(&facts.name)?;
    fits(tree, parent, kind, &facts.name)?;
    if let Some(twin) = tree.child_by_name(parent, facts.name.raw()) {
        return Err(Refusal::new(format!("\"{}\" is there already, as {}.", facts.name.line(), tree.path(twin))));
    }
    let ids = (0..u32::MAX).map(|salt| NodeId::derive(parent, kind, facts.name.raw(), salt));
    let id = ids.into_iter().find(|id| tree.entry(*id).is_none());
    let id = id.ok_or_else(|| Refusal::new("No free id was found."))?;
    let place = Place { parent, slug: tree.free_slug(parent, id, facts.name.raw()) };
    let step = Step::Create { place, node: Box::new(Node::new(id, kind, facts.clone())) };
    step.apply(tree).map_err(Refusal::new)?;
    Ok((id, step))
}

fn add(tree: &Tree, parent: Option<NodeId>, kind: Kind, nodes: &[Facts]) -> Result<Steps, Refusal> {
    let mut tree = tree.clone();
    let made: Vec<_> = nodes.iter().map(|facts| create(&mut tree, parent, kind, facts)).collect::<Result<_, _>>()?;
    let first = made.first().map(|(id, _)| *id).ok_or_else(|| Refusal::new("No name is given."))?;
    Ok((Verb::Add, first, made.into_iter().map(|(_, step)| step).collect()))
}

/// The change from `opened`, or from what is there, to `after`.
fn edit(tree: &Tree, opened: Option<&Node>, mut after: Node) -> Result<Steps, Refusal> {
    if let Some(syllabus) = &mut after.syllabus {
        syllabus.repair_session_ids();
    }
    let before = find(tree, after.id)?;
    let name = &after.facts.name;
    // One that is too long already may keep it while something else is edited.
    if *name != before.facts.name {
        named(name)?;
    }
    if after.kind != before.kind {
        return Err(Refusal::new(format!("The kind of \"{}\" cannot be edited.", name.line()))
            .hint("add a node of the right kind, and merge this one into it"));
    }
    if after.syllabus.is_some() && after.kind != Kind::Subject {
        return Err(Refusal::new(format!("\"{}\" is a {}; only a subject has a syllabus.", name.line(), after.kind)));
    }
    let parent = tree.parent(after.id);
    if let Some(twin) = tree.child_by_name(parent, name.raw()).filter(|twin| *twin != after.id) {
        return Err(Refusal::new(format!("\"{}\" is there already, as {}.", name.line(), tree.path(twin))));
    }
    let step = Step::patch(opened.unwrap_or(before), &after).ok_or_else(|| Refusal::new("Nothing was changed."))?;
    Ok((Verb::Edit, after.id, vec![step]))
}

fn edit_all(tree: &Tree, nodes: Vec<Node>) -> Result<Steps, Refusal> {
    let first = nodes.first().map(|node| node.id).ok_or_else(|| Refusal::new("No node is named."))?;
    let mut scratch = tree.clone();
    let mut all = Vec::new();
    for node in nodes {
        let (.., steps) = edit(&scratch, None, node)?;
        for step in steps {
            step.apply(&mut scratch).map_err(Refusal::new)?;
            all.push(step);
        }
    }
    Ok((Verb::Edit, first, all))
}

pub(super) fn move_step(tree: &Tree, id: NodeId, to: Option<NodeId>) -> Result<Step, Refusal> {
    let node = find(tree, id)?;
    fits(tree, to, node.kind, &node.facts.name)?;
    let from = tree.entry(id).map(|entry| entry.place.clone());
    let from = from.ok_or_else(|| Refusal::new(format!("There is no accepted node {id}.")))?;
    if from.parent == to {
        return Err(Refusal::new(format!("\"{}\" hangs there already.", node.facts.name.line())));
    }
    let slug = tree.free_slug(to, id, node.facts.name.raw());
    Ok(Step::Move { node: id, from, to: Place { parent: to, slug } })
}

fn relocate(tree: &Tree, on: &[NodeId], to: Option<NodeId>) -> Result<Steps, Refusal> {
    let first = *on.first().ok_or_else(|| Refusal::new("No node is named."))?;
    let mut scratch = tree.clone();
    let mut steps = Vec::new();
    for id in on {
        let step = move_step(&scratch, *id, to)?;
        step.apply(&mut scratch).map_err(Refusal::new)?;
        steps.push(step);
    }
    Ok((Verb::Move, first, steps))
}

fn deprecate(
    tree: &Tree,
    on: &[NodeId],
    replaced_by: Option<NodeId>,
    reason: Option<&Untrusted>,
) -> Result<Steps, Refusal> {
    let each: Vec<_> = on.iter().map(|id| (*id, Deprecation { replaced_by, reason: reason.cloned() })).collect();
    retire(tree, &each)
}

fn retire(tree: &Tree, on: &[(NodeId, Deprecation)]) -> Result<Steps, Refusal> {
    let first = on.first().map(|(id, _)| *id).ok_or_else(|| Refusal::new("No node is named."))?;
    let mut steps = Vec::new();
    for (id, Deprecation { replaced_by, reason }) in on {
        if let Some(instead) = replaced_by {
            find(tree, *instead)?;
        }
        let node = find(tree, *id)?;
        if *replaced_by == Some(*id) {
            return Err(Refusal::new(format!("\"{}\" cannot be replaced by itself.", node.facts.name.line())));
        }
        if !node.is_active() {
            return Err(Refusal::new(format!("\"{}\" is deprecated already.", node.facts.name.line())));
        }
        steps.extend(Step::patch(node, &deprecated(node, *replaced_by, reason.clone())));
    }
    Ok((Verb::Deprecate, first, steps))
}

fn restore(tree: &Tree, on: &[NodeId]) -> Result<Steps, Refusal> {
    let first = *on.first().ok_or_else(|| Refusal::new("No node is named."))?;
    let step = |id: &NodeId| {
        let node = find(tree, *id)?;
        let step = Step::patch(node, &Node { deprecated: None, ..node.clone() });
        step.ok_or_else(|| Refusal::new(format!("\"{}\" is not deprecated.", node.facts.name.line())))
    };
    Ok((Verb::Restore, first, on.iter().map(step).collect::<Result<_, _>>()?))
}
