//! What a run has to produce: a pure function of request, recipe and the accepted tree.
//!
//! Item k of a subject depends on seed, recipe, subject and syllabus alone. So a new node adds
//! its own items and changes no other; an edited syllabus makes that subject's items new ones.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::item::{Draw, ItemId, Pick};
use super::material::material;
use super::quota::share_out;
use super::random::Stream;
use super::recipe::Recipe;
use super::sampling::{Sampler, capacity};
use crate::taxonomy::id::hash_bits;
use crate::taxonomy::{Kind, Node, NodeId, Session, Snapshot, Untrusted};

/// How many items are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amount {
    /// This many for each eligible subject.
    PerSubject(u64),
    /// This many together, shared out evenly over the eligible subjects.
    Count(u64),
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// The nodes whose subjects are meant; none means all.
    #[serde(default)]
    pub nodes: Vec<NodeId>,
    /// How many items.
    pub amount: Amount,
    /// What every draw follows from.
    pub seed: u64,
}

/// A subject that items are made for.
#[derive(Debug, Clone)]
pub struct PlannedSubject {
    /// The accepted node, its syllabus inside.
    pub node: Arc<Node>,
    /// The ids from the field down to the subject.
    pub lineage: Vec<NodeId>,
    /// The names from the field down to the subject.
    pub names: Vec<Untrusted>,
    /// Content hash of the syllabus; draws follow from it.
    pub syllabus_hash: String,
    /// Content hash of all that its items are made from: the syllabus, and what else their prompts are
    /// told. Items follow from it.
    pub material_hash: String,
    /// The free text of the syllabus, where the question step is told that in place of the outline.
    pub free_text: Option<Arc<Untrusted>>,
    /// Items asked for.
    pub asked: u64,
    /// Items planned: what was asked for, at most the capacity.
    pub quota: u64,
    /// How many different draws the syllabus allows.
    pub capacity: u64,
}

impl PlannedSubject {
    /// The subject's id.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.node.id
    }

    /// The class sessions of its syllabus, in teaching order.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        self.node.syllabus.as_ref().map_or(&[], |syllabus| &syllabus.sessions)
    }

    /// The drawn sessions, in teaching order.
    #[must_use]
    pub fn drawn_sessions(&self, draw: &Draw) -> Vec<&Session> {
        draw.sessions().iter().filter_map(|at| self.sessions().get(*at as usize)).collect()
    }

    /// The drawn concepts, each with its session, in the order of the syllabus.
    #[must_use]
    pub fn drawn_concepts(&self, draw: &Draw) -> Vec<(&Session, &Untrusted)> {
        let concept = |pick: &Pick| {
            let session = self.sessions().get(pick.session as usize)?;
            Some((session, session.concepts.get(pick.concept as usize)?))
        };
        draw.concepts().iter().filter_map(concept).collect()
    }

    /// The whole syllabus as the question step is told it.
    #[must_use]
    pub fn syllabus_text(&self) -> String {
        match (&self.free_text, &self.node.syllabus) {
            (Some(text), _) => text.raw().to_owned(),
            (None, Some(syllabus)) => syllabus.to_text(),
            (None, None) => String::new(),
        }
    }

    /// All draws of this subject under a seed.
    #[must_use]
    pub fn sampler(&self, seed: u64) -> Sampler {
        Sampler::new(seed, self.id(), self.sessions(), &self.syllabus_hash)
    }
}

/// One item to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedItem {
    /// Its identity.
    pub id: ItemId,
    /// Position of its subject in [`Plan::subjects`].
    pub subject: usize,
    /// What it is about.
    pub draw: Draw,
}

/// What a run has to produce. It holds the subjects, never a list of items.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was asked for.
    pub request: PlanRequest,
    /// How items are made.
    pub recipe: Recipe,
    /// Content hash of the recipe.
    pub recipe_hash: String,
    /// The subjects that items are made for, in the order of the tree.
    pub subjects: Vec<PlannedSubject>,
    /// What was asked for and cannot be had, and why.
    pub ineligible: Vec<(NodeId, &'static str)>,
}

impl Plan {
    /// The plan for a request.
    #[must_use]
    pub fn new(snapshot: &Snapshot, request: &PlanRequest, recipe: &Recipe) -> Self {
        let mut subjects = Vec::new();
        let mut ineligible = Vec::new();
        for id in selected(snapshot, &request.nodes) {
            match eligible(snapshot, id) {
                Ok(subject) => subjects.push(subject),
                Err(reason) => ineligible.push((id, reason)),
            }
        }
        let asked = match request.amount {
            Amount::PerSubject(each) => vec![each; subjects.len()],
            Amount::Count(count) => {
                let capacities: Vec<_> = subjects.iter().map(|s: &PlannedSubject| (s.id(), s.capacity)).collect();
                share_out(count, &capacities, request.seed)
            }
        };
        for (subject, asked) in subjects.iter_mut().zip(asked) {
            subject.asked = asked;
            subject.quota = asked.min(subject.capacity);
        }
        Self { request: request.clone(), recipe: recipe.clone(), recipe_hash: recipe.hash(), subjects, ineligible }
    }

