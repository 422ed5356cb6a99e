//! A taxonomy of any size as two years of curating leave it: names that repeat words as real ones do, some of them not
//! in Latin letters, wide parents, syllabi, batches with their prompts and replies, logs of three curators. The same
//! for the same size and seed. Tests and benches share it.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use provost::store::{batch_yaml, node_yaml, timestamp};
use provost::taxonomy::event::EVENT_VERSION;
use provost::taxonomy::text::{normalise, slugify};
use provost::taxonomy::{
    Acceptance, AskId, Ballot, Batch, BatchId, Call, Change, Event, EventId, Facts, Kind, Manifest, Node, NodeId,
    Outline, Place, ProposalId, Proposed, Reason, Record, Round, Session, SessionId, Snapshot, Source, Step, Syllabus,
    Tree, Usage, Verb,
};

use super::words::{BEFORE, DISCIPLINES, FIELDS, FOREIGN, HEADS, ROMAN, THINGS};

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Disciplines; every seventh begins a new field.
    pub disciplines: usize,
    /// Accepted subjects in all of them together.
    pub subjects: usize,
    /// Subjects of the widest discipline, and of each of the ten next wide ones.
    pub wide: (usize, usize),
    /// Class sessions of a syllabus, and key concepts of a session.
    pub syllabus: (usize, usize),
    /// Subjects that are proposed and nobody has decided on.
    pub pending: usize,
    /// Proposals that were rejected.
    pub rejected: usize,
}

impl Size {
    /// The scale of the paper, with every syllabus.
    pub const PAPER: Self = Self {
        disciplines: 126,
        subjects: 15_751,
        wide: (1_000, 200),
        syllabus: (30, 5),
        pending: 50_000,
        rejected: 10_000,
    };

    /// The same shape at a part of the size.
    pub fn part(of: usize) -> Self {
        let paper = Self::PAPER;
        Self {
            disciplines: (paper.disciplines / of).max(14),
            subjects: paper.subjects / of,
            wide: (paper.wide.0 / of, (paper.wide.1 / of).max(4)),
            pending: paper.pending / of,
            rejected: paper.rejected / of,
            ..paper
        }
    }
}

/// Two years before the end, milliseconds since 1970.
const BEGIN: u64 = 1_700_000_000_000;
/// When the last decision was made: before any clock that a bench runs by.
const END: u64 = 1_763_000_000_000;
/// Proposals in a batch that were not in one before, and those that were.
const FRESH: usize = 40;
const KNOWN: usize = 10;
const CURATORS: [&str; 3] = ["ana", "bo", "chen"];

/// Everything that is in a taxonomy directory, but for the syllabi: [`World::syllabus`] makes each when it is wanted.
pub struct World {
    size: Size,
    /// Accepted nodes without their syllabi, parents first.
    pub nodes: Vec<(Place, Node)>,
    /// Batches of nodes, oldest first.
    pub batches: Vec<Batch>,
    /// Decisions, oldest first.
    pub events: Vec<Event>,
    clock: u64,
    tick: u64,
}

impl World {
    /// Makes one.
    pub fn new(size: Size, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let decisions = (size.subjects * 2 + size.rejected) as u64;
        let tick = (END - BEGIN) / (decisions + (size.pending / FRESH) as u64 + 2_000);
        let (nodes, batches, events) = Default::default();
        let mut world = Self { size, nodes, batches, events, clock: BEGIN, tick };
        let disciplines = world.upper(&mut dice);
        let wide = |at: usize| match at {
            0 => size.wide.0,
            1..=10 => size.wide.1,
            _ => 0,
        };
        let fixed: usize = (0..disciplines.len()).map(wide).sum();
        let narrow = disciplines.len().saturating_sub(11).max(1);
        let rest = size.subjects.saturating_sub(fixed);
        let mut taken: Vec<HashSet<String>> = vec![HashSet::new(); disciplines.len()];
        for (at, discipline) in disciplines.iter().enumerate() {
            let place = at.saturating_sub(11);
            let count = if at < 11 { wide(at) } else { (place + 1) * rest / narrow - place * rest / narrow };
            let rejected = (at + 1) * size.rejected / disciplines.len() - at * size.rejected / disciplines.len();
            world.decided(*discipline, count, rejected, &mut taken[at], &mut dice);
        }
        for subject in 0..world.nodes.len() {
            world.accept_syllabus(subject);
        }
        world.clock = world.clock.max(END - 86_400_000);
        for (at, discipline) in disciplines.iter().enumerate() {
            let count = (at + 1) * size.pending / disciplines.len() - at * size.pending / disciplines.len();
            let facts: Vec<Facts> = (0..count).map(|_| subject(&mut taken[at], &mut dice)).collect();
            world.propose(*discipline, &facts);
        }
        world
    }

