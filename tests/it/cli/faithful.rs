//! The paper from end to end: `init --recipe glan`, and what the model is asked in every step.

use std::collections::HashSet;

use provost::demo::{DemoServer, Heard, Options, Step};

use super::{Place, Said};

/// The request for JSON lines that the paper prints (GLAN section 2.2).
const SECOND_ROUND: &str = "Awesome! Transform the above to jsonl format so that it is easier for a computer to understand. \
    Put the jsonl output between \"```\" \"```\" tags\n\
    For each line, use the keys \"subject_name\", \"level\" and \"subtopics\"";

struct Bench {
    place: Place,
    server: DemoServer,
    seen: usize,
}

impl Bench {
    fn new(init: &[&str]) -> Self {
        let place = Place::new();
        place.run(&[&["init", "t"], init].concat()).succeeds();
        let server = DemoServer::start(Options { transcript: true, ..Options::default() }).unwrap();
        Self { place, server, seen: 0 }
    }

    /// Runs a command that asks the server; the models are those of provost.yaml.
    fn ask(&self, arguments: &[&str]) -> Said {
        self.place.on(&[arguments, &["--base-url", &self.server.base_url()]].concat())
    }

    /// What was asked since the last look.
    fn heard(&mut self) -> Vec<Heard> {
        let mut all = self.server.ledger().heard();
        let new = all.split_off(self.seen);
        self.seen += new.len();
        new
    }

    fn accept(&self, name: &str, curators: &[&str]) {
        let id = self.place.proposal(name);
        for curator in curators {
            self.place.on(&["--as", curator, "decide", &id, "--accept"]).succeeds();
        }
    }
}

fn at(heard: &[Heard], step: Step) -> Vec<&Heard> {
    heard.iter().filter(|one| one.step == step).collect()
}

/// Every request went to this model with this temperature and nucleus, without a schema.
#[track_caller]
fn sampled(heard: &[&Heard], model: &str, temperature: f64) {
    for one in heard {
        assert_eq!((one.model.as_str(), one.temperature), (model, Some(temperature)));
        assert!(!one.structured, "free text: {:?}", one.step);
    }
}

const ALL: [&str; 3] = ["ana", "ben", "cleo"];

