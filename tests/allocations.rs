//! How much work a key, a frame and a new view are, counted in allocations: the same on every machine, unlike time.
//! The counts are held against `tests/allocations.txt`, and those at one size of the taxonomy against those at four
//! times that size. `PROVOST_BLESS=1 cargo test --test allocations` writes the file anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot go on says where"
)]

#[path = "../benches/scale/words.rs"]
mod words;
#[path = "../benches/scale/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use allocation_counter::measure;
use provost::app::{Lexicon, Model, Msg, Settings, update};
use provost::input::{Key, Keymap};
use provost::store::{node_yaml, parse_node};
use provost::taxonomy::event::EVENT_VERSION;
use provost::taxonomy::lint::Checker;
use provost::taxonomy::op::decide;
use provost::taxonomy::syllabus::Syllabus;
use provost::taxonomy::{Ballot, Change, Event, EventId, Kind, Op, ProposalId, Snapshot};
use provost::theme::{ColorDepth, GlyphSet, Glyphs, Theme};
use provost::ui;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use world::{Size, World, ten};

struct Desk {
    model: Model,
    terminal: Terminal<TestBackend>,
    theme: Theme,
    counts: BTreeMap<&'static str, u64>,
}

impl Desk {
    fn new(snapshot: Snapshot) -> Self {
        let settings = Settings { curator: "ana".into(), read_only: None };
        let keymap = Arc::new(Keymap::load(None).unwrap());
        let names = Lexicon::of(&snapshot);
        let mut model = Model::new(Arc::new(snapshot), settings, keymap, 1_763_600_000_000);
        update(&mut model, Msg::Names(Box::new(names)));
        let theme = Theme::load("dark", ColorDepth::None, &|_| None).unwrap().theme;
        let terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
        let mut desk = Self { model, terminal, theme, counts: BTreeMap::new() };
        desk.press("z R");
        desk.draw();
        desk
    }

    fn press(&mut self, keys: &str) {
        for key in Key::parse_sequence(keys).unwrap() {
            update(&mut self.model, Msg::Key(key));
        }
    }

    fn draw(&mut self) {
        let (model, theme, glyphs) = (&self.model, &self.theme, Glyphs::of(GlyphSet::Unicode));
        let mut shown = None;
        let draw = |frame: &mut ratatui::Frame<'_>| {
            shown = Some(ui::draw(model, theme, glyphs, frame.area(), frame.buffer_mut()).shown);
        };
        self.terminal.draw(draw).unwrap();
        update(&mut self.model, Msg::Shown(shown.unwrap()));
    }

    /// The least of several counts: what a hash map grew by chance does not count.
    fn count(&mut self, what: &'static str, times: usize, mut work: impl FnMut(&mut Self)) {
        let counts: Vec<u64> = (0..times).map(|_| measure(|| work(self)).count_total).collect();
        self.counts.insert(what, counts.into_iter().min().unwrap());
    }
}

/// With these proposals accepted by a decision that is later than all others.
fn accepted(now: &mut Snapshot, on: Vec<ProposalId>) -> &Snapshot {
    let verdict = decide(now, "ana", Op::Accept { on, edit: None, under: None }).unwrap();
    let (change, ballot) = (verdict.change, verdict.ballot);
    let event = Event { v: EVENT_VERSION, id: later(now), at: String::new(), by: "ana".into(), change, ballot };
    now.commit(event, &verdict.steps).unwrap();
    now
}

fn later(now: &Snapshot) -> EventId {
    now.record.events().last().map_or(EventId::new(1_763_550_000_000, 0), |event| event.id.next())
}

