//! A plain reply and the one class it belongs to. Pure: status, headers and body in, verdict out.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::completion::Completion;
use super::server_error::{self, ServerError};
use super::stream::Accumulator;
use super::{Class, Failure, Reply};

/// Judges an unstreamed chat completion. The status is not the truth: bodies of all statuses are
/// read, since servers send errors with 200 and finished completions with 400.
///
/// # Errors
/// The [`Failure`] with the class of everything that is not a whole, finished reply.
pub fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Result<Reply, Failure> {
    if (300..400).contains(&status) {
        return Err(server_error::redirect(status, headers));
    }
    if let Some(usual) = Completion::usual(body) {
        return usual.judge().map_err(|failure| failure.status(status));
    }
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        let text = String::from_utf8_lossy(body);
        if is_event_stream(&text) {
            return Accumulator::read(&text);
        }
        return Err(server_error::not_json(status, headers, &text));
    };
    judge(status, headers, &mut json, |_| String::from_utf8_lossy(body).into_owned())
}

/// The same for a body that came inside another file: a line of a batch's results.
///
/// # Errors
/// As [`classify`].
pub fn classify_json(status: u16, mut body: Value) -> Result<Reply, Failure> {
    judge(status, &HeaderMap::new(), &mut body, Value::to_string)
}

fn judge(
    status: u16,
    headers: &HeaderMap,
    json: &mut Value,
    raw: impl FnOnce(&Value) -> String,
) -> Result<Reply, Failure> {
    if let Some(result) = completion(json) {
        return result.map_err(|failure| failure.status(status));
    }
    if let Some(failure) = error(status, headers, json) {
        return Err(failure.excerpt(&raw(json)));
    }
    let (class, message) = match json.get("choices") {
        Some(_) => (Class::Empty, "The server answered without any choice."),
        None => (Class::Malformed, "The server answered with JSON that is not a chat completion."),
    };
    Err(Failure::new(class, message).status(status).excerpt(&raw(json)))
}

/// The failure that a reply's status or body states, if it states one.
pub(super) fn error(status: u16, headers: &HeaderMap, json: &Value) -> Option<Failure> {
    let found = match ServerError::find(json) {
        Some(found) => found,
        None if (200..300).contains(&status) => return None,
        None => ServerError::default(),
    };
    Some(found.failure(status, headers))
}

/// The verdict on the first choice of a body without a top-level error; `None` if there is none.
fn completion(json: &mut Value) -> Option<Result<Reply, Failure>> {
    if json.get("error").is_some_and(|error| !error.is_null()) {
        return None;
    }
    let mut choice = json.get_mut("choices")?.get_mut(0)?.take();
    let mut completion = Completion::default();
    completion.absorb_frame(json);
    if let Some(found) = ServerError::named(&choice) {
        return Some(Err(found.failure(200, &HeaderMap::new())));
    }
    completion.absorb(&mut choice);
    Some(completion.judge())
}

fn is_event_stream(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    ["data:", "event:", ":", "id:"].iter().any(|field| start.starts_with(field))
}
