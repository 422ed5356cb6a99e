//! `/v1/batches`: each batch is worked on by a thread of its own, line by line from file to file, and is over when the work
//! is done and its time is up. The clock can be hurried (`POST /demo/clock?advance=SECONDS`).

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::batch_faults::BatchFault;
use super::chat;
use super::files::{Files, Stored};
use super::knowledge::Knowledge;
use super::ledger::Ledger;
use super::routes::Service;
use super::server::Options;
use super::wire::CREATED;

/// How long a request of a batch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Results that change places, because no order is promised.
const SHUFFLED: usize = 64;

/// All batches of a server.
#[derive(Debug, Clone)]
pub struct Batches {
    list: Arc<Mutex<BTreeMap<u64, Batch>>>,
    /// The files of all of them.
    pub files: Files,
    options: Options,
    ledger: Ledger,
    knowledge: &'static Knowledge,
    /// Milliseconds that the clock was put forward.
    hurried: Arc<AtomicU64>,
    started: Instant,
}

#[derive(Debug)]
struct Batch {
    number: u64,
    input: String,
    window: String,
    metadata: Value,
    /// Milliseconds on the server's clock.
    created: u64,
    progress: Arc<Mutex<Progress>>,
    /// Looks after the end during which no file is named.
    late: u32,
    vanished: bool,
    odd: bool,
}

/// How far the thread is.
#[derive(Debug, Default, Clone)]
struct Progress {
    total: u64,
    completed: u64,
    failed: u64,
    cancelled: bool,
    /// Set at the end.
    end: Option<&'static str>,
    errors: Vec<Value>,
    output: Option<String>,
    error: Option<String>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Batches {
    /// None yet.
    #[must_use]
    pub fn new(knowledge: &'static Knowledge, options: &Options, ledger: &Ledger) -> Self {
        Self {
            list: Arc::default(),
            files: Files::default(),
            options: options.clone(),
            ledger: ledger.clone(),
            knowledge,
            hurried: Arc::default(),
            started: Instant::now(),
        }
    }

    /// Puts the clock forward.
    pub fn hurry(&self, seconds: u64) {
        self.hurried.fetch_add(seconds.saturating_mul(1_000), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        let passed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        passed.saturating_add(self.hurried.load(Ordering::Relaxed))
    }

    /// Makes a batch and starts on it; nothing if there is no such file.
    pub fn create(&self, input: &str, window: &str, metadata: Value) -> Option<Value> {
        let file = self.files.get(input)?;
        let faults = &self.options.batch_faults;
        let progress = Arc::new(Mutex::new(Progress::default()));
        let mut list = locked(&self.list);
        let number = list.keys().next_back().map_or(1, |last| last + 1);
        let batch = Batch {
            number,
            input: input.to_owned(),
            window: window.to_owned(),
            metadata,
            created: self.now(),
            progress: Arc::clone(&progress),
            late: faults.take(BatchFault::LateOutput).unwrap_or(0),
            vanished: faults.take(BatchFault::Vanish).is_some(),
            odd: faults.take(BatchFault::OddState).is_some(),
        };
        let work = Work {
            files: self.files.clone(),
            progress,
            expire: faults.take(BatchFault::Expire),
            fail_all: faults.take(BatchFault::ErrorOnly).is_some(),
            invalid: faults.take(BatchFault::Invalid),
            over_limit: faults.take(BatchFault::TokenLimit).is_some(),
            // Latency and limits are those of live requests.
            service: Service::new(
                self.knowledge,
                Options {
                    latency: Duration::ZERO,
                    tokens_per_second: None,
                    requests_per_second: None,
                    ..self.options.clone()
                },
                self.ledger.clone(),
            ),
        };
        let name = format!("demo-batch-{number}");
        let thread = std::thread::Builder::new().name(name).spawn(move || work.run(&file));
        if thread.is_err() {
            locked(&batch.progress).end = Some("failed");
        }
        let shown = batch.json(0);
        list.insert(number, batch);
        Some(shown)
    }

    fn number(id: &str) -> Option<u64> {
        id.strip_prefix("batch_demo_")?.parse().ok()
    }

    /// The batch of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Value> {
        let now = self.now();
        let mut list = locked(&self.list);
        let batch = list.get_mut(&Self::number(id)?)?;
        if batch.vanished {
            return None;
        }
        let passed = now.saturating_sub(batch.created);
        let shown = batch.json(self.left(passed));
        if shown["status"] == "completed" && batch.late > 0 {
            batch.late -= 1;
        }
        Some(shown)
    }

    /// Milliseconds until a batch that is so old is over.
    fn left(&self, passed: u64) -> u64 {
        let whole = u64::try_from(self.options.batch_time.as_millis()).unwrap_or(u64::MAX);
        whole.saturating_sub(passed)
    }

    /// Calls a batch off.
    pub fn cancel(&self, id: &str) -> Option<Value> {
        if let Some(batch) = locked(&self.list).get(&Self::number(id)?) {
            locked(&batch.progress).cancelled = true;
        }
        self.get(id)
    }

    /// Batches, the newest first, from after `after` on; whether there are more than `limit`.
    #[must_use]
    pub fn list(&self, after: Option<&str>, limit: usize) -> (Vec<Value>, bool) {
        let before = after.and_then(Self::number).unwrap_or(u64::MAX);
        let now = self.now();
        let list = locked(&self.list);
        let mut found = list.range(..before).rev().map(|(_, batch)| batch).filter(|batch| !batch.vanished);
        let shown = |batch: &Batch| batch.json(self.left(now.saturating_sub(batch.created)));
        let page = found.by_ref().take(limit).map(shown).collect();
        (page, found.next().is_some())
    }
}

impl Batch {
    fn json(&self, left: u64) -> Value {
        let progress = locked(&self.progress).clone();
        let ended = progress.end.filter(|end| left == 0 || *end == "failed" || *end == "cancelled");
        let status = match ended {
            Some(end) => end,
            None if progress.cancelled => "cancelling",
            None if self.odd => "pondering",
            None if progress.total == 0 => "validating",
            None if progress.end.is_some() => "finalizing",
            None => "in_progress",
        };
        let named = ended.is_some() && !(status == "completed" && self.late > 0);
        let file = |id: &Option<String>| id.clone().filter(|_| named);
        json!({
            "id": format!("batch_demo_{}", self.number),
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "errors": if progress.errors.is_empty() { Value::Null } else { json!({"object": "list", "data": progress.errors}) },
            "input_file_id": self.input,
            "completion_window": self.window,
            "status": status,
            "output_file_id": file(&progress.output),
            "error_file_id": file(&progress.error),
            "created_at": CREATED + self.created / 1_000,
            "request_counts": {"total": progress.total, "completed": progress.completed, "failed": progress.failed},
            "metadata": self.metadata,
        })
    }
}

/// The work of one batch.
struct Work {
    files: Files,
    progress: Arc<Mutex<Progress>>,
    service: Service,
    expire: Option<u32>,
    fail_all: bool,
    invalid: Option<u32>,
    over_limit: bool,
}

impl Work {
    fn run(self, input: &Stored) {
        let end = match self.validate(input) {
            Ok(errors) if errors.is_empty() => self.work(input).unwrap_or("failed"),
            Ok(errors) => {
                locked(&self.progress).errors = errors;
                "failed"
            }
            Err(_) => "failed",
        };
        locked(&self.progress).end = Some(end);
    }

