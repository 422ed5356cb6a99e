//! A request limit, as real endpoints have one: a bucket that refills at a steady rate.

use std::time::Instant;

use hyper::Response;
use hyper::header::{HeaderName, HeaderValue};

use super::body::ReplyBody;

/// A token bucket that holds at most one second's worth of requests.
#[derive(Debug)]
pub struct Bucket {
    rate: f64,
    left: f64,
    filled: Instant,
}

/// What is left in a bucket, as `x-ratelimit-*` headers tell it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Left {
    /// Requests that a full bucket holds.
    pub limit: u64,
    /// Requests that are in it.
    pub remaining: u64,
    /// Seconds until it is full.
    pub reset: f64,
}

impl Bucket {
    /// A full bucket that refills at `rate` requests per second.
    #[must_use]
    pub fn new(rate: f64, now: Instant) -> Self {
        Self { rate, left: rate.max(1.0), filled: now }
    }

    /// Takes one request out, or says in how many seconds there will be one.
    pub fn take(&mut self, now: Instant) -> Result<Left, f64> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        let holds = self.rate.max(1.0);
        self.filled = now;
        self.left = (self.left + passed * self.rate).min(holds);
        if self.left >= 1.0 {
            self.left -= 1.0;
            Ok(Left { limit: holds as u64, remaining: self.left as u64, reset: (holds - self.left) / self.rate })
        } else {
            Err((1.0 - self.left) / self.rate)
        }
    }
}

impl Left {
    /// Writes it into the head of a reply, in OpenAI's spelling.
    pub fn tell(self, reply: &mut Response<ReplyBody>) {
        let headers = reply.headers_mut();
        let name = HeaderName::from_static;
        headers.insert(name("x-ratelimit-limit-requests"), HeaderValue::from(self.limit));
        headers.insert(name("x-ratelimit-remaining-requests"), HeaderValue::from(self.remaining));
        let reset = format!("{}ms", (self.reset * 1_000.0).ceil());
        if let Ok(reset) = HeaderValue::from_str(&reset) {
            headers.insert(name("x-ratelimit-reset-requests"), reset);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_empty_bucket_says_when_it_has_one_again() {
        let start = Instant::now();
        let mut bucket = Bucket::new(2.0, start);
        assert_eq!(bucket.take(start), Ok(Left { limit: 2, remaining: 1, reset: 0.5 }));
        assert_eq!(bucket.take(start), Ok(Left { limit: 2, remaining: 0, reset: 1.0 }));
        assert_eq!(bucket.take(start), Err(0.5));
        assert!(bucket.take(start + Duration::from_millis(500)).is_ok());
        assert!(bucket.take(start + Duration::from_millis(600)).is_err());
    }
}
