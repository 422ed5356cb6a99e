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
An OpenAI-compatible server on 127.0.0.1: chat completions (plain and streamed, JSON schema), models, embeddings, files and batches. \
Its model is called provost-demo; its replies come from a shipped pack of knowledge and are the same for the same \
seed. The first line on stdout is the base URL. Ctrl-C ends it.

Faults are a list of FAULT[@STEP][:RATE] and settings, such as 429@answer:0.1,cut:0.01,retry-after=2,first=100.
FAULT: 400 to 599, quota, reset, hang, stall, slow, cut, half, html, redirect, error200, empty, nochoices, length, \
refusal, decline, filter, badjson, baditem, fenced, think, echo; at questions and answers also leak, notself, language, \
repeat, short, cutmid, duplicate, nearduplicate, benchmark, donotknow, praise, chatter, quote, harsh (of a judge), and bad for all that make homework \
unfit, in equal shares. STEP: propose, syllabus, question, answer, judge. GET /demo/ledger counts what was injected.
POST /demo/down makes the server play dead, POST /demo/up ends that.
Settings: noschema, nousage, retry-after=SECONDS|none, slow-by=SECONDS, first=N.

Faults of batches are a list of FAULT[=VALUE][*TIMES]: expire=PERCENT, vanish, late-output=LOOKS, error-only, invalid=LINE, \
token-limit, drop-create, refuse-create, busy-upload, cut-download, odd-state; each happens to the first, or the first TIMES. \
POST /demo/clock?advance=SECONDS puts the clock of batches forward.

Examples:
  provost serve-demo --port 8123
  provost propose / --base-url http://127.0.0.1:8123/v1 --model provost-demo
  provost serve-demo --latency-ms 300 --tokens-per-second 80 --faults 429:0.05,baditem@propose
  provost serve-demo --faults bad:0.05
  provost serve-demo --requests-per-second 200 --rate-headers --cheap

Exit codes: 0 ended by Ctrl-C, 1 the port is taken, 2 FAULTS is none")]
pub struct ServeDemo {
    /// The port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "P", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Time before the first byte of a reply
    #[arg(long, value_name = "N", default_value_t = 0)]
    latency_ms: u64,
    /// How fast a reply is written [default: at once]
    #[arg(long, value_name = "N")]
    tokens_per_second: Option<f64>,
    /// Replies served a second before 429 is answered [default: no limit]
    #[arg(long, value_name = "N")]
    requests_per_second: Option<f64>,
    /// State what is left of that limit in x-ratelimit headers
    #[arg(long, requires = "requests_per_second")]
    rate_headers: bool,
    /// Questions and answers that cost next to nothing to write, for measuring what asks
    #[arg(long)]
    cheap: bool,
    /// What goes wrong on request
    #[arg(long, value_name = "SPEC", default_value = "", hide_default_value = true)]
    faults: Faults,
    /// Mixed into every reply and every fault
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// How long a batch takes at least
    #[arg(long, value_name = "N", default_value_t = 0)]
    batch_seconds: u64,
    /// What goes wrong with batches on request
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