    /// Fields, some of them with sub-fields, and disciplines, added by hand.
    fn upper(&mut self, dice: &mut Dice) -> Vec<NodeId> {
        let mut disciplines = Vec::new();
        let mut taken = HashSet::new();
        for at in 0..self.size.disciplines.div_ceil(7) {
            let name = FIELDS[at % FIELDS.len()];
            let name = if at < FIELDS.len() { name.to_owned() } else { format!("{name} {}", ROMAN[at / FIELDS.len()]) };
            let field = self.add(None, Kind::Field, Facts::named(name));
            let under = if at % 3 == 2 {
                let name = format!("{} studies", THINGS[at % THINGS.len()]);
                self.add(Some(field), Kind::SubField, Facts::named(capital(&name)))
            } else {
                field
            };
            for number in at * 7..((at + 1) * 7).min(self.size.disciplines) {
                let (stem, turn) = (DISCIPLINES[number % DISCIPLINES.len()], number / DISCIPLINES.len());
                let name = unique(
                    &mut taken,
                    [stem.to_owned(), format!("Applied {stem}"), format!("Theory of {stem}")][turn % 3].clone(),
                );
                let facts = Facts { scope: Some(sentence(dice, 14).into()), ..Facts::named(name) };
                disciplines.push(self.add(Some(under), Kind::Discipline, facts));
            }
        }
        disciplines
    }

    fn add(&mut self, parent: Option<NodeId>, kind: Kind, facts: Facts) -> NodeId {
        let (place, node) = placed(parent, kind, facts);
        let id = node.id;
        let step = Step::Create { place: place.clone(), node: Box::new(node.clone()) };
        self.decide(0, Change::Tree { verb: Verb::Add, on: id, steps: vec![step] });
        self.nodes.push((place, node));
        id
    }

    fn decide(&mut self, curator: usize, change: Change) {
        self.clock += self.tick;
        let (id, by) = (EventId::new(self.clock, 7), CURATORS[curator % CURATORS.len()].to_owned());
        let at = timestamp(self.clock);
        self.events.push(Event { v: EVENT_VERSION, id, at, by, change, ballot: Ballot::default() });
    }

    /// Subjects of one discipline that were proposed and decided: half of the acceptances one by one, the others in tens.
    fn decided(
        &mut self,
        parent: NodeId,
        accepted: usize,
        rejected: usize,
        taken: &mut HashSet<String>,
        dice: &mut Dice,
    ) {
        let facts: Vec<Facts> = (0..accepted + rejected).map(|_| subject(taken, dice)).collect();
        self.propose(parent, &facts);
        let (good, bad) = facts.split_at(accepted);
        let mut waiting: Vec<Acceptance> = Vec::new();
        for (at, facts) in good.iter().enumerate() {
            let (place, node) = placed(Some(parent), Kind::Subject, facts.clone());
            let proposal = ProposalId::of_node(node.id);
            let slug = place.slug.clone();
            let one = Acceptance { proposal, node: node.id, parent: Some(parent), slug, edit: None, replaced: None };
            self.nodes.push((place, node));
            if at % 20 < 10 {
                self.decide(at % 3, Change::Accept { on: vec![one] });
                continue;
            }
            waiting.push(one);
            if waiting.len() == 10 || at + 1 == good.len() {
                self.decide(at % 3, Change::Accept { on: std::mem::take(&mut waiting) });
            }
        }
        if !waiting.is_empty() {
            self.decide(0, Change::Accept { on: waiting });
        }
        for (at, facts) in bad.iter().enumerate() {
            let node = NodeId::derive(Some(parent), Kind::Subject, facts.name.raw(), 0);
            let reason = Reason::ALL[at % 8];
            let on = vec![ProposalId::of_node(node)];
            self.decide(at % 3, Change::Reject { on, reason, note: None, of: None });
        }
    }

    fn accept_syllabus(&mut self, at: usize) {
        let node = self.nodes[at].1.id;
        if let Some(syllabus) = self.syllabus(at) {
            let proposal = ProposalId::of_syllabus(node, &syllabus.hash());
            let one = Acceptance { proposal, node, parent: None, slug: String::new(), edit: None, replaced: None };
            self.decide(at % 3, Change::Accept { on: vec![one] });
        }
    }

