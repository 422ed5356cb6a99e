use std::collections::{BTreeSet, HashSet};
use std::fs;

use tokio::runtime::Runtime;

use super::super::plan::{Amount, PlanRequest};
use super::super::record::Status;
use super::super::segment::{list, read};
use super::super::{fixture, recipe};
use super::*;
use crate::demo::{self, DemoServer, Options};
use crate::llm::Endpoint;
use crate::taxonomy::{QualitySettings, Snapshot, syllabus};

mod bad_replies;
mod budget;
mod half_made;
mod judged;
mod refused;
mod servers;
mod tries;

fn server(faults: &str, latency: u64) -> DemoServer {
    let latency = Duration::from_millis(latency);
    DemoServer::start(Options { faults: faults.parse().unwrap(), latency, ..Options::default() }).unwrap()
}

fn plan(snapshot: &Snapshot, each: u64) -> Arc<Plan> {
    let request =
        PlanRequest { nodes: Vec::new(), amount: Amount::PerSubject(each), seed: 1, shares: Default::default() };
    Arc::new(Plan::new(snapshot, &request, &recipe::sample()))
}

fn job(server: &DemoServer, runs: &Path, plan: &Arc<Plan>, concurrency: usize) -> Job {
    let mut endpoint = Endpoint::new("demo", server.base_url().parse().unwrap());
    endpoint.retries.pause = Duration::from_millis(1);
    let client = Client::new(endpoint).unwrap();
    Job {
        plan: Arc::clone(plan),
        prompts: PromptSet::embedded().unwrap(),
        question: client.clone(),
        answer: client,
        prices: Prices::default(),
        runs: runs.to_owned(),
        curator: "ada".to_owned(),
        concurrency,
        benchmarks: Arc::default(),
        checks: QualitySettings::default(),
        judge: None,
        limits: Limits::default(),
        again: None,
    }
}

async fn run(server: &DemoServer, runs: &Path, plan: &Arc<Plan>, concurrency: usize) -> Summary {
    start(job(server, runs, plan, concurrency)).await.unwrap().join().await
}

fn records(runs: &Path) -> Vec<Record> {
    let mut found = Vec::new();
    for run in super::super::run::run_ids(runs).unwrap() {
        for segment in list(&runs.join(run.as_str()).join("segments")).unwrap() {
            let damage = read::<StorageError>(&segment, |_, line| {
                found.push(serde_json::from_slice(line).unwrap());
                Ok(())
            });
            assert_eq!(damage.unwrap().tail, 0);
        }
    }
    found
}

fn asked(server: &DemoServer) -> (u64, u64) {
    let ledger = server.ledger();
    (ledger.requests(demo::Step::Question), ledger.requests(demo::Step::Answer))
}

#[tokio::test]
async fn every_item_is_made_once_and_carries_where_it_came_from() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 20);
    let first = run(&server, runs.path(), &plan, 8).await;
    assert_eq!(first.ended, Ended::Done);
    assert_eq!((first.progress.done, first.progress.failed, first.progress.left), (40, 0, 0));
    assert_eq!(first.progress.phase, Phase::Ended);
    assert!(first.progress.prompt_tokens > 0 && first.progress.newest.len() == 40);
    assert_eq!(asked(&server), (40, 40));
    let records = records(runs.path());
    let ids: HashSet<_> = records.iter().map(|record| record.item).collect();
    assert_eq!(ids, plan.items().map(|item| item.id).collect());
    let record = &records[0];
    assert_eq!(record.path.iter().map(|name| name.raw()).collect::<Vec<_>>()[..2], ["Natural Sciences", "Physics"]);
    assert_eq!(record.sessions.len(), usize::from(record.strategy));
    assert!(record.concepts.iter().all(|concept| record.question.raw().contains(concept.concept.raw())));
    let call = record.answer_call.as_ref().unwrap();
    assert_eq!((call.finish.as_ref().unwrap().raw(), call.served.as_ref().unwrap().raw()), ("stop", demo::MODEL));
    assert_eq!(call.sampling.temperature, Some(0.7));

    let again = run(&server, runs.path(), &plan, 8).await;
    assert_eq!((again.ended, again.run, again.progress.reused), (Ended::Done, first.run, 40));
    assert_eq!(asked(&server), (40, 40), "nothing is asked twice");
}

#[tokio::test]
async fn a_new_subject_is_all_that_is_asked_for() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let mut snapshot = fixture::taxonomy(&["Optics"]);
    run(&server, runs.path(), &plan(&snapshot, 10), 4).await;
    let new = fixture::add_subject(&mut snapshot, "Acoustics", Some(syllabus::sample(5, 3)));
    let second = run(&server, runs.path(), &plan(&snapshot, 10), 4).await;
    assert_eq!((second.progress.done, second.progress.reused), (20, 10));
    assert_eq!(asked(&server), (20, 20));
    assert_eq!(records(runs.path()).iter().filter(|record| record.subject() == Some(new)).count(), 10);
}

