//! The bytes that reach a terminal: our own escape sequences, one of a short list, and text that shows.

use super::corpus;
use super::server::{Server, says};
use super::{first_unseen, taxonomy};
use crate::pty::Pty;

/// What is between `ESC [` and the letter, and the letter, of what the screen and the commands send, colours aside.
fn is_ours(parameters: &str, letter: char) -> bool {
    let numbers = || !parameters.is_empty() && parameters.split(';').all(|number| number.parse::<u16>().is_ok());
    match letter {
        // Without colours only emphasis, and the reset.
        'm' => parameters.split(';').all(|number| {
            matches!(
                number,
                "" | "0"
                    | "1"
                    | "2"
                    | "3"
                    | "4"
                    | "7"
                    | "9"
                    | "21"
                    | "22"
                    | "23"
                    | "24"
                    | "27"
                    | "29"
                    | "39"
                    | "49"
                    | "59"
            )
        }),
        'H' => numbers(),
        'C' | 'D' | 'G' | 'd' | 'X' | 'A' | 'B' => parameters.is_empty() || numbers() && parameters.len() < 4,
        'K' => matches!(parameters, "" | "0" | "1"),
        'J' => parameters == "2",
        'q' => parameters == "0 ",
        't' => matches!(parameters, "22;2" | "23;2"),
        'h' | 'l' => {
            let modes = ["?1049", "?2004", "?1004", "?25", "?1000", "?1002", "?1003", "?1006", "?1015", "?2026"];
            modes.contains(&parameters)
        }
        _ => false,
    }
}

/// Fails where the bytes hold anything but sequences of ours and text that shows.
#[track_caller]
fn only_ours(raw: &[u8], what: &str) {
    let text = String::from_utf8_lossy(raw);
    let mut rest = &*text;
    let near = |rest: &str| format!("{:?}", &rest[..rest.ceil_char_boundary(rest.len().min(60))]);
    let mut plain = String::new();
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        // What is on both sides of a sequence stands on different places.
        plain.push(' ');
        rest = &rest[at + 1..];
        if let Some(body) = rest.strip_prefix('[') {
            let end = body
                .find(|c: char| ('@'..='~').contains(&c))
                .unwrap_or_else(|| panic!("{what}: no end: {}", near(rest)));
            let letter = body[end..].chars().next().unwrap();
            assert!(is_ours(&body[..end], letter), "{what}: not ours: ESC {}", near(rest));
            rest = &body[end + 1..];
        } else if let Some(body) = rest.strip_prefix("]2;") {
            let end = body.find('\u{7}').unwrap_or_else(|| panic!("{what}: no end: {}", near(rest)));
            assert_eq!(first_unseen(&body[..end]), None, "{what}: the title {:?}", &body[..end]);
            rest = &body[end + 1..];
        } else {
            panic!("{what}: not ours: ESC {}", near(rest));
        }
    }
    plain.push_str(rest);
    let plain = plain.replace("\r\n", "\n").replace('\r', " ");
    if let Some((at, c)) = first_unseen(&plain) {
        panic!(
            "{what}: U+{:04X} in {}",
            u32::from(c),
            near(&plain[plain.floor_char_boundary(at.saturating_sub(30))..])
        );
    }
}

