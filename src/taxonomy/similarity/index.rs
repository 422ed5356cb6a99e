//! An inverted index over the names, aliases, scopes and subtopics of nodes.
//!
//! A question goes two ways. First the lists of nodes that share a rare word or group of letters
//! are added up: that finds candidates. Then each candidate is scored on its own. Both depend on
//! what is in the index and not on how it came there.

mod alike;

use super::super::id::NodeId;
use super::super::shards::QuickMap;
use super::super::text::normalise;
use super::terms::{self, Term};
use super::{By, Described, Neighbour};

/// A whole word counts as much as so many groups of letters.
const WORD: f32 = 3.0;
/// What of the question is missing counts more than what the other has beside it.
const ASKED: f32 = 0.7;
/// A name that is not the same is never shown as the same.
const NOT_THE_SAME: f32 = 0.99;
/// An abbreviation is as good as this.
const INITIALS: f32 = 0.9;
/// What scope and subtopics can add to a name that says nothing.
const CONTEXT: f32 = 0.5;
/// How many candidates are scored, by their names and by their scopes.
const CANDIDATES: usize = 96;
/// So many texts are passed over at once where none of them shares enough.
const BLOCK: usize = 16;
/// So many names of the question are looked for.
const NAMES: usize = 8;

type Doc = u32;

/// One name of a node, or (last) the words around it.
#[derive(Debug, Clone)]
struct Text {
    node: NodeId,
    /// 0 is the name, then the aliases.
    which: usize,
    /// As two names are compared; empty for the words around.
    normal: Box<str>,
    terms: Box<[Term]>,
}

/// The texts of a node as they are compared. To make them ready is most of the work and asks nothing of the index, so it may
/// be done elsewhere.
pub(super) struct Ready {
    names: Vec<ReadyName>,
    around: Box<[Term]>,
}

struct ReadyName {
    normal: Box<str>,
    terms: Box<[Term]>,
    /// The first letter of the abbreviation that it is.
    short: Option<char>,
}

impl Ready {
    /// `normals` are its names in their normal form. `scratch` is only there so that many use the same memory.
    pub(super) fn of<'n>(
        described: &Described<'_>,
        normals: impl Iterator<Item = &'n str>,
        scratch: &mut Vec<Term>,
    ) -> Self {
        let names = described.names.iter().zip(normals).map(|(name, normal)| {
            terms::name_terms(normal, scratch);
            let short = terms::abbreviation(name).and_then(|short| short.chars().next());
            ReadyName { normal: normal.into(), terms: scratch.as_slice().into(), short }
        });
        let names = names.collect();
        terms::word_terms(&described.around, scratch);
        Self { names, around: scratch.as_slice().into() }
    }

    /// Its names in their normal form.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &*name.normal)
    }
}

/// Where a term occurs.
#[derive(Debug, Clone, Default)]
struct Places {
    names: Vec<Doc>,
    around: Vec<Doc>,
}

/// The nearest nodes to a text, among tens of thousands, in about a millisecond. Nodes come and
/// go one by one.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    nodes: QuickMap<NodeId, Vec<Doc>>,
    texts: Vec<Option<Text>>,
    /// How many terms each text has: what is looked at for tens of thousands of them lies together.
    lengths: Vec<u16>,
    free: Vec<Doc>,
    places: QuickMap<Term, Places>,
    /// Names of several words by their first letter, and names that are abbreviations.
    long: QuickMap<char, Vec<Doc>>,
    short: QuickMap<char, Vec<Doc>>,
}

/// The texts with the most, twice as many as are wanted, and all that have as much as the last of them.
#[derive(Default)]
struct Most {
    found: Vec<(f32, Doc)>,
    /// What has less is none of them.
    least: f32,
}

impl Most {
    fn offer(&mut self, score: f32, doc: Doc) {
        if score < self.least {
            return;
        }
        self.found.push((score, doc));
        // Those that are as good as the last may be many.
        if self.found.len() >= CANDIDATES * 16 && self.found.len().is_multiple_of(CANDIDATES * 8) {
            self.prune();
        }
    }

