//! `provost init`.

use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use crate::error::AppError;
use crate::store::Store;
use crate::taxonomy::text::reveal_line;

/// Make a new, empty taxonomy directory
#[derive(Debug, Args)]
#[command(after_help = "\
Makes DIR with a provost.yaml (title, language, how each step asks) and an empty tree/. Nothing in DIR is \
overwritten; a .gitignore for runs/ and .provost/, and a .gitattributes by which logs merge, are added where there are none.

Examples:
  provost init physics --title \"Physics for engineers\"
  provost -C physics import topics.csv

Exit codes: 0 done, 1 the system refused, 2 DIR is a taxonomy directory already")]
pub struct Init {
    /// The folder; made where it is missing
    dir: PathBuf,
    /// What the taxonomy is called [default: the folder's name]
    #[arg(long)]
    title: Option<String>,
}

impl Init {
    /// Runs the command.
    ///
    /// # Errors
    /// Something is in the way.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let name = self.dir.file_name().map(|name| name.to_string_lossy().into_owned());
        let title = self.title.or(name).filter(|title| !title.trim().is_empty()).unwrap_or_else(|| "Taxonomy".into());
        Store::init(&self.dir, title.trim())?;
        let dir = self.dir.display().to_string();
        console.out.line(&format!("Made {} (\"{}\").", reveal_line(&dir), reveal_line(&title)))?;
        console.out.note(&format!("next: `provost -C {dir} propose /` or `provost -C {dir} import FILE`"));
        Ok(())
    }
}
