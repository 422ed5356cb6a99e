//! Every reader of foreign bytes with examples changed at random: cut, doubled, flipped, spliced. The same readers run under a fuzzer (`fuzz/`).

#[path = "../../../fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What readers stumble over.
const WORDS: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "\r\n",
    "\0",
    "\u{feff}",
    "null",
    "true",
    "-0",
    "1e999",
    "NaN",
    "\\ud800",
    "```",
    "- ",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "|\n",
    ">-\n",
    "? ",
    "---\n",
    "data: ",
    "[DONE]",
    "\u{200d}",
    "\u{fe0f}",
    "\u{301}",
    "\u{1161}",
    "⟨U+",
    "<<<<<<< HEAD\n",
    ">>>>>>> x\n",
];

/// The same numbers at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        let end = at + self.below(bytes.len() - at + 1);
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 if at < bytes.len() => bytes[at] = self.below(256) as u8,
            3 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let part = other[self.below(other.len())..].to_vec();
                bytes.splice(at..end, part);
            }
            5 => {
                let word = WORDS[self.below(WORDS.len())].repeat(1 + self.below(3) * self.below(200));
                bytes.splice(at..at, word.bytes());
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(at..at, word.bytes());
            }
        }
    }
}

#[test]
fn no_reader_breaks() {
    let times = match (crate::runs::all_faults(), crate::runs::night_of_faults()) {
        (_, true) => 40_000,
        (true, _) => 3_000,
        _ => 400,
    };
    for (name, read, examples) in targets::TARGETS {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        for example in *examples {
            read(example.as_bytes());
            for at in 0..example.len() {
                read(&example.as_bytes()[..at]);
            }
        }
        for _ in 0..times {
            let mut bytes = examples[dice.below(examples.len())].as_bytes().to_vec();
            let other = examples[dice.below(examples.len())].as_bytes();
            for _ in 0..=dice.below(6) {
                dice.change(&mut bytes, other);
            }
            let held = catch_unwind(AssertUnwindSafe(|| read(&bytes)));
            assert!(held.is_ok(), "{name} breaks at {:?}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn the_fuzzer_has_them_all() {
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/Cargo.toml")).unwrap();
    for (name, ..) in targets::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
