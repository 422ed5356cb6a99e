//! What a run makes of its servers: one that dies, one that refuses, one that is slow.

use super::*;

#[tokio::test]
async fn a_stop_lets_go_of_what_waits_for_a_server_that_refuses() {
    let (server, runs) = (server("429,retry-after=100", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 40);
    let handle = start(job(&server, runs.path(), &plan, 8)).await.unwrap();
    handle.progress().wait_for(|progress| progress.held.is_some()).await.unwrap();
    handle.control().stop();
    // The server asks for 100 s.
    let summary = tokio::time::timeout(Duration::from_secs(50), handle.join()).await.unwrap();
    assert_eq!(summary.ended, Ended::Stopped);
    assert_eq!((summary.progress.done, summary.progress.failed, summary.progress.left), (0, 0, 40));
    assert_eq!(records(runs.path()).len(), 0, "nothing is held against an item that was let go");
}

#[tokio::test]
async fn a_server_that_is_not_there_ends_a_small_run_too_and_the_same_run_goes_on_later() {
    let (there, runs) = (server("", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 5);
    there.set_down(true);
    let first = run(&there, runs.path(), &plan, 16).await;
    let Ended::Unreachable(why) = &first.ended else { panic!("{:?}", first.ended) };
    assert!(why.starts_with("All 5 items that were asked for failed because of the server. The last: "), "{why}");
    let second = run(&there, runs.path(), &plan, 16).await;
    assert!(matches!(second.ended, Ended::Unreachable(_)));
    there.set_down(false);
    let third = run(&there, runs.path(), &plan, 16).await;
    assert_eq!((third.ended, third.progress.done), (Ended::Done, 5));
    assert_eq!((&second.run, &third.run), (&first.run, &first.run));
}

#[tokio::test]
async fn a_request_that_a_server_took_and_never_answered_is_paid_for() {
    let (server, runs) = (server("hang@answer:0.5", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 12);
    let mut endpoint = Endpoint::new("demo", server.base_url().parse().unwrap());
    endpoint.retries.pause = Duration::from_millis(1);
    endpoint.timeouts.first_byte = Duration::from_millis(500);
    let answer = Client::new(endpoint).unwrap();
    let summary = start(Job { answer, ..job(&server, runs.path(), &plan, 12) }).await.unwrap().join().await;
    let hung = server.ledger().snapshot().faults.get("hang").copied().unwrap_or_default();
    assert!(summary.progress.done > 0 && summary.progress.failed > 0 && hung > summary.progress.failed);
    for record in records(runs.path()) {
        let call = record.answer_call.unwrap();
        let broken = if record.status == Status::Ok { call.attempts - 1 } else { call.attempts };
        let prompt = call.estimated.map(|tokens| tokens.prompt_tokens).unwrap_or_default();
        assert_eq!((prompt > 0, prompt % u64::from(broken.max(1))), (broken > 0, 0), "{broken} of {}", call.attempts);
    }
}

/// A job whose answers have to begin within a fifth of a second.
fn hurried(questions: &DemoServer, answers: &DemoServer, runs: &Path, plan: &Arc<Plan>) -> Job {
    let mut endpoint = Endpoint::new("demo", answers.base_url().parse().unwrap());
    endpoint.retries.pause = Duration::from_millis(1);
    endpoint.timeouts.first_byte = Duration::from_millis(200);
    Job { answer: Client::new(endpoint).unwrap(), ..job(questions, runs, plan, 12) }
}

#[tokio::test]
async fn an_item_whose_requests_are_never_answered_in_time_is_given_up_while_others_are_done() {
    let (some, all, runs) = (server("hang@answer:0.5", 0), server("hang@answer", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 12);
    let first = start(hurried(&some, &some, runs.path(), &plan)).await.unwrap().join().await;
    let (done, failed) = (first.progress.done, first.progress.failed);
    assert!(done > 0 && failed > 0 && first.progress.away == 0, "{:?}", first.progress);
    for _ in 0..2 {
        let again = start(hurried(&some, &all, runs.path(), &plan)).await.unwrap().join().await;
        assert_eq!((again.ended, again.progress.failed, again.progress.away), (Ended::Done, failed, 0));
    }
    assert_eq!(records(runs.path()).iter().filter(|record| record.counts).count() as u64, 3 * failed);
    let before = asked(&all);
    let last = start(hurried(&some, &all, runs.path(), &plan)).await.unwrap().join().await;
    assert_eq!((last.ended, last.progress.failed, asked(&all)), (Ended::Done, failed, before), "they are given up");
}

#[tokio::test]
async fn a_server_that_answers_nobody_in_time_counts_against_no_item() {
    let (good, hangs, runs) = (server("", 0), server("hang@answer", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 4);
    for _ in 0..2 {
        let summary = start(hurried(&good, &hangs, runs.path(), &plan)).await.unwrap().join().await;
        assert!(matches!(summary.ended, Ended::Unreachable(_)), "{:?}", summary.ended);
        assert_eq!((summary.progress.failed, summary.progress.away), (4, 4));
    }
    assert!(records(runs.path()).iter().all(|record| !record.counts));
}

#[tokio::test]
async fn a_run_goes_on_when_one_of_its_servers_dies_and_no_item_pays_for_it() {
    let (steady, dying, runs) = (server("", 2), server("", 2), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 100);
    let mut endpoint = Endpoint::new("demo", steady.base_url().parse().unwrap());
    endpoint.base_urls.push(dying.base_url().parse().unwrap());
    // A failure that counted would end its item.
    endpoint.retries.attempts = 1;
    let client = Client::new(endpoint).unwrap();
    let job = Job { question: client.clone(), answer: client.clone(), ..job(&steady, runs.path(), &plan, 16) };
    let handle = start(job).await.unwrap();
    handle.progress().wait_for(|progress| progress.done >= 20).await.unwrap();
    dying.set_down(true);
    let summary = handle.join().await;
    assert_eq!(summary.ended, Ended::Done);
    assert_eq!((summary.progress.done, summary.progress.failed, summary.progress.again), (200, 0, 0));
    let [kept, dead] = &client.health()[..] else { panic!("two servers") };
    assert!(kept.set_aside.is_none() && kept.failed == 0, "{kept:?}");
    assert!(dead.set_aside.is_some() && dead.failed >= 4, "{dead:?}");
    assert!(dead.requests - dead.failed >= 10, "it did its share before: {dead:?}");
}

#[tokio::test]
async fn a_run_goes_on_when_one_of_its_servers_has_another_model_and_ends_when_all_have() {
    let (steady, other, runs) = (server("", 0), server("404", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 60);
    let client = |servers: [&DemoServer; 2]| {
        let mut endpoint = Endpoint::new("demo", servers[0].base_url().parse().unwrap());
        endpoint.base_urls.push(servers[1].base_url().parse().unwrap());
        Client::new(endpoint).unwrap()
    };
    let job = |servers| {
        let client = client(servers);
        Job { question: client.clone(), answer: client, ..job(&steady, runs.path(), &plan, 16) }
    };
    let none = start(job([&other, &other])).await.unwrap().join().await;
    assert!(matches!(none.ended, Ended::Config(_)), "{:?}", none.ended);
    assert_eq!((none.progress.failed, none.progress.left), (0, 60));
    let summary = start(job([&other, &steady])).await.unwrap().join().await;
    assert_eq!((summary.ended, summary.progress.done), (Ended::Done, 60));
    let told = summary.progress.endpoints[0].health.denial.as_deref().unwrap_or_default();
    assert!(told.starts_with("The server answered 404"), "{told}");
}

/// A run whose only server goes away in the middle, once it waits for it.
async fn waiting(server: &DemoServer, runs: &Path) -> RunHandle {
    let plan = plan(&fixture::taxonomy(&["Optics"]), 60);
    // One at a time: the four failures that set the server aside are of one request, which has one try left.
    let handle = start(job(server, runs, &plan, 1)).await.unwrap();
    let mut progress = handle.progress();
    progress.wait_for(|progress| progress.done >= 10).await.unwrap();
    server.set_down(true);
    // The first pause is a second; a longer one says that it was tried again.
    let second = Duration::from_secs(1);
    let is_longer = |progress: &Arc<Progress>| progress.endpoints[0].health.set_aside.is_some_and(|left| left > second);
    progress.wait_for(|progress| progress.waits.is_some() && is_longer(progress)).await.unwrap();
    handle
}

#[tokio::test]
async fn a_run_waits_for_a_server_that_goes_away_and_no_item_pays_for_it() {
    let (server, runs) = (server("", 2), tempfile::tempdir().unwrap());
    let handle = waiting(&server, runs.path()).await;
    let now = handle.progress().borrow().clone();
    assert!(now.endpoints[0].health.set_aside.is_some() && now.waits.unwrap() <= Duration::from_secs(300));
    server.set_down(false);
    let summary = handle.join().await;
    assert_eq!((summary.ended, summary.progress.done, summary.progress.failed), (Ended::Done, 60, 0));
    assert_eq!(records(runs.path()).len(), 60);
}

#[tokio::test]
async fn a_stop_lets_go_of_what_waits_for_a_server_that_is_away() {
    let (server, runs) = (server("", 2), tempfile::tempdir().unwrap());
    let handle = waiting(&server, runs.path()).await;
    handle.control().stop();
    let summary = handle.join().await;
    assert_eq!((summary.ended, summary.progress.failed, summary.progress.running), (Ended::Stopped, 0, 0));
}

#[tokio::test]
async fn answers_are_asked_for_while_questions_still_are() {
    let options = Options { latency: Duration::from_millis(2), transcript: true, ..Options::default() };
    let (server, runs) = (DemoServer::start(options).unwrap(), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Optics"]), 60);
    run(&server, runs.path(), &plan, 4).await;
    let steps: Vec<_> = server.ledger().heard().iter().map(|heard| heard.step).collect();
    assert_eq!(steps.len(), 120);
    let answers_before = |at: usize| steps[..at].iter().filter(|step| **step == demo::Step::Answer).count();
    let questions = (0..120).filter(|at| steps[*at] == demo::Step::Question);
    // Never more questions ahead of their answers than items are under way.
    for (asked, at) in questions.enumerate() {
        assert!(asked - answers_before(at).min(asked) <= 4 * 2, "question {asked} at {at}");
    }
}

#[tokio::test]
async fn replies_for_measuring_pass_every_check_and_differ() {
    let options = Options { cheap: true, ..Options::default() };
    let (server, runs) = (DemoServer::start(options).unwrap(), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Acoustics", "Optics"]), 150);
    let summary = run(&server, runs.path(), &plan, 16).await;
    let failures = &summary.progress.failures;
    assert_eq!((summary.progress.done, summary.progress.failed), (300, 0), "{failures:?}");
    let records = records(runs.path());
    let different = |text: fn(&Record) -> &str| records.iter().map(text).collect::<HashSet<_>>().len();
    assert_eq!(different(|record| record.question.raw()), 300);
    assert_eq!(different(|record| record.answer.raw()), 300);
}