    /// Puts facts forward in runs that repeat a little of each other.
    fn propose(&mut self, parent: NodeId, facts: &[Facts]) {
        let of = facts.len().div_ceil(FRESH) as u32;
        let ask = AskId::new(self.clock, 3);
        for (run, fresh) in facts.chunks(FRESH).enumerate() {
            self.clock += self.tick;
            let before = &facts[(run * FRESH).saturating_sub(KNOWN)..run * FRESH];
            let proposed = |facts: &Facts| Proposed::Node {
                parent: Some(parent),
                kind: Kind::Subject,
                facts: facts.clone(),
                rationale: Some("It is taught at most universities.".into()),
            };
            let proposals = fresh.iter().chain(before).map(proposed).collect();
            let round = Round { ask, number: run as u32 + 1, of, stratum: None, wording: None, without: Vec::new() };
            let batch = self.batch(Some(parent), Some(round), proposals, "propose", 3_000);
            self.batches.push(batch);
        }
    }

    fn batch(
        &self,
        about: Option<NodeId>,
        round: Option<Round>,
        proposals: Vec<Proposed>,
        step: &str,
        reply: usize,
    ) -> Batch {
        let usage = Some(Usage { prompt_tokens: 900, completion_tokens: 1_200 });
        let call = Call {
            step: step.to_owned(),
            model: "model-70b".into(),
            prompt_hash: "3f2a9c1e".to_owned(),
            usage,
            finish: Some("stop".to_owned()),
            prompt: "List what belongs here, one a line.\n".repeat(30).into(),
            reply: "- a line of the reply, as it was received\n".repeat(reply / 42).into(),
            ..Call::default()
        };
        let (id, at) = (BatchId::new(self.clock, 11), timestamp(self.clock));
        let source = Source::Model { model: "model-70b".into(), profile: "local".into(), round };
        Batch { id, at, by: "ana".into(), source, about, bad: Vec::new(), proposals, calls: vec![call] }
    }

    /// The syllabus of the node at this place of `nodes`; `None` where it is no subject.
    pub fn syllabus(&self, at: usize) -> Option<Syllabus> {
        let (_, node) = &self.nodes[at];
        if node.kind != Kind::Subject {
            return None;
        }
        let (sessions, concepts) = self.size.syllabus;
        let dice = &mut Dice(at as u64 + 1);
        let mut session = |number| Session {
            id: SessionId::numbered(number),
            title: title(dice).into(),
            description: sentence(dice, 6).into(),
            concepts: (0..concepts).map(|_| concept(dice).into()).collect(),
        };
        let sessions = (1..=sessions).map(&mut session).collect();
        let objectives = (0..4).map(|_| sentence(dice, 9).into()).collect();
        Some(Syllabus::from(Outline { introduction: sentence(dice, 30).into(), objectives, sessions }).folded())
    }

    /// The batch that put the syllabus at this place forward.
    pub fn syllabus_batch(&self, at: usize) -> Option<Batch> {
        let subject = self.nodes[at].1.id;
        let proposal = Proposed::Syllabus { subject, syllabus: self.syllabus(at)? };
        let mut batch = self.batch(Some(subject), None, vec![proposal], "syllabus", 6_000);
        batch.id = BatchId::new(BEGIN + at as u64, 13);
        batch.at = timestamp(BEGIN + at as u64);
        Some(batch)
    }

    /// All of it in memory, without files.
    pub fn snapshot(&self) -> Snapshot {
        let mut tree = Tree::default();
        for (at, (place, node)) in self.nodes.iter().enumerate() {
            let node = Node { syllabus: self.syllabus(at), ..node.clone() };
            tree.put(place.clone(), std::sync::Arc::new(node));
        }
        let manifest = Manifest::titled("Scale");
        let record = Record::fold(manifest.policy.clone(), "ana", self.batches.clone(), self.events.clone());
        Snapshot { tree, record, ..Snapshot::empty(manifest) }
    }

    /// Writes the directory, without syncs. `with_batches`: also one batch for every syllabus.
    pub fn write(&self, dir: &Path, with_batches: bool) {
        fs::create_dir_all(dir.join("tree")).unwrap();
        provost::store::Store::init(dir, "Scale").unwrap();
        let mut folders: std::collections::HashMap<NodeId, std::path::PathBuf> = Default::default();
        for (at, (place, node)) in self.nodes.iter().enumerate() {
            let folder = place.parent.map_or_else(|| dir.join("tree"), |parent| folders[&parent].clone());
            fs::create_dir_all(&folder).unwrap();
            let node = Node { syllabus: self.syllabus(at), ..node.clone() };
            fs::write(folder.join(format!("{}.yaml", place.slug)), node_yaml(&node)).unwrap();
            folders.insert(node.id, folder.join(&place.slug));
        }
        let syllabi = (0..self.nodes.len()).filter(|_| with_batches).filter_map(|at| self.syllabus_batch(at));
        for batch in self.batches.iter().cloned().chain(syllabi) {
            let folder = dir.join("proposals").join(&batch.at[..7]);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{}.yaml", batch.id)), batch_yaml(&batch)).unwrap();
        }
        let mut logs: std::collections::BTreeMap<(String, String), Vec<u8>> = Default::default();
        for event in &self.events {
            let log = logs.entry((event.by.clone(), event.at[..7].to_owned())).or_default();
            writeln!(log, "{}", serde_json::to_string(event).unwrap()).unwrap();
        }
        for ((by, month), text) in logs {
            let folder = dir.join("decisions").join(by);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{month}.jsonl")), text).unwrap();
        }
    }
}

