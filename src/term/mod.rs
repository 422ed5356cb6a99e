//! Everything that touches the terminal.