    fn prune(&mut self) {
        if self.found.len() > CANDIDATES * 2 {
            self.found.select_nth_unstable_by(CANDIDATES * 2, |a, b| b.0.total_cmp(&a.0));
            self.least = self.found[CANDIDATES * 2].0;
            self.found.retain(|(score, _)| *score >= self.least);
        }
    }
}

/// A text made ready to be looked for.
struct Question {
    names: Vec<Asked>,
    around: Vec<(Term, f32)>,
    around_total: f32,
}

/// One name of the question.
struct Asked {
    normal: String,
    short: Option<String>,
    terms: Vec<(Term, f32)>,
    total: f32,
    words: f32,
}

impl Asked {
    /// How near a name of so many terms may be that shares so much.
    fn bound(&self, shared: f32, length: u16) -> f32 {
        // The other's terms are taken to weigh half as much as those of the question.
        let each = self.total * 0.5 / self.terms.len() as f32;
        shared / (ASKED * self.total + (1.0 - ASKED) * shared.max(each * f32::from(length)))
    }
}

impl NameIndex {
    /// How many nodes it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Takes a node in, or takes in what it is called now.
    pub fn put(&mut self, node: NodeId, described: &Described<'_>) {
        let normals: Vec<String> = described.names.iter().map(|name| normalise(name)).collect();
        self.put_ready(node, Ready::of(described, normals.iter().map(String::as_str), &mut Vec::new()));
    }

    /// [`NameIndex::put`] of texts that were made ready.
    pub(super) fn put_ready(&mut self, node: NodeId, ready: Ready) {
        self.remove(node);
        let mut docs = Vec::with_capacity(ready.names.len() + 1);
        for (which, name) in ready.names.into_iter().enumerate() {
            let (first, is_long) = (name.normal.chars().next(), name.normal.contains(' '));
            let doc = self.add(Text { node, which, normal: name.normal, terms: name.terms });
            if let Some(first) = name.short {
                self.short.entry(first).or_default().push(doc);
            } else if let Some(first) = first.filter(|_| is_long) {
                self.long.entry(first).or_default().push(doc);
            }
            docs.push(doc);
        }
        if !ready.around.is_empty() {
            docs.push(self.add(Text { node, which: usize::MAX, normal: "".into(), terms: ready.around }));
        }
        self.nodes.insert(node, docs);
    }

    fn add(&mut self, text: Text) -> Doc {
        let doc = self.free.pop().unwrap_or(self.texts.len() as Doc);
        for term in &text.terms {
            let places = self.places.entry(*term).or_default();
            if text.normal.is_empty() { places.around.push(doc) } else { places.names.push(doc) }
        }
        let length = text.terms.len().min(usize::from(u16::MAX)) as u16;
        match (self.texts.get_mut(doc as usize), self.lengths.get_mut(doc as usize)) {
            (Some(slot), Some(known)) => (*slot, *known) = (Some(text), length),
            _ => {
                self.texts.push(Some(text));
                self.lengths.push(length);
            }
        }
        doc
    }

    /// The names of a node, the aliases after it, as two names are compared.
    pub fn names_of(&self, node: NodeId) -> impl Iterator<Item = &str> {
        let docs = self.nodes.get(&node).map_or(&[][..], Vec::as_slice).iter();
        let texts = docs.filter_map(|doc| self.texts.get(*doc as usize)?.as_ref());
        texts.map(|text| &*text.normal).filter(|normal| !normal.is_empty())
    }

    /// Every name and alias, as two names are compared, with its node.
    pub fn all_names(&self) -> impl Iterator<Item = (NodeId, &str)> {
        let texts = self.texts.iter().flatten().map(|text| (text.node, &*text.normal));
        texts.filter(|(_, normal)| !normal.is_empty())
    }

    /// Forgets a node.
    pub fn remove(&mut self, node: NodeId) {
        for doc in self.nodes.remove(&node).unwrap_or_default() {
            let Some(text) = self.texts.get_mut(doc as usize).and_then(Option::take) else { continue };
            for term in &text.terms {
                let Some(places) = self.places.get_mut(term) else { continue };
                drop_doc(&mut places.names, doc);
                drop_doc(&mut places.around, doc);
                if places.names.is_empty() && places.around.is_empty() {
                    self.places.remove(term);
                }
            }
            // An abbreviation is listed by its own first letter, which is that of the name as well.
            if let Some(first) = text.normal.chars().next() {
                self.long.entry(first).and_modify(|docs| drop_doc(docs, doc));
                self.short.entry(first).and_modify(|docs| drop_doc(docs, doc));
            }
            self.free.push(doc);
        }
    }

