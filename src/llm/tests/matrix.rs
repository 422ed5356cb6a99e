//! Every fault at every phase of an exchange: nothing panics, nothing hangs, each try ends in one class, nothing half is taken for
//! whole, and nobody who sends without end is read without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::server::{request, until_close};
use crate::llm::{Class, Client, Endpoint, Outcome, Phase, Reply, Request, Retries, Timeouts};

/// What a server does once it has sent what it sends.
#[derive(Clone, Debug)]
enum Then {
    /// Closes properly.
    Close,
    /// Resets the connection.
    Reset,
    /// Says nothing more.
    Hang,
    /// Sends this again and again, for as long as somebody reads.
    Repeat(&'static [u8]),
}

#[derive(Clone, Debug)]
struct Case {
    what: String,
    /// Whether the request is read before anything is sent.
    reads: bool,
    sends: Vec<u8>,
    /// One byte at a time.
    drips: bool,
    then: Then,
}

impl Case {
    fn new(what: impl Into<String>, sends: impl Into<Vec<u8>>, then: Then) -> Self {
        Self { what: what.into(), reads: true, sends: sends.into(), drips: false, then }
    }
}

/// Counts: connections, requests that were read, bytes that were sent, connections that are still open.
#[derive(Default)]
struct Counts {
    asked: AtomicUsize,
    sent: AtomicUsize,
    open: AtomicUsize,
}

async fn serve(mut stream: TcpStream, case: Arc<Case>, counts: Arc<Counts>) {
    counts.asked.fetch_add(1, Ordering::SeqCst);
    if case.reads {
        let mut seen = Vec::new();
        while !seen.ends_with(b"}") {
            if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
                return;
            }
        }
    }
    let size = if case.drips { 1 } else { case.sends.len().max(1) };
    for piece in case.sends.chunks(size) {
        if stream.write_all(piece).await.is_err() {
            return;
        }
        if case.drips {
            tokio::task::yield_now().await;
        }
    }
    counts.sent.fetch_add(case.sends.len(), Ordering::SeqCst);
    match case.then {
        Then::Close => {}
        Then::Reset => {
            let _ = stream.set_zero_linger();
        }
        Then::Hang => while stream.read_u8().await.is_ok() {},
        Then::Repeat(bytes) => {
            let many = bytes.repeat(1 + 16_384 / bytes.len());
            while stream.write_all(&many).await.is_ok() {
                counts.sent.fetch_add(many.len(), Ordering::SeqCst);
            }
        }
    }
}

