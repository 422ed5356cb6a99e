//! `stats --homework` and `report`: what the homework covers, for people and for programs.

use provost::demo::{DemoServer, Options};

use super::Place;

/// The sample taxonomy with sixty items, some of which fail.
fn with_homework() -> Place {
    let place = Place::with_sample();
    let faults = "refusal@answer:0.1".parse().unwrap();
    let server = DemoServer::start(Options { faults, ..Options::default() }).unwrap();
    let url = server.base_url();
    let model = ["--base-url", url.as_str(), "--model", "provost-demo"];
    place.run(&[&["-C", "t", "generate", "--count", "60", "--progress", "none"], &model[..]].concat()).ends(1);
    place
}

#[test]
fn charts_keep_to_eighty_columns_and_json_holds_the_same() {
    let place = with_homework();
    let shown = place.on(&["stats", "--homework"]).succeeds().hides_nothing();
    for title in
        ["What becomes of the items", "Coverage by branch", "Length of answers", "Tokens", "Models and prompts"]
    {
        assert!(shown.out.contains(title), "{title}: {}", shown.out);
    }
    assert!(shown.out.contains('█'));
    let wide: Vec<&str> = shown.out.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:?}");
    let plain = place.on(&["stats", "--homework", "--ascii"]).succeeds();
    assert!(plain.out.is_ascii(), "{}", plain.out);
    let json: serde_json::Value =
        serde_json::from_str(&place.on(&["stats", "--homework", "--json"]).succeeds().out).unwrap();
    let kept = json["standings"]["kept"].as_u64().unwrap();
    assert_eq!(json["coverage"]["all"]["kept"].as_u64(), Some(kept));
    assert!(kept > 0 && json["items"].as_u64() >= Some(kept));
}

#[test]
fn the_short_form_tells_that_there_is_homework() {
    let place = with_homework();
    let said = place.on(&["stats"]).succeeds();
    assert!(said.out.contains("Homework\nkept") && said.out.contains("stats --homework"), "{}", said.out);
    let none = Place::with_sample();
    assert!(!none.on(&["stats"]).succeeds().out.contains("stats --homework"));
    assert!(none.on(&["stats", "--homework"]).succeeds().out.contains("Nothing was generated yet."));
    none.on(&["stats", "--homework", "--run", "nosuch"]).refuses("There is no run nosuch");
}

#[test]
fn a_report_is_one_file_that_needs_nothing_else() {
    let place = with_homework();
    let said = place.on(&["report", "-o", "report.html"]).succeeds();
    assert!(said.out.contains("are in the training set; the report is in report.html"), "{}", said.out);
    let page = place.read("report.html");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(page.contains("default-src 'none'") && !page.contains("<script") && !page.contains("http://"));
    assert!(page.contains("<svg class=\"map\"") && page.contains("id=\"items\""));
    assert!(page.contains("provost generate --count 60 --seed "));
    place.on(&["report", "-o", "nowhere/report.html"]).refuses("there is no folder nowhere");
    place.on(&["report", "-o", "r.html", "--run", "nosuch"]).refuses("There is no run nosuch");
    assert!(!place.path("r.html").exists());
}
