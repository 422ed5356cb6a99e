//! `plan` says which items are new, valid and stale; `generate` asks for exactly the new ones.

use std::collections::BTreeSet;

use provost::demo::{DemoServer, Options, Step};

use super::Place;

/// A directory, a server, and how much it was asked so far.
struct Scene {
    place: Place,
    server: DemoServer,
    asked: u64,
}

/// Items by how they stand.
type Items = std::collections::BTreeMap<String, BTreeSet<String>>;

impl Scene {
    fn new() -> Self {
        Self { place: Place::with_sample(), server: DemoServer::start(Options::default()).unwrap(), asked: 0 }
    }

    fn with_model(&self, words: &[&str]) -> super::Said {
        let url = self.server.base_url();
        self.place.on(&[words, &["--per-subject", "4", "--base-url", &url, "--model", "provost-demo"]].concat())
    }

    fn items(&self) -> Items {
        let mut items = Items::new();
        for line in self.with_model(&["plan", "--items", "--json"]).succeeds().lines() {
            let word = |key: &str| line[key].as_str().unwrap().to_owned();
            items.entry(word("state")).or_default().insert(word("item"));
        }
        items
    }

    /// Runs the plan; how many questions that took.
    fn generate(&mut self) -> u64 {
        self.with_model(&["generate"]).succeeds();
        let asked = self.server.ledger().requests(Step::Question);
        std::mem::replace(&mut self.asked, asked).abs_diff(asked)
    }

    fn exported(&self, options: &[&str]) -> BTreeSet<String> {
        self.place.on(&[&["export", "-o", "out.jsonl"], options].concat()).succeeds();
        let text = self.place.read("out.jsonl");
        let id = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["meta"]["item"].clone();
        text.lines().map(|line| id(line).as_str().unwrap().to_owned()).collect()
    }
}

fn sets(items: &Items) -> [BTreeSet<String>; 3] {
    ["new", "valid", "stale"].map(|state| items.get(state).cloned().unwrap_or_default())
}

const OPTICS: &str = "natural-sciences/physics/optics";

#[test]
fn add_edit_deprecate_restore_and_only_what_is_new_is_asked_for() {
    let mut scene = Scene::new();
    let [first, valid, stale] = sets(&scene.items());
    assert!(!first.is_empty() && valid.is_empty() && stale.is_empty());
    assert_eq!(scene.generate(), first.len() as u64);
    let [new, valid, stale] = sets(&scene.items());
    assert_eq!((new.len(), &valid, stale.len()), (0, &first, 0));
    assert_eq!(scene.generate(), 0);

    // One more subject with a syllabus.
    let syllabus = scene.place.proposals(&["--kind", "syllabus"]).remove(0);
    scene.place.on(&["decide", syllabus["id"].as_str().unwrap(), "--accept"]).succeeds();
    let [added, valid, stale] = sets(&scene.items());
    assert_eq!((added.len(), &valid, stale.len()), (4, &first, 0));
    assert_eq!(scene.generate(), 4);
    let all: BTreeSet<String> = first.union(&added).cloned().collect();

    // One concept edited: the subject's items are stale, as many are new.
    let before = scene.place.read(&format!("t/tree/{OPTICS}.yaml"));
    let concept = before.split("concepts:\n").nth(1).unwrap().lines().next().unwrap();
    scene.place.write(&format!("t/tree/{OPTICS}.yaml"), before.replacen(concept, "        - Caustics", 1));
    let [new, valid, stale] = sets(&scene.items());
    assert_eq!((new.len(), valid.len(), stale.len()), (4, all.len() - 4, 4));
    assert!(stale.is_subset(&all) && new.is_disjoint(&all));
    assert_eq!(scene.generate(), 4);
    let exported = scene.exported(&[]);
    assert!(exported.is_disjoint(&stale) && exported.is_superset(&new));

    // The edit is taken back: what was stale is valid again, and the items of the edit are stale.
    scene.place.write(&format!("t/tree/{OPTICS}.yaml"), &before);
    let [none, valid, stale_now] = sets(&scene.items());
    assert_eq!((none.len(), &valid, &stale_now), (0, &all, &new));
    assert_eq!(scene.generate(), 0);

    // Deprecated, then restored.
    let optics: BTreeSet<String> = stale;
    scene.place.on(&["deprecate", OPTICS, "--reason", "Split up."]).succeeds();
    let [none, valid, stale] = sets(&scene.items());
    assert_eq!((none.len(), valid.len()), (0, all.len() - 4));
    assert!(stale.is_superset(&optics));
    assert_eq!(scene.generate(), 0);
    assert!(scene.exported(&[]).is_disjoint(&optics));
    let said = scene.with_model(&["plan"]).succeeds();
    assert!(said.out.contains("it is deprecated"), "{}", said.out);
    scene.place.on(&["undo"]).succeeds();
    let [none, valid, stale] = sets(&scene.items());
    assert_eq!((none.len(), &valid, &stale), (0, &all, &new));
    assert_eq!(scene.generate(), 0);
}

#[test]
fn a_plan_tells_in_words_what_a_run_would_do() {
    let mut scene = Scene::new();
    let quiet = scene.with_model(&["plan", "natural-sciences"]).succeeds();
    assert!(!quiet.out.contains("to ask for"), "nothing is there to compare with: {}", quiet.out);
    scene.generate();
    scene.place.on(&["deprecate", OPTICS, "--reason", "Split up."]).succeeds();
    let said = scene.with_model(&["plan", "natural-sciences"]).succeeds();
    insta::assert_snapshot!(said.out);
}
