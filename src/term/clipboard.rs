//! The clipboard: the system's own program where there is one, else an escape sequence that the terminal takes.

use std::io::{self, Write};
use std::process::{Command, Stdio};

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

    /// Copies a text; a program that cannot be started is replaced by the sequence. Returns how it was done. The program does not get
    /// the variables named in `secrets`.
    ///
    /// # Errors
    /// The text is too long for a terminal, or the terminal cannot be written to.
    pub fn copy(&self, text: &str, secrets: &[String], out: &mut impl Write) -> io::Result<&'static str> {
        if let Self::Program(command) = self
            && let Ok(()) = hand_to(command, text, secrets)
        {
            return Ok(command[0]);
        }
        if text.len() > LONGEST {
            return Err(io::Error::other(format!("It has {} bytes; a terminal takes {LONGEST}.", text.len())));
        }
        write!(out, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
        out.flush()?;
        Ok("the terminal")
    }
}

fn hand_to(command: &[&str], text: &str, secrets: &[String]) -> io::Result<()> {
    let Some((program, arguments)) = command.split_first() else { return Err(io::Error::other("no program")) };
    let mut starting = Command::new(program);
    starting.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    for secret in secrets {
        starting.env_remove(secret);
    }
    let mut child = starting.spawn()?;
    let written = match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(text.as_bytes()),
        None => Ok(()),
    };
    // xclip and wl-copy go on in the background by themselves.
    let status = child.wait()?;
    written?;
    if status.success() { Ok(()) } else { Err(io::Error::other("it failed")) }
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
        assert_eq!(Clipboard::Osc52.copy("Optik", &[], &mut out).unwrap(), "the terminal");
        assert_eq!(out, b"\x1b]52;c;T3B0aWs=\x07");
        let missing = Clipboard::Program(&["no-such-program-provost"]);
        assert_eq!(missing.copy("x", &[], &mut out).unwrap(), "the terminal");
        assert!(Clipboard::Osc52.copy(&"x".repeat(LONGEST + 1), &[], &mut out).is_err());
    }
}
