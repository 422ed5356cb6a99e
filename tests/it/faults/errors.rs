//! A call fails, once or from then on: the disk is full, broken or read-only, there are no files left.

use super::script::{self, DONE, REFUSED};
use super::{all, each, some, trace};

/// What the system may say, by call; the first are the likeliest.
fn errors(call: &str) -> &'static [&'static str] {
    match call {
        "write" | "pwrite64" | "writev" => &["ENOSPC", "EIO", "EDQUOT"],
        "fsync" | "fdatasync" | "sync_file_range" => &["EIO", "ENOSPC"],
        "openat" => &["EMFILE", "EACCES", "EROFS", "ENOSPC"],
        "flock" => &["ENOLCK", "EINTR"],
        _ => &["EIO", "EACCES", "EROFS", "ENOSPC"],
    }
}

#[test]
fn a_call_that_fails_leads_to_an_error_and_to_no_loss() {
    if !trace::is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let places = trace::places(&script::begin(temp.path()));
    let mut cases = Vec::new();
    for (number, (call, at)) in places.into_iter().enumerate() {
        let errors = errors(&call);
        let errors = if all() { errors } else { &errors[number % errors.len()..][..1] };
        for error in errors {
            cases.extend(["", "+"].map(|from_then_on| format!("{call}:error={error}:when={at}{from_then_on}")));
        }
    }
    println!("{} cases", cases.len());
    each(&some(cases, 11), |case| {
        let temp = tempfile::tempdir().unwrap();
        let dir = script::begin(temp.path());
        let ended = trace::session(&dir, Some(case), None);
        let complaints = script::complaints(&dir);
        let what = format!("{case} ({ended:?}, {complaints:?})");
        assert!(ended == Some(DONE) || ended == Some(REFUSED), "{what}");
        script::check(&dir, &what);
        for complaint in complaints {
            let names_a_file = ["/", ".yaml", ".log", ".jsonl", ".provost"].iter().any(|part| complaint.contains(part));
            assert!(names_a_file, "{what} does not say where");
        }
    });
}

#[test]
fn a_log_that_is_not_written_is_not_taken_for_written() {
    if !trace::is_here() {
        return;
    }
    let mut cases = Vec::new();
    for (call, error) in [("write", "ENOSPC"), ("fdatasync", "EIO")] {
        for at in [1, 6, 12] {
            cases.extend(["", "+"].map(|from_then_on| format!("{call}:error={error}:when={at}{from_then_on}")));
        }
    }
    each(&cases, |case| {
        let temp = tempfile::tempdir().unwrap();
        let dir = script::begin(temp.path());
        let month = provost::store::timestamp(provost::store::now())[..7].to_owned();
        let log = dir.join(format!("decisions/ana/{month}.jsonl"));
        let ended = trace::session_with_bad_file(&dir, &log, case);
        let complaints = script::complaints(&dir);
        let what = format!("{case} on the log ({ended:?}, {complaints:?})");
        assert!(!complaints.is_empty(), "{what}: nobody was told");
        assert_eq!(ended, Some(if case.ends_with('+') { REFUSED } else { DONE }), "{what}");
        script::check(&dir, &what);
    });
}
