//! Which passages of the documents go into a prompt: all of them where they fit, else those that share
//! most words with what is asked about, in the order of the documents.
//!
//! Pure and simple on purpose: the same documents, words and budget give the same passages.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::llm::Excerpt;
use crate::taxonomy::documents::{Document, DocumentRef, Ground};
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

/// A document, with what of it is the same whatever is asked about.
#[derive(Debug)]
struct Kept {
    document: Arc<Document>,
    /// In characters.
    length: usize,
    /// Made when something has to be left out for the first time.
    divided: OnceLock<Divided>,
}

/// A document in paragraphs.
#[derive(Debug)]
struct Divided {
    paragraphs: Vec<Paragraph>,
    /// In how many paragraphs a word stands.
    spread: HashMap<String, usize>,
}

#[derive(Debug)]
struct Paragraph {
    text: String,
    words: HashSet<String>,
    /// As phrases are looked for.
    normal: String,
}

impl Kept {
    fn new(document: &Arc<Document>) -> Self {
        let length = document.text.raw().trim().chars().count();
        Self { document: Arc::clone(document), length, divided: OnceLock::new() }
    }

    fn text(&self) -> &str {
        self.document.text.raw().trim()
    }

    fn divided(&self) -> &Divided {
        self.divided.get_or_init(|| Divided::new(self.text()))
    }
}

impl Divided {
    fn new(text: &str) -> Self {
        let paragraph = |text: &str| {
            let normal = normalise(text);
            Paragraph { text: text.to_owned(), words: words(&normal).map(str::to_owned).collect(), normal }
        };
        let paragraphs: Vec<Paragraph> = paragraphs(text).map(paragraph).collect();
        let mut spread = HashMap::new();
        for word in paragraphs.iter().flat_map(|paragraph| &paragraph.words) {
            *spread.entry(word.clone()).or_default() += 1;
        }
        Self { paragraphs, spread }
    }
}

/// Documents that are kept divided.
const MOST: usize = 64;

/// The documents that were needed last, divided: the items of a subject share them, and a subject shares most with the next.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<VecDeque<Arc<Kept>>>);

impl Shelf {
    /// What [`passages`] says.
    pub fn passages(&self, grounds: &[Ground], wanted: &[&str], budget: u32) -> Passages {
        let documents = grounds.iter().filter_map(|ground| Some((&ground.named, ground.document.as_ref()?)));
        let readable: Vec<_> = documents.filter(|(_, document)| !document.text.raw().trim().is_empty()).collect();
        if readable.is_empty() {
            return Passages::default();
        }
        let kept: Vec<Arc<Kept>> = readable.iter().map(|(_, document)| self.kept(document)).collect();
        let named: Vec<(&DocumentRef, &Kept)> =
            readable.iter().zip(&kept).map(|((named, _), kept)| (*named, &**kept)).collect();
        taken(&named, wanted, budget as usize * CHARACTERS)
    }

    /// The document as it is kept. Nobody waits here for another one to be divided.
    fn kept(&self, document: &Arc<Document>) -> Arc<Kept> {
        let found =
            |shelf: &VecDeque<Arc<Kept>>| shelf.iter().find(|kept| Arc::ptr_eq(&kept.document, document)).cloned();
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = found(&lock()) {
            return kept;
        }
        let new = Arc::new(Kept::new(document));
        let mut shelf = lock();
        found(&shelf).unwrap_or_else(|| {
            shelf.truncate(MOST - 1);
            shelf.push_front(Arc::clone(&new));
            new
        })
    }
}

/// Passages of at most about `budget` tokens for a question about `wanted`.
#[must_use]
pub fn passages(grounds: &[Ground], wanted: &[&str], budget: u32) -> Passages {
    Shelf::default().passages(grounds, wanted, budget)
}