fn placed(parent: Option<NodeId>, kind: Kind, facts: Facts) -> (Place, Node) {
    let id = NodeId::derive(parent, kind, facts.name.raw(), 0);
    // As the tree would name it, but that no two names here share a slug by accident.
    let slug = match slugify(facts.name.raw()) {
        Some(slug) if facts.name.raw().is_ascii() => slug,
        Some(slug) => format!("{slug}-{}", &id.digits()[..4]),
        None => format!("{}-{}", kind.tag(), id.digits()),
    };
    (Place { parent, slug }, Node::new(id, kind, facts))
}

/// A subject that its discipline does not have yet.
fn subject(taken: &mut HashSet<String>, dice: &mut Dice) -> Facts {
    let name = match dice.below(12) {
        0 => format!("{} {}", dice.pick(&FOREIGN), dice.pick(&THINGS)),
        1 | 2 => format!("{} of {} {}", dice.pick(&HEADS), dice.pick(&BEFORE).to_lowercase(), dice.pick(&THINGS)),
        3 | 4 => format!("{} and {}", capital(dice.pick(&THINGS)), dice.pick(&THINGS)),
        5 => format!("{} {} {}", dice.pick(&BEFORE), dice.pick(&THINGS), dice.pick(&HEADS).to_lowercase()),
        _ => format!("{} {} {}", dice.pick(&BEFORE), dice.pick(&BEFORE).to_lowercase(), dice.pick(&THINGS)),
    };
    let level = ["100", "200", "300", "400", "graduate"][dice.below(5)];
    Facts {
        level: Some(level.into()),
        scope: Some(sentence(dice, 8).into()),
        subtopics: (0..3).map(|_| concept(dice).into()).collect(),
        ..Facts::named(unique(taken, name))
    }
}

fn unique(taken: &mut HashSet<String>, name: String) -> String {
    for turn in 0.. {
        let numbered = match turn {
            0 => name.clone(),
            turn if turn < ROMAN.len() => format!("{name} {}", ROMAN[turn]),
            turn => format!("{name} {turn}"),
        };
        if taken.insert(normalise(&numbered)) {
            return numbered;
        }
    }
    name
}

fn title(dice: &mut Dice) -> String {
    format!("{} {} and {}", dice.pick(&BEFORE), dice.pick(&THINGS), dice.pick(&THINGS))
}

fn concept(dice: &mut Dice) -> String {
    match dice.below(9) {
        0 => format!("{}: {}", dice.pick(&HEADS), dice.pick(&FOREIGN)),
        _ => format!("{} {}", dice.pick(&BEFORE).to_lowercase(), dice.pick(&THINGS)),
    }
}

fn sentence(dice: &mut Dice, words: usize) -> String {
    let mut text = capital(dice.pick(&THINGS));
    for at in 1..words {
        text.push_str(if at % 7 == 6 { ", " } else { " " });
        text.push_str(if at % 2 == 0 {
            dice.pick(&THINGS)
        } else {
            ["of", "in", "with", "for", "under"][dice.below(5)]
        });
    }
    text.push('.');
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Numbers that follow from a seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % most as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Ten new proposals under a parent.
#[must_use]
pub fn ten(parent: NodeId, number: u64) -> Batch {
    let node = |at: usize| Proposed::Node {
        parent: Some(parent),
        kind: Kind::Subject,
        facts: Facts::named(format!("Streamed subject {number} part {at}")),
        rationale: None,
    };
    Batch {
        id: BatchId::new(1_763_500_000_000 + number, 0),
        at: String::new(),
        by: "ana".into(),
        source: Source::Model { model: "m".into(), profile: "p".into(), round: None },
        about: Some(parent),
        bad: Vec::new(),
        proposals: (0..10).map(node).collect(),
        calls: Vec::new(),
    }
}
