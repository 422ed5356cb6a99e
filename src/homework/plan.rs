//! What a run has to produce: a pure function of request, recipe and the accepted tree.
//!
//! Item k of a subject depends on seed, recipe, subject and syllabus alone. So a new node adds
//! its own items and changes no other; an edited syllabus makes that subject's items new ones.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::form::{Form, Forms};
use super::item::{Draw, ItemId, Pick};
use super::material::material;
use super::passages::{Passages, Shelf};
use super::random::Stream;
use super::recipe::Recipe;
use super::record::Grounding;
use super::sampling::{Sampler, capacity};
use super::shard::{Shard, Which, start};
use super::shares::{Rules, Shares, Slot};
use crate::llm::Datum;
use crate::taxonomy::documents::Ground;
use crate::taxonomy::id::hash_bits;
use crate::taxonomy::{Kind, Node, NodeId, QuestionType, Session, Snapshot, Untrusted};

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
    /// Weights and quotas of this request alone.
    #[serde(default, skip_serializing_if = "Shares::is_empty")]
    pub shares: Shares,
}

impl PlanRequest {
    /// This many for everything, with the rules of the directory.
    #[must_use]
    pub const fn of(amount: Amount, seed: u64) -> Self {
        Self { nodes: Vec::new(), amount, seed, shares: Shares { weights: Vec::new(), quotas: Vec::new() } }
    }

