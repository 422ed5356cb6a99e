//! Everything the model can draw on: the pack, the themes for any subject, and the index that finds both in a text.

use std::sync::OnceLock;

use super::case::in_sentence;
use super::find::{CardAt, Finder};
use super::outline;
use super::pack::{Card, Pack, PackError};
use super::rng::Rng;
use super::template::fill;
use super::themes::Themes;

/// What the demo model knows.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Named things with worked content.
    pub(super) pack: Pack,
    /// What can be taught about anything else.
    pub(super) themes: Themes,
    /// Finds questions and concepts in a text.
    pub(super) finder: Finder,
}

impl Knowledge {
    /// The shipped knowledge; read on first use, then shared.
    pub fn shipped() -> Result<&'static Self, PackError> {
        static SHIPPED: OnceLock<Result<Knowledge, PackError>> = OnceLock::new();
        let read = SHIPPED.get_or_init(|| {
            outline::check()?;
            Ok(Self::new(Pack::shipped()?, Themes::shipped()?))
        });
        read.as_ref().map_err(Clone::clone)
    }

    /// Knowledge made of these parts.
    #[must_use]
    pub(super) fn new(pack: Pack, themes: Themes) -> Self {
        let finder = Finder::new(&pack, &themes);
        Self { pack, themes, finder }
    }

    /// What is known about the concept `name` of `subject`. There always is something: a concept that is neither in the
    /// pack nor made from a theme gets one of the cards that fit any concept.
    #[must_use]
    pub(super) fn concept(&self, name: &str, subject: &str, seed: u64) -> Card {
        if let Some(card) = self.pack.concept(name, subject) {
            return card.clone();
        }
        if let Some((theme, card, topic)) = self.themes.find(name) {
            return self.card(CardAt::Theme(theme, card), topic).unwrap_or_default();
        }
        let plain = Rng::new(seed, name).pick(&self.themes.plain()).copied();
        let topic = in_sentence(name);
        let card = plain.and_then(|(theme, card)| self.card(CardAt::Theme(theme, card), &topic));
        Card { name: name.to_owned(), ..card.unwrap_or_default() }
    }

    /// The card at `at`, with `topic` in its gaps if it has any.
    #[must_use]
    pub(super) fn card(&self, at: CardAt, topic: &str) -> Option<Card> {
        match at {
            CardAt::Pack(place) => self.pack.card(place).cloned(),
            CardAt::Theme(theme, card) => {
                let card = self.themes.card(theme, card)?;
                let filled = |text: &str| fill(text, "focus", topic);
                Some(Card {
                    name: filled(&card.name),
                    fact: filled(&card.fact),
                    question: filled(&card.question),
                    answer: filled(&card.answer),
                })
            }
        }
    }
}
