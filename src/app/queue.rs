//! What there is to decide, one after the other: the order, the facets, and where the cursor
//! goes next.
//!
//! In the order of the tree the next one is looked for from the cursor on, so it is always what
//! the screen shows. The other orders make a plan once and keep to it, whatever is decided
//! meanwhile: what a decision changes elsewhere (a duplicate that is gone, a branch that is no
//! longer the emptiest) must not send the eye to and fro. New proposals make a new plan.

use super::rows::{self, Filter};
use super::{Level, Model, tree, words};
use crate::taxonomy::queue::{Change, Facet, Facets, Matcher, Order, Plan, Seat, Value};
use crate::taxonomy::{NodeId, Outlook, ProposalId, QuickSet};

/// Up to this many matches are unfolded at once.
const UNFOLD: u32 = 500;

/// The order and the facets.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// What comes first.
    pub order: Order,
    /// Which proposals are wanted.
    pub facets: Facets,
    /// The seed of the last shuffle.
    seed: u64,
    plan: Option<Plan>,
    /// What was shown and unfolded before the facets.
    before: Option<(Filter, QuickSet<NodeId>)>,
}

impl Queue {
    /// The seed that the next shuffle has.
    #[must_use]
    pub fn next_seed(&self) -> u64 {
        self.seed + 1
    }

    /// Whether a state or a reason was chosen: then what is deferred or decided is gone through as
    /// well.
    fn is_explicit(&self) -> bool {
        self.facets.has(Facet::State) || self.facets.has(Facet::Reason)
    }
}

/// The rows that the current facets, filter and search show for themselves, folded or not, in
/// the order of the tree: what "all that match" means.
#[must_use]
pub fn listed(model: &Model) -> Vec<NodeId> {
    let filter = model.tree.filter;
    let nodes = rows::all(&model.digest, filter).into_iter();
    let picked = &model.digest.picked;
    let nodes = nodes.filter(|node| filter != Filter::Facets || picked.has_node(*node) || picked.has_syllabus(*node));
    let is_hit = |node: &NodeId| {
        let facts = model.snapshot.facts(*node).map(|(_, facts)| facts);
        let mut names = facts.into_iter().flat_map(|facts| std::iter::once(&facts.name).chain(&facts.aliases));
        !model.search.is_active() || names.any(|name| model.search.is_hit(name.raw()))
    };
    nodes.filter(is_hit).collect()
}

/// Takes in what a new snapshot changed; `None`: everything may have.
pub(super) fn changed(model: &mut Model, changes: Option<&[Change]>) {
    let Some(plan) = &model.queue.plan else { return };
    let matcher = Matcher::new(&model.snapshot, &model.queue.facets);
    let is_missing =
        |seat: &Seat| plan.position(seat.proposal.id).is_none() && matcher.admits(&model.digest.survey, seat);
    let mut now = changes.into_iter().flatten().filter_map(|change| change.now.as_ref());
    if changes.is_none() || now.any(is_missing) {
        model.queue.plan = None;
    }
}

/// Chooses an order; the cursor stays.
pub(super) fn set_order(model: &mut Model, order: Order) {
    model.queue.order = order;
    model.queue.plan = None;
    if let Order::Shuffle(seed) = order {
        model.queue.seed = seed;
    }
}

/// Goes to the next order in turn and says which.
pub(super) fn next_order(model: &mut Model) {
    let seed = model.queue.seed.max(1);
    set_order(model, model.queue.order.next(seed));
    let unlooked = model.digest.survey.unlooked();
    let is_waiting = model.digest.survey.open_below(&unlooked) > super::counting::AT_ONCE;
    let says = match model.queue.order {
        Order::Tree => "Order: as the tree shows.".to_owned(),
        Order::Risk if is_waiting => {
            "Order: by risk. The checks are looking at what is proposed; until they are done it is by what they know."
                .to_owned()
        }
        Order::Risk => {
            "Order: by risk. Findings, names unlike their surroundings, and what much hangs on come first.".to_owned()
        }
        Order::Emptiest => "Order: emptiest branch first.".to_owned(),
        Order::Shuffle(seed) => format!("Order: siblings shuffled, seed {seed}."),
    };
    model.say(Level::Info, says);
}

