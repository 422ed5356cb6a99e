//! The real program in a pseudo-terminal.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::report::{Report, status};

pub const COLUMNS: u16 = 200;
pub const ROWS: u16 = 60;

struct Told {
    screen: vt100::Parser,
    bytes: usize,
    last: Instant,
}

pub struct Pty {
    _master: Box<dyn MasterPty + Send>,
    keys: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    told: Arc<Mutex<Told>>,
    begin: Instant,
}

impl Pty {
    /// `home`: what the screen remembers is there, and what the next start shows depends on it.
    pub fn start(dir: &Path, home: &Path, (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_provost"));
        command.args(["-C", dir.to_str().unwrap(), "--as", "ana"]);
        command.env_clear();
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.cwd(home);
        let begin = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let cells = |count| NonZero::new(count).unwrap();
        let told = Told { screen: vt100::Parser::new(cells(rows), cells(columns), 0), bytes: 0, last: begin };
        let told = Arc::new(Mutex::new(told));
        let (mut output, tells) = (pair.master.try_clone_reader().unwrap(), told.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let now = Instant::now();
                let mut told = tells.lock().unwrap();
                told.screen.process(&buffer[..count]);
                (told.bytes, told.last) = (told.bytes + count, now);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { _master: pair.master, keys, child, told, begin }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn contents(&self) -> String {
        self.told.lock().unwrap().screen.screen().contents()
    }

    /// Waits for a text; how long it took since `from`, to the write that brought it.
    pub fn sees(&self, text: &str, from: Instant) -> Duration {
        while !self.contents().contains(text) {
            assert!(from.elapsed() < Duration::from_secs(180), "{text:?} never came:\n{}", self.contents());
            sleep(Duration::from_millis(1));
        }
        self.told.lock().unwrap().last - from
    }

    /// Presses a key; how long the first bytes took to come, and how many came.
    pub fn answer(&mut self, key: &str) -> (Duration, usize) {
        let before = self.told.lock().unwrap().bytes;
        let begin = Instant::now();
        self.press(key);
        let mut came = None;
        while begin.elapsed() < Duration::from_millis(40) || came.is_none() {
            let told = self.told.lock().unwrap();
            if told.bytes > before && came.is_none() {
                came = Some(told.last - begin);
            }
            drop(told);
            sleep(Duration::from_micros(200));
            if begin.elapsed() > Duration::from_secs(20) {
                break;
            }
        }
        (came.unwrap_or(begin.elapsed()), self.told.lock().unwrap().bytes - before)
    }

    fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Of each thread, how often it was put to sleep or woke.
    fn switches(&self) -> HashMap<OsString, u64> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap().flatten();
        let of = |path: String| status(&path, "voluntary_ctxt_switches") + status(&path, "nonvoluntary_ctxt_switches");
        tasks.map(|task| (task.file_name(), of(task.path().join("status").display().to_string()))).collect()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything that only the whole program shows. `last` is a name that is found late.
pub fn measure(dir: &Path, last: &str, report: &mut Report) {
    let _ = std::fs::remove_dir_all(dir.join(".provost"));
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for what in ["first frame after a clone, nothing cached", "first frame, warm"] {
        let pty = Pty::start(dir, home, (COLUMNS, ROWS));
        let took = pty.sees("Taxonomy", pty.begin);
        // A clone is opened once; the budget is for the mornings after.
        report.time(what, took, if what.ends_with("warm") { 150.0 } else { 10_000.0 });
        // What is kept for the next time is written after the first frame.
        sleep(Duration::from_secs(if what.ends_with("warm") { 0 } else { 6 }));
    }
    let mut pty = Pty::start(dir, home, (COLUMNS, ROWS));
    pty.sees("Taxonomy", pty.begin);
    pty.press(&format!("/{last}"));
    let took = pty.sees(" of ", pty.begin).max(pty.sees(last, pty.begin));
    report.time("whole tree usable: search finds the last subject", took, 1_000.0);
    let memory = |key: &str| status(&format!("/proc/{}/status", pty.pid()), key) as f64 / 1024.0;
    report.number("memory, indexed and searched, syllabi not loaded", memory("VmRSS"), 300.0, "MB");
    report.note("the same, its peak", format!("{:.0} MB", memory("VmHWM")));
    pty.press("\u{1b}");
    sleep(Duration::from_millis(300));
    let (took, _) = pty.answer("zR");
    report.note("everything unfolded (z R)", format!("{:.1} ms", super::report::ms(took)));
    sleep(Duration::from_millis(500));
    let answers: Vec<_> = (0..200).map(|at| pty.answer(if at % 50 < 40 { "j" } else { "k" })).collect();
    report.times(
        "cursor key to bytes, everything unfolded, quiet",
        answers.iter().map(|answer| answer.0).collect(),
        16.0,
    );
    let mut bytes: Vec<usize> = answers.iter().map(|answer| answer.1).collect();
    bytes.sort_unstable();
    let size = format!("{COLUMNS} x {ROWS}");
    report.number(&format!("bytes of a cursor move, median, {size}"), bytes[bytes.len() / 2] as f64, 2_048.0, "bytes");
    report.note(&format!("bytes of a cursor move, most of 200, {size}"), format!("{} bytes", bytes[bytes.len() - 1]));
    let pages: Vec<_> = (0..30).map(|_| pty.answer("\u{6}")).collect();
    report.times("page key to bytes", pages.iter().map(|answer| answer.0).collect(), 16.0);
    sleep(Duration::from_secs(12));
    let (before, told) = (pty.switches(), pty.told.lock().unwrap().bytes);
    sleep(Duration::from_secs(5));
    let (after, tells) = (pty.switches(), pty.told.lock().unwrap().bytes);
    // Threads that had nothing to do any more may have ended meanwhile.
    let switches: u64 = after.iter().map(|(thread, count)| count - before.get(thread).unwrap_or(&0)).sum();
    report.number("context switches in 5 idle seconds", switches as f64, 5.0, "");
    report.number("bytes written in 5 idle seconds", (tells - told) as f64, 0.0, "");
    drop(pty);
    for size in [(80, 24), (120, 40)] {
        let mut pty = Pty::start(dir, home, size);
        pty.sees("Taxonomy", pty.begin);
        pty.answer("zR");
        sleep(Duration::from_secs(3));
        let mut bytes: Vec<usize> = (0..60).map(|_| pty.answer("j").1).collect();
        bytes.sort_unstable();
        let what = format!("bytes of a cursor move, median, {} x {}", size.0, size.1);
        report.number(&what, bytes[bytes.len() / 2] as f64, 2_048.0, "bytes");
    }
}
