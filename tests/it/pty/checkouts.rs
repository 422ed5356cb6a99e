//! Git changes the branch under a running screen.

use std::path::Path;

use provost::store::{OpenOptions, Store};
use provost::taxonomy::{Facts, Kind, Op};

use super::Pty;
use crate::store::git;

#[test]
fn the_screen_follows_a_checkout_and_decides_on_what_is_there() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("taxonomy");
    crate::cli::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy"), &dir);
    std::fs::write(dir.join(".gitignore"), ".provost/\nruns/\n").unwrap();
    git(&dir, &["init", "-q"]);
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-qm", "main"]);
    git(&dir, &["checkout", "-q", "-b", "other"]);
    let open = || Store::open(&dir, OpenOptions { curator: "bo".into(), read_only: false }).unwrap();
    let arts = Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts of the Other Branch")] };
    open().submit(arts).unwrap();
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-qm", "other"]);
    git(&dir, &["checkout", "-q", "main"]);

    let ecology = dir.join("tree/natural-sciences/life-sciences/ecology.yaml");
    let mut pty = Pty::start(&["-C", dir.to_str().unwrap(), "--as", "ana"], &[], (120, 40));
    pty.sees("Formal Sciences");
    assert!(!pty.contents().contains("Other Branch"));
    git(&dir, &["checkout", "-q", "other"]);
    pty.sees("Arts of the Other Branch");
    pty.press("/ecology\r");
    pty.sees("Ecology");
    pty.press("a");
    pty.until("the file", |_| ecology.exists());
    pty.sees("last: accepted");
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-qm", "a decision"]);
    // Away and back while keys look around; what was decided on the other branch is not here, and there again.
    for round in 0..10 {
        git(&dir, &["checkout", "-q", if round % 2 == 0 { "main" } else { "other" }]);
        pty.press(if round % 3 == 0 { "jj" } else { "k" });
    }
    pty.sees("Arts of the Other Branch");
    git(&dir, &["checkout", "-q", "main"]);
    pty.until("main on the screen", |pty| !pty.contents().contains("Other Branch"));
    assert!(!ecology.exists(), "nothing is written that this branch does not have");
    pty.press("/ecology\r");
    pty.press("a");
    pty.until("the file on main", |_| ecology.exists());
    pty.press("q");
    assert_eq!(pty.ends(), 0);
    let store = open();
    let snapshot = store.snapshot();
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    assert_eq!(
        snapshot.record.events().iter().filter(|event| event.by == "ana").count(),
        1,
        "one decision on this branch"
    );
    drop(store);
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-qm", "decided here as well"]);
    git(&dir, &["checkout", "-q", "other"]);
    assert!(ecology.exists() && open().snapshot().problems.is_empty());
}
