//! `provost themes`.

use clap::Args;

use super::console::Console;
use super::global::environment;
use super::table::{Table, plain, strong};
use crate::error::AppError;
use crate::term::Capabilities;
use crate::theme::{BUILT_IN, ColorDepth, Glyphs, Theme, sample};

/// List the themes with a preview, or print one
#[derive(Debug, Args)]
#[command(after_help = "\
A theme is a YAML file that assigns colours to roles. Put your own into the folder shown in the list; it may inherit \
a built-in theme and state only the differences, and an open curator picks up changes at once. In the config, \
`theme: NAME` selects a theme, `theme: auto` (the default) follows the terminal with `dark` or `light`, and `theme: \
DARK|LIGHT` names your own pair. In the curator, `g t` lists the themes and previews each. At a terminal the list \
shows a sample of each in the available colours (--color), and `*` marks the one in use.

Examples:
  provost themes
  provost themes --color 256
  provost themes dark > mine.yaml

Exit codes: 0 done, 42 there is no such theme, or it cannot be used")]
pub struct Themes {
    /// Theme to print
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
