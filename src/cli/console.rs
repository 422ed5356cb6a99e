//! What a command works with: the global options, the way out, the user's configuration and the
//! taxonomy directory.

use std::path::{Path, PathBuf};

use super::global::{Global, ModelArgs, environment, likely_curator};
use super::printer::Printer;
use super::table::count;
use crate::config::{Arguments, Config, Paths};
use crate::error::AppError;
use crate::store::{OpenOptions, Receipt, Store, StoreError};
use crate::taxonomy::op::Op;
use crate::taxonomy::text::reveal_line;

/// The surroundings of one command.
pub struct Console<'a> {
    /// Options of the command line.
    pub global: &'a Global,
    /// What stood before the command about the model.
    pub model: &'a ModelArgs,
    /// Stdout and stderr.
    pub out: &'a mut Printer,
}

impl Console<'_> {
    /// The user's configuration, with what the command line says.
    ///
    /// # Errors
    /// A file or a variable is wrong.
    pub fn config(&mut self, model: Option<&ModelArgs>) -> Result<(Config, Paths), AppError> {
        let paths = Paths::find(&environment)?;
        let model = model.cloned().unwrap_or_default().or(self.model);
        let arguments = Arguments {
            config: self.global.config.clone(),
            curator: self.global.curator.clone(),
            color: self.global.color,
            base_url: model.base_url,
            model: model.model,
            key_env: model.key_env,
        };
        let config = Config::load(&arguments, &environment, &paths)?;
        tracing::info!(file = %config.file.display(), profiles = config.profiles.len(), "configuration read");
        for warning in &config.warnings {
            self.out.note(&format!("warning: {warning}"));
        }
        Ok((config, paths))
    }

    /// Who decides.
    ///
    /// # Errors
    /// The configuration is wrong.
    pub fn curator(&mut self) -> Result<String, AppError> {
        let (config, _) = self.config(None)?;
        Ok(curator(&config))
    }

    /// The taxonomy directory that is meant.
    ///
    /// # Errors
    /// There is none.
    pub fn dir(&self) -> Result<PathBuf, AppError> {
        if let Some(dir) = &self.global.dir {
            return Ok(dir.clone());
        }
        let here = std::env::current_dir().map_err(|error| AppError::io(Path::new("."), &error))?;
        let found = here.ancestors().find(|folder| folder.join("provost.yaml").is_file());
        found.map(Path::to_owned).ok_or_else(|| {
            let shown = here.display().to_string();
            AppError::usage(format!("{shown} is not in a taxonomy directory: no provost.yaml here or above."))
                .hint("`provost init DIR` makes one; -C DIR names another folder; `provost demo` shows a sample")
        })
    }

    /// Opens the directory for looking, even while another instance writes.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn read(&mut self) -> Result<Store, AppError> {
        let dir = self.dir()?;
        let curator = self.curator().unwrap_or_default();
        self.open(&dir, OpenOptions { curator, read_only: true })
    }

    /// Opens the directory for deciding.
    ///
    /// # Errors
    /// It cannot be used, or another instance has it.
    pub fn write(&mut self) -> Result<Store, AppError> {
        let dir = self.dir()?;
        let curator = self.curator()?;
        self.write_at(&dir, curator)
    }

    /// Opens another directory for deciding.
    ///
    /// # Errors
    /// It cannot be used, or another instance has it.
    pub fn write_at(&mut self, dir: &Path, curator: String) -> Result<Store, AppError> {
        let store = self.open(dir, OpenOptions { curator, read_only: false })?;
        match store.is_read_only() {
            Some(why) => Err(StoreError::ReadOnly(why.to_owned()).into()),
            None => Ok(store),
        }
    }

    fn open(&mut self, dir: &Path, options: OpenOptions) -> Result<Store, AppError> {
        let started = std::time::Instant::now();
        let mut store = Store::open(dir, options)?;
        store.keep_index();
        let (nodes, problems) = (store.snapshot().tree.len(), store.snapshot().problems.len());
        tracing::info!(dir = %store.dir().display(), nodes, problems, took = ?started.elapsed(), "directory read");
        for notice in store.take_notices() {
            let path = if notice.path.is_empty() { String::new() } else { format!("{}: ", notice.path) };
            self.out.note(&format!("note: {}{}", reveal_line(&path), notice.message));
        }
        // Freeing a large taxonomy piece by piece takes longer than to read it; the process ends soon, all at once.
        std::mem::forget(store.snapshot());
        let problems = store.snapshot().problems.len();
        if problems > 0 {
            let files = count(problems, "problem", "problems");
            self.out.note(&format!("warning: {files} in the directory's files; `provost check` lists them."));
        }
        Ok(store)
    }

    /// Says in one line what an op would do, and does nothing.
    ///
    /// # Errors
    /// It would be refused.
    pub fn rehearse(&mut self, store: &Store, op: Op) -> Result<(), AppError> {
        let verdict = crate::taxonomy::op::decide(&store.snapshot(), store.curator(), op)?;
        let said = crate::taxonomy::describe::change(&store.snapshot(), &verdict.change);
        self.out.line(&format!("would have {said}"))
    }

    /// Submits, and says in one line what was done.
    ///
    /// # Errors
    /// The store refused.
    pub fn submit(&mut self, store: &mut Store, op: Op) -> Result<Receipt, AppError> {
        let receipt = store.submit(op)?;
        let event = receipt.event.map(|event| format!(" ({event})")).unwrap_or_default();
        self.out.line(&format!("{}{event}", receipt.summary))?;
        Ok(receipt)
    }
}

/// Who decides: what the configuration says, else git, else the account.
#[must_use]
pub fn curator(config: &Config) -> String {
    let said = config.curator.value.clone().filter(|name| !name.trim().is_empty());
    said.unwrap_or_else(likely_curator)
}
