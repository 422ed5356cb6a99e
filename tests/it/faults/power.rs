//! The power fails: what was not synced is lost, kept or cut, in any mixture, and later things may be on the disk before earlier ones.
//!
//! The session is traced once; from the trace every state of the disk is made that could be found after a failure at a call.
//! A write is safe once its file was synced after it, a name (made, renamed, removed) once its folders were.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::script::{self, acks};
use super::{each, some, trace};

type Ino = usize;

const ROOT: Ino = 0;

#[derive(Debug, Clone)]
enum Inode {
    Folder(BTreeMap<String, Ino>),
    File(Vec<u8>),
}

#[derive(Debug, Clone)]
enum Op {
    /// A name in a folder leads to something, and another does not any more.
    Name {
        folder: Ino,
        name: String,
        leads_to: Ino,
        away: Option<(Ino, String)>,
    },
    Remove {
        folder: Ino,
        name: String,
    },
    Write {
        file: Ino,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: Ino,
        length: usize,
    },
    Sync(Ino),
    /// So many operations are acknowledged.
    Ack(usize),
}

/// A disk, and what happened to it.
struct Disk {
    inodes: Vec<Inode>,
    ops: Vec<Op>,
}

impl Disk {
    fn of(folder: &Path) -> Vec<Inode> {
        let mut inodes = vec![Inode::Folder(BTreeMap::new())];
        let mut open = vec![(ROOT, folder.to_owned())];
        while let Some((ino, folder)) = open.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let new = inodes.len();
                if path.is_dir() {
                    inodes.push(Inode::Folder(BTreeMap::new()));
                    open.push((new, path.clone()));
                } else {
                    inodes.push(Inode::File(fs::read(&path).unwrap()));
                }
                enter(&mut inodes, ino, path.file_name().unwrap().to_str().unwrap(), new);
            }
        }
        inodes
    }

    /// Reads what a session in `dir` did, whose disk was `before`.
    fn traced(dir: &Path, before: Vec<Inode>, log: &str) -> Self {
        let mut reader =
            Reader { dir, live: before.clone(), disk: Self { inodes: before, ops: Vec::new() }, open: HashMap::new() };
        let mut begun: HashMap<&str, &str> = HashMap::new();
        for line in log.lines() {
            let Some((thread, call)) = line.split_once(' ') else { continue };
            let call = call.trim_start();
            if let Some(start) = call.strip_suffix("<unfinished ...>") {
                begun.insert(thread, start);
            } else if call.starts_with("<...") {
                let rest = call.split_once("resumed>").unwrap().1;
                reader.call(&format!("{}{rest}", begun.remove(thread).unwrap()));
            } else {
                reader.call(call);
            }
        }
        reader.disk
    }

    /// The disk after a failure behind the first `count` of what happened, and what was acknowledged by then. `keep` says how much of
    /// an unsafe thing is there, from 0 to 1.
    fn after(&self, count: usize, mut keep: impl FnMut(usize, &Op) -> f64) -> (Vec<Inode>, usize) {
        let (mut inodes, mut acknowledged) = (self.inodes.clone(), 0);
        let ops = &self.ops[..count];
        let synced =
            |ino: Ino, since: usize| ops[since..].iter().any(|op| matches!(op, Op::Sync(synced) if *synced == ino));
        for (at, op) in ops.iter().enumerate() {
            let is_safe = match op {
                Op::Name { folder, away, .. } => {
                    synced(*folder, at) && away.as_ref().is_none_or(|(from, _)| synced(*from, at))
                }
                Op::Remove { folder, .. } => synced(*folder, at),
                Op::Write { file, .. } | Op::Cut { file, .. } => synced(*file, at),
                Op::Sync(_) | Op::Ack(_) => true,
            };
            let kept = if is_safe { 1.0 } else { keep(at, op) };
            match op {
                Op::Ack(done) => acknowledged = *done,
                Op::Write { file, at, bytes } => {
                    let bytes = &bytes[..(bytes.len() as f64 * kept) as usize];
                    write(&mut inodes, *file, *at, bytes);
                }
                other if kept >= 0.5 => apply(&mut inodes, other),
                _ => {}
            }
        }
        (inodes, acknowledged)
    }
}

fn enter(inodes: &mut [Inode], folder: Ino, name: &str, leads_to: Ino) {
    if let Inode::Folder(names) = &mut inodes[folder] {
        names.insert(name.to_owned(), leads_to);
    }
}

fn leave(inodes: &mut [Inode], folder: Ino, name: &str) {
    if let Inode::Folder(names) = &mut inodes[folder] {
        names.remove(name);
    }
}

