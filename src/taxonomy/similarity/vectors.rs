//! Vectors of what texts mean, and the nearest of them.

use std::sync::Arc;

use super::super::id::NodeId;
use super::super::node::Facts;
use super::super::shards::QuickMap;
use super::super::text::Untrusted;
use crate::hashing;

/// What a text was at the time it was embedded: the first half of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextKey(pub [u8; 16]);

/// How much of a long scope is embedded, in characters.
const LONGEST: usize = 1000;

/// The text that stands for a node where meanings are compared.
#[must_use]
pub fn meaning_of(facts: &Facts) -> String {
    let names = facts.names().map(Untrusted::raw);
    let mut text = names.collect::<Vec<_>>().join("; ");
    for more in facts.scope.iter().chain(&facts.subtopics) {
        text.push_str(". ");
        text.push_str(more.raw().trim().trim_end_matches('.'));
    }
    text.chars().take(LONGEST).collect()
}

/// The key of a text.
#[must_use]
pub fn text_key(text: &str) -> TextKey {
    TextKey(hashing::head(text.as_bytes()))
}

/// A direction, in signed bytes: a quarter of the memory of floats, and cosines that differ by
/// less than a hundredth.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// What one unit of a byte is worth, for a length of 1.
    pub scale: f32,
    /// The bytes.
    pub cells: Arc<[i8]>,
}

impl Vector {
    /// The direction of a list of numbers; `None` where it has none.
    #[must_use]
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let most = numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
        if !(most.is_finite() && most > 0.0) || numbers.iter().any(|number| !number.is_finite()) {
            return None;
        }
        let cells: Arc<[i8]> = numbers.iter().map(|number| (number / most * 127.0).round() as i8).collect();
        let length = cells.iter().map(|cell| f32::from(*cell) * f32::from(*cell)).sum::<f32>().sqrt();
        Some(Self { scale: 1.0 / length, cells })
    }

    /// The cosine of the angle between two directions; 0 where they are not of one kind.
    #[cfg(test)]
    fn cosine(&self, other: &Self) -> f32 {
        if self.cells.len() != other.cells.len() {
            return 0.0;
        }
        dot(&self.cells, &other.cells) as f32 * (self.scale * other.scale)
    }
}

/// In steps that a compiler makes vector instructions of: products of two bytes fit 16 bits, and pairs of them are
/// added up at once.
fn dot(one: &[i8], other: &[i8]) -> i32 {
    let (steps, others) = (one.chunks_exact(32), other.chunks_exact(32));
    let rest = steps.remainder().iter().zip(others.remainder()).map(|(a, b)| i32::from(*a) * i32::from(*b));
    let rest: i32 = rest.sum();
    let mut sums = [0_i32; 4];
    for (a, b) in steps.zip(others) {
        for (at, sum) in sums.iter_mut().enumerate() {
            let (a, b) = (&a[at * 8..at * 8 + 8], &b[at * 8..at * 8 + 8]);
            *sum += a.iter().zip(b).map(|(a, b)| i32::from(i16::from(*a)) * i32::from(i16::from(*b))).sum::<i32>();
        }
    }
    rest + sums.iter().sum::<i32>()
}

/// The directions of many nodes.
#[derive(Debug, Clone, Default)]
pub struct Vectors {
    of: QuickMap<NodeId, (TextKey, Vector, usize)>,
    /// The same bytes one after the other, a row for each node, for looking at all of them.
    nodes: Vec<(NodeId, f32)>,
    rows: Vec<i8>,
}

impl Vectors {
    /// How many nodes have one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The direction of a node.
    #[must_use]
    pub fn get(&self, node: NodeId) -> Option<&Vector> {
        self.of.get(&node).map(|(_, vector, _)| vector)
    }

    /// Whether a node's direction is that of this text.
    #[must_use]
    pub fn is_of(&self, node: NodeId, key: TextKey) -> bool {
        self.of.get(&node).is_some_and(|(known, ..)| *known == key)
    }

