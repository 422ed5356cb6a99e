//! How much of the approved taxonomy the items reach, by field, sub-field, discipline, subject, level and key concept.
//!
//! Memory: about 300 bytes a node of the taxonomy, and 4 bytes a key concept of the subjects that items were made of.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::spread::{Counter, Spread};
use crate::homework::dataset::Standing;
use crate::homework::record::Record;
use crate::taxonomy::verdicts::qualities;
use crate::taxonomy::{Kind, NodeId, SessionId, Snapshot, Syllabus, Untrusted};

/// How much of the approved taxonomy is reached.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Everything together.
    pub all: Reach,
    /// Every node that is taught, parents first, siblings by name.
    pub branches: Vec<Branch>,
    /// The subjects by level, as the taxonomy writes it.
    pub levels: Vec<Level>,
    /// Kept items of each subject with an accepted syllabus; 0 counts too.
    pub per_subject: Option<Spread>,
    /// How often each key concept of those subjects was drawn for a kept item; 0 counts too.
    pub per_concept: Option<Spread>,
    /// Some key concepts that no kept item draws on, of subjects that have kept items.
    pub never_drawn: Vec<NeverDrawn>,
    /// Items whose subject is not taught any more.
    pub elsewhere: u64,
}

/// How much of a branch is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Reach {
    /// Subjects that are taught.
    pub subjects: u64,
    /// Of them, those that homework can be made for: with an accepted syllabus, and nothing open against it.
    pub ready: u64,
    /// Of them, those with a kept item.
    pub reached: u64,
    /// Class sessions of ready subjects.
    pub sessions: u64,
    /// Of them, those that a kept item draws on.
    pub sessions_reached: u64,
    /// Key concepts of ready subjects.
    pub concepts: u64,
    /// Of them, those that a kept item draws on.
    pub concepts_reached: u64,
    /// Items that were made or tried, whatever became of them.
    pub items: u64,
    /// Items in the training set.
    pub kept: u64,
    /// Items held out for evaluation.
    pub held_out: u64,
    /// Items of an earlier syllabus.
    pub stale: u64,
    /// Items that a model judged; see [`Reach::judged_good`].
    pub judged: u64,
    /// Of them, those that it found good enough.
    pub judged_good: u64,
    /// Items that people judged.
    pub looked_at: u64,
    /// Of them, those that they found good.
    pub found_good: u64,
}

impl Reach {
    /// The share of items that are good enough to be used, of those that are not of an earlier syllabus.
    #[must_use]
    pub fn acceptance(&self) -> Option<f64> {
        share(self.kept + self.held_out, self.items - self.stale)
    }

    /// The share of good among judged items: as people say, or, where nobody looked, as the judging model says.
    #[must_use]
    pub fn quality(&self) -> Option<f64> {
        share(self.found_good, self.looked_at).or_else(|| share(self.judged_good, self.judged))
    }

    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.subjects, other.subjects),
            (&mut self.ready, other.ready),
            (&mut self.reached, other.reached),
            (&mut self.sessions, other.sessions),
            (&mut self.sessions_reached, other.sessions_reached),
            (&mut self.concepts, other.concepts),
            (&mut self.concepts_reached, other.concepts_reached),
            (&mut self.items, other.items),
            (&mut self.kept, other.kept),
            (&mut self.held_out, other.held_out),
            (&mut self.stale, other.stale),
            (&mut self.judged, other.judged),
            (&mut self.judged_good, other.judged_good),
            (&mut self.looked_at, other.looked_at),
            (&mut self.found_good, other.found_good),
        ];
        pairs.into_iter().for_each(|(mine, more)| *mine += more);
    }
}

/// A part of a whole, from 0 to 1; `None` of nothing.
#[must_use]
pub fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// A node and what is below it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Branch {
    /// The node.
    pub id: NodeId,
    /// Where its parent is among the branches.
    pub parent: Option<usize>,
    /// How deep it hangs, from 0.
    pub depth: usize,
    /// Field, sub-field, discipline or subject.
    pub kind: Kind,
    /// Its name.
    pub name: Untrusted,
    /// What of it is reached.
    #[serde(flatten)]
    pub reach: Reach,
}

/// The subjects of one level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// As the taxonomy writes it; blank where it writes none.
    pub level: Untrusted,
    /// What of it is reached.
    #[serde(flatten)]
    pub reach: Reach,
}

/// A key concept that no kept item draws on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeverDrawn {
    /// Names from the field down to the subject.
    pub path: Vec<Untrusted>,
    /// The class session.
    pub session: SessionId,
    /// The key concept.
    pub concept: Untrusted,
}

/// Key concepts without an item that are named.
const NAMED: usize = 12;

/// Levels that are told apart.
const LEVELS: usize = 40;

/// Counts items against the taxonomy.
pub(super) struct Collector<'a> {
    snapshot: &'a Snapshot,
    branches: Vec<Branch>,
    place: HashMap<NodeId, usize>,
    /// How often each key concept was drawn, by subject, in the order of the syllabus.
    drawn: HashMap<NodeId, Vec<u32>>,
    elsewhere: u64,
}

