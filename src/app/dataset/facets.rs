//! Which items are shown: values of facets, of one facet any, of several all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::super::{Effect, Field, Level, Model, Overlay, picker};
use super::rebuild;
use crate::homework::Standing;
use crate::homework::dataset::Entry;
use crate::taxonomy::text::reveal_line;
use crate::taxonomy::{ItemVerdict, Kind, NodeId, QuestionType, Snapshot};

/// One value of a facet, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemValue {
    /// What this curator says; `None`: nothing yet.
    Verdict(Option<ItemVerdict>),
    /// What becomes of it.
    Standing(Standing),
    /// The code of the check or the class of the reply that keeps it out.
    Why(Arc<str>),
    /// The type of the question.
    Type(QuestionType),
    /// How many class sessions it draws on.
    Strategy(u8),
    /// At or below a node.
    Under(NodeId),
}

impl ItemValue {
    /// The name of its facet.
    #[must_use]
    pub fn facet(&self) -> &'static str {
        match self {
            Self::Verdict(_) => "verdict",
            Self::Standing(_) => "standing",
            Self::Why(_) => "why not",
            Self::Type(_) => "type",
            Self::Strategy(_) => "strategy",
            Self::Under(_) => "branch",
        }
    }
}

/// The value as it is shown.
#[must_use]
pub fn label(snapshot: &Snapshot, value: &ItemValue) -> String {
    match value {
        ItemValue::Verdict(None) => "not judged".to_owned(),
        ItemValue::Verdict(Some(verdict)) => verdict.title().to_owned(),
        ItemValue::Standing(standing) => standing.code().to_owned(),
        ItemValue::Why(code) => reveal_line(code).into_owned(),
        ItemValue::Type(of) => of.name().to_owned(),
        ItemValue::Strategy(1) => "one session".to_owned(),
        ItemValue::Strategy(number) => format!("{number} sessions"),
        ItemValue::Under(node) => snapshot.name(*node).line().into_owned(),
    }
}

/// The values that are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemFacets {
    on: BTreeSet<ItemValue>,
}

impl ItemFacets {
    /// Whether everything is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.on.is_empty()
    }

    /// What is on.
    pub fn values(&self) -> impl Iterator<Item = &ItemValue> {
        self.on.iter()
    }

    /// Only the branches of them.
    pub(super) fn branches(&self) -> Self {
        Self { on: self.on.iter().filter(|value| matches!(value, ItemValue::Under(_))).cloned().collect() }
    }

    /// Whether a verdict changes what is shown.
    pub(super) fn follow_verdicts(&self) -> bool {
        self.on.iter().any(|value| matches!(value, ItemValue::Verdict(_) | ItemValue::Standing(_)))
    }

    /// The subjects of the branches that are on; `None` where none is.
    pub(super) fn within(&self, snapshot: &Snapshot) -> Option<HashSet<NodeId>> {
        let tops: Vec<NodeId> = self
            .on
            .iter()
            .filter_map(|value| match value {
                ItemValue::Under(node) => Some(*node),
                _ => None,
            })
            .collect();
        let below = |top: NodeId| snapshot.tree.subtree(Some(top)).into_iter().chain([top]);
        (!tops.is_empty()).then(|| tops.into_iter().flat_map(below).collect())
    }
}

/// The values that an item has, branches left out.
fn values(model: &Model, entry: &Entry) -> [Option<ItemValue>; 5] {
    let screen = &model.dataset;
    let standing = screen.standing(&model.snapshot, entry, &model.settings.curator);
    [
        Some(ItemValue::Verdict(screen.own(entry.item))),
        Some(ItemValue::Standing(standing)),
        entry.why.clone().map(ItemValue::Why),
        Some(ItemValue::Type(entry.question_type)),
        Some(ItemValue::Strategy(entry.strategy)),
    ]
}

/// Whether an item (by its position) is shown by the facets.
pub(super) fn wanted(model: &Model) -> impl Fn(u32) -> bool + '_ {
    let facets = &model.dataset.facets;
    let within = facets.within(&model.snapshot);
    let names: BTreeSet<&str> = facets.values().map(ItemValue::facet).filter(|facet| *facet != "branch").collect();
    let entries = model.dataset.dataset().map_or(&[][..], |dataset| dataset.entries());
    move |position| {
        let Some(entry) = entries.get(position as usize) else { return false };
        if within.as_ref().is_some_and(|within| entry.subject.is_none_or(|subject| !within.contains(&subject))) {
            return false;
        }
        if names.is_empty() {
            return true;
        }
        let on = values(model, entry).into_iter().flatten().filter(|value| facets.on.contains(value));
        let met: BTreeSet<&str> = on.map(|value| value.facet()).collect();
        names.is_subset(&met)
    }
}

