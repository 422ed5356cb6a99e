//! A syllabus of 30 sessions with 5 key concepts each and 18 planted mistakes, reviewed by keys: every
//! session is accepted by itself. The keys are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use provost::app::Version;
use provost::demo::Step;
use provost::store::{OpenOptions, Store, distinct, now, timestamp};
use provost::taxonomy::text::normalise;
use provost::taxonomy::{
    Batch, BatchId, Change, Facts, Kind, NodeId, Op, Outline, Proposed, Session as Row, SessionId, Source, Syllabus,
};

use super::{Session, copy};

const SUBJECT: &str = "Computational Imaging";
/// Keys per cell that a review may take.
const MOST: f64 = 0.6;

/// What a curator does to a session.
enum Fix {
    /// Rejects a concept with the reason of this digit.
    Reject(&'static str, char),
    /// Types the title anew.
    Title(&'static str),
    /// Adds a concept.
    Add(&'static str),
    /// Gives the session another number.
    Place(usize),
    /// Asks the model for it again.
    Again(&'static str),
}

/// How many different key concepts all sessions have.
fn different(outline: &Outline) -> usize {
    let concepts = outline.sessions.iter().flat_map(|session| &session.concepts);
    concepts.map(|concept| normalise(concept.raw())).collect::<BTreeSet<_>>().len()
}

/// Thirty sessions out of three accepted syllabi of the sample, five concepts each.
fn whole(store: &Store) -> Syllabus {
    let snapshot = store.snapshot();
    let sessions = |name: &str| {
        let mut nodes = snapshot.tree.entries().map(|entry| &entry.node);
        let node = nodes.find(|node| node.facts.name.raw() == name).unwrap();
        node.syllabus.clone().unwrap().sessions.clone()
    };
    let all = [sessions("Linear Algebra"), sessions("Probability Theory"), sessions("Optics")];
    let [algebra, probability, optics] = all;
    let chosen = algebra.into_iter().take(11).chain(probability.into_iter().take(9)).chain(optics.into_iter().take(10));
    let mut syllabus = Outline {
        introduction: "From counting photons to a picture.".into(),
        objectives: vec!["Reconstruct an image from few measurements".into()],
        sessions: chosen.collect(),
    };
    for (at, session) in syllabus.sessions.iter_mut().enumerate() {
        session.id = SessionId::numbered(at + 1);
        session.concepts.truncate(5);
        assert_eq!(session.concepts.len(), 5, "{}", session.title.raw());
    }
    assert_eq!((syllabus.sessions.len(), different(&syllabus)), (30, syllabus.concept_count()));
    syllabus.into()
}

/// Concepts that do not belong where they are, with the digit of the reason.
const WRONG: [(usize, usize, &str, char); 13] = [
    // A concept of an earlier session.
    (6, 2, "Row echelon form", '1'),
    (9, 4, "Free variables", '1'),
    (13, 1, "Bayes' theorem", '1'),
    (19, 3, "Null space", '1'),
    (27, 0, "Jones vector", '1'),
    // A heading.
    (4, 0, "Introduction to linear maps", '6'),
    (12, 4, "Overview of distributions", '6'),
    (22, 2, "Basics of lens design", '6'),
    (25, 3, "Importance of polarization", '6'),
    // What only a reader sees.
    (1, 2, "Sourdough starter", '4'),
    (15, 3, "Soil mechanics", '4'),
    (17, 1, "Quantum vibes", '5'),
    (23, 4, "Turning on the lamp", '7'),
];

/// The mistakes, and what is to be done about each, by session.
fn plant(good: &Syllabus) -> (Syllabus, BTreeMap<SessionId, Vec<Fix>>) {
    let mut bad = good.clone();
    let mut plan: BTreeMap<SessionId, Vec<Fix>> = BTreeMap::new();
    for (row, at, concept, digit) in WRONG {
        let session = &mut bad.sessions[row];
        session.concepts[at] = concept.into();
        plan.entry(session.id.clone()).or_default().push(Fix::Reject(concept, digit));
    }
    let mut fix = |row: usize, fix: Fix| plan.entry(SessionId::numbered(row + 1)).or_default().push(fix);
    // Two concepts are too few, nine are too many.
    bad.sessions[8].concepts.truncate(2);
    fix(8, Fix::Add("Gram–Schmidt process"));
    let more = ["QR factorization", "Polar decomposition", "Camera straps", "Low-rank approximation"];
    bad.sessions[10].concepts.extend(more.map(Into::into));
    fix(10, Fix::Reject("Camera straps", '4'));
    bad.sessions[28].title = "Difraction".into();
    fix(28, Fix::Title("Diffraction"));
    fix(20, Fix::Again("broader"));
    let misplaced = bad.sessions.remove(2);
    fix(2, Fix::Place(3));
    bad.sessions.insert(18, misplaced);
    (bad, plan)
}

fn directory(path: &Path) -> (NodeId, Syllabus, Syllabus, BTreeMap<SessionId, Vec<Fix>>) {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy"), path);
    let mut store = Store::open(path, OpenOptions { curator: "ana".into(), read_only: false }).unwrap();
    let snapshot = store.snapshot();
    let physics = snapshot.tree.entries().find(|entry| entry.node.facts.name.raw() == "Physics").unwrap().node.id;
    let nodes = vec![Facts::named(SUBJECT)];
    store.submit(Op::Add { parent: Some(physics), kind: Kind::Subject, nodes }).unwrap();
    let subject = store.snapshot().tree.child_by_name(Some(physics), SUBJECT).unwrap();
    let good = whole(&store);
    let (bad, plan) = plant(&good);
    let batch = Batch {
        id: BatchId::new(now(), distinct()),
        at: timestamp(now()),
        by: "ana".into(),
        source: Source::Model { model: "provost-demo".into(), profile: "demo".into(), round: None },
        about: Some(subject),
        bad: vec![],
        proposals: vec![Proposed::Syllabus { subject, syllabus: bad.clone() }],
        calls: vec![],
    };
    store.submit(Op::Propose(Box::new(batch))).unwrap();
    (subject, good, bad, plan)
}

async fn mend(session: &mut Session, fix: &Fix) {
    match fix {
        Fix::Reject(concept, digit) => {
            let screen = &session.model().syllabus;
            let row = screen.session(session.snapshot()).unwrap();
            let at = row.concepts.iter().position(|found| found.raw() == *concept).unwrap() + 1;
            // The shorter way round.
            let (cells, from) = (row.concepts.len() + 1, screen.column);
            let right = (at + cells - from) % cells;
            let (key, times) = if right <= cells / 2 { ("l", right) } else { ("h", cells - right) };
            session.press(&format!("{}{digit}", format!("{key} ").repeat(times))).await;
        }
        Fix::Title(title) => {
            while session.model().syllabus.column > 0 {
                session.press("h").await;
            }
            session.press("e ctrl-u").await;
            session.type_text(title).await;
            session.press("<ret>").await;
        }
        Fix::Add(concept) => {
            session.press("c").await;
            session.type_text(concept).await;
            session.press("<ret>").await;
        }
        Fix::Place(number) => {
            while session.model().syllabus.column > 0 {
                session.press("h").await;
            }
            session.press(&format!("p {number} <ret>")).await;
        }
        Fix::Again(reason) => {
            session.press("r").await;
            session.type_text(reason).await;
            session.press("<ret>").await;
        }
    }
}

fn focused(session: &Session) -> Row {
    session.model().syllabus.session(session.snapshot()).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_sessions_are_reviewed_one_by_one_with_few_keys() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("taxonomy");
    let (subject, good, bad, mut plan) = directory(&path);
    let mistakes: usize = plan.len();
    let mut session = Session::on(temp, path, (80, 24), "").await;
    session.press("/ computational <ret>").await;
    (session.keys_pressed, session.typed) = (0, 0);
    session.press("g s").await;
    session.sees("0 of 30 accepted");

    let mut rewritten = None;
    for _ in 0..bad.sessions.len() {
        let row = focused(&session);
        for fix in plan.remove(&row.id).unwrap_or_default() {
            mend(&mut session, &fix).await;
            assert_eq!(focused(&session).id, row.id);
            if matches!(fix, Fix::Again(_)) {
                rewritten = Some(row.clone());
            }
        }
        session.press("a").await;
    }
    assert!(plan.is_empty(), "{:?}", plan.keys());
    session.sees("30 of 30 accepted");
    session.press("A").await;

    let (keys, typed) = (session.keys_pressed, session.typed);
    let cells = bad.sessions.len() + bad.concept_count();
    let per_cell = keys as f64 / cells as f64;
    println!(
        "{keys} keys for {cells} cells with mistakes in {mistakes} sessions: {per_cell:.2} keys per cell; \
         {typed} of the keys are letters of typed text"
    );
    assert!(per_cell <= MOST, "{keys} keys for {cells} cells: {per_cell:.2}");

    assert_eq!(session.model().syllabus.version, Some(Version::Accepted));
    let accepted = session.snapshot().tree.node(subject).unwrap().syllabus.clone().unwrap();
    let old = rewritten.unwrap();
    let (row, new) = accepted.session(&old.id).unwrap();
    assert_ne!(new.title, old.title);
    assert!(new.concepts.len() >= 3, "{new:?}");
    let mut expected = good;
    for (row, concept) in WRONG.map(|(row, concept, ..)| (row, concept)) {
        expected.sessions[row].concepts.remove(concept);
    }
    expected.sessions[8].concepts = accepted.sessions[8].concepts.clone();
    assert_eq!(expected.sessions[8].concepts.len(), 3);
    expected.sessions[10].concepts = accepted.sessions[10].concepts.clone();
    assert_eq!(expected.sessions[10].concepts.len(), 8);
    expected.sessions[28].title = "Diffraction".into();
    expected.sessions[row] = new.clone();
    assert_eq!(accepted.sessions, expected.sessions);
    assert_eq!(different(&accepted), accepted.concept_count());

    let record = &session.snapshot().record;
    let count = |wanted: fn(&Change) -> bool| record.events().iter().filter(|event| wanted(&event.change)).count();
    assert_eq!(count(|change| matches!(change, Change::Review { .. })), 30);
    assert_eq!(count(|change| matches!(change, Change::Revise { reason: Some(_), .. })), 14);
    let kept = record.events().iter().find_map(|event| match &event.change {
        Change::Revise { batch, note: Some(note), .. } => Some((*batch, note.raw().to_owned())),
        _ => None,
    });
    let (batch, note) = kept.unwrap();
    assert_eq!(note, "broader");
    assert!(record.batch(batch.unwrap()).is_some(), "the exchange is kept");
    assert_eq!(session.server.ledger().requests(Step::Syllabus), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_an_accepted_syllabus_comes_back_as_a_version_to_decide_on() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ optics <ret> g s j r").await;
    session.press("<ret>").await;
    session.sees("Session 2 of 10");
    let subject = session.model().syllabus.subject.unwrap();
    let before = session.snapshot().tree.node(subject).unwrap().syllabus.clone().unwrap();
    let open: Vec<_> = session.snapshot().open_syllabi(subject).cloned().collect();
    assert_eq!(open.len(), 1, "{}", session.screen());
    let provost::taxonomy::Body::Syllabus { syllabus, .. } = &open[0].body else { panic!() };
    let differ: Vec<usize> = (0..10).filter(|at| syllabus.sessions[*at] != before.sessions[*at]).collect();
    assert_eq!(differ, [1]);
    session.press("<tab>").await;
    session.sees("9 of 10 accepted");
}
