//! Runs with a judge, and runs that are judged later.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::homework::dataset::{Dataset, Selection, Standing};
use crate::homework::judge::Judge;
use crate::homework::judging::{JudgeError, JudgeJob, Judged, judge_run, spending, verdicts};
use crate::homework::prices::Price;
use crate::homework::run::RunId;
use crate::homework::spent::Tokens;
use crate::llm::{Step, StepSettings};

pub fn judge(server: &DemoServer) -> Judge {
    let mut endpoint = Endpoint::new("demo", server.base_url().parse().unwrap());
    endpoint.retries.pause = Duration::from_millis(1);
    Judge { client: Client::new(endpoint).unwrap(), settings: StepSettings::new(Step::Judge, "provost-judge") }
}

fn judgements(server: &DemoServer) -> u64 {
    server.ledger().requests(demo::Step::Judge)
}

async fn run_judged(server: &DemoServer, runs: &Path, plan: &Arc<Plan>) -> Summary {
    let job = Job { judge: Some(judge(server)), ..job(server, runs, plan, 4) };
    start(job).await.unwrap().join().await
}

fn standings(runs: &Path, snapshot: &Snapshot) -> Vec<Standing> {
    let dataset = Dataset::read(snapshot, runs, &Selection::default()).unwrap();
    dataset.entries().iter().map(|entry| entry.standing).collect()
}

#[tokio::test]
async fn question_and_pair_are_scored_and_the_scores_kept_with_the_item() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 10);
    let summary = run_judged(&server, runs.path(), &plan).await;
    assert_eq!((summary.progress.done, judgements(&server)), (10, 20));
    for record in records(runs.path()) {
        let said = record.judge.unwrap();
        let (question, pair) = (said.question.unwrap(), said.pair.unwrap());
        assert_eq!(question.score, 1);
        assert!((2..=3).contains(&pair.score) && !pair.reason.is_blank());
        assert_eq!((pair.call.model.as_str(), pair.call.attempts), ("provost-judge", 1));
        assert!(said.failure.is_none());
    }
    let without: u64 =
        records(runs.path()).iter().filter_map(|r| Some(r.question_call.as_ref()?.tokens?.prompt_tokens)).sum();
    assert!(summary.progress.prompt_tokens > without, "the judge's tokens are counted");
    let status = crate::homework::status(runs.path(), &summary.run).unwrap();
    assert_eq!(status.tokens.prompt_tokens, summary.progress.prompt_tokens, "and counted alike afterwards");
    let plain = tempfile::tempdir().unwrap();
    run(&server, plain.path(), &plan, 4).await;
    let ids = |dir: &Path| records(dir).iter().map(|record| record.item).collect::<BTreeSet<_>>();
    assert_eq!(ids(plain.path()), ids(runs.path()), "who judges is no part of an item's id");
}

#[tokio::test]
async fn a_question_that_is_judged_out_is_not_answered_and_not_exported() {
    let (server, runs) = (server("harsh@judge", 0), tempfile::tempdir().unwrap());
    let snapshot = fixture::taxonomy(&["Optics"]);
    let plan = plan(&snapshot, 5);
    let summary = run_judged(&server, runs.path(), &plan).await;
    assert_eq!((summary.progress.failed, summary.progress.failures[0].class), (5, "judged_out"));
    assert_eq!(asked(&server), (5, 0), "no answer is paid for");
    let record = records(runs.path()).remove(0);
    assert_eq!((record.status, record.findings[0].part), (Status::Unfit, Step::Question));
    assert_eq!(record.findings[0].detail, "The question was scored 0: It is not good enough.");
    assert_eq!(standings(runs.path(), &snapshot), [Standing::Judged; 5]);
}