/// What everything costs in a taxonomy of this size.
fn counts(size: Size) -> BTreeMap<&'static str, u64> {
    let world = World::new(size, 7);
    let mut desk = Desk::new(world.snapshot());
    // A discipline of the same size in both.
    let subject = world.nodes.iter().rposition(|(_, node)| node.kind == Kind::Subject).unwrap();
    let discipline = world.nodes[subject].0.parent.unwrap();
    let at = desk.model.tree.rows.iter().position(|row| row.node == Some(discipline)).unwrap();
    (desk.model.tree.at, desk.model.tree.cursor) = (at, Some(discipline));
    desk.draw();
    desk.count("a key that moves the cursor", 6, |desk| desk.press("j"));
    desk.count("a frame", 6, Desk::draw);
    desk.press("h");
    desk.count("a key that folds and one that unfolds", 3, |desk| desk.press("h l"));
    let mut number = 0;
    let mut propose = |desk: &mut Desk| {
        number += 1;
        let mut now = (*desk.model.snapshot).clone();
        now.record.add_batch(ten(discipline, number));
        now.revision += 1;
        Arc::new(now)
    };
    let snapshots: Vec<_> = (0..4).map(|_| propose(&mut desk)).collect();
    let mut next = snapshots.into_iter();
    desk.count("a view with ten new proposals", 4, |desk| {
        update(&mut desk.model, Msg::Snapshot(next.next().unwrap()));
    });
    let open: Vec<_> = desk.model.snapshot.open_children(Some(discipline)).map(|proposal| proposal.id).collect();
    let mut now = (*desk.model.snapshot).clone();
    let each: Vec<_> = open.iter().take(4).map(|id| Arc::new(accepted(&mut now, vec![*id]).clone())).collect();
    let mut next = each.into_iter();
    desk.count("a view with one accepted", 4, |desk| {
        update(&mut desk.model, Msg::Snapshot(next.next().unwrap()));
    });
    let mut many: Vec<_> = desk.model.snapshot.open_proposals().iter().map(|proposal| proposal.id).collect();
    many.truncate(500);
    assert_eq!(many.len(), 500);
    let mut next = Some(Arc::new(accepted(&mut now, many).clone()));
    desk.count("a view with 500 accepted at once", 1, |desk| {
        update(&mut desk.model, Msg::Snapshot(next.take().unwrap()));
    });
    // What looks at everything that has a name may take as many steps, but not as many allocations.
    desk.count("a search that begins", 3, |desk| {
        desk.press("esc /");
        update(&mut desk.model, Msg::Key(Key::char('q')));
    });
    desk.count("a letter more", 1, |desk| drop(update(&mut desk.model, Msg::Key(Key::char('u')))));
    let node = &world.snapshot().tree.entry(world.nodes[subject].1.id).unwrap().node.clone();
    let text = node_yaml(node);
    desk.count("a subject's file that is read", 3, |_| drop(parse_node(&text, "x.yaml").unwrap()));
    desk.count("a subject's file that is written", 3, |_| drop(node_yaml(node)));
    let mut checker = Checker::new(&now);
    checker.node(node.id);
    desk.count("a subject that the checks look at", 3, |_| drop(checker.node(node.id)));
    let outline = node.syllabus.clone().unwrap().read().into_owned();
    let folded = Syllabus::from(outline).folded();
    desk.count("a syllabus that is read once", 3, |_| drop(folded.read()));
    desk.press("esc");
    desk.count("a list of facets that opens", 3, |desk| desk.press("F esc"));
    desk.count("a palette that opens", 3, |desk| desk.press("esc :"));
    desk.count("a letter in the palette", 3, |desk| {
        desk.press("ctrl-u");
        update(&mut desk.model, Msg::Key(Key::char('q')));
    });
    desk.count("a frame with the palette", 3, Desk::draw);
    desk.counts
}

fn size(disciplines: usize) -> Size {
    Size {
        disciplines,
        subjects: 240 + (disciplines - 11) * 40,
        wide: (40, 20),
        pending: disciplines * 100,
        rejected: disciplines * 10,
        ..Size::PAPER
    }
}

/// The bytes that one decision more and its view take, after so many decisions about other things.
fn bytes_of_a_decision_after(decisions: usize) -> u64 {
    let mut now = World::new(size(14), 7).snapshot();
    let mut open = now.open_proposals().iter().map(|proposal| proposal.id).collect::<Vec<_>>();
    let ours = open.split_off(open.len() - 20);
    for (on, _) in open.iter().cycle().zip(0..decisions) {
        let change = Change::Defer { on: vec![*on] };
        let (id, by) = (later(&now), "bo".to_owned());
        now.record.add_event(Event { v: EVENT_VERSION, id, at: String::new(), by, change, ballot: Ballot::default() });
    }
    let mut desk = Desk::new(now);
    let bytes = ours.into_iter().map(|id| {
        let decide = || {
            let mut now = (*desk.model.snapshot).clone();
            accepted(&mut now, vec![id]);
            update(&mut desk.model, Msg::Snapshot(Arc::new(now)));
            desk.draw();
        };
        measure(decide).bytes_total
    });
    bytes.min().unwrap()
}

#[test]
fn a_decision_costs_the_same_after_two_years() {
    let (few, many) = (bytes_of_a_decision_after(1_000), bytes_of_a_decision_after(33_000));
    assert!(many <= few + few / 10, "{few} bytes after 1,000 decisions, {many} after 33,000");
}

#[test]
fn work_is_what_it_was_and_does_not_grow_with_the_taxonomy() {
    // Four times as many disciplines of the same size.
    let (small, large) = (counts(size(14)), counts(size(56)));
    for (what, count) in &large {
        // A view shares its hash maps in 256 parts, and the parts that change are copied: one allocation each.
        assert!(
            count * 10 <= small[what] * 14 + 500,
            "{what}: {} at one size, {count} at four times that",
            small[what]
        );
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/allocations.txt");
    if std::env::var_os("PROVOST_BLESS").is_some() {
        let mut text = String::new();
        large.iter().for_each(|(what, count)| writeln!(text, "{count:>7} {what}").unwrap());
        std::fs::write(&path, text).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    for (what, count) in large {
        let known = text.lines().find_map(|line| line.trim().strip_suffix(what)?.trim().parse::<u64>().ok());
        let known = known.unwrap_or_else(|| panic!("{what} is not in {}", path.display()));
        assert!(count <= known + known / 5 + 20, "{what}: {count} allocations, {known} were recorded");
    }
}
