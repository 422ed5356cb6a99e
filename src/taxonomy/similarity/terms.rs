//! From a text to what it is compared by: whole words, groups of three letters, and initials.

use std::borrow::Cow;

use super::super::text::normalise;
use crate::hashing::{fnv, mix};

/// The words of a normal form in their order, without stop words unless nothing else is there: then it is one word.
fn words(normal: &str) -> impl Iterator<Item = &str> {
    let whole = telling(normal).next().is_none().then_some(normal);
    telling(normal).chain(whole)
}

/// The words of a normal form that are no stop words.
pub(super) fn telling(normal: &str) -> impl Iterator<Item = &str> {
    normal.split(' ').filter(|word| !is_stop(word))
}

/// Words that carry no meaning in a name. Asked of every word there is: by its bytes, which is a few steps.
fn is_stop(word: &str) -> bool {
    match word.as_bytes() {
        [b'a'] => true,
        [one, other] => {
            matches!(
                [one, other],
                [b'a', b'n' | b's' | b't'] | [b'b', b'y'] | [b'i', b'n'] | [b'o', b'f' | b'n' | b'r'] | [b't', b'o']
            )
        }
        [b'a', b'n', b'd'] | [b'f', b'o', b'r'] | [b'i', b't', b's'] | [b't', b'h', b'e'] | [b'v', b'i', b'a'] => true,
        [b'f', b'r', b'o', b'm'] | [b'i', b'n', b't', b'o'] | [b'w', b'i', b't', b'h'] => true,
        [b't', b'h', b'e', b'i', b'r'] | [b'u', b's', b'i', b'n', b'g'] => true,
        [b'a', b'd', b'v', b'a', b'n', b'c', b'e', b'd'] => true,
        _ => false,
    }
}

/// Whether a stop word begins with this letter: few do.
pub(super) fn begins_stop(letter: char) -> bool {
    matches!(letter, 'a' | 'b' | 'f' | 'i' | 'o' | 't' | 'u' | 'v' | 'w')
}

/// A word without its plural ending.
pub(super) fn singular(word: &str) -> Cow<'_, str> {
    match word {
        word if word.len() > 4 && word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]).into(),
        word if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("ics") => {
            word[..word.len() - 1].into()
        }
        word => word.into(),
    }
}

/// A word, or three letters of one, as a number that depends on nothing else. Millions are kept, so it is a short one: of a
/// hundred thousand terms two or three pairs are taken for one, which changes some scores by little.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term(u32);

impl Term {
    /// Whether it is a whole word.
    pub(super) fn is_word(self) -> bool {
        self.0 & 1 == 1
    }

    /// A hash of the characters; the last bit says what it is.
    fn new(text: impl Iterator<Item = char>, is_word: bool) -> Self {
        let hash = mix(fnv(text.map(|c| u64::from(u32::from(c)))));
        Self(((hash as u32) << 1) | u32::from(is_word))
    }
}

/// The whole words of some texts, each once, in order.
pub(super) fn word_terms(texts: &[&str], found: &mut Vec<Term>) {
    found.clear();
    for text in texts {
        found.extend(words(&normalise(text)).map(|word| Term::new(singular(word).chars(), true)));
    }
    found.sort_unstable();
    found.dedup();
}

/// What a name in its normal form is compared by: its words and the groups of letters in them, each once, in order.
pub(super) fn name_terms(normal: &str, found: &mut Vec<Term>) {
    found.clear();
    for word in words(normal) {
        let word = singular(word);
        found.push(Term::new(word.chars(), true));
        // Three letters after each other, the word between two spaces.
        let mut letters = word.chars().chain([' ']);
        let (mut first, mut second) = (' ', letters.next().unwrap_or(' '));
        for third in letters {
            found.push(Term::new([first, second, third].into_iter(), false));
            (first, second) = (second, third);
        }
    }
    found.sort_unstable();
    found.dedup();
}

/// The abbreviation that a name is, in lower case: "fMRI", "k-SAT", "WIMPs".
pub(super) fn abbreviation(name: &str) -> Option<String> {
    let name = name.trim();
    let name = name.strip_suffix('s').filter(|rest| rest.ends_with(char::is_uppercase)).unwrap_or(name);
    let letters: String = name.chars().filter(|c| *c != '-' && *c != '/').collect();
    let upper = letters.chars().filter(|c| c.is_uppercase()).count();
    let is_short = (2..=8).contains(&letters.chars().count()) && letters.chars().all(char::is_alphanumeric);
    (is_short && upper >= 2 && upper * 2 > letters.chars().count()).then(|| normalise(&letters))
}

/// How well `short` abbreviates the words of a name, 0 to 1: its letters have to occur in order,
/// the first at the start of the first word, every other at the start of a word or later in one
/// that is begun; 1 is the first letter of every word and nothing else.
pub(super) fn abbreviates(short: &str, normal: &str) -> f32 {
    let words: Vec<&str> = normal.split(' ').collect();
    let letters: Vec<char> = short.chars().collect();
    if words.len() < 2 || letters.len() < 2 || !normal.starts_with(letters[0]) {
        return 0.0;
    }
    // Greedy: the next word that starts with the letter, else a later letter of this word.
    let (mut word, mut rest, mut initials, mut inner) = (0, words[0], 1, 0);
    rest = &rest[letters[0].len_utf8()..];
    for letter in &letters[1..] {
        let next = (word + 1..words.len().min(word + 3)).find(|next| words[*next].starts_with(*letter));
        if let Some(next) = next {
            (word, rest, initials) = (next, &words[next][letter.len_utf8()..], initials + 1);
        } else if let Some(at) = rest.find(*letter) {
            (rest, inner) = (&rest[at + letter.len_utf8()..], inner + 1);
        } else {
            return 0.0;
        }
    }
    let said = words.iter().filter(|word| !is_stop(word)).count().max(1);
    let share = initials as f32 / said as f32;
    if initials < 2 { 0.0 } else { share.min(1.0) * (1.0 - 0.15 * inner as f32).max(0.2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_those_of_the_list() {
        let stop = "a advanced an and as at by for from in into its of on or the their to using via with";
        assert!(stop.split(' ').all(|word| is_stop(word) && word.starts_with(begins_stop)));
        assert!(
            ["", "optics", "b", "ant", "advances", "ab", "ox", "thy", "form"].into_iter().all(|word| !is_stop(word))
        );
    }

    #[test]
    fn abbreviations_are_short_and_mostly_capitals() {
        let short = |name| abbreviation(name).unwrap_or_default();
        assert_eq!([short("DMRG"), short("fMRI"), short("WIMPs")], ["dmrg", "fmri", "wimp"]);
        assert_eq!([short("k-SAT"), short("µSR")], ["ksat", "μsr"]);
        assert!(["Optics", "A", "IT law", "DNA damage", "Chemistry"].into_iter().all(|name| short(name).is_empty()));
    }

    #[test]
    fn an_abbreviation_stands_for_the_first_letters_of_the_words() {
        assert!((abbreviates("dmrg", "density matrix renormalization group") - 1.0).abs() < 1e-6);
        assert!((abbreviates("dos", "density of states") - 1.0).abs() < 1e-6);
        assert!(abbreviates("arpes", "angle resolved photoemission spectroscopy") > 0.7);
        assert!(
            abbreviates("afm", "atomic force microscopy") > abbreviates("afm", "approximation for fermions in metals")
        );
        assert!(abbreviates("xrd", "optics").abs() < 1e-6 && abbreviates("dft", "dogs and cats").abs() < 1e-6);
    }
}
