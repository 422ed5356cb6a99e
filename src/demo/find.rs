//! Finds in a text the questions, tasks and concepts that the model knows.

use std::collections::HashMap;

use super::pack::{Pack, Place};
use super::phrases::{FOLLOW_UPS, LINKS, TASKS};
use super::rng::{hash, mix};
use super::template::{ANCHOR, Template};
use super::text::{Span, spans, words};
use super::themes::Themes;

/// The longest concept name that is looked for, in words.
const LONGEST_NAME: usize = 10;

/// Where a card is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardAt {
    /// In the pack.
    Pack(Place),
    /// In a theme: numbers of theme and card.
    Theme(usize, usize),
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The question of a card.
    Asked(CardAt),
    /// A task about a named concept, by number.
    Task(usize),
    /// A task that joins several concepts, by number.
    Link(usize),
    /// A wish about the form of the answer, by number.
    FollowUp(usize),
    /// The name of a concept, outside of all of these.
    Named(Place),
}

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'t> {
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset after its end.
    pub end: usize,
    /// What it is.
    pub what: What,
    /// The contents of its gaps.
    pub gaps: Vec<&'t str>,
}

/// An index over everything that can be found.
#[derive(Debug, Default)]
pub struct Finder {
    patterns: Vec<(Template, What)>,
    anchors: HashMap<u64, Vec<usize>>,
    names: HashMap<u64, Place>,
}

impl Finder {
    /// Indexes the pack, the themes and the phrases.
    #[must_use]
    pub fn new(pack: &Pack, themes: &Themes) -> Self {
        let mut finder = Self::default();
        for (place, card) in pack.cards() {
            finder.learn(Template::literal(card.question.trim()), What::Asked(CardAt::Pack(place)));
            let key = key_of(words(&card.name).iter().map(String::as_str));
            finder.names.entry(key).or_insert(place);
        }
        for (theme, number, card) in themes.cards() {
            finder.learn(Template::new(&card.question), What::Asked(CardAt::Theme(theme, number)));
        }
        for (number, (task, _)) in TASKS.iter().enumerate() {
            finder.learn(Template::new(task), What::Task(number));
        }
        for (number, (link, _)) in LINKS.iter().enumerate() {
            finder.learn(Template::new(link), What::Link(number));
        }
        for (number, (wish, _)) in FOLLOW_UPS.iter().enumerate() {
            finder.learn(Template::new(wish), What::FollowUp(number));
        }
        finder
    }

    /// What is in `text`, in order and without overlaps; the longest match wins at each place.
    #[must_use]
    pub fn find<'t>(&self, text: &'t str) -> Vec<Hit<'t>> {
        let words = spans(text);
        let mut hits: Vec<Hit<'t>> = Vec::new();
        let mut done = 0;
        for at in 0..words.len() {
            if words.get(at).is_none_or(|word| word.start < done) {
                continue;
            }
            let found = self.pattern_at(text, &words[at..]).or_else(|| self.name_at(&words[at..]));
            let Some(hit) = found else { continue };
            done = hit.end;
            // A template that starts with a gap reaches back over names found in the gap.
            hits.retain(|earlier| earlier.end <= hit.start);
            hits.push(hit);
        }
        hits
    }

    fn learn(&mut self, template: Template, what: What) {
        let Some(anchor) = template.anchor() else {
            return;
        };
        let key = key_of(anchor.iter().map(String::as_str));
        self.anchors.entry(key).or_default().push(self.patterns.len());
        self.patterns.push((template, what));
    }

    fn pattern_at<'t>(&self, text: &'t str, words: &[Span]) -> Option<Hit<'t>> {
        let anchor = words.get(..ANCHOR)?;
        let start = anchor.first()?.start;
        let known = self.anchors.get(&key_of(anchor.iter().map(|span| span.word.as_str())))?;
        let candidates = known.iter().filter_map(|number| {
            let (template, what) = self.patterns.get(*number)?;
            let found = template.found(text, start)?;
            Some(Hit { start: found.start, end: found.end, what: *what, gaps: found.gaps })
        });
        candidates.max_by_key(|hit| hit.end - hit.start)
    }

    fn name_at<'t>(&self, words: &[Span]) -> Option<Hit<'t>> {
        let longest = words.len().min(LONGEST_NAME);
        let mut keys = Vec::with_capacity(longest);
        let mut key = 0;
        for span in &words[..longest] {
            key = mix(key, hash(&span.word));
            keys.push(key);
        }
        let (last, place) = (0..longest).rev().find_map(|last| Some((last, *self.names.get(&keys[last])?)))?;
        let (start, end) = (words.first()?.start, words.get(last)?.end);
        Some(Hit { start, end, what: What::Named(place), gaps: Vec::new() })
    }
}

fn key_of<'w>(words: impl IntoIterator<Item = &'w str>) -> u64 {
    words.into_iter().fold(0, |key, word| mix(key, hash(word)))
}
