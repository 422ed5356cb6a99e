//! The `provost` binary: see the library crate.
fn main() {}
