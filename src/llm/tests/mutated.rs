//! Replies of real servers, changed in every way that a byte, a key or a value can be: nothing panics, and nothing is taken for a
//! whole answer that is not one.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::llm::{Class, Failure, Reply, classify};

const ANSWER: &str = "Snell's law relates both angles.";

/// Replies with [`ANSWER`], as these servers send them.
fn replies() -> Vec<(&'static str, String)> {
    let a = ANSWER;
    let plain = [
        (
            "OpenAI",
            json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [{"index": 0,
            "message": {"role": "assistant", "content": a, "refusal": null, "annotations": []}, "logprobs": null, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11, "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 1}}, "service_tier": "default"}),
        ),
        (
            "Azure",
            json!({"choices": [{"content_filter_results": {"hate": {"filtered": false, "severity": "safe"}}, "finish_reason": "stop",
            "index": 0, "logprobs": null, "message": {"content": a, "role": "assistant"}}], "created": 1, "id": "chatcmpl-2",
            "model": "gpt-4o-2024-08-06", "object": "chat.completion", "prompt_filter_results": [{"prompt_index": 0,
            "content_filter_results": {"jailbreak": {"detected": false, "filtered": false}}}], "system_fingerprint": "fp_1",
            "usage": {"completion_tokens": 2, "prompt_tokens": 9, "total_tokens": 11}}),
        ),
        (
            "vLLM",
            json!({"id": "chatcmpl-3", "object": "chat.completion", "created": 1, "model": "qwen", "choices": [{"index": 0,
            "message": {"role": "assistant", "reasoning_content": "two media", "content": a, "tool_calls": []}, "logprobs": null,
            "finish_reason": "stop", "stop_reason": null}], "usage": {"prompt_tokens": 9, "total_tokens": 11, "completion_tokens": 2,
            "prompt_tokens_details": null}, "prompt_logprobs": null}),
        ),
        (
            "Ollama",
            json!({"id": "chatcmpl-4", "object": "chat.completion", "created": 1, "model": "llama3.2", "system_fingerprint": "fp_ollama",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": a}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}),
        ),
        (
            "llama.cpp",
            json!({"choices": [{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": a}}], "created": 1,
            "model": "q.gguf", "object": "chat.completion", "usage": {"completion_tokens": 2, "prompt_tokens": 9, "total_tokens": 11},
            "id": "chatcmpl-5", "timings": {"prompt_n": 9, "prompt_ms": 1.5, "predicted_n": 2}}),
        ),
        (
            "LM Studio",
            json!({"id": "chatcmpl-6", "object": "chat.completion", "created": 1, "model": "phi-4", "choices": [{"index": 0,
            "logprobs": null, "finish_reason": "stop", "message": {"role": "assistant", "content": a}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}, "stats": {}, "system_fingerprint": "phi-4"}),
        ),
        (
            "OpenRouter",
            json!({"id": "gen-7", "provider": "Fireworks", "model": "deepseek/deepseek-chat", "object": "chat.completion", "created": 1,
            "choices": [{"logprobs": null, "finish_reason": "stop", "native_finish_reason": "stop", "index": 0,
            "message": {"role": "assistant", "content": a, "refusal": null, "reasoning": null}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}),
        ),
        (
            "parts",
            json!({"choices": [{"message": {"content": [{"type": "thinking", "text": "two media"}, {"type": "text", "text": a}]},
            "finish_reason": "stop"}]}),
        ),
    ];
    plain.into_iter().map(|(name, body)| (name, body.to_string())).collect()
}

/// The same as streams that nobody asked for.
fn streams() -> Vec<(&'static str, String)> {
    let (one, two) = ANSWER.split_at(11);
    let chunk = |delta: Value, finish: Value| json!({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    let frames = [
        chunk(json!({"role": "assistant", "content": ""}), Value::Null),
        chunk(json!({"content": one}), Value::Null),
        chunk(json!({"content": two}), Value::Null),
        chunk(json!({}), json!("stop")),
    ];
    let usage = json!({"id": "c", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}});
    let lines = |between: &str, before: &str| {
        let all = frames.iter().chain([&usage]).map(|frame| format!("data: {frame}{between}"));
        format!("{before}{}data: [DONE]{between}", all.collect::<String>())
    };
    vec![
        ("OpenAI, streamed", lines("\n\n", "")),
        ("OpenRouter, streamed", lines("\r\n\r\n", ": OPENROUTER PROCESSING\r\n\r\n")),
    ]
}

/// Replies that are none.
fn errors() -> Vec<(u16, &'static str)> {
    vec![
        (
            429,
            r#"{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
        ),
        (
            400,
            r#"{"error":{"code":"content_filter","message":"filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
        ),
        (
            400,
            r#"{"object":"error","message":"max_tokens is too large","type":"BadRequestError","param":null,"code":400}"#,
        ),
        (404, r#"{"error":"model 'x' not found"}"#),
        (500, r#"{"detail":"Internal Server Error"}"#),
        (
            200,
            r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream"}},"user_id":"u"}"#,
        ),
        (502, "<html><head><title>502 Bad Gateway</title></head></html>"),
        (200, r#"{"choices":[],"usage":{"prompt_tokens":1}}"#),
    ]
}

/// Counts what came of the changed replies.
#[derive(Debug, Default)]
struct Seen {
    tried: usize,
    accepted: usize,
    failed: usize,
}

impl Seen {
    /// Judges a changed reply. `is_honest` says whether what was accepted may be.
    fn judge(&mut self, status: u16, body: &[u8], is_honest: impl FnOnce(&Reply) -> bool) {
        self.tried += 1;
        let shown = || String::from_utf8_lossy(&body[..body.len().min(2_000)]).into_owned();
        match classify(status, &HeaderMap::new(), body) {
            Ok(reply) => {
                self.accepted += 1;
                assert!(is_honest(&reply), "accepted as {:?}: {}", reply.text, shown());
            }
            Err(Failure { message, .. }) => {
                self.failed += 1;
                assert!(!message.trim().is_empty() && message.len() < 4_096, "{message}: {}", shown());
            }
        }
    }
}

/// Whether a reply says nothing but what stands in the body, and the body says that it is whole.
fn says(body: &Value, reply: &Reply) -> bool {
    let choice = &body["choices"][0];
    let finish = choice["finish_reason"].as_str().unwrap_or_default();
    let parts = |content: &Value| -> String {
        match content {
            Value::String(text) => text.clone(),
            Value::Array(parts) => {
                let texts =
                    parts.iter().filter(|part| matches!(part["type"].as_str(), Some("text" | "output_text") | None));
                texts.filter_map(|part| part["text"].as_str()).collect()
            }
            _ => String::new(),
        }
    };
    let part = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
    let texts = [
        parts(&part["content"]),
        parts(&part["reasoning_content"]),
        parts(&part["reasoning"]),
        parts(&part["thinking"]),
    ];
    let no_error = body["error"].is_null()
        && choice["error"].is_null()
        && part["refusal"].as_str().is_none_or(|text| text.trim().is_empty());
    finish.eq_ignore_ascii_case("stop") && no_error && texts.iter().any(|text| text == &reply.text)
}

/// Every place in a value, as a pointer.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| places(item, &format!("{at}/{n}"), into)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| places(field, &format!("{at}/{name}"), into)),
        _ => {}
    }
}

fn without(body: &Value, place: &str) -> Option<Value> {
    let (above, name) = place.rsplit_once('/')?;
    let mut body = body.clone();
    match body.pointer_mut(above)? {
        Value::Object(fields) => drop(fields.remove(name)?),
        Value::Array(items) => drop(items.remove(name.parse().ok()?)),
        _ => return None,
    }
    Some(body)
}

fn strange() -> Vec<Value> {
    let deep = (0..100).fold(json!("deep"), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("length"),
        json!("\u{0}\u{1b}[2J\u{202e}"),
        json!([]),
        json!([null]),
        json!({}),
        json!({"error": {"message": "no", "code": null}}),
        deep,
    ]
}

#[test]
fn a_changed_reply_is_never_taken_for_more_than_it_says() {
    let mut seen = Seen::default();
    for (name, text) in replies() {
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            classify(200, &HeaderMap::new(), text.as_bytes()).map(|reply| reply.text),
            Ok(ANSWER.to_owned()),
            "{name}"
        );
        let mut all = Vec::new();
        places(&body, "", &mut all);
        for place in &all {
            if let Some(body) = without(&body, place) {
                for status in [200, 400, 500] {
                    seen.judge(status, body.to_string().as_bytes(), |reply| says(&body, reply));
                }
            }
            for value in strange() {
                let mut body = body.clone();
                *body.pointer_mut(place).unwrap() = value;
                seen.judge(200, body.to_string().as_bytes(), |reply| says(&body, reply));
            }
        }
        for end in 0..text.len() {
            // Cut anywhere, and cut so that it looks like the end of the object.
            seen.judge(200, &text.as_bytes()[..end], |_| false);
            let closed = format!("{}\"}}]}}", String::from_utf8_lossy(&text.as_bytes()[..end]));
            let body: Result<Value, _> = serde_json::from_str(&closed);
            seen.judge(200, closed.as_bytes(), |reply| body.is_ok_and(|body| says(&body, reply)));
        }
        for at in 0..text.len() {
            for byte in [0x00, 0xff, b'"', b'}', b'\\', 0xed] {
                let mut changed = text.clone().into_bytes();
                changed[at] = byte;
                let body: Result<Value, _> = serde_json::from_slice(&changed);
                seen.judge(200, &changed, |reply| body.is_ok_and(|body| says(&body, reply)));
            }
        }
        // A second key of the same name: JSON leaves open which of them holds.
        for key in ["choices", "error", "model", "usage"] {
            let doubled = format!("{{\"{key}\":{{\"message\":\"no\"}},{}", &text[1..]);
            let body: Value = serde_json::from_str(&doubled).unwrap();
            seen.judge(200, doubled.as_bytes(), |reply| says(&body, reply));
        }
    }
    assert!(seen.tried > 10_000 && seen.accepted + seen.failed == seen.tried, "{seen:?}");
    assert!(seen.accepted > 500 && seen.failed > 5_000, "both happen: {seen:?}");
}

#[test]
fn a_stream_that_breaks_off_is_no_answer() {
    let mut seen = Seen::default();
    for (name, text) in streams() {
        assert_eq!(
            classify(200, &HeaderMap::new(), text.as_bytes()).map(|reply| reply.text),
            Ok(ANSWER.to_owned()),
            "{name}"
        );
        for end in 0..text.len() {
            seen.judge(200, &text.as_bytes()[..end], |reply| reply.text == ANSWER && text[..end].contains("\"stop\""));
        }
        let frames: Vec<&str> =
            text.split_inclusive("\n\n").flat_map(|part| part.split_inclusive("\r\n\r\n")).collect();
        for gone in 0..frames.len() {
            let rest: String =
                frames.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, frame)| *frame).collect();
            // A frame that went missing whole cannot be noticed, but for the one that says that it was the last.
            seen.judge(200, rest.as_bytes(), |_| rest.contains("\"stop\""));
        }
    }
    assert!(seen.accepted > 2 && seen.failed > 500, "{seen:?}");
}

#[test]
fn an_error_stays_an_error_however_it_is_cut() {
    let mut seen = Seen::default();
    for (status, text) in errors() {
        for end in 0..=text.len() {
            seen.judge(status, &text.as_bytes()[..end], |_| false);
            for byte in [0x00, 0xff, b'"', b'{'] {
                let mut changed = text.as_bytes().to_owned();
                if let Some(at) = changed.get_mut(end) {
                    *at = byte;
                }
                seen.judge(status, &changed, |_| false);
            }
        }
    }
    assert!(seen.failed > 2_000, "{seen:?}");
}

#[test]
fn a_body_that_is_nested_without_end_or_is_noise_is_malformed() {
    let deep = ["[", "{\"choices\":", "{\"error\":"].map(|open| open.repeat(100_000));
    let noise: Vec<u8> = (0..200_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for body in
        deep.iter().map(String::as_bytes).chain([&noise[..], b"\x1f\x8b\x08\x00", b"", b"null", b"[]", b"\"\"", b"0"])
    {
        let failure = classify(200, &HeaderMap::new(), body).unwrap_err();
        assert_eq!(failure.class, Class::Malformed, "{}", failure.message);
    }
}
