//! The loop that ties the terminal, the store and the jobs to the model. It owns every handle
//! and holds no rule about taxonomies.
//!
//! ```text
//! signals, terminal gone \
//! keys, pastes, resizes   >  Msg -> update -> Model -> draw (when due, never more often)
//! store, jobs, editor    /            |
//!        ^                            v
//!        +----------- run ------- Vec<Effect>
//! ```

mod crew;
mod dataset;
mod effects;
mod found;
mod homework;
mod jobs;
mod log;
mod looks;
mod meaning;
mod memory;
mod open;
mod picture;
mod settling;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::app::{self, Effect, Gesture, Level, Model, Mood, Mouse, Msg, News, Screen};
use crate::asking::{Asker, Embedder, Means};
use crate::store::{Notice, StoreHandle, now};
use crate::taxonomy::{Refusal, Snapshot};
use crate::term::{
    Clipboard, EditorCommand, EditorError, Events, Guard, Hangup, MouseButton, MouseInput, MouseKind, Signal, Signals,
    Surface, Suspended, Taskbar, TermEvent, broke_off, forget, suspend,
};
use crate::theme::{Glyphs, Theme};
use crate::ui;

pub use looks::Looks;
pub use memory::Memory;
pub use open::{OpenError, Opening, open};

/// What the curator needs to open.
pub struct Parts<S> {
    /// The state it starts with.
    pub model: Model,
    /// What it looks like.
    pub theme: Theme,
    /// Where other themes come from; `None` for sessions without a user.
    pub looks: Option<Looks>,
    /// What the screen remembers; `None` for sessions without a user.
    pub memory: Option<Memory>,
    /// The log file; `None` for sessions without a user.
    pub log: Option<PathBuf>,
    /// Where copied texts go.
    pub clipboard: Clipboard,
    /// What states and borders are drawn with.
    pub glyphs: &'static Glyphs,
    /// Where it is drawn.
    pub surface: S,
    /// Holds the terminal modes.
    pub guard: Guard,
    /// Keys and the like.
    pub events: Events,
    /// Takes decisions.
    pub store: StoreHandle,
    /// The names of the taxonomy, where somebody reads them already.
    pub names: Option<effects::Reading>,
    /// Asks models; else why none can be asked.
    pub asker: Result<Asker, String>,
    /// Makes homework; else why no model can be asked.
    pub means: Result<Means, String>,
    /// Who embeds names and scopes, where that is wanted.
    pub embedder: Option<Embedder>,
    /// Where runs are kept.
    pub runs: PathBuf,
    /// The user's editor, or why there is none.
    pub editor: Result<EditorCommand, EditorError>,
    /// Variables that hold keys: the editor does not get them.
    pub secrets: Vec<String>,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The curator left.
    Quit,
    /// A signal asked to leave.
    Signal,
    /// The terminal is gone.
    TerminalGone,
    /// A task panicked; the hook has said where.
    Panicked,
}

/// What was decided and is not on the disk though the screen is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsaved {
    /// What the store refused, each with the file that its text is in where it came from an editor.
    pub refused: Vec<(Refusal, Option<String>)>,
    /// How many decisions had no answer yet.
    pub unanswered: usize,
}

/// How many messages of jobs may wait for the loop.
const INBOX: usize = 1024;
/// How long jobs may take to wind up when the curator leaves.
const FAREWELL: Duration = Duration::from_secs(5);
/// And when a signal or a closed terminal ends it: whoever sent that does not wait long before the next is a kill.
const HASTE: Duration = Duration::from_secs(1);

