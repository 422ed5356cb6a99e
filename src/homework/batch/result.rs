//! One line of a file of results, whichever dialect it is in: its shape says.
//!
//! The common denominator is `{"custom_id","response":{"status_code","body"},"error"}`; what of it may be missing, null
//! or of another type is what servers were seen to send (vLLM: `body` null and `error` a bare string in the same file).

use serde_json::{Map, Value, json};

/// A result: for which request, and what was said.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultLine {
    /// The `custom_id`, or `key`, of the request.
    pub id: String,
    /// What came of it.
    pub said: Said,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A reply, good or bad, as a live server would have sent it.
    Reply {
        /// The HTTP status.
        status: u16,
        /// The body; null where there is none.
        body: Value,
    },
    /// Nobody was asked: the batch ended before its turn. Nothing was paid.
    NotRun {
        /// The server's word for it.
        code: String,
    },
}

/// Why a line is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Nothing on it.
    Blank,
    /// It is a request; its result is in another file.
    Request,
    /// It does not say which request it belongs to.
    NoId,
    /// It is no JSON object: cut, or something else altogether.
    NotJson(String),
}

impl Unread {
    /// As a sentence's end.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Blank => "it is blank".to_owned(),
            Self::Request => "it is a request and not a result; give the file that came back".to_owned(),
            Self::NoId => "it has no custom_id, so nobody knows what it belongs to".to_owned(),
            Self::NotJson(error) => format!("it is cut or no JSON object ({error})"),
        }
    }
}

/// Reads one line, without or with its line end.
///
/// # Errors
/// It is no result.
pub fn read(line: &[u8]) -> Result<ResultLine, Unread> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Err(Unread::Blank);
    }
    let mut line: Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| Unread::NotJson(error.to_string()))?;
    let has_result = ["response", "error", "result"].iter().any(|name| line.contains_key(*name));
    if !has_result && ["body", "params", "request"].iter().any(|name| line.contains_key(*name)) {
        return Err(Unread::Request);
    }
    let id = ["custom_id", "key"].iter().find_map(|name| match line.get_mut(*name).map(Value::take) {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        _ => None,
    });
    let id = id.ok_or(Unread::NoId)?;
    let mut take = |name: &str| line.get_mut(name).map(Value::take).unwrap_or_default();
    let (response, error, result) = (take("response"), take("error"), take("result"));
    let said = if result.is_object() { of_anthropic(result) } else { of_openai(response, error) };
    Ok(ResultLine { id, said })
}

fn of_openai(mut response: Value, error: Value) -> Said {
    if response.get("candidates").is_some() || response.get("promptFeedback").is_some() {
        return Said::Reply { status: 200, body: of_gemini(response) };
    }
    let said = response.get("status_code").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let body = match response.get_mut("body").map(Value::take) {
        // Some write the body as a text.
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Some(body) => body,
        None if response.get("choices").is_some() => response,
        None => Value::Null,
    };
    if !body.is_null() {
        return Said::Reply { status: said.unwrap_or(200), body };
    }
    match error {
        Value::Null => Said::Reply { status: said.unwrap_or(200), body },
        error => {
            if let Some(code) = never_run(&error) {
                return Said::NotRun { code };
            }
            let number = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
            let status = said.or(number).filter(|status| *status >= 400).unwrap_or(500);
            Said::Reply { status, body: json!({"error": error}) }
        }
    }
}

/// The code of an error that says that the request was never asked.
fn never_run(error: &Value) -> Option<String> {
    let code = error.get("code").or_else(|| error.get("type")).and_then(Value::as_str)?;
    let known = ["batch_expired", "batch_cancelled", "batch_canceled", "request_expired", "runner_lost"];
    known.contains(&code).then(|| code.to_owned())
}

/// `{"type":"succeeded","message":{...}}`, `errored`, `canceled` or `expired`.
fn of_anthropic(mut result: Value) -> Said {
    let mut take = |name: &str| result.get_mut(name).map(Value::take).unwrap_or_default();
    match take("type").as_str() {
        Some("succeeded") => {
            let mut message = take("message");
            let mut take = |name: &str| message.get_mut(name).map(Value::take).unwrap_or_default();
            let finish = take("stop_reason");
            let usage = take("usage");
            let count = |name: &str| usage[name].as_u64().unwrap_or(0);
            // What was read from a cache, or put into one, is not among its input tokens.
            let sent = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]
                .map(count)
                .iter()
                .sum::<u64>();
            let body = json!({
                "model": take("model"),
                "choices": [{"message": {"role": "assistant", "content": take("content")}, "finish_reason": finish}],
                "usage": {"prompt_tokens": sent, "completion_tokens": count("output_tokens"),
                          "prompt_tokens_details": {"cached_tokens": count("cache_read_input_tokens")}},
            });
            Said::Reply { status: 200, body }
        }
        Some("errored") => {
            let mut error = take("error");
            // The error stands in another one, with a type of its own.
            if let Some(inner) = error.get_mut("error").filter(|inner| inner.is_object()).map(Value::take) {
                error = inner;
            }
            let status = if error["type"] == "invalid_request_error" { 400 } else { 500 };
            Said::Reply { status, body: json!({"error": error}) }
        }
        Some(word) => Said::NotRun { code: word.to_owned() },
        None => Said::Reply { status: 200, body: Value::Null },
    }
}

/// A completion out of `candidates`.
fn of_gemini(mut response: Value) -> Value {
    let usage = response.get_mut("usageMetadata").map(Value::take).unwrap_or_default();
    let count = |name: &str| usage[name].as_u64().unwrap_or(0);
    let blocked = response["promptFeedback"]["blockReason"].is_string();
    let choice = |candidate: &mut Value| {
        let finish = candidate.get_mut("finishReason").map(Value::take).unwrap_or_default();
        let parts = candidate["content"]["parts"].as_array();
        let shown = parts.into_iter().flatten().filter(|part| part["thought"] != true);
        let text: String = shown.filter_map(|part| part["text"].as_str()).collect();
        json!({"message": {"role": "assistant", "content": text}, "finish_reason": finish})
    };
    let mut choices: Vec<Value> = response["candidates"].as_array_mut().into_iter().flatten().map(choice).collect();
    if choices.is_empty() && blocked {
        choices.push(json!({"message": {"content": ""}, "finish_reason": "safety"}));
    }
    json!({
        "model": response.get_mut("modelVersion").map(Value::take).unwrap_or_default(),
        "choices": choices,
        "usage": {"prompt_tokens": count("promptTokenCount"),
                  "completion_tokens": count("candidatesTokenCount") + count("thoughtsTokenCount"),
                  "completion_tokens_details": {"reasoning_tokens": count("thoughtsTokenCount")}},
    })
}
