//! The knowledge the demo model has: fields, disciplines, subjects, syllabi and worked concepts, read from YAML once.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::reword::reworded;
use super::text::normal;

/// The shipped sources: the worked fields, and the outline of everything else.
pub const SOURCES: [(&str, &str); 4] = [
    ("pack/natural-sciences.yaml", include_str!("pack/natural-sciences.yaml")),
    ("pack/formal-sciences.yaml", include_str!("pack/formal-sciences.yaml")),
    ("pack/skilled-trades.yaml", include_str!("pack/skilled-trades.yaml")),
    ("general/fields.yaml", include_str!("general/fields.yaml")),
];

/// A node as it is written in a file.
#[derive(Deserialize)]
struct RawNode {
    name: String,
    kind: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    subtopics: Vec<String>,
    #[serde(default)]
    rationale: String,
    #[serde(default)]
    syllabus: Option<Syllabus>,
    #[serde(default)]
    children: Vec<RawNode>,
}

/// A node of the pack.
#[derive(Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// `field`, `sub-field`, `discipline` or `subject`.
    pub kind: String,
    /// What belongs to it, in one or two sentences.
    pub scope: String,
    /// The level of a subject, such as `200`; empty for other kinds.
    pub level: String,
    /// What a subject consists of.
    pub subtopics: Vec<String>,
    /// Why it is worth learning.
    pub rationale: String,
    /// The syllabus, for some subjects.
    pub syllabus: Option<Syllabus>,
    /// Its children, by number.
    pub children: Vec<usize>,
}

/// A worked syllabus.
#[derive(Debug, Deserialize)]
pub struct Syllabus {
    /// What the course is about.
    pub introduction: String,
    /// What a student can do afterwards.
    #[serde(default)]
    pub objectives: Vec<String>,
    /// The class sessions in teaching order.
    pub sessions: Vec<Session>,
}

/// One class session.
#[derive(Debug, Deserialize)]
pub struct Session {
    /// Its title.
    pub title: String,
    /// What happens in it, in one sentence.
    #[serde(default)]
    pub description: String,
    /// The key concepts with what the model knows about them.
    pub concepts: Vec<Card>,
}

/// What the model knows about one concept.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Card {
    /// The concept's name.
    pub name: String,
    /// One or two true sentences about it.
    pub fact: String,
    /// A homework question about it.
    pub question: String,
    /// The worked answer to that question.
    pub answer: String,
}

/// A concept's place: subject, session and position in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    node: usize,
    session: usize,
    concept: usize,
}

/// Why a pack cannot be read.
#[derive(Debug, Clone)]
pub struct PackError {
    /// The file, relative to `src/demo`.
    pub file: String,
    /// What is wrong with it and where.
    pub reason: String,
}

/// Reads one knowledge file.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, PackError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: 4_000_000,
            max_events: 16_000_000,
        },
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| PackError { file: file.to_owned(), reason: error.to_string() })
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, reason } = self;
        write!(
            f,
            "The demo model's knowledge file {file} cannot be read: {reason}. This is a fault of this build; please report it."
        )
    }
}

impl std::error::Error for PackError {}

/// Everything the demo model knows about named things.
#[derive(Debug, Default)]
pub struct Pack {
    nodes: Vec<Node>,
    roots: Vec<usize>,
    by_name: HashMap<String, Vec<usize>>,
    concepts: HashMap<String, Vec<Place>>,
}

impl Pack {
    /// Reads the shipped pack.
    pub fn shipped() -> Result<Self, PackError> {
        Self::load(&SOURCES)
    }

    /// Reads a pack from files given as name and text.
    pub fn load(sources: &[(&str, &str)]) -> Result<Self, PackError> {
        let mut pack = Self::default();
        for (file, text) in sources {
            let root: RawNode = parse(file, text)?;
            // A file holds one field, or an outline whose children are fields.
            let fields = if root.kind == "outline" { root.children } else { vec![root] };
            for field in fields {
                pack.add(field, None);
            }
        }
        Ok(pack)
    }

