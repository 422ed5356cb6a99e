//! Chat completions: what is asked, what goes wrong on request, and how the reply is sent.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::header::{CACHE_CONTROL, HeaderValue};
use hyper::{Response, StatusCode};

use super::body::ReplyBody;
use super::faults::Fault;
use super::ledger::InFlight;
use super::model::{self, Content, Generated, Usage};
use super::request::{ChatRequest, Step};
use super::rng::mix;
use super::routes::{Outcome, Service, json_reply, refusal, typed_reply};
use super::{cheap, mishap, spoil, wire};

/// Characters per event of a stream that is written at once.
const PIECE: usize = 24;

/// The shortest pause between two pieces of a paced stream, in seconds.
const SHORTEST_PACE: f64 = 0.005;

/// Answers the chat-completions request in `body`.
pub async fn answer(service: &Service, body: &[u8]) -> Outcome {
    let request = match read(body) {
        Ok(request) => request,
        Err(refused) => return Ok(*refused),
    };
    let step = request.step();
    let hash = request.prompt_hash();
    let in_flight = service.ledger.begin(step, (!service.options.cheap).then_some(hash));
    if service.options.transcript {
        service.ledger.keep(&request);
    }
    let left = match service.admit() {
        Ok(left) => left.filter(|_| service.options.rate_headers),
        Err(seconds) => return Ok(mishap::too_many(Duration::try_from_secs_f64(seconds).ok())),
    };
    if service.options.faults.no_schema && request.wants_json() {
        return Ok(no_schema());
    }
    let fault = mishap::draw(service, step);
    pause(service, fault).await;
    if let Some(fault) = fault
        && fault.replaces_the_reply()
    {
        service.ledger.fault(&fault.name(), step);
        if let Some(outcome) = mishap::instead(service, fault).await {
            return outcome;
        }
    }
    let mut seed = request.seed(service.options.seed, &hash);
    if request.seed.is_none() && matches!(step, Step::Propose | Step::Syllabus) {
        // These prompts are asked several times on purpose, to see what differs.
        seed = mix(seed, in_flight.earlier());
    }
    let cheap = service.options.cheap.then(|| cheap::reply(&request, step, seed)).flatten();
    let contents = match cheap {
        Some(text) => vec![Content::Text(text)],
        None => model::reply(service.knowledge, &request, seed),
    };
    let reply = Reply { service, request: &request, step, seed, in_flight };
    let mut reply = reply.send(&contents, fault).await;
    if let Some(left) = left {
        left.tell(&mut reply);
    }
    Ok(reply)
}

fn read(body: &[u8]) -> Result<ChatRequest, Box<Response<ReplyBody>>> {
    let request: ChatRequest = serde_json::from_slice(body).map_err(|error| {
        let message = format!("We could not parse the JSON body of your request: {error}.");
        Box::new(refusal(StatusCode::BAD_REQUEST, &message, None, None))
    })?;
    if request.messages.is_empty() {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
        let refused = refusal(StatusCode::BAD_REQUEST, message, Some("messages"), Some("empty_array"));
        return Err(Box::new(refused));
    }
    Ok(request)
}

async fn pause(service: &Service, fault: Option<Fault>) {
    let late = if fault == Some(Fault::Slow) { service.options.faults.slow_by } else { Duration::ZERO };
    let pause = service.options.latency.saturating_add(late);
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
}

fn no_schema() -> Response<ReplyBody> {
    let message = "Invalid parameter: 'response_format' is not supported with this model.";
    refusal(StatusCode::BAD_REQUEST, message, Some("response_format"), Some("unsupported_parameter"))
}

/// A completion on its way out.
struct Reply<'a> {
    service: &'a Service,
    request: &'a ChatRequest,
    step: Step,
    seed: u64,
    in_flight: InFlight,
}

impl Reply<'_> {
    async fn send(self, contents: &[Content], drawn: Option<Fault>) -> Response<ReplyBody> {
        let memory = &self.service.memory;
        let mut is_spoiled = false;
        let mut choices: Vec<Generated> = Vec::with_capacity(contents.len());
        for content in contents {
            let spoiled = drawn.and_then(|fault| spoil::spoil(fault, self.request, content, memory, self.seed));
            is_spoiled |= spoiled.is_some();
            choices.push(spoiled.unwrap_or_else(|| model::finish(self.request, content)));
        }
        // A fault that can do nothing to this content leaves the reply as it is.
        let fault = drawn.filter(|fault| is_spoiled || fault.is_of_transport());
        if let Some(fault) = fault {
            self.service.ledger.fault(&fault.name(), self.step);
        }
        let mut regular = fault.is_none_or(|fault| fault == Fault::Slow);
        if regular && self.step == Step::Answer && !self.service.options.cheap {
            memory.keep(self.request.last_user());
        }
        if fault == Some(Fault::NoChoices) {
            choices.clear();
            regular = false;
        }
        let usage = model::usage(self.request, &choices);
        let streamed = self.request.stream == Some(true);
        let mut body = if streamed { self.stream(&choices, usage) } else { self.whole(&choices, usage).await };
        if regular {
            body = body.counting(self.in_flight, usage);
        } else {
            body = mishap::broken(body, fault).holding(self.in_flight);
        }
        if streamed {
            let mut reply = typed_reply(StatusCode::OK, "text/event-stream", body);
            reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            reply
        } else {
            json_reply(StatusCode::OK, body)
        }
    }

    async fn whole(&self, choices: &[Generated], usage: Usage) -> ReplyBody {
        if let Some(rate) = self.rate() {
            let writing = Duration::try_from_secs_f64(usage.completion as f64 / rate);
            tokio::time::sleep(writing.unwrap_or(Duration::MAX)).await;
        }
        let shown = (!self.service.options.faults.no_usage).then_some(usage);
        ReplyBody::whole(wire::completion(&self.id(), choices, shown))
    }

    fn stream(&self, choices: &[Generated], usage: Usage) -> ReplyBody {
        let wanted = self.request.stream_options.is_some_and(|options| options.include_usage);
        let shown = (wanted && !self.service.options.faults.no_usage).then_some(usage);
        match self.rate() {
            Some(rate) => {
                // A piece holds as many tokens as fit the shortest pause that a timer keeps well.
                let piece_tokens = (rate * SHORTEST_PACE).ceil().max(1.0);
                let pace = Duration::try_from_secs_f64(piece_tokens / rate).unwrap_or(Duration::MAX);
                let events = wire::events(&self.id(), choices, shown, piece_tokens as usize * 4);
                ReplyBody::parts(events, Some(pace))
            }
            None => {
                let mut bytes = BytesMut::new();
                for event in wire::events(&self.id(), choices, shown, PIECE) {
                    bytes.extend_from_slice(&event);
                }
                ReplyBody::parts([Bytes::from(bytes)], None)
            }
        }
    }

    fn id(&self) -> String {
        format!("chatcmpl-demo-{:016x}", self.seed)
    }

    fn rate(&self) -> Option<f64> {
        self.service.options.tokens_per_second.filter(|rate| *rate > 0.0)
    }
}
