//! Streamed replies, event by event.

use crate::llm::{Accumulator, Class, Delta, Failure, Progress, Reply};

fn play(events: &[&str]) -> (Result<Reply, Failure>, String) {
    let mut stream = Accumulator::default();
    let mut seen = String::new();
    for event in events {
        stream.event(event, &mut |delta| match delta {
            Delta::Text(text) => seen.push_str(text),
            Delta::Reasoning(text) => seen.push_str(&format!("({text})")),
            Delta::Restart => seen.clear(),
        });
    }
    (stream.end(None), seen)
}

const ROLE: &str =
    r#"{"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#;
const YE: &str = r#"{"model":"m","choices":[{"index":0,"delta":{"content":"Ye"},"finish_reason":null}]}"#;
const S: &str = r#"{"model":"m","choices":[{"index":0,"delta":{"content":"s."},"finish_reason":null}]}"#;
const STOP: &str = r#"{"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str = r#"{"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;

#[test]
fn whole_streams() {
    let thought = r#"{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}"#;
    let second = r#"{"choices":[{"index":1,"delta":{"content":"No."},"finish_reason":"length"}]}"#;
    let table: [(&str, &[&str], &str); 6] = [
        ("OpenAI", &[ROLE, YE, S, STOP, USAGE, "[DONE]"], "Yes."),
        ("without the end mark", &[YE, S, STOP], "Yes."),
        ("null after the end", &[YE, S, STOP, ROLE, "[DONE]"], "Yes."),
        ("empty data", &["", YE, "", S, STOP, "[DONE]"], "Yes."),
        ("thoughts", &[thought, YE, S, STOP, "[DONE]"], "(hm)Yes."),
        ("a second choice", &[YE, second, S, STOP], "Yes."),
    ];
    for (name, events, preview) in table {
        let (result, seen) = play(events);
        let reply = result.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert_eq!((reply.text.as_str(), seen.as_str()), ("Yes.", preview), "{name}");
    }
    assert_eq!(play(table[0].1).0.unwrap().usage.unwrap().completion_tokens, 2);
}

#[test]
fn streams_that_are_not() {
    let length = r#"{"choices":[{"delta":{"content":"Ye"},"finish_reason":"length"}]}"#;
    let filter = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    let refusal = r#"{"choices":[{"delta":{"refusal":"I cannot."}}]}"#;
    let router = r#"{"error":{"code":502,"message":"Provider disconnected"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#;
    let rate = r#"{"error":{"code":429,"message":"Rate limit reached. Please try again in 2s."}}"#;
    let table: [(&str, &[&str], Class); 11] = [
        ("cut", &[YE], Class::Transport),
        ("nothing", &[], Class::Transport),
        ("ended without a reason", &[YE, S, "[DONE]"], Class::Truncated),
        ("length", &[length, "[DONE]"], Class::Truncated),
        ("filter", &[YE, filter], Class::Filtered),
        ("refusal", &[refusal, STOP], Class::Refused),
        ("empty", &[ROLE, STOP, "[DONE]"], Class::Empty),
        ("error inside", &[YE, router], Class::ServerError),
        ("error at once", &[rate], Class::RateLimited),
        ("error after the end", &[YE, S, STOP, rate], Class::RateLimited),
        ("not JSON", &[YE, "{\"choices\":[{"], Class::Malformed),
    ];
    for (name, events, class) in table {
        let failure = play(events).0.unwrap_err();
        assert_eq!(failure.class, class, "{name}: {failure:?}");
    }
    let failure = play(&[rate]).0.unwrap_err();
    assert_eq!(failure.retry_after.map(|wait| wait.as_secs()), Some(2));
}

#[test]
fn a_connection_that_breaks_after_the_end_does_no_harm() {
    let broken = || Some(Failure::new(Class::Transport, "reset"));
    for (events, accepted) in [(&[YE, S, STOP][..], true), (&[YE, S][..], false)] {
        let mut stream = Accumulator::default();
        for event in events {
            stream.event(event, &mut |_| {});
        }
        assert_eq!(stream.end(broken()).is_ok(), accepted);
    }
}

#[test]
fn progress_tells_when_to_stop_reading() {
    let mut stream = Accumulator::default();
    let mut event = |data: &str| stream.event(data, &mut |_| {});
    assert_eq!(event(YE), Progress::More);
    assert_eq!(event(STOP), Progress::Finished);
    assert_eq!(event(USAGE), Progress::Finished);
    assert_eq!(event("[DONE]"), Progress::Over);
}