/// The checks have looked at more: what they found may show something else; `done`: there is no more to come.
pub(super) fn looked(model: &mut Model, done: bool) {
    if model.queue.facets.has(Facet::Finding) {
        model.digest.pick(&model.snapshot, &model.queue.facets);
        if model.tree.filter == Filter::Facets {
            model.rebuild_rows();
        }
    }
    if done && model.queue.order == Order::Risk {
        model.queue.plan = None;
    }
}

/// Chooses a value of a facet, or no longer.
pub(super) fn toggle(model: &mut Model, value: Value) {
    let mut facets = model.queue.facets.clone();
    facets.toggle(value);
    set_facets(model, facets);
}

/// What was shown and unfolded before the facets.
pub(super) fn before_facets(model: &Model) -> Option<&(Filter, QuickSet<NodeId>)> {
    model.queue.before.as_ref()
}

/// Takes facets as they were in an earlier session, and what there was before them.
pub(super) fn restore_facets(model: &mut Model, facets: Facets, before: (Filter, QuickSet<NodeId>)) {
    set_facets(model, facets);
    model.queue.before = Some(before);
}

/// Clears the facets; whether there were any.
pub(super) fn clear_facets(model: &mut Model) -> bool {
    let any = !model.queue.facets.is_empty();
    if any {
        set_facets(model, Facets::default());
    }
    any
}

fn set_facets(model: &mut Model, facets: Facets) {
    let had = !model.queue.facets.is_empty();
    model.queue.facets = facets;
    model.queue.plan = None;
    model.digest.picked.pinned.clear();
    model.digest.pick(&model.snapshot, &model.queue.facets);
    match (had, model.queue.facets.is_empty()) {
        (_, true) => {
            if let Some((filter, open)) = model.queue.before.take() {
                if model.tree.filter == Filter::Facets {
                    model.tree.filter = filter;
                }
                model.tree.open = open;
            }
            let at = model.tree.cursor;
            model.rebuild_rows();
            if let Some(node) = at {
                tree::reveal(model, node);
            }
            return;
        }
        (false, false) => model.queue.before = Some((model.tree.filter, model.tree.open.clone())),
        (true, false) => {}
    }
    model.tree.filter = Filter::Facets;
    if model.digest.picked.count() <= UNFOLD {
        let shown = rows::all(&model.digest, Filter::Facets);
        model.tree.open.extend(shown);
    }
    model.rebuild_rows();
    let picked = &model.digest.picked;
    if !model.tree.cursor.is_some_and(|node| picked.has_node(node) || picked.has_syllabus(node)) {
        let first = step(model, None, true, true).or_else(|| listed(model).first().copied());
        if let Some(node) = first {
            tree::reveal(model, node);
        }
    }
}

/// Goes to the next or previous thing to decide; past the end it begins again.
pub(super) fn go(model: &mut Model, forward: bool) {
    let at = model.tree.cursor;
    let found = step(model, at, forward, true).or_else(|| step(model, None, forward, true));
    match found {
        Some(node) => tree::reveal(model, node),
        None => say_empty(model),
    }
}

/// Goes to the next thing to decide after a decision: nodes first, then syllabi.
pub(super) fn advance(model: &mut Model) {
    let at = model.tree.cursor;
    for syllabi in [false, true] {
        let found = step(model, at, true, syllabi).or_else(|| step(model, None, true, syllabi));
        if let Some(node) = found {
            tree::reveal(model, node);
            return;
        }
    }
    say_empty(model);
}

/// Says that there is nothing left, and what there is besides.
fn say_empty(model: &mut Model) {
    let digest = &model.digest;
    let mut rest = Vec::new();
    if model.queue.facets.is_empty() {
        if digest.deferred > 0 {
            rest.push(words::count(digest.deferred, "proposal was deferred", "proposals were deferred"));
        }
        let voted = waiting_for_others(model);
        if voted > 0 {
            rest.push(words::count(voted, "waits for the votes of others", "wait for the votes of others"));
        }
        let rest = if rest.is_empty() { ".".to_owned() } else { format!(" here; {}.", rest.join(", ")) };
        model.say(Level::Info, format!("Nothing else is pending{rest}"));
        return;
    }
    let shown = digest.picked.below(None);
    let open = (shown.pending + shown.deferred) as usize;
    let others = (digest.pending + digest.deferred).saturating_sub(open);
    if shown.deferred > 0 {
        rest.push(words::count(shown.deferred as usize, "was deferred", "were deferred"));
    }
    let waiting = shown.pending as usize;
    if waiting > 0 && model.saving.count() == 0 {
        rest.push(words::count(waiting, "waits for its parent", "wait for their parents"));
    }
    if others > 0 {
        rest.push(words::count(others, "is left outside of the facets", "are left outside of the facets"));
    }
    let rest = if rest.is_empty() { String::new() } else { format!(": {}", rest.join(", ")) };
    model.say(Level::Info, format!("Nothing that the facets show is left to decide{rest}."));
}

