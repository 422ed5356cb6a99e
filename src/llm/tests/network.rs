//! What can go wrong between the client and a server.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::server::{Act, Server, http, read_request, request, says, until_close};
use crate::llm::{
    Class, Client, Delta, Endpoint, Failure, Origin, Phase, Proxy, Request, Retries, Secret, Url, schema,
};

fn streamed() -> Request {
    Request { stream: true, ..request() }
}

async fn failure(acts: Vec<Act>, request: &Request) -> (Failure, usize) {
    let server = Server::start(acts).await;
    let failure = server.client().ask(request).await.result.unwrap_err();
    (failure, server.seen().len())
}

#[tokio::test]
async fn a_plain_reply_arrives() {
    let server = Server::start(vec![says("So.")]).await;
    let outcome = server.client().ask(&request()).await;
    assert_eq!(outcome.attempts, 1);
    assert_eq!(outcome.usage().unwrap().completion_tokens, 5);
    let reply = outcome.result.unwrap();
    assert_eq!((reply.text.as_str(), reply.model.as_deref()), ("So.", Some("served")));
    let seen = server.seen();
    assert!(seen[0].head.starts_with("POST /v1/chat/completions HTTP/1.1"));
    assert_eq!(seen[0].body["messages"][0]["content"], "Why?");
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let retries = Retries { pause: Duration::from_millis(1), ..Retries::default() };
    let endpoint = Endpoint { retries, ..Endpoint::new("gone", url) };
    let outcome = Client::new(endpoint).unwrap().ask(&request()).await;
    assert_eq!(outcome.attempts, 5);
    let failure = outcome.result.unwrap_err();
    assert_eq!(failure.class, Class::Transport);
    assert!(failure.message.contains("Is the server running?"), "{failure}");
    assert!(failure.message.contains("Endpoint 'gone'"), "{failure}");
}

#[tokio::test]
async fn silence_ends_in_a_timeout_of_its_phase() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".to_vec();
    let begun = until_close("text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"Y\"}}]}\n\n");
    let plain = until_close("application/json", "{\"choices\":");
    let table = [
        (Act::Hang(Vec::new()), Phase::FirstByte),
        (Act::Hang(head), Phase::FirstByte),
        (Act::Hang(begun), Phase::Idle),
        (Act::Hang(plain), Phase::Idle),
    ];
    let short = Duration::from_millis(50);
    for (act, phase) in table {
        let server = Server::start(vec![act.clone()]).await;
        let mut endpoint = server.endpoint();
        endpoint.timeouts.idle = short;
        if phase == Phase::FirstByte {
            endpoint.timeouts.first_byte = short;
        }
        let outcome = Client::new(endpoint).unwrap().ask(&streamed()).await;
        assert_eq!(outcome.result.unwrap_err().class, Class::Timeout(phase), "{act:?}");
        assert_eq!(outcome.attempts, 2);
    }
}

#[tokio::test]
async fn a_total_limit_holds_where_one_is_set() {
    let server = Server::start(vec![Act::Hang(Vec::new())]).await;
    let mut endpoint = server.endpoint();
    endpoint.timeouts.first_byte = Duration::from_secs(600);
    endpoint.timeouts.total = Some(Duration::from_millis(50));
    let failure = Client::new(endpoint).unwrap().ask(&request()).await.result.unwrap_err();
    assert_eq!(failure.class, Class::Timeout(Phase::Total));
}

#[tokio::test]
async fn cut_replies_are_never_accepted() {
    let whole = r#"{"choices":[{"message":{"content":"So."},"finish_reason":"stop"}]}"#;
    let event = "data: {\"choices\":[{\"delta\":{\"content\":\"So.\"}}]}\n\n";
    let table = [
        (until_close("application/json", &whole[..40]), Class::Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\":".to_vec(), Class::Malformed),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"cho".to_vec(), Class::Malformed),
        (until_close("text/event-stream", event), Class::Transport),
        (until_close("text/event-stream", &event[..30]), Class::Transport),
        (until_close("text/event-stream", "data: \u{fffd}{\n\n"), Class::Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Le".to_vec(), Class::Transport),
        (Vec::new(), Class::Transport),
    ];
    for (bytes, class) in table {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (failure, asked) = failure(vec![Act::Bytes(bytes)], &streamed()).await;
        assert_eq!(failure.class, class, "{text}: {failure}");
        assert!(asked > 1, "{text}");
    }
}