/// What the facets and the search show, in the order of the tree.
pub(super) fn rows(model: &Model) -> Vec<u32> {
    let Some(shelf) = &model.dataset.shelf else { return Vec::new() };
    let live = &model.dataset.live;
    if model.dataset.facets.is_empty() && !live.is_narrowed() {
        return shelf.order.to_vec();
    }
    let wanted = wanted(model);
    shelf.order.iter().copied().filter(|position| live.is_hit(*position) && wanted(*position)).collect()
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemOffer {
    /// What it puts on or off.
    pub value: ItemValue,
    /// The value, made visible.
    pub label: String,
    /// How many items it would show.
    pub count: usize,
    /// Whether it is on.
    pub is_on: bool,
}

/// The list of facets, filtered while typing.
#[derive(Debug, Clone)]
pub struct ItemFacetPicker {
    /// What was typed.
    pub field: Field,
    /// Everything there is.
    pub offers: Vec<ItemOffer>,
    /// Which of them match, best first.
    pub matches: Vec<usize>,
    /// The focused match.
    pub at: usize,
}

impl ItemFacetPicker {
    /// Finds the entries that match what was typed.
    pub(in super::super) fn filter(&mut self) {
        self.at = 0;
        let texts = self.offers.iter().map(|offer| format!("{} {}", offer.value.facet(), offer.label));
        self.matches = picker::fuzzy(self.field.text(), texts);
    }
}

/// How many items each value would show beside the other facets that are on.
fn counts(model: &Model) -> BTreeMap<ItemValue, usize> {
    let facets = &model.dataset.facets;
    let within = facets.within(&model.snapshot);
    let on: BTreeSet<&str> = facets.values().map(ItemValue::facet).filter(|facet| *facet != "branch").collect();
    let mut counts: BTreeMap<ItemValue, usize> = BTreeMap::new();
    let mut subjects: HashMap<NodeId, usize> = HashMap::new();
    for entry in model.dataset.dataset().map_or(&[][..], |dataset| dataset.entries()) {
        let has = values(model, entry);
        let met: BTreeSet<&str> =
            has.iter().flatten().filter(|value| facets.on.contains(value)).map(ItemValue::facet).collect();
        let missed: Vec<&str> = on.difference(&met).copied().collect();
        let is_within =
            within.as_ref().is_none_or(|within| entry.subject.is_some_and(|subject| within.contains(&subject)));
        for value in has.into_iter().flatten() {
            let shown = is_within && missed.iter().all(|facet| *facet == value.facet());
            *counts.entry(value).or_default() += usize::from(shown);
        }
        if let Some(subject) = entry.subject {
            *subjects.entry(subject).or_default() += usize::from(missed.is_empty());
        }
    }
    for (subject, count) in subjects {
        for node in model.snapshot.lineage(subject) {
            *counts.entry(ItemValue::Under(node)).or_default() += count;
        }
    }
    counts
}

/// Opens the list.
pub(super) fn open(model: &mut Model) {
    let mut list = ItemFacetPicker { field: Field::default(), offers: Vec::new(), matches: Vec::new(), at: 0 };
    fill(model, &mut list);
    // What is on comes first.
    list.offers.sort_by_key(|offer| !offer.is_on);
    list.filter();
    model.overlays.push(Overlay::ItemFacets(list));
}

fn fill(model: &Model, list: &mut ItemFacetPicker) {
    let mut counts = counts(model);
    for value in model.dataset.facets.values() {
        counts.entry(value.clone()).or_default();
    }
    if list.offers.is_empty() {
        let places: HashMap<NodeId, usize> =
            model.snapshot.tree.subtree(None).into_iter().enumerate().map(|(at, id)| (id, at)).collect();
        let mut values: Vec<&ItemValue> = counts.keys().collect();
        values.sort_by_key(|value| match value {
            ItemValue::Under(node) => (1, places.get(node).copied().unwrap_or(usize::MAX)),
            _ => (0, 0),
        });
        let long = |value: &ItemValue| match value {
            ItemValue::Under(node) if node.kind() != Kind::Field => {
                let names: Vec<_> = model.snapshot.names(*node).iter().map(|name| name.line().into_owned()).collect();
                names.join(" > ")
            }
            other => label(&model.snapshot, other),
        };
        list.offers = values
            .into_iter()
            .map(|value| ItemOffer { value: value.clone(), label: long(value), count: 0, is_on: false })
            .collect();
    }
    for offer in &mut list.offers {
        offer.count = counts.get(&offer.value).copied().unwrap_or_default();
        offer.is_on = model.dataset.facets.on.contains(&offer.value);
    }
}

/// Enter: the focused entry is on or off; the list stays for the next.
pub(in super::super) fn choose(model: &mut Model, mut list: ItemFacetPicker) -> Vec<Effect> {
    let chosen = list.matches.get(list.at).and_then(|at| list.offers.get(*at)).map(|offer| offer.value.clone());
    match chosen {
        None => model.say(Level::Warning, "No facet matches what was typed."),
        Some(value) => {
            let on = &mut model.dataset.facets.on;
            if !on.remove(&value) {
                on.insert(value);
            }
            rebuild(model);
        }
    }
    fill(model, &mut list);
    model.overlays.push(Overlay::ItemFacets(list));
    Vec::new()
}
