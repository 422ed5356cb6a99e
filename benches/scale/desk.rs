//! The model and the screen without a terminal, and the store.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use provost::app::{Done, Effect, Lexicon, Looks, Model, Msg, News, Settings, tally, update};
use provost::homework::Progress;
use provost::input::{Key, Keymap};
use provost::store::{OpenOptions, Store, now};
use provost::taxonomy::queue::Looked;
use provost::taxonomy::similarity::{Asking, Catalogue, Vector, Vectors, text_key};
use provost::taxonomy::{Body, Kind, NodeId, Op, ProposalId, Snapshot};
use provost::theme::{ColorDepth, GlyphSet, Glyphs, Theme};
use provost::ui;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::pty::{COLUMNS, ROWS};
use super::report::{Instant, Report, ms, status};
use super::world::{Dice, ten};

/// A model and what it is drawn on.
pub struct Desk {
    pub model: Model,
    terminal: Terminal<TestBackend>,
    theme: Theme,
}

impl Desk {
    pub fn new(snapshot: Arc<Snapshot>) -> Self {
        let settings = Settings { curator: "ana".into(), read_only: None };
        let model = Model::new(snapshot, settings, Arc::new(Keymap::load(None).unwrap()), now());
        let theme = Theme::load("dark", ColorDepth::None, &|_| None).unwrap().theme;
        let terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
        let mut desk = Self { model, terminal, theme };
        desk.draw();
        desk
    }

    pub fn draw(&mut self) {
        let mut shown = None;
        let (model, theme, glyphs) = (&self.model, &self.theme, Glyphs::of(GlyphSet::Unicode));
        let draw = |frame: &mut ratatui::Frame<'_>| {
            shown = Some(ui::draw(model, theme, glyphs, frame.area(), frame.buffer_mut()).shown);
        };
        self.terminal.draw(draw).unwrap();
        update(&mut self.model, Msg::Shown(shown.unwrap()));
    }

    /// From keys to the frame that shows them.
    pub fn press(&mut self, keys: &str) -> Duration {
        let begin = Instant::now();
        for key in Key::parse_sequence(keys).unwrap() {
            update(&mut self.model, Msg::Key(key));
        }
        self.draw();
        begin.elapsed()
    }

    /// From a letter to the frame that shows it.
    pub fn letter(&mut self, letter: char) -> Duration {
        let begin = Instant::now();
        update(&mut self.model, Msg::Key(Key::char(letter)));
        self.draw();
        begin.elapsed()
    }
}

fn rss() -> f64 {
    status("/proc/self/status", "VmRSS") as f64 / 1024.0
}

fn disciplines(snapshot: &Snapshot) -> Vec<NodeId> {
    let nodes = snapshot.tree.subtree(None).into_iter();
    nodes.filter(|id| snapshot.tree.node(*id).is_some_and(|node| node.kind == Kind::Discipline)).collect()
}

pub fn at_the_desk(dir: &Path, report: &mut Report) {
    let before = rss();
    let begin = Instant::now();
    let store = Store::open(dir, OpenOptions { curator: "ana".into(), read_only: true }).unwrap();
    report.note("store opened", format!("{:.0} ms, {:.0} MB", ms(begin.elapsed()), rss() - before));
    let begin = Instant::now();
    let mut desk = Desk::new(store.snapshot());
    report.note("model made and drawn", format!("{:.0} ms, {:.0} MB in all", ms(begin.elapsed()), rss() - before));
    let begin = Instant::now();
    let names = Lexicon::of(&store.snapshot());
    report
        .note("names read, beside the loop", format!("{:.0} ms, {:.0} MB in all", ms(begin.elapsed()), rss() - before));
    update(&mut desk.model, Msg::Names(Box::new(names)));
    let unfold = desk.press("z R");
    report.note("everything unfolded", format!("{:.1} ms, {} rows", ms(unfold), desk.model.tree.rows.len()));
    desk.press("g g");
    report.times("key to frame, everything unfolded, quiet", (0..400).map(|_| desk.press("j")).collect(), 16.0);
    report.times("page to frame", (0..200).map(|_| desk.press("pagedown")).collect(), 16.0);
    report.times("fold and unfold", (0..40).map(|_| desk.press("enter")).collect(), 16.0);
    report.times("next pending", (0..200).map(|_| desk.press("]")).collect(), 16.0);
    stream(&mut desk, report);
    searching(&mut desk, report);
    desk.press("esc");
    report.times("filter in turn", (0..8).map(|_| desk.press("t")).collect(), 16.0);
    facets(&mut desk, report);
    neighbours(&store.snapshot(), report);
    let mut concepts = 0;
    for entry in store.snapshot().tree.entries() {
        let syllabus = entry.node.syllabus.iter().flat_map(|syllabus| &syllabus.sessions);
        concepts += syllabus.map(|session| session.concepts.len()).sum::<usize>();
    }
    report.number(
        &format!("memory with all syllabi ({concepts} concepts) and the desk"),
        rss() - before,
        1_024.0,
        "MB",
    );
}

