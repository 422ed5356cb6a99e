//! Requests that a server refuses: one of them, or all.

use super::*;

#[tokio::test]
async fn a_request_that_is_refused_costs_its_item_and_no_other() {
    let (server, runs) = (server("400@question:0.1", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 60);
    let summary = run(&server, runs.path(), &plan, 1).await;
    let refused = server.ledger().snapshot().faults["400"];
    assert_eq!(summary.ended, Ended::Done);
    assert!(refused > 0);
    assert_eq!((summary.progress.failed, summary.progress.done), (refused, 60 - refused));
    let bad: Vec<_> = records(runs.path()).into_iter().filter(|record| record.status != Status::Ok).collect();
    assert_eq!(bad.len() as u64, refused);
    let is_told = |record: &Record| record.failure.as_ref().is_some_and(|failure| failure.class == "config_error");
    assert!(bad.iter().all(|record| record.counts && is_told(record)), "it is given up like any other: {bad:?}");
}

#[tokio::test]
async fn a_server_that_refuses_everything_from_the_start_ends_the_run_and_names_what_it_refused() {
    for step in ["question", "answer"] {
        let (server, runs) = (server(&format!("400@{step}"), 0), tempfile::tempdir().unwrap());
        let summary = run(&server, runs.path(), &plan(&fixture::taxonomy(&["Optics"]), 30), 4).await;
        let Ended::Config(why) = &summary.ended else { panic!("{:?}", summary.ended) };
        assert!(why.contains("'Optics'") && why.contains(&format!("the {step} of item ")), "{why}");
        assert_eq!((summary.progress.failed, records(runs.path()).len()), (0, 0), "nothing is held against an item");
        assert!(asked(&server).0 <= 8);
    }
}

#[tokio::test]
async fn a_server_that_begins_to_refuse_everything_ends_the_run_too() {
    let (good, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let snapshot = fixture::taxonomy(&["Acoustics", "Mechanics", "Optics", "Statics"]);
    assert_eq!(run(&good, runs.path(), &plan(&snapshot, 5), 4).await.ended, Ended::Done);
    let refuses = server("400", 0);
    let summary = run(&refuses, runs.path(), &plan(&snapshot, 30), 4).await;
    assert!(matches!(&summary.ended, Ended::Config(why) if why.contains("in a row")), "{:?}", summary.ended);
    assert!(summary.progress.left > 0 && summary.progress.reused == 20, "{:?}", summary.progress);
    // One subject with too long a syllabus is no reason to end.
    let runs = tempfile::tempdir().unwrap();
    let one = fixture::taxonomy(&["Optics"]);
    run(&good, runs.path(), &plan(&one, 5), 4).await;
    let summary = run(&refuses, runs.path(), &plan(&one, 100), 4).await;
    assert_eq!((summary.ended, summary.progress.failed), (Ended::Done, 95));
}

#[tokio::test]
async fn a_pair_that_the_judge_refuses_keeps_its_item() {
    let (good, runs) = (server("400@judge:0.1", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 40);
    let job = Job { judge: Some(super::judged::judge(&good)), ..job(&good, runs.path(), &plan, 1) };
    let summary = start(job).await.unwrap().join().await;
    assert!(good.ledger().snapshot().faults["400"] > 0);
    assert_eq!((summary.ended, summary.progress.done), (Ended::Done, 40));
}
