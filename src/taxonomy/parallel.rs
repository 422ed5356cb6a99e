//! Work on many things of one kind, on up to eight cores.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism, scope};

/// Things that a core takes at a time: few, so that none waits long for another at the end.
const SHARE: usize = 64;

/// What `work` makes of each of `items`, in their order. Each core begins with a state of its own.
///
/// # Panics
/// When `work` does.
pub fn map<T: Sync, S, R: Send>(
    items: &[T],
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    try_map(items, begin, work).unwrap_or_else(|panic| resume_unwind(panic))
}

/// Two things at once.
///
/// # Panics
/// When one of them does.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        (one, other.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// [`map()`] for things of which a few are much more work than others: each is taken by itself.
///
/// # Panics
/// As there.
pub fn map_each<T: Sync, S, R: Send>(
    items: &[T],
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    shared_out(items, 1, begin, work).unwrap_or_else(|panic| resume_unwind(panic))
}

/// [`map()`] for whoever can tell of a panic.
///
/// # Errors
/// When `work` panicked: a part is never taken for the whole.
pub fn try_map<T: Sync, S, R: Send>(
    items: &[T],
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> thread::Result<Vec<R>> {
    shared_out(items, SHARE, begin, work)
}

/// Each core takes so many things at a time.
fn shared_out<T: Sync, S, R: Send>(
    items: &[T],
    size: usize,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> thread::Result<Vec<R>> {
    let cores = available_parallelism().map_or(1, usize::from).min(items.len().div_ceil(size)).clamp(1, 8);
    let next = AtomicUsize::new(0);
    let run = || {
        let (mut state, mut done) = (begin(), Vec::new());
        loop {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = items.chunks(size).nth(share) else { return done };
            done.push((share, items.iter().map(|item| work(&mut state, item)).collect::<Vec<R>>()));
        }
    };
    let done = scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(run)).collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut shares: Vec<_> = done.into_iter().collect::<thread::Result<Vec<_>>>()?.into_iter().flatten().collect();
    shares.sort_by_key(|(share, _)| *share);
    Ok(shares.into_iter().flat_map(|(_, done)| done).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_items() {
        for count in [0, 1, 63, 64, 65, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            let begun = AtomicUsize::new(0);
            let begin = || begun.fetch_add(1, Ordering::Relaxed);
            assert_eq!(map(&items, begin, |_, item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
            assert_eq!(map_each(&items, || (), |(), item| item + 1), (1..=count).collect::<Vec<_>>());
            assert!((1..=8).contains(&begun.into_inner()));
        }
    }

    #[test]
    fn two_things_are_done_and_told_apart() {
        assert_eq!(both(|| 1, || "two"), (1, "two"));
        let panic = std::panic::catch_unwind(|| both(|| 1, || -> u8 { panic!("the other") })).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the other"));
    }

    #[test]
    #[should_panic(expected = "this one")]
    fn a_panic_is_not_lost() {
        let items: Vec<usize> = (0..1_000).collect();
        map(&items, || (), |(), item| assert!(*item != 700, "this one"));
    }
}
