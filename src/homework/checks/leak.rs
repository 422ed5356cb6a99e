//! Words that are not part of a question or an answer: of the prompt, of the template, and those that a model says to
//! whoever asked.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use foldhash::fast::RandomState;

use super::text::Text;
use super::topics::Topic;
use super::words::{Phrases, holds, plain};

/// The sentences of a prompt's template that give themselves away: long enough not to be anybody's own words.
#[derive(Debug, Clone, Default)]
pub struct Instructions {
    sentences: Option<AhoCorasick>,
    /// Everything of them that is as long as a piece.
    pieces: HashSet<[u8; PIECE], RandomState>,
}

/// The bytes of a sentence that nobody writes by chance.
const LONG_SENTENCE: usize = 50;
/// The bytes that are looked at of every so many of a text: of a sentence in it they are whole at one place.
const PIECE: usize = 16;

impl Instructions {
    /// Those of a template, from the pieces that all its renderings have.
    pub fn of<'a>(fixed: impl Iterator<Item = &'a str>) -> Self {
        let lines = fixed.flat_map(str::lines).filter(|line| !line.trim_start().starts_with("- "));
        let sentences = lines.flat_map(|line| plain(line).split(". ").map(|s| s.trim().to_owned()).collect::<Vec<_>>());
        let long: Vec<String> = sentences.filter(|sentence| sentence.len() >= LONG_SENTENCE).collect();
        let pieces = long.iter().flat_map(|sentence| sentence.as_bytes().array_windows()).copied().collect();
        Self { sentences: (!long.is_empty()).then(|| AhoCorasick::new(long).ok()).flatten(), pieces }
    }

    fn is_in(&self, lower: &str) -> bool {
        let mut places = lower.as_bytes().array_windows().step_by(LONG_SENTENCE - PIECE + 1);
        places.any(|piece| self.pieces.contains(piece)) && self.is_spelt_out_in(lower)
    }

    fn is_spelt_out_in(&self, lower: &str) -> bool {
        self.sentences.as_ref().is_some_and(|sentences| sentences.is_match(lower))
    }
}

/// Marks of our own prompts and of the templates that models are trained with.
static MARKS: Phrases = Phrases::new(&[
    "<data>",
    "</data>",
    "<syllabus>",
    "</syllabus>",
    "<documents>",
    "</documents>",
    "learned_up_to:",
    "step: question",
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|user|>",
    "<|assistant|>",
    "[INST]",
    "[/INST]",
    "### Instruction:",
    "### Response:",
    "<think>",
]);

/// Instructions that give themselves away, in lower case.
static INSTRUCTIONS: Phrases = Phrases::new(&[
    "write only the question",
    "output only the question",
    "return only the question",
    "do not include the answer",
    "do not provide the answer",
    "without giving the answer away",
    "the question is self-contained",
    "make sure the question is self-contained",
    "the question should be self-contained",
    "you are an education expert",
    "as an education expert",
    "the students have learned everything up to",
    "based on the given key concepts",
    "using the key concepts provided",
    "the facts follow. they are data",
    "my system prompt",
]);

/// The same in other scripts: the wish for a homework question, and for its length.
static FOREIGN: Phrases = Phrases::new(&[
    "宿題の問題を作成",
    "宿題を作成して",
    "課題を作成して",
    "問題を作成してください",
    "以内で作成",
    "숙제 문제를 작성",
    "과제 문제를 작성",
    "문제를 작성하세요",
    "문제를 작성해 주세요",
    "토큰 미만으로",
    "토큰 이내로",
    "请出一道",
    "出一道作业题",
    "个标记以内",
]);

/// The verbs that an instruction to write a question begins with.
const WRITE: [&str; 7] = ["write", "create", "generate", "compose", "design", "formulate", "produce"];

/// What a text is looked through for before it is looked at.
pub(super) fn phrases() -> [(Topic, &'static [&'static str]); 5] {
    [
        (Topic::Marks, MARKS.list()),
        (Topic::Instructions, INSTRUCTIONS.list()),
        (Topic::Instructions, FOREIGN.list()),
        (Topic::Tokens, &["tokens"]),
        (Topic::Question, &["question"]),
    ]
}

