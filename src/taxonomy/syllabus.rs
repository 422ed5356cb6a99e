//! The syllabus of a subject: class sessions in teaching order, each with key concepts
//! (GLAN section 2.3).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::folded::Folded;
use super::id::hash_bits;
use super::text::Untrusted;

/// Name of a session within its syllabus (`s01`); stable while the session moves about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub String);

impl SessionId {
    /// The id of the `number`-th session (from 1) of a new syllabus.
    #[must_use]
    pub fn numbered(number: usize) -> Self {
        Self(format!("s{number:02}"))
    }
}

/// One class session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Unique in the syllabus; given where a person wrote none.
    #[serde(default)]
    pub id: SessionId,
    /// What the session is called.
    pub title: Untrusted,
    /// What happens in it.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub description: Untrusted,
    /// What students must master; about five.
    #[serde(default)]
    pub concepts: Vec<Untrusted>,
}

fn is_blank(text: &Untrusted) -> bool {
    text.is_blank()
}

/// A whole syllabus: an [`Outline`], which it derefs to, or the bytes of one until somebody reads it. A copy costs a
/// pointer.
#[derive(Clone)]
pub struct Syllabus {
    whole: Arc<Outline>,
    /// Where it is there, `whole` says nothing.
    folded: Option<Arc<Folded>>,
}

/// What a syllabus says. The order of sessions is meaning: a question may assume everything "up to"
/// its later session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// What the subject is about.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub introduction: Untrusted,
    /// What a student can do at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<Untrusted>,
    /// In teaching order; 10 to 30 in the paper.
    #[serde(default)]
    pub sessions: Vec<Session>,
}

static EMPTY: LazyLock<Arc<Outline>> = LazyLock::new(Arc::default);

impl Syllabus {
    /// Content hash: 32 hexadecimal digits that change with anything a question could see.
    #[must_use]
    pub fn hash(&self) -> String {
        format!("{:032x}", self.hash_bits())
    }

    fn hash_bits(&self) -> u128 {
        self.folded.as_ref().map_or_else(|| self.whole.hash_bits(), |folded| folded.head().hash())
    }

    /// How many key concepts all sessions hold.
    #[must_use]
    pub fn concept_count(&self) -> usize {
        self.folded.as_ref().map_or_else(|| self.whole.concept_count(), |folded| folded.concept_count())
    }

    /// How many different key concepts each session has.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        self.folded.as_ref().map_or_else(|| self.whole.sizes(), |folded| folded.sizes())
    }

    /// The same in few bytes, for one whose session ids need no repair.
    #[must_use]
    pub fn folded(self) -> Self {
        if self.folded.is_some() {
            return self;
        }
        match Folded::pack(&self, self.hash_bits()) {
            Some((head, bytes)) => Folded::new(head, Arc::new(bytes), 0).into(),
            None => self,
        }
    }

    /// Gives every session whose id is empty or taken a new one.
    pub fn repair_session_ids(&mut self) {
        // What is folded was repaired before.
        if self.folded.is_none() {
            Arc::make_mut(&mut self.whole).repair_session_ids();
        }
    }

    /// What it says, for whoever looks at it once: what was unfolded for that is not kept.
    #[must_use]
    pub fn read(&self) -> Cow<'_, Outline> {
        self.folded.as_ref().map_or(Cow::Borrowed(self.whole.as_ref()), |folded| folded.read())
    }

    /// Whether what it says is there. What is not must not be changed and written: it would be lost.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.folded.as_ref().is_none_or(|folded| folded.is_whole())
    }

    /// What [`Syllabus::folded`] made of it.
    #[must_use]
    pub fn as_folded(&self) -> Option<&Folded> {
        self.folded.as_deref()
    }
}

impl Deref for Syllabus {
    type Target = Outline;

    fn deref(&self) -> &Outline {
        self.folded.as_ref().map_or(&self.whole, |folded| folded.open())
    }
}

impl DerefMut for Syllabus {
    fn deref_mut(&mut self) -> &mut Outline {
        if let Some(folded) = self.folded.take() {
            self.whole = folded.open().clone();
        }
        Arc::make_mut(&mut self.whole)
    }
}

