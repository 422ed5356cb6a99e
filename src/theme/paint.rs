//! A theme outside the screen: styles as escape sequences, and a line that shows what a theme looks like.

use std::fmt::Write as _;

use ratatui::style::{Color, Modifier, Style};

use super::{Glyphs, Role, Theme};

/// What turns a style on; `\x1b[0m` turns it off. Empty where there is nothing to turn on.
#[must_use]
pub fn escapes(style: Style) -> String {
    let mut codes: Vec<String> = Vec::new();
    let modifiers = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
        (Modifier::CROSSED_OUT, "9"),
    ];
    codes.extend(
        modifiers.iter().filter(|(on, _)| style.add_modifier.contains(*on)).map(|(_, code)| (*code).to_owned()),
    );
    for (color, base) in [(style.fg, 30_u8), (style.bg, 40)] {
        codes.extend(color.map(|color| code(color, base)));
    }
    let mut out = String::new();
    if !codes.is_empty() {
        let _ = write!(out, "\x1b[{}m", codes.join(";"));
    }
    out
}

fn code(color: Color, base: u8) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => format!("{};5;{index}", base + 8),
        Color::Reset => (base + 9).to_string(),
        named => match super::color::NAMED.iter().position(|known| *known == named) {
            Some(at) if at < 8 => (usize::from(base) + at).to_string(),
            Some(at) => (usize::from(base) + 52 + at).to_string(),
            None => (base + 9).to_string(),
        },
    }
}

/// A line that shows what a theme looks like: its states, a selected row, what is said and keys.
#[must_use]
pub fn sample(theme: &Theme, glyphs: &Glyphs) -> Vec<(Style, String)> {
    let below = theme.style(Role::Background).patch(theme.style(Role::Text));
    let on = |role: Role| below.patch(theme.style(role));
    let row = |role: Role| on(role).patch(theme.style(Role::Selection));
    let mut parts = vec![(below, " ".to_owned())];
    for (glyph, role, word) in [
        (glyphs.accepted, Role::TreeAccepted, "accepted"),
        (glyphs.pending, Role::TreePending, "pending"),
        (glyphs.rejected, Role::TreeRejected, "rejected"),
    ] {
        parts.push((on(role), format!("{glyph} {word}")));
        parts.push((below, " ".to_owned()));
    }
    parts.push((row(Role::TreePending), format!("{}{} selected ", glyphs.cursor, glyphs.pending)));
    parts.push((below, " ".to_owned()));
    parts.push((on(Role::Error), "error".to_owned()));
    parts.push((below, " ".to_owned()));
    parts.push((on(Role::Key), "a".to_owned()));
    parts.push((on(Role::KeyLabel), " key ".to_owned()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::ColorDepth;

    #[test]
    fn styles_are_the_sequences_that_terminals_know() {
        let bold_red = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
        for (style, sequence) in [
            (Style::new(), ""),
            (bold_red, "\x1b[1;31m"),
            (Style::new().fg(Color::LightBlue).bg(Color::DarkGray), "\x1b[94;100m"),
            (Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(17)), "\x1b[38;2;1;2;3;48;5;17m"),
            (Style::new().fg(Color::Reset), "\x1b[39m"),
        ] {
            assert_eq!(escapes(style), sequence);
        }
    }

    #[test]
    fn a_sample_without_colours_has_the_glyphs_and_the_selection() {
        let theme = Theme::load("dark", ColorDepth::None, &|_| None).unwrap().theme;
        let parts = sample(&theme, Glyphs::of(crate::theme::GlyphSet::Ascii));
        let text: String = parts.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(text, " + accepted ? pending x rejected >? selected  error a key ");
        let selected = parts.iter().find(|(_, text)| text.contains("selected")).unwrap().0;
        assert!(selected.add_modifier.contains(Modifier::REVERSED));
    }
}
