//! `provost config`.

use clap::{Args, Subcommand};

use super::console::Console;
use super::global::environment;
use super::table::count;
use crate::config::{Paths, check, print};
use crate::error::{AppError, Kind};

/// Show and check your configuration
#[derive(Debug, Args)]
#[command(after_help = "\
Settings come from the command line, then the environment, then config.yaml, then the defaults. Profiles in your \
config name servers and where to find their keys; a taxonomy directory cannot.

Examples:
  provost config print
  provost config check
  $EDITOR \"$(provost config path)\"
  provost config schema provost > provost.schema.json

An editor with the YAML language server completes and checks a file that begins with
  # yaml-language-server: $schema=provost.schema.json

Exit codes: 0 done, 1 check found something that keeps provost from working, 42 the file cannot be read")]
pub struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the settings in force and where each comes from; keys are never printed
    Print,
    /// Check that everything the configuration names exists; sends nothing
    Check,
    /// Print the path of the config file, whether or not it exists
    Path,
    /// Print the JSON Schema of a file, for editors: config, provost (provost.yaml), node (in tree/) or theme
    Schema {
        /// File
        #[arg(value_parser = SCHEMAS.map(|(name, _)| name))]
        of: String,
    },
}

/// The shapes of files that people write.
const SCHEMAS: [(&str, &str); 4] = [
    ("config", include_str!("../../schemas/config.schema.json")),
    ("provost", include_str!("../../schemas/provost.schema.json")),
    ("node", include_str!("../../schemas/node.schema.json")),
    ("theme", include_str!("../../schemas/theme.schema.json")),
];

impl Config {
    /// Runs the command.
    ///
    /// # Errors
    /// The configuration is wrong.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        match self.what {
            What::Path => {
                let file = match &console.global.config {
                    Some(file) => file.clone(),
                    None => Paths::find(&environment)?.config_file(),
                };
                console.out.line(&file.display().to_string())
            }
            What::Schema { of } => {
                let text = SCHEMAS.iter().find(|(name, _)| *name == of).map_or("", |(_, text)| text);
                console.out.document(text)
            }
            What::Print => {
                let (config, _) = console.config(None)?;
                console.out.document(&print(&config))
            }
            What::Check => {
                let (config, paths) = console.config(None)?;
                let findings = check(&config, &environment, &paths);
                for finding in &findings {
                    let word = if finding.serious { "error" } else { "note" };
                    console.out.line(&format!("{word}: {}", finding.text))?;
                }
                let serious = findings.iter().filter(|finding| finding.serious).count();
                if serious > 0 {
                    let text = format!("{} in the configuration.", count(serious, "error", "errors"));
                    return Err(AppError::new(Kind::Findings, text));
                }
                console.out.line("The configuration can be used.")
            }
        }
    }
}
