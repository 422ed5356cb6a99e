//! Bad directories, files and names: a clear message, nothing lost, nothing half done.

use super::Place;

#[test]
fn a_folder_that_is_no_taxonomy_directory() {
    let place = Place::new();
    let said = place.run(&["tree"]).refuses("not in a taxonomy directory");
    assert!(said.err.contains("provost init"), "{}", said.err);
    place.run(&["-C", "home", "tree"]).refuses("home is not a taxonomy directory");
    place.run(&["-C", "missing", "tree"]).refuses("missing is not a taxonomy directory");
    place.run(&["init", "t"]).succeeds();
    place.run(&["init", "t"]).refuses("is a taxonomy directory already");
}

const SUBJECT: &str = "tree/natural-sciences/physics/optics.yaml";

/// The sample with its Optics spoilt: the file is reported with its line, everything else is
/// there, and no command but the curator's own hand changes the file.
#[track_caller]
fn spoilt(text: &str, line: &str, words: &str) {
    let place = Place::with_sample();
    place.write(&format!("t/{SUBJECT}"), text);
    let said = place.on(&["check"]).ends(1).hides_nothing();
    let report = said.out.lines().find(|found| found.starts_with(SUBJECT)).unwrap_or_else(|| panic!("{}", said.out));
    assert!(report.starts_with(&format!("{SUBJECT}:{line}: problem: ")), "{report}");
    assert!(report.contains(words), "{report}");
    let tree = place.on(&["tree"]).succeeds();
    assert!(tree.out.contains("Thermodynamics") && tree.err.contains("warning: 1 problem"), "{}", tree.err);
    place.on(&["add", "natural-sciences/physics", "Plasma Physics"]).succeeds();
    place.on(&["fmt"]).succeeds();
    assert_eq!(place.read(&format!("t/{SUBJECT}")), text, "the file is left for a person");
}

#[test]
fn yaml_cut_in_half() {
    let place = Place::with_sample();
    let whole = place.read(&format!("t/{SUBJECT}"));
    let half = &whole[..whole.find("title: ").unwrap() + 4];
    let line = half.lines().count();
    spoilt(half, &line.to_string(), "");
}

#[test]
fn yaml_with_a_tab() {
    spoilt("id: sub_7h2kq0m9xa\nkind: subject\nname: Optics\nsubtopics:\n\t- Lenses\n", "5", "tab");
}

#[test]
fn yaml_with_an_alias_bomb() {
    let bomb = "id: sub_7h2kq0m9xa\nkind: subject\nname: Optics\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
    spoilt(bomb, "4", "Anchors and aliases");
}

#[test]
fn yaml_with_a_key_twice() {
    spoilt("id: sub_7h2kq0m9xa\nkind: subject\nname: Optics\nname: Acoustics\n", "4", "name");
}

#[test]
fn a_manifest_that_cannot_be_used_names_its_line() {
    let place = Place::with_taxonomy();
    place.write("t/provost.yaml", "title: T\nlangauge: English\n");
    place.on(&["tree"]).refuses("provost.yaml:2");
}

#[test]
fn a_torn_log_is_said_and_everything_before_it_counts() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "One"]).succeeds();
    let folder = place.path("t/decisions/ana");
    let log = std::fs::read_dir(&folder).unwrap().flatten().next().unwrap().path();
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, format!("{whole}{}", &whole[..40])).unwrap();
    let said = place.on(&["add", "/", "Two"]).succeeds();
    assert!(said.err.contains("The last line was incomplete; its 40 bytes are kept in"), "{}", said.err);
    assert_eq!(place.on(&["log", "--json"]).succeeds().lines().len(), 2);
}

#[test]
fn odd_names_stay_inside_the_directory_and_come_back_whole() {
    let place = Place::with_taxonomy();
    let long = "x".repeat(300);
    let names = [
        "../../x",
        "CON",
        &long,
        "البصريات",
        "\u{1b}]0;pwned\u{7}\u{1b}[2J",
        "a/b\\c",
        ".hidden",
        "-rf",
        "\u{202e}txt",
    ];
    for name in names {
        place.on(&["add", "/", "--", name]).succeeds().hides_nothing();
    }
    let lines = place.on(&["tree", "--json"]).succeeds().lines();
    let mut found: Vec<&str> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
    let mut wanted = names.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    place.on(&["tree"]).succeeds().hides_nothing();
    place.on(&["log"]).succeeds().hides_nothing();
    let check = place.on(&["check"]).ends(1).hides_nothing();
    assert!(check.out.contains("[long-name]") && check.out.contains("[hidden-text]"), "{}", check.out);
    for entry in std::fs::read_dir(place.path("t/tree")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let stem = name.strip_suffix(".yaml").unwrap();
        assert!(stem.len() <= 72 && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{name}");
        assert_ne!(stem, "con");
    }
    let outside: Vec<_> = std::fs::read_dir(place.path("")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(outside.len(), 2, "{outside:?}");
    for line in lines {
        place.on(&["show", line["id"].as_str().unwrap()]).succeeds().hides_nothing();
    }
}

#[test]
fn names_that_match_nothing_or_too_much_say_so() {
    let place = Place::with_sample();
    place.on(&["show", "nonsense\u{1b}[2J"]).refuses("There is no accepted node");
    place.on(&["show", "prp_0000000000"]).refuses("There is no proposal");
    place.on(&["tree", "sub_7h2kq0m9xa"]).refuses("There is no accepted node");
    place.on(&["add", "/", ""]).refuses("needs a name");
    place.on(&["undo", "evt_nonsense"]).ends(2);
    place.on(&["add", "/", "Natural sciences"]).refuses("is there already, as natural-sciences");
    place.on(&["add", "natural-sciences", "Optics", "--kind", "subject"]).ends(2);
}

#[test]
fn a_file_changed_by_other_hands_is_not_overwritten() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "One"]).succeeds();
    let options = provost::store::OpenOptions { curator: "ana".into(), read_only: false };
    let mut store = provost::store::Store::open(&place.path("t"), options).unwrap();
    let node = store.snapshot().tree.entries().next().unwrap().node.clone();
    let changed = place.read("t/tree/one.yaml").replace("One", "Uno");
    place.write("t/tree/one.yaml", &changed);
    let mut after = (*node).clone();
    after.notes = Some("mine".into());
    let error = store.submit(provost::taxonomy::Op::Edit(Box::new(after))).unwrap_err();
    let told = provost::error::AppError::from(error);
    assert_eq!(told.kind.exit_code(), 1);
    assert!(told.text().contains("changed on disk outside provost"), "{}", told.text());
    assert_eq!(place.read("t/tree/one.yaml"), changed);
}

#[test]
fn a_name_without_end_is_refused_with_what_to_do() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", &"é".repeat(1_000)]).succeeds();
    let said = place.on(&["add", "/", &"x".repeat(1_001)]).refuses("1001 characters; 1000 is the most");
    assert!(said.err.contains("keep the rest as its scope"), "{}", said.err);
}