/// Asks a server that does this; every try ends, and its place and its connection are free.
async fn ask(case: &Case, asked: &Request) -> (Outcome<Reply>, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    let counts = Arc::new(Counts::default());
    let (shared, told) = (Arc::new(case.clone()), counts.clone());
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            told.open.fetch_add(1, Ordering::SeqCst);
            let (case, told) = (shared.clone(), told.clone());
            tokio::spawn(async move {
                serve(stream, case, told.clone()).await;
                told.open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    let short = matches!(case.then, Then::Hang);
    let limit = |usual: u64| Duration::from_millis(if short { 40 } else { usual * 1_000 });
    let timeouts = Timeouts { first_byte: limit(60), idle: limit(60), ..Timeouts::default() };
    let retries = Retries { pause: Duration::from_millis(1), ..Retries::default() };
    let client = Client::new(Endpoint { retries, timeouts, ..Endpoint::new("test", url) }).unwrap();
    let outcome = tokio::time::timeout(Duration::from_secs(60), client.ask(asked)).await;
    let outcome = outcome.unwrap_or_else(|_| panic!("{}: it hangs", case.what));
    assert_eq!(client.gate().in_flight(), 0, "{}", case.what);
    assert_eq!(outcome.earlier.len() + 1, outcome.attempts as usize, "{}: each try has one class", case.what);
    drop(client);
    while counts.open.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
    server.abort();
    // One more connection may be made where one that was kept was closed under the request.
    assert!(counts.asked.load(Ordering::SeqCst) >= outcome.attempts as usize, "{}", case.what);
    (outcome, counts.sent.load(Ordering::SeqCst))
}

fn plain() -> Vec<u8> {
    let body = r#"{"choices":[{"message":{"content":"So."},"finish_reason":"stop"}]}"#;
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
}

fn chunked(chunks: &[&str]) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = |chunk: &&str| format!("{:x}\r\n{chunk}\r\n", chunk.len());
    format!("{head}{}0\r\n\r\n", chunks.iter().map(chunk).collect::<String>()).into()
}

fn events() -> Vec<u8> {
    chunked(&[
        "data: {\"choices\":[{\"delta\":{\"content\":\"So.\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    ])
}

fn is_of_the_line(class: Class) -> bool {
    matches!(class, Class::Transport | Class::Malformed | Class::Timeout(Phase::FirstByte | Phase::Idle))
}

#[tokio::test]
async fn a_reply_that_ends_anywhere_is_whole_or_a_failure_of_the_line() {
    for (form, whole, stream) in [("plain", plain(), false), ("events", events(), true)] {
        let asked = Request { stream, ..request() };
        let end = whole.len();
        for (name, then, stride) in [("closed", Then::Close, 3), ("reset", Then::Reset, 5), ("silent", Then::Hang, 29)]
        {
            for at in (0..=end).step_by(stride).chain([end - 1, end]) {
                let case = Case::new(format!("{form}, {name} after {at} of {end}"), &whole[..at], then.clone());
                let (outcome, _) = ask(&case, &asked).await;
                let tries = outcome.earlier.iter().map(|attempt| attempt.class);
                assert!(tries.into_iter().all(is_of_the_line), "{}", case.what);
                match outcome.result {
                    // Once it is whole it may end as it likes.
                    Ok(reply) => {
                        let ends = whole[..at].windows(6).any(|bytes| bytes == b"\"stop\"");
                        assert!(reply.text == "So." && ends, "{}: {reply:?}", case.what);
                    }
                    Err(failure) => {
                        assert!(at < end || matches!(case.then, Then::Reset), "{}: {failure}", case.what);
                        assert!(is_of_the_line(failure.class), "{}: {failure}", case.what);
                        let silent = matches!(failure.class, Class::Timeout(_));
                        assert_eq!(silent, matches!(case.then, Then::Hang), "{}: {failure}", case.what);
                    }
                }
            }
        }
        let case = Case { drips: true, ..Case::new("byte by byte", whole, Then::Close) };
        assert_eq!(ask(&case, &asked).await.0.result.unwrap().text, "So.", "{form}");
    }
}

#[tokio::test]
async fn before_a_request_is_read_nothing_is_taken_for_an_answer_either() {
    for then in [Then::Close, Then::Reset, Then::Hang] {
        for sends in [Vec::new(), b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), b"\x15\x03\x03\0\x02\x02\x28".to_vec()] {
            let what = format!("{then:?} with {sends:?}");
            let case = Case { reads: false, ..Case::new(what, sends, then.clone()) };
            let failure = ask(&case, &request()).await.0.result.unwrap_err();
            assert!(is_of_the_line(failure.class), "{}: {failure}", case.what);
        }
    }
}

#[tokio::test]
async fn lengths_and_chunks_that_lie_are_told() {
    let body = r#"{"choices":[{"message":{"content":"So."},"finish_reason":"stop"}]}"#;
    let with = |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}").into_bytes();
    let length = body.len();
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 0xcb, 0x48, 0xcd];
    let table = [
        ("shorter than it is", with("Content-Length: 20\r\n", body)),
        ("longer than it is", with(&format!("Content-Length: {}\r\n", length + 9), body)),
        ("two lengths", with(&format!("Content-Length: {length}\r\nContent-Length: 5\r\n"), body)),
        ("below nothing", with("Content-Length: -5\r\n", body)),
        ("no number", with("Content-Length: many\r\n", body)),
        ("beyond 64 bits", with("Content-Length: 99999999999999999999999\r\n", body)),
        ("no chunks", with("Transfer-Encoding: chunked\r\n", body)),
        ("a chunk of 2^64", with("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n{\"choices\":")),
        ("a chunk beyond 2^64", with("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{\"choices\":")),
        ("a chunk of -1", with("Transfer-Encoding: chunked\r\n", "-1\r\n{}")),
        ("a chunk without its end", with("Transfer-Encoding: chunked\r\n", "2\r\n{}garbage\r\n0\r\n\r\n")),
        ("no gzip", with("Content-Encoding: gzip\r\nConnection: close\r\n", body)),
        ("half a gzip", [with("Content-Encoding: gzip\r\nConnection: close\r\n", ""), gzip.to_vec()].concat()),
        ("an unknown coding", with("Content-Encoding: br\r\nConnection: close\r\n", "\u{b}\u{2}\u{80}")),
        ("no status", b"HTTP/1.1 \r\n\r\n".to_vec()),
        ("a status of 99999", b"HTTP/1.1 99999 OK\r\n\r\n".to_vec()),
        ("version 9", b"HTTP/9.9 200 OK\r\n\r\n".to_vec()),
        ("only news", b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50)),
        ("another protocol", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_vec()),
        ("header lines of garbage", with("\0\u{1}\u{2}: x\r\n", body)),
    ];
    for (what, bytes) in table {
        for stream in [false, true] {
            let (outcome, _) =
                ask(&Case::new(what, bytes.clone(), Then::Close), &Request { stream, ..request() }).await;
            let failure = outcome.result.expect_err(what);
            let class = failure.class;
            assert!(
                is_of_the_line(class) || matches!(class, Class::ConfigError | Class::ServerError),
                "{what}: {class:?} {failure}"
            );
        }
    }
}

