use super::super::plan::Amount;
use super::super::{fixture, recipe};
use super::*;

/// A plan for the subjects at some positions; all have one field and one discipline above them.
fn plan_for(positions: &[usize], amount: Amount, seed: u64) -> Plan {
    let snapshot = fixture::taxonomy(&["Optics", "Acoustics"]);
    let everything = PlanRequest::of(amount, seed);
    let plan = Plan::new(&snapshot, &everything, &recipe::sample());
    let nodes = positions.iter().map(|at| plan.subjects[*at].id()).collect();
    Plan::new(&snapshot, &PlanRequest { nodes, ..everything }, &plan.recipe)
}

fn plan(amount: Amount, seed: u64) -> Plan {
    plan_for(&[0, 1], amount, seed)
}

fn file(amount: Amount, seed: u64) -> RunFile {
    RunFile::of(&plan(amount, seed), "ada: #1")
}

fn open(runs: &Path, file: &RunFile) -> Result<RunFolder, StartError> {
    RunFolder::open(runs, file, &plan(Amount::PerSubject(3), 1), || Ok(true))
}

fn make(runs: &Path, plan: &Plan) -> Result<RunFolder, StartError> {
    RunFolder::open(runs, &RunFile::of(plan, "ada"), plan, || Ok(true))
}

#[test]
fn the_file_reads_back_the_same() {
    let runs = tempfile::tempdir().unwrap();
    for amount in [Amount::PerSubject(3), Amount::Count(10)] {
        let written = file(amount, 1);
        let folder = open(runs.path(), &written).unwrap();
        assert_eq!(read_run(runs.path(), &folder.run).unwrap(), Some(written));
    }
    assert_eq!(run_ids(runs.path()).unwrap().len(), 2);
}

#[test]
fn an_equal_unfinished_run_is_taken_up_again() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let plan = plan(Amount::PerSubject(3), 1);
    let open =
        |file: &RunFile, left| RunFolder::open(runs.path(), file, &plan, || Ok(left)).map(|folder| folder.run.clone());
    let first = open(&wanted, true).unwrap();
    let mut reordered = wanted.clone();
    reordered.request.nodes.reverse();
    assert_eq!(open(&reordered, true).unwrap(), first);
    assert_ne!(open(&file(Amount::PerSubject(4), 1), true).unwrap(), first);
    assert_ne!(open(&file(Amount::PerSubject(3), 2), true).unwrap(), first);
    super::tests::open(runs.path(), &wanted).unwrap().conclude("stopped").unwrap();
    assert_eq!(open(&wanted, true).unwrap(), first);
    super::tests::open(runs.path(), &wanted).unwrap().conclude("done").unwrap();
    assert_eq!(open(&wanted, false).unwrap(), first, "nothing is left, so no new folder");
    assert_ne!(open(&wanted, true).unwrap(), first);
}

#[test]
fn what_a_kill_left_of_a_start_and_of_an_end_is_taken_away_and_records_never() {
    let runs = tempfile::tempdir().unwrap();
    let at = |below: &str| runs.path().join(below);
    let names = ["20260101T000000Z-0123abcd", "20260102T000000Z-0123abcd", "20260103T000000Z-0123abcd"];
    for name in names {
        fs::create_dir_all(at(name).join("segments")).unwrap();
        fs::write(at(name).join(".run.yaml.99.tmp"), "for").unwrap();
    }
    fs::write(at(names[1]).join("segments/a.jsonl"), "{}\n").unwrap();
    fs::write(at(names[2]).join("notes.txt"), "mine").unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let run = open(runs.path(), &wanted).unwrap().run.clone();
    assert!(!at(names[0]).exists());
    assert!(at(names[1]).join("segments/a.jsonl").exists() && at(names[2]).join("notes.txt").exists());
    let left = at(run.as_str()).join(".outcome.yaml.99.tmp");
    fs::write(&left, "ended: do").unwrap();
    let again = open(runs.path(), &wanted).unwrap();
    assert!(again.run == run && !left.exists());
}

#[test]
fn a_run_has_one_writer() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let held = open(runs.path(), &wanted).unwrap();
    let second = open(runs.path(), &wanted);
    assert!(matches!(second, Err(StartError::Busy(run)) if run == held.run));
    drop(held);
    assert!(open(runs.path(), &wanted).is_ok());
}