/// 1,000 proposals a second in batches of ten, a run that tells its progress ten times a second, and a key each time.
fn stream(desk: &mut Desk, report: &mut Report) {
    let mut now = (*desk.model.snapshot).clone();
    let disciplines = disciplines(&now);
    let (mut all, mut alone, mut views) = (Vec::new(), Vec::new(), Vec::new());
    desk.press("g g");
    for number in 0..300 {
        now.record.add_batch(ten(disciplines[number % disciplines.len()], number as u64));
        now.revision += 1;
        let snapshot = Arc::new(now.clone());
        let begin = Instant::now();
        update(&mut desk.model, Msg::Snapshot(snapshot));
        views.push(begin.elapsed());
        // What 2,000 results a second come to on the screen: a view of the run ten times a second.
        if number % 10 == 0 {
            let progress = Progress { total: 300_000, done: 200 * number as u64, ..Progress::default() };
            update(&mut desk.model, Msg::Homework(News::Progress(Arc::new(progress))));
        }
        alone.push(desk.press("j"));
        all.push(begin.elapsed());
    }
    report.times("ten proposals taken in (100 times a second)", views, 5.0);
    report.times("key to frame while proposals stream in: both", all, 16.0);
    report.times("the key and the frame of it alone", alone, 16.0);
}

/// The list of facets, and what is found and counted for it beside the loop.
fn facets(desk: &mut Desk, report: &mut Report) {
    let begin = Instant::now();
    let mut effects = Vec::new();
    for key in Key::parse_sequence("F").unwrap() {
        effects.extend(update(&mut desk.model, Msg::Key(key)));
    }
    desk.draw();
    report.time("facets: the list, its numbers said to be counted", begin.elapsed(), 30.0);
    assert_eq!(effects, [Effect::Look, Effect::CountFacets]);
    let begin = Instant::now();
    let counted = tally(&desk.model.snapshot, &desk.model.digest.survey.to_count(), &desk.model.queue.facets);
    report.note("facets: counting, beside the loop", format!("{:.0} ms", ms(begin.elapsed())));
    let begin = Instant::now();
    update(&mut desk.model, Msg::Counted(counted));
    desk.draw();
    report.time("facets: the numbers come", begin.elapsed(), 16.0);
    report.times("a facet is typed", "vague".chars().map(|letter| desk.letter(letter)).collect(), 16.0);
    desk.press("ctrl-u");
    let begin = Instant::now();
    let families = desk.model.digest.survey.begin_to_look();
    let mut found: Vec<Looked> = Looked::each(&desk.model.snapshot, families).collect();
    let count: usize = found.iter().map(Looked::len).sum();
    report.note("facets: the checks look, beside the loop", format!("{:.0} ms for {count}", ms(begin.elapsed())));
    let rest = found.split_off(found.len().min(200));
    for (found, is_last) in [(found, false), (rest, true)] {
        let count: usize = found.iter().map(Looked::len).sum();
        let begin = Instant::now();
        update(&mut desk.model, Msg::Looked(Looks { found, is_last }));
        desk.draw();
        report.note("facets: what they found comes", format!("{:.1} ms for {count}", ms(begin.elapsed())));
    }
    desk.press("esc F");
    let counted = tally(&desk.model.snapshot, &desk.model.digest.survey.to_count(), &desk.model.queue.facets);
    update(&mut desk.model, Msg::Counted(counted));
    desk.draw();
    for letter in "kind subject".chars() {
        desk.letter(letter);
    }
    report.time("facets: one is chosen", desk.press("enter"), 16.0);
    desk.press("esc");
    report.time("facets: all are cleared", desk.press("esc"), 16.0);
}

