//! Which concepts of which class sessions a question draws on (GLAN section 2.4).
//!
//! Strategy 1 takes one session with m concepts and 1 to min(5, m) of them; strategy 2 takes two
//! sessions and 2 to min(5, m1 + m2) concepts, at least one from each. The paper leaves the mix
//! open; here it is half and half, and within a strategy every number of concepts comes equally
//! often, for as long as there are draws left.
//!
//! All draws of one number of concepts form a *stratum*: they are numbered, and taken in the
//! order of a keyed permutation. So draw k is had without the draws before it, nothing is
//! remembered, and no draw comes twice before all have come.

use std::collections::HashSet;

use crate::taxonomy::{NodeId, Session};

use super::item::{Draw, MOST_CONCEPTS, Pick, Strategy};
use super::random::{Permutation, Stream};
use crate::hashing::mix;

/// Rows of the table of binomials; larger ones are computed.
const TABLE: usize = 64;

const fn binomials() -> [[u64; MOST_CONCEPTS + 1]; TABLE] {
    let mut table = [[0; MOST_CONCEPTS + 1]; TABLE];
    let mut n = 0;
    while n < TABLE {
        table[n][0] = 1;
        let mut k = 1;
        while k <= MOST_CONCEPTS && n > 0 {
            table[n][k] = table[n - 1][k - 1] + table[n - 1][k];
            k += 1;
        }
        n += 1;
    }
    table
}

static BINOMIALS: [[u64; MOST_CONCEPTS + 1]; TABLE] = binomials();

/// C(n, k) for k up to 5; the largest `u64` where it does not fit.
fn choose(n: usize, k: usize) -> u64 {
    if let Some(row) = BINOMIALS.get(n) {
        return row[k];
    }
    let mut value = 1_u128;
    for step in 0..k as u128 {
        value = value * (n as u128 - step) / (step + 1);
    }
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// Draws of `n` concepts from two sessions with `a` and `b`, at least one from each: the paper's
/// C(a+b, n) - C(a, n) - C(b, n).
fn across(a: usize, b: usize, n: usize) -> u64 {
    choose(a + b, n).saturating_sub(choose(a, n)).saturating_sub(choose(b, n))
}

/// How many different draws sessions with these numbers of concepts allow, as (strategy 1,
/// strategy 2), each by number of concepts from 1 to 5.
fn capacities(sizes: &[usize]) -> ([u64; MOST_CONCEPTS], [u64; MOST_CONCEPTS]) {
    let (mut one, mut two) = ([0_u64; MOST_CONCEPTS], [0_u64; MOST_CONCEPTS]);
    // Sessions of one size are all alike, and there are few sizes.
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    let alike: Vec<(usize, u64)> = sorted.chunk_by(|a, b| a == b).map(|some| (some[0], some.len() as u64)).collect();
    for n in 1..=MOST_CONCEPTS {
        for (at, (a, count)) in alike.iter().enumerate() {
            let add = |sum: &mut u64, times: u64, draws: u64| *sum = sum.saturating_add(times.saturating_mul(draws));
            add(&mut one[n - 1], *count, choose(*a, n));
            add(&mut two[n - 1], count * (count - 1) / 2, across(*a, *a, n));
            for (b, others) in &alike[at + 1..] {
                add(&mut two[n - 1], count * others, across(*a, *b, n));
            }
        }
    }
    (one, two)
}

/// Positions of the concepts that can be drawn, by session: blank ones and repetitions within a
/// session are left out.
fn usable(sessions: &[Session]) -> Vec<Vec<u32>> {
    let of_session = |session: &Session| {
        let mut seen = HashSet::with_capacity(session.concepts.len());
        let texts = session.concepts.iter().map(|concept| concept.raw().trim());
        let fresh = texts.enumerate().filter(|(_, text)| !text.is_empty() && seen.insert(*text));
        fresh.map(|(at, _)| at as u32).collect()
    };
    sessions.iter().map(of_session).collect()
}

/// How many different draws the sessions of a syllabus allow, by how many different key concepts each has.
#[must_use]
pub fn capacity(sizes: &[usize]) -> u64 {
    let (one, two) = capacities(sizes);
    one.into_iter().chain(two).fold(0, u64::saturating_add)
}

/// All draws from one version of one syllabus under one seed, in their order. Its memory does
/// not grow with the number of draws taken.
pub struct Sampler {
    concepts: Vec<Vec<u32>>,
    /// Draws of strategy 1 and 2.
    strategies: [Strata; 2],
    coin: u64,
}

impl Sampler {
    /// The draws of a subject from `sessions`, which belong to the syllabus with content hash `hash`.
    #[must_use]
    pub fn new(seed: u64, subject: NodeId, sessions: &[Session], hash: &str) -> Self {
        let parts = [&seed.to_le_bytes(), subject.to_string().as_bytes(), hash.as_bytes()].map(<[u8]>::to_vec);
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let mut stream = Stream::new("provost 2026 draws v1", &parts);
        let concepts = usable(sessions);
        let sizes: Vec<usize> = concepts.iter().map(Vec::len).collect();
        let coin = stream.next();
        let strategies = [Strategy::One, Strategy::Two].map(|strategy| Strata::new(strategy, &sizes, &mut stream));
        Self { concepts, strategies, coin }
    }

    /// How many different draws there are.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.strategies[0].total.saturating_add(self.strategies[1].total)
    }

    /// Draw number `k` from 0; `None` from the capacity on.
    #[must_use]
    pub fn draw(&self, k: u64) -> Option<Draw> {
        if k >= self.capacity() {
            return None;
        }
        let paired = self.strategies[0].total.min(self.strategies[1].total);
        let (strategy, nth) = if k / 2 < paired {
            // Of each pair of draws one is of either strategy; a coin says which comes first.
            let first = mix(self.coin ^ (k / 2)) & 1;
            (((k & 1) ^ first) as usize, k / 2)
        } else {
            (usize::from(self.strategies[1].total > paired), k - paired)
        };
        let (stratum, rank) = self.strategies[strategy].at(nth)?;
        Some(match strategy {
            0 => self.one(stratum, rank),
            _ => self.two(stratum, rank),
        })
    }

    fn size(&self, session: usize) -> usize {
        self.concepts[session].len()
    }

    fn one(&self, stratum: &Stratum, rank: u64) -> Draw {
        let (session, rank) = stratum.row(rank);
        let mut draw = Draw::new(Strategy::One, [session as u32, session as u32]);
        self.pick(&mut draw, session, stratum.concepts, rank);
        draw
    }

    fn two(&self, stratum: &Stratum, rank: u64) -> Draw {
        let (first, mut rank) = stratum.row(rank);
        let n = stratum.concepts;
        let mut second = first + 1;
        while second + 1 < self.concepts.len() {
            let pairs = across(self.size(first), self.size(second), n);
            if rank < pairs {
                break;
            }
            rank -= pairs;
            second += 1;
        }
        let mut draw = Draw::new(Strategy::Two, [first as u32, second as u32]);
        for from_first in 1..n {
            let rest = choose(self.size(second), n - from_first);
            let ways = choose(self.size(first), from_first).saturating_mul(rest);
            if rank < ways {
                self.pick(&mut draw, first, from_first, rank / rest);
                self.pick(&mut draw, second, n - from_first, rank % rest);
                break;
            }
            rank -= ways;
        }
        draw
    }

    /// Adds the `rank`-th choice of `n` concepts of a session, in lexicographic order.
    fn pick(&self, draw: &mut Draw, session: usize, n: usize, mut rank: u64) {
        let concepts = &self.concepts[session];
        let mut at = 0;
        for after in (0..n).rev() {
            while at + 1 < concepts.len() {
                let with_this = choose(concepts.len() - at - 1, after);
                if rank < with_this {
                    break;
                }
                rank -= with_this;
                at += 1;
            }
            if let Some(concept) = concepts.get(at) {
                draw.push(Pick { session: session as u32, concept: *concept });
            }
            at += 1;
        }
    }
}

