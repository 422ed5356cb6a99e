//! Scripted sessions: keys in; tree, log and screen out. The real loop, store and demo model;
//! only the terminal is a buffer.

mod capping;
mod curating;
mod hundred;
mod judging;
mod making;
mod many;
mod reviewing;
mod voting;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use provost::app::{Model, Settings};
use provost::asking::{Asker, Means, Seat};
use provost::demo::{DemoServer, Options};
use provost::homework::Prices;
use provost::input::{Key, Keymap};
use provost::llm::{Client, Endpoint, PromptSet, Step, StepSettings};
use provost::runtime::{Curator, Parts};
use provost::store::{OpenOptions, Store, now};
use provost::taxonomy::Snapshot;
use provost::term::{EditorCommand, Events, Guard, TermEvent};
use provost::theme::{ColorDepth, GlyphSet, Glyphs, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::mpsc::UnboundedSender;

pub struct Session {
    curator: Curator<Terminal<TestBackend>>,
    keys: UnboundedSender<TermEvent>,
    pub path: PathBuf,
    pub server: DemoServer,
    /// Keys so far, letters of typed texts among them.
    pub keys_pressed: usize,
    /// Letters of typed texts so far.
    pub typed: usize,
    _temp: tempfile::TempDir,
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Session {
    /// A session on a copy of the sample taxonomy, as curator ana.
    pub async fn sample(size: (u16, u16)) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("taxonomy");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy"), &path);
        Self::on(temp, path, size, "").await
    }

    /// A session on a copy of the sample taxonomy with an editor that is a shell script; `$1` is the file.
    pub async fn edited_by(script: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("taxonomy");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy"), &path);
        let editor = temp.path().join("editor.sh");
        std::fs::write(&editor, script).unwrap();
        Self::with(temp, path, (120, 40), "", &format!("sh {}", editor.display()), "ana").await
    }

    /// A session on the directory at `path`, with faults of the demo model.
    pub async fn on(temp: tempfile::TempDir, path: PathBuf, size: (u16, u16), faults: &str) -> Self {
        Self::with(temp, path, size, faults, "true", "ana").await
    }

    /// The same directory after the program was left and opened again by somebody else.
    pub async fn reopened_by(self, curator: &str) -> Self {
        let Self { curator: left, path, _temp, .. } = self;
        let area = left.surface().backend().buffer().area;
        drop(left);
        Self::with(_temp, path, (area.width, area.height), "", "true", curator).await
    }

    async fn with(
        temp: tempfile::TempDir,
        path: PathBuf,
        size: (u16, u16),
        faults: &str,
        editor: &str,
        curator: &str,
    ) -> Self {
        let server = DemoServer::start(Options { faults: faults.parse().unwrap(), ..Options::default() }).unwrap();
        let store = Store::open(&path, OpenOptions { curator: curator.into(), read_only: false }).unwrap();
        let endpoint = Endpoint::new("demo", server.base_url().parse().unwrap());
        let client = Client::new(endpoint).unwrap();
        let seat = |step| Seat {
            client: client.clone(),
            profile: "demo".into(),
            settings: StepSettings::new(step, provost::demo::MODEL),
        };
        let snapshot = store.snapshot();
        let means = Means {
            prompts: PromptSet::embedded().unwrap(),
            question: seat(Step::Question),
            answer: seat(Step::Answer),
            prices: Prices::default(),
            judge: None,
            limits: Default::default(),
        };
        let runs = store.runs_dir();
        let store = store.into_handle();
        let asker = Asker {
            store: store.clone(),
            prompts: Arc::new(PromptSet::embedded().unwrap()),
            propose: seat(Step::Propose),
            syllabus: seat(Step::Syllabus),
            curator: curator.into(),
        };
        let (keys, events) = Events::scripted();
        let settings = Settings { curator: curator.into(), read_only: None };
        let parts = Parts {
            model: Model::new(snapshot, settings, Arc::new(Keymap::load(None).unwrap()), now()),
            looks: None,
            memory: None,
            log: None,
            clipboard: provost::term::Clipboard::Osc52,
            theme: Theme::load("dark", ColorDepth::None, &|_| None).unwrap().theme,
            glyphs: Glyphs::of(GlyphSet::Unicode),
            surface: Terminal::new(TestBackend::new(size.0, size.1)).unwrap(),
            guard: Guard::headless(),
            events,
            store,
            names: None,
            asker: Ok(asker),
            means: Ok(means),
            embedder: None,
            runs,
            editor: EditorCommand::choose(Some(editor), None, None),
            secrets: vec![],
        };
        let curator = Curator::new(parts, false).unwrap();
        let mut session = Self { curator, keys, path, server, keys_pressed: 0, typed: 0, _temp: temp };
        session.settle().await;
        session
    }

    /// Presses keys, written with blanks between them: `j j a / optics <ret> u`. A word that is
    /// no key is typed letter by letter.
    pub async fn press(&mut self, keys: &str) {
        for word in keys.split_whitespace() {
            let named = word.strip_prefix('<').and_then(|word| word.strip_suffix('>')).unwrap_or(word);
            let named = match named {
                "ret" => "enter",
                other => other,
            };
            match Key::parse(named) {
                Ok(key) => self.send(key),
                Err(_) => {
                    for letter in word.chars() {
                        self.typed += 1;
                        self.send(Key::char(letter));
                    }
                }
            }
            self.settle().await;
        }
    }

    /// Types a text letter by letter, blanks included.
    pub async fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            self.typed += 1;
            self.send(Key::char(letter));
        }
        self.settle().await;
    }

    pub fn model(&self) -> &Model {
        self.curator.model()
    }

    fn send(&mut self, key: Key) {
        self.keys_pressed += 1;
        self.keys.send(TermEvent::Key(key)).unwrap();
    }

    /// Until nothing is left to do.
    pub async fn settle(&mut self) {
        let idle = self.curator.run_until_idle();
        tokio::time::timeout(Duration::from_secs(60), idle).await.expect("the session becomes idle").unwrap();
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.curator.model().snapshot
    }

    /// The screen as text, without trailing blanks.
    pub fn screen(&self) -> String {
        let buffer = self.curator.surface().backend().buffer();
        let lines = (0..buffer.area.height).map(|y| {
            let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "{text:?} is not on the screen:\n{screen}");
    }

    /// Files below `tree/` of the directory, relative to it.
    pub fn has_file(&self, path: &str) -> bool {
        self.path.join("tree").join(path).exists()
    }
}
