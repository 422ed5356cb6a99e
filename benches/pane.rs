//! What the screen costs while a run reports 2,000 results a second: `cargo bench --bench pane`.
//!
//! The taxonomy has the scale of the paper; progress comes ten times a second, as a run publishes it, with new texts and new failures each
//! time. Times are of one message and of one frame into a buffer of cells; a terminal gets what differs. Prints figures, asserts nothing.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use provost::app::{Effect, Model, Msg, News, Planned, Settings, Terms, update};
use provost::homework::{Branch, Endpoint, FailureCount, Finished, Health, ItemFailed, Phase, Plan, Progress, Recipe};
use provost::input::{Key, Keymap};
use provost::llm::{PromptSet, Sampling};
use provost::taxonomy::syllabus::{Outline, Session, SessionId};
use provost::taxonomy::tree::Place;
use provost::taxonomy::{Facts, Kind, Manifest, Node, NodeId, Snapshot};
use provost::theme::{ColorDepth, GlyphSet, Glyphs, Theme};
use provost::ui;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const DISCIPLINES: usize = 126;
const SUBJECTS: usize = 125;
/// Results in each tenth of a second.
const RESULTS: u64 = 200;
/// Of which so many are failures.
const FAILED: u64 = 4;

struct Desk {
    model: Model,
    theme: Theme,
    area: Rect,
    buf: Buffer,
}

impl Desk {
    fn press(&mut self, keys: &str) -> Vec<Effect> {
        let keys = Key::parse_sequence(keys).unwrap();
        keys.into_iter().flat_map(|key| update(&mut self.model, Msg::Key(key))).collect()
    }

    fn draw(&mut self) {
        self.buf.reset();
        let drawn = ui::draw(&self.model, &self.theme, Glyphs::of(GlyphSet::Unicode), self.area, &mut self.buf);
        update(&mut self.model, Msg::Shown(drawn.shown));
    }

    fn send(&mut self, news: News) {
        update(&mut self.model, Msg::Homework(news));
    }
}

fn main() {
    let snapshot = Arc::new(taxonomy());
    let keymap = Arc::new(Keymap::load(None).unwrap());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "{} subjects, {} results/s of which {} fail; load {}",
        DISCIPLINES * SUBJECTS,
        10 * RESULTS,
        10 * FAILED,
        load.trim()
    );
    println!("{:<34} {:>22} {:>22} {:>22}", "median / 99 of 100, in ms", "message", "frame", "key and frame");
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let settings = Settings { curator: "ana".into(), read_only: None };
        let model = Model::new(Arc::clone(&snapshot), settings, Arc::clone(&keymap), 1_763_700_000_000);
        let theme = Theme::load("dark", ColorDepth::True, &|_| None).unwrap().theme;
        let area = Rect::new(0, 0, width, height);
        let mut desk = Desk { model, theme, area, buf: Buffer::empty(area) };
        update(&mut desk.model, Msg::Resize(width, height));
        desk.draw();
        start(&mut desk, &snapshot);
        let branches = branches(&snapshot);
        for (list, keys) in
            [("branches", "F F F F F F F"), ("newest", "F"), ("failures", "F"), ("servers", "F"), ("subjects", "F")]
        {
            desk.press(keys);
            watch(&format!("{width}x{height}, homework, {list}"), &mut desk, &branches);
        }
        desk.press("g c");
        watch(&format!("{width}x{height}, curate"), &mut desk, &branches);
    }
}

