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

fn unanswered(summary: &Summary) -> PathBuf {
    summary.dir.join("unanswered")
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

/// A job whose answers come from elsewhere.
fn answered_by(answers: &DemoServer, questions: &DemoServer, runs: &Path, plan: &Arc<Plan>) -> Job {
    let answer = job(answers, runs, plan, 12).answer;
    Job { answer, ..job(questions, runs, plan, 12) }
}

/// What the questions took by the records.
fn tokens_of_questions(runs: &Path) -> u64 {
    let calls = records(runs).into_iter().filter_map(|record| record.question_call);
    calls.filter_map(|call| call.tokens).map(|tokens| tokens.prompt_tokens).sum()
}

#[tokio::test]
async fn a_question_whose_answer_met_a_server_that_was_away_is_not_asked_for_again() {
    let (good, away, runs) = (server("", 0), server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 12);
    away.set_down(true);
    for _ in 0..2 {
        let first = start(answered_by(&away, &good, runs.path(), &plan)).await.unwrap().join().await;
        assert!(matches!(first.ended, Ended::Unreachable(_)), "{:?}", first.ended);
        assert_eq!(asked(&good), (12, 0));
    }
    let took = tokens_of_questions(runs.path());
    let last = run(&good, runs.path(), &plan, 12).await;
    assert_eq!((last.ended.clone(), last.progress.done, asked(&good)), (Ended::Done, 12, (12, 12)));
    assert!(took > 0 && tokens_of_questions(runs.path()) == took, "each question was paid for once");
    assert_eq!(records(runs.path()).len(), 36);
    assert!(!folder(&last).exists() && !unanswered(&last).exists());
}

#[tokio::test]
async fn a_question_that_outlives_its_run_is_answered_by_the_next_one() {
    let (good, bad, runs) = (server("", 0), server("500:0.3", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 40);
    let mut endpoint = Endpoint::new("demo", bad.base_url().parse().unwrap());
    endpoint.retries.attempts = 1;
    let answer = Client::new(endpoint).unwrap();
    let first = start(Job { answer, ..job(&good, runs.path(), &plan, 12) }).await.unwrap().join().await;
    let failed = first.progress.failed;
    assert!(first.ended == Ended::Done && failed > 0 && unanswered(&first).exists(), "{:?}", first.progress);
    let second = run(&good, runs.path(), &plan, 12).await;
    assert_eq!((second.ended.clone(), second.progress.done, asked(&good)), (Ended::Done, 40, (40, failed)));
    assert!(second.run != first.run && !unanswered(&first).exists(), "nobody needs it any more");
    let status = |run| crate::homework::status(runs.path(), run).unwrap().tokens.prompt_tokens;
    let all: u64 = records(runs.path()).iter().map(|record| record.tokens().prompt_tokens).sum();
    assert_eq!(status(&first.run) + status(&second.run), all);
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