#[tokio::test]
async fn counts_that_come_after_the_end_of_a_streamed_reply_are_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    let begun = Arc::new(Notify::new());
    let heard = begun.clone();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await.unwrap();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        let said = r#"data: {"choices":[{"delta":{"content":"So."},"finish_reason":"stop"}]}"#;
        stream.write_all(format!("{head}{said}\n\n").as_bytes()).await.unwrap();
        // Only once the client has seen the end.
        heard.notified().await;
        let counts = r#"data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}"#;
        let _ = stream.write_all(format!("{counts}\n\ndata: [DONE]\n\n").as_bytes()).await;
    });
    let client = Client::new(Endpoint::new("test", url)).unwrap();
    let outcome = client.ask_streaming(&streamed(), |_| begun.notify_one()).await;
    server.await.unwrap();
    assert_eq!(outcome.usage().map(|usage| usage.completion_tokens), Some(5));
    assert_eq!(outcome.result.unwrap().text, "So.");
}

#[tokio::test]
async fn a_failed_attempt_is_followed_by_a_good_one_and_both_count() {
    let cut = until_close("text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"Se\"}}]}\n\n");
    let good = until_close(
        "text/event-stream; charset=utf-8",
        ": OPENROUTER PROCESSING\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"So.\"}}]}\r\n\r\n\
         data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\r\n\r\n",
    );
    let server = Server::start(vec![http(503, "", ""), Act::Bytes(cut), Act::Bytes(good)]).await;
    let mut shown = String::new();
    let outcome = server
        .client()
        .ask_streaming(&streamed(), |delta| match delta {
            Delta::Text(text) => shown.push_str(text),
            Delta::Reasoning(_) => {}
            Delta::Restart => shown.push('|'),
        })
        .await;
    assert_eq!(outcome.result.unwrap().text, "So.");
    let classes: Vec<_> = outcome.earlier.iter().map(|attempt| attempt.class).collect();
    assert_eq!(classes, [Class::ServerError, Class::Transport]);
    assert_eq!(shown, "|Se|So.");
}

#[tokio::test]
async fn a_web_page_is_no_reply() {
    let page = http(200, "", "<html><head><title>Sign in</title></head></html>");
    let (failure, asked) = failure(vec![page], &request()).await;
    assert_eq!((failure.class, asked), (Class::Malformed, 2));
    assert!(failure.message.contains("an HTML page titled 'Sign in'"), "{failure}");
}

#[tokio::test]
async fn a_redirect_is_reported_and_neither_key_nor_prompt_follows_it() {
    let other = Server::start(vec![says("Got it.")]).await;
    for status in [301, 302, 307, 308] {
        let location = format!("Location: {}/chat/completions\r\n", other.url);
        let server = Server::start(vec![http(status, &location, "")]).await;
        let endpoint = server.endpoint().with_key(Secret::new("sk-123456"), Origin::of(&server.url).unwrap());
        let failure = Client::new(endpoint).unwrap().ask(&request()).await.result.unwrap_err();
        assert_eq!(failure.class, Class::ConfigError);
        assert!(failure.message.contains(other.url.as_str()), "{failure}");
        let seen = server.seen();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].head.contains("authorization: Bearer sk-123456"), "{}", seen[0].head);
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn loopback_never_goes_through_a_proxy() {
    let proxy = Server::start(vec![says("I read everything.")]).await;
    let server = Server::start(vec![says("So.")]).await;
    let endpoint = Endpoint { proxy: Proxy::At(proxy.url.clone()), ..server.endpoint() };
    let reply = Client::new(endpoint).unwrap().ask(&request()).await.result.unwrap();
    assert_eq!(reply.text, "So.");
    assert!(proxy.seen().is_empty());
}

