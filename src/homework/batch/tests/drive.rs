//! The whole way through the demo server: crashes at every step, lost replies, and what providers were seen to do.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::super::Price;
use super::super::super::budget::Limits;
use super::super::super::handle::Ended;
use super::*;
use crate::demo;

fn desk(each: u64, faults: &str) -> Desk {
    let options = Options { batch_faults: faults.parse().unwrap(), ..Options::default() };
    let server = DemoServer::start(options).unwrap();
    let mut endpoint = Endpoint::new("demo", server.base_url().parse().unwrap());
    endpoint.retries.pause = Duration::from_millis(1);
    Desk { client: Client::new(endpoint).unwrap(), server, ..Desk::new(each) }
}

async fn drive_with(
    desk: &Desk,
    until: Until,
    trip: Trip,
    change: impl FnOnce(&mut Sending),
) -> (Result<Ended, BatchError>, Vec<String>) {
    let none = HashSet::new();
    let run = run_for(&desk.plan, &desk.runs(), "ada").unwrap();
    let mut sending = Sending {
        most_tokens: None,
        most_waiting: None,
        limits: Default::default(),
        prices: Prices::default(),
        every: Duration::from_millis(2),
    };
    change(&mut sending);
    let mut drive = Drive {
        export: desk.asking(&none),
        import: desk.taking(run.clone()),
        sending,
        log: Log::open(&desk.runs(), &run).unwrap(),
        trip,
    };
    let mut told = Vec::new();
    let ended = drive
        .run(until, &CancellationToken::new(), &mut |what| match what {
            Told::Note(note) => told.push(note),
            Told::Part(part) => told.extend(part.state.clone()),
            _ => {}
        })
        .await;
    (ended, told)
}

async fn drive(desk: &Desk, until: Until) -> (Result<Ended, BatchError>, Vec<String>) {
    drive_with(desk, until, Trip::default(), |_| {}).await
}

async fn batches(desk: &Desk) -> usize {
    desk.client.batches(None).await.unwrap().0.len()
}

fn asked(desk: &Desk) -> (u64, u64) {
    let ledger = desk.server.ledger();
    (ledger.requests(demo::Step::Question), ledger.requests(demo::Step::Answer))
}

#[tokio::test]
async fn the_whole_way_makes_the_same_items_as_live() {
    let live = Desk::new(6);
    live.live().await;
    let mut desk = desk(6, "");
    desk.most.0 = 5;
    let (ended, told) = drive(&desk, Until::Done).await;
    assert_eq!(ended.unwrap(), Ended::Done);
    assert!(told.iter().any(|word| word == "completed"), "{told:?}");
    assert_eq!(desk.records(), live.records());
    assert_eq!(asked(&desk), (12, 12));
    let run = run_for(&desk.plan, &desk.runs(), "ada").unwrap();
    let parts = log::parts(&desk.runs(), &run).unwrap();
    assert!(parts.len() >= 6 && parts.iter().all(|part| !part.is_open() && part.file.requests <= 5));
    assert_eq!(parts.iter().map(|part| part.imported.unwrap()[0]).sum::<u64>(), 12);
    // It costs half of what it would have cost live.
    let price = Some(Price { cached: Some(0.1), ..Price::new(1_000.0, 3_000.0) });
    let prices = Prices { question: price, answer: price, ..Prices::default() };
    let status = crate::homework::status(&desk.runs(), &run).unwrap();
    let full = prices.cost(&status.spent).unwrap();
    let paid = prices.less(&status.spent, &status.free).cost(&status.spent).unwrap();
    assert!(full > 1.0 && (paid / full - 0.5).abs() < 0.01, "{paid} of {full}");
    let alive = crate::homework::status(&live.runs(), &run_for(&live.plan, &live.runs(), "ada").unwrap()).unwrap();
    assert_eq!((alive.spent, alive.free), (status.spent, Default::default()));
    // Nothing is left, so nothing is done.
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
    assert_eq!(batches(&desk).await, parts.len());
}

