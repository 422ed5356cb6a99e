//! What each step's prompt is told: plain values, and the `<data>` block made of them.

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::Object;
use serde::Serialize;

use super::prompts::Prompt;
use super::text::{Datum, datum, datum_line, visible};

/// The values of one prompt. In templates every field is a variable, `data` is the block of facts.
pub trait Context: Serialize {
    /// The template these values belong to.
    const PROMPT: Prompt;

    /// The facts in their block: `key: value` lines and lists, one value per line.
    fn data(&self) -> String;

    /// The template for these very values.
    fn prompt(&self) -> Prompt {
        Self::PROMPT
    }

    /// The values of the template, clean, `data` among them; `None` where they are the fields that serde writes. For what is
    /// asked so often that the way over serde counts.
    fn values(&self) -> Option<Values> {
        None
    }

    /// The text that prompts of the same kind have in common, if there is one; quoted and looked through once for all of them.
    fn shared(&self) -> Datum {
        Datum::default()
    }

    /// Which of the template's wordings is taken. Where one is, the template's `wording` is its text.
    fn wording(&self) -> Option<&Wording> {
        None
    }
}

/// The values of a template by their names.
#[derive(Debug)]
pub struct Values(Vec<(&'static str, Value)>);

impl Object for Values {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone())
    }
}

/// One of the wordings in a template's front matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wording {
    /// The set.
    pub set: String,
    /// The name in it.
    pub name: String,
}

impl std::fmt::Display for Wording {
    /// As batches keep it: `taxonomy/map`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.set, self.name)
    }
}

/// For new children of one place in the taxonomy.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProposeContext {
    /// `field`, `sub-field`, `discipline` or `subject`: what is asked for.
    pub kind: String,
    /// The parent's name; none at the root.
    pub parent: Option<String>,
    /// The parent's kind.
    pub parent_kind: Option<String>,
    /// The parent's scope.
    pub parent_scope: Option<String>,
    /// Names from the field down to the parent.
    pub path: Vec<String>,
    /// How many are wanted, if that matters.
    pub count: Option<u32>,
    /// The part of the place that this run is about, so that runs differ.
    pub stratum: Option<String>,
    /// The wording that this run takes, where the prompt has several.
    pub wording: Option<Wording>,
    /// What the curator wants in particular.
    pub hint: Option<String>,
    /// The language to write in.
    pub language: String,
    /// Names that are there already.
    pub accepted: Vec<String>,
    /// Names that were proposed and not decided on yet.
    pub pending: Vec<String>,
    /// How many more names there are than fit above.
    pub crowded_out: usize,
    /// The most relevant rejections.
    pub rejected: Vec<Rejection>,
    /// Recent changes by people to what was proposed.
    pub edits: Vec<Change>,
}

/// A rejected name and why.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rejection {
    /// The name.
    pub name: String,
    /// The curator's reason.
    pub reason: String,
}

/// A text before and after a curator's edit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Change {
    /// As proposed.
    pub before: String,
    /// As accepted.
    pub after: String,
}

/// For the syllabus of one subject.
#[derive(Clone, Debug, Serialize)]
pub struct SyllabusContext {
    /// The subject's name.
    pub subject: String,
    /// Its level.
    pub level: String,
    /// Its scope.
    pub scope: String,
    /// The discipline it belongs to.
    pub discipline: String,
    /// Names from the field down to the discipline.
    pub path: Vec<String>,
    /// The language to write in.
    pub language: String,
    /// Class sessions, at least.
    pub sessions_min: u32,
    /// Class sessions, at most.
    pub sessions_max: u32,
    /// The subject's subtopics.
    pub subtopics: Vec<String>,
    /// Why earlier syllabi of this subject were rejected.
    pub rejected: Vec<String>,
    /// What the curator wants in particular.
    pub hint: Option<String>,
    /// Passages of the documents that ground it.
    pub documents: Vec<Excerpt>,
}

impl Default for SyllabusContext {
    /// Nothing known, and the paper's 10 to 30 sessions (section 2.3).
    fn default() -> Self {
        Self {
            subject: String::new(),
            level: String::new(),
            scope: String::new(),
            discipline: String::new(),
            path: Vec::new(),
            language: "English".to_owned(),
            sessions_min: 10,
            sessions_max: 30,
            subtopics: Vec::new(),
            rejected: Vec::new(),
            hint: None,
            documents: Vec::new(),
        }
    }
}

/// For one class session of a syllabus, written anew.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SessionContext {
    /// The subject's name.
    pub subject: String,
    /// Its level.
    pub level: String,
    /// Its scope.
    pub scope: String,
    /// The discipline it belongs to.
    pub discipline: String,
    /// Names from the field down to the discipline.
    pub path: Vec<String>,
    /// The language to write in.
    pub language: String,
    /// The number of the session, from 1.
    pub number: usize,
    /// Its title as it was.
    pub title: String,
    /// What should be different, in the curator's words.
    pub reason: Option<String>,
    /// Its key concepts as they were.
    pub concepts: Vec<String>,
    /// The titles of the other sessions.
    pub sessions: Vec<String>,
    /// The key concepts of the other sessions.
    pub taken: Vec<String>,
    /// The whole syllabus as text.
    pub syllabus: Datum,
}

