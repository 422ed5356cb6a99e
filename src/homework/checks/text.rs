//! A text under check, in the forms that several checks look at: each is made once, when it is first wanted.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::prose::{Blocks, blocks, prose};
use super::topics::Topics;
use super::words::plain;
use crate::taxonomy::text::normalise;

/// A question or an answer, without white space at its end.
pub(super) struct Text<'a> {
    pub raw: &'a str,
    lower: OnceCell<String>,
    normal: OnceCell<String>,
    blocks: OnceCell<Blocks>,
    prose: OnceCell<String>,
    topics: OnceCell<Topics>,
}

impl<'a> Text<'a> {
    pub fn new(text: &'a str) -> Self {
        let (lower, normal, prose) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { raw: text.trim_end(), lower, normal, blocks: OnceCell::new(), prose, topics: OnceCell::new() }
    }

    /// In lower case, with straight apostrophes and single spaces.
    pub fn lower(&self) -> &str {
        self.lower.get_or_init(|| plain(self.raw))
    }

    /// What [`lower`](Self::lower) may have to do with.
    pub fn topics(&self) -> Topics {
        *self.topics.get_or_init(|| Topics::of(self.lower()))
    }

    /// [`lower_of`](Self::lower_of) with what it may have to do with.
    pub fn topics_of(&self, part: &str) -> (Cow<'_, str>, Topics) {
        let lower = self.lower_of(part);
        let topics = if matches!(lower, Cow::Borrowed(_)) { self.topics() } else { Topics::of(&lower) };
        (lower, topics)
    }

    /// [`lower`](Self::lower), from its first letter or digit on.
    pub fn said(&self) -> &str {
        self.lower().trim_start_matches(|c: char| !c.is_alphanumeric())
    }

    /// As names are compared.
    pub fn normal(&self) -> &str {
        self.normal.get_or_init(|| normalise(self.raw))
    }

    /// [`lower`](Self::lower) of a `part` of this text.
    pub fn lower_of(&self, part: &str) -> Cow<'_, str> {
        if part.trim_end() == self.raw { Cow::Borrowed(self.lower()) } else { Cow::Owned(plain(part)) }
    }

    /// [`normal`](Self::normal) of a `part` of this text.
    pub fn normal_of(&self, part: &str) -> Cow<'_, str> {
        if part.trim_end() == self.raw { Cow::Borrowed(self.normal()) } else { Cow::Owned(normalise(part)) }
    }

    /// What stands outside of code blocks.
    pub fn blocks(&self) -> &Blocks {
        self.blocks.get_or_init(|| blocks(self.raw))
    }

    /// Without code, formulas and tables.
    pub fn prose(&self) -> &str {
        self.prose.get_or_init(|| prose(&self.blocks().outside))
    }
}