#[test]
fn the_papers_settings_ask_what_the_paper_asked() {
    let mut bench = Bench::new(&["--recipe", "glan"]);

    // 2.1: several instructions for the taxonomy, people vote.
    bench.ask(&["propose", "/"]).succeeds();
    let heard = bench.heard();
    let (first, second) = (at(&heard, Step::Propose), at(&heard, Step::Structure));
    assert_eq!((first.len(), second.len()), (10, 10));
    let wordings: HashSet<&str> = first.iter().map(|one| one.last().lines().next().unwrap()).collect();
    assert_eq!(wordings.len(), 5, "{wordings:?}");
    assert!(wordings.iter().any(|text| text.starts_with("List all fields of human knowledge and capabilities.")));
    sampled(&first, "gpt-4", 1.0);
    let shown = bench.place.proposals(&["--kind", "field"]);
    let batches: Vec<String> = std::fs::read_dir(bench.place.path("t/proposals"))
        .unwrap()
        .flat_map(|month| std::fs::read_dir(month.unwrap().path()).unwrap())
        .map(|batch| std::fs::read_to_string(batch.unwrap().path()).unwrap())
        .collect();
    for name in ["list", "map", "catalogue", "careers", "overlooked"] {
        let named = batches.iter().filter(|text| text.contains(&format!("wording: taxonomy/{name}"))).count();
        assert_eq!(named, 2, "ten runs take five wordings in turn: {name}");
    }
    let field = shown[0]["name"].as_str().unwrap().to_owned();
    bench.accept(&field, &ALL[..2]);
    assert!(bench.place.proposals(&[]).iter().any(|one| one["name"] == *field), "two of three votes decide nothing");
    bench.accept(&field, &ALL[2..]);

    // A discipline by hand; its subjects: ten queries, two rounds, the paper's own words.
    let path = bench.place.on(&["tree", "--json"]).succeeds().lines()[0]["path"].as_str().unwrap().to_owned();
    bench.place.on(&["add", &path, "Physics", "--kind", "discipline"]).succeeds();
    let physics = format!("{path}/physics");
    bench.ask(&["propose", &physics]).succeeds();
    let heard = bench.heard();
    let (first, second) = (at(&heard, Step::Propose), at(&heard, Step::Structure));
    assert_eq!((first.len(), second.len()), (10, 10), "ten queries per discipline");
    sampled(&first, "gpt-4", 1.0);
    assert!(first.iter().all(|one| one.top_p == Some(0.95)));
    let prompts: HashSet<&str> = first.iter().map(|one| one.last()).collect();
    assert_eq!(prompts.len(), 1, "ten times the same question");
    for one in &second {
        assert_eq!(one.last(), SECOND_ROUND);
        let roles: Vec<&str> = one.messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["system", "user", "assistant", "user"], "the same exchange goes on");
    }

    // 2.3: one syllabus for each subject, two rounds.
    bench.accept("Optics", &ALL[..1]);
    bench.ask(&["propose", &physics, "--what", "syllabus"]).succeeds();
    let heard = bench.heard();
    let (first, second) = (at(&heard, Step::Syllabus), at(&heard, Step::Structure));
    assert_eq!((first.len(), second.len()), (1, 1));
    sampled(&first, "gpt-4", 1.0);
    let raw = second[0].messages.iter().find(|message| message.role == "assistant").unwrap().content.clone();
    assert!(raw.contains("Introduction: ") && raw.contains("Session 1: "), "free text: {raw}");
    let syllabus = bench.place.proposals(&["--kind", "syllabus"])[0]["id"].as_str().unwrap().to_owned();
    bench.place.on(&["decide", &syllabus, "--accept"]).succeeds();

    // 2.4: both strategies, the raw syllabus whole, the bare question to the other model.
    bench.ask(&["generate", "--per-subject", "40"]).succeeds();
    let heard = bench.heard();
    let (questions, answers) = (at(&heard, Step::Question), at(&heard, Step::Answer));
    assert_eq!((questions.len(), answers.len()), (40, 40));
    sampled(&questions, "gpt-4", 1.0);
    sampled(&answers, "gpt-3.5-turbo", 0.7);
    assert!(answers.iter().all(|one| one.top_p == Some(0.95)));
    assert!(questions.iter().all(|one| one.last().contains(raw.trim())), "the whole free text stands in every prompt");
    let two = questions.iter().filter(|one| one.last().contains("draws on these class sessions together")).count();
    assert_eq!(two, 20, "half and half");
    bench.place.on(&["export", "-o", "out.jsonl"]).succeeds();
    let rows: Vec<serde_json::Value> =
        bench.place.read("out.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let asked: HashSet<&str> = rows.iter().map(|row| row["messages"][0]["content"].as_str().unwrap()).collect();
    for one in &answers {
        assert_eq!(one.messages.len(), 1, "no persona, no syllabus");
        assert!(asked.contains(one.last()), "the bare question: {}", one.last());
    }
    assert_eq!(rows[0]["meta"]["models"]["question"], "gpt-4");
    assert_eq!(rows[0]["meta"]["served"]["question"], "provost-demo", "who answered is on record");
}

