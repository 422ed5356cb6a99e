//! What runs beside the loop: questions to models, and the homework run.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::Curator;
use crate::app::{JobEvent, JobId, Msg, What, Written};
use crate::asking::{Asked, Asker, Manner, Request, Rewritten, SessionRequest, calls, questions};
use crate::taxonomy::{Kind, NodeId, Trim};
use crate::term::Surface;

/// The jobs under way.
#[derive(Default)]
pub struct Jobs {
    asking: HashMap<JobId, CancellationToken>,
}

impl Jobs {
    /// Stops a question; what it brought so far stays.
    pub fn cancel(&mut self, job: JobId) {
        if let Some(token) = self.asking.remove(&job) {
            token.cancel();
        }
    }

    /// A question is over.
    pub fn ended(&mut self, job: JobId) {
        self.asking.remove(&job);
    }
}

impl<S: Surface> Curator<S> {
    /// What stops a new job.
    fn begin(&mut self, job: JobId) -> CancellationToken {
        let stop = self.stop.child_token();
        self.jobs.asking.insert(job, stop.clone());
        stop
    }

    /// Asks for one class session; the curator goes on meanwhile.
    pub(super) fn ask_session(&mut self, job: JobId, request: SessionRequest) {
        let (stop, asker) = (self.begin(job), self.whoever_proposes());
        self.answer(async move {
            let asking = async {
                match asker.await {
                    Ok(asker) => rewritten(asker.ask_session(&request).await),
                    Err(why) => JobEvent::Failed(why),
                }
            };
            let event = stop.run_until_cancelled(asking).await.unwrap_or(JobEvent::Cancelled);
            Msg::Job { id: job, event }
        });
    }

    /// Writes the prompts of a question out for its preview.
    pub(super) fn write_prompt(&mut self, about: About, reason: Option<String>, trim: Trim) {
        let asker = self.whoever_proposes();
        self.look_up(async move {
            let asker = asker.await;
            let asked = reason.clone();
            let write = move || asker.and_then(|asker| written(&asker, about, asked, trim));
            let outcome = tokio::task::spawn_blocking(write).await;
            let outcome = outcome.unwrap_or_else(|_| Err("The prompt could not be written.".to_owned()));
            Msg::Prompts { node: about.0, what: about.1, reason, trim, outcome }
        });
    }

    pub(super) fn ask_model(&mut self, job: JobId, about: About, reason: Option<String>, trim: Trim) {
        let (stop, asker) = (self.begin(job), self.whoever_proposes());
        let outbox = self.outbox.clone();
        self.tasks.spawn(async move {
            let mut tally = Tally::default();
            let asking = async {
                let asker = asker.await?;
                let requests = requests(&asker, about, reason);
                let manner = manner(&asker, about.1, trim);
                let runs: u32 = requests.iter().map(|request| calls(&asker.prompts, request, &manner)).sum();
                let _ = outbox.send(Msg::Job { id: job, event: JobEvent::Began(runs as usize) }).await;
                for request in &requests {
                    asker
                        .ask(request, &manner, |asked| {
                            let added = tally.add(asked);
                            // Progress may be missed; the proposals themselves come with the snapshot.
                            let _ = outbox.try_send(Msg::Job { id: job, event: JobEvent::Arrived(added) });
                        })
                        .await;
                }
                Ok::<(), String>(())
            };
            let event = match stop.run_until_cancelled(asking).await {
                None => JobEvent::Cancelled,
                Some(Err(why)) => JobEvent::Failed(why),
                Some(Ok(())) => tally.event(),
            };
            let _ = outbox.send(Msg::Job { id: job, event }).await;
        });
    }
}

/// What came of asking for one session.
fn rewritten(outcome: Result<Rewritten, String>) -> JobEvent {
    match outcome {
        Ok(Rewritten::Session { batch, session }) => JobEvent::Session { batch, session: Box::new(session) },
        Ok(Rewritten::PutForward(added)) => {
            let remark = if added == 0 { "it was proposed before" } else { "it was accepted before, so decide on it" };
            JobEvent::Finished { added, remark: remark.to_owned() }
        }
        Err(why) => JobEvent::Failed(why),
    }
}

