//! Facts to check before a person decides: duplicates, wrong kinds, vague names, odd syllabi,
//! text that hides something. A finding is shown, never acted upon.

use std::collections::HashMap;

use super::id::{NodeId, ProposalId};
use super::node::{Facts, Kind};
use super::proposal::{Body, Proposal};
use super::similarity::word_bag;
use super::snapshot::Snapshot;
use super::syllabus::Syllabus;
use super::text::normalise;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// An accepted node.
    Node(NodeId),
    /// A proposal.
    Proposal(ProposalId),
}

/// One fact that deserves a look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is about.
    pub about: About,
    /// Stable code, kebab-case.
    pub code: &'static str,
    /// The fact, as a sentence. May hold untrusted names, already made visible.
    pub message: String,
    /// The session (from 0) and concept (from 0) it is about, in a syllabus.
    pub cell: Option<(usize, Option<usize>)>,
}

/// The findings of one proposal, against its surroundings.
#[must_use]
pub fn proposal(snapshot: &Snapshot, proposal: &Proposal) -> Vec<Finding> {
    let about = About::Proposal(proposal.id);
    let mut findings = Vec::new();
    match &proposal.body {
        Body::Node { node, parent, kind, facts, .. } => {
            names(snapshot, *node, *parent, facts, &mut |code, message| {
                findings.push(Finding { about, code, message, cell: None });
            });
            let above = parent.and_then(|parent| snapshot.facts(parent)).map(|(kind, _)| kind);
            if (parent.is_none() || above.is_some()) && !Kind::below(above).contains(kind) {
                let place = above.map_or("the root".to_owned(), |kind| format!("a {kind}"));
                let message = format!("A {kind} does not hang under {place}.");
                findings.push(Finding { about, code: "wrong-kind", message, cell: None });
            }
        }
        Body::Syllabus { syllabus: proposed, .. } => findings.extend(syllabus(about, proposed)),
    }
    if proposal.is_suspicious() {
        let message = "Its text holds characters that do not show.".to_owned();
        findings.push(Finding { about, code: "hidden-text", message, cell: None });
    }
    findings
}

/// The findings of one accepted node.
#[must_use]
pub fn node(snapshot: &Snapshot, id: NodeId) -> Vec<Finding> {
    let about = About::Node(id);
    let mut findings = Vec::new();
    let Some(entry) = snapshot.tree.entry(id) else { return findings };
    let mut found = |code, message| findings.push(Finding { about, code, message, cell: None });
    names(snapshot, id, entry.place.parent, &entry.node.facts, &mut found);
    let above = entry.place.parent.and_then(|parent| snapshot.tree.node(parent)).map(|node| node.kind);
    if !Kind::below(above).contains(&entry.node.kind) {
        let place = above.map_or("the root".to_owned(), |kind| format!("a {kind}"));
        found("wrong-kind", format!("A {} does not hang under {place}.", entry.node.kind));
    }
    if snapshot.tree.children(Some(id)).len() == 1 && entry.node.kind != Kind::Subject {
        found("single-child", "It has a single child.".to_owned());
    }
    if entry.node.facts.is_suspicious() || entry.node.syllabus.as_ref().is_some_and(Syllabus::is_suspicious) {
        found("hidden-text", "Its text holds characters that do not show.".to_owned());
    }
    if let Some(accepted) = &entry.node.syllabus {
        findings.extend(syllabus(about, accepted));
    }
    findings
}

/// The findings of everything: accepted nodes, then open proposals.
#[must_use]
pub fn all(snapshot: &Snapshot) -> Vec<Finding> {
    let nodes = snapshot.tree.subtree(None).into_iter().filter(|id| snapshot.tree.is_active(*id));
    let mut findings: Vec<Finding> = nodes.flat_map(|id| node(snapshot, id)).collect();
    findings.extend(snapshot.open_proposals().into_iter().flat_map(|open| proposal(snapshot, open)));
    findings
}

