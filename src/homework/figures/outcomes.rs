//! What checks and servers said of the tries, and what kinds of items there are.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::homework::record::{Record, Status};

/// Kinds that are told apart.
const DIFFERENT: usize = 200;

/// A way in which items fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// `check` or `reply`: what a check found, or how a call ended.
    pub by: &'static str,
    /// The code of the check, or the class of the reply.
    pub code: String,
    /// `question` or `answer`.
    pub step: String,
    /// Items that are left out because of it; one with two faults counts for both.
    pub items: u64,
    /// Tries that ended with it, also of items that succeeded later.
    pub tries: u64,
}

impl Fault {
    /// The code, and the step where one is known.
    #[must_use]
    pub fn name(&self) -> String {
        if self.step.is_empty() { self.code.clone() } else { format!("{} ({})", self.code, self.step) }
    }
}

/// How many items are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What they have in common.
    pub name: String,
    /// How many.
    pub items: u64,
}

/// Counts of one kind, with an end to how many are told apart.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<String, u64>);

impl Counts {
    pub fn add(&mut self, name: &str) {
        let name = if self.0.len() < DIFFERENT || self.0.contains_key(name) { name } else { "others" };
        *self.0.entry(name.to_owned()).or_default() += 1;
    }

    /// In the order of names.
    pub fn by_name(self) -> Vec<Count> {
        self.0.into_iter().map(|(name, items)| Count { name, items }).collect()
    }

    /// The most frequent first.
    pub fn by_number(self) -> Vec<Count> {
        let mut counts = self.by_name();
        counts.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| a.name.cmp(&b.name)));
        counts
    }
}

/// Counts faults.
#[derive(Debug, Default)]
pub(super) struct Faults(BTreeMap<(&'static str, String, String), [u64; 2]>);

impl Faults {
    /// Takes in a try; `is_last`: it is what became of its item.
    pub fn add(&mut self, record: &Record, is_last: bool) {
        let mut found: Vec<(&'static str, String, String)> = Vec::new();
        match (record.status, &record.failure) {
            (Status::Failed, Some(failure)) => found.push(("reply", failure.class.clone(), failure.step.clone())),
            (Status::Failed, None) => found.push(("reply", "unknown".to_owned(), String::new())),
            (Status::Unfit, _) => {
                let findings = record.findings.iter();
                found.extend(
                    findings
                        .map(|finding| ("check", finding.check.code().to_owned(), finding.part.as_str().to_owned())),
                );
            }
            (Status::Ok, _) => {}
        }
        found.sort();
        found.dedup();
        for fault in found {
            if self.0.len() < DIFFERENT || self.0.contains_key(&fault) {
                let counts = self.0.entry(fault).or_default();
                counts[0] += u64::from(is_last);
                counts[1] += 1;
            }
        }
    }

    /// Checks first, the most frequent first.
    pub fn finish(self) -> Vec<Fault> {
        let faults =
            self.0.into_iter().map(|((by, code, step), [items, tries])| Fault { by, code, step, items, tries });
        let mut faults: Vec<Fault> = faults.collect();
        faults.sort_by(|a, b| (a.by, b.tries, &a.code, &a.step).cmp(&(b.by, a.tries, &b.code, &b.step)));
        faults
    }
}
