//! Verdicts on finished homework: what people said of items, what follows for each item, and how
//! good the homework of a branch, a subject or a class session is.
//!
//! A verdict is a decision like any other: an event that names the items, the subject and the
//! syllabus they were made from, so that what is wrong leads back to the class session at fault. The
//! latest verdict of each curator about an item counts. An item is *refused*, and stays out of
//! exports, when more curators call it bad (wrong, unclear or not self-contained) than good.

mod quality;

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use quality::{Fault, Qualities, Quality, fault, qualities, wilson};

use super::event::{Change, Event};
use super::id::{EventId, ItemKey, NodeId};
use super::op::{Refusal, Verdict, plain};
use super::snapshot::Snapshot;
use super::syllabus::SessionId;
use super::text::Untrusted;

/// What somebody says of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemVerdict {
    /// Right, clear, and worth learning from.
    Good,
    /// The answer is wrong, or answers something else.
    Wrong,
    /// Question or answer can be understood in more than one way, or not at all.
    Unclear,
    /// The question needs something that it does not bring along: a figure, a file, an earlier part.
    NotSelfContained,
}

impl ItemVerdict {
    /// In the order of the keys.
    pub const ALL: [Self; 4] = [Self::Good, Self::Wrong, Self::Unclear, Self::NotSelfContained];

    /// The code in logs and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wrong => "wrong",
            Self::Unclear => "unclear",
            Self::NotSelfContained => "not-self-contained",
        }
    }

    /// The words on a screen.
    #[must_use]
    pub fn title(self) -> &'static str {
        if self == Self::NotSelfContained { "not self-contained" } else { self.code() }
    }

    /// Whether it speaks for the item.
    #[must_use]
    pub fn is_good(self) -> bool {
        self == Self::Good
    }
}

impl fmt::Display for ItemVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for ItemVerdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.replace(['_', ' '], "-");
        Self::ALL.into_iter().find(|verdict| verdict.code() == wanted).ok_or_else(|| {
            let codes: Vec<_> = Self::ALL.iter().map(|verdict| verdict.code()).collect();
            format!("a verdict is one of {}", codes.join(", "))
        })
    }
}

/// An item as it was judged: what it is, and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The item.
    pub item: ItemKey,
    /// Its subject.
    pub subject: NodeId,
    /// Content hash of the syllabus.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub syllabus: String,
    /// The class sessions it draws on, in teaching order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<SessionId>,
}

/// The verdict of one curator that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// The event that said it.
    pub event: EventId,
    /// The curator.
    pub by: String,
    /// What they say.
    pub verdict: ItemVerdict,
    /// In their words.
    pub note: Option<Untrusted>,
}

/// What follows from the verdicts on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// More curators call it good than bad.
    Good,
    /// More call it bad than good: it stays out of exports.
    Refused,
    /// As many call it bad as good: it goes out until another verdict settles it.
    Divided,
}

/// Everything that counts about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The item, as it was judged last.
    pub judged: Judged,
    /// One for each curator, the oldest first; never empty.
    pub voices: Vec<Voice>,
}

impl Judgement {
    /// What follows from it.
    #[must_use]
    pub fn fate(&self) -> Fate {
        let good = self.voices.iter().filter(|voice| voice.verdict.is_good()).count();
        match good.cmp(&(self.voices.len() - good)) {
            std::cmp::Ordering::Greater => Fate::Good,
            std::cmp::Ordering::Equal => Fate::Divided,
            std::cmp::Ordering::Less => Fate::Refused,
        }
    }

    /// The verdict that most of the side that is ahead give, of several the latest; of a divided
    /// item none.
    #[must_use]
    pub fn verdict(&self) -> Option<ItemVerdict> {
        let is_good = match self.fate() {
            Fate::Good => true,
            Fate::Refused => false,
            Fate::Divided => return None,
        };
        let side = self.voices.iter().filter(|voice| voice.verdict.is_good() == is_good);
        let count = |verdict| self.voices.iter().filter(|voice| voice.verdict == verdict).count();
        side.max_by_key(|voice| (count(voice.verdict), voice.event)).map(|voice| voice.verdict)
    }

