//! Children for nodes that the pack does not know, made from the words of their names.

use serde::Deserialize;
use std::sync::OnceLock;

use super::data::Data;
use super::pack::{PackError, parse};
use super::propose::Proposal;
use super::template::fill;
use super::text::capitalised;
use super::topics::{Domain, topics};

/// A child of any node, with a gap for the topic.
#[derive(Debug, Deserialize)]
struct Pattern {
    #[serde(rename = "for")]
    domains: Vec<String>,
    name: String,
    #[serde(default)]
    level: String,
    scope: String,
    #[serde(default)]
    subtopics: Vec<String>,
    #[serde(default)]
    rationale: String,
}

#[derive(Debug, Default, Deserialize)]
struct Patterns {
    subjects: Vec<Pattern>,
    branches: Vec<Pattern>,
}

/// Every child that can be made for the parent in `data`.
#[must_use]
pub fn children(data: &Data<'_>) -> Vec<Proposal> {
    let Some(parent) = data.value("parent") else {
        return Vec::new();
    };
    let path: Vec<&str> = data.text("path").split(" > ").collect();
    let telling = [parent, data.text("parent_scope")].into_iter().chain(path.into_iter().rev());
    let domain = Domain::of(telling).name();
    // A file that cannot be read makes the server refuse to start; see `check`.
    let Ok(patterns) = patterns() else {
        return Vec::new();
    };
    let subjects = data.text("kind") == "subject";
    let patterns = if subjects { &patterns.subjects } else { &patterns.branches };
    let fitting = patterns.iter().filter(|pattern| pattern.domains.iter().any(|name| name == "any" || name == domain));
    let fitting: Vec<&Pattern> = fitting.collect();
    let named =
        |topic: &str| -> Vec<Proposal> { fitting.iter().map(|pattern| pattern.about(topic, subjects)).collect() };
    topics(parent).iter().flat_map(|topic| named(topic)).collect()
}

/// Whether the shipped patterns can be read.
pub fn check() -> Result<(), PackError> {
    patterns().map(|_| ()).map_err(Clone::clone)
}

impl Pattern {
    fn about(&self, topic: &str, subject: bool) -> Proposal {
        let filled = |text: &str| fill(text, "topic", topic);
        Proposal {
            name: titled(&filled(&self.name)),
            level: if subject { self.level.clone() } else { String::new() },
            scope: filled(&self.scope),
            subtopics: self.subtopics.iter().map(|text| filled(text)).collect(),
            rationale: filled(&self.rationale),
        }
    }
}

fn patterns() -> Result<&'static Patterns, &'static PackError> {
    static PATTERNS: OnceLock<Result<Patterns, PackError>> = OnceLock::new();
    let read = || parse("general/outline.yaml", include_str!("general/outline.yaml"));
    PATTERNS.get_or_init(read).as_ref()
}

/// `text` with the capitals of a title.
fn titled(text: &str) -> String {
    const SMALL: [&str; 12] = ["a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "the"];
    let mut words: Vec<String> =
        text.split(' ')
            .map(|word| {
                if SMALL.contains(&word) || word == "to" || word == "with" {
                    word.to_owned()
                } else {
                    capitalised(word)
                }
            })
            .collect();
    if let Some(first) = words.first_mut() {
        *first = capitalised(first);
    }
    words.join(" ")
}