/// What of these documents goes into `room` characters.
fn taken(readable: &[(&DocumentRef, &Kept)], wanted: &[&str], room: usize) -> Passages {
    let whole: usize = readable.iter().map(|(_, kept)| kept.length).sum();
    if whole <= room {
        let excerpt = |(named, kept): &(&DocumentRef, &Kept)| Excerpt {
            title: named.title().to_owned(),
            cut: false,
            passage: kept.text().to_owned(),
        };
        return Passages { excerpts: readable.iter().map(excerpt).collect(), cut: 0 };
    }
    let chosen = choose(readable, wanted, room);
    let mut found = Passages::default();
    for (document, (named, kept)) in readable.iter().enumerate() {
        let end = |at: usize| chosen.get(&(document, at)).copied();
        let own = &kept.divided().paragraphs;
        let is_whole = own.iter().enumerate().all(|(at, paragraph)| end(at) == Some(paragraph.text.len()));
        found.cut += usize::from(!is_whole);
        let mut passage = String::new();
        let mut before = None;
        for (at, end) in (0..own.len()).filter_map(|at| Some((at, end(at)?))) {
            if before.map_or(at != 0, |before: usize| before + 1 != at) {
                passage.push_str(GAP);
                passage.push_str("\n\n");
            }
            passage.push_str(own[at].text[..end].trim_end());
            if end < own[at].text.len() {
                passage.push(' ');
                passage.push_str(GAP);
            }
            passage.push_str("\n\n");
            before = Some(at);
        }
        let Some(last) = before else { continue };
        if last + 1 != own.len() {
            passage.push_str(GAP);
        }
        let passage = passage.trim_end().to_owned();
        found.excerpts.push(Excerpt { title: named.title().to_owned(), cut: !is_whole, passage });
    }
    found
}

/// The paragraphs that are taken, by document and place in it, with the bytes that are taken of each.
fn choose(readable: &[(&DocumentRef, &Kept)], wanted: &[&str], room: usize) -> HashMap<(usize, usize), usize> {
    let count: usize = readable.iter().map(|(_, kept)| kept.divided().paragraphs.len()).sum();
    let wanted: Vec<String> = wanted.iter().map(|text| normalise(text)).collect();
    let asked: HashSet<&str> = wanted.iter().flat_map(|text| words(text)).collect();
    let mut asked: Vec<&str> = asked.into_iter().collect();
    asked.sort_unstable();
    // A word that stands in every paragraph tells none from another.
    let spread = |word: &str| readable.iter().filter_map(|(_, kept)| kept.divided().spread.get(word)).sum::<usize>();
    let asked: Vec<(&str, f64)> =
        asked.into_iter().map(|word| (word, (count as f64 / spread(word) as f64).ln_1p())).collect();
    let phrases: Vec<&String> = wanted.iter().filter(|text| text.contains(' ')).collect();
    let score = |paragraph: &Paragraph| {
        let shared = asked.iter().filter(|(word, _)| paragraph.words.contains(*word));
        let words: f64 = shared.map(|(_, weight)| weight).sum();
        words + 2.0 * phrases.iter().filter(|phrase| paragraph.normal.contains(phrase.as_str())).count() as f64
    };
    let mut order = Vec::with_capacity(count);
    for (document, (_, kept)) in readable.iter().enumerate() {
        let own = kept.divided().paragraphs.iter().enumerate();
        order.extend(own.map(|(at, paragraph)| ((document, at), paragraph, score(paragraph))));
    }
    order.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    let mut left = room;
    let mut chosen = HashMap::new();
    for (at, paragraph, _) in order {
        let text = &paragraph.text;
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

/// The words of a normalised text that say something.
fn words(normal: &str) -> impl Iterator<Item = &str> {
    normal.split_whitespace().filter(|word| word.chars().count() >= SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_document_is_divided_once_for_all_that_is_asked_about_it_and_only_where_something_is_left_out() {
        let [book, other] = ["a.md", "b.md"].map(|name| ground(&format!("documents/{name}"), BOOK));
        let shelf = Shelf::default();
        let grounds = [book.clone(), other];
        assert_eq!(shelf.passages(&grounds, &["bright light"], 1_000).cut, 0);
        let kept = |at: usize| Arc::clone(&shelf.0.lock().unwrap()[at]);
        assert!(kept(0).divided.get().is_none() && kept(1).divided.get().is_none());
        let first = shelf.kept(book.document.as_ref().unwrap());
        for wanted in ["Snell's law", "crests", "bright light"] {
            assert_eq!(shelf.passages(&grounds, &[wanted], 30), passages(&grounds, &[wanted], 30), "{wanted}");
        }
        let paragraphs = first.divided.get().unwrap().paragraphs.as_ptr();
        // What the next subjects share stays, and what many others needed since is let go of.
        for number in 0..2 * MOST {
            let next = ground(&format!("documents/{number}.md"), BOOK);
            shelf.passages(&[book.clone(), next], &["Snell's law"], 30);
            if number < MOST / 2 {
                assert_eq!(shelf.kept(book.document.as_ref().unwrap()).divided().paragraphs.as_ptr(), paragraphs);
            }
        }
        assert_eq!(shelf.0.lock().unwrap().len(), MOST);
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
