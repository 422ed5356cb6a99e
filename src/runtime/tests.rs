//! What the loop must not lose, with an inbox that is full.

use std::path::Path;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::app::{Draft, Effect, JobId, Settings, What};
use crate::input::Keymap;
use crate::store::{OpenOptions, Store};
use crate::taxonomy::{Facts, Kind, Op, Trim};
use crate::theme::{ColorDepth, GlyphSet};

type Bench = Curator<Terminal<TestBackend>>;

/// A curator on a directory with one field, whose editor is a shell script; `$0` is the file.
async fn curator(dir: &Path, script: &str) -> Bench {
    let editor = dir.join("editor.sh");
    std::fs::write(&editor, script).unwrap();
    let path = dir.join("taxonomy");
    Store::init(&path, "Sample").unwrap();
    let store = Store::open(&path, OpenOptions { curator: "ana".into(), read_only: false }).unwrap();
    let runs = store.runs_dir();
    let store = store.into_handle();
    let op = Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Natural Sciences")] };
    store.submit(op).await.unwrap();
    let settings = Settings { curator: "ana".into(), read_only: None };
    let (_keys, events) = Events::scripted();
    std::mem::forget(_keys);
    let parts = Parts {
        model: Model::new(store.snapshot(), settings, Arc::new(Keymap::load(None).unwrap()), now()),
        looks: None,
        memory: None,
        log: None,
        clipboard: Clipboard::Program(&["no-such-program-provost"]),
        theme: Theme::load("dark", ColorDepth::None, &|_| None).unwrap().theme,
        glyphs: Glyphs::of(GlyphSet::Unicode),
        surface: Terminal::new(TestBackend::new(80, 24)).unwrap(),
        guard: Guard::headless(),
        events,
        store,
        names: None,
        asker: Err("No model is set up.".into()),
        means: Err("No model is set up.".into()),
        embedder: None,
        runs,
        editor: EditorCommand::choose(Some(&format!("sh {}", editor.display())), None, None),
        secrets: vec![],
    };
    let mut curator = Curator::new(parts, false).unwrap();
    curator.run_until_idle().await.unwrap();
    curator
}

fn fill(curator: &Bench) {
    let tick = || Msg::Tick(now());
    while curator.outbox.try_send(tick()).is_ok() {}
}

