use super::*;
use crate::app::fixture::{Bench, bench_of_several, child, node, optics};
use crate::taxonomy::{
    Edit, Facts, ItemKey, ItemVerdict, Judged, Kind, Op, Policy, ProposalId, Quorum, Reason, SessionId,
};

/// The rows of a section, as they are shown.
fn rows(snapshot: &Snapshot, key: &str) -> Vec<String> {
    let section = sections(snapshot).into_iter().find(|section| section.key == key).unwrap();
    assert!(section.rows.iter().all(|row| row.len() == section.columns.len()), "{key}");
    section.rows.iter().map(|row| row.iter().map(Cell::show).collect::<Vec<_>>().join(" | ")).collect()
}

fn id(name: &str) -> ProposalId {
    ProposalId::of_node(node(&[name]))
}

fn fields(bench: &mut Bench, names: &[&str]) {
    bench.propose(names.iter().map(|name| child(&[], name, "")).collect());
}

fn accept(bench: &mut Bench, by: &str, name: &str) {
    bench.run(by, Op::Accept { on: vec![id(name)], edit: None, under: None }).unwrap();
}

fn reject(bench: &mut Bench, by: &str, name: &str, reason: Reason) {
    bench.run(by, Op::Reject { on: vec![id(name)], reason, note: None, of: None }).unwrap();
}

fn under_two() -> Bench {
    Bench::under(Policy { quorum: Quorum { field: 2, ..Quorum::default() }, ..Policy::default() })
}

#[test]
fn acceptance_is_counted_by_curator_model_and_level() {
    let mut bench = Bench::empty();
    fields(&mut bench, &["Arts", "Law", "Stuff", "Things", "Crafts", "The arts"]);
    accept(&mut bench, "ana", "Arts");
    let edit = Some(Edit::Facts(Box::new(Facts::named("Laws"))));
    bench.run("bo", Op::Accept { on: vec![id("Law")], edit, under: None }).unwrap();
    reject(&mut bench, "bo", "Stuff", Reason::Vague);
    reject(&mut bench, "bo", "Things", Reason::Vague);
    reject(&mut bench, "bo", "Crafts", Reason::Trivial);
    bench.run("bo", Op::Alias { on: vec![id("The arts")], into: node(&["Arts"]) }).unwrap();
    assert_eq!(rows(&bench.snapshot, "curators"), ["ana | 1 | 1 | 100 % | 0 | 0 | 0", "bo | 5 | 1 | 20 % | 1 | 3 | 1"]);
    assert_eq!(rows(&bench.snapshot, "models"), ["provost-demo | 6 | 2 | 33 % | 1 | 3 | 1"]);
    assert_eq!(rows(&bench.snapshot, "levels"), ["field | 6 | 2 | 33 % | 1 | 3 | 1"]);
    assert!(rows(&bench.snapshot, "prompts").is_empty());
    assert_eq!(rows(&bench.snapshot, "reasons"), ["vague | 2 | 67 %", "trivial | 1 | 33 %"]);
}

#[test]
fn what_was_put_off_is_not_decided() {
    let mut bench = Bench::empty();
    fields(&mut bench, &["Arts"]);
    bench.run("ana", Op::Defer { on: vec![id("Arts")] }).unwrap();
    assert!(rows(&bench.snapshot, "curators").is_empty());
}

#[test]
fn agreement_is_between_those_who_did_not_overrule_each_other() {
    let mut bench = under_two();
    let names = ["Arts", "Law", "Stuff", "Crafts", "Alone"];
    fields(&mut bench, &names);
    for name in &names[..2] {
        accept(&mut bench, "ana", name);
        accept(&mut bench, "bo", name);
    }
    reject(&mut bench, "ana", "Stuff", Reason::Vague);
    reject(&mut bench, "bo", "Stuff", Reason::Vague);
    accept(&mut bench, "ana", "Crafts");
    reject(&mut bench, "bo", "Crafts", Reason::Vague);
    accept(&mut bench, "bo", "Alone");
    // 3 of 4 agree. Rejects: two shared of three. Chance: AC1 2pq = 0.46875; pi 0.53125.
    let (all, cohen) = ("4 | 75 % | 0.53 | 0.47 | 67 %", "4 | 75 % | 0.53 | 0.50 | 67 %");
    assert_eq!(rows(&bench.snapshot, "agreement"), [format!("all | {all}"), format!("field | {all}")]);
    assert_eq!(rows(&bench.snapshot, "pairs"), [format!("ana, bo | {cohen}")]);
}

#[test]
fn who_overrules_another_says_nothing_about_agreement() {
    let mut bench = Bench::empty();
    fields(&mut bench, &["Arts"]);
    reject(&mut bench, "ana", "Arts", Reason::Vague);
    accept(&mut bench, "bo", "Arts");
    assert!(rows(&bench.snapshot, "agreement").is_empty());
    assert!(rows(&bench.snapshot, "pairs").is_empty());
}