    /// What a curator says of it.
    #[must_use]
    pub fn of(&self, curator: &str) -> Option<&Voice> {
        self.voices.iter().find(|voice| voice.by == curator)
    }
}

impl Snapshot {
    /// What counts about an item; `None` where no verdict on it holds.
    #[must_use]
    pub fn judgement(&self, item: ItemKey) -> Option<Judgement> {
        let mut found: Option<Judgement> = None;
        for (event, place) in self.record.events_judging(item) {
            let Change::Judge { on, verdict, note } = &event.change else { continue };
            let Some(judged) = on.get(place) else { continue };
            let voice = Voice { event: event.id, by: event.by.clone(), verdict: *verdict, note: note.clone() };
            let judgement = found.get_or_insert_with(|| Judgement { judged: judged.clone(), voices: Vec::new() });
            judgement.judged = judged.clone();
            judgement.voices.retain(|earlier| earlier.by != event.by);
            judgement.voices.push(voice);
        }
        found
    }

    /// What a curator says of an item.
    #[must_use]
    pub fn own_verdict(&self, item: ItemKey, curator: &str) -> Option<ItemVerdict> {
        Some(self.judgement(item)?.of(curator)?.verdict)
    }

    /// What counts about every item that somebody judged, in the order of subjects and items.
    #[must_use]
    pub fn judgements(&self) -> Vec<Judgement> {
        let mut all: Vec<(NodeId, ItemKey)> = self.record.judged().collect();
        all.sort_unstable();
        let found = all.into_iter().filter_map(|(subject, item)| Some((subject, self.judgement(item)?)));
        found.filter(|(subject, judgement)| judgement.judged.subject == *subject).map(|(_, found)| found).collect()
    }

    /// What counts about the items of one subject.
    #[must_use]
    pub fn judgements_of(&self, subject: NodeId) -> Vec<Judgement> {
        let found = self.record.judged_of(subject).iter().filter_map(|item| self.judgement(*item));
        found.filter(|judgement| judgement.judged.subject == subject).collect()
    }

    /// The items that stay out of exports: more curators call them bad than good.
    #[must_use]
    pub fn refused(&self) -> HashSet<ItemKey> {
        let all = self.record.judged().map(|(_, item)| item).collect::<HashSet<_>>().into_iter();
        all.filter(|item| self.judgement(*item).is_some_and(|judgement| judgement.fate() == Fate::Refused)).collect()
    }

    /// Whether a curator is not shown what others said of an item: their own verdict is still to
    /// come, and the policy has votes blind.
    #[must_use]
    pub fn hides_judgement(&self, item: ItemKey, curator: &str) -> bool {
        self.record.policy().blind && self.own_verdict(item, curator).is_none()
    }
}

/// Whether an event is a verdict on items of which somebody has to judge one first.
pub(super) fn is_hidden(snapshot: &Snapshot, event: &Event, viewer: &str) -> bool {
    let Change::Judge { on, .. } = &event.change else { return false };
    event.by != viewer && on.iter().any(|judged| snapshot.hides_judgement(judged.item, viewer))
}

/// What a verdict comes down to. Items of which the curator says the same already are left out.
pub(super) fn judge(
    snapshot: &Snapshot,
    by: &str,
    mut on: Vec<Judged>,
    verdict: ItemVerdict,
    note: Option<Untrusted>,
) -> Result<Verdict, Refusal> {
    let note = note.filter(|note| !note.is_blank());
    let mut seen = HashSet::new();
    on.retain(|judged| seen.insert(judged.item));
    if on.is_empty() {
        return Err(Refusal::new("No item is named."));
    }
    let says = |judged: &Judged| {
        let judgement = snapshot.judgement(judged.item)?;
        let voice = judgement.of(by)?;
        Some(voice.verdict == verdict && (note.is_none() || voice.note == note) && judgement.judged == *judged)
    };
    on.retain(|judged| says(judged) != Some(true));
    if on.is_empty() {
        let what = if seen.len() == 1 { "it" } else { "all of them" };
        return Err(Refusal::new(format!("You called {what} {} already.", verdict.title())));
    }
    Ok(plain(Change::Judge { on, verdict, note }))
}

#[cfg(test)]
mod tests;
