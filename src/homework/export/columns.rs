//! The columns of the formats that are tables: CSV and Parquet.

use std::borrow::Cow;

use jiff::Timestamp;

use super::row::Row;
use crate::taxonomy::Kind;

/// What a column holds. No cell is ever missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text, UTF-8. Parquet: `BYTE_ARRAY (STRING)`. CSV: the text, see [`super::table`].
    Text,
    /// Several texts. Parquet: `LIST` of strings. CSV: a JSON array of strings.
    Texts,
    /// A number of at most 63 bits. Parquet: `INT64`.
    Number,
    /// A number of at most 64 bits. Parquet: `INT64 (INTEGER(64, false))`.
    Seed,
    /// Parquet: `BOOLEAN`. CSV: `true` or `false`.
    Flag,
    /// A point in time. Parquet: `INT64 (TIMESTAMP(MICROS, true))`. CSV: RFC 3339, UTC.
    Time,
}

/// What stands in one column of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// See [`Type::Text`].
    Text(Cow<'a, str>),
    /// See [`Type::Texts`].
    Texts(Vec<Cow<'a, str>>),
    /// See [`Type::Number`].
    Number(i64),
    /// See [`Type::Seed`].
    Seed(u64),
    /// See [`Type::Flag`].
    Flag(bool),
    /// See [`Type::Time`].
    Time(Timestamp),
}

/// A column.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Type,
    /// What that means.
    pub meaning: &'static str,
    of: for<'r> fn(&Row<'r>) -> Cell<'r>,
}

impl Column {
    pub(super) fn of<'r>(&self, row: &Row<'r>) -> Cell<'r> {
        (self.of)(row)
    }
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Cell<'a> {
    Cell::Texts(texts.map(Cow::Borrowed).collect())
}

fn number(number: u64) -> Cell<'static> {
    Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

const fn column(
    name: &'static str,
    holds: Type,
    meaning: &'static str,
    of: for<'r> fn(&Row<'r>) -> Cell<'r>,
) -> Column {
    Column { name, holds, meaning, of }
}

/// Question and answer: two columns of text in CSV, the column `messages` in Parquet.
pub const PAIR: [Column; 2] = [
    column("question", Type::Text, "the question", |row| text(row.question())),
    column("answer", Type::Text, "the answer", |row| text(row.answer())),
];

/// All other columns, in their order.
pub const COLUMNS: &[Column] = &[
    column("item", Type::Text, "the item's id, 32 hexadecimal digits", |row| {
        Cell::Text(row.record.item.to_string().into())
    }),
    column("path", Type::Texts, "names from the field down to the subject, as they are now", |row| texts(row.path())),
    column("nodes", Type::Texts, "their ids", |row| {
        Cell::Texts(row.subject.lineage.iter().map(|node| node.to_string().into()).collect())
    }),
    column("kinds", Type::Texts, "their kinds", |row| texts(row.kinds())),
    column("field", Type::Text, "the field's name", |row| text(row.name_of(Kind::Field))),
    column("discipline", Type::Text, "the discipline's name", |row| text(row.name_of(Kind::Discipline))),
    column("subject", Type::Text, "the subject's id", |row| {
        Cell::Text(row.subject.lineage.last().map(ToString::to_string).unwrap_or_default().into())
    }),
    column("level", Type::Text, "the subject's level", |row| text(row.subject.level.raw())),
    column("question_type", Type::Text, "open, multiple-choice, calculation or coding", |row| {
        text(row.record.question_type.name())
    }),
    column("language", Type::Text, "the language that was asked for", |row| text(row.language)),
    column("strategy", Type::Number, "class sessions drawn: 1 or 2 (GLAN section 2.4)", |row| {
        number(row.record.strategy.into())
    }),
    column("sessions", Type::Texts, "titles of the drawn class sessions", |row| texts(row.sessions())),
    column("session_ids", Type::Texts, "their ids in the syllabus", |row| texts(row.session_ids())),
    column("concepts", Type::Texts, "the drawn key concepts", |row| texts(row.concepts())),
    column("documents", Type::Texts, "paths of the documents that ground it", |row| {
        texts(row.documents().map(|document| document.path))
    }),
    column("document_licences", Type::Texts, "their licences; empty where none was named", |row| {
        texts(row.documents().map(|document| document.licence))
    }),
    column("judge_question", Type::Number, "what a judge gave the question, 1 of 0 and 1; 0: none was asked", |row| {
        number(row.judge().question.into())
    }),
    column(
        "judge_pair",
        Type::Number,
        "what it gave question and answer, 2 or 3 of 1 to 3; 0: none was asked",
        |row| number(row.judge().pair.into()),
    ),
    column("judge_model", Type::Text, "the judge", |row| text(row.judge().model)),
    column("question_model", Type::Text, "the model that was asked for the question", |row| {
        text(row.models().question)
    }),
    column("answer_model", Type::Text, "the model that was asked for the answer", |row| text(row.models().answer)),
    column("question_served", Type::Text, "the model's name as the server stated it", |row| {
        text(row.served().question)
    }),
    column("answer_served", Type::Text, "the same of the answer", |row| text(row.served().answer)),
    column("question_prompt", Type::Text, "content hash of the prompt", |row| text(row.prompts().question)),
    column("answer_prompt", Type::Text, "the same of the answer", |row| text(row.prompts().answer)),
    column("question_finish", Type::Text, "the server's word for how the reply ended", |row| {
        text(row.finish().question)
    }),
    column("answer_finish", Type::Text, "the same of the answer", |row| text(row.finish().answer)),
    column("prompt_tokens", Type::Number, "tokens sent in both calls, where the server counted them, else 0", |row| {
        number(row.record.tokens().prompt_tokens)
    }),
    column("completion_tokens", Type::Number, "tokens received in both calls", |row| {
        number(row.record.tokens().completion_tokens)
    }),
    column("syllabus", Type::Text, "content hash of the syllabus", |row| text(&row.record.syllabus)),
    column("recipe", Type::Text, "content hash of prompts, models and parameters", |row| text(&row.record.recipe)),
    column("seed", Type::Seed, "the seed of the plan", |row| Cell::Seed(row.record.seed)),
    column("run", Type::Text, "the run", |row| text(row.run.as_str())),
    column("at", Type::Time, "when it was finished", |row| Cell::Time(row.record.at)),
    column("stale", Type::Flag, "the subject or its syllabus has changed since", |row| Cell::Flag(row.stale)),
];