/// The running program.
pub struct Curator<S> {
    model: Model,
    theme: Theme,
    /// Where other themes come from; `None` for sessions without a user.
    looks: Option<Looks>,
    /// What the screen remembers; `None` for sessions without a user.
    memory: Option<Memory>,
    log: Option<PathBuf>,
    clipboard: Clipboard,
    glyphs: &'static Glyphs,
    surface: S,
    guard: Guard,
    events: Events,
    signals: Signals,
    hangup: Option<Hangup>,
    store: StoreHandle,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    notices: broadcast::Receiver<Notice>,
    /// What the loop itself has to say: the ends of effects that were carried out in it. They come before the inbox, which may
    /// be full and which nobody empties meanwhile, so that none is lost.
    answers: VecDeque<Msg>,
    inbox: mpsc::Receiver<Msg>,
    outbox: mpsc::Sender<Msg>,
    tasks: JoinSet<()>,
    /// Texts that a program puts on the clipboard, each with what came of it.
    copies: JoinSet<(String, io::Result<&'static str>)>,
    stop: CancellationToken,
    jobs: jobs::Jobs,
    asker: Result<Asker, String>,
    means: Result<Means, String>,
    /// Finds out more of who is asked; `None` where all is known.
    finder: Option<crew::Finder>,
    crews: (mpsc::Sender<crew::Crew>, mpsc::Receiver<crew::Crew>),
    /// The directory's prompts, where they are known apart from who is asked.
    prompts: Option<Arc<crate::llm::PromptSet>>,
    /// Variables that are set and hold keys, and where such a key belongs.
    keys: Vec<(String, String)>,
    meaning: meaning::Meaning,
    runs: PathBuf,
    helm: homework::Helm,
    plans: homework::Plans,
    items: dataset::Items,
    editor: Result<EditorCommand, EditorError>,
    secrets: Vec<String>,
    frames: crate::term::FrameClock,
    /// What was last shown in title and taskbar.
    outside: app::Outside,
    /// What was last found to be settled.
    settling: Vec<crate::taxonomy::ProposalId>,
    /// What the next start is shown at once; `None` for sessions without a terminal.
    portrait: Option<picture::Portrait>,
    /// What the screen remembered when the last picture was made.
    pictured: Option<String>,
    ended: Option<Ended>,
    unsaved: Unsaved,
}

impl<S: Surface> Curator<S> {
    /// Ready to run; takes over the process's signals. `watch_terminal` is false for a session
    /// without a terminal.
    ///
    /// # Errors
    /// The system refuses signal handlers, or the surface has no size.
    pub fn new(parts: Parts<S>, watch_terminal: bool) -> io::Result<Self> {
        let (outbox, inbox) = mpsc::channel(INBOX);
        let size = parts.surface.size()?;
        let mut curator = Self {
            model: parts.model,
            theme: parts.theme,
            looks: parts.looks,
            memory: parts.memory,
            log: parts.log,
            clipboard: parts.clipboard,
            glyphs: parts.glyphs,
            surface: parts.surface,
            guard: parts.guard,
            events: parts.events,
            signals: Signals::new()?,
            hangup: watch_terminal.then(Hangup::watch),
            snapshots: parts.store.changes(),
            notices: parts.store.notices(),
            store: parts.store,
            answers: VecDeque::new(),
            inbox,
            outbox,
            tasks: JoinSet::new(),
            copies: JoinSet::new(),
            stop: CancellationToken::new(),
            jobs: jobs::Jobs::default(),
            asker: parts.asker,
            means: parts.means,
            finder: None,
            crews: mpsc::channel(4),
            prompts: None,
            keys: Vec::new(),
            meaning: meaning::Meaning::new(parts.embedder),
            runs: parts.runs,
            helm: homework::Helm::default(),
            plans: homework::Plans::default(),
            items: dataset::Items::default(),
            editor: parts.editor,
            secrets: parts.secrets,
            frames: crate::term::FrameClock::default(),
            outside: app::Outside::default(),
            settling: Vec::new(),
            portrait: None,
            pictured: None,
            ended: None,
            unsaved: Unsaved::default(),
        };
        curator.frames.changed(Instant::now());
        curator.model.size = (size.width, size.height);
        curator.embed();
        curator.settle_votes();
        if curator.model.lacks_names() {
            let names = parts.names.unwrap_or_else(|| effects::Reading::begin(curator.model.snapshot.clone()));
            curator.names_come(names);
        } else {
            curator.store.watch();
        }
        Ok(curator)
    }

