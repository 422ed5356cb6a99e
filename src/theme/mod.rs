//! Roles to styles: theme files, colour depth and the glyphs that carry a meaning without colour.
//!
//! The one place that knows a colour. Views ask for `theme.style(Role::TreeAccepted)`; the file's
//! colours are brought to what the terminal can show once, when the theme is loaded. Does no I/O.

mod choice;
mod color;
mod file;
mod glyphs;
mod paint;
mod role;

use ratatui::style::{Color, Modifier, Style};

pub use choice::{Shade, pick};
pub use color::{ColorChoice, ColorDepth};
pub use file::BUILT_IN;
pub use glyphs::{GlyphSet, Glyphs};
pub use paint::{escapes, sample};
pub use role::Role;

use crate::userfile::UserFileError;
use file::{Palette, RoleSpec};

/// A loaded theme: one finished style per role.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
}

/// A theme and what was wrong with its files but did not stop it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Ready to use.
    pub theme: Theme,
    /// Full sentences: unknown roles, unknown colours.
    pub warnings: Vec<String>,
}

impl Theme {
    /// Loads a theme by name; of a choice for dark and light terminals, the dark one ([`pick`] chooses otherwise). `user` gives the
    /// content of the user's theme of a name, which wins over the built-in one; a user's `dark` may inherit the built-in `dark`.
    ///
    /// # Errors
    /// No theme of that name, a file that is not a theme, or themes that inherit each other.
    pub fn load(name: &str, depth: ColorDepth, user: &dyn Fn(&str) -> Option<String>) -> Result<Loaded, UserFileError> {
        let name = pick(name, Shade::Dark);
        let mut merged = file::read(name, user)?;
        let styles = Role::ALL.iter().map(|role| resolve(*role, &mut merged, depth)).collect();
        Ok(Loaded { theme: Self { name: name.to_owned(), styles }, warnings: merged.warnings })
    }

    /// The style of a role. To lay one over another (a selected row that is also pending) use
    /// [`Style::patch`]: roles leave alone what they do not set.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The name it was loaded by.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The role's own entry, or the first one on its way of fallbacks, as a finished style.
fn resolve(role: Role, merged: &mut file::Merged, depth: ColorDepth) -> Style {
    let mut next = Some(role);
    while let Some(role) = next {
        if let Some(spec) = merged.roles.get(&role) {
            let spec = spec.clone();
            return finish(&spec, &merged.palette, depth, role, &mut merged.warnings);
        }
        next = role.fallback();
    }
    Style::default()
}

fn finish(spec: &RoleSpec, palette: &Palette, depth: ColorDepth, role: Role, warnings: &mut Vec<String>) -> Style {
    let mut color = |word: &Option<String>| {
        let word = word.as_deref()?;
        let found = file::color(word, palette);
        if found.is_none() {
            let warning = format!("Role `{}`: `{word}` is not a colour; it is left out.", role.name());
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        found
    };
    let (fg, bg) = (color(&spec.fg), color(&spec.bg));
    if role == Role::Background && depth <= ColorDepth::Ansi16 {
        // The sixteen colours are the terminal's own, and so is what they are made for.
        return Style::default();
    }
    let mut modifiers = spec.modifiers();
    let shown = |color: Option<Color>| color.and_then(|color| depth.nearest(color));
    let (mut shown_fg, mut shown_bg) = (shown(fg), shown(bg));
    // A background is often the only sign of a selection: where it cannot be shown, or where it
    // would swallow the text, the row is reversed instead.
    if bg.is_some_and(|bg| bg != Color::Reset)
        && (shown_bg.is_none() || (shown_bg == shown_fg && shown_bg != Some(Color::Reset)) || is_loud(shown_bg, depth))
    {
        (shown_fg, shown_bg) = (None, None);
        modifiers |= Modifier::REVERSED;
    }
    Style { fg: shown_fg, bg: shown_bg, add_modifier: modifiers, ..Style::default() }
}

/// Whether it is one of the sixteen that text is written in: only blue and the greys are behind text.
fn is_loud(bg: Option<Color>, depth: ColorDepth) -> bool {
    use Color::{Black, Blue, DarkGray, Gray, Reset, White};
    let quiet = [Black, Blue, DarkGray, Gray, Reset, White];
    depth == ColorDepth::Ansi16 && bg.is_some_and(|bg| !quiet.contains(&bg))
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
