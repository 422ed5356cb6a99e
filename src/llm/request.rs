//! What is asked: step, messages, sampling, schema; and its JSON on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::{Datum, quote};

/// One of the five steps of the method; each has its own model and sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Propose fields, sub-fields, disciplines or subjects.
    Propose,
    /// Write a syllabus.
    Syllabus,
    /// Write a homework question.
    Question,
    /// Answer it.
    Answer,
    /// Judge a question or a pair.
    Judge,
}

impl Step {
    /// All steps, in the order of the work.
    pub const ALL: [Self; 5] = [Self::Propose, Self::Syllabus, Self::Question, Self::Answer, Self::Judge];

    /// The name in files and prompts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Syllabus => "syllabus",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Judge => "judge",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// A conversation as one text: each message under its role in brackets.
#[must_use]
pub fn conversation(messages: &[Message]) -> String {
    let turns = messages.iter().map(|message| format!("[{}]\n{}", message.role.as_str(), message.content));
    turns.collect::<Vec<_>>().join("\n\n")
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// The text.
    pub content: String,
}

impl Message {
    /// A message by the one who asks.
    #[must_use]
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    /// A message by the model.
    #[must_use]
    pub fn assistant(content: impl Into<String>) -> Self {
        Self { role: Role::Assistant, content: content.into() }
    }
}

/// Sampling parameters. What is absent is not sent, so the server's default holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Temperature.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub top_p: Option<f64>,
    /// Tokens of the reply, at most. Sent under the name the server takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_tokens: Option<u32>,
    /// Seed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seed: Option<u64>,
}

impl Sampling {
    /// The defaults of a step, those of the paper where it states them (section 3.1).
    #[must_use]
    pub fn for_step(step: Step) -> Self {
        let temperature = match step {
            Step::Propose | Step::Syllabus | Step::Question => 1.0,
            Step::Answer => 0.7,
            Step::Judge => 0.1,
        };
        Self { temperature: Some(temperature), top_p: Some(0.95), ..Self::default() }
    }

    /// For turning free text into JSON lines.
    #[must_use]
    pub fn structuring() -> Self {
        Self { temperature: Some(0.1), top_p: Some(0.95), ..Self::default() }
    }
}

/// A JSON schema the reply must follow, for servers that take one.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// The name sent along with it.
    pub name: &'static str,
    /// The schema itself.
    pub json: serde_json::Value,
}

/// One question to a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What it is for.
    pub step: Step,
    /// The model's name at the endpoint.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// A text that may stand in the messages and is known from other requests; empty otherwise.
    pub shared: Datum,
    /// Sampling parameters.
    pub sampling: Sampling,
    /// Structure wanted, if any.
    pub schema: Option<Schema>,
    /// Whether to ask for the reply piece by piece.
    pub stream: bool,
}

/// How the wire differs between servers: names only, never values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Say `max_completion_tokens` for `max_tokens`.
    pub completion_tokens: bool,
    /// Leave `stream_options` out.
    pub no_stream_options: bool,
}

impl Request {
    /// The body of the HTTP request.
    pub(super) fn body(&self, dialect: Dialect, max_tokens: Option<u32>) -> Result<Vec<u8>, serde_json::Error> {
        let (max_tokens, max_completion_tokens) =
            if dialect.completion_tokens { (None, max_tokens) } else { (max_tokens, None) };
        let usage = self.stream && !dialect.no_stream_options;
        let rest = Rest {
            temperature: self.sampling.temperature,
            top_p: self.sampling.top_p,
            max_tokens,
            max_completion_tokens,
            seed: self.sampling.seed,
            response_format: self.schema.as_ref().map(|schema| ResponseFormat {
                kind: "json_schema",
                json_schema: JsonSchema { name: schema.name, strict: true, schema: &schema.json },
            }),
            stream: self.stream.then_some(true),
            stream_options: usage.then_some(StreamOptions { include_usage: true }),
        };
        let size: usize = self.messages.iter().map(|m| m.content.len() + 64).sum();
        let mut body = Vec::with_capacity(size + size / 16 + 256);
        body.extend_from_slice(b"{\"model\":");
        quote(&self.model, &mut body);
        body.extend_from_slice(b",\"messages\":[");
        for (at, message) in self.messages.iter().enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.extend_from_slice(b"{\"role\":\"");
            body.extend_from_slice(message.role.as_str().as_bytes());
            body.extend_from_slice(b"\",\"content\":\"");
            self.shared.escape_in(&message.content, &mut body);
            body.extend_from_slice(b"\"}");
        }
        body.push(b']');
        let end = body.len();
        serde_json::to_writer(&mut body, &rest)?;
        // The opening brace of the rest becomes the comma before it.
        match body.get(end + 1) {
            Some(b'}') => drop(body.remove(end)),
            _ => body[end] = b',',
        }
        Ok(body)
    }
}

/// What stands behind the messages.
#[derive(Serialize)]
struct Rest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    strict: bool,
    schema: &'a serde_json::Value,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn a_body_says_what_the_request_says(texts in prop::collection::vec(any::<String>(), 0..4), seed in any::<Option<u64>>()) {
            let messages = texts.iter().map(Message::user).collect();
            let sampling = Sampling { seed, ..Sampling::default() };
            let request = Request { messages, sampling, model: texts.concat(), ..request() };
            let body = wire(&request, Dialect::default());
            prop_assert_eq!(&body["model"], &json!(texts.concat()));
            prop_assert_eq!(&body["messages"], &json!(request.messages));
            prop_assert_eq!(&body["seed"], &json!(seed));
        }
    }

    fn request() -> Request {
        Request {
            step: Step::Answer,
            model: "m".to_owned(),
            messages: vec![Message::user("Why?")],
            shared: Datum::default(),
            sampling: Sampling { max_tokens: Some(9), ..Sampling::for_step(Step::Answer) },
            schema: None,
            stream: false,
        }
    }

    fn wire(request: &Request, dialect: Dialect) -> serde_json::Value {
        let body = request.body(dialect, request.sampling.max_tokens).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn only_what_is_set_is_sent() {
        assert_eq!(
            wire(&request(), Dialect::default()),
            json!({"model":"m","messages":[{"role":"user","content":"Why?"}],
                   "temperature":0.7,"top_p":0.95,"max_tokens":9})
        );
    }

    #[test]
    fn the_dialect_changes_names_and_never_values() {
        let mut streamed = request();
        streamed.stream = true;
        let plain = wire(&streamed, Dialect::default());
        assert_eq!(plain["stream_options"]["include_usage"], true);
        let other = wire(&streamed, Dialect { completion_tokens: true, no_stream_options: true });
        assert_eq!(other["max_completion_tokens"], 9);
        assert!(other.get("max_tokens").is_none());
        assert!(other.get("stream_options").is_none());
        assert_eq!(other["temperature"], plain["temperature"]);
    }
}
