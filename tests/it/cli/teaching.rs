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
    assert!(unknown.err.contains("It has: level, theme."), "{}", unknown.err);

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
