//! Cheap checks on every item. None of them is a judgement of content: each finds a way in which
//! a reply is plainly not what was asked for.

mod contamination;
pub(super) mod form;
mod language;
mod prose;
mod repetition;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use contamination::{BenchmarkError, Benchmarks, Overlap, RUN_OF_WORDS};
pub use language::Expected;

use crate::llm::{Message, Step};
use crate::taxonomy::text::normalise;

/// What a check finds fault with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Nothing but white space, or not one letter or digit.
    Empty,
    /// The answer is the question again, or the question is the prompt.
    Echo,
    /// It stops in mid-sentence, mid-formula or inside a code block.
    Cut,
    /// Words of the prompt that no student may see.
    PromptLeak,
    /// The model declines.
    Refusal,
    /// Something is needed that the question does not contain: a file, a figure, the lecture.
    NotSelfContained,
    /// Too few words to be a question, or to be the answer that was asked for.
    TooShort,
    /// It goes round in circles.
    Repetition,
    /// It is in another language than the one asked for.
    WrongLanguage,
    /// It holds a run of words of a benchmark.
    Contamination,
    /// It is not what its type of question asks for: no options, no code, no number.
    Form,
}

impl Check {
    /// The code in records and reports; it does not change.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Echo => "echo",
            Self::Cut => "cut",
            Self::PromptLeak => "prompt_leak",
            Self::Refusal => "refusal",
            Self::NotSelfContained => "not_self_contained",
            Self::TooShort => "too_short",
            Self::Repetition => "repetition",
            Self::WrongLanguage => "wrong_language",
            Self::Contamination => "contamination",
            Self::Form => "form",
        }
    }
}

/// A fault that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Question or answer.
    pub part: Step,
    /// The check.
    pub check: Check,
    /// What it saw, as a sentence.
    pub detail: String,
}

impl Finding {
    /// A fault of form, where there is one.
    pub(super) fn of_form(part: Step, detail: Option<String>) -> Option<Self> {
        detail.map(|detail| Self { part, check: Check::Form, detail })
    }
}

/// What items are held against.
#[derive(Debug, Clone, Default)]
pub struct Checker {
    /// The language they should be in; `None` is not checked.
    pub language: Option<Expected>,
    /// What they must not overlap with.
    pub benchmarks: Arc<Benchmarks>,
}

impl Checker {
    /// What is wrong with a question that was asked for with `prompt`; nothing, if it can be used.
    #[must_use]
    pub fn question(&self, text: &str, prompt: &[Message]) -> Vec<Finding> {
        let mut found = Found::of(Step::Question);
        if found.empty(text) {
            return found.findings;
        }
        found.cut(text);
        found.refusal(text);
        found.leak(text, prompt);
        let lower = plain(text);
        if let Some(phrase) = NEEDS_MORE.iter().find(|phrase| holds(&lower, phrase)) {
            found.add(Check::NotSelfContained, format!("It needs what is not in it: \"{phrase}\"."));
        }
        if is_short(text, 3) {
            found.add(Check::TooShort, "It is too short to be a question.".to_owned());
        }
        found.common(text, self);
        found.findings
    }

    /// What is wrong with the answer to `question`; nothing, if it can be used.
    #[must_use]
    pub fn answer(&self, text: &str, question: &str, prompt: &[Message]) -> Vec<Finding> {
        let mut found = Found::of(Step::Answer);
        if found.empty(text) {
            return found.findings;
        }
        if is_echo(text, question) {
            found.add(Check::Echo, "It says the question again and nothing else.".to_owned());
        }
        found.cut(text);
        found.refusal(text);
        found.leak(text, prompt);
        if is_short(text, 4) && wants_words(question) {
            found.add(Check::TooShort, "It is too short for what the question asks to explain.".to_owned());
        }
        found.common(text, self);
        found.findings
    }
}

/// Whether there are fewer than `words` words, and not enough letters or signs (of which two make a
/// word) to be as many.
fn is_short(text: &str, words: usize) -> bool {
    let signs = text.chars().filter(|c| *c >= '\u{2e80}' && c.is_alphabetic()).count();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    text.split_whitespace().count() + signs / 2 < words && letters < 4 * words
}

/// Whether a question asks for more than a word or a number.
fn wants_words(question: &str) -> bool {
    let lower = plain(question);
    ["explain", "describe", "discuss", "derive", "prove", "compare", "justify"].iter().any(|verb| holds(&lower, verb))
}

/// Whether `text` is `question` again, or most of it, with no more than a word around it.
fn is_echo(text: &str, question: &str) -> bool {
    let (text, question) = (normalise(text), normalise(question));
    if let Some(rest) = text.strip_prefix(&question).or_else(|| text.strip_suffix(&question)) {
        return rest.trim().is_empty();
    }
    question.contains(&text) && text.len() * 10 >= question.len() * 6
}

