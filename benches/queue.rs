//! What the queue costs with tens of thousands of pending proposals: `cargo bench --bench queue`.
//! Prints figures, asserts nothing.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use provost::app::{Effect, Model, Msg, Settings, Shown, update};
use provost::input::{Key, Keymap};
use provost::taxonomy::event::EVENT_VERSION;
use provost::taxonomy::op::decide;
use provost::taxonomy::queue::{Facets, Matcher, Order, Plan, Survey, Value};
use provost::taxonomy::{
    Batch, BatchId, Event, EventId, Facts, Kind, Manifest, NodeId, Op, Proposed, Snapshot, Source,
};

const WORDS: [&str; 24] = [
    "linear",
    "algebra",
    "quantum",
    "field",
    "theory",
    "optical",
    "methods",
    "history",
    "modern",
    "urban",
    "ecology",
    "music",
    "signal",
    "processing",
    "chemical",
    "kinetics",
    "medieval",
    "law",
    "market",
    "design",
    "neural",
    "plasma",
    "coastal",
    "ethics",
];

fn name(number: usize) -> String {
    let word = |at: usize| WORDS[at % WORDS.len()];
    let (a, b, c) = (number, number / WORDS.len() * 7 + number, number / 576 * 5 + number * 3);
    format!("{} {} {} {number}", word(a), word(b), word(c))
}

struct World {
    now: Snapshot,
    clock: u64,
}

impl World {
    fn propose(&mut self, proposals: Vec<Proposed>) {
        self.clock += 1;
        let source =
            Source::Model { model: format!("model-{}", self.clock % 3).into(), profile: "p".into(), round: None };
        let (id, at, by) = (BatchId::new(self.clock, 0), "2026-11-21T10:00:00Z".to_owned(), "ana".to_owned());
        self.now.record.add_batch(Batch { id, at, by, source, about: None, bad: vec![], proposals, calls: vec![] });
        self.now.revision += 1;
    }

    fn run(&mut self, op: Op) {
        let verdict = decide(&self.now, "ana", op).unwrap();
        self.clock += 1;
        let id = EventId::new(self.clock, 0);
        let event = Event {
            v: EVENT_VERSION,
            id,
            at: String::new(),
            by: "ana".into(),
            change: verdict.change,
            ballot: verdict.ballot,
        };
        self.now.commit(event, &verdict.steps).unwrap();
    }

    fn add(&mut self, parent: Option<NodeId>, kind: Kind, names: Vec<String>) -> Vec<NodeId> {
        let ids = names.iter().map(|name| NodeId::derive(parent, kind, name, 0)).collect();
        let nodes = names.into_iter().map(Facts::named).collect();
        self.run(Op::Add { parent, kind, nodes });
        ids
    }
}

/// 126 disciplines with as many pending subjects each as make `pending`.
fn world(pending: usize) -> World {
    let mut world = World { now: Snapshot::empty(Manifest::titled("Bench")), clock: 1_763_700_000_000 };
    let fields = world.add(None, Kind::Field, (0..18).map(|at| format!("Field {at}")).collect());
    let disciplines: Vec<NodeId> = fields
        .iter()
        .enumerate()
        .flat_map(|(at, field)| {
            let names = (0..7).map(|number| format!("Discipline {}", at * 7 + number)).collect();
            world.add(Some(*field), Kind::Discipline, names)
        })
        .collect();
    for (at, discipline) in disciplines.iter().enumerate() {
        let from = at * pending / disciplines.len();
        let to = (at + 1) * pending / disciplines.len();
        let node = |number: usize| Proposed::Node {
            parent: Some(*discipline),
            kind: Kind::Subject,
            facts: Facts::named(name(number)),
            rationale: None,
        };
        world.propose((from..to).map(node).collect());
        // Half of them were seen a second time.
        world.propose((from..to).step_by(2).map(node).collect());
    }
    world
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let done = work();
    say(what, begin.elapsed());
    done
}

fn say(what: &str, took: Duration) {
    println!("  {what:<58} {:>9.3} ms", took.as_secs_f64() * 1e3);
}

/// Median and worst of many.
fn many(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!("  {what:<58} {:>9.3} ms median, {:.3} ms worst", at(50), at(100));
}

fn parts(world: &World) {
    let mut survey = timed("survey of everything", || Survey::new(&world.now));
    timed("checks on everything, once", || survey.look(&world.now));
    for order in [Order::Tree, Order::Risk, Order::Emptiest, Order::Shuffle(7)] {
        let open = || survey.seats().filter(|seat| seat.is_open());
        timed(&format!("plan, {} order", order.name()), || Plan::new(&world.now, &survey, order, open()));
    }
    let facets: Facets = [Value::Kind(Some(Kind::Subject)), Value::AnyFinding(false)].into_iter().collect();
    timed("counts of every value of every facet", || Matcher::new(&world.now, &facets).counts(&survey));
}

fn press(model: &mut Model, world: &mut World, keys: &str) -> (Duration, Duration) {
    let (mut pressed, mut published) = (Duration::ZERO, Duration::ZERO);
    for key in Key::parse_sequence(keys).unwrap() {
        let begin = Instant::now();
        let effects = update(model, Msg::Key(key));
        pressed += begin.elapsed();
        for effect in effects {
            if let Effect::Submit { id, op } = effect {
                world.run(op);
                let snapshot = Arc::new(world.now.clone());
                let begin = Instant::now();
                update(model, Msg::Snapshot(snapshot));
                published += begin.elapsed();
                let outcome = Ok(provost::app::Done { event: None, summary: String::new() });
                update(model, Msg::OpDone { id, outcome });
            }
        }
    }
    (pressed, published)
}

fn at_the_desk(mut world: World) {
    let settings = Settings { curator: "ana".into(), read_only: None };
    let keymap = Arc::new(Keymap::load(None).unwrap());
    let snapshot = Arc::new(world.now.clone());
    let mut model = timed("the program starts", || Model::new(snapshot, settings, keymap, world.clock));
    update(&mut model, Msg::Shown(Shown { list: 0..40, height: 40, ..Shown::default() }));
    for (order, set) in [("tree", ""), ("risk", "z o"), ("emptiest", "z o"), ("shuffle", "z o")] {
        press(&mut model, &mut world, set);
        let first = press(&mut model, &mut world, "]").0;
        say(&format!("{order} order: first ]"), first);
        let steps = (0..200).map(|_| press(&mut model, &mut world, "]").0).collect();
        many(&format!("{order} order: ]"), steps);
        let decisions: Vec<_> =
            (0..50).map(|at| press(&mut model, &mut world, if at % 2 == 0 { "a" } else { "6" })).collect();
        many(&format!("{order} order: decision, key"), decisions.iter().map(|(key, _)| *key).collect());
        many(&format!("{order} order: decision, new snapshot"), decisions.iter().map(|(_, shown)| *shown).collect());
    }
    say("F opens", press(&mut model, &mut world, "F").0);
    for c in "seen 2".chars() {
        update(&mut model, Msg::Key(Key::char(c)));
    }
    say("a facet is chosen", press(&mut model, &mut world, "enter").0);
    press(&mut model, &mut world, "esc");
    many("with facets: ]", (0..200).map(|_| press(&mut model, &mut world, "]").0).collect());
    let decisions: Vec<_> = (0..50).map(|_| press(&mut model, &mut world, "6")).collect();
    many("with facets: decision, new snapshot", decisions.iter().map(|(_, shown)| *shown).collect());
}

fn main() {
    for pending in [4_788, 50_000] {
        println!("{pending} pending");
        let world = world(pending);
        parts(&world);
        at_the_desk(world);
    }
}