/// For one homework question. It borrows, because a plan has all of it and is asked for so many.
#[derive(Clone, Debug, Default, Serialize)]
pub struct QuestionContext<'a> {
    /// The subject's name.
    pub subject: &'a str,
    /// Its level.
    pub level: &'a str,
    /// The discipline it belongs to.
    pub discipline: &'a str,
    /// Names from the field down to the discipline.
    pub path: Vec<&'a str>,
    /// The language to write in.
    pub language: &'a str,
    /// The title of the later of the drawn class sessions.
    pub learned_up_to: &'a str,
    /// The titles of the drawn class sessions, in teaching order: one or two.
    pub sessions: Vec<&'a str>,
    /// The drawn key concepts.
    pub concepts: Vec<&'a str>,
    /// `open`, `multiple-choice`, `calculation` or `coding`; empty is open.
    pub question_type: &'a str,
    /// The whole syllabus as text.
    pub syllabus: Datum,
    /// Passages of the documents that ground it.
    pub documents: Vec<Excerpt>,
}

/// What a prompt is told of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// What it is called.
    pub title: String,
    /// Whether anything of it is left out.
    pub cut: bool,
    /// The text, whole or in passages.
    pub passage: String,
}

/// For the answer: the bare question, as in the paper.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AnswerContext {
    /// The question.
    pub question: String,
}

/// For a verdict on a question, or on a pair.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JudgeContext {
    /// The question.
    pub question: String,
    /// The answer, if the pair is judged.
    pub answer: Option<String>,
}

impl Context for ProposeContext {
    const PROMPT: Prompt = Prompt::Propose;

    fn wording(&self) -> Option<&Wording> {
        self.wording.as_ref()
    }

    fn data(&self) -> String {
        let mut facts = Facts::of("propose");
        facts.line("kind", &self.kind);
        facts.some("parent", self.parent.as_deref());
        facts.some("parent_kind", self.parent_kind.as_deref());
        facts.some("parent_scope", self.parent_scope.as_deref());
        facts.path(&self.path);
        facts.some("count", self.count.map(|n| n.to_string()).as_deref());
        facts.some("stratum", self.stratum.as_deref());
        facts.some("hint", self.hint.as_deref());
        facts.line("language", &self.language);
        facts.list("accepted", self.accepted.iter().map(|name| datum_line(name)));
        facts.list("pending", self.pending.iter().map(|name| datum_line(name)));
        facts.some("more_names", (self.crowded_out > 0).then(|| self.crowded_out.to_string()).as_deref());
        let rejected = self
            .rejected
            .iter()
            .map(|one| format!("{} | {}", datum_line(&one.name).replace('|', "¦"), datum_line(&one.reason)));
        facts.list("rejected", rejected);
        let edits = self.edits.iter().map(|one| format!("{} => {}", datum_line(&one.before), datum_line(&one.after)));
        facts.list("edits", edits);
        facts.close()
    }
}

impl Context for SyllabusContext {
    const PROMPT: Prompt = Prompt::Syllabus;

    fn data(&self) -> String {
        let mut facts = Facts::of("syllabus");
        facts.line("subject", &self.subject);
        facts.line("level", &self.level);
        facts.line("scope", &self.scope);
        facts.line("discipline", &self.discipline);
        facts.path(&self.path);
        facts.line("language", &self.language);
        facts.line("sessions", &format!("{}-{}", self.sessions_min, self.sessions_max));
        facts.list("subtopics", self.subtopics.iter().map(|topic| datum_line(topic)));
        facts.some("hint", self.hint.as_deref());
        facts.list("rejected", self.rejected.iter().map(|reason| datum_line(reason)));
        facts.close()
    }
}

impl Context for SessionContext {
    const PROMPT: Prompt = Prompt::Session;

    fn data(&self) -> String {
        let mut facts = Facts::of("session");
        facts.line("subject", &self.subject);
        facts.line("level", &self.level);
        facts.line("scope", &self.scope);
        facts.line("discipline", &self.discipline);
        facts.path(&self.path);
        facts.line("language", &self.language);
        facts.line("number", &self.number.to_string());
        facts.line("title", &self.title);
        facts.some("reason", self.reason.as_deref());
        facts.list("concepts", self.concepts.iter().map(|concept| datum_line(concept)));
        facts.list("sessions", self.sessions.iter().map(|title| datum_line(title)));
        facts.list("taken", self.taken.iter().map(|concept| datum_line(concept)));
        facts.close()
    }
}

