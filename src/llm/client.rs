//! Asking an endpoint: one retry layer around one attempt, behind one gate.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response};
use sse_stream::SseByteStream;
use tokio::time::{Instant, sleep, timeout};

use super::endpoint::EndpointError;
use super::gate::Permit;
use super::request::Dialect;
use super::retry::Next;
use super::stream::Progress;
use super::transport::{Base, Body, timed_out};
use super::{
    Accumulator, Attempt, Class, Delta, Endpoint, Failure, Gate, Outcome, Phase, Reply, Request,
    classify,
};

/// How long the token counts may lag behind the end of a streamed reply.
const GRACE: Duration = Duration::from_secs(2);

const PLAIN: &str = "application/json";
const STREAM: &str = "text/event-stream";

/// A client for one [`Endpoint`]. Cloning is cheap; clones share the gate, the connections and what
/// was learned about the server. Dropping a future that asks closes its connection.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    bases: Vec<Base>,
    turn: AtomicUsize,
    gate: Arc<Gate>,
    learned: AtomicU8,
}

const COMPLETION_TOKENS: u8 = 1;
const NO_STREAM_OPTIONS: u8 = 2;
const NO_SCHEMA: u8 = 4;

impl Client {
    /// A client for `endpoint`. Nothing is sent yet.
    ///
    /// # Errors
    /// What [`Endpoint::check`] refuses, and a TLS or proxy setup that does not work.
    pub fn new(endpoint: Endpoint) -> Result<Self, EndpointError> {
        endpoint.check()?;
        let bases = endpoint
            .base_urls
            .iter()
            .map(|url| Base::new(&endpoint, url))
            .collect::<Result<_, _>>()?;
        let gate = Gate::new(endpoint.max_in_flight);
        let inner = Inner {
            endpoint,
            bases,
            turn: AtomicUsize::new(0),
            gate,
            learned: AtomicU8::new(0),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The endpoint this client asks.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// The endpoint's rate gate: for pausing, for changing the concurrency, for showing it.
    #[must_use]
    pub fn gate(&self) -> &Arc<Gate> {
        &self.inner.gate
    }

    /// Whether the server has refused a JSON schema before.
    #[must_use]
    pub fn refuses_schema(&self) -> bool {
        self.knows(NO_SCHEMA)
    }

    /// Asks, and asks again where that makes sense. `request.stream` chooses how the reply travels.
    pub async fn ask(&self, request: &Request) -> Outcome {
        self.ask_streaming(request, |_| {}).await
    }

    /// [`ask`](Self::ask), with the pieces of a streamed reply as they come.
    pub async fn ask_streaming(
        &self,
        request: &Request,
        mut on_delta: impl FnMut(Delta<'_>) + Send,
    ) -> Outcome {
        if request.schema.is_some() && self.refuses_schema() {
            return ended(Err(Failure::new(
                Class::SchemaUnsupported,
                "This server refused a JSON schema before.",
            )));
        }
        let mut chat = Chat {
            client: self,
            request,
            max_tokens: request.sampling.max_tokens,
            body: None,
        };
        let mut earlier = Vec::new();
        loop {
            let permit = self.inner.gate.enter().await;
            let result = self.within_total(chat.attempt(&mut on_delta)).await;
            let mut failure = match result {
                Ok(reply) => {
                    permit.accepted();
                    let max_tokens = chat.max_tokens;
                    return Outcome {
                        result: Ok(reply),
                        earlier,
                        max_tokens,
                    };
                }
                Err(failure) => self.named(failure),
            };
            if !chat.adapt(&mut failure) {
                match self.settle(permit, &mut failure, &earlier).await {
                    Next::GiveUp => {
                        return Outcome {
                            result: Err(failure),
                            earlier,
                            max_tokens: chat.max_tokens,
                        };
                    }
                    Next::MoreTokens if !chat.allow_more(&failure) => {
                        return Outcome {
                            result: Err(failure),
                            earlier,
                            max_tokens: chat.max_tokens,
                        };
                    }
                    _ => {}
                }
            }
            earlier.push(Attempt {
                class: failure.class,
                usage: failure.usage,
            });
            on_delta(Delta::Restart);
        }
    }

    /// Sends `body` to `url_of` and reads the reply with `read`; the same gate, bounds and retries.
    pub(super) async fn fetch<T>(
        &self,
        method: Method,
        url_of: fn(&Base) -> &reqwest::Url,
        body: Option<Bytes>,
        read: fn(u16, &HeaderMap, &[u8]) -> Result<T, Failure>,
    ) -> Outcome<T> {
        let mut earlier = Vec::new();
        loop {
            let permit = self.inner.gate.enter().await;
            let attempt = async {
                let base = self.base();
                let response = base
                    .send(
                        self.endpoint(),
                        method.clone(),
                        url_of(base),
                        body.clone(),
                        PLAIN,
                    )
                    .await?;
                self.read_plain(response, read).await
            };
            let mut failure = match self.within_total(attempt).await {
                Ok(value) => {
                    permit.accepted();
                    return Outcome {
                        result: Ok(value),
                        earlier,
                        max_tokens: None,
                    };
                }
                Err(failure) => self.named(failure),
            };
            match self.settle(permit, &mut failure, &earlier).await {
                Next::Pause(_) | Next::Gate(_) => {
                    earlier.push(Attempt {
                        class: failure.class,
                        usage: None,
                    });
                }
                Next::GiveUp | Next::MoreTokens => {
                    return Outcome {
                        result: Err(failure),
                        earlier,
                        max_tokens: None,
                    };
                }
            }
        }
    }

    async fn within_total<T>(
        &self,
        attempt: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        match self.endpoint().timeouts.total {
            None => attempt.await,
            Some(total) => timeout(total, attempt)
                .await
                .unwrap_or_else(|_| Err(timed_out(Phase::Total, total))),
        }
    }

    /// Decides what follows a failure, tells the gate, gives the permit back and takes the pause.
    async fn settle(&self, permit: Permit, failure: &mut Failure, earlier: &[Attempt]) -> Next {
        let next = self.endpoint().retries.next(failure, earlier);
        match next {
            Next::Gate(wait) if failure.class == Class::RateLimited => permit.refused(wait),
            Next::Gate(wait) => self.inner.gate.shut_for(wait),
            _ => {}
        }
        drop(permit);
        if let Next::Pause(pause) = next {
            sleep(pause).await;
        }
        next
    }

    async fn read_plain<T>(
        &self,
        response: Response,
        read: fn(u16, &HeaderMap, &[u8]) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = Body::new(response, self.endpoint())
            .whole()
            .await
            .map_err(|f| f.status(status))?;
        read(status, &headers, &body)
    }

    /// The failure with the endpoint's name, and without the key if the server echoed it.
    fn named(&self, mut failure: Failure) -> Failure {
        failure.message = format!("Endpoint '{}': {}", self.endpoint().name, failure.message);
        if let Some(key) = &self.endpoint().key {
            failure.message = key.redact(&failure.message);
            failure.raw_excerpt = key.redact(&failure.raw_excerpt);
        }
        failure
    }

    fn base(&self) -> &Base {
        let turn = self.inner.turn.fetch_add(1, Ordering::Relaxed);
        &self.inner.bases[turn % self.inner.bases.len()]
    }

    fn knows(&self, fact: u8) -> bool {
        self.inner.learned.load(Ordering::Relaxed) & fact != 0
    }

    /// Remembers a fact about the server; false if it was known.
    fn learn(&self, fact: u8) -> bool {
        self.inner.learned.fetch_or(fact, Ordering::Relaxed) & fact == 0
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            completion_tokens: self.knows(COMPLETION_TOKENS),
            no_stream_options: self.knows(NO_STREAM_OPTIONS),
        }
    }
}

/// One request on its way through its attempts.
struct Chat<'a> {
    client: &'a Client,
    request: &'a Request,
    max_tokens: Option<u32>,
    /// The serialised request with what it was made from; made once unless that changes.
    body: Option<(Dialect, Option<u32>, Bytes)>,
}

impl Chat<'_> {
    async fn attempt(
        &mut self,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Reply, Failure> {
        let body = self.body()?;
        let base = self.client.base();
        let accept = if self.request.stream { STREAM } else { PLAIN };
        let response = base
            .send(
                self.client.endpoint(),
                Method::POST,
                &base.chat,
                Some(body),
                accept,
            )
            .await?;
        let streamed = response.status().is_success()
            && response
                .headers()
                .get(CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok())
                .is_some_and(|kind| kind.trim_start().starts_with(STREAM));
        if streamed {
            read_stream(Body::new(response, self.client.endpoint()), on_delta).await
        } else {
            self.client.read_plain(response, classify).await
        }
    }

    fn body(&mut self) -> Result<Bytes, Failure> {
        let dialect = self.client.dialect();
        if let Some((made_for, max_tokens, body)) = &self.body
            && (*made_for, *max_tokens) == (dialect, self.max_tokens)
        {
            return Ok(body.clone());
        }
        let body = self
            .request
            .body(dialect, self.max_tokens)
            .map(Bytes::from)
            .map_err(|error| {
                Failure::new(
                    Class::ConfigError,
                    format!("The request cannot be written as JSON: {error}."),
                )
            })?;
        self.body = Some((dialect, self.max_tokens, body.clone()));
        Ok(body)
    }

    /// Learns from a refused parameter *name*; true if asking again under another name may work.
    fn adapt(&mut self, failure: &mut Failure) -> bool {
        if failure.class == Class::SchemaUnsupported {
            if self.request.schema.is_some() {
                self.client.learn(NO_SCHEMA);
            } else {
                let server = failure.status.is_some_and(|status| status >= 500);
                failure.class = if server {
                    Class::ServerError
                } else {
                    Class::ConfigError
                };
            }
            return false;
        }
        if failure.class != Class::ConfigError || !matches!(failure.status, Some(400 | 422)) {
            return false;
        }
        let Some((made_for, ..)) = self.body else {
            return false;
        };
        let said =
            |name: &str| failure.message.contains(name) || failure.raw_excerpt.contains(name);
        if said("max_completion_tokens") && self.max_tokens.is_some() && !made_for.completion_tokens
        {
            self.client.learn(COMPLETION_TOKENS);
            return true;
        }
        if said("stream_options") && self.request.stream && !made_for.no_stream_options {
            self.client.learn(NO_STREAM_OPTIONS);
            return true;
        }
        false
    }

    /// Doubles the token limit after a cut reply; false if no limit is known.
    fn allow_more(&mut self, failure: &Failure) -> bool {
        let used = failure
            .usage
            .and_then(|usage| u32::try_from(usage.completion_tokens).ok());
        let Some(limit) = self.max_tokens.or(used).filter(|limit| *limit > 0) else {
            return false;
        };
        self.max_tokens = Some(limit.saturating_mul(2));
        true
    }
}

async fn read_stream(
    body: Body<'_>,
    on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
) -> Result<Reply, Failure> {
    let mut events = pin!(SseByteStream::new(body.pieces()));
    let mut reply = Accumulator::default();
    let mut deadline = None;
    loop {
        let event = match deadline {
            None => events.next().await,
            // The reply is whole: wait a little for counts and for the clean end that lets the
            // connection be used again.
            Some(at) => tokio::time::timeout_at(at, events.next())
                .await
                .unwrap_or(None),
        };
        let data = match event {
            None => return reply.end(None),
            Some(Err(sse_stream::Error::Body(error))) => {
                let cut = error.downcast::<Failure>().map_or_else(
                    |other| Failure::new(Class::Transport, format!("The stream broke: {other}.")),
                    |failure| *failure,
                );
                return reply.end(Some(cut));
            }
            Some(Err(error)) => {
                let message = format!("The stream is damaged: {error}.");
                return reply.end(Some(Failure::new(Class::Malformed, message)));
            }
            Some(Ok(event)) => event.data.unwrap_or_default(),
        };
        match reply.event(&data, on_delta) {
            Progress::More => {}
            Progress::Finished | Progress::Over => {
                deadline.get_or_insert_with(|| Instant::now() + GRACE);
            }
        }
    }
}

fn ended<T>(result: Result<T, Failure>) -> Outcome<T> {
    Outcome {
        result,
        earlier: Vec::new(),
        max_tokens: None,
    }
}
