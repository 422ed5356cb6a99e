//! Files and batches, as OpenAI's `/files` and `/batches` have them: one call, one reply. When to call is the caller's to
//! know. They go to the first base URL, because a batch lives at one server.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use tokio::time::{sleep, timeout};

use super::catalogue::read;
use super::client::PLAIN;
use super::retry::Next;
use super::transport::{Payload, timed_out};
use super::{Attempt, Class, Client, Failure, Phase};

/// A file at the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RemoteFile {
    /// Its name there. Untrusted text.
    pub id: String,
    /// Its size.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// The name that it was given.
    #[serde(default)]
    pub filename: Option<String>,
}

/// A batch at the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RemoteBatch {
    /// Its name there. Untrusted text.
    pub id: String,
    /// The provider's word for where it is. Untrusted text.
    pub status: String,
    /// The requests.
    pub input_file_id: Option<String>,
    /// The results, once there are any.
    pub output_file_id: Option<String>,
    /// What failed, once there is any.
    pub error_file_id: Option<String>,
    /// How many requests are through.
    #[serde(deserialize_with = "or_default")]
    pub request_counts: Option<RequestCounts>,
    /// Why it was refused as a whole.
    #[serde(deserialize_with = "or_default")]
    pub errors: Option<Errors>,
    /// What was said when it was made.
    #[serde(deserialize_with = "or_default")]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// How many requests of a batch are through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestCounts {
    /// All of them.
    pub total: u64,
    /// With a reply.
    pub completed: u64,
    /// With an error.
    pub failed: u64,
}

/// Why a batch was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Errors {
    /// One for each line that is wrong.
    pub data: Vec<BatchError>,
}

/// What is wrong with a line, or with the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BatchError {
    /// The server's word.
    pub code: Option<String>,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The server's sentence.
    pub message: Option<String>,
}

/// What has another shape than expected is not worth an error.
fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(serde_json::Value::deserialize(from)?).ok())
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Serialize)]
struct Create<'a> {
    input_file_id: &'a str,
    endpoint: &'static str,
    completion_window: &'a str,
    metadata: &'a BTreeMap<String, String>,
}

