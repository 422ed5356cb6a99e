//! Questions and answers that arrive whole and are no good: each in one of the ways that checks on homework look for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::faults::Fault;
use super::request::{ChatRequest, Step};
use super::rng::Rng;

/// A small benchmark in the shape of GSM8K, made for this program: one object with `question` and `answer` a line. The fault
/// `benchmark` takes its words from it.
pub const BENCHMARK: &str = include_str!("benchmark.jsonl");

/// What each bad reply, `fault@step`, has to be found as: the code of a check, the class of a reply, or the standing of an item that
/// repeats another one. Tests hold what was found against what was injected.
pub const FOUND_AS: [(&str, &str); 26] = [
    ("decline@question", "refusal"),
    ("refusal@question", "refused"),
    ("echo@question", "prompt_leak"),
    ("leak@question", "prompt_leak"),
    ("notself@question", "not_self_contained"),
    ("language@question", "wrong_language"),
    ("repeat@question", "repetition"),
    ("short@question", "too_short"),
    ("cutmid@question", "cut"),
    ("benchmark@question", "contamination"),
    ("chatter@question", "chatter"),
    ("duplicate@question", "duplicate"),
    ("nearduplicate@question", "near-duplicate"),
    ("decline@answer", "refusal"),
    ("refusal@answer", "refused"),
    ("filter@answer", "filtered"),
    ("echo@answer", "echo"),
    ("quote@answer", "echo"),
    ("leak@answer", "prompt_leak"),
    ("notself@answer", "not_self_contained"),
    ("language@answer", "wrong_language"),
    ("repeat@answer", "repetition"),
    ("cutmid@answer", "cut"),
    ("benchmark@answer", "contamination"),
    ("donotknow@answer", "do_not_know"),
    ("praise@answer", "praise"),
];

/// Questions kept for being asked again.
const REMEMBERED: usize = 4_096;
/// The fewest words of a question that is asked again with small changes.
const LONG: usize = 24;

/// The questions that were answered as they should be. Each is given out once, so that a repeated question is the copy of
/// one that stands.
#[derive(Debug, Default)]
pub struct Memory(Mutex<VecDeque<String>>);

