//! Panics on request, for the tests of what a panic leaves behind (`tests/it/pty/panics.rs`). A release build has none of it.

/// Panics here once, when `PROVOST_PANIC` names this place and its file is there: `frame@/tmp/now`, several places with commas.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "that is what it is for")]
pub(crate) fn panics(place: &str) {
    use std::path::Path;
    use std::sync::{LazyLock, Mutex, PoisonError};

    static PLANTED: LazyLock<Mutex<Vec<(String, String)>>> = LazyLock::new(|| {
        let text = std::env::var("PROVOST_PANIC").unwrap_or_default();
        let (places, now) = text.split_once('@').unwrap_or_default();
        Mutex::new(places.split(',').map(|place| (place.to_owned(), now.to_owned())).collect())
    });
    let due = {
        let mut planted = PLANTED.lock().unwrap_or_else(PoisonError::into_inner);
        let here = planted.iter().position(|(named, now)| named == place && Path::new(now).exists());
        here.map(|at| planted.swap_remove(at))
    };
    if due.is_some() {
        panic!("planted in {place}, with \u{1b}[2J in it");
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn panics(_place: &str) {}
