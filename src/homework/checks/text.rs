//! A text under check, in the forms that several checks look at: each is made once, when it is first wanted.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::prose::{Blocks, blocks, prose};
use super::topics::Topics;
use super::words::{numbers, plain};
use crate::taxonomy::text::normalise;

/// A question or an answer, without white space at its end.
pub(super) struct Text<'a> {
    pub raw: &'a str,
    lower: OnceCell<String>,
    normal: OnceCell<String>,
    words: OnceCell<Vec<u64>>,
    blocks: OnceCell<Blocks<'a>>,
    prose: OnceCell<Cow<'a, str>>,
    spoken: OnceCell<Vec<u64>>,
    topics: OnceCell<Topics>,
}

impl<'a> Text<'a> {
    pub fn new(text: &'a str) -> Self {
        let (lower, normal, words, prose, spoken) = Default::default();
        let (blocks, topics) = (OnceCell::new(), OnceCell::new());
        Self { raw: text.trim_end(), lower, normal, words, blocks, prose, spoken, topics }
    }

    /// In lower case, with straight apostrophes and single spaces.
    pub fn lower(&self) -> &str {
        self.lower.get_or_init(|| plain(self.raw))
    }

    /// What [`lower`](Self::lower) may have to do with.
    pub fn topics(&self) -> Topics {
        *self.topics.get_or_init(|| Topics::of(self.lower()))
    }

    /// [`lower_of`](Self::lower_of) with what it may have to do with.
    pub fn topics_of(&self, part: &str) -> (Cow<'_, str>, Topics) {
        let lower = self.lower_of(part);
        let topics = if matches!(lower, Cow::Borrowed(_)) { self.topics() } else { Topics::of(&lower) };
        (lower, topics)
    }

    /// [`lower`](Self::lower), from its first letter or digit on.
    pub fn said(&self) -> &str {
        self.lower().trim_start_matches(|c: char| !c.is_alphanumeric())
    }

    /// As names are compared.
    pub fn normal(&self) -> &str {
        self.normal.get_or_init(|| normalise(self.raw))
    }

    /// [`lower`](Self::lower) of a `part` of this text.
    pub fn lower_of(&self, part: &str) -> Cow<'_, str> {
        if part.trim_end() == self.raw { Cow::Borrowed(self.lower()) } else { Cow::Owned(plain(part)) }
    }

    /// The words of [`normal`](Self::normal), a number for each: the same for the same.
    pub fn words(&self) -> &[u64] {
        self.words.get_or_init(|| words(self.raw))
    }

    /// [`words`](Self::words) of a `part` of this text.
    pub fn words_of(&self, part: &str) -> Cow<'_, [u64]> {
        if part.trim_end() == self.raw { Cow::Borrowed(self.words()) } else { Cow::Owned(words(part)) }
    }

    /// What stands outside of code blocks.
    pub fn blocks(&self) -> &Blocks<'a> {
        self.blocks.get_or_init(|| blocks(self.raw))
    }

    /// Without code, formulas and tables.
    pub fn prose(&self) -> &str {
        self.prose.get_or_init(|| match &self.blocks().outside {
            Cow::Borrowed(outside) => prose(outside),
            Cow::Owned(outside) => Cow::Owned(prose(outside).into_owned()),
        })
    }

    /// What is between blanks in the [`prose`](Self::prose), punctuation included, in lower case: a number for each.
    pub fn spoken(&self) -> &[u64] {
        // In lower case blanks are the only white space.
        self.spoken.get_or_init(|| numbers(self.lower_of(self.prose()).as_bytes(), |byte| byte))
    }
}

/// The words of a text as names are compared, a number for each. Every sign of a script without blanks is a word.
fn words(text: &str) -> Vec<u64> {
    // Of ASCII the form in which names are compared keeps letters and digits, and some signs behind them.
    let is_plain = text.is_ascii() && memchr::memchr2(b'+', b'#', text.as_bytes()).is_none();
    if is_plain {
        let letter = |byte: u8| {
            let lower = byte.to_ascii_lowercase();
            if lower.is_ascii_alphanumeric() { lower } else { b' ' }
        };
        let words = numbers(text.as_bytes(), letter);
        if !words.is_empty() {
            return words;
        }
    }
    let normal = normalise(text);
    let alone = |c: char| ('\u{2e80}'..'\u{ac00}').contains(&c) || c >= '\u{20000}';
    let mut apart = String::with_capacity(2 * normal.len());
    for c in normal.chars() {
        if alone(c) {
            apart.extend([' ', c, ' ']);
        } else {
            apart.push(c);
        }
    }
    numbers(apart.as_bytes(), |byte| byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words themselves.
    fn pieces(text: &str) -> Vec<String> {
        let alone = |c: char| ('\u{2e80}'..'\u{ac00}').contains(&c) || c >= '\u{20000}';
        let mut pieces = Vec::new();
        for word in normalise(text).split(' ').filter(|word| !word.is_empty()) {
            let mut rest = word;
            while let Some(first) = rest.chars().next() {
                let end = if alone(first) { first.len_utf8() } else { rest.find(alone).unwrap_or(rest.len()) };
                let (piece, after) = rest.split_at(end);
                pieces.push(piece.to_owned());
                rest = after;
            }
        }
        pieces
    }

    proptest! {
        #[test]
        fn words_are_numbered_as_names_are_compared(text in "([aB1é量子]{1,3}|[aB1]{6,20}|[ .+#!\\n-]{1,3}){0,12}") {
            let (pieces, numbers) = (pieces(&text), words(&text));
            prop_assert_eq!(numbers.len(), pieces.len());
            for (one, other) in (0..pieces.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
                prop_assert_eq!(pieces[one] == pieces[other], numbers[one] == numbers[other]);
            }
        }
    }
}
