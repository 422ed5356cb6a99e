//! Editing a node in place: name, level, scope and subtopics as lines of text.

use super::decide::{self, Decision};
use super::{Effect, Field, Level, Model, Overlay};
use crate::taxonomy::{Edit, Facts, Kind, Node, NodeId, Op, Untrusted};

/// The lines of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The name.
    Name,
    /// The level of a subject.
    Level,
    /// What belongs to it.
    Scope,
    /// Topics of a subject, `;` between them.
    Subtopics,
}

impl Part {
    /// The word before the line.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Part::Name => "Name",
            Part::Level => "Level",
            Part::Scope => "Scope",
            Part::Subtopics => "Subtopics",
        }
    }
}

/// A node that is edited in place.
#[derive(Debug, Clone)]
pub struct Form {
    /// Which, accepted or proposed.
    pub node: NodeId,
    /// Its lines, each with the text it began with.
    pub lines: Vec<(Part, Field, String)>,
    /// The focused line.
    pub at: usize,
    before: Facts,
}

impl Form {
    /// The same with what was typed as a change of what the node says now, which others may have
    /// changed meanwhile.
    pub(super) fn onto(mut self, model: &Model) -> Self {
        if let Some((_, now)) = model.snapshot.facts(self.node) {
            self.before = now.clone();
        }
        self
    }

    fn new(node: NodeId, kind: Kind, facts: &Facts) -> Self {
        let subject = kind == Kind::Subject;
        let optional = |text: &Option<Untrusted>| text.as_ref().map(|text| text.raw().to_owned()).unwrap_or_default();
        let subtopics: Vec<&str> = facts.subtopics.iter().map(Untrusted::raw).collect();
        let mut lines = vec![(Part::Name, facts.name.raw().to_owned())];
        if subject {
            lines.push((Part::Level, optional(&facts.level)));
        }
        lines.push((Part::Scope, optional(&facts.scope)));
        if subject {
            lines.push((Part::Subtopics, subtopics.join("; ")));
        }
        let field = |(part, text): (Part, String)| {
            let field = Field::new(&text);
            let begun = field.text().to_owned();
            (part, field, begun)
        };
        Self { node, lines: lines.into_iter().map(field).collect(), at: 0, before: facts.clone() }
    }

    /// The focused line.
    pub(super) fn field_mut(&mut self) -> &mut Field {
        let at = self.at.min(self.lines.len() - 1);
        &mut self.lines[at].1
    }

    /// The facts as edited; what was not touched stays as it was, to the byte.
    fn facts(&self) -> Facts {
        let mut facts = self.before.clone();
        for (part, field, begun) in &self.lines {
            let text = field.text().trim();
            if field.text() == begun {
                continue;
            }
            let optional = || (!text.is_empty()).then(|| Untrusted::from(text));
            match part {
                Part::Name => facts.name = text.into(),
                Part::Level => facts.level = optional(),
                Part::Scope => facts.scope = optional(),
                Part::Subtopics => {
                    let topics = text.split(';').map(str::trim).filter(|topic| !topic.is_empty());
                    facts.subtopics = topics.map(Untrusted::from).collect();
                }
            }
        }
        facts
    }
}

/// Opens the form on the focused node.
pub(super) fn open(model: &mut Model) {
    let Some(node) = model.tree.cursor else { return };
    let Some((kind, facts)) = model.snapshot.facts(node) else { return };
    let form = Form::new(node, kind, facts);
    model.overlays.push(Overlay::Form(form));
}

/// Focuses the next or the previous line, around the ends.
pub(super) fn next_field(model: &mut Model, forward: bool) {
    if let Some(Overlay::Form(form)) = model.overlays.last_mut() {
        let count = form.lines.len();
        form.at = (form.at + if forward { 1 } else { count - 1 }) % count;
    }
}

/// Accepts a proposal as edited, or edits an accepted node.
pub(super) fn submit(model: &mut Model, form: Form) -> Vec<Effect> {
    let facts = form.facts();
    if facts.name.is_blank() {
        model.say(Level::Error, "A node needs a name.");
        model.overlays.push(Overlay::Form(form));
        return Vec::new();
    }
    match facts_decision(model, form.node, &form.before, facts) {
        Ok(decision) => decide::commit_typed(model, decision, Overlay::Form(form)),
        Err(why) => {
            model.say(Level::Info, why);
            Vec::new()
        }
    }
}

/// What accepting or editing a node with these facts comes down to; `opened` is what it said when
/// the editing began.
///
/// # Errors
/// Nothing is to be done, and why.
pub(super) fn facts_decision(
    model: &Model,
    node: NodeId,
    opened: &Facts,
    facts: Facts,
) -> Result<Decision, &'static str> {
    if let Some(before) = model.snapshot.tree.node(node) {
        if *opened == facts {
            return Err("Nothing was changed.");
        }
        let with = |facts| Box::new(Node { facts, ..(**before).clone() });
        let op = Op::Rework { from: with(opened.clone()), to: with(facts) };
        return Ok(Decision { op, nodes: vec![node], accepts: false, go_on: false });
    }
    let proposal = model.proposal_of(node).ok_or("The node is no longer there.")?;
    let unchanged = model.snapshot.facts(node).is_some_and(|(_, before)| *before == facts);
    let edit = (!unchanged).then(|| Edit::Facts(Box::new(facts)));
    let op = Op::Accept { on: vec![proposal.id], edit, under: None };
    Ok(Decision { op, nodes: vec![node], accepts: true, go_on: true })
}