    /// The command that asks for the same.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = vec!["provost generate".to_owned()];
        words.extend(self.nodes.iter().map(ToString::to_string));
        words.push(match self.amount {
            Amount::PerSubject(each) => format!("--per-subject {each}"),
            Amount::Count(all) => format!("--count {all}"),
        });
        words.extend(self.shares.weights.iter().map(|(node, weight)| format!("--weight {node}={weight}")));
        words.extend(self.shares.quotas.iter().map(|(node, items)| format!("--quota {node}={items}")));
        words.push(format!("--seed {}", self.seed));
        words.join(" ")
    }
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
    /// The documents that ground its items, those of the field first.
    pub grounds: Vec<Ground>,
    /// The forms its items are asked in.
    pub forms: Forms,
    /// Items asked for.
    pub asked: u64,
    /// Items planned: what was asked for, at most the capacity; of those, what is this plan's where it is one shard of a whole.
    pub quota: u64,
    /// How many different draws the syllabus allows.
    pub capacity: u64,
    /// Items of the whole plan: their numbers are below this.
    pub(super) whole: u64,
    /// Which of them are this plan's.
    pub(super) which: Which,
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

    /// What a record says of the documents.
    #[must_use]
    pub fn groundings(&self) -> Vec<Grounding> {
        let grounding = |ground: &Ground| {
            let document = ground.document.as_ref()?;
            Some(Grounding {
                path: ground.named.path.clone(),
                title: ground.named.title().into(),
                licence: ground.named.licence().cloned().unwrap_or_default(),
                hash: document.hash.clone(),
            })
        };
        self.grounds.iter().filter_map(grounding).collect()
    }

    /// The whole syllabus as the question step is told it.
    #[must_use]
    pub fn syllabus_text(&self) -> Datum {
        match (&self.free_text, &self.node.syllabus) {
            (Some(text), _) => text.raw().into(),
            (None, Some(syllabus)) => syllabus.to_text().as_str().into(),
            (None, None) => Datum::default(),
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
    /// Its type of question and its language.
    pub form: Form,
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
    /// The languages that items are in; the first is that of the taxonomy.
    pub languages: Vec<String>,
    /// Rules of the directory that could not be followed, as sentences.
    pub remarks: Vec<String>,
    /// Tokens of documents in one prompt, at most.
    document_tokens: u32,
    /// The documents of the subject that was asked about last: a plan goes from subject to subject.
    shelf: Arc<Shelf>,
    /// Items asked for.
    wanted: u64,
    /// The part of it that is meant, where it is not the whole.
    pub shard: Option<Shard>,
}

impl Plan {
    /// The passages of documents that the prompt of an item is told.
    #[must_use]
    pub fn passages(&self, item: &PlannedItem) -> Passages {
        let subject = &self.subjects[item.subject];
        let sessions = subject.drawn_sessions(&item.draw).into_iter().map(|session| session.title.raw());
        let concepts = subject.drawn_concepts(&item.draw).into_iter().map(|(_, concept)| concept.raw());
        let wanted: Vec<&str> = concepts.chain(sessions).collect();
        self.shelf.passages(&subject.grounds, &wanted, self.document_tokens)
    }

    /// The plan for a request.
    #[must_use]
    pub fn new(snapshot: &Snapshot, request: &PlanRequest, recipe: &Recipe) -> Self {
        let mut rules = Rules::of(snapshot, &request.shares);
        let mut languages = vec![recipe.language.clone()];
        let mut subjects = Vec::new();
        let mut ineligible = Vec::new();
        for id in selected(snapshot, &request.nodes) {
            match eligible(snapshot, id, &rules, &mut languages) {
                Ok(subject) => subjects.push(subject),
                Err(reason) => ineligible.push((id, reason)),
            }
        }
        let slot = |subject: &'_ PlannedSubject| (subject.lineage.clone(), Arc::clone(&subject.node), subject.capacity);
        let parts: Vec<_> = subjects.iter().map(slot).collect();
        let mut slots: Vec<Slot<'_>> =
            parts.iter().map(|(lineage, node, capacity)| Slot::new(lineage, node, *capacity)).collect();
        let wanted = rules.allot(snapshot, request.amount, request.seed, &mut slots);
        for (subject, slot) in subjects.iter_mut().zip(&slots) {
            (subject.asked, subject.whole) = (slot.asked, slot.asked.min(subject.capacity));
            subject.quota = subject.whole;
        }
        Self {
            request: request.clone(),
            recipe: recipe.clone(),
            recipe_hash: recipe.hash(),
            subjects,
            ineligible,
            languages,
            remarks: rules.remarks,
            document_tokens: snapshot.manifest.homework.document_tokens,
            shelf: Arc::default(),
            wanted,
            shard: None,
        }
    }

    /// The part of the plan that falls to a shard.
    #[must_use]
    pub fn only(mut self, shard: Shard) -> Self {
        for subject in &mut self.subjects {
            subject.which = Which::Shard(shard, start(subject.id()));
            subject.quota = subject.which.count(subject.whole);
        }
        self.shard = Some(shard);
        self
    }

    /// The part of the plan that consists of the items for which `wanted` says so.
    #[must_use]
    pub fn pick(mut self, wanted: impl Fn(ItemId) -> bool) -> Self {
        for at in 0..self.subjects.len() {
            let subject = &self.subjects[at];
            let numbers = subject.which.numbers(subject.whole).zip(self.items_of(at));
            let numbers: Arc<[u64]> = numbers.filter(|(_, item)| wanted(item.id)).map(|(number, _)| number).collect();
            let subject = &mut self.subjects[at];
            (subject.quota, subject.which) = (numbers.len() as u64, Which::Picked(numbers));
        }
        self
    }

    /// How many items there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.subjects.iter().fold(0, |sum, subject| sum.saturating_add(subject.quota))
    }

    /// How many items all shards have together.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.subjects.iter().fold(0, |sum, subject| sum.saturating_add(subject.whole))
    }

    /// How many items were asked for that no syllabus has a draw for.
    #[must_use]
    pub fn beyond_capacity(&self) -> u64 {
        self.wanted.saturating_sub(self.whole())
    }

    /// The language that an item is in.
    #[must_use]
    pub fn language(&self, form: Form) -> &str {
        self.languages.get(usize::from(form.language)).map_or(&self.recipe.language, String::as_str)
    }

    /// All items, subject by subject, made while they are taken.
    pub fn items(&self) -> impl Iterator<Item = PlannedItem> + '_ {
        (0..self.subjects.len()).flat_map(|at| self.items_of(at))
    }

    /// The items of the subject at a position.
    pub fn items_of(&self, at: usize) -> impl Iterator<Item = PlannedItem> + use<> {
        let subject = &self.subjects[at];
        self.items_numbered(at, subject.which.numbers(subject.whole))
    }

    /// The items of the subject at a position that have these numbers.
    pub(super) fn items_numbered<N: Iterator<Item = u64>>(
        &self,
        at: usize,
        numbers: N,
    ) -> impl Iterator<Item = PlannedItem> + use<N> {
        let items = self.numbered(at);
        numbers.map_while(move |k| items.item(k))
    }

    /// The items of the subject at a position, by their number: item k is had without those before it.
    pub(super) fn numbered(&self, at: usize) -> Numbered {
        let subject = &self.subjects[at];
        let seed = self.request.seed;
        let key = item_key(seed, &self.recipe_hash, subject.id(), &subject.material_hash);
        // Without the recipe: a model that is exchanged asks the same in the same form.
        let start = Forms::start(&item_key(seed, "", subject.id(), &subject.syllabus_hash));
        let forms = subject.forms.clone();
        let is_grounded = !subject.grounds.is_empty();
        let mark = |form: Form| {
            let mark = mark(&self.recipe, form.question_type, self.language(form), form.language == 0, is_grounded);
            (form, mark)
        };
        let marks = forms.all().map(mark).collect();
        Numbered { subject: at, key, start, sampler: subject.sampler(seed), forms, marks }
    }

    /// Content hash of what the plan was made from: recipe, seed, subjects, syllabi, quotas.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let seed = self.request.seed.to_string();
        let mut parts = vec![self.recipe_hash.clone(), seed];
        for subject in &self.subjects {
            parts.extend([subject.id().to_string(), subject.material_hash.clone(), subject.whole.to_string()]);
            if !subject.forms.is_plain() {
                parts.push(format!("{:?}", subject.forms));
            }
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        format!("{:032x}", hash_bits("provost 2026 plan v1", &parts, 128))
    }
}

