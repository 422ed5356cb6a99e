//! Text in columns: width, cutting with an ellipsis, wrapping, all by grapheme.
//!
//! ```text
//! fit("Quantum chromodynamics", 10)  ->  Quantum c…
//! ```

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// As much of a text as fits into `columns`, with the ellipsis where something is cut off.
pub(super) fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mark = if width(ellipsis) <= columns { ellipsis } else { "" };
    let room = columns - width(mark);
    format!("{}{mark}", head(text, room))
}

/// The longest beginning of a text that takes at most `columns`.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The longest end of a text that takes at most `columns`.
pub(super) fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > columns {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

/// A text as lines of at most `columns`, broken between words where that is possible. Line
/// breaks in the text stay.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.trim_end().lines() {
        let indent = &paragraph[..paragraph.len() - paragraph.trim_start().len()];
        let mut line = head(indent, columns / 2).to_owned();
        let mut is_empty = true;
        for word in paragraph.split_whitespace() {
            let mut word = word;
            if !is_empty && width(&line) + 1 + width(word) <= columns {
                line.push(' ');
            } else if !is_empty {
                lines.push(std::mem::take(&mut line));
            }
            while width(&line) + width(word) > columns {
                let mut part = head(word, columns - width(&line));
                if part.is_empty() && line.is_empty() {
                    // One grapheme is wider than the whole line.
                    part = word.graphemes(true).next().unwrap_or(word);
                }
                line.push_str(part);
                lines.push(std::mem::take(&mut line));
                word = &word[part.len()..];
            }
            line.push_str(word);
            is_empty = false;
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// A text that was made visible, its revealed characters in another look.
pub(super) fn spans(text: &str, plain: Style, revealed: Style) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("⟨U+") {
        let Some(length) = rest[start..].find('⟩') else { break };
        let end = start + length + '⟩'.len_utf8();
        if start > 0 {
            spans.push(Span::styled(rest[..start].to_owned(), plain));
        }
        spans.push(Span::styled(rest[start..end].to_owned(), revealed));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        spans.push(Span::styled(rest.to_owned(), plain));
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_characters_are_cut_whole() {
        assert_eq!(fit("量子力学入門", 7, "…"), "量子力…");
        assert_eq!(fit("量子", 3, "…"), "量…");
        assert_eq!(fit("👩‍🔬👩‍🔬👩‍🔬", 5, "…"), "👩‍🔬👩‍🔬…");
        assert_eq!(fit("abc", 3, "…"), "abc");
        assert_eq!(fit("abcdef", 2, "..."), "ab");
        assert_eq!(tail("量子力学", 5), "力学");
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrap("Light as ray, wave", 9), ["Light as", "ray, wave"]);
        assert_eq!(wrap("a\n\n  b", 9), ["a", "", "  b"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 9), [""]);
    }

    #[test]
    fn revealed_characters_stand_out() {
        let odd = Style::new().red();
        let found = spans("a⟨U+202E⟩b", Style::new(), odd);
        let parts: Vec<_> = found.iter().map(|span| (span.content.as_ref(), span.style == odd)).collect();
        assert_eq!(parts, [("a", false), ("⟨U+202E⟩", true), ("b", false)]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked_and_nothing_is_lost(text in "\\PC{0,60}", columns in 2_usize..30) {
            prop_assert!(width(&fit(&text, columns, "…")) <= columns);
            let lines = wrap(&text, columns);
            for line in &lines {
                // A single grapheme may be wider than the whole line.
                prop_assert!(width(line) <= columns || line.graphemes(true).count() == 1, "{:?}", line);
            }
            let strip = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(strip(&lines.concat()), strip(&text));
        }
    }
}
