//! The list of facets and orders: what there is to choose, how many each would show.

use super::{Effect, Field, Level, Model, Overlay, picker, queue};
use crate::taxonomy::queue::{Counts, Facet, Facets, Matcher, Order, StateValue, Value};
use crate::taxonomy::{BatchId, Snapshot};

/// What an entry chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// An order: one is on.
    Order(Order),
    /// A value of a facet: on or off.
    Value(Value),
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it chooses.
    pub pick: Pick,
    /// The facet, or `order`.
    pub group: &'static str,
    /// The value, made visible.
    pub label: String,
    /// How many proposals it would show; nothing for an order.
    pub count: Option<usize>,
    /// Whether it is on.
    pub is_on: bool,
}

/// The list and what was typed.
#[derive(Debug, Clone)]
pub struct FacetPicker {
    /// What was typed.
    pub field: Field,
    /// Everything there is.
    pub offers: Vec<Offer>,
    /// Which of them match, best first.
    pub matches: Vec<usize>,
    /// The focused match.
    pub at: usize,
    /// How many proposals the facets show.
    pub wanted: usize,
}

impl FacetPicker {
    /// Finds the entries that match what was typed. A number after "shuffle" or "seed" is the
    /// seed that the shuffle gets.
    pub(super) fn filter(&mut self) {
        self.at = 0;
        let typed = self.field.text().trim().to_owned();
        let seed = typed.rsplit_once(' ').and_then(|(words, number)| Some((words.to_owned(), number.parse().ok()?)));
        let seed = seed.filter(|(words, _)| {
            !words.is_empty() && ["shuffle", "order shuffle", "seed"].iter().any(|w| w.starts_with(words.as_str()))
        });
        let mut words = typed;
        if let Some((before, seed)) = seed {
            words = if "seed".starts_with(before.as_str()) { "shuffle".to_owned() } else { before };
            for offer in &mut self.offers {
                if let Pick::Order(Order::Shuffle(old)) = &mut offer.pick {
                    *old = seed;
                    offer.label = order_label(Order::Shuffle(seed));
                }
            }
        }
        let texts = self.offers.iter().map(|offer| format!("{} {}", offer.group, offer.label));
        self.matches = picker::fuzzy(&words, texts);
    }

    /// The focused entry.
    #[must_use]
    pub fn chosen(&self) -> Option<&Offer> {
        self.offers.get(*self.matches.get(self.at)?)
    }
}

/// The words for an order.
fn order_label(order: Order) -> String {
    match order {
        Order::Tree => "as the tree shows".to_owned(),
        Order::Risk => "risk first".to_owned(),
        Order::Emptiest => "emptiest branch first".to_owned(),
        Order::Shuffle(seed) => format!("shuffle · seed {seed}"),
    }
}

/// Opens the list.
pub(super) fn open(model: &mut Model) {
    model.digest.survey.look(&model.snapshot);
    let mut list = FacetPicker { field: Field::default(), offers: Vec::new(), matches: Vec::new(), at: 0, wanted: 0 };
    let seed = model.queue.next_seed();
    let shuffle = match model.queue.order {
        order @ Order::Shuffle(_) => order,
        _ => Order::Shuffle(seed),
    };
    let offer = |pick: Pick, group, label| Offer { pick, group, label, count: None, is_on: false };
    let orders = [Order::Tree, Order::Risk, Order::Emptiest, shuffle];
    list.offers.extend(orders.map(|order| offer(Pick::Order(order), "order", order_label(order))));
    let counts = Matcher::new(&model.snapshot, &model.queue.facets).counts(&model.digest.survey);
    // Every value there is, also where what is on leaves nothing of it.
    let everything: Facets = [Value::State(StateValue::All)].into_iter().collect();
    let known = Matcher::new(&model.snapshot, &everything).counts(&model.digest.survey).values;
    let count = |value: &Value| counts.values.get(value).copied().unwrap_or_default();
    let mut values: Vec<(&Value, usize)> = known.keys().map(|value| (value, count(value))).collect();
    let absent = model.queue.facets.values().filter(|value| !known.contains_key(*value));
    values.extend(absent.map(|value| (value, 0)));
    let places = model.snapshot.tree.subtree(None);
    let places: std::collections::HashMap<_, usize> = places.into_iter().enumerate().map(|(at, id)| (id, at)).collect();
    values.sort_by_cached_key(|(value, count)| {
        let within = match value {
            Value::AnyFinding(any) => usize::from(!any),
            Value::Finding(_) | Value::Model(_) | Value::Curator(_) => usize::MAX - count,
            Value::Under(node) => places.get(node).copied().unwrap_or(usize::MAX),
            Value::Batch(id) => usize::MAX - id.milliseconds() as usize,
            Value::Kind(None) => 9,
            _ => 0,
        };
        (value.facet(), *count == 0, within, (*value).clone())
    });
    let values = values.into_iter().map(|(value, _)| value.clone());
    list.offers.extend(values.map(|value| {
        let label = label(&model.snapshot, &value);
        offer(Pick::Value(value.clone()), value.facet().name(), label)
    }));
    mark(model, &mut list, &counts);
    // What is on comes first.
    list.offers.sort_by_key(|offer| !(offer.is_on && offer.group != "order"));
    list.filter();
    model.overlays.push(Overlay::Facets(list));
}

