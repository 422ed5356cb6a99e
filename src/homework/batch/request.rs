//! One line of a file of requests, in the shape of a dialect.

use serde_json::{Map, Value, json};

use super::dialect::{Dialect, Shape};
use super::id::CustomId;

/// Tokens that Anthropic is allowed where nobody set a limit: it takes no request without one.
const MOST_TOKENS: u32 = 8_192;

/// The line, its newline included. `body` is what the live client would send, and stays byte for byte what it is where
/// the dialect is OpenAI's.
pub(super) fn line(dialect: &Dialect, id: CustomId, body: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    if dialect.shape == Shape::OpenAi {
        let head = format!("{{\"custom_id\":\"{id}\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":");
        let mut line = Vec::with_capacity(head.len() + body.len() + 2);
        line.extend_from_slice(head.as_bytes());
        line.extend_from_slice(body);
        line.extend_from_slice(b"}\n");
        return Ok(line);
    }
    let body: Map<String, Value> = serde_json::from_slice(body)?;
    let id = id.to_string();
    let whole = match dialect.shape {
        Shape::Params => json!({"custom_id": id, "params": params(body)}),
        Shape::Keyed => json!({"key": id, "request": contents(body)}),
        Shape::OpenAi | Shape::Body => json!({"custom_id": id, "body": without_model(body)}),
    };
    let mut line = serde_json::to_vec(&whole)?;
    line.push(b'\n');
    Ok(line)
}

/// Mistral names the model on the job, and a seed `random_seed`.
fn without_model(mut body: Map<String, Value>) -> Map<String, Value> {
    body.shift_remove("model");
    if let Some(seed) = body.shift_remove("seed") {
        body.insert("random_seed".to_owned(), seed);
    }
    body
}

/// Text of a role in a list of messages; the other messages stay.
fn split(body: &mut Map<String, Value>) -> (Option<String>, Vec<Value>) {
    let messages = match body.shift_remove("messages") {
        Some(Value::Array(messages)) => messages,
        _ => Vec::new(),
    };
    let (system, rest): (Vec<_>, Vec<_>) = messages.into_iter().partition(|message| message["role"] == "system");
    let text: Vec<&str> = system.iter().filter_map(|message| message["content"].as_str()).collect();
    ((!text.is_empty()).then(|| text.join("\n\n")), rest)
}

fn params(mut body: Map<String, Value>) -> Map<String, Value> {
    let (system, messages) = split(&mut body);
    let limit = body.shift_remove("max_tokens").or_else(|| body.shift_remove("max_completion_tokens"));
    // What it does not know would be refused.
    for name in ["seed", "response_format", "max_completion_tokens"] {
        body.shift_remove(name);
    }
    body.insert("max_tokens".to_owned(), limit.unwrap_or_else(|| MOST_TOKENS.into()));
    body.extend(system.map(|text| ("system".to_owned(), text.into())));
    body.insert("messages".to_owned(), messages.into());
    body
}

fn contents(mut body: Map<String, Value>) -> Value {
    let (system, messages) = split(&mut body);
    let content = |message: &Value| {
        let role = if message["role"] == "assistant" { "model" } else { "user" };
        json!({"role": role, "parts": [{"text": message["content"]}]})
    };
    let mut settings = Map::new();
    for (ours, theirs) in [
        ("temperature", "temperature"),
        ("top_p", "topP"),
        ("max_tokens", "maxOutputTokens"),
        ("max_completion_tokens", "maxOutputTokens"),
        ("seed", "seed"),
    ] {
        settings.extend(body.shift_remove(ours).map(|value| (theirs.to_owned(), value)));
    }
    let mut request = json!({"contents": messages.iter().map(content).collect::<Vec<_>>()});
    if let Some(text) = system {
        request["systemInstruction"] = json!({"parts": [{"text": text}]});
    }
    if !settings.is_empty() {
        request["generationConfig"] = settings.into();
    }
    request
}
