//! What takes long at the scale of the paper and is therefore done beside the loop: looking with the checks at every
//! open proposal, and counting how many each facet would show. Until it is there the list says that it is being counted.

use super::facets::{self, Tally};
use super::{Effect, Model, Overlay, queue};
use crate::taxonomy::queue::{Facet, Facets, Looked, Order};

/// Up to so many open proposals are looked at on the key.
pub(super) const AT_ONCE: usize = 64;
/// Up to so many proposals are counted on the key.
const COUNTED_AT_ONCE: usize = 2_000;

/// What numbers were counted of: the snapshot, how often the checks have told something, the facets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    revision: u64,
    looks: u64,
    facets: Facets,
}

/// What is under way.
#[derive(Debug, Default)]
pub struct Counting {
    /// Of so many open proposals so many were looked at.
    pub looking: Option<(usize, usize)>,
    under_way: Option<Mark>,
    looks: u64,
    /// When it was last seen that the checks have nothing to look at.
    complete: Option<(u64, u64)>,
}

impl Counting {
    /// What a list of facets says about its numbers while they are not the last word.
    #[must_use]
    pub fn says(&self) -> Option<String> {
        match (self.looking, &self.under_way) {
            (Some((done, total)), _) => Some(format!("counting… checks at {} %", done * 100 / total.max(1))),
            (None, Some(_)) => Some("counting…".to_owned()),
            (None, None) => None,
        }
    }
}

/// What the checks found beside the loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Looks {
    /// Family by family.
    pub found: Vec<Looked>,
    /// Whether there is no more to come.
    pub is_last: bool,
}

fn mark(model: &Model) -> Mark {
    let (revision, looks) = (model.snapshot.revision, model.counting.looks);
    Mark { revision, looks, facets: model.queue.facets.clone() }
}

/// Asks for what the screen wants to know and does not; what is little is done at once.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    let is_open = matches!(model.overlays.last(), Some(Overlay::Facets(_)));
    let mut effects = Vec::new();
    if is_open || model.queue.facets.has(Facet::Finding) || model.queue.order == Order::Risk {
        effects.extend(look(model));
    }
    if is_open && model.counting.under_way.is_none() {
        effects.extend(count(model));
    }
    effects
}

fn look(model: &mut Model) -> Option<Effect> {
    let now = (model.snapshot.revision, model.counting.looks);
    if model.counting.looking.is_some() || model.counting.complete == Some(now) {
        return None;
    }
    let missing = model.digest.survey.unlooked();
    let open = model.digest.survey.open_below(&missing);
    if open > AT_ONCE || (open > 0 && model.lexicon.is_none()) {
        model.counting.looking = Some((0, open));
        return Some(Effect::Look);
    }
    if let Some(lexicon) = model.lexicon.as_mut().filter(|_| !missing.is_empty()) {
        lexicon.refresh(&model.snapshot, None);
        model.digest.survey.look_among(&model.snapshot, &lexicon.elsewhere, &missing);
        model.counting.looks += 1;
        queue::looked(model, true);
    }
    model.counting.complete = Some((model.snapshot.revision, model.counting.looks));
    None
}

fn count(model: &mut Model) -> Option<Effect> {
    let now = mark(model);
    let Some(Overlay::Facets(list)) = model.overlays.last_mut() else { return None };
    if list.counted.as_ref() == Some(&now) {
        return None;
    }
    if model.digest.survey.len() > COUNTED_AT_ONCE {
        model.counting.under_way = Some(now);
        return Some(Effect::CountFacets);
    }
    let tally = facets::tally(&model.snapshot, &model.digest.survey, &now.facets);
    list.take_in(&model.queue, tally, now);
    None
}

/// The checks tell what they found.
pub(super) fn looked(model: &mut Model, looks: Looks) {
    let count: usize = looks.found.iter().map(Looked::len).sum();
    looks.found.into_iter().for_each(|looked| model.digest.survey.take_in(looked));
    model.counting.looks += 1;
    model.counting.looking = match (looks.is_last, model.counting.looking) {
        (false, Some((done, total))) => Some(((done + count).min(total), total)),
        _ => None,
    };
    queue::looked(model, looks.is_last);
}

/// The facets were counted.
pub(super) fn counted(model: &mut Model, tally: Tally) {
    let Some(of) = model.counting.under_way.take() else { return };
    if let Some(Overlay::Facets(list)) = model.overlays.last_mut() {
        list.take_in(&model.queue, tally, of);
    }
}