#[test]
fn a_killed_run_asks_again_for_what_flew_and_for_nothing_else() {
    let (server, runs) = (server("", 2), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 60);
    let flying = 6;
    for wanted in [20, 60] {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let handle = retry_while_busy(|| job(&server, runs.path(), &plan, flying)).await;
            handle.progress().wait_for(|progress| progress.done >= wanted).await.unwrap();
            // Nothing is told to stop: the runtime is torn down under the run.
            std::mem::forget(handle);
        });
        runtime.shutdown_background();
    }
    let summary = Runtime::new()
        .unwrap()
        .block_on(async { retry_while_busy(|| job(&server, runs.path(), &plan, flying)).await.join().await });
    assert_eq!((summary.ended, summary.progress.done), (Ended::Done, 120));
    assert!(summary.progress.reused >= 60);
    let records = records(runs.path());
    let ids: HashSet<_> = records.iter().map(|record| record.item).collect();
    assert_eq!((records.len(), ids.len()), (120, 120));
    let (questions, answers) = asked(&server);
    assert!(questions + answers <= 240 + 2 * flying as u64, "{questions} {answers}");
    assert_eq!(super::super::run::run_ids(runs.path()).unwrap().len(), 1);
}

/// The writer of a run that was torn down may still hold it for a moment.
async fn retry_while_busy(job: impl Fn() -> Job) -> RunHandle {
    loop {
        match start(job()).await {
            Err(StartError::Busy(_)) => tokio::task::yield_now().await,
            other => return other.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_torn_tail_costs_its_item_and_no_other() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 10);
    let first = run(&server, runs.path(), &plan, 2).await;
    let segment = list(&first.dir.join("segments")).unwrap().remove(0);
    let bytes = fs::read(&segment).unwrap();
    fs::write(&segment, &bytes[..bytes.len() - 30]).unwrap();
    let second = run(&server, runs.path(), &plan, 2).await;
    assert_eq!((second.ended, second.progress.reused), (Ended::Done, 9));
    assert_eq!(asked(&server), (11, 11));
    // The run had ended, so the missing item is made by a new one.
    assert_ne!(second.run, first.run);
    assert_eq!(second.torn.len(), 1);
    assert_eq!(records(runs.path()).len(), 10);
}

#[tokio::test]
async fn stop_finishes_what_flies() {
    let (server, runs) = (server("", 10), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 200);
    let handle = start(job(&server, runs.path(), &plan, 4)).await.unwrap();
    handle.progress().wait_for(|progress| progress.done >= 4).await.unwrap();
    handle.control().stop();
    let summary = handle.join().await;
    assert_eq!(summary.ended, Ended::Stopped);
    let (questions, answers) = asked(&server);
    assert_eq!(questions, answers);
    assert_eq!(summary.progress.done, questions);
    assert_eq!(summary.progress.left, 200 - questions);
    assert_eq!(records(runs.path()).len() as u64, questions);
}

#[tokio::test]
async fn abort_and_dropping_the_handle_drop_what_flies() {
    let (server, runs) = (server("hang@answer", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 20);
    let handle = start(job(&server, runs.path(), &plan, 4)).await.unwrap();
    let control = handle.control();
    let mut progress = handle.progress();
    progress.wait_for(|progress| progress.running == 4).await.unwrap();
    control.abort();
    let summary = handle.join().await;
    assert_eq!((summary.ended, summary.progress.running, summary.progress.left), (Ended::Aborted, 0, 20));

    let handle = start(job(&server, runs.path(), &plan, 4)).await.unwrap();
    let mut progress = handle.progress();
    progress.wait_for(|progress| progress.running == 4).await.unwrap();
    drop(handle);
    progress.wait_for(|progress| progress.phase == Phase::Ended).await.unwrap();
}

#[tokio::test]
async fn a_pause_starts_nothing_and_the_limit_can_be_changed() {
    let (server, runs) = (server("", 5), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 100);
    let handle = start(job(&server, runs.path(), &plan, 3)).await.unwrap();
    let (control, mut progress) = (handle.control(), handle.progress());
    progress.wait_for(|progress| progress.done >= 3).await.unwrap();
    control.pause();
    progress.wait_for(|progress| progress.phase == Phase::Paused && progress.running == 0).await.unwrap();
    let paused = asked(&server);
    assert_eq!(server.ledger().snapshot().most_in_flight, 3);
    progress.changed().await.unwrap();
    assert_eq!(asked(&server), paused);
    control.set_concurrency(20);
    control.resume();
    let summary = handle.join().await;
    assert_eq!((summary.ended, summary.progress.done, summary.progress.concurrency), (Ended::Done, 100, 20));
    let most = server.ledger().snapshot().most_in_flight;
    assert!((4..=20).contains(&most), "{most}");
}

#[tokio::test]
async fn a_storm_of_too_many_requests_is_weathered() {
    let (server, runs) = (server("429:0.5,retry-after=0.01", 0), tempfile::tempdir().unwrap());
    let summary = run(&server, runs.path(), &plan(&fixture::taxonomy(&["Optics"]), 60), 16).await;
    assert_eq!((summary.ended, summary.progress.done), (Ended::Done, 60));
}

#[tokio::test]
async fn a_used_up_quota_ends_the_run_cleanly_and_it_resumes() {
    let runs = tempfile::tempdir().unwrap();
    let plan = plan(&fixture::taxonomy(&["Optics"]), 30);
    let short = server("quota@answer", 0);
    let summary = run(&short, runs.path(), &plan, 4).await;
    assert!(matches!(summary.ended, Ended::RateOrQuota(_)), "{:?}", summary.ended);
    assert_eq!((summary.progress.failed, records(runs.path()).len()), (0, 0));
    assert!(asked(&short).0 <= 8, "it does not go on asking: {:?}", asked(&short));
    let summary = run(&server("", 0), runs.path(), &plan, 4).await;
    assert_eq!((summary.ended, summary.progress.done), (Ended::Done, 30));
    assert_eq!(super::super::run::run_ids(runs.path()).unwrap().len(), 1, "it is the same run");
}

#[tokio::test]
async fn a_wrong_key_ends_the_run_at_once() {
    let (server, runs) = (server("401", 0), tempfile::tempdir().unwrap());
    let summary = run(&server, runs.path(), &plan(&fixture::taxonomy(&["Optics"]), 30), 2).await;
    assert!(matches!(summary.ended, Ended::Config(_)), "{:?}", summary.ended);
    assert!(asked(&server).0 <= 4);
}

#[tokio::test]
async fn a_server_that_is_down_ends_the_run_and_counts_against_no_item() {
    let (server, runs) = (server("500", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 100);
    for _ in 0..4 {
        let summary = run(&server, runs.path(), &plan, 2).await;
        assert!(matches!(summary.ended, Ended::Unreachable(_)), "{:?}", summary.ended);
        assert!(summary.progress.left >= 70);
    }
    assert!(records(runs.path()).iter().all(|record| record.status == Status::Failed && !record.counts));
}

#[tokio::test]
async fn one_kind_of_failure_stops_no_other_item() {
    let (server, runs) =
        (server("refusal@answer:0.2,echo@answer:0.2,500@question:0.1", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 60);
    let handle = start(job(&server, runs.path(), &plan, 8)).await.unwrap();
    let mut told = handle.failures();
    let first = handle.join().await;
    assert_eq!(first.ended, Ended::Done);
    let classes: BTreeSet<_> = first.progress.failures.iter().map(|failure| failure.class).collect();
    assert_eq!(classes, BTreeSet::from(["echo", "refused"]));
    let failed = first.progress.failed;
    assert!(failed > 5 && first.progress.done + failed == 60, "{failed}");
    let mut count = 0;
    while let Ok(failure) = told.try_recv() {
        count += 1;
        assert!(classes.contains(failure.class) && !failure.message.is_blank());
    }
    assert_eq!(count, failed);
    let before = asked(&server).1;
    let second = run(&server, runs.path(), &plan, 8).await;
    assert_eq!(asked(&server).1 - before, failed, "only what failed is asked again");
    assert!(second.progress.done > first.progress.done);
}

#[tokio::test]
async fn an_item_that_fails_time_and_again_is_given_up() {
    let (server, runs) = (server("refusal@question", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 5);
    for _ in 0..3 {
        assert_eq!(run(&server, runs.path(), &plan, 2).await.progress.failed, 5);
    }
    let before = asked(&server);
    let last = run(&server, runs.path(), &plan, 2).await;
    assert_eq!((last.ended, last.progress.failed, asked(&server)), (Ended::Done, 5, before));
}

#[tokio::test]
async fn a_question_that_gives_the_prompt_away_is_not_answered() {
    let (server, runs) = (server("echo@question", 0), tempfile::tempdir().unwrap());
    let summary = run(&server, runs.path(), &plan(&fixture::taxonomy(&["Optics"]), 5), 2).await;
    assert_eq!(summary.progress.failures[0].class, "prompt_leak");
    assert_eq!(asked(&server).1, 0);
    assert!(records(runs.path()).iter().all(|record| record.status == Status::Unfit));
}

#[tokio::test]
async fn nothing_planned_is_said_before_anything_is_made() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let nothing = plan(&fixture::taxonomy(&[]), 5);
    assert!(matches!(start(job(&server, runs.path(), &nothing, 2)).await, Err(StartError::Empty)));
    assert_eq!(fs::read_dir(runs.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_it_takes_to_ask_for_an_item_is_small() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 1);
    let item = plan.items().next().unwrap();
    let asker = Asker::new(job(&server, runs.path(), &plan, 1), HalfMade::default(), &CancellationToken::new());
    // Copied several times for each item, and there once for each under way.
    let size = size_of_val(&asker.ask(item, 0));
    assert!(size < 4_096, "{size} bytes");
}
