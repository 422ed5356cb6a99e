//! Plans and the run, for the Homework screen. The curator goes on deciding meanwhile.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::Curator;
use crate::app::{FAILURES_KEPT, Msg, News, Planned, Terms};
use crate::asking::{Means, plan_without_models};
use crate::homework::checks::Benchmarks;
use crate::homework::{self, Changes, Job, Limits, PlanRequest, Prices, RunControl, RunHandle, estimate};
use crate::llm::PromptSet;
use crate::taxonomy::Snapshot;
use crate::taxonomy::text::reveal_line;
use crate::term::Surface;

/// The plans that were asked for: how many, and whose turn it is.
#[derive(Clone, Default)]
pub struct Plans {
    newest: Arc<AtomicU64>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// Steers the run that is under way, once it is.
#[derive(Clone, Default)]
pub struct Helm(Arc<Mutex<Option<RunControl>>>);

impl Helm {
    /// Does something with the run, where there is one.
    pub fn steer(&self, what: impl FnOnce(&RunControl)) {
        if let Ok(control) = self.0.lock()
            && let Some(control) = control.as_ref()
        {
            what(control);
        }
    }

    fn take_over(&self, control: Option<RunControl>) {
        if let Ok(mut held) = self.0.lock() {
            *held = control;
        }
    }
}

impl<S: Surface> Curator<S> {
    /// Makes the plan for a request, beside the loop. One is made at a time: of those that are asked for meanwhile only the last is made, from
    /// the tree as it is then.
    pub(super) fn plan_homework(&mut self, request: PlanRequest) {
        let (store, means, runs) = (self.store.clone(), self.whoever_makes(), self.runs.clone());
        let prompts = self.prompts.clone();
        let (plans, outbox) = (self.plans.clone(), self.outbox.clone());
        let number = plans.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let stop = self.stop.clone();
        let work = async move {
            let _turn = plans.turn.lock().await;
            if plans.newest.load(Ordering::Relaxed) != number {
                return;
            }
            let (asked, snapshot) = (request.clone(), store.snapshot());
            let means = means.await;
            let planning = tokio::task::spawn_blocking(move || {
                let means = match means {
                    Ok(means) => means,
                    Err(why) => {
                        let prompts = prompts.ok_or_else(|| why.clone())?;
                        return without_models(&snapshot, &asked, &prompts, why);
                    }
                };
                let plan = means.plan(&snapshot, &asked);
                let estimate = estimate(&plan, &means.prompts, &means.prices, means.judge().is_some())
                    .map_err(|error| error.to_string())?;
                let changes = Changes::of(&plan, &snapshot, &runs).map_err(|error| error.to_string())?;
                let terms = Box::new(terms(&means));
                Ok(Planned { plan: Arc::new(plan), estimate: Some(estimate), changes: Some(Arc::new(changes)), terms })
            });
            let outcome = planning.await.unwrap_or_else(|error| Err(format!("The plan broke off: {error}.")));
            // The loop is gone when the curator has left.
            let _ = outbox.send(Msg::Homework(News::Planned { request, outcome })).await;
        };
        // Nobody waits for a plan that is being made.
        self.tasks.spawn(async move { stop.run_until_cancelled(work).await.unwrap_or_default() });
    }

