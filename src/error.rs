//! The one error the user sees: what, where, what to do next.
//!
//! A message is a full sentence. Its [`Kind`] alone decides the exit code, so scripts can tell
//! bad input from a limit that passes and from a run that only has to be resumed.

use std::io::{self, Write};

use crate::asking::SeatError;
use crate::config::ConfigError;
use crate::llm::PromptError;
use crate::store::StoreError;
use crate::taxonomy::op::Refusal;
use crate::taxonomy::snapshot::Problem;
use crate::taxonomy::text::{reveal, reveal_line};
use crate::userfile::UserFileError;

/// What kind of failure it is; see [`Kind::exit_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command did its work and found something: findings, failed items.
    Findings,
    /// The command line or a file it names cannot be used.
    Usage,
    /// Stopped on request; the same command resumes.
    Interrupted,
    /// The endpoint's rate limit or quota, or a run whose endpoint is away; resume later.
    RateOrQuota,
    /// Configuration, or a plan that does not match the run: do not retry.
    Config,
    /// The system refused, or something else failed.
    Other,
    /// A bug of provost's own: as after a panic that nobody catches.
    Bug,
    /// Whoever read the output went away (`provost log | head`). Not a failure, and silent.
    Closed,
}

impl Kind {
    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Closed => 0,
            Kind::Findings | Kind::Other => 1,
            Kind::Usage => 2,
            Kind::Interrupted => 10,
            Kind::RateOrQuota => 11,
            Kind::Config => 42,
            Kind::Bug => 101,
        }
    }
}

/// A failure as the user sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// Decides the exit code.
    pub kind: Kind,
    /// One or more sentences.
    pub message: String,
    /// What to do next, one a line.
    pub hints: Vec<String>,
}

impl AppError {
    /// A failure without hints.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: vec![] }
    }

    /// Bad input.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// The system refused something to do with the file or folder at `path`.
    #[must_use]
    pub fn io(path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(Kind::Other, format!("{}: {error}.", reveal_line(&path.display().to_string())))
    }

    /// The same with one more thing to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The `error:` and `hint:` lines, with nothing hidden in them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("error: {}\n", reveal(&self.message));
        for hint in &self.hints {
            text.push_str(&format!("hint: {}\n", reveal(hint)));
        }
        text
    }

    /// Writes [`AppError::text`], or nothing where nobody reads.
    pub fn report(&self, err: &mut dyn Write) {
        if self.kind != Kind::Closed {
            let _ = err.write_all(self.text().as_bytes());
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::Refused(_) | StoreError::NotATaxonomy(_) | StoreError::InTheWay(_) | StoreError::File(_) => {
                Kind::Usage
            }
            StoreError::Conflict { .. }
            | StoreError::ReadOnly(_)
            | StoreError::Incomplete { .. }
            | StoreError::Io { .. }
            | StoreError::Stopped => Kind::Other,
        };
        let hints = error.hint().into_iter().collect();
        Self { kind, message: error.to_string(), hints }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        StoreError::Refused(refusal).into()
    }
}

impl From<ConfigError> for AppError {
    fn from(error: ConfigError) -> Self {
        let unreadable = matches!(error, ConfigError::Unreadable { .. });
        let told = Self::new(Kind::Config, error.to_string());
        if unreadable {
            told.hint("name a file that you can read; `provost config path` says which is used")
        } else {
            told
        }
    }
}

impl From<UserFileError> for AppError {
    fn from(error: UserFileError) -> Self {
        Self::new(Kind::Config, error.to_string())
    }
}

impl From<SeatError> for AppError {
    fn from(error: SeatError) -> Self {
        Self::new(Kind::Config, error.to_string()).hint(error.hint())
    }
}

impl From<PromptError> for AppError {
    fn from(error: PromptError) -> Self {
        Self::new(Kind::Config, error.to_string()).hint("mend or remove the file in the directory's prompts/")
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        StoreError::File(problem).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_and_what_to_do_and_hides_nothing() {
        let error = AppError::usage("There is no \u{1b}[2Jnode.").hint("look at `provost tree`");
        assert_eq!(error.text(), "error: There is no ⟨U+001B⟩[2Jnode.\nhint: look at `provost tree`\n");
        assert_eq!(error.kind.exit_code(), 2);
    }

    #[test]
    fn a_refusal_is_bad_input_and_keeps_its_hint() {
        let error = AppError::from(Refusal::new("It is accepted.").hint("undo that decision"));
        assert_eq!((error.kind, error.hints.as_slice()), (Kind::Usage, ["undo that decision".to_owned()].as_slice()));
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let mut told = Vec::new();
        let error = AppError::new(Kind::Closed, "broken pipe");
        error.report(&mut told);
        assert!(told.is_empty());
        assert_eq!(error.kind.exit_code(), 0);
    }
}