    /// Takes a node in. All are of one length; where one is not, the others go.
    pub fn put(&mut self, node: NodeId, key: TextKey, vector: Vector) {
        let width = vector.cells.len();
        if self.rows.len() != width * self.nodes.len() {
            *self = Self::default();
        }
        match self.of.get(&node) {
            Some((.., at)) => {
                self.nodes[*at].1 = vector.scale;
                self.rows[at * width..(at + 1) * width].copy_from_slice(&vector.cells);
            }
            None => {
                self.nodes.push((node, vector.scale));
                self.rows.extend_from_slice(&vector.cells);
            }
        }
        let at = self.of.get(&node).map_or(self.nodes.len() - 1, |(.., at)| *at);
        self.of.insert(node, (key, vector, at));
    }

    /// Forgets the nodes that do not hold.
    pub fn retain(&mut self, mut holds: impl FnMut(NodeId, TextKey) -> bool) {
        if self.of.iter().all(|(node, (key, ..))| holds(*node, *key)) {
            return;
        }
        for (node, (key, vector, _)) in std::mem::take(self).of {
            if holds(node, key) {
                self.put(node, key, vector);
            }
        }
    }

    /// The `count` nearest nodes to a direction with how near they mean: 0 is as far as any two,
    /// 1 the same. What cosine "any two" have depends on the model, so it is measured here.
    #[must_use]
    pub fn nearest(&self, asked: &Vector, except: Option<NodeId>, count: usize) -> Vec<(NodeId, f32)> {
        let width = self.rows.len() / self.nodes.len().max(1);
        if width == 0 || width != asked.cells.len() {
            return Vec::new();
        }
        let rows = self.nodes.iter().zip(self.rows.chunks_exact(width)).filter(|((node, _), _)| Some(*node) != except);
        let cosine = |scale: f32, row: &[i8]| dot(&asked.cells, row) as f32 * (asked.scale * scale);
        let mut found: Vec<(NodeId, f32)> = rows.map(|((node, scale), row)| (*node, cosine(*scale, row))).collect();
        if found.is_empty() {
            return found;
        }
        let sum: f64 = found.iter().map(|(_, cosine)| f64::from(*cosine)).sum();
        let usual = (sum / found.len() as f64).clamp(0.0, 0.99) as f32;
        let nearer = |a: &(NodeId, f32), b: &(NodeId, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > count && count > 0 {
            found.select_nth_unstable_by(count - 1, nearer);
        }
        found.truncate(count);
        found.sort_by(nearer);
        found.iter_mut().for_each(|(_, cosine)| *cosine = ((*cosine - usual) / (1.0 - usual)).clamp(0.0, 1.0));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::node::Kind;
    use super::*;

    fn id(name: &str) -> NodeId {
        NodeId::derive(None, Kind::Field, name, 0)
    }

    #[test]
    fn bytes_keep_the_angle() {
        let (a, b) = ([0.3, -0.2, 0.9, 0.01], [0.1, 0.2, 0.7, -0.3]);
        let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
        let exact = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>() / length(&a) / length(&b);
        let (a, b) = (Vector::of(&a).unwrap(), Vector::of(&b).unwrap());
        assert!((a.cosine(&b) - exact).abs() < 0.01 && (a.cosine(&a) - 1.0).abs() < 1e-5);
        assert_eq!(a.cosine(&Vector::of(&[1.0]).unwrap()), 0.0, "another kind of vector");
        assert!([&[0.0, 0.0][..], &[f32::NAN], &[1.0, f32::INFINITY], &[]].iter().all(|v| Vector::of(v).is_none()));
    }

    #[test]
    fn nearness_is_measured_from_what_is_usual() {
        let mut vectors = Vectors::default();
        let key = text_key("x");
        // A model that puts everything in one corner.
        for (name, numbers) in [("a", [1.0, 0.0, 9.0]), ("b", [0.0, 1.0, 9.0]), ("c", [-1.0, -1.0, 9.0])] {
            vectors.put(id(name), key, Vector::of(&numbers).unwrap());
        }
        let near = vectors.nearest(&Vector::of(&[1.0, 0.1, 9.0]).unwrap(), Some(id("b")), 9);
        assert_eq!(near.iter().map(|(node, _)| *node).collect::<Vec<_>>(), [id("a"), id("c")]);
        assert!(near[0].1 > 0.9 && near[1].1 < 0.1, "{near:?}");
        assert!(vectors.is_of(id("a"), key) && !vectors.is_of(id("a"), text_key("y")));
        vectors.retain(|node, _| node == id("a"));
        assert_eq!(vectors.len(), 1);
    }
}
