//! Asking again within a run.

use std::collections::HashMap;

use super::*;

fn with_tries(tries: u32, job: Job) -> Job {
    Job { checks: QualitySettings { tries: Some(tries), ..QualitySettings::default() }, ..job }
}

#[tokio::test]
async fn an_item_that_fails_is_asked_again_at_once_and_every_try_stays_on_record() {
    let (server, runs) = (server("praise@answer:0.3", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 60);
    let handle = start(with_tries(3, job(&server, runs.path(), &plan, 8))).await.unwrap();
    let mut told = handle.progress();
    let watching = tokio::spawn(async move {
        while told.changed().await.is_ok() {
            let now = told.borrow_and_update().clone();
            assert_eq!(now.done + now.failed + now.running + now.securing + now.left, now.total);
        }
    });
    let summary = handle.join().await;
    watching.await.unwrap();
    let mut tries: HashMap<_, Vec<_>> = HashMap::new();
    records(runs.path()).into_iter().for_each(|record| tries.entry(record.item).or_default().push(record));
    assert_eq!(tries.len(), 60);
    let praise = server.ledger().snapshot().faults["praise"];
    let bad: u64 = tries.values().flatten().filter(|record| record.status == Status::Unfit).count() as u64;
    assert_eq!((bad, summary.progress.again), (praise, praise - summary.progress.failed));
    assert!(summary.progress.again > 5 && summary.progress.done > 55, "{:?}", summary.progress);
    for tries in tries.values() {
        let (last, earlier) = tries.split_last().unwrap();
        assert!(
            earlier.iter().all(|record| record.status == Status::Unfit && record.counts),
            "the good one comes last"
        );
        assert!(last.status == Status::Ok || tries.len() == 3);
    }
    let tokens: u64 = tries.values().flatten().map(|record| record.tokens().prompt_tokens).sum();
    assert_eq!(tokens, summary.progress.prompt_tokens, "what failed was paid for too");
}

#[tokio::test]
async fn all_runs_together_ask_no_more_than_three_times() {
    let (server, runs) = (server("praise@answer", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 4);
    let questions = || asked(&server).0;
    for (tries, together) in [(2, 8), (2, 12), (3, 12), (1, 12)] {
        let summary = start(with_tries(tries, job(&server, runs.path(), &plan, 2))).await.unwrap().join().await;
        assert_eq!((summary.progress.failed, summary.progress.done), (4, 0));
        assert_eq!(questions(), together, "with {tries} tries");
    }
    assert_eq!(records(runs.path()).len(), 12);
}

#[tokio::test]
async fn a_server_that_is_down_is_no_reason_to_ask_again_at_once() {
    let (server, runs) = (server("500@answer", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 3);
    let summary = start(with_tries(3, job(&server, runs.path(), &plan, 1))).await.unwrap().join().await;
    assert_eq!((summary.progress.failed, summary.progress.again, asked(&server).0), (3, 0, 3));
    assert!(records(runs.path()).iter().all(|record| !record.counts));
}

#[tokio::test]
async fn who_asks_again_on_purpose_gets_all_the_tries_whatever_failed_before() {
    let (server, runs) = (server("praise@answer", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 2);
    let first = start(with_tries(2, job(&server, runs.path(), &plan, 2))).await.unwrap().join().await;
    // Two tries are behind each item, then five: it has been given up, and may be asked for once more all the same.
    for (tries, together) in [(3, 10), (2, 14), (1, 16)] {
        let job = Job { again: Some(first.run.clone()), ..job(&server, runs.path(), &plan, 2) };
        let summary = start(with_tries(tries, job)).await.unwrap().join().await;
        assert_eq!((summary.progress.failed, asked(&server).0), (2, together), "with {tries} tries");
    }
    assert_eq!(records(runs.path()).len(), 16);
}
