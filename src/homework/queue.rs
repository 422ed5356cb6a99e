//! The items of a plan that are still to be asked for, in the order of the plan.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::done::{DoneSet, Standing};
use super::item::ItemId;
use super::plan::{Plan, PlannedItem};
use super::segment::StorageError;

/// How the items of a plan stand: a bit an item at most, so that ten million of them take little over a megabyte.
#[derive(Debug)]
pub(super) struct Survey {
    subjects: Vec<Stand>,
}

/// How the items of one subject stand.
#[derive(Debug, Default)]
struct Stand {
    done: u64,
    given_up: u64,
    /// Which items are not to be asked for, by their place among those of the plan; empty where all are.
    skip: Vec<u64>,
    open: u64,
}

impl Survey {
    /// Compares a plan with what is done. `again` asks for what was given up, too.
    pub fn of(plan: &Plan, done: &DoneSet, again: bool) -> Self {
        let fresh = |at: usize| Stand { open: plan.subjects[at].quota, ..Stand::default() };
        if done.is_empty() {
            return Self { subjects: (0..plan.subjects.len()).map(fresh).collect() };
        }
        let subjects = over_subjects(plan, |at| {
            let mut stand = fresh(at);
            for (place, item) in plan.items_of(at).enumerate() {
                match done.standing(item.id) {
                    Standing::Open => continue,
                    Standing::GivenUp if again => continue,
                    Standing::Done => stand.done += 1,
                    Standing::GivenUp => stand.given_up += 1,
                }
                if stand.skip.is_empty() {
                    stand.skip = vec![0; usize::try_from(stand.open.div_ceil(64)).unwrap_or_default()];
                }
                stand.skip[place / 64] |= 1 << (place % 64);
            }
            stand.open -= stand.done + stand.given_up;
            if stand.open == 0 {
                // Nobody looks at it any more.
                stand.skip = Vec::new();
            }
            stand
        });
        Self { subjects }
    }

    /// For each subject, how many of its items are done and how many are given up.
    pub fn settled(&self) -> Vec<(u64, u64)> {
        self.subjects.iter().map(|stand| (stand.done, stand.given_up)).collect()
    }

    /// How many items are to be asked for.
    pub fn open(&self) -> u64 {
        self.subjects.iter().map(|stand| stand.open).sum()
    }
}

/// How many items of a plan a run would ask for.
///
/// # Errors
/// When a segment cannot be read.
pub fn left(plan: &Plan, runs: &Path) -> Result<u64, StorageError> {
    Ok(Survey::of(plan, &DoneSet::load(runs)?, false).open())
}

