//! A small taxonomy and a desk to decide at: keys go in as text, ops are carried out at once the
//! way the store does it.

use std::sync::Arc;

use super::{Done, Effect, Model, Msg, OpId, Settings, Shown, update};
use crate::input::{Key, Keymap};
use crate::taxonomy::op::decide;
use crate::taxonomy::{
    Batch, BatchId, Event, EventId, Facts, Kind, Manifest, NodeId, Op, Outline, Policy, Proposed, Quorum, Reason,
    Round, Session, SessionId, Snapshot, Source, Syllabus, Untrusted,
};

/// When the fixture was made: milliseconds since 1970.
pub(crate) const BEGIN: u64 = 1_763_700_000_000;

/// A taxonomy in memory.
pub(crate) struct Bench {
    pub snapshot: Snapshot,
    clock: u64,
}

pub(crate) fn node(path: &[&str]) -> NodeId {
    let kinds = [Kind::Field, Kind::Discipline, Kind::Subject];
    let mut id = None;
    for (name, kind) in path.iter().zip(kinds) {
        id = Some(NodeId::derive(id, kind, name, 0));
    }
    id.unwrap()
}

pub(crate) fn optics() -> NodeId {
    node(&["Natural Sciences", "Physics", "Optics"])
}

pub(crate) fn acoustics() -> NodeId {
    node(&["Natural Sciences", "Physics", "Acoustics"])
}

impl Bench {
    pub fn empty() -> Self {
        Self::under(Policy::default())
    }

    /// An empty one where votes count by a policy.
    pub fn under(policy: Policy) -> Self {
        let manifest = Manifest { policy, ..Manifest::titled("Sample taxonomy") };
        Self { snapshot: Snapshot::empty(manifest), clock: BEGIN }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1_000;
        self.clock
    }

    pub fn propose(&mut self, proposals: Vec<Proposed>) {
        self.propose_in(None, proposals);
    }

    pub fn propose_in(&mut self, round: Option<Round>, proposals: Vec<Proposed>) {
        let id = BatchId::new(self.tick(), 0);
        let source = Source::Model { model: "provost-demo".into(), profile: "demo".into(), round };
        let (at, by) = ("2026-11-21T10:00:00Z".to_owned(), "ana".to_owned());
        let batch = Batch { id, at, by, source, about: None, bad: vec![], proposals, calls: vec![] };
        self.snapshot.record.add_batch(batch);
        self.snapshot.revision += 1;
    }

    pub fn run(&mut self, by: &str, op: Op) -> Result<Done, crate::taxonomy::Refusal> {
        let verdict = decide(&self.snapshot, by, op)?;
        let id = EventId::new(self.tick(), 0);
        let event = Event {
            v: verdict.change.version(),
            id,
            at: "2026-11-21T10:00:00Z".into(),
            by: by.into(),
            change: verdict.change,
            ballot: verdict.ballot,
        };
        self.snapshot.commit(event.clone(), &verdict.steps).unwrap();
        let summary = crate::taxonomy::describe::receipt(&self.snapshot, &event);
        Ok(Done { event: Some(id), summary })
    }

    pub fn add(&mut self, parent: Option<NodeId>, kind: Kind, facts: Facts) {
        self.run("ana", Op::Add { parent, kind, nodes: vec![facts] }).unwrap();
    }
}

pub(crate) fn child(parent: &[&str], name: &str, scope: &str) -> Proposed {
    let kind = [Kind::Field, Kind::Discipline, Kind::Subject][parent.len()];
    let facts = Facts { scope: Some(scope.into()).filter(|_| !scope.is_empty()), ..Facts::named(name) };
    let parent = (!parent.is_empty()).then(|| node(parent));
    Proposed::Node { parent, kind, facts, rationale: Some(format!("Students meet {name} early.").into()) }
}

pub(crate) fn syllabus(sessions: &[(&str, &[&str])]) -> Syllabus {
    let session = |(at, (title, concepts)): (usize, &(&str, &[&str]))| Session {
        id: SessionId::numbered(at + 1),
        title: (*title).into(),
        description: format!("What happens in {title}.").into(),
        concepts: concepts.iter().map(|concept| (*concept).into()).collect(),
    };
    Syllabus::from(Outline {
        introduction: "Sound from source to ear.".into(),
        objectives: vec!["Compute the modes of a room".into()],
        sessions: sessions.iter().enumerate().map(session).collect(),
    })
}

const SESSIONS: [(&str, &[&str]); 10] = [
    ("Waves in air", &["Wave equation", "Speed of sound", "Impedance"]),
    ("Sources", &["Monopole", "Dipole", "Directivity"]),
    ("Rooms", &["Room modes", "Reverberation time", "Sabine's formula", "Absorption"]),
    ("Hearing", &["Loudness", "Masking", "Introduction to the ear"]),
    ("Strings", &["Standing wave", "Harmonics", "Inharmonicity"]),
    ("Pipes", &["Open end correction", "Harmonics", "Cut-off frequency"]),
    ("Speech", &["Formants", "Glottal source", "Vocal tract"]),
    ("Microphones", &["Sensitivity", "Self-noise", "Proximity effect"]),
    ("Loudspeakers", &["Thiele-Small parameters", "Crossover", "Efficiency"]),
    ("Noise", &["A-weighting", "Insertion loss"]),
];

/// Three accepted levels with proposals of every sort, and a syllabus to decide on.
pub(crate) fn bench() -> Bench {
    filled(Bench::empty())
}

/// The same where fields and disciplines take two votes.
pub(crate) fn bench_of_several() -> Bench {
    let quorum = Quorum { field: 2, discipline: 2, ..Quorum::default() };
    filled(Bench::under(Policy { quorum, ..Policy::default() }))
}