#[tokio::test]
async fn a_key_that_the_server_echoes_is_not_repeated() {
    let echo = http(401, "", r#"{"error":{"message":"Bad key sk-123456."}}"#);
    let server = Server::start(vec![echo]).await;
    let key = Secret::new("sk-123456");
    let endpoint = server.endpoint().with_key(key, Origin::of(&server.url).unwrap());
    let client = Client::new(endpoint).unwrap();
    let failure = client.ask(&request()).await.result.unwrap_err();
    assert!(failure.message.contains("Bad key [key]"), "{failure}");
    assert!(!format!("{failure:?} {client:?}").contains("sk-123456"));
}

#[tokio::test]
async fn a_bombed_reply_is_given_up_early() {
    let mut bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n".to_vec();
    bomb.extend(gzip_of_zeros(48_000));
    assert!(bomb.len() < 100_000);
    let server = Server::start(vec![Act::Bytes(bomb)]).await;
    let failure = server.client().ask(&request()).await.result.unwrap_err();
    assert_eq!(failure.class, Class::Malformed);
    assert!(failure.message.contains("larger than 8388608 bytes"), "{failure}");
}

/// A gzip of `1 + 258 * runs` zero bytes: one literal, then runs of the longest match.
fn gzip_of_zeros(runs: usize) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let (mut byte, mut filled) = (0_u8, 0);
    let mut bit = |bit: bool| {
        byte |= u8::from(bit) << filled;
        filled += 1;
        if filled == 8 {
            out.push(byte);
            (byte, filled) = (0, 0);
        }
    };
    // Last block, fixed codes; then the literal 0.
    "1100011 0000".bytes().filter(|b| *b != b' ').for_each(|b| bit(b == b'1'));
    for _ in 0..runs {
        // Length 258, distance 1.
        "11000101 00000".bytes().filter(|b| *b != b' ').for_each(|b| bit(b == b'1'));
    }
    out
}

#[test]
fn a_schema_requires_every_field_and_allows_no_other() {
    let schema = schema::verdict().json;
    assert_eq!(schema["required"], serde_json::json!(["reason", "score"]));
    assert_eq!(schema["additionalProperties"], serde_json::json!(false));
    assert_eq!(schema["properties"]["score"]["type"], "integer");
}

#[test]
fn batches_belong_to_scheme_host_and_port_of_their_server() {
    let endpoint = Endpoint::new("test", "http://127.0.0.1:8123/some/v1".parse().unwrap());
    assert_eq!(Client::new(endpoint).unwrap().batch_origin(), "http://127.0.0.1:8123");
}

#[tokio::test]
async fn a_refused_schema_is_told_and_remembered() {
    let no = http(400, "", r#"{"error":{"message":"'response_format' of type 'json_schema' is not supported"}}"#);
    let server = Server::start(vec![no]).await;
    let client = server.client();
    let asked = Request { schema: Some(schema::nodes()), ..request() };
    for _ in 0..2 {
        let failure = client.ask(&asked).await.result.unwrap_err();
        assert_eq!(failure.class, Class::SchemaUnsupported);
    }
    assert_eq!(server.seen().len(), 1);
    assert!(client.refuses_schema());
    assert_eq!(server.seen()[0].body["response_format"]["json_schema"]["name"], "provost_nodes");
}

#[tokio::test]
async fn a_parameter_name_is_adapted_once_and_remembered() {
    let no = http(
        400,
        "",
        r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","code":"unsupported_parameter","param":"max_tokens"}}"#,
    );
    let server = Server::start(vec![no, says("So.")]).await;
    let client = server.client();
    let mut asked = request();
    asked.sampling.max_tokens = Some(70);
    asked.sampling.temperature = Some(0.7);
    for _ in 0..2 {
        assert!(client.ask(&asked).await.result.is_ok());
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0].body["max_tokens"], 70);
    for later in &seen[1..] {
        assert_eq!(later.body["max_completion_tokens"], 70);
        assert!(later.body.get("max_tokens").is_none());
        assert_eq!(later.body["temperature"], 0.7);
    }
}

#[tokio::test]
async fn a_sampling_value_is_never_changed() {
    let no = http(
        400,
        "",
        r#"{"error":{"message":"'temperature' does not support 0.7, only 1","code":"unsupported_value","param":"temperature"}}"#,
    );
    let mut asked = request();
    asked.sampling.temperature = Some(0.7);
    let (failure, asked) = failure(vec![no], &asked).await;
    assert_eq!((failure.class, asked), (Class::ConfigError, 1));
}

