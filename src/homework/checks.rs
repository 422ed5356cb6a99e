//! Cheap checks on every item. None of them is a judgement of content: each finds a way in which
//! a reply is plainly not what was asked for.

mod contamination;
mod cut;
mod echo;
pub(super) mod form;
mod language;
mod leak;
mod needs;
mod prose;
mod refusal;
mod repetition;
mod text;
mod topics;
mod words;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use contamination::{BenchmarkError, Benchmarks, Overlap, RUN_OF_WORDS};
pub use language::Expected;
pub use leak::Instructions;

use self::text::Text;
use self::words::Phrases;
use crate::llm::Step;
use crate::taxonomy::quality::QualitySettings;

/// What a check finds fault with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Nothing but white space, or not one letter or digit.
    Empty,
    /// The answer is the question again, or says a large part of it in one go.
    Echo,
    /// Words of the prompt that no student may see.
    PromptLeak,
    /// The model declines.
    Refusal,
    /// The answer says that it is none.
    DoNotKnow,
    /// The answer begins by praising the question.
    Praise,
    /// Words to whoever asked, around the question or the answer.
    Chatter,
    /// Something is needed or wanted that the question does not contain: a file, a figure, the lecture.
    NotSelfContained,
    /// It stops in mid-sentence, mid-formula or inside a code block.
    Cut,
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
    /// The judge found it not good enough.
    JudgedOut,
}

impl Check {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 15] = [
        Self::Empty,
        Self::Echo,
        Self::PromptLeak,
        Self::Refusal,
        Self::DoNotKnow,
        Self::Praise,
        Self::Chatter,
        Self::NotSelfContained,
        Self::Cut,
        Self::TooShort,
        Self::Repetition,
        Self::WrongLanguage,
        Self::Contamination,
        Self::Form,
        Self::JudgedOut,
    ];

    /// The code in records and reports; it does not change.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Echo => "echo",
            Self::PromptLeak => "prompt_leak",
            Self::Refusal => "refusal",
            Self::DoNotKnow => "do_not_know",
            Self::Praise => "praise",
            Self::Chatter => "chatter",
            Self::NotSelfContained => "not_self_contained",
            Self::Cut => "cut",
            Self::TooShort => "too_short",
            Self::Repetition => "repetition",
            Self::WrongLanguage => "wrong_language",
            Self::Contamination => "contamination",
            Self::Form => "form",
            Self::JudgedOut => "judged_out",
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

/// The share of a question that an answer may say again in one go.
const ECHO_SHARE: f64 = 0.5;

/// What items are held against.
#[derive(Debug, Clone, Default)]
pub struct Checker {
    /// The language they should be in; `None` is not checked.
    pub language: Option<Expected>,
    /// What they must not overlap with.
    pub benchmarks: Arc<Benchmarks>,
    /// What the directory says about the checks.
    pub settings: QualitySettings,
    /// What the prompt for the question says.
    pub asked_for_question: Instructions,
    /// What the prompt for the answer says, besides the question.
    pub asked_for_answer: Instructions,
}

impl Checker {
    /// What is wrong with a question; nothing, if it can be used.
    #[must_use]
    pub fn question(&self, text: &str) -> Vec<Finding> {
        let mut found = Found { part: Step::Question, settings: &self.settings, findings: Vec::new() };
        if found.empty(text) {
            return found.findings;
        }
        let text = &Text::new(text);
        found.add(Check::PromptLeak, leak::leak(text, &self.asked_for_question));
        found.add(Check::Refusal, refusal::refusal(text, false));
        found.add(Check::Chatter, leak::chatter(text, true));
        found.add(Check::NotSelfContained, needs::missing(text));
        found.add(Check::Cut, cut::cut(text));
        let is_short = is_short(text.raw, 3);
        found.add(Check::TooShort, is_short.then(|| "It is too short to be a question.".to_owned()));
        found.common(text, self);
        found.findings
    }

    /// What is wrong with the answer to `question`; nothing, if it can be used.
    #[must_use]
    pub fn answer(&self, text: &str, question: &str) -> Vec<Finding> {
        let mut found = Found { part: Step::Answer, settings: &self.settings, findings: Vec::new() };
        if found.empty(text) {
            return found.findings;
        }
        let (text, question) = (&Text::new(text), &Text::new(question));
        let share = self.settings.echo_share.unwrap_or(ECHO_SHARE);
        found.add(Check::Echo, echo::echo(text, question, share));
        found.add(Check::PromptLeak, leak::leak(text, &self.asked_for_answer));
        found.add(Check::Refusal, refusal::refusal(text, true));
        found.add(Check::DoNotKnow, refusal::do_not_know(text));
        found.add(Check::Praise, leak::praise(text).map(|praise| format!("It begins with \"{praise}\".")));
        found.add(Check::Chatter, leak::chatter(text, false));
        found.add(Check::NotSelfContained, needs::lacking(text));
        found.add(Check::Cut, cut::cut(text));
        let is_short = is_short(text.raw, 4) && WANTS_WORDS.held(question.lower()).is_some();
        found.add(
            Check::TooShort,
            is_short.then(|| "It is too short for what the question asks to explain.".to_owned()),
        );
        found.common(text, self);
        found.findings
    }
}

/// Whether there are fewer than `words` words, and not enough letters or signs (of which two make a
/// word) to be as many.
fn is_short(text: &str, words: usize) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).take(4 * words).count();
    let signs = || text.chars().filter(|c| *c >= '\u{2e80}' && c.is_alphabetic()).count();
    letters < 4 * words && text.split_whitespace().count() + signs() / 2 < words
}

/// What a question asks for that takes more than a word or a number.
static WANTS_WORDS: Phrases =
    Phrases::new(&["explain", "describe", "discuss", "derive", "prove", "compare", "justify"]);

struct Found<'a> {
    part: Step,
    settings: &'a QualitySettings,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, check: Check, detail: Option<String>) {
        let on = !self.settings.is_off(check.code());
        self.findings.extend(detail.filter(|_| on).map(|detail| Finding { part: self.part, check, detail }));
    }

    /// An empty text is never left alone: there is nothing that could be exported.
    fn empty(&mut self, text: &str) -> bool {
        let empty = !text.chars().any(char::is_alphanumeric);
        if empty {
            let detail = "There is no word in it.".to_owned();
            self.findings.push(Finding { part: self.part, check: Check::Empty, detail });
        }
        empty
    }

    /// What questions and answers have in common.
    fn common(&mut self, text: &Text<'_>, checker: &Checker) {
        self.add(Check::Repetition, repetition::repetition(text));
        let other = checker.language.and_then(|expected| expected.is_missed_by(text));
        self.add(Check::WrongLanguage, other.map(|other| format!("It is in {other}.")));
        let overlap = checker.benchmarks.overlap(text.raw);
        let told = |Overlap { file, line, words }| format!("{file}:{line} has these words too: \"{words}\".");
        self.add(Check::Contamination, overlap.map(told));
    }
}

#[cfg(test)]
mod tests;
