//! For every check something that triggers it, and something close that does not.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::op::decide;
use super::super::syllabus::sample;
use super::super::{Batch, BatchId, EventId, Manifest, Node, Outline, Place, Proposed, Source};
use super::*;

/// A taxonomy that nodes are put into without asking.
struct Plot {
    snapshot: Snapshot,
    batches: u64,
}

impl Plot {
    fn new() -> Self {
        Self { snapshot: Snapshot::empty(Manifest::titled("T")), batches: 0 }
    }

    fn put(&mut self, parent: Option<NodeId>, kind: Kind, facts: Facts) -> NodeId {
        let salt = self.snapshot.tree.len() as u32;
        let id = NodeId::derive(parent, kind, facts.name.raw(), salt);
        let place = Place { parent, slug: format!("n{salt}") };
        self.snapshot.tree.put(place, Arc::new(Node::new(id, kind, facts)));
        id
    }

    fn field(&mut self, name: &str) -> NodeId {
        self.put(None, Kind::Field, Facts::named(name))
    }

    /// Fields of these names; the last one is returned.
    fn fields(&mut self, names: &[&str]) -> NodeId {
        names.iter().map(|name| self.field(name)).last().unwrap()
    }

    fn below(&mut self, parent: NodeId, kind: Kind, name: &str) -> NodeId {
        self.put(Some(parent), kind, Facts::named(name))
    }

    fn subject_with(&mut self, syllabus: Syllabus) -> NodeId {
        let (field, discipline) = (self.field("Sciences"), "Physics");
        let discipline = self.below(field, Kind::Discipline, discipline);
        self.below(discipline, Kind::Subject, "Mechanics");
        let id = self.below(discipline, Kind::Subject, "Optics");
        let mut node = (**self.snapshot.tree.node(id).unwrap()).clone();
        node.syllabus = Some(syllabus);
        let place = self.snapshot.tree.entry(id).unwrap().place.clone();
        self.snapshot.tree.put(place, Arc::new(node));
        id
    }

    fn propose(&mut self, proposed: Proposed) -> ProposalId {
        self.batches += 1;
        let (id, on) = (BatchId::new(1_000 * self.batches, 0), proposed.id());
        let source = Source::import("f", "csv");
        let (at, by) = ("2026-11-21T10:00:00Z".to_owned(), "ana".to_owned());
        let proposals = vec![proposed];
        let batch = Batch { id, at, by, source, about: None, bad: vec![], proposals, calls: vec![] };
        self.snapshot.record.add_batch(batch);
        on
    }

    fn propose_named(&mut self, parent: Option<NodeId>, kind: Kind, name: &str) -> ProposalId {
        self.propose(Proposed::Node { parent, kind, facts: Facts::named(name), rationale: None })
    }

    fn of(&self, id: NodeId) -> Vec<Finding> {
        Checker::new(&self.snapshot).node(id)
    }

    fn of_proposal(&self, id: ProposalId) -> Vec<Finding> {
        Checker::new(&self.snapshot).proposal(self.snapshot.record.proposal(id).unwrap())
    }

