//! The clock of the machine goes back an hour, or forward a year, between decisions and between sessions, and at any reading in a
//! run of homework.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use provost::demo::{DemoServer, Options, Step};
use provost::store::Store;
use provost::taxonomy::EventId;

use super::runs::whole;
use super::script::{self, LENGTH};
use super::some;
use crate::cli::{Place, Said};

thread_local! {
    /// How far the clock is wrong, in milliseconds.
    static WRONG: Cell<i64> = const { Cell::new(0) };
}

fn clock() -> (u64, u32) {
    (provost::store::now().saturating_add_signed(WRONG.get()), provost::store::distinct())
}

/// Opens the directory for deciding. A process that another test starts just now holds the lock until it runs its own program.
fn open(dir: &Path) -> Store {
    let mut tries = 0;
    loop {
        let store = script::open(dir).with_clock(clock);
        tries += 1;
        if store.is_read_only().is_none() || tries == 1_000 {
            return store;
        }
        std::thread::yield_now();
    }
}

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

#[test]
fn a_clock_that_jumps_loses_doubles_and_reorders_nothing() {
    let jumps: [&[i64]; 6] =
        [&[0, -HOUR], &[0, YEAR, 0], &[YEAR, -YEAR], &[0, -HOUR, YEAR, -HOUR], &[-50 * YEAR], &[100 * YEAR, 0]];
    for (jumps, sitting) in jumps.into_iter().flat_map(|jumps| [(jumps, 1), (jumps, 4), (jumps, LENGTH)]) {
        let what = format!("the clock is wrong by {jumps:?} in turn, {sitting} decisions a session");
        let temp = tempfile::tempdir().unwrap();
        let dir = script::begin(temp.path());
        let mut store = open(&dir);
        let mut ids: Vec<EventId> = Vec::new();
        for at in 0..LENGTH {
            WRONG.set(jumps[at % jumps.len()]);
            if at % sitting == 0 {
                drop(store);
                store = open(&dir);
            }
            let op = script::op(at, &store.snapshot());
            store.submit(op).unwrap_or_else(|error| panic!("{what}: {at}: {error}"));
            let snapshot = store.snapshot();
            let now: Vec<EventId> = snapshot.record.events().iter().map(|event| event.id).collect();
            assert!(now.starts_with(&ids), "{what}: at {at} the order of what was decided before changed");
            assert!(now.is_sorted_by(|one, next| one < next), "{what}: {now:?}");
            assert_eq!(script::state(&dir, &snapshot), script::good(at + 1), "{what}: after {at}");
            ids = now;
        }
        drop(store);
        WRONG.set(0);
        fs::write(script::acks(&dir), format!("ack {LENGTH}\n")).unwrap();
        script::check(&dir, &what);
        let store = script::open(&dir);
        let again: Vec<EventId> = store.snapshot().record.events().iter().map(|event| event.id).collect();
        assert_eq!(again, ids, "{what}: read again by a right clock");
    }
}

/// What makes a program's clock jump, built from its source. Without a C compiler there is none, and that is said.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn jumping(place: &Place) -> Option<PathBuf> {
    let library = place.path("clock.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/clock.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    if built.is_ok_and(|status| status.success()) {
        return Some(library);
    }
    eprintln!("skipped: no C compiler is there to make the clock jump (install one to run this test)");
    None
}

/// What a command said once it has ended; it is killed if it waits for a clock that is wrong by years.
fn ended(mut child: Child) -> Said {
    let (done, is_done) = mpsc::channel::<()>();
    let id = child.id().to_string();
    let watch = std::thread::spawn(move || {
        if is_done.recv_timeout(Duration::from_secs(120)).is_err() {
            Command::new("kill").args(["-KILL", &id]).status().unwrap();
        }
    });
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let err = std::thread::spawn(move || std::io::read_to_string(err).unwrap());
    let (out, err) = (std::io::read_to_string(out).unwrap(), err.join().unwrap());
    let code = child.wait().unwrap().code().unwrap_or(-1);
    done.send(()).unwrap();
    watch.join().unwrap();
    Said { out, err, code }
}

#[test]
fn a_run_goes_on_whatever_the_clock_says() {
    const ITEMS: u64 = 24;
    const AT_ONCE: u64 = 3;
    // It jumps with every reading; it is right again after some, having been a hundred years ahead or fifty behind.
    let clocks =
        [("0,-3600,31536000", "9999999"), ("-1577880000", "60"), ("3155760000", "60"), ("3155760000,-60", "9999999")];
    for (at, (wrong, readings)) in some(clocks.into_iter().enumerate().collect(), 2) {
        let place = Place::with_sample();
        let Some(library) = jumping(&place) else { return };
        // At first the server is busy and says when to come back, or fails and is asked again after a pause.
        let faults = "429:0.3,500:0.3,retry-after=0.05,first=24".parse().unwrap();
        let server = DemoServer::start(Options { faults, ..Options::default() }).unwrap();
        let url = server.base_url();
        let (items, at_once) = (ITEMS.to_string(), AT_ONCE.to_string());
        let words = ["-C", "t", "generate", "--count", &items, "--concurrency", &at_once, "--base-url", &url];
        let words = [&words[..], &["--model", "provost-demo"]].concat();
        let start = |words: &[&str]| {
            let mut command = place.command(words);
            command.env("LD_PRELOAD", &library).env("CLOCK_WRONG_BY", wrong).env("CLOCK_WRONG_FOR", readings);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let mut killed = start(&words);
        while server.ledger().requests(Step::Answer) < ITEMS / 2 {
            assert!(killed.try_wait().unwrap().is_none(), "{wrong}: it ended by itself");
            std::thread::yield_now();
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
        let before = whole(&place);
        ended(start(&words)).succeeds();
        let after = whole(&place);
        assert_eq!(after.len() as u64, ITEMS, "{wrong}");
        assert!(before.iter().all(|(item, line)| after.get(item) == Some(line)), "{wrong}: what was finished stayed");
        let verified = ended(start(&["-C", "t", "verify", "--json"])).succeeds().lines();
        let sum = |key: &str| verified.iter().map(|run| run[key].as_u64().unwrap()).sum::<u64>();
        assert_eq!((sum("records"), sum("ok")), (ITEMS, ITEMS), "{wrong}");
        for command in ["runs", "status", "stats", "log", "tree"].into_iter().filter(|_| at == 0) {
            ended(start(&["-C", "t", command])).succeeds();
        }
        let asked = server.ledger().requests(Step::Question) + server.ledger().requests(Step::Answer);
        ended(start(&words)).succeeds();
        let again = server.ledger().requests(Step::Question) + server.ledger().requests(Step::Answer);
        assert_eq!(again, asked, "{wrong}: nothing is left to ask for");
    }
}
