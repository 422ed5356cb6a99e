//! The theme file: palette, roles and the theme it inherits from.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier};
use serde::Deserialize;

use super::Role;
use super::color::NAMED;
use crate::userfile::{self, UserFileError};

/// The themes that are always there: name and content.
pub const BUILT_IN: [(&str, &str); 12] = [
    ("dark", include_str!("../../themes/dark.yaml")),
    ("light", include_str!("../../themes/light.yaml")),
    ("high-contrast", include_str!("../../themes/high-contrast.yaml")),
    ("colorblind", include_str!("../../themes/colorblind.yaml")),
    ("catppuccin-mocha", include_str!("../../themes/catppuccin-mocha.yaml")),
    ("catppuccin-latte", include_str!("../../themes/catppuccin-latte.yaml")),
    ("gruvbox-dark", include_str!("../../themes/gruvbox-dark.yaml")),
    ("gruvbox-light", include_str!("../../themes/gruvbox-light.yaml")),
    ("nord", include_str!("../../themes/nord.yaml")),
    ("solarized-dark", include_str!("../../themes/solarized-dark.yaml")),
    ("solarized-light", include_str!("../../themes/solarized-light.yaml")),
    ("tokyonight", include_str!("../../themes/tokyonight.yaml")),
];

pub(super) type Palette = BTreeMap<String, String>;

/// How a theme file describes one role.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RoleSpec {
    pub fg: Option<String>,
    pub bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
    strike: bool,
}

impl RoleSpec {
    pub(super) fn modifiers(&self) -> Modifier {
        let set = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
            (self.strike, Modifier::CROSSED_OUT),
        ];
        set.into_iter().filter(|(on, _)| *on).fold(Modifier::empty(), |all, (_, modifier)| all | modifier)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ThemeFile {
    inherits: Option<String>,
    palette: Palette,
    roles: BTreeMap<String, RoleSpec>,
}

/// A theme with everything it inherits.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub palette: Palette,
    pub roles: BTreeMap<Role, RoleSpec>,
    pub warnings: Vec<String>,
}

/// Reads a theme and its ancestors. What is nearer wins, role by role and colour by colour.
pub(super) fn read(name: &str, user: &dyn Fn(&str) -> Option<String>) -> Result<Merged, UserFileError> {
    let mut merged = Merged::default();
    let mut seen: Vec<(String, Origin)> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next {
        let unseen = |origin| !seen.contains(&(name.clone(), origin));
        let own = unseen(Origin::User).then(|| user(&name)).flatten();
        let shipped = built_in(&name).filter(|_| unseen(Origin::BuiltIn));
        let (text, origin) = match (own, shipped) {
            (Some(text), _) => (text, Origin::User),
            (None, Some(text)) => (text.to_owned(), Origin::BuiltIn),
            (None, None) if seen.iter().any(|(old, _)| *old == name) => {
                let problem = format!("The theme inherits from `{name}`, which inherits from it.");
                return Err(UserFileError::new(format!("theme {name}"), problem));
            }
            (None, None) => return Err(no_such_theme(&name)),
        };
        seen.push((name.clone(), origin));
        next = take(&mut merged, &text, &format!("theme {name}"))?;
    }
    Ok(merged)
}

/// Whose theme of a name it is. A user's theme that inherits its own name means the built-in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    User,
    BuiltIn,
}

/// Adds what one file says beyond what nearer files said already; gives its parent.
fn take(merged: &mut Merged, text: &str, file: &str) -> Result<Option<String>, UserFileError> {
    let ThemeFile { inherits, palette, roles } = userfile::parse(text, file)?;
    for (name, color) in palette {
        merged.palette.entry(name).or_insert(color);
    }
    for (name, spec) in roles {
        match Role::from_name(&name) {
            Some(role) => {
                merged.roles.entry(role).or_insert(spec);
            }
            None => merged.warnings.push(format!(
                "{file}: There is no role `{name}`; it is ignored. {}",
                userfile::meant(&name, Role::ALL.iter().map(|role| role.name()))
            )),
        }
    }
    Ok(inherits)
}

fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}

fn no_such_theme(name: &str) -> UserFileError {
    let known = userfile::meant(name, BUILT_IN.into_iter().map(|(known, _)| known));
    UserFileError::new(format!("theme {name}"), format!("There is no theme `{name}`."))
        .hint(format!("{known} Your own would be themes/{name}.yaml in the config folder."))
}

/// A colour as a theme writes it: a palette name, one of the sixteen names, `default`, a number of the
/// xterm palette, or `#rrggbb`.
pub(super) fn color(word: &str, palette: &Palette) -> Option<Color> {
    match palette.get(word) {
        Some(meaning) if meaning != word => plain_color(meaning),
        _ => plain_color(word),
    }
}

fn plain_color(word: &str) -> Option<Color> {
    if let Some(hex) = word.strip_prefix('#') {
        let well_formed = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = well_formed.then(|| u32::from_str_radix(hex, 16).ok())??;
        let [_, r, g, b] = value.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    if word == "default" {
        return Some(Color::Reset);
    }
    let (names, bright) = match word.strip_prefix("bright-") {
        Some(rest) => (rest, 8),
        None => (word, 0),
    };
    let number =
        ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].iter().position(|name| *name == names);
    match number {
        Some(number) => NAMED.get(number + bright).copied(),
        None => word.parse().ok().map(Color::Indexed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_written() {
        let palette = Palette::from([
            ("accent".to_owned(), "#0a141e".to_owned()),
            ("red".to_owned(), "#ff0000".to_owned()),
            ("loop".to_owned(), "loop".to_owned()),
        ]);
        let cases = [
            ("accent", Some(Color::Rgb(10, 20, 30))),
            ("red", Some(Color::Rgb(255, 0, 0))),
            ("blue", Some(Color::Blue)),
            ("bright-black", Some(Color::DarkGray)),
            ("white", Some(Color::Gray)),
            ("default", Some(Color::Reset)),
            ("208", Some(Color::Indexed(208))),
            ("256", None),
            ("#12345", None),
            ("#+12345", None),
            ("#ééé", None),
            ("loop", None),
            ("mauve", None),
        ];
        for (word, expected) in cases {
            assert_eq!(color(word, &palette), expected, "{word}");
        }
    }
}