/// How many are open though the curator has voted on them.
fn waiting_for_others(model: &Model) -> usize {
    let due = model.digest.survey.seats().filter(|seat| seat.stage.is_due());
    due.filter(|seat| !model.snapshot.awaits(&seat.proposal, &model.settings.curator)).count()
}

/// The next (or previous) thing to decide from a node on, or from the very beginning (or end).
fn step(model: &mut Model, from: Option<NodeId>, forward: bool, syllabi: bool) -> Option<NodeId> {
    if model.queue.order == Order::Tree {
        return tree::step(model, from, forward, syllabi);
    }
    make_plan(model);
    let plan = model.queue.plan.as_ref()?;
    let ids = plan.ids();
    let at = from.and_then(|node| position(model, plan, node));
    let node = |id: &ProposalId| {
        words::node_of(&model.snapshot, *id).filter(|node| Some(*node) != from && is_due(model, *node, syllabi))
    };
    match (forward, at) {
        (true, at) => ids[at.map_or(0, |at| at + 1)..].iter().find_map(node),
        (false, at) => ids[..at.unwrap_or(ids.len())].iter().rev().find_map(node),
    }
}

fn make_plan(model: &mut Model) {
    if model.queue.plan.is_some() {
        return;
    }
    let survey = &model.digest.survey;
    let matcher = Matcher::new(&model.snapshot, &model.queue.facets);
    let wanted = survey.seats().filter(|seat| matcher.admits(survey, seat));
    model.queue.plan = Some(Plan::new(&model.snapshot, survey, model.queue.order, wanted));
}

/// Where a node, or a syllabus of it, stands in the plan.
fn position(model: &Model, plan: &Plan, node: NodeId) -> Option<usize> {
    let own = plan.position(ProposalId::of_node(node));
    own.or_else(|| {
        let syllabi = model.snapshot.record.proposed_syllabi(node);
        syllabi.filter_map(|proposal| plan.position(proposal.id)).max()
    })
}

/// Whether a node, or with `syllabi` a syllabus of it, can be decided now, counting what is on its
/// way to the disk as done.
pub(super) fn is_due(model: &Model, node: NodeId, syllabi: bool) -> bool {
    if model.saving.decides(node) {
        return false;
    }
    let (picked, explicit) = (&model.digest.picked, model.queue.is_explicit());
    let all = model.queue.facets.is_empty();
    let Some(proposal) = model.proposal_of(node) else {
        return match all {
            true => syllabi && model.digest.has_pending_syllabus(node),
            false if explicit => picked.has_node(node) || syllabi && picked.has_syllabus(node),
            false => syllabi && picked.has_syllabus(node) && model.digest.has_pending_syllabus(node),
        };
    };
    let Some(stage) = model.digest.survey.seat(proposal.id).map(|seat| seat.stage) else { return false };
    let due = stage.is_due() && model.snapshot.awaits(proposal, &model.settings.curator);
    let wanted = if all { due } else { picked.has_node(node) && (explicit || due) };
    wanted && (!stage.is_open() || is_ready(model, proposal))
}

/// Whether an open proposal does not wait for its parent, or for one whose acceptance is on its
/// way.
fn is_ready(model: &Model, proposal: &crate::taxonomy::Proposal) -> bool {
    match model.snapshot.outlook(proposal) {
        Outlook::Ready(_) => proposal.state.is_open(),
        Outlook::Waiting(above) => {
            words::node_of(&model.snapshot, above).is_some_and(|above| model.saving.accepts(above))
        }
        Outlook::Withdrawn => false,
    }
}
