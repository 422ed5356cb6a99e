//! How the runs of a directory stand, from what is on disk: ledgers (`homework::sums`), and segments only as far as those do not reach.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::batch::{discount, log};
use super::item::ItemId;
use super::judging::spending;
use super::record::Status;
use super::run::{
    NoSuchRun, Outcome, ReadError, RunFile, RunId, is_held, read_outcome, read_run, run_ids, runs_by_start, segments,
};
use super::segment::StorageError;
use super::spent::{Spent, StepModels, Tokens};
use super::sums::{Place, Tries, best};
use crate::llm::Usage;
use crate::taxonomy::{NodeId, Untrusted};

/// How a run stands.
#[derive(Debug, Clone)]
pub struct RunStatus {
    /// The run.
    pub run: RunId,
    /// Its folder.
    pub dir: PathBuf,
    /// What was asked for; `None` where `run.yaml` is missing or damaged.
    pub file: Option<RunFile>,
    /// How it ended the last time; `None` where it never came to an end.
    pub outcome: Option<Outcome>,
    /// Whether a process is working on it.
    pub is_running: bool,
    /// Items by what became of them in this run; of several tries the best counts.
    pub items: Counts,
    /// The items by subject, in the order of their paths.
    pub subjects: Vec<SubjectStatus>,
    /// Items that are not ok, by class of reply or code of check.
    pub failures: BTreeMap<String, u64>,
    /// Tokens of all tries and of judging, as the servers counted them.
    pub tokens: Usage,
    /// When the first record was made.
    pub first: Option<Timestamp>,
    /// When the last record was made.
    pub last: Option<Timestamp>,
    /// Damaged lines in the middle of segments.
    pub damaged_lines: u64,
    /// Bytes at the end of segments that are no whole record (yet).
    pub torn_bytes: u64,
    /// Tokens of all tries by step, with what no server counted; judging the items later is part of it.
    pub spent: Spent,
    /// As much of it as costs nothing, because providers take a discount off what came by batch.
    pub free: Spent,
    /// The part of it that judging them later took.
    pub judged: Tokens,
    /// Items that were judged later.
    pub judged_items: u64,
    /// Who was asked.
    pub models: StepModels,
}

/// Items by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Whole and without fault.
    pub ok: u64,
    /// Without a reply.
    pub failed: u64,
    /// With a fault.
    pub unfit: u64,
}

/// The items of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectStatus {
    /// The subject.
    pub node: NodeId,
    /// Names from the field down to the subject, as they were then.
    pub path: Vec<Untrusted>,
    /// Its items.
    pub items: Counts,
    /// What they took, all tries together.
    pub spent: Spent,
}

/// The items of a field, or of what hangs directly under one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchStatus {
    /// Names from the field down to it, as they were then.
    pub path: Vec<Untrusted>,
    /// Its items.
    pub items: Counts,
    /// What they took, all tries together.
    pub spent: Spent,
}

impl RunStatus {
    /// The top two levels, each with everything below it, in the order of their paths.
    #[must_use]
    pub fn branches(&self) -> Vec<BranchStatus> {
        let mut found: BTreeMap<&[Untrusted], BranchStatus> = BTreeMap::new();
        for subject in &self.subjects {
            for depth in 1..=subject.path.len().saturating_sub(1).min(2) {
                let path = &subject.path[..depth];
                let branch = found.entry(path).or_insert_with(|| BranchStatus {
                    path: path.to_vec(),
                    items: Counts::default(),
                    spent: Spent::default(),
                });
                branch.items = branch.items.and(subject.items);
                branch.spent += subject.spent;
            }
        }
        found.into_values().collect()
    }
}

/// How every run stands, oldest first.
///
/// # Errors
/// When the folder or a segment cannot be read.
pub fn runs(runs: &Path) -> Result<Vec<RunStatus>, StorageError> {
    runs_by_start(runs)?.into_iter().map(|run| of(runs, run)).collect()
}

/// How one run stands.
///
/// # Errors
/// When there is no such run, or it cannot be read.
pub fn status(runs: &Path, run: &RunId) -> Result<RunStatus, ReadError> {
    if !run_ids(runs)?.contains(run) {
        return Err(NoSuchRun(run.clone()).into());
    }
    Ok(of(runs, run.clone())?)
}

/// The items of a run that are not finished in it, with the class of reply or the code of check that [`RunStatus::failures`] counts
/// them under.
///
/// # Errors
/// When there is no such run, or it cannot be read.
pub fn unfinished(runs: &Path, run: &RunId) -> Result<HashMap<ItemId, String>, ReadError> {
    if !run_ids(runs)?.contains(run) {
        return Err(NoSuchRun(run.clone()).into());
    }
    let tries = Tries::of(segments(runs, run)?)?;
    let open = tries.by_item().filter_map(best).filter(|best| !best.is_ok());
    Ok(open.map(|best| (best.item(), tries.sums.places[best.place()].why.clone().unwrap_or_default())).collect())
}

