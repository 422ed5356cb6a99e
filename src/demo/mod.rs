//! The built-in demo model: an OpenAI-compatible server on loopback.