/// Ways to begin that decline, in lower case and with straight apostrophes.
const REFUSALS: [&str; 16] = [
    "i'm sorry, but i can",
    "i'm sorry, i can",
    "i am sorry, but i can",
    "i'm sorry, but i'm ",
    "sorry, but i can",
    "sorry, i can",
    "i cannot help with",
    "i can't help with",
    "i cannot assist with",
    "i can't assist with",
    "i'm unable to help",
    "i am unable to help",
    "i'm not able to help",
    "i cannot provide",
    "as an ai language model",
    "as an ai, i",
];

/// What a question refers to and does not contain.
const NEEDS_MORE: [&str; 38] = [
    "attached file",
    "attached document",
    "attached image",
    "attached pdf",
    "attached dataset",
    "the attached",
    "see attachment",
    "submit a pdf",
    "submit your",
    "upload your",
    "upload a",
    "figure below",
    "figure above",
    "shown in the figure",
    "shown in figure",
    "diagram below",
    "diagram above",
    "shown in the diagram",
    "image below",
    "image above",
    "graph below",
    "graph above",
    "the following figure",
    "the following image",
    "the following diagram",
    "the provided dataset",
    "the provided file",
    "the provided figure",
    "discussed in class",
    "discussed in the lecture",
    "covered in class",
    "covered in the lecture",
    "in this session",
    "in the session",
    "the syllabus",
    "your textbook",
    "the course materials",
    "the previous question",
];

/// Marks of our own prompts.
const MARKS: [&str; 6] = ["<data>", "</data>", "<syllabus>", "</syllabus>", "learned_up_to:", "step: question"];

/// Words that no sentence ends with.
const OPEN_WORDS: [&str; 18] = [
    "the", "a", "an", "and", "or", "of", "to", "with", "for", "by", "from", "that", "which", "is", "are", "because",
    "than", "into",
];

struct Found {
    part: Step,
    findings: Vec<Finding>,
}

impl Found {
    fn of(part: Step) -> Self {
        Self { part, findings: Vec::new() }
    }

    fn add(&mut self, check: Check, detail: String) {
        self.findings.push(Finding { part: self.part, check, detail });
    }

    fn empty(&mut self, text: &str) -> bool {
        let empty = !text.chars().any(char::is_alphanumeric);
        if empty {
            self.add(Check::Empty, "There is no word in it.".to_owned());
        }
        empty
    }

    fn cut(&mut self, text: &str) {
        let text = text.trim_end();
        let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
        let last_word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
        let open_word = OPEN_WORDS.contains(&last_word);
        let open_end = text.ends_with([',', '(', '[', '{', '=', '\\', '–', '—']);
        if fences % 2 == 1 {
            self.add(Check::Cut, "A code block is not closed.".to_owned());
        } else if text.matches("$$").count() % 2 == 1 {
            self.add(Check::Cut, "A formula is not closed.".to_owned());
        } else if open_word || open_end {
            let end: String = text.chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect();
            self.add(Check::Cut, format!("It ends with \"{end}\"."));
        }
    }

    /// What questions and answers have in common.
    fn common(&mut self, text: &str, checker: &Checker) {
        if let Some(what) = repetition::repetition(text) {
            self.add(Check::Repetition, what);
        }
        if let Some(other) = checker.language.and_then(|expected| expected.is_missed_by(text)) {
            self.add(Check::WrongLanguage, format!("It is in {other}."));
        }
        if let Some(Overlap { file, line, words }) = checker.benchmarks.overlap(text) {
            self.add(Check::Contamination, format!("{file}:{line} has these words too: \"{words}\"."));
        }
    }

    fn refusal(&mut self, text: &str) {
        let lower = plain(text.get(..text.floor_char_boundary(400)).unwrap_or(text));
        if let Some(phrase) = REFUSALS.iter().find(|phrase| lower.starts_with(**phrase)) {
            self.add(Check::Refusal, format!("It begins with \"{phrase}\"."));
        }
    }

    fn leak(&mut self, text: &str, prompt: &[Message]) {
        if let Some(mark) = MARKS.iter().find(|mark| text.contains(**mark)) {
            self.add(Check::PromptLeak, format!("It contains \"{mark}\", a mark of the prompt."));
        } else if instructions(prompt).any(|line| text.contains(line)) {
            self.add(Check::PromptLeak, "It contains a line of the prompt's instructions.".to_owned());
        }
    }
}

/// Lines of a prompt that are instructions: outside of the blocks of facts, and long enough not to
/// be anybody's own words.
fn instructions(prompt: &[Message]) -> impl Iterator<Item = &str> {
    let mut inside = false;
    let lines = prompt.iter().flat_map(|message| message.content.lines());
    lines.filter(move |line| {
        inside |= matches!(line.trim(), "<data>" | "<syllabus>");
        let outside = !inside;
        inside &= !matches!(line.trim(), "</data>" | "</syllabus>");
        outside && line.len() >= 60
    })
}

/// Lower case, straight apostrophes, single spaces.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.trim_start().chars().flat_map(char::to_lowercase) {
        match c {
            '’' => plain.push('\''),
            c if c.is_whitespace() && plain.ends_with(' ') => {}
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// Whether `phrase` occurs in `text` as whole words.
fn holds(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !letter(text[..at].chars().next_back()) && !letter(text[at + phrase.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests;