#[tokio::test]
async fn who_sends_without_end_is_not_read_without_end() {
    // So much may lie in the system's own memory beside what is read.
    let most = 48 << 20;
    let head = |kind: &str| until_close(kind, "");
    let table = [
        ("a header line", b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), Then::Repeat(b"aaaaaaaa"), false),
        ("header lines", b"HTTP/1.1 200 OK\r\n".to_vec(), Then::Repeat(b"X-One-More: line\r\n"), false),
        ("a body", head("application/json"), Then::Repeat(b"        "), false),
        ("an error", b"HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n".to_vec(), Then::Repeat(b"no "), false),
        (
            "a line of a stream",
            [head("text/event-stream"), b"data: ".to_vec()].concat(),
            Then::Repeat(b"aaaaaaaa"),
            true,
        ),
        (
            "events",
            head("text/event-stream"),
            Then::Repeat(b"data: {\"choices\":[{\"delta\":{\"content\":\"and so on \"}}]}\n\n"),
            true,
        ),
        ("remarks", head("text/event-stream"), Then::Repeat(b": PROCESSING\n\n"), true),
        (
            "chunks with remarks",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;".to_vec(),
            Then::Repeat(b"x=y;"),
            false,
        ),
    ];
    for (what, sends, then, stream) in table {
        let (outcome, sent) = ask(&Case::new(what, sends, then), &Request { stream, ..request() }).await;
        let tries = outcome.attempts;
        let failure = outcome.result.expect_err(what);
        let class = failure.class;
        assert!(
            is_of_the_line(class) || matches!(class, Class::ConfigError | Class::ServerError),
            "{what}: {class:?} {failure}"
        );
        assert!(sent <= most * tries, "{what}: {sent} bytes in {tries} tries");
    }
}

#[tokio::test]
async fn a_connection_that_was_kept_and_then_dropped_costs_nothing() {
    // Two answers on one connection; then it is closed without a word, at the moment of the third request.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                for answers in 0..3 {
                    let mut seen = Vec::new();
                    while !seen.ends_with(b"}") {
                        if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    if answers < 2 && stream.write_all(&plain()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let retries = Retries { pause: Duration::from_millis(1), ..Retries::default() };
    let client = Client::new(Endpoint { retries, ..Endpoint::new("test", url) }).unwrap();
    for round in 0..12 {
        let outcome = client.ask(&request()).await;
        assert_eq!(outcome.result.unwrap().text, "So.", "{round}");
        assert!(outcome.earlier.iter().all(|attempt| attempt.class == Class::Transport), "{round}");
        assert!(outcome.attempts <= 2, "{round}: {}", outcome.attempts);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 6, "a connection is kept while it answers");
}