impl<'a> Collector<'a> {
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let (mut branches, mut place) = (Vec::<Branch>::new(), HashMap::new());
        for id in snapshot.tree.subtree(None) {
            let Some(entry) = snapshot.tree.entry(id) else { continue };
            let parent = entry.place.parent.and_then(|parent| place.get(&parent).copied());
            if !entry.node.is_active() || (entry.place.parent.is_some() && parent.is_none()) {
                continue;
            }
            let mut reach = Reach::default();
            if entry.node.kind == Kind::Subject {
                reach.subjects = 1;
                if let (None, Some(syllabus)) = (snapshot.ineligible(&entry.node), &entry.node.syllabus) {
                    reach.ready = 1;
                    reach.sessions = syllabus.sessions.len() as u64;
                    reach.concepts = syllabus.concept_count() as u64;
                }
            }
            let depth = parent.map_or(0, |parent: usize| branches[parent].depth + 1);
            place.insert(id, branches.len());
            let (kind, name) = (entry.node.kind, entry.node.facts.name.clone());
            branches.push(Branch { id, parent, depth, kind, name, reach });
        }
        Self { snapshot, branches, place, drawn: HashMap::new(), elsewhere: 0 }
    }

    /// Counts an item by its best record; `judged`: whether the judging model found it good enough.
    pub fn add(&mut self, record: &Record, standing: Standing, judged: Option<bool>) {
        let place = record.subject().and_then(|subject| Some((subject, *self.place.get(&subject)?)));
        let Some((subject, place)) = place else {
            self.elsewhere += 1;
            return;
        };
        let reach = &mut self.branches[place].reach;
        reach.items += 1;
        reach.judged += u64::from(judged.is_some());
        reach.judged_good += u64::from(judged == Some(true));
        match standing {
            Standing::Kept => reach.kept += 1,
            Standing::HeldOut => reach.held_out += 1,
            Standing::Stale => reach.stale += 1,
            _ => {}
        }
        let syllabus = self.snapshot.tree.node(subject).and_then(|node| node.syllabus.as_ref());
        if let (Standing::Kept, 1, Some(syllabus)) = (standing, reach.ready, syllabus) {
            let drawn = self.drawn.entry(subject).or_insert_with(|| vec![0; syllabus.concept_count()]);
            for concept in
                record.concepts.iter().filter_map(|drawn| place_of(syllabus, drawn.session.clone(), &drawn.concept))
            {
                drawn[concept] += 1;
            }
        }
    }

    pub fn finish(mut self) -> Coverage {
        let mut coverage = Coverage { elsewhere: self.elsewhere, ..Coverage::default() };
        let (mut per_subject, mut per_concept) = (Counter::default(), Counter::default());
        let mut levels: BTreeMap<Untrusted, Reach> = BTreeMap::new();
        let judged = qualities(self.snapshot).nodes;
        for branch in &mut self.branches {
            let Some(node) = self.snapshot.tree.node(branch.id).filter(|_| branch.reach.subjects > 0) else { continue };
            let drawn = self.drawn.get(&branch.id);
            if let Some(judged) = judged.get(&branch.id) {
                (branch.reach.looked_at, branch.reach.found_good) = (judged.judged(), judged.good);
            }
            branch.reach.reached = u64::from(branch.reach.kept > 0 && branch.reach.ready > 0);
            if let (Some(syllabus), 1) = (&node.syllabus, branch.reach.ready) {
                per_subject.add(branch.reach.kept);
                let mut at = 0;
                for session in &syllabus.sessions {
                    let counts = at..at + session.concepts.len();
                    at = counts.end;
                    let times = |concept: usize| drawn.and_then(|drawn| drawn.get(concept)).copied().unwrap_or(0);
                    let hit = counts.clone().filter(|concept| times(*concept) > 0).count() as u64;
                    branch.reach.concepts_reached += hit;
                    branch.reach.sessions_reached += u64::from(hit > 0);
                    for (concept, name) in counts.zip(&session.concepts) {
                        per_concept.add(u64::from(times(concept)));
                        if drawn.is_some() && times(concept) == 0 && coverage.never_drawn.len() < NAMED {
                            let (path, session) = (self.snapshot.names(branch.id), session.id.clone());
                            coverage.never_drawn.push(NeverDrawn { path, session, concept: name.clone() });
                        }
                    }
                }
            }
            let level = node.facts.level.clone().unwrap_or_default();
            let level =
                if levels.len() < LEVELS || levels.contains_key(&level) { level } else { "other levels".into() };
            levels.entry(level).or_default().add(&branch.reach);
            coverage.all.add(&branch.reach);
        }
        for at in (0..self.branches.len()).rev() {
            let reach = self.branches[at].reach;
            if let Some(parent) = self.branches[at].parent {
                self.branches[parent].reach.add(&reach);
            }
        }
        coverage.branches = self.branches;
        coverage.levels = levels.into_iter().map(|(level, reach)| Level { level, reach }).collect();
        (coverage.per_subject, coverage.per_concept) = (per_subject.spread(), per_concept.spread());
        coverage
    }
}

/// Where in the syllabus a drawn key concept is, counting through all sessions.
fn place_of(syllabus: &Syllabus, session: SessionId, concept: &Untrusted) -> Option<usize> {
    let (row, session) = syllabus.session(&session)?;
    let before: usize = syllabus.sessions[..row].iter().map(|session| session.concepts.len()).sum();
    Some(before + session.concepts.iter().position(|found| found == concept)?)
}
