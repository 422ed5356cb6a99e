//! `provost doctor`: whether everything is where it should be, before something fails.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::console::{Console, curator};
use super::global::{ModelArgs, environment};
use super::interrupt::block_on;
use super::table::{Table, count, plain, strong};
use crate::asking::endpoint;
use crate::config::{Config, KeySource, LOCAL_SERVERS, Paths, Profile, check};
use crate::error::{AppError, Kind};
use crate::llm::{Client, Endpoint, Retries};
use crate::store::{OpenOptions, Store};
use crate::taxonomy::text::reveal_line;
use crate::term::{Capabilities, ColorReason};
use crate::theme::ColorChoice;

/// Check the setup
#[derive(Debug, Args)]
#[command(after_help = "\
Reports the version, the terminal, your files and curator name, the configured servers and keys, and the health of \
the taxonomy directory. Nothing is sent without --online, which queries every configured server for its models and \
looks for servers on this machine (Ollama 11434, LM Studio 1234, vLLM 8000, llama.cpp 8080). Keys are never printed. \
--json prints one line per fact: area, state (ok, note, error), text.

Examples:
  provost doctor
  provost doctor --online
  provost -C physics doctor --json | jq 'select(.state == \"error\")'

Exit codes: 0 nothing is wrong, 1 something is")]
pub struct Doctor {
    /// Query the configured servers and look for servers on this machine
    #[arg(long)]
    online: bool,
    /// JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelArgs,
}

/// How a fact is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Note,
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Fact {
    area: &'static str,
    state: State,
    text: String,
}

/// How long a server may take to list its models.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, area: &'static str, state: State, text: impl Into<String>) {
        self.0.push(Fact { area, state, text: text.into() });
    }
}

impl Doctor {
    /// Runs the command.
    ///
    /// # Errors
    /// Something is wrong.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut facts = Facts::default();
        let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        facts.add("version", State::Ok, format!("provost {} ({system})", env!("CARGO_PKG_VERSION")));
        terminal(&mut facts, console.global.color.unwrap_or_default());
        match console.config(Some(&self.model)) {
            Err(error) => facts.add("config", State::Error, error.message),
            Ok((config, paths)) => {
                configuration(&mut facts, &config, &paths);
                if self.online {
                    block_on(async {
                        online(&mut facts, &config).await;
                        Ok(())
                    })?;
                }
            }
        }
        match console.dir() {
            Err(_) => facts.add("directory", State::Note, "You are not in a taxonomy directory; -C names one."),
            Ok(dir) => directory(&mut facts, &dir),
        }
        let Facts(facts) = facts;
        let mut table = Table::new();
        for fact in &facts {
            if self.json {
                console.out.json(fact)?;
            }
            let word = match fact.state {
                State::Ok => "",
                State::Note => "note: ",
                State::Error => "error: ",
            };
            table.row([strong(fact.area), plain(format!("{word}{}", fact.text))]);
        }
        if !self.json {
            table.print(console.out)?;
        }
        let wrong = facts.iter().filter(|fact| fact.state == State::Error).count();
        if wrong == 0 {
            return Ok(());
        }
        Err(AppError::new(Kind::Findings, format!("{} found.", count(wrong, "error was", "errors were"))))
    }
}

fn terminal(facts: &mut Facts, color: ColorChoice) {
    let found = Capabilities::detect(color, &environment);
    let why = match found.reason {
        ColorReason::Asked => "as asked for",
        ColorReason::NoColor => "NO_COLOR is set",
        ColorReason::ColorTerm => "COLORTERM says so",
        ColorReason::Term => "by TERM",
    };
    let term = environment("TERM").unwrap_or_else(|| "not set".to_owned());
    let mut text = format!("TERM {term}; colours: {} ({why})", found.depth.name());
    if found.multiplexer {
        text.push_str("; inside tmux or screen");
    }
    if found.remote {
        text.push_str("; over SSH");
    }
    facts.add("terminal", State::Ok, text);
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        facts.add("terminal", State::Note, "Stdin or stdout is not a terminal here, so the curator cannot open.");
    }
}