fn searching(desk: &mut Desk, report: &mut Report) {
    desk.press("g g");
    let open = desk.press("/");
    report.time("search: first results", open + desk.letter('q'), 30.0);
    report.times("search: further keys", "uantum op".chars().map(|letter| desk.letter(letter)).collect(), 16.0);
    report.times("search: letters taken back", (0..8).map(|_| desk.press("backspace")).collect(), 16.0);
    desk.press("enter");
    report.times("search: next match", (0..100).map(|_| desk.press("n")).collect(), 16.0);
}

fn neighbours(snapshot: &Snapshot, report: &mut Report) {
    let begin = Instant::now();
    let catalogue = Catalogue::of(snapshot);
    report.note("index of names made", format!("{:.0} ms for {} nodes", ms(begin.elapsed()), catalogue.index().len()));
    let mut nodes: Vec<NodeId> = snapshot.tree.subtree(None);
    nodes.truncate(20_000);
    let (mut vectors, mut dice) = (Vectors::default(), Dice(5));
    for node in &nodes {
        let numbers: Vec<f32> = (0..384).map(|_| dice.below(2_001) as f32 / 1_000.0 - 1.0).collect();
        vectors.put(*node, text_key(""), Vector::of(&numbers).unwrap());
    }
    for (what, has_vector) in [("names", false), ("names and 384 numbers each", true)] {
        let times = nodes.iter().step_by(nodes.len() / 200).map(|node| {
            let (_, facts) = snapshot.facts(*node).unwrap();
            let vector = vectors.get(*node).filter(|_| has_vector);
            let begin = Instant::now();
            let found = catalogue.nearest(&Asking { facts, vector, except: Some(*node) }, &vectors, 10);
            assert!(!found.is_empty());
            begin.elapsed()
        });
        report.times(&format!("ten neighbours by {what}"), times.collect(), 5.0);
    }
}

pub fn decisions(dir: &Path, report: &mut Report) {
    let mut store = Store::open(dir, OpenOptions { curator: "ana".into(), read_only: false }).unwrap();
    let mut desk = Desk::new(store.snapshot());
    update(&mut desk.model, Msg::Names(Box::new(Lexicon::of(&store.snapshot()))));
    desk.press("z R");
    git(dir, &["init", "-q"]);
    git(dir, &["add", "-A"]);
    git(dir, &["-c", "user.name=ana", "-c", "user.email=ana@localhost", "commit", "-qm", "before", "--no-gpg-sign"]);
    let open: Vec<ProposalId> = store.snapshot().open_proposals().iter().map(|proposal| proposal.id).collect();
    let (one, many) = open.split_at(60);
    let (mut wrote, mut showed) = (Vec::new(), Vec::new());
    for id in one {
        let begin = Instant::now();
        store.submit(Op::Accept { on: vec![*id], edit: None, under: None }).unwrap();
        wrote.push(begin.elapsed());
        let begin = Instant::now();
        update(&mut desk.model, Msg::Snapshot(store.snapshot()));
        desk.draw();
        showed.push(begin.elapsed());
    }
    report.times("one accept: the store", wrote.clone(), 5.0);
    report.times("one accept: the new view and its frame", showed.clone(), 5.0);
    report.times("one accept: key to screen", wrote.iter().zip(&showed).map(|(a, b)| *a + *b).collect(), 5.0);
    by_key(&mut desk, &mut store, report);
    let many: Vec<ProposalId> = many.iter().copied().filter(|id| is_open(&store.snapshot(), *id)).collect();
    let (one, thousand) = (one.len() + KEYS, many[..many.len().min(1_000)].to_vec());
    let before = store.snapshot();
    let begin = Instant::now();
    store.submit(Op::Accept { on: thousand, edit: None, under: None }).unwrap();
    let stored = begin.elapsed();
    update(&mut desk.model, Msg::Snapshot(store.snapshot()));
    desk.draw();
    let took = begin.elapsed();
    report.time("1,000 accepted at once, with the disk and the screen", took, 1_000.0);
    report.note("of it the new view and its frame", format!("{:.1} ms", (took - stored).as_secs_f64() * 1e3));
    changed_files(dir, &before, &store.snapshot(), one, report);
    for (what, op) in [("their undo", Op::Undo(None)), ("their redo", Op::Redo(None))] {
        let begin = Instant::now();
        store.submit(op).unwrap();
        report.time(what, begin.elapsed(), 1_000.0);
    }
}

