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

#[test]
fn what_the_system_refuses_to_watch_is_told_and_what_is_not_there_is_not_missed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("tree")).unwrap();
    let watcher = Watcher::new(dir.path(), || ()).on_this_machine();
    assert_eq!((watcher.deaf(), watcher.heard()), (None, Heard::default()), "there are no decisions yet");
    let watcher = Watcher::refused(dir.path(), "no file is left");
    assert_eq!(watcher.deaf().unwrap(), "not everything in this directory can be watched (no file is left)");
    // A folder that came later, and for which nothing was left.
    let watcher = Watcher::new(dir.path(), || ()).on_this_machine();
    watcher.shared().hear(Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch)));
    assert!(watcher.deaf().unwrap().contains("no more folders"));
    assert_eq!(watcher.heard(), Heard::Anything);
}

#[test]
#[cfg(target_os = "linux")]
fn networks_are_known_by_the_number_of_their_file_system() {
    let kinds = [
        (0x6969, "NFS"),
        (0x517b, "SMB"),
        (0xff53_4d42, "SMB"),
        (0xfe53_4d42, "SMB"),
        (0x5346_414f, "AFS"),
        (0x6b41_4653, "AFS"),
        (0x0102_1997, "9P"),
        (0x00c3_6400, "Ceph"),
        (0x0bd0_0bd0, "Lustre"),
        (0x4750_4653, "GPFS"),
        (0x1983_0326, "BeeGFS"),
        (0x786f_4256, "a shared folder of VirtualBox"),
        (0x6573_5546, "FUSE"),
    ];
    for (number, name) in kinds {
        assert_eq!(far_kind(number), Some(name));
    }
    // ext4, tmpfs, btrfs, overlayfs, xfs, zfs
    for near in [0xef53, 0x0102_1994, 0x9123_683e, 0x794c_7630, 0x5846_5342, 0x2fc1_2fc1] {
        assert_eq!(far_kind(near), None);
    }
}
