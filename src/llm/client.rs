//! Asking an endpoint: one retry layer around one attempt, behind one gate.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::balance::Wanted;
use super::chat::Chat;
use super::endpoint::EndpointError;
use super::gate::Permit;
use super::request::Dialect;
use super::retry::Next;
use super::transport::{Base, Body, timed_out};
use super::{Attempt, Class, Delta, Endpoint, Failure, Gate, Health, Outcome, Phase, Request, Usage};

/// How often somebody patient who wants to leave looks whether the server still lets anybody pass.
const LOOK: Duration = Duration::from_millis(100);

pub(super) const PLAIN: &str = "application/json";

/// A client for one [`Endpoint`]. Cloning is cheap; clones share the gate, the connections and what
/// was learned about the server. Dropping a future that asks closes its connection.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    /// What its requests have in common, so that they go to one server.
    near: Option<u64>,
    /// Whether it waits for servers that are away.
    patient: bool,
    /// Set where whoever asks may want to leave before a request is sent.
    leave: Option<Leave>,
}

/// The wish to leave the queue at the gate.
#[derive(Clone, Debug)]
struct Leave {
    wish: CancellationToken,
    patience: Duration,
}

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    bases: Vec<Base>,
    gate: Arc<Gate>,
    learned: AtomicU8,
}

/// What can be learned about a server from its refusals; one bit each.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fact {
    /// It says `max_completion_tokens` for `max_tokens`.
    CompletionTokens = 1,
    /// It does not know `stream_options`.
    NoStreamOptions = 2,
    /// It takes no JSON schema.
    NoSchema = 4,
}

impl Client {
    /// A client for `endpoint`. Nothing is sent yet.
    ///
    /// # Errors
    /// What [`Endpoint::check`] refuses, and a TLS or proxy setup that does not work.
    pub fn new(endpoint: Endpoint) -> Result<Self, EndpointError> {
        endpoint.check()?;
        let bases = endpoint.base_urls.iter().map(|url| Base::new(&endpoint, url)).collect::<Result<_, _>>()?;
        let gate = Gate::new(endpoint.max_in_flight, endpoint.base_urls.len());
        let inner = Inner { endpoint, bases, gate, learned: AtomicU8::new(0) };
        Ok(Self { inner: Arc::new(inner), near: None, patient: false, leave: None })
    }

    /// The same client for requests that begin alike, such as those of one syllabus: of several equal servers they go
    /// to the same one while that costs nobody a place, because it may still have the beginning in its cache.
    #[must_use]
    pub fn near(&self, key: u64) -> Self {
        Self { near: Some(key), ..self.clone() }
    }

