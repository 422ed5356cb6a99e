//! `provost serve-demo`.

use std::time::Duration;

use clap::Args;

use super::console::Console;
use super::interrupt::{Interrupts, block_on};
use crate::demo::{BatchFaults, DemoServer, Faults, MODEL, Options};
use crate::error::{AppError, Kind};

/// Serve the built-in demo model on loopback
#[derive(Debug, Args)]
#[command(after_help = "\
Serves an OpenAI-compatible API on 127.0.0.1: chat completions (plain and streamed, JSON schema), models, \
embeddings, files and batches. The model is called provost-demo; its replies come from a built-in knowledge pack and \
are the same for the same seed. The first line on stdout is the base URL. Ctrl-C stops the server.

Faults are a list of FAULT[@STEP][:RATE] and settings, such as 429@answer:0.1,cut:0.01,retry-after=2,first=100. \
FAULT: 400 to 599, quota, reset, hang, stall, slow, cut, half, html, redirect, error200, empty, nochoices, length, \
refusal, decline, filter, badjson, baditem, fenced, think, echo; for questions and answers also leak, notself, \
language, repeat, short, cutmid, duplicate, nearduplicate, benchmark, donotknow, praise, chatter, quote, harsh (of a \
judge), and bad for all faults that make homework unfit, in equal shares. STEP: propose, syllabus, question, answer, \
judge. GET /demo/ledger counts the injected faults. POST /demo/down makes the server stop answering, POST /demo/up \
brings it back. Settings: noschema, nousage, retry-after=SECONDS|none, slow-by=SECONDS, first=N.

Batch faults are a list of FAULT[=VALUE][*TIMES]: expire=PERCENT, vanish, late-output=LOOKS, error-only, \
invalid=LINE, token-limit, drop-create, refuse-create, busy-upload, cut-download, odd-state; each affects the first \
batch, or the first TIMES. POST /demo/clock?advance=SECONDS advances the clock of batches.

Examples:
  provost serve-demo --port 8123
  provost propose / --base-url http://127.0.0.1:8123/v1 --model provost-demo
  provost serve-demo --latency-ms 300 --tokens-per-second 80 --faults 429:0.05,baditem@propose
  provost serve-demo --faults bad:0.05
  provost serve-demo --requests-per-second 200 --rate-headers --cheap

Exit codes: 0 ended by Ctrl-C, 1 the port is taken, 2 FAULTS is none")]
pub struct ServeDemo {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "P", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Delay before the first byte of a reply
    #[arg(long, value_name = "N", default_value_t = 0)]
    latency_ms: u64,
    /// Tokens per second of a reply [default: all at once]
    #[arg(long, value_name = "N")]
    tokens_per_second: Option<f64>,
    /// Requests per second before the server answers 429 [default: no limit]
    #[arg(long, value_name = "N")]
    requests_per_second: Option<f64>,
    /// Report the rest of that limit in x-ratelimit headers
    #[arg(long, requires = "requests_per_second")]
    rate_headers: bool,
    /// Use cheap fixed texts, for benchmarking the client
    #[arg(long)]
    cheap: bool,
    /// Faults to inject
    #[arg(long, value_name = "SPEC", default_value = "", hide_default_value = true)]
    faults: Faults,
    /// Seed of the replies and faults
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Minimum duration of a batch
    #[arg(long, value_name = "N", default_value_t = 0)]
    batch_seconds: u64,
    /// Faults to inject into batches
    #[arg(long, value_name = "SPEC", default_value = "", hide_default_value = true)]
    batch_faults: BatchFaults,
}

impl ServeDemo {
    /// Runs the command.
    ///
    /// # Errors
    /// The port is taken.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let options = Options {
            port: self.port,
            latency: Duration::from_millis(self.latency_ms),
            tokens_per_second: self.tokens_per_second,
            faults: self.faults,
            seed: self.seed,
            requests_per_second: self.requests_per_second,
            rate_headers: self.rate_headers,
            cheap: self.cheap,
            transcript: false,
            batch_time: Duration::from_secs(self.batch_seconds),
            batch_faults: self.batch_faults,
        };
        let server = start(options)?;
        console.out.line(&server.base_url())?;
        console.out.flush()?;
        console.out.note(&format!("The model is called {MODEL}. Ctrl-C ends the server."));
        block_on(async {
            Interrupts::new()?.next().await;
            Ok(())
        })?;
        server.shutdown();
        Ok(())
    }
}

/// Starts a demo server.
///
/// # Errors
/// The port is taken.
pub fn start(options: Options) -> Result<DemoServer, AppError> {
    let port = options.port;
    DemoServer::start(options).map_err(|error| {
        let at = if port == 0 { String::new() } else { format!(" on port {port}") };
        AppError::new(Kind::Other, format!("The demo server cannot be started{at}: {error}."))
            .hint("without --port a free one is taken")
    })
}
