//! How the runs of a directory stand, from what is on disk.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use super::checks::Finding;
use super::item::ItemId;
use super::record::{Failed, Status};
use super::run::{NoSuchRun, Outcome, ReadError, RunFile, RunId, is_held, read_outcome, read_run, run_ids, segments};
use super::segment::{StorageError, read};
use super::spent::{Asked, Calls, Judged, Spent, StepModels};
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
    /// Tokens of all tries, as the servers counted them.
    pub tokens: Usage,
    /// When the first record was made.
    pub first: Option<Timestamp>,
    /// When the last record was made.
    pub last: Option<Timestamp>,
    /// Damaged lines in the middle of segments.
    pub damaged_lines: u64,
    /// Bytes at the end of segments that are no whole record (yet).
    pub torn_bytes: u64,
    /// Tokens of all tries by step, with what no server counted.
    pub spent: Spent,
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
    run_ids(runs)?.into_iter().map(|run| of(runs, run)).collect()
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
    let mut best: HashMap<ItemId, Option<String>> = HashMap::new();
    for segment in segments(runs, run)? {
        read::<StorageError>(&segment, |_, line| {
            let Ok(row) = serde_json::from_slice::<Row>(line) else { return Ok(()) };
            let why = Some(row.why().unwrap_or_default()).filter(|_| row.status != Status::Ok);
            // Finished once is finished.
            if best.get(&row.item) != Some(&None) {
                best.insert(row.item, why);
            }
            Ok(())
        })?;
    }
    Ok(best.into_iter().filter_map(|(item, why)| Some((item, why?))).collect())
}

/// The part of a record that is counted.
#[derive(Deserialize)]
struct Row {
    item: ItemId,
    status: Status,
    failure: Option<Failed>,
    #[serde(default)]
    findings: Vec<Finding>,
    path: Vec<Untrusted>,
    nodes: Vec<NodeId>,
    at: Timestamp,
    question_call: Option<Asked>,
    answer_call: Option<Asked>,
    judge: Option<Judged>,
}

impl Row {
    /// Why it is not ok.
    fn why(&self) -> Option<String> {
        let check = || self.findings.first().map(|finding| finding.check.code().to_owned());
        self.failure.as_ref().map(|failure| failure.class.clone()).or_else(check)
    }
}

/// The best that became of an item so far: its status, its subject, why it is not ok.
struct Best {
    status: Status,
    subject: Option<NodeId>,
    why: Option<String>,
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
        models: StepModels::default(),
        run,
        dir,
    };
    let (mut items, mut paths, mut bills) = (HashMap::new(), HashMap::new(), HashMap::new());
    for segment in segments(runs, &status.run)? {
        let damage = read::<StorageError>(&segment, |_, line| {
            if let Ok(row) = serde_json::from_slice(line) {
                take(&mut status, &mut items, &mut paths, &mut bills, row);
            }
            Ok(())
        })?;
        status.damaged_lines += damage.lines;
        status.torn_bytes += damage.tail;
    }
    let mut subjects: HashMap<NodeId, Counts> = HashMap::new();
    for best in items.into_values() {
        status.items.add(best.status);
        if let Some(subject) = best.subject {
            subjects.entry(subject).or_default().add(best.status);
        }
        if let Some(why) = best.why {
            *status.failures.entry(why).or_default() += 1;
        }
    }
    status.subjects = subjects
        .into_iter()
        .map(|(node, items)| {
            let (path, spent) = (paths.remove(&node).unwrap_or_default(), bills.remove(&node).unwrap_or_default());
            SubjectStatus { node, path, items, spent }
        })
        .collect();
    status.subjects.sort_by(|a, b| (&a.path, a.node).cmp(&(&b.path, b.node)));
    Ok(status)
}

fn take(
    status: &mut RunStatus,
    items: &mut HashMap<ItemId, Best>,
    paths: &mut HashMap<NodeId, Vec<Untrusted>>,
    bills: &mut HashMap<NodeId, Spent>,
    row: Row,
) {
    let why = row.why();
    let calls = Calls { question_call: row.question_call, answer_call: row.answer_call, judge: row.judge };
    let spent = calls.spent();
    calls.models(&mut status.models);
    status.spent += spent;
    status.tokens = status.tokens + spent.together().counted;
    status.first = Some(status.first.map_or(row.at, |first| first.min(row.at)));
    status.last = Some(status.last.map_or(row.at, |last| last.max(row.at)));
    let subject = row.nodes.last().copied();
    if let Some(subject) = subject {
        paths.entry(subject).or_insert(row.path);
        *bills.entry(subject).or_default() += spent;
    }
    let best = items.entry(row.item).or_insert(Best { status: row.status, subject, why: None });
    if best.status != Status::Ok {
        (best.status, best.why) = (row.status, why);
    }
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
    use super::super::record::{CallNote, Record, sample};
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
