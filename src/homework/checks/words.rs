//! Looking for phrases in texts that people and models wrote.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

/// Lower case, straight apostrophes, single spaces.
pub(super) fn plain(text: &str) -> String {
    let mut rest = text.trim_start();
    let mut plain = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let is_ascii = rest.is_ascii();
        let ascii = if is_ascii { rest.len() } else { rest.bytes().take_while(u8::is_ascii).count() };
        let (ours, others) = rest.split_at(ascii);
        plain.extend(ours.bytes().map(|byte| if is_blank(byte) { b' ' } else { byte.to_ascii_lowercase() }));
        let other = others.bytes().position(|byte| byte.is_ascii()).unwrap_or(others.len());
        for c in others[..other].chars() {
            match c {
                '’' | '‘' => plain.push(b'\''),
                c if c.is_whitespace() => plain.push(b' '),
                c => c.to_lowercase().for_each(|c| plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes())),
            }
        }
        rest = &others[other..];
    }
    // Most texts are one line, of single spaces already.
    if has_gaps(&plain) {
        plain.dedup_by(|next, last| *next == b' ' && *last == b' ');
    }
    String::from_utf8(plain).unwrap_or_default()
}

/// The white space of ASCII.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Whether two blanks stand in a row. Without a way out of the loop the compiler compares sixteen bytes at once.
fn has_gaps(text: &[u8]) -> bool {
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    pairs.fold(0, |found, (one, next)| found | u8::from((*one == b' ') & (*next == b' '))) != 0
}

/// A number for each word of a text, whose bytes count as `read` says; words are what is between blanks. A word of up to eight
/// bytes is its own number, and two longer ones have the same by no chance that is worth a thought.
pub(super) fn numbers(text: &[u8], read: impl Fn(u8) -> u8) -> Vec<u64> {
    const EACH: u64 = u64::MAX / 255;
    let mut bytes = Vec::with_capacity(text.len() + 8);
    bytes.extend(text.iter().map(|byte| read(*byte)));
    // So that eight bytes can be read wherever a word begins.
    bytes.extend([b' '; 8]);
    let mut numbers = Vec::with_capacity(text.len() / 5);
    let (mut begin, mut at, mut number) = (0, 0, 0_u64);
    while let Some(eight) = bytes[at..].first_chunk().copied().map(u64::from_le_bytes) {
        // The highest bit of the first byte that is a blank, and of none before it.
        let blanks = eight ^ (EACH * u64::from(b' '));
        let ends = blanks.wrapping_sub(EACH) & !blanks & (EACH << 7);
        let length = ends.trailing_zeros() as usize / 8;
        let word = if length < 8 { eight & ((1 << (8 * length)) - 1) } else { eight };
        if length > 0 {
            number = number.wrapping_mul(MIXER).rotate_left(32) ^ word;
        }
        at += length;
        if length < 8 {
            if at > begin {
                numbers.push(number);
            }
            at += 1;
            (begin, number) = (at, 0);
        }
    }
    numbers
}

/// An odd number whose bits look like chance.
const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;

/// [`numbers`] of one short word.
pub(super) const fn number(word: &[u8]) -> u64 {
    let (mut number, mut at) = (0, 0);
    while at < word.len() {
        number |= (word[at] as u64) << (8 * at);
        at += 1;
    }
    number
}

/// Whether `phrase` occurs in `text` at all.
pub(super) fn has(text: &str, phrase: &str) -> bool {
    memmem::find(text.as_bytes(), phrase.as_bytes()).is_some()
}

/// Whether `text` begins with `phrase`. Most do not begin with the same letter, which is told at once.
pub(super) fn begins(text: &str, phrase: &str) -> bool {
    text.as_bytes().first() == phrase.as_bytes().first() && text.starts_with(phrase)
}

/// Whether `phrase` occurs in `text` as whole words.
pub(super) fn holds(text: &str, phrase: &str) -> bool {
    memmem::find_iter(text.as_bytes(), phrase).any(|at| is_whole(text, &(at..at + phrase.len())))
}

/// Whether neither a letter nor a digit touches what stands at `range`.
fn is_whole(text: &str, range: &Range<usize>) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !letter(text[..range.start].chars().next_back()) && !letter(text[range.end..].chars().next())
}

/// Phrases that are looked for together, in one pass over a text: there are hundreds of them, and one after the other they
/// took half of the time that an item takes.
pub(super) struct Phrases {
    list: &'static [&'static str],
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Phrases {
    pub const fn new(list: &'static [&'static str]) -> Self {
        Self { list, automaton: OnceLock::new() }
    }

    /// All of them.
    pub fn list(&self) -> &'static [&'static str] {
        self.list
    }

    /// The first of the list that occurs in `text` at all.
    pub fn within(&self, text: &str) -> Option<&'static str> {
        self.first(text, |_| true)
    }

    /// The first of the list that occurs in `text` as whole words.
    pub fn held(&self, text: &str) -> Option<&'static str> {
        self.first(text, |range| is_whole(text, range))
    }

    /// The first of the list that `text` begins with.
    pub fn begins(&self, text: &str) -> Option<&'static str> {
        self.list.iter().find(|phrase| begins(text, phrase)).copied()
    }

    fn first(&self, text: &str, fits: impl Fn(&Range<usize>) -> bool) -> Option<&'static str> {
        let automaton = self.automaton.get_or_init(|| AhoCorasick::new(self.list).ok());
        let Some(automaton) = automaton else { return self.one_by_one(text, fits) };
        // There is hardly ever one, and to know that much takes a quarter of the time.
        if !automaton.is_match(text) {
            return None;
        }
        let found = automaton.find_overlapping_iter(text).filter(|found| fits(&found.range()));
        found.map(|found| found.pattern().as_usize()).min().and_then(|at| self.list.get(at)).copied()
    }

    /// What [`first`](Self::first) says, for a list that is too long to be one automaton.
    fn one_by_one(&self, text: &str, fits: impl Fn(&Range<usize>) -> bool) -> Option<&'static str> {
        let occurs =
            |phrase: &&&str| memmem::find_iter(text.as_bytes(), **phrase).any(|at| fits(&(at..at + phrase.len())));
        self.list.iter().find(occurs).copied()
    }
}

