//! Plain replies as servers really send them.

use reqwest::header::HeaderMap;

use crate::llm::server_error::ServerError;
use crate::llm::{Class, Failure, Reply, Usage, classify, classify_json};

fn judge(status: u16, body: &str) -> Result<Reply, Failure> {
    let judged = classify(status, &HeaderMap::new(), body.as_bytes());
    // The way that most replies take says what the thorough one says.
    if let Ok(json) = serde_json::from_str(body) {
        let thorough = classify_json(status, json);
        assert_eq!(judged.as_ref().ok(), thorough.as_ref().ok(), "{body}");
        let told =
            |result: &Result<Reply, Failure>| result.as_ref().err().map(|f| (f.class, f.message.clone(), f.usage));
        assert_eq!(told(&judged), told(&thorough), "{body}");
    }
    judged
}

fn choice(message: &str, finish: &str) -> String {
    format!(
        r#"{{"id":"x","object":"chat.completion","model":"m","choices":[{{"index":0,"message":{message},"finish_reason":{finish}}}]}}"#
    )
}

#[test]
fn accepted_replies() {
    let table = [
        (
            "OpenAI",
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Yes.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}},"service_tier":"default"}"#,
            "Yes.",
        ),
        (
            "Ollama",
            r#"{"id":"chatcmpl-2","object":"chat.completion","model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#,
            "Yes.",
        ),
        (
            "llama.cpp",
            r#"{"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"Yes."}}],"model":"q.gguf","usage":{"completion_tokens":2,"prompt_tokens":9},"timings":{"prompt_n":9}}"#,
            "Yes.",
        ),
        (
            "content parts",
            r#"{"choices":[{"message":{"content":[{"type":"thinking","text":"hm"},{"type":"text","text":"Ye"},{"type":"text","text":"s."}]},"finish_reason":"STOP"}]}"#,
            "Yes.",
        ),
        (
            "vLLM, thoughts apart",
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Yes.","reasoning_content":"hm","tool_calls":[]},"finish_reason":"stop","stop_reason":null}],"error":null}"#,
            "Yes.",
        ),
        (
            "thoughts inside",
            r#"{"choices":[{"message":{"content":"\n<think>\nhm\n</think>\n\nYes."},"finish_reason":"stop"}]}"#,
            "Yes.",
        ),
        (
            "thoughts opened by the template",
            r#"{"choices":[{"message":{"content":"hm\n</think>\n\nYes."},"finish_reason":"stop"}]}"#,
            "Yes.",
        ),
        (
            "a stream where none was asked for",
            "data: {\"choices\":[{\"delta\":{\"content\":\"Ye\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"s.\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            "Yes.",
        ),
    ];
    for (name, body, text) in table {
        let reply = judge(200, body).unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert_eq!(reply.text, text, "{name}");
        assert!(!reply.from_reasoning, "{name}");
    }
    let reply = judge(200, table[0].1).unwrap();
    assert_eq!(
        reply.usage,
        Some(Usage { prompt_tokens: 9, completion_tokens: 2, cached_tokens: 4, reasoning_tokens: 1 })
    );
    assert_eq!(reply.model.as_deref(), Some("gpt-4o-mini"));
    for index in [3, 4, 5, 6] {
        assert_eq!(judge(200, table[index].1).unwrap().reasoning.as_deref(), Some("hm"));
    }
}