    /// Runs until the curator leaves, a signal asks to, or the terminal is gone. Jobs are wound
    /// up before it returns.
    ///
    /// # Errors
    /// The terminal cannot be drawn on.
    pub async fn run(&mut self) -> io::Result<Ended> {
        let ended = loop {
            if let Some(ended) = self.ended {
                break ended;
            }
            tokio::select! {
                biased;
                () = broke_off() => break Ended::Panicked,
                turned = self.turn() => turned?,
            }
        };
        if let Some(hangup) = &self.hangup {
            hangup.noticed();
        }
        self.remember();
        self.stop.cancel();
        // What is finished is on disk already; what flies is given a moment to end tidily.
        let patience = if matches!(ended, Ended::Quit) { FAREWELL } else { HASTE };
        let _ = tokio::time::timeout(patience, self.wind_up()).await;
        self.unsaved.unanswered = self.model.saving.count();
        Ok(ended)
    }

    /// Waits for what is under way. Nobody looks at the screen any more, so a refusal is kept for whoever comes after it.
    async fn wind_up(&mut self) {
        loop {
            tokio::select! {
                biased;
                Some(msg) = self.inbox.recv() => self.too_late(msg),
                done = self.tasks.join_next() => if done.is_none() { break },
            }
        }
        while let Ok(msg) = self.inbox.try_recv() {
            self.too_late(msg);
        }
    }

    fn too_late(&mut self, msg: Msg) {
        let Msg::OpDone { id, outcome } = &msg else { return };
        if let Err(refusal) = outcome {
            tracing::warn!("A decision was refused while the curator ended: {}", refusal.what);
            self.unsaved.refused.push((refusal.clone(), self.model.kept_text(*id)));
        }
        for effect in app::update(&mut self.model, msg) {
            if let Effect::ForgetText(kept) = effect {
                forget(Path::new(&kept));
            }
        }
    }

    /// What is not on the disk. Ask once it has run.
    pub fn unsaved(&mut self) -> Unsaved {
        std::mem::take(&mut self.unsaved)
    }

    /// Runs until nothing is left to do: for sessions that are scripted.
    ///
    /// # Errors
    /// As [`Curator::run`].
    pub async fn run_until_idle(&mut self) -> io::Result<()> {
        loop {
            self.drain().await?;
            while let Some(done) = self.tasks.try_join_next() {
                self.task_ended(done);
            }
            let is_quiet = self.tasks.is_empty() && self.copies.is_empty() && self.inbox.is_empty();
            let quiet = is_quiet && self.answers.is_empty() && !self.snapshots.has_changed().unwrap_or(false);
            if self.ended.is_some() || (quiet && self.frames.is_idle()) {
                return Ok(());
            }
            self.turn().await?;
        }
    }

    /// The model as it is.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What it was drawn on.
    pub fn surface(&self) -> &S {
        &self.surface
    }

    /// Waits for one thing to happen, takes in all that is there, draws if it is time.
    async fn turn(&mut self) -> io::Result<()> {
        let frame = self.frames.deadline();
        let portrait = self.portrait_due();
        let looks = Looks::due(self.looks.as_ref());
        let wake = self.model.wake_at().map(|at| Instant::now() + Duration::from_millis(at.saturating_sub(now())));
        tokio::select! {
            biased;
            () = std::future::ready(()), if !self.answers.is_empty() => {}
            signal = self.signals.next() => self.signal(signal).await?,
            () = gone(&mut self.hangup) => self.ended = Some(Ended::TerminalGone),
            event = self.events.next() => match event {
                Some(Ok(event)) => self.event(event).await?,
                Some(Err(_)) | None => self.ended = Some(Ended::TerminalGone),
            },
            Some(msg) = self.inbox.recv() => self.take(msg).await?,
            Ok(()) = self.snapshots.changed() => {
                let snapshot = self.snapshots.borrow_and_update().clone();
                self.update(Msg::Snapshot(snapshot)).await?;
            }
            Some(crew) = self.crews.1.recv() => self.manned(crew),
            Some(done) = self.tasks.join_next() => self.task_ended(done),
            Some(Ok((text, outcome))) = self.copies.join_next() => self.copied(&text, outcome),
            notice = self.notices.recv() => self.notice(notice).await?,
            () = until(frame) => {}
            () = until(wake) => self.update(Msg::Tick(now())).await?,
            () = Looks::changed(&mut self.looks) => {}
            () = until(looks) => self.read_files_anew().await?,
            () = until(portrait) => self.portray(),
        }
        self.drain().await?;
        log::write_down(self.model.toasts.take_unlogged());
        if self.frames.is_due(Instant::now()) {
            self.draw().await?;
        }
        Ok(())
    }

