//! The commands, thin.
