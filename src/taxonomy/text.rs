//! Text that came from a model, a file or a person, and the one way to show it.
//!
//! [`Untrusted`] has no `Display`: what reaches a screen or a pipe goes through
//! [`reveal`], which makes invisible and reordering characters visible instead of
//! dropping them, so that nobody approves what they could not see.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

use crate::unseen::{Watch, always_shows};

/// Text from outside, as it was received.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// The text itself: for files, prompts and comparison, never for a screen.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The text for a screen, line breaks kept.
    #[must_use]
    pub fn reveal(&self) -> Cow<'_, str> {
        reveal(&self.0)
    }

    /// The text for one line of a screen.
    #[must_use]
    pub fn line(&self) -> Cow<'_, str> {
        reveal_line(&self.0)
    }

    /// Whether the text holds characters that [`reveal`] would have to make visible.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        !self.0.chars().all(always_shows) && hidden_positions(&self.0).next().is_some()
    }

    /// Whether nothing but white space is there.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl<T: Into<String>> From<T> for Untrusted {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.line())
    }
}

/// What of a text does not show, with its place. A line that ends as on Windows is no secret.
fn hidden_positions(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut watch = Watch::default();
    text.char_indices().filter(move |&(at, c)| {
        let hidden = !(watch.shows(c) || c == '\r' && text[at + 1..].starts_with('\n'));
        if hidden {
            watch.replaced();
        }
        hidden
    })
}

/// `text` without the characters that [`reveal`] would write out. Line breaks and tabs stay.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut watch = Watch::default();
    text.chars().filter(|c| watch.shows(*c)).collect()
}

/// `text` with every control, bidirectional, zero-width and tag character written out as
/// `⟨U+202E⟩`. Line breaks stay, tabs become spaces. Nothing is dropped.
#[must_use]
pub fn reveal(text: &str) -> Cow<'_, str> {
    let ascii_clean = text.bytes().all(|b| (b' '..0x7f).contains(&b) || b == b'\n');
    if ascii_clean || (hidden_positions(text).next().is_none() && !text.contains(['\t', '\r'])) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for (at, c) in hidden_positions(text) {
        shown.push_str(&text[done..at]);
        done = at + c.len_utf8();
        let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(c));
    }
    shown.push_str(&text[done..]);
    Cow::Owned(shown.replace("\r\n", "\n").replace('\t', "    "))
}

/// [`reveal`] for one line: line breaks become spaces.
#[must_use]
pub fn reveal_line(text: &str) -> Cow<'_, str> {
    match reveal(text) {
        shown if shown.contains('\n') => Cow::Owned(shown.replace('\n', " ")),
        shown => shown,
    }
}

/// A name of more characters is refused: it would be compared with all others for nothing. A model's may have 200.
const LONGEST_NAME: usize = 1_000;

/// What is wrong with a name that is too long for any node.
#[must_use]
pub fn overlong(name: &str) -> Option<String> {
    let length = name.chars().count();
    let start = || name.chars().take(40).collect::<String>();
    let what =
        || format!("The name \"{}…\" has {length} characters; {LONGEST_NAME} is the most.", reveal_line(&start()));
    (length > LONGEST_NAME).then(what)
}

/// The form in which two names are the same name: compatibility composed, lower case, runs of
/// anything but letters and digits as one space. Pluses and hashes at the end of a word stay, because C, C++ and C# are
/// three languages. A name of symbols only stays itself, trimmed.
#[must_use]
pub fn normalise(name: &str) -> String {
    let mut normal = Vec::with_capacity(name.len() + 1);
    normalise_onto(name, &mut normal);
    String::from_utf8(normal).unwrap_or_default()
}

/// [`normalise`] at the end of a text that is there already.
pub(crate) fn normalise_onto(name: &str, to: &mut Vec<u8>) {
    let start = to.len();
    // What is ASCII, as nearly everything is, needs no tables.
    let is_plain = name.is_ascii() && memchr::memchr2(b'+', b'#', name.as_bytes()).is_none();
    if is_plain && name.len() < LONG {
        normalise_ascii(name.as_bytes(), to)
    } else if is_plain {
        normalise_long(name.as_bytes(), to)
    } else {
        to.extend_from_slice(normalise_any(name).as_bytes())
    }
    if to.len() == start {
        to.extend_from_slice(name.trim().as_bytes());
    }
}

fn normalise_any(name: &str) -> String {
    let mut normal = Normal { text: String::with_capacity(name.len()), in_word: false, held: String::new() };
    // Nothing is composed across a space.
    for piece in name.split_inclusive(' ') {
        if piece.is_ascii() {
            piece.bytes().for_each(|byte| normal.push_ascii(byte));
        } else if is_nfkc_quick(piece.chars()) == IsNormalized::Yes {
            piece.chars().flat_map(char::to_lowercase).for_each(|c| normal.push(c));
        } else {
            piece.nfkc().flat_map(char::to_lowercase).for_each(|c| normal.push(c));
        }
    }
    normal.close()
}