    /// Takes in everything that is already there, so that a burst costs one frame.
    async fn drain(&mut self) -> io::Result<()> {
        while self.ended.is_none() {
            if let Some(answer) = self.answers.pop_front() {
                self.update(answer).await?;
            } else if let Some(event) = self.events.try_next().await {
                self.event(event).await?;
            } else if let Ok(msg) = self.inbox.try_recv() {
                self.take(msg).await?;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// A task that panicked has had the terminal restored by the hook: going on would draw over
    /// its message.
    fn task_ended(&mut self, done: Result<(), JoinError>) {
        if done.is_err_and(|error| error.is_panic()) {
            self.ended = Some(Ended::Panicked);
        }
    }

    async fn event(&mut self, event: TermEvent) -> io::Result<()> {
        self.put_off_portrait(matches!(event, TermEvent::Resize { .. }));
        let msg = match event {
            TermEvent::Key(key) => {
                self.frames.key_arrived(Instant::now());
                Msg::Key(key)
            }
            TermEvent::Paste(text) => Msg::Paste(text),
            TermEvent::Resize { columns, rows } => Msg::Resize(columns, rows),
            TermEvent::Mouse(mouse) => match gesture(mouse) {
                Some(mouse) => Msg::Mouse(mouse),
                None => return Ok(()),
            },
            TermEvent::Focus(_) => return Ok(()),
        };
        self.update(msg).await
    }

    /// A message of a task. An op that was done comes with the view that shows it.
    async fn take(&mut self, msg: Msg) -> io::Result<()> {
        if matches!(msg, Msg::OpDone { .. }) && self.snapshots.has_changed().unwrap_or(false) {
            let snapshot = self.snapshots.borrow_and_update().clone();
            self.update(Msg::Snapshot(snapshot)).await?;
        }
        match &msg {
            Msg::Meant(meant) => self.embedded(meant),
            Msg::Job { id, event } if event.is_last() => self.jobs.ended(*id),
            _ => {}
        }
        self.update(msg).await
    }

    async fn notice(&mut self, notice: Result<Notice, broadcast::error::RecvError>) -> io::Result<()> {
        let text = match notice {
            Ok(Notice { path, message }) if path.is_empty() => message,
            Ok(Notice { path, message }) => format!("{path}: {message}"),
            Err(broadcast::error::RecvError::Lagged(missed)) => format!("{missed} more files changed on disk."),
            Err(broadcast::error::RecvError::Closed) => return Ok(()),
        };
        let text = crate::taxonomy::text::reveal_line(&text).into_owned();
        self.update(Msg::Notice { level: Level::Warning, text }).await
    }

    async fn update(&mut self, msg: Msg) -> io::Result<()> {
        self.model.now = now();
        let is_view = matches!(msg, Msg::Snapshot(_));
        if is_view {
            self.embed();
            self.put_off_portrait(true);
        }
        // Where only the badge tells of the run, a frame is drawn when the badge changes.
        let apart = matches!(self.model.screen, Screen::Curate | Screen::Syllabus | Screen::History);
        let badge = |curator: &Self| {
            let phase = curator.model.homework.run.as_ref().map(|run| run.progress.phase);
            (app::badge(&curator.model), phase)
        };
        let unseen = apart && matches!(msg, Msg::Homework(News::Progress(_)));
        let before = unseen.then(|| badge(self));
        if matches!(msg, Msg::Key(_)) {
            crate::planted::panics("key");
        }
        let effects = app::update(&mut self.model, msg);
        if is_view {
            self.settle_votes();
        }
        if before.is_none_or(|before| before != badge(self)) {
            self.frames.changed(Instant::now());
        }
        for effect in effects {
            self.effect(effect).await?;
        }
        self.show_outside()
    }

    /// Title and taskbar, where they changed.
    fn show_outside(&mut self) -> io::Result<()> {
        let outside = app::outside(&self.model);
        if outside == self.outside {
            return Ok(());
        }
        let progress = outside.progress.map(|(mood, percent)| match mood {
            Mood::Going => Taskbar::Going(percent),
            Mood::Held => Taskbar::Paused(percent),
            Mood::Bad => Taskbar::Failed(percent),
        });
        self.guard.show_outside(outside.title.as_deref(), progress)?;
        self.outside = outside;
        Ok(())
    }

    async fn draw(&mut self) -> io::Result<()> {
        let (model, theme, glyphs) = (&self.model, &self.theme, self.glyphs);
        let mut shown = None;
        self.surface.draw(&mut |frame| {
            let drawn = ui::draw(model, theme, glyphs, frame.area(), frame.buffer_mut());
            crate::planted::panics("frame");
            if let Some(cursor) = drawn.cursor {
                frame.set_cursor_position(cursor);
            }
            shown = Some(drawn.shown);
        })?;
        self.frames.drawn(Instant::now());
        if let Some(shown) = shown {
            let unseen =
                |model: &Model| (model.screen == Screen::Syllabus).then(|| model.syllabus.unseen(&model.snapshot));
            let before = unseen(&self.model);
            for effect in app::update(&mut self.model, Msg::Shown(shown)) {
                self.effect(effect).await?;
            }
            if unseen(&self.model) != before {
                // This frame says how many were seen before it.
                self.frames.changed(Instant::now());
            }
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal) -> io::Result<()> {
        match signal {
            Signal::Terminate => self.ended = Some(Ended::Signal),
            Signal::Hangup => self.ended = Some(Ended::TerminalGone),
            // In raw mode Ctrl-C is a key; this was meant for a child.
            Signal::Interrupt => {}
            Signal::Stop => self.suspend().await?,
            Signal::Continue => {
                self.guard.enter_again()?;
                self.repaint()?;
            }
        }
        Ok(())
    }

    async fn suspend(&mut self) -> io::Result<()> {
        match suspend(&mut self.guard, &mut self.events, &mut self.signals).await {
            Ok(Suspended::Resumed) => self.repaint(),
            Ok(Suspended::Leave(_)) => {
                self.ended = Some(Ended::Signal);
                Ok(())
            }
            Err(error) => {
                self.repaint()?;
                self.model_says(error.to_string());
                Ok(())
            }
        }
    }

    /// Keeps how the screen is for the next start.
    fn remember(&mut self) {
        if let Some(memory) = &mut self.memory {
            memory.keep(app::keep(&self.model));
        }
    }

    fn repaint(&mut self) -> io::Result<()> {
        // Whoever had the terminal meanwhile got its own title back.
        self.outside = app::Outside::default();
        self.surface.forget()?;
        self.frames.changed(Instant::now());
        Ok(())
    }

    /// A sentence for the curator.
    fn model_says(&mut self, text: String) {
        self.answers.push_back(Msg::Notice { level: Level::Warning, text });
    }
}

/// What a movement of the mouse means here; other buttons are the terminal's.
fn gesture(mouse: MouseInput) -> Option<Mouse> {
    let gesture = match mouse.kind {
        MouseKind::Down(MouseButton::Left) => Gesture::Press,
        MouseKind::Drag(MouseButton::Left) => Gesture::Drag,
        MouseKind::Up(MouseButton::Left) => Gesture::Release,
        MouseKind::ScrollUp => Gesture::WheelUp,
        MouseKind::ScrollDown => Gesture::WheelDown,
        MouseKind::Down(_) | MouseKind::Drag(_) | MouseKind::Up(_) => return None,
    };
    Some(Mouse { gesture, column: mouse.column, row: mouse.row })
}

async fn gone(hangup: &mut Option<Hangup>) {
    match hangup {
        Some(hangup) => hangup.gone().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