#[tokio::test]
async fn killed_at_every_step_it_goes_on_and_pays_for_nothing_twice() {
    let mut steps = 0;
    loop {
        let desk = desk(2, "");
        let (first, _) = drive_with(&desk, Until::Done, Trip::at(steps), |_| {}).await;
        let crashed = first.unwrap() == Ended::Aborted;
        assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done, "after a crash at step {steps}");
        assert_eq!(desk.records().len(), 4, "{steps}");
        assert_eq!((asked(&desk), batches(&desk).await), ((4, 4), 2), "step {steps}");
        let run = run_for(&desk.plan, &desk.runs(), "ada").unwrap();
        let parts = log::parts(&desk.runs(), &run).unwrap();
        let paid: u64 = parts.iter().map(|part| part.tokens.prompt_tokens).sum();
        let recorded: u64 = desk.records().iter().map(|record| record.tokens().prompt_tokens).sum();
        assert_eq!(paid, recorded, "the log knows what was paid after a crash at step {steps}");
        if !crashed {
            break;
        }
        steps += 1;
    }
    assert!(steps > 20, "{steps} steps");
    // One run that is killed again and again, one step later each time.
    let desk = desk(2, "");
    for step in 0..60 {
        if drive_with(&desk, Until::Done, Trip::at(step), |_| {}).await.0.unwrap() == Ended::Done {
            break;
        }
    }
    assert_eq!((desk.records().len(), asked(&desk), batches(&desk).await), (4, (4, 4), 2));
}

