//! Asking the demo model over HTTP, in good days and bad.

use std::sync::{Arc, Mutex};

use provost::asking::{Asked, Asker, Manner, Request, Seat};
use provost::demo::{DemoServer, Options};
use provost::llm::{Client, Endpoint, PromptSet, Step, StepSettings, Structuring};
use provost::store::{OpenOptions, Store};
use provost::taxonomy::{Facts, Kind, Op, ProposalId, Reason};

use crate::store::{Dir, child, field};

struct Bench {
    dir: Dir,
    server: DemoServer,
    asker: Asker,
}

/// A directory with Natural Sciences > Physics > Optics accepted, and a demo model with faults.
fn bench(faults: &str) -> Bench {
    bench_with(faults, Structuring::Auto)
}

fn bench_with(faults: &str, structuring: Structuring) -> Bench {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let sciences = field("Natural Sciences");
    let physics = child(sciences, Kind::Discipline, "Physics");
    for (parent, kind, name) in [
        (None, Kind::Field, "Natural Sciences"),
        (Some(sciences), Kind::Discipline, "Physics"),
        (Some(physics), Kind::Subject, "Optics"),
    ] {
        store.submit(Op::Add { parent, kind, nodes: vec![Facts::named(name)] }).unwrap();
    }
    let server = DemoServer::start(Options { faults: faults.parse().unwrap(), ..Options::default() }).unwrap();
    let mut endpoint = Endpoint::new("demo", server.base_url().parse().unwrap());
    endpoint.timeouts.first_byte = std::time::Duration::from_millis(400);
    let client = Client::new(endpoint).unwrap();
    let seat = |step| Seat {
        client: client.clone(),
        profile: "demo".into(),
        settings: StepSettings { structuring, ..StepSettings::new(step, provost::demo::MODEL) },
    };
    let asker = Asker {
        store: store.into_handle(),
        prompts: Arc::new(PromptSet::embedded().unwrap()),
        propose: seat(Step::Propose),
        syllabus: seat(Step::Syllabus),
        curator: "ana".into(),
    };
    Bench { dir, server, asker }
}

async fn ask(asker: &Asker, request: &Request, runs: u32) -> Vec<Asked> {
    let heard = Mutex::new(Vec::new());
    asker.ask(request, &Manner::runs(runs), |asked| heard.lock().unwrap().push(asked)).await;
    heard.into_inner().unwrap()
}

