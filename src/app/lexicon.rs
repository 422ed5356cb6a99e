//! The names of the whole taxonomy, for neighbours and checks. Reading them all takes a second at the scale of the
//! paper, so there it is done beside the loop and what depends on it comes a moment later.

use super::{Effect, Model};
use crate::taxonomy::Snapshot;
use crate::taxonomy::lint::Elsewhere;
use crate::taxonomy::similarity::Catalogue;

/// Up to so many names are read at once, before the first frame.
const AT_ONCE: usize = 2_000;

/// What every node is called, accepted or proposed.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    pub(super) catalogue: Catalogue,
    pub(super) elsewhere: Elsewhere,
}

impl Lexicon {
    /// Reads a snapshot.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { catalogue: Catalogue::of(snapshot), elsewhere: Elsewhere::of(snapshot) }
    }

    /// That of a small taxonomy.
    pub(super) fn at_once(snapshot: &Snapshot) -> Option<Self> {
        let names = snapshot.tree.len() + snapshot.record.len();
        (names <= AT_ONCE).then(|| Self::of(snapshot))
    }

    /// Takes in what a later snapshot changed.
    pub(super) fn refresh(&mut self, snapshot: &Snapshot) {
        self.catalogue.refresh(snapshot);
        self.elsewhere.refresh(snapshot);
    }
}

impl Model {
    /// Whether the names of the taxonomy are still to be read, by [`Effect::ReadNames`].
    #[must_use]
    pub fn lacks_names(&self) -> bool {
        self.lexicon.is_none()
    }
}

/// So much came at once that the names are read anew.
pub(super) fn forget(model: &mut Model) -> Option<Effect> {
    model.lexicon = Lexicon::at_once(&model.snapshot);
    model.lacks_names().then_some(Effect::ReadNames)
}

/// The names were read.
pub(super) fn read(model: &mut Model, lexicon: Lexicon) {
    model.lexicon = Some(lexicon);
    model.focus.forget();
    model.checks.forget();
}