#[test]
fn after_an_edit_the_questions_are_told_what_is_accepted_and_items_are_new() {
    let mut bench = Bench::new(&["--recipe", "glan", "--model", "one", "--answer-model", "other"]);
    for (parent, kind, name) in [
        ("/", "field", "Natural Sciences"),
        ("natural-sciences", "discipline", "Physics"),
        ("natural-sciences/physics", "subject", "Optics"),
    ] {
        bench.place.on(&["add", parent, name, "--kind", kind]).succeeds();
    }
    bench.ask(&["propose", "natural-sciences/physics/optics"]).succeeds();
    let syllabus = bench.place.proposals(&["--kind", "syllabus"])[0]["id"].as_str().unwrap().to_owned();
    bench.place.on(&["decide", &syllabus, "--accept"]).succeeds();
    bench.ask(&["generate", "--per-subject", "4"]).succeeds();
    let heard = bench.heard();
    let questions = at(&heard, Step::Question);
    sampled(&questions, "one", 1.0);
    sampled(&at(&heard, Step::Answer), "other", 0.7);
    assert!(questions[0].last().contains("Key concepts: "), "the model's own layout");
    bench.ask(&["generate", "--per-subject", "4"]).succeeds();
    assert_eq!(bench.heard().len(), 0, "everything is there");

    // The outline in place of the free text: other prompts, so other items.
    let settings = bench.place.read("t/provost.yaml");
    bench.place.write("t/provost.yaml", settings.replace("syllabus_text: raw", "syllabus_text: outline"));
    bench.place.on(&["export", "-o", "out.jsonl"]).ends(1);
    bench.ask(&["generate", "--per-subject", "4"]).succeeds();
    let heard = bench.heard();
    assert_eq!(at(&heard, Step::Question).len(), 4);
    assert!(!at(&heard, Step::Question)[0].last().contains("Key concepts: "));
    bench.place.write("t/provost.yaml", &settings);
    bench.ask(&["generate", "--per-subject", "4"]).succeeds();
    assert_eq!(bench.heard().len(), 0, "back, and the first items are valid again");

    // An edit by hand: what is accepted is no longer what the model said.
    let file = bench.place.read("t/tree/natural-sciences/physics/optics.yaml");
    let title = file.lines().find_map(|line| line.trim().strip_prefix("title: ")).unwrap();
    bench.place.write("t/tree/natural-sciences/physics/optics.yaml", file.replace(title, "A new beginning"));
    bench.ask(&["generate", "--per-subject", "4"]).succeeds();
    let heard = bench.heard();
    let questions = at(&heard, Step::Question);
    assert_eq!(questions.len(), 4);
    assert!(questions.iter().all(|one| one.last().contains("Session 1: A new beginning")));
    assert!(questions.iter().all(|one| !one.last().contains("Key concepts: ")));
}

#[test]
fn a_model_can_be_named_for_every_command_and_the_default_recipe_asks_by_parts() {
    let mut bench = Bench::new(&["--recipe", "glan"]);
    bench.ask(&["propose", "/", "--runs", "2", "--model", "provost-demo"]).succeeds();
    assert!(bench.heard().iter().all(|one| one.model == "provost-demo"));
    let shown = bench.place.on(&["propose", "/", "--dry-run", "--json"]).succeeds().lines();
    assert_eq!(shown.len(), 5, "one prompt for each wording");
    assert!(shown.iter().all(|one| one["runs"] == 2 && one["wording"].as_str().unwrap().starts_with("taxonomy/")));

    let mut bench = Bench::new(&[]);
    bench.ask(&["propose", "/"]).succeeds();
    let heard = bench.heard();
    assert_eq!((heard.len(), at(&heard, Step::Propose).len()), (8, 8), "four parts, twice each, one round");
    assert!(heard.iter().all(|one| one.structured));
    let parts: HashSet<&str> =
        heard.iter().filter_map(|one| one.last().lines().find(|line| line.starts_with("stratum: "))).collect();
    assert_eq!(parts.len(), 4);
    let shown = bench.place.proposals(&["--kind", "field"]);
    assert!(
        shown.iter().any(|one| one["seen"].as_u64() == Some(2) || one["seen"]["n"].as_u64() == Some(2)),
        "{shown:?}"
    );
}

