//! What a plan means for what is there: which of its items are new, which are there already, and
//! which items on record hold no longer.
//!
//! Items are identified by what they are made from, so this is a comparison of two sets of ids: a
//! deprecated subject's items go stale, a restored one's are valid again, and neither is asked for.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Serialize;

use super::dataset::{Subject, approved};
use super::done::{DoneSet, Gathered, Standing as Done};
use super::item::ItemId;
use super::plan::{Plan, PlannedItem};
use super::queue::over_subjects;
use super::run::{run_ids, segments};
use super::segment::StorageError;
use super::sums::Tries;
use crate::taxonomy::text::grouped;
use crate::taxonomy::{NodeId, Snapshot, Untrusted};

/// How one planned item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Never asked for.
    New,
    /// Asked for before without success; it is asked for again.
    Again,
    /// There, and valid: it is not asked for.
    Valid,
    /// It failed too often by its own fault: it is not asked for.
    GivenUp,
}

impl Change {
    /// The word in files and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Again => "again",
            Self::Valid => "valid",
            Self::GivenUp => "given-up",
        }
    }
}

/// Planned items by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Never asked for.
    pub new: u64,
    /// Asked for before without success.
    pub again: u64,
    /// There, and valid.
    pub valid: u64,
    /// Failed too often.
    pub given_up: u64,
}

impl Counts {
    /// How many a run would ask for.
    #[must_use]
    pub fn to_ask(&self) -> u64 {
        self.new + self.again
    }

    fn add(&mut self, change: Change) {
        match change {
            Change::New => self.new += 1,
            Change::Again => self.again += 1,
            Change::Valid => self.valid += 1,
            Change::GivenUp => self.given_up += 1,
        }
    }
}

/// Items on record that hold no longer, of one subject and for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The subject.
    pub subject: NodeId,
    /// Names from the field down to the subject, as they were when the items were made.
    pub path: Vec<Untrusted>,
    /// Why, as the end of a sentence.
    pub why: &'static str,
    /// The items, in the order of their ids.
    pub items: Vec<ItemId>,
}

/// What a plan means for what is there.
#[derive(Debug)]
pub struct Changes {
    /// Of each subject of the plan, in its order.
    pub subjects: Vec<Counts>,
    /// What holds no longer, by path.
    pub stale: Vec<Stale>,
    /// Items that are there and valid, and that this plan does not ask for: of other subjects, seeds or recipes.
    pub others: u64,
    /// Items that are there and valid, of this plan or not, by subject.
    pub there: HashMap<NodeId, u64>,
    done: DoneSet,
}

impl Changes {
    /// Compares a plan with the records of all runs.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn of(plan: &Plan, snapshot: &Snapshot, runs: &Path) -> Result<Self, StorageError> {
        let now = approved(snapshot);
        let (mut done, mut all) = (Gathered::default(), Vec::new());
        for run in run_ids(runs)? {
            all.extend(segments(runs, &run)?);
        }
        let tries = Tries::of(all)?;
        let mut there: HashMap<NodeId, u64> = HashMap::new();
        let mut stale: BTreeMap<(NodeId, &'static str), Stale> = BTreeMap::new();
        let places = &tries.sums.places;
        let whys: Vec<_> = places
            .iter()
            .map(|place| Some((place.subject?, why_stale(snapshot, &now, place.subject?, &place.syllabus))))
            .collect();
        for tries in tries.by_item() {
            tries.iter().for_each(|one| done.add(one.head()));
            let Some(first) = tries.iter().find(|one| one.is_ok()) else { continue };
            let Some((subject, why)) = whys[first.place()] else { continue };
            match why {
                None => *there.entry(subject).or_default() += 1,
                Some(why) => {
                    let path = || places[first.place()].path.clone();
                    let new = || Stale { subject, path: path(), why, items: Vec::new() };
                    stale.entry((subject, why)).or_insert_with(new).items.push(first.item());
                }
            }
        }
        drop(tries);
        let mut stale: Vec<Stale> = stale.into_values().collect();
        stale.iter_mut().for_each(|stale| stale.items.sort_unstable());
        stale.sort_by(|a, b| (&a.path, a.subject, a.why).cmp(&(&b.path, b.subject, b.why)));
        let done = done.sealed();
        let subjects = over_subjects(plan, |at| {
            let mut counts = Counts::default();
            if done.is_empty() {
                counts.new = plan.subjects[at].quota;
            } else {
                plan.items_of(at).for_each(|item| counts.add(done.change(item.id)));
            }
            counts
        });
        let mut changes = Self { subjects, stale, others: 0, there, done };
        changes.others = changes.there.values().sum::<u64>().saturating_sub(changes.total().valid);
        Ok(changes)
    }

    /// How a planned item stands.
    #[must_use]
    pub fn of_item(&self, item: &PlannedItem) -> Change {
        self.done.change(item.id)
    }

    /// All subjects together.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.subjects.iter().fold(Counts::default(), |sum, one| Counts {
            new: sum.new + one.new,
            again: sum.again + one.again,
            valid: sum.valid + one.valid,
            given_up: sum.given_up + one.given_up,
        })
    }

    /// Items that are there and valid, of this plan or not.
    #[must_use]
    pub fn there(&self) -> u64 {
        self.there.values().sum()
    }

    /// "20 to ask for, 3 of them again, 4 stale": what a run would do beside what is there; `None` where nothing is.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let (counts, stale) = (self.total(), self.stale_items());
        if counts.to_ask() == counts.new && counts.valid + counts.given_up + stale + self.others == 0 {
            return None;
        }
        let mut words = format!("{} to ask for", grouped(counts.to_ask()));
        let parts = [
            (counts.again, "of them again"),
            (counts.valid, "there and valid"),
            (counts.given_up, "given up"),
            (stale, "stale"),
            (self.others, "valid beyond this plan"),
        ];
        for (number, what) in parts.into_iter().filter(|(number, _)| *number > 0) {
            words.push_str(&format!(", {} {what}", grouped(number)));
        }
        Some(words)
    }

    /// How many items on record hold no longer.
    #[must_use]
    pub fn stale_items(&self) -> u64 {
        self.stale.iter().map(|stale| stale.items.len() as u64).sum()
    }
}