    /// How many items there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.subjects.iter().fold(0, |sum, subject| sum.saturating_add(subject.quota))
    }

    /// How many items were asked for that no syllabus has a draw for.
    #[must_use]
    pub fn beyond_capacity(&self) -> u64 {
        let total = self.total();
        match self.request.amount {
            Amount::Count(count) => count.saturating_sub(total),
            Amount::PerSubject(_) => {
                self.subjects.iter().fold(0_u64, |sum, s| sum.saturating_add(s.asked)).saturating_sub(total)
            }
        }
    }

    /// All items, subject by subject, made while they are taken.
    pub fn items(&self) -> impl Iterator<Item = PlannedItem> + '_ {
        (0..self.subjects.len()).flat_map(|at| self.items_of(at))
    }

    /// The items of the subject at a position.
    pub fn items_of(&self, at: usize) -> impl Iterator<Item = PlannedItem> + use<> {
        let subject = &self.subjects[at];
        let (seed, quota) = (self.request.seed, subject.quota);
        let key = item_key(seed, &self.recipe_hash, subject.id(), &subject.material_hash);
        let sampler = subject.sampler(seed);
        (0..quota).map_while(move |k| {
            let draw = sampler.draw(k)?;
            Some(PlannedItem { id: item_id(&key, &draw), subject: at, draw })
        })
    }

    /// Content hash of what the plan was made from: recipe, seed, subjects, syllabi, quotas.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let seed = self.request.seed.to_string();
        let mut parts = vec![self.recipe_hash.clone(), seed];
        for subject in &self.subjects {
            parts.extend([subject.id().to_string(), subject.material_hash.clone(), subject.quota.to_string()]);
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        format!("{:032x}", hash_bits("provost 2026 plan v1", &parts, 128))
    }
}

/// The subjects meant by `nodes`, in the order of the tree, each once; then what is no accepted node.
fn selected(snapshot: &Snapshot, nodes: &[NodeId]) -> Vec<NodeId> {
    let tree = &snapshot.tree;
    let below = |root| tree.subtree(root).into_iter().filter(|id| is_subject(snapshot, *id));
    if nodes.is_empty() {
        return below(None).collect();
    }
    let wanted: HashSet<NodeId> = nodes.iter().flat_map(|node| below(Some(*node))).collect();
    let mut seen = HashSet::new();
    let unknown = nodes.iter().copied().filter(|id| tree.entry(*id).is_none() && seen.insert(*id));
    below(None).filter(|id| wanted.contains(id)).chain(unknown).collect()
}

fn is_subject(snapshot: &Snapshot, id: NodeId) -> bool {
    snapshot.tree.node(id).is_some_and(|node| node.kind == Kind::Subject)
}

fn eligible(snapshot: &Snapshot, id: NodeId) -> Result<PlannedSubject, &'static str> {
    let node = snapshot.tree.node(id).ok_or("it has not been accepted")?;
    if let Some(reason) = snapshot.ineligible(node) {
        return Err(reason);
    }
    let syllabus = node.syllabus.as_ref().ok_or("it has no syllabus")?;
    let capacity = capacity(&syllabus.sessions);
    if capacity == 0 {
        return Err("its syllabus has no key concepts");
    }
    let material = material(snapshot, node).ok_or("it has no syllabus")?;
    Ok(PlannedSubject {
        syllabus_hash: material.syllabus,
        material_hash: material.hash,
        free_text: material.free_text,
        lineage: snapshot.tree.lineage(id),
        names: snapshot.names(id),
        node: Arc::clone(node),
        asked: 0,
        quota: 0,
        capacity,
    })
}

/// The part of an item's id that all items of a subject share.
fn item_key(seed: u64, recipe: &str, subject: NodeId, material: &str) -> [u8; 32] {
    let subject = subject.to_string();
    let parts: [&[u8]; 4] = [&seed.to_le_bytes(), recipe.as_bytes(), subject.as_bytes(), material.as_bytes()];
    Stream::new("provost 2026 items v1", &parts).key()
}

/// The draw by position: the syllabus hash in the key says what stands there.
fn item_id(key: &[u8; 32], draw: &Draw) -> ItemId {
    let mut bytes = [0_u8; 1 + 8 * super::item::MOST_CONCEPTS];
    bytes[0] = draw.strategy().number();
    let places = draw.concepts().iter().flat_map(|pick| [pick.session, pick.concept]);
    let mut len = 1;
    for place in places {
        bytes[len..len + 4].copy_from_slice(&place.to_le_bytes());
        len += 4;
    }
    let hash = blake3::keyed_hash(key, &bytes[..len]);
    let mut head = [0_u8; 16];
    head.copy_from_slice(&hash.as_bytes()[..16]);
    ItemId::from_bits(u128::from_be_bytes(head))
}

#[cfg(test)]
mod tests;