#[test]
fn types_and_languages_are_asked_for_checked_and_recorded() {
    let mut bench = Bench::new(&["--model", "provost-demo"]);
    for (parent, name) in [
        ("/", "Natural Sciences"),
        ("natural-sciences", "Physics"),
        ("natural-sciences/physics", "Optics"),
        ("natural-sciences/physics", "Acoustics"),
    ] {
        bench.place.on(&["add", parent, name]).succeeds();
    }
    bench.ask(&["propose", "/", "--what", "syllabus"]).succeeds();
    for syllabus in bench.place.proposals(&["--kind", "syllabus"]) {
        bench.place.on(&["decide", syllabus["id"].as_str().unwrap(), "--accept"]).succeeds();
    }
    bench.heard();
    bench.ask(&["generate", "--per-subject", "20"]).succeeds();
    let open = at(&bench.heard(), Step::Question).len();
    assert_eq!(open, 40);

    let settings = bench.place.read("t/provost.yaml");
    let types = "  types:\n    open: 2\n    multiple-choice: 1\n    calculation: 1\n    coding: 1\n";
    bench.place.write("t/provost.yaml", format!("{settings}{types}"));
    let plan = bench.ask(&["plan", "--per-subject", "20", "--json"]).succeeds().lines().remove(0);
    let still = plan["valid"].as_u64().unwrap();
    assert!((14..=18).contains(&still), "the open ones among them are what they were: {plan}");
    bench.ask(&["generate", "--per-subject", "20"]).succeeds();
    let heard = bench.heard();
    let questions = at(&heard, Step::Question);
    assert_eq!(questions.len() as u64, 40 - still);
    for kind in ["multiple-choice", "calculation", "coding"] {
        let asked = questions.iter().filter(|one| one.last().contains(&format!("question_type: {kind}\n"))).count();
        assert!((6..=10).contains(&asked), "{kind}: {asked}");
    }
    let records = crate::runs::records(&bench.place.path("t/runs"));
    let of = |kind: &str| records.iter().filter(|record| record["question_type"] == kind).collect::<Vec<_>>();
    assert_eq!(records.iter().filter(|record| record["question_type"].is_null()).count(), 40, "open is not said");
    assert!(of("multiple-choice").iter().all(|record| record["question"].as_str().unwrap().contains("\nD) ")));
    assert!(of("coding").iter().all(|record| record["answer"].as_str().unwrap().contains("```python")));
    assert!(records.iter().all(|record| record["status"] == "ok"), "{records:?}");

    // Another language is another item, asked about the same.
    let languages = "  languages:\n    German: 1\n";
    bench.place.write("t/provost.yaml", format!("{settings}{languages}"));
    let shown = bench.ask(&["plan", "--per-subject", "2", "--preview", "2"]).succeeds();
    assert!(shown.out.contains("[open, German]"), "{}", shown.out);
    bench.ask(&["generate", "--per-subject", "2"]).ends(1);
    let heard = bench.heard();
    assert!(at(&heard, Step::Question).iter().all(|one| one.last().contains("in German:")));
    bench.place.write("t/provost.yaml", format!("{settings}  types:\n    essay: 1\n"));
    let said = bench.place.on(&["plan"]).ends(2);
    assert!(said.err.contains("provost.yaml:") && said.err.contains("multiple-choice"), "{}", said.err);
}

#[test]
fn the_balance_shows_who_gets_too_little_and_weights_and_quotas_change_it() {
    let place = Place::with_sample();
    let said = place.on(&["plan", "--balance", "--per-subject", "10"]).succeeds();
    insta::assert_snapshot!(said.out);
    let shown = |extra: &[&str]| {
        let said = place.on(&[&["plan", "--balance", "--json", "--count", "300"], extra].concat()).succeeds();
        said.lines().remove(0)
    };
    let of = |document: &serde_json::Value, path: &str| {
        let rows = document["balance"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["path"] == path).unwrap()
    };
    let plain = shown(&[]);
    assert!(plain["balance"].as_array().unwrap().iter().any(|row| row["standing"] == "nothing"));
    let physics = "natural-sciences/physics";
    let more = shown(&["--weight", "natural-sciences/physics=3"]);
    let planned = |document| of(document, physics)["planned"].as_u64().unwrap();
    assert!(planned(&more) > planned(&plain));
    let quota = shown(&["--quota", "natural-sciences/physics=7"]);
    assert_eq!((planned(&quota), quota["items"].as_u64()), (7, Some(300)));
    place.on(&["plan", "--weight", "physics"]).refuses("NODE=NUMBER");
    place.on(&["plan", "--weight", "physics=-1"]).refuses("a weight is a number from 0 to 1000");
    place.on(&["plan", "--quota", "/=5"]).refuses("not for everything");
    place.on(&["plan", "--quota", "nowhere=5"]).refuses("There is no accepted node");
    let settings = place.read("t/provost.yaml");
    place.write("t/provost.yaml", format!("{settings}  weights:\n    - node: gone\n      weight: 2\n"));
    let said = place.on(&["plan"]).succeeds();
    assert!(said.err.contains("names `gone`, which is not there"), "{}", said.err);
}
