//! A picture is shown only of what is there.

use std::fs::{self, File};
use std::time::SystemTime;

use super::super::core::{OpenOptions, Store};
use super::super::index::Key;
use super::super::seen::look;
use super::*;
use crate::taxonomy::{Facts, Kind, Op};

const KEY: &[u8] = b"80 x 24, dark";

fn options() -> OpenOptions {
    OpenOptions { curator: "ana".into(), read_only: false }
}

/// What a start is shown with a key.
fn shown(root: &Path, key: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    Store::open_showing(root, options(), |early| found = early.picture(key)).unwrap();
    found
}

fn add(store: &mut Store, name: &str) {
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named(name)] }).unwrap();
}

fn directory() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("t");
    Store::init(&root, "T").unwrap();
    let root = fs::canonicalize(root).unwrap();
    let mut store = Store::open(&root, options()).unwrap();
    add(&mut store, "Arts");
    assert!(store.keep_picture(&store.snapshot(), KEY, b"a frame"));
    (temp, root)
}

#[test]
fn it_is_shown_with_its_key_until_something_changes() {
    let (_temp, root) = directory();
    assert_eq!(shown(&root, KEY).as_deref(), Some(&b"a frame"[..]));
    assert_eq!(shown(&root, b"another size"), None);
    let mut store = Store::open(&root, options()).unwrap();
    let before = store.snapshot();
    assert!(store.keep_picture(&before, b"wide", b"a wide frame"));
    assert_eq!(shown(&root, KEY).as_deref(), Some(&b"a frame"[..]), "both are kept");
    assert_eq!(shown(&root, b"wide").as_deref(), Some(&b"a wide frame"[..]));
    add(&mut store, "Sciences");
    assert_eq!(shown(&root, KEY), None, "the log grew");
    assert!(!store.keep_picture(&before, KEY, b"of an older view"));
    assert!(store.keep_picture(&store.snapshot(), KEY, b"new"));
    assert_eq!((shown(&root, KEY).as_deref(), shown(&root, b"wide")), (Some(&b"new"[..]), None));
}

#[test]
fn a_file_that_was_touched_or_rewritten_is_noticed() {
    let (_temp, root) = directory();
    let log = fs::read_dir(root.join("decisions/ana")).unwrap().flatten().next().unwrap().path();
    for path in [log, root.join("tree/arts.yaml"), root.join("provost.yaml")] {
        let bytes = fs::read(&path).unwrap();
        let (now, before) = (|| fs::metadata(&path).unwrap(), fs::metadata(&path).unwrap());
        while Key::of(&now()) == Key::of(&before) {
            fs::write(&path, &bytes).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(before.modified().unwrap()).unwrap();
        }
        assert_eq!(shown(&root, KEY), None, "{}: written again with the same length and time", path.display());
        let store = Store::open(&root, options()).unwrap();
        assert!(store.keep_picture(&store.snapshot(), KEY, b"a frame"));
        drop(store);
        File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(shown(&root, KEY), None, "{}: touched", path.display());
        let store = Store::open(&root, options()).unwrap();
        assert!(store.keep_picture(&store.snapshot(), KEY, b"a frame"));
    }
}

#[test]
fn none_is_kept_of_files_that_others_changed() {
    let (_temp, root) = directory();
    let mut store = Store::open(&root, options()).unwrap();
    add(&mut store, "Sciences");
    let path = root.join("tree/sciences.yaml");
    File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert!(!store.keep_picture(&store.snapshot(), KEY, b"not what was read"));
    store.refresh().unwrap();
    assert!(store.keep_picture(&store.snapshot(), KEY, b"what was read"));
    fs::write(root.join("tree/.provost-left"), "").unwrap();
    assert!(!store.keep_picture(&store.snapshot(), KEY, b"something was left behind"));
}

#[test]
fn one_that_is_damaged_or_of_another_version_is_none() {
    let (_temp, root) = directory();
    let whole = fs::read(place(&root)).unwrap();
    for at in 0..whole.len() {
        assert_eq!(Pictures::of(&whole[..at]), None, "cut at {at}");
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        assert_eq!(Pictures::of(&damaged), None, "a bit at {at}");
    }
    let other = String::from_utf8_lossy(LAYOUT.as_bytes()).replace("picture 1", "picture 0");
    fs::write(place(&root), [other.as_bytes(), &whole[LAYOUT.len()..]].concat()).unwrap();
    assert_eq!(shown(&root, KEY), None);
    fs::write(place(&root), &whole).unwrap();
    assert!(shown(&root, KEY).is_some());
    let seen = look(&root).unwrap();
    for number in 0..9 {
        write(&root, seen.fingerprint(&root).unwrap(), &[number], b"x").unwrap();
    }
    assert_eq!(Pictures::read(&root).unwrap().all.len(), MOST);
}