    /// The `count` nearest nodes, nearest first, `except` left out. A node that is called the same
    /// comes before all others.
    #[must_use]
    pub fn nearest(&self, asked: &Described<'_>, except: Option<NodeId>, count: usize) -> Vec<Neighbour> {
        let question = self.question(asked);
        let candidates = self.candidates(&question, except);
        let mut weights = Weights::of(self);
        let mut found: Vec<Neighbour> = candidates
            .into_iter()
            .map(|node| self.neighbour(&question, node, &mut weights))
            .filter(|near| near.score > 0.0)
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.node.cmp(&b.node)));
        found.truncate(count);
        found
    }

    /// Rare words say more than frequent ones. 64 more names than there are, so that the first
    /// few nodes of a taxonomy do not change what a score means.
    fn weight(&self, term: Term) -> f32 {
        let count = self.places.get(&term).map_or(0, |places| places.names.len() + places.around.len());
        let rare = (1.0 + ((self.texts.len() - self.free.len()) as f32 + 64.0) / (count as f32 + 0.5)).ln();
        let rare = rare * rare.sqrt();
        if term.is_word() { WORD * rare } else { rare }
    }

    fn question(&self, asked: &Described<'_>) -> Question {
        let mut scratch = Vec::new();
        let weighted = |term: Term| (term, self.weight(term));
        let names = asked.names.iter().take(NAMES).map(|name| {
            let normal = normalise(name);
            terms::name_terms(&normal, &mut scratch);
            let terms: Vec<_> = scratch.iter().copied().map(weighted).collect();
            let total = terms.iter().map(|(_, weight)| weight).sum();
            let words = terms.iter().filter(|(term, _)| term.is_word()).map(|(_, weight)| weight).sum();
            Asked { normal, short: terms::abbreviation(name), terms, total, words }
        });
        let names = names.collect();
        terms::word_terms(&asked.around, &mut scratch);
        let around: Vec<_> = scratch.iter().copied().map(weighted).collect();
        let around_total = around.iter().map(|(_, weight)| weight).sum();
        Question { names, around, around_total }
    }

    /// The nodes that share most with the question.
    fn candidates(&self, question: &Question, except: Option<NodeId>) -> Vec<NodeId> {
        let mut best: Vec<NodeId> = Vec::new();
        let mut keep = |ranked: Vec<(f32, Doc)>| best.extend(self.top(ranked, except));
        let mut shared = vec![0.0_f32; self.texts.len()];
        for asked in &question.names {
            for (term, weight) in &asked.terms {
                for doc in self.places.get(term).map_or(&[][..], |places| &places.names) {
                    shared[*doc as usize] += weight;
                }
            }
            let mut most = Most::default();
            for at in (0..shared.len()).step_by(BLOCK) {
                let block = at..shared.len().min(at + BLOCK);
                // None may be nearer than if it had nothing but what it shares; a hair less, as floats are rounded.
                let least = 0.999 * most.least * ASKED * asked.total;
                if reaches(&shared[block.clone()], least) {
                    for doc in block.clone().filter(|doc| shared[*doc] > 0.0 && shared[*doc] >= least) {
                        most.offer(asked.bound(shared[doc], self.lengths[doc]), doc as Doc);
                    }
                }
                shared[block].fill(0.0);
            }
            keep(most.found);
            keep(self.abbreviated(asked));
        }
        let name = question.names.first().map_or(&[][..], |asked| &asked.terms);
        let around = name.iter().filter(|(term, _)| term.is_word()).chain(&question.around);
        for (term, weight) in around {
            for doc in self.places.get(term).map_or(&[][..], |places| &places.around) {
                shared[*doc as usize] += weight;
            }
        }
        let mut most = Most::default();
        for (block, shared) in shared.chunks(BLOCK).enumerate().map(|(at, shared)| (at * BLOCK, shared)) {
            if reaches(shared, most.least) {
                let ranked = shared.iter().enumerate().filter(|(_, shared)| **shared > 0.0);
                ranked.for_each(|(at, shared)| most.offer(*shared, (block + at) as Doc));
            }
        }
        keep(most.found);
        best.sort_unstable();
        best.dedup();
        best
    }

    /// Names that the question abbreviates, or that abbreviate it.
    fn abbreviated(&self, asked: &Asked) -> Vec<(f32, Doc)> {
        let Some(first) = asked.normal.chars().next() else { return Vec::new() };
        let among = if asked.short.is_some() { &self.long } else { &self.short };
        let docs = among.get(&first).map_or(&[][..], Vec::as_slice).iter();
        docs.filter_map(|doc| {
            let text = self.texts.get(*doc as usize)?.as_ref()?;
            Some((initials(asked, text), *doc))
        })
        .filter(|(score, _)| *score > 0.0)
        .collect()
    }

    fn top(&self, ranked: Vec<(f32, Doc)>, except: Option<NodeId>) -> impl Iterator<Item = NodeId> + use<> {
        let mut most = Most { found: ranked, least: 0.0 };
        most.prune();
        let ranked = most.found;
        let nodes =
            ranked.into_iter().filter_map(|(score, doc)| Some((score, self.texts[doc as usize].as_ref()?.node)));
        let mut nodes: Vec<_> = nodes.filter(|(_, node)| Some(*node) != except).collect();
        nodes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        nodes.truncate(CANDIDATES);
        nodes.into_iter().map(|(_, node)| node)
    }

    /// One node against the question.
    fn neighbour(&self, question: &Question, node: NodeId, weights: &mut Weights<'_>) -> Neighbour {
        let mut best = Neighbour { node, score: 0.0, by: By::Name };
        let mut around = 0.0_f32;
        for doc in self.nodes.get(&node).map_or(&[][..], Vec::as_slice) {
            let Some(text) = self.texts[*doc as usize].as_ref() else { continue };
            if text.normal.is_empty() {
                around = weights.around(question, text);
                continue;
            }
            for (which, asked) in question.names.iter().enumerate() {
                let (score, by) = weights.names(asked, text);
                let by = match (by, text.which, which) {
                    (By::Initials, ..) => By::Initials,
                    (_, 0, 0) => By::Name,
                    (_, 0, own) => By::OwnAlias(own - 1),
                    (_, other, _) => By::Alias(other - 1),
                };
                if score > best.score {
                    best = Neighbour { node, score, by };
                }
            }
        }
        let more = (NOT_THE_SAME - best.score).max(0.0) * CONTEXT * around;
        if more > best.score {
            best.by = By::Scope;
        }
        best.score += more;
        best
    }
}

