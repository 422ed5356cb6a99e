use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::checks::Benchmarks;
use super::super::judge::Judge;
use super::super::plan::{Amount, Plan, PlanRequest};
use super::super::record::{Record, Status};
use super::super::run::RunFolder;
use super::super::segment::list;
use super::super::{ItemId, Job, Prices, RunId, fixture, recipe, start};
use super::*;
use crate::demo::{DemoServer, Options};
use crate::llm::{Client, Endpoint, PromptSet, Step, StepSettings};
use crate::taxonomy::{QualitySettings, Snapshot};

mod drive;
mod files;
mod lines;
mod tries;

/// A taxonomy, a model and a folder of runs.
struct Desk {
    snapshot: Snapshot,
    plan: Arc<Plan>,
    server: DemoServer,
    client: Client,
    judge: bool,
    dir: tempfile::TempDir,
    dialect: &'static Dialect,
    most: (u64, u64),
}

impl Desk {
    fn new(each: u64) -> Self {
        Self::with(each, "")
    }

    fn with(each: u64, faults: &str) -> Self {
        let snapshot = fixture::taxonomy(&["Acoustics", "Optics"]);
        let request = PlanRequest::of(Amount::PerSubject(each), 1);
        let plan = Arc::new(Plan::new(&snapshot, &request, &recipe::sample()));
        let server = DemoServer::start(Options { faults: faults.parse().unwrap(), ..Options::default() }).unwrap();
        let client = Client::new(Endpoint::new("demo", server.base_url().parse().unwrap())).unwrap();
        let dir = tempfile::tempdir().unwrap();
        Self { snapshot, plan, server, client, judge: false, dir, dialect: &DIALECTS[0], most: (u64::MAX, u64::MAX) }
    }

    fn runs(&self) -> PathBuf {
        self.dir.path().join("runs")
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn judge(&self) -> Option<Judge> {
        let settings = StepSettings::new(Step::Judge, "provost-demo");
        self.judge.then(|| Judge { client: self.client.clone(), settings })
    }

    fn export(&self) -> Exported {
        self.export_but(&HashSet::new())
    }

    fn export_but(&self, under_way: &HashSet<ItemId>) -> Exported {
        export(&ExportJob { to: Some(self.out()), ..self.asking(under_way) }).unwrap()
    }

    /// What to ask for, and whom.
    fn asking<'a>(&self, under_way: &'a HashSet<ItemId>) -> ExportJob<'a> {
        ExportJob {
            plan: Arc::clone(&self.plan),
            prompts: PromptSet::embedded().unwrap(),
            question: self.client.clone(),
            answer: self.client.clone(),
            judge: self.judge(),
            runs: self.runs(),
            curator: "ada".to_owned(),
            dialect: self.dialect,
            most_requests: self.most.0,
            most_bytes: self.most.1,
            to: None,
            under_way,
        }
    }

    /// Where results go.
    fn taking(&self, run: RunId) -> ImportJob<'_> {
        ImportJob {
            runs: self.runs(),
            run,
            snapshot: &self.snapshot,
            prompts: PromptSet::embedded().unwrap(),
            benchmarks: Arc::<Benchmarks>::default(),
            checks: QualitySettings::default(),
        }
    }

    fn try_import(&self, files: &[PathBuf]) -> Result<Imported, BatchError> {
        import(&self.taking(run_of(&self.runs(), files)?), files, |_| {})
    }

    fn import(&self, lines: &[String]) -> Imported {
        let path = self.write("results.jsonl", &lines.join("\n"));
        let told = self.try_import(&[path]).unwrap();
        assert_eq!(told.accounted(), told.lines, "{told:?}");
        told
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// What the demo model says to the requests of a file, as lines of results.
    async fn answers(&self, file: &RequestFile) -> Vec<String> {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut lines = Vec::new();
        for request in requests(&file.path) {
            let url = format!("{}/chat/completions", self.server.base_url());
            let reply = http.post(url).body(request["body"].to_string()).send().await.unwrap();
            let status = reply.status().as_u16();
            let body: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
            lines.push(result(request["custom_id"].as_str().unwrap(), status, &body));
        }
        lines
    }

    /// Exports, asks and imports until nothing is left; what every import told.
    async fn rounds(&self, most: usize) -> Vec<Imported> {
        let mut told = Vec::new();
        for _ in 0..most {
            let exported = self.export();
            if exported.files.is_empty() {
                break;
            }
            let mut lines = Vec::new();
            for file in &exported.files {
                lines.extend(self.answers(file).await);
            }
            told.push(self.import(&lines));
        }
        told
    }

    async fn live(&self) -> super::super::Summary {
        let job = Job {
            plan: Arc::clone(&self.plan),
            prompts: PromptSet::embedded().unwrap(),
            question: self.client.clone(),
            answer: self.client.clone(),
            prices: Prices::default(),
            runs: self.runs(),
            curator: "ada".to_owned(),
            concurrency: 4,
            benchmarks: Arc::default(),
            checks: QualitySettings::default(),
            judge: self.judge(),
            limits: Default::default(),
            again: None,
        };
        start(job).await.unwrap().join().await
    }

    /// Every record by item, its time left out.
    fn records(&self) -> Vec<Record> {
        let mut found = Vec::new();
        for run in super::super::run::run_ids(&self.runs()).unwrap() {
            for path in list(&self.runs().join(run.as_str()).join("segments")).unwrap() {
                super::super::segment::read::<StorageError>(&path, |_, line| {
                    let mut record: Record = serde_json::from_slice(line).unwrap();
                    record.at = jiff::Timestamp::UNIX_EPOCH;
                    found.push(record);
                    Ok(())
                })
                .unwrap();
            }
        }
        found.sort_by_key(|record| record.item);
        found
    }

    /// Every file of the runs, whole.
    fn disk(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut found, mut open) = (BTreeMap::new(), vec![self.runs()]);
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    open.push(entry.path());
                } else {
                    found.insert(entry.path(), fs::read(entry.path()).unwrap());
                }
            }
        }
        found
    }
}

