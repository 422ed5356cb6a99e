//! Commands that ask a model: the demo model over HTTP, in good days and bad.

use provost::demo::{DemoServer, Options};

use super::{Place, Said};

fn server(faults: &str) -> DemoServer {
    DemoServer::start(Options { faults: faults.parse().unwrap(), ..Options::default() }).unwrap()
}

fn ask(place: &Place, server: &DemoServer, arguments: &[&str]) -> Said {
    let url = server.base_url();
    place.on(&[&["propose"], arguments, &["--base-url", &url, "--model", "provost-demo"]].concat())
}

#[test]
fn children_and_syllabi_are_proposed_and_stay_pending() {
    let place = Place::with_sample();
    let server = server("");
    let before = place.proposals(&["--under", "physics"]).len();
    let said = ask(&place, &server, &["natural-sciences/physics", "--runs", "3", "--json"]).succeeds();
    let sum = &said.lines()[0];
    assert_eq!((&sum["runs"], &sum["failed"]), (&3.into(), &0.into()));
    let added = sum["added"].as_array().unwrap().len();
    assert!(added > 0);
    assert_eq!(place.proposals(&["--under", "physics"]).len(), before + added);
    assert_eq!(server.ledger().snapshot().requests, 3);

    let said = ask(&place, &server, &["natural-sciences/physics", "--what", "syllabus"]).succeeds();
    assert!(said.out.contains("new proposal"), "{}", said.out);
    let again = ask(&place, &server, &["natural-sciences/physics", "--what", "syllabus"]).succeeds();
    assert!(again.err.contains("Every subject there has a syllabus"), "{}", again.err);
    let syllabus = place.proposals(&["--kind", "syllabus", "--under", "physics"])[0]["id"].as_str().unwrap().to_owned();
    place.on(&["decide", &syllabus, "--accept"]).succeeds();
}

#[test]
fn a_bad_element_is_reported_and_the_good_ones_are_kept() {
    let place = Place::with_sample();
    let server = server("baditem@propose");
    let said = ask(&place, &server, &["natural-sciences/physics", "--runs", "1", "--json"]).succeeds();
    let sum = &said.lines()[0];
    assert_eq!(sum["bad"].as_array().unwrap().len(), 1);
    assert!(!sum["added"].as_array().unwrap().is_empty());
    assert!(said.err.contains("warning: Physics: left out element"), "{}", said.err);
}

