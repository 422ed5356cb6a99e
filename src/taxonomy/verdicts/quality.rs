//! How good homework is, by branch, subject and class session, with how sure one can be of it.

use std::collections::HashMap;

use super::super::id::NodeId;
use super::super::snapshot::Snapshot;
use super::super::syllabus::SessionId;
use super::{Fate, ItemVerdict, Judgement};

/// Judged items, by what follows from their verdicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quality {
    /// More curators call them good than bad.
    pub good: u64,
    /// Refused as wrong.
    pub wrong: u64,
    /// Refused as unclear.
    pub unclear: u64,
    /// Refused as not self-contained.
    pub not_self_contained: u64,
    /// As many curators call them good as bad.
    pub divided: u64,
}

impl Quality {
    fn add(&mut self, judgement: &Judgement) {
        match (judgement.fate(), judgement.verdict()) {
            (Fate::Good, _) => self.good += 1,
            (Fate::Divided, _) => self.divided += 1,
            (Fate::Refused, Some(ItemVerdict::Unclear)) => self.unclear += 1,
            (Fate::Refused, Some(ItemVerdict::NotSelfContained)) => self.not_self_contained += 1,
            (Fate::Refused, _) => self.wrong += 1,
        }
    }

    /// Items that somebody judged.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.good + self.bad() + self.divided
    }

    /// Items that are refused.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.wrong + self.unclear + self.not_self_contained
    }

    /// The share of good among all judged items; a divided one is not good.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let judged = self.judged();
        (judged > 0).then(|| self.good as f64 / judged as f64)
    }

    /// Between what the share of good in everything probably lies: the Wilson interval at 95 %.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        wilson(self.good, self.judged())
    }
}

/// The 97.5th percentile of the normal distribution: 95 % lie between it and its negative.
const Z: f64 = 1.959_963_984_540_054;

/// The Wilson score interval at 95 % for `hits` of `of` (Wilson 1927; method 3 in Newcombe 1998);
/// `None` where nothing was tried. Unlike the usual one it never leaves 0 to 1, and says something
/// sensible about few items and about none or all of them.
#[must_use]
pub fn wilson(hits: u64, of: u64) -> Option<(f64, f64)> {
    if of == 0 {
        return None;
    }
    let (n, share) = (of as f64, hits.min(of) as f64 / of as f64);
    let (z2, whole) = (Z * Z, 1.0 + Z * Z / n);
    let middle = (share + z2 / (2.0 * n)) / whole;
    let half = Z * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt() / whole;
    // At the ends the formula gives 0 and 1 but for rounding.
    let low = if hits == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if hits >= of { 1.0 } else { (middle + half).min(1.0) };
    Some((low, high))
}

/// How good homework is, everywhere that something was judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qualities {
    /// Everything.
    pub all: Quality,
    /// By node: subjects, and what they hang under.
    pub nodes: HashMap<NodeId, Quality>,
    /// By class session of the syllabus that the subject has now; an item of two sessions counts for both.
    pub sessions: HashMap<(NodeId, SessionId), Quality>,
}

/// Counts every judged item.
#[must_use]
pub fn qualities(snapshot: &Snapshot) -> Qualities {
    let mut found = Qualities::default();
    let mut syllabi: HashMap<NodeId, Option<String>> = HashMap::new();
    for judgement in snapshot.judgements() {
        let subject = judgement.judged.subject;
        found.all.add(&judgement);
        let mut above = snapshot.lineage(subject);
        if above.last() != Some(&subject) {
            above.push(subject);
        }
        above.into_iter().for_each(|node| found.nodes.entry(node).or_default().add(&judgement));
        let now = syllabi.entry(subject).or_insert_with(|| syllabus_now(snapshot, subject));
        if now.as_deref() == Some(judgement.judged.syllabus.as_str()) {
            for session in &judgement.judged.sessions {
                found.sessions.entry((subject, session.clone())).or_default().add(&judgement);
            }
        }
    }
    found
}

fn syllabus_now(snapshot: &Snapshot, subject: NodeId) -> Option<String> {
    Some(snapshot.tree.node(subject)?.syllabus.as_ref()?.hash())
}

/// What verdicts say of the syllabus that a subject has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Items made from this syllabus.
    pub items: Quality,
    /// The class session with the most refused items (of several the one with fewer good ones), its
    /// place in the syllabus from 0, and its items.
    pub session: Option<(SessionId, usize, Quality)>,
}

/// What verdicts say of the syllabus that a subject has now; `None` where no item made from it was
/// refused.
#[must_use]
pub fn fault(snapshot: &Snapshot, subject: NodeId) -> Option<Fault> {
    let judged = snapshot.judgements_of(subject);
    if judged.is_empty() {
        return None;
    }
    let syllabus = snapshot.tree.node(subject)?.syllabus.as_ref()?;
    let hash = syllabus.hash();
    let (mut items, mut sessions) = (Quality::default(), HashMap::<&SessionId, Quality>::new());
    let current: Vec<&Judgement> = judged.iter().filter(|found| found.judged.syllabus == hash).collect();
    for judgement in current {
        items.add(judgement);
        for session in &judgement.judged.sessions {
            sessions.entry(session).or_default().add(judgement);
        }
    }
    if items.bad() == 0 {
        return None;
    }
    let rows = syllabus.sessions.iter().enumerate();
    let rows = rows.filter_map(|(row, session)| Some((session.id.clone(), row, *sessions.get(&session.id)?)));
    let worst = rows.filter(|(.., quality)| quality.bad() > 0);
    let session =
        worst.max_by_key(|(_, row, quality)| (quality.bad(), std::cmp::Reverse(quality.good), std::cmp::Reverse(*row)));
    Some(Fault { items, session })
}