#[tokio::test]
async fn a_cut_answer_is_asked_once_more_with_more_room() {
    let cut = http(
        200,
        "",
        r#"{"choices":[{"message":{"content":"So"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":70}}"#,
    );
    let mut asked = request();
    asked.sampling.max_tokens = Some(70);
    let server = Server::start(vec![cut.clone(), says("So.")]).await;
    let outcome = server.client().ask(&asked).await;
    assert_eq!(outcome.result.as_ref().unwrap().text, "So.");
    assert_eq!((outcome.max_tokens, outcome.usage().unwrap().completion_tokens), (Some(140), 75));
    assert_eq!(server.seen()[1].body["max_tokens"], 140);
    assert_eq!(server.seen()[1].body["messages"], server.seen()[0].body["messages"]);
    let (failure, asked) = failure(vec![cut], &asked).await;
    assert_eq!((failure.class, asked), (Class::Truncated, 2));
}

#[tokio::test]
async fn a_dropped_question_closes_its_connection_and_its_place() {
    let server = Server::start(vec![Act::Hang(Vec::new())]).await;
    let client = server.client();
    let asking = {
        let client = client.clone();
        tokio::spawn(async move { client.ask(&request()).await.attempts })
    };
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.gate().in_flight(), 1);
    asking.abort();
    server.closed.notified().await;
    assert!(asking.await.unwrap_err().is_cancelled());
    assert_eq!(client.gate().in_flight(), 0);
}

#[tokio::test]
async fn several_base_urls_take_turns() {
    let (one, two) = (Server::start(vec![says("1")]).await, Server::start(vec![says("2")]).await);
    let mut endpoint = one.endpoint();
    endpoint.base_urls.push(two.url.clone());
    let client = Client::new(endpoint).unwrap();
    for _ in 0..4 {
        assert!(client.ask(&request()).await.result.is_ok());
    }
    assert_eq!((one.seen().len(), two.seen().len()), (2, 2));
}

