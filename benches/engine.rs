//! What the run engine adds to asking: `cargo bench --bench engine -- [WHAT...] [OPTIONS]`.
//!
//! The demo server, a bare reqwest loop and `provost generate` are processes of their own, so that the CPU and memory of each are
//! its own (`/proc`, children's times). WHAT is `speed` (wall clock against in flight / latency, CPU per request against the bare
//! loop), `memory` (peak for several sizes), `rate` (a server that allows 200 requests a second) or `curve` (memory over time);
//! without it: speed, memory and rate in a small form. Prints figures, asserts nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark says what it measures"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use provost::llm::Url;

/// The program that is measured: that of this build, unless `PROVOST_BIN` names another.
fn provost() -> Command {
    Command::new(std::env::var_os("PROVOST_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_provost").into()))
}

const HELP: &str = "\
cargo bench --bench engine -- [speed] [memory] [rate] [curve] [--items N] [--in-flight N,N] [--latency-ms N] [--sizes N,N] [--rate N]";

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "bare") {
        return bare(&arguments[1..]);
    }
    let options = Options::read(&arguments);
    println!("load before: {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    let place = Place::new();
    let wants = |what: &str| options.what.iter().any(|wanted| wanted == what);
    if wants("speed") {
        options.in_flight.iter().for_each(|count| speed(&place, &options, *count));
    }
    if wants("memory") {
        memory(&place, &options);
    }
    if wants("rate") {
        [false, true].into_iter().for_each(|headers| rate(&place, &options, headers));
    }
    if wants("curve") {
        curve(&place, &options);
    }
}

struct Options {
    what: Vec<String>,
    items: u64,
    in_flight: Vec<u64>,
    latency: u64,
    sizes: Vec<u64>,
    rate: u64,
}

impl Options {
    fn read(arguments: &[String]) -> Self {
        let list = |text: &str| text.split(',').map(|number| number.parse().expect(HELP)).collect::<Vec<u64>>();
        let mut options = Self {
            what: Vec::new(),
            items: 5_000,
            in_flight: vec![256, 1_024],
            latency: 100,
            sizes: vec![2_000, 10_000],
            rate: 200,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || list(rest.next().expect(HELP));
            match argument.as_str() {
                "--items" => options.items = value()[0],
                "--in-flight" => options.in_flight = value(),
                "--latency-ms" => options.latency = value()[0],
                "--sizes" => options.sizes = value(),
                "--rate" => options.rate = value()[0],
                "speed" | "memory" | "rate" | "curve" => options.what.push(argument.clone()),
                _ => panic!("{HELP}"),
            }
        }
        if options.what.is_empty() {
            options.what = ["speed", "memory", "rate"].map(str::to_owned).into();
        }
        options
    }
}

/// Wall clock, CPU and peak memory of a process that is over.
struct Cost {
    wall: f64,
    cpu: f64,
    peak_mb: f64,
}

fn speed(place: &Place, options: &Options, in_flight: u64) {
    let requests = 2 * options.items;
    let ideal = requests as f64 * options.latency as f64 / 1_000.0 / in_flight as f64;
    println!("\n{requests} requests, {in_flight} in flight, {} ms: ideal {ideal:.2} s", options.latency);
    let mut bare_cpu = 0.0;
    for bare in [true, false] {
        let server = Server::start(&["--cheap", "--latency-ms", &options.latency.to_string()]);
        let cost = if bare {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["bare", &server.url, &requests.to_string(), &in_flight.to_string()]);
            cost(command, |_| {})
        } else {
            cost(place.generate(&server.url, options.items, in_flight), |_| {})
        };
        let (served, server_cpu) = (server.answered(), server.cpu());
        let each = cost.cpu * 1_000.0 / served.max(1) as f64;
        if bare {
            bare_cpu = each;
        }
        println!(
            "  {:8} wall {:6.2} s, {:.3} of ideal; {each:.3} ms CPU a request, {:.2} of bare; peak {:.0} MB; server {:.3} ms CPU a request, {served} answered",
            if bare { "bare" } else { "provost" },
            cost.wall,
            cost.wall / ideal,
            each / bare_cpu,
            cost.peak_mb,
            server_cpu * 1_000.0 / served.max(1) as f64,
        );
    }
}

