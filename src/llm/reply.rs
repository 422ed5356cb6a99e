//! What comes back: an accepted reply or a failure, and how many attempts it took.

use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Class;

/// An accepted reply: whole, finished, not empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer, without reasoning. Untrusted text.
    pub text: String,
    /// The model's reasoning, where the server gave it. Not part of the answer.
    pub reasoning: Option<String>,
    /// The server's word for how it ended, for example `stop`.
    pub finish: String,
    /// Tokens, where the server counted them.
    pub usage: Option<Usage>,
    /// The model's name as the server states it.
    pub model: Option<String>,
    /// The server put the answer into the reasoning field; it was taken because it is valid JSON.
    pub from_reasoning: bool,
}

/// Tokens of one or more calls, as the server counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the reply, reasoning included.
    pub completion_tokens: u64,
    /// Prompt tokens that came out of the server's cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_tokens: u64,
    /// Reply tokens that were reasoning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u64,
}

impl Usage {
    /// Tokens of prompt and reply.
    #[must_use]
    pub fn total(self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_add(other.completion_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }
}

/// A reply that was not accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The one class it belongs to.
    pub class: Class,
    /// What happened and what to do about it. Server text in it is cleaned and bounded.
    pub message: String,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// What the server sent, cleaned, at most 2 kB.
    pub raw_excerpt: String,
    /// Tokens that were spent all the same.
    pub usage: Option<Usage>,
}

impl Failure {
    /// A failure with a class and a sentence.
    #[must_use]
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            status: None,
            retry_after: None,
            raw_excerpt: String::new(),
            usage: None,
        }
    }

    pub(super) fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(super) fn excerpt(mut self, raw: &str) -> Self {
        self.raw_excerpt = super::text::excerpt(raw, 2_000);
        self
    }
}

/// One attempt that did not bring the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// How it ended.
    pub class: Class,
    /// Tokens it cost, where the server counted them.
    pub usage: Option<Usage>,
}

/// The end of a request, after all attempts.
#[derive(Clone, Debug)]
pub struct Outcome<T = Reply> {
    /// The last attempt's result.
    pub result: Result<T, Failure>,
    /// The attempts before it, oldest first.
    pub earlier: Vec<Attempt>,
    /// Requests sent: the earlier ones and the last; 0 if it was clear beforehand that none would do.
    pub attempts: usize,
    /// The token limit of the last attempt: larger than asked for after a cut reply.
    pub max_tokens: Option<u32>,
}

impl<T> Outcome<T> {
    pub(super) fn new(result: Result<T, Failure>, earlier: Vec<Attempt>) -> Self {
        let attempts = earlier.len() + 1;
        Self { result, earlier, attempts, max_tokens: None }
    }
}

impl Outcome<Reply> {
    /// What came of one attempt that was made elsewhere, in a batch.
    #[must_use]
    pub fn once(result: Result<Reply, Failure>, max_tokens: Option<u32>) -> Self {
        Self { max_tokens, ..Self::new(result, Vec::new()) }
    }

    /// Tokens of all attempts together; `None` when the server counted none.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let last = match &self.result {
            Ok(reply) => reply.usage,
            Err(failure) => failure.usage,
        };
        self.earlier.iter().map(|attempt| attempt.usage).chain([last]).flatten().reduce(Usage::add)
    }
}

/// A piece of a reply while it is written, for previews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delta<'a> {
    /// More of the answer. Untrusted text.
    Text(&'a str),
    /// More of the reasoning.
    Reasoning(&'a str),
    /// The attempt failed and the reply starts over: forget what was shown.
    Restart,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_add_up_and_never_wrap() {
        let usage = |prompt_tokens, completion_tokens| Usage {
            prompt_tokens,
            completion_tokens,
            cached_tokens: 1,
            reasoning_tokens: 2,
        };
        assert_eq!(usage(9, 4).total(), 13, "what came out of the cache or was thought is part of it");
        assert_eq!(usage(u64::MAX, 2).total(), u64::MAX);
        let both = Usage { cached_tokens: 2, reasoning_tokens: 4, ..usage(10, u64::MAX) };
        assert_eq!(usage(9, 4) + usage(1, u64::MAX), both);
    }
}
