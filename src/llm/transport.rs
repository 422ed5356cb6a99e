//! Bytes out and in over HTTP: the client for one base URL, its timeouts and bounds.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use tokio::time::timeout;

use super::endpoint::{Endpoint, EndpointError, KeyHeader, Proxy};
use super::{Class, Failure, Origin, Phase};

/// Bytes a second below which an upload is given up, however long it may take for its reply to begin.
const SLOWEST_UPLOAD: u64 = 64 << 10;

/// One base URL of an endpoint, ready to be asked.
#[derive(Debug)]
pub(super) struct Base {
    /// Scheme, host and port.
    pub origin: String,
    http: reqwest::Client,
    headers: HeaderMap,
    /// The base URL itself.
    pub root: Url,
    pub chat: Url,
    pub models: Url,
    pub embeddings: Url,
}

/// A body with its media type.
pub(super) struct Payload {
    pub body: reqwest::Body,
    /// Said where it is not JSON.
    pub media: Option<String>,
    /// Said in the head, where it cannot be told from the body.
    pub length: Option<u64>,
}

impl Payload {
    pub fn json(body: Bytes) -> Self {
        Self { body: body.into(), media: None, length: None }
    }
}

impl Base {
    pub fn new(endpoint: &Endpoint, url: &Url) -> Result<Self, EndpointError> {
        let fail = |what: &str| EndpointError(format!("Endpoint '{}' cannot be used: {what}", endpoint.name));
        // A provider that is there already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(endpoint.timeouts.connect)
            // Shorter than the 5 s after which uvicorn (vLLM, FastAPI) closes an idle connection.
            .pool_idle_timeout(Duration::from_secs(4))
            .tcp_nodelay(true)
            .referer(false);
        if endpoint.http1_only {
            builder = builder.http1_only();
        }
        let origin = Origin::of(url);
        let named = origin.as_ref().map(Origin::to_string).unwrap_or_default();
        let near = origin.as_ref().is_some_and(Origin::is_private);
        builder = match &endpoint.proxy {
            Proxy::System if !near => builder,
            Proxy::At(proxy) if !near => builder
                .no_proxy()
                .proxy(reqwest::Proxy::all(proxy.clone()).map_err(|_| fail("its proxy address is not a URL."))?),
            _ => builder.no_proxy(),
        };
        if near && origin.is_some_and(|origin| origin.is_plain()) {
            // Without redirects and proxies no certificate is ever looked at: spare reading them all.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| {
            fail(&format!("TLS or the proxy could not be set up ({}).", reason(&error.without_url())))
        })?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = endpoint.key.as_ref().filter(|_| endpoint.may_have_key(url)) {
            let (name, value) = match endpoint.key_header {
                KeyHeader::Bearer => (AUTHORIZATION, format!("Bearer {}", key.expose())),
                KeyHeader::ApiKey => (HeaderName::from_static("api-key"), key.expose().to_owned()),
            };
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| fail("its key holds characters that no header can carry."))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Self {
            origin: named,
            http,
            headers,
            root: url.clone(),
            chat: below(url, "chat/completions"),
            models: below(url, "models"),
            embeddings: below(url, "embeddings"),
        })
    }

    /// Sends one request and waits for the head of the response.
    pub fn send(
        &self,
        endpoint: &Endpoint,
        method: Method,
        url: &Url,
        body: Option<Bytes>,
        accept: &'static str,
    ) -> impl Future<Output = Result<Response, Failure>> {
        self.dispatch(endpoint, method, url, body.map(Payload::json), accept)
    }

    /// The same with a body of any type.
    pub async fn dispatch(
        &self,
        endpoint: &Endpoint,
        method: Method,
        url: &Url,
        payload: Option<Payload>,
        accept: &'static str,
    ) -> Result<Response, Failure> {
        let mut request = reqwest::Request::new(method, url.clone());
        request.headers_mut().clone_from(&self.headers);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        let mut patience = endpoint.timeouts.first_byte;
        if let Some(Payload { body, media, length }) = payload {
            // What media types are made of is ours.
            if let Some(Ok(media)) = media.as_deref().map(HeaderValue::from_str) {
                headers.insert(CONTENT_TYPE, media);
            }
            if let Some(length) = length {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
                // The reply begins when all of it is there.
                patience += Duration::from_secs(length / SLOWEST_UPLOAD);
            }
            *request.body_mut() = Some(body);
        }
        match timeout(patience, self.http.execute(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(of_send(error, url, endpoint)),
            Err(_) => Err(timed_out(Phase::FirstByte, patience)),
        }
    }
}

