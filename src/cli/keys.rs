//! `provost keys`.

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::table::{Table, faint, plain, strong};
use crate::error::AppError;
use crate::input::{Context, DEFAULT_KEYMAP};

/// List the keys of the screen
#[derive(Debug, Args)]
#[command(after_help = "\
Lists the keys in force: the built-in keymap with your keymap.yaml on top. --default prints the built-in file, which \
has comments; your own file only needs the differences. --json prints one line per action and context: context, \
action, keys, title, help.

Examples:
  provost keys
  provost keys syllabus
  provost keys --default > my-keymap.yaml

Exit codes: 0 done, 2 no such context, 42 the user's keymap cannot be used")]
pub struct Keys {
    /// Only keys of one context: everywhere, browse, curate, syllabus, homework, dataset, history, reader, evidence, picker, text, preview, confirm
    #[arg(value_parser = context)]
    context: Option<Context>,
    /// Print the built-in keymap file
    #[arg(long, conflicts_with_all = ["context", "json"])]
    default: bool,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

fn context(text: &str) -> Result<Context, String> {
    let names = Context::ALL.map(Context::name).join(", ");
    Context::from_name(text).ok_or_else(|| format!("it is one of {names}"))
}

#[derive(Serialize)]
struct Line<'a> {
    context: &'static str,
    action: &'static str,
    keys: Vec<String>,
    title: &'a str,
    help: &'a str,
}

impl Keys {
    /// Runs the command.
    ///
    /// # Errors
    /// The user's keymap cannot be used.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if self.default {
            return console.out.document(DEFAULT_KEYMAP);
        }
        let (config, _) = console.config(None)?;
        let keymap = config.keys()?;
        let contexts = self.context.map_or(Context::ALL.to_vec(), |context| vec![context]);
        for (at, context) in contexts.into_iter().enumerate() {
            if self.json {
                for row in keymap.help(context).into_iter().flat_map(|section| section.rows) {
                    let (info, name) = (row.info, context.name());
                    console.out.json(&Line {
                        context: name,
                        action: info.name,
                        keys: row.keys,
                        title: info.title,
                        help: info.help,
                    })?;
                }
                continue;
            }
            if at > 0 {
                console.out.line("")?;
            }
            console.out.line(&format!("{}:", context.name()))?;
            let mut table = Table::new();
            let rows = keymap.help(context).into_iter().flat_map(|section| section.rows);
            // What a place shares with others is listed once, under the others.
            let own = rows.filter(|row| self.context.is_some() || row.info.contexts.contains(&context));
            for row in own {
                table.row([strong(format!("  {}", row.keys.join(", "))), plain(row.info.help), faint(row.info.name)]);
            }
            table.print(console.out)?;
        }
        Ok(())
    }
}
