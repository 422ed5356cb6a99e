//! The prose of a text in Markdown: without code, formulas and tables.

/// What is left of `text` when code blocks, `code`, `$formulas$` and table rows are taken out.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            (Some(_), _) => {}
            (None, None) if start.starts_with('|') => {}
            (None, None) => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    let out = without_spans(&out, "`", "`");
    let out = without_spans(&out, "$$", "$$");
    let out = without_spans(&out, "\\[", "\\]");
    let out = without_spans(&out, "\\(", "\\)");
    without_spans(&out, "$", "$")
}

/// Takes out what stands between two marks; a mark that is not closed takes nothing.
fn without_spans(text: &str, open: &str, close: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(open) {
        let inside = &rest[at + open.len()..];
        let Some(end) = inside.find(close) else { break };
        out.push_str(&rest[..at]);
        out.push(' ');
        rest = &inside[end + close.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn code_formulas_and_tables_are_no_prose() {
        let text = "Take `x` and $y^2$.\n\n```rust\nlet a = 1;\n```\n| a | b |\nSo \\(z\\) is $$\n1\n$$ done.";
        let words: Vec<_> = prose(text).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words.join(" "), "Take and . So is done.");
        assert_eq!(prose("It costs $5.").trim(), "It costs $5.");
    }
}
