//! The rows of each format. Every row of a dataset has the same fields with the same types, and
//! no nulls, so that loaders which look at the first rows only are right about the rest.

use std::io::{self, Write};

use serde::Serialize;

use super::Format;
use crate::homework::atomic::AtomicFile;
use crate::homework::dataset::Subject;
use crate::homework::item::ItemId;
use crate::homework::record::{CallNote, Record};
use crate::homework::run::RunId;
use crate::taxonomy::cell::defuse;
use crate::taxonomy::{NodeId, Untrusted};

/// Writes rows to a file.
pub(super) enum Writer {
    Lines(Format, AtomicFile),
    Table(Box<csv::Writer<AtomicFile>>),
}

const COLUMNS: [&str; 12] = [
    "item",
    "path",
    "subject",
    "level",
    "strategy",
    "sessions",
    "concepts",
    "question",
    "answer",
    "question_model",
    "answer_model",
    "run",
];

impl Writer {
    pub fn new(format: Format, file: AtomicFile) -> io::Result<Self> {
        if format != Format::Csv {
            return Ok(Self::Lines(format, file));
        }
        let mut table = csv::Writer::from_writer(file);
        table.write_record(COLUMNS)?;
        Ok(Self::Table(Box::new(table)))
    }

    pub fn write(&mut self, run: &RunId, subject: &Subject, record: &Record) -> io::Result<()> {
        let (question, answer) = (record.question.raw(), record.answer.raw());
        let (format, file) = match self {
            Self::Table(table) => return Ok(table.write_record(cells(run, subject, record).map(defuse))?),
            Self::Lines(format, file) => (format, file),
        };
        let meta = Meta::new(run, subject, record);
        match format {
            Format::ShareGpt => {
                let turn = |from, value| Turn { from, value };
                let conversations = [turn("human", question), turn("gpt", answer)];
                serde_json::to_writer(&mut *file, &ShareGpt { conversations, meta })?;
            }
            Format::Alpaca => {
                let row = Alpaca { instruction: question, input: "", output: answer, meta };
                serde_json::to_writer(&mut *file, &row)?;
            }
            Format::Messages | Format::Csv => {
                let message = |role, content| Message { role, content };
                let messages = [message("user", question), message("assistant", answer)];
                serde_json::to_writer(&mut *file, &Messages { messages, meta })?;
            }
        }
        file.write_all(b"\n")
    }

    /// The file, with everything in it.
    pub fn finish(self) -> io::Result<AtomicFile> {
        match self {
            Self::Lines(_, file) => Ok(file),
            Self::Table(table) => table.into_inner().map_err(|error| io::Error::other(error.error().to_string())),
        }
    }
}

#[derive(Serialize)]
struct Messages<'a> {
    messages: [Message<'a>; 2],
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct ShareGpt<'a> {
    conversations: [Turn<'a>; 2],
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Turn<'a> {
    from: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct Alpaca<'a> {
    instruction: &'a str,
    input: &'static str,
    output: &'a str,
    meta: Meta<'a>,
}

/// Where a row comes from.
#[derive(Serialize)]
struct Meta<'a> {
    item: ItemId,
    /// Names as they are now.
    path: Vec<&'a str>,
    nodes: &'a [NodeId],
    /// The kinds along the path.
    kinds: Vec<&'static str>,
    /// The kind of the node that the row belongs to.
    kind: &'static str,
    level: &'a str,
    strategy: u8,
    sessions: Vec<&'a str>,
    session_ids: Vec<&'a str>,
    concepts: Vec<&'a str>,
    models: Pair<&'a str>,
    served: Pair<&'a str>,
    prompts: Pair<&'a str>,
    finish: Pair<&'a str>,
    prompt_tokens: u64,
    completion_tokens: u64,
    syllabus: &'a str,
    recipe: &'a str,
    /// As text: a seed may be larger than what loaders take for a number.
    seed: String,
    run: &'a RunId,
    at: String,
}

/// The same thing of both steps.
#[derive(Serialize)]
struct Pair<T> {
    question: T,
    answer: T,
}

impl<'a> Meta<'a> {
    fn new(run: &'a RunId, subject: &'a Subject, record: &'a Record) -> Self {
        let pair = |of: fn(&'a CallNote) -> &'a str| Pair {
            question: record.question_call.as_ref().map_or("", of),
            answer: record.answer_call.as_ref().map_or("", of),
        };
        let tokens = record.tokens();
        Self {
            item: record.item,
            path: subject.names.iter().map(Untrusted::raw).collect(),
            nodes: &subject.lineage,
            kinds: subject.lineage.iter().map(|node| node.kind().name()).collect(),
            kind: subject.lineage.last().map_or("", |node| node.kind().name()),
            level: subject.level.raw(),
            strategy: record.strategy,
            sessions: record.sessions.iter().map(|session| session.title.raw()).collect(),
            session_ids: record.sessions.iter().map(|session| session.id.0.as_str()).collect(),
            concepts: record.concepts.iter().map(|concept| concept.concept.raw()).collect(),
            models: pair(|call| &call.model),
            served: pair(|call| call.served.as_ref().map_or("", Untrusted::raw)),
            prompts: pair(|call| &call.prompt),
            finish: pair(|call| call.finish.as_ref().map_or("", Untrusted::raw)),
            prompt_tokens: tokens.prompt_tokens,
            completion_tokens: tokens.completion_tokens,
            syllabus: &record.syllabus,
            recipe: &record.recipe,
            seed: record.seed.to_string(),
            run,
            at: record.at.to_string(),
        }
    }
}

fn cells(run: &RunId, subject: &Subject, record: &Record) -> [String; COLUMNS.len()] {
    let joined = |texts: Vec<&str>, with| texts.join(with);
    let model = |call: &Option<CallNote>| call.as_ref().map(|call| call.model.clone()).unwrap_or_default();
    [
        record.item.to_string(),
        joined(subject.names.iter().map(Untrusted::raw).collect(), " > "),
        subject.lineage.last().map(ToString::to_string).unwrap_or_default(),
        subject.level.raw().to_owned(),
        record.strategy.to_string(),
        joined(record.sessions.iter().map(|session| session.title.raw()).collect(), "; "),
        joined(record.concepts.iter().map(|concept| concept.concept.raw()).collect(), "; "),
        record.question.raw().to_owned(),
        record.answer.raw().to_owned(),
        model(&record.question_call),
        model(&record.answer_call),
        run.to_string(),
    ]
}
