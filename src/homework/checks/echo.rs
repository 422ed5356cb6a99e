//! Answers that say the question again.

use super::prose::{blocks, prose};
use crate::taxonomy::text::normalise;

/// The words from which on a block that is said again counts, so that a short question may be taken up in the answer.
const FEWEST: usize = 16;

/// What of `question` is said again in `text`, as a sentence: all of it and nothing else, or one block that is longer than
/// `share` of it. Code, formulas and what the question quotes may be said again.
pub(super) fn echo(text: &str, question: &str, share: f64) -> Option<String> {
    if is_echo(text, question) {
        return Some("It says the question again and nothing else.".to_owned());
    }
    let asked = without_quotes(&prose(&blocks(question).outside));
    let (asked, said) = (normalise(&asked), normalise(&prose(&blocks(text).outside)));
    let (asked, said) = (pieces(&asked), pieces(&said));
    let block = longest_block(&asked, &said);
    let fewest = FEWEST.max((share * asked.len() as f64).floor() as usize + 1);
    (block >= fewest).then(|| format!("It says {block} of the {} words of the question again, in one go.", asked.len()))
}

/// Whether `text` is `question` again, or most of it, with no more than a word around it.
fn is_echo(text: &str, question: &str) -> bool {
    let (text, question) = (normalise(text), normalise(question));
    if let Some(rest) = text.strip_prefix(&question).or_else(|| text.strip_suffix(&question)) {
        return rest.trim().is_empty();
    }
    question.contains(&text) && text.len() * 10 >= question.len() * 6
}

/// Words; every sign of a script without blanks is one.
fn pieces(text: &str) -> Vec<&str> {
    let alone = |c: char| ('\u{2e80}'..'\u{ac00}').contains(&c) || c >= '\u{20000}';
    let mut pieces = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let end = if alone(first) { first.len_utf8() } else { rest.find(alone).unwrap_or(rest.len()) };
            let (piece, after) = rest.split_at(end);
            pieces.push(piece);
            rest = after;
        }
    }
    pieces
}

/// The length of the longest run of words that both have.
fn longest_block(one: &[&str], other: &[&str]) -> usize {
    let mut best = 0;
    let mut row = vec![0_usize; other.len() + 1];
    for word in one {
        let mut before = 0;
        for (at, same) in other.iter().enumerate() {
            let here = row[at + 1];
            row[at + 1] = if word == same { before + 1 } else { 0 };
            best = best.max(row[at + 1]);
            before = here;
        }
    }
    best
}

/// `text` without what stands between quotation marks and is longer than a name.
fn without_quotes(text: &str) -> String {
    let mut out = text.to_owned();
    for (open, close) in [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('「', '」')] {
        let mut kept = String::with_capacity(out.len());
        let mut rest = out.as_str();
        while let Some(at) = rest.find(open) {
            let inside = &rest[at + open.len_utf8()..];
            let Some(end) = inside.find(close) else { break };
            kept.push_str(&rest[..at]);
            // A mark between two words, so that no run goes across.
            kept.push_str(" quotation ");
            rest = &inside[end + close.len_utf8()..];
        }
        kept.push_str(rest);
        out = kept;
    }
    out
}
