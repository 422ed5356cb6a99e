//! Which passages of the documents go into a prompt: all of them where they fit, else those that share
//! most words with what is asked about, in the order of the documents.
//!
//! Pure and simple on purpose: the same documents, words and budget give the same passages.

use std::collections::{HashMap, HashSet};

use crate::llm::Excerpt;
use crate::taxonomy::documents::{DocumentRef, Ground};
use crate::taxonomy::text::normalise;

/// Characters of a token, on average.
const CHARACTERS: usize = 4;
/// Words that are shorter say little about what a passage is about.
const SHORTEST: usize = 3;
/// What stands where something was left out.
pub const GAP: &str = "[…]";

/// The passages for one prompt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Passages {
    /// One for each document that anything is taken from, in their order.
    pub excerpts: Vec<Excerpt>,
    /// Documents of which not all is there.
    pub cut: usize,
}

struct Paragraph<'a> {
    document: usize,
    text: &'a str,
    words: HashSet<String>,
}

/// Passages of at most about `budget` tokens for a question about `wanted`.
#[must_use]
pub fn passages(grounds: &[Ground], wanted: &[&str], budget: u32) -> Passages {
    let readable: Vec<(&DocumentRef, &str)> = grounds
        .iter()
        .filter_map(|ground| Some((&ground.named, ground.document.as_ref()?.text.raw().trim())))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let room = budget as usize * CHARACTERS;
    let whole: usize = readable.iter().map(|(_, text)| text.chars().count()).sum();
    if whole <= room {
        let excerpt = |(named, text): &(&DocumentRef, &str)| Excerpt {
            title: named.title().to_owned(),
            cut: false,
            passage: (*text).to_owned(),
        };
        return Passages { excerpts: readable.iter().map(excerpt).collect(), cut: 0 };
    }
    let paragraphs: Vec<Paragraph<'_>> = readable
        .iter()
        .enumerate()
        .flat_map(|(document, (_, text))| paragraphs(text).map(move |text| (document, text)))
        .map(|(document, text)| Paragraph { document, text, words: words(text).collect() })
        .collect();
    let chosen = choose(&paragraphs, wanted, room);
    let mut found = Passages::default();
    for (document, (named, _)) in readable.iter().enumerate() {
        let own: Vec<usize> = (0..paragraphs.len()).filter(|at| paragraphs[*at].document == document).collect();
        let taken: Vec<usize> = own.iter().copied().filter(|at| chosen.contains_key(at)).collect();
        let is_whole = taken.len() == own.len() && taken.iter().all(|at| chosen[at] == paragraphs[*at].text.len());
        found.cut += usize::from(!is_whole);
        if taken.is_empty() {
            continue;
        }
        let mut passage = String::new();
        let mut before = None;
        for at in &taken {
            if before.map_or(*at != own[0], |before: usize| before + 1 != *at) {
                passage.push_str(GAP);
                passage.push_str("\n\n");
            }
            passage.push_str(paragraphs[*at].text[..chosen[at]].trim_end());
            if chosen[at] < paragraphs[*at].text.len() {
                passage.push(' ');
                passage.push_str(GAP);
            }
            passage.push_str("\n\n");
            before = Some(*at);
        }
        if before != own.last().copied() {
            passage.push_str(GAP);
        }
        let passage = passage.trim_end().to_owned();
        found.excerpts.push(Excerpt { title: named.title().to_owned(), cut: !is_whole, passage });
    }
    found
}

/// The paragraphs that are taken, with the bytes that are taken of each.
fn choose(paragraphs: &[Paragraph<'_>], wanted: &[&str], room: usize) -> HashMap<usize, usize> {
    // A word that stands in every paragraph tells none from another.
    let mut spread: HashMap<&str, usize> = HashMap::new();
    for word in paragraphs.iter().flat_map(|paragraph| &paragraph.words) {
        *spread.entry(word).or_default() += 1;
    }
    let asked: HashSet<String> = wanted.iter().flat_map(|text| words(text)).collect();
    let mut asked: Vec<&String> = asked.iter().collect();
    asked.sort();
    let phrases: Vec<String> = wanted.iter().map(|text| normalise(text)).filter(|text| text.contains(' ')).collect();
    let score = |paragraph: &Paragraph<'_>| {
        let shared = asked.iter().filter(|word| paragraph.words.contains(**word));
        let words: f64 = shared.map(|word| (paragraphs.len() as f64 / spread[word.as_str()] as f64).ln_1p()).sum();
        let text = normalise(paragraph.text);
        words + 2.0 * phrases.iter().filter(|phrase| text.contains(phrase.as_str())).count() as f64
    };
    let mut order: Vec<(usize, f64)> = paragraphs.iter().map(score).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut left = room;
    let mut chosen = HashMap::new();
    for (at, _) in order {
        let text = paragraphs[at].text;
        let length = text.chars().count();
        if length <= left {
            left -= length;
            chosen.insert(at, text.len());
        } else if chosen.is_empty() {
            // The best paragraph alone is too long: its beginning is better than nothing.
            let end = text.char_indices().nth(left).map_or(text.len(), |(end, _)| end);
            left = 0;
            if end > 0 {
                chosen.insert(at, end);
            }
        }
    }
    chosen
}