    /// The node with this number.
    #[must_use]
    pub fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number)
    }

    /// The fields.
    #[must_use]
    pub fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// The node called `name`, of the given kind if there is one, else of any kind.
    #[must_use]
    pub fn find(&self, name: &str, kind: &str) -> Option<usize> {
        let found = self.by_name.get(&normal(name))?;
        let of_kind = |number: &&usize| self.node(**number).is_some_and(|node| node.kind == kind);
        found.iter().find(of_kind).or(found.first()).copied()
    }

    /// The subject called `name`, if the pack has one.
    #[must_use]
    pub fn subject(&self, name: &str) -> Option<&Node> {
        let node = self.node(self.find(name, "subject")?)?;
        (node.kind == "subject").then_some(node)
    }

    /// The concept called `name`, the one of `subject` if several subjects have it.
    #[must_use]
    pub fn concept(&self, name: &str, subject: &str) -> Option<&Card> {
        let places = self.concepts.get(&normal(name))?;
        let subject = self.find(subject, "subject");
        let here = places.iter().find(|place| Some(place.node) == subject);
        self.card(*here.or(places.first())?)
    }

    /// Every concept with its place.
    pub fn cards(&self) -> impl Iterator<Item = (Place, &Card)> {
        let mut places: Vec<Place> = self.concepts.values().flatten().copied().collect();
        places.sort_unstable();
        places.into_iter().filter_map(|place| Some((place, self.card(place)?)))
    }

    /// The concept at `place`.
    #[must_use]
    pub fn card(&self, place: Place) -> Option<&Card> {
        let syllabus = self.node(place.node)?.syllabus.as_ref()?;
        syllabus.sessions.get(place.session)?.concepts.get(place.concept)
    }

    /// The name of the subject that `place` belongs to.
    #[cfg(test)]
    pub fn subject_of(&self, place: Place) -> &str {
        self.node(place.node).map_or("", |node| node.name.as_str())
    }

    fn add(&mut self, raw: RawNode, parent: Option<usize>) {
        let number = self.nodes.len();
        match parent.and_then(|parent| self.nodes.get_mut(parent)) {
            Some(parent) => parent.children.push(number),
            None => self.roots.push(number),
        }
        self.by_name.entry(normal(&raw.name)).or_default().push(number);
        if raw.kind == "subject"
            && let Some(other) = reworded(&raw.name)
        {
            self.by_name.entry(normal(&other)).or_default().push(number);
        }
        let sessions = raw.syllabus.iter().flat_map(|syllabus| syllabus.sessions.iter().enumerate());
        for (session, content) in sessions {
            for (concept, card) in content.concepts.iter().enumerate() {
                let place = Place { node: number, session, concept };
                self.concepts.entry(normal(&card.name)).or_default().push(place);
            }
        }
        self.nodes.push(Node {
            name: raw.name,
            kind: raw.kind,
            scope: raw.scope.trim().to_owned(),
            level: raw.level,
            subtopics: raw.subtopics,
            rationale: raw.rationale.trim().to_owned(),
            syllabus: raw.syllabus,
            children: Vec::new(),
        });
        for child in raw.children {
            self.add(child, Some(number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: &str = "name: Natural Sciences\nkind: field\nchildren:\n  - name: Physics\n    kind: discipline\n    children:\n\
                         \x20     - name: Physics\n        kind: subject\n        level: \"100\"\n        syllabus:\n\
                         \x20         introduction: All of it.\n          sessions:\n            - title: Motion\n              concepts:\n\
                         \x20               - {name: Inertia, fact: f, question: q, answer: a}\n";

    #[test]
    fn nodes_are_found_by_name_and_kind() {
        let pack = Pack::load(&[("field.yaml", FIELD)]).unwrap();
        let kind = |wanted: &str| pack.node(pack.find("PHYSICS", wanted).unwrap()).unwrap().kind.clone();
        assert_eq!(kind("subject"), "subject");
        assert_eq!(kind("discipline"), "discipline");
        assert_eq!(pack.subject("physics").unwrap().level, "100");
        assert!(pack.subject("Natural Sciences").is_none());
        assert_eq!(pack.concept("inertia", "Physics").unwrap().answer, "a");
        assert!(pack.concept("Inertia of rest", "Physics").is_none());
    }

    #[test]
    fn a_bad_file_is_named() {
        let error = Pack::load(&[("field.yaml", "name: [")]).unwrap_err();
        assert!(error.to_string().contains("field.yaml"));
    }
}