fn subjects() -> Request {
    let physics = child(field("Natural Sciences"), Kind::Discipline, "Physics");
    Request::Children { parent: Some(physics), kind: Kind::Subject, count: None, hint: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_runs_merge_into_one_list_with_how_often_each_was_seen() {
    let bench = bench("");
    let asked = ask(&bench.asker, &subjects(), 5).await;
    assert_eq!(asked.iter().filter(|asked| asked.outcome.is_ok()).count(), 5);
    let snapshot = bench.asker.store.snapshot();
    let physics = child(field("Natural Sciences"), Kind::Discipline, "Physics");
    let open: Vec<_> = snapshot.open_children(Some(physics)).collect();
    assert!(open.len() >= 5, "{}", open.len());
    assert!(open.iter().any(|proposal| proposal.seen.len() > 1), "some are seen in several runs");
    assert!(open.iter().all(|proposal| proposal.title().raw() != "Optics"), "what is accepted is not proposed again");
    let batches: Vec<_> = snapshot.record.batches().cloned().collect();
    assert_eq!(batches.len(), 5);
    let batch = bench.asker.store.batch(batches[0].id).await.unwrap();
    let call = &batch.calls[0];
    assert!(call.prompt.raw().contains("Physics") && call.reply.raw().contains("items"));
    assert!(call.usage.is_some() && !call.prompt_hash.is_empty() && call.parameters.contains_key("temperature"));
    assert_eq!(batch.source.name().raw(), "provost-demo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_schemas_is_asked_in_the_two_rounds_of_the_paper() {
    for (faults, structuring) in [("noschema", Structuring::Auto), ("", Structuring::TwoRounds)] {
        let bench = bench_with(faults, structuring);
        let asked = ask(&bench.asker, &subjects(), 1).await;
        assert!(asked[0].outcome.is_ok(), "{:?}", asked[0].outcome);
        let snapshot = bench.asker.store.snapshot();
        let batch = snapshot.record.batches().next().unwrap().id;
        let batch = bench.asker.store.batch(batch).await.unwrap();
        let steps: Vec<_> = batch.calls.iter().map(|call| call.step.as_str()).collect();
        assert!(steps.ends_with(&["propose", "structure_nodes"]), "{steps:?}");
        assert!(!batch.proposals.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_one_bad_element_keeps_the_good_ones_and_reports_the_bad() {
    let bench = bench("baditem:1");
    let asked = ask(&bench.asker, &subjects(), 1).await;
    let receipt = asked[0].outcome.as_ref().unwrap();
    assert!(receipt.added.len() >= 3, "{receipt:?}");
    assert_eq!(asked[0].bad.len(), 1, "{:?}", asked[0].bad);
    let snapshot = bench.asker.store.snapshot();
    let batch = snapshot.record.batches().next().unwrap().id;
    assert_eq!(bench.asker.store.batch(batch).await.unwrap().bad.len(), 1, "it is on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passing_fault_is_survived_and_a_lasting_one_named() {
    for fault in ["500", "cut", "empty", "badjson"] {
        let bench = bench(&format!("{fault}:1,first=1"));
        let asked = ask(&bench.asker, &subjects(), 1).await;
        let survived = asked[0].outcome.is_ok();
        assert!(survived || fault == "badjson", "{fault}: {:?}", asked[0].outcome);
    }
    for (fault, class) in [("refusal", "refused"), ("html", "malformed"), ("hang", "timeout"), ("redirect", "config")] {
        let bench = bench(&format!("{fault}:1"));
        let asked = ask(&bench.asker, &subjects(), 1).await;
        let why = asked[0].outcome.as_ref().unwrap_err();
        assert!(why.to_lowercase().contains(class), "{fault}: {why}");
        assert_eq!(bench.asker.store.snapshot().record.batches().count(), 0, "{fault}");
        assert!(bench.server.ledger().requests(provost::demo::Step::Propose) <= 20, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_not_there_says_so() {
    let mut bench = bench("");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut endpoint = Endpoint::new("nobody", format!("http://{nobody}/v1").parse().unwrap());
    endpoint.retries.pause = std::time::Duration::from_millis(1);
    bench.asker.propose.client = Client::new(endpoint).unwrap();
    let asked = ask(&bench.asker, &subjects(), 1).await;
    let why = asked[0].outcome.as_ref().unwrap_err();
    assert!(why.contains("connect"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_where_nothing_could_be_accepted_is_not_asked_about() {
    let bench = bench("");
    let sciences = field("Natural Sciences");
    let physics = child(sciences, Kind::Discipline, "Physics");
    let optics = child(physics, Kind::Subject, "Optics");
    let children = |parent, kind| Request::Children { parent, kind, count: None, hint: None };
    let unknown = child(physics, Kind::Subject, "Nowhere");
    for (request, why) in [
        (children(Some(field("Nowhere")), Kind::Discipline), "There is no node"),
        (children(Some(sciences), Kind::Subject), "A subject does not hang under a field."),
        (children(None, Kind::Subject), "A subject does not hang under the root."),
        (Request::Syllabus { subject: unknown, hint: None }, "There is no node"),
    ] {
        let asked = ask(&bench.asker, &request, 1).await;
        let said = asked[0].outcome.as_ref().unwrap_err();
        assert!(said.starts_with(why), "{said}");
    }
    let deprecate = Op::Deprecate { on: vec![physics], replaced_by: None, reason: None };
    bench.asker.store.submit(deprecate).await.unwrap();
    for request in [subjects(), Request::Syllabus { subject: optics, hint: None }] {
        let asked = ask(&bench.asker, &request, 1).await;
        assert!(asked[0].outcome.as_ref().unwrap_err().contains("no longer taught"));
    }
    assert_eq!(bench.server.ledger().requests(provost::demo::Step::Propose), 0, "no token was spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syllabus_is_proposed_for_a_subject_and_rejections_go_into_the_next_prompt() {
    let bench = bench("");
    let optics = child(child(field("Natural Sciences"), Kind::Discipline, "Physics"), Kind::Subject, "Optics");
    let request = Request::Syllabus { subject: optics, hint: None };
    let asked = ask(&bench.asker, &request, 1).await;
    let proposal: ProposalId = asked[0].outcome.as_ref().unwrap().added[0];
    let snapshot = bench.asker.store.snapshot();
    let found = snapshot.record.proposal(proposal).unwrap().clone();
    let provost::taxonomy::Body::Syllabus { syllabus, .. } = &found.body else { panic!("a syllabus") };
    assert!((10..=30).contains(&syllabus.sessions.len()));

    let note = Some("too much history".into());
    let reject = Op::Reject { on: vec![proposal], reason: Reason::Other, note, of: None };
    bench.asker.store.submit(reject).await.unwrap();
    let context =
        provost::asking::syllabus_context(&bench.asker.store.snapshot(), optics, None, Default::default()).unwrap();
    assert_eq!(context.rejected, ["Syllabus: too much history"]);
    drop(bench.asker);
    let store = Store::open(&bench.dir.path, OpenOptions { curator: "ana".into(), read_only: true }).unwrap();
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn openalex_names_that_the_pack_does_not_know_get_sensible_syllabi() {
    let bench = bench("");
    let name = "Advanced Fiber Laser Technologies";
    let physics = child(field("Natural Sciences"), Kind::Discipline, "Physics");
    let add = Op::Add { parent: Some(physics), kind: Kind::Subject, nodes: vec![Facts::named(name)] };
    bench.asker.store.submit(add).await.unwrap();
    let subject = child(physics, Kind::Subject, name);
    let asked = ask(&bench.asker, &Request::Syllabus { subject, hint: None }, 1).await;
    let id = asked[0].outcome.as_ref().unwrap().added[0];
    let snapshot = bench.asker.store.snapshot();
    let findings = provost::taxonomy::lint::proposal(&snapshot, snapshot.record.proposal(id).unwrap());
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_names_a_model_a_server_with_just_one_says_which() {
    use provost::asking::Seats;
    use provost::config::{Arguments, Config, Paths};
    let bench = bench("");
    let home = bench.dir.path.display().to_string();
    let url = bench.server.base_url();
    let environment = |name: &str| match name {
        "HOME" => Some(home.clone()),
        "OPENAI_BASE_URL" => Some(url.clone()),
        _ => None,
    };
    let paths = Paths::find(&environment).unwrap();
    let config = Config::load(&Arguments::default(), &environment, &paths).unwrap();
    let manifest = bench.asker.store.snapshot().manifest.clone();
    let seat = Seats::new(&config, &environment, &manifest).seat(Step::Question).await.unwrap();
    assert_eq!(seat.settings.model, provost::demo::MODEL);
    drop(bench);
    let gone = Seats::new(&config, &environment, &manifest).seat(Step::Question).await.err().unwrap();
    assert!(gone.to_string().contains("No model is named"), "{gone}");
}