fn memory(place: &Place, options: &Options) {
    println!("\npeak memory, 256 in flight, no latency");
    for items in &options.sizes {
        let server = Server::start(&["--cheap"]);
        let cost = cost(place.generate(&server.url, *items, 256), |_| {});
        println!(
            "  {items:9} items: peak {:.0} MB, {:.1} s, {:.0} items/s",
            cost.peak_mb,
            cost.wall,
            *items as f64 / cost.wall
        );
    }
}

fn rate(place: &Place, options: &Options, headers: bool) {
    let allowed = options.rate.to_string();
    let mut arguments = vec!["--cheap", "--latency-ms", "100", "--requests-per-second", &allowed];
    if headers {
        arguments.push("--rate-headers");
    }
    let server = Server::start(&arguments);
    // Twenty seconds of it.
    let items = options.rate * 10;
    let cost = cost(place.generate(&server.url, items, 256), |_| {});
    let (asked, answered) = (server.asked(), server.answered());
    println!(
        "\na server that allows {allowed} requests/s, {}: {:.1} % of it used in {:.1} s, {:.2} % of {asked} requests refused",
        if headers { "x-ratelimit headers" } else { "no x-ratelimit headers" },
        // What the full bucket held at the start is not counted as rate.
        100.0 * answered.saturating_sub(options.rate) as f64 / (options.rate as f64 * cost.wall),
        cost.wall,
        100.0 * asked.saturating_sub(answered) as f64 / asked.max(1) as f64,
    );
}

fn curve(place: &Place, options: &Options) {
    let in_flight = options.in_flight[0];
    println!("\n{} items, {in_flight} in flight: seconds, items done, MB", options.items);
    let server = Server::start(&["--cheap"]);
    let (begin, step) = (Instant::now(), (options.items / 50).max(1));
    let mut next = 0;
    let mut highest = 0.0_f64;
    let cost = cost(place.generate(&server.url, options.items, in_flight), |(pid, done)| {
        if done >= next {
            let now = memory_mb(pid, "VmRSS:");
            highest = highest.max(now);
            println!("  {:8.1} {done:9} {now:6.1}", begin.elapsed().as_secs_f64());
            next = done + step;
        }
    });
    println!(
        "  peak {:.0} MB, {:.1} s, {:.0} items/s, {:.3} ms CPU a request",
        cost.peak_mb,
        cost.wall,
        options.items as f64 / cost.wall,
        cost.cpu * 1_000.0 / (2 * options.items) as f64
    );
}

/// Runs a command to its end; its standard output goes to `told` as the number of items done.
fn cost(mut command: Command, mut told: impl FnMut((u32, u64))) -> Cost {
    let (begin, before) = (Instant::now(), children_cpu());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let pid = child.id();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut peak = 0.0_f64;
    // Both kinds of process say something ten times a second.
    for line in output.lines().map_while(Result::ok) {
        peak = peak.max(memory_mb(pid, "VmHWM:"));
        let done = line.split_once("\"done\":").and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next());
        told((pid, done.and_then(|done| done.parse().ok()).unwrap_or_default()));
    }
    let status = child.wait().unwrap();
    assert!(status.success(), "{command:?} ended with {status}");
    Cost { wall: begin.elapsed().as_secs_f64(), cpu: children_cpu() - before, peak_mb: peak }
}

/// A figure of `/proc/PID/status` in MB.
fn memory_mb(pid: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1_024.0
}

/// CPU seconds of the children that are over.
fn children_cpu() -> f64 {
    times("self")[2..].iter().sum()
}

/// utime, stime, cutime and cstime of a process, in seconds.
fn times(pid: &str) -> [f64; 4] {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // A tick is 10 ms on every Linux that Rust runs on.
    [11, 12, 13, 14].map(|at| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default() / 100.0)
}

