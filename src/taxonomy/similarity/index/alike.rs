//! Only what is quite near, for whoever asks tens of thousands of times: what a name shares with another is known before
//! the other is looked at, and says how near it can be at most.

use super::super::super::id::NodeId;
use super::super::{Described, Neighbour};
use super::{ASKED, Asked, Doc, Most, NameIndex, Text, Weights};

impl NameIndex {
    /// What [`NameIndex::nearest`] finds to a name with at least this score (above 0), in an index of names alone.
    #[must_use]
    pub fn alike(&self, name: &str, except: Option<NodeId>, count: usize, least: f32) -> Vec<Neighbour> {
        let question = self.question(&Described::named(name));
        let Some(asked) = question.names.first() else { return Vec::new() };
        let shared = self.shared_with(asked);
        // The other weighs at least what it shares, and a hair of what sums of floats lose.
        let enough = 0.999 * least * ASKED * asked.total / (1.0 - least * (1.0 - ASKED));
        let abbreviated = self.abbreviated(asked);
        let may_be_near = |doc: usize| {
            shared[doc] >= enough || self.texts[doc].as_ref().is_some_and(|text| asked.may_have_initials(text))
        };
        // Nearly always none is, and then it plays no role which share most.
        if abbreviated.is_empty() && !(0..shared.len()).any(may_be_near) {
            return Vec::new();
        }
        let mut most = Most::default();
        for (doc, (shared, length)) in shared.iter().zip(&self.lengths).enumerate() {
            if *shared > 0.0 {
                most.offer(asked.bound(*shared, *length), doc as Doc);
            }
        }
        let mut candidates: Vec<NodeId> = self.top(most.found, except).collect();
        let can_be_near =
            |node: &NodeId| self.nodes.get(node).into_iter().flatten().any(|doc| may_be_near(*doc as usize));
        candidates.retain(can_be_near);
        candidates.extend(self.top(abbreviated, except));
        candidates.sort_unstable();
        candidates.dedup();
        let mut weights = Weights::of(self);
        let mut found: Vec<Neighbour> =
            candidates.into_iter().map(|node| self.neighbour(&question, node, &mut weights)).collect();
        found.retain(|near| near.score >= least);
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.node.cmp(&b.node)));
        found.truncate(count);
        found
    }

    /// The weight of what each name shares with one.
    fn shared_with(&self, asked: &Asked) -> Vec<f32> {
        let mut shared = vec![0.0_f32; self.texts.len()];
        for (term, weight) in &asked.terms {
            for doc in self.places.get(term).map_or(&[][..], |places| &places.names) {
                shared[*doc as usize] += weight;
            }
        }
        shared
    }
}

impl Asked {
    /// Whether one may abbreviate the other.
    fn may_have_initials(&self, text: &Text) -> bool {
        let may = |short: &str, long: &str| short.chars().next() == long.chars().next() && long.contains(' ');
        match &self.short {
            Some(short) => may(short, &text.normal),
            None => may(&text.normal, &self.normal) && !text.normal.contains(' '),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::super::node::Kind;
    use super::*;

    fn name() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "Optics",
            "optical",
            "Wave",
            "waves",
            "of",
            "Light",
            "DMRG",
            "density",
            "matrix",
            "renormalization",
            "group",
            "Group theory",
            "X",
            "XRD",
            "methods",
            "Methods in",
            "k-SAT",
            "Оптика",
            "ray",
            "theory",
        ]);
        prop::collection::vec(word, 1..5).prop_map(|words| words.join(" "))
    }

    proptest! {
        #[test]
        fn what_is_quite_near_is_found_as_by_looking_at_all(
            names in prop::collection::vec(name(), 0..150),
            asked in name(),
            (except, least) in (0..150_usize, 0.3..0.95_f32),
        ) {
            let id = |name: &str| NodeId::derive(None, Kind::Field, name, 0);
            let mut index = NameIndex::default();
            names.iter().for_each(|name| index.put(id(name), &Described::named(name)));
            let except = names.get(except).map(|name| id(name));
            let mut all = index.nearest(&Described::named(&asked), except, 5);
            all.retain(|near| near.score >= least);
            prop_assert_eq!(index.alike(&asked, except, 5, least), all);
        }
    }
}
