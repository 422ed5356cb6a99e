use super::*;

#[test]
fn a_stamp_tells_the_content_of_a_file_from_any_other_and_from_none() {
    let dir = tempfile::tempdir().unwrap();
    let (path, other) = (dir.path().join("a.yaml"), dir.path().join("b.yaml"));
    fs::write(&path, "name: Optics\n").unwrap();
    let (bytes, stamp) = read(&path, 100).unwrap();
    assert_eq!(
        (bytes.as_slice(), stamp.is_of(&bytes), stamp.hash()),
        (&b"name: Optics\n"[..], true, content_hash(&bytes))
    );
    assert!(!stamp.is_of(b"name: Optikc\n") && !stamp.is_of(b"name: Optics") && stamp.hash() != content_hash(b""));
    assert!(stamp.holds(&path).unwrap());
    fs::write(&path, "name: Optica\n").unwrap();
    assert!(!stamp.holds(&path).unwrap());
    assert!(!stamp.holds(&other).unwrap(), "gone is no error");
    assert!(stamp.holds(dir.path()).is_err(), "a folder is");
}

#[test]
fn a_doubted_or_changed_file_no_longer_looks_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.yaml");
    fs::write(&path, "abc").unwrap();
    let meta = fs::metadata(&path).unwrap();
    let (_, mut stamp) = read(&path, 100).unwrap();
    assert!(stamp.looks_like(&meta) && Stamp::refused(&meta).looks_like(&meta));
    assert!(stamp.canonical(true).is_canonical() && !stamp.is_canonical());
    fs::write(&path, "abcd").unwrap();
    let grown = fs::metadata(&path).unwrap();
    assert!(!stamp.looks_like(&grown) && !Stamp::refused(&meta).looks_like(&grown));
    stamp.doubt();
    assert!(!stamp.looks_like(&meta));
}

#[test]
fn only_plain_files_of_a_bounded_size_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.yaml");
    fs::write(&path, vec![b'a'; 3 << 20]).unwrap();
    assert_eq!(read(&path, 3 << 20).unwrap().0.len(), 3 << 20);
    assert_eq!(read(&path, (3 << 20) - 1).unwrap_err().to_string(), "it is larger than 2 MiB");
    assert_eq!(read(dir.path(), 100).unwrap_err().to_string(), "it is not a regular file");
    assert_eq!(read(&dir.path().join("b"), 100).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(check_file(dir.path(), &path).is_ok() && check_file(dir.path(), &dir.path().join("b")).is_ok());
    let folder = dir.path().join("c.yaml");
    fs::create_dir(&folder).unwrap();
    let said = check_file(dir.path(), &folder).unwrap_err().to_string();
    assert!(said.contains("c.yaml is a link or a folder where a file is needed"), "{said}");
}

#[test]
fn a_walk_finds_files_of_one_kind_and_says_what_is_odd() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("tree");
    fs::create_dir_all(root.join("a/b")).unwrap();
    for file in ["one.yaml", "a/two.yaml", "a/b/three.yaml", "a/notes.txt", "a/.hidden.yaml", ".git"] {
        fs::write(root.join(file), "x").unwrap();
    }
    let unfinished = root.join(format!("a/{}x", disk::TEMPORARY));
    fs::write(&unfinished, "half").unwrap();
    let mut found = walked(&root, "yaml");
    found.files.sort();
    let expected = ["a/b/three.yaml", "a/two.yaml", "one.yaml"].map(|file| root.join(file));
    assert_eq!((found.files.as_slice(), found.left.as_slice()), (&expected[..], &[unfinished][..]));
    assert!(found.odd.is_empty(), "{:?}", found.odd);
    let none = walked(&dir.path().join("gone"), "yaml");
    assert!(none.files.is_empty() && none.odd.is_empty());
    let file = walked(&root.join("one.yaml"), "yaml");
    assert_eq!(file.odd, [(root.join("one.yaml"), "It is a link or a file where a folder is needed.".to_owned())]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc", root.join("a/link")).unwrap();
        let odd = walked(&root, "yaml").odd;
        assert!(odd.len() == 1 && odd[0].1.starts_with("A symbolic link is not followed"), "{odd:?}");
    }
}

#[test]
fn files_are_written_whole_with_their_folders() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| Write::new(dir.path().join(path), text.to_owned());
    let writes: Vec<_> = (0..200).map(|number| write(&format!("tree/{}/{number}.yaml", number % 3), "abc")).collect();
    let stamps = write_all(dir.path(), &writes).unwrap();
    assert_eq!(stamps.len(), 200);
    for (stamp, Write { path, text, .. }) in stamps.iter().zip(&writes) {
        assert_eq!(&fs::read_to_string(path).unwrap(), text);
        assert!(stamp.is_of(text.as_bytes()) && stamp.looks_like(&fs::metadata(path).unwrap()));
    }
    assert!(walked(dir.path(), "yaml").left.is_empty());
    let blocked = write("tree/0/0.yaml/x.yaml", "abc");
    assert!(write_all(dir.path(), &[blocked]).is_err(), "a file is where a folder is needed");
}