/// The weights of terms, each looked up once for one question: its candidates share most of them.
struct Weights<'i> {
    index: &'i NameIndex,
    known: QuickMap<Term, f32>,
}

impl<'i> Weights<'i> {
    fn of(index: &'i NameIndex) -> Self {
        Self { index, known: QuickMap::default() }
    }

    fn sum(&mut self, terms: &[Term]) -> f32 {
        terms.iter().map(|term| *self.known.entry(*term).or_insert_with(|| self.index.weight(*term))).sum()
    }

    fn names(&mut self, asked: &Asked, text: &Text) -> (f32, By) {
        if asked.normal == *text.normal {
            return (1.0, By::Name);
        }
        let shared: f32 = shared(&asked.terms, &text.terms);
        let theirs = self.sum(&text.terms);
        let score = shared / (ASKED * asked.total + (1.0 - ASKED) * theirs).max(f32::MIN_POSITIVE);
        let initials = INITIALS * initials(asked, text);
        if initials > score { (initials, By::Initials) } else { (score.min(NOT_THE_SAME), By::Name) }
    }

    /// How much of what the question is called or is about is also what a node is about, 0 to 1.
    fn around(&mut self, question: &Question, text: &Text) -> f32 {
        let theirs = self.sum(&text.terms);
        let both =
            2.0 * shared(&question.around, &text.terms) / (question.around_total + theirs).max(f32::MIN_POSITIVE);
        let named = question.names.first().map_or(0.0, |asked| {
            let words: Vec<_> = asked.terms.iter().filter(|(term, _)| term.is_word()).copied().collect();
            shared(&words, &text.terms) / asked.words.max(f32::MIN_POSITIVE)
        });
        // Half a name in a scope is a coincidence.
        both.max(if named > 0.75 { named } else { 0.0 }).min(1.0)
    }
}