/// The words of a text in lower case, without the punctuation around them, and where its sentences end among them. A line
/// end ends a sentence unless the next line goes on in lower case, and so does a full stop that white space follows.
pub(super) fn sentences(text: &str) -> (Vec<Cow<'_, str>>, Vec<usize>) {
    let mut ends_at = Vec::with_capacity(8);
    let mut words: Vec<Cow<'_, str>> = Vec::with_capacity(text.len() / 5);
    let mut end = |words: &Vec<_>| {
        if ends_at.last().is_none_or(|last| *last < words.len()) && !words.is_empty() {
            ends_at.push(words.len());
        }
    };
    for line in text.lines() {
        if !line.trim_start().starts_with(char::is_lowercase) {
            end(&words);
        }
        for word in line.split_whitespace() {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let is_plain = bare.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
            let bare = if is_plain { Cow::Borrowed(bare) } else { Cow::Owned(plain(bare)) };
            let ends = word.trim_end_matches(['"', '\'', ')', '*', '_', '”', '’']).ends_with(['.', '!', '?', ';', ':']);
            let ends = ends && !matches!(&*bare, "e.g" | "i.e" | "fig" | "no" | "vs" | "etc");
            if !bare.is_empty() {
                words.push(bare);
            }
            if ends {
                end(&words);
            }
        }
    }
    end(&words);
    (words, ends_at)
}

/// The end of a text, for showing.
pub(super) fn tail(text: &str) -> String {
    let from = text.char_indices().rev().nth(29).map_or(0, |(at, _)| at);
    text[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phrases_are_found_as_whole_words() {
        assert!(holds(&plain("It’s  the\nend"), "it's the end"));
        assert!(!holds("formative", "form") && holds("its form.", "form"));
    }

    #[test]
    fn a_list_is_searched_as_its_phrases_one_by_one() {
        static LIST: Phrases = Phrases::new(&["the graph", "graph", "a graph of", "图", "of the gra", "end"]);
        for text in
            ["See the graph.", "A GRAPH of it", "a graph of the graph", "看图。", "the end of graphs", "", "photograph"]
        {
            let text = plain(text);
            assert_eq!(LIST.within(&text), LIST.one_by_one(&text, |_| true), "{text}");
            assert_eq!(LIST.held(&text), LIST.one_by_one(&text, |range| is_whole(&text, range)), "{text}");
        }
        assert_eq!(LIST.within("of the graph"), Some("the graph"), "the first of the list, not of the text");
        assert_eq!((LIST.held("photograph"), LIST.begins("graphs")), (None, Some("graph")));
    }

    #[test]
    fn sentences_end_with_lines_and_stops_and_not_within_names_and_numbers() {
        let (words, ends) = sentences("Load data.csv (see Fig. 2), then stop.\n- \"Take 3.5 kg; go!\" ...");
        assert_eq!(words.join(" "), "load data.csv see fig 2 then stop take 3.5 kg go");
        assert_eq!(ends, [7, 10, 11]);
    }

    /// [`plain`], letter by letter.
    fn plainly(text: &str) -> String {
        let mut plain = String::new();
        for c in text.trim_start().chars() {
            match c {
                '’' | '‘' => plain.push('\''),
                c if c.is_whitespace() && plain.ends_with(' ') => {}
                c if c.is_whitespace() => plain.push(' '),
                c => plain.extend(c.to_lowercase()),
            }
        }
        plain
    }

    proptest! {
        #[test]
        fn a_text_is_made_plain_letter_by_letter(text in "[aA'.\\t\\n\\x0b\\x0c\\r \\x1f\u{a0}É’İ量]{0,24}") {
            prop_assert_eq!(plain(&text), plainly(&text));
        }

        #[test]
        fn words_have_the_same_number_if_they_are_the_same(
            words in prop::collection::vec("[ab\u{20}\u{e9}\u{21}\u{a1}]{0,20}", 0..12),
        ) {
            let text = words.join(" ");
            let words: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect();
            let numbers = numbers(text.as_bytes(), |byte| byte);
            prop_assert_eq!(numbers.len(), words.len());
            for (one, other) in (0..words.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
                prop_assert_eq!(words[one] == words[other], numbers[one] == numbers[other]);
            }
            for (word, said) in words.iter().zip(numbers).filter(|(word, _)| word.len() <= 8) {
                prop_assert_eq!(number(word), said);
            }
        }
    }
}