/// How often a curator presses `a`.
const KEYS: usize = 60;

fn is_open(snapshot: &Snapshot, id: ProposalId) -> bool {
    snapshot.record.proposal(id).is_some_and(|proposal| snapshot.is_open(proposal))
}

/// `a` in the widest family, again and again: the key with what the next row wants to know, the store, the new view, the
/// frame. The program draws while the store writes; here one comes after the other.
fn by_key(desk: &mut Desk, store: &mut Store, report: &mut Report) {
    let snapshot = store.snapshot();
    let open = |node: &NodeId| snapshot.open_children(Some(*node)).count();
    let family = |node: &NodeId| if open(node) > 2 * KEYS { snapshot.tree.children(Some(*node)).len() } else { 0 };
    let widest = disciplines(&snapshot).into_iter().max_by_key(family).unwrap();
    let first = snapshot.open_children(Some(widest)).find_map(|proposal| match proposal.body {
        Body::Node { node, .. } => Some(node),
        Body::Syllabus { .. } => None,
    });
    let at = desk.model.tree.rows.iter().position(|row| row.node == first).unwrap();
    (desk.model.tree.at, desk.model.tree.cursor) = (at, first);
    update(&mut desk.model, Msg::Tick(now()));
    desk.draw();
    let mut took = Vec::new();
    for _ in 0..KEYS {
        let begin = Instant::now();
        let effects = update(&mut desk.model, Msg::Key(Key::char('a')));
        let Some(Effect::Submit { id, op }) = effects.into_iter().next() else { panic!("nothing was accepted") };
        let receipt = store.submit(op).unwrap();
        let outcome = Ok(Done { event: receipt.event, summary: receipt.summary });
        update(&mut desk.model, Msg::Snapshot(store.snapshot()));
        update(&mut desk.model, Msg::OpDone { id, outcome });
        desk.draw();
        took.push(begin.elapsed());
    }
    let wide = snapshot.tree.children(Some(widest)).len() + open(&widest);
    report.times(&format!("one accept: its key, the store and the frame, {wide} siblings"), took, 5.0);
}

fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(dir).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// `git status` shows the accepted nodes and the log, and nothing else.
fn changed_files(dir: &Path, before: &Snapshot, now: &Snapshot, earlier: usize, report: &mut Report) {
    let told = git(dir, &["status", "--porcelain", "-uall", "-z"]);
    let lines: Vec<&str> = told.split_terminator('\0').collect();
    let new: Vec<String> =
        now.tree.changed_since(&before.tree).map(|node| format!("?? tree/{}.yaml", now.tree.path(node))).collect();
    let missing = new.iter().filter(|line| !lines.contains(&line.as_str())).count();
    let logs = lines.iter().filter(|line| line[3..].starts_with("decisions/ana/")).count();
    let trees = lines.iter().filter(|line| line.starts_with("?? tree/")).count();
    let holds = missing == 0 && logs == 1 && lines.len() == trees + logs && trees == new.len() + earlier;
    let says = format!("{} lines: {trees} new nodes of {}, {logs} log", lines.len(), new.len() + earlier);
    report.add("git status after 1,000 and 60 accepted: just what changed", says, "exactly".into(), holds);
}
