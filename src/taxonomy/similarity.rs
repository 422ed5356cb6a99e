//! Which names are near each other: word bags, letter trigrams, and the nearest neighbours of a
//! name over the whole taxonomy.

use std::collections::HashMap;

use super::id::NodeId;
use super::text::normalise;

/// Words that carry no meaning in a name.
const STOP: [&str; 12] = ["a", "an", "and", "for", "in", "its", "of", "on", "the", "to", "with", "advanced"];

/// The words of a name in alphabetical order, without stop words and plural endings: names with
/// equal bags are very likely the same thing.
#[must_use]
pub fn word_bag(name: &str) -> Vec<String> {
    let normal = normalise(name);
    let words = normal.split(' ').filter(|word| !STOP.contains(word));
    let mut bag: Vec<String> = words.map(singular).collect();
    bag.sort_unstable();
    bag.dedup();
    if bag.is_empty() { vec![normal] } else { bag }
}

fn singular(word: &str) -> String {
    match word {
        word if word.len() > 4 && word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        word if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("ics") => {
            word[..word.len() - 1].to_owned()
        }
        word => word.to_owned(),
    }
}

/// One feature of a name: a trigram of letters or a whole word, hashed.
type Feature = u32;

fn features(name: &str) -> Vec<Feature> {
    let mut found = Vec::new();
    for word in word_bag(name) {
        let padded: Vec<char> = format!(" {word} ").chars().collect();
        found.extend(padded.windows(3).map(|gram| hash(gram.iter().copied())));
        found.push(hash(word.chars().chain(std::iter::once('\u{1}'))));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// FNV-1a over characters.
fn hash(text: impl Iterator<Item = char>) -> Feature {
    text.fold(0x811c_9dc5, |hash, c| (hash ^ u32::from(c)).wrapping_mul(0x0100_0193))
}

/// How near two names are, 0 to 1: shared features over all features.
#[must_use]
pub fn nearness(a: &str, b: &str) -> f32 {
    let (a, b) = (features(a), features(b));
    let shared = a.iter().filter(|feature| b.binary_search(feature).is_ok()).count();
    shared as f32 / (a.len() + b.len() - shared).max(1) as f32
}

/// A neighbour and how near it is, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The node, accepted or proposed.
    pub node: NodeId,
    /// 1 is the same name.
    pub score: f32,
}

/// An inverted index over names, to find the nearest among tens of thousands in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    nodes: Vec<NodeId>,
    sizes: Vec<u32>,
    postings: HashMap<Feature, Vec<u32>>,
}

impl NameIndex {
    /// An index of (node, name); a node may come with several names.
    #[must_use]
    pub fn new<'a>(names: impl Iterator<Item = (NodeId, &'a str)>) -> Self {
        let mut index = Self::default();
        for (node, name) in names {
            index.add(node, name);
        }
        index
    }

    /// Adds one name of a node.
    pub fn add(&mut self, node: NodeId, name: &str) {
        let features = features(name);
        let at = self.nodes.len() as u32;
        self.nodes.push(node);
        self.sizes.push(features.len() as u32);
        for feature in features {
            self.postings.entry(feature).or_default().push(at);
        }
    }

    /// The `count` nodes with the nearest names, nearest first, `except` left out.
    #[must_use]
    pub fn nearest(&self, name: &str, except: NodeId, count: usize) -> Vec<Neighbour> {
        let features = features(name);
        let mut shared: Vec<u16> = vec![0; self.nodes.len()];
        for posting in features.iter().filter_map(|feature| self.postings.get(feature)) {
            for at in posting {
                shared[*at as usize] += 1;
            }
        }
        let mut best: HashMap<NodeId, f32> = HashMap::new();
        for (at, shared) in shared.into_iter().enumerate().filter(|(_, shared)| *shared > 1) {
            let all = features.len() as f32 + self.sizes[at] as f32 - f32::from(shared);
            let score = f32::from(shared) / all.max(1.0);
            let node = self.nodes[at];
            if node != except && score >= 0.12 {
                let known = best.entry(node).or_insert(score);
                *known = known.max(score);
            }
        }
        let mut found: Vec<_> = best.into_iter().map(|(node, score)| Neighbour { node, score }).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.node.cmp(&b.node)));
        found.truncate(count);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::Kind;
    use super::*;

    #[test]
    fn word_bags_see_through_order_plural_and_small_words() {
        assert_eq!(word_bag("History of the Art"), word_bag("Art history"));
        assert_eq!(word_bag("Theories of Number"), word_bag("number theory"));
        assert_ne!(word_bag("Physics"), word_bag("Physical chemistry"));
        assert_eq!(word_bag("The"), ["the"]);
    }

    #[test]
    fn the_nearest_name_is_found_among_strangers() {
        let names = ["Optics", "Acoustics", "Geometric and physical optics", "Bread baking", "Fibre optics", "Botany"];
        let id = |name: &str| NodeId::derive(None, Kind::Field, name, 0);
        let index = NameIndex::new(names.iter().map(|name| (id(name), *name)));
        let near = index.nearest("Physical and Geometric Optics", id("x"), 3);
        assert_eq!(near[0].node, id("Geometric and physical optics"));
        assert!((near[0].score - 1.0).abs() < 1e-6);
        assert!(near.iter().all(|n| n.node != id("Bread baking")));
    }

    #[test]
    fn nearness_is_symmetric_and_one_for_the_same() {
        assert!((nearness("Linear algebra", "Linear Algebra") - 1.0).abs() < 1e-6);
        let (there, back) =
            (nearness("Matrix theory", "Matrix analysis"), nearness("Matrix analysis", "Matrix theory"));
        assert!((there - back).abs() < 1e-6 && there > 0.2 && there < 0.9, "{there}");
    }
}