    /// What is wrong with the file, as OpenAI says it.
    fn validate(&self, input: &Stored) -> io::Result<Vec<Value>> {
        let error = |code: &str, line: Option<u64>, message: &str| json!({"code": code, "line": line, "message": message, "param": null});
        if self.over_limit {
            let message = "Enqueued token limit reached for provost-demo. Please try again once some in_progress batches have been completed.";
            return Ok(vec![error("token_limit_exceeded", None, message)]);
        }
        let (mut ids, mut errors, mut number, mut model) = (HashSet::new(), Vec::new(), 0_u64, None);
        for line in BufReader::new(input.open()?).lines() {
            let line = line?;
            number += 1;
            let request: Value = match serde_json::from_str(&line) {
                Ok(request) if self.invalid != u32::try_from(number).ok() => request,
                _ => {
                    errors.push(error("invalid_json_line", Some(number), "This line is not parseable as valid JSON."));
                    break;
                }
            };
            let id = request["custom_id"].as_str().filter(|id| !id.is_empty() && id.len() <= 512);
            let found = match id {
                None => Some(("missing_required_parameter", "Missing required parameter: 'custom_id'.")),
                Some(id) if !ids.insert(blake3::hash(id.as_bytes())) => {
                    Some(("duplicate_custom_id", "The custom_id for this request is a duplicate of another request."))
                }
                _ if request["url"] != "/v1/chat/completions" || request["method"] != "POST" => {
                    Some(("url_mismatch", "The URL provided for this request does not match the batch endpoint."))
                }
                _ if request["body"]["stream"] == true => {
                    Some(("invalid_request", "Streaming is not supported in a batch."))
                }
                _ => {
                    let first = model.get_or_insert_with(|| request["body"]["model"].clone());
                    (*first != request["body"]["model"])
                        .then_some(("model_mismatch", "All requests of a file must be for the same model."))
                }
            };
            errors.extend(found.map(|(code, message)| error(code, Some(number), message)));
        }
        match number {
            0 => errors.push(error("empty_file", None, "The input file is empty.")),
            50_001.. => errors.push(error("too_many_tasks", None, "The batch file has more than 50000 requests.")),
            _ => {}
        }
        locked(&self.progress).total = number;
        Ok(errors)
    }

