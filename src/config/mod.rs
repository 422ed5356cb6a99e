//! Configuration: layers and paths.