#[test]
fn every_screen() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("t");
    let texts = corpus::some(9);
    taxonomy(&path, &texts);
    let said: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let server = Server::start(move |number, _| {
        let text = &said[number % said.len()];
        match number % 9 {
            0 => ("400 Bad Request", String::new(), serde_json::json!({"error": {"message": text}}).to_string()),
            _ => says(&format!(
                "Explain in detail how {text} acts on a lens of {number} dioptres, and compute where the image is."
            )),
        }
    });
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_provost"))
        .args(["-C", path.to_str().unwrap(), "generate", "--count", "40", "--base-url", &server.url(), "--model", "x"])
        .env("HOME", temp.path())
        .output()
        .unwrap();
    assert!(!made.stdout.is_empty(), "{}", String::from_utf8_lossy(&made.stderr));
    let url = server.url();
    let arguments = ["-C", path.to_str().unwrap(), "--color", "none", "--base-url", &url, "--model", "x"];
    let mut pty = Pty::start(&arguments, &[("XDG_STATE_HOME", temp.path().to_str().unwrap())], (120, 40));
    pty.sees("Texts");
    // Everything unfolded, row by row, and the card of each.
    pty.press("ll");
    let steps = if crate::runs::all_faults() { 2 * texts.len() + 5 } else { 60 };
    for step in 0..steps {
        pty.press("j");
        if step % 10 == 9 {
            let seen = pty.raw.lock().unwrap().len();
            pty.until("another frame", |pty| pty.raw.lock().unwrap().len() > seen);
        }
    }
    // Each screen and each pane over it; Esc and a key in one breath would be Alt and that key.
    for keys in [
        "i", "n", "n", "\u{1b}", "D", "[", "\u{1b}", "F", "\u{1b}", "/", "h", "\u{1b}", "m", "\u{1b}", "e", "\u{1b}",
        "p", "\u{1b}", ":", "\u{1b}", "?", "\u{1b}", "!", "\u{1b}", "r", "\u{1b}", "6", "u", "gs", "j", "j", "gi", "j",
        "t", "\u{1b}", "gh", "s", "\u{1b}", "gd", "j", "j", "\r", "\u{1b}", "gc", "q",
    ] {
        let seen = pty.raw.lock().unwrap().len();
        pty.press(keys);
        if keys != "q" {
            // A key that does nothing here draws nothing.
            let begun = std::time::Instant::now();
            pty.until("a frame", |pty| pty.raw.lock().unwrap().len() > seen || begun.elapsed().as_millis() > 150);
        }
    }
    pty.ends();
    let raw = pty.raw.lock().unwrap().clone();
    assert!(raw.len() > 20_000, "{} bytes", raw.len());
    only_ours(&raw, "the screen");
    assert!(String::from_utf8_lossy(&raw).contains("⟨U+"), "it is revealed");
    for log in crate::store::files_below(temp.path(), "provost") {
        let text = std::fs::read_to_string(temp.path().join(&log)).unwrap_or_default();
        super::shows_everything(&text, &log);
    }
}

#[test]
fn commands_at_a_terminal() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("t");
    taxonomy(
        &path,
        &corpus::some(9).into_iter().step_by(if crate::runs::all_faults() { 4 } else { 1 }).collect::<Vec<_>>(),
    );
    for command in [
        "tree",
        "log",
        "proposals",
        "check",
        "export-tree --format csv",
        "export-tree",
        "show texts --yaml",
        "proposals --json",
    ] {
        let arguments: Vec<&str> = ["-C", path.to_str().unwrap()].into_iter().chain(command.split(' ')).collect();
        let mut pty = Pty::start(&arguments, &[], (100, 30));
        pty.ends();
        pty.until("the output", |pty| !pty.raw.lock().unwrap().is_empty());
        let raw = pty.raw.lock().unwrap().clone();
        only_ours(&raw, command);
    }
}

#[test]
fn what_is_looked_for_would_be_found() {
    for bad in [
        "\u{1b}]52;c;AA==\u{7}",
        "\u{1b}[31m",
        "\u{1b}[3J",
        "\u{9b}2J",
        "\u{1b}]0;x\u{7}",
        "\u{1b}P$q\u{1b}\\",
        "a\u{202e}b",
        "\u{1b}c",
        "\u{7}",
        "\u{0}",
        "\u{1b}[6n",
    ] {
        let found = std::panic::catch_unwind(|| only_ours(bad.as_bytes(), "bad"));
        assert!(found.is_err(), "{bad:?}");
    }
    only_ours("\u{1b}[?1049h\u{1b}[1;1H\u{1b}[0mOptics ⟨U+202E⟩\u{1b}]2;38 % · provost\u{7}\r\n".as_bytes(), "good");
}
