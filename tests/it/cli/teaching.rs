//! What decisions teach: prompts before they are sent, several runs, strata.

use provost::demo::{DemoServer, Options, Step};

use super::{Place, Said};

fn server() -> DemoServer {
    DemoServer::start(Options::default()).unwrap()
}

fn ask(place: &Place, server: &DemoServer, arguments: &[&str]) -> Said {
    let url = server.base_url();
    place.on(&[&["propose"], arguments, &["--base-url", &url, "--model", "provost-demo"]].concat())
}

/// The newest batch as text.
fn newest_batch(place: &Place) -> String {
    let mut files: Vec<_> = std::fs::read_dir(place.path("t/proposals"))
        .unwrap()
        .flatten()
        .flat_map(|month| std::fs::read_dir(month.path()).unwrap().flatten().map(|file| file.path()))
        .collect();
    files.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    std::fs::read_to_string(files.last().unwrap()).unwrap()
}

#[test]
fn a_dry_run_prints_the_prompt_that_is_sent_and_asks_nobody() {
    let place = Place::with_sample();
    let vague = place.proposal("Miscellaneous Topics in Biology");
    place.on(&["decide", &vague, "--reject", "vague"]).succeeds();
    let dry = place.on(&["propose", "life-sciences", "--kind", "discipline", "--dry-run", "--runs", "1"]);
    assert!(dry.succeeds().out.starts_with("[system]\nYou are an expert"));
    let dry = place.on(&["propose", "biology", "--dry-run", "--runs", "1"]).succeeds().hides_nothing();
    assert!(dry.out.contains("rejected:\n- Miscellaneous Topics in Biology | vague\n"), "{}", dry.out);
    assert!(dry.err.contains("Biology: 1 run; told ") && dry.err.contains(" tokens."), "{}", dry.err);

    let server = server();
    ask(&place, &server, &["biology", "--runs", "1"]).succeeds();
    let sent = newest_batch(&place);
    let sent: Vec<&str> = sent.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for line in dry.out.lines().map(str::trim).filter(|line| !line.is_empty()) {
        assert!(sent.contains(&line), "{line:?} was not sent");
    }

    let trimmed = place.on(&["propose", "biology", "--dry-run", "--without", "rejections,siblings", "--json"]);
    let line = &trimmed.succeeds().lines()[0];
    assert_eq!((&line["told"]["siblings"], &line["told"]["rejections"]), (&0.into(), &0.into()));
    assert!(!line["messages"][1]["content"].as_str().unwrap().contains("Miscellaneous"));
    place.on(&["propose", "biology", "--dry-run", "--without", "reasons"]).ends(2);
    assert_eq!(server.ledger().requests(Step::Propose), 1);
}

#[test]
fn by_strata_each_entry_of_the_prompt_file_is_asked_for_on_its_own() {
    let place = Place::with_sample();
    let server = server();
    let said = ask(&place, &server, &["natural-sciences/physics", "--by", "level", "--json"]).succeeds();
    assert_eq!(said.lines()[0]["runs"], 4, "{}", said.out);
    assert_eq!(server.ledger().requests(Step::Propose), 4);
    let unknown = ask(&place, &server, &["natural-sciences/physics", "--by", "colour"]).ends(2);
    assert!(unknown.err.contains("It has: level, sector, theme."), "{}", unknown.err);

    std::fs::create_dir_all(place.path("t/prompts")).unwrap();
    let own =
        "---\nstrata:\n  colour: [red things, green things]\n---\nList {{ kind }}s about {{ stratum }}.\n{{ data }}";
    std::fs::write(place.path("t/prompts/propose.md"), own).unwrap();
    let dry = place.on(&["propose", "physics", "--by", "colour", "--dry-run", "--runs", "2"]).succeeds();
    assert!(dry.out.contains("List subjects about red things."), "{}", dry.out);
    assert!(dry.err.contains("Physics, green things: 2 runs;"), "{}", dry.err);
    std::fs::write(place.path("t/prompts/propose.md"), own.replace("[red", "[[red")).unwrap();
    let broken = place.on(&["propose", "physics", "--dry-run"]).ends(42);
    assert!(broken.err.contains("front matter of the prompt 'propose'"), "{}", broken.err);
}

#[test]
fn ten_runs_become_one_list_in_which_nothing_stands_twice() {
    let place = Place::with_sample();
    let server = server();
    ask(&place, &server, &["physics", "--runs", "10"]).succeeds();
    assert_eq!(server.ledger().requests(Step::Propose), 10);
    let runs: Vec<_> = place
        .proposals(&["--under", "physics", "--kind", "subject"])
        .into_iter()
        .filter(|line| line["asked"].as_u64() > Some(1))
        .collect();
    assert!(runs.len() >= 3, "{runs:?}");
    for line in &runs {
        assert_eq!(line["asked"], 10, "{line}");
        assert!((1..=10).contains(&line["seen"].as_u64().unwrap()), "{line}");
    }
    assert!(runs.iter().any(|line| line["seen"].as_u64() > Some(1)));
    assert!(runs.iter().any(|line| !line["also_as"].is_null()), "the demo model rewords: {runs:?}");
    let mut senses: Vec<String> =
        runs.iter().map(|line| provost::taxonomy::wordings::words(line["name"].as_str().unwrap())).collect();
    senses.sort();
    let all = senses.len();
    senses.dedup();
    assert_eq!(senses.len(), all, "{senses:?}");
    let repeated = place.proposals(&["--under", "physics", "--state", "repeated"]);
    assert!(!repeated.is_empty() && repeated.iter().all(|line| !line["same_as"].is_null()), "{repeated:?}");
    let table = place.on(&["proposals", "--under", "physics"]).succeeds();
    assert!(table.out.contains(" of 10"), "{}", table.out);
    let shown = place.on(&["show", runs[0]["id"].as_str().unwrap()]).succeeds();
    assert!(shown.out.contains("seen: in "), "{}", shown.out);
}

#[test]
fn what_was_rejected_does_not_come_back_reworded_and_the_command_says_so() {
    let place = Place::with_sample();
    let server = server();
    ask(&place, &server, &["biology", "--runs", "10"]).succeeds();
    for line in place.proposals(&["--under", "biology", "--kind", "subject"]) {
        place.on(&["decide", line["id"].as_str().unwrap(), "--reject", "out_of_scope"]).succeeds();
    }
    let arguments = ["biology", "--runs", "4", "--without", "siblings,rejections", "--json"];
    let said = ask(&place, &server, &arguments).succeeds();
    let sum = &said.lines()[0];
    assert!(sum["suppressed"].as_u64() > Some(3), "{sum}");
    assert!(said.err.contains(" suppressed: rejected before"), "{}", said.err);
    assert!(sum["added"].as_array().unwrap().is_empty(), "{sum}");
}