    fn work(&self, input: &Stored) -> io::Result<&'static str> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let total = locked(&self.progress).total;
        let until = self.expire.map_or(total, |percent| total * u64::from(percent.min(100)) / 100);
        let (mut good, mut bad) = (Out::new(&self.files)?, Out::new(&self.files)?);
        let mut end = if self.expire.is_some() { "expired" } else { "completed" };
        for (number, line) in BufReader::new(input.open()?).lines().enumerate() {
            let request: Value = serde_json::from_str(&line?)?;
            let id = request["custom_id"].as_str().unwrap_or_default();
            if locked(&self.progress).cancelled {
                end = "cancelled";
            }
            if number as u64 >= until || end == "cancelled" {
                let (code, message) = match end {
                    "cancelled" => ("batch_cancelled", "This request was not executed before the batch was cancelled."),
                    _ => ("batch_expired", "This request could not be executed before the completion window expired."),
                };
                bad.add(&json!({"id": format!("batch_req_{number}"), "custom_id": id, "response": null,
                                "error": {"code": code, "message": message}}))?;
                locked(&self.progress).failed += 1;
                continue;
            }
            let (status, body) = if self.fail_all {
                (
                    400,
                    json!({"error": {"message": "Failed on request.", "type": "invalid_request_error", "code": null}}),
                )
            } else {
                runtime.block_on(self.ask(request["body"].to_string()))
            };
            let said = json!({"id": format!("batch_req_{number}"), "custom_id": id,
                              "response": {"status_code": status, "request_id": format!("req_{number}"), "body": body},
                              "error": null});
            let mut progress = locked(&self.progress);
            if status < 400 {
                progress.completed += 1;
                good.add(&said)?;
            } else {
                progress.failed += 1;
                bad.add(&said)?;
            }
        }
        let (output, error) = (good.close("output.jsonl")?, bad.close("errors.jsonl")?);
        let mut progress = locked(&self.progress);
        (progress.output, progress.error) = (output, error);
        Ok(end)
    }

    /// What the model says, as a live request would hear it.
    async fn ask(&self, body: String) -> (u16, Value) {
        let broken = || (500, json!({"error": {"message": "The upstream provider failed.", "type": "server_error"}}));
        let asked = async {
            let reply = chat::answer(&self.service, body.as_bytes()).await.ok()?;
            let status = reply.status().as_u16();
            let body: Bytes = reply.into_body().collect().await.ok()?.to_bytes();
            Some((status, serde_json::from_slice(&body).ok()?))
        };
        tokio::time::timeout(PATIENCE, asked).await.ok().flatten().unwrap_or_else(broken)
    }
}

/// A file of results under way; its lines change places.
struct Out<'a> {
    files: &'a Files,
    place: (u64, std::path::PathBuf),
    writer: BufWriter<File>,
    held: Vec<Vec<u8>>,
    bytes: u64,
}

impl<'a> Out<'a> {
    fn new(files: &'a Files) -> io::Result<Self> {
        let place = files.begin()?;
        let writer = BufWriter::new(File::create(&place.1)?);
        Ok(Self { files, place, writer, held: Vec::new(), bytes: 0 })
    }

    fn add(&mut self, line: &Value) -> io::Result<()> {
        self.held.push(format!("{line}\n").into_bytes());
        if self.held.len() >= SHUFFLED { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        while let Some(line) = self.held.pop() {
            self.bytes += line.len() as u64;
            self.writer.write_all(&line)?;
        }
        Ok(())
    }

    /// The file's id, if there is anything in it.
    fn close(mut self, name: &str) -> io::Result<Option<String>> {
        self.flush()?;
        self.writer.flush()?;
        if self.bytes == 0 {
            return Ok(None);
        }
        Ok(Some(self.files.keep(self.place, name, "batch_output", (0, self.bytes)).id))
    }
}
