//! One completion, gathered from a plain reply or from a stream, and the verdict on it.
//!
//! `finish_reason` is looked at before anything else; only then is the text of interest.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::text::excerpt;
use super::{Class, Failure, Reply, Usage};

/// What a reply says, before it is judged.
#[derive(Debug, Default)]
pub(super) struct Completion {
    pub text: String,
    pub reasoning: String,
    pub refusal: String,
    pub finish: Option<String>,
    pub usage: Option<Usage>,
    pub model: Option<String>,
}

/// The body of nearly every reply. What has other types or an error in it is looked at as a [`Value`], which takes three
/// times as long.
#[derive(Deserialize)]
struct Usual {
    error: Option<IgnoredAny>,
    choices: Vec<UsualChoice>,
    model: Option<String>,
    usage: Option<UsualUsage>,
}

#[derive(Deserialize)]
struct UsualChoice {
    error: Option<IgnoredAny>,
    delta: Option<IgnoredAny>,
    finish_reason: Option<String>,
    message: UsualMessage,
}

#[derive(Deserialize)]
struct UsualMessage {
    content: Option<String>,
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    thinking: Option<String>,
}

#[derive(Deserialize)]
struct UsualUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    prompt_tokens_details: Option<UsualDetails>,
    completion_tokens_details: Option<UsualDetails>,
}

#[derive(Deserialize)]
struct UsualDetails {
    cached_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

impl UsualUsage {
    fn counted(self) -> Option<Usage> {
        let usage = Usage {
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
            cached_tokens: self.prompt_tokens_details.and_then(|details| details.cached_tokens).unwrap_or(0),
            reasoning_tokens: self.completion_tokens_details.and_then(|details| details.reasoning_tokens).unwrap_or(0),
        };
        (usage.prompt_tokens > 0 || usage.completion_tokens > 0).then_some(usage)
    }
}

impl Completion {
    /// The first choice of a body as nearly all servers write it; `None` where it takes a closer look.
    pub fn usual(body: &[u8]) -> Option<Self> {
        // What is passed over is not looked at by the parser, and a damaged reply is not believed.
        let text = std::str::from_utf8(body).ok()?;
        let Usual { error: None, choices, model, usage } = serde_json::from_str(text).ok()? else { return None };
        let UsualChoice { error: None, delta: None, finish_reason, message } = choices.into_iter().next()? else {
            return None;
        };
        let UsualMessage { content, refusal, reasoning_content, reasoning, thinking } = message;
        let thoughts = [reasoning_content, reasoning, thinking].into_iter().flatten().find(|text| !text.is_empty());
        Some(Self {
            text: content.unwrap_or_default(),
            reasoning: thoughts.unwrap_or_default(),
            refusal: refusal.unwrap_or_default(),
            finish: finish_reason,
            usage: usage.and_then(UsualUsage::counted),
            model,
        })
    }

    /// Takes over what one choice holds: a whole `message` or the next `delta`.
    pub fn absorb(&mut self, choice: &mut Value) {
        if let Some(Value::String(word)) = choice.get_mut("finish_reason").map(Value::take) {
            self.finish = Some(word);
        }
        let part = if choice.get("delta").is_some_and(Value::is_object) { "delta" } else { "message" };
        let Some(message) = choice.get_mut(part) else {
            return;
        };
        if let Some(content) = message.get_mut("content") {
            self.content(content.take());
        }
        if let Some(Value::String(refusal)) = message.get_mut("refusal").map(Value::take) {
            append(&mut self.refusal, refusal);
        }
        // Some servers fill two of these with the same text.
        for name in ["reasoning_content", "reasoning", "thinking"] {
            if let Some(Value::String(text)) = message.get_mut(name).map(Value::take)
                && !text.is_empty()
            {
                append(&mut self.reasoning, text);
                break;
            }
        }
    }

