//! Commands over the whole taxonomy.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::report::Report;

fn provost(dir: &Path) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", "TIMEFORMAT='%R %U %S'; time \"$0\" \"$@\" >/dev/null 2>&1"]);
    command.arg(env!("CARGO_BIN_EXE_provost")).args(["-C", dir.to_str().unwrap(), "--as", "ana"]);
    command.env("HOME", std::env::temp_dir());
    command
}

pub fn measure(dir: &Path, report: &mut Report) {
    for (what, arguments) in [
        ("check", &["check"][..]),
        ("fmt --check", &["fmt", "--check"]),
        ("plan --per-subject 20", &["plan", "--per-subject", "20"]),
        ("tree /", &["tree", "--depth", "1"]),
    ] {
        let out = provost(dir).args(arguments).stderr(Stdio::piped()).output().unwrap();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        let numbers: Vec<f64> = text.split_whitespace().rev().take(3).filter_map(|word| word.parse().ok()).collect();
        let [system, user, wall] = numbers[..] else { panic!("{text}") };
        report.time(what, Duration::from_secs_f64(wall), 3_000.0);
        report.note(&format!("{what}: processor time"), format!("{:.0} ms", (user + system) * 1e3));
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_provost"));
    child.args([
        "-C",
        dir.to_str().unwrap(),
        "--as",
        "ana",
        "generate",
        "--per-subject",
        "20",
        "--model",
        "m",
        "--progress",
        "none",
    ]);
    child.env("OPENAI_BASE_URL", &url).env("HOME", std::env::temp_dir()).env_remove("OPENAI_API_KEY");
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let took = loop {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 16];
        let count = stream.read(&mut buffer).unwrap_or(0);
        if buffer[..count].starts_with(b"POST") {
            break begin.elapsed();
        }
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let _ = std::fs::remove_dir_all(dir.join("runs"));
    report.time("generate asks for the first question", took, 1_000.0);
}
