//! `provost themes`.

use clap::Args;

use super::console::Console;
use super::global::environment;
use super::table::{Table, plain, strong};
use crate::error::AppError;
use crate::term::Capabilities;
use crate::theme::{BUILT_IN, ColorDepth, Glyphs, Theme, sample};

/// List the themes and show what they look like, or print one
#[derive(Debug, Args)]
#[command(after_help = "\
A theme is a YAML file that gives roles their colours. One of your own goes into the folder that the list names; it may \
inherit a built-in one and say only what differs; a curator that is open takes a change at once. In the config, `theme: \
NAME` chooses it, `theme: auto` (the default) is `dark` or `light` as the terminal is, and `theme: DARK|LIGHT` is a pair of \
your own. In the curator, `g t` lists them and shows each on the screen. At a terminal the list has a line of each, in as \
many colours as the terminal shows (--color), and `*` before the one in use.

Examples:
  provost themes
  provost themes --color 256
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
        let depth = Capabilities::detect(config.color.value, &environment).depth;
        let shows = console.out.is_terminal();
        let mut table = Table::new();
        for (name, whose) in paths.themes() {
            let theme = Theme::load(&name, depth, &user);
            let used = config.theme.value.split('|').any(|used| used.trim() == name);
            if shows && let Ok(loaded) = &theme {
                let word = format!("{} {name}", if used { "*" } else { " " });
                console.out.painted(&format!("{word:<20}"), &sample(&loaded.theme, Glyphs::of(config.glyphs.value)))?;
                continue;
            }
            let state = match theme {
                Err(error) => error.to_string(),
                Ok(_) if used => "in use".to_owned(),
                Ok(_) => String::new(),
            };
            table.row([strong(name), plain(whose), plain(state)]);
        }
        table.print(console.out)?;
        if config.theme.value == "auto" {
            console.out.note("In use is `dark` or `light`, as the terminal is (`theme: auto`).");
        }
        console.out.note(&format!("Your own themes are in {}.", paths.themes_dir().display()));
        Ok(())
    }
}