    /// `content` is a string, or a list of typed parts.
    fn content(&mut self, content: Value) {
        match content {
            Value::String(text) => append(&mut self.text, text),
            Value::Array(parts) => {
                for mut part in parts {
                    let kind = part.get("type").and_then(Value::as_str).unwrap_or("text").to_owned();
                    let (name, to) = match kind.as_str() {
                        "text" | "output_text" => ("text", &mut self.text),
                        "refusal" => ("refusal", &mut self.refusal),
                        "thinking" | "reasoning" => ("text", &mut self.reasoning),
                        _ => continue,
                    };
                    if let Some(Value::String(text)) = part.get_mut(name).map(Value::take) {
                        append(to, text);
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes over the model's name and the token counts that stand beside the choices.
    pub fn absorb_frame(&mut self, frame: &mut Value) {
        if self.model.is_none()
            && let Some(Value::String(model)) = frame.get_mut("model").map(Value::take)
        {
            self.model = Some(model);
        }
        if let Some(usage) = frame.get("usage").and_then(usage) {
            self.usage = Some(usage);
        }
    }

    /// The one class that this completion belongs to.
    pub fn judge(mut self) -> Result<Reply, Failure> {
        let Some(finish) = self.finish.take() else {
            return Err(self.failure(
                Class::Malformed,
                "The reply does not say why it ended (no finish_reason), so it may be cut.".to_owned(),
            ));
        };
        match ending(&finish) {
            Ending::Stop => {}
            Ending::Failed(class, sentence) => return Err(self.failure(class, sentence.to_owned())),
            Ending::Unknown => {
                let message = format!(
                    "The reply ended with finish_reason '{}', which is not known to mean that it is whole.",
                    excerpt(&finish, 60)
                );
                return Err(self.failure(Class::Malformed, message));
            }
        }
        if !self.refusal.trim().is_empty() {
            let message = format!("The model declined: {}", excerpt(&self.refusal, 300));
            return Err(self.failure(Class::Refused, message));
        }
        if !self.split_thoughts() {
            return Err(self.failure(
                Class::Truncated,
                "The reply ends inside the model's reasoning. Allow more tokens.".to_owned(),
            ));
        }
        let mut from_reasoning = false;
        if self.text.trim().is_empty() {
            if !is_json(&self.reasoning) {
                return Err(self.failure(Class::Empty, "The reply is empty.".to_owned()));
            }
            self.text = std::mem::take(&mut self.reasoning);
            from_reasoning = true;
        }
        Ok(Reply {
            text: self.text,
            reasoning: (!self.reasoning.is_empty()).then_some(self.reasoning),
            finish,
            usage: self.usage,
            model: self.model,
            from_reasoning,
        })
    }

    /// Moves one leading think block from the text to the reasoning; false if it is not closed.
    /// Templates that open the block in the prompt leave only its end in the reply.
    fn split_thoughts(&mut self) -> bool {
        const OPEN: &str = "<think>";
        const CLOSE: &str = "</think>";
        let start = self.text.trim_start();
        let opened = start.strip_prefix(OPEN);
        let inside = opened.unwrap_or(start);
        let Some(end) = memchr::memmem::find(inside.as_bytes(), CLOSE.as_bytes()) else {
            return opened.is_none();
        };
        let (thoughts, answer) = (&inside[..end], &inside[end + CLOSE.len()..]);
        if opened.is_none() && thoughts.contains(OPEN) {
            return true;
        }
        let (thoughts, answer) = (thoughts.trim().to_owned(), answer.trim_start().to_owned());
        append(&mut self.reasoning, thoughts);
        self.text = answer;
        true
    }

    pub fn failure(self, class: Class, message: String) -> Failure {
        let shown = if self.text.is_empty() { &self.reasoning } else { &self.text };
        Failure { usage: self.usage, ..Failure::new(class, message).excerpt(shown) }
    }
}

enum Ending {
    Stop,
    Failed(Class, &'static str),
    Unknown,
}

/// What a server's word for the end of a reply means.
fn ending(word: &str) -> Ending {
    match word.trim().to_ascii_lowercase().as_str() {
        "stop" | "end_turn" | "eos" | "eos_token" | "stop_sequence" | "end_of_text" => Ending::Stop,
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "max_length"
        | "model_length"
        | "model_context_window_exceeded" => {
            Ending::Failed(Class::Truncated, "The reply was cut off at the token limit. Allow more tokens.")
        }
        "content_filter"
        | "content_filtered"
        | "sensitive"
        | "safety"
        | "recitation"
        | "blocklist"
        | "prohibited_content"
        | "spii"
        | "guardrail_intervened" => {
            Ending::Failed(Class::Filtered, "A content filter of the server stopped the reply.")
        }
        "refusal" => Ending::Failed(Class::Refused, "The model declined to answer."),
        "error" | "network_error" | "insufficient_system_resource" | "abort" | "aborted" | "cancelled" => {
            Ending::Failed(Class::ServerError, "The server failed while it wrote the reply.")
        }
        "tool_calls" | "function_call" | "tool_use" => {
            Ending::Failed(Class::Malformed, "The model tried to call a tool, and none was offered.")
        }
        _ => Ending::Unknown,
    }
}

fn append(to: &mut String, more: String) {
    if to.is_empty() {
        *to = more;
    } else {
        to.push_str(&more);
    }
}

/// Whether `text` is one JSON object or list and nothing else.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Token counts; `None` for zeros, which servers send when they did not count.
fn usage(value: &Value) -> Option<Usage> {
    let count = |value: Option<&Value>| value.and_then(Value::as_u64).unwrap_or(0);
    let detail = |of: &str, name: &str| count(value.get(of).and_then(|details| details.get(name)));
    let usage = Usage {
        prompt_tokens: count(value.get("prompt_tokens")),
        completion_tokens: count(value.get("completion_tokens")),
        cached_tokens: detail("prompt_tokens_details", "cached_tokens"),
        reasoning_tokens: detail("completion_tokens_details", "reasoning_tokens"),
    };
    (usage.prompt_tokens + usage.completion_tokens > 0).then_some(usage)
}
