//! What the screen remembers of a taxonomy from one start to the next: where the cursor was, what was unfolded, what was
//! shown and in which order, how wide the panes were, and what was chosen in the palette.
//!
//! It is the user's and not the taxonomy's: the runtime keeps it in the user's state folder. Whatever of it is no longer there
//! or cannot be read is left out without a word.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::rows::Filter;
use super::{Model, Recent, queue, tree};
use crate::input::Action;
use crate::taxonomy::queue::{Facets, Order, Value};
use crate::taxonomy::{NodeId, QuickSet};

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
    /// The same before the facets, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<KeptView>,
    #[serde(default)]
    order: String,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    facets: Vec<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    split: Option<u16>,
    #[serde(default)]
    recent: Vec<Json>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct KeptView {
    #[serde(default)]
    open: Vec<NodeId>,
    #[serde(default)]
    filter: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptRecent {
    Action(String),
    Node(NodeId),
}

const FILTERS: [Filter; 5] = [Filter::All, Filter::Pending, Filter::Accepted, Filter::Everything, Filter::Facets];

/// What there is to remember, as text.
#[must_use]
pub fn keep(model: &Model) -> String {
    let sorted = |open: &QuickSet<NodeId>| {
        let mut open: Vec<NodeId> = open.iter().copied().collect();
        open.sort_unstable();
        open
    };
    let before = queue::before_facets(model).filter(|_| !model.queue.facets.is_empty());
    let before = before.map(|(filter, open)| KeptView { open: sorted(open), filter: filter.title().to_owned() });
    let (order, seed) = match model.queue.order {
        Order::Shuffle(seed) => (model.queue.order.name(), seed),
        order => (order.name(), 0),
    };
    let recent = model.recent.iter().map(|recent| match recent {
        Recent::Action(action) => KeptRecent::Action(action.name().to_owned()),
        Recent::Node(node) => KeptRecent::Node(*node),
    });
    // Nothing in them can fail to be written.
    let facets = model.queue.facets.values().filter_map(|value| serde_json::to_value(value).ok());
    let recent = recent.filter_map(|recent| serde_json::to_value(recent).ok());
    let kept = Kept {
        form: FORM,
        cursor: model.tree.cursor,
        open: sorted(&model.tree.open),
        before,
        filter: model.tree.filter.title().to_owned(),
        order: order.to_owned(),
        seed,
        facets: facets.collect(),
        split: model.split,
        recent: recent.collect(),
    };
    // Nothing in it can fail to be written.
    serde_json::to_string(&kept).unwrap_or_default()
}

/// Those of many things that can be read.
fn each<T: DeserializeOwned>(all: Vec<Json>) -> impl Iterator<Item = T> {
    all.into_iter().filter_map(|one| serde_json::from_value(one).ok())
}

/// Brings back what was remembered, as far as it is there still; a text that is none of ours changes nothing.
pub fn restore(model: &mut Model, text: &str) {
    let Some(kept) = Some(text).filter(|text| text.len() <= MOST && text.starts_with('{')) else { return };
    let Ok(kept) = serde_json::from_str::<Kept>(kept) else { return };
    if kept.form != FORM {
        return;
    }
    let is_there = |node: &NodeId| model.snapshot.facts(*node).is_some();
    let recent = each::<KeptRecent>(kept.recent).filter_map(|recent| match recent {
        KeptRecent::Action(name) => Action::by_name(&name).map(|info| Recent::Action(info.action)),
        KeptRecent::Node(node) => Some(Recent::Node(node)).filter(|_| is_there(&node)),
    });
    let recent: Vec<Recent> = recent.collect();
    let there = |open: Vec<NodeId>| -> QuickSet<NodeId> { open.into_iter().filter(is_there).collect() };
    let filter = |title: &str| FILTERS.into_iter().find(|filter| filter.title() == title).unwrap_or_default();
    let open = there(kept.open);
    let before = match kept.before {
        Some(before) => (filter(&before.filter), there(before.open)),
        None => (Filter::All, open.clone()),
    };
    let filter = filter(&kept.filter);
    let under_is_there = |value: &Value| match value {
        Value::Under(node) => is_there(node),
        _ => true,
    };
    let facets: Facets = each::<Value>(kept.facets).filter(under_is_there).collect();
    let cursor = kept.cursor.filter(is_there);
    let order = Order::by_name(&kept.order, kept.seed).unwrap_or_default();
    model.recent = recent;
    model.split = kept.split.map(super::panes::clamp);
    queue::set_order(model, order);
    if facets.is_empty() {
        model.tree.filter = if filter == Filter::Facets { Filter::All } else { filter };
    } else {
        queue::restore_facets(model, facets, before);
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