/// What `look` finds at each subject of a plan, looked at by all cores together.
pub(super) fn over_subjects<T: Send>(plan: &Plan, look: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let count = plan.subjects.len();
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(8);
    if cores < 2 || plan.total() < 50_000 {
        return (0..count).map(look).collect();
    }
    let (size, look) = (count.div_ceil(cores).max(1), &look);
    thread::scope(|scope| {
        let part = |from: usize| scope.spawn(move || (from..(from + size).min(count)).map(look).collect::<Vec<_>>());
        let parts: Vec<_> = (0..count).step_by(size).map(part).collect();
        let joined = parts.into_iter().flat_map(|part| match part.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

/// Gives one open item after the other. Subjects that are through are not looked at, and what is not open is not even drawn.
pub(super) struct Queue {
    plan: Arc<Plan>,
    survey: Survey,
    failed: HashMap<ItemId, u32>,
    left: u64,
    at: usize,
    items: Option<Box<dyn Iterator<Item = PlannedItem> + Send>>,
}

impl Queue {
    /// The open items of `plan`.
    pub fn new(plan: Arc<Plan>, survey: Survey, done: DoneSet) -> Self {
        Self { plan, left: survey.open(), survey, failed: done.into_failures(), at: 0, items: None }
    }

    /// How often an item has failed by its own fault.
    pub fn failures(&self, item: ItemId) -> u32 {
        self.failed.get(&item).copied().unwrap_or_default()
    }

    /// How many it will give yet.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The open items of the subject at a position.
    fn items_of(&mut self, at: usize) -> Option<Box<dyn Iterator<Item = PlannedItem> + Send>> {
        let (subject, stand) = (self.plan.subjects.get(at)?, self.survey.subjects.get_mut(at)?);
        if stand.open == 0 {
            return Some(Box::new(std::iter::empty()));
        }
        let skip = std::mem::take(&mut stand.skip);
        let is_open = move |place: usize| skip.get(place / 64).is_none_or(|word| word >> (place % 64) & 1 == 0);
        let numbers = subject.which.numbers(subject.whole).enumerate();
        let open = numbers.filter_map(move |(place, number)| is_open(place).then_some(number));
        Some(Box::new(self.plan.items_numbered(at, open)))
    }
}

impl Iterator for Queue {
    type Item = PlannedItem;

    fn next(&mut self) -> Option<PlannedItem> {
        loop {
            if let Some(item) = self.items.as_mut().and_then(Iterator::next) {
                self.left = self.left.saturating_sub(1);
                return Some(item);
            }
            self.items = Some(self.items_of(self.at)?);
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::done::Gathered;
    use super::super::plan::{Amount, PlanRequest};
    use super::super::record::{Head, Status};
    use super::super::{fixture, recipe};
    use super::*;

    fn gathered(done: impl Iterator<Item = ItemId>, failed: &[ItemId]) -> DoneSet {
        let mut gathered = Gathered::default();
        done.for_each(|item| gathered.add(Head { item, status: Status::Ok, counts: false }));
        for item in failed.iter().cycle().take(3 * failed.len()) {
            gathered.add(Head { item: *item, status: Status::Unfit, counts: true });
        }
        gathered.sealed()
    }

    #[test]
    fn what_is_open_comes_once_and_in_order() {
        let snapshot = fixture::taxonomy(&["Acoustics", "Mechanics", "Optics"]);
        let whole = Plan::new(&snapshot, &PlanRequest::of(Amount::PerSubject(150), 1), &recipe::sample());
        let picked = whole.clone().pick(|item| item.share(3) > 0);
        for plan in [whole.clone(), whole.only("1/3".parse().unwrap()), picked] {
            let plan = Arc::new(plan);
            let all: Vec<ItemId> = plan.items().map(|item| item.id).collect();
            let done: HashSet<ItemId> = all.iter().copied().filter(|item| item.share(4) == 0).collect();
            let rest: Vec<ItemId> = all.iter().copied().filter(|item| !done.contains(item)).collect();
            for (again, expected) in [(false, &rest[5..]), (true, &rest[..])] {
                let known = gathered(done.iter().copied(), &rest[..5]);
                let survey = Survey::of(&plan, &known, again);
                let settled = survey.settled().iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                assert_eq!(settled, (done.len() as u64, if again { 0 } else { 5 }));
                let mut queue = Queue::new(Arc::clone(&plan), survey, known);
                assert_eq!((queue.left(), queue.failures(rest[0])), (expected.len() as u64, 3));
                let found: Vec<ItemId> = queue.by_ref().map(|item| item.id).collect();
                assert_eq!((found.as_slice(), queue.left()), (expected, 0));
                assert!(queue.next().is_none());
            }
            let fresh =
                Queue::new(Arc::clone(&plan), Survey::of(&plan, &DoneSet::default(), false), DoneSet::default());
            assert!(fresh.map(|item| item.id).eq(all.iter().copied()));
            let everything = gathered(all.iter().copied(), &[]);
            assert_eq!(Survey::of(&plan, &everything, false).open(), 0);
        }
    }

    #[test]
    fn all_cores_together_find_what_one_finds() {
        let names: Vec<String> = (0..40).map(|n| format!("Subject {n}")).collect();
        let snapshot = fixture::taxonomy(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let plan = Plan::new(&snapshot, &PlanRequest::of(Amount::PerSubject(1_500), 1), &recipe::sample());
        assert!(plan.total() >= 50_000);
        let firsts = over_subjects(&plan, |at| plan.items_of(at).next().unwrap().id);
        assert!(firsts.into_iter().eq((0..40).map(|at| plan.items_of(at).next().unwrap().id)));
    }
}
