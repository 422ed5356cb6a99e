//! The one error the user sees: what, where, what to do next.
