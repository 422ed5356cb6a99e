//! Facts to check before a person decides: duplicates, wrong kinds, vague names, odd syllabi,
//! text that hides something. A finding is shown, never acted upon by itself; where the way out is
//! plain, [`fix()`] offers it as one op.

mod around;
mod documents;
mod fix;
mod judged;
mod names;
mod sessions;
mod settings;
mod style;
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;

use around::Present;
pub use around::{Elsewhere, Families, Numbers};
pub use fix::{Fix, Remedy, fix, fix_found, mend};
pub use judged::judged;
pub use settings::{CheckSettings, Code};
pub use table::{CHECKS, CODES, Check, Severity, find};

use super::id::{NodeId, ProposalId};
use super::node::{Facts, Kind};
use super::parallel;
use super::proposal::{Body, Proposal};
use super::snapshot::Snapshot;
use super::syllabus::{Outline, Syllabus};
use super::text::Untrusted;
use super::tombstones;

const HIDDEN: &str = "Its text holds characters that do not show.";
const MIXED: &str = "A word mixes Latin letters with others that look the same.";

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
    /// Stable code, kebab-case: one of [`CHECKS`].
    pub code: &'static str,
    /// The fact, as a sentence. May hold untrusted names, already made visible.
    pub message: String,
    /// The session (from 0) and concept (from 0) it is about, in a syllabus.
    pub cell: Option<(usize, Option<usize>)>,
    /// The other node that it is about.
    pub other: Option<NodeId>,
    /// The name or concept as it should be written.
    pub better: Option<Untrusted>,
}

impl Finding {
    fn new(about: About, code: &'static str, message: String) -> Self {
        Self { about, code, message, cell: None, other: None, better: None }
    }

    fn at(mut self, cell: Option<(usize, Option<usize>)>) -> Self {
        self.cell = cell;
        self
    }

    /// How much it weighs.
    #[must_use]
    pub fn severity(&self) -> Severity {
        find(self.code).map_or(Severity::Warning, |check| check.severity)
    }

    /// Two or three words for it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        find(self.code).map_or(self.code, |check| check.title)
    }

    /// Whether it only says what is good to know.
    #[must_use]
    pub fn is_info(&self) -> bool {
        self.severity() == Severity::Info
    }
}

/// Looks at many things of one snapshot, and compares names with the whole taxonomy.
pub struct Checker<'a> {
    snapshot: &'a Snapshot,
    elsewhere: Cow<'a, Elsewhere>,
    families: Families,
    /// Where everything is looked at.
    present: Option<&'a Present<'a>>,
}