/// Three hundred rounds of progress, a frame and a key.
fn watch(what: &str, desk: &mut Desk, branches: &Arc<Vec<Branch>>) {
    let (mut messages, mut frames, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..300 {
        let (progress, failed) = progress(round, branches);
        let begin = Instant::now();
        desk.send(News::Failed(failed));
        desk.send(News::Progress(progress));
        messages.push(begin.elapsed());
        let begin = Instant::now();
        desk.draw();
        frames.push(begin.elapsed());
        let begin = Instant::now();
        desk.press(if round % 40 < 20 { "j" } else { "k" });
        desk.draw();
        keys.push(begin.elapsed());
    }
    println!("{what:<34} {:>22} {:>22} {:>22}", shares(messages), shares(frames), shares(keys));
}

fn shares(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!("{:.3} / {:.3}", at(50), at(99))
}

/// Goes to the Homework screen and starts a run.
fn start(desk: &mut Desk, snapshot: &Snapshot) {
    let effects = desk.press("g h");
    let request = effects.into_iter().find_map(|effect| match effect {
        Effect::PlanHomework(request) => Some(request),
        _ => None,
    });
    let prompts = PromptSet::embedded().unwrap();
    let model = || ("model", Sampling::default());
    let recipe = Recipe::new(&prompts, "English", model(), model());
    let request = request.unwrap();
    let plan = Arc::new(Plan::new(snapshot, &request, &recipe));
    let planned = Planned { plan, estimate: None, changes: None, terms: Box::new(Terms::default()) };
    desk.send(News::Planned { request, outcome: Ok(planned) });
    desk.press("s y");
    desk.send(News::Started("20261121T101500Z-0a1b2c3d".parse().unwrap()));
}

fn branches(snapshot: &Snapshot) -> Arc<Vec<Branch>> {
    let nodes = snapshot.tree.subtree(None).into_iter().filter(|node| node.kind() != Kind::Subject);
    let branch = |node: NodeId| {
        let depth = u8::from(node.kind() != Kind::Field);
        Branch { node, depth, name: snapshot.name(node), total: 100_000, done: 0, failed: 0 }
    };
    Arc::new(nodes.map(branch).collect())
}

/// How a run stands after so many tenths of a second, and what failed since the last.
fn progress(round: u64, branches: &Arc<Vec<Branch>>) -> (Arc<Progress>, Vec<ItemFailed>) {
    let item = |number: u64| {
        Arc::new(Finished {
            item: format!("{number:032x}").parse().unwrap(),
            path: vec!["Field".into(), format!("Discipline {}", number % 126).into(), "Subject".into()],
            question: format!("{number}. A ray of light meets a lens; where is the image? ").repeat(6).into(),
            answer: format!("By the equation of the lens, {number}, it depends on **where** the object is.\n\n")
                .repeat(25)
                .into(),
            unfit: None,
        })
    };
    let done = round * RESULTS;
    let mut branches = Vec::clone(branches);
    branches.iter_mut().for_each(|branch| branch.done = done / 100);
    let class = |class, count| FailureCount {
        class,
        count,
        example: "The model declined: I'm sorry, but I can't help with that request.".into(),
        sample: Some(item(7)),
    };
    let health = Health {
        in_flight: 128,
        limit: 128,
        requests: 2 * done,
        p50: Some(Duration::from_millis(90 + round % 20)),
        p95: Some(Duration::from_millis(130)),
        ..Health::default()
    };
    let server = |number: usize| Endpoint {
        steps: vec!["question", "answer"],
        profile: "cluster".into(),
        health: Health { origin: format!("http://10.0.0.{number}:8000"), ..health.clone() },
    };
    let failed = |number| ItemFailed {
        item: format!("{number:032x}").parse().unwrap(),
        class: "refused",
        message: "The model declined: I'm sorry, but I can't help with that request.".into(),
    };
    let progress = Progress {
        phase: Phase::Running,
        total: 12_600_000,
        done,
        failed: round * FAILED,
        running: 256,
        left: 12_000_000 - done,
        per_second: 2_000.0 + (round % 9) as f64,
        eta: Some(Duration::from_secs(6_000 - round / 10)),
        elapsed: Duration::from_millis(100 * round),
        prompt_tokens: 900 * done,
        completion_tokens: 460 * done,
        cost_usd: Some(done as f64 / 1e4),
        concurrency: 256,
        branches: Arc::new(branches),
        newest: (0..40).map(|at| item(done + 40 - at)).collect(),
        failures: vec![class("refused", round * FAILED), class("timeout", round)],
        samples: (0..60).map(|at| 1_900 + (at * 37 + round as u32) % 200).collect(),
        endpoints: (0..8).map(server).collect(),
        ..Progress::default()
    };
    (Arc::new(progress), (0..FAILED).map(|number| failed(done + number)).collect())
}

fn taxonomy() -> Snapshot {
    let mut snapshot = Snapshot::empty(Manifest::titled("Large"));
    let session = |number: usize| Session {
        id: SessionId::numbered(number),
        title: format!("Session {number}").into(),
        description: Default::default(),
        concepts: (0..5).map(|concept| format!("Concept {number}.{concept}").into()).collect(),
    };
    let sessions: Vec<_> = (1..=30).map(session).collect();
    let mut put = |parent, kind, name: &str| {
        let syllabus = (kind == Kind::Subject).then(|| Outline {
            introduction: "All of it.".into(),
            objectives: Vec::new(),
            sessions: sessions.clone(),
        });
        let id = NodeId::derive(parent, kind, name, 0);
        let slug = snapshot.tree.free_slug(parent, id, name);
        let node = Node { syllabus: syllabus.map(Into::into), ..Node::new(id, kind, Facts::named(name)) };
        snapshot.tree.put(Place { parent, slug }, Arc::new(node));
        id
    };
    let field = put(None, Kind::Field, "Field");
    for discipline in 0..DISCIPLINES {
        let discipline = put(Some(field), Kind::Discipline, &format!("Discipline {discipline}"));
        for subject in 0..SUBJECTS {
            put(Some(discipline), Kind::Subject, &format!("Subject {subject}"));
        }
    }
    snapshot
}
