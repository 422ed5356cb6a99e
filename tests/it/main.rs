//! The one integration test binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where; clippy's own exception covers #[test] functions only"
)]

mod asking;
mod cli;
mod docs;
mod faults;
mod hostile;
mod neighbours;
mod pictures;
mod pty;
mod runs;
mod sample;
mod schemas;
mod session;
mod store;
mod walls;
