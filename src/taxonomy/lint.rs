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
    proposal_among(snapshot, proposal, &mut Families::default())
}

fn proposal_among(snapshot: &Snapshot, proposal: &Proposal, families: &mut Families) -> Vec<Finding> {
    let about = About::Proposal(proposal.id);
    let mut findings = Vec::new();
    match &proposal.body {
        Body::Node { node, parent, kind, facts, .. } => {
            names(snapshot, *node, families.below(snapshot, *parent), facts, &mut |code, message| {
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
    node_among(snapshot, id, &mut Families::default())
}

fn node_among(snapshot: &Snapshot, id: NodeId, families: &mut Families) -> Vec<Finding> {
    let about = About::Node(id);
    let mut findings = Vec::new();
    let Some(entry) = snapshot.tree.entry(id) else { return findings };
    let mut found = |code, message| findings.push(Finding { about, code, message, cell: None });
    names(snapshot, id, families.below(snapshot, entry.place.parent), &entry.node.facts, &mut found);
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
    let mut families = Families::default();
    let mut findings: Vec<Finding> = nodes.flat_map(|id| node_among(snapshot, id, &mut families)).collect();
    let open = snapshot.open_proposals().into_iter();
    findings.extend(open.flat_map(|open| proposal_among(snapshot, open, &mut families)));
    findings
}

/// Siblings by their names, for every parent that was asked about.
#[derive(Default)]
struct Families(HashMap<Option<NodeId>, Family>);

/// The accepted and open children of one parent; names and word bags lead to places in the list.
#[derive(Default)]
struct Family {
    siblings: Vec<NodeId>,
    names: HashMap<String, Vec<usize>>,
    bags: HashMap<Vec<String>, Vec<usize>>,
}

impl Families {
    fn below(&mut self, snapshot: &Snapshot, parent: Option<NodeId>) -> &Family {
        self.0.entry(parent).or_insert_with(|| Family::of(snapshot, parent))
    }
}

impl Family {
    fn of(snapshot: &Snapshot, parent: Option<NodeId>) -> Self {
        let accepted = snapshot.tree.children(parent).iter().copied();
        let proposed = snapshot.open_children(parent).filter_map(|open| match &open.body {
            Body::Node { node, .. } => Some(*node),
            Body::Syllabus { .. } => None,
        });
        let mut family = Self { siblings: accepted.chain(proposed).collect(), ..Self::default() };
        for (at, sibling) in family.siblings.iter().enumerate() {
            let Some((_, facts)) = snapshot.facts(*sibling) else { continue };
            for name in std::iter::once(&facts.name).chain(&facts.aliases) {
                family.names.entry(normalise(name.raw())).or_default().push(at);
                family.bags.entry(word_bag(name.raw())).or_default().push(at);
            }
        }
        family
    }

    /// The siblings of `id` that share its name (`true`) or only its words, in their order.
    fn like(&self, id: NodeId, name: &str, bag: &Vec<String>) -> Vec<(NodeId, bool)> {
        let same: &[usize] = self.names.get(name).map_or(&[], Vec::as_slice);
        let near: &[usize] = self.bags.get(bag).map_or(&[], Vec::as_slice);
        let mut places = [same, near].concat();
        places.sort_unstable();
        places.dedup();
        let siblings = places.into_iter().map(|at| (self.siblings[at], same.contains(&at)));
        siblings.filter(|(sibling, _)| *sibling != id).collect()
    }
}

fn names(
    snapshot: &Snapshot,
    id: NodeId,
    family: &Family,
    facts: &Facts,
    found: &mut impl FnMut(&'static str, String),
) {
    let (name, bag) = (normalise(facts.name.raw()), word_bag(facts.name.raw()));
    for (sibling, is_same) in family.like(id, &name, &bag) {
        let other = snapshot.name(sibling);
        if is_same {
            found("duplicate", format!("\"{}\" is a sibling.", other.line()));
        } else {
            found("near-duplicate", format!("It has the words of its sibling \"{}\".", other.line()));
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
    fn siblings_alike_are_found_by_name_alias_and_words() {
        let mut snapshot = Snapshot::empty(super::super::Manifest::titled("T"));
        let mut add = |name: &str, alias: &str| {
            let id = NodeId::derive(None, Kind::Field, name, 0);
            let mut facts = Facts::named(name);
            facts.aliases = vec![alias.into()];
            let place = super::super::Place { parent: None, slug: name.to_lowercase().replace(' ', "-") };
            snapshot.tree.put(place, std::sync::Arc::new(super::super::Node::new(id, Kind::Field, facts)));
            id
        };
        let (art, history) = (add("Art", "Fine arts"), add("History of art", "Art history"));
        let (fine, _) = (add("FINE ARTS", "Painting"), add("Law", "Jurisprudence"));
        let words = add("Art history", "x");
        let found = |id| node(&snapshot, id).into_iter().map(|f| (f.code, f.message)).collect::<Vec<_>>();
        assert_eq!(found(art), [], "its alias is another's name, but its name is its own");
        assert_eq!(found(fine), [("duplicate", "\"Art\" is a sibling.".to_owned())]);
        let near = "It has the words of its sibling \"Art history\".".to_owned();
        assert_eq!(found(history), [("near-duplicate", near)]);
        assert_eq!(found(words), [("duplicate", "\"History of art\" is a sibling.".to_owned())]);
    }

    #[test]
    fn catch_all_names_are_vague_and_real_ones_are_not() {
        for (name, vague) in [("miscellaneous topics in biology", true), ("other", true), ("mother tongue", false)] {
            assert_eq!(is_vague(name), vague, "{name}");
        }
    }
}