impl Context for QuestionContext<'_> {
    const PROMPT: Prompt = Prompt::Question;

    /// The paper's prompt asks open questions and stays as it is: items follow from its version.
    fn prompt(&self) -> Prompt {
        if self.is_open() && self.documents.is_empty() { Prompt::Question } else { Prompt::QuestionTyped }
    }

    fn data(&self) -> String {
        self.lines().facts()
    }

    fn shared(&self) -> Datum {
        self.syllabus.clone()
    }

    fn values(&self) -> Option<Values> {
        // Passages keep their lines; they are rare.
        self.documents.is_empty().then(|| {
            let lines = self.lines();
            let data = lines.facts();
            let list = |texts: &[Cow<'_, str>]| texts.iter().map(Value::from).collect::<Value>();
            Values(vec![
                ("subject", lines.subject.into()),
                ("level", lines.level.into()),
                ("discipline", lines.discipline.into()),
                ("path", list(&lines.path)),
                ("language", lines.language.into()),
                ("learned_up_to", lines.learned_up_to.into()),
                ("sessions", list(&lines.sessions)),
                ("concepts", list(&lines.concepts)),
                ("question_type", datum_line(self.question_type).into()),
                ("syllabus", self.syllabus.value()),
                ("documents", list(&[])),
                ("data", data.into()),
            ])
        })
    }
}

impl<'a> QuestionContext<'a> {
    /// The values that are told on a line, each as it may stand in a prompt.
    fn lines(&self) -> Lines<'a> {
        let lines = |texts: &[&'a str]| texts.iter().map(|text| datum_line(text)).collect();
        Lines {
            subject: datum_line(self.subject),
            level: datum_line(self.level),
            discipline: datum_line(self.discipline),
            path: lines(&self.path),
            language: datum_line(self.language),
            told_type: if self.is_open() { Cow::Borrowed("") } else { datum_line(self.question_type) },
            learned_up_to: datum_line(self.learned_up_to),
            sessions: lines(&self.sessions),
            concepts: lines(&self.concepts),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.question_type, "" | "open")
    }
}

/// What a question is told, line by line.
struct Lines<'a> {
    subject: Cow<'a, str>,
    level: Cow<'a, str>,
    discipline: Cow<'a, str>,
    path: Vec<Cow<'a, str>>,
    language: Cow<'a, str>,
    /// The type of the question; empty where it is an open one.
    told_type: Cow<'a, str>,
    learned_up_to: Cow<'a, str>,
    sessions: Vec<Cow<'a, str>>,
    concepts: Vec<Cow<'a, str>>,
}

impl Lines<'_> {
    /// The block of facts.
    fn facts(&self) -> String {
        let mut facts = Facts::of("question");
        facts.clean("subject", &self.subject);
        facts.clean("level", &self.level);
        facts.clean("discipline", &self.discipline);
        if !self.path.is_empty() {
            facts.raw("path", &self.path.join(" > "));
        }
        facts.clean("language", &self.language);
        facts.clean("question_type", &self.told_type);
        facts.clean("learned_up_to", &self.learned_up_to);
        facts.list("sessions", self.sessions.iter());
        facts.list("concepts", self.concepts.iter());
        facts.close()
    }
}

impl Context for AnswerContext {
    const PROMPT: Prompt = Prompt::Answer;

    fn values(&self) -> Option<Values> {
        Some(Values(vec![("question", visible(&self.question).into())]))
    }

    fn data(&self) -> String {
        String::new()
    }
}

impl Context for JudgeContext {
    const PROMPT: Prompt = Prompt::Judge;

    fn data(&self) -> String {
        let mut facts = Facts::of("judge");
        facts.block("question", &self.question);
        facts.block("answer", self.answer.as_deref().unwrap_or_default());
        facts.close()
    }
}

/// The block under construction. Absent values and empty lists leave no line.
struct Facts(String);

impl Facts {
    fn of(step: &str) -> Self {
        let mut facts = Self(String::with_capacity(1_024));
        facts.0.push_str("<data>\n");
        facts.raw("step", step);
        facts
    }

    fn line(&mut self, key: &str, value: &str) {
        self.clean(key, &datum_line(value));
    }

    /// A line with a value that is clean.
    fn clean(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.raw(key, value);
        }
    }

    /// A text whose lines matter, such as code: each behind a bar, so that none can be taken for a fact.
    fn block(&mut self, key: &str, value: &str) {
        if value.trim().is_empty() {
            return;
        }
        self.0.push_str(key);
        self.0.push_str(":\n");
        for line in datum(value.trim()).lines() {
            self.0.push_str("| ");
            self.0.push_str(line);
            self.0.push('\n');
        }
    }

    fn some(&mut self, key: &str, value: Option<&str>) {
        self.line(key, value.unwrap_or_default());
    }

    fn path(&mut self, names: &[String]) {
        if !names.is_empty() {
            let names: Vec<_> = names.iter().map(|name| datum_line(name)).collect();
            self.raw("path", &names.join(" > "));
        }
    }

    fn list(&mut self, key: &str, items: impl ExactSizeIterator<Item: AsRef<str>>) {
        if items.len() == 0 {
            return;
        }
        self.0.push_str(key);
        self.0.push_str(":\n");
        for item in items {
            self.0.push_str("- ");
            self.0.push_str(item.as_ref());
            self.0.push('\n');
        }
    }

    fn raw(&mut self, key: &str, value: &str) {
        for part in [key, ": ", value, "\n"] {
            self.0.push_str(part);
        }
    }

    fn close(mut self) -> String {
        self.0.push_str("</data>");
        self.0
    }
}

#[cfg(test)]
mod tests;
