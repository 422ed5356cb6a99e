//! Caps stop a run cleanly.

use super::*;
use crate::homework::prices::Price;
use crate::homework::spent::Spent;

fn capped(server: &DemoServer, runs: &Path, plan: &Arc<Plan>, concurrency: usize, limits: Limits) -> Job {
    let price = Some(Price::new(1.0, 4.0));
    let prices = Prices { question: price, answer: price, ..Prices::default() };
    Job { prices, limits, ..job(server, runs, plan, concurrency) }
}

fn spent(runs: &Path) -> Vec<u64> {
    records(runs).iter().map(|record| Spent::of(record).tokens()).collect()
}

#[tokio::test]
async fn a_cap_is_passed_by_no_more_than_what_was_under_way() {
    let (server, runs) = (server("", 3), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 200);
    let (cap, at_once) = (60_000, 32);
    let limits = Limits { tokens: Some(cap), ..Limits::default() };
    let summary = start(capped(&server, runs.path(), &plan, at_once, limits)).await.unwrap().join().await;
    let Ended::Budget(why) = &summary.ended else { panic!("{:?}", summary.ended) };
    assert!(why.starts_with("The cap of 60,000 tokens is reached: the run has taken "), "{why}");
    let took = spent(runs.path());
    let (sum, most) = (took.iter().sum::<u64>(), *took.iter().max().unwrap());
    assert!(sum <= cap + at_once as u64 * most, "{sum} of {cap}, an item takes up to {most}");
    assert!(sum + 3 * most > cap, "the cap is used: {sum}");
    let progress = &summary.progress;
    assert_eq!(progress.done, took.len() as u64, "what was under way is finished and counted");
    assert_eq!(progress.used.unwrap().tokens, sum);
    assert_eq!((progress.running, progress.left), (0, 400 - progress.done));
    let (questions, answers) = asked(&server);
    assert_eq!((questions, answers), (progress.done, progress.done), "nothing was paid for and dropped");
}

#[tokio::test]
async fn earlier_starts_of_the_run_count_and_a_higher_cap_goes_on() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 60);
    let go = async |limits| start(capped(&server, runs.path(), &plan, 4, limits)).await.unwrap().join().await;
    let items = |items| Limits { items: Some(items), ..Limits::default() };
    let first = go(items(10)).await;
    assert_eq!((first.ended, first.progress.done), (Ended::Budget("The cap of 10 items is reached.".into()), 10));
    let again = go(items(10)).await;
    assert!(matches!(again.ended, Ended::Budget(_)));
    assert_eq!((again.run.clone(), asked(&server)), (first.run.clone(), (10, 10)), "the cap is for the run");
    let more = go(items(25)).await;
    assert_eq!((more.progress.done, more.run), (25, first.run.clone()));
    let rest = go(Limits::default()).await;
    assert_eq!((rest.ended, rest.progress.done, rest.run), (Ended::Done, 60, first.run));
    assert_eq!(asked(&server), (60, 60));
}

#[tokio::test]
async fn each_shard_keeps_the_cap_by_itself_over_all_its_starts() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let whole = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 60);
    let limits = Limits { items: Some(10), ..Limits::default() };
    for (start_of, made) in [("0/2", 10), ("1/2", 20), ("0/2", 20), ("1/2", 20)] {
        let part = Arc::new(whole.as_ref().clone().only(start_of.parse().unwrap()));
        let summary = start(capped(&server, runs.path(), &part, 4, limits)).await.unwrap().join().await;
        assert_eq!((summary.ended.name(), summary.progress.done), ("budget", 10), "shard {start_of}");
        assert_eq!(asked(&server), (made, made), "shard {start_of}");
    }
}

#[tokio::test]
async fn dollars_need_prices_before_anything_is_asked() {
    let (server, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 50);
    let limits = Limits { usd: Some(0.02), ..Limits::default() };
    let unpriced = Job { prices: Prices::default(), ..capped(&server, runs.path(), &plan, 2, limits) };
    let Err(StartError::Unpriced(models)) = start(unpriced).await else { panic!("it started") };
    assert_eq!(models, "provost-demo");
    assert_eq!(asked(&server), (0, 0));
    let summary = start(capped(&server, runs.path(), &plan, 2, limits)).await.unwrap().join().await;
    assert!(matches!(summary.ended, Ended::Budget(_)), "{:?}", summary.ended);
    let used = summary.progress.used.unwrap().usd.unwrap();
    assert!(used <= 0.021 && used > 0.01, "{used}");
    assert_eq!(summary.progress.cost_usd, Some(used));
}

#[tokio::test]
async fn a_cap_can_be_set_and_raised_while_it_runs() {
    let (server, runs) = (server("", 2), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 2_000);
    let handle = start(capped(&server, runs.path(), &plan, 3, Limits::default())).await.unwrap();
    handle.progress().wait_for(|progress| progress.done >= 3).await.unwrap();
    handle.control().pause();
    let rests = |progress: &Arc<Progress>| progress.phase == Phase::Paused && progress.running + progress.securing == 0;
    let done = handle.progress().wait_for(rests).await.unwrap().done;
    handle.control().set_limits(Limits { items: Some(done + 17), ..Limits::default() });
    handle.control().resume();
    let summary = handle.join().await;
    assert_eq!((summary.ended.name(), summary.progress.done), ("budget", done + 17));
}

#[tokio::test]
async fn running_means_under_way() {
    let (server, runs) = (server("", 1), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 200);
    let handle = start(job(&server, runs.path(), &plan, 5)).await.unwrap();
    let mut progress = handle.progress();
    let watching = tokio::spawn(async move {
        let mut seen = 0;
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().clone();
            assert!(now.running <= 5, "{} under way", now.running);
            assert_eq!(now.done + now.failed + now.running + now.securing + now.left, now.total);
            seen += 1;
        }
        seen
    });
    assert_eq!(handle.join().await.ended, Ended::Done);
    assert!(watching.await.unwrap() > 0);
}