impl Client {
    /// Uploads a file of requests; `pieces` gives it anew for each attempt. `boundary` must not occur in it.
    ///
    /// # Errors
    /// No attempt came through. A file that came through unnoticed costs nothing.
    pub async fn upload<S>(
        &self,
        name: &str,
        boundary: &str,
        size: u64,
        pieces: impl Fn() -> S,
    ) -> Result<RemoteFile, Failure>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/jsonl\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let length = head.len() as u64 + size + tail.len() as u64;
        let media = Some(format!("multipart/form-data; boundary={boundary}"));
        let payload = || {
            let whole = |text: &str| stream::iter([Ok(Bytes::copy_from_slice(text.as_bytes()))]);
            let body = whole(&head).chain(pieces()).chain(whole(&tail));
            Some(Payload { body: reqwest::Body::wrap_stream(body), media: media.clone(), length: Some(length) })
        };
        self.again(Method::POST, &["files"], &[], payload, "a file").await
    }

    /// Scheme, host and port of the server that batches are sent to.
    #[must_use]
    pub fn batch_origin(&self) -> String {
        self.first().origin.clone()
    }

    /// Makes a batch of an uploaded file. It is asked once only: where the reply was lost nobody knows whether there is one.
    ///
    /// # Errors
    /// It was refused, or the reply was lost.
    pub async fn create_batch(
        &self,
        file: &str,
        window: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Result<RemoteBatch, Failure> {
        let ask = Create { input_file_id: file, endpoint: "/v1/chat/completions", completion_window: window, metadata };
        let body = serde_json::to_vec(&ask).map_err(|error| {
            Failure::new(Class::ConfigError, format!("The request cannot be written as JSON: {error}."))
        })?;
        let batch: RemoteBatch = self
            .once(Method::POST, &["batches"], &[], Some(Payload::json(body.into())), "a batch")
            .await
            .map_err(|failure| self.named(failure))?;
        self.whole(batch)
    }

    /// Where a batch is.
    ///
    /// # Errors
    /// The server does not say, or does not know it.
    pub async fn batch(&self, id: &str) -> Result<RemoteBatch, Failure> {
        let batch: RemoteBatch = self.again(Method::GET, &["batches", id], &[], || None, "a batch").await?;
        self.whole(batch)
    }

    /// Some servers answer 200 with something that is no batch.
    fn whole(&self, batch: RemoteBatch) -> Result<RemoteBatch, Failure> {
        if batch.id.is_empty() || batch.status.is_empty() {
            let what = "The server answered with JSON that is not a batch.";
            return Err(self.named(Failure::new(Class::Malformed, what).status(200)));
        }
        Ok(batch)
    }

    /// The batches, the newest first, from after the one with this id on; whether there are more.
    ///
    /// # Errors
    /// The list cannot be had.
    pub async fn batches(&self, after: Option<&str>) -> Result<(Vec<RemoteBatch>, bool), Failure> {
        let mut query = vec![("limit", "100")];
        query.extend(after.map(|id| ("after", id)));
        let page: Page<RemoteBatch> =
            self.again(Method::GET, &["batches"], &query, || None, "a list of batches").await?;
        Ok((page.data, page.has_more))
    }

    /// Calls a batch off. What is finished stays, and is billed.
    ///
    /// # Errors
    /// The server does not do it.
    pub async fn cancel_batch(&self, id: &str) -> Result<RemoteBatch, Failure> {
        let empty = || Some(Payload::json(Bytes::from_static(b"{}")));
        self.again(Method::POST, &["batches", id, "cancel"], &[], empty, "a batch").await
    }

    /// Deletes a file, as a provider does after a while.
    ///
    /// # Errors
    /// The server does not do it.
    #[cfg(test)]
    pub async fn delete_file(&self, id: &str) -> Result<(), Failure> {
        self.again::<serde::de::IgnoredAny>(Method::DELETE, &["files", id], &[], || None, "a file").await.map(drop)
    }

    /// Gives the content of a file to `take`, piece by piece; once. Its size.
    ///
    /// # Errors
    /// It cannot be had, it broke off, or `take` had enough.
    pub async fn download(&self, id: &str, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> Result<u64, Failure> {
        let idle = self.endpoint().timeouts.idle;
        let got = async {
            let mut response = self.send(Method::GET, &["files", id, "content"], &[], None, "*/*").await?;
            if !response.status().is_success() {
                return self.read_plain(response, |status, headers, body| read(status, headers, body, "a file")).await;
            }
            let mut size = 0;
            loop {
                match timeout(idle, response.chunk()).await {
                    Ok(Ok(Some(piece))) => {
                        size += piece.len() as u64;
                        let full =
                            |error| Failure::new(Class::Cancelled, format!("The results cannot be kept: {error}."));
                        take(&piece).map_err(full)?;
                    }
                    Ok(Ok(None)) => return Ok(size),
                    Ok(Err(error)) => return Err(super::transport::of_body(error)),
                    Err(_) => return Err(timed_out(Phase::Idle, idle)),
                }
            }
        };
        got.await.map_err(|failure| self.named(failure))
    }

    /// Asks until it works or makes no sense any more; for what may be asked twice.
    async fn again<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        payload: impl Fn() -> Option<Payload>,
        wanted: &'static str,
    ) -> Result<T, Failure> {
        let mut earlier = Vec::new();
        loop {
            let mut failure = match self.once(method.clone(), path, query, payload(), wanted).await {
                Ok(found) => return Ok(found),
                Err(failure) => failure,
            };
            match self.endpoint().retries.next(&mut failure, &earlier) {
                Next::Pause(pause) | Next::Gate(pause) => sleep(pause).await,
                _ => return Err(self.named(failure)),
            }
            earlier.push(Attempt { class: failure.class, usage: None });
        }
    }

    async fn once<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        payload: Option<Payload>,
        wanted: &'static str,
    ) -> Result<T, Failure> {
        let mut response = self.send(method, path, query, payload, PLAIN).await?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = super::transport::Body::new(response, self.endpoint()).whole().await?;
        read(status, &headers, &body, wanted)
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        payload: Option<Payload>,
        accept: &'static str,
    ) -> Result<reqwest::Response, Failure> {
        let base = self.first();
        let mut url = base.root.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        base.dispatch(self.endpoint(), method, &url, payload, accept).await
    }
}
