//! A session of decisions of every kind that moves files, and what must be found after any part of it.

use std::fs::{self, File, OpenOptions as Files};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio, exit};
use std::sync::LazyLock;

use provost::store::{OpenOptions, Store};
use provost::taxonomy::{Facts, Kind, Node, Op, ProposalId, Reason, Snapshot};

use crate::store::{accept, batch, child, field, files_below};

/// How many operations the session has.
pub const LENGTH: usize = 15;
/// Says to the test below which directory is meant.
pub const DIR: &str = "PROVOST_FAULTS_DIR";
/// How the process ends: everything was done; an operation failed twice; it panicked.
pub const DONE: i32 = 0;
pub const REFUSED: i32 = 3;
pub const PANICKED: i32 = 70;

fn names(names: &[&str]) -> Vec<Facts> {
    names.iter().map(|name| Facts::named(*name)).collect()
}

/// The operation at a place of the session.
pub fn op(at: usize, snapshot: &Snapshot) -> Op {
    let (sciences, arts) = (field("Sciences"), field("Arts"));
    let physics = child(sciences, Kind::Discipline, "Physics");
    let [optics, acoustics] = ["Optics", "Acoustics"].map(|name| child(physics, Kind::Subject, name));
    let chemistry = child(sciences, Kind::Discipline, "Chemistry");
    match at {
        0 => batch(&[
            (None, Kind::Field, "Sciences"),
            (Some(sciences), Kind::Discipline, "Physics"),
            (Some(physics), Kind::Subject, "Optics"),
            (Some(physics), Kind::Subject, "Acoustics"),
        ]),
        1 => accept(&[sciences, physics]),
        2 => accept(&[optics, acoustics]),
        3 => Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Arts"]) },
        4 => Op::Add { parent: Some(arts), kind: Kind::Discipline, nodes: names(&["Music", "Painting"]) },
        5 => {
            let node = snapshot.tree.node(optics).unwrap();
            Op::Edit(Box::new(Node { facts: Facts::named("Optics and Photonics"), ..Node::clone(node) }))
        }
        6 => Op::Move { on: vec![physics], to: Some(arts) },
        7 => Op::Undo(None),
        8 => Op::Merge { on: vec![acoustics], into: optics },
        9 => batch(&[(Some(sciences), Kind::Discipline, "Chemistry")]),
        10 => {
            let on = vec![ProposalId::of_node(chemistry)];
            Op::Reject { on, reason: Reason::OutOfScope, note: Some("not here".into()), of: None }
        }
        11 => Op::Undo(None),
        12 => Op::Redo(None),
        13 => {
            let on = vec![child(arts, Kind::Discipline, "Music")];
            Op::Deprecate { on, replaced_by: None, reason: None }
        }
        _ => {
            let many: Vec<String> = (0..12).map(|number| format!("Field {number}")).collect();
            Op::Add { parent: None, kind: Kind::Field, nodes: many.iter().map(Facts::named).collect() }
        }
    }
}

/// How many operations a directory has seen.
pub fn seen(snapshot: &Snapshot) -> usize {
    snapshot.record.batches().count() + snapshot.record.events().len()
}

/// An empty taxonomy, in the place of all sessions.
pub fn begin(at: &Path) -> PathBuf {
    let dir = at.join("taxonomy");
    Store::init(&dir, "Test").unwrap();
    dir
}

pub fn open(dir: &Path) -> Store {
    Store::open(dir, OpenOptions { curator: "ana".into(), read_only: false }).unwrap()
}

/// Where the acknowledgements are written.
pub fn acks(dir: &Path) -> PathBuf {
    dir.with_extension("acks")
}

/// How many operations were acknowledged.
pub fn acknowledged(dir: &Path) -> usize {
    let text = fs::read_to_string(acks(dir)).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("ack ")?.parse().ok()).max().unwrap_or(0)
}

/// What went wrong, as a person would read it.
pub fn complaints(dir: &Path) -> Vec<String> {
    let text = fs::read_to_string(acks(dir)).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("error ").map(str::to_owned)).collect()
}

/// All files of the tree with their text, and the state of every proposal.
#[derive(Debug, PartialEq, Clone)]
pub struct State {
    files: Vec<(String, String)>,
    proposals: Vec<String>,
}