impl From<Outline> for Syllabus {
    fn from(outline: Outline) -> Self {
        Self { whole: Arc::new(outline), folded: None }
    }
}

impl From<Folded> for Syllabus {
    fn from(folded: Folded) -> Self {
        Self { whole: EMPTY.clone(), folded: Some(Arc::new(folded)) }
    }
}

impl Default for Syllabus {
    fn default() -> Self {
        Self { whole: EMPTY.clone(), folded: None }
    }
}

impl PartialEq for Syllabus {
    fn eq(&self, other: &Self) -> bool {
        match (&self.folded, &other.folded) {
            (Some(one), Some(other)) => one.head().hash() == other.head().hash(),
            (None, None) if Arc::ptr_eq(&self.whole, &other.whole) => true,
            _ => **self == **other,
        }
    }
}

impl Eq for Syllabus {}

impl fmt::Debug for Syllabus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Serialize for Syllabus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Syllabus {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Outline::deserialize(deserializer).map(Self::from)
    }
}

impl Outline {
    fn hash_bits(&self) -> u128 {
        let text = serde_json::to_string(self).unwrap_or_default();
        hash_bits("provost 2026 syllabus v1", &[&text], 128)
    }

    /// How many key concepts all sessions hold.
    #[must_use]
    pub fn concept_count(&self) -> usize {
        self.sessions.iter().map(|session| session.concepts.len()).sum()
    }

    /// How many different key concepts each session has: blank ones and repetitions do not count.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let size = |session: &Session| {
            let texts = session.concepts.iter().map(|concept| concept.raw().trim());
            let mut texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
            texts.sort_unstable();
            texts.dedup();
            texts.len()
        };
        self.sessions.iter().map(size).collect()
    }

    /// The session with this id and its position.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Option<(usize, &Session)> {
        self.sessions.iter().enumerate().find(|(_, session)| session.id == *id)
    }

    /// An id that no session has yet.
    #[must_use]
    pub fn free_session_id(&self) -> SessionId {
        let mut number = self.sessions.len() + 1;
        while self.session(&SessionId::numbered(number)).is_some() {
            number += 1;
        }
        SessionId::numbered(number)
    }

    /// Whether every session has an id of its own, so that none needs repair.
    #[must_use]
    pub fn has_session_ids(&self) -> bool {
        let mut taken = HashSet::with_capacity(self.sessions.len());
        self.sessions.iter().all(|session| !session.id.0.trim().is_empty() && taken.insert(&session.id))
    }

    /// Gives every session whose id is empty or taken a new one.
    pub fn repair_session_ids(&mut self) {
        let mut taken = HashSet::with_capacity(self.sessions.len());
        let is_own = |session: &Session, taken: &mut HashSet<SessionId>| {
            !session.id.0.trim().is_empty() && taken.insert(session.id.clone())
        };
        let nameless: Vec<usize> =
            self.sessions.iter().enumerate().filter(|(_, one)| !is_own(one, &mut taken)).map(|(at, _)| at).collect();
        let mut next = self.sessions.len() + 1;
        for at in nameless {
            let mut id = SessionId::numbered(at + 1);
            while !taken.insert(id.clone()) {
                id = SessionId::numbered(next);
                next += 1;
            }
            self.sessions[at].id = id;
        }
    }

    /// Whether any text in it hides characters.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        let sessions = self
            .sessions
            .iter()
            .flat_map(|session| [&session.title, &session.description].into_iter().chain(&session.concepts));
        std::iter::once(&self.introduction).chain(&self.objectives).chain(sessions).any(Untrusted::is_suspicious)
    }

    /// The whole syllabus as text, the way the question step reads it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Every question's prompt is made of it, so nothing is formatted that can be copied.
        let mut line = |parts: &[&str]| {
            parts.iter().for_each(|part| text.push_str(part));
            text.push('\n');
        };
        line(&["Introduction: ", self.introduction.raw().trim()]);
        if !self.objectives.is_empty() {
            line(&["Objectives:"]);
        }
        for objective in &self.objectives {
            line(&["- ", objective.raw().trim()]);
        }
        for (number, session) in self.sessions.iter().enumerate() {
            line(&["\nSession ", &(number + 1).to_string(), ": ", session.title.raw().trim()]);
            if !session.description.is_blank() {
                line(&[session.description.raw().trim()]);
            }
            for concept in &session.concepts {
                line(&["- ", concept.raw().trim()]);
            }
        }
        text
    }
}

