//! The server over loopback, as a client sees it.

use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};

use super::{DemoServer, Options};

fn client() -> Client {
    // A second install fails, which is fine: there is a provider then.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

fn server(faults: &str) -> DemoServer {
    DemoServer::start(Options { faults: faults.parse().unwrap(), ..Options::default() }).unwrap()
}

fn bare(question: &str) -> Value {
    json!({"model": "provost-demo", "messages": [{"role": "user", "content": question}]})
}

fn propose() -> Value {
    let prompt =
        "List children.\n<data>\nstep: propose\nkind: discipline\nparent: Engineering\nparent_kind: field\n</data>";
    let schema = json!({"type": "json_schema", "json_schema": {"name": "provost_nodes", "schema": {}}});
    json!({"messages": [{"role": "user", "content": prompt}], "response_format": schema})
}

async fn post(server: &DemoServer, body: &Value) -> reqwest::Result<Response> {
    client().post(format!("{}/chat/completions", server.base_url())).json(body).send().await
}

async fn json_of(server: &DemoServer, body: &Value) -> Value {
    post(server, body).await.unwrap().json().await.unwrap()
}

/// Returns once `count` requests were open at the same time.
async fn in_flight(server: &DemoServer, count: u64) {
    while server.ledger().snapshot().most_in_flight < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_plain_completion_is_complete_and_repeatable() {
    let server = server("");
    let first = json_of(&server, &bare("Why is the sky blue?")).await;
    assert_eq!(first["model"], "provost-demo");
    assert_eq!(first["choices"][0]["finish_reason"], "stop");
    assert!(first["usage"]["completion_tokens"].as_u64().unwrap() > 0);
    assert_eq!(first, json_of(&server, &bare("Why is the sky blue?")).await);
    let seen = server.ledger().snapshot();
    assert_eq!((seen.requests, seen.distinct_prompts, seen.repeated_answers), (2, 1, 1));
}

#[tokio::test]
async fn a_stream_says_the_same_as_the_plain_reply() {
    let server = server("");
    let plain = json_of(&server, &bare("What is entropy?")).await;
    let mut body = bare("What is entropy?");
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    let reply = post(&server, &body).await.unwrap();
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    let text = reply.text().await.unwrap();
    let events: Vec<&str> = text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap()).collect();
    assert_eq!(events.last(), Some(&"[DONE]"));
    let chunks: Vec<Value> =
        events[..events.len() - 1].iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let joined: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(joined, plain["choices"][0]["message"]["content"].as_str().unwrap());
    assert_eq!(chunks.last().unwrap()["usage"], plain["usage"]);
}

#[tokio::test]
async fn limits_and_choices_are_honoured() {
    let server = server("");
    let mut body = bare("What is entropy?");
    body["max_tokens"] = json!(2);
    body["n"] = json!(3);
    let reply = json_of(&server, &body).await;
    assert_eq!(reply["choices"].as_array().unwrap().len(), 3);
    assert_eq!(reply["choices"][2]["finish_reason"], "length");
    assert!(reply["choices"][0]["message"]["content"].as_str().unwrap().chars().count() <= 8);
}

#[tokio::test]
async fn bad_requests_get_an_error_in_the_usual_shape() {
    let server = server("");
    let reply = post(&server, &json!({"model": "x"})).await.unwrap();
    assert_eq!(reply.status(), 400);
    assert_eq!(reply.json::<Value>().await.unwrap()["error"]["type"], "invalid_request_error");
    assert_eq!(post(&server, &json!({"messages": []})).await.unwrap().status(), 400);
    let missing = client().get(format!("{}/nothing", server.base_url())).send().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(missing.json::<Value>().await.unwrap()["error"]["code"], "unknown_url");
    let method = client().get(format!("{}/chat/completions", server.base_url())).send().await.unwrap();
    assert_eq!(method.status(), 405);
}

#[tokio::test]
async fn models_embeddings_and_the_ledger_are_served() {
    let server = server("");
    let get = async |url: String| -> Value { client().get(url).send().await.unwrap().json().await.unwrap() };
    assert_eq!(get(format!("{}/models", server.base_url())).await["data"][0]["id"], "provost-demo");
    let body = json!({"model": "m", "input": ["Optics", "Welding"]});
    let reply = client().post(format!("{}/embeddings", server.base_url())).json(&body).send().await.unwrap();
    let vectors: Value = reply.json().await.unwrap();
    assert_eq!(vectors["data"][1]["embedding"].as_array().unwrap().len(), 256);
    post(&server, &bare("Why?")).await.unwrap();
    let ledger = get(format!("http://{}/demo/ledger?prompts", server.address())).await;
    assert_eq!(ledger["steps"]["answer"]["requests"], 1);
    assert_eq!(ledger["steps"]["embeddings"]["answered"], 1);
    assert_eq!(ledger["prompts"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rate_limit_names_the_wait_and_lets_the_next_request_pass() {
    let server = server("429@answer,first=1,retry-after=1.5");
    let refused = post(&server, &bare("Why?")).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "2");
    assert_eq!(refused.headers()["retry-after-ms"], "1500");
    assert_eq!(post(&server, &bare("Why?")).await.unwrap().status(), 200);
    let seen = server.ledger().snapshot();
    assert_eq!((seen.repeated_requests, seen.repeated_answers), (1, 0));
    assert_eq!(seen.faults["429"], 1);
}

#[tokio::test]
async fn a_request_limit_refuses_what_is_above_it() {
    let options = Options { requests_per_second: Some(1.0), ..Options::default() };
    let server = DemoServer::start(options).unwrap();
    assert_eq!(post(&server, &bare("One?")).await.unwrap().status(), 200);
    let refused = post(&server, &bare("Two?")).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
}

#[tokio::test]
async fn faults_of_the_way_look_like_real_ones() {
    let status = async |faults: &str| post(&server(faults), &bare("Why?")).await.unwrap().status().as_u16();
    assert_eq!(status("503").await, 503);
    assert_eq!(status("redirect").await, 307);
    assert_eq!(status("quota").await, 429);
    assert!(post(&server("reset"), &bare("Why?")).await.is_err());

    let cut = server("cut");
    let reply = post(&cut, &bare("Why?")).await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.bytes().await.is_err());
    assert_eq!(cut.ledger().snapshot().steps["answer"].answered, 0);

    let half = post(&server("half"), &bare("Why?")).await.unwrap().text().await.unwrap();
    assert!(half.starts_with("{\"id\"") && serde_json::from_str::<Value>(&half).is_err());
    let page = post(&server("html"), &bare("Why?")).await.unwrap().text().await.unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
    let failed = json_of(&server("error200"), &bare("Why?")).await;
    assert!(failed["error"].is_object() && failed.get("choices").is_none());
}

#[tokio::test]
async fn faults_of_the_model_look_like_real_ones() {
    let choice = async |faults: &str| json_of(&server(faults), &bare("Why?")).await["choices"][0].clone();
    assert_eq!(choice("empty").await["message"]["content"], "");
    assert_eq!(choice("echo").await["message"]["content"], "Why?");
    assert_eq!(choice("length").await["finish_reason"], "length");
    assert_eq!(choice("filter").await["finish_reason"], "content_filter");
    assert!(choice("refusal").await["message"]["content"].is_null());
    assert!(choice("think").await["message"]["content"].as_str().unwrap().starts_with("<think>"));
    assert_eq!(json_of(&server("nochoices"), &bare("Why?")).await["choices"], json!([]));
    assert!(json_of(&server("nousage"), &bare("Why?")).await.get("usage").is_none());

    let refused = post(&server("noschema"), &propose()).await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"]["param"], "response_format");
    assert_eq!(post(&server("noschema"), &bare("Why?")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_hung_request_ends_with_the_client_or_the_server() {
    let server = server("hang@answer");
    let question = bare("Why?");
    tokio::select! {
        _ = post(&server, &question) => panic!("a hung request was answered"),
        () = in_flight(&server, 1) => {}
    }
    let address = server.address();
    server.shutdown();
    assert!(std::net::TcpListener::bind(address).is_ok());
}

#[tokio::test]
async fn concurrent_requests_are_counted() {
    let server = server("hang");
    let (first, second) = (bare("One?"), bare("Two?"));
    tokio::select! {
        _ = post(&server, &first) => panic!("a hung request was answered"),
        _ = post(&server, &second) => panic!("a hung request was answered"),
        () = in_flight(&server, 2) => {}
    }
}

#[test]
fn a_taken_port_is_an_error() {
    let first = server("");
    let options = Options { port: first.address().port(), ..Options::default() };
    assert!(DemoServer::start(options).is_err());
}
