//! A request limit, as real endpoints have one: a bucket that refills at a steady rate.

use std::time::Instant;

/// A token bucket that holds at most one second's worth of requests.
#[derive(Debug)]
pub struct Bucket {
    rate: f64,
    left: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket that refills at `rate` requests per second.
    #[must_use]
    pub fn new(rate: f64, now: Instant) -> Self {
        Self { rate, left: rate.max(1.0), filled: now }
    }

    /// Takes one request out, or says in how many seconds there will be one.
    pub fn take(&mut self, now: Instant) -> Result<(), f64> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.left = (self.left + passed * self.rate).min(self.rate.max(1.0));
        if self.left >= 1.0 {
            self.left -= 1.0;
            Ok(())
        } else {
            Err((1.0 - self.left) / self.rate)
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
        assert_eq!(bucket.take(start), Ok(()));
        assert_eq!(bucket.take(start), Ok(()));
        assert_eq!(bucket.take(start), Err(0.5));
        assert_eq!(bucket.take(start + Duration::from_millis(500)), Ok(()));
        assert!(bucket.take(start + Duration::from_millis(600)).is_err());
    }
}