/// `path` under the base URL, whose query stays.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}/{path}", base.path().trim_end_matches('/'));
    url.set_path(&joined);
    url.set_fragment(None);
    url
}

/// The body of a response: bounded in size after decompression, and in the time between two pieces.
pub(super) struct Body<'a> {
    response: Response,
    endpoint: &'a Endpoint,
    seen: usize,
}

impl<'a> Body<'a> {
    pub fn new(response: Response, endpoint: &'a Endpoint) -> Self {
        Self { response, endpoint, seen: 0 }
    }

    /// The next piece; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        let times = &self.endpoint.timeouts;
        let (phase, patience) = match self.seen {
            0 => (Phase::FirstByte, times.first_byte.max(times.idle)),
            _ => (Phase::Idle, times.idle),
        };
        let chunk = match timeout(patience, self.response.chunk()).await {
            Ok(Ok(chunk)) => chunk,
            Ok(Err(error)) => return Err(of_body(error)),
            Err(_) => return Err(timed_out(phase, patience)),
        };
        self.seen += chunk.as_ref().map_or(0, Bytes::len);
        if self.seen > self.endpoint.max_body {
            return Err(Failure::new(
                Class::Malformed,
                format!(
                    "The reply is larger than {} bytes after decompression and was not read further.",
                    self.endpoint.max_body
                ),
            ));
        }
        Ok(chunk)
    }

    /// The whole body.
    pub async fn whole(mut self) -> Result<Bytes, Failure> {
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.chunk().await? else {
            return Ok(first);
        };
        let mut all = Vec::with_capacity(2 * (first.len() + second.len()));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(more) = self.chunk().await? {
            all.extend_from_slice(&more);
        }
        Ok(all.into())
    }

    /// The pieces as a stream.
    pub fn pieces(self) -> impl Stream<Item = Result<Bytes, Failure>> + use<'a> {
        stream::try_unfold(self, |mut body| async move { Ok(body.chunk().await?.map(|chunk| (chunk, body))) })
    }
}

pub(super) fn timed_out(phase: Phase, after: Duration) -> Failure {
    let what = match phase {
        Phase::Connect => "No connection came about",
        Phase::FirstByte => "The server sent nothing",
        Phase::Idle => "The reply stopped coming",
        Phase::Total => "The reply was not complete",
    };
    let message = format!(
        "{what} within {} s. Is the server overloaded? The patience is set in the profile.",
        after.as_secs_f64()
    );
    Failure::new(Class::Timeout(phase), message)
}

/// An error before the head of the response.
fn of_send(error: reqwest::Error, url: &Url, endpoint: &Endpoint) -> Failure {
    let error = error.without_url();
    let place = Origin::of(url).map_or_else(|| "the server".to_owned(), |origin| origin.to_string());
    if error.is_connect() && error.is_timeout() {
        return timed_out(Phase::Connect, endpoint.timeouts.connect);
    }
    if error.is_dns() {
        return Failure::new(
            Class::Transport,
            format!("The name of {place} cannot be resolved. Check the base URL and the network."),
        );
    }
    let why = reason(&error);
    if is_tls(&error) {
        return Failure::new(
            Class::ConfigError,
            format!("No trusted connection to {place}: {why}. Check the base URL and its certificate."),
        );
    }
    if error.is_connect() {
        return Failure::new(Class::Transport, format!("No connection to {place}: {why}. Is the server running?"));
    }
    if error.is_builder() {
        return Failure::new(Class::ConfigError, format!("The request to {place} cannot be made: {why}."));
    }
    Failure::new(Class::Transport, format!("The connection to {place} broke: {why}."))
}

/// An error inside the body: cut short is a damaged reply, anything else is the network.
pub(super) fn of_body(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let why = reason(&error);
    let cut = causes(&error)
        .any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message));
    if cut || error.is_decode() && !is_io(&error) {
        return Failure::new(Class::Malformed, format!("The reply is cut or damaged: {why}."));
    }
    Failure::new(Class::Transport, format!("The connection broke inside the reply: {why}."))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    fn inner<'a>(cause: &&'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        let cause = *cause;
        // An io::Error hides its inner error from `source`.
        match cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(hidden) => Some(hidden),
            None => cause.source(),
        }
    }
    std::iter::successors(error.source(), inner)
}

fn is_tls(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>())
}

fn is_io(error: &reqwest::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset))
}

/// The innermost cause, which is the one that says something.
fn reason(error: &reqwest::Error) -> String {
    let text = causes(error).last().map_or_else(|| error.to_string(), ToString::to_string);
    super::text::excerpt(&text, 200)
}
