//! A streamed reply, event by event. Pure: the framing and the socket are elsewhere.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::completion::Completion;
use super::server_error::ServerError;
use super::text::excerpt;
use super::{Class, Delta, Failure, Reply};

/// Where a stream stands after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More must come.
    More,
    /// The reply is whole; counts or the end mark may follow.
    Finished,
    /// Nothing more is of interest: the end mark, or an error.
    Over,
}

/// Gathers the data of server-sent events into one reply.
#[derive(Debug, Default)]
pub struct Accumulator {
    completion: Completion,
    failure: Option<Failure>,
    done: bool,
}

impl Accumulator {
    /// Takes the `data` of one event; new text is passed to `on_delta`.
    pub fn event(&mut self, data: &str, on_delta: &mut dyn FnMut(Delta<'_>)) -> Progress {
        let data = data.trim();
        if data.is_empty() {
            return self.progress();
        }
        if data == "[DONE]" {
            self.done = true;
            return Progress::Over;
        }
        let Ok(mut frame) = serde_json::from_str::<Value>(data) else {
            return self.fail(Failure::new(Class::Malformed, "An event of the stream is not JSON.").excerpt(data));
        };
        let choice = frame.get_mut("choices").and_then(|c| c.get_mut(0)).map(Value::take);
        self.completion.absorb_frame(&mut frame);
        let found = if choice.is_none() { ServerError::find(&frame) } else { ServerError::named(&frame) };
        if let Some(error) = found.or_else(|| choice.as_ref().and_then(ServerError::named)) {
            return self.fail(error.failure(200, &HeaderMap::new()).excerpt(data));
        }
        if let Some(mut choice) = choice
            && choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0
        {
            let (text, reasoning) = (self.completion.text.len(), self.completion.reasoning.len());
            self.completion.absorb(&mut choice);
            if self.completion.reasoning.len() > reasoning {
                on_delta(Delta::Reasoning(&self.completion.reasoning[reasoning..]));
            }
            if self.completion.text.len() > text {
                on_delta(Delta::Text(&self.completion.text[text..]));
            }
        }
        self.progress()
    }

    fn progress(&self) -> Progress {
        match (self.done || self.failure.is_some(), &self.completion.finish) {
            (true, _) => Progress::Over,
            (false, Some(_)) => Progress::Finished,
            (false, None) => Progress::More,
        }
    }

    fn fail(&mut self, mut failure: Failure) -> Progress {
        failure.usage = failure.usage.or(self.completion.usage);
        self.failure.get_or_insert(failure);
        Progress::Over
    }

    /// The verdict once nothing more comes. `cut` is why the body ended, if it did not end by itself;
    /// a reply that had finished before stays good.
    ///
    /// # Errors
    /// The [`Failure`] of a stream that failed, was cut, or did not finish as it should.
    pub fn end(self, cut: Option<Failure>) -> Result<Reply, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if self.completion.finish.is_some() {
            return self.completion.judge();
        }
        if let Some(cut) = cut {
            let usage = self.completion.usage;
            return Err(Failure { usage, ..cut.excerpt(&self.completion.text) });
        }
        let (class, message) = if self.done {
            (Class::Truncated, "The stream was closed without a finish_reason, so the reply may be cut.")
        } else {
            (Class::Transport, "The stream ended before the reply was finished.")
        };
        let message = format!("{message} It began: '{}'", excerpt(&self.completion.text, 80));
        Err(self.completion.failure(class, message))
    }

    /// Judges a whole event stream that came where a plain reply was asked for.
    pub(super) fn read(body: &str) -> Result<Reply, Failure> {
        let mut stream = Self::default();
        for line in body.lines() {
            if let Some(data) = line.trim_start_matches('\u{feff}').strip_prefix("data:") {
                stream.event(data, &mut |_| {});
            }
        }
        stream.end(None)
    }
}