fn names(
    snapshot: &Snapshot,
    id: NodeId,
    parent: Option<NodeId>,
    facts: &Facts,
    found: &mut impl FnMut(&'static str, String),
) {
    let (name, bag) = (normalise(facts.name.raw()), word_bag(facts.name.raw()));
    let accepted = snapshot.tree.children(parent).iter().copied();
    let proposed = snapshot.open_children(parent).filter_map(|open| match &open.body {
        Body::Node { node, .. } => Some(*node),
        Body::Syllabus { .. } => None,
    });
    for sibling in accepted.chain(proposed).filter(|sibling| *sibling != id) {
        let Some((_, other)) = snapshot.facts(sibling) else { continue };
        let all_names = || std::iter::once(&other.name).chain(&other.aliases);
        if all_names().any(|other| normalise(other.raw()) == name) {
            found("duplicate", format!("\"{}\" is a sibling.", other.name.line()));
        } else if all_names().any(|other| word_bag(other.raw()) == bag) {
            found("near-duplicate", format!("It has the words of its sibling \"{}\".", other.name.line()));
        }
    }
    if facts.name.raw().chars().count() > 120 {
        found("long-name", "Its name is longer than 120 characters.".to_owned());
    }
    if is_vague(&name) {
        found("vague-name", format!("\"{}\" reads like a catch-all.", facts.name.line()));
    }
}

/// Words that make a name a catch-all.
const VAGUE: [&str; 8] =
    ["miscellaneous", "other", "various", "general topics", "etc", "others", "misc", "selected topics"];

fn is_vague(name: &str) -> bool {
    let padded = format!(" {name} ");
    VAGUE.iter().any(|word| padded.contains(&format!(" {word} ")))
}

/// The findings of a syllabus on its own.
#[must_use]
pub fn syllabus(about: About, syllabus: &Syllabus) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |code, message, cell| findings.push(Finding { about, code, message, cell });
    let sessions = syllabus.sessions.len();
    if !(10..=30).contains(&sessions) {
        found("session-count", format!("{sessions} class sessions; 10 to 30 are usual."), None);
    }
    let mut titles: HashMap<String, usize> = HashMap::new();
    for (row, session) in syllabus.sessions.iter().enumerate() {
        let count = session.concepts.len();
        if !(3..=8).contains(&count) {
            found("concept-count", format!("{count} key concepts; 3 to 8 are usual."), Some((row, None)));
        }
        if let Some(earlier) = titles.insert(normalise(session.title.raw()), row) {
            found("repeated-session", format!("Session {} has the same title.", earlier + 1), Some((row, None)));
        }
        for (column, concept) in session.concepts.iter().enumerate() {
            if is_generic(concept.raw()) {
                let message = format!("\"{}\" is not a key concept but a heading.", concept.line());
                found("generic-concept", message, Some((row, Some(column))));
            }
        }
    }
    for (row, column) in syllabus.repeated_concepts() {
        let concept = &syllabus.sessions[row].concepts[column];
        let message = format!("\"{}\" is a concept of an earlier session.", concept.line());
        found("repeated-concept", message, Some((row, Some(column))));
    }
    findings
}

/// How a concept starts that names no concept (seen in published GLAN re-runs).
const GENERIC: [&str; 7] = [
    "introduction to",
    "overview of",
    "definition of",
    "basics of",
    "importance of",
    "potential future trends",
    "advantages and limitations",
];

fn is_generic(concept: &str) -> bool {
    let concept = normalise(concept);
    GENERIC.iter().any(|start| concept.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::super::syllabus::sample;
    use super::*;

    #[test]
    fn a_syllabus_in_order_has_no_findings() {
        let about = About::Node("sub_7h2kq0m9xa".parse().unwrap());
        assert_eq!(syllabus(about, &sample(12, 5)), []);
    }

    #[test]
    fn each_oddity_of_a_syllabus_is_found_where_it_is() {
        let about = About::Node("sub_7h2kq0m9xa".parse().unwrap());
        let mut odd = sample(12, 5);
        odd.sessions[1].concepts.truncate(2);
        odd.sessions[2].title = odd.sessions[0].title.clone();
        odd.sessions[3].concepts[4] = "Introduction to lenses".into();
        odd.sessions[5].concepts[1] = "CONCEPT 1.1".into();
        let found: Vec<_> = syllabus(about, &odd).into_iter().map(|f| (f.code, f.cell)).collect();
        assert_eq!(
            found,
            [
                ("concept-count", Some((1, None))),
                ("repeated-session", Some((2, None))),
                ("generic-concept", Some((3, Some(4)))),
                ("repeated-concept", Some((5, Some(1)))),
            ]
        );
    }

    #[test]
    fn catch_all_names_are_vague_and_real_ones_are_not() {
        for (name, vague) in [("miscellaneous topics in biology", true), ("other", true), ("mother tongue", false)] {
            assert_eq!(is_vague(name), vague, "{name}");
        }
    }
}
