//! Which theme is meant: one, or one for dark and one for light terminals.

/// Whether a terminal is dark or light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shade {
    /// Light text on a dark background.
    #[default]
    Dark,
    /// Dark text on a light background.
    Light,
}

/// The choice that follows the terminal with the themes of this program.
const AUTO: &str = "auto";

/// The theme that a choice means in such a terminal: `auto`, `DARK|LIGHT`, or a name.
#[must_use]
pub fn pick(choice: &str, shade: Shade) -> &str {
    let (dark, light) = match choice.split_once('|') {
        Some((dark, light)) => (dark.trim(), light.trim()),
        None if choice == AUTO => ("dark", "light"),
        None => return choice,
    };
    match shade {
        Shade::Dark => dark,
        Shade::Light => light,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_follows_the_terminal_and_a_name_does_not() {
        for (choice, dark, light) in
            [("auto", "dark", "light"), ("nord|solarized-light", "nord", "solarized-light"), ("nord", "nord", "nord")]
        {
            assert_eq!((pick(choice, Shade::Dark), pick(choice, Shade::Light)), (dark, light));
        }
    }
}
