//! The prose of a text in Markdown: without code, formulas and tables.

use std::borrow::Cow;

/// A text in Markdown, with its code blocks apart.
pub(super) struct Blocks<'a> {
    /// What stands outside of code blocks.
    pub outside: Cow<'a, str>,
    /// A code block is not closed.
    pub is_open: bool,
    /// The last line belongs to a code block.
    pub ends_inside: bool,
    /// There is a code block, or a table.
    pub has_any: bool,
}

/// Tells code blocks from the rest. A block ends with a fence of the same sign that is at least as long.
pub(super) fn blocks(text: &str) -> Blocks<'_> {
    let bytes = text.as_bytes();
    if memchr::memchr3(b'`', b'~', b'|', bytes).is_none() && memchr::memchr(b'\r', bytes).is_none() {
        return Blocks { outside: text.into(), is_open: false, ends_inside: false, has_any: false };
    }
    let mut outside = String::with_capacity(text.len() + 1);
    let (mut ends_inside, mut has_any) = (false, false);
    let mut fence: Option<(char, usize)> = None;
    for line in text.lines() {
        let start = line.trim_start();
        let sign = start.chars().next().filter(|sign| matches!(sign, '`' | '~'));
        let length = sign.map_or(0, |sign| start.chars().take_while(|c| *c == sign).count());
        let rest = start.get(length..).unwrap_or_default();
        ends_inside = fence.is_some() || length >= 3;
        match (fence, sign) {
            (Some((open, long)), Some(sign)) if sign == open && length >= long && rest.trim().is_empty() => {
                fence = None
            }
            (Some(_), _) => {}
            // "```x```" in one line is no fence.
            (None, Some(sign)) if length >= 3 && !rest.contains(sign) => fence = Some((sign, length)),
            _ => {
                ends_inside = false;
                has_any |= start.starts_with('|');
                outside.push_str(line);
                outside.push('\n');
            }
        }
        has_any |= fence.is_some();
    }
    Blocks { outside: outside.into(), is_open: fence.is_some(), ends_inside, has_any }
}

/// What is left of a text without [`blocks`] when `code`, `$formulas$` and table rows are taken out.
pub(super) fn prose(outside: &str) -> Cow<'_, str> {
    let marks = [("`", "`"), ("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")];
    let text = if memchr::memchr2(b'|', b'\r', outside.as_bytes()).is_none() {
        Cow::Borrowed(outside.strip_suffix('\n').unwrap_or(outside))
    } else {
        let lines: Vec<&str> = outside.lines().filter(|line| !line.trim_start().starts_with('|')).collect();
        Cow::Owned(lines.join("\n"))
    };
    if memchr::memchr3(b'`', b'$', b'\\', text.as_bytes()).is_none() {
        return text;
    }
    marks.into_iter().fold(text, |text, (open, close)| without_spans(text, open, close))
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