pub fn state(dir: &Path, snapshot: &Snapshot) -> State {
    let read = |path: String| {
        let text = fs::read_to_string(dir.join(&path)).unwrap();
        (path, text)
    };
    let files = files_below(dir, "tree").into_iter().map(read).collect();
    let is_node = |id: &ProposalId| !id.is_syllabus();
    let proposals = snapshot.record.proposals().filter(|proposal| is_node(&proposal.id));
    let mut proposals: Vec<String> =
        proposals.map(|proposal| format!("{} {:?}", proposal.id, proposal.state)).collect();
    proposals.sort();
    State { files, proposals }
}

/// What is found after each number of operations where nothing goes wrong.
static GOOD: LazyLock<Vec<State>> = LazyLock::new(|| {
    let temp = tempfile::tempdir().unwrap();
    let dir = begin(temp.path());
    let mut store = open(&dir);
    let mut states = vec![state(&dir, &store.snapshot())];
    for at in 0..LENGTH {
        let op = op(at, &store.snapshot());
        store.submit(op).unwrap();
        states.push(state(&dir, &store.snapshot()));
    }
    states
});

/// What is found after so many.
pub fn good(after: usize) -> State {
    GOOD[after].clone()
}

/// Opens what a session left behind: nothing acknowledged is missing, nothing is there twice, every file can be read, and the
/// session can go on to its end.
pub fn check(dir: &Path, what: &str) {
    check_after(dir, what, 1);
}

/// The same after so many processes that may each have come further by one than it could say.
pub fn check_after(dir: &Path, what: &str, processes: usize) {
    let acknowledged = acknowledged(dir);
    let mut store = open(dir);
    let snapshot = store.snapshot();
    assert!(snapshot.problems.is_empty(), "{what}: {:?}", snapshot.problems);
    let there = seen(&snapshot);
    let allowed = acknowledged..=acknowledged + processes;
    assert!(allowed.contains(&there), "{what}: {acknowledged} were acknowledged, {there} are there");
    assert_eq!(state(dir, &snapshot), GOOD[there], "{what}: after {there}");
    for at in there..LENGTH {
        let op = op(at, &store.snapshot());
        store.submit(op).unwrap_or_else(|error| panic!("{what}: it does not go on at {at}: {error}"));
    }
    assert_eq!(state(dir, &store.snapshot()), GOOD[LENGTH], "{what}: at the end");
    drop(store);
    let left: Vec<_> = files_below(dir, "")
        .into_iter()
        .filter(|path| path.rsplit('/').next().is_some_and(|name| name.starts_with(".provost-")))
        .collect();
    assert!(left.is_empty(), "{what}: {left:?} was left behind");
}

/// The words after the name of this program that make it run the session.
pub const SESSION: [&str; 4] = ["faults::script::session", "--exact", "--nocapture", "--test-threads=1"];

/// Starts the session in `dir`, in a process of its own.
pub fn start(dir: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(SESSION).env(DIR, dir).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Not a test of its own: the session that the others run in another process, in the directory that they name.
#[test]
fn session() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else { return };
    let told = Files::new().create(true).append(true).open(acks(&dir));
    let Ok(mut told) = told else { exit(REFUSED) };
    let ended = catch_unwind(AssertUnwindSafe(|| run(&dir, &mut told)));
    exit(ended.unwrap_or(PANICKED));
}

fn run(dir: &Path, told: &mut File) -> i32 {
    // From here on calls are counted.
    let _ = told.write_all(b"begin\n");
    let mut failures = 0;
    loop {
        match go_on(dir, told) {
            Ok(()) => return DONE,
            Err(error) => {
                let _ = told.write_all(format!("error {}\n", error.replace('\n', " ")).as_bytes());
                failures += 1;
            }
        }
        // Whoever is refused tries again, from what they see.
        if failures == 2 {
            return REFUSED;
        }
    }
}

fn go_on(dir: &Path, told: &mut File) -> Result<(), String> {
    let options = OpenOptions { curator: "ana".into(), read_only: false };
    let mut store = Store::open(dir, options).map_err(|error| error.to_string())?;
    if let Some(why) = store.is_read_only() {
        // What such a one sees may be half of what another writes just now.
        return Err(format!("the directory is open for reading only: {why}"));
    }
    for at in seen(&store.snapshot())..LENGTH {
        let op = op(at, &store.snapshot());
        if let Err(error) = store.submit(op) {
            return Err(error.to_string());
        }
        // One write, so that it is there or not.
        let _ = told.write_all(format!("ack {}\n", at + 1).as_bytes());
    }
    Ok(())
}
