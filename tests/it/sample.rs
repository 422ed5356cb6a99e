//! The sample taxonomy is what the knowledge packs say about it, made through the store.
//!
//! `PROVOST_BLESS=1 cargo test --test it sample` writes `sample-taxonomy/` anew after a change
//! of the packs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use provost::store::{OpenOptions, Store, timestamp, yaml};
use provost::taxonomy::{
    Batch, BatchId, Facts, Kind, NodeId, Op, Outline, ProposalId, Proposed, Reason, Session, SessionId, Source,
    Syllabus, Untrusted,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct PackNode {
    name: Untrusted,
    kind: Kind,
    #[serde(default)]
    sample: Mark,
    level: Option<Untrusted>,
    scope: Option<Untrusted>,
    #[serde(default)]
    subtopics: Vec<Untrusted>,
    rationale: Option<Untrusted>,
    syllabus: Option<PackSyllabus>,
    #[serde(default)]
    children: Vec<PackNode>,
}

#[derive(Deserialize)]
struct PackSyllabus {
    #[serde(default)]
    sample: Mark,
    introduction: Untrusted,
    objectives: Vec<Untrusted>,
    sessions: Vec<PackSession>,
}

#[derive(Deserialize)]
struct PackSession {
    title: Untrusted,
    description: Untrusted,
    concepts: Vec<PackConcept>,
}

#[derive(Deserialize)]
struct PackConcept {
    name: Untrusted,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Mark {
    Accepted,
    Pending,
    #[default]
    Absent,
}

const PACKS: [&str; 3] = ["formal-sciences", "natural-sciences", "skilled-trades"];

/// Proposals that somebody turned down: (parent, kind, name, reason, words).
const REJECTED: [(&str, Kind, &str, Reason, Option<&str>); 5] = [
    ("Physics", Kind::Subject, "Perpetual Motion Engineering", Reason::NotReal, None),
    ("Physics", Kind::Subject, "Snell's Law", Reason::Trivial, Some("a concept of Optics, not a subject")),
    ("Mathematics", Kind::Subject, "Advanced Topics", Reason::Vague, None),
    ("Chemistry", Kind::Subject, "Thermal Physics", Reason::WrongParent, None),
    ("Baking and Pastry", Kind::Subject, "Bakery Marketing", Reason::OutOfScope, None),
];

/// Fields that wait for a decision: (name, scope, why).
const FIELDS: [(&str, &str, &str); 2] = [
    (
        "Humanities",
        "The study of human culture, thought and expression: languages, history, philosophy, religion and the arts.",
        "None of the accepted fields holds history, philosophy or literature.",
    ),
    (
        "Health and Care",
        "Keeping and restoring the health of people and animals: medicine, nursing, pharmacy, therapy and care work.",
        "Medicine and nursing have degrees and licences of their own.",
    ),
];

/// 1 September 2026, noon; every event a minute later than the last.
static MINUTE: AtomicU64 = AtomicU64::new(0);
const START: u64 = 1_788_264_000_000;

fn clock() -> (u64, u32) {
    let minute = MINUTE.fetch_add(1, Ordering::Relaxed);
    (START + minute * 60_000, 7)
}

fn packs() -> Vec<(String, PackNode)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/pack");
    let read = |name: &&str| {
        let file = format!("{name}.yaml");
        let text = fs::read_to_string(folder.join(&file)).unwrap();
        (file.clone(), yaml::read(&text, &file).unwrap_or_else(|problem| panic!("{problem}")))
    };
    PACKS.iter().map(read).collect()
}

fn facts(node: &PackNode) -> Facts {
    Facts {
        name: node.name.clone(),
        aliases: vec![],
        level: node.level.clone(),
        scope: node.scope.clone(),
        subtopics: node.subtopics.clone(),
    }
}

fn syllabus(pack: &PackSyllabus) -> Syllabus {
    let session = |(at, session): (usize, &PackSession)| Session {
        id: SessionId::numbered(at + 1),
        title: session.title.clone(),
        description: session.description.clone(),
        concepts: session.concepts.iter().map(|concept| concept.name.clone()).collect(),
    };
    Outline {
        introduction: pack.introduction.clone(),
        objectives: pack.objectives.clone(),
        sessions: pack.sessions.iter().enumerate().map(session).collect(),
    }
    .into()
}

struct Maker {
    store: Store,
    file: String,
}

impl Maker {
    fn put_forward(&mut self, about: Option<NodeId>, proposals: Vec<Proposed>) {
        let (at, distinct) = clock();
        let source = Source::import(self.file.as_str(), "pack");
        let batch = Batch {
            id: BatchId::new(at, distinct),
            at: timestamp(at),
            by: "sample".into(),
            source,
            about,
            bad: vec![],
            proposals,
            calls: vec![],
        };
        self.store.submit(Op::Propose(Box::new(batch))).unwrap();
    }

    fn accept(&mut self, on: Vec<ProposalId>) {
        if !on.is_empty() {
            self.store.submit(Op::Accept { on, edit: None, under: None }).unwrap();
        }
    }

    /// Proposes the children of a node, accepts what is marked so, goes on below.
    fn children(&mut self, parent: Option<NodeId>, children: &[PackNode]) {
        let known: Vec<&PackNode> = children.iter().filter(|child| child.sample != Mark::Absent).collect();
        if known.is_empty() {
            return;
        }
        let id = |node: &PackNode| NodeId::derive(parent, node.kind, node.name.raw(), 0);
        let proposed = known.iter().map(|node| Proposed::Node {
            parent,
            kind: node.kind,
            facts: facts(node),
            rationale: node.rationale.clone(),
        });
        let parent_name = parent.map(|id| self.store.snapshot().name(id).raw().to_owned());
        let turned_down: Vec<_> = REJECTED.iter().filter(|(under, ..)| parent_name.as_deref() == Some(under)).collect();
        let extra = turned_down.iter().map(|(_, kind, name, ..)| Proposed::Node {
            parent,
            kind: *kind,
            facts: Facts::named(*name),
            rationale: None,
        });
        self.put_forward(parent, proposed.chain(extra).collect());
        let accepted: Vec<&PackNode> = known.iter().copied().filter(|node| node.sample == Mark::Accepted).collect();
        self.accept(accepted.iter().map(|node| ProposalId::of_node(id(node))).collect());
        for (_, kind, name, reason, words) in turned_down {
            let on = vec![ProposalId::of_node(NodeId::derive(parent, *kind, name, 0))];
            self.store.submit(Op::Reject { on, reason: *reason, note: words.map(Into::into), of: None }).unwrap();
        }
        for node in accepted {
            self.children(Some(id(node)), &node.children);
            if let Some(pack) = node.syllabus.as_ref().filter(|pack| pack.sample != Mark::Absent) {
                let proposed = Proposed::Syllabus { subject: id(node), syllabus: syllabus(pack) };
                let proposal = proposed.id();
                self.put_forward(Some(id(node)), vec![proposed]);
                if pack.sample == Mark::Accepted {
                    self.accept(vec![proposal]);
                }
            }
        }
    }
}

fn make(into: &Path) {
    Store::init(into, "A sample of human knowledge").unwrap();
    let options = OpenOptions { curator: "sample".into(), read_only: false };
    let mut store = Store::open(into, options.clone()).unwrap().with_clock(clock);
    for (file, pack) in packs() {
        let mut maker = Maker { store, file };
        maker.children(None, std::slice::from_ref(&pack));
        store = maker.store;
    }
    let field = |(name, scope, why): &(&str, &str, &str)| Proposed::Node {
        parent: None,
        kind: Kind::Field,
        facts: Facts { scope: Some((*scope).into()), ..Facts::named(*name) },
        rationale: Some((*why).into()),
    };
    let mut maker = Maker { store, file: "fields.yaml".into() };
    maker.put_forward(None, FIELDS.iter().map(field).collect());
    drop(maker);
    fs::remove_dir_all(into.join(".provost")).unwrap();
}

fn contents(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_sample_taxonomy_is_what_the_packs_make_of_it() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy");
    let temp = tempfile::tempdir().unwrap();
    let made = temp.path().join("sample");
    make(&made);
    if std::env::var_os("PROVOST_BLESS").is_some() {
        let _ = fs::remove_dir_all(&shipped);
        for (path, text) in contents(&made) {
            let path = shipped.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let (made, shipped) = (contents(&made), contents(&shipped));
    let names: Vec<_> = made.keys().collect();
    assert_eq!(names, shipped.keys().collect::<Vec<_>>());
    for (path, text) in &made {
        assert!(shipped[path] == *text, "{} differs; bless it if the packs changed", path.display());
    }
}

#[test]
fn the_sample_shows_something_to_decide_at_every_level() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy");
    let temp = tempfile::tempdir().unwrap();
    for (path, text) in contents(&shipped) {
        let path = temp.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut store = Store::open(temp.path(), OpenOptions { curator: "t".into(), read_only: false }).unwrap();
    let snapshot = store.snapshot();
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    assert_eq!(snapshot.tree.children(None).len(), 3, "three fields");
    assert!(store.format(true).unwrap().is_empty(), "canonical");

    let open = snapshot.open_proposals();
    for kind in [Kind::Field, Kind::SubField, Kind::Discipline, Kind::Subject] {
        let of_kind = |id: &ProposalId| matches!(&snapshot.record.proposal(*id).unwrap().body, provost::taxonomy::Body::Node { kind: k, .. } if *k == kind);
        assert!(open.iter().any(|proposal| of_kind(&proposal.id)), "a {kind} is pending");
    }
    assert!(open.iter().any(|proposal| proposal.id.is_syllabus()));
    let subjects = snapshot.tree.subtree(None).into_iter().filter_map(|id| snapshot.tree.node(id).cloned());
    let eligible = subjects.filter(|node| node.kind == Kind::Subject && snapshot.ineligible(node).is_none()).count();
    assert!(eligible >= 8, "{eligible} subjects can have homework");

    let findings: Vec<_> = open.iter().flat_map(|open| provost::taxonomy::lint::proposal(&snapshot, open)).collect();
    assert!(findings.iter().any(|finding| finding.code == "vague-name"), "{findings:?}");
}