#[tokio::test]
async fn what_an_editor_left_arrives_though_nobody_emptied_the_inbox_meanwhile() {
    let temp = tempfile::tempdir().unwrap();
    let script = "sed -i.old 's/Natural Sciences/Sciences of nature/' \"$1\"; rm -f \"$1.old\"";
    let mut curator = curator(temp.path(), script).await;
    let id = curator.model.snapshot.tree.children(None)[0];
    let draft = Draft::Node(Box::new((**curator.model.snapshot.tree.node(id).unwrap()).clone()));
    fill(&curator);
    curator.effect(Effect::OpenEditor { draft, again: None }).await.unwrap();
    curator.run_until_idle().await.unwrap();
    assert_eq!(curator.model.snapshot.name(id).raw(), "Sciences of nature");
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_fails_and_is_over() {
    let temp = tempfile::tempdir().unwrap();
    let mut curator = curator(temp.path(), "true").await;
    fill(&curator);
    let job = JobId(1);
    curator.model.jobs.push(app::Job { id: job, node: None, what: What::Children, runs: 0, answered: 0, arrived: 0 });
    let ask = Effect::AskModel { job, node: None, what: What::Children, reason: None, trim: Trim::default() };
    curator.effect(ask).await.unwrap();
    curator.run_until_idle().await.unwrap();
    assert!(curator.model.jobs.is_empty());
    let said: Vec<String> = curator.model.toasts.shown().iter().map(|toast| toast.text.clone()).collect();
    assert_eq!(said, ["No model is set up."]);
}

#[tokio::test]
async fn what_no_program_copies_is_left_to_the_terminal() {
    let temp = tempfile::tempdir().unwrap();
    let mut curator = curator(temp.path(), "true").await;
    fill(&curator);
    curator.effect(Effect::Copy("Optics".into())).await.unwrap();
    curator.run_until_idle().await.unwrap();
    let said: Vec<String> = curator.model.toasts.shown().iter().map(|toast| toast.text.clone()).collect();
    assert_eq!(said, ["Copied by the terminal: Optics"]);
}

#[tokio::test]
async fn a_keymap_that_is_saved_holds_at_once_and_a_bad_one_changes_nothing() {
    use crate::config::{Arguments, Config, Paths};
    use crate::input::Action;
    let temp = tempfile::tempdir().unwrap();
    let mut curator = curator(temp.path(), "true").await;
    let home = temp.path().join("config");
    std::fs::create_dir(&home).unwrap();
    let variable = |name: &str| (name == "PROVOST_CONFIG_HOME").then(|| home.display().to_string());
    let paths = Paths::find(&variable).unwrap();
    let config = Config::load(&Arguments::default(), &variable, &paths).unwrap();
    let looks = Looks::new(&config, &paths, ColorDepth::None, crate::theme::Shade::Dark, None);
    curator.looks = Some(looks);
    let accept = |curator: &Bench| curator.model.key(Action::Accept);
    let said =
        |curator: &Bench| curator.model.toasts.shown().last().map(|toast| toast.text.clone()).unwrap_or_default();
    for (text, key, says) in [
        ("curate: {accept: y}", "y", "The keymap was read anew."),
        ("curate: {acept: y}", "y", "The keys stay as they were."),
        ("curate: {accept: w}", "w", "The keymap was read anew."),
    ] {
        std::fs::write(home.join("keymap.yaml"), text).unwrap();
        curator.read_files_anew().await.unwrap();
        assert_eq!(accept(&curator), key);
        assert!(said(&curator).ends_with(says), "{}", said(&curator));
    }
    std::fs::remove_file(home.join("keymap.yaml")).unwrap();
    curator.read_files_anew().await.unwrap();
    assert_eq!(accept(&curator), "a");
}

#[tokio::test]
async fn a_decision_that_is_refused_while_a_signal_ends_the_program_is_told_afterwards() {
    let temp = tempfile::tempdir().unwrap();
    let script = "sed -i.old 's/Natural Sciences/Sciences of nature/' \"$1\"; rm -f \"$1.old\"";
    let mut curator = curator(temp.path(), script).await;
    let id = curator.model.snapshot.tree.children(None)[0];
    let draft = Draft::Node(Box::new((**curator.model.snapshot.tree.node(id).unwrap()).clone()));
    curator.effect(Effect::OpenEditor { draft, again: None }).await.unwrap();
    // No log can be written where a file is in the place of its folder.
    let logs = temp.path().join("taxonomy/decisions/ana");
    std::fs::remove_dir_all(&logs).unwrap();
    std::fs::write(&logs, "").unwrap();
    let saved = curator.answers.pop_front().unwrap();
    curator.update(saved).await.unwrap();
    assert_eq!(curator.model.saving.count(), 1);
    curator.ended = Some(Ended::Signal);
    assert_eq!(curator.run().await.unwrap(), Ended::Signal);
    let unsaved = curator.unsaved();
    let [(refusal, Some(text))] = unsaved.refused.as_slice() else { panic!("{unsaved:?}") };
    assert!(refusal.what.contains("decisions"), "{refusal:?}");
    assert!(std::fs::read_to_string(text).unwrap().contains("Sciences of nature"));
    assert_eq!(unsaved.unanswered, 0);
    std::fs::remove_file(text).unwrap();
}

#[tokio::test]
async fn a_decision_that_is_saved_while_a_signal_ends_the_program_leaves_nothing_to_tell() {
    let temp = tempfile::tempdir().unwrap();
    let script = "sed -i.old 's/Natural Sciences/Sciences of nature/' \"$1\"; rm -f \"$1.old\"";
    let mut curator = curator(temp.path(), script).await;
    let id = curator.model.snapshot.tree.children(None)[0];
    let draft = Draft::Node(Box::new((**curator.model.snapshot.tree.node(id).unwrap()).clone()));
    curator.effect(Effect::OpenEditor { draft, again: None }).await.unwrap();
    let Some(Msg::Edited { saved: Some(saved), .. }) = curator.answers.front().cloned() else { panic!("no text") };
    let edited = curator.answers.pop_front().unwrap();
    curator.update(edited).await.unwrap();
    curator.ended = Some(Ended::Signal);
    curator.run().await.unwrap();
    assert_eq!(curator.unsaved(), Unsaved::default());
    assert_eq!(curator.store.snapshot().name(id).raw(), "Sciences of nature");
    assert!(!Path::new(&saved.kept).exists(), "a text that is on the disk is not kept beside it");
}
