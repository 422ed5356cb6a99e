//! What a command works with: the global options, the way out, and the taxonomy directory.

use std::path::{Path, PathBuf};

use super::global::Global;
use super::printer::Printer;
use super::table::count;
use crate::error::AppError;
use crate::store::{OpenOptions, Receipt, Store};
use crate::taxonomy::op::Op;
use crate::taxonomy::text::reveal_line;

/// The surroundings of one command.
pub struct Console<'a> {
    /// Options of the command line.
    pub global: &'a Global,
    /// Stdout and stderr.
    pub out: &'a mut Printer,
}

impl Console<'_> {
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
            AppError::usage(format!("{} is not in a taxonomy directory: no provost.yaml here or above.", shown))
                .hint("`provost init DIR` makes one; -C DIR names another folder; `provost demo` shows a sample")
        })
    }

    /// Opens the directory for looking, even while another instance writes.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn read(&mut self) -> Result<Store, AppError> {
        self.open(true)
    }

    /// Opens the directory for deciding.
    ///
    /// # Errors
    /// It cannot be used, or another instance has it.
    pub fn write(&mut self) -> Result<Store, AppError> {
        let store = self.open(false)?;
        match store.is_read_only() {
            Some(why) => Err(crate::store::StoreError::ReadOnly(why.to_owned()).into()),
            None => Ok(store),
        }
    }

    fn open(&mut self, read_only: bool) -> Result<Store, AppError> {
        let curator = if read_only { String::new() } else { self.global.curator() };
        let mut store = Store::open(&self.dir()?, OpenOptions { curator, read_only })?;
        for notice in store.take_notices() {
            let path = if notice.path.is_empty() { String::new() } else { format!("{}: ", notice.path) };
            self.out.note(&format!("note: {}{}", reveal_line(&path), notice.message));
        }
        let problems = store.snapshot().problems.len();
        if problems > 0 {
            let files = count(problems, "problem", "problems");
            self.out.note(&format!("warning: {files} in the directory's files; `provost check` lists them."));
        }
        Ok(store)
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
