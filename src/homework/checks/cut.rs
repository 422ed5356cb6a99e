//! Texts that stop before their end although the server says that they are whole.

use super::text::Text;
use super::words::tail;

/// Words that no sentence ends with.
const OPEN_WORDS: [&str; 28] = [
    "the", "a", "an", "and", "or", "of", "to", "with", "for", "by", "from", "that", "which", "is", "are", "because",
    "than", "into", "der", "die", "das", "und", "le", "la", "et", "el", "y", "de",
];

/// The words of a last line from which on it has to end like a sentence.
const LONG_LINE: usize = 8;

/// What stops before its end, as a sentence; `None` where nothing does.
pub(super) fn cut(text: &Text<'_>) -> Option<String> {
    let (text, blocks) = (text.raw, text.blocks());
    if blocks.is_open {
        return Some("A code block is not closed.".to_owned());
    }
    let outside = blocks.outside.trim_end();
    let may_hold_formulas = memchr::memchr2(b'$', b'\\', outside.as_bytes()).is_some();
    let is_open_formula =
        || outside.matches("$$").count() % 2 == 1 || odd(outside, "\\[", "\\]") || odd(outside, "\\begin{", "\\end{");
    if may_hold_formulas && is_open_formula() {
        return Some("A formula is not closed.".to_owned());
    }
    if blocks.ends_inside {
        return None;
    }
    let last_line = text.lines().next_back().unwrap_or_default().trim();
    let last_word = last_line.rsplit(char::is_whitespace).next().unwrap_or_default();
    let open_word = OPEN_WORDS.contains(&last_word) && last_word != last_line;
    let open_end = text.ends_with([',', '(', '[', '{', '=', '\\', '–', '—', '，', '、', '（']);
    if open_word || open_end || is_open_line(outside, last_line) {
        return Some(format!("It ends with \"{}\".", tail(text)));
    }
    None
}

fn odd(text: &str, open: &str, close: &str) -> bool {
    text.matches(open).count() > text.matches(close).count()
}

/// Whether the last line is a sentence without an end, where other sentences of the text have one. Headings, tables,
/// results, names and short lines need none.
fn is_open_line(outside: &str, last_line: &str) -> bool {
    let is_item = |line: &str| item(line).is_some();
    let line = item(last_line).unwrap_or(last_line);
    let Some(last) = line.chars().next_back() else { return false };
    if !last.is_alphabetic() || line.starts_with(['#', '|', '>', '=']) {
        return false;
    }
    let prose = Text::new(line);
    let prose = prose.prose();
    let signs = prose.chars().filter(|c| *c >= '\u{2e80}' && c.is_alphabetic()).count();
    let words = prose.split_whitespace().count() + signs / 2;
    // "The image lies at 36 cm" ends with a unit, "so v = 3x" with a formula.
    let before_last = line.split_whitespace().rev().nth(1).unwrap_or_default();
    let is_result = before_last.chars().any(|c| c.is_ascii_digit()) || line.contains(['=', '≈', '$', '→', '⇒']);
    if words < LONG_LINE || is_result {
        return false;
    }
    let earlier: Vec<&str> = outside.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let earlier = earlier.split_last().map_or(&[][..], |(_, rest)| rest);
    let in_line = [". ", "? ", "! ", "。", "？", "！", "؟ ", "। "].iter().any(|end| line.contains(end));
    if is_item(last_line) && !in_line {
        // In a list without full stops the last entry has none either.
        let mut items = earlier.iter().filter(|line| is_item(line)).peekable();
        return items.peek().is_some() && items.all(|line| ends_whole(line));
    }
    in_line || earlier.iter().any(|line| line.split_whitespace().count() >= LONG_LINE && ends_whole(line))
}

fn ends_whole(line: &str) -> bool {
    let line = line.trim_end_matches(['*', '_', '"', '\'', ')', '”', '’', '»', '`']);
    line.ends_with(['.', '!', '?', ':', ';', '。', '！', '？', '؟', '।', '…'])
}

/// The text of a list's entry.
fn item(line: &str) -> Option<&str> {
    if let Some(rest) = ["- ", "* ", "• ", "+ "].iter().find_map(|mark| line.strip_prefix(mark)) {
        return Some(rest.trim());
    }
    // "(1) ", "a) ", "12. ": the sign stands behind one or two letters or digits.
    let mark = line.trim_start_matches('(');
    let (end, _) = mark.char_indices().take(3).find(|(_, c)| matches!(c, ')' | '.'))?;
    let is_mark = end > 0 && mark[..end].chars().all(char::is_alphanumeric);
    let rest = &mark[end + 1..];
    (is_mark && rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}
