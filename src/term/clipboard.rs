//! The clipboard: the system's own program where there is one, else an escape sequence that the terminal takes.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a text gets to the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clipboard {
    /// A program reads it from its standard input.
    Program(&'static [&'static str]),
    /// OSC 52: the terminal does it, also at the other end of an SSH connection.
    Osc52,
}

/// The longest text that terminals take in one sequence, in bytes before it is encoded.
const LONGEST: usize = 74_000;
/// How often it is looked whether a program has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl Clipboard {
    /// What fits this terminal, from its environment.
    pub fn choose(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let is_far = set("SSH_CONNECTION") || set("SSH_TTY");
        if set("TMUX") {
            // tmux hands it on to the terminal outside, wherever that is.
            return Self::Program(&["tmux", "load-buffer", "-w", "-"]);
        }
        match () {
            () if is_far => Self::Osc52,
            () if cfg!(target_os = "macos") => Self::Program(&["pbcopy"]),
            () if cfg!(windows) => Self::Program(&["clip.exe"]),
            () if set("WAYLAND_DISPLAY") => Self::Program(&["wl-copy"]),
            () if set("DISPLAY") => Self::Program(&["xclip", "-selection", "clipboard"]),
            () => Self::Osc52,
        }
    }
}

/// Leaves a text to the terminal's clipboard. Returns who did it.
///
/// # Errors
/// The text is too long for a terminal, or the terminal cannot be written to.
pub fn copy_by_terminal(text: &str, out: &mut impl Write) -> io::Result<&'static str> {
    if text.len() > LONGEST {
        return Err(io::Error::other(format!("It has {} bytes; a terminal takes {LONGEST}.", text.len())));
    }
    write!(out, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
    out.flush()?;
    Ok("the terminal")
}

/// Hands a text to a program that puts it on the clipboard. Returns its name. It does not get the variables named in `secrets`, and is
/// ended where it takes longer than `patience`. Blocks so long at most: call it off the loop.
///
/// # Errors
/// The program cannot be started, fails, or takes too long.
pub fn hand_to(
    command: &[&'static str],
    text: &str,
    secrets: &[String],
    patience: Duration,
) -> io::Result<&'static str> {
    let Some((program, arguments)) = command.split_first() else { return Err(io::Error::other("no program")) };
    let mut starting = Command::new(program);
    starting.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    for secret in secrets {
        starting.env_remove(secret);
    }
    let mut child = starting.spawn()?;
    let (stdin, text) = (child.stdin.take(), text.to_owned());
    // A program that does not read fills the pipe: whoever writes waits, and is let go when it ends.
    let writing = thread::spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes())));
    let deadline = Instant::now() + patience;
    // xclip and wl-copy go on in the background by themselves.
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(LOOK_AGAIN);
    };
    if !status.success() {
        return Err(io::Error::other("it failed"));
    }
    writing.join().unwrap_or_else(|_| Err(io::Error::other("it could not be written")))?;
    Ok(program)
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let all = part.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= part.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_follows_from_the_environment() {
        let choose = |set: &[&str]| Clipboard::choose(&|name| set.contains(&name).then(|| "x".to_owned()));
        if cfg!(any(windows, target_os = "macos")) {
            return;
        }
        assert_eq!(choose(&[]), Clipboard::Osc52);
        assert_eq!(choose(&["DISPLAY", "SSH_TTY"]), Clipboard::Osc52);
        for (set, program) in
            [(&["TMUX", "SSH_TTY"][..], "tmux"), (&["DISPLAY", "WAYLAND_DISPLAY"], "wl-copy"), (&["DISPLAY"], "xclip")]
        {
            assert!(matches!(choose(set), Clipboard::Program(command) if command[0] == program), "{set:?}");
        }
    }

    #[test]
    fn the_sequence_holds_nothing_but_letters() {
        for (text, encoded) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("\u{1b}[2J", "G1sySg==")] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
        let mut out = Vec::new();
        assert_eq!(copy_by_terminal("Optik", &mut out).unwrap(), "the terminal");
        assert_eq!(out, b"\x1b]52;c;T3B0aWs=\x07");
        assert!(copy_by_terminal(&"x".repeat(LONGEST + 1), &mut out).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended_and_one_that_is_missing_fails() {
        let long = "x".repeat(1 << 20);
        let hand = |command: &[&'static str], patience| hand_to(command, &long, &[], patience);
        assert_eq!(hand(&["sh", "-c", "cat > /dev/null"], Duration::from_secs(60)).unwrap(), "sh");
        let hung = hand(&["sleep", "600"], Duration::ZERO).unwrap_err();
        assert_eq!(hung.kind(), io::ErrorKind::TimedOut);
        assert!(hand(&["no-such-program-provost"], Duration::ZERO).is_err());
        assert!(hand(&["false"], Duration::from_secs(60)).is_err());
    }
}
