use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;

use super::super::OpenOptions;
use super::*;

type Step = Box<dyn FnOnce() -> Option<Request>>;

/// Requests by a script, and a clock that goes on only where somebody waits.
struct Script {
    now: Cell<Instant>,
    steps: RefCell<std::vec::IntoIter<Step>>,
    waited: RefCell<Vec<Option<u128>>>,
}

impl Inbox for Script {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn next(&self, until: Option<Instant>) -> Result<Request, mpsc::RecvTimeoutError> {
        self.waited.borrow_mut().push(until.map(|until| (until - self.now.get()).as_millis()));
        let step = self.steps.borrow_mut().next().ok_or(mpsc::RecvTimeoutError::Disconnected)?;
        if let Some(request) = step() {
            return Ok(request);
        }
        self.now.set(until.expect("nobody would ever wake"));
        Err(mpsc::RecvTimeoutError::Timeout)
    }
}

/// What a server with this watcher says and shows in the end, and for how many milliseconds it waits each time.
fn serve(root: &Path, watcher: disk::Watcher, steps: Vec<Step>) -> (Vec<String>, Arc<Snapshot>, Vec<Option<u128>>) {
    let store = Store::open(root, OpenOptions { curator: "ana".into(), read_only: false }).unwrap();
    let (publish, shown) = watch::channel(store.snapshot());
    let (notices, mut heard) = broadcast::channel(256);
    let (asked, looking, watcher) = (Arc::default(), Looking::default(), Some(watcher));
    let script =
        Script { now: Cell::new(Instant::now()), steps: RefCell::new(steps.into_iter()), waited: RefCell::default() };
    Server { store, publish, notices, watcher, asked, suspicious: false, told: false, looking }.serve(&script);
    let said = std::iter::from_fn(|| heard.try_recv().ok()).map(|notice| notice.message).collect();
    (said, shown.borrow().clone(), script.waited.into_inner())
}

fn taxonomy() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    Store::init(&temp.path().join("t"), "T").unwrap();
    temp
}

fn node(name: &str) -> String {
    let id = crate::taxonomy::NodeId::derive(None, crate::taxonomy::Kind::Field, name, 0);
    format!("id: {id}\n\nkind: field\n\nname: {name}\n")
}

fn writes(root: &Path, name: &'static str) -> Step {
    let path = root.join(format!("tree/{}.yaml", name.to_lowercase()));
    Box::new(move || {
        fs::write(path, node(name)).unwrap();
        None
    })
}

#[test]
fn where_nothing_can_be_watched_that_is_said_once_and_everything_is_looked_at_every_three_seconds() {
    let temp = taxonomy();
    let root = temp.path().join("t");
    fs::create_dir_all(root.join("tree")).unwrap();
    let steps = vec![writes(&root, "Law"), Box::new(|| None), writes(&root, "Arts")];
    let (said, shown, waited) = serve(&root, disk::Watcher::refused(&root, "no watch is left"), steps);
    let why = "not everything in this directory can be watched (no watch is left)";
    let told = format!("Changes by others show only after some seconds: {why}.");
    assert_eq!(said, [told.as_str(), "appeared on disk.", "appeared on disk."]);
    assert_eq!(shown.tree.len(), 2);
    assert_eq!(waited, [Some(3_000); 4]);
}

#[test]
fn where_everything_is_watched_nobody_wakes_without_need() {
    let temp = taxonomy();
    let root = temp.path().join("t");
    let refresh: Vec<Step> = vec![Box::new(|| Some(Request::Refresh)), Box::new(|| None)];
    let (said, _, waited) = serve(&root, disk::Watcher::new(&root, || ()).on_this_machine(), refresh);
    assert_eq!((said, waited), (Vec::<String>::new(), vec![None, Some(120), None]));
}

#[test]
fn what_is_said_before_anybody_listens_is_heard_by_the_first_who_does() {
    let temp = taxonomy();
    let store = Store::open(&temp.path().join("t"), OpenOptions { curator: "ana".into(), read_only: false }).unwrap();
    let handle = store.into_handle();
    let say = |message: &str| {
        let notice = Notice { path: String::new(), message: message.to_owned() };
        assert!(handle.notices.send(notice).is_ok());
    };
    say("early");
    let (mut first, mut second) = (handle.notices(), handle.notices());
    say("late");
    let heard = |listener: &mut broadcast::Receiver<Notice>| {
        std::iter::from_fn(|| listener.try_recv().ok()).map(|notice| notice.message).collect::<Vec<_>>()
    };
    assert_eq!((heard(&mut first), heard(&mut second)), (vec!["early".into(), "late".into()], vec!["late".into()]));
}
