//! `provost cluster ray`: submits through Ray's Jobs API (REST), follows the log, ends as the shards ended.

use std::time::Duration;

use clap::Args;
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::{Value, json};

use super::Shards;
use crate::cli::console::Console;
use crate::cli::global::environment;
use crate::cli::interrupt::{Interrupts, block_on};
use crate::error::{AppError, Kind};
use crate::taxonomy::id::hash_bits;
use crate::taxonomy::text::reveal_line;

/// The program that Ray runs: it starts the shards as tasks.
const DRIVER: &str = include_str!("driver.py");
/// How often the job is looked at.
const PAUSE: Duration = Duration::from_millis(1_000);
/// Looks at the job in a row that may fail before it is given up.
const MOST_FAILURES: u32 = 30;

/// Submit the shards to a Ray cluster and follow their progress
#[derive(Debug, Args)]
#[command(after_help = "\
Needs Ray 2 with its dashboard (`pip install \"ray[default]\"`) and provost on the machines. The token is read from \
RAY_AUTH_TOKEN and sent to this address only; never expose the port of the dashboard. The job's name follows from \
the command, so the same command follows a running job instead of submitting another; after the job has ended, it \
submits it again to request what is missing. Ctrl-C stops following; the job continues.

Examples:
  RAY_AUTH_TOKEN=... provost cluster ray --address http://127.0.0.1:8265 --shards 8 -- --per-subject 600
  provost cluster ray --address http://head:8265 --shards 64 --at /shared/taxonomy --no-follow -- --count 1000000

Exit codes: 0 done, 1 some items failed or the address does not answer, 2 bad input, 10 interrupted (run again), 11 rate limit or \
quota (later), 42 do not retry (a shard's configuration, or the token)")]
pub(super) struct Ray {
    /// URL of the dashboard, such as http://127.0.0.1:8265
    #[arg(long, value_name = "URL")]
    address: Url,
    #[command(flatten)]
    shards: Shards,
    /// CPUs that Ray reserves per shard; a fraction lets several share one
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    cpus: f64,
    /// Maximum restarts per shard
    #[arg(long, value_name = "N", default_value_t = 20)]
    retries: u32,
    /// Path of Python on the machines
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: String,
    /// Submit and return
    #[arg(long)]
    no_follow: bool,
}

impl Ray {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster refuses, or the shards did not come to their end.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let command = self.shards.command(console)?;
        block_on(async {
            let api = Api::new(&self.address)?;
            let parts: Vec<&str> = command.iter().map(String::as_str).collect();
            let name = format!("provost-{}-{:08x}", self.shards.shards, hash_bits("provost 2026 ray v1", &parts, 32));
            let (id, is_new) = self.submit(&api, &name, &command).await?;
            let did = if is_new { "submitted" } else { "is running already" };
            console.out.note(&format!("The job {id} {did} at {}.", origin(&self.address)));
            if self.no_follow {
                return Ok(());
            }
            follow(&api, &id, console).await
        })
    }

    /// Submits, unless a job of this name is under way. The reply to a submission can be lost, so the names are looked up first.
    async fn submit(&self, api: &Api, name: &str, command: &[String]) -> Result<(String, bool), AppError> {
        for number in 1..1_000_u32 {
            let id = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
            match api.job(&id).await? {
                Some(job) if is_over(&job) => continue,
                Some(_) => return Ok((id, false)),
                None => {}
            }
            let python = super::quote(&self.python)?;
            let variables = json!({
                "PROVOST_DRIVER": DRIVER,
                "PROVOST_COMMAND": json!(command).to_string(),
                "PROVOST_SHARDS": self.shards.shards.to_string(),
                "PROVOST_CPUS": self.cpus.to_string(),
                "PROVOST_RETRIES": self.retries.to_string(),
                "RAY_DEDUP_LOGS": "0",
            });
            let body = json!({
                "entrypoint": format!("{python} -c 'import os; exec(os.environ[\"PROVOST_DRIVER\"])'"),
                "submission_id": id,
                "runtime_env": { "env_vars": variables },
                "metadata": { "program": "provost", "shards": self.shards.shards.to_string() },
            });
            let sent = api.send(Method::POST, "", Some(&body)).await;
            // The same name twice is an error there, and a lost reply looks like one: what counts is whether the job is there.
            return match sent {
                Ok(reply) if reply.status().is_success() => Ok((id, true)),
                Ok(reply) => match api.job(&id).await? {
                    Some(_) => Ok((id, false)),
                    None => Err(refused(reply).await),
                },
                Err(error) => match api.job(&id).await {
                    Ok(Some(_)) => Ok((id, true)),
                    _ => Err(error),
                },
            };
        }
        Err(AppError::new(Kind::Other, "A thousand jobs of this name are there already."))
    }
}

/// The Jobs API of one cluster.
struct Api {
    client: Client,
    base: Url,
    token: Option<String>,
}