#[tokio::test]
async fn a_judge_without_a_verdict_costs_no_item() {
    let (server, runs) = (server("badjson@judge:0.5,refusal@judge:0.5", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 10);
    let summary = run_judged(&server, runs.path(), &plan).await;
    assert_eq!((summary.progress.done, summary.progress.failed), (10, 0));
    for record in records(runs.path()) {
        let said = record.judge.unwrap();
        assert!(said.question.is_none() && said.pair.is_none());
        assert_eq!((said.failure.as_ref().unwrap().step.as_str(), said.calls().count()), ("judge", 2));
        assert!(said.tokens().prompt_tokens > 0, "what brought no score was paid for");
    }
    assert_eq!(summary.progress.unjudged, 10);
}

#[tokio::test]
async fn a_judge_that_is_not_there_ends_the_run() {
    for each in [3, 100] {
        let (server, away, runs) = (server("", 0), server("", 0), tempfile::tempdir().unwrap());
        away.set_down(true);
        let plan = plan(&fixture::taxonomy(&["Optics"]), each);
        let job = Job { judge: Some(judge(&away)), ..job(&server, runs.path(), &plan, 4) };
        let summary = start(job).await.unwrap().join().await;
        let Ended::Unreachable(why) = &summary.ended else { panic!("{:?}", summary.ended) };
        assert!(why.contains("got no verdict because of the judge's server. The last: "), "{why}");
        let progress = &summary.progress;
        assert_eq!((progress.failed, progress.unjudged), (0, progress.done), "what was made is kept");
        assert!(progress.done <= 20, "{}", progress.done);
        assert_eq!(judgements(&away), 0);
    }
}

fn later(server: &DemoServer, runs: &Path, run: &RunId, limit: Option<u64>) -> JudgeJob {
    JudgeJob {
        runs: runs.to_owned(),
        run: run.clone(),
        judge: judge(server),
        prompts: PromptSet::embedded().unwrap(),
        concurrency: 3,
        limit,
        curator: "ada".to_owned(),
        price: Some(Price::new(1.0, 4.0)),
        limits: Limits::default(),
    }
}

async fn judge_later(server: &DemoServer, runs: &Path, run: &RunId, limit: Option<u64>) -> Judged {
    judge_run(later(server, runs, run, limit), CancellationToken::new(), |_| {}).await.unwrap()
}

#[tokio::test]
async fn a_finished_run_is_judged_later_without_writing_a_record_again() {
    let (server, runs) = (server("harsh@judge:0.4", 0), tempfile::tempdir().unwrap());
    let snapshot = fixture::taxonomy(&["Optics"]);
    let plan = plan(&snapshot, 20);
    let made = run(&server, runs.path(), &plan, 4).await;
    let segment = list(&made.dir.join("segments")).unwrap().remove(0);
    let before = fs::read(&segment).unwrap();

    let first = judge_later(&server, runs.path(), &made.run, Some(5)).await;
    assert_eq!(first.kept + first.out, 5);
    let rest = judge_later(&server, runs.path(), &made.run, None).await;
    assert_eq!((rest.kept + rest.out, rest.before), (15, 5), "it goes on where it stopped");
    let asked = judgements(&server);
    let again = judge_later(&server, runs.path(), &made.run, None).await;
    assert_eq!((again.kept + again.out + again.open, again.before, judgements(&server)), (0, 20, asked));

    assert_eq!(fs::read(&segment).unwrap(), before);
    let out = first.out + rest.out;
    let said = verdicts(runs.path(), None).unwrap();
    assert_eq!((said.len(), said.values().filter(|one| !one.judge.keeps()).count() as u64), (20, out));
    assert!(out > 2 && said.values().all(|one| one.by == "ada"));
    let standings = standings(runs.path(), &snapshot);
    assert_eq!(standings.iter().filter(|standing| **standing == Standing::Judged).count() as u64, out);
    assert_eq!(standings.iter().filter(|standing| **standing == Standing::Kept).count() as u64, 20 - out);
}

#[tokio::test]
async fn judging_stops_at_a_quota_and_when_it_is_told_to() {
    let (server, runs) = (server("quota@judge", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 6);
    let made = run(&server, runs.path(), &plan, 4).await;
    let ended = judge_later(&server, runs.path(), &made.run, None).await;
    assert!(matches!(ended.ended, Some(Ended::RateOrQuota(_))) && ended.kept == 0, "{ended:?}");
    let stop = CancellationToken::new();
    stop.cancel();
    let stopped = judge_run(later(&server, runs.path(), &made.run, None), stop, |_| {}).await.unwrap();
    assert_eq!(stopped.ended, Some(Ended::Stopped));
    let none = "20200101T000000Z-00000000".parse().unwrap();
    let unknown = judge_run(later(&server, runs.path(), &none, None), CancellationToken::new(), |_| {}).await;
    assert!(unknown.unwrap_err().to_string().contains("no run"));
}

#[tokio::test]
async fn what_judging_later_took_is_part_of_what_the_run_took() {
    let (server, runs) = (server("harsh@judge:0.4", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 10);
    let made = run(&server, runs.path(), &plan, 4).await;
    let status = || crate::homework::status(runs.path(), &made.run).unwrap();
    let before = status();
    assert_eq!((before.judged, before.judged_items, &before.models.judge), (Tokens::default(), 0, &None));
    let first = judge_later(&server, runs.path(), &made.run, Some(6)).await;
    let rest = judge_later(&server, runs.path(), &made.run, None).await;
    let after = status();
    let took = first.spent + rest.spent;
    assert!(took.counted.prompt_tokens > 0, "{took:?}");
    assert_eq!((after.judged, after.judged_items), (took, 20));
    assert_eq!((after.spent.judged_later, after.spent.judge), (took, before.spent.judge));
    assert_eq!(after.spent.question, before.spent.question);
    assert_eq!(after.tokens.prompt_tokens, before.tokens.prompt_tokens + took.counted.prompt_tokens);
    assert_eq!((&after.models.judge, after.models.judged_later), (&None, ["provost-judge".to_owned()].into()));
    let by_subject = after.subjects.iter().map(|subject| subject.spent.judged_later).reduce(std::ops::Add::add);
    assert_eq!(by_subject, Some(took), "and of its branches");
    let calls: u64 = verdicts(runs.path(), None).unwrap().values().map(|one| one.judge.calls().count() as u64).sum();
    assert_eq!(calls, judgements(&server));
}

#[tokio::test]
async fn a_score_that_was_there_before_is_not_paid_for_twice() {
    // The pair gets no score while the items are made, the question does.
    let (bad, runs) = (server("badjson@judge:0.5", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 20);
    let made = run_judged(&bad, runs.path(), &plan).await;
    let half =
        |record: &Record| record.judge.as_ref().is_some_and(|said| said.question.is_some() && said.pair.is_none());
    assert!(records(runs.path()).iter().any(half));
    let good = server("", 0);
    let judged = judge_later(&good, runs.path(), &made.run, None).await;
    let tokens: u64 =
        spending(runs.path(), &made.run).unwrap().items.values().map(|one| one.counted.prompt_tokens).sum();
    assert_eq!(tokens, judged.spent.counted.prompt_tokens);
    let listed = |one: &super::super::super::judging::Verdict| one.judge.tokens().prompt_tokens;
    assert!(verdicts(runs.path(), None).unwrap().values().map(listed).sum::<u64>() > tokens);
}

#[tokio::test]
async fn judging_ends_where_the_judge_is_not_there_and_keeps_nothing_of_it() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 40);
    let made = run(&server, runs.path(), &plan, 4).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut endpoint = Endpoint::new("demo", format!("http://{closed}/v1").parse().unwrap());
    endpoint.retries.attempts = 1;
    let away = || Judge { client: Client::new(endpoint.clone()).unwrap(), ..judge(&server) };
    for (limit, most) in [(None, 40), (Some(3), 4)] {
        let job = JudgeJob { judge: away(), ..later(&server, runs.path(), &made.run, limit) };
        let ended = judge_run(job, CancellationToken::new(), |_| {}).await.unwrap();
        assert!(
            matches!(&ended.ended, Some(Ended::Unreachable(why)) if why.contains("got no verdict because of the judge's server")),
            "{ended:?}"
        );
        assert!(ended.open < most && ended.kept == 0, "it does not grind through all of them: {ended:?}");
    }
    assert_eq!(verdicts(runs.path(), None).unwrap().len(), 0);
    let items = Limits { items: Some(40), ..Limits::default() };
    let job = JudgeJob { limits: items, ..later(&server, runs.path(), &made.run, None) };
    let rest = judge_run(job, CancellationToken::new(), |_| {}).await.unwrap();
    assert_eq!((rest.ended, rest.kept), (None, 40), "what was never answered used up nothing");
}

#[tokio::test]
async fn a_stop_lets_go_of_what_waits_to_be_judged() {
    let (good, refusing, runs) = (server("", 0), server("429,retry-after=100", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 30);
    let made = run(&good, runs.path(), &plan, 4).await;
    let job = JudgeJob { concurrency: 30, ..later(&refusing, runs.path(), &made.run, None) };
    let gate = Arc::clone(job.judge.client.gate());
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let judging = tokio::spawn(async move { judge_run(job, stopping, |_| {}).await });
    while gate.opens_in().is_none() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    // The server asks for 100 s.
    let ended = tokio::time::timeout(Duration::from_secs(50), judging).await.unwrap().unwrap().unwrap();
    assert_eq!((ended.ended, ended.kept + ended.out), (Some(Ended::Stopped), 0));
    assert_eq!(verdicts(runs.path(), None).unwrap().len(), 0);
}

#[tokio::test]
async fn half_a_verdict_is_completed_and_not_asked_for_anew() {
    let (bad, good, runs) = (server("badjson@judge:0.7", 0), server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 20);
    let made = run(&good, runs.path(), &plan, 4).await;
    let first = judge_later(&bad, runs.path(), &made.run, None).await;
    let said = verdicts(runs.path(), None).unwrap();
    let half = said.values().filter(|one| one.judge.question.is_some() && one.judge.pair.is_none()).count() as u64;
    let none = said.values().filter(|one| one.judge.calls().count() == one.judge.unscored.len()).count() as u64;
    assert!(half > 0 && none > 0 && first.open == half + none, "{half} {none} {first:?}");
    // A cap on items counts each once, however often it takes to judge it.
    let limits = Limits { items: Some(20 + half + none - 1), ..Limits::default() };
    let job = JudgeJob { limits, ..later(&good, runs.path(), &made.run, None) };
    let rest = judge_run(job, CancellationToken::new(), |_| {}).await.unwrap();
    assert_eq!((rest.ended, rest.kept, rest.before), (None, first.open, first.kept));
    assert_eq!(judgements(&good), half + 2 * none);
    assert!(verdicts(runs.path(), None).unwrap().values().all(|one| one.judge.is_whole()));
    let sum = spending(runs.path(), &made.run).unwrap();
    assert_eq!((sum.together(), sum.items.len()), (first.spent + rest.spent, 20));
}

#[tokio::test]
async fn caps_stop_judging_over_all_its_starts() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 40);
    let made = run(&server, runs.path(), &plan, 4).await;
    let go = async |limits, price| {
        let job = JudgeJob { limits, price, ..later(&server, runs.path(), &made.run, None) };
        judge_run(job, CancellationToken::new(), |_| {}).await
    };
    let price = Some(Price::new(1.0, 4.0));
    let items = Limits { items: Some(10), ..Limits::default() };
    let first = go(items, price).await.unwrap();
    assert_eq!((&first.ended, first.kept), (&Some(Ended::Budget("The cap of 10 items is reached.".into())), 10));
    let again = go(items, price).await.unwrap();
    assert!(matches!(again.ended, Some(Ended::Budget(_))) && again.kept == 0, "{again:?}");
    assert_eq!(judgements(&server), 20);
    let each = first.spent.all();
    let tokens = (each.prompt_tokens + each.completion_tokens) / 10;
    let more = go(Limits { tokens: Some(20 * tokens), ..Limits::default() }, price).await.unwrap();
    assert!(matches!(more.ended, Some(Ended::Budget(_))) && (5..=10).contains(&more.kept), "{more:?}");
    let dollars = Limits { usd: Some(1.0), ..Limits::default() };
    assert!(
        matches!(go(dollars, None).await, Err(JudgeError::Start(StartError::Unpriced(model))) if model == "provost-judge")
    );
    let rest = go(dollars, price).await.unwrap();
    assert_eq!((rest.ended, rest.before + rest.kept), (None, 40));
}