/// A demo server in a process of its own.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut command = provost();
        command.arg("serve-demo").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    fn cpu(&self) -> f64 {
        times(&self.child.id().to_string())[..2].iter().sum()
    }

    fn asked(&self) -> u64 {
        self.ledger("requests")
    }

    fn answered(&self) -> u64 {
        self.ledger("answered")
    }

    /// The sum of one count over the questions and answers.
    fn ledger(&self, name: &str) -> u64 {
        let url = self.url.replace("/v1", "/demo/ledger");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let text = runtime.block_on(async { client().get(url).send().await.unwrap().text().await.unwrap() });
        let ledger: serde_json::Value = serde_json::from_str(&text).unwrap();
        ["question", "answer"].iter().map(|step| ledger["steps"][step][name].as_u64().unwrap_or_default()).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with a taxonomy that has different draws for more than a million items.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy"), &folder.path().join("taxonomy"));
        Self { folder }
    }

    fn generate(&self, url: &str, items: u64, in_flight: u64) -> Command {
        let taxonomy = self.folder.path().join("taxonomy");
        // Every run begins with nothing.
        let _ = fs::remove_dir_all(taxonomy.join("runs"));
        let config = self.folder.path().join("config.yaml");
        fs::write(&config, "{}\n").unwrap();
        let mut command = provost();
        command.arg("-C").arg(&taxonomy).arg("--config").arg(config).args(["--as", "bench", "generate"]);
        command.args(["--count", &items.to_string(), "--concurrency", &in_flight.to_string()]);
        command.args(["--progress", "json", "--base-url", url, "--model", "provost-demo"]);
        command.env_remove("OPENAI_API_KEY").env_remove("OPENAI_BASE_URL");
        command
    }
}

/// Copies a taxonomy; of each subject with a syllabus there are five, so that there are draws enough.
fn copy(from: &Path, to: &PathBuf) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
            continue;
        }
        fs::copy(&path, &target).unwrap();
        let text = fs::read_to_string(&path).unwrap_or_default();
        let Some(id) = text.strip_prefix("id: sub_").and_then(|rest| rest.get(..10)) else { continue };
        if !text.contains("\nsyllabus:\n") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        for copy in 2..6 {
            let other = text.replacen(id, &format!("{}{copy}", &id[..9]), 1);
            let other = other.replacen("\nname: ", &format!("\nname: Advanced {copy} "), 1);
            fs::write(to.join(format!("{stem}-{copy}.yaml")), other).unwrap();
        }
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().http1_only().tcp_nodelay(true).tls_certs_only([]).build().unwrap()
}

/// The bare loop: as many requests of the same sizes, as many in flight, nothing done with the replies.
fn bare(arguments: &[String]) {
    let url: Url = format!("{}/chat/completions", arguments[0]).parse().unwrap();
    let (requests, in_flight): (u64, u64) = (arguments[1].parse().unwrap(), arguments[2].parse().unwrap());
    let syllabus = "A class session with five key concepts, and a sentence about each of them. ".repeat(90);
    let body = |text: &str| {
        let body = serde_json::json!({"model": "m", "messages": [{"role": "user", "content": text}]});
        bytes::Bytes::from(body.to_string())
    };
    let facts = "<data>\nstep: question\nconcepts:\n  - Bayes' theorem\n</data>\n";
    let bodies = [body(&format!("{facts}{syllabus}")), body(&"Why does it hold, and when not? ".repeat(10))];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, next) = (client(), std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0)));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..in_flight {
            let (client, next, url, bodies) = (client.clone(), next.clone(), url.clone(), bodies.clone());
            tasks.spawn(async move {
                loop {
                    let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if number >= requests {
                        return;
                    }
                    let request = client.post(url.clone()).header("content-type", "application/json");
                    let response = request.body(bodies[(number % 2) as usize].clone()).send().await.unwrap();
                    assert!(response.status().is_success());
                    drop(response.bytes().await.unwrap());
                }
            });
        }
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tokio::select! {
                joined = tasks.join_next() => match joined {
                    Some(joined) => joined.unwrap(),
                    None => return,
                },
                _ = tick.tick() => println!("."),
            }
        }
    });
}
