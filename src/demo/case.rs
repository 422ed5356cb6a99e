//! Which words of a name keep their capital inside a sentence.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::text::spans;
use super::{pack, themes};

/// Endings of ordinary English words; names of people, places and peoples rarely have them.
const ORDINARY: [&str; 23] = [
    "tion", "sion", "ing", "ity", "ment", "ology", "ologies", "ic", "ics", "ical", "ance", "ence", "acy", "ive", "ous",
    "ary", "ism", "ness", "able", "ible", "graphy", "metry", "ship",
];

/// Names that have such an ending all the same.
const PROPER: [&str; 19] = [
    "antarctic",
    "arabic",
    "arctic",
    "atlantic",
    "baltic",
    "beijing",
    "calgary",
    "catholic",
    "celtic",
    "florence",
    "france",
    "germanic",
    "hungary",
    "islamic",
    "nanjing",
    "nordic",
    "pacific",
    "provence",
    "slavic",
];

/// `name` as it reads inside a sentence: words that are known in lower case lose their capital, while proper names,
/// acronyms and words with inner capitals or digits keep it.
#[must_use]
pub fn in_sentence(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut done = 0;
    for span in spans(name) {
        let (Some(before), Some(word)) = (name.get(done..span.start), name.get(span.start..span.end)) else {
            continue;
        };
        text.push_str(before);
        text.push_str(if is_ordinary(word, &span.word) { &span.word } else { word });
        done = span.end;
    }
    text.push_str(name.get(done..).unwrap_or_default());
    text
}

/// Whether `word` is written like a title's word, and its lower form is one of the language.
fn is_ordinary(word: &str, lower: &str) -> bool {
    let mut letters = word.chars();
    let titled = letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(char::is_lowercase);
    if !titled {
        return false;
    }
    let singular = lower.strip_suffix('s').unwrap_or(lower);
    let ends = |ending: &&str| lower.ends_with(*ending) || singular.ends_with(*ending);
    let known = vocabulary();
    known.contains(lower) || known.contains(singular) || (ORDINARY.iter().any(ends) && !PROPER.contains(&lower))
}

/// The words that the shipped texts write in lower case.
fn vocabulary() -> &'static HashSet<String> {
    static WORDS: OnceLock<HashSet<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let sources = pack::SOURCES.iter().chain(&themes::SOURCES);
        let lower = |text: &&'static str| {
            let text: &'static str = text;
            spans(text).into_iter().filter(move |span| text.get(span.start..span.end) == Some(span.word.as_str()))
        };
        sources.map(|(_, text)| text).flat_map(|text| lower(text)).map(|span| span.word).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proper_names_keep_their_capital() {
        assert_eq!(in_sentence("Photonic Crystals and DNA Origami"), "photonic crystals and DNA Origami");
        assert_eq!(in_sentence("Kolmogorov axioms"), "Kolmogorov axioms");
        assert_eq!(in_sentence("Fermat's principle"), "Fermat's principle");
        assert_eq!(in_sentence("Borel\u{2013}Cantelli Lemmas"), "Borel\u{2013}Cantelli lemmas");
        assert_eq!(in_sentence("Bayesian Statistics in French Literacy"), "Bayesian statistics in French literacy");
        assert_eq!(in_sentence("pH-Dependent Reactions"), "pH-dependent reactions");
    }
}