#[test]
fn what_an_endpoint_does_wrong_decides_the_exit_code() {
    let place = Place::with_sample();
    let before = place.proposals(&["--state", "all"]).len();
    for (faults, code, words) in [
        ("html", 1, "failed"),
        ("refusal", 1, "refused"),
        ("empty", 1, "empty"),
        ("quota", 11, "quota_ended"),
        ("401", 42, "config_error"),
        ("404", 42, "config_error"),
    ] {
        let server = server(faults);
        let said = ask(&place, &server, &["/", "--runs", "1"]).ends(code).hides_nothing();
        assert!(said.err.contains(words), "{faults}: {}", said.err);
    }
    assert_eq!(place.proposals(&["--state", "all"]).len(), before);
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for() {
    let place = Place::with_sample();
    let server = server("429,first=1,retry-after=1");
    let said = ask(&place, &server, &["/", "--runs", "1"]).succeeds();
    assert!(said.out.contains("from 1 run"), "{}", said.out);
    assert_eq!(server.ledger().snapshot().requests, 2);
}

#[test]
fn without_a_model_the_way_out_is_named() {
    let place = Place::with_sample();
    let said = place.on(&["propose", "/"]).ends(42);
    assert!(said.err.contains("OPENAI_BASE_URL") && said.err.contains("provost doctor"), "{}", said.err);
    place.on(&["propose", "physics/optics", "--what", "children"]).refuses("Nothing hangs under a subject");
    place.on(&["propose", "physics", "--kind", "field"]).refuses("No field hangs under a discipline");
}

#[test]
#[cfg(unix)]
fn interrupted_it_keeps_what_came_back_and_says_so() {
    let place = Place::with_sample();
    let server = server("hang");
    let url = server.base_url();
    let arguments = ["-C", "t", "propose", "/", "--runs", "1", "--base-url", &url, "--model", "provost-demo"];
    let child = place.command(&arguments).stderr(std::process::Stdio::piped()).spawn().unwrap();
    while server.ledger().snapshot().requests == 0 {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let said = Said::of(child.wait_with_output().unwrap()).ends(10);
    assert!(said.err.contains("Interrupted"), "{}", said.err);
}

#[test]
#[cfg(unix)]
fn the_demo_server_prints_its_address_and_ends_by_a_signal() {
    use std::io::BufRead as _;
    let place = Place::with_sample();
    let mut child = place
        .command(&["serve-demo", "--seed", "7"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let url = url.trim();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/v1"), "{url}");
    let said = place.on(&["propose", "/", "--runs", "1", "--base-url", url, "--model", "provost-demo"]).succeeds();
    assert!(said.out.contains("from 1 run"), "{}", said.out);
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    place.run(&["serve-demo", "--faults", "nonsense"]).ends(2);
}

#[test]
fn a_server_that_does_not_answer_as_one_costs_nothing_and_the_way_out_is_named() {
    let place = Place::with_sample();
    let before = place.proposals(&["--state", "all"]).len();
    for (faults, words) in [("html", "HTML page"), ("cut", "cut or damaged"), ("hang", "sent nothing"), ("refusal", "")]
    {
        let server = server(faults);
        let profile = format!(
            "default_profile: slow\nprofiles:\n  slow:\n    base_url: {}\n    model: provost-demo\n    \
             timeouts: {{first_byte_seconds: 0.2}}\n",
            server.base_url()
        );
        place.write("slow.yaml", profile);
        let said = place.run(&["--config", "slow.yaml", "-C", "t", "propose", "/", "--runs", "1", "--json"]).ends(1);
        let said = said.hides_nothing();
        assert!(said.err.contains(words), "{faults}: {}", said.err);
        assert!(said.err.contains("hint: nothing that came back is lost"), "{faults}: {}", said.err);
        assert_eq!(said.lines()[0]["failed"], 1, "{faults}");
        assert_eq!(said.err.contains("doctor --online"), faults != "refusal", "{faults}: {}", said.err);
    }
    assert_eq!(place.proposals(&["--state", "all"]).len(), before);
}

#[test]
fn a_config_file_that_cannot_be_read_is_said_with_the_way_out() {
    let said = Place::with_sample().on(&["--config", "none.yaml", "config", "print"]).ends(42).hides_nothing();
    assert!(said.err.contains("none.yaml cannot be read") && said.err.contains("hint: "), "{}", said.err);
}

#[test]
fn a_server_that_does_not_answer_is_named_and_the_plan_made_without_it() {
    let place = Place::with_sample();
    let nobody = ["--base-url", "http://127.0.0.1:9/v1"];
    let said = place.on(&[&["propose", "natural-sciences/physics"][..], &nobody].concat());
    assert!(said.code != 0 && said.err.contains("No connection to http://127.0.0.1:9"), "{}", said.err);
    let said = place.on(&[&["plan", "--per-subject", "2", "--json"][..], &nobody].concat()).succeeds();
    let plan = &said.lines()[0];
    assert!(plan["items"].as_u64().unwrap() > 0 && plan["valid"].is_null() && plan["to_ask"].is_null(), "{plan}");
    assert!(said.err.contains("No connection to http://127.0.0.1:9"), "{}", said.err);
}

#[test]
fn a_plan_asks_no_server_elsewhere_for_its_models() {
    let place = Place::with_sample();
    // An address for examples: whoever asks it waits.
    let said = place.on(&["plan", "--per-subject", "2", "--base-url", "http://203.0.113.1/v1"]).succeeds();
    assert!(said.err.contains("its server has not been asked which it has"), "{}", said.err);
}

#[test]
fn without_a_model_nothing_is_called_new() {
    let (place, server) = (Place::with_sample(), server(""));
    let url = server.base_url();
    let with = ["--base-url", &url, "--model", "provost-demo"];
    place.on(&[&["generate", "--per-subject", "2"][..], &with].concat()).succeeds();
    let plan = ["plan", "--per-subject", "2"];
    let said = place.on(&plan).succeeds();
    assert!(said.out.contains("which of them are valid for this plan is not known without a model"), "{}", said.out);
    assert!(!said.out.contains("to ask for"), "{}", said.out);
    let items = place.on(&[&plan[..], &["--items"]].concat()).succeeds();
    assert!(items.out.lines().all(|line| line.starts_with("planned ")), "{}", items.out);
    let sum = |words: &[&str]| {
        let said = place.on(&[&plan[..], &["--balance", "--json"], words].concat()).succeeds();
        said.lines()[0]["balance"][0]["planned"].as_u64().unwrap()
            + said.lines()[0]["balance"][0]["besides"].as_u64().unwrap()
    };
    assert_eq!(sum(&[]), sum(&with), "no item is counted twice");
}
