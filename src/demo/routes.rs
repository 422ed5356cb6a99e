//! Which request goes where, and the endpoints that are not completions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::bad::Memory;
use super::batches::Batches;
use super::body::ReplyBody;
use super::knowledge::Knowledge;
use super::ledger::Ledger;
use super::limit::{Bucket, Left};
use super::model::Usage;
use super::request::Step;
use super::server::Options;
use super::{batch_routes, chat, embed, mishap, wire};

/// The largest request body that is read, in bytes.
const LARGEST_BODY: usize = 32 << 20;

/// What every request handler needs.
#[derive(Debug)]
pub struct Service {
    /// The model's knowledge.
    pub knowledge: &'static Knowledge,
    /// How to behave.
    pub options: Options,
    /// Where requests are counted.
    pub ledger: Ledger,
    /// Questions to be asked again.
    pub memory: Memory,
    /// Set while the server plays dead.
    pub down: Arc<AtomicBool>,
    bucket: Option<Mutex<Bucket>>,
    /// Files and batches.
    pub batches: Batches,
}

/// The connection is to be closed without a reply.
#[derive(Debug)]
pub struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on request")
    }
}

impl std::error::Error for Closed {}

/// A reply, or the wish to close the connection.
pub type Outcome = Result<Response<ReplyBody>, Closed>;

impl Service {
    /// A service with fresh limits.
    #[must_use]
    pub fn new(knowledge: &'static Knowledge, options: Options, ledger: Ledger) -> Self {
        let rate = options.requests_per_second.filter(|rate| *rate > 0.0);
        let bucket = rate.map(|rate| Mutex::new(Bucket::new(rate, Instant::now())));
        let batches = Batches::new(knowledge, &options, &ledger);
        Self { knowledge, options, ledger, memory: Memory::default(), down: Arc::default(), bucket, batches }
    }

    /// Takes one request out of the allowance, or says in how many seconds there will be one.
    pub fn admit(&self) -> Result<Option<Left>, f64> {
        match &self.bucket {
            Some(bucket) => bucket.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now()).map(Some),
            None => Ok(None),
        }
    }
}

/// Answers one request.
pub async fn route(service: Arc<Service>, request: Request<Incoming>) -> Outcome {
    let (head, body) = request.into_parts();
    let switch = head.uri.path().strip_prefix("/demo/").filter(|_| head.method == Method::POST);
    if let Some(word @ ("down" | "up")) = switch {
        service.down.store(word == "down", Ordering::Relaxed);
        return Ok(json_reply(StatusCode::OK, ReplyBody::whole(Bytes::from_static(b"{}"))));
    }
    if service.down.load(Ordering::Relaxed) && head.uri.path().starts_with("/v1/") {
        return Err(Closed);
    }
    match (head.uri.path(), &head.method) {
        ("/v1/chat/completions", &Method::POST) => match read(body).await {
            Ok(body) => chat::answer(&service, &body).await,
            Err(refused) => Ok(refused),
        },
        ("/v1/embeddings", &Method::POST) => match read(body).await {
            Ok(body) => embeddings(&service, &body).await,
            Err(refused) => Ok(refused),
        },
        ("/v1/models", &Method::GET) => {
            let request = service.ledger.begin(Step::Models, None);
            if let Some(outcome) = fault(&service, Step::Models).await {
                return outcome;
            }
            Ok(json_reply(StatusCode::OK, ReplyBody::whole(wire::models()).counting(request, Usage::default())))
        }
        ("/demo/ledger", &Method::GET) => {
            let with_prompts = head.uri.query() == Some("prompts");
            Ok(json_reply(StatusCode::OK, ReplyBody::whole(ledger_json(&service.ledger, with_prompts))))
        }
        (path, _) if batch_routes::is_ours(path) => batch_routes::route(&service, &head, body).await,
        ("/v1/chat/completions" | "/v1/embeddings" | "/v1/models" | "/demo/ledger", method) => {
            let message = format!("The method {method} is not allowed here.");
            Ok(refusal(StatusCode::METHOD_NOT_ALLOWED, &message, None, Some("method_not_supported")))
        }
        (path, method) => {
            let message = format!(
                "Unknown request URL: {method} {path}. This server has /v1/chat/completions, /v1/embeddings, /v1/models, /v1/files, /v1/batches, /demo/ledger and /demo/clock."
            );
            Ok(refusal(StatusCode::NOT_FOUND, &message, None, Some("unknown_url")))
        }
    }
}

/// A JSON reply.
#[must_use]
pub fn json_reply(status: StatusCode, body: ReplyBody) -> Response<ReplyBody> {
    typed_reply(status, "application/json", body)
}

/// A reply of the given media type.
#[must_use]
pub fn typed_reply(status: StatusCode, media: &'static str, body: ReplyBody) -> Response<ReplyBody> {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    reply
}

/// An error in OpenAI's shape; its type follows from the status.
#[must_use]
pub fn refusal(status: StatusCode, message: &str, param: Option<&str>, code: Option<&str>) -> Response<ReplyBody> {
    let kind = match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    json_reply(status, ReplyBody::whole(wire::error(message, kind, param, code)))
}

/// The whole body, or why it is not taken.
pub async fn read(body: Incoming) -> Result<Bytes, Response<ReplyBody>> {
    match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(_) => {
            let message = "The request body is larger than 32 MiB or was cut off.";
            Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, message, None, None))
        }
    }
}

/// The fault of a request that is no completion, if it is to have one.
async fn fault(service: &Service, step: Step) -> Option<Outcome> {
    let fault = mishap::draw(service, step)?;
    let outcome = mishap::instead(service, fault).await;
    if outcome.is_some() {
        service.ledger.fault(&fault.name(), step);
    }
    outcome
}

async fn embeddings(service: &Service, body: &[u8]) -> Outcome {
    let request = service.ledger.begin(Step::Embeddings, None);
    let input = serde_json::from_slice(body).ok().and_then(|mut body: Value| embed::inputs(body["input"].take()));
    let Some(texts) = input else {
        let message = "The embeddings request needs an 'input' that is a string or a list of strings.";
        return Ok(refusal(StatusCode::BAD_REQUEST, message, Some("input"), None));
    };
    if let Some(outcome) = fault(service, Step::Embeddings).await {
        return outcome;
    }
    let (body, usage) = embed::reply(&texts);
    Ok(json_reply(StatusCode::OK, ReplyBody::whole(wire::bytes_of(&body)).counting(request, usage)))
}

fn ledger_json(ledger: &Ledger, with_prompts: bool) -> Bytes {
    let mut body = json!(ledger.snapshot());
    if with_prompts {
        let hex = |hash: [u8; 16]| -> String { hash.iter().map(|byte| format!("{byte:02x}")).collect() };
        let prompts = ledger.prompts().into_iter().map(|(hash, counts)| (hex(hash), json!(counts)));
        body["prompts"] = Value::Object(prompts.collect());
    }
    wire::bytes_of(&body)
}
