//! `provost keys` and `provost themes`.

use std::fs;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::table::{Table, faint, plain, strong};
use crate::error::AppError;
use crate::input::{Context, DEFAULT_KEYMAP, Keymap};
use crate::theme::{BUILT_IN, ColorDepth, Theme};

/// List the keys of the screen
#[derive(Debug, Args)]
#[command(after_help = "\
The keys in force: the built-in keymap with the user's keymap.yaml over it. --default prints the built-in file, which \
documents itself; a file of your own needs only what differs. --json prints one line an action and place: context, \
action, keys, title, help.

Examples:
  provost keys
  provost keys syllabus
  provost keys --default > my-keymap.yaml

Exit codes: 0 done, 2 no such context, 42 the user's keymap cannot be used")]
pub struct Keys {
    /// Only one place: everywhere, browse, curate, syllabus, homework, history, reader, picker, text, confirm
    #[arg(value_parser = context)]
    context: Option<Context>,
    /// The built-in keymap file
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
        let user = config.keymap_text()?;
        let keymap = Keymap::load(user.as_ref().map(|(name, text)| (name.as_str(), text.as_str())))?;
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

/// List the themes, or print one
#[derive(Debug, Args)]
#[command(after_help = "\
A theme is a YAML file that gives roles their colours. One of your own goes into the folder that the list names; it may \
inherit a built-in one and say only what differs. `theme: NAME` in the config chooses it.

Examples:
  provost themes
  provost themes dark > mine.yaml

Exit codes: 0 done, 42 there is no such theme, or it cannot be used")]
pub struct Themes {
    /// Print this one
    name: Option<String>,
}

impl Themes {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such theme.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let (config, paths) = console.config(None)?;
        let user = |name: &str| paths.theme_text(name);
        if let Some(name) = self.name {
            Theme::load(&name, ColorDepth::True, &user)?;
            let built_in = BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            return console.out.document(&user(&name).or(built_in).unwrap_or_default());
        }
        let own = fs::read_dir(paths.themes_dir()).into_iter().flatten().flatten();
        let own = own.filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned()));
        let mut names: Vec<(String, &str)> =
            own.filter(|name| user(name).is_some()).map(|name| (name, "yours")).collect();
        names.extend(BUILT_IN.iter().map(|(name, _)| ((*name).to_owned(), "built in")));
        names.sort();
        let mut table = Table::new();
        for (name, whose) in names {
            let state = match Theme::load(&name, ColorDepth::True, &user) {
                Err(error) => error.to_string(),
                Ok(_) if name == config.theme.value => "in use".to_owned(),
                Ok(_) => String::new(),
            };
            table.row([strong(name), plain(whose), plain(state)]);
        }
        table.print(console.out)?;
        console.out.note(&format!("Your own themes are in {}.", paths.themes_dir().display()));
        Ok(())
    }
}
