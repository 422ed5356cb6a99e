//! The model itself: a pure function from a conversation and a seed to a reply.

use serde_json::Value;

use super::knowledge::Knowledge;
use super::request::{ChatRequest, Step};
use super::rng::mix;
use super::text::{clip, tokens};
use super::{answer, judge, propose, question, structure, syllabus};

/// The most choices one request may ask for.
const MOST_CHOICES: u32 = 16;

/// What the model wants to say, before limits and faults.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Prose.
    Text(String),
    /// One JSON object.
    Json(Value),
    /// One JSON value per line, inside a fence.
    Lines(Vec<Value>),
}

/// One choice of a reply as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The text, or the words of the refusal.
    pub text: String,
    /// Why the model stopped.
    pub finish: Finish,
    /// Whether the text is a refusal instead of content.
    pub refused: bool,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// It ran into the token limit.
    Length,
    /// A filter stopped it.
    Filter,
}

/// Token counts, at four characters each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the conversation.
    pub prompt: u64,
    /// Tokens of all choices.
    pub completion: u64,
}

impl Finish {
    /// The word for it in a reply.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Filter => "content_filter",
        }
    }
}

impl Content {
    /// The content as the text of a message.
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(value) => value.to_string(),
            Self::Lines(lines) => {
                let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
                format!("```\n{}\n```", lines.join("\n"))
            }
        }
    }
}

/// What the model says to `request`: one content per choice asked for. Equal arguments give equal replies.
#[must_use]
pub fn reply(knowledge: &Knowledge, request: &ChatRequest, seed: u64) -> Vec<Content> {
    let choices = request.n.unwrap_or(1).clamp(1, MOST_CHOICES);
    (0..u64::from(choices)).map(|choice| one(knowledge, request, mix(seed, choice))).collect()
}

/// One choice: `content` cut to the caller's token limit.
#[must_use]
pub fn finish(request: &ChatRequest, content: &Content) -> Generated {
    let text = content.render();
    match request.token_limit() {
        Some(limit) if tokens(&text) > limit => {
            Generated { text: clip(&text, limit).to_owned(), finish: Finish::Length, refused: false }
        }
        _ => Generated { text, finish: Finish::Stop, refused: false },
    }
}

/// The token counts of `choices` as replies to `request`.
#[must_use]
pub fn usage(request: &ChatRequest, choices: &[Generated]) -> Usage {
    // Each turn costs a few tokens of framing, as in real chat templates.
    let turn = |content: &String| tokens(content) + 4;
    Usage {
        prompt: request.messages.iter().map(|message| turn(&message.content)).sum(),
        completion: choices.iter().map(|choice| tokens(&choice.text)).sum(),
    }
}

fn one(knowledge: &Knowledge, request: &ChatRequest, seed: u64) -> Content {
    let json = request.wants_json();
    let data = request.data().unwrap_or_default();
    match request.step() {
        Step::Propose => propose::reply(knowledge, &data, json, seed),
        Step::Syllabus if data.text("step") == "session" => syllabus::session_reply(knowledge, &data, json, seed),
        Step::Syllabus => syllabus::reply(knowledge, &data, json, seed),
        Step::Question => Content::Text(question::reply(knowledge, &data, seed)),
        Step::Judge => judge::reply(&data, json),
        Step::Structure => structure::reply(request.last_assistant(), request.last_user()),
        Step::Answer | Step::Embeddings | Step::Models => {
            Content::Text(answer::reply(knowledge, request.last_user(), seed))
        }
    }
}
