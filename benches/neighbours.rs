//! How many duplicates neighbours find, and how fast: `cargo bench --bench neighbours`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    reason = "a benchmark says what it measures"
)]

#[path = "../tests/it/neighbours.rs"]
mod neighbours;

use std::time::{Duration, Instant};

use neighbours::{Corpus, Method};
use provost::taxonomy::similarity::{Asking, Described, NameIndex, Vector, Vectors, nearest, text_key};
use provost::taxonomy::{Facts, Kind, NodeId};

const NODES: usize = 20_000;
const NUMBERS: usize = 384;

fn main() {
    let mut corpus = Corpus::read(true);
    println!(
        "recall of {} pairs among {} nodes, per cent in 1 / 5 / 10; vectors are the demo model's",
        corpus.pairs.len(),
        corpus.facts.len()
    );
    for split in ["tune", "held"] {
        for method in [Method::WordBag, Method::Names, Method::Vectors, Method::NamesAndVectors] {
            let recall = corpus.recall(method, |pair| pair.split == split);
            let cells = recall.iter().map(|(kind, row)| format!("{kind} {:>3} {:>3} {:>3}", row[1], row[2], row[3]));
            println!("{split} {:<16} {}", format!("{method:?}"), cells.collect::<Vec<_>>().join("  "));
        }
    }
    speed(&corpus);
}

/// 20,000 nodes: the names of the corpus, with scopes of other names, until there are enough.
fn speed(corpus: &Corpus) {
    let mut names: Vec<&str> = corpus.facts.values().map(|facts| facts.name.raw()).collect();
    names.sort_unstable();
    let nodes: Vec<(NodeId, Facts)> = (0..NODES)
        .map(|at| {
            let name = names[at % names.len()];
            let turn = at / names.len();
            let name = if turn == 0 { name.to_owned() } else { format!("{name} {}", names[(at * 7) % names.len()]) };
            let mut facts = Facts::named(name.as_str());
            facts.scope =
                Some(format!("{}, {}", names[(at * 13) % names.len()], names[(at * 17) % names.len()]).into());
            (NodeId::derive(None, Kind::Subject, &format!("{name} {at}"), 0), facts)
        })
        .collect();
    let begin = Instant::now();
    let mut index = NameIndex::default();
    nodes.iter().for_each(|(node, facts)| index.put(*node, &Described::of(facts)));
    println!("index of {} nodes built in {:.0} ms", index.len(), ms(begin.elapsed()));
    let mut vectors = Vectors::default();
    let mut seed = 1_u64;
    for (node, _) in &nodes {
        let numbers: Vec<f32> = (0..NUMBERS)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 40) as f32 / 8_388_608.0 - 1.0
            })
            .collect();
        vectors.put(*node, text_key(""), Vector::of(&numbers).unwrap());
    }
    let asked: Vec<&(NodeId, Facts)> = nodes.iter().step_by(NODES / 200).collect();
    for (what, has_vector) in [("names and scopes", false), ("names, scopes and vectors", true)] {
        let mut times: Vec<Duration> = asked
            .iter()
            .map(|(node, facts)| {
                let begin = Instant::now();
                let vector = vectors.get(*node).filter(|_| has_vector);
                let found = nearest(&index, &Asking { facts, vector, except: Some(*node) }, &vectors, 10);
                assert!(!found.is_empty());
                begin.elapsed()
            })
            .collect();
        times.sort();
        println!(
            "ten nearest by {what}: median {:.2} ms, slowest of {} {:.2} ms",
            ms(times[times.len() / 2]),
            times.len(),
            ms(times[times.len() - 1])
        );
    }
    let begin = Instant::now();
    asked.iter().for_each(|(node, facts)| index.put(*node, &Described::of(facts)));
    println!("one node renamed: {:.2} ms", ms(begin.elapsed()) / asked.len() as f64);
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
