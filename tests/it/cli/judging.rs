//! Finished homework looked at by people: lists, the sample, verdicts, what follows from them.

use provost::demo::{DemoServer, Options};
use serde_json::{Value, json};

use super::{Place, Said};

/// The sample taxonomy with sixty items.
fn generated() -> Place {
    let place = Place::with_sample();
    let server = DemoServer::start(Options::default()).unwrap();
    let url = server.base_url();
    let model = ["--base-url", url.as_str(), "--model", "provost-demo"];
    place.run(&[&["-C", "t", "generate", "--count", "60", "--progress", "none"], &model[..]].concat()).succeeds();
    place
}

fn sample(place: &Place, by: &str, arguments: &[&str]) -> Vec<Value> {
    place.on(&[&["--as", by, "sample", "--json"], arguments].concat()).succeeds().lines()
}

fn ids(lines: &[Value]) -> Vec<String> {
    lines.iter().map(|line| line["item"].as_str().unwrap().to_owned()).collect()
}

fn judge(place: &Place, by: &str, item: &str, how: &[&str]) -> Said {
    place.on(&[&["--as", by, "verdict", item], how].concat())
}

fn exported(place: &Place) -> String {
    place.on(&["export", "--format", "messages", "-o", "out.jsonl"]).succeeds();
    place.read("out.jsonl")
}

#[test]
fn a_sample_is_judged_and_what_is_bad_stays_out_of_the_export() {
    let place = generated();
    let first = sample(&place, "ana", &["--count", "12", "--seed", "7"]);
    assert_eq!(first.len(), 12);
    assert!(first.iter().all(|line| line["judged"] == false && !line["question"].as_str().unwrap().is_empty()));
    let strata: std::collections::BTreeSet<_> = first.iter().map(|line| line["stratum"].to_string()).collect();
    assert!(strata.len() > 1, "every discipline that has items: {strata:?}");
    let ids = ids(&first);
    let whole = exported(&place);
    assert!(whole.contains(&ids[0]));

    let said = judge(&place, "ana", &ids[0][..12], &["--wrong", "--note", "the units are off"]).succeeds();
    assert!(
        said.out.starts_with("judged an item of \"") && said.out.contains("wrong: the units are off"),
        "{}",
        said.out
    );
    judge(&place, "ana", &ids[1], &["--good"]).succeeds();
    assert!(!exported(&place).contains(&ids[0]), "it is refused");
    assert_eq!(exported(&place).lines().count() + 1, whole.lines().count());

    let again = sample(&place, "ana", &["--count", "12", "--seed", "7"]);
    assert_eq!(self::ids(&again), ids, "a verdict changes nothing about who is asked about");
    assert_eq!(
        (&again[0]["verdict"], &again[1]["verdict"], &again[2]["verdict"]),
        (&json!("wrong"), &json!("good"), &Value::Null)
    );
    assert!(
        place.on(&["sample", "--count", "12", "--seed", "7"]).succeeds().err.contains("2 of 12 items judged by ana")
    );

    place.on(&["undo"]).succeeds();
    place.on(&["undo"]).succeeds();
    assert_eq!(exported(&place), whole);
    place.on(&["redo"]).succeeds();
    place.on(&["redo"]).succeeds();
    assert!(!exported(&place).contains(&ids[0]));
}

#[test]
fn items_are_listed_by_branch_standing_word_and_verdict() {
    let place = generated();
    let list = |arguments: &[&str]| place.on(&[&["items", "--json"], arguments].concat()).succeeds().lines();
    let all = list(&[]);
    assert_eq!(all.len(), 60);
    assert!(all.iter().all(|line| line["standing"] == "kept" && line["verdict"].is_null()));
    let help = place.run(&["items", "--help"]).succeeds().out;
    for key in all[0].as_object().unwrap().keys() {
        assert!(help.contains(key.as_str()), "items --json prints {key}, which its help does not name");
    }
    let physics = list(&["natural-sciences/physics"]);
    assert!(!physics.is_empty() && physics.len() < all.len());
    assert!(physics.iter().all(|line| line["names"].to_string().contains("Physics")));
    let word = all[0]["question"].as_str().unwrap().split_whitespace().max_by_key(|word| word.len()).unwrap();
    let found = list(&["--search", &word.to_uppercase()]);
    assert!(found.iter().any(|line| line["item"] == all[0]["item"]) && found.len() <= all.len());
    assert_eq!(list(&["--search", "xyzzy plugh"]), [] as [Value; 0]);
    assert_eq!(list(&["--standing", "unfit,failed"]), [] as [Value; 0]);
    assert_eq!(list(&["--limit", "5"]).len(), 5);
    let by_strategy = list(&["--strategy", "1"]).len() + list(&["--strategy", "2"]).len();
    assert_eq!(by_strategy, 60);

    let id = all[3]["item"].as_str().unwrap();
    judge(&place, "ana", id, &["--not-self-contained"]).succeeds();
    assert_eq!(ids(&list(&["--verdict", "not-self-contained"])), [id]);
    assert_eq!(ids(&list(&["--standing", "refused"])), [id]);
    assert_eq!(list(&["--verdict", "none"]).len(), 59);
    let text = place.on(&["items", "--verdict", "not-self-contained"]).succeeds();
    assert!(text.out.contains("refused") && text.out.contains("not self-contained"), "{}", text.out);
    assert!(text.err.contains("1 item of 60"), "{}", text.err);
}