/// The items of one subject.
pub(super) struct Numbered {
    subject: usize,
    key: [u8; 32],
    start: [u64; 2],
    sampler: Sampler,
    forms: Forms,
    marks: HashMap<Form, String>,
}

impl Numbered {
    /// Item number `k` from 0; `None` beyond the capacity.
    pub fn item(&self, k: u64) -> Option<PlannedItem> {
        let draw = self.sampler.draw(k)?;
        let form = self.forms.form(self.start, k);
        let id = item_id(&self.key, &draw, self.marks.get(&form).map_or("", String::as_str));
        Some(PlannedItem { id, subject: self.subject, draw, form })
    }
}

/// The subjects meant by `nodes`, in the order of the tree, each once; then what is no accepted node.
pub(super) fn selected(snapshot: &Snapshot, nodes: &[NodeId]) -> Vec<NodeId> {
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

fn eligible(
    snapshot: &Snapshot,
    id: NodeId,
    rules: &Rules,
    languages: &mut Vec<String>,
) -> Result<PlannedSubject, &'static str> {
    let node = snapshot.tree.node(id).ok_or("it has not been accepted")?;
    if let Some(reason) = snapshot.ineligible(node) {
        return Err(reason);
    }
    let syllabus = node.syllabus.as_ref().ok_or("it has no syllabus")?;
    let capacity = capacity(&syllabus.sizes());
    if capacity == 0 {
        return Err("its syllabus has no key concepts");
    }
    let lineage = snapshot.tree.lineage(id);
    let settings = &snapshot.manifest.homework;
    let types = rules.branch(&lineage, |rule| !rule.types.is_empty()).map_or(&settings.types, |rule| &rule.types);
    let mix = rules.branch(&lineage, |rule| !rule.languages.is_empty());
    let mix = mix.map_or(&settings.languages, |rule| &rule.languages);
    let forms = Forms::new(types, mix, languages);
    let material = material(snapshot, node).ok_or("it has no syllabus")?;
    Ok(PlannedSubject {
        syllabus_hash: material.syllabus,
        material_hash: material.hash,
        free_text: material.free_text,
        grounds: material.grounds,
        lineage,
        forms,
        names: snapshot.names(id),
        node: Arc::clone(node),
        asked: 0,
        quota: 0,
        capacity,
        whole: 0,
        which: Which::All,
    })
}

/// What of an item's id says its form; nothing for the plain form: an open question in the taxonomy's language (`is_plain`), without
/// documents. What is grounded or of another type has a prompt of its own.
pub(super) fn mark(
    recipe: &Recipe,
    question_type: QuestionType,
    language: &str,
    is_plain: bool,
    is_grounded: bool,
) -> String {
    if question_type.is_open() && is_plain && !is_grounded {
        return String::new();
    }
    let prompt = if question_type.is_open() && !is_grounded { "" } else { &recipe.typed_prompt };
    format!("{question_type} {prompt} {language}")
}

/// The id of the item that these make.
pub(super) fn identity(seed: u64, recipe: &str, subject: NodeId, material: &str, draw: &Draw, mark: &str) -> ItemId {
    item_id(&item_key(seed, recipe, subject, material), draw, mark)
}

/// The part of an item's id that all items of a subject share.
fn item_key(seed: u64, recipe: &str, subject: NodeId, material: &str) -> [u8; 32] {
    let subject = subject.to_string();
    let parts: [&[u8]; 4] = [&seed.to_le_bytes(), recipe.as_bytes(), subject.as_bytes(), material.as_bytes()];
    Stream::new("provost 2026 items v1", &parts).key()
}

/// The draw by position: the syllabus hash in the key says what stands there. A form that is not plain
/// makes the item another one.
fn item_id(key: &[u8; 32], draw: &Draw, form: &str) -> ItemId {
    let mut bytes = [0_u8; 1 + 8 * super::item::MOST_CONCEPTS];
    bytes[0] = draw.strategy().number();
    let places = draw.concepts().iter().flat_map(|pick| [pick.session, pick.concept]);
    let mut len = 1;
    for place in places {
        bytes[len..len + 4].copy_from_slice(&place.to_le_bytes());
        len += 4;
    }
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&bytes[..len]);
    if !form.is_empty() {
        hasher.update(b"form ").update(form.as_bytes());
    }
    let hash = hasher.finalize();
    let mut head = [0_u8; 16];
    head.copy_from_slice(&hash.as_bytes()[..16]);
    ItemId::from_bits(u128::from_be_bytes(head))
}

#[cfg(test)]
mod tests;