/// Whether any of these is as much and more than nothing: most share nothing with a question, and many are looked at at once.
fn reaches(shared: &[f32], least: f32) -> bool {
    shared.iter().fold(false, |any, shared| any | ((*shared > 0.0) & (*shared >= least)))
}

fn initials(asked: &Asked, text: &Text) -> f32 {
    match &asked.short {
        Some(short) => terms::abbreviates(short, &text.normal),
        None if text.normal.contains(' ') => 0.0,
        None => terms::abbreviates(&text.normal, &asked.normal),
    }
}

/// The weight of what two ordered lists share.
fn shared(asked: &[(Term, f32)], theirs: &[Term]) -> f32 {
    asked.iter().filter(|(term, _)| theirs.binary_search(term).is_ok()).map(|(_, weight)| weight).sum()
}

fn drop_doc(docs: &mut Vec<Doc>, doc: Doc) {
    if let Some(at) = docs.iter().position(|known| *known == doc) {
        docs.swap_remove(at);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What [`NameIndex::candidates`] chooses, every text looked at by itself.
    fn each(index: &NameIndex, question: &Question) -> Vec<NodeId> {
        let mut best: Vec<NodeId> = Vec::new();
        let sums = |terms: &mut dyn Iterator<Item = &(Term, f32)>, of: fn(&Places) -> &Vec<Doc>| {
            let mut shared = vec![0.0_f32; index.texts.len()];
            for (term, weight) in terms {
                index.places.get(term).map_or(&Vec::new(), of).iter().for_each(|doc| shared[*doc as usize] += weight);
            }
            shared
        };
        for asked in &question.names {
            let shared = sums(&mut asked.terms.iter(), |places| &places.names);
            let near = shared.iter().enumerate().filter(|(_, shared)| **shared > 0.0);
            let near = near.map(|(doc, shared)| (asked.bound(*shared, index.lengths[doc]), doc as Doc)).collect();
            best.extend(index.top(near, None));
            best.extend(index.top(index.abbreviated(asked), None));
        }
        let words = question.names[0].terms.iter().filter(|(term, _)| term.is_word()).chain(&question.around);
        let shared = sums(&mut words.into_iter(), |places| &places.around);
        let near = shared.iter().enumerate().filter(|(_, shared)| **shared > 0.0);
        best.extend(index.top(near.map(|(doc, shared)| (*shared, doc as Doc)).collect(), None));
        best.sort_unstable();
        best.dedup();
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn texts_that_are_passed_over_in_blocks_are_no_candidates(seed in any::<u64>(), count in 0..4_000_u64) {
            const WORDS: [&str; 12] = [
                "optics", "optical", "wave", "waves", "quantum", "theory", "of", "systems", "applied", "urban", "DMRG", "law",
            ];
            let word = |at: u64| WORDS[(crate::hashing::mix(seed ^ at) % WORDS.len() as u64) as usize];
            let named = |at: u64| (0..1 + at % 4).map(|part| word(at * 8 + part)).collect::<Vec<_>>().join(" ");
            let mut index = NameIndex::default();
            for at in 0..count {
                let (name, scope) = (named(at), named(at + 1_000_000));
                let around = if at % 3 == 0 { vec![scope.as_str()] } else { Vec::new() };
                let node = NodeId::from_bits((at << 8) | 1).unwrap();
                index.put(node, &Described { names: vec![&name], around });
            }
            for at in 0..6 {
                let (name, scope) = (named(2_000_000 + at), named(3_000_000 + at));
                let question = index.question(&Described { names: vec![&name], around: vec![&scope] });
                prop_assert_eq!(index.candidates(&question, None), each(&index, &question), "{}", name);
            }
        }
    }
}