fn write(inodes: &mut [Inode], file: Ino, at: usize, bytes: &[u8]) {
    if let Inode::File(content) = &mut inodes[file]
        && !bytes.is_empty()
    {
        // What was written behind a lost part follows nothing: a hole reads as zeros.
        content.resize(content.len().max(at + bytes.len()), 0);
        content[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

fn apply(inodes: &mut [Inode], op: &Op) {
    match op {
        Op::Name { folder, name, leads_to, away } => {
            if let Some((from, old)) = away
                && matches!(&inodes[*from], Inode::Folder(names) if names.get(old) == Some(leads_to))
            {
                leave(inodes, *from, old);
            }
            enter(inodes, *folder, name, *leads_to);
        }
        Op::Remove { folder, name } => leave(inodes, *folder, name),
        Op::Write { file, at, bytes } => write(inodes, *file, *at, bytes),
        Op::Cut { file, length } => {
            if let Inode::File(content) = &mut inodes[*file] {
                content.resize(*length, 0);
            }
        }
        Op::Sync(_) | Op::Ack(_) => {}
    }
}

fn put(inodes: &[Inode], ino: Ino, at: &Path) {
    match &inodes[ino] {
        Inode::File(bytes) => fs::write(at, bytes).unwrap(),
        Inode::Folder(names) => {
            fs::create_dir(at).unwrap();
            names.iter().for_each(|(name, ino)| put(inodes, *ino, &at.join(name)));
        }
    }
}

/// A file that is open: which, where the next byte goes, and whether that is always the end.
#[derive(Clone, Copy)]
struct Open {
    ino: Ino,
    at: usize,
    appends: bool,
}

struct Reader<'a> {
    dir: &'a Path,
    live: Vec<Inode>,
    disk: Disk,
    open: HashMap<String, Open>,
}

impl Reader<'_> {
    fn call(&mut self, text: &str) {
        let Some((name, rest)) = text.split_once('(') else { return };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return };
        if result.starts_with('-') {
            return;
        }
        let strings: Vec<Vec<u8>> = arguments.split('"').skip(1).step_by(2).map(bytes).collect();
        let path = |at: usize| PathBuf::from(String::from_utf8(strings[at].clone()).unwrap());
        let handle = || arguments.split('<').next().unwrap_or_default().to_owned();
        match name {
            "openat" => self.opened(&path(0), arguments, result),
            "write" | "pwrite64" | "writev" => {
                assert_ne!(name, "writev", "the reader of traces does not know it");
                self.written(&handle(), &strings[0], arguments);
            }
            "fsync" | "fdatasync" => {
                if let Some(open) = self.open.get(&handle()).copied() {
                    self.disk.ops.push(Op::Sync(open.ino));
                }
            }
            "ftruncate" => {
                let length = arguments.rsplit(", ").next().unwrap().trim_end_matches(')').parse().unwrap();
                if let Some(open) = self.open.get(&handle()).copied() {
                    self.does(Op::Cut { file: open.ino, length });
                }
            }
            "mkdir" | "mkdirat" => {
                let new = self.new_inode(Inode::Folder(BTreeMap::new()));
                self.named(&path(0), new, None);
            }
            "rename" | "renameat" | "renameat2" => {
                let (from, to) = (path(0), path(1));
                let Some(ino) = self.find(&from) else { return };
                let away = self.place(&from);
                self.named(&to, ino, away);
            }
            "unlink" | "unlinkat" | "rmdir" => {
                if let Some((folder, name)) = self.place(&path(0)) {
                    self.does(Op::Remove { folder, name });
                }
            }
            _ => {}
        }
    }

    fn opened(&mut self, path: &Path, arguments: &str, result: &str) {
        let handle = result.split('<').next().unwrap_or_default().to_owned();
        self.open.remove(&handle);
        if path == acks(self.dir) {
            self.open.insert(handle, Open { ino: usize::MAX, at: 0, appends: true });
            return;
        }
        if self.place(path).is_none() && path != self.dir {
            return;
        }
        let ino = match self.find(path) {
            Some(ino) => ino,
            None => {
                let new = self.new_inode(Inode::File(Vec::new()));
                self.named(path, new, None);
                new
            }
        };
        if arguments.contains("O_TRUNC") {
            self.does(Op::Cut { file: ino, length: 0 });
        }
        self.open.insert(handle, Open { ino, at: 0, appends: arguments.contains("O_APPEND") });
    }

    fn written(&mut self, handle: &str, bytes: &[u8], arguments: &str) {
        let Some(open) = self.open.get(handle).copied() else { return };
        if open.ino == usize::MAX {
            let text = String::from_utf8_lossy(bytes);
            if let Some(done) = text.trim_end().strip_prefix("ack ") {
                self.disk.ops.push(Op::Ack(done.parse().unwrap()));
            }
            return;
        }
        let Inode::File(content) = &self.live[open.ino] else { return };
        let said = arguments.rsplit(", ").next().unwrap().trim_end_matches(')');
        let at = match (arguments.matches(", ").count(), open.appends) {
            (_, true) => content.len(),
            // `pwrite64` says where.
            (3, _) => said.parse().unwrap(),
            _ => open.at,
        };
        self.does(Op::Write { file: open.ino, at, bytes: bytes.to_owned() });
        if let Some(open) = self.open.get_mut(handle) {
            open.at = at + bytes.len();
        }
    }

    fn does(&mut self, op: Op) {
        apply(&mut self.live, &op);
        self.disk.ops.push(op);
    }

    fn named(&mut self, path: &Path, leads_to: Ino, away: Option<(Ino, String)>) {
        if let Some((folder, name)) = self.place(path) {
            self.does(Op::Name { folder, name, leads_to, away });
        }
    }

    fn new_inode(&mut self, inode: Inode) -> Ino {
        self.live.push(inode.clone());
        self.disk.inodes.push(inode);
        self.live.len() - 1
    }

    fn find(&self, path: &Path) -> Option<Ino> {
        let below = path.strip_prefix(self.dir).ok()?;
        let mut ino = ROOT;
        for part in below.components() {
            let Inode::Folder(names) = &self.live[ino] else { return None };
            ino = *names.get(part.as_os_str().to_str()?)?;
        }
        Some(ino)
    }

    fn place(&self, path: &Path) -> Option<(Ino, String)> {
        Some((self.find(path.parent()?)?, path.file_name()?.to_str()?.to_owned()))
    }
}

