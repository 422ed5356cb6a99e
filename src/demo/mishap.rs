//! Faults of the server and the way to it: statuses, silence, wrong pages, lost connections.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};

use super::body::{End, ReplyBody};
use super::faults::Fault;
use super::request::Step;
use super::routes::{Closed, Outcome, Service, json_reply, refusal, typed_reply};
use super::wire;

/// Where a redirect points: a host that never resolves.
const ELSEWHERE: &str = "http://elsewhere.invalid/v1/chat/completions";

/// The page that stands in for a proxy's.
const PAGE: &[u8] = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n\
                      <body><h1>Bad Gateway</h1><p>The proxy could not reach the model.</p></body></html>\n";

/// Draws the fault for the next request of `step`; [`Ledger::fault`](super::Ledger::fault) counts it once it has had its effect.
pub fn draw(service: &Service, step: Step) -> Option<Fault> {
    let faults = &service.options.faults;
    if !faults.concern(step) {
        return None;
    }
    faults.pick(step, service.options.seed, service.ledger.next_faultable())
}

/// What is sent in place of a regular reply; `None` when `fault` lets one through.
pub async fn instead(service: &Service, fault: Fault) -> Option<Outcome> {
    let reply = match fault {
        Fault::Status(status) => Ok(refused(service, status)),
        Fault::Quota => Ok(refusal(
            StatusCode::TOO_MANY_REQUESTS,
            "You exceeded your current quota, please check your plan and billing details.",
            None,
            Some("insufficient_quota"),
        )),
        Fault::Reset => Err(Closed),
        Fault::Hang => std::future::pending().await,
        Fault::Html => {
            Ok(typed_reply(StatusCode::OK, "text/html; charset=utf-8", ReplyBody::whole(Bytes::from_static(PAGE))))
        }
        Fault::Redirect => {
            let mut reply = refusal(StatusCode::TEMPORARY_REDIRECT, "The model has moved.", None, None);
            reply.headers_mut().insert(LOCATION, HeaderValue::from_static(ELSEWHERE));
            Ok(reply)
        }
        Fault::ErrorIn200 => {
            let body = wire::error("The upstream provider failed.", "server_error", None, Some("502"));
            Ok(json_reply(StatusCode::OK, ReplyBody::whole(body)))
        }
        _ => return None,
    };
    Some(reply)
}

/// 429 that says when to come back, if anything.
pub fn too_many(wait: Option<Duration>) -> Response<ReplyBody> {
    let message = "Rate limit reached for provost-demo. Please try again later.";
    let mut reply = refusal(StatusCode::TOO_MANY_REQUESTS, message, None, Some("rate_limit_exceeded"));
    retry_after(&mut reply, wait);
    reply
}

/// How a body breaks off under `fault`, if it does.
pub fn broken(body: ReplyBody, fault: Option<Fault>) -> ReplyBody {
    match fault {
        Some(Fault::Cut) => body.halved(End::Dropped),
        Some(Fault::Stall) => body.halved(End::Silent),
        Some(Fault::Half) => body.halved(End::Whole),
        _ => body,
    }
}

fn refused(service: &Service, status: u16) -> Response<ReplyBody> {
    let wait = service.options.faults.retry_after;
    if status == 429 {
        return too_many(wait);
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or("Error");
    let message = format!("{reason}: this is a fault on request.");
    let mut reply = refusal(status, &message, None, None);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        retry_after(&mut reply, wait);
    }
    reply
}

/// Whole seconds in the standard header, milliseconds in the one that some clients prefer.
fn retry_after(reply: &mut Response<ReplyBody>, wait: Option<Duration>) {
    let Some(wait) = wait else { return };
    let seconds = HeaderValue::from(wait.as_secs_f64().ceil() as u64);
    reply.headers_mut().insert(RETRY_AFTER, seconds);
    let millis = HeaderValue::from(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    reply.headers_mut().insert(HeaderName::from_static("retry-after-ms"), millis);
}
