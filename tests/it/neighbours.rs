//! Whether neighbours find duplicates: recall in ten over 8,400 OpenAlex topics and PhySH concepts.
//! The benchmark of the same name prints more of it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use provost::taxonomy::similarity::{
    Asking, Described, NameIndex, Vector, Vectors, meaning_of, nearest, text_key, word_bag,
};
use provost::taxonomy::{Facts, Kind, NodeId};

/// A pair of names that mean the same.
pub struct Pair {
    /// `tune` for choosing weights, `held` out for measuring.
    pub split: String,
    /// `alias`, `acronym` (PhySH), `merge`, `paraphrase` (OpenAlex).
    pub kind: String,
    /// What is looked for.
    pub asked: String,
    /// The node with the name that is looked for, where it is one of the topics.
    pub itself: Option<NodeId>,
    /// What should be found.
    pub target: NodeId,
}

/// Everything the names of the fixtures make.
pub struct Corpus {
    pub facts: HashMap<NodeId, Facts>,
    pub index: NameIndex,
    pub vectors: Vectors,
    pub pairs: Vec<Pair>,
}

/// How neighbours are looked for.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(dead_code, reason = "the benchmark measures the others")]
pub enum Method {
    WordBag,
    Names,
    NamesAndVectors,
    Vectors,
}

/// Pairs, and those whose target is first, among five, among ten; in per cent.
pub type Recall = BTreeMap<String, [usize; 4]>;

fn vector(facts: &Facts) -> Option<Vector> {
    Vector::of(&provost::demo::embedding(&meaning_of(facts)))
}

fn id(source: &str, name: &str) -> NodeId {
    NodeId::derive(None, Kind::Subject, &format!("{source} {name}"), 0)
}

impl Corpus {
    pub fn read(with_vectors: bool) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/neighbours");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let mut facts = HashMap::new();
        for topic in read("openalex.txt").lines().filter(|line| !line.starts_with('#')) {
            facts.insert(id("openalex", topic), Facts::named(topic));
        }
        for line in read("physh.tsv").lines() {
            let mut names = line.split('\t');
            let name = names.next().unwrap();
            let mut concept = Facts::named(name);
            concept.aliases = names.map(Into::into).collect();
            facts.insert(id("physh", name), concept);
        }
        let pairs = read("pairs.tsv").lines().map(pair).collect();
        let (mut index, mut vectors) = (NameIndex::default(), Vectors::default());
        for (node, facts) in &facts {
            index.put(*node, &Described::of(facts));
            if let Some(vector) = with_vectors.then(|| vector(facts)).flatten() {
                vectors.put(*node, text_key(""), vector);
            }
        }
        Self { facts, index, vectors, pairs }
    }

    /// The recall over the pairs that `wanted` picks.
    pub fn recall(&mut self, method: Method, wanted: impl Fn(&Pair) -> bool) -> Recall {
        let mut recall = Recall::new();
        for at in 0..self.pairs.len() {
            if !wanted(&self.pairs[at]) {
                continue;
            }
            let place = self.place(at, method);
            for kind in [self.pairs[at].kind.as_str(), "all"] {
                let row = recall.entry(kind.to_owned()).or_default();
                row[0] += 1;
                for (column, within) in [(1, 1), (2, 5), (3, 10)] {
                    row[column] += usize::from(place.is_some_and(|place| place < within));
                }
            }
        }
        recall.values_mut().for_each(|row| (1..4).for_each(|at| row[at] = (row[at] * 100 + row[0] / 2) / row[0]));
        recall
    }

    /// Where among ten the target of a pair is, when the target is not called what is asked.
    fn place(&mut self, at: usize, method: Method) -> Option<usize> {
        let (target, itself) = (self.pairs[at].target, self.pairs[at].itself);
        let asked = Facts::named(self.pairs[at].asked.as_str());
        // Two concepts may have the alias: it is taken from both.
        let have: Vec<NodeId> =
            self.facts.iter().filter(|(_, facts)| facts.aliases.contains(&asked.name)).map(|(node, _)| *node).collect();
        for node in &have {
            let mut hidden = self.facts[node].clone();
            hidden.aliases.retain(|alias| *alias != asked.name);
            self.learn(*node, &hidden);
        }
        let own = vector(&asked);
        let found: Vec<NodeId> = match method {
            Method::WordBag => {
                let bag = word_bag(asked.name.raw());
                let same = |facts: &Facts| {
                    std::iter::once(&facts.name)
                        .chain(&facts.aliases)
                        .any(|name| *name != asked.name && word_bag(name.raw()) == bag)
                };
                self.facts
                    .iter()
                    .filter(|(node, facts)| Some(**node) != itself && same(facts))
                    .map(|(n, _)| *n)
                    .collect()
            }
            _ => {
                let nothing = Facts::default();
                let facts = if method == Method::Vectors { &nothing } else { &asked };
                let vector = if method == Method::Names { None } else { own.as_ref() };
                let asking = Asking { facts, vector, except: itself };
                nearest(&self.index, &asking, &self.vectors, 10).into_iter().map(|near| near.node).collect()
            }
        };
        for node in have {
            let facts = self.facts[&node].clone();
            self.learn(node, &facts);
        }
        found.iter().position(|node| *node == target)
    }

    fn learn(&mut self, node: NodeId, facts: &Facts) {
        self.index.put(node, &Described::of(facts));
        if let Some(vector) = Some(facts).filter(|_| !self.vectors.is_empty()).and_then(vector) {
            self.vectors.put(node, text_key(""), vector);
        }
    }
}

fn pair(line: &str) -> Pair {
    let cells: Vec<&str> = line.split('\t').collect();
    let [split, source, kind, asked, target] = cells[..] else { panic!("{line}") };
    Pair {
        split: split.to_owned(),
        kind: kind.to_owned(),
        asked: asked.to_owned(),
        itself: (kind == "merge").then(|| id(source, asked)),
        target: id(source, target),
    }
}

#[test]
fn names_alone_find_most_duplicates_in_ten() {
    let mut corpus = Corpus::read(false);
    let held = |pair: &Pair| pair.split == "held" && pair.kind != "paraphrase";
    let recall = corpus.recall(Method::Names, held);
    let floors = [("merge", 85), ("alias", 60), ("acronym", 85)];
    for (kind, floor) in floors {
        assert!(recall[kind][3] >= floor, "{kind}: {recall:?}");
    }
}
