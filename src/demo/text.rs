//! Small text helpers: normalised names, token counts, lists in prose.

use std::collections::HashSet;

/// `text` as lower-case words joined by single spaces; equal for names that differ in case or punctuation only.
#[must_use]
pub fn normal(text: &str) -> String {
    words(text).join(" ")
}

/// The lower-case words of `text`; everything that is neither letter nor digit separates.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    spans(text).into_iter().map(|span| span.word).collect()
}

/// A word of a text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The word in lower case.
    pub word: String,
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset after its last character.
    pub end: usize,
}

/// The words of `text` with their places. An apostrophe inside a word does not split it.
#[must_use]
pub fn spans(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<Span> = None;
    for (at, letter) in text.char_indices() {
        if letter.is_alphanumeric() {
            let span = open.get_or_insert_with(|| Span { word: String::new(), start: at, end: at });
            if letter.is_ascii() {
                span.word.push(letter.to_ascii_lowercase());
            } else {
                span.word.extend(letter.to_lowercase());
            }
            span.end = at + letter.len_utf8();
        } else if !matches!(letter, '\'' | '\u{2019}') {
            found.extend(open.take());
        }
    }
    found.extend(open);
    found
}

/// About how many tokens `text` has: one for four characters.
#[must_use]
pub fn tokens(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4)
}

/// The first `tokens` tokens of `text`, by the same measure.
#[must_use]
pub fn clip(text: &str, tokens: u64) -> &str {
    let characters = usize::try_from(tokens.saturating_mul(4)).unwrap_or(usize::MAX);
    match text.char_indices().nth(characters) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// `items` as a list in prose: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn prose_list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// `text` with its first letter in upper case.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Whether `name` was not in `seen` yet (by its normal form); remembers it.
pub fn is_new(seen: &mut HashSet<String>, name: &str) -> bool {
    let key = normal(name);
    !key.is_empty() && seen.insert(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_or_punctuation_are_equal() {
        assert_eq!(normal("Fermat's  Principle"), normal("fermat\u{2019}s principle"));
        assert_eq!(normal("Ray-Tracing (basic)"), "ray tracing basic");
        assert_eq!(normal("  "), "");
    }

    #[test]
    fn spans_point_into_the_text() {
        let text = "Größe: \u{2039}x\u{203a} of Snell's law";
        for span in spans(text) {
            assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        }
        assert_eq!(&text[spans(text)[3].start..spans(text)[3].end], "Snell's");
    }

    #[test]
    fn clip_counts_as_tokens_does() {
        let text = "äöü€ abc xyz";
        assert_eq!(clip(text, 1), "äöü€");
        assert_eq!(clip(text, 99), text);
        assert_eq!(tokens(clip(text, 2)), 2);
    }

    #[test]
    fn lists_read_as_prose() {
        assert_eq!(prose_list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(prose_list(&["a"]), "a");
        assert_eq!(capitalised("über"), "Über");
    }
}
