//! The one integration test binary.

mod asking;
mod sample;
mod store;
mod walls;
