//! What `provost cluster` prints, run in a shell loop as the schedulers would; and a real Ray, where there is one.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use provost::demo::{DemoServer, Options, Step};

use super::{Place, Said};

fn server(faults: &str, latency: u64) -> DemoServer {
    let latency = Duration::from_millis(latency);
    DemoServer::start(Options { faults: faults.parse().unwrap(), latency, ..Options::default() }).unwrap()
}

fn questions(server: &DemoServer) -> u64 {
    server.ledger().requests(Step::Question)
}

/// What `cluster` prints for three shards of 120 items.
fn printed(place: &Place, server: &DemoServer, on: &[&str]) -> String {
    let (url, at) = (server.base_url(), place.path("t").display().to_string());
    let common = ["--shards", "3", "--program", env!("CARGO_BIN_EXE_provost"), "--at", &at, "--"];
    let arguments = ["--count", "120", "--base-url", &url, "--model", "provost-demo"];
    place.run(&[&["cluster"], on, &common, &arguments].concat()).succeeds().out
}

fn shell(place: &Place, script: &str, variables: &[(&str, &str)]) -> Said {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).current_dir(place.path("")).env_clear().stdin(Stdio::null());
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).env("HOME", place.path("home")).env("USER", "ana").envs(variables.iter().copied());
    Said::of(command.output().unwrap())
}

/// A `scontrol` that only notes what it was told.
fn with_scontrol() -> Place {
    let place = Place::with_sample();
    let told = place.path("told");
    let file = place.write("bin/scontrol", format!("#!/bin/sh\necho \"$@\" >> '{}'\n", told.display()));
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    place
}

#[test]
fn the_tasks_of_a_slurm_array_are_the_plan() {
    let place = with_scontrol();
    let good = server("", 0);
    let script = printed(&place, &good, &["slurm", "--parallel", "2"]);
    assert!(script.contains("#SBATCH --array=0-2%2\n") && script.contains("#SBATCH --requeue\n"), "{script}");
    for task in ["0", "1", "2"] {
        let said = shell(&place, &script, &[("SLURM_ARRAY_TASK_ID", task), ("SLURM_ARRAY_JOB_ID", "7")]).succeeds();
        assert!(said.out.contains(&format!("shard {task}/3: exit 0")), "{}", said.out);
    }
    assert_eq!(questions(&good), 120);
    place.on(&["verify"]).succeeds();
    assert!(!place.path("told").exists(), "nothing was started again");
}

#[test]
fn a_task_is_queued_again_for_a_limit_and_never_for_a_configuration() {
    for (faults, code, again) in [("quota", 11, "requeue 7_1\n"), ("401", 42, "")] {
        let place = with_scontrol();
        let task = [("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_ARRAY_JOB_ID", "7"), ("PROVOST_PAUSE", "0")];
        let bad = server(faults, 0);
        shell(&place, &printed(&place, &bad, &["slurm"]), &task).ends(code);
        assert_eq!(fs::read_to_string(place.path("told")).unwrap_or_default(), again);
        let often = [task.as_slice(), &[("SLURM_RESTART_COUNT", "20")]].concat();
        shell(&place, &printed(&place, &bad, &["slurm"]), &often).ends(code);
        assert_eq!(fs::read_to_string(place.path("told")).unwrap_or_default(), again, "not for ever");
    }
}

#[test]
fn a_shard_whose_server_is_away_for_a_while_is_started_again_and_done() {
    let (place, server) = (with_scontrol(), server("", 0));
    let slurm = printed(&place, &server, &["slurm"]);
    let task = [("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_ARRAY_JOB_ID", "7"), ("PROVOST_PAUSE", "0")];
    server.set_down(true);
    let said = shell(&place, &slurm, &task).ends(11);
    assert!(said.err.contains("because of the server"), "{}", said.err);
    assert_eq!(fs::read_to_string(place.path("told")).unwrap(), "requeue 7_1\n");
    server.set_down(false);
    shell(&place, &slurm, &task).succeeds();
    let pods = printed(&place, &server, &["kubernetes", "--image", "registry/provost:1"]);
    let job: serde_json::Value = serde_saphyr::from_str(&pods).unwrap();
    let codes = &job["spec"]["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"];
    assert!(!codes.as_array().unwrap().contains(&11.into()), "a pod that ends so is started again: {codes}");
}

