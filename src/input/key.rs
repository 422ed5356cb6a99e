//! A key press, independent of any terminal library, and how it is written in a keymap file:
//! `a`, `A`, `space`, `ctrl-d`, `shift-tab`, `f1`; a sequence is keys with blanks between, `g c`.

use std::fmt;

/// One key press with its modifiers. Build it with [`Key::new`] so that equal presses are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Which modifiers were held. Never `shift` with a character: the character says it already.
    pub mods: Mods,
}

/// The keys a keymap can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A character as typed, case included; the space bar is `' '`.
    Char(char),
    /// A function key, `F(1)` to `F(24)`.
    F(u8),
    /// Enter or Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab; with shift it is the terminal's "back tab".
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
}

/// Held modifiers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mods {
    /// Control.
    pub ctrl: bool,
    /// Alt, Option or Meta.
    pub alt: bool,
    /// Shift, for keys that are not characters.
    pub shift: bool,
}

impl Mods {
    /// No modifier.
    pub const NONE: Self = Self { ctrl: false, alt: false, shift: false };
    /// Control alone.
    pub const CTRL: Self = Self { ctrl: true, ..Self::NONE };
    /// Alt alone.
    pub const ALT: Self = Self { alt: true, ..Self::NONE };
    /// Shift alone.
    pub const SHIFT: Self = Self { shift: true, ..Self::NONE };
}

/// The names of the keys that are not one character. The space bar is here because a blank
/// separates the keys of a sequence.
const NAMED: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("return", KeyCode::Enter),
];

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a key. Write one character, a name such as `space`, `enter`, `esc`, `tab`, `up`, `pagedown` or `f1`, with `ctrl-`, `alt-` or `shift-` before it."
)]
pub struct NotAKey(pub String);

impl Key {
    /// A key press in its one canonical form: a character carries its own case, and control does
    /// not distinguish case because terminals do not.
    pub fn new(code: KeyCode, mods: Mods) -> Self {
        match code {
            KeyCode::Char(c) => {
                let c = if mods.ctrl { c.to_ascii_lowercase() } else { c };
                let mods = Mods { shift: false, ..mods };
                Self { code: KeyCode::Char(c), mods }
            }
            code => Self { code, mods },
        }
    }

    /// A plain character.
    pub fn char(c: char) -> Self {
        Self::new(KeyCode::Char(c), Mods::NONE)
    }

    /// A key without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, Mods::NONE)
    }

    /// The character this key types into a text field, if it types one.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.mods == Mods::NONE && !c.is_control() => Some(c),
            _ => None,
        }
    }

    /// Reads one key, `ctrl-d`.
    ///
    /// # Errors
    /// The text names no key.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let refuse = || NotAKey(text.to_owned());
        let mut rest = text;
        let mut mods = Mods::NONE;
        loop {
            let (flag, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (&mut mods.ctrl, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (&mut mods.alt, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (&mut mods.shift, after)
            } else {
                break;
            };
            if after.is_empty() || *flag {
                return Err(refuse());
            }
            *flag = true;
            rest = after;
        }
        let code = named(rest).or_else(|| function_key(rest)).or_else(|| single_char(rest)).ok_or_else(refuse)?;
        if mods.shift && matches!(code, KeyCode::Char(c) if c != ' ') {
            return Err(refuse());
        }
        Ok(Self::new(code, mods))
    }

    /// Reads a sequence of keys with blanks between, `g c`.
    ///
    /// # Errors
    /// One of them is not a key, or there is none.
    pub fn parse_sequence(text: &str) -> Result<Vec<Self>, NotAKey> {
        let keys: Vec<Self> = text.split_whitespace().map(Self::parse).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(NotAKey(text.to_owned()));
        }
        Ok(keys)
    }
}

fn named(text: &str) -> Option<KeyCode> {
    NAMED.iter().find(|(name, _)| *name == text).map(|(_, code)| *code)
}

fn function_key(text: &str) -> Option<KeyCode> {
    let number: u8 = text.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

fn single_char(text: &str) -> Option<KeyCode> {
    let mut chars = text.chars();
    let c = chars.next()?;
    (chars.next().is_none() && !c.is_control() && !c.is_whitespace()).then_some(KeyCode::Char(c))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.mods.ctrl, "ctrl-"), (self.mods.alt, "alt-"), (self.mods.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            // Every other code is in NAMED; a test holds that.
            other => write!(f, "{other:?}"),
        }
    }
}

/// A sequence as a keymap file writes it, `g c`.
pub fn sequence_text(keys: &[Key]) -> String {
    let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
    keys.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back_as_itself() {
        let mut codes: Vec<KeyCode> = NAMED.iter().map(|(_, code)| *code).collect();
        codes.extend([KeyCode::F(1), KeyCode::F(24)]);
        codes.extend("aZ9-+?/[é漢".chars().map(KeyCode::Char));
        for code in codes {
            for mods in [Mods::NONE, Mods::CTRL, Mods::ALT, Mods::SHIFT] {
                let key = Key::new(code, mods);
                assert_eq!(Key::parse(&key.to_string()), Ok(key), "{key}");
            }
        }
    }

    #[test]
    fn presses_that_a_terminal_cannot_tell_apart_are_equal() {
        let shifted = Mods { ctrl: true, shift: true, ..Mods::NONE };
        assert_eq!(Key::new(KeyCode::Char('D'), shifted), Key::new(KeyCode::Char('d'), Mods::CTRL));
        assert_eq!(Key::new(KeyCode::Char('A'), Mods::SHIFT), Key::char('A'));
        assert_ne!(Key::char('a'), Key::char('A'));
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for text in ["", "ab", "ctrl-", "ctrl-ctrl-a", "f0", "f25", "shift-a", "ctrl-foo", "\u{1b}"] {
            assert!(Key::parse(text).is_err(), "{text:?}");
        }
        assert!(Key::parse_sequence("  ").is_err());
        assert!(Key::parse_sequence("g nope").is_err());
    }

    #[test]
    fn a_sequence_prints_as_it_is_written() {
        let keys = Key::parse_sequence("g  ctrl-d space").unwrap();
        assert_eq!(sequence_text(&keys), "g ctrl-d space");
    }

    #[test]
    fn only_plain_characters_are_text() {
        assert_eq!(Key::char('é').text(), Some('é'));
        assert_eq!(Key::char(' ').text(), Some(' '));
        assert_eq!(Key::new(KeyCode::Char('d'), Mods::CTRL).text(), None);
        assert_eq!(Key::plain(KeyCode::Enter).text(), None);
    }
}
