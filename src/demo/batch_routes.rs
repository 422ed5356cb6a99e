//! Which request goes where, of files and batches.

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::batch_faults::BatchFault;
use super::body::{End, ReplyBody};
use super::files::Refused;
use super::mishap;
use super::routes::{Closed, Outcome, Service, json_reply, read, refusal, typed_reply};
use super::wire;

/// Entries of a page if nobody says.
const PAGE: usize = 20;

/// Whether a path is one of files, batches or their clock.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    ["/v1/files", "/v1/batches", "/demo/clock"]
        .iter()
        .any(|ours| path.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Answers one request.
pub async fn route(service: &Service, head: &Parts, body: Incoming) -> Outcome {
    let query = |name: &str| {
        let pairs = head.uri.query().unwrap_or_default().split('&');
        pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let limit = query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE).clamp(1, 100);
    let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
    let batches = &service.batches;
    match (&head.method, path.as_slice()) {
        (&Method::POST, ["demo", "clock"]) => {
            batches.hurry(query("advance").and_then(|seconds| seconds.parse().ok()).unwrap_or(0));
            Ok(ok(&json!({"ok": true})))
        }
        (&Method::POST, ["v1", "files"]) => upload(service, head, body).await,
        (&Method::GET, ["v1", "files"]) => Ok(page(batches.files.list(query("purpose"), query("after"), limit))),
        (&Method::GET, ["v1", "files", id]) => Ok(found(batches.files.get(id).map(|file| file.json()), "file", id)),
        (&Method::GET, ["v1", "files", id, "content"]) => Ok(content(service, id)),
        (&Method::DELETE, ["v1", "files", id]) => {
            let deleted = batches.files.delete(id).then(|| json!({"id": id, "object": "file", "deleted": true}));
            Ok(found(deleted, "file", id))
        }
        (&Method::POST, ["v1", "batches"]) => match read(body).await {
            Ok(body) => create(service, &body),
            Err(refused) => Ok(refused),
        },
        (&Method::GET, ["v1", "batches"]) => Ok(page(batches.list(query("after"), limit))),
        (&Method::GET, ["v1", "batches", id]) => Ok(found(batches.get(id), "batch", id)),
        (&Method::POST, ["v1", "batches", id, "cancel"]) => Ok(found(batches.cancel(id), "batch", id)),
        (method, _) => {
            let message = format!("Unknown request URL: {method} {}.", head.uri.path());
            Ok(refusal(StatusCode::NOT_FOUND, &message, None, Some("unknown_url")))
        }
    }
}

fn ok(value: &Value) -> hyper::Response<ReplyBody> {
    json_reply(StatusCode::OK, ReplyBody::whole(wire::bytes_of(value)))
}

fn found(value: Option<Value>, what: &str, id: &str) -> hyper::Response<ReplyBody> {
    match value {
        Some(value) => ok(&value),
        None => refusal(StatusCode::NOT_FOUND, &format!("No {what} found with id '{id}'."), Some("id"), None),
    }
}

fn page((data, more): (Vec<Value>, bool)) -> hyper::Response<ReplyBody> {
    let id = |entry: Option<&Value>| entry.map(|entry| entry["id"].clone());
    ok(
        &json!({"object": "list", "first_id": id(data.first()), "last_id": id(data.last()), "data": data, "has_more": more}),
    )
}

async fn upload(service: &Service, head: &Parts, body: Incoming) -> Outcome {
    if service.options.batch_faults.take(BatchFault::BusyUpload).is_some() {
        return Ok(mishap::too_many(service.options.faults.retry_after));
    }
    let media = head.headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let boundary = media.split("boundary=").nth(1).map(|text| text.split(';').next().unwrap_or(text).trim_matches('"'));
    let Some(boundary) = boundary.filter(|_| media.starts_with("multipart/form-data")) else {
        let message = "A file is uploaded as multipart/form-data.";
        return Ok(refusal(StatusCode::BAD_REQUEST, message, None, None));
    };
    let refused = match service.batches.files.upload(boundary, body).await {
        Ok(file) => return Ok(ok(&file.json())),
        Err(Refused::Form(message)) => refusal(StatusCode::BAD_REQUEST, message, Some("file"), None),
        Err(Refused::TooLarge) => refusal(StatusCode::PAYLOAD_TOO_LARGE, "A file may have 200 MB.", Some("file"), None),
        Err(Refused::Broken) => refusal(StatusCode::BAD_REQUEST, "The upload broke off.", None, None),
    };
    Ok(refused)
}

fn content(service: &Service, id: &str) -> hyper::Response<ReplyBody> {
    let file = service.batches.files.get(id);
    let Some((file, content)) = file.and_then(|file| Some((file.clone(), file.open().ok()?))) else {
        return found(None, "file", id);
    };
    let mut body = ReplyBody::file(content, file.bytes);
    if service.options.batch_faults.take(BatchFault::CutDownload).is_some() {
        body = body.halved(End::Dropped);
    }
    typed_reply(StatusCode::OK, "application/octet-stream", body)
}

fn create(service: &Service, body: &Bytes) -> Outcome {
    let wrong = |message: &str, param: &str| Ok(refusal(StatusCode::BAD_REQUEST, message, Some(param), None));
    let Ok(ask) = serde_json::from_slice::<Value>(body) else {
        return wrong("We could not parse the JSON body of your request.", "");
    };
    let faults = &service.options.batch_faults;
    if faults.take(BatchFault::RefuseCreate).is_some() {
        let message = "The server is overloaded.";
        return Ok(refusal(StatusCode::SERVICE_UNAVAILABLE, message, None, None));
    }
    if ask["endpoint"] != "/v1/chat/completions" {
        return wrong("This server has batches of /v1/chat/completions only.", "endpoint");
    }
    let (file, window) = (ask["input_file_id"].as_str().unwrap_or_default(), ask["completion_window"].as_str());
    match service.batches.create(file, window.unwrap_or("24h"), ask["metadata"].clone()) {
        None => wrong(&format!("Invalid file id: '{file}'."), "input_file_id"),
        Some(_) if faults.take(BatchFault::DropCreate).is_some() => Err(Closed),
        Some(batch) => Ok(ok(&batch)),
    }
}
