//! Several processes at one directory.

use super::script::{self, LENGTH};
use super::{all, each};

#[test]
fn of_several_processes_one_writes_and_nothing_is_done_twice() {
    let rounds: Vec<usize> = (0..if all() { 200 } else { 6 }).collect();
    each(&rounds, |round| {
        let temp = tempfile::tempdir().unwrap();
        let dir = script::begin(temp.path());
        let mut sessions: Vec<_> = (0..2 + round % 7).map(|_| script::start(&dir)).collect();
        let mut ended: Vec<Option<i32>> = Vec::new();
        for session in &mut sessions {
            ended.push(session.wait().unwrap().code());
        }
        let what = format!("round {round}: {ended:?}, {:?}", script::complaints(&dir));
        assert!(ended.iter().all(|code| matches!(code, Some(script::DONE | script::REFUSED))), "{what}");
        assert_eq!(script::acknowledged(&dir), LENGTH, "{what}");
        script::check(&dir, &what);
    });
}
