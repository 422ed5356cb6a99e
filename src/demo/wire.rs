//! What goes over the wire: completions, stream chunks and errors in OpenAI's shapes.

use bytes::Bytes;
use serde_json::{Value, json};

use super::MODEL;
use super::model::{Finish, Generated, Usage};

/// The creation time of every reply: fixed, so that equal requests get equal bytes (2026-01-01).
pub const CREATED: u64 = 1_767_225_600;

/// A whole chat completion.
#[must_use]
pub fn completion(id: &str, choices: &[Generated], usage: Option<Usage>) -> Bytes {
    let choices: Vec<Value> = choices
        .iter()
        .enumerate()
        .map(|(index, choice)| {
            let mut message = json!({"role": "assistant", "content": choice.text});
            if choice.refused {
                message = json!({"role": "assistant", "content": null, "refusal": choice.text});
            }
            json!({"index": index, "message": message, "logprobs": null, "finish_reason": choice.finish.name()})
        })
        .collect();
    let mut body = json!({
        "id": id, "object": "chat.completion", "created": CREATED, "model": MODEL, "choices": choices,
    });
    if let Some(usage) = usage {
        body["usage"] = usage_json(usage);
    }
    bytes_of(&body)
}

/// The events of a streamed completion, one per element, the end marker last.
#[must_use]
pub fn events(id: &str, choices: &[Generated], usage: Option<Usage>, piece: usize) -> Vec<Bytes> {
    let chunk = |choices: Value| json!({"id": id, "object": "chat.completion.chunk", "created": CREATED, "model": MODEL, "choices": choices});
    let delta = |index: usize, delta: Value, finish: Option<Finish>| {
        chunk(json!([{"index": index, "delta": delta, "logprobs": null, "finish_reason": finish.map(Finish::name)}]))
    };
    let mut events = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        let key = if choice.refused { "refusal" } else { "content" };
        events.push(event(&delta(index, json!({"role": "assistant", "content": ""}), None)));
        for part in pieces(&choice.text, piece) {
            events.push(event(&delta(index, json!({ key: part }), None)));
        }
        events.push(event(&delta(index, json!({}), Some(choice.finish))));
    }
    if let Some(usage) = usage {
        let mut last = chunk(json!([]));
        last["usage"] = usage_json(usage);
        events.push(event(&last));
    }
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events
}

/// An error body; `code` may be absent.
#[must_use]
pub fn error(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Bytes {
    bytes_of(&json!({"error": {"message": message, "type": kind, "param": param, "code": code}}))
}

/// The list of models.
#[must_use]
pub fn models() -> Bytes {
    bytes_of(&json!({
        "object": "list",
        "data": [{"id": MODEL, "object": "model", "created": CREATED, "owned_by": "provost"}],
    }))
}

/// `value` as bytes.
#[must_use]
pub fn bytes_of(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

fn usage_json(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
    })
}

fn event(value: &Value) -> Bytes {
    Bytes::from(format!("data: {value}\n\n"))
}

/// `text` in pieces of about `size` characters.
fn pieces(text: &str, size: usize) -> Vec<&str> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let end = rest.char_indices().nth(size.max(1)).map_or(rest.len(), |(end, _)| end);
        let (head, tail) = rest.split_at(end);
        pieces.push(head);
        rest = tail;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str) -> Generated {
        Generated { text: text.to_owned(), finish: Finish::Stop, refused: false }
    }

    #[test]
    fn streamed_pieces_join_to_the_text() {
        let text = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich";
        let usage = Usage { prompt: 3, completion: 9 };
        let events = events("id", &[choice(text)], Some(usage), 7);
        let mut joined = String::new();
        for event in &events[..events.len() - 1] {
            let event = std::str::from_utf8(event).unwrap();
            let chunk: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
            joined.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
        }
        assert_eq!(joined, text);
        assert_eq!(events.last().unwrap().as_ref(), b"data: [DONE]\n\n");
    }

    #[test]
    fn a_refusal_has_no_content() {
        let refused = Generated { refused: true, ..choice("I cannot help with that.") };
        let body: Value = serde_json::from_slice(&completion("id", &[refused], None)).unwrap();
        assert!(body["choices"][0]["message"]["content"].is_null());
        assert_eq!(body["choices"][0]["message"]["refusal"], "I cannot help with that.");
        assert!(body.get("usage").is_none());
    }
}