#[tokio::test]
async fn what_another_run_has_with_a_provider_is_not_sent_again() {
    let mut desk = desk(2, "");
    assert_eq!(drive(&desk, Until::Sent).await.0.unwrap(), Ended::Done);
    let small = Arc::clone(&desk.plan);
    let request = PlanRequest::of(Amount::PerSubject(5), 1);
    desk.plan = Arc::new(Plan::new(&desk.snapshot, &request, &recipe::sample()));
    let (ended, told) = drive(&desk, Until::Done).await;
    assert_eq!(ended.unwrap(), Ended::Done);
    let left_out = told.iter().filter(|note| note.contains("4 items are left out: another run")).count();
    assert_eq!((left_out, desk.records().len()), (1, 6), "{told:?}");
    assert_eq!(log::items_under_way(&desk.runs(), None).unwrap().len(), 4);
    desk.plan = small;
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
    assert_eq!((asked(&desk), desk.records().len()), ((10, 10), 10));
    assert!(log::items_under_way(&desk.runs(), None).unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_reply_to_create_does_not_double_the_bill() {
    let desk = desk(3, "drop-create*2");
    let (ended, told) = drive(&desk, Until::Done).await;
    assert_eq!(ended.unwrap(), Ended::Done);
    assert_eq!(told.iter().filter(|note| note.contains("had been made already")).count(), 2, "{told:?}");
    assert_eq!((asked(&desk), batches(&desk).await), ((6, 6), 2));
    // Where there is none it is made anew.
    let other = desk_with("refuse-create*2");
    assert_eq!(drive(&other, Until::Done).await.0.unwrap(), Ended::Done);
    assert_eq!((asked(&other), batches(&other).await), ((6, 6), 2));
}

fn desk_with(faults: &str) -> Desk {
    desk(3, faults)
}

fn budget_limits(usd: Option<f64>, tokens: Option<u64>) -> Limits {
    Limits { usd, tokens, items: None }
}

#[tokio::test]
async fn what_a_batch_that_expired_had_done_is_kept() {
    let desk = desk_with("expire=50*2");
    let (ended, told) = drive(&desk, Until::Done).await;
    assert_eq!(ended.unwrap(), Ended::Done);
    assert!(told.iter().filter(|word| *word == "expired").count() == 2, "{told:?}");
    assert_eq!((desk.records().len(), asked(&desk)), (6, (6, 6)), "only what was missing was asked again");
}

#[tokio::test]
async fn odd_servers_are_borne_with() {
    for (faults, made) in
        [("late-output=3", 2), ("busy-upload*3", 2), ("cut-download*2", 2), ("odd-state*2", 2), ("error-only", 2)]
    {
        let desk = desk_with(faults);
        let (ended, told) = drive(&desk, Until::Done).await;
        if faults == "error-only" {
            // Every request was refused: that is told, and nothing is asked for again by itself.
            assert!(matches!(ended, Ok(Ended::Config(_))), "{ended:?}");
            assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
            assert_eq!(batches(&desk).await, 3);
            continue;
        }
        assert_eq!(ended.unwrap(), Ended::Done, "{faults}");
        assert_eq!((desk.records().len(), asked(&desk), batches(&desk).await), (6, (6, 6), made), "{faults}: {told:?}");
        assert!(faults != "odd-state*2" || told.iter().any(|word| word == "pondering"), "{told:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_ends_it_until_it_is_back() {
    let desk = desk_with("");
    desk.server.set_down(true);
    let (ended, _) = drive(&desk, Until::Done).await;
    assert!(matches!(ended, Ok(Ended::Unreachable(_))), "{ended:?}");
    desk.server.set_down(false);
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
}

#[tokio::test]
async fn a_batch_that_is_gone_is_told_and_can_be_given_up() {
    let desk = desk_with("vanish");
    let (ended, _) = drive(&desk, Until::Done).await;
    let Ok(Ended::Stuck(why)) = ended else { panic!("{ended:?}") };
    assert!(why.contains("does not know the batch") && why.contains("--forget"), "{why}");
    assert_eq!(batches(&desk).await, 0);
    // Nothing is sent again until somebody says so.
    assert!(matches!(drive(&desk, Until::Done).await.0, Ok(Ended::Stuck(_))));
    let run = run_for(&desk.plan, &desk.runs(), "ada").unwrap();
    let mut log = Log::open(&desk.runs(), &run).unwrap();
    log.note(1, log::Event::Closed { why: "given up by hand".to_owned() }).unwrap();
    drop(log);
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
    assert_eq!(desk.records().len(), 6);
}

#[tokio::test]
async fn a_batch_that_is_refused_says_where_and_costs_nothing() {
    let desk = desk_with("invalid=2");
    let (ended, _) = drive(&desk, Until::Done).await;
    let Ok(Ended::Config(why)) = ended else { panic!("{ended:?}") };
    assert!(why.contains("questions-0001.jsonl:2: invalid_json_line"), "{why}");
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
    assert_eq!(asked(&desk), (6, 6));
    let desk = desk_with("token-limit");
    let (ended, _) = drive(&desk, Until::Done).await;
    assert!(matches!(ended, Ok(Ended::RateOrQuota(_))), "{ended:?}");
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
}

#[tokio::test]
async fn the_queue_holds_what_it_may() {
    let mut desk = desk_with("");
    desk.most.0 = 2;
    let (ended, _) = drive_with(&desk, Until::Sent, Trip::default(), |sending| sending.most_waiting = Some(4)).await;
    assert_eq!(ended.unwrap(), Ended::Done);
    assert_eq!(batches(&desk).await, 2, "two of three files wait at the server");
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
    assert_eq!((desk.records().len(), asked(&desk)), (6, (6, 6)));
}

#[tokio::test]
async fn caps_hold_before_anything_is_sent() {
    let desk = desk_with("");
    let price = Some(Price::new(1_000.0, 1_000.0));
    let prices = Prices { question: price, answer: price, ..Prices::default() };
    let capped = |limits| move |sending: &mut Sending| (sending.limits, sending.prices) = (limits, prices);
    let (ended, _) = drive_with(&desk, Until::Done, Trip::default(), capped(budget_limits(Some(0.1), None))).await;
    let Ok(Ended::Budget(why)) = ended else { panic!("{ended:?}") };
    assert!(why.contains("$0.10 are allowed"), "{why}");
    assert_eq!(batches(&desk).await, 0);
    let (ended, _) = drive_with(&desk, Until::Done, Trip::default(), capped(budget_limits(None, Some(100)))).await;
    assert!(matches!(ended, Ok(Ended::Budget(_))));
    // The questions fit, at half the price; the answers do not any more.
    let unpriced = |sending: &mut Sending| sending.limits = budget_limits(Some(5.0), None);
    assert!(matches!(drive_with(&desk, Until::Done, Trip::default(), unpriced).await.0, Ok(Ended::Config(_))));
    let (ended, _) = drive_with(&desk, Until::Done, Trip::default(), capped(budget_limits(Some(1_000.0), None))).await;
    assert_eq!(ended.unwrap(), Ended::Done);
}

#[tokio::test]
async fn a_cap_on_items_holds_and_what_was_begun_is_finished() {
    let mut desk = desk_with("");
    desk.most.0 = 2;
    let four = |sending: &mut Sending| sending.limits = Limits { items: Some(4), ..Limits::default() };
    let (ended, _) = drive_with(&desk, Until::Done, Trip::default(), four).await;
    assert!(matches!(ended, Ok(Ended::Budget(_))), "{ended:?}");
    assert_eq!((asked(&desk), desk.records().len()), ((4, 4), 4));
    assert_eq!(drive(&desk, Until::Done).await.0.unwrap(), Ended::Done);
    assert_eq!((asked(&desk), desk.records().len()), ((6, 6), 6));
}

#[tokio::test]
async fn a_file_that_was_changed_is_not_sent() {
    let desk = desk_with("");
    let mut step = 0;
    let part = loop {
        drive_with(&desk, Until::Sent, Trip::at(step), |_| {}).await.0.unwrap();
        let run = run_for(&desk.plan, &desk.runs(), "ada").unwrap();
        match log::parts(&desk.runs(), &run).unwrap().pop() {
            Some(part) => break part,
            None => step += 1,
        }
    };
    assert!(part.file_id.is_none(), "written down, and not sent");
    let text = fs::read_to_string(&part.file.path).unwrap();
    fs::write(&part.file.path, text.replacen("messages", "massages", 1)).unwrap();
    let Ok(Ended::Config(why)) = drive(&desk, Until::Done).await.0 else { panic!("a changed file was sent") };
    assert!(why.contains("was changed"), "{why}");
    assert_eq!(asked(&desk), (0, 0));
}

#[tokio::test]
async fn a_batch_is_found_behind_many_others() {
    for step in 0.. {
        let desk = desk_with("");
        drive_with(&desk, Until::Done, Trip::at(step), |_| {}).await.0.unwrap();
        let run = run_for(&desk.plan, &desk.runs(), "ada").unwrap();
        let parts = log::parts(&desk.runs(), &run).unwrap();
        let lost = parts.first().is_some_and(|part| part.creating && part.batch_id.is_none());
        if !lost || batches(&desk).await == 0 {
            continue;
        }
        // The batch was made, we were killed before we knew, and others have made a page and more since.
        let piece = || futures_util::stream::iter([Ok(bytes::Bytes::from_static(b"{}\n"))]);
        let file = desk.client.upload("other.jsonl", "mark", 3, piece).await.unwrap();
        for _ in 0..104 {
            desk.client.create_batch(&file.id, "24h", &BTreeMap::new()).await.unwrap();
        }
        let (newest, more) = desk.client.batches(None).await.unwrap();
        assert!(newest.len() == 100 && more);
        let (ended, told) = drive(&desk, Until::Done).await;
        assert_eq!(ended.unwrap(), Ended::Done);
        assert!(told.iter().any(|note| note.contains("had been made already")), "{told:?}");
        assert_eq!((asked(&desk), desk.records().len()), ((6, 6), 6));
        desk.client.delete_file(&file.id).await.unwrap();
        assert!(desk.client.download(&file.id, |_| Ok(())).await.is_err());
        return;
    }
}
