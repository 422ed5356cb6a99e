//! `provost` alone: the screen.

use std::io::IsTerminal as _;
use std::path::Path;

use super::console::{Console, curator};
use super::global::{ModelArgs, environment};
use super::interrupt::block_on;
use crate::error::{AppError, Kind};
use crate::runtime::{self, Ended, OpenError, Opening, Unsaved};

/// Opens the curator, on the directory that is meant where none is given, and comes back when it
/// is left.
///
/// # Errors
/// There is no terminal, the directory or the configuration cannot be used, or the screen ended
/// by something else than its user.
pub fn open(console: &mut Console<'_>, dir: Option<&Path>, model: Option<&ModelArgs>) -> Result<(), AppError> {
    open_with(console, dir, model, false)
}

/// The same, with the tour where that is wanted.
///
/// # Errors
/// As [`open`].
pub fn open_with(
    console: &mut Console<'_>,
    dir: Option<&Path>,
    model: Option<&ModelArgs>,
    tour: bool,
) -> Result<(), AppError> {
    needs_terminal(
        "`provost review --plain` asks about one proposal after the other; `provost tree`, `proposals`, `decide` and `propose` need no terminal either",
    )?;
    let dir = dir.map_or_else(|| console.dir(), |dir| Ok(dir.to_owned()))?;
    let (config, paths) = console.config(model)?;
    if let Err(error) = super::verbose::in_log(&paths.log_file(), console.global.verbose) {
        console.out.note(&format!("note: {}", AppError::io(&paths.log_file(), &error).message));
    }
    let opening = Opening {
        dir: &dir,
        curator: curator(&config),
        config: &config,
        environment: &environment,
        paths: &paths,
        tour,
    };
    let (ended, unsaved) = block_on(async { runtime::open(opening).await.map_err(AppError::from) })?;
    verdict(ended, &unsaved, &paths.log_file())
}

/// How the command ends. The terminal is as it was by now, so this is the place for what the screen could no longer say.
fn verdict(ended: Ended, unsaved: &Unsaved, log: &Path) -> Result<(), AppError> {
    let (kind, what) = match ended {
        Ended::Quit if unsaved == &Unsaved::default() => return Ok(()),
        Ended::Quit => (Kind::Other, "The curator ended"),
        Ended::Signal => (Kind::Interrupted, "A signal ended the curator"),
        Ended::TerminalGone => (Kind::Interrupted, "The terminal went away"),
        Ended::Panicked => (Kind::Bug, "The curator broke off"),
    };
    let Unsaved { refused, unanswered } = unsaved;
    let mut error = if unsaved == &Unsaved::default() {
        AppError::new(kind, format!("{what}; every decision is on disk."))
    } else {
        let mut sentences = vec![format!("{what}, and not every decision is known to be on disk.")];
        sentences.extend(refused.iter().map(|(refusal, _)| format!("One was refused: {}", refusal.what)));
        if *unanswered > 0 {
            sentences.push(format!("{unanswered} had no answer yet."));
        }
        AppError::new(kind, sentences.join("\n"))
    };
    for (refusal, text) in refused {
        error = refusal.hint.iter().fold(error, |error, hint| error.hint(hint.as_str()));
        error = text.iter().fold(error, |error, text| error.hint(format!("the text is in {text}")));
    }
    if *unanswered > 0 {
        error = error.hint("`provost log` lists what is on disk");
    }
    if ended == Ended::Panicked {
        error = error.hint(format!("what happened is in {}", log.display()));
    }
    Err(error)
}

/// Fails where stdin or stdout is no terminal, with what to do instead.
///
/// # Errors
/// See there.
pub fn needs_terminal(instead: &str) -> Result<(), AppError> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return match environment("TERM").as_deref() {
            Some("dumb") => {
                let text = "TERM is `dumb`: this terminal has no screen to draw on.";
                Err(AppError::usage(text).hint(instead))
            }
            _ => Ok(()),
        };
    }
    Err(AppError::usage("The curator needs a terminal, and stdin or stdout is none.").hint(instead))
}

impl From<OpenError> for AppError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UserFile(error) => error.into(),
            OpenError::Config(error) => error.into(),
            OpenError::Prompt(error) => error.into(),
            OpenError::Store(error) => error.into(),
            OpenError::Terminal(_) => AppError::new(Kind::Other, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Refusal;

    #[test]
    fn what_was_not_saved_is_told_once_the_screen_is_gone() {
        let log = Path::new("/l");
        let told = |ended, unsaved: &Unsaved| {
            let error = verdict(ended, unsaved, log).unwrap_err();
            (error.kind, format!("{}\n{}", error.message, error.hints.join("\n")))
        };
        assert!(verdict(Ended::Quit, &Unsaved::default(), log).is_ok());
        let (kind, text) = told(Ended::Signal, &Unsaved::default());
        assert_eq!(
            (kind, text.as_str()),
            (Kind::Interrupted, "A signal ended the curator; every decision is on disk.\n")
        );
        let refusal = Refusal { what: "No space is left.".to_owned(), hint: Some("make room".to_owned()) };
        let unsaved = Unsaved { refused: vec![(refusal, Some("/tmp/text.yaml".to_owned()))], unanswered: 2 };
        let (kind, text) = told(Ended::Quit, &unsaved);
        assert_eq!(kind, Kind::Other);
        insta::assert_snapshot!(text, @"
        The curator ended, and not every decision is known to be on disk.
        One was refused: No space is left.
        2 had no answer yet.
        make room
        the text is in /tmp/text.yaml
        `provost log` lists what is on disk
        ");
        let (kind, text) = told(Ended::Panicked, &unsaved);
        assert!(kind == Kind::Bug && text.ends_with("what happened is in /l"), "{text}");
    }
}
