//! The body of a reply: at once, in pieces at a given pace, broken off, or never.

use std::collections::VecDeque;
use std::fs::File;
use std::future::Future;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::ledger::InFlight;
use super::model::Usage;

/// How long a broken-off body waits, so that what was written before reaches the client.
const BEFORE_ABORT: Duration = Duration::from_millis(20);

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Properly.
    Whole,
    /// The connection is dropped in the middle.
    Dropped,
    /// Nothing more comes, and the connection stays open.
    Silent,
}

/// A reply's body.
#[derive(Debug)]
pub struct ReplyBody {
    parts: VecDeque<Bytes>,
    length: Option<u64>,
    pace: Option<Duration>,
    wait: Option<Pin<Box<Sleep>>>,
    end: End,
    request: Option<(InFlight, Option<Usage>)>,
    /// What comes after the parts, read piece by piece.
    file: Option<io::Take<File>>,
}

/// Bytes that are read of a file at once.
const PIECE: usize = 1 << 16;

impl ReplyBody {
    /// A body sent at once.
    #[must_use]
    pub fn whole(bytes: Bytes) -> Self {
        let length = Some(bytes.len() as u64);
        Self { length, ..Self::parts([bytes], None) }
    }

    /// A body sent in `parts`, with a pause of `pace` before each but the first.
    #[must_use]
    pub fn parts(parts: impl IntoIterator<Item = Bytes>, pace: Option<Duration>) -> Self {
        let parts = parts.into_iter().collect();
        Self { parts, length: None, pace, wait: None, end: End::Whole, request: None, file: None }
    }

    /// The content of a file of `length` bytes.
    #[must_use]
    pub fn file(content: io::Take<File>, length: u64) -> Self {
        Self { length: Some(length), file: Some(content), ..Self::parts([], None) }
    }

    /// Breaks the body off after its first half, as `end` says. Unless that is a proper end, the head still promises all of it.
    #[must_use]
    pub fn halved(mut self, end: End) -> Self {
        if let Some(file) = &mut self.file {
            file.set_limit(file.limit() / 2);
        } else if let [only] = self.parts.make_contiguous() {
            only.truncate(only.len() / 2);
        } else {
            self.parts.truncate(self.parts.len() / 2);
        }
        if end == End::Whole {
            let left = self.parts.iter().map(|part| part.len() as u64).sum();
            self.length = self.length.map(|_| left);
        }
        self.end = end;
        self
    }

    /// Counts the request as answered with `usage` once the last piece was taken.
    #[must_use]
    pub fn counting(mut self, request: InFlight, usage: Usage) -> Self {
        self.request = Some((request, Some(usage)));
        self
    }

    /// Keeps the request open in the ledger until the body is done, without counting it as answered.
    #[must_use]
    pub fn holding(mut self, request: InFlight) -> Self {
        self.request = Some((request, None));
        self
    }

    fn wait_for(&mut self, pause: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let wait = self.wait.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        ready!(wait.as_mut().poll(cx));
        self.wait = None;
        Poll::Ready(())
    }

    fn settle(&mut self) {
        if let Some((request, Some(usage))) = &mut self.request {
            request.answered(*usage);
        }
        if self.end == End::Whole {
            self.request = None;
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(pause) = self.pace
            && self.wait.is_some()
        {
            ready!(self.wait_for(pause, cx));
        }
        if self.parts.is_empty()
            && let Some(file) = &mut self.file
        {
            let mut piece = Vec::with_capacity(PIECE);
            file.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                self.file = None;
            } else {
                self.parts.push_back(piece.into());
            }
        }
        let Some(part) = self.parts.pop_front() else {
            return match self.end {
                End::Whole => Poll::Ready(None),
                End::Silent => Poll::Pending,
                End::Dropped => {
                    ready!(self.wait_for(BEFORE_ABORT, cx));
                    Poll::Ready(Some(Err(io::Error::other("broken off on request"))))
                }
            };
        };
        if self.parts.is_empty() {
            self.settle();
        } else if let Some(pause) = self.pace {
            self.wait = Some(Box::pin(tokio::time::sleep(pause)));
        }
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty() && self.file.is_none() && self.end == End::Whole
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}
