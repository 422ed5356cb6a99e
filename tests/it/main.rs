//! The one integration test binary.

mod sample;
mod store;
mod walls;