#[test]
fn an_item_is_shown_whole_with_what_made_it() {
    let place = generated();
    let line = place.on(&["items", "--json", "--limit", "1"]).succeeds().lines().remove(0);
    let id = line["item"].as_str().unwrap();
    judge(&place, "ana", id, &["--unclear", "--note", "which of the two?"]).succeeds();
    let shown = place.on(&["show", &id[..10]]).succeeds();
    for part in
        [id, "strategy", "provost-demo", "session", "concept", "tokens", "unclear by ana: which of the two?", "Answer"]
    {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    assert!(shown.out.contains(line["question"].as_str().unwrap().lines().next().unwrap()));
    let json = place.on(&["show", id, "--json"]).succeeds().lines().remove(0);
    assert_eq!((&json["item"], &json["standing"]), (&line["item"], &json!("refused")));
    assert_eq!(json["verdicts"], json!(["unclear by ana: which of the two?"]));
}

#[test]
fn what_others_said_is_told_after_ones_own_verdict() {
    let place = generated();
    let id = ids(&sample(&place, "ana", &["--count", "1"])).remove(0);
    judge(&place, "bo", &id, &["--wrong", "--note", "off by one"]).succeeds();
    let seen = |by: &str| {
        let show = place.on(&["--as", by, "show", &id]).succeeds().out;
        let log = place.on(&["--as", by, "log"]).succeeds().out;
        let json = place.on(&["--as", by, "log", "--json"]).succeeds().out;
        let list = place.on(&["--as", by, "items", "--standing", "refused"]).succeeds().out;
        (show, log, json, list)
    };
    let (show, log, json, list) = seen("ana");
    assert!(show.contains("shown after yours") && !show.contains("off by one") && !show.contains("refused"), "{show}");
    assert!(log.contains("judged an item of") && !log.contains("off by one"), "{log}");
    assert!(!json.contains("off by one") && list.is_empty(), "{json}");
    judge(&place, "ana", &id, &["--good"]).succeeds();
    let (show, log, ..) = seen("ana");
    assert!(show.contains("wrong by bo: off by one") && show.contains("good by ana"), "{show}");
    assert!(log.contains("off by one"), "{log}");
}

#[test]
fn figures_lead_back_to_the_branch_and_the_session() {
    let place = generated();
    let optics = place.on(&["items", "optics", "--json"]).succeeds().lines();
    let session = optics[0]["sessions"][0].as_str().unwrap().to_owned();
    for line in optics.iter() {
        let at_fault = line["sessions"].as_array().unwrap().iter().any(|of| of == session.as_str());
        let how = if at_fault { "--wrong" } else { "--good" };
        judge(&place, "ana", line["item"].as_str().unwrap(), &[how]).succeeds();
    }
    let stats = place.on(&["stats", "--json"]).succeeds().lines().remove(0);
    let quality = stats["quality"].as_array().unwrap();
    assert_eq!((&quality[0]["branch"], &quality[0]["judged"]), (&json!("everything"), &json!(optics.len())));
    let subject = quality.iter().find(|row| row["level"] == "subject").unwrap();
    assert!(subject["branch"].as_str().unwrap().ends_with("Physics > Optics"), "{subject}");
    let (from, share, to) = (&subject["from"], &subject["share"], &subject["to"]);
    assert!(from.as_f64() <= share.as_f64() && share.as_f64() <= to.as_f64(), "{subject}");
    assert!(stats["sessions"][0]["session"].as_str().unwrap().starts_with(&session), "{}", stats["sessions"]);
    assert!(place.on(&["stats"]).succeeds().out.contains("Judged homework by branch"));
    let checks = place.on(&["check"]);
    assert_eq!(
        checks.out.contains("bad-homework"),
        optics
            .iter()
            .take(8)
            .filter(|line| { line["sessions"].as_array().unwrap().iter().any(|of| of == session.as_str()) })
            .count()
            >= 2,
        "{}",
        checks.out
    );
}

#[test]
fn bad_input_judges_nothing() {
    let place = generated();
    let id = ids(&sample(&place, "ana", &["--count", "1"])).remove(0);
    judge(&place, "ana", "0123456789abcdef", &["--good"]).refuses("There is no item \"0123456789abcdef\"");
    judge(&place, "ana", "op\u{1b}tics", &["--good"]).refuses("There is no item");
    judge(&place, "ana", &id, &[]).ends(2);
    judge(&place, "ana", &id, &["--good", "--wrong"]).ends(2);
    judge(&place, "ana", &id, &["--good"]).succeeds();
    judge(&place, "ana", &id, &["--good"]).refuses("You called it good already");
    place.on(&["items", "--standing", "nonsense"]).ends(2);
    place.on(&["sample", "nowhere/at-all"]).refuses("nowhere");
    let none = Place::with_sample();
    assert!(none.on(&["items"]).succeeds().err.contains("0 items of 0"));
    judge(&none, "ana", &id, &["--good"]).refuses("There is no item");
}