#[test]
fn the_pods_of_an_indexed_job_are_the_plan() {
    let (place, server) = (Place::with_sample(), server("", 0));
    let text = printed(&place, &server, &["kubernetes", "--image", "registry/provost:1", "--claim", "taxonomy"]);
    let job: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let spec = &job["spec"];
    assert_eq!((&job["kind"], &spec["completionMode"]), (&"Job".into(), &"Indexed".into()));
    assert_eq!((&spec["completions"], &spec["parallelism"]), (&3.into(), &3.into()));
    assert!(spec["backoffLimitPerIndex"].as_u64().unwrap() > 0);
    let rule = &spec["podFailurePolicy"]["rules"][0];
    assert_eq!(
        (&rule["action"], &rule["onExitCodes"]["values"]),
        (&"FailIndex".into(), &serde_json::json!([1, 2, 42]))
    );
    let pod = &spec["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(rule["onExitCodes"]["containerName"], container["name"]);
    assert_eq!(
        (&pod["restartPolicy"], &container["command"]),
        (&"Never".into(), &serde_json::json!(["/bin/sh", "-c"]))
    );
    assert_eq!(pod["volumes"][0]["name"], container["volumeMounts"][0]["name"]);
    assert_eq!(pod["volumes"][0]["persistentVolumeClaim"]["claimName"], "taxonomy");
    for index in ["2", "0", "1"] {
        shell(&place, container["args"][0].as_str().unwrap(), &[("JOB_COMPLETION_INDEX", index)]).succeeds();
    }
    assert_eq!(questions(&server), 120);
    assert_eq!(place.on(&["runs", "--json"]).succeeds().lines()[0]["state"], "done");
}

#[test]
fn arguments_that_generate_would_refuse_are_refused_here() {
    let place = Place::with_sample();
    let slurm = |rest: &[&str]| place.on(&[&["cluster", "slurm", "--shards", "4", "--"], rest].concat());
    slurm(&["--per-subjekt", "3"]).refuses("`provost generate` would refuse these arguments");
    slurm(&["--count", "3", "--shard", "0/4"]).refuses("leave it out");
    place.on(&["cluster", "slurm", "--shards", "0"]).refuses("0");
    let said = slurm(&["natural-sciences/it's here", "--count", "3"]).succeeds();
    assert!(said.out.contains("\"natural-sciences/it's here\" --count 3"), "{}", said.out);
    place.on(&["cluster", "ray", "--address", "ftp://host", "--shards", "2"]).refuses("http or https");
    let nobody = place.on(&["cluster", "ray", "--address", "http://127.0.0.1:1", "--shards", "2"]).ends(1);
    assert!(
        nobody.err.contains("http://127.0.0.1:1 does not answer") && nobody.err.contains("ray status"),
        "{}",
        nobody.err
    );
}

/// A Python that has Ray: `PROVOST_PYTHON`. `None` where there is none.
fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("PROVOST_PYTHON")?);
    let import = ["-c", "import ray, ray.dashboard.modules.job.job_head"];
    let tried = Command::new(&python).args(import).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success()).then_some(python)
}

/// A Ray of one machine on loopback; it ends with this value.
struct Cluster {
    head: std::process::Child,
    address: String,
}

const TOKEN: &str = "a-token-of-this-test-alone-0123456789";

