//! One chat completion: how it is written, what is learned when it is refused, how the reply is read.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use sse_stream::SseByteStream;
use tokio::time::{Instant, timeout_at};

use super::client::{Fact, PLAIN};
use super::request::Dialect;
use super::stream::Progress;
use super::transport::{Base, Body};
use super::{Accumulator, Class, Client, Delta, Failure, Permit, Reply, Request, classify};

const STREAM: &str = "text/event-stream";

/// How long the token counts may lag behind the end of a streamed reply.
const GRACE: Duration = Duration::from_secs(2);

/// One request on its way through its attempts.
pub(super) struct Chat<'a> {
    client: &'a Client,
    request: &'a Request,
    max_tokens: Option<u32>,
    /// The serialised request with what it was made from; made once unless that changes.
    body: Option<(Dialect, Option<u32>, Bytes)>,
}

impl<'a> Chat<'a> {
    pub fn new(client: &'a Client, request: &'a Request) -> Self {
        Self { client, request, max_tokens: request.sampling.max_tokens, body: None }
    }

    /// The token limit of the last attempt.
    pub fn max_tokens(&self) -> Option<u32> {
        self.max_tokens
    }

    /// Sends the request once and reads the reply.
    pub async fn attempt(
        &mut self,
        base: &Base,
        permit: &Permit,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Reply, Failure> {
        let body = self.body()?;
        let accept = if self.request.stream { STREAM } else { PLAIN };
        let response = base.send(self.client.endpoint(), Method::POST, &base.chat, Some(body), accept).await?;
        permit.heard(response.headers());
        let streamed = response.status().is_success()
            && response
                .headers()
                .get(CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok())
                .is_some_and(|kind| kind.trim_start().starts_with(STREAM));
        let reply = if streamed {
            read_stream(Body::new(response, self.client.endpoint()), on_delta).await
        } else {
            self.client.read_plain(response, classify).await
        };
        reply.map(|reply| self.without_key(reply))
    }

    /// The reply without the key, should a server say what it was sent: what is kept of a reply may be published.
    fn without_key(&self, mut reply: Reply) -> Reply {
        let Some(key) = &self.client.endpoint().key else { return reply };
        let texts = [Some(&mut reply.text), reply.reasoning.as_mut(), reply.model.as_mut()];
        for text in texts.into_iter().flatten().filter(|text| key.is_in(text)) {
            *text = key.redact(text);
        }
        reply
    }

    fn body(&mut self) -> Result<Bytes, Failure> {
        let dialect = self.client.dialect();
        if let Some((made_for, max_tokens, body)) = &self.body
            && (*made_for, *max_tokens) == (dialect, self.max_tokens)
        {
            return Ok(body.clone());
        }
        let body = self.request.body(dialect, self.max_tokens).map(Bytes::from).map_err(|error| {
            Failure::new(Class::ConfigError, format!("The request cannot be written as JSON: {error}."))
        })?;
        self.body = Some((dialect, self.max_tokens, body.clone()));
        Ok(body)
    }

    /// Learns from a refused parameter *name*; true if asking again under another name may work.
    pub fn adapt(&mut self, failure: &mut Failure) -> bool {
        if failure.class == Class::SchemaUnsupported {
            if self.request.schema.is_some() {
                self.client.learn(Fact::NoSchema);
            } else {
                let server = failure.status.is_some_and(|status| status >= 500);
                failure.class = if server { Class::ServerError } else { Class::ConfigError };
            }
            return false;
        }
        if failure.class != Class::ConfigError || !matches!(failure.status, Some(400 | 422)) {
            return false;
        }
        let Some((made_for, ..)) = self.body else {
            return false;
        };
        let said = |name: &str| failure.message.contains(name) || failure.raw_excerpt.contains(name);
        if said("max_completion_tokens") && self.max_tokens.is_some() && !made_for.completion_tokens {
            self.client.learn(Fact::CompletionTokens);
            return true;
        }
        if said("stream_options") && self.request.stream && !made_for.no_stream_options {
            self.client.learn(Fact::NoStreamOptions);
            return true;
        }
        false
    }

    /// Doubles the token limit after a cut reply; false if no limit is known.
    pub fn allow_more(&mut self, failure: &Failure) -> bool {
        let used = failure.usage.and_then(|usage| u32::try_from(usage.completion_tokens).ok());
        let Some(limit) = self.max_tokens.or(used).filter(|limit| *limit > 0) else {
            return false;
        };
        self.max_tokens = Some(limit.saturating_mul(2));
        true
    }
}

async fn read_stream(body: Body<'_>, on_delta: &mut (dyn FnMut(Delta<'_>) + Send)) -> Result<Reply, Failure> {
    let mut events = pin!(SseByteStream::new(body.pieces()));
    let mut reply = Accumulator::default();
    let mut deadline = None;
    loop {
        let event = match deadline {
            None => events.next().await,
            // The reply is whole: wait a little for counts and for the clean end that lets the
            // connection be used again.
            Some(at) => timeout_at(at, events.next()).await.unwrap_or(None),
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
