use notify::event::{Event, EventKind, Flag};

use super::*;

fn event(paths: &[&str]) -> notify::Result<Event> {
    Ok(paths.iter().fold(Event::new(EventKind::Any), |event, path| event.add_path(path.into())))
}

#[test]
fn names_are_kept_as_long_as_nothing_else_may_have_changed() {
    let mut heard = Heard::default();
    heard.hear(event(&["a", "b"]));
    heard.hear(event(&["b", "c"]));
    assert_eq!(heard, Heard::Names(["a", "b", "c"].map(PathBuf::from).into()));
    let rescan = event(&["d"]).map(|event| event.set_flag(Flag::Rescan));
    for what in [event(&[]), rescan, Err(notify::Error::generic("lost"))] {
        let mut heard = heard.clone();
        heard.hear(what);
        assert_eq!(heard, Heard::Anything);
        heard.hear(event(&["a"]));
        assert_eq!(heard, Heard::Anything, "until somebody looks");
    }
    (0..2 * NAMES).for_each(|number| heard.hear(event(&[&number.to_string()])));
    assert_eq!(heard, Heard::Anything, "too many to look at one by one");
}

#[test]
fn a_folder_that_was_replaced_is_another_one() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("tree");
    assert_eq!(identity(&folder), None);
    fs::create_dir(&folder).unwrap();
    let first = identity(&folder);
    assert!(first.is_some() && first == identity(&folder));
    fs::rename(&folder, dir.path().join("old")).unwrap();
    fs::create_dir(&folder).unwrap();
    #[cfg(unix)]
    assert!(identity(&folder) != first);
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(identity(&file), None);
}
