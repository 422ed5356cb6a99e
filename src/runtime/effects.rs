//! What the reducer asked for, done.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Curator, Ended};
use crate::app::{self, Again, Done, Draft, EditorOutcome, Effect, Lexicon, Looks, Msg, Saved};
use crate::asking::SessionRequest;
use crate::homework::RunControl;
use crate::store::{self, StoreError};
use crate::taxonomy::queue::Looked;
use crate::taxonomy::similarity::Names;
use crate::taxonomy::text::reveal;
use crate::taxonomy::{Problem, Refusal, Snapshot};
use crate::term::{
    Clipboard, Edited, EditorError, Fault, Signal, Surface, copy_by_terminal, edit_again, edit_text, forget, hand_over,
    hand_to, stop_process_group, take_back,
};

/// How long a program may take to put a text on the clipboard.
const PATIENCE: Duration = Duration::from_secs(2);
/// After so many proposals it is told what the checks found.
const LOOKED_AT_ONCE: usize = 2_000;

/// The names of a taxonomy that are being read.
pub struct Reading {
    /// What a search needs of them, and the revision of the snapshot that they are of.
    first: oneshot::Receiver<(Arc<Names>, u64)>,
    whole: JoinHandle<Box<Lexicon>>,
}

impl Reading {
    /// Reads them on threads of its own.
    pub(super) fn begin(snapshot: Arc<Snapshot>) -> Self {
        let (tell, first) = oneshot::channel();
        let whole = tokio::task::spawn_blocking(move || {
            let names = Arc::new(Names::of(&snapshot));
            let _ = tell.send((names.clone(), snapshot.revision));
            Box::new(Lexicon::of_names(&snapshot, &names))
        });
        Self { first, whole }
    }
}

