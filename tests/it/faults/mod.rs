//! Killed, refused and cut off at every system call: what was acknowledged is there, once, and everything can be read.
//!
//! A session of decisions runs in a process of its own under `strace`, which kills it or lets a call fail. `cargo test` takes every so
//! manieth place; with `PROVOST_FAULTS=all`, as `.ci/run` has it, all of them are taken. Without `strace` these tests say so and pass.

#![cfg(target_os = "linux")]

mod clock;
mod errors;
mod kills;
mod power;
mod racing;
mod runs;
mod script;
mod trace;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::runs::all_faults as all;

/// Every `stride`-th thing; all of them where all are wanted.
fn some<T>(things: Vec<T>, stride: usize) -> Vec<T> {
    let stride = if all() { 1 } else { stride };
    things.into_iter().step_by(stride).collect()
}

/// The same of things that take a second or two each: where all are wanted, every `of_all`-th of them; each one at night.
fn some_of_slow<T>(things: Vec<T>, stride: usize, of_all: usize) -> Vec<T> {
    let stride = match (crate::runs::night_of_faults(), all()) {
        (true, _) => 1,
        (false, true) => of_all,
        (false, false) => stride,
    };
    things.into_iter().step_by(stride).collect()
}

/// Does `work` for each of them, two at a time, and tells of all that failed.
pub fn each<T: Sync>(things: &[T], work: impl Fn(&T) + Sync) {
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let one = || {
        while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
            if catch_unwind(AssertUnwindSafe(|| work(thing))).is_err() {
                failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(one);
        one();
    });
    let failed = failed.into_inner();
    assert_eq!(failed, 0, "{failed} of {} went wrong; each says above what", things.len());
}