/// The value with what helps to tell it apart.
fn label(snapshot: &Snapshot, value: &Value) -> String {
    match value {
        Value::Under(node) => {
            let names: Vec<String> = snapshot.names(*node).iter().map(|name| name.line().into_owned()).collect();
            names.join(" > ")
        }
        Value::Batch(id) => batch_label(snapshot, *id),
        other => other.label(snapshot),
    }
}

/// When a batch came, from whom, and about what.
fn batch_label(snapshot: &Snapshot, id: BatchId) -> String {
    let Some(batch) = snapshot.record.batch(id) else { return id.to_string() };
    let when: String = batch.at.chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect();
    let about = batch.about.map(|node| format!(" · {}", snapshot.name(node).line())).unwrap_or_default();
    format!("{} · {}{about}", crate::taxonomy::text::reveal_line(&when), batch.source.name().line())
}

/// Writes into the list what is on and how many each value would show.
fn mark(model: &Model, list: &mut FacetPicker, counts: &Counts) {
    list.wanted = counts.wanted;
    for offer in &mut list.offers {
        match &offer.pick {
            Pick::Order(order) => offer.is_on = *order == model.queue.order,
            Pick::Value(value) => {
                offer.is_on = model.queue.facets.contains(value);
                offer.count = Some(counts.values.get(value).copied().unwrap_or_default());
            }
        }
    }
}

/// Enter: the focused entry is on or off; the list stays for the next.
pub(super) fn choose(model: &mut Model, mut list: FacetPicker) -> Vec<Effect> {
    match list.chosen().map(|offer| offer.pick.clone()) {
        None => model.say(Level::Warning, "No facet matches what was typed."),
        Some(Pick::Order(Order::Shuffle(seed))) if model.queue.order == Order::Shuffle(seed) => {
            // Again: another one.
            let again = Order::Shuffle(seed + 1);
            for offer in list.offers.iter_mut().filter(|offer| matches!(offer.pick, Pick::Order(Order::Shuffle(_)))) {
                (offer.pick, offer.label) = (Pick::Order(again), order_label(again));
            }
            queue::set_order(model, again);
        }
        Some(Pick::Order(order)) => queue::set_order(model, order),
        Some(Pick::Value(value)) => queue::toggle(model, value),
    }
    let counts = Matcher::new(&model.snapshot, &model.queue.facets).counts(&model.digest.survey);
    mark(model, &mut list, &counts);
    model.overlays.push(Overlay::Facets(list));
    Vec::new()
}

/// What is on, for the line above the tree: the order unless it is the tree's, then each facet
/// with its values.
#[must_use]
pub fn chips(model: &Model) -> Vec<String> {
    let mut chips = Vec::new();
    match model.queue.order {
        Order::Tree => {}
        Order::Shuffle(seed) => chips.push(format!("shuffle · seed {seed}")),
        order => chips.push(format!("{} order", order.name())),
    }
    for facet in Facet::ALL {
        let values: Vec<String> = model.queue.facets.of(facet).map(|value| short(&model.snapshot, value)).collect();
        match (facet, values.is_empty()) {
            (_, true) => {}
            // These say by themselves what they are.
            (Facet::Kind | Facet::State, false) => chips.push(values.join(" or ")),
            (_, false) => chips.push(format!("{}: {}", facet.name(), values.join(" or "))),
        }
    }
    chips
}

fn short(snapshot: &Snapshot, value: &Value) -> String {
    match value {
        Value::Batch(id) => snapshot.record.batch(*id).map_or_else(
            || id.to_string(),
            |batch| {
                let when: String = batch.at.chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect();
                crate::taxonomy::text::reveal_line(&when).into_owned()
            },
        ),
        Value::State(StateValue::All) => "any state".to_owned(),
        other => other.label(snapshot),
    }
}