#[cfg(test)]
pub(crate) fn sample(sessions: usize, concepts: usize) -> Syllabus {
    let session = |number: usize| Session {
        id: SessionId::numbered(number),
        title: format!("Session {number}").into(),
        description: "What happens.".into(),
        concepts: (1..=concepts).map(|c| format!("concept {number}.{c}").into()).collect(),
    };
    let (introduction, objectives) = ("An introduction.".into(), vec!["Know it".into()]);
    Outline { introduction, objectives, sessions: (1..=sessions).map(session).collect() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_syllabus_is_the_same_as_the_whole_one_and_no_other() {
        let (one, other) = (sample(3, 2), sample(3, 3));
        let (folded, unlike) = (one.clone().folded(), other.clone().folded());
        for same in [&one, &folded, &one.clone().folded(), &sample(3, 2)] {
            assert_eq!((same, &one), (&folded, same));
        }
        for differs in [&other, &unlike] {
            assert_ne!(differs, &one);
            assert_ne!(differs, &folded);
        }
        let counts = |syllabus: &Syllabus| (syllabus.concept_count(), syllabus.sizes(), syllabus.hash());
        assert_eq!(counts(&folded), counts(&one));
        assert_eq!((folded.read().into_owned(), folded.concept_count()), (one.read().into_owned(), 6));
    }

    #[test]
    fn a_syllabus_as_text_says_all_that_there_is_and_nothing_blank() {
        let mut syllabus = sample(2, 1);
        syllabus.sessions[0].description = "What light does.".into();
        syllabus.sessions[1].description = " ".into();
        let text = syllabus.to_text();
        assert!(text.contains("\nWhat light does.\n"), "{text}");
        let second = text.split("\nSession 2: ").nth(1).unwrap();
        assert_eq!(second.lines().count(), 2, "a title and a concept: {text}");
    }

    #[test]
    fn the_hash_follows_content_and_order() {
        let syllabus = sample(3, 2);
        let mut swapped = syllabus.clone();
        swapped.sessions.swap(0, 1);
        let mut edited = syllabus.clone();
        edited.sessions[0].concepts[0] = "another".into();
        assert_eq!(syllabus.hash(), sample(3, 2).hash());
        assert_ne!(syllabus.hash(), swapped.hash());
        assert_ne!(syllabus.hash(), edited.hash());
    }

    #[test]
    fn session_ids_are_repaired_without_touching_good_ones() {
        let mut syllabus = sample(3, 1);
        assert!(syllabus.has_session_ids());
        syllabus.sessions[1].id = SessionId("s01".into());
        syllabus.sessions[2].id = SessionId(String::new());
        assert!(!syllabus.has_session_ids());
        syllabus.repair_session_ids();
        let mut ids: Vec<_> = syllabus.sessions.iter().map(|s| s.id.0.clone()).collect();
        assert_eq!(ids[0], "s01");
        ids.dedup();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn a_hundred_thousand_sessions_without_ids_get_theirs() {
        let nameless = Session { id: SessionId::default(), ..sample(1, 0).sessions[0].clone() };
        let mut outline = Outline { sessions: vec![nameless; 100_000], ..Outline::default() };
        // Those that come later hold what the first would be given.
        for at in 50_000..100_000 {
            outline.sessions[at].id = SessionId::numbered(at - 50_000 + 1);
        }
        outline.repair_session_ids();
        let ids: HashSet<&str> = outline.sessions.iter().map(|session| session.id.0.as_str()).collect();
        assert_eq!((ids.len(), outline.sessions[0].id.0.as_str()), (100_000, "s100001"));
        assert_eq!(outline.sessions[50_000].id.0, "s01", "what had its own keeps it");
    }

    #[test]
    fn the_text_holds_every_concept_in_order() {
        let text = sample(2, 2).to_text();
        let positions: Vec<_> =
            ["concept 1.1", "concept 1.2", "Session 2", "concept 2.1"].iter().map(|part| text.find(part)).collect();
        assert!(positions.is_sorted() && positions[0].is_some(), "{text}");
    }
}