impl Api {
    fn new(address: &Url) -> Result<Self, AppError> {
        if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
            return Err(AppError::usage("The address of the dashboard is an http or https URL.")
                .hint("--address http://127.0.0.1:8265"));
        }
        let base = address.join("api/jobs/").map_err(|error| AppError::usage(format!("--address: {error}.")))?;
        let wait = Duration::from_secs(30);
        // It fails only if another thread was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A redirect or a proxy would see the token.
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(wait).build();
        let client = client.map_err(|error| AppError::new(Kind::Other, format!("No HTTP client: {error}.")))?;
        let token = environment("RAY_AUTH_TOKEN").filter(|token| !token.is_empty());
        Ok(Self { client, base, token })
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, AppError> {
        let url = self.base.join(path).map_err(|error| AppError::usage(format!("{path}: {error}.")))?;
        let mut request = self.client.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let sent = request.send().await;
        let reply = sent.map_err(|error| {
            let why = error.without_url();
            AppError::new(Kind::Other, format!("{} does not answer: {why}.", origin(&self.base)))
                .hint("is Ray running there, with its dashboard? `ray status`")
        })?;
        match reply.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let why = if self.token.is_some() { "refuses the token in RAY_AUTH_TOKEN" } else { "asks for a token" };
                Err(AppError::new(Kind::Config, format!("{} {why}.", origin(&self.base)))
                    .hint("export RAY_AUTH_TOKEN; on the head it is in ~/.ray/auth_token"))
            }
            _ => Ok(reply),
        }
    }

    /// What is known of a job; `None` where there is none of this name.
    async fn job(&self, id: &str) -> Result<Option<Value>, AppError> {
        let reply = self.send(Method::GET, id, None).await?;
        match reply.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(body(reply).await?)),
            _ => Err(refused(reply).await),
        }
    }

    async fn log(&self, id: &str) -> Result<String, AppError> {
        let reply = self.send(Method::GET, &format!("{id}/logs"), None).await?;
        let said = if reply.status().is_success() { body(reply).await? } else { Value::Null };
        Ok(said["logs"].as_str().unwrap_or_default().to_owned())
    }
}

fn origin(url: &Url) -> String {
    reveal_line(&url.origin().ascii_serialization()).into_owned()
}

async fn body(reply: Response) -> Result<Value, AppError> {
    let read = reply.json().await;
    read.map_err(|error| AppError::new(Kind::Other, format!("Ray's reply cannot be read: {}.", error.without_url())))
}

async fn refused(reply: Response) -> AppError {
    let status = reply.status();
    let text = reply.text().await.unwrap_or_default();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let last: String = last.chars().take(300).collect();
    AppError::new(Kind::Other, format!("Ray refuses: {status}: {}", reveal_line(&last)))
}

/// A line of the log without the colours that Ray paints it with.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        text + rest.strip_prefix('m').unwrap_or(part)
    })
}

fn is_over(job: &Value) -> bool {
    matches!(job["status"].as_str(), Some("SUCCEEDED" | "FAILED" | "STOPPED"))
}

/// Prints what the shards say until they are through.
async fn follow(api: &Api, id: &str, console: &mut Console<'_>) -> Result<(), AppError> {
    let mut interrupts = Interrupts::new()?;
    let (mut told, mut failures) = (0, 0);
    loop {
        let looked = async { Ok::<_, AppError>((api.job(id).await?, api.log(id).await?)) };
        match looked.await {
            Ok((job, log)) => {
                failures = 0;
                let over = job.as_ref().is_none_or(is_over);
                // The last line may not be whole yet.
                let end = if over { log.len() } else { log.rfind('\n').map_or(0, |at| at + 1) };
                for line in log.get(told..end).unwrap_or_default().lines() {
                    console.out.line(&reveal_line(&plain(line)))?;
                }
                told = told.max(end);
                console.out.flush()?;
                if over {
                    return verdict(id, job.as_ref());
                }
            }
            Err(error) if error.kind == Kind::Config => return Err(error),
            Err(error) => {
                failures += 1;
                if failures >= MOST_FAILURES {
                    return Err(error.hint("the job may go on; the same command follows it again"));
                }
            }
        }
        tokio::select! {
            () = interrupts.next() => {
                return Err(AppError::new(Kind::Interrupted, format!("The job {id} goes on; nobody follows it."))
                    .hint("the same command follows it again; `ray job stop` ends it"));
            }
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// How a job ended, by its own exit code where Ray tells it.
fn verdict(id: &str, job: Option<&Value>) -> Result<(), AppError> {
    let status = job.and_then(|job| job["status"].as_str()).unwrap_or("GONE");
    if status == "SUCCEEDED" {
        return Ok(());
    }
    let code = job.and_then(|job| job["driver_exit_code"].as_u64());
    let again = "the same command submits it again, and asks only for what is missing";
    let (kind, what, hint) = match (status, code) {
        (_, Some(42)) => (Kind::Config, "a shard can never work like this", "its log above says why"),
        (_, Some(2)) => (Kind::Usage, "a shard was refused", "its log above says why"),
        (_, Some(11)) => (Kind::RateOrQuota, "the server takes no more for now", again),
        (_, Some(10)) | ("STOPPED" | "GONE", _) => (Kind::Interrupted, "it was interrupted", again),
        (_, Some(1)) => (Kind::Findings, "some items failed", "`provost status` counts why; `provost retry RUN`"),
        _ => (Kind::Other, "it failed", again),
    };
    Err(AppError::new(kind, format!("The job {id} ended as {}: {what}.", reveal_line(status))).hint(hint))
}
