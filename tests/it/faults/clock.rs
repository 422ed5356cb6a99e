//! The clock of the machine goes back an hour, or forward a year, between decisions and between sessions.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use provost::store::Store;
use provost::taxonomy::EventId;

use super::script::{self, LENGTH};

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