fn of(runs: &Path, run: RunId) -> Result<RunStatus, StorageError> {
    let dir = runs.join(run.as_str());
    let mut status = RunStatus {
        file: read_run(runs, &run)?,
        outcome: read_outcome(runs, &run),
        is_running: is_held(runs, &run),
        items: Counts::default(),
        subjects: Vec::new(),
        failures: BTreeMap::new(),
        tokens: Usage::default(),
        first: None,
        last: None,
        damaged_lines: 0,
        torn_bytes: 0,
        spent: Spent::default(),
        free: Spent::default(),
        judged: Tokens::default(),
        judged_items: 0,
        models: StepModels::default(),
        run,
        dir,
    };
    let tries = Tries::of(segments(runs, &status.run)?)?;
    let judging = spending(runs, &status.run)?;
    let mut places = vec![Counts::default(); tries.sums.places.len()];
    let mut judged = vec![Tokens::default(); places.len()];
    for best in tries.by_item().filter_map(best) {
        status.items.add(best.head().status);
        places[best.place()].add(best.head().status);
        if let Some(tokens) = judging.items.get(&best.item()) {
            judged[best.place()] = judged[best.place()] + *tokens;
        }
    }
    let mut sums = tries.sums;
    sums.models.judged_later.extend(judging.models.iter().cloned());
    // All of it, also for an item whose record is gone.
    (status.judged, status.judged_items) = (judging.together(), judging.items.len() as u64);
    let spent = sums.together() + Spent::judged_later(status.judged);
    sums.spent.iter_mut().zip(judged).for_each(|(spent, judged)| spent.judged_later = judged);
    (status.spent, status.tokens) = (spent, spent.together().counted);
    status.free = discount(&log::parts(runs, &status.run)?, &spent);
    (status.first, status.last, status.models) = (sums.first, sums.last, sums.models);
    (status.damaged_lines, status.torn_bytes) = (sums.damaged, sums.torn);
    let mut subjects: HashMap<NodeId, SubjectStatus> = HashMap::new();
    for ((place, items), spent) in sums.places.into_iter().zip(places).zip(sums.spent) {
        let Place { subject, path, why, .. } = place;
        if let Some(why) = why.filter(|_| items.failed + items.unfit > 0) {
            *status.failures.entry(why).or_default() += items.failed + items.unfit;
        }
        let Some(node) = subject else { continue };
        let new = || SubjectStatus { node, path, items: Counts::default(), spent: Spent::default() };
        let subject = subjects.entry(node).or_insert_with(new);
        subject.items = subject.items.and(items);
        subject.spent += spent;
    }
    status.subjects = subjects.into_values().collect();
    status.subjects.sort_by(|a, b| (&a.path, a.node).cmp(&(&b.path, b.node)));
    Ok(status)
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self { ok: self.ok + other.ok, failed: self.failed + other.failed, unfit: self.unfit + other.unfit }
    }

    fn add(&mut self, status: Status) {
        match status {
            Status::Ok => self.ok += 1,
            Status::Failed => self.failed += 1,
            Status::Unfit => self.unfit += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{CallNote, Failed, Record, sample};
    use super::super::segment::{Segment, line};
    use super::*;
    use crate::llm::Sampling;
    use crate::taxonomy::Kind;

    #[test]
    fn a_run_is_counted_by_the_best_record_of_each_item() {
        let runs = tempfile::tempdir().unwrap();
        let folder = runs.path().join("r1/segments");
        std::fs::create_dir_all(&folder).unwrap();
        let subject = NodeId::derive(None, Kind::Subject, "Optics", 0);
        let call = CallNote {
            estimated: None,
            prompt: String::new(),
            model: String::new(),
            served: None,
            sampling: Sampling::default(),
            tokens: Some(Usage { prompt_tokens: 10, completion_tokens: 3, ..Usage::default() }),
            finish: None,
            attempts: 1,
        };
        let failure = Failed { step: "answer".to_owned(), class: "refused".to_owned(), message: "No.".into() };
        let record = |bits, status| Record {
            nodes: vec![subject],
            question_call: Some(call.clone()),
            failure: (status == Status::Failed).then(|| failure.clone()),
            ..sample(bits, status)
        };
        let mut segment = Segment::create(&folder).unwrap();
        for record in [
            record(1, Status::Ok),
            record(2, Status::Failed),
            record(2, Status::Ok),
            record(3, Status::Failed),
            record(4, Status::Unfit),
            record(1, Status::Failed),
        ] {
            segment.write(&line(&record).unwrap()).unwrap();
        }
        segment.write(b"{\"crc\":\"half").unwrap();
        let status = status(runs.path(), &"r1".parse().unwrap()).unwrap();
        assert_eq!(status.items, Counts { ok: 2, failed: 1, unfit: 1 });
        assert_eq!(status.failures, BTreeMap::from([("refused".to_owned(), 1)]));
        assert_eq!((status.subjects.len(), status.subjects[0].items), (1, status.items));
        assert_eq!((status.tokens.prompt_tokens, status.torn_bytes), (60, 12));
        assert!(status.file.is_none() && status.outcome.is_none() && !status.is_running);
        let none = super::status(runs.path(), &"r2".parse().unwrap()).unwrap_err();
        assert!(none.to_string().contains("no run r2"), "{none}");
    }
}