impl<'a> Checker<'a> {
    /// Reads the names of the whole taxonomy first.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let elsewhere = Cow::Owned(Elsewhere::of(snapshot));
        Self { snapshot, elsewhere, families: Families::default(), present: None }
    }

    /// With names that are known already.
    #[must_use]
    pub fn with(snapshot: &'a Snapshot, elsewhere: &'a Elsewhere) -> Self {
        Self::among(snapshot, elsewhere, Families::default())
    }

    /// With names and siblings that are known already; [`Checker::into_families`] gives the siblings back.
    #[must_use]
    pub fn among(snapshot: &'a Snapshot, elsewhere: &'a Elsewhere, mut families: Families) -> Self {
        families.refresh(snapshot, None);
        Self { snapshot, elsewhere: Cow::Borrowed(elsewhere), families, present: None }
    }

    /// The siblings that were read, for the next look.
    #[must_use]
    pub fn into_families(self) -> Families {
        self.families
    }

    /// The findings of one proposal against its surroundings, the worst first.
    pub fn proposal(&mut self, proposal: &Proposal) -> Vec<Finding> {
        let about = About::Proposal(proposal.id);
        match &proposal.body {
            Body::Node { node, parent, kind, facts, .. } => {
                let mut findings = self.facts(about, (*node, *kind, *parent), facts);
                let above = parent.and_then(|parent| self.snapshot.facts(parent)).map(|(kind, _)| kind);
                if (parent.is_none() || above.is_some()) && !Kind::below(above).contains(kind) {
                    findings.push(wrong_kind(about, *kind, above));
                }
                findings.extend(self.like_rejected(about, (*node, *parent), facts));
                self.ordered(findings)
            }
            Body::Syllabus { subject, syllabus } => self.syllabus(about, *subject, &self.outline(syllabus)),
        }
    }

    /// What a syllabus says. Who looks at everything keeps none of it.
    fn outline<'s>(&self, syllabus: &'s Syllabus) -> Cow<'s, Outline> {
        if self.present.is_some() { syllabus.read() } else { Cow::Borrowed(syllabus) }
    }

    /// The findings of one accepted node, the worst first.
    pub fn node(&mut self, id: NodeId) -> Vec<Finding> {
        self.node_read(id).0
    }

    /// [`Checker::node`], and its syllabus as it was read for that.
    fn node_read(&mut self, id: NodeId) -> (Vec<Finding>, Option<Cow<'a, Outline>>) {
        let snapshot = self.snapshot;
        let about = About::Node(id);
        let Some(entry) = snapshot.tree.entry(id) else { return (Vec::new(), None) };
        let (kind, parent) = (entry.node.kind, entry.place.parent);
        let mut findings = self.facts(about, (id, kind, parent), &entry.node.facts);
        let above = parent.and_then(|parent| snapshot.tree.node(parent)).map(|node| node.kind);
        if !Kind::below(above).contains(&kind) {
            findings.push(wrong_kind(about, kind, above));
        }
        findings.extend(children(snapshot, id, kind));
        findings.extend(documents::of_node(snapshot, &entry.node));
        findings.extend(judged::of_subject(snapshot, id));
        let mut findings = self.ordered(findings);
        let accepted = entry.node.syllabus.as_ref().map(|syllabus| self.outline(syllabus));
        if let Some(accepted) = &accepted {
            findings.extend(self.syllabus(about, id, accepted));
        }
        (findings, accepted)
    }

    /// The findings of a syllabus of `subject`, in the order of its cells.
    pub fn syllabus(&mut self, about: About, subject: NodeId, syllabus: &Outline) -> Vec<Finding> {
        let normals = sessions::Normals::of(syllabus);
        let mut findings = sessions::look(about, syllabus, &normals, &self.snapshot.manifest.checks);
        for (row, session) in syllabus.sessions.iter().enumerate() {
            for (column, (concept, normal)) in session.concepts.iter().zip(normals.row(row)).enumerate() {
                let Some(other) = self.elsewhere.subject(self.snapshot, normal, Some(subject)) else { continue };
                let place = self.snapshot.parent(other).map(|parent| self.snapshot.name(parent)).unwrap_or_default();
                let message = format!("\"{}\" is a subject under \"{}\".", concept.line(), place.line());
                let mut found = Finding::new(about, "other-subject", message).at(Some((row, Some(column))));
                found.other = Some(other);
                findings.push(found);
            }
        }
        findings.sort_by_key(|finding| finding.cell);
        findings.retain(|finding| !self.snapshot.manifest.checks.is_off(finding.code));
        findings
    }

    /// The findings of everything: accepted nodes, then open proposals. On all cores.
    #[must_use]
    pub fn all(&self) -> Vec<Finding> {
        self.each(|_, findings, _| findings).into_iter().flatten().collect()
    }

    /// What `with` makes of everything that has findings, of these and of its syllabus, if it is a node and has one: in the order
    /// of [`Checker::all`], while all of it is at hand.
    pub fn each<R: Send>(&self, with: impl Fn(About, Vec<Finding>, Option<&Outline>) -> R + Sync) -> Vec<R> {
        let snapshot = self.snapshot;
        let nodes = snapshot.tree.subtree(None).into_iter().filter(|id| snapshot.tree.is_active(*id));
        let nodes: Vec<NodeId> = nodes.collect();
        let present = Present::of(snapshot);
        let families = Families::of_all(snapshot, &nodes, &present);
        let begin = || Checker {
            families: families.clone(),
            present: Some(&present),
            ..Checker::with(snapshot, &self.elsewhere)
        };
        let nodes = nodes.into_iter().map(Thing::Node);
        let all: Vec<Thing<'_>> = nodes.chain(present.proposals.iter().map(|one| Thing::Proposal(one))).collect();
        let look = |checker: &mut Checker<'_>, thing: &Thing<'_>| match thing {
            Thing::Node(id) => {
                let (findings, outline) = checker.node_read(*id);
                (!findings.is_empty()).then(|| with(About::Node(*id), findings, outline.as_deref()))
            }
            Thing::Proposal(proposal) => {
                let findings = checker.proposal(proposal);
                (!findings.is_empty()).then(|| with(About::Proposal(proposal.id), findings, None))
            }
        };
        parallel::map(&all, begin, look).into_iter().flatten().collect()
    }

    fn facts(&mut self, about: About, at: (NodeId, Kind, Option<NodeId>), facts: &Facts) -> Vec<Finding> {
        let (id, kind, parent) = at;
        let family = self.families.below(self.snapshot, parent);
        let (snapshot, elsewhere, present) = (self.snapshot, &*self.elsewhere, self.present);
        let named = names::Named { about, snapshot, elsewhere, present, id, kind, parent, facts };
        let mut findings = names::look(&named, family);
        let texts = || text::of_facts(facts);
        if texts().any(Untrusted::is_suspicious) {
            findings.push(Finding::new(about, "hidden-text", HIDDEN.to_owned()));
        }
        if texts().any(|text| text::unmixed(text.raw()).is_some()) {
            findings.push(Finding::new(about, "mixed-letters", MIXED.to_owned()));
        }
        if let Some(what) = texts().find_map(|text| text::oddity(text.raw())) {
            findings.push(Finding::new(about, "odd-text", format!("It holds {what}.")));
        }
        findings
    }

    /// What was turned down here under nearly the same name, and why.
    fn like_rejected(&mut self, about: About, at: (NodeId, Option<NodeId>), facts: &Facts) -> Option<Finding> {
        let (id, parent) = at;
        let like = self.families.below(self.snapshot, parent).graves.like(id, facts.name.raw());
        let rejected = self.snapshot.record.proposal(*like.first()?)?;
        let message = format!("It is like {}.", tombstones::epitaph(self.snapshot, rejected));
        Some(Finding::new(about, "like-rejected", message))
    }

    /// The worst first, without those that the directory leaves out.
    fn ordered(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        findings.retain(|finding| !self.snapshot.manifest.checks.is_off(finding.code));
        findings.sort_by_key(Finding::severity);
        findings
    }
}

