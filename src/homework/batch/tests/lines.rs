//! Lines in the shapes of every dialect, made from the providers' own types (see the sources in the table).

use super::super::result::{ResultLine, Said, Unread, read};
use super::*;
use crate::llm::{Class, Reply, Usage, classify_json};

fn heard(line: &str) -> Result<Reply, Class> {
    match read(line.as_bytes()).unwrap() {
        ResultLine { id, said: Said::Reply { status, body } } => {
            assert_eq!(id, "x");
            classify_json(status, body).map_err(|failure| failure.class)
        }
        other => panic!("{other:?}"),
    }
}

fn not_run(line: &str) -> String {
    match read(line.as_bytes()).unwrap().said {
        Said::NotRun { code } => code,
        other => panic!("{other:?}"),
    }
}

const COMPLETION: &str = r#"{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;

#[test]
fn a_request_in_every_dialect() {
    let mut shown = String::new();
    for dialect in DIALECTS {
        let mut desk = Desk::new(1);
        desk.dialect = dialect;
        let exported = desk.export();
        let line = fs::read_to_string(&exported.files[0].path).unwrap().lines().next().unwrap().to_owned();
        let mut value: Value = serde_json::from_str(&line).unwrap();
        let words = |text: &mut Value| {
            let short: String = text.as_str().unwrap().chars().take(24).collect();
            *text = json!(format!("{short}..."));
        };
        for pointer in [
            "/body/messages/0/content",
            "/body/messages/1/content",
            "/params/messages/0/content",
            "/params/system",
            "/request/contents/0/parts/0/text",
            "/request/systemInstruction/parts/0/text",
        ] {
            value.pointer_mut(pointer).into_iter().for_each(words);
        }
        shown.push_str(&format!("{}: {value}\n", dialect.name));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn openai_and_those_who_keep_its_object() {
    let line = format!(
        r#"{{"id":"batch_req_1","custom_id":"x","response":{{"status_code":200,"request_id":"r","body":{COMPLETION}}},"error":null}}"#
    );
    let reply = heard(&line).unwrap();
    assert_eq!((reply.text.as_str(), reply.model.as_deref(), reply.finish.as_str()), ("Hello.", Some("m"), "stop"));
    assert_eq!(reply.usage, Some(Usage { prompt_tokens: 3, completion_tokens: 2, ..Usage::default() }));
    let error = |status: u16, body: &str| {
        heard(&format!(
            r#"{{"id":"b","custom_id":"x","response":{{"status_code":{status},"request_id":"r","body":{body}}},"error":null}}"#
        ))
    };
    assert_eq!(
        error(400, r#"{"error":{"message":"bad","type":"invalid_request_error","code":null}}"#),
        Err(Class::ConfigError)
    );
    assert_eq!(error(429, r#"{"error":{"message":"slow","code":"rate_limit_exceeded"}}"#), Err(Class::RateLimited));
    assert_eq!(error(500, r#"{"error":{"message":"oops"}}"#), Err(Class::ServerError));
    assert_eq!(error(200, "null"), Err(Class::Malformed));
    // A finished completion counts whatever the status, as it does live.
    assert_eq!(error(400, COMPLETION).unwrap().text, "Hello.");
    for code in ["batch_expired", "batch_cancelled"] {
        let line = format!(
            r#"{{"id":"b","custom_id":"x","response":null,"error":{{"code":"{code}","message":"This request could not be executed before the completion window expired."}}}}"#
        );
        assert_eq!(not_run(&line), code);
    }
    assert_eq!(
        heard(r#"{"custom_id":"x","response":null,"error":{"code":"server_error","message":"x"}}"#),
        Err(Class::ServerError)
    );
    assert_eq!(heard(r#"{"custom_id":"x","response":null,"error":null}"#), Err(Class::Malformed));
    assert_eq!(heard(r#"{"custom_id":"x","error":"boom"}"#), Err(Class::ServerError));
    // A body as text, and a completion without the frame.
    let text = serde_json::to_string(COMPLETION).unwrap();
    assert_eq!(
        heard(&format!(r#"{{"custom_id":"x","response":{{"status_code":200,"body":{text}}}}}"#)).unwrap().text,
        "Hello."
    );
    assert_eq!(heard(&format!(r#"{{"custom_id":"x","response":{COMPLETION}}}"#)).unwrap().text, "Hello.");
}

#[test]
fn vllm_run_batch() {
    // 0.29 and 0.33: everything in one file, `body` null, `error` a bare string or an object.
    let good = format!(
        r#"{{"id":"vllm-1","custom_id":"x","response":{{"status_code":200,"request_id":"vllm-batch-1","body":{COMPLETION}}},"error":null}}"#
    );
    assert_eq!(heard(&good).unwrap().text, "Hello.");
    let bare = r#"{"id":"vllm-1","custom_id":"x","response":{"status_code":400,"request_id":"vllm-batch-1","body":null},"error":"stream is not supported"}"#;
    assert_eq!(heard(bare), Err(Class::ConfigError));
    let object = r#"{"id":"vllm-1","custom_id":"x","response":{"status_code":500,"request_id":"vllm-batch-1","body":null},"error":{"error":{"message":"engine died","type":"InternalServerError","param":null,"code":500}}}"#;
    assert_eq!(heard(object), Err(Class::ServerError));
    let flat = r#"{"id":"vllm-1","custom_id":"x","response":{"status_code":400,"request_id":"r","body":null},"error":{"object":"error","message":"The model `m` does not exist.","type":"NotFoundError","param":null,"code":404}}"#;
    assert_eq!(heard(flat), Err(Class::ConfigError));
}

#[test]
fn anthropic() {
    let good = r#"{"custom_id":"x","result":{"type":"succeeded","message":{"id":"msg","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}}}"#;
    let reply = heard(good).unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.model.as_deref(), reply.usage.unwrap().completion_tokens),
        ("Hello.", Some("claude"), 2)
    );
    assert_eq!(heard(&good.replace("end_turn", "max_tokens")), Err(Class::Truncated));
    assert_eq!(heard(&good.replace("end_turn", "refusal")), Err(Class::Refused));
    let errored = r#"{"custom_id":"x","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"}}}}"#;
    assert_eq!(heard(errored), Err(Class::ConfigError));
    assert_eq!(heard(&errored.replace("invalid_request_error", "api_error")), Err(Class::ServerError));
    assert_eq!(not_run(r#"{"custom_id":"x","result":{"type":"expired"}}"#), "expired");
    assert_eq!(not_run(r#"{"custom_id":"x","result":{"type":"canceled"}}"#), "canceled");
}

#[test]
fn gemini() {
    let good = r#"{"key":"x","response":{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"Hel"},{"text":"lo."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5},"modelVersion":"gemini"}}"#;
    let reply = heard(good).unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.model.as_deref(), reply.usage.unwrap().prompt_tokens),
        ("Hello.", Some("gemini"), 3)
    );
    assert_eq!(heard(&good.replace("STOP", "MAX_TOKENS")), Err(Class::Truncated));
    assert_eq!(heard(&good.replace("STOP", "SAFETY")), Err(Class::Filtered));
    assert_eq!(heard(r#"{"key":"x","response":{"promptFeedback":{"blockReason":"SAFETY"}}}"#), Err(Class::Filtered));
    assert_eq!(heard(r#"{"key":"x","error":{"code":429,"message":"quota"}}"#), Err(Class::RateLimited));
    assert_eq!(heard(r#"{"key":"x","error":{"code":400,"message":"bad"}}"#), Err(Class::ConfigError));
}

#[test]
fn mistral_and_together() {
    let mistral =
        format!(r#"{{"id":"b","custom_id":"x","response":{{"status_code":200,"body":{COMPLETION}}},"error":null}}"#);
    assert_eq!(heard(&mistral).unwrap().text, "Hello.");
    let together =
        format!(r#"{{"custom_id":"x","response":{{"status_code":200,"request_id":"r","body":{COMPLETION}}}}}"#);
    assert_eq!(heard(&together).unwrap().text, "Hello.");
}

#[test]
fn what_is_no_result() {
    let unread = |line: &str| read(line.as_bytes()).unwrap_err();
    assert_eq!(unread("\u{feff}\r\n"), Unread::Blank);
    assert_eq!(unread(r#"{"custom_id":"x","method":"POST","url":"/v1/chat/completions","body":{}}"#), Unread::Request);
    assert_eq!(unread(r#"{"custom_id":"x","params":{}}"#), Unread::Request);
    assert_eq!(unread(r#"{"key":"x","request":{}}"#), Unread::Request);
    assert_eq!(unread(r#"{"response":{}}"#), Unread::NoId);
    assert!(matches!(unread("{\"custom_id\":\"x\",\"resp"), Unread::NotJson(_)));
    assert!(matches!(unread("nonsense"), Unread::NotJson(_)));
    assert!(matches!(read(b"{\"custom_id\":\"\xff\"}"), Err(Unread::NotJson(_))));
    let deep = "[".repeat(100_000);
    assert!(matches!(unread(&deep), Unread::NotJson(_)));
}
