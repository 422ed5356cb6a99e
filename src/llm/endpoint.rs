//! What a server is: its addresses, its key, and how patient to be with it. Plain values, passed in.

use std::time::Duration;

use reqwest::Url;

use super::{Origin, Secret};

/// An OpenAI-compatible server, or several equal ones behind one name.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The profile's name, for messages.
    pub name: String,
    /// Base URLs up to and including the version (`https://host/v1`); they share the work by least in flight. A
    /// query (`?api-version=`) is kept on every request.
    pub base_urls: Vec<Url>,
    /// The key, if the server wants one.
    pub key: Option<Secret>,
    /// The only origins that may receive the key. With a key, every base URL must be among them.
    pub key_hosts: Vec<Origin>,
    /// How the key is sent.
    pub key_header: KeyHeader,
    /// Allows the key to travel unencrypted to a public host.
    pub allow_plain_key: bool,
    /// Which way out to take to public hosts. Loopback and private hosts never use a proxy.
    pub proxy: Proxy,
    /// How long each phase of a request may take.
    pub timeouts: Timeouts,
    /// When to ask again.
    pub retries: Retries,
    /// Requests in flight at once at each base URL, at most; the gate goes lower when the server asks for it.
    pub max_in_flight: usize,
    /// Bytes of one reply after decompression, at most.
    pub max_body: usize,
    /// Speak HTTP/1.1 only. One HTTP/2 connection is capped by the server's stream limit, which
    /// starves a run with hundreds of requests in flight.
    pub http1_only: bool,
}

impl Endpoint {
    /// An endpoint without a key and with the default patience.
    #[must_use]
    pub fn new(name: impl Into<String>, base_url: Url) -> Self {
        Self {
            name: name.into(),
            base_urls: vec![base_url],
            key: None,
            key_hosts: Vec::new(),
            key_header: KeyHeader::Bearer,
            allow_plain_key: false,
            proxy: Proxy::System,
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            max_in_flight: 64,
            max_body: 8 << 20,
            http1_only: true,
        }
    }

    /// The same endpoint with a key bound to `host`.
    #[must_use]
    pub fn with_key(mut self, key: Secret, host: Origin) -> Self {
        self.key = Some(key);
        self.key_hosts = vec![host];
        self
    }

    /// Checks every address against the rules for keys, before anything is sent.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do about it.
    pub fn check(&self) -> Result<(), EndpointError> {
        let fail = |what: String| Err(EndpointError(format!("Endpoint '{}' cannot be used: {what}", self.name)));
        if self.base_urls.is_empty() {
            return fail("it has no base URL. Give it one that ends in /v1.".to_owned());
        }
        for url in &self.base_urls {
            let Some(origin) = Origin::of(url) else {
                return fail(format!(
                    "a base URL must start with http:// or https://, and this one starts with {}:.",
                    url.scheme()
                ));
            };
            if !url.username().is_empty() || url.password().is_some() {
                return fail(format!(
                    "the base URL at {origin} holds a user name or password. Name an environment \
                     variable for the key instead."
                ));
            }
            if self.key.is_none() {
                continue;
            }
            if !self.key_hosts.contains(&origin) {
                return fail(format!(
                    "its key is not bound to {origin}, and a key goes only to the host it was bound to. \
                     Bind it in your own configuration, or remove the key."
                ));
            }
            if origin.is_plain() && !origin.is_private() && !self.allow_plain_key {
                return fail(format!(
                    "its key would travel unencrypted to {origin}. Use https, or allow it for this \
                     profile in your own configuration."
                ));
            }
        }
        Ok(())
    }

    pub(super) fn may_have_key(&self, url: &Url) -> bool {
        Origin::of(url).is_some_and(|origin| self.key_hosts.contains(&origin))
    }
}

/// Why an [`Endpoint`] was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EndpointError(pub(super) String);

/// The header that carries the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyHeader {
    /// `Authorization: Bearer ...`, as nearly everybody.
    #[default]
    Bearer,
    /// `api-key: ...`, as Azure.
    ApiKey,
}

/// The way to a public host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What the system is configured for.
    #[default]
    System,
    /// Straight there.
    Direct,
    /// Through this proxy.
    At(Url),
}

/// How long each phase may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From sending until the first byte of the body. A server that does not stream is silent
    /// while it generates, so this bounds a whole unstreamed reply.
    pub first_byte: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// For one attempt as a whole; none by default, since slow is not hung.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(120),
            total: None,
        }
    }
}

/// When to ask again. This is the only retry layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Attempts, first one included, when the server or the network fails.
    pub attempts: u32,
    /// Attempts, first one included, when the server says that it is too much.
    pub rate_limited: u32,
    /// Attempts, first one included, where another try may have been billed already or may not
    /// help: a reply that hangs, is malformed or is empty.
    pub doubtful: u32,
    /// The first pause; doubled each time, with jitter.
    pub pause: Duration,
    /// The longest pause that is not the server's wish.
    pub longest_pause: Duration,
    /// The longest wait a server may ask for; beyond it, the quota counts as ended.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 5,
            rate_limited: 20,
            doubtful: 2,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            longest_wait: Duration::from_secs(120),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, bound: &str) -> Endpoint {
        Endpoint::new("work", url.parse().unwrap()).with_key(Secret::new("sk-123456"), bound.parse().unwrap())
    }

    #[test]
    fn a_key_stays_with_its_host() {
        assert!(endpoint("https://a.org/v1", "https://a.org").check().is_ok());
        let error = endpoint("https://b.org/v1", "https://a.org").check().unwrap_err();
        assert!(error.to_string().contains("not bound to https://b.org:443"), "{error}");
    }

    #[test]
    fn a_key_goes_unencrypted_only_to_private_hosts() {
        assert!(endpoint("http://127.0.0.1:1/v1", "http://127.0.0.1:1").check().is_ok());
        let mut public = endpoint("http://a.org/v1", "http://a.org");
        assert!(public.check().unwrap_err().to_string().contains("unencrypted"));
        public.allow_plain_key = true;
        assert!(public.check().is_ok());
    }

    #[test]
    fn odd_addresses_are_refused_without_showing_secrets() {
        let error = endpoint("https://me:hunter2@a.org/v1", "https://a.org").check().unwrap_err();
        assert!(error.to_string().contains("user name or password"));
        assert!(!error.to_string().contains("hunter2"));
        assert!(endpoint("ftp://a.org", "https://a.org").check().is_err());
        let mut none = endpoint("https://a.org/v1", "https://a.org");
        none.base_urls.clear();
        assert!(none.check().unwrap_err().to_string().contains("no base URL"));
    }
}
