//! The classes a reply that was not accepted can end in. Every reply ends in exactly one.

use std::fmt;

/// What became of a reply that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Whole, but not what was asked for.
    Invalid(Invalid),
    /// The model was cut off by a token limit.
    Truncated,
    /// The model declined.
    Refused,
    /// A content filter took the request or the reply.
    Filtered,
    /// Nothing in it.
    Empty,
    /// Not a reply at all, or a damaged one.
    Malformed,
    /// Too many requests for now.
    RateLimited,
    /// No more requests until a far reset or a payment.
    QuotaEnded,
    /// The request can never work like this: address, key, model, parameter.
    ConfigError,
    /// A `ConfigError` with a known way out: this server takes no JSON schema, so ask in two rounds.
    SchemaUnsupported,
    /// The server failed.
    ServerError,
    /// Nothing came in time.
    Timeout(Phase),
    /// The network failed.
    Transport,
    /// The caller stopped waiting.
    Cancelled,
}

/// In what way a whole reply is not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invalid {
    /// It does not have the shape.
    Schema,
    /// It has the shape and makes no sense.
    Semantic,
    /// It is in another language.
    Language,
    /// It is there already.
    Duplicate,
}

/// The phase of a request that took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Until the connection stands.
    Connect,
    /// Until the first byte.
    FirstByte,
    /// Between two pieces.
    Idle,
    /// As a whole.
    Total,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 20] = [
        Self::Invalid(Invalid::Schema),
        Self::Invalid(Invalid::Semantic),
        Self::Invalid(Invalid::Language),
        Self::Invalid(Invalid::Duplicate),
        Self::Truncated,
        Self::Refused,
        Self::Filtered,
        Self::Empty,
        Self::Malformed,
        Self::RateLimited,
        Self::QuotaEnded,
        Self::ConfigError,
        Self::SchemaUnsupported,
        Self::ServerError,
        Self::Timeout(Phase::Connect),
        Self::Timeout(Phase::FirstByte),
        Self::Timeout(Phase::Idle),
        Self::Timeout(Phase::Total),
        Self::Transport,
        Self::Cancelled,
    ];

    /// The name in records and reports; it does not change.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid(Invalid::Schema) => "invalid_schema",
            Self::Invalid(Invalid::Semantic) => "invalid_semantic",
            Self::Invalid(Invalid::Language) => "invalid_language",
            Self::Invalid(Invalid::Duplicate) => "invalid_duplicate",
            Self::Truncated => "truncated",
            Self::Refused => "refused",
            Self::Filtered => "filtered",
            Self::Empty => "empty",
            Self::Malformed => "malformed",
            Self::RateLimited => "rate_limited",
            Self::QuotaEnded => "quota_ended",
            Self::ConfigError => "config_error",
            Self::SchemaUnsupported => "schema_unsupported",
            Self::ServerError => "server_error",
            Self::Timeout(Phase::Connect) => "timeout_connect",
            Self::Timeout(Phase::FirstByte) => "timeout_first_byte",
            Self::Timeout(Phase::Idle) => "timeout_idle",
            Self::Timeout(Phase::Total) => "timeout_total",
            Self::Transport => "transport",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let names: std::collections::HashSet<_> = Class::ALL.into_iter().map(Class::as_str).collect();
        assert_eq!(names.len(), Class::ALL.len());
    }
}