/// What `strace -xx` wrote.
fn bytes(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|digits| u8::from_str_radix(&digits[..2], 16).unwrap()).collect()
}

/// Numbers from 0 to 1 that are the same for the same seed.
fn numbers(seed: usize) -> impl FnMut() -> f64 {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1 << 24) as f64
    }
}

#[derive(Debug, Clone, Copy)]
enum Left {
    /// Nothing that was not synced.
    Nothing,
    /// Names, and nothing of what was written under them.
    Names,
    /// What was written, and no names.
    Writes,
    /// Some of it, and cut.
    Some(usize),
}

#[test]
fn after_a_power_failure_nothing_acknowledged_is_lost() {
    if !trace::is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let dir = script::begin(temp.path());
    let before = Disk::of(&dir);
    let log = temp.path().join("log");
    assert_eq!(trace::session(&dir, None, Some(&log)), Some(0));
    let disk = Disk::traced(&dir, before, &fs::read_to_string(&log).unwrap());
    let whole = disk.after(disk.ops.len(), |_, _| 1.0);
    assert_eq!(whole.1, script::LENGTH, "all was acknowledged");
    let again = temp.path().join("again");
    put(&whole.0, ROOT, &again);
    assert_eq!(
        script::state(&again, &script::open(&again).snapshot()),
        script::state(&dir, &script::open(&dir).snapshot())
    );

    let lefts = |count| {
        [Left::Nothing, Left::Names, Left::Writes]
            .into_iter()
            .chain((0..4).map(Left::Some))
            .map(move |left| (count, left))
    };
    let cases: Vec<_> = (0..=disk.ops.len()).flat_map(lefts).collect();
    assert!(cases.len() > 1_000, "{} states are too few", cases.len());
    println!("{} states of the disk", cases.len());
    each(&some(cases, 31), |(count, left)| {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("taxonomy");
        let mut random = numbers(match left {
            Left::Some(seed) => count * 4 + seed,
            _ => 0,
        });
        let (inodes, acknowledged) = disk.after(*count, |_, op| match left {
            Left::Nothing => 0.0,
            Left::Names => f64::from(!matches!(op, Op::Write { .. })),
            Left::Writes => f64::from(matches!(op, Op::Write { .. })),
            Left::Some(_) => random(),
        });
        put(&inodes, ROOT, &dir);
        fs::write(acks(&dir), format!("ack {acknowledged}\n")).unwrap();
        script::check(&dir, &format!("power failed behind {count} of {}, {left:?} was left", disk.ops.len()));
    });
}
