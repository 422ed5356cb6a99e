//! A scripted server on loopback: one act per request, in order; the last one repeats.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::llm::{Client, Datum, Endpoint, Message, Request, Retries, Sampling, Step, Url};

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Writes these bytes and then nothing, until the client closes.
    Hang(Vec<u8>),
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: Value,
    pub arrived: Instant,
    /// When the answer had been written.
    pub answered: Option<Instant>,
}

#[derive(Clone)]
pub struct Server {
    pub url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    pub closed: Arc<Notify>,
}

impl Server {
    pub async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
        let server = Self { url, seen: Arc::default(), closed: Arc::default() };
        let served = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream, acts.clone()));
            }
        });
        server
    }

    async fn serve(self, mut stream: TcpStream, acts: Vec<Act>) -> Option<()> {
        let (head, body) = read_request(&mut stream).await?;
        let index = {
            let mut seen = self.seen.lock().unwrap();
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            seen.push(Seen { head, body, arrived: Instant::now(), answered: None });
            seen.len() - 1
        };
        let (Act::Bytes(bytes) | Act::Hang(bytes)) = &acts[index.min(acts.len() - 1)];
        // A client that has read enough may hang up while we write.
        let _ = stream.write_all(bytes).await;
        self.seen.lock().unwrap()[index].answered = Some(Instant::now());
        if matches!(&acts[index.min(acts.len() - 1)], Act::Hang(_)) {
            let mut rest = [0; 64];
            while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
            self.closed.notify_one();
        }
        Some(())
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The endpoint, with all patience but without long pauses.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            retries: Retries { pause: Duration::from_millis(1), ..Retries::default() },
            ..Endpoint::new("test", self.url.clone())
        }
    }

    pub fn client(&self) -> Client {
        Client::new(self.endpoint()).unwrap()
    }
}

pub async fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        let read = stream.read_buf(&mut bytes).await.ok()?;
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0);
            let mut body = bytes.split_off(end + 4);
            while body.len() < length {
                if stream.read_buf(&mut body).await.ok()? == 0 {
                    return None;
                }
            }
            return Some((head, body));
        }
        if read == 0 {
            return None;
        }
    }
}

/// A whole HTTP response.
pub fn http(status: u16, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Bytes(
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .into_bytes(),
    )
}

/// A finished completion.
pub fn says(text: &str) -> Act {
    let body = json!({
        "model": "served",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    });
    http(200, "", &body.to_string())
}

/// A response whose end is the end of the connection.
pub fn until_close(kind: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n{body}").into_bytes()
}

pub fn request() -> Request {
    Request {
        step: Step::Answer,
        model: "m".to_owned(),
        messages: vec![Message::user("Why?")],
        shared: Datum::default(),
        sampling: Sampling::default(),
        schema: None,
        stream: false,
    }
}