fn configuration(facts: &mut Facts, config: &Config, paths: &Paths) {
    let shown = |path: &Path| reveal_line(&path.display().to_string()).into_owned();
    let there = if config.file.is_file() { "" } else { " (not there; defaults count)" };
    facts.add("config", State::Ok, format!("{}{there}", shown(&config.file)));
    facts.add("config", State::Ok, format!("logs: {}", shown(&paths.log_file())));
    facts.add("curator", State::Ok, curator(config));
    for finding in check(config, &environment, paths) {
        facts.add("config", if finding.serious { State::Error } else { State::Note }, finding.text);
    }
    for profile in config.profiles.values() {
        let key = match &profile.key {
            KeySource::None => "no key".to_owned(),
            KeySource::Variable(name) => format!("key in {name}"),
            KeySource::File(path) => format!("key in {}", shown(path)),
        };
        let model = profile.model.as_deref().unwrap_or("no model named");
        let urls = profile.base_urls.join(", ");
        facts.add("profile", State::Ok, format!("{}: {urls}; {key}; {model}", profile.name));
    }
}

async fn online(facts: &mut Facts, config: &Config) {
    for profile in config.profiles.values() {
        match models(profile).await {
            Ok(models) => facts.add("online", State::Ok, format!("{} answers: {}", profile.name, listed(&models))),
            Err(why) => facts.add("online", State::Error, format!("{} does not answer: {why}", profile.name)),
        }
    }
    let asked = LOCAL_SERVERS.map(|(name, port)| async move {
        let url = format!("http://127.0.0.1:{port}/v1");
        let endpoint = Endpoint::new(name, url.parse().ok()?);
        let found = ask(endpoint).await.ok()?;
        Some(format!("{name} at {url}: {}", listed(&found)))
    });
    let found: Vec<String> = futures_util::future::join_all(asked).await.into_iter().flatten().collect();
    if found.is_empty() {
        facts.add("online", State::Note, "No model server was found on this machine; `provost demo` needs none.");
    }
    for server in found {
        let text = format!("{server}; use it with --base-url and --model, or make it a profile");
        facts.add("online", State::Ok, text);
    }
}

async fn models(profile: &Profile) -> Result<Vec<String>, String> {
    ask(endpoint(profile, &environment).map_err(|error| error.to_string())?).await
}

async fn ask(mut endpoint: Endpoint) -> Result<Vec<String>, String> {
    endpoint.timeouts.connect = PATIENCE;
    endpoint.timeouts.first_byte = PATIENCE;
    endpoint.timeouts.total = Some(PATIENCE);
    endpoint.retries = Retries { attempts: 1, rate_limited: 1, doubtful: 1, ..Retries::default() };
    let client = Client::new(endpoint).map_err(|error| error.to_string())?;
    match client.models().await.result {
        Ok(models) => Ok(models.into_iter().map(|model| model.id).collect()),
        Err(failure) => Err(format!("{} ({})", reveal_line(&failure.message), failure.class.as_str())),
    }
}

fn listed(models: &[String]) -> String {
    const SHOWN: usize = 5;
    let names: Vec<_> = models.iter().take(SHOWN).map(|name| reveal_line(name)).collect();
    let more = models.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}: {}{more}", count(models.len(), "model", "models"), names.join(", "))
}

fn directory(facts: &mut Facts, dir: &Path) {
    let shown = reveal_line(&dir.display().to_string()).into_owned();
    let store = match Store::open(dir, OpenOptions { curator: String::new(), read_only: true }) {
        Err(error) => return facts.add("directory", State::Error, error.to_string()),
        Ok(store) => store,
    };
    let snapshot = store.snapshot();
    let nodes = count(snapshot.tree.len(), "node", "nodes");
    let pending = snapshot.open_proposals().len();
    let events = count(snapshot.record.events().len(), "decision", "decisions");
    facts.add("directory", State::Ok, format!("{shown}: {nodes}, {pending} pending, {events}"));
    match snapshot.problems.as_slice() {
        [] => {}
        [first, ..] => {
            let number = count(snapshot.problems.len(), "file cannot", "files cannot");
            facts.add(
                "directory",
                State::Error,
                format!("{number} be used, first {first} (`provost check` lists all)"),
            );
        }
    }
    let ignored = std::fs::read_to_string(dir.join(".gitignore")).unwrap_or_default();
    if !ignored.lines().any(|line| line.trim().trim_matches('/') == ".provost") {
        facts.add("directory", State::Note, "Its .gitignore does not name /.provost/ and /runs/, which are no source.");
    }
}