#[test]
fn a_finished_completion_inside_an_error_status_is_read() {
    let reply = judge(400, &choice(r#"{"content":"Yes."}"#, r#""stop""#)).unwrap();
    assert_eq!(reply.text, "Yes.");
    let failure = judge(400, &choice(r#"{"content":""}"#, r#""content_filter""#)).unwrap_err();
    assert_eq!((failure.class, failure.status), (Class::Filtered, Some(400)));
}

#[test]
fn reasoning_is_an_answer_only_as_valid_json() {
    let json = choice(r#"{"content":null,"reasoning":"{\"items\": []}"}"#, r#""stop""#);
    let reply = judge(200, &json).unwrap();
    assert!(reply.from_reasoning);
    assert_eq!(reply.text, r#"{"items": []}"#);
    for reasoning in ["I think so.", "42", r#"{\"items\": ["#, ""] {
        let body = choice(&format!(r#"{{"content":"","reasoning_content":"{reasoning}"}}"#), r#""stop""#);
        assert_eq!(judge(200, &body).unwrap_err().class, Class::Empty, "{reasoning}");
    }
}

#[test]
fn the_finish_reason_comes_before_the_text() {
    let whole = r#"{"content":"A perfectly good answer."}"#;
    let table = [
        (r#""length""#, Class::Truncated),
        (r#""max_tokens""#, Class::Truncated),
        (r#""model_context_window_exceeded""#, Class::Truncated),
        (r#""content_filter""#, Class::Filtered),
        (r#""sensitive""#, Class::Filtered),
        (r#""refusal""#, Class::Refused),
        (r#""error""#, Class::ServerError),
        (r#""insufficient_system_resource""#, Class::ServerError),
        (r#""tool_calls""#, Class::Malformed),
        (r#""whatever_comes_next""#, Class::Malformed),
        ("null", Class::Malformed),
    ];
    for (finish, class) in table {
        let failure = judge(200, &choice(whole, finish)).unwrap_err();
        assert_eq!(failure.class, class, "{finish}");
        assert_eq!(failure.raw_excerpt, "A perfectly good answer.");
    }
}

#[test]
fn replies_that_are_none() {
    let table = [
        (choice(r#"{"content":null,"refusal":"I cannot."}"#, r#""stop""#), Class::Refused),
        (choice(r#"{"content":"<think>and then"}"#, r#""stop""#), Class::Truncated),
        (choice(r#"{"content":"<think>x</think>  "}"#, r#""stop""#), Class::Empty),
        (choice(r#"{"content":" \n"}"#, r#""stop""#), Class::Empty),
        (choice("null", r#""stop""#), Class::Empty),
        (r#"{"choices":[]}"#.to_owned(), Class::Empty),
        (r#"{"ok":true}"#.to_owned(), Class::Malformed),
        (r#"{"choices":[{"message":{"content":"Ye"#.to_owned(), Class::Malformed),
        ("<!doctype html><title>Sign in</title>".to_owned(), Class::Malformed),
        ("OK".to_owned(), Class::Malformed),
        (String::new(), Class::Malformed),
        ("null".to_owned(), Class::Malformed),
        (format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)), Class::Malformed),
    ];
    for (body, class) in table {
        let failure = judge(200, &body).unwrap_err();
        assert_eq!(failure.class, class, "{}", &body[..body.len().min(90)]);
    }
}

#[test]
fn errors_in_every_shape() {
    let table = [
        (
            "OpenAI key",
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-x.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
            Class::ConfigError,
        ),
        (
            "OpenAI model",
            404,
            r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            Class::ConfigError,
        ),
        (
            "OpenAI rate",
            429,
            r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM). Please try again in 6ms.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
            Class::RateLimited,
        ),
        (
            "OpenAI quota",
            429,
            r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            Class::QuotaEnded,
        ),
        (
            "OpenAI parameter",
            400,
            r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#,
            Class::ConfigError,
        ),
        (
            "OpenAI schema",
            400,
            r#"{"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.","type":"invalid_request_error","param":null,"code":null}}"#,
            Class::SchemaUnsupported,
        ),
        (
            "Azure rate",
            429,
            r#"{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation have exceeded call rate limit. Please retry after 33 seconds."}}"#,
            Class::RateLimited,
        ),
        (
            "Azure filter",
            400,
            r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            Class::Filtered,
        ),
        (
            "OpenAI flagged",
            400,
            r#"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}"#,
            Class::Filtered,
        ),
        (
            "old vLLM",
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}"#,
            Class::ConfigError,
        ),
        ("Ollama", 404, r#"{"error":"model 'x' not found"}"#, Class::ConfigError),
        (
            "FastAPI",
            422,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}"#,
            Class::ConfigError,
        ),
        ("an object", 400, r#"{"detail":{"message":"pay first","code":"insufficient_quota"}}"#, Class::QuotaEnded),
        ("FastAPI text", 503, r#"{"detail":"Service Unavailable"}"#, Class::ServerError),
        (
            "llama.cpp loading",
            503,
            r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
            Class::ServerError,
        ),
        ("llama.cpp text", 500, "Internal Server Error", Class::ServerError),
        (
            "llama.cpp schema",
            500,
            r#"{"error":{"code":500,"message":"failed to parse grammar","type":"server_error"}}"#,
            Class::SchemaUnsupported,
        ),
        (
            "LM Studio lies",
            200,
            r#"{"error":"Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway"}"#,
            Class::ConfigError,
        ),
        (
            "OpenRouter inside 200",
            200,
            r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"provider_name":"X"}},"user_id":"u"}"#,
            Class::ServerError,
        ),
        (
            "OpenRouter rate inside 200",
            200,
            r#"{"error":{"message":"Rate limit exceeded: free-models-per-min","code":429}}"#,
            Class::RateLimited,
        ),
        ("OpenRouter credits", 402, r#"{"error":{"message":"Insufficient credits","code":402}}"#, Class::QuotaEnded),
        (
            "OpenRouter moderation",
            403,
            r#"{"error":{"message":"Your chosen model requires moderation and your input was flagged by moderation","code":403}}"#,
            Class::Filtered,
        ),
        (
            "OpenRouter choice",
            200,
            r#"{"choices":[{"error":{"message":"Upstream idle timeout","code":504},"finish_reason":"error","message":{"content":"Ye"}}]}"#,
            Class::ServerError,
        ),
        (
            "Gemini list",
            429,
            r#"[{"error":{"code":429,"message":"Resource exhausted","status":"RESOURCE_EXHAUSTED"}}]"#,
            Class::RateLimited,
        ),
        ("nginx", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head></html>", Class::ServerError),
        ("empty", 500, "", Class::ServerError),
        ("empty 404", 404, "", Class::ConfigError),
        (
            "overloaded",
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            Class::ServerError,
        ),
        ("request timeout", 408, "", Class::ServerError),
        ("redirect", 307, "", Class::ConfigError),
    ];
    for (name, status, body, class) in table {
        let failure = judge(status, body).unwrap_err();
        assert_eq!(failure.class, class, "{name}: {failure:?}");
        assert_eq!(failure.status, Some(status), "{name}");
        assert!(failure.message.len() > 20 && failure.message.ends_with(['.', '!']), "{name}: {failure}");
    }
}

#[test]
fn messages_name_what_helps() {
    let page = judge(502, "<html><head><title>502 Bad\u{1b}[31m Gateway</title></head></html>").unwrap_err();
    assert!(page.message.contains("an HTML page titled '502 Bad[31m Gateway'"), "{page}");
    let wait = judge(429, r#"{"error":{"message":"Please retry after 33 seconds."}}"#).unwrap_err();
    assert_eq!(wait.retry_after.map(|wait| wait.as_secs()), Some(33));
    let key = judge(401, "").unwrap_err();
    assert!(key.message.contains("Check the key"), "{key}");
    let proxy = judge(407, "").unwrap_err();
    assert!(proxy.message.ends_with("Check the proxy."), "{proxy}");
    let mut headers = HeaderMap::new();
    headers.insert("location", "https://evil.example/v1?token=abc".parse().unwrap());
    let redirect = classify(302, &headers, b"").unwrap_err();
    assert!(redirect.message.contains("https://evil.example/v1"), "{redirect}");
    assert!(!redirect.message.contains("abc"));
}

#[test]
fn the_words_of_a_server_are_found_wherever_it_puts_them() {
    let said = |body: &str| {
        let found = ServerError::find(&serde_json::from_str(body).unwrap());
        found.map(|error| (error.message, error.words.trim().to_owned(), error.number))
    };
    for (body, message, words, number) in [
        (r#"{"detail":{"message":"pay first","code":"insufficient_quota"}}"#, "pay first", "insufficient_quota", None),
        (r#"{"errors":{"msg":"no such model","status":"404"}}"#, "no such model", "404", Some(404)),
        (r#"{"message":"busy","code":503}"#, "busy", "", Some(503)),
        (r#"{"detail":"Not Found"}"#, "Not Found", "", None),
        (
            r#"[{"error":{"message":"quota","status":"RESOURCE_EXHAUSTED","code":429}}]"#,
            "quota",
            "resource_exhausted",
            Some(429),
        ),
        (
            r#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#,
            "too long",
            "badrequesterror",
            Some(400),
        ),
        (r#"{"error":["odd"]}"#, r#"["odd"]"#, "", None),
        (r#"{"error":"plain"}"#, "plain", "", None),
    ] {
        assert_eq!(said(body), Some((message.to_owned(), words.to_owned(), number)), "{body}");
    }
    for body in [r#"{"error":null}"#, r#"{"error":false}"#, "{}", "[]", r#"{"detail":[]}"#, r#"{"choices":[]}"#] {
        assert_eq!(said(body), None, "{body}");
    }
}

#[test]
fn an_excerpt_is_bounded_and_clean() {
    let failure = judge(500, &"\u{202e}\u{1b}[2Jx".repeat(5_000)).unwrap_err();
    assert!(failure.raw_excerpt.len() <= 2_000 && failure.message.len() < 1_000);
    assert!(!failure.raw_excerpt.contains(['\u{202e}', '\u{1b}']));
}
