//! The real binary in a real pseudo-terminal: a few tests of what nothing else can show.
#![cfg(unix)]

mod checkouts;
mod panics;
mod resizes;
mod shell;

use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use provost::store::{OpenOptions, Store};
use provost::taxonomy::{Facts, Kind, Op};

/// Patience of every wait: far above what is needed, so that a slow machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Pty {
    pub master: Option<Box<dyn MasterPty + Send>>,
    pub keys: Box<dyn std::io::Write + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    pub screen: Arc<Mutex<vt100::Parser>>,
    pub raw: Arc<Mutex<Vec<u8>>>,
    /// Set to let the reader go, with its share of the terminal, after the next output.
    pub deaf: Arc<AtomicBool>,
    pub home: tempfile::TempDir,
    /// What the kernel did with keys and lines before, as `stty -g` writes it, and the terminal's name.
    line: (String, std::path::PathBuf),
}

/// The line settings of a terminal.
fn line_settings(terminal: &Path) -> String {
    let told = std::process::Command::new("stty").arg("-F").arg(terminal).arg("-g").output().unwrap();
    String::from_utf8(told.stdout).unwrap()
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

impl Pty {
    pub fn start(arguments: &[&str], environment: &[(&str, &str)], size: (u16, u16)) -> Self {
        Self::run(env!("CARGO_BIN_EXE_provost"), arguments, environment, size)
    }

    /// Any program.
    pub fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)], size: (u16, u16)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (columns, rows) = size;
        let pair =
            native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(home.path());
        let name = pair.master.tty_name().unwrap();
        let line = (line_settings(&name), name);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let deaf = Arc::new(AtomicBool::new(false));
        let (told, kept, stop) = (screen.clone(), raw.clone(), deaf.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = output.read(&mut buffer) {
                if count == 0 || stop.load(Ordering::SeqCst) {
                    break;
                }
                told.lock().unwrap().process(&buffer[..count]);
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: Some(pair.master), keys, child, screen, raw, deaf, home, line }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn contents(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Polls until something holds; the screen is shown where it never does.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "{what} did not happen; the screen:\n{}", self.contents());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    pub fn sees(&mut self, text: &str) {
        self.until(&format!("{text:?} on the screen"), |pty| pty.contents().contains(text));
    }

    #[track_caller]
    pub fn ends(&mut self) -> u32 {
        let mut code = None;
        self.until("the end", |pty| {
            code = pty.child.try_wait().unwrap();
            code.is_some()
        });
        code.unwrap().exit_code()
    }

    /// A new size, for the terminal and for the screen that is kept here.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.screen.lock().unwrap().screen_mut().set_size(cells(rows), cells(columns));
        self.resize_only((columns, rows));
    }

    fn resize_only(&mut self, (columns, rows): (u16, u16)) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// Whether keys and lines are handled as they were before the program.
    #[track_caller]
    pub fn is_cooked(&mut self) {
        self.until("the line as it was", |pty| line_settings(&pty.line.1) == pty.line.0);
    }

    /// Whether the terminal is as it was: main screen, cursor shown, no mouse, no paste brackets.
    #[track_caller]
    pub fn is_restored(&mut self) {
        self.until("the terminal restored", |pty| {
            let parser = pty.screen.lock().unwrap();
            let screen = parser.screen();
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn demo(into: &Path, size: (u16, u16)) -> Pty {
    demo_with(into, &[], size)
}

fn demo_with(into: &Path, environment: &[(&str, &str)], size: (u16, u16)) -> Pty {
    Pty::start(&["demo", "--into", into.to_str().unwrap()], environment, size)
}

/// The same as a line for a shell.
fn demo_in(into: &Path) -> String {
    format!("{} demo --into {}", env!("CARGO_BIN_EXE_provost"), into.display())
}

#[test]
fn the_demo_opens_a_key_decides_and_the_terminal_is_given_back() {
    let temp = tempfile::tempdir().unwrap();
    let into = temp.path().join("demo");
    let mut pty = demo(&into, (100, 30));
    pty.sees("Formal Sciences");
    pty.press("/ecology\r");
    pty.sees("Ecology");
    pty.press("a");
    let file = into.join("tree/natural-sciences/life-sciences/ecology.yaml");
    pty.until("the file", |_| file.exists());
    pty.sees("last: accepted");
    pty.press("?");
    pty.sees("Keys: curate");
    pty.press("\u{1b}");
    // Esc and a key in one breath would be Alt and that key.
    pty.until("the help gone", |pty| !pty.contents().contains("Keys: curate"));
    pty.press("q");
    assert_eq!(pty.ends(), 0);
    pty.is_restored();
}

fn send(pty: &Pty, signal: &str) {
    let id = pty.child.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
}

#[test]
fn a_signal_to_leave_gives_the_terminal_back_as_well() {
    for signal in ["-TERM", "-HUP", "-QUIT"] {
        let temp = tempfile::tempdir().unwrap();
        let mut pty = demo(&temp.path().join("demo"), (80, 24));
        pty.sees("Formal Sciences");
        // What was meant for a child changes nothing.
        send(&pty, "-INT");
        pty.press("?");
        pty.sees("Keys: curate");
        send(&pty, signal);
        assert_eq!(pty.ends(), 10, "{signal}");
        pty.is_restored();
    }
}

#[test]
fn a_request_that_hangs_does_not_keep_the_program() {
    for signal in [Some("-TERM"), None] {
        let temp = tempfile::tempdir().unwrap();
        let server = crate::hostile::server::Server::start(|_, _| {
            std::thread::sleep(Duration::from_secs(600));
            unreachable!("the test is over by then")
        });
        let path = temp.path().join("taxonomy");
        Store::init(&path, "Test").unwrap();
        let url = server.url();
        let arguments = ["-C", path.to_str().unwrap(), "--base-url", &url, "--model", "m"];
        let mut pty = Pty::start(&arguments, &[], (100, 30));
        pty.sees("Test");
        pty.press("r");
        pty.sees("Ask");
        pty.press("\r");
        pty.until("a request", |_| !server.asked().is_empty());
        match signal {
            Some(signal) => send(&pty, signal),
            None => {
                pty.deaf.store(true, Ordering::SeqCst);
                pty.master = None;
                pty.keys = Box::new(std::io::sink());
            }
        }
        assert_eq!(pty.ends(), 10);
    }
}

#[test]
fn a_closed_terminal_ends_the_program() {
    // Keys that arrive with the hang-up are what catches crossterm inside its poll, about one time in ten.
    for _ in 0..12 {
        let temp = tempfile::tempdir().unwrap();
        let mut pty = demo(&temp.path().join("demo"), (80, 24));
        pty.sees("Formal Sciences");
        pty.deaf.store(true, Ordering::SeqCst);
        pty.press("j");
        pty.master = None;
        pty.keys = Box::new(std::io::sink());
        pty.ends();
    }
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let temp = tempfile::tempdir().unwrap();
    let mut pty = demo(&temp.path().join("demo"), (120, 40));
    pty.sees("Formal Sciences");
    for (columns, rows) in [(80, 24), (20, 5), (200, 60), (40, 12), (100, 30)] {
        pty.resize((columns, rows));
        let told = format!("{columns}x{rows}");
        // The header reaches the right edge once the frame of this size is there. (A key that
        // arrives together with a change of size is kept back by crossterm until the next one.)
        pty.until(&format!("a frame of {told}"), |pty| {
            let contents = pty.contents();
            let header = contents.lines().next().unwrap_or_default().chars().count();
            contents.contains(&told) || header + 1 >= usize::from(columns) && contents.contains("Taxonomy")
        });
    }
    pty.press("q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn the_editor_gets_the_terminal_and_its_text_becomes_the_decision() {
    let temp = tempfile::tempdir().unwrap();
    let into = temp.path().join("demo");
    let editor = temp.path().join("editor.sh");
    std::fs::write(&editor, "#!/bin/sh\nsed -i 's/^name: .*/name: Ecology and Conservation/' \"$1\"\n").unwrap();
    std::process::Command::new("chmod").args(["+x", editor.to_str().unwrap()]).status().unwrap();
    let arguments = ["demo", "--into", into.to_str().unwrap()];
    let mut pty = Pty::start(&arguments, &[("EDITOR", editor.to_str().unwrap())], (100, 30));
    pty.sees("Formal Sciences");
    pty.press("/ecology\r");
    pty.sees("Ecology");
    pty.press("E");
    let file = into.join("tree/natural-sciences/life-sciences/ecology-and-conservation.yaml");
    pty.until("the file", |_| file.exists());
    pty.press("q");
    pty.ends();
}

#[test]
fn hostile_names_reach_the_terminal_only_as_text() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("taxonomy");
    Store::init(&path, "T\u{1b}]0;title\u{7}").unwrap();
    let mut store = Store::open(&path, OpenOptions { curator: "ana".into(), read_only: false }).unwrap();
    let names =
        ["\u{1b}]52;c;aGFoYQ==\u{7}Clip", "\u{1b}[2JWiped", "Left\u{202e}thgiR", "\u{9b}31mC1", "Zero\u{200b}Width"];
    let nodes = names.iter().map(|name| Facts::named(*name)).collect();
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes }).unwrap();
    drop(store);
    let mut pty = Pty::start(&["-C", path.to_str().unwrap()], &[], (120, 40));
    pty.sees("Wiped");
    pty.sees("Clip");
    pty.press("jjjj");
    pty.press("q");
    pty.ends();
    let raw = String::from_utf8_lossy(&pty.raw.lock().unwrap()).into_owned();
    for bad in ["\u{1b}]52", "\u{1b}]0;title", "\u{202e}", "\u{200b}", "\u{9b}"] {
        assert!(!raw.contains(bad), "{bad:?} reached the terminal");
    }
    assert!(raw.contains("⟨U+202E⟩"), "it is revealed");
}
