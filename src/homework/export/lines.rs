//! The formats that are JSON lines. Every row of a file has the same fields with the same types,
//! and no nulls, so that loaders which look at the first rows only are right about the rest.

use std::io;

use serde::Serialize;

use super::Format;
use super::row::{Meta, Row};

#[derive(Serialize)]
struct Messages<'a, M> {
    messages: [M; 2],
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Bare<'a> {
    messages: (Message<'a>, Weighed<'a>),
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// A message that OpenAI trains on, or not.
#[derive(Serialize)]
struct Weighed<'a> {
    role: &'static str,
    content: &'a str,
    weight: u8,
}

/// A message that axolotl trains on, or not.
#[derive(Serialize)]
struct Marked<'a> {
    role: &'static str,
    content: &'a str,
    train: bool,
}

#[derive(Serialize)]
struct Completion<'a> {
    prompt: [Message<'a>; 1],
    completion: [Message<'a>; 1],
    meta: Meta<'a>,
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

/// Appends the line of a row, its newline included.
pub(super) fn line(format: Format, row: &Row<'_>, into: &mut Vec<u8>) -> io::Result<()> {
    let (question, answer) = (row.question(), row.answer());
    let user = Message { role: "user", content: question };
    let assistant = Message { role: "assistant", content: answer };
    match format {
        Format::Messages => {
            serde_json::to_writer(&mut *into, &Messages { messages: [user, assistant], meta: row.meta() })?
        }
        Format::Conversation => {
            let marked = |role, content, train| Marked { role, content, train };
            let messages = [marked("user", question, false), marked("assistant", answer, true)];
            serde_json::to_writer(&mut *into, &Messages { messages, meta: row.meta() })?;
        }
        Format::OpenAi => {
            let trained = Weighed { role: "assistant", content: answer, weight: 1 };
            serde_json::to_writer(&mut *into, &Bare { messages: (user, trained) })?;
        }
        Format::PromptCompletion => {
            serde_json::to_writer(
                &mut *into,
                &Completion { prompt: [user], completion: [assistant], meta: row.meta() },
            )?;
        }
        Format::ShareGpt => {
            let turn = |from, value| Turn { from, value };
            serde_json::to_writer(
                &mut *into,
                &ShareGpt { conversations: [turn("human", question), turn("gpt", answer)], meta: row.meta() },
            )?;
        }
        Format::Alpaca => serde_json::to_writer(
            &mut *into,
            &Alpaca { instruction: question, input: "", output: answer, meta: row.meta() },
        )?,
        Format::Csv | Format::Parquet => {}
    }
    into.push(b'\n');
    Ok(())
}