impl<S: Surface> Curator<S> {
    pub(super) async fn effect(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Submit { id, op } => {
                let outcome = self.store.submit(op);
                self.answer(async move {
                    let outcome = outcome.await;
                    let outcome = outcome.map(|receipt| Done { event: receipt.event, summary: receipt.summary });
                    Msg::OpDone { id, outcome: outcome.map_err(refusal) }
                });
            }
            Effect::LoadBatch(id) => {
                let store = self.store.clone();
                self.look_up(async move {
                    let outcome = store.batch(id).await.map(Box::new).map_err(|error| error.to_string());
                    Msg::Batch { id, outcome }
                });
            }
            Effect::ReadNames => self.names_come(Reading::begin(self.model.snapshot.clone())),
            Effect::Look => self.look(),
            Effect::CountFacets => self.count_facets(),
            Effect::AskModel { job, node, what, reason, trim } => self.ask_model(job, (node, what), reason, trim),
            Effect::WritePrompt { node, what, reason, trim } => self.write_prompt((node, what), reason, trim),
            Effect::AskSession { job, subject, is_accepted, within, session, reason } => {
                let request = SessionRequest { subject, is_accepted, within: *within, session, reason };
                self.ask_session(job, request);
            }
            Effect::StopEmbedding => self.meaning.stop(),
            Effect::CancelJob(job) => self.jobs.cancel(job),
            Effect::OpenEditor { draft, again } => self.open_editor(draft, again).await?,
            Effect::ForgetText(kept) => forget(Path::new(&kept)),
            Effect::PlanHomework(request) => self.plan_homework(request),
            Effect::StartRun { request, concurrency, limits } => self.start_run(request, concurrency, limits),
            Effect::PauseRun => self.helm.steer(RunControl::pause),
            Effect::ResumeRun => self.helm.steer(RunControl::resume),
            Effect::StopRun => self.helm.steer(RunControl::stop),
            Effect::AbortRun => self.helm.steer(RunControl::abort),
            Effect::SetLimits(limits) => self.helm.steer(|run| run.set_limits(limits)),
            Effect::SetConcurrency(most) => self.helm.steer(|run| run.set_concurrency(most)),
            Effect::ReadDataset => self.read_dataset(),
            Effect::MakeCharts => self.make_charts(),
            Effect::ReadHeads(items) => self.read_heads(items),
            Effect::ReadLog => self.read_log(),
            Effect::ReadItem(item) => self.read_item(item),
            Effect::SearchItems { search, text } => self.search_items(search, &text),
            Effect::StopSearch => self.items.stop_search(),
            Effect::ShowTheme(name) => self.show_theme(&name, false).await?,
            Effect::UseTheme(name) => self.show_theme(&name, true).await?,
            Effect::Copy(text) => self.copy(text),
            Effect::SetMouse(on) => self.guard.set_mouse(on)?,
            Effect::Notify(text) => self.guard.notify(&text)?,
            Effect::Redraw => self.repaint()?,
            Effect::Suspend => self.suspend().await?,
            Effect::Quit => self.ended = Some(Ended::Quit),
        }
        Ok(())
    }

    /// Copies a text and says how.
    fn copy(&mut self, text: String) {
        if let Clipboard::Program(command) = self.clipboard {
            let secrets = self.secrets.clone();
            self.copies.spawn_blocking(move || {
                let outcome = hand_to(command, &text, &secrets, PATIENCE);
                (text, outcome)
            });
        } else {
            self.copied(&text, Err(io::ErrorKind::Unsupported.into()));
        }
    }

    /// Says how a text was copied. What no program took is left to the terminal.
    pub(super) fn copied(&mut self, text: &str, by_program: io::Result<&'static str>) {
        let copied = by_program.or_else(|_| copy_by_terminal(text, &mut self.guard.beside()));
        let short: String = text.chars().take(60).collect();
        let more = if short.len() < text.len() { " and so on" } else { "" };
        let (level, says) = match copied {
            Ok(way) => {
                (app::Level::Info, format!("Copied by {way}: {}{more}", crate::taxonomy::text::reveal_line(&short)))
            }
            Err(error) => (app::Level::Warning, format!("It cannot be copied: {error}")),
        };
        self.answers.push_back(Msg::Notice { level, text: says });
    }

    /// Runs a future beside the loop; what it returns is the answer.
    pub(super) fn answer(&mut self, answer: impl Future<Output = Msg> + Send + 'static) {
        let outbox = self.outbox.clone();
        self.tasks.spawn(async move {
            let msg = answer.await;
            crate::planted::panics("task");
            // The loop is gone when the curator has left.
            let _ = outbox.send(msg).await;
        });
    }

    /// Waits for the names of the taxonomy beside the loop. A large directory is watched from then on: it takes as long to
    /// begin as a tenth of them, and a search may wait for these.
    pub(super) fn names_come(&mut self, Reading { first, whole }: Reading) {
        let (outbox, store) = (self.outbox.clone(), self.store.clone());
        self.tasks.spawn(async move {
            if let Ok((names, revision)) = first.await {
                drop(outbox.send(Msg::NamesFirst(names, revision)).await);
            }
            let whole = whole.await;
            store.watch();
            match whole {
                Ok(lexicon) => drop(outbox.send(Msg::Names(lexicon)).await),
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => {}
            }
        });
    }

    /// Looks with the checks at open proposals on a thread of its own.
    fn look(&mut self) {
        let (outbox, stop, snapshot) = (self.outbox.clone(), self.stop.clone(), self.model.snapshot.clone());
        let families = self.model.digest.survey.begin_to_look();
        self.tasks.spawn_blocking(move || {
            let mut found = Vec::new();
            let mut count = 0;
            for looked in Looked::each(&snapshot, families) {
                if stop.is_cancelled() {
                    return;
                }
                count += looked.len();
                found.push(looked);
                if count >= LOOKED_AT_ONCE {
                    let found = std::mem::take(&mut found);
                    let _ = outbox.blocking_send(Msg::Looked(Looks { found, is_last: false }));
                    count = 0;
                }
            }
            let _ = outbox.blocking_send(Msg::Looked(Looks { found, is_last: true }));
        });
    }

    /// Counts how many proposals each facet would show, on a thread of its own.
    fn count_facets(&mut self) {
        let (outbox, snapshot) = (self.outbox.clone(), self.model.snapshot.clone());
        let (survey, facets) = (self.model.digest.survey.to_count(), self.model.queue.facets.clone());
        self.tasks.spawn_blocking(move || {
            let _ = outbox.blocking_send(Msg::Counted(app::tally(&snapshot, &survey, &facets)));
        });
    }

    /// As [`answer`](Self::answer), for what only reads: once the curator has left nobody wants its answer, so it is not waited for.
    pub(super) fn look_up(&mut self, answer: impl Future<Output = Msg> + Send + 'static) {
        let (outbox, stop) = (self.outbox.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let _ = stop.run_until_cancelled(async { outbox.send(answer.await).await }).await;
        });
    }

    /// The user's editor has the terminal until it ends; jobs go on meanwhile.
    async fn open_editor(&mut self, draft: Draft, again: Option<Again>) -> io::Result<()> {
        let command = match &self.editor {
            Ok(command) => command.clone(),
            Err(error) => {
                let outcome = EditorOutcome::Failed(error.to_string());
                let saved = again.map(|again| again.saved);
                self.answers.push_back(Msg::Edited { draft, outcome, saved });
                return Ok(());
            }
        };
        hand_over(&mut self.guard, &mut self.events)?;
        let secrets = self.secrets.clone();
        let text = draft_text(&draft);
        let before = again.clone();
        let mut editing = tokio::task::spawn_blocking(move || match before {
            None => edit_text(&command, &text, ".yaml", &secrets),
            Some(Again { saved, line, remark }) => {
                let fault = Fault { line, what: &remark };
                edit_again(&command, Path::new(&saved.kept), &saved.text, fault, &secrets)
            }
        });
        let edited = loop {
            tokio::select! {
                edited = &mut editing => break edited.unwrap_or_else(|panic| Err(EditorError::NotWritten(io::Error::other(panic)))),
                signal = self.signals.next() => match signal {
                    Signal::Terminate | Signal::Hangup => {
                        self.ended = Some(Ended::Signal);
                        return Ok(());
                    }
                    // The shell stopped the editor and us with it.
                    Signal::Stop => stop_process_group().unwrap_or_default(),
                    Signal::Interrupt | Signal::Continue => {}
                },
            }
        };
        take_back(&mut self.guard, &mut self.events)?;
        self.repaint()?;
        let (outcome, saved) = match edited {
            Ok(Edited::Unchanged) => (EditorOutcome::Unchanged, again.map(|again| again.saved)),
            Ok(Edited::Changed { text, kept }) => {
                let outcome = parse_draft(&draft, &text);
                (outcome, Some(Saved { text, kept: kept.display().to_string() }))
            }
            Err(error) => (EditorOutcome::Failed(error.to_string()), again.map(|again| again.saved)),
        };
        self.answers.push_back(Msg::Edited { draft, outcome, saved });
        Ok(())
    }
}

fn draft_text(draft: &Draft) -> String {
    match draft {
        Draft::Proposal { node, .. } | Draft::Node(node) => store::node_yaml(node),
        Draft::Syllabus { syllabus, .. } => store::syllabus_yaml(syllabus),
    }
}

fn parse_draft(draft: &Draft, text: &str) -> EditorOutcome {
    let unreadable = |problem: Problem| EditorOutcome::Unreadable {
        line: problem.line,
        message: reveal(&problem.message).into_owned(),
    };
    match draft {
        Draft::Proposal { .. } | Draft::Node(_) => match store::parse_node(text, "the edited text") {
            Ok(node) => EditorOutcome::Node(Box::new(node)),
            Err(problem) => unreadable(problem),
        },
        Draft::Syllabus { .. } => match store::parse_syllabus(text, "the edited text") {
            Ok(syllabus) => EditorOutcome::Syllabus(Box::new(syllabus)),
            Err(problem) => unreadable(problem),
        },
    }
}

fn refusal(error: StoreError) -> Refusal {
    let hint = error.hint();
    match error {
        StoreError::Refused(refusal) => refusal,
        other => Refusal { what: other.to_string(), hint },
    }
}
