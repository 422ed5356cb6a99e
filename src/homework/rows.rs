//! When item after item meets the same: a server that is away, or that refuses what it is sent. Then the run ends.

use super::away::{Away, most};
use super::handle::Ended;
use super::make::{Fate, is_outage, is_too_slow, refused};
use super::record::{Failed, Record};
use crate::llm::Class;

/// Subjects whose requests have to be refused in a row: one with too long a syllabus has all of its own refused.
const SUBJECTS: usize = 3;

/// What the items that were asked for last have in common.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// For which of them the server was away.
    away: Away,
    /// Items in a row whose request was refused.
    refused: usize,
    /// The subjects of those.
    subjects: Vec<usize>,
}

impl Rows {
    /// Items so far for which a server was there.
    pub fn there(&self) -> u64 {
        self.away.there()
    }

    /// Takes in an item of a subject; says why the run has to end, if it has to.
    pub fn note(
        &mut self,
        subject: usize,
        record: &Record,
        fate: &Fate,
        at_once: impl FnOnce() -> usize,
    ) -> Option<Ended> {
        if let Some(refused) = refusal(record, fate) {
            self.away.was_there();
            return self.refuse(subject, record, refused, at_once());
        }
        self.refused = 0;
        // That it counts says something about the item, and nothing about the server.
        if is_too_slow(fate) && record.counts {
            return None;
        }
        match away(record, fate) {
            Some(failed) => self.away.was_not(failed, at_once()),
            None => {
                self.away.was_there();
                None
            }
        }
    }

    /// How a run ended whose items were all tried, where it is not done: no server was there for any of them.
    pub fn over(&self) -> Option<Ended> {
        self.away.over()
    }

    fn refuse(&mut self, subject: usize, record: &Record, refusal: &Failed, at_once: usize) -> Option<Ended> {
        if self.refused == 0 {
            self.subjects.clear();
        }
        self.refused += 1;
        if !self.subjects.contains(&subject) {
            self.subjects.push(subject);
        }
        let (items, subjects) = (self.refused, self.subjects.len());
        (items >= most(at_once) && subjects >= SUBJECTS).then(|| {
            let (why, which) = (refusal.message.raw(), refused(&refusal.step, record));
            let row = format!("The requests of {items} items in a row, of {subjects} subjects, were refused.");
            Ended::Config(format!("{row} The last: {why}{which}"))
        })
    }
}

/// How the endpoint refused what it was sent for an item.
fn refusal<'a>(record: &'a Record, fate: &Fate) -> Option<&'a Failed> {
    let is_refusal = matches!(fate, Fate::Failed(Class::ConfigError | Class::SchemaUnsupported));
    record.failure.as_ref().filter(|_| is_refusal)
}

/// What came instead of a server, where none was there for an item, or instead of the judge's.
fn away<'a>(record: &'a Record, fate: &Fate) -> Option<&'a Failed> {
    match fate {
        Fate::Failed(_) => record.failure.as_ref().filter(|_| !record.counts),
        Fate::Ok | Fate::Unfit(_) => record.judge.as_ref()?.failure.as_ref().filter(|failed| is_outage_of(failed)),
    }
}

/// A judge that was told to stop was there.
fn is_outage_of(failed: &Failed) -> bool {
    let outages = Class::ALL.into_iter().filter(|class| is_outage(*class) && *class != Class::Cancelled);
    outages.map(Class::as_str).any(|class| class == failed.class)
}