/// Letters in lower case and digits; 0 for all else.
const LOWER: [u8; 256] = {
    let mut lower = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            lower[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    lower
};

/// The same for ASCII without pluses and hashes: there are millions of concepts, so no step depends on what a letter is.
fn normalise_ascii(name: &[u8], to: &mut Vec<u8>) {
    let start = to.len();
    to.resize(start + name.len() + 1, b' ');
    let normal = &mut to[start..];
    let (mut end, mut in_word) = (0, 0);
    for byte in name {
        let letter = LOWER[usize::from(*byte)];
        let is_letter = usize::from(letter != 0);
        normal[end] = if letter == 0 { b' ' } else { letter };
        // A blank stays behind a word; what comes before the first, or behind another, is written over.
        end += is_letter | in_word;
        in_word = is_letter;
    }
    let is_open = end > 0 && in_word == 0;
    to.truncate(start + end - usize::from(is_open));
}

/// A text from which on [`normalise_long`] pays.
const LONG: usize = 96;

/// The same for a text: the compiler makes sixteen bytes of it at once, and what is left are the places with more than one blank.
fn normalise_long(text: &[u8], to: &mut Vec<u8>) {
    let start = to.len();
    to.extend(text.iter().map(|byte| {
        let lower = byte.to_ascii_lowercase();
        if lower.is_ascii_alphanumeric() { lower } else { b' ' }
    }));
    let normal = &mut to[start..];
    let gap = memchr::memmem::Finder::new(b"  ");
    let (mut end, mut at) = (0, 0);
    while at < normal.len() {
        let words = &normal[at..];
        let blanks = words.iter().take_while(|byte| **byte == b' ').count();
        let length = gap.find(&words[blanks..]).unwrap_or(words.len() - blanks);
        if length > 0 && end > 0 {
            normal[end] = b' ';
            end += 1;
        }
        normal.copy_within(at + blanks..at + blanks + length, end);
        end += length;
        at += blanks + length;
    }
    end -= usize::from(end > 0 && normal[end - 1] == b' ');
    to.truncate(start + end);
}

/// Whether it is one of the letters that most texts in other alphabets are made of.
fn is_common_letter(c: char) -> bool {
    matches!(c,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2c1}' | '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3f5}' | '\u{400}'..='\u{481}'
        | '\u{48a}'..='\u{52f}' | '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' | '\u{904}'..='\u{939}' | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Letters and digits, with one space for what is between them.
struct Normal {
    text: String,
    /// Whether a letter or a digit came last.
    in_word: bool,
    /// Pluses and hashes that belong to the word before them if it ends here.
    held: String,
}

impl Normal {
    fn push_ascii(&mut self, byte: u8) {
        let letter = LOWER[usize::from(byte)];
        if letter == 0 || !self.held.is_empty() {
            return self.push(byte.to_ascii_lowercase().into());
        }
        self.text.push(letter.into());
        self.in_word = true;
    }

    fn push(&mut self, c: char) {
        if matches!(c, '+' | '#') && self.in_word {
            self.held.push(c);
            return;
        }
        let is_letter = is_common_letter(c) || c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c));
        if !self.held.is_empty() {
            self.text.push_str(if is_letter { " " } else { &self.held });
            self.held.clear();
        }
        if is_letter {
            self.text.push(c);
        } else if self.in_word {
            self.text.push(' ');
        }
        self.in_word = is_letter;
    }

    fn close(mut self) -> String {
        self.text.push_str(&self.held);
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

/// The longest slug that a name makes.
const SLUG: usize = 60;

/// The file name (without `.yaml`) that `name` makes: `[a-z0-9-]{1,60}`, not a device name of
/// any platform. `None` where the name has no letter or digit that folds to ASCII.
#[must_use]
pub fn slugify(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() && !matches!(c, '\'' | '’') {
            slug.push('-');
        }
        if slug.len() >= SLUG {
            break;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    match slug {
        slug if slug.is_empty() => None,
        slug if is_device_name(&slug) => Some(format!("{slug}-x")),
        slug => Some(slug),
    }
}

fn is_device_name(slug: &str) -> bool {
    matches!(slug, "con" | "prn" | "aux" | "nul" | "conin" | "conout")
        || (slug.len() == 4
            && (slug.starts_with("com") || slug.starts_with("lpt"))
            && slug.as_bytes()[3].is_ascii_digit())
}

/// `4516` as `4,516`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether `slug` may name a file of a taxonomy directory.
#[must_use]
pub fn is_slug(slug: &str) -> bool {
    !slug.is_empty()
        && slug.len() <= SLUG + 12
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
        && !is_device_name(slug)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reveal_shows_what_would_hide() {
        assert_eq!(reveal("Optics"), "Optics");
        assert_eq!(reveal("a\u{1b}[2Jb"), "a⟨U+001B⟩[2Jb");
        assert_eq!(reveal("abc\u{202e}fed"), "abc⟨U+202E⟩fed");
        assert_eq!(reveal("zero\u{200b}width"), "zero⟨U+200B⟩width");
        assert_eq!(reveal("two\r\nlines\tend"), "two\nlines    end");
        assert_eq!(reveal_line("two\nlines"), "two lines");
    }

    #[test]
    fn reveal_leaves_living_scripts_alone() {
        for text in ["البصريات", "אופטיקה", "光学", "👩‍🔬 lab", "Mécanique", "1️⃣", "नेपाली"]
        {
            assert_eq!(reveal(text), text);
            assert!(!Untrusted::from(text).is_suspicious(), "{text}");
        }
        assert!(Untrusted::from("Opt\u{200b}ics").is_suspicious());
        assert!(!Untrusted::from("a\tb\r\nc").is_suspicious());
        assert!(Untrusted::from("Optics\rApproved").is_suspicious(), "it would be written over");
    }

    #[test]
    fn hostile_names_make_harmless_slugs() {
        assert_eq!(slugify("../../x").as_deref(), Some("x"));
        assert_eq!(slugify("CON").as_deref(), Some("con-x"));
        assert_eq!(slugify("LPT1").as_deref(), Some("lpt1-x"));
        assert_eq!(slugify("Fermat's Principle").as_deref(), Some("fermats-principle"));
        assert_eq!(slugify("Mécanique céleste").as_deref(), Some("mecanique-celeste"));
        assert_eq!(slugify("البصريات"), None);
        assert_eq!(slugify(&"a".repeat(300)).map(|s| s.len()), Some(60));
    }

    #[test]
    fn names_are_compared_by_their_letters() {
        assert_eq!(normalise("  Film &  Theatre "), "film theatre");
        assert_eq!(normalise("ＯＰＴＩＣＳ"), "optics");
        assert_eq!(normalise("!!!"), "!!!");
        assert_eq!(normalise("Cost+Benefit #1 + rest"), "cost benefit 1 rest");
    }

    #[test]
    fn common_letters_are_letters() {
        assert!(('\0'..=char::MAX).filter(|c| is_common_letter(*c)).all(char::is_alphanumeric));
    }

    #[test]
    fn three_languages_have_three_names() {
        let names = ["C", "C++", "C#"].map(normalise);
        assert_eq!(names, ["c", "c++", "c#"]);
        assert_eq!(normalise("Programming in C++ (Advanced)"), "programming in c++ advanced");
        assert_eq!(normalise("C++/CLI"), "c++ cli");
    }

    proptest! {
        #[test]
        fn a_text_is_normalised_as_if_none_of_it_were_ascii(text in "[a-zA-Z0-9+#. \u{301}\u{338}éﬁ①Ωİ\u{3000}한\u{1100}\u{1161}]{0,16}") {
            let mut whole = Normal { text: String::new(), in_word: false, held: String::new() };
            text.nfkc().flat_map(char::to_lowercase).for_each(|c| whole.push(c));
            let whole = whole.close();
            prop_assert_eq!(normalise(&text), if whole.is_empty() { text.trim().to_owned() } else { whole });
        }

        #[test]
        fn a_normal_form_is_its_own(name in "[a-zA-Z+# ()-]{0,12}") {
            prop_assert_eq!(normalise(&normalise(&name)), normalise(&name));
        }

        #[test]
        fn what_is_revealed_is_clean_and_stays_so(text in any::<String>()) {
            let shown = reveal(&text).into_owned();
            prop_assert_eq!(reveal(&shown).into_owned(), shown.clone());
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
        }

        #[test]
        fn a_long_text_is_normalised_like_a_short_one(text in "([aZ9_.\\- ]{1,4}[ .,\n]{0,3}){0,12}") {
            let (mut short, mut long) = (b"before".to_vec(), b"before".to_vec());
            normalise_ascii(text.as_bytes(), &mut short);
            normalise_long(text.as_bytes(), &mut long);
            prop_assert_eq!(String::from_utf8(long).unwrap(), String::from_utf8(short).unwrap());
        }

        #[test]
        fn what_is_left_visible_hides_nothing(text in any::<String>()) {
            prop_assert!(!Untrusted::from(visible(&text)).is_suspicious());
        }

        #[test]
        fn every_slug_may_name_a_file(name in any::<String>()) {
            if let Some(slug) = slugify(&name) {
                prop_assert!(is_slug(&slug), "{}", slug);
            }
        }
    }
}
