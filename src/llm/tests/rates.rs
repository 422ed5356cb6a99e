//! "Too many requests": nobody asks before the time the server named.

use std::time::Duration;

use tokio::task::JoinSet;

use super::server::{Server, http, request, says};
use crate::llm::{Class, Client, Message, Request};

const BUSY: &str = r#"{"error":{"message":"Too many requests"}}"#;

#[tokio::test]
async fn nobody_asks_again_before_retry_after() {
    for (header, wait) in
        [("Retry-After-Ms: 350\r\n", Duration::from_millis(350)), ("Retry-After: 0.5\r\n", Duration::from_millis(500))]
    {
        let server = Server::start(vec![http(429, header, BUSY), says("So.")]).await;
        let mut endpoint = server.endpoint();
        endpoint.max_in_flight = 1;
        let client = Client::new(endpoint).unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..6 {
            let client = client.clone();
            tasks.spawn(async move { client.ask(&request()).await.result.is_ok() });
        }
        assert!(tasks.join_all().await.into_iter().all(|accepted| accepted));
        let seen = server.seen();
        assert_eq!(seen.len(), 7);
        let refused = seen[0].answered.unwrap();
        for later in &seen[1..] {
            // The wait counts from when the refusal was read, which is after it was written.
            assert!(later.arrived - refused >= wait, "{header}");
        }
    }
}

#[tokio::test]
async fn a_burst_lowers_the_limit_and_success_keeps_it_in_bounds() {
    let busy = || http(429, "Retry-After-Ms: 20\r\n", BUSY);
    let mut acts: Vec<_> = (0..8).map(|_| busy()).collect();
    acts.push(says("So."));
    let server = Server::start(acts).await;
    let mut endpoint = server.endpoint();
    endpoint.max_in_flight = 8;
    let client = Client::new(endpoint).unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        tasks.spawn(async move { client.ask(&request()).await });
    }
    let outcomes = tasks.join_all().await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    let asked: usize = outcomes.iter().map(|outcome| outcome.attempts).sum();
    assert_eq!(asked, server.seen().len(), "the counts add up to the requests sent");
    assert!(client.gate().limit() < 8);
    assert_eq!(client.gate().in_flight(), 0);
}

#[tokio::test]
async fn a_far_reset_and_an_empty_purse_end_the_quota_at_once() {
    let table = [
        (http(429, "Retry-After: 1382400\r\n", BUSY), Some(1_382_400)),
        (http(429, "", r#"{"error":{"message":"x","code":"insufficient_quota"}}"#), None),
        (http(402, "", r#"{"error":{"message":"Insufficient credits"}}"#), None),
    ];
    for (act, wait) in table {
        let server = Server::start(vec![act]).await;
        let failure = server.client().ask(&request()).await.result.unwrap_err();
        assert_eq!(failure.class, Class::QuotaEnded);
        assert_eq!(failure.retry_after.map(|wait| wait.as_secs()), wait);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn an_overloaded_server_is_given_the_time_it_asks_for() {
    let server = Server::start(vec![http(503, "Retry-After: 0.15\r\n", ""), says("So.")]).await;
    let outcome = server.client().ask(&request()).await;
    assert!(outcome.result.is_ok());
    let seen = server.seen();
    assert!(seen[1].arrived - seen[0].answered.unwrap() >= Duration::from_millis(150));
}

#[tokio::test]
async fn who_was_told_when_to_come_back_keeps_its_place_before_those_who_come_meanwhile() {
    let server = Server::start(vec![http(429, "Retry-After: 0.3\r\n", BUSY), says("So.")]).await;
    let mut endpoint = server.endpoint();
    endpoint.max_in_flight = 1;
    let client = Client::new(endpoint).unwrap();
    let ask = |text: &str| {
        let (client, asked) = (client.clone(), Request { messages: vec![Message::user(text)], ..request() });
        tokio::spawn(async move { client.ask(&asked).await.result.is_ok() })
    };
    let first = ask("first");
    while server.seen().is_empty() || client.gate().in_flight() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(client.gate().opens_in().is_some());
    let second = ask("second");
    assert!(first.await.unwrap() && second.await.unwrap());
    let order: Vec<_> = server.seen().iter().map(|seen| seen.body["messages"][0]["content"].clone()).collect();
    assert_eq!(order, ["first", "first", "second"]);
}