#[test]
fn two_who_start_the_same_at_once_are_one_run() {
    let runs = tempfile::tempdir().unwrap();
    let wanted = file(Amount::PerSubject(3), 1);
    let started = std::sync::Barrier::new(2);
    let opened: Vec<_> = std::thread::scope(|scope| {
        let open = || {
            started.wait();
            open(runs.path(), &wanted)
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
    open(runs.path(), &tomorrow).unwrap().conclude("done").unwrap();
    let today = open(runs.path(), &wanted).unwrap().run.clone();
    assert_eq!(open(runs.path(), &wanted).unwrap().run, today);
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
    let open = |text: &str| {
        let plan = plan(Amount::PerSubject(3), 1).only(text.parse().unwrap());
        RunFolder::open(runs.path(), &wanted, &plan, || Ok(true))
    };
    let first = open("0/3").unwrap();
    let second = open("1/3").unwrap();
    assert_eq!((&first.run, &first.dir), (&second.run, &second.dir));
    assert!(matches!(open("1/3"), Err(StartError::Busy(_))));
    assert!(matches!(open("1/4"), Err(StartError::Busy(_))), "it has items of 0/3 and of 1/3");
    assert!(open("2/6").is_ok(), "half of what 2/3 has");
    assert!(is_held(runs.path(), &first.run));
    let text = fs::read_to_string(first.dir.join("run.yaml")).unwrap();
    assert!(!text.contains("started") && !text.contains("ada"), "{text}");
    let read = read_run(runs.path(), &first.run).unwrap().unwrap();
    assert_eq!((read.started, read.curator.as_str(), read.sharded), (wanted.started, "ada: #1", true));
    fs::remove_file(first.dir.join("shards/2of6.yaml")).unwrap();

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
    let whole = super::tests::open(runs.path(), &wanted).unwrap();
    assert_eq!(
        run_ids(runs.path()).unwrap(),
        std::slice::from_ref(&whole.run),
        "the whole goes on in the folder of its shards"
    );
}

#[test]
fn who_has_the_whole_of_a_run_meets_no_shard_of_any_division() {
    let runs = tempfile::tempdir().unwrap();
    let whole = plan(Amount::PerSubject(3), 1);
    let shard = |text: &str| make(runs.path(), &whole.clone().only(text.parse().unwrap()));
    let some = whole.clone().pick(|item| item.share(2) == 0);
    let held = shard("1/3").unwrap();
    let run = held.run.clone();
    let busy = |opened: Result<RunFolder, StartError>| matches!(opened, Err(StartError::Busy(found)) if found == run);
    assert!(busy(RunFolder::again(runs.path(), &run, &some)), "a retry");
    assert!(busy(RunFolder::reopen(runs.path(), &run)), "results of a batch");
    assert!(busy(make(runs.path(), &whole)), "all that is left");
    drop(held);
    for is_retry in [true, false] {
        let opened = match is_retry {
            true => RunFolder::again(runs.path(), &run, &some),
            false => RunFolder::reopen(runs.path(), &run),
        };
        let held = opened.unwrap();
        assert!(["0/1", "1/3", "6/7"].into_iter().all(|text| busy(shard(text))));
        held.conclude("stopped").unwrap();
        assert_ne!(held.dir.join("shards/0of1.yaml").is_file(), is_retry, "a retry notes no end");
    }
}

#[test]
fn who_makes_the_same_items_comes_later_and_who_makes_others_does_not() {
    let runs = tempfile::tempdir().unwrap();
    let amount = Amount::PerSubject(3);
    let (one, other, both) = (plan_for(&[0], amount, 1), plan_for(&[1], amount, 1), plan_for(&[], amount, 1));
    let held = make(runs.path(), &one).unwrap();
    let overlaps = |plan: &Plan, held: &RunFolder| match make(runs.path(), plan) {
        Err(StartError::Overlaps(run)) => assert_eq!(run, held.run),
        opened => panic!("{opened:?}"),
    };
    overlaps(&both, &held);
    overlaps(&plan_for(&[0], Amount::PerSubject(1), 1), &held);
    overlaps(&both.clone().only("2/5".parse().unwrap()), &held);
    assert!(make(runs.path(), &other).is_ok(), "another subject");
    assert!(make(runs.path(), &plan_for(&[], amount, 2)).is_ok(), "another seed");
    let rest = both.clone().pick(|item| !one.items().any(|known| known.id == item));
    assert!(make(runs.path(), &rest).is_ok(), "nothing of the subject");
    drop(held);

    // Shards of different plans meet where they have a number in common.
    let held = make(runs.path(), &both.clone().only("0/2".parse().unwrap())).unwrap();
    overlaps(&one, &held);
    overlaps(&one.clone().only("2/4".parse().unwrap()), &held);
    assert!(make(runs.path(), &one.clone().only("1/4".parse().unwrap())).is_ok());
    let earlier = run_ids(runs.path()).unwrap().into_iter().find(|run| *run != held.run).unwrap();
    let retry = RunFolder::again(runs.path(), &earlier, &one);
    assert!(matches!(retry, Err(StartError::Overlaps(run)) if run == held.run), "nor does a retry of another run");
}

#[test]
fn runs_are_listed_by_their_age_also_where_shards_do_not_say_when_they_began() {
    let runs = tempfile::tempdir().unwrap();
    let whole = plan(Amount::PerSubject(3), 1);
    let shards = make(runs.path(), &whole.clone().only("0/2".parse().unwrap())).unwrap().run.clone();
    let newer = make(runs.path(), &plan(Amount::PerSubject(3), 2)).unwrap().run.clone();
    assert!(run_ids(runs.path()).unwrap().last() == Some(&shards), "by name shards come last");
    let folder = File::open(runs.path().join(shards.as_str())).unwrap();
    folder.set_modified(SystemTime::now() - std::time::Duration::from_secs(60)).unwrap();
    assert_eq!(runs_by_start(runs.path()).unwrap(), [shards.clone(), newer.clone()]);
    folder.set_modified(SystemTime::now() + std::time::Duration::from_secs(60)).unwrap();
    assert_eq!(runs_by_start(runs.path()).unwrap(), [newer, shards]);
}