/// What there is to look at.
enum Thing<'a> {
    Node(NodeId),
    Proposal(&'a Proposal),
}

fn wrong_kind(about: About, kind: Kind, above: Option<Kind>) -> Finding {
    let place = Kind::place(above);
    Finding::new(about, "wrong-kind", format!("A {kind} does not hang under {place}."))
}

/// Too few or too many children.
fn children(snapshot: &Snapshot, id: NodeId, kind: Kind) -> Option<Finding> {
    let taught = snapshot.tree.children(Some(id)).iter().filter(|child| snapshot.tree.is_active(**child));
    let children: Vec<NodeId> = taught.copied().collect();
    let limit = snapshot.manifest.checks.over_wide(kind);
    match children[..] {
        [only] if snapshot.open_children(Some(id)).next().is_none() => {
            let message = format!("\"{}\" is its only child.", snapshot.name(only).line());
            Some(Finding { other: Some(only), ..Finding::new(About::Node(id), "single-child", message) })
        }
        _ if children.len() > limit => {
            let message = format!("It has {} children; more than {limit} are hard to review.", children.len());
            Some(Finding::new(About::Node(id), "over-wide", message))
        }
        _ => None,
    }
}

/// The findings of one proposal against its parent and siblings; [`Checker`] looks further.
#[must_use]
pub fn proposal(snapshot: &Snapshot, proposal: &Proposal) -> Vec<Finding> {
    Checker::with(snapshot, &Elsewhere::default()).proposal(proposal)
}

/// The findings of one accepted node against its parent and siblings; [`Checker`] looks further.
#[must_use]
pub fn node(snapshot: &Snapshot, id: NodeId) -> Vec<Finding> {
    Checker::with(snapshot, &Elsewhere::default()).node(id)
}

/// The findings of everything: accepted nodes, then open proposals.
#[must_use]
pub fn all(snapshot: &Snapshot) -> Vec<Finding> {
    Checker::new(snapshot).all()
}

/// The findings of a syllabus on its own, with the usual limits, in the order of its cells.
#[must_use]
pub fn syllabus(about: About, syllabus: &Syllabus) -> Vec<Finding> {
    sessions::look(about, syllabus, &sessions::Normals::of(syllabus), &CheckSettings::default())
}
