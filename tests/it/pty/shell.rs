//! Ctrl-Z under a real shell: its prompt has its terminal, and after `fg` the screen is there anew.

use super::{Pty, demo_in};

/// The program's process, as `ps` below the shell knows it.
fn child_of(shell: u32) -> String {
    let found = std::process::Command::new("ps").args(["-o", "pid=", "--ppid", &shell.to_string()]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// "T" where it is stopped.
fn state_of(id: &str) -> String {
    let found = std::process::Command::new("ps").args(["-o", "stat=", "-p", id]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

fn signal(id: &str, signal: &str) {
    assert!(std::process::Command::new("kill").args([signal, id]).status().unwrap().success());
}

/// The shell has its terminal: it takes a line, echoes it and answers.
#[track_caller]
fn at_the_prompt(pty: &mut Pty, number: u32) {
    pty.is_restored();
    pty.press(&format!("echo $(({number}*1000+{number}))\r"));
    pty.sees(&format!("{}", number * 1001));
    pty.sees(&format!("echo $(({number}*1000+{number}))"));
}

#[test]
fn a_shell_stops_it_and_takes_it_up_again() {
    if std::process::Command::new("bash").arg("--version").output().is_err() {
        println!("there is no bash here");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    // Its own paste brackets would be taken for ours.
    let inputrc = temp.path().join("inputrc");
    std::fs::write(&inputrc, "set enable-bracketed-paste off\n").unwrap();
    let environment = [("PS1", "shell> "), ("INPUTRC", inputrc.to_str().unwrap())];
    let mut pty = Pty::run("bash", &["--norc", "--noprofile", "-i"], &environment, (100, 30));
    pty.sees("shell> ");
    pty.press(&format!("{}\r", demo_in(&temp.path().join("demo"))));
    pty.sees("Formal Sciences");
    let id = child_of(pty.child.process_id().unwrap());
    // By its key, by the signal that the key stands for elsewhere, and once more.
    for (round, way) in ["key", "TSTP", "key"].into_iter().enumerate() {
        match way {
            "key" => pty.press("\u{1a}"),
            _ => signal(&id, "-TSTP"),
        }
        pty.sees("Stopped");
        at_the_prompt(&mut pty, round as u32 + 7);
        pty.press("fg\r");
        pty.until("the screen anew", |pty| {
            pty.contents().contains("Formal Sciences") && pty.screen.lock().unwrap().screen().alternate_screen()
        });
        assert!(!pty.contents().contains("shell>"), "{way}: {}", pty.contents());
        pty.press("?");
        pty.sees("Keys: curate");
        pty.press("\u{1b}");
        pty.until("the help gone", |pty| !pty.contents().contains("Keys: curate"));
        pty.press("G");
    }
    // In the background it cannot have the terminal; it waits until it is called.
    pty.press("\u{1a}");
    pty.sees("Stopped");
    pty.press("bg\r");
    at_the_prompt(&mut pty, 3);
    // The shell must have heard that it stopped before it is called: else it takes that for a stop after the call.
    pty.until("it waits in the background", |_| state_of(&id).starts_with('T'));
    at_the_prompt(&mut pty, 4);
    pty.press("fg\r");
    pty.until("the screen after the background", |pty| {
        pty.contents().contains("Formal Sciences") && pty.screen.lock().unwrap().screen().alternate_screen()
    });
    // A signal that it cannot see: the shell takes the line back, the screen is drawn anew when it goes on.
    signal(&id, "-STOP");
    pty.sees("Stopped");
    pty.press("fg\r");
    pty.until("the screen after SIGSTOP", |pty| {
        pty.contents().contains("Formal Sciences") && !pty.contents().contains("Stopped")
    });
    pty.press("q");
    pty.sees("The taxonomy is in");
    at_the_prompt(&mut pty, 5);
    pty.press("exit\r");
    assert_eq!(pty.ends(), 0);
}
