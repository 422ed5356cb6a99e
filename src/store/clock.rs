//! Moments, as ids and files name them.

/// Tells the moment for a new event: milliseconds since 1970, and 32 bits that tell it from
/// others of the same millisecond.
pub type Clock = fn() -> (u64, u32);

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}

/// RFC 3339 with seconds, UTC.
#[must_use]
pub fn timestamp(milliseconds: u64) -> String {
    let moment = i64::try_from(milliseconds / 1000).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}

/// The month of a moment, as logs and folders of proposals are called.
#[must_use]
pub fn month(milliseconds: u64) -> String {
    timestamp(milliseconds).chars().take(7).collect()
}

/// 32 bits that differ between processes and calls.
#[must_use]
pub fn distinct() -> u32 {
    use std::hash::{BuildHasher as _, RandomState};
    (RandomState::new().hash_one(std::process::id()) & 0xffff_ffff) as u32
}
