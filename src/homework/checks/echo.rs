//! Answers that say the question again.

use std::borrow::Cow;

use super::text::Text;
use super::words::has;

/// The words from which on a block that is said again counts, so that a short question may be taken up in the answer.
const FEWEST: usize = 16;

/// What of `question` is said again in `text`, as a sentence: all of it and nothing else, or one block that is longer than
/// `share` of it. Code, formulas and what the question quotes may be said again.
pub(super) fn echo(text: &Text<'_>, question: &Text<'_>, share: f64) -> Option<String> {
    // What is far longer than the question says more than the question.
    let may_be_it = text.raw.len() <= 4 * question.raw.len() + 64 && has_inner(question.words(), text.words());
    if may_be_it && is_echo(text.normal(), question.normal()) {
        return Some("It says the question again and nothing else.".to_owned());
    }
    let asked = question.words_of(&without_quotes(question.prose()));
    let fewest = FEWEST.max((share * asked.len() as f64).floor() as usize + 1);
    if asked.len() < fewest {
        return None;
    }
    let block = longest_block(&asked, &text.words_of(text.prose()), fewest);
    (block >= fewest).then(|| format!("It says {block} of the {} words of the question again, in one go.", asked.len()))
}

/// Whether `text` is `question` again, or most of it, with no more than a word around it.
fn is_echo(text: &str, question: &str) -> bool {
    if let Some(rest) = text.strip_prefix(question).or_else(|| text.strip_suffix(question)) {
        return rest.trim().is_empty();
    }
    // To look for all of it takes more to get ready than to look for its beginning first.
    let beginning = &text[..text.floor_char_boundary(24)];
    text.len() <= question.len()
        && text.len() * 10 >= question.len() * 6
        && has(question, beginning)
        && has(question, text)
}

/// Whether the words of `text` but the first and the last, of which parts may do, stand in `question`, in one go.
fn has_inner(question: &[u64], text: &[u64]) -> bool {
    let inner = text.get(1..text.len().max(2) - 1).unwrap_or_default();
    inner.is_empty() || question.windows(inner.len()).any(|words| words == inner)
}

/// The length of the longest run of words that both have, if it has `fewest` words or more. Such a run holds a word of `one`
/// whose number is a multiple of `fewest`, so only the places of these few words are looked at.
fn longest_block(one: &[u64], other: &[u64], fewest: usize) -> usize {
    let run = |a: &mut dyn Iterator<Item = &u64>, b: &mut dyn Iterator<Item = &u64>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let blocks = (0..one.len()).step_by(fewest.max(1)).flat_map(|at| {
        let places = other.iter().enumerate().filter(move |(_, word)| **word == one[at]);
        places.map(move |(place, _)| {
            run(&mut one[at..].iter(), &mut other[place..].iter())
                + run(&mut one[..at].iter().rev(), &mut other[..place].iter().rev())
        })
    });
    blocks.max().unwrap_or_default()
}

/// `text` without what stands between quotation marks and is longer than a name.
fn without_quotes(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && memchr::memchr(b'"', text.as_bytes()).is_none() {
        return text.into();
    }
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
    out.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_no_echo_by_its_words_is_none(
            question in "[ab1é量 .,+]{0,16}",
            range in (0_usize..16, 0_usize..16),
            around in ("[ .]{0,2}", "[ .]{0,2}"),
            other in "[ab1é量 .,+]{0,6}",
        ) {
            let cut: String = question.chars().skip(range.0).take(range.1).collect();
            for said in [format!("{}{cut}{}", around.0, around.1), other] {
                let (text, question) = (Text::new(&said), Text::new(&question));
                let echoes = is_echo(text.normal(), question.normal());
                prop_assert!(!echoes || has_inner(question.words(), text.words()), "{said}");
            }
        }

        #[test]
        fn the_longest_block_is_that_of_every_pair_of_places(
            one in prop::collection::vec(0_u64..3, 0..24),
            other in prop::collection::vec(0_u64..3, 0..24),
            fewest in 1_usize..6,
        ) {
            let run = |a: usize, b: usize| one[a..].iter().zip(&other[b..]).take_while(|(a, b)| a == b).count();
            let places = (0..one.len()).flat_map(|a| (0..other.len()).map(move |b| (a, b)));
            let longest = places.map(|(a, b)| run(a, b)).max().unwrap_or_default();
            let found = longest_block(&one, &other, fewest);
            prop_assert!(if longest >= fewest { found == longest } else { found < fewest }, "{found} of {longest}");
        }
    }
}