    /// The same client for whoever rather waits than fails: once all servers are away that were there, requests wait for them
    /// for five minutes, tried again by one of them after 1, 2, 4 ... 60 s. That costs no request a try.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { patient: true, ..self.clone() }
    }

    /// The same client for whoever may want to leave: once `wish` is cancelled nothing is sent any more. What waits at the
    /// gate lets go, at once where the server keeps it waiting, else after `patience`; a request that is out is waited for,
    /// and not sent again. The failure is of the class [`Class::Cancelled`].
    #[must_use]
    pub fn leaving(&self, wish: CancellationToken, patience: Duration) -> Self {
        Self { leave: Some(Leave { wish, patience }), ..self.clone() }
    }

    /// How each of the endpoint's servers does, in the order of its base URLs.
    #[must_use]
    pub fn health(&self) -> Vec<Health> {
        self.inner.gate.health(self.inner.bases.iter().map(|base| base.origin.as_str()))
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

    /// The body that [`ask`](Self::ask) would send for this request right now.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn body(&self, request: &Request) -> Result<Vec<u8>, Failure> {
        request.body(self.dialect(), request.sampling.max_tokens).map_err(|error| {
            Failure::new(Class::ConfigError, format!("The request cannot be written as JSON: {error}."))
        })
    }

    /// Whether the server has refused a JSON schema before.
    #[must_use]
    pub fn refuses_schema(&self) -> bool {
        self.knows(Fact::NoSchema)
    }

    /// Asks, and asks again where that makes sense. `request.stream` chooses how the reply travels.
    pub async fn ask(&self, request: &Request) -> Outcome {
        self.ask_streaming(request, |_| {}).await
    }

    /// [`ask`](Self::ask), with the pieces of a streamed reply as they come.
    pub async fn ask_streaming(&self, request: &Request, mut on_delta: impl FnMut(Delta<'_>) + Send) -> Outcome {
        if request.schema.is_some() && self.refuses_schema() {
            let told = Failure::new(
                Class::SchemaUnsupported,
                "This server refused a JSON schema before. Ask without one (structuring: two-rounds).",
            );
            return Outcome { attempts: 0, ..Outcome::new(Err(self.named(told)), Vec::new()) };
        }
        let mut chat = Chat::new(self, request);
        let mut tries = Tries::default();
        let result = loop {
            let Some(permit) = self.enter(&tries).await else { break Err(self.named(left())) };
            let attempted = {
                let attempt = pin!(chat.attempt(self.base(&permit), &permit, &mut on_delta));
                self.within_total(attempt).await
            };
            let mut failure = match attempted {
                Ok(reply) => {
                    permit.served(reply.usage.map(Usage::total));
                    break Ok(reply);
                }
                Err(failure) => self.named(failure),
            };
            if chat.adapt(&mut failure) {
                permit.served(None);
                tries.note(&failure);
            } else {
                match self.settle(permit, &mut failure, &mut tries).await {
                    Next::Pause(_) | Next::Gate(_) | Next::Elsewhere => {}
                    Next::MoreTokens if chat.allow_more(&failure) => {}
                    Next::MoreTokens | Next::GiveUp => break Err(failure),
                }
            }
            on_delta(Delta::Restart);
        };
        Outcome { max_tokens: chat.max_tokens(), ..Outcome::new(result, tries.all) }
    }

    /// Sends `body` to `url_of` and reads the reply with `read`; the same gate, bounds and retries.
    pub(super) async fn fetch<T>(
        &self,
        method: Method,
        url_of: fn(&Base) -> &reqwest::Url,
        body: Option<Bytes>,
        read: fn(u16, &HeaderMap, &[u8]) -> Result<T, Failure>,
    ) -> Outcome<T> {
        let mut tries = Tries::default();
        let result = loop {
            let Some(permit) = self.enter(&tries).await else { break Err(self.named(left())) };
            let attempt = async {
                let base = self.base(&permit);
                let (method, body) = (method.clone(), body.clone());
                let response = base.send(self.endpoint(), method, url_of(base), body, PLAIN).await?;
                permit.heard(response.headers());
                self.read_plain(response, read).await
            };
            let mut failure = match self.within_total(pin!(attempt)).await {
                Ok(value) => {
                    permit.served(None);
                    break Ok(value);
                }
                Err(failure) => self.named(failure),
            };
            match self.settle(permit, &mut failure, &mut tries).await {
                Next::Pause(_) | Next::Gate(_) | Next::Elsewhere => {}
                Next::MoreTokens | Next::GiveUp => break Err(failure),
            }
        };
        Outcome::new(result, tries.all)
    }

    /// Leave to send, unless whoever asks leaves before.
    async fn enter(&self, tries: &Tries) -> Option<Permit> {
        let gate = &self.inner.gate;
        let entering = gate.enter(Wanted { near: self.near, not: tries.failed_at, patient: self.patient });
        let Some(Leave { wish, patience }) = &self.leave else { return Some(entering.await) };
        // A request that failed is not sent again by who wants to leave.
        let again = !tries.all.is_empty();
        let leaving = async {
            wish.cancelled().await;
            let patience = if again { Duration::ZERO } else { *patience };
            let end = Instant::now() + patience;
            while gate.opens_in().is_none() && gate.waits().is_none() && Instant::now() < end {
                sleep(LOOK.min(patience)).await;
            }
        };
        tokio::select! {
            biased;
            () = leaving => None,
            permit = entering => Some(permit),
        }
    }

    /// A pause, which ends when whoever asks wants to leave.
    async fn pause(&self, pause: Duration) {
        match &self.leave {
            None => sleep(pause).await,
            Some(leave) => drop(timeout(pause, leave.wish.cancelled()).await),
        }
    }

    /// Pinned elsewhere: an attempt is large, and would be there twice.
    async fn within_total<T, A: Future<Output = Result<T, Failure>>>(
        &self,
        attempt: Pin<&mut A>,
    ) -> Result<T, Failure> {
        match self.endpoint().timeouts.total {
            None => attempt.await,
            Some(total) => timeout(total, attempt).await.unwrap_or_else(|_| Err(timed_out(Phase::Total, total))),
        }
    }

    /// Decides what follows a failure, tells the gate, gives the permit back and takes the pause. What is
    /// not given up is noted among the tries.
    async fn settle(&self, permit: Permit, failure: &mut Failure, tries: &mut Tries) -> Next {
        // As long as another server may take it, that this one does not is the server's fault.
        let denies = is_denial(failure);
        let denied = denies && !permit.denied(self.unnamed(&failure.message));
        if denied {
            failure.class = Class::ServerError;
        }
        let is_down = denied || is_down(failure);
        // Another server may do it: that this one failed is not the request's fault.
        let moves = is_down && tries.moved + 1 < self.inner.bases.len();
        let next = if moves { Next::Elsewhere } else { self.endpoint().retries.next(failure, &tries.counted) };
        let busy = matches!(failure.status, Some(429 | 503 | 529));
        match (failure.class, next) {
            _ if denies => {}
            (Class::RateLimited, Next::Gate(_)) => permit.refused(failure.retry_after),
            (Class::RateLimited | Class::QuotaEnded, _) => permit.refused(None),
            (Class::ServerError | Class::Transport | Class::Timeout(_), _) => permit.failed(busy, is_down),
            _ => permit.served(failure.usage.map(Usage::total)),
        }
        // Whoever is patient waits at the gate for one that is back.
        let waits = is_down && self.patient && self.inner.gate.waits().is_some();
        let next = if waits { Next::Elsewhere } else { next };
        if matches!(next, Next::Gate(_) | Next::Elsewhere) {
            permit.shut_for(failure.retry_after.unwrap_or_default());
        }
        tries.failed_at =
            matches!(failure.class, Class::ServerError | Class::Transport | Class::Timeout(_)).then(|| permit.lane());
        drop(permit);
        match next {
            Next::GiveUp => return next,
            Next::Pause(pause) => self.pause(pause).await,
            // The server did not say how long: the gate is open for others, who come more slowly.
            Next::Gate(pause) if failure.retry_after.is_none() => self.pause(pause).await,
            Next::Elsewhere => tries.moved += 1,
            Next::Gate(_) | Next::MoreTokens => {}
        }
        tries.note(failure);
        if next != Next::Elsewhere {
            tries.counted.push(Attempt { class: failure.class, usage: failure.usage });
            tries.moved = 0;
        }
        next
    }

    pub(super) async fn read_plain<T>(
        &self,
        mut response: Response,
        read: fn(u16, &HeaderMap, &[u8]) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = Body::new(response, self.endpoint()).whole().await.map_err(|f| f.status(status))?;
        read(status, &headers, &body)
    }

    /// The failure with the endpoint's name, and without the key if the server echoed it.
    pub(super) fn named(&self, mut failure: Failure) -> Failure {
        failure.message = format!("Endpoint '{}': {}", self.endpoint().name, failure.message);
        if let Some(key) = &self.endpoint().key {
            failure.message = key.redact(&failure.message);
            failure.raw_excerpt = key.redact(&failure.raw_excerpt);
        }
        failure
    }

    /// A message without the endpoint's name.
    fn unnamed<'a>(&self, message: &'a str) -> &'a str {
        let said = message.strip_prefix("Endpoint '").and_then(|rest| rest.strip_prefix(&self.endpoint().name));
        said.and_then(|rest| rest.strip_prefix("': ")).unwrap_or(message)
    }

    /// The server of files and batches.
    pub(super) fn first(&self) -> &Base {
        &self.inner.bases[0]
    }

    /// The server that `permit` is for.
    fn base(&self, permit: &Permit) -> &Base {
        &self.inner.bases[permit.lane()]
    }

    fn knows(&self, fact: Fact) -> bool {
        self.inner.learned.load(Ordering::Relaxed) & fact as u8 != 0
    }

    /// Remembers a fact about the server.
    pub(super) fn learn(&self, fact: Fact) {
        self.inner.learned.fetch_or(fact as u8, Ordering::Relaxed);
    }

    pub(super) fn dialect(&self) -> Dialect {
        Dialect {
            completion_tokens: self.knows(Fact::CompletionTokens),
            no_stream_options: self.knows(Fact::NoStreamOptions),
        }
    }
}

/// What came of a request that nobody wanted sent any more.
fn left() -> Failure {
    Failure::new(Class::Cancelled, "It was not sent, because the run was stopped.")
}

/// The attempts of one request so far.
#[derive(Default)]
struct Tries {
    /// All of them, oldest first.
    all: Vec<Attempt>,
    /// Those that count against the bounds: not those that went on at another server.
    counted: Vec<Attempt>,
    /// Moves to another server since the last one that counts.
    moved: usize,
    /// The server that failed last.
    failed_at: Option<usize>,
}

impl Tries {
    fn note(&mut self, failure: &Failure) {
        self.all.push(Attempt { class: failure.class, usage: failure.usage });
    }
}

/// Whether the server refuses the request whatever is in it: the key, the address or the model is wrong.
fn is_denial(failure: &Failure) -> bool {
    failure.class == Class::ConfigError && matches!(failure.status, Some(300..=399 | 401 | 403..=405))
}

/// Whether a failure says that the server is away, and nothing about the request.
fn is_down(failure: &Failure) -> bool {
    match failure.class {
        Class::Transport | Class::Timeout(Phase::Connect) => true,
        Class::ServerError => failure.status.is_some_and(|status| matches!(status, 502..=504 | 521..=524)),
        _ => false,
    }
}
