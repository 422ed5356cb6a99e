//! The names of the whole taxonomy, for neighbours, checks and searches. Reading them all takes a moment at the scale of the paper, so there it is done
//! beside the loop and what depends on it comes later: searches first.

use std::sync::Arc;

use super::{Effect, Model};
use crate::taxonomy::lint::{Elsewhere, Numbers};
use crate::taxonomy::similarity::{Catalogue, Names};
use crate::taxonomy::{Delta, NodeId, Snapshot};

/// Up to so many names are read at once, before the first frame.
const AT_ONCE: usize = 2_000;

/// What every node is called, accepted or proposed.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    pub(super) catalogue: Catalogue,
    pub(super) elsewhere: Elsewhere,
}

impl Lexicon {
    /// Reads a snapshot, on all cores.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        Self::of_names(snapshot, &Names::of(snapshot))
    }

    /// Reads a snapshot whose names were read already.
    #[must_use]
    pub fn of_names(snapshot: &Snapshot, names: &Names) -> Self {
        let (catalogue, numbers) = Catalogue::of_names(snapshot, names, Numbers::of);
        Self { catalogue, elsewhere: Elsewhere::of_numbers(snapshot, numbers) }
    }

    /// Whether the names are so many that they are read beside the loop.
    #[must_use]
    pub fn takes_long(snapshot: &Snapshot) -> bool {
        snapshot.tree.len() + snapshot.record.len() > AT_ONCE
    }

    /// That of a small taxonomy.
    pub(super) fn at_once(snapshot: &Snapshot) -> Option<Self> {
        (!Self::takes_long(snapshot)).then(|| Self::of(snapshot))
    }

    /// Takes in what a later snapshot changed; `delta` is what came last, where that is known.
    pub(super) fn refresh(&mut self, snapshot: &Snapshot, delta: Option<&Delta>) {
        self.catalogue.refresh(snapshot, delta);
        self.elsewhere.refresh(snapshot, delta);
    }
}

impl Model {
    /// Whether the names of the taxonomy are still to be read, by [`Effect::ReadNames`].
    #[must_use]
    pub fn lacks_names(&self) -> bool {
        self.lexicon.is_none()
    }

    /// Every name as it is searched, where they are known.
    pub(super) fn all_names(&self) -> Option<Box<dyn Iterator<Item = (NodeId, &str)> + '_>> {
        match (&self.lexicon, &self.names) {
            (Some(lexicon), _) => Some(Box::new(lexicon.catalogue.index().all_names())),
            (None, Some(names)) => Some(Box::new(names.iter())),
            (None, None) => None,
        }
    }

    /// Whoever knows names takes in what came last.
    pub(super) fn follow_names(&mut self, delta: &Delta) {
        self.names = None;
        if let Some(lexicon) = &mut self.lexicon {
            lexicon.refresh(&self.snapshot, Some(delta));
        }
        self.checks.follow(&self.snapshot, delta);
    }
}

/// So much came at once that the names are read anew.
pub(super) fn forget(model: &mut Model) -> Option<Effect> {
    (model.lexicon, model.names) = (None, None);
    at_once(model);
    model.lacks_names().then_some(Effect::ReadNames)
}

/// Reads the names of a small taxonomy.
pub(super) fn at_once(model: &mut Model) {
    if let Some(lexicon) = Lexicon::at_once(&model.snapshot) {
        take(model, lexicon);
    }
}

/// The names were read, as a search needs them; the rest comes in a moment. Of another snapshot they are of no use.
pub(super) fn read_first(model: &mut Model, names: Arc<Names>, revision: u64) {
    if model.lacks_names() && revision == model.snapshot.revision {
        model.names = Some(names);
    }
}

/// The names were read.
pub(super) fn read(model: &mut Model, lexicon: Lexicon) {
    take(model, lexicon);
    model.focus.forget();
    model.checks.forget();
}

fn take(model: &mut Model, lexicon: Lexicon) {
    (model.lexicon, model.names) = (Some(lexicon), None);
}