/// What of a prompt is in `text`, as a sentence.
pub(super) fn leak(text: &Text<'_>, instructions: &Instructions) -> Option<String> {
    let topics = text.topics();
    if let Some(mark) = topics.has(Topic::Marks).then(|| MARKS.within(text.raw)).flatten() {
        return Some(format!("It contains \"{mark}\", a mark of the prompt."));
    }
    let lower = text.lower();
    if instructions.is_in(lower) {
        return Some("It contains a sentence of the prompt's instructions.".to_owned());
    }
    let told = || INSTRUCTIONS.held(lower).or_else(|| FOREIGN.within(lower));
    if let Some(phrase) = topics.has(Topic::Instructions).then(told).flatten() {
        return Some(format!("It contains \"{phrase}\", an instruction of the prompt."));
    }
    if begins_with_the_task(lower) {
        return Some("It begins with the instruction to write a question.".to_owned());
    }
    let limit = topics.has(Topic::Tokens).then(|| token_limit(lower)).flatten();
    limit.map(|limit| format!("It contains \"{limit}\", a limit of the prompt."))
}

/// "Write one challenging homework question about ...".
fn begins_with_the_task(lower: &str) -> bool {
    let mut words = lower.split(' ').map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let first = words.find(|word| !word.is_empty() && *word != "please");
    if !first.is_some_and(|first| WRITE.contains(&first)) {
        return false;
    }
    let next: Vec<&str> = words.take(8).collect();
    let Some(at) = next.iter().position(|word| *word == "homework") else { return false };
    next.get(at + 1).is_some_and(|noun| matches!(*noun, "question" | "questions" | "problem" | "problems" | "task"))
}

/// "Answer in less than 512 tokens": a limit on the text itself, and not one that the text is about.
fn token_limit(lower: &str) -> Option<String> {
    let words: Vec<&str> = lower.split(' ').collect();
    // In a text of another script the English words are the prompt's.
    let is_foreign = LazyCell::new(|| {
        let letters = || lower.chars().filter(|c| c.is_alphabetic());
        letters().filter(|c| !c.is_ascii()).count() * 3 > letters().count()
    });
    for (at, word) in words.iter().enumerate() {
        if word.trim_matches(|c: char| !c.is_alphanumeric()) != "tokens" {
            continue;
        }
        let number = at.checked_sub(1).and_then(|before| words.get(before));
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == ',');
        if !number.is_some_and(|number| is_number(number.trim_matches('('))) {
            continue;
        }
        let from = at.saturating_sub(4);
        let limit = words[from..=at].join(" ");
        let limits =
            ["less than", "fewer than", "no more than", "at most", "under", "up to", "within", "maximum of", "below"];
        let before = &words[at.saturating_sub(16)..at];
        let verbs =
            ["answer", "respond", "response", "reply", "write", "question", "output", "keep", "explain", "limit"];
        let told = before.iter().any(|word| verbs.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())));
        if limits.iter().any(|phrase| holds(&limit, phrase)) && (told || *is_foreign) {
            return Some(limit);
        }
    }
    None
}

/// Adjectives of praise.
const FINE: [&str; 15] = [
    "great",
    "good",
    "excellent",
    "fantastic",
    "wonderful",
    "interesting",
    "fascinating",
    "insightful",
    "thoughtful",
    "important",
    "brilliant",
    "nice",
    "superb",
    "outstanding",
    "terrific",
];

/// Beginnings that praise the question in other languages.
static PRAISE: Phrases = Phrases::new(&[
    "thank you for your question",
    "thank you for the question",
    "thank you for this question",
    "thank you for asking",
    "thanks for your question",
    "thanks for the question",
    "thanks for asking",
    "gute frage",
    "das ist eine gute frage",
    "das ist eine sehr gute frage",
    "eine ausgezeichnete frage",
    "excellente question",
    "très bonne question",
    "c'est une excellente question",
    "buena pregunta",
    "excelente pregunta",
    "素晴らしい質問",
    "良い質問",
    "とても良い質問",
    "좋은 질문",
    "훌륭한 질문",
    "отличный вопрос",
    "好问题",
    "这是一个很好的问题",
    "这是一个好问题",
    "非常好的问题",
]);

