//! Looking for phrases in texts that people and models wrote.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

/// Lower case, straight apostrophes, single spaces.
pub(super) fn plain(text: &str) -> String {
    let mut rest = text.trim_start();
    let bytes = rest.as_bytes();
    let is_one_line = memchr::memchr3(b'\n', b'\t', b'\r', bytes).is_none() && !has(rest, "  ");
    if is_one_line && rest.is_ascii() && memchr::memchr2(0x0b, 0x0c, bytes).is_none() {
        return rest.to_ascii_lowercase();
    }
    let mut plain = Vec::with_capacity(text.len());
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        plain_ascii(&rest.as_bytes()[..ascii], &mut plain);
        rest = &rest[ascii..];
        let other = rest.bytes().position(|byte| byte.is_ascii()).unwrap_or(rest.len());
        for c in rest[..other].chars() {
            match c {
                '’' | '‘' => plain.push(b'\''),
                c if c.is_whitespace() && plain.last() == Some(&b' ') => {}
                c if c.is_whitespace() => plain.push(b' '),
                c => c.to_lowercase().for_each(|c| plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes())),
            }
        }
        rest = &rest[other..];
    }
    String::from_utf8(plain).unwrap_or_default()
}

/// The same for ASCII, which nearly everything is.
fn plain_ascii(text: &[u8], plain: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'\t'..=b'\r' | b' ' if plain.last() == Some(&b' ') => {}
            b'\t'..=b'\r' | b' ' => plain.push(b' '),
            byte => plain.push(byte.to_ascii_lowercase()),
        }
    }
}

/// Whether `phrase` occurs in `text` at all.
pub(super) fn has(text: &str, phrase: &str) -> bool {
    memmem::find(text.as_bytes(), phrase.as_bytes()).is_some()
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
        self.list.iter().find(|phrase| text.starts_with(**phrase)).copied()
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

    proptest! {
        #[test]
        fn ascii_is_made_plain_like_anything_else(text in "[aA'.\\t\\n\\x0b\\x0c\\r \\x1f]{0,12}") {
            prop_assert_eq!(plain(&format!("{text}é")), format!("{}é", plain(&format!("{text}x")).trim_end_matches('x')));
        }
    }
}
