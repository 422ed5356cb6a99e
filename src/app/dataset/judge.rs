//! Verdicts by one key each, and the seeded sample that is gone through.

use super::super::decide::{self, Decision};
use super::super::overlay::{Line, Purpose};
use super::super::{Effect, Field, Level, Model, Overlay};
use super::{ItemFacets, rebuild};
use crate::homework::sample::{self, By, sample};
use crate::homework::{ItemId, Standing};
use crate::input::Action;
use crate::taxonomy::{Change, ItemVerdict, Op, Untrusted};

/// Which sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// How many items.
    pub count: usize,
    /// What it follows from.
    pub seed: u64,
    /// What it is spread over.
    pub by: By,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { count: sample::USUAL, seed: 1, by: By::default() }
    }
}

/// What a typed line of this screen is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Why an item is called what it is called.
    Words(ItemId),
    /// How many items, over what, and the seed.
    Sample,
}

/// The verdict that a key says.
pub(super) fn verdict_of(action: Action) -> Option<ItemVerdict> {
    Some(match action {
        Action::JudgeGood => ItemVerdict::Good,
        Action::JudgeWrong => ItemVerdict::Wrong,
        Action::JudgeUnclear => ItemVerdict::Unclear,
        Action::JudgeNotSelfContained => ItemVerdict::NotSelfContained,
        _ => return None,
    })
}

/// Says of the focused item what it is like, and goes on to the next without a verdict.
pub(super) fn judge(model: &mut Model, verdict: ItemVerdict, note: Option<Untrusted>) -> Vec<Effect> {
    let Some(item) = model.dataset.focused().map(|entry| entry.item) else { return Vec::new() };
    judge_item(model, item, verdict, note)
}

fn judge_item(model: &mut Model, item: ItemId, verdict: ItemVerdict, note: Option<Untrusted>) -> Vec<Effect> {
    let Some(Ok(record)) = model.dataset.record_of(item) else { return Vec::new() };
    let Some(judged) = record.judged(&model.snapshot) else {
        model.say(Level::Warning, "Its record names no subject, so nothing could be learnt from a verdict.");
        return Vec::new();
    };
    let op = Op::Judge { on: vec![judged], verdict, note };
    let effects = decide::commit(model, Decision { op, nodes: Vec::new(), accepts: false, go_on: false });
    if model.dataset.focused().is_none_or(|entry| entry.item != item) {
        return effects;
    }
    if let Some(row) = next_unjudged(model, model.dataset.at, true, usize::MAX) {
        model.dataset.focus_row(row);
    } else if model.dataset.sample.is_some() {
        model.say(Level::Info, "That was the last of the sample that you had not judged.");
    }
    effects
}

/// The nearest row after (or before) one that has no verdict of this curator, and can have one, among so many.
pub(super) fn next_unjudged(model: &Model, from: usize, forward: bool, most: usize) -> Option<usize> {
    let screen = &model.dataset;
    let open = |row: &usize| {
        let entry = screen.entry(*row);
        entry.is_some_and(|entry| {
            let is_whole = !matches!(entry.standing, Standing::Failed | Standing::Unfit);
            is_whole && screen.own(entry.item).is_none()
        })
    };
    if forward { (from + 1..screen.rows.len()).take(most).find(open) } else { (0..from).rev().take(most).find(open) }
}

pub(super) fn go_to_unjudged(model: &mut Model, forward: bool) {
    match next_unjudged(model, model.dataset.at, forward, usize::MAX) {
        Some(row) => model.dataset.focus_row(row),
        None => {
            let place = if forward { "below" } else { "above" };
            model.say(Level::Info, format!("Everything {place} has your verdict."));
        }
    }
}

/// Asks for words.
pub(super) fn ask_for_words(model: &mut Model) {
    if let Some(item) = model.dataset.cursor {
        words_for(model, item, "");
    }
}

fn words_for(model: &mut Model, item: ItemId, text: &str) {
    let title = "Why wrong? (or: good: ..., unclear: ..., not self-contained: ...)".to_owned();
    let line = Line { title, field: Field::new(text), purpose: Purpose::Dataset(Question::Words(item)) };
    model.overlays.push(Overlay::Line(line));
}

/// A verdict and words from a typed line: `unclear: which of the two?`.
fn read_words(text: &str) -> (ItemVerdict, &str) {
    let named = text.split_once(':').and_then(|(word, rest)| Some((word.trim().to_lowercase().parse().ok()?, rest)));
    let (verdict, words) = named.unwrap_or((ItemVerdict::Wrong, text));
    (verdict, words.trim())
}

/// Starts or leaves the sample. It is drawn from the branches that are on.
pub(super) fn toggle_sample(model: &mut Model) {
    if model.dataset.sample.take().is_some() {
        rebuild(model);
        return;
    }
    start(model);
}

fn start(model: &mut Model) {
    // Other facets would leave items out by what became of them.
    let under: ItemFacets = model.dataset.facets.branches();
    model.dataset.facets = under;
    model.dataset.sample = Some(model.dataset.next_sample);
    model.dataset.cursor = None;
    model.dataset.at = 0;
    rebuild(model);
    let first = model.dataset.entry(0).is_some_and(|entry| model.dataset.own(entry.item).is_some());
    if first && let Some(row) = next_unjudged(model, 0, true, usize::MAX) {
        model.dataset.focus_row(row);
    }
    if model.dataset.rows.is_empty() {
        model.say(Level::Warning, "There is no item here that a sample could be drawn from.");
        model.dataset.sample = None;
        rebuild(model);
    }
}