/// The praise that an answer begins with.
pub(super) fn praise(text: &Text<'_>) -> Option<String> {
    let lower = text.said();
    if let Some(phrase) = PRAISE.begins(lower) {
        return Some(phrase.to_owned());
    }
    if !text.topics().has(Topic::Question) {
        return None;
    }
    let words: Vec<&str> = lower.split(' ').take(10).collect();
    let is_question = |word: &str| word.len() >= "question".len() && bare(word) == "question";
    let at = words.windows(2).position(|pair| is_question(pair[1]) && FINE.contains(&bare(pair[0])))?;
    let opening = words[..at].iter().map(|word| bare(word)).collect::<Vec<_>>().join(" ");
    let openings = [
        "that's",
        "that is",
        "this is",
        "it's",
        "it is",
        "what a",
        "what an",
        "such a",
        "you've asked",
        "you have asked",
        "you ask",
    ];
    // "Great question!" praises, "a good question to begin with is" does not.
    let ends = words[at + 1].ends_with(['!', '.', ',', ':', '—', '-', ';']);
    let is_praise = openings.iter().any(|phrase| opening.starts_with(phrase)) || (ends && at <= 2);
    is_praise.then(|| words[..=at + 1].join(" "))
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Beginnings that are said to whoever asked.
static OPENERS: Phrases = Phrases::new(&[
    "sure!",
    "sure,",
    "sure.",
    "sure thing",
    "certainly!",
    "of course!",
    "absolutely!",
    "no problem!",
    "好的，",
    "当然，",
    "もちろんです",
    "물론입니다",
    "gerne!",
    "¡por supuesto!",
]);

/// Ends that are said to whoever asked.
static CLOSERS: Phrases = Phrases::new(&[
    "let me know if",
    "i hope this helps",
    "hope this helps",
    "hope that helps",
    "feel free to ask",
    "feel free to reach out",
    "would you like me to",
    "is there anything else",
    "if you have any questions",
    "if you have any further questions",
    "if you need any further",
    "if you'd like, i can",
    "if you have more questions",
    "good luck with your",
]);

/// Words to whoever asked that `text` begins or ends with.
pub(super) fn chatter(text: &Text<'_>, is_question: bool) -> Option<String> {
    if let Some(opener) = OPENERS.begins(text.said()) {
        return Some(format!("It begins with \"{opener}\"."));
    }
    // Most texts are one line, of which the lower case is there.
    let is_one_line = memchr::memchr(b'\n', text.raw.as_bytes()).is_none();
    let lower = |line: fn(&str) -> Option<&str>| {
        if is_one_line { Cow::Borrowed(text.lower()) } else { Cow::Owned(plain(line(text.raw).unwrap_or_default())) }
    };
    let first_line = lower(|text| text.trim_start().lines().next());
    let first_line = first_line.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ':' | '：'));
    let here = ["here is", "here's", "here are", "below is", "the following is", "以下是", "以下は", "다음은"];
    let noun = ["question", "problem", "homework", "exercise", "作业题", "宿題", "숙제", "问题"];
    if is_question {
        let announced = here.iter().any(|here| first_line.starts_with(here));
        if announced && first_line.ends_with([':', '：']) && noun.iter().any(|noun| first_line.contains(noun)) {
            return Some(format!("It begins with \"{}\".", first_line.chars().take(60).collect::<String>()));
        }
        let label = ["homework question", "homework problem", "homework:"];
        if let Some(label) = label.iter().find(|label| first_line.starts_with(**label)) {
            return Some(format!("It begins with \"{label}\"."));
        }
    }
    let last_line = lower(|text| text.lines().next_back());
    let said = last_line.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '!' | '?'));
    let last = &said[memchr::memrchr3(b'.', b'!', b'?', said.as_bytes()).map_or(0, |at| at + 1)..];
    let last = last.trim_start();
    CLOSERS.begins(last).or_else(|| CLOSERS.begins(&last_line)).map(|closer| format!("It ends with \"{closer}\"."))
}
