//! What the screen remembers of a taxonomy from one start to the next: where the cursor was, what was unfolded, what was
//! shown and in which order, how wide the panes were, and what was chosen in the palette.
//!
//! It is the user's and not the taxonomy's: the runtime keeps it in the user's state folder. Whatever of it is no longer there
//! or cannot be read is left out without a word.

use serde::{Deserialize, Serialize};

use super::rows::Filter;
use super::{Model, Recent, queue, tree};
use crate::input::Action;
use crate::taxonomy::queue::{Facets, Order, StateValue, Value};
use crate::taxonomy::{BatchId, Kind, NodeId, Reason};

/// The form it is written in.
const FORM: u32 = 1;
/// What is longer was not written by this program.
const MOST: usize = 16 << 20;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    form: u32,
    /// Absent is the taxonomy itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<NodeId>,
    #[serde(default)]
    open: Vec<NodeId>,
    #[serde(default)]
    filter: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    facets: Vec<KeptValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    split: Option<u16>,
    #[serde(default)]
    recent: Vec<KeptRecent>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptValue {
    State(String),
    Kind(Option<Kind>),
    Finding(String),
    AnyFinding(bool),
    Reason(Reason),
    Seen(usize),
    SeenAtLeast(usize),
    Model(String),
    Curator(String),
    Batch(BatchId),
    Under(NodeId),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptRecent {
    Action(String),
    Node(NodeId),
}

impl KeptValue {
    fn of(value: &Value) -> Self {
        match value {
            Value::State(state) => Self::State(state.name().to_owned()),
            Value::Kind(kind) => Self::Kind(*kind),
            Value::Finding(code) => Self::Finding(code.clone()),
            Value::AnyFinding(any) => Self::AnyFinding(*any),
            Value::Reason(reason) => Self::Reason(*reason),
            Value::Seen(times) => Self::Seen(*times),
            Value::SeenAtLeast(times) => Self::SeenAtLeast(*times),
            Value::Model(name) => Self::Model(name.clone()),
            Value::Curator(name) => Self::Curator(name.clone()),
            Value::Batch(id) => Self::Batch(*id),
            Value::Under(node) => Self::Under(*node),
        }
    }

    fn value(self) -> Option<Value> {
        Some(match self {
            Self::State(name) => Value::State(StateValue::ALL.into_iter().find(|state| state.name() == name)?),
            Self::Kind(kind) => Value::Kind(kind),
            Self::Finding(code) => Value::Finding(code),
            Self::AnyFinding(any) => Value::AnyFinding(any),
            Self::Reason(reason) => Value::Reason(reason),
            Self::Seen(times) => Value::Seen(times),
            Self::SeenAtLeast(times) => Value::SeenAtLeast(times),
            Self::Model(name) => Value::Model(name),
            Self::Curator(name) => Value::Curator(name),
            Self::Batch(id) => Value::Batch(id),
            Self::Under(node) => Value::Under(node),
        })
    }
}

const FILTERS: [Filter; 5] = [Filter::All, Filter::Pending, Filter::Accepted, Filter::Everything, Filter::Facets];

/// What there is to remember, as text.
#[must_use]
pub fn keep(model: &Model) -> String {
    let mut open: Vec<NodeId> = model.tree.open.iter().copied().collect();
    open.sort_unstable();
    let (order, seed) = match model.queue.order {
        Order::Shuffle(seed) => (model.queue.order.name(), seed),
        order => (order.name(), 0),
    };
    let recent = model.recent.iter().map(|recent| match recent {
        Recent::Action(action) => KeptRecent::Action(action.name().to_owned()),
        Recent::Node(node) => KeptRecent::Node(*node),
    });
    let kept = Kept {
        form: FORM,
        cursor: model.tree.cursor,
        open,
        filter: model.tree.filter.title().to_owned(),
        order: order.to_owned(),
        seed,
        facets: model.queue.facets.values().map(KeptValue::of).collect(),
        split: model.split,
        recent: recent.collect(),
    };
    // Nothing in it can fail to be written.
    serde_json::to_string(&kept).unwrap_or_default()
}

/// Brings back what was remembered, as far as it is there still; a text that is none of ours changes nothing.
pub fn restore(model: &mut Model, text: &str) {
    let Some(kept) = Some(text).filter(|text| text.len() <= MOST && text.starts_with('{')) else { return };
    let Ok(kept) = serde_json::from_str::<Kept>(kept) else { return };
    if kept.form != FORM {
        return;
    }
    let is_there = |node: &NodeId| model.snapshot.facts(*node).is_some();
    let recent = kept.recent.into_iter().filter_map(|recent| match recent {
        KeptRecent::Action(name) => Action::by_name(&name).map(|info| Recent::Action(info.action)),
        KeptRecent::Node(node) => Some(Recent::Node(node)).filter(|_| is_there(&node)),
    });
    let recent: Vec<Recent> = recent.collect();
    let open = kept.open.into_iter().filter(is_there).collect();
    let under_is_there = |value: &Value| match value {
        Value::Under(node) => is_there(node),
        _ => true,
    };
    let facets: Facets = kept.facets.into_iter().filter_map(KeptValue::value).filter(under_is_there).collect();
    let cursor = kept.cursor.filter(is_there);
    let order = match kept.order.as_str() {
        "risk" => Order::Risk,
        "emptiest" => Order::Emptiest,
        "shuffle" => Order::Shuffle(kept.seed),
        _ => Order::Tree,
    };
    model.recent = recent;
    model.split = kept.split.map(super::panes::clamp);
    queue::set_order(model, order);
    let filter = FILTERS.into_iter().find(|filter| filter.title() == kept.filter).unwrap_or_default();
    if facets.is_empty() {
        model.tree.filter = if filter == Filter::Facets { Filter::All } else { filter };
    } else {
        queue::restore_facets(model, facets);
        model.tree.filter = filter;
    }
    model.tree.open = open;
    model.rebuild_rows();
    match cursor {
        Some(node) => tree::reveal(model, node),
        None if kept.cursor.is_none() => model.tree.focus_row(0),
        // What it was on is gone.
        None => tree::go_to_first_pending(model),
    }
    model.refresh_focus();
}