/// A node (`None`: the root), and whether it is about its children or its syllabus.
type About = (Option<NodeId>, What);

/// How the directory wants a question to be asked.
fn manner(asker: &Asker, what: What, trim: Trim) -> Manner {
    let steps = &asker.store.snapshot().manifest.steps;
    match what {
        What::Children => Manner::of_children(&steps.propose, trim),
        What::Syllabus | What::Session => Manner::of_syllabus(&steps.syllabus, trim),
    }
}

/// Every prompt that a question leads to, written out.
fn written(asker: &Asker, about: About, reason: Option<String>, trim: Trim) -> Result<Vec<Written>, String> {
    let snapshot = asker.store.snapshot();
    let manner = manner(asker, about.1, trim);
    let mut prompts = Vec::new();
    for request in requests(asker, about, reason) {
        let asks_for = match &request {
            Request::Children { kind, .. } => kind.plural(),
            Request::Syllabus { .. } => "the syllabus",
        };
        for question in questions(&snapshot, &asker.prompts, &request, &manner)? {
            for run in question.different() {
                let rendered = question.render(&asker.prompts, run).map_err(|error| error.to_string())?;
                let mut title = asks_for.to_owned();
                if let Some(stratum) = &question.stratum {
                    title.push_str(&format!(" ({stratum})"));
                }
                match question.wording(run) {
                    Some(wording) => title.push_str(&format!(", worded {wording}")),
                    None if question.runs > 1 => title.push_str(&format!(", {} times", question.runs)),
                    None => {}
                }
                prompts.push(Written { title, text: rendered.text() });
            }
        }
    }
    Ok(prompts)
}

/// What to ask for about a node: each kind that may hang there, or a syllabus.
fn requests(asker: &Asker, about: About, hint: Option<String>) -> Vec<Request> {
    let snapshot = asker.store.snapshot();
    match about {
        (Some(subject), What::Syllabus) => vec![Request::Syllabus { subject, hint }],
        (None, What::Syllabus) | (_, What::Session) => vec![],
        (parent, What::Children) => {
            let above = parent.and_then(|id| snapshot.facts(id)).map(|(kind, _)| kind);
            let request = |kind: &Kind| Request::Children { parent, kind: *kind, count: None, hint: hint.clone() };
            Kind::below(above).iter().map(request).collect()
        }
    }
}

/// What all runs of a question brought.
#[derive(Default)]
struct Tally {
    runs: usize,
    added: usize,
    known: usize,
    suppressed: usize,
    bad: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Takes in one run; returns how many proposals it added.
    fn add(&mut self, asked: Asked) -> usize {
        self.runs += 1;
        self.bad += asked.bad.len();
        match asked.outcome {
            Ok(receipt) => {
                self.added += receipt.added.len();
                self.known += receipt.known - receipt.suppressed;
                self.suppressed += receipt.suppressed;
                receipt.added.len()
            }
            Err(why) => {
                self.failures.push(why);
                0
            }
        }
    }

    fn event(self) -> JobEvent {
        if self.runs > 0 && self.failures.len() == self.runs {
            return JobEvent::Failed(self.failures.into_iter().next().unwrap_or_default());
        }
        let mut remarks = Vec::new();
        if self.known > 0 {
            remarks.push(format!("{} were known", self.known));
        }
        if self.suppressed > 0 {
            remarks.push(format!("{} suppressed: rejected before", self.suppressed));
        }
        if self.bad > 0 {
            remarks.push(format!("{} elements could not be used", self.bad));
        }
        if let Some(first) = self.failures.first() {
            remarks.push(format!("{} of {} runs failed: {first}", self.failures.len(), self.runs));
        }
        JobEvent::Finished { added: self.added, remark: remarks.join("; ") }
    }
}