    /// The fix of the only finding with this code, and what it leaves.
    fn fixed(&mut self, findings: &[Finding], code: &str) -> String {
        let finding = findings.iter().find(|finding| finding.code == code);
        let finding = finding.unwrap_or_else(|| panic!("no {code} in {findings:?}"));
        let fix = fix(&self.snapshot, finding).unwrap_or_else(|| panic!("no fix for {finding:?}"));
        let Remedy::Op(op) = fix.remedy else { return fix.label };
        let verdict = decide(&self.snapshot, "ana", *op).unwrap();
        self.batches += 1;
        let id = EventId::new(1_000 * self.batches, 0);
        let (at, by) = (String::new(), "ana".to_owned());
        let event = super::super::Event { v: 2, id, at, by, change: verdict.change, ballot: verdict.ballot };
        self.snapshot.commit(event, &verdict.steps).unwrap();
        let after = Checker::new(&self.snapshot).all();
        let is_same = |found: &Finding| (found.about, found.code, found.cell) == (finding.about, code, finding.cell);
        assert!(
            !after.iter().any(|found| is_same(found) && found.message == finding.message),
            "{finding:?} is still so"
        );
        fix.label
    }
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

/// The findings of a field that names a document, where there is one called `documents/optics.md`.
fn with_document(path: &str, licence: Option<&str>) -> Vec<Finding> {
    use super::super::documents::{Document, DocumentRef};
    let mut plot = Plot::new();
    let id = plot.field("Optics");
    let mut node = (**plot.snapshot.tree.node(id).unwrap()).clone();
    node.documents = vec![DocumentRef { path: path.into(), title: None, licence: licence.map(Into::into) }];
    let place = plot.snapshot.tree.entry(id).unwrap().place.clone();
    plot.snapshot.tree.put(place, Arc::new(node));
    let document = Document { hash: String::new(), text: "Light.".into() };
    plot.snapshot.documents = Arc::new([("documents/optics.md".to_owned(), Arc::new(document))].into());
    plot.of(id)
}

/// The findings of a proposal where another was rejected before.
fn after_a_rejection(rejected: &str, name: &str) -> Vec<Finding> {
    let mut plot = Plot::new();
    let on = vec![plot.propose_named(None, Kind::Field, rejected)];
    let op = super::super::Op::Reject { on, reason: super::super::Reason::Vague, note: None, of: None };
    let verdict = decide(&plot.snapshot, "ana", op).unwrap();
    let (id, at, by) = (EventId::new(1_500, 0), String::new(), "ana".to_owned());
    let event = super::super::Event { v: 1, id, at, by, change: verdict.change, ballot: verdict.ballot };
    plot.snapshot.commit(event, &verdict.steps).unwrap();
    let id = plot.propose_named(None, Kind::Field, name);
    plot.of_proposal(id)
}

/// A subject's syllabus after a change, as findings.
fn odd(change: impl FnOnce(&mut Syllabus)) -> (Plot, NodeId) {
    let mut plot = Plot::new();
    let mut syllabus = sample(12, 5);
    change(&mut syllabus);
    let id = plot.subject_with(syllabus);
    (plot, id)
}

/// A subject of whose items so many were judged good and so many wrong.
fn homework(good: u128, wrong: u128) -> Vec<Finding> {
    use super::super::{ItemKey, ItemVerdict, Judged, SessionId};
    let (mut plot, subject) = odd(|_| ());
    let syllabus = sample(12, 5).hash();
    for item in 0..good + wrong {
        let (item, sessions) = (ItemKey::from_bits(item), vec![SessionId::numbered(4)]);
        let on = vec![Judged { item, subject, syllabus: syllabus.clone(), sessions }];
        let verdict = if item.bits() < good { ItemVerdict::Good } else { ItemVerdict::Wrong };
        let verdict = decide(&plot.snapshot, "ana", super::super::Op::Judge { on, verdict, note: None }).unwrap();
        let id = EventId::new(10_000 + item.bits() as u64, 0);
        let (at, by) = (String::new(), "ana".to_owned());
        let event = super::super::Event { v: 3, id, at, by, change: verdict.change, ballot: verdict.ballot };
        plot.snapshot.commit(event, &verdict.steps).unwrap();
    }
    let mut found = plot.of(subject);
    found.extend(judged(&plot.snapshot, subject));
    found
}

#[test]
fn refused_homework_is_told_on_the_card_and_on_the_session_at_fault() {
    let found: Vec<_> = homework(5, 3).into_iter().map(|found| (found.message, found.cell)).collect();
    let card = ("3 of 8 judged items wrong, session s04 most often.".to_owned(), None);
    assert_eq!(found, [card, ("3 of 8 judged items that draw on it are wrong.".to_owned(), Some((3, None)))]);
    assert_eq!(homework(0, 1), [], "one alone may be chance");
}

type Scene = fn() -> Vec<Finding>;

/// A name among sibling fields.
fn among(names: &[&str]) -> Vec<Finding> {
    let mut plot = Plot::new();
    let id = plot.fields(names);
    plot.of(id)
}

fn with_facts(facts: Facts) -> Vec<Finding> {
    let mut plot = Plot::new();
    let id = plot.put(None, Kind::Field, facts);
    plot.of(id)
}

fn below(parent: &str, kind: Kind, name: &str) -> Vec<Finding> {
    let mut plot = Plot::new();
    let field = plot.field(parent);
    let id = plot.below(field, kind, name);
    plot.of(id)
}

fn with_children(count: usize) -> Vec<Finding> {
    let mut plot = Plot::new();
    let field = plot.field("Sciences");
    for number in 0..count {
        plot.below(field, Kind::Discipline, &format!("Science number {number}"));
    }
    plot.of(field)
}

fn syllabus_with(change: impl FnOnce(&mut Syllabus)) -> Vec<Finding> {
    let (plot, id) = odd(change);
    plot.of(id)
}

fn elsewhere(name: &str, other: &str) -> Vec<Finding> {
    let mut plot = Plot::new();
    let (arts, law) = (plot.field("Arts"), plot.field("Law"));
    plot.below(arts, Kind::Discipline, other);
    let id = plot.below(law, Kind::Discipline, name);
    plot.of(id)
}

fn concept(text: &'static str) -> Vec<Finding> {
    syllabus_with(|syllabus| syllabus.sessions[3].concepts[4] = text.into())
}

fn titles(first: &'static str, second: &'static str) -> Vec<Finding> {
    syllabus_with(|syllabus| {
        syllabus.sessions[2].title = first.into();
        syllabus.sessions[5].title = second.into();
    })
}

/// Code, what triggers it, what is close and does not.
const SCENES: &[(&str, Scene, Scene)] = &[
    ("duplicate", || among(&["Fine arts", "FINE ARTS"]), || among(&["Fine arts", "Finer arts"])),
    ("near-duplicate", || among(&["Art history", "History of art"]), || among(&["Art history", "Art historians"])),
    ("also-under", || elsewhere("Art history", "History of art"), || elsewhere("Art history", "Art theory")),
    ("wrong-kind", || below("Arts", Kind::Subject, "Optics"), || below("Arts", Kind::SubField, "Fine arts")),
    ("hidden-text", || among(&["Opt\u{200b}ics"]), || among(&["نمی\u{200c}خواهم"])),
    ("mixed-letters", || among(&["Орtics"]), || among(&["Оптика"])),
    (
        "odd-text",
        || with_facts(Facts { scope: Some("See https://x.org".into()), ..Facts::named("Optics") }),
        || with_facts(Facts { scope: Some("Where a < b, and {c}".into()), ..Facts::named("Optics") }),
    ),
    (
        "repeats-parent",
        || below("Dentistry", Kind::Discipline, "General Dentistry"),
        || below("Dentistry", Kind::Discipline, "Forensic Dentistry"),
    ),
    ("vague-name", || among(&["Miscellaneous topics in biology"]), || among(&["Mother tongue"])),
    (
        "two-in-one",
        || among(&["Optics", "Acoustics", "Optics and Acoustics"]),
        || among(&["Optics", "Optics and Hearing"]),
    ),
    ("single-child", || with_children(1), || with_children(2)),
    ("over-wide", || with_children(41), || with_children(40)),
    (
        "document-missing",
        || with_document("documents/../provost.yaml", Some("CC0-1.0")),
        || with_document("documents/optics.md", Some("CC0-1.0")),
    ),
    (
        "document-licence",
        || with_document("documents/optics.md", Some(" ")),
        || with_document("documents/optics.md", Some("CC-BY-4.0")),
    ),
    (
        "long-name",
        || with_facts(Facts::named("word ".repeat(25).trim())),
        || with_facts(Facts::named("word ".repeat(24).trim())),
    ),
    ("untidy-name", || among(&["1. Optics"]), || among(&["14-3-3 proteins"])),
    (
        "name-case",
        || among(&["Fine Arts", "Civil Law", "Life Sciences", "Social Work", "Applied physics"]),
        || among(&["Fine Arts", "Civil Law", "Life Sciences", "Applied physics"]),
    ),
    (
        "name-number",
        || among(&["Thermal methods", "Imaging methods", "Optical methods", "Probe method"]),
        || among(&["Thermal methods", "Imaging methods", "Optical method", "Probe method"]),
    ),
    (
        "bare-acronym",
        || among(&["GGA"]),
        || with_facts(Facts { aliases: vec!["Generalized gradient approximation".into()], ..Facts::named("GGA") }),
    ),
    (
        "like-rejected",
        || after_a_rejection("Quantum Field Theory", "Quantum Field Theories of Matter"),
        || after_a_rejection("Quantum Field Theory", "Acoustics"),
    ),
    ("session-count", || syllabus_with(|s| s.sessions.truncate(9)), || syllabus_with(|s| s.sessions.truncate(10))),
    (
        "concept-count",
        || syllabus_with(|s| s.sessions[1].concepts.truncate(2)),
        || syllabus_with(|s| s.sessions[1].concepts.truncate(3)),
    ),
    ("repeated-session", || titles("Lenses", "LENSES"), || titles("Lenses", "Lens makers")),
    ("session-order", || titles("Lenses, part 2", "Lenses, part 1"), || titles("Lenses I", "Lenses II")),
    ("no-lesson", || titles("Final exam", "x"), || titles("Examining lenses", "Peer review")),
    ("repeated-concept", || concept("CONCEPT 1.1"), || concept("Concept 1.9")),
    ("generic-concept", || concept("Introduction to lenses"), || concept("Lens introduction")),
    ("title-concept", || concept("Session 4"), || concept("Session 4 outlook")),
    ("untidy-concept", || concept("- Snell's law."), || concept("Snell's law")),
    ("bad-homework", || homework(6, 2), || homework(7, 2)),
    ("other-subject", || concept("mechanics"), || concept("Mechanics of lenses")),
];

#[test]
fn every_check_fires_where_it_should_and_not_close_by() {
    for (code, hit, miss) in SCENES {
        assert!(codes(&hit()).contains(code), "{code} did not fire: {:?}", hit());
        assert!(!codes(&miss()).contains(code), "{code} fired: {:?}", miss());
    }
    let tried: BTreeSet<_> = SCENES.iter().map(|(code, ..)| *code).collect();
    assert_eq!(tried, CODES.iter().copied().collect(), "every check has a scene");
}

#[test]
fn what_is_in_order_has_no_findings() {
    let (plot, id) = odd(|_| ());
    assert_eq!(plot.of(id), []);
    assert_eq!(syllabus(About::Node(id), &sample(12, 5)), []);
}

#[test]
fn a_directory_switches_checks_off_and_sets_its_own_limits() {
    let (mut plot, id) = odd(|syllabus| syllabus.sessions.truncate(9));
    let mut manifest = Manifest::titled("T");
    manifest.checks = serde_json::from_str(r#"{"off":["session-count"]}"#).unwrap();
    plot.snapshot.manifest = Arc::new(manifest);
    assert_eq!(plot.of(id), []);
    let mut manifest = Manifest::titled("T");
    manifest.checks = serde_json::from_str(r#"{"session-count":[5,8],"concept-count":[1,4]}"#).unwrap();
    plot.snapshot.manifest = Arc::new(manifest);
    assert_eq!(codes(&plot.of(id))[..2], ["session-count", "concept-count"]);
    for (text, said) in [
        (r#"{"off":["single-kid"]}"#, "single-child"),
        (r#"{"overwide":3}"#, "over-wide"),
        (r#"{"over-wide":-1}"#, "-1"),
    ] {
        let error = serde_json::from_str::<CheckSettings>(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn the_worst_comes_first() {
    let mut plot = Plot::new();
    plot.field("Optics");
    let id = plot.field("Op\u{200b}tics.");
    let twin = plot.put(None, Kind::Subject, Facts::named("1. Various optics"));
    assert_eq!(codes(&plot.of(twin)), ["wrong-kind", "vague-name", "untidy-name"]);
    assert_eq!(codes(&plot.of(id)), ["hidden-text", "untidy-name"]);
}

#[test]
fn a_finding_of_a_concept_that_went_meanwhile_has_no_fix() {
    let (plot, subject) = odd(|_| ());
    let fixes = |at: usize| {
        ["repeated-concept", "title-concept", "generic-concept"].map(|code| {
            let finding = Finding::new(About::Node(subject), code, String::new()).at(Some((3, Some(at))));
            fix_found(&plot.snapshot, &finding).is_some()
        })
    };
    assert_eq!(fixes(4)[..2], [true, true]);
    assert_eq!(fixes(5), [false; 3]);
}

#[test]
fn a_name_stays_with_a_sibling_when_another_that_shares_it_goes() {
    let mut plot = Plot::new();
    let field = plot.field("Sciences");
    let one = plot.propose_named(Some(field), Kind::SubField, "Optics");
    let other = plot.propose_named(Some(field), Kind::Discipline, "Optics");
    let elsewhere = Elsewhere::default();
    let told = |checker: &mut Checker<'_>, snapshot: &Snapshot| {
        codes(&checker.proposal(snapshot.record.proposal(other).unwrap()))
    };
    let mut checker = Checker::with(&plot.snapshot, &elsewhere);
    let both = told(&mut checker, &plot.snapshot);
    let families = checker.into_families();
    let reject = super::super::Op::Reject { on: vec![one], reason: super::super::Reason::Vague, note: None, of: None };
    let verdict = decide(&plot.snapshot, "ana", reject).unwrap();
    let (id, at, by) = (EventId::new(9_000, 0), String::new(), "ana".to_owned());
    let event = super::super::Event { v: 2, id, at, by, change: verdict.change, ballot: verdict.ballot };
    plot.snapshot.commit(event, &verdict.steps).unwrap();
    let mut kept = Checker::among(&plot.snapshot, &elsewhere, families);
    let alone = told(&mut kept, &plot.snapshot);
    assert_eq!(alone, told(&mut Checker::with(&plot.snapshot, &elsewhere), &plot.snapshot));
    assert_ne!(alone, both);
}

#[test]
fn siblings_alike_are_found_by_name_alias_and_words() {
    let mut plot = Plot::new();
    let mut add = |name: &str, alias: &str| {
        let facts = Facts { aliases: vec![alias.into()], ..Facts::named(name) };
        plot.put(None, Kind::Field, facts)
    };
    let (art, history) = (add("Art", "Fine arts"), add("History of art", "Art history"));
    let (fine, _) = (add("FINE ARTS", "Painting"), add("Law", "Jurisprudence"));
    let words = add("Art history", "x");
    let found = |id| node(&plot.snapshot, id).into_iter().map(|f| (f.code, f.message)).collect::<Vec<_>>();
    assert_eq!(found(art), [], "its alias is another's name, but its name is its own");
    assert_eq!(found(fine), [("duplicate", "\"Art\" is a sibling.".to_owned())]);
    let near = "It has the words of its sibling \"Art history\".".to_owned();
    assert_eq!(found(history), [("near-duplicate", near)]);
    assert_eq!(found(words), [("duplicate", "\"History of art\" is a sibling.".to_owned())]);
}

#[test]
fn each_oddity_of_a_syllabus_is_found_where_it_is() {
    let about = About::Node("sub_7h2kq0m9xa".parse().unwrap());
    let mut odd = sample(12, 5);
    odd.sessions[1].concepts.truncate(2);
    odd.sessions[2].title = odd.sessions[0].title.clone();
    odd.sessions[3].concepts[4] = "Introduction to lenses".into();
    odd.sessions[5].concepts[1] = "CONCEPT 1.1".into();
    odd.sessions[6].description = "a\u{202e}b".into();
    let found: Vec<_> = syllabus(about, &odd).into_iter().map(|f| (f.code, f.cell)).collect();
    let wanted = [
        ("concept-count", Some((1, None))),
        ("repeated-session", Some((2, None))),
        ("generic-concept", Some((3, Some(4)))),
        ("repeated-concept", Some((5, Some(1)))),
        ("hidden-text", Some((6, None))),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn one_oddity_of_the_front_matter_is_told_once() {
    let about = About::Node("sub_7h2kq0m9xa".parse().unwrap());
    let mut odd = sample(12, 5);
    odd.introduction = "a\u{202e}b".into();
    odd.objectives = vec!["c\u{202e}d".into(), "{{ e }}".into()];
    let found: Vec<_> = syllabus(about, &odd).into_iter().map(|f| (f.code, f.cell)).collect();
    assert_eq!(found, [("hidden-text", None), ("odd-text", None)]);
}

#[test]
fn a_node_is_put_right_by_one_op() {
    let mut plot = Plot::new();
    plot.fields(&["Fine Arts", "Civil Law", "Life Sciences", "Social Work"]);
    let optics = plot.field("1. Applied\u{200b} physics");
    let findings = plot.of(optics);
    assert_eq!(codes(&findings), ["hidden-text", "untidy-name", "name-case"]);
    assert_eq!(plot.fixed(&findings, "hidden-text"), "rename to \"1. Applied physics\"");
    let findings = plot.of(optics);
    assert_eq!(plot.fixed(&findings, "name-case"), "rename to \"Applied Physics\"");
    assert_eq!(plot.of(optics), [], "tidied with it");
    let twin = plot.field("Physics, applied");
    let findings = plot.of(twin);
    assert_eq!(plot.fixed(&findings, "near-duplicate"), "merge into \"Applied Physics\"");
}

#[test]
fn a_proposal_is_put_right_by_deciding_on_it() {
    let mut plot = Plot::new();
    let arts = plot.fields(&["Crops", "Fine Arts"]);
    let case = |plot: &mut Plot, name: &str, code: &str| {
        let on = plot.propose_named(None, Kind::Field, name);
        let findings = plot.of_proposal(on);
        plot.fixed(&findings, code)
    };
    assert_eq!(case(&mut plot, "fine arts.", "duplicate"), "merge into \"Fine Arts\"");
    assert_eq!(case(&mut plot, "Various studies", "vague-name"), "reject it as vague");
    assert_eq!(case(&mut plot, "**Law**", "untidy-name"), "accept as \"Law\"");
    plot.propose_named(None, Kind::Field, "History of art");
    let label = case(&mut plot, "Art history", "near-duplicate");
    assert_eq!(label, "reject it as a duplicate of \"History of art\"");
    assert!(case(&mut plot, "Crafts\u{202e}", "hidden-text").starts_with("accept as \"Crafts\""));
    let on = plot.propose_named(Some(arts), Kind::Subject, "Etching");
    let findings = plot.of_proposal(on);
    assert_eq!(codes(&findings), ["wrong-kind"]);
    let remedy = fix(&plot.snapshot, &findings[0]).map(|fix| fix.remedy);
    assert!(matches!(remedy, Some(Remedy::Place(_))), "{remedy:?}");
}

#[test]
fn what_the_store_would_refuse_is_not_offered() {
    let mut plot = Plot::new();
    plot.field("Optics");
    let twin = plot.field("1. Optics");
    let findings = plot.of(twin);
    assert_eq!(codes(&findings), ["untidy-name"]);
    assert_eq!(fix(&plot.snapshot, &findings[0]), None, "the name is taken");
}

#[test]
fn cells_are_put_right_and_a_syllabus_that_changed_is_left_alone() {
    let change = |syllabus: &mut Syllabus| {
        syllabus.sessions[2].title = "Lenses II".into();
        syllabus.sessions[4].title = "Lenses I".into();
        syllabus.sessions[3].concepts[4] = "Introduction to the eye".into();
        syllabus.sessions[3].concepts[3] = "Overview of concept 1.1".into();
        syllabus.sessions[5].concepts[1] = "CONCEPT 1.1".into();
        syllabus.sessions[6].concepts[0] = "* Snell's law.".into();
        syllabus.sessions[11].title = "Final exam".into();
    };
    let (mut plot, id) = odd(change);
    let labels = [
        ("session-order", "move it before session 3"),
        ("repeated-concept", "remove \"CONCEPT 1.1\""),
        ("untidy-concept", "write \"Snell's law\""),
        ("no-lesson", "remove session 12, \"Final exam\""),
        ("generic-concept", "remove \"Overview of concept 1.1\""),
        ("generic-concept", "write \"Eye\""),
    ];
    for (code, label) in labels {
        let findings = plot.of(id);
        assert_eq!(plot.fixed(&findings, code), label);
    }
    assert_eq!(plot.of(id), []);
    let about = About::Node(id);
    let (stale, now) = (
        syllabus(about, &{
            let mut s = sample(12, 5);
            change(&mut s);
            s
        }),
        sample(12, 5),
    );
    assert!(stale.iter().all(|finding| mend(&now, finding).is_none()));
}

fn odd_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ a-zA-Z0-9.,&/*\"'()-]{0,30}",
        proptest::sample::select(vec!["Optics and ", "1. ", "**", "аcoustics", "\u{200b}", "Introduction to ", "II"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn no_check_and_no_fix_panics(names in proptest::collection::vec(odd_name(), 1..8), cells in proptest::collection::vec(odd_name(), 0..12)) {
        let mut plot = Plot::new();
        for name in &names {
            plot.field(name);
            plot.propose_named(None, Kind::Field, &format!("{name} x"));
        }
        let session = |texts: &[String]| super::super::Session {
            id: Default::default(),
            title: texts[0].as_str().into(),
            description: texts[0].as_str().into(),
            concepts: texts.iter().map(|text| text.as_str().into()).collect(),
        };
        let odd = Outline { sessions: cells.chunks(3).map(session).collect(), ..Outline::default() };
        let mut odd = Syllabus::from(odd);
        odd.repair_session_ids();
        plot.subject_with(odd);
        for finding in Checker::new(&plot.snapshot).all() {
            prop_assert!(find(finding.code).is_some(), "{} is not in the table", finding.code);
            if let Some(fix) = fix(&plot.snapshot, &finding) {
                prop_assert!(!Untrusted::from(fix.label.as_str()).is_suspicious());
                prop_assert!(find(finding.code).unwrap().fix.is_some(), "{} has no fix in the table", finding.code);
            }
        }
    }
}
