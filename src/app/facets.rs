//! The list of facets and orders: what there is to choose, how many each would show.

use super::counting::Mark;
use super::{Effect, Field, Level, Model, Overlay, picker, queue};
use crate::taxonomy::queue::{Facet, Facets, Matcher, Order, StateValue, Survey, Value};
use crate::taxonomy::{BatchId, Snapshot};

/// What an entry chooses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// How many proposals each value would show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// How many proposals the facets show.
    wanted: usize,
    /// Every value there is.
    offers: Vec<Offer>,
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
    /// How many proposals the facets show; nothing before they were counted.
    pub wanted: Option<usize>,
    /// What the numbers are of.
    pub(super) counted: Option<Mark>,
    /// What is typed is looked for in these.
    texts: Vec<String>,
    /// What the matches are of.
    sought: Option<String>,
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
            self.texts.clear();
        }
        if self.texts.len() != self.offers.len() {
            self.texts = self.offers.iter().map(|offer| format!("{} {}", offer.group, offer.label)).collect();
            self.sought = None;
        }
        // What matches more letters matches fewer, unless they are signs with a meaning of their own.
        let is_plain = |text: &str| !text.is_empty() && !text.contains(['!', '^', '$', '\'', '\\']);
        let is_narrower = self.sought.as_ref().is_some_and(|sought| is_plain(sought) && words.starts_with(sought));
        let among = match is_narrower && is_plain(&words) {
            true => std::mem::take(&mut self.matches),
            false => (0..self.texts.len()).collect(),
        };
        self.matches = picker::fuzzy_among(&words, among.into_iter().map(|at| (at, self.texts[at].as_str())));
        self.sought = Some(words);
    }

    /// Takes in what was counted; the focused entry stays.
    pub(super) fn take_in(&mut self, queue: &queue::Queue, tally: Tally, of: Mark) {
        let focused = self.chosen().map(|offer| offer.pick.clone());
        let is_first = self.counted.is_none();
        self.wanted = Some(tally.wanted);
        if is_first {
            self.offers.extend(tally.offers);
        } else {
            let mut counts: std::collections::HashMap<Pick, Offer> =
                tally.offers.into_iter().map(|offer| (offer.pick.clone(), offer)).collect();
            for offer in self.offers.iter_mut().filter(|offer| matches!(offer.pick, Pick::Value(_))) {
                offer.count = Some(counts.remove(&offer.pick).and_then(|offer| offer.count).unwrap_or_default());
            }
            let mut new: Vec<Offer> = counts.into_values().collect();
            new.sort_by(|a, b| (a.group, &a.label).cmp(&(b.group, &b.label)));
            self.offers.extend(new);
        }
        self.counted = Some(of);
        self.mark(queue);
        if is_first {
            // What is on comes first.
            self.offers.sort_by_key(|offer| !(offer.is_on && offer.group != "order"));
        }
        self.texts.clear();
        self.filter();
        let at = focused
            .filter(|_| !is_first || !self.field.is_blank() || self.moved())
            .and_then(|focused| self.matches.iter().position(|offer| self.offers[*offer].pick == focused));
        self.at = at.unwrap_or(0);
    }

    fn moved(&self) -> bool {
        self.at > 0
    }

    /// Notes what is on.
    fn mark(&mut self, queue: &queue::Queue) {
        for offer in &mut self.offers {
            offer.is_on = match &offer.pick {
                Pick::Order(order) => *order == queue.order,
                Pick::Value(value) => queue.facets.contains(value),
            };
        }
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

/// Opens the list. The values come when they are counted.
pub(super) fn open(model: &mut Model) {
    let seed = model.queue.next_seed();
    let shuffle = match model.queue.order {
        order @ Order::Shuffle(_) => order,
        _ => Order::Shuffle(seed),
    };
    let orders = [Order::Tree, Order::Risk, Order::Emptiest, shuffle];
    let orders = orders.map(|order| offer(Pick::Order(order), "order", order_label(order), None));
    let mut list = FacetPicker {
        field: Field::default(),
        offers: orders.into(),
        matches: Vec::new(),
        at: 0,
        wanted: None,
        counted: None,
        texts: Vec::new(),
        sought: None,
    };
    list.mark(&model.queue);
    list.filter();
    model.overlays.push(Overlay::Facets(list));
}

fn offer(pick: Pick, group: &'static str, label: String, count: Option<usize>) -> Offer {
    Offer { pick, group, label, count, is_on: false }
}

/// How many proposals each value would show beside what the other facets say, in the order of the list. Looks at every
/// proposal.
#[must_use]
pub fn tally(snapshot: &Snapshot, survey: &Survey, facets: &Facets) -> Tally {
    let counts = Matcher::new(snapshot, facets).counts(survey);
    // Every value there is, also where what is on leaves nothing of it.
    let everything: Facets = [Value::State(StateValue::All)].into_iter().collect();
    let known = Matcher::new(snapshot, &everything).counts(survey).values;
    let count = |value: &Value| counts.values.get(value).copied().unwrap_or_default();
    let mut values: Vec<(&Value, usize)> = known.keys().map(|value| (value, count(value))).collect();
    let absent = facets.values().filter(|value| !known.contains_key(*value));
    values.extend(absent.map(|value| (value, 0)));
    let places = snapshot.tree.subtree(None);
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
    let offers = values.into_iter().map(|(value, count)| {
        offer(Pick::Value(value.clone()), value.facet().name(), label(snapshot, value), Some(count))
    });
    Tally { wanted: counts.wanted, offers: offers.collect() }
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
    list.mark(&model.queue);
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
