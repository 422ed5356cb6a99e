//! A key that cannot be printed by accident.

use std::fmt;

/// An API key. Its value never reaches `Debug`, `Display` or serde; only the transport reads it.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a key, without the white space that pasting and files leave around it.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(value.trim().into())
    }

    /// Whether there is nothing inside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text holds the key.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.0.len() >= 4 && memchr::memmem::find(text.as_bytes(), self.0.as_bytes()).is_some()
    }

    /// `text` with every occurrence of the key replaced: servers echo what they were sent.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        if !self.is_in(text) {
            return text.to_owned();
        }
        text.replace(&*self.0, "[key]")
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_never_shown() {
        let key = Secret::new(" sk-abc123\n");
        assert_eq!(key.expose(), "sk-abc123");
        assert!(!format!("{key:?}").contains("abc123"));
        assert_eq!(key.redact("bad key sk-abc123!"), "bad key [key]!");
    }
}
