//! The prose of a text in Markdown: without code, formulas and tables.

use std::borrow::Cow;

/// A text in Markdown, with its code blocks apart.
pub(super) struct Blocks {
    /// What stands outside of code blocks.
    pub outside: String,
    /// A code block is not closed.
    pub is_open: bool,
    /// The last line belongs to a code block.
    pub ends_inside: bool,
    /// There is a code block, or a table.
    pub has_any: bool,
}

/// Tells code blocks from the rest. A block ends with a fence of the same sign that is at least as long.
pub(super) fn blocks(text: &str) -> Blocks {
    let mut found =
        Blocks { outside: String::with_capacity(text.len() + 1), is_open: false, ends_inside: false, has_any: false };
    let mut fence: Option<(char, usize)> = None;
    for line in text.lines() {
        let start = line.trim_start();
        let sign = start.chars().next().filter(|sign| matches!(sign, '`' | '~'));
        let length = sign.map_or(0, |sign| start.chars().take_while(|c| *c == sign).count());
        let rest = start.get(length..).unwrap_or_default();
        found.ends_inside = fence.is_some() || length >= 3;
        match (fence, sign) {
            (Some((open, long)), Some(sign)) if sign == open && length >= long && rest.trim().is_empty() => {
                fence = None
            }
            (Some(_), _) => {}
            // "```x```" in one line is no fence.
            (None, Some(sign)) if length >= 3 && !rest.contains(sign) => fence = Some((sign, length)),
            _ => {
                found.ends_inside = false;
                found.has_any |= start.starts_with('|');
                found.outside.push_str(line);
                found.outside.push('\n');
            }
        }
        found.has_any |= fence.is_some();
    }
    found.is_open = fence.is_some();
    found
}

/// What is left of a text without [`blocks`] when `code`, `$formulas$` and table rows are taken out.
pub(super) fn prose(outside: &str) -> String {
    let lines: Vec<&str> = outside.lines().filter(|line| !line.trim_start().starts_with('|')).collect();
    let marks = [("`", "`"), ("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")];
    let text = lines.join("\n");
    if memchr::memchr3(b'`', b'$', b'\\', text.as_bytes()).is_none() {
        return text;
    }
    let text = Cow::Owned(text);
    marks.into_iter().fold(text, |text, (open, close)| without_spans(text, open, close)).into_owned()
}

/// Takes out what stands between two marks; a mark that is not closed takes nothing.
fn without_spans<'a>(text: Cow<'a, str>, open: &str, close: &str) -> Cow<'a, str> {
    if !text.contains(open) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find(open) {
        let inside = &rest[at + open.len()..];
        let Some(end) = inside.find(close) else { break };
        out.push_str(&rest[..at]);
        out.push(' ');
        rest = &inside[end + close.len()..];
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::{blocks, prose};

    #[test]
    fn code_formulas_and_tables_are_no_prose() {
        let text = "Take `x` and $y^2$.\n\n```rust\nlet a = 1;\n```\n| a | b |\nSo \\(z\\) is $$\n1\n$$ done.";
        let words: Vec<_> = prose(&blocks(text).outside).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words.join(" "), "Take and . So is done.");
        assert_eq!(prose("It costs $5.").trim(), "It costs $5.");
    }
}
