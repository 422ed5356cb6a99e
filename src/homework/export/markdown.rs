//! Text from outside in Markdown: shown as it is, and nothing else.

use crate::taxonomy::text::reveal_line;

/// A text as one line of Markdown that means nothing but itself: no markup, no HTML, no link, no
/// end of a table's cell; what is invisible is written out.
pub(super) fn plain(text: &str) -> String {
    let shown = reveal_line(text);
    let mut plain = String::with_capacity(shown.len());
    let is_listed = shown.starts_with(|c: char| c.is_ascii_digit());
    for (at, c) in shown.char_indices() {
        // In plain words these are no markup, except at a beginning; a full stop within a word may make a link.
        let is_inside = match c {
            '-' | ',' | '(' | ')' | '\'' => at > 0 && !is_listed,
            '.' => at > 0 && !is_listed && shown[at + 1..].chars().next().is_none_or(char::is_whitespace),
            _ => false,
        };
        if c.is_ascii_punctuation() && !is_inside {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// A table, all its cells [`plain`].
pub(super) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let mut table = line(&mut header.iter().map(|cell| (*cell).to_owned()));
    table.push_str(&line(&mut header.iter().map(|_| "---".to_owned())));
    for row in rows {
        table.push_str(&line(&mut row.iter().map(|cell| plain(cell))));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_never_obeyed() {
        assert_eq!(
            plain("Natural Sciences, (applied) semi-group theory"),
            "Natural Sciences, (applied) semi-group theory"
        );
        assert_eq!(plain("a | b"), "a \\| b");
        assert_eq!(plain("<img src=x onerror=alert(1)>"), "\\<img src\\=x onerror\\=alert(1)\\>");
        assert_eq!(plain("[x](javascript:y) `z` **b**"), "\\[x\\](javascript\\:y) \\`z\\` \\*\\*b\\*\\*");
        assert_eq!(plain("- a"), "\\- a");
        assert_eq!(plain("1. a"), "1\\. a");
        assert_eq!(plain("# a\n---\nb"), "\\# a --- b");
        assert_eq!(plain("www.evil.example etc."), "www\\.evil\\.example etc.");
        assert_eq!(plain("http://a"), "http\\:\\/\\/a");
        assert_eq!(plain("x\u{202e}y\u{200b}"), "x⟨U\\+202E⟩y⟨U\\+200B⟩");
    }
}