fn filled(mut bench: Bench) -> Bench {
    let (natural, physics) = (node(&["Natural Sciences"]), node(&["Natural Sciences", "Physics"]));
    bench.add(None, Kind::Field, Facts::named("Natural Sciences"));
    bench.add(None, Kind::Field, Facts::named("Humanities"));
    bench.add(
        Some(natural),
        Kind::Discipline,
        Facts { scope: Some("Matter, energy, space, time.".into()), ..Facts::named("Physics") },
    );
    let optics = Facts {
        level: Some("200".into()),
        scope: Some("Light as ray, wave and photon, and the instruments built on each.".into()),
        subtopics: vec!["Geometrical optics".into(), "Diffraction".into()],
        ..Facts::named("Optics")
    };
    bench.add(Some(physics), Kind::Subject, optics);
    bench.add(Some(physics), Kind::Subject, Facts::named("Acoustics"));
    let mut with_syllabus = (**bench.snapshot.tree.node(self::optics()).unwrap()).clone();
    with_syllabus.syllabus = Some(crate::taxonomy::syllabus::sample(12, 4));
    bench.run("ana", Op::Edit(Box::new(with_syllabus))).unwrap();
    let at = ["Natural Sciences", "Physics"];
    bench.propose(vec![
        child(&at, "Mechanics", "Motion and its causes."),
        child(&at, "Geometric optics", "Rays."),
        child(&at, "Miscellaneous topics", ""),
        child(&at, "Modern optics", "Light again."),
        child(&at, "量子力学入門", "非常に小さいものの力学。"),
        child(&at, "Hidden\u{202e}scitpo", "A name with a direction override."),
        child(&["Natural Sciences"], "Chemistry", "Substances and their reactions."),
        child(&["Natural Sciences", "Chemistry"], "Organic chemistry", "Carbon."),
        child(&[], "Crafts", "What hands make."),
        Proposed::Syllabus { subject: acoustics(), syllabus: syllabus(&SESSIONS) },
    ]);
    let geometric = crate::taxonomy::ProposalId::of_node(node(&["Natural Sciences", "Physics", "Geometric optics"]));
    let op = Op::Reject { on: vec![geometric], reason: Reason::Duplicate, note: None, of: None };
    bench.run("bo", op).unwrap();
    bench
}

/// Somebody at the keyboard.
pub(crate) struct Desk {
    pub model: Model,
    pub bench: Bench,
    /// Every effect so far.
    pub effects: Vec<Effect>,
    /// Ops wait until [`Desk::settle`] while this is set.
    pub hold: bool,
    waiting: Vec<(OpId, Op)>,
}

impl Desk {
    pub fn at(bench: Bench) -> Self {
        let settings = Settings { curator: "ana".into(), read_only: None };
        let keymap = Arc::new(Keymap::load(None).unwrap());
        let now = bench.clock + 60_000;
        let mut model = Model::new(Arc::new(bench.snapshot.clone()), settings, keymap, now);
        let shown = Shown { list: 0..20, height: 20, ..Shown::default() };
        update(&mut model, Msg::Shown(shown));
        Self { model, bench, effects: Vec::new(), hold: false, waiting: Vec::new() }
    }

    pub fn new() -> Self {
        Self::at(bench())
    }

    /// Presses keys, written as in a keymap file; returns what they led to.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        let begin = self.effects.len();
        for key in Key::parse_sequence(keys).unwrap() {
            self.send(Msg::Key(key));
        }
        self.effects[begin..].to_vec()
    }

    /// Types into whatever takes text.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Key(Key::char(c)));
        }
    }

    pub fn send(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            if let Effect::Submit { id, op } = &effect {
                self.waiting.push((*id, op.clone()));
            }
            self.effects.push(effect);
        }
        if !self.hold {
            self.settle();
        }
    }

    /// Carries out what waits.
    pub fn settle(&mut self) {
        for (id, op) in std::mem::take(&mut self.waiting) {
            let outcome = self.bench.run("ana", op);
            self.publish();
            self.send(Msg::OpDone { id, outcome });
        }
    }

    /// Shows what the bench holds.
    pub fn publish(&mut self) {
        let snapshot = Arc::new(self.bench.snapshot.clone());
        self.effects.extend(update(&mut self.model, Msg::Snapshot(snapshot)));
    }

    /// Puts the cursor on a node.
    pub fn focus(&mut self, node: NodeId) {
        super::tree::reveal(&mut self.model, node);
        self.model.refresh_focus();
        assert_eq!(self.model.cursor(), Some(node));
    }

    /// The name of the focused node.
    pub fn at_name(&self) -> String {
        self.model.cursor().map(|node| self.model.snapshot.name(node).raw().to_owned()).unwrap_or_default()
    }

    /// The names of the rows, indented.
    pub fn rows(&self) -> Vec<String> {
        let name = |node: Option<NodeId>| node.map_or(Untrusted::from("*"), |node| self.model.snapshot.name(node));
        let rows = self.model.tree.rows.iter();
        rows.map(|row| format!("{}{}", "  ".repeat(row.depth.into()), name(row.node).line())).collect()
    }

    /// What the newest message says.
    pub fn message(&self) -> String {
        self.model.toasts.shown().last().map(|toast| toast.text.clone()).unwrap_or_default()
    }

    /// The ops that were submitted.
    pub fn ops(&self) -> Vec<Op> {
        let op = |effect: &Effect| match effect {
            Effect::Submit { op, .. } => Some(op.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(op).collect()
    }
}