impl Memory {
    /// Keeps a question.
    pub fn keep(&self, question: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < REMEMBERED && question.split_whitespace().count() >= LONG {
            kept.push_back(question.to_owned());
        }
    }

    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// `text`, the reply to `request`, made bad by `fault`; `None` where the fault does nothing to it.
pub fn bad(fault: Fault, request: &ChatRequest, text: &str, memory: &Memory, seed: u64) -> Option<String> {
    let step = request.step();
    if !matches!(step, Step::Question | Step::Answer) {
        return None;
    }
    let is_question = step == Step::Question;
    let mut rng = Rng::new(seed, "bad");
    Some(match fault {
        Fault::Leak if is_question => format!("{} {text}", instruction(request)),
        Fault::Leak => rng.word(&LEAKS).replace("{text}", text),
        Fault::NotSelf if is_question => format!("{text} {}", rng.word(&WANTS)),
        Fault::NotSelf => rng.word(&LACKS).to_owned(),
        Fault::Language => rng.word(&FOREIGN).to_owned(),
        Fault::Repeat => format!("{text}\n\n{}it ends.", "And then it goes on, ".repeat(12)),
        Fault::Short if is_question => rng.word(&["Why?", "Explain.", "Discuss."]).to_owned(),
        Fault::CutMid => cut_mid(text),
        Fault::Duplicate if is_question => memory.take()?,
        Fault::NearDuplicate if is_question => with_small_changes(&memory.take()?, &mut rng),
        Fault::Benchmark => benchmark(text, is_question, &mut rng)?,
        Fault::DoNotKnow if !is_question => rng.word(&UNKNOWN).replace("{text}", text),
        Fault::Praise if !is_question => format!("{} {text}", rng.word(&PRAISE)),
        Fault::Chatter if is_question => format!("Sure! Here is a homework question:\n\n{text}"),
        Fault::Chatter => format!("{text}\n\nI hope this helps! Let me know if you have any questions."),
        Fault::Quote if !is_question && request.last_user().split_whitespace().count() >= LONG => {
            format!("{}\n\n{text}", request.last_user())
        }
        _ => return None,
    })
}

const LEAKS: [&str; 3] = ["Answer in less than 512 tokens. {text}", "### Response:\n{text}", "{text}<|im_end|>"];

const WANTS: [&str; 6] = [
    "Submit your solution as a single PDF.",
    "Please upload your report and the data as a zip file.",
    "The values are those shown in the figure below.",
    "Take the measurements from the attached file.",
    "Use the method that was covered in class.",
    "Load the file measurements.csv and check the result against it.",
];

const LACKS: [&str; 2] = [
    "You have not provided the figure that this refers to, so the value cannot be read off.",
    "Please upload the file with the measurements; without it the steps cannot be carried out.",
];

const FOREIGN: [&str; 3] = [
    "Eine Linse mit einer Brennweite von zehn Zentimetern bildet einen Gegenstand ab, der fünfzehn Zentimeter vor ihr steht. \
     Bestimmen Sie, wo das Bild entsteht und wie groß es ist, und begründen Sie jeden Schritt Ihrer Rechnung.",
    "Собирающая линза с фокусным расстоянием десять сантиметров даёт изображение предмета, стоящего перед ней. Найдите положение \
     изображения и его увеличение и объясните каждый шаг решения.",
    "一个焦距为十厘米的凸透镜，物体位于透镜前方十五厘米处。求像的位置和放大率，并说明像的性质，以及每一步推导的理由和适用的条件。",
];

const UNKNOWN: [&str; 3] =
    ["DO NOT KNOW.", "{text} As for the rest: DO NOT KNOW.", "I do not know the answer to this question."];

const PRAISE: [&str; 3] = ["Great question!", "That's an excellent question.", "Thank you for your question!"];

/// A sentence of the prompt that tells the model what to do.
fn instruction(request: &ChatRequest) -> String {
    let mut inside = false;
    for line in request.messages.iter().filter(|turn| turn.role == "user").flat_map(|turn| turn.content.lines()) {
        let line = line.trim();
        inside |= matches!(line, "<data>" | "<syllabus>");
        let sentence = line.split_inclusive(". ").find(|sentence| sentence.trim().len() >= 60);
        if let Some(sentence) = sentence.filter(|_| !inside && !line.starts_with("- ")) {
            return sentence.trim().to_owned();
        }
        inside &= !matches!(line, "</data>" | "</syllabus>");
    }
    "Output only the question.".to_owned()
}

/// The text up to the middle of a sentence that another one precedes in its paragraph, or with a code block that is not
/// closed.
fn cut_mid(text: &str) -> String {
    let is_open = |end: usize| {
        let line = text[..end].rsplit('\n').next().unwrap_or_default();
        let words: Vec<&str> = line.split(' ').collect();
        let plain = |word: &&&str| word.len() >= 4 && word.chars().all(|c| c.is_ascii_alphabetic());
        let before = words.len().checked_sub(2).and_then(|at| words.get(at));
        let since = line.rfind(". ").or_else(|| line.rfind("? ")).map(|at| line[at + 2..].split(' ').count());
        words.last().as_ref().is_some_and(plain)
            && before.as_ref().is_some_and(plain)
            && words.len() >= 10
            && since.is_some_and(|since| since >= 4)
            && !line.contains(['=', '≈', '$', '→', '⇒', '|', '#', '>', '`'])
    };
    let blanks = text.match_indices(' ').map(|(at, _)| at).filter(|at| *at >= text.len() / 2);
    let mut ends = blanks.filter(|at| is_open(*at));
    match ends.next() {
        Some(end) => text[..end].to_owned(),
        None => format!("{text}\n\n```python\nresult = compute(values"),
    }
}

/// The same question in nearly the same words.
fn with_small_changes(question: &str, rng: &mut Rng) -> String {
    let words: Vec<&str> = question.split(' ').collect();
    let middle = words.len() / 2;
    let inserted = |word: &str| {
        let (before, after) = words.split_at(middle);
        format!("{} {word} {}", before.join(" "), after.join(" "))
    };
    match rng.below(3) {
        0 => format!("Work through this: {question}"),
        1 => format!("{question} Be exact."),
        _ => inserted("indeed"),
    }
}

/// The words of a benchmark: a question of it, or `text` with an answer of it.
fn benchmark(text: &str, is_question: bool, rng: &mut Rng) -> Option<String> {
    let lines: Vec<&str> = BENCHMARK.lines().filter(|line| !line.is_empty()).collect();
    let line: serde_json::Value = serde_json::from_str(rng.word(&lines)).ok()?;
    let part = |name: &str| line.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    if is_question { part("question") } else { Some(format!("{text}\n\n{}", part("answer")?)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_to(question: &str) -> ChatRequest {
        let json = serde_json::json!({"messages": [{"role": "user", "content": question}]});
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_sentence_is_cut_where_it_is_plainly_open() {
        let text = "The lens equation holds here. Insert the given values for both distances and solve it for the one that is sought in the end.";
        let cut = cut_mid(text);
        assert!(text.starts_with(&cut) && cut.len() < text.len() && cut.ends_with(char::is_alphabetic), "{cut}");
        assert!(cut_mid("42").ends_with("compute(values"));
    }

    #[test]
    fn a_question_is_repeated_once() {
        let memory = Memory::default();
        let question = "word ".repeat(30);
        memory.keep(&question);
        memory.keep("too short");
        let request: ChatRequest = serde_json::from_value(serde_json::json!({"messages": [
            {"role": "user", "content": "Write a question.\n<data>\nstep: question\n</data>"}]}))
        .unwrap();
        assert_eq!(bad(Fault::Duplicate, &request, "x", &memory, 1), Some(question));
        assert_eq!(bad(Fault::Duplicate, &request, "x", &memory, 1), None, "there is nothing left to repeat");
        assert_eq!(bad(Fault::Duplicate, &answer_to("Why?"), "x", &memory, 1), None, "an answer is not repeated");
    }

    #[test]
    fn the_benchmark_is_json_lines_with_long_texts() {
        let mut count = 0;
        for line in BENCHMARK.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            for part in ["question", "answer"] {
                assert!(value[part].as_str().unwrap().split(' ').count() >= 20);
            }
            count += 1;
        }
        assert!(count >= 8);
    }
}