#[tokio::test]
async fn models_and_embeddings() {
    let models = http(200, "", r#"{"object":"list","data":[{"id":"a","max_model_len":4096},{"id":"b"}]}"#);
    let vectors = http(200, "", r#"{"data":[{"index":1,"embedding":[3]},{"index":0,"embedding":[1.5]}]}"#);
    let one = http(200, "", r#"{"data":[{"index":0,"embedding":[1.5]}]}"#);
    let server = Server::start(vec![models, vectors, one, http(404, "", "")]).await;
    let mut endpoint = server.endpoint();
    endpoint.base_urls[0].set_query(Some("api-version=1"));
    let client = Client::new(endpoint).unwrap();
    let listed = client.models().await.result.unwrap();
    assert_eq!((listed[0].id.as_str(), listed[0].max_model_len), ("a", Some(4096)));
    let texts = ["x".to_owned(), "y".to_owned()];
    assert_eq!(client.embeddings("e", &texts).await.result.unwrap(), [[1.5], [3.0]]);
    let short = client.embeddings("e", &texts).await.result.unwrap_err();
    assert_eq!(short.class, Class::Malformed);
    assert_eq!(client.models().await.result.unwrap_err().class, Class::ConfigError);
    assert!(server.seen()[0].head.starts_with("GET /v1/models?api-version=1 "));
    assert!(server.seen()[1].head.starts_with("POST /v1/embeddings?api-version=1 "));
}
#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_over_https() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let endpoint = Endpoint::new("test", url.parse().unwrap());
    let outcome = Client::new(endpoint).unwrap().ask(&request()).await;
    let failure = outcome.result.unwrap_err();
    assert_eq!((failure.class, outcome.attempts), (Class::ConfigError, 1), "{failure}");
    assert!(failure.message.contains("No trusted connection"), "{failure}");
}

#[tokio::test]
async fn a_request_whose_server_died_goes_to_another_and_costs_no_try() {
    let (bad, good) = (Server::start(vec![http(502, "", "")]).await, Server::start(vec![says("2")]).await);
    let mut endpoint = bad.endpoint();
    endpoint.base_urls.push(good.url.clone());
    // A single counted failure would end the request.
    endpoint.retries.attempts = 1;
    let client = Client::new(endpoint).unwrap();
    for _ in 0..20 {
        assert!(client.ask(&request()).await.result.is_ok());
    }
    assert_eq!((bad.seen().len(), good.seen().len()), (4, 20), "four failures in a row, then it is set aside");
    let [bad_health, good_health] = &client.health()[..] else { panic!("two servers") };
    assert!(bad_health.set_aside.is_some() && good_health.set_aside.is_none());
    assert_eq!((bad_health.requests, bad_health.failed), (4, 4));
    assert_eq!((good_health.requests, good_health.refused, good_health.in_flight), (20, 0, 0));
    assert!(good_health.p50.unwrap() <= good_health.p95.unwrap());
    assert!(good_health.origin.starts_with("http://127.0.0.1:"), "{}", good_health.origin);
}

/// A client for two servers. A single counted failure ends a request.
fn of_two(one: &Server, two: &Server) -> Client {
    let mut endpoint = one.endpoint();
    endpoint.base_urls.push(two.url.clone());
    endpoint.retries.attempts = 1;
    Client::new(endpoint).unwrap()
}

#[tokio::test]
async fn a_server_with_a_wrong_key_or_model_is_set_aside_while_another_serves() {
    let no_model = http(404, "", r#"{"error":{"message":"The model `m` does not exist."}}"#);
    let moved = http(307, "Location: https://example.com\r\n", "");
    for (refuses, why) in [
        (no_model, "answered 404: The model `m` does not exist."),
        (http(401, "", ""), "answered 401 without a message. Check the key"),
        (http(403, "", ""), "answered 403"),
        (moved, "answered 307 and points to https://example.com"),
    ] {
        let (bad, good) = (Server::start(vec![refuses]).await, Server::start(vec![says("2")]).await);
        let client = of_two(&bad, &good);
        for _ in 0..20 {
            assert!(client.ask(&request()).await.result.is_ok());
        }
        assert_eq!((bad.seen().len(), good.seen().len()), (1, 20), "once is enough");
        let [bad, good] = &client.health()[..] else { panic!("two servers") };
        let told = bad.denial.as_deref().unwrap_or_default();
        assert!(bad.set_aside.is_some() && told.starts_with("The server ") && told.contains(why), "{told}");
        assert_eq!((bad.failed, good.failed, good.set_aside, &good.denial), (1, 0, None, &None));
    }
}

#[tokio::test]
async fn a_request_that_every_server_refuses_can_never_work() {
    let (one, two) = (Server::start(vec![http(404, "", "")]).await, Server::start(vec![http(401, "", "")]).await);
    let client = of_two(&one, &two);
    for asked in 1..4 {
        let failure = client.ask(&request()).await.result.unwrap_err();
        assert_eq!(failure.class, Class::ConfigError, "{failure}");
        assert!(one.seen().len() + two.seen().len() <= asked + 1, "both were heard once");
    }
    // One refuses what is in the request, and the other would too: it is of no use to ask.
    let (too_long, good) = (Server::start(vec![http(400, "", "")]).await, Server::start(vec![http(400, "", "")]).await);
    let failure = of_two(&too_long, &good).ask(&request()).await.result.unwrap_err();
    assert_eq!((failure.class, too_long.seen().len() + good.seen().len()), (Class::ConfigError, 1));
}

#[tokio::test]
async fn where_one_server_refuses_and_the_other_is_down_it_may_work_later() {
    let (refuses, down) = (Server::start(vec![http(404, "", "")]).await, Server::start(vec![http(502, "", "")]).await);
    let client = of_two(&refuses, &down);
    for _ in 0..6 {
        let failure = client.ask(&request()).await.result.unwrap_err();
        assert_eq!(failure.class, Class::ServerError, "{failure}");
    }
}

#[tokio::test]
async fn when_all_are_down_the_failure_is_told_as_with_one_server() {
    let (one, two) = (Server::start(vec![http(502, "", "")]).await, Server::start(vec![http(502, "", "")]).await);
    let mut endpoint = one.endpoint();
    endpoint.base_urls.push(two.url.clone());
    let client = Client::new(endpoint).unwrap();
    for _ in 0..5 {
        let failure = client.ask(&request()).await.result.unwrap_err();
        assert_eq!(failure.class, Class::ServerError);
    }
}
