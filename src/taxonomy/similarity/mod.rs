//! Which nodes are near each other: word bags, and the nearest neighbours over the whole taxonomy
//! by names, aliases, scope and subtopics.

mod catalogue;
mod index;
mod terms;
mod vectors;

use std::borrow::Cow;

use super::id::NodeId;
use super::node::Facts;
use super::text::{Untrusted, normalise};

pub use catalogue::{Asking, Catalogue, Names, nearest};
pub use index::NameIndex;
pub use vectors::{TextKey, Vector, Vectors, meaning_of, text_key};

/// Under this score names share a syllable, no meaning: not worth a curator's look.
pub const NEAR_ENOUGH: f32 = 0.25;

/// A neighbour and how near it is.
///
/// The score is 1 for the same name (or alias) up to case and punctuation, and only then. From
/// three quarters on it is likely another wording of the same, under [`NEAR_ENOUGH`] a
/// coincidence. It changes little as a taxonomy grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The node, accepted or proposed.
    pub node: NodeId,
    /// 1 is the same name.
    pub score: f32,
    /// What of it is near.
    pub by: By,
}

/// What of a node is near to what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Its name.
    Name,
    /// This alias of it.
    Alias(usize),
    /// Its name is near to this alias of what was asked.
    OwnAlias(usize),
    /// One is the abbreviation of the other.
    Initials,
    /// Its scope and subtopics.
    Scope,
    /// What it means, by embeddings.
    Meaning,
}

/// What a node, or a text, is compared by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described<'a> {
    /// Its name, then its aliases.
    pub names: Vec<&'a str>,
    /// Its scope and subtopics.
    pub around: Vec<&'a str>,
}

impl<'a> Described<'a> {
    /// Only a name.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        Self { names: vec![name], around: Vec::new() }
    }

    /// All that the facts of a node say.
    #[must_use]
    pub fn of(facts: &'a Facts) -> Self {
        let names = facts.names().map(Untrusted::raw).collect();
        let around = facts.scope.iter().chain(&facts.subtopics).map(Untrusted::raw).collect();
        Self { names, around }
    }
}

/// The words of a name in alphabetical order, without stop words and plural endings: names with
/// equal bags are very likely the same thing.
#[must_use]
pub fn word_bag(name: &str) -> Vec<String> {
    word_bag_of(&normalise(name))
}

/// [`word_bag`] of a name whose normal form is known.
#[must_use]
pub(crate) fn word_bag_of(normal: &str) -> Vec<String> {
    let singular = |word: &str| terms::singular(word).into_owned();
    let mut bag: Vec<String> = terms::telling(normal).map(singular).collect();
    if bag.is_empty() {
        bag.push(singular(normal));
    }
    bag.sort_unstable();
    bag.dedup();
    bag
}

/// The words of a name, to ask of many others whether their [`word_bag`] is the same.
#[derive(Debug, Default)]
pub(crate) struct Words<'a> {
    words: Vec<Cow<'a, str>>,
    /// What they begin with, a bit a byte: nearly always the first word of another tells by that alone.
    begin: u64,
}

impl<'a> Words<'a> {
    /// Those of a name with this normal form.
    pub(crate) fn of(normal: &'a str) -> Self {
        let mut words: Vec<Cow<'a, str>> = terms::telling(normal).map(terms::singular).collect();
        if words.is_empty() {
            words.push(terms::singular(normal));
        }
        let begin = words.iter().fold(0, |bits, word| bits | first_of(word));
        Self { words, begin }
    }

    /// Whether a name with this normal form has the same words.
    pub(crate) fn are_of(&self, normal: &str) -> bool {
        let is_here =
            |word: &str| self.begin & first_of(word) != 0 && self.words.iter().any(|own| *own == terms::singular(word));
        // Nor has a name these words that begins with a letter none of them does, and no stop word either.
        if self.begin & first_of(normal) == 0 && !normal.starts_with(terms::begins_stop) {
            return false;
        }
        let telling = || terms::telling(normal);
        if telling().next().is_none() {
            return self.words.iter().all(|own| *own == terms::singular(normal));
        }
        telling().all(is_here) && self.words.iter().all(|own| telling().any(|word| terms::singular(word) == *own))
    }
}

fn first_of(word: &str) -> u64 {
    word.as_bytes().first().map_or(1, |byte| 1 << (byte % 64))
}

#[cfg(test)]
mod tests {
    use super::super::node::Kind;
    use super::*;

    fn id(name: &str) -> NodeId {
        NodeId::derive(None, Kind::Field, name, 0)
    }

    fn index(names: &[&str]) -> NameIndex {
        let mut index = NameIndex::default();
        names.iter().for_each(|name| index.put(id(name), &Described::named(name)));
        index
    }

    #[test]
    fn word_bags_see_through_order_plural_and_small_words() {
        assert_eq!(word_bag("History of the Art"), word_bag("Art history"));
        assert_eq!(word_bag("Theories of Number"), word_bag("number theory"));
        assert_ne!(word_bag("Physics"), word_bag("Physical chemistry"));
        assert_eq!(word_bag("The"), ["the"]);
    }

    proptest::proptest! {
        #[test]
        fn words_are_the_same_where_bags_are(
            one in "((theories|theory|optics|of|the|The|its|as|!|lens|lenses|history) ?){0,4}",
            other in "((theories|theory|optics|of|the|The|its|as|!|lens|lenses|history) ?){0,4}",
        ) {
            let (one, other) = (normalise(&one), normalise(&other));
            let same = word_bag_of(&one) == word_bag_of(&other);
            proptest::prop_assert_eq!(Words::of(&one).are_of(&other), same, "{:?} {:?}", one, other);
        }
    }

