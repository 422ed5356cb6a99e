//! What can be taught about any subject: sessions and concepts with a gap for the topic.

use serde::Deserialize;

use super::pack::{Card, PackError, parse};
use super::template::Template;

/// The shipped themes, in teaching order.
pub const SOURCES: [(&str, &str); 6] = [
    ("general/themes_common.yaml", include_str!("general/themes_common.yaml")),
    ("general/themes_science.yaml", include_str!("general/themes_science.yaml")),
    ("general/themes_formal.yaml", include_str!("general/themes_formal.yaml")),
    ("general/themes_society.yaml", include_str!("general/themes_society.yaml")),
    ("general/themes_trade.yaml", include_str!("general/themes_trade.yaml")),
    ("general/plain.yaml", include_str!("general/plain.yaml")),
];

/// How many of the themes for every subject come before the special ones in a syllabus.
const COMMON_FIRST: usize = 3;

/// A session about any topic.
#[derive(Debug, Deserialize)]
pub struct Theme {
    /// The domains it suits: `any`, `plain`, or names of [`super::topics::Domain`].
    #[serde(rename = "for")]
    pub domains: Vec<String>,
    /// The session's title, with a gap.
    pub title: String,
    /// The session's description, with a gap.
    pub description: String,
    /// The concepts, with gaps in every text.
    pub cards: Vec<Card>,
}

impl Theme {
    /// Whether the theme suits every subject.
    #[must_use]
    pub fn is_common(&self) -> bool {
        self.domains.iter().any(|domain| domain == "any")
    }
}

#[derive(Deserialize)]
struct File {
    themes: Vec<Theme>,
}

/// All themes.
#[derive(Debug, Default)]
pub struct Themes {
    themes: Vec<Theme>,
    names: Vec<(usize, usize, Template)>,
}

impl Themes {
    /// Reads the shipped themes.
    pub fn shipped() -> Result<Self, PackError> {
        let mut themes = Vec::new();
        for (file, text) in SOURCES {
            let File { themes: more } = parse(file, text)?;
            themes.extend(more);
        }
        let names = cards_of(&themes)
            .filter(|(theme, ..)| !is_plain(&themes, *theme))
            .map(|(theme, card, content)| (theme, card, Template::new(&content.name)))
            .collect();
        Ok(Self { themes, names })
    }

    /// Every card with the numbers of its theme and of itself.
    pub fn cards(&self) -> impl Iterator<Item = (usize, usize, &Card)> {
        cards_of(&self.themes)
    }

    /// The card with these numbers.
    #[must_use]
    pub fn card(&self, theme: usize, card: usize) -> Option<&Card> {
        self.themes.get(theme)?.cards.get(card)
    }

    /// The themes for `domain` in teaching order: foundations, what is special to it, then context and practice.
    #[must_use]
    pub fn for_domain(&self, domain: &str) -> Vec<&Theme> {
        let of = |wanted: &str| {
            let wanted = wanted.to_owned();
            self.themes.iter().filter(move |theme| theme.domains.contains(&wanted))
        };
        of("any").take(COMMON_FIRST).chain(of(domain)).chain(of("any").skip(COMMON_FIRST)).collect()
    }

    /// The card that the concept `name` was made from, and the topic in its gap.
    #[must_use]
    pub fn find<'a>(&self, name: &'a str) -> Option<(usize, usize, &'a str)> {
        let (theme, card, topic) =
            self.names.iter().find_map(|(theme, card, template)| Some((*theme, *card, template.exact(name)?)))?;
        Some((theme, card, topic))
    }

    /// The numbers of the cards that fit any concept.
    #[must_use]
    pub fn plain(&self) -> Vec<(usize, usize)> {
        self.cards()
            .filter(|(theme, ..)| is_plain(&self.themes, *theme))
            .map(|(theme, card, _)| (theme, card))
            .collect()
    }
}

fn cards_of(themes: &[Theme]) -> impl Iterator<Item = (usize, usize, &Card)> {
    themes
        .iter()
        .enumerate()
        .flat_map(|(number, theme)| theme.cards.iter().enumerate().map(move |(card, content)| (number, card, content)))
}

fn is_plain(themes: &[Theme], number: usize) -> bool {
    themes.get(number).is_some_and(|theme| theme.domains.iter().any(|domain| domain == "plain"))
}
