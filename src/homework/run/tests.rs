use super::super::plan::Amount;
use super::super::{fixture, recipe};
use super::*;

fn file(amount: Amount, seed: u64) -> RunFile {
    let snapshot = fixture::taxonomy(&["Optics", "Acoustics"]);
    let everything = PlanRequest { nodes: Vec::new(), amount, seed, shares: Default::default() };
    let plan = Plan::new(&snapshot, &everything, &recipe::sample());
    let nodes = plan.subjects.iter().map(|subject| subject.id()).collect();
    RunFile::of(&Plan::new(&snapshot, &PlanRequest { nodes, ..everything }, &plan.recipe), "ada: #1")
}

#[test]
fn the_file_reads_back_the_same() {
    let runs = tempfile::tempdir().unwrap();
    for amount in [Amount::PerSubject(3), Amount::Count(10)] {
        let written = file(amount, 1);
        let folder = RunFolder::open(runs.path(), &written, None, || Ok(true)).unwrap();
        assert_eq!(read_run(runs.path(), &folder.run).unwrap(), Some(written));
    }
    assert_eq!(run_ids(runs.path()).unwrap().len(), 2);
}

#[test]
fn an_equal_unfinished_run_is_taken_up_again() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let open =
        |file: &RunFile, left| RunFolder::open(runs.path(), file, None, || Ok(left)).map(|folder| folder.run.clone());
    let first = open(&wanted, true).unwrap();
    let mut reordered = wanted.clone();
    reordered.request.nodes.reverse();
    assert_eq!(open(&reordered, true).unwrap(), first);
    assert_ne!(open(&file(Amount::PerSubject(4), 1), true).unwrap(), first);
    assert_ne!(open(&file(Amount::PerSubject(3), 2), true).unwrap(), first);
    RunFolder::open(runs.path(), &wanted, None, || Ok(true)).unwrap().conclude("stopped").unwrap();
    assert_eq!(open(&wanted, true).unwrap(), first);
    RunFolder::open(runs.path(), &wanted, None, || Ok(true)).unwrap().conclude("done").unwrap();
    assert_eq!(open(&wanted, false).unwrap(), first, "nothing is left, so no new folder");
    assert_ne!(open(&wanted, true).unwrap(), first);
}

#[test]
fn a_run_has_one_writer() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let held = RunFolder::open(runs.path(), &wanted, None, || Ok(true)).unwrap();
    let second = RunFolder::open(runs.path(), &wanted, None, || Ok(true));
    assert!(matches!(second, Err(StartError::Busy(run)) if run == held.run));
    drop(held);
    assert!(RunFolder::open(runs.path(), &wanted, None, || Ok(true)).is_ok());
}

#[test]
fn two_who_start_the_same_at_once_are_one_run() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let started = std::sync::Barrier::new(2);
    let opened: Vec<_> = std::thread::scope(|scope| {
        let open = || {
            started.wait();
            RunFolder::open(runs.path(), &wanted, None, || Ok(true))
        };
        let both = [scope.spawn(open), scope.spawn(open)];
        both.map(|thread| thread.join().unwrap()).into_iter().collect()
    });
    assert_eq!(opened.iter().filter(|folder| folder.is_ok()).count(), 1);
    assert_eq!(run_ids(runs.path()).unwrap().len(), 1);
}

#[test]
fn an_unfinished_run_is_found_behind_a_finished_one_of_a_wrong_clock() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let mut tomorrow = wanted.clone();
    tomorrow.started = "2099-01-01T00:00:00Z".parse().unwrap();
    RunFolder::open(runs.path(), &tomorrow, None, || Ok(true)).unwrap().conclude("done").unwrap();
    let today = RunFolder::open(runs.path(), &wanted, None, || Ok(true)).unwrap().run.clone();
    assert_eq!(RunFolder::open(runs.path(), &wanted, None, || Ok(true)).unwrap().run, today);
}

#[test]
fn names_of_runs_stay_in_their_folder() {
    for bad in ["", "..", "a/b", "a b", "run.yaml", &"a".repeat(65)] {
        assert_eq!(bad.parse::<RunId>(), Err(InvalidRunId), "{bad}");
    }
    let id: RunId = "20261121T101500Z-1a2b3c4d".parse().unwrap();
    assert_eq!(id.to_string(), "20261121T101500Z-1a2b3c4d");
}

#[test]
fn shards_share_a_folder_and_each_has_one_writer() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let shard = |text: &str| Some(text.parse::<Shard>().unwrap());
    let open = |text| RunFolder::open(runs.path(), &wanted, shard(text), || Ok(true));
    let first = open("0/3").unwrap();
    let second = open("1/3").unwrap();
    assert_eq!((&first.run, &first.dir), (&second.run, &second.dir));
    assert!(matches!(open("1/3"), Err(StartError::Busy(_))));
    assert!(open("1/4").is_ok(), "another division is another shard");
    assert!(is_held(runs.path(), &first.run));
    let text = fs::read_to_string(first.dir.join("run.yaml")).unwrap();
    assert!(!text.contains("started") && !text.contains("ada"), "{text}");
    let read = read_run(runs.path(), &first.run).unwrap().unwrap();
    assert_eq!((read.started, read.curator.as_str(), read.sharded), (wanted.started, "ada: #1", true));
    fs::remove_file(first.dir.join("shards/1of4.yaml")).unwrap();

    let ended = |run: &RunId| read_outcome(runs.path(), run).map(|outcome| outcome.ended);
    assert_eq!(ended(&first.run), None);
    first.conclude("done").unwrap();
    assert_eq!(ended(&first.run), None, "the other one has not ended");
    second.conclude("rate-or-quota").unwrap();
    assert_eq!(ended(&first.run).as_deref(), Some("rate-or-quota"));
    drop(second);
    open("1/3").unwrap().conclude("done").unwrap();
    assert_eq!(ended(&first.run), None, "two of three");
    open("2/3").unwrap().conclude("done").unwrap();
    assert_eq!(ended(&first.run).as_deref(), Some("done"));
    drop(first);
    assert!(!is_held(runs.path(), &run_ids(runs.path()).unwrap()[0]));
    let whole = RunFolder::open(runs.path(), &wanted, None, || Ok(true)).unwrap();
    assert_eq!(
        run_ids(runs.path()).unwrap(),
        std::slice::from_ref(&whole.run),
        "the whole goes on in the folder of its shards"
    );
}