    /// Starts or resumes a run, and tells the screen how it stands until it is over.
    pub(super) fn start_run(&mut self, request: PlanRequest, concurrency: usize, limits: Limits) {
        let (snapshot, means) = (self.store.snapshot(), self.whoever_makes());
        let (runs, curator) = (self.runs.clone(), self.model.settings.curator.clone());
        let (helm, stop, outbox) = (self.helm.clone(), self.stop.child_token(), self.outbox.clone());
        self.tasks.spawn(async move {
            let started = async {
                let means = means.await?;
                let plan = Arc::new(means.plan(&snapshot, &request));
                if let Some(why) = means.judge_missing() {
                    return Err(why.to_owned());
                }
                let job = means.job(plan, runs, &curator, concurrency);
                let (root, checks) = (job.runs.clone(), snapshot.manifest.homework.checks.clone());
                let reading = tokio::task::spawn_blocking(move || {
                    let root = root.parent().unwrap_or(&root);
                    let read = Benchmarks::of_directory(root, &checks, &[]).map_err(|error| error.to_string())?;
                    Ok::<_, String>((Arc::new(read), checks))
                });
                let (benchmarks, checks) = reading.await.map_err(|error| error.to_string())??;
                let job = Job { benchmarks, checks, limits, ..job };
                homework::start(job).await.map_err(|error| error.to_string())
            };
            let last = match started.await {
                Err(why) => News::Refused(reveal_line(&why).into_owned()),
                Ok(handle) => {
                    helm.take_over(Some(handle.control()));
                    let started = News::Started(handle.run().clone());
                    // The loop is gone when the curator has left; the run is stopped then.
                    let _ = outbox.send(Msg::Homework(started)).await;
                    let ended = follow(handle, &outbox, &stop).await;
                    helm.take_over(None);
                    ended
                }
            };
            let _ = outbox.send(Msg::Homework(last)).await;
        });
    }
}

/// The plan where no model can be asked: the same subjects and counts. Which items are there already is not known.
fn without_models(
    snapshot: &Snapshot,
    request: &PlanRequest,
    prompts: &PromptSet,
    why: String,
) -> Result<Planned, String> {
    let plan = plan_without_models(snapshot, request, prompts);
    let estimate = estimate(&plan, prompts, &Prices::default(), snapshot.manifest.homework.judge);
    let estimate = estimate.map_err(|error| error.to_string())?;
    let terms = Box::new(Terms { no_model: Some(reveal_line(&why).into_owned()), ..Terms::default() });
    Ok(Planned { plan: Arc::new(plan), estimate: Some(estimate), changes: None, terms })
}

/// What the config says of money.
fn terms(means: &Means) -> Terms {
    let priced = means.priced();
    let today = homework::today();
    let unpriced = priced.iter().filter(|(_, price)| price.is_none()).map(|(model, _)| (*model).to_owned());
    let stale = priced.iter().filter_map(|(model, price)| {
        let days = (*price)?.stale(today)?;
        Some(format!("The price of {} was looked up {days} days ago.", reveal_line(model)))
    });
    Terms { limits: means.limits, unpriced: unpriced.collect(), remarks: stale.collect(), no_model: None }
}

/// Passes on how a run stands. When the curator leaves, what is under way is finished. Failures wait for the next progress, which comes ten
/// times a second at most: so however many there are, the loop gets no more messages.
async fn follow(handle: RunHandle, outbox: &tokio::sync::mpsc::Sender<Msg>, stop: &CancellationToken) -> News {
    let (mut progress, mut failures, control) = (handle.progress(), handle.failures(), handle.control());
    let mut joined = pin!(handle.join());
    let mut stopping = false;
    let mut last = progress.borrow().clone();
    let mut failed = VecDeque::new();
    let summary = loop {
        tokio::select! {
            biased;
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                control.stop();
                continue;
            }
            summary = &mut joined => break summary,
            Ok(()) = progress.changed() => {
                let now = progress.borrow_and_update().clone();
                let is_still = std::mem::replace(&mut last, Arc::clone(&now)).is_as_still_as(&now);
                if stopping {
                    continue;
                }
                if !failed.is_empty() {
                    let _ = outbox.send(Msg::Homework(News::Failed(std::mem::take(&mut failed).into()))).await;
                }
                if !is_still {
                    let _ = outbox.send(Msg::Homework(News::Progress(now))).await;
                }
            }
            told = failures.recv() => match told {
                Ok(one) => {
                    failed.push_back(one);
                    failed.drain(..failed.len().saturating_sub(FAILURES_KEPT));
                }
                Err(RecvError::Lagged(_)) => {}
                // The run is about to say how it ended.
                Err(RecvError::Closed) => break joined.await,
            },
        };
    };
    if !failed.is_empty() && !stopping {
        let _ = outbox.send(Msg::Homework(News::Failed(failed.into()))).await;
    }
    let dir = reveal_line(&summary.dir.display().to_string()).into_owned();
    News::Ended { ended: summary.ended, progress: summary.progress, dir }
}