pub(super) fn edit_sample(model: &mut Model) {
    let Sampling { count, seed, by } = model.dataset.next_sample;
    let by = match by {
        By::Field => "field",
        By::Discipline => "discipline",
        By::Subject => "subject",
    };
    let title = "How many items, spread over what, and the seed".to_owned();
    let field = Field::new(&format!("{count} by {by}, seed {seed}"));
    model.overlays.push(Overlay::Line(Line { title, field, purpose: Purpose::Dataset(Question::Sample) }));
}

/// Reads such a line; everything but the number may be left out.
fn read_sample(text: &str, before: Sampling) -> Option<Sampling> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let (count, mut rest) = words.split_first()?;
    let mut read = Sampling { count: count.parse().ok().filter(|count| *count > 0)?, ..before };
    loop {
        match rest {
            [] => return Some(read),
            ["by", by, after @ ..] => {
                read.by = match *by {
                    "field" | "fields" => By::Field,
                    "discipline" | "disciplines" => By::Discipline,
                    "subject" | "subjects" => By::Subject,
                    _ => return None,
                };
                rest = after;
            }
            ["seed", seed, after @ ..] => {
                read.seed = seed.parse().ok()?;
                rest = after;
            }
            _ => return None,
        }
    }
}

/// A line was typed.
pub(in super::super) fn answered(model: &mut Model, question: Question, text: &str) -> Vec<Effect> {
    match question {
        // The rows may have moved meanwhile: it is said of the item that was asked about.
        Question::Words(item) if matches!(model.dataset.record_of(item), Some(Ok(_))) => {
            let (verdict, words) = read_words(text);
            let note = Some(words).filter(|words| !words.is_empty()).map(Untrusted::from);
            return judge_item(model, item, verdict, note);
        }
        Question::Words(item) => {
            model.say(Level::Warning, "The item cannot be read just now; your words are still here.");
            words_for(model, item, text);
        }
        Question::Sample => match read_sample(text, model.dataset.next_sample) {
            Some(sampling) => {
                model.dataset.next_sample = sampling;
                start(model);
            }
            None => {
                model.say(Level::Error, "That is no sample; write \"200 by discipline, seed 1\".");
                edit_sample(model);
            }
        },
    }
    Vec::new()
}

/// The sample in its own order, of what the facets and the search show.
pub(super) fn rows(model: &Model, sampling: Sampling) -> Vec<u32> {
    let screen = &model.dataset;
    let Some(dataset) = screen.dataset() else { return Vec::new() };
    let within = screen.facets.within(&model.snapshot);
    let can_be = |standing| matches!(standing, Standing::Kept | Standing::HeldOut | Standing::Refused);
    let entries = dataset.entries().iter().filter(|entry| can_be(entry.standing));
    let entries = entries.filter_map(|entry| Some((entry.item, entry.subject?)));
    let entries = entries.filter(|(_, subject)| within.as_ref().is_none_or(|within| within.contains(subject)));
    let mut strata = std::collections::HashMap::new();
    let mut stratum = |subject| *strata.entry(subject).or_insert_with(|| sampling.by.stratum(&model.snapshot, subject));
    let entries: Vec<_> = entries.map(|(item, subject)| (item, stratum(subject))).collect();
    let chosen = sample(entries, sampling.count, sampling.seed);
    let positions = chosen.into_iter().filter_map(|item| dataset.position(item)).map(|at| at as u32);
    positions.filter(|position| screen.live.is_hit(*position)).collect()
}

/// After an undo or redo of a verdict the cursor goes to its item.
pub(in super::super) fn follow(model: &mut Model, change: &Change) -> bool {
    let Change::Judge { on, .. } = change else { return false };
    if let Some(judged) = on.first() {
        model.dataset.cursor = Some(judged.item.into());
        model.dataset.find_cursor();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_say_another_verdict() {
        assert_eq!(read_words("the units are off"), (ItemVerdict::Wrong, "the units are off"));
        assert_eq!(read_words("Unclear: which?"), (ItemVerdict::Unclear, "which?"));
        assert_eq!(read_words("not self-contained: no figure"), (ItemVerdict::NotSelfContained, "no figure"));
        assert_eq!(read_words("note: x"), (ItemVerdict::Wrong, "note: x"));
    }

    #[test]
    fn a_sample_is_written_the_way_it_is_read() {
        let usual = Sampling::default();
        assert_eq!(read_sample("200 by discipline, seed 1", usual), Some(usual));
        let other = Sampling { count: 40, seed: 7, by: By::Subject };
        assert_eq!(read_sample("40 seed 7 by subjects", usual), Some(other));
        assert_eq!(read_sample("40", other), Some(other));
        for bad in ["", "0", "many", "40 by moon", "40 seed x", "40 each"] {
            assert_eq!(read_sample(bad, usual), None, "{bad}");
        }
    }
}
