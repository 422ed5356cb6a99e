//! How many near duplicates are found, how fast, and at what cost of memory: `cargo bench --bench duplicates`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a benchmark says what it measures")]

use std::time::Instant;

use provost::homework::ItemId;
use provost::homework::similar::{NEAR, Similar};

/// Items for which every pair is compared.
const COMPARED: u64 = 6_000;
/// Items for speed and memory.
const MANY: u64 = 200_000;

fn main() {
    let texts = texts(COMPARED);
    for threshold in [NEAR, 0.7, 0.6, 0.5] {
        let collect = || {
            let mut similar = Similar::new(threshold);
            texts.iter().for_each(|(item, text)| similar.add(*item, text));
            similar
        };
        let (found, all) = (collect().finish(), collect().finish_by_brute_force());
        let hit = all.keys().filter(|item| found.contains_key(item)).count();
        let wrong = found.keys().filter(|item| !all.contains_key(item)).count();
        println!(
            "threshold {threshold}: {hit} of {} duplicates among {COMPARED} items found (recall {:.5}), {wrong} others",
            all.len(),
            hit as f64 / all.len() as f64
        );
    }
    let texts = self::texts(MANY);
    let characters: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let mut similar = Similar::new(NEAR);
    let begin = Instant::now();
    texts.iter().for_each(|(item, text)| similar.add(*item, text));
    let (added, bytes) = (begin.elapsed(), similar.bytes());
    let found = similar.finish().len();
    println!(
        "{MANY} items of {} bytes: {:.1} s to take in, {:.1} s to resolve, {found} duplicates, {} bytes an item kept",
        characters / texts.len(),
        added.as_secs_f64(),
        (begin.elapsed() - added).as_secs_f64(),
        bytes / texts.len()
    );
}

/// Texts of 20 to 120 words, a third of them copies of others with up to a fifth of their words changed.
fn texts(count: u64) -> Vec<(ItemId, String)> {
    let mut random = Random(1);
    let mut texts: Vec<Vec<u64>> = Vec::new();
    for at in 0..count {
        let copy = at > 0 && random.below(3) == 0;
        let mut words: Vec<u64> = if copy {
            texts[random.below(at) as usize].clone()
        } else {
            let length = 20 + random.below(100);
            (0..length)
                .map(|_| {
                    let most = 1 << (4 + random.below(12));
                    random.below(most)
                })
                .collect()
        };
        if copy {
            for _ in 0..random.below(21) * words.len() as u64 / 100 {
                let at = random.below(words.len() as u64) as usize;
                words[at] = 100_000 + random.below(100_000);
            }
        }
        texts.push(words);
    }
    let line = |words: &Vec<u64>| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    texts.iter().enumerate().map(|(at, words)| (format!("{at:032x}").parse().unwrap(), line(words))).collect()
}

struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}