/// Why an item that was made from `syllabus` holds no longer.
pub(super) fn why_stale(
    snapshot: &Snapshot,
    now: &HashMap<NodeId, Subject>,
    subject: NodeId,
    syllabus: &str,
) -> Option<&'static str> {
    match now.get(&subject) {
        Some(subject) if subject.syllabus == syllabus => None,
        Some(_) => Some("its syllabus or a document has changed"),
        None => {
            let node = snapshot.tree.node(subject);
            Some(node.map_or("it is not in the taxonomy any more", |node| {
                snapshot.ineligible(node).unwrap_or("it is not approved")
            }))
        }
    }
}

impl DoneSet {
    fn change(&self, item: ItemId) -> Change {
        match self.standing(item) {
            Done::Done => Change::Valid,
            Done::GivenUp => Change::GivenUp,
            Done::Open if self.has_failed(item) => Change::Again,
            Done::Open => Change::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, Runs};
    use super::super::plan::{Amount, PlanRequest};
    use super::super::recipe;
    use super::super::record::{Record, Status};
    use super::*;

    const REQUEST: PlanRequest = PlanRequest::of(Amount::PerSubject(4), 1);

    fn plan(snapshot: &Snapshot) -> Plan {
        Plan::new(snapshot, &REQUEST, &recipe::sample())
    }

    /// A record of a planned item.
    fn made(runs: &Runs, plan: &Plan, item: &PlannedItem, status: Status) -> Record {
        let subject = &plan.subjects[item.subject];
        Record {
            item: item.id,
            nodes: subject.lineage.clone(),
            path: subject.names.clone(),
            syllabus: subject.syllabus_hash.clone(),
            ..runs.record(0, status)
        }
    }

    fn counts(new: u64, again: u64, valid: u64, given_up: u64) -> Counts {
        Counts { new, again, valid, given_up }
    }

    #[test]
    fn adding_editing_deprecating_and_restoring_change_exactly_their_own_items() {
        let mut runs = Runs::new();
        let folder = runs.path();
        let look = |snapshot: &Snapshot| {
            let changes = Changes::of(&plan(snapshot), snapshot, &folder).unwrap();
            (changes.total(), changes.stale_items(), changes)
        };
        assert_eq!(look(&runs.snapshot).0, counts(4, 0, 0, 0));
        let first = plan(&runs.snapshot);
        let all: Vec<_> = first.items().map(|item| made(&runs, &first, &item, Status::Ok)).collect();
        runs.write("a", &all);
        assert_eq!(look(&runs.snapshot).0, counts(0, 0, 4, 0));

        // One more subject: its items are new, and no other.
        let before = runs.snapshot.clone();
        let added =
            fixture::add_subject(&mut runs.snapshot, "Acoustics", Some(crate::taxonomy::syllabus::sample(10, 5)));
        let (total, stale, changes) = look(&runs.snapshot);
        let at = plan(&runs.snapshot).subjects.iter().position(|subject| subject.id() == added).unwrap();
        assert_eq!((total, stale, changes.subjects[at]), (counts(4, 0, 4, 0), 0, counts(4, 0, 0, 0)));

        // One concept is edited: as many are stale as new.
        let edited = fixture::edit_syllabus(&before, runs.subject, |syllabus| {
            syllabus.sessions[0].concepts[0] = "Another concept".into();
        });
        let (total, stale, changes) = look(&edited);
        assert_eq!((total, stale), (counts(4, 0, 0, 0), 4));
        assert_eq!(
            (changes.stale[0].why, changes.stale[0].subject),
            ("its syllabus or a document has changed", runs.subject)
        );
        let mut ids: Vec<ItemId> = first.items().map(|item| item.id).collect();
        ids.sort_unstable();
        assert_eq!(changes.stale[0].items, ids);

        // Deprecated: stale, and nothing is asked for. Restored: valid again.
        let deprecated = fixture::deprecate(&before, runs.subject);
        let (total, stale, changes) = look(&deprecated);
        assert_eq!((total, stale, changes.stale[0].why), (Counts::default(), 4, "it is deprecated"));
        assert_eq!((look(&before).0, look(&before).1), (counts(0, 0, 4, 0), 0));
    }

    #[test]
    fn failures_are_asked_for_again_until_they_are_given_up() {
        let runs = Runs::new();
        let plan = plan(&runs.snapshot);
        let items: Vec<_> = plan.items().collect();
        let of = |at: usize, status| made(&runs, &plan, &items[at], status);
        runs.write("a", &[of(0, Status::Ok), of(1, Status::Unfit), of(2, Status::Failed), of(2, Status::Failed)]);
        runs.write("b", &[of(2, Status::Unfit), Record { seed: 9, ..runs.record(77, Status::Ok) }]);
        let changes = Changes::of(&plan, &runs.snapshot, &runs.path()).unwrap();
        assert_eq!((changes.total(), changes.others, changes.total().to_ask()), (counts(1, 1, 1, 1), 1, 2));
        let each: Vec<Change> = items.iter().map(|item| changes.of_item(item)).collect();
        assert_eq!(each, [Change::Valid, Change::Again, Change::GivenUp, Change::New]);
    }
}
