//! Replies of real shapes, a scripted server, and what the client makes of both.

mod connects;
mod exchanges;
mod matrix;
mod mutated;
mod network;
mod paces;
mod rates;
mod server;
mod shapes;
mod streams;
mod templates;