#[test]
fn planted_proposals_show_who_looks_and_count_nowhere_else() {
    let mut bench = under_two();
    fields(&mut bench, &["Wrong", "Also wrong", "Still wrong"]);
    let on = vec![id("Wrong"), id("Also wrong"), id("Still wrong")];
    bench.run("ana", Op::Plant { on, because: Some("no such thing".into()) }).unwrap();
    for (by, name, accepts) in [
        ("bo", "Wrong", false),
        ("bo", "Also wrong", false),
        ("bo", "Still wrong", true),
        ("cy", "Wrong", true),
        ("ana", "Also wrong", false),
    ] {
        if accepts { accept(&mut bench, by, name) } else { reject(&mut bench, by, name, Reason::Vague) }
    }
    assert_eq!(rows(&bench.snapshot, "planted"), ["bo | 2 | 3 | 67 %", "cy | 0 | 1 | 0 %"]);
    for key in ["curators", "models", "levels", "reasons", "agreement", "pairs"] {
        assert!(rows(&bench.snapshot, key).is_empty(), "{key}");
    }
}

#[test]
fn judged_homework_is_told_by_branch_and_by_the_session_at_fault() {
    let mut bench = bench_of_several();
    assert!(rows(&bench.snapshot, "quality").is_empty());
    let syllabus = bench.snapshot.tree.node(optics()).unwrap().syllabus.clone().unwrap();
    let judged = |item: u128, session: usize| Judged {
        item: ItemKey::from_bits(item),
        subject: optics(),
        syllabus: syllabus.hash(),
        sessions: vec![SessionId::numbered(session)],
    };
    use ItemVerdict::{Good, NotSelfContained, Unclear, Wrong};
    for (item, session, verdict) in [(1, 1, Good), (2, 2, Wrong), (3, 3, Unclear), (4, 3, NotSelfContained)] {
        bench.run("ana", Op::Judge { on: vec![judged(item, session)], verdict, note: None }).unwrap();
    }
    bench.run("bo", Op::Judge { on: vec![judged(1, 1)], verdict: Wrong, note: None }).unwrap();
    bench.run("bo", Op::Judge { on: vec![judged(5, 1)], verdict: Good, note: None }).unwrap();
    // Wilson, 1 of 5: 3.6 % to 62.4 %.
    let all = "5 | 1 | 20 % | 4 % | 62 % | 1 | 1 | 1 | 1";
    assert_eq!(
        rows(&bench.snapshot, "quality"),
        [
            format!("everything |  | {all}"),
            format!("Natural Sciences | field | {all}"),
            format!("Natural Sciences > Physics | discipline | {all}"),
            format!("Natural Sciences > Physics > Optics | subject | {all}"),
        ]
    );
    let title = |row: usize| syllabus.sessions[row].title.raw().to_owned();
    let place = "Natural Sciences > Physics > Optics";
    assert_eq!(
        rows(&bench.snapshot, "sessions"),
        [
            format!("{place} | s03 {} | 2 | 0 | 0 % | 0 % | 66 % | 0 | 1 | 1 | 0", title(2)),
            format!("{place} | s02 {} | 1 | 0 | 0 % | 0 % | 79 % | 1 | 0 | 0 | 0", title(1)),
        ]
    );
}

#[test]
fn what_comes_again_after_a_rejection_is_counted_by_model() {
    let mut bench = Bench::empty();
    fields(&mut bench, &["Fluid Mechanics", "Optics"]);
    reject(&mut bench, "bo", "Fluid Mechanics", Reason::Vague);
    fields(&mut bench, &["Fluid mechanics", "Mechanics of fluids"]);
    assert_eq!(rows(&bench.snapshot, "reproposals"), ["provost-demo | - | 4 | 2 | 50 % | 0 | 0 %"]);
}

#[test]
fn values_are_shown_for_people_and_rounded_for_programs() {
    let text = Cell::Text("a\u{202e}b\nc".into());
    let row = vec![text.clone(), Cell::Count(3), Cell::Share(2.0 / 3.0), Cell::Score(-1.0 / 3.0), Cell::None];
    let shown: Vec<_> = row.iter().map(Cell::show).collect();
    assert_eq!(shown, ["a⟨U+202E⟩b c", "3", "67 %", "-0.33", "-"]);
    assert_eq!(row.iter().map(Cell::is_number).collect::<Vec<_>>(), [false, true, true, true, true]);
    let columns = vec!["name", "How many", "share", "AC1", "on rejects"];
    let section = Section { key: "k", title: "T", columns, rows: vec![row], remark: None };
    assert_eq!(
        section.json(),
        json!([{ "name": "a⟨U+202E⟩b c", "how_many": 3, "share": 0.6667, "ac1": -0.3333, "on_rejects": null }])
    );
}

#[test]
fn every_section_has_a_key_of_its_own() {
    let mut bench = Bench::empty();
    bench.add(None, Kind::Field, Facts::named("Arts"));
    let keys: Vec<_> = sections(&bench.snapshot).iter().map(|section| section.key).collect();
    assert_eq!(
        keys,
        [
            "curators",
            "models",
            "prompts",
            "levels",
            "reasons",
            "agreement",
            "pairs",
            "planted",
            "reproposals",
            "quality",
            "sessions"
        ]
    );
    assert!(sections(&bench.snapshot).iter().all(|section| section.rows.is_empty()));
}