/// Paragraphs, a heading with the paragraph below it; a fenced block is never divided.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut ends = Vec::new();
    let (mut at, mut fenced, mut heading) = (0, false, false);
    for line in text.split_inclusive('\n') {
        at += line.len();
        let bare = line.trim();
        fenced ^= bare.starts_with("```");
        if bare.is_empty() && !fenced && !heading {
            ends.push(at);
        }
        heading = bare.starts_with('#') || heading && bare.is_empty();
    }
    ends.push(text.len());
    let mut from = 0;
    let parts = ends.into_iter().map(move |end| {
        let part = (from, end);
        from = end;
        part
    });
    parts.map(|(from, end)| text[from..end].trim()).filter(|part| !part.is_empty())
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let normal = normalise(text);
    let words: Vec<String> =
        normal.split_whitespace().filter(|word| word.chars().count() >= SHORTEST).map(str::to_owned).collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::taxonomy::documents::Document;

    fn ground(path: &str, text: &str) -> Ground {
        let named = DocumentRef { path: path.into(), title: None, licence: Some("CC0-1.0".into()) };
        Ground { named, document: Some(Arc::new(Document { hash: String::new(), text: text.into() })) }
    }

    const BOOK: &str = "# Rays\n\nA ray is a line along which light travels.\n\nSnell's law relates the angles of a ray at a boundary.\n\n\
                        # Waves\n\nWaves overlap; where crests meet, light is bright.\n\nNothing of interest stands in this paragraph at all.";

    #[test]
    fn what_fits_is_whole() {
        let found =
            passages(&[ground("documents/a.md", BOOK), ground("documents/b.txt", "Short.")], &["Snell's law"], 500);
        assert_eq!((found.cut, found.excerpts.len()), (0, 2));
        assert_eq!(found.excerpts[0].passage, BOOK);
        assert_eq!(found.excerpts[1].title, "b.txt");
    }

    #[test]
    fn what_does_not_fit_is_what_the_question_is_about_in_order() {
        let found = passages(&[ground("documents/a.md", BOOK)], &["Snell's law", "bright light"], 35);
        let passage = &found.excerpts[0].passage;
        assert!(passage.contains("Snell's law relates") && !passage.contains("Nothing of interest"), "{passage}");
        assert!(passage.starts_with(GAP) && passage.ends_with(GAP), "{passage}");
        assert!(passage.chars().count() <= 35 * 4 + 4 * GAP.len(), "{passage}");
        assert!(found.excerpts[0].cut && found.cut == 1);
        let waves = passages(&[ground("documents/a.md", BOOK)], &["crests"], 20);
        assert!(
            waves.excerpts[0].passage.contains("# Waves\n\nWaves overlap"),
            "a heading stays with its text: {waves:?}"
        );
        assert_eq!(waves, passages(&[ground("documents/a.md", BOOK)], &["crests"], 20));
    }

    #[test]
    fn a_budget_below_one_paragraph_takes_its_beginning_and_none_takes_nothing() {
        let found = passages(&[ground("documents/a.md", BOOK)], &["Snell"], 5);
        assert_eq!(found.excerpts.len(), 1);
        assert!(found.excerpts[0].passage.contains("Snell's law relates"), "{found:?}");
        let none = passages(&[ground("documents/a.md", BOOK)], &["Snell"], 0);
        assert_eq!((none.excerpts.len(), none.cut), (0, 1));
        let missing = Ground { document: None, ..ground("documents/a.md", "") };
        assert_eq!(passages(&[missing], &["Snell"], 100), Passages::default());
    }

    #[test]
    fn any_text_is_survived() {
        for text in ["", "\n\n\n", "```\nopen\n\nfence", "# \n\n#", "é\u{301}\n\n漢字 漢字\n\n"] {
            for budget in [0, 1, 3, 100] {
                let _ = passages(&[ground("documents/a.md", text)], &["漢字", ""], budget);
            }
        }
    }
}