fn requests(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn result(id: &str, status: u16, body: &Value) -> String {
    json!({"id": format!("batch_req_{id}"), "custom_id": id,
           "response": {"status_code": status, "request_id": "r", "body": body}, "error": null})
    .to_string()
}

fn completion(text: &str, finish: &str) -> Value {
    json!({"model": "m", "choices": [{"message": {"content": text}, "finish_reason": finish}],
           "usage": {"prompt_tokens": 100, "completion_tokens": 30}})
}

fn ids(exported: &Exported) -> Vec<String> {
    let files = exported.files.iter().flat_map(|file| requests(&file.path));
    files.map(|request| request["custom_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_item_is_the_same_record_live_or_by_batch() {
    for judge in [false, true] {
        let mut live = Desk::new(6);
        live.judge = judge;
        live.live().await;
        let mut batch = Desk::new(6);
        batch.judge = judge;
        let told = batch.rounds(9).await;
        assert_eq!(told.len(), if judge { 4 } else { 2 });
        assert_eq!((told.last().unwrap().done, told.last().unwrap().open), (12, 0));
        let (live, batched) = (live.records(), batch.records());
        assert_eq!(live.len(), 12);
        assert_eq!(live, batched);
        let bytes =
            |records: &[Record]| -> Vec<_> { records.iter().map(|r| serde_json::to_string(r).unwrap()).collect() };
        assert_eq!(bytes(&live), bytes(&batched));
        assert_eq!(live[0].judge.is_some(), judge);
        let status = super::super::runs(&batch.runs()).unwrap().remove(0);
        assert_eq!((status.items.ok, status.outcome.unwrap().is_done()), (12, true));
        assert!(batch.export().files.is_empty(), "nothing is left to ask for");
    }
}

#[tokio::test]
async fn a_body_is_what_the_live_client_sends() {
    let desk = Desk::new(3);
    let exported = desk.export();
    let bodies: Vec<String> = requests(&exported.files[0].path).iter().map(|r| r["body"].to_string()).collect();
    let maker = super::super::make::Maker::new(
        Arc::clone(&desk.plan),
        PromptSet::embedded().unwrap(),
        Arc::default(),
        QualitySettings::default(),
    );
    for (item, body) in desk.plan.items().zip(&bodies) {
        let turn = maker.question_turn(&item, 0).unwrap();
        assert_eq!(String::from_utf8(desk.client.body(&turn.request).unwrap()).unwrap(), *body);
    }
    assert_eq!(bodies.len(), 6);
}

#[tokio::test]
async fn live_and_batch_mix() {
    let desk = Desk::new(5);
    let questions = desk.export();
    let lines = desk.answers(&questions.files[0]).await;
    desk.import(&lines[..6]);
    let answers = desk.export();
    assert_eq!(answers.requests, BTreeMap::from([(Stage::Question, 4), (Stage::Answer, 6)]));
    let some = desk.answers(answers.files.iter().find(|file| file.stage == Stage::Answer).unwrap()).await;
    assert_eq!(desk.import(&some[..2]).done, 2);
    // The rest is made live, in the same run; what comes back later is not needed any more.
    let summary = desk.live().await;
    assert_eq!((summary.run, summary.progress.reused, summary.progress.done), (questions.run, 2, 10));
    let late = desk.import(&some);
    assert_eq!((late.duplicate, late.done, late.open), (6, 0, 0));
    assert_eq!(desk.records().len(), 10);
}

#[tokio::test]
async fn items_under_way_are_left_alone() {
    let desk = Desk::new(4);
    let some: HashSet<_> = desk.plan.items().take(3).map(|item| item.id).collect();
    let exported = desk.export_but(&some);
    assert_eq!((exported.total(), exported.under_way), (5, 3));
    assert!(ids(&exported).iter().all(|id| !some.contains(&CustomId::parse(id).unwrap().item)));
}

#[tokio::test]
async fn an_edit_of_the_tree_costs_nothing_that_was_asked() {
    let mut desk = Desk::new(4);
    let questions = desk.export();
    let lines = desk.answers(&questions.files[0]).await;
    desk.import(&lines);
    let answers = desk.export();
    let replies = desk.answers(&answers.files[0]).await;
    // While the answers are under way, one syllabus changes: its items are stale, not lost.
    let optics = desk.snapshot.tree.at_path("natural-sciences/physics/optics").unwrap();
    desk.snapshot =
        fixture::edit_syllabus(&desk.snapshot, optics, |syllabus| syllabus.sessions[0].title = "New".into());
    let told = desk.import(&replies);
    assert_eq!((told.done, told.unknown), (8, 0));
    // Its questions cannot be checked any more, because nobody knows what they were told.
    let other = Desk { dir: tempfile::tempdir().unwrap(), ..Desk::new(4) };
    let questions = other.export();
    let lines = other.answers(&questions.files[0]).await;
    let edited = Desk { snapshot: desk.snapshot, ..other };
    let told = edited.import(&lines);
    assert_eq!((told.waiting[&Stage::Answer], told.unknown), (4, 4));
}

#[tokio::test]
async fn another_process_is_not_disturbed() {
    let desk = Desk::new(2);
    let questions = desk.export();
    let lines = desk.answers(&questions.files[0]).await;
    let path = desk.write("results.jsonl", &lines.join("\n"));
    let held = RunFolder::reopen(&desk.runs(), &questions.run).unwrap();
    assert!(matches!(desk.try_import(std::slice::from_ref(&path)), Err(BatchError::Start(StartError::Busy(_)))));
    drop(held);
    assert_eq!(desk.try_import(&[path]).unwrap().waiting[&Stage::Answer], 4);
    assert_eq!(desk.records().iter().filter(|record| record.status == Status::Ok).count(), 0);
}