/// The draws of one strategy, by number of concepts.
struct Strata {
    /// Those that hold any draw, the smallest first.
    strata: Vec<Stratum>,
    total: u64,
    turn: u64,
}

struct Stratum {
    /// Concepts of each draw.
    concepts: usize,
    order: Permutation,
    /// Draws of all sessions up to and including this (first) session.
    up_to: Vec<u64>,
}

impl Strata {
    fn new(strategy: Strategy, sizes: &[usize], stream: &mut Stream) -> Self {
        let turn = stream.next();
        let mut strata = Vec::new();
        for n in usize::from(strategy.number())..=MOST_CONCEPTS {
            let mut sum = 0_u64;
            let rows = sizes.iter().enumerate().map(|(at, a)| {
                let row = match strategy {
                    Strategy::One => choose(*a, n),
                    Strategy::Two => {
                        sizes[at + 1..].iter().fold(0, |row: u64, b| row.saturating_add(across(*a, *b, n)))
                    }
                };
                sum = sum.saturating_add(row);
                sum
            });
            let up_to: Vec<u64> = rows.collect();
            let order = Permutation::new(sum, stream);
            if sum > 0 {
                strata.push(Stratum { concepts: n, order, up_to });
            }
        }
        strata.sort_by_key(|stratum| stratum.order.size());
        let total = strata.iter().fold(0_u64, |sum, stratum| sum.saturating_add(stratum.order.size()));
        Self { strata, total, turn }
    }

    /// The stratum of this strategy's `nth` draw and the draw's number in it. Strata take turns,
    /// one draw each, until the smaller ones are used up.
    fn at(&self, nth: u64) -> Option<(&Stratum, u64)> {
        let (mut before, mut rounds) = (0_u64, 0_u64);
        for (used_up, smallest) in self.strata.iter().enumerate() {
            let left = &self.strata[used_up..];
            let width = left.len() as u64;
            let here = (smallest.order.size() - rounds).saturating_mul(width);
            if nth - before < here {
                let round = rounds + (nth - before) / width;
                let turn = (nth - before) % width;
                let stratum = &left[(turn.wrapping_add(mix(self.turn ^ round) >> 32) % width) as usize];
                return Some((stratum, stratum.order.at(round)));
            }
            before += here;
            rounds = smallest.order.size();
        }
        None
    }
}

impl Stratum {
    /// The (first) session that a draw's number falls to, and the number within it.
    fn row(&self, rank: u64) -> (usize, u64) {
        let row = self.up_to.partition_point(|sum| *sum <= rank);
        let before = row.checked_sub(1).map_or(0, |before| self.up_to[before]);
        (row, rank - before)
    }
}

#[cfg(test)]
mod tests;
