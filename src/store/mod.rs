//! The only writer of a taxonomy directory: files, decision log, lock, watch, recovery.
