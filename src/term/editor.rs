//! The user's editor on a piece of text. The text is never lost: what the editor left behind stays on
//! disk when anything goes wrong, and the error says where.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// A command line that opens a file in an editor and returns when it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorCommand {
    program: String,
    arguments: Vec<String>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// The text is as it was.
    Unchanged,
    /// The new text, and the file that holds it until [`forget`].
    Changed {
        /// The text.
        text: String,
        /// Its file.
        kept: PathBuf,
    },
}

/// Why a text is opened once more.
#[derive(Debug, Clone, Copy)]
pub struct Fault<'a> {
    /// The line that is wrong, from 1, where known.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: &'a str,
}

/// Why there is no new text.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// The command line is not one.
    #[error(
        "The editor `{0}` is not a command line: a quote is open, or it is empty. Set VISUAL or EDITOR, or `editor` in the config."
    )]
    NotACommand(String),
    /// The text could not be written for the editor.
    #[error("The text could not be written to a temporary file for the editor: {0}.")]
    NotWritten(#[source] io::Error),
    /// The editor did not start.
    #[error("The editor `{program}` did not start: {source}. The text is in {}.", kept.display())]
    NotStarted {
        /// As configured.
        program: String,
        /// Where the text is.
        kept: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The editor said that it failed, which is also how one leaves it without saving (`:cq`).
    #[error("The editor ended with {status}, so nothing was changed. The text is in {}.", kept.display())]
    Failed {
        /// What it said.
        status: ExitStatus,
        /// Where the text is.
        kept: PathBuf,
    },
    /// The editor's result cannot be read.
    #[error("What the editor left cannot be read: {source}. It is in {}.", kept.display())]
    NotReadable {
        /// Where the text is.
        kept: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl EditorCommand {
    /// Picks the editor: the config's, else `VISUAL`, else `EDITOR`, else the system's. Empty values
    /// count as absent. Quotes and arguments are understood as a shell would: `code --wait`.
    ///
    /// # Errors
    /// The chosen one is not a command line.
    pub fn choose(config: Option<&str>, visual: Option<&str>, editor: Option<&str>) -> Result<Self, EditorError> {
        let chosen = [config, visual, editor]
            .into_iter()
            .flatten()
            .find(|line| !line.trim().is_empty())
            .unwrap_or(if cfg!(windows) { "notepad" } else { "vi" });
        let mut words = shlex::split(chosen).unwrap_or_default().into_iter();
        let program = words.next().ok_or_else(|| EditorError::NotACommand(chosen.to_owned()))?;
        Ok(Self { program, arguments: words.collect() })
    }
}

/// Opens `text` in the editor and waits. Blocks: call it off the async threads, with the terminal handed
/// over. `suffix` tells the editor what it is, `.yaml`. The child does not see the variables in
/// `secrets`.
///
/// # Errors
/// See [`EditorError`]; all but the first two name the file that still holds the text.
pub fn edit_text(command: &EditorCommand, text: &str, suffix: &str, secrets: &[String]) -> Result<Edited, EditorError> {
    let path = write_for_editor(text, suffix).map_err(EditorError::NotWritten)?;
    let edited = open(command, &path, secrets)?;
    if edited == text {
        forget(&path);
        return Ok(Edited::Unchanged);
    }
    Ok(Edited::Changed { text: edited, kept: path })
}

/// Opens a text that could not be used once more, in its file, with what is wrong as a comment above
/// it; without the comment where that cannot be written, on a full disk. The comment is not part of what comes back. The file
/// stays, and always holds the text: it may be the only copy.
///
/// # Errors
/// As [`edit_text`].
pub fn edit_again(
    command: &EditorCommand,
    path: &Path,
    text: &str,
    fault: Fault<'_>,
    secrets: &[String],
) -> Result<Edited, EditorError> {
    let begun = without_fault(text).to_owned();
    if let Err(error) = put(path, &with_fault(&begun, fault)) {
        let is_there = fs::read_to_string(path).is_ok_and(|there| without_fault(&there) == begun);
        if !is_there {
            return Err(EditorError::NotWritten(error));
        }
    }
    let edited = without_fault(&open(command, path, secrets)?).to_owned();
    if let Err(error) = put(path, &edited) {
        tracing::debug!(%error, "What was wrong with a text stays above it.");
    }
    Ok(if edited == begun { Edited::Unchanged } else { Edited::Changed { text: edited, kept: path.to_owned() } })
}

/// What the lines above a text that is opened again begin with: a comment in YAML.
const FAULT: &str = "#! ";

fn with_fault(text: &str, fault: Fault<'_>) -> String {
    let mut lines: Vec<String> = fault.what.lines().map(str::to_owned).collect();
    lines.push("These lines go away by themselves. Leave the text as it is to give up; it stays in this file.".into());
    if let Some(line) = fault.line {
        lines[0] = format!("Line {}: {}", line + lines.len() as u64, lines[0]);
    }
    let above: String = lines.iter().map(|line| format!("{FAULT}{line}\n")).collect();
    format!("{above}{text}")
}

fn without_fault(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with(FAULT.trim_end()) {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

/// Opens a file in the editor, waits, and reads what is in it then.
fn open(command: &EditorCommand, path: &Path, secrets: &[String]) -> Result<String, EditorError> {
    let path = path.to_owned();
    let mut child = Command::new(&command.program);
    child.args(&command.arguments).arg(&path);
    for secret in secrets {
        child.env_remove(secret);
    }
    let status = child.status().map_err(|source| EditorError::NotStarted {
        program: command.program.clone(),
        kept: path.clone(),
        source,
    })?;
    if !status.success() {
        return Err(EditorError::Failed { status, kept: path });
    }
    fs::read_to_string(&path).map_err(|source| EditorError::NotReadable { kept: path.clone(), source })
}

/// A file that only the user can read and that outlives this process if need be.
fn write_for_editor(text: &str, suffix: &str) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new().prefix("provost-").suffix(suffix).tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    // Closed before the editor opens it, and kept: some editors replace the file.
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

/// Puts a text that only the user can read in the place of an older one, or leaves that as it is.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix("provost-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Removes the file of a text that has arrived where it should.
pub fn forget(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(%error, "A temporary file for the editor stays behind.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(config: Option<&str>, visual: Option<&str>, editor: Option<&str>) -> Vec<String> {
        let command = EditorCommand::choose(config, visual, editor).unwrap();
        let mut words = vec![command.program];
        words.extend(command.arguments);
        words
    }

    #[test]
    fn the_config_wins_then_visual_then_editor() {
        assert_eq!(choose(Some("a"), Some("b"), Some("c")), ["a"]);
        assert_eq!(choose(None, Some("b"), Some("c")), ["b"]);
        assert_eq!(choose(Some(""), Some("  "), Some("c")), ["c"]);
    }

    #[test]
    fn arguments_and_quotes_are_understood() {
        assert_eq!(choose(None, Some("code --wait"), None), ["code", "--wait"]);
        assert_eq!(
            choose(None, None, Some("'/opt/my editor/ed' -c 'set tw=72'")),
            ["/opt/my editor/ed", "-c", "set tw=72"]
        );
        assert!(EditorCommand::choose(Some("vim 'oops"), None, None).is_err());
    }

    #[cfg(unix)]
    mod with_a_shell {
        use super::*;

        /// An editor that is a shell script; the file is `$0`.
        fn edit(script: &str, text: &str) -> Result<Edited, EditorError> {
            let command =
                EditorCommand { program: "sh".to_owned(), arguments: vec!["-c".to_owned(), script.to_owned()] };
            edit_text(&command, text, ".yaml", &["PATH_TO_NOWHERE".to_owned()])
        }

        #[test]
        fn the_new_text_comes_back() {
            let edited = edit("printf 'name: Optics\\n' > \"$0\"", "name: Optic\n").unwrap();
            let Edited::Changed { text, kept } = edited else { panic!("unchanged") };
            assert_eq!(
                (text.as_str(), fs::read_to_string(&kept).unwrap().as_str()),
                ("name: Optics\n", "name: Optics\n")
            );
            forget(&kept);
            assert!(!kept.exists());
            assert_eq!(edit("true", "same").unwrap(), Edited::Unchanged);
        }

        #[test]
        fn an_editor_that_replaces_the_file_is_understood() {
            let script = "printf new > \"$0.tmp\" && mv \"$0.tmp\" \"$0\"";
            let Edited::Changed { text, kept } = edit(script, "old").unwrap() else { panic!("unchanged") };
            assert_eq!(text, "new");
            forget(&kept);
        }

        /// Opens a text again with a script, in a file of its own.
        fn again(script: &str, text: &str, line: Option<u64>) -> (Edited, String) {
            let file = tempfile::NamedTempFile::new().unwrap();
            let command =
                EditorCommand { program: "sh".to_owned(), arguments: vec!["-c".to_owned(), script.to_owned()] };
            let fault = Fault { line, what: "`scop` is no key.\nscope is now: \"x\"" };
            let edited = edit_again(&command, file.path(), text, fault, &[]).unwrap();
            (edited, fs::read_to_string(file.path()).unwrap())
        }

        #[test]
        fn a_text_is_opened_again_below_what_is_wrong_with_it() {
            let seen = tempfile::NamedTempFile::new().unwrap();
            let script = format!("cp \"$0\" {}; printf 'scope: x\\n' >> \"$0\"", seen.path().display());
            let (edited, kept) = again(&script, "name: Optics\nscop: x\n", Some(2));
            insta::assert_snapshot!(fs::read_to_string(seen.path()).unwrap(), @r#"
            #! Line 5: `scop` is no key.
            #! scope is now: "x"
            #! These lines go away by themselves. Leave the text as it is to give up; it stays in this file.
            name: Optics
            scop: x
            "#);
            let text = "name: Optics\nscop: x\nscope: x\n";
            assert!(matches!(edited, Edited::Changed { text: new, .. } if new == text));
            assert_eq!(kept, text, "the remark is not in the file that is kept");
        }

        /// A folder in which a file `x` has room for its name, and no longer one has.
        fn folder_without_room(root: &Path) -> PathBuf {
            let mut folder = root.to_owned();
            let length = |folder: &Path| folder.as_os_str().len();
            while length(&folder) + 202 < 4085 {
                folder.push("x".repeat(200));
            }
            folder.push("x".repeat(4085 - length(&folder)));
            fs::create_dir_all(&folder).unwrap();
            folder
        }

        #[test]
        fn the_only_copy_of_a_text_is_never_cut() {
            let fault = Fault { line: None, what: "It is not YAML." };
            let command = |script: &str| EditorCommand {
                program: "sh".to_owned(),
                arguments: vec!["-c".to_owned(), script.to_owned()],
            };
            let again = |path: &Path, script: &str| edit_again(&command(script), path, "the last words", fault, &[]);
            let temp = tempfile::tempdir().unwrap();
            // What is written is another file: whoever is interrupted leaves one or the other.
            let (path, old) = (temp.path().join("text.yaml"), temp.path().join("old.yaml"));
            fs::write(&path, "the last words").unwrap();
            fs::hard_link(&path, &old).unwrap();
            again(&path, "exit 3").unwrap_err();
            assert_eq!(fs::read_to_string(&old).unwrap(), "the last words");
            assert!(fs::read_to_string(&path).unwrap().ends_with("\nthe last words"));

            // Where nothing can be written the text is opened as it is, and stays.
            let path = folder_without_room(temp.path()).join("x");
            fs::write(&path, "the last words").unwrap();
            assert!(put(&path, "").is_err());
            again(&path, "exit 3").unwrap_err();
            assert_eq!(fs::read_to_string(&path).unwrap(), "the last words");
            let Edited::Changed { text, .. } = again(&path, "printf ' and more' >> \"$0\"").unwrap() else { panic!() };
            assert_eq!(text, "the last words and more");
            assert_eq!(fs::read_to_string(&path).unwrap(), "the last words and more");
            fs::remove_file(&path).unwrap();
            assert!(matches!(again(&path, "true"), Err(EditorError::NotWritten(_))));
        }

        #[test]
        fn a_text_that_is_left_as_it_was_ends_the_loop_and_stays() {
            assert_eq!(again("true", "name: \tX\n", None), (Edited::Unchanged, "name: \tX\n".to_owned()));
        }

        #[test]
        fn the_file_has_the_suffix_and_is_private() {
            let script = "case \"$0\" in *.yaml) ;; *) exit 1;; esac; ls -l \"$0\" | cut -c1-10 > \"$0\"";
            let Edited::Changed { text: mode, kept } = edit(script, "").unwrap() else {
                panic!("unchanged");
            };
            assert_eq!(mode.trim(), "-rw-------");
            forget(&kept);
        }

        #[test]
        fn a_failing_editor_keeps_the_text() {
            let error = edit("printf typed > \"$0\"; exit 3", "old").unwrap_err();
            let EditorError::Failed { status, kept } = error else {
                panic!("{error}");
            };
            assert_eq!(status.code(), Some(3));
            assert_eq!(fs::read_to_string(&kept).unwrap(), "typed");
            fs::remove_file(kept).unwrap();
        }

        #[test]
        fn bytes_that_are_not_text_are_kept() {
            let error = edit("printf '\\377' > \"$0\"", "old").unwrap_err();
            let EditorError::NotReadable { kept, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(fs::read(&kept).unwrap(), [0xff]);
            fs::remove_file(kept).unwrap();
        }

        #[test]
        fn an_editor_that_is_not_there_keeps_the_text() {
            let command = EditorCommand::choose(Some("/no/such/editor"), None, None).unwrap();
            let error = edit_text(&command, "text", ".yaml", &[]).unwrap_err();
            let EditorError::NotStarted { kept, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(fs::read_to_string(&kept).unwrap(), "text");
            fs::remove_file(kept).unwrap();
        }
    }
}
