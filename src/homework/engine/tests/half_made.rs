//! Runs that are broken off while items are half made.

use super::*;
use crate::homework::checks::Benchmarks;
use crate::homework::judge::Judge;
use crate::homework::segment;
use crate::llm::StepSettings;

/// Runs a job until `is_reached`, and breaks it off.
async fn broken_off(job: Job, is_reached: impl Fn(&Progress) -> bool) -> Summary {
    let handle = start(job).await.unwrap();
    let progress = handle.progress();
    while !is_reached(&progress.borrow()) {
        tokio::task::yield_now().await;
    }
    handle.control().abort();
    handle.join().await
}

fn folder(summary: &Summary) -> PathBuf {
    summary.dir.join("half-made")
}

#[tokio::test]
async fn a_question_that_came_is_not_asked_for_again() {
    let (hangs, answers, runs) = (server("hang@answer", 0), server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 12);
    let first = broken_off(job(&hangs, runs.path(), &plan, 12), |_| asked(&hangs).1 == 12).await;
    assert_eq!((first.ended, asked(&hangs)), (Ended::Aborted, (12, 12)));
    let second = run(&answers, runs.path(), &plan, 12).await;
    assert_eq!((second.ended.clone(), second.progress.done, asked(&answers)), (Ended::Done, 12, (0, 12)));
    assert!(!folder(&second).exists());
    let whole = records(runs.path());
    let calls: Vec<_> = whole.iter().filter_map(|record| record.question_call.as_ref()).collect();
    assert!(calls.len() == 12 && calls.iter().all(|call| call.tokens.is_some()), "what was paid before is on record");
    let status = crate::homework::status(runs.path(), &second.run).unwrap();
    let tokens: u64 = whole.iter().map(|record| record.tokens().prompt_tokens).sum();
    assert_eq!(status.tokens.prompt_tokens, tokens);
}

#[tokio::test]
async fn a_cut_line_costs_its_question_and_no_other() {
    let (hangs, answers, runs) = (server("hang@answer", 0), server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 5);
    let first = broken_off(job(&hangs, runs.path(), &plan, 5), |_| asked(&hangs).1 == 5).await;
    let path = segment::list(&folder(&first)).unwrap().remove(0);
    let text = fs::read(&path).unwrap();
    fs::write(&path, &text[..text.len() - 2]).unwrap();
    let second = run(&answers, runs.path(), &plan, 5).await;
    assert_eq!((second.progress.done, asked(&answers)), (5, (1, 5)));
}

#[tokio::test]
async fn tries_that_failed_are_kept_beside_the_one_that_goes_on() {
    let (hangs, answers) = (server("praise@answer:0.5,hang@answer:0.5", 0), server("", 0));
    let runs = tempfile::tempdir().unwrap();
    let plan = plan(&fixture::taxonomy(&["Optics"]), 16);
    let tries = |server| {
        let job = job(server, runs.path(), &plan, 16);
        Job { checks: QualitySettings { tries: Some(3), ..QualitySettings::default() }, ..job }
    };
    let faults = || hangs.ledger().snapshot().faults;
    let hanging = || faults().get("hang").copied().unwrap_or_default();
    broken_off(tries(&hangs), |progress| hanging() + progress.failed == 16).await;
    let (hanging, praised) = (hanging(), faults()["praise"]);
    let second = start(tries(&answers)).await.unwrap().join().await;
    assert_eq!((second.progress.done, asked(&answers)), (hanging, (0, hanging)));
    let bad = records(runs.path()).iter().filter(|record| record.status == Status::Unfit).count() as u64;
    assert_eq!(bad, praised, "every try that was paid for is on record, once");
}

#[tokio::test]
async fn a_verdict_that_came_is_not_asked_for_again() {
    let (hangs, answers, runs) = (server("hang@answer", 0), server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 4);
    let judged = |server: &DemoServer| {
        let client = Client::new(Endpoint::new("demo", server.base_url().parse().unwrap())).unwrap();
        let settings = StepSettings::new(crate::llm::Step::Judge, "provost-judge");
        Job { judge: Some(Judge { client, settings }), ..job(server, runs.path(), &plan, 4) }
    };
    broken_off(judged(&hangs), |_| asked(&hangs).1 == 4).await;
    let second = start(judged(&answers)).await.unwrap().join().await;
    let verdicts = answers.ledger().requests(demo::Step::Judge);
    assert_eq!((second.progress.done, asked(&answers), verdicts), (4, (0, 4), 4), "the pairs are judged");
    assert!(records(runs.path()).iter().all(|record| record.judge.as_ref().unwrap().question.is_some()));
}

#[tokio::test]
async fn a_question_that_the_checks_do_not_pass_any_more_is_not_answered() {
    let (hangs, answers, runs) = (server("hang@answer", 0), server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 3);
    let first = broken_off(job(&hangs, runs.path(), &plan, 3), |_| asked(&hangs).1 == 3).await;
    let path = segment::list(&folder(&first)).unwrap().remove(0);
    let mut questions = Vec::new();
    segment::read::<StorageError>(&path, |_, line| {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        questions.push(line["begun"]["question"].as_str().unwrap().to_owned());
        Ok(())
    })
    .unwrap();
    let benchmarks = Arc::new(Benchmarks::of("exam", questions.iter().map(String::as_str), 5));
    let job = Job { benchmarks, ..job(&answers, runs.path(), &plan, 3) };
    let second = start(job).await.unwrap().join().await;
    assert_eq!((second.progress.done, second.progress.failed, asked(&answers)), (0, 3, (0, 0)));
}

#[tokio::test]
async fn shards_of_another_number_go_on_with_what_the_earlier_ones_left() {
    let (hangs, answers, runs) = (server("hang@answer", 0), server("", 0), tempfile::tempdir().unwrap());
    let whole = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 50);
    let shard = |text: &str| Arc::new(whole.as_ref().clone().only(text.parse().unwrap()));
    let mut begun = 0;
    for part in ["0/3", "1/3", "2/3"] {
        let part = shard(part);
        begun += part.total();
        broken_off(job(&hangs, runs.path(), &part, 100), |_| asked(&hangs).1 == begun).await;
    }
    assert_eq!(begun, 100);
    for part in ["0/2", "1/2"] {
        let summary = run(&answers, runs.path(), &shard(part), 100).await;
        assert_eq!((summary.ended.clone(), folder(&summary).exists()), (Ended::Done, part == "0/2"));
    }
    assert_eq!(asked(&answers), (0, 100));
}