    #[test]
    fn the_nearest_name_is_found_among_strangers() {
        let names = ["Optics", "Acoustics", "Geometric and physical optics", "Bread baking", "Fibre optics", "Botany"];
        let index = index(&names);
        let near = index.nearest(&Described::named("Physical and Geometric Optics"), None, 3);
        assert_eq!(near[0].node, id("Geometric and physical optics"));
        assert!(near[0].score > 0.75 && near[0].score < 1.0, "{near:?}");
        assert!(near.iter().all(|n| n.node != id("Bread baking")));
        let same = index.nearest(&Described::named("FIBRE-OPTICS"), None, 3);
        assert!(same[0].node == id("Fibre optics") && (same[0].score - 1.0).abs() < 1e-6, "{same:?}");
        assert!(
            index.nearest(&Described::named("Optics"), Some(id("Optics")), 9).iter().all(|n| n.node != id("Optics"))
        );
    }

    #[test]
    fn a_rare_word_in_common_says_more_than_one_that_many_have() {
        let names: Vec<String> = (0..30).map(|number| format!("Methods of topic{number}")).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.push("Laser cavities");
        let near = index(&names).nearest(&Described::named("Laser methods"), None, 2);
        assert_eq!(near[0].node, id("Laser cavities"), "{near:?}");
        assert!(near[0].score > 2.0 * near[1].score, "{near:?}");
    }

    #[test]
    fn the_same_name_is_found_among_hundreds_of_longer_ones_that_share_all_its_words() {
        let asked = Described::named("Linear algebra");
        let mut index = NameIndex::default();
        // More than are compared one by one, and by its id it would be the last of them.
        for number in 0..400 {
            let node = NodeId::from_bits(((Kind::Field as u64) << 50) | number).unwrap();
            index.put(node, &Described::named(&format!("Linear algebra and geometry for module {number}")));
        }
        let last = NodeId::from_bits(((Kind::Field as u64) << 50) | 1_000).unwrap();
        index.put(last, &asked);
        let near = index.nearest(&asked, None, 1);
        assert!(near[0].node == last && (near[0].score - 1.0).abs() < 1e-6, "{near:?}");
    }

    #[test]
    fn aliases_initials_and_scopes_lead_to_a_node_and_say_so() {
        let mut index = index(&["Density matrix renormalization group", "Dairy farming", "Botany"]);
        let (optics, waves) = (id("Geometrical optics"), id("Wave physics"));
        index.put(optics, &Described { names: vec!["Geometrical optics", "Ray optics"], around: vec![] });
        let around = vec!["Interference, diffraction and polarisation of light", "Holography"];
        index.put(waves, &Described { names: vec!["Wave physics"], around });
        let first = |asked: &Described<'_>| index.nearest(asked, None, 1)[0];
        let near = first(&Described::named("Ray optics"));
        assert_eq!((near.node, near.by), (optics, By::Alias(0)));
        let near = first(&Described { names: vec!["Light paths", "Geometrical optics"], around: vec![] });
        assert_eq!((near.node, near.by), (optics, By::OwnAlias(0)));
        let near = first(&Described::named("DMRG"));
        assert_eq!((near.node, near.by), (id("Density matrix renormalization group"), By::Initials));
        // The other way round.
        index.put(id("MRI"), &Described::named("MRI"));
        let near = index.nearest(&Described::named("Magnetic resonance imaging"), None, 1)[0];
        assert_eq!((near.node, near.by), (id("MRI"), By::Initials));
        let first = |asked: &Described<'_>| index.nearest(asked, None, 1)[0];
        let near = first(&Described::named("Holography"));
        assert_eq!((near.node, near.by), (waves, By::Scope));
        let near = first(&Described { names: vec!["Light"], around: vec!["Polarisation, diffraction, interference"] });
        assert_eq!((near.node, near.by), (waves, By::Scope));
    }

    #[test]
    fn what_a_node_is_about_brings_it_nearer_and_never_makes_it_the_same() {
        let mut index = index(&["Dairy farming", "Botany"]);
        let about = || vec!["Interference, diffraction and polarisation of light", "Holography"];
        index.put(id("Wave physics"), &Described { names: vec!["Wave physics"], around: about() });
        let score = |names: Vec<&str>, around: Vec<&str>| index.nearest(&Described { names, around }, None, 1)[0].score;
        let alone = score(vec!["Radiation"], about());
        assert!(alone > 0.25 && alone <= CONTEXT_AT_MOST, "{alone}");
        let by_name = score(vec!["Physics of waves and tides"], vec![]);
        let both = score(vec!["Physics of waves and tides"], about());
        assert!(by_name < both && both < 1.0, "{by_name} {both}");
    }

    /// What a common scope counts for by itself.
    const CONTEXT_AT_MOST: f32 = 0.5;

    #[test]
    fn what_came_and_went_leaves_no_trace() {
        let names = ["Optics", "Wave optics", "Fibre optics", "Ocean waves", "Optical fibres"];
        let fresh = index(&names);
        let mut used = index(&["Ocean waves", "Fibre optics", "Waves", "Optical fibres"]);
        used.put(id("Optics"), &Described { names: vec!["Light", "Waves"], around: vec!["optical fibre waves"] });
        used.remove(id("Waves"));
        used.remove(id("Ocean waves"));
        names.iter().for_each(|name| used.put(id(name), &Described::named(name)));
        assert_eq!(used.len(), fresh.len());
        for asked in ["Optical waves", "Fibre", "waves"] {
            let asked = Described::named(asked);
            assert_eq!(used.nearest(&asked, None, 9), fresh.nearest(&asked, None, 9));
        }
    }
}