impl Cluster {
    fn start(place: &Place, python: &PathBuf) -> Self {
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let (port, dashboard) = (free(), free());
        let temp = format!("/tmp/provost-ray-{}", std::process::id());
        let log = fs::File::create(place.path("ray.log")).unwrap();
        let head = Command::new(python)
            .args(["-m", "ray.scripts.scripts", "start", "--head", "--block", "--num-cpus", "4"])
            .args(["--node-ip-address", "127.0.0.1", "--port", &port, "--dashboard-host", "127.0.0.1"])
            .args(["--dashboard-port", &dashboard, "--disable-usage-stats", "--temp-dir", &temp])
            .env("RAY_AUTH_MODE", "token")
            .env("RAY_AUTH_TOKEN", TOKEN)
            .env("HOME", place.path("home"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { head, address: format!("http://127.0.0.1:{dashboard}") }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.head.id().to_string()]).status();
        let _ = self.head.wait();
        let _ = fs::remove_dir_all(format!("/tmp/provost-ray-{}", std::process::id()));
    }
}

/// The process of a shard that works on this folder.
fn process_of(place: &Place, shard: &str) -> Option<String> {
    let folder = place.path("t").display().to_string();
    let pids = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    pids.into_iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).find(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        let is_provost = words.first().is_some_and(|word| word.ends_with(b"provost"));
        is_provost && words.contains(&folder.as_bytes()) && words.contains(&shard.as_bytes())
    })
}

#[test]
#[cfg(target_os = "linux")]
fn a_shard_that_is_killed_on_a_ray_cluster_goes_on() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with ray[default]; PROVOST_PYTHON names one");
        return;
    };
    let (place, server) = (Place::with_sample(), server("", 40));
    let cluster = Cluster::start(&place, &python);
    let (url, at) = (server.base_url(), place.path("t").display().to_string());
    let python = python.display().to_string();
    let words = [
        &["cluster", "ray", "--address", &cluster.address, "--shards", "4", "--cpus", "0.5", "--python", &python][..],
        &["--program", env!("CARGO_BIN_EXE_provost"), "--at", &at, "--", "--count", "600", "--concurrency", "4"],
        &["--base-url", &url, "--model", "provost-demo"],
    ]
    .concat();
    // The dashboard takes a while to come up.
    let begin = Instant::now();
    let refused = loop {
        let said = place.run(&words);
        if said.code != 1 || begin.elapsed() > Duration::from_secs(120) {
            break said;
        }
        std::thread::yield_now();
    };
    assert!(refused.code == 42 && refused.err.contains("asks for a token"), "{} {}", refused.code, refused.err);
    let start = || {
        let mut command = place.command(&words);
        command.env("RAY_AUTH_TOKEN", TOKEN).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let first = start();
    while questions(&server) < 150 {
        assert!(begin.elapsed() < Duration::from_secs(300), "{}", place.read("ray.log"));
        std::thread::yield_now();
    }
    let victim = process_of(&place, "1/4").unwrap();
    assert!(Command::new("kill").args(["-KILL", &victim]).status().unwrap().success());
    let second = Said::of(start().wait_with_output().unwrap()).succeeds();
    let first = Said::of(first.wait_with_output().unwrap()).succeeds();
    assert!(first.err.contains("submitted") && second.err.contains("is running already"), "{}", second.err);
    assert!(first.out.contains("shard 1/4: exit -9") && first.out.contains("shard 1/4: exit 0"), "{}", first.out);
    assert!(!first.out.contains(TOKEN) && !first.err.contains(TOKEN));
    let status = place.on(&["runs", "--json"]).succeeds().lines().remove(0);
    assert_eq!((&status["state"], &status["items"]["ok"]), (&"done".into(), &600.into()));
    place.on(&["verify"]).succeeds();
    let asked = questions(&server);
    assert!((600..=604).contains(&asked), "at most what flew is asked again: {asked}");
    println!("{} questions for 600 items, {:.1} s in all", asked, begin.elapsed().as_secs_f64());
}
