//! The real binary, run as scripts run it: what it prints, what it leaves on disk, how it exits.

mod bad_input;
mod batching;
mod checks;
mod clusters;
mod deciding;
mod defects;
mod evidence;
mod exchange;
mod exporting;
mod faithful;
mod figures;
mod generating;
#[cfg(unix)]
mod grounding;
mod help;
mod importing;
mod incremental;
mod judging;
mod models;
mod money;
mod quality;
mod queue;
mod reading;
mod repairing;
mod reviewing;
mod shards;
mod similar;
mod teaching;
mod voting;
mod whole;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder for one test, with a home of its own: no configuration or name of the machine counts.
pub struct Place {
    temp: tempfile::TempDir,
}

/// What a command said and how it ended.
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Place {
    pub fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir(temp.path().join("home")).unwrap();
        Self { temp }
    }

    /// With an empty taxonomy `t`.
    pub fn with_taxonomy() -> Self {
        let place = Self::new();
        place.run(&["init", "t", "--title", "Test"]).succeeds();
        place
    }

    /// With the sample taxonomy as `t`.
    pub fn with_sample() -> Self {
        let place = Self::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy");
        copy(&from, &place.path("t"));
        place
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.temp.path().join(below)
    }

    pub fn write(&self, below: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.path(below)).unwrap()
    }

    /// The command, ready to start in the folder, with nothing of the machine's environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provost"));
        command.args(arguments).current_dir(self.temp.path()).stdin(Stdio::null()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home")).env("USER", "ana").env("COLUMNS", "100");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// Runs a command on the taxonomy `t`.
    pub fn on(&self, arguments: &[&str]) -> Said {
        self.run(&[&["-C", "t"], arguments].concat())
    }

    /// Text with what differs from run to run replaced.
    pub fn steady(&self, text: &str) -> String {
        let mut text = text.replace(&self.temp.path().display().to_string(), "<folder>");
        for tag in ["evt_", "bat_"] {
            while let Some(at) = text
                .match_indices(tag)
                .map(|(at, _)| at)
                .find(|at| text[at + 4..].chars().take(16).filter(char::is_ascii_alphanumeric).count() == 16)
            {
                text.replace_range(at..at + 20, &tag.to_uppercase().replace('_', "-"));
            }
        }
        text
    }

    /// The proposals of `t` as JSON.
    pub fn proposals(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let said = self.on(&[&["proposals", "--json"], arguments].concat()).succeeds();
        said.lines()
    }

    /// The id of the open proposal with this name.
    #[track_caller]
    pub fn proposal(&self, name: &str) -> String {
        let found = self.proposals(&[]).into_iter().find(|line| line["name"] == name);
        found.unwrap_or_else(|| panic!("no proposal {name}"))["id"].as_str().unwrap().to_owned()
    }
}

impl Said {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { out: text(output.stdout), err: text(output.stderr), code: output.status.code().unwrap_or(-1) }
    }

    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.ends(0)
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Bad input: exit code 2, nothing on stdout, `words` in the error, and something to do next.
    #[track_caller]
    pub fn refuses(self, words: &str) -> Self {
        let said = self.ends(2);
        assert!(said.out.is_empty(), "stdout: {}", said.out);
        assert!(said.err.contains("error: ") && said.err.contains(words), "{}", said.err);
        said.hides_nothing()
    }

    /// No escape sequence and no other control character reached the terminal.
    #[track_caller]
    pub fn hides_nothing(self) -> Self {
        for text in [&self.out, &self.err] {
            let hidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
            assert!(!text.contains(hidden), "{text:?}");
        }
        self
    }

    /// Stdout as JSON lines.
    #[track_caller]
    pub fn lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(parse).collect()
    }
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
