//! One line of editable text.

use tui_input::{Input, InputRequest};

use crate::input::Action;

/// One line of text with a cursor, by grapheme.
#[derive(Debug, Clone, Default)]
pub struct Field {
    input: Input,
}

impl Field {
    /// A field that holds `text` with the cursor at its end. Line breaks become spaces.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { input: Input::new(one_line(text)) }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Whether nothing but white space is there.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text().trim().is_empty()
    }

    /// The text on the left of the cursor and the rest.
    #[must_use]
    pub fn halves(&self) -> (&str, &str) {
        let text = self.text();
        let at = text.char_indices().nth(self.input.cursor()).map_or(text.len(), |(at, _)| at);
        text.split_at(at)
    }

    /// Carries out one of the text actions; `false` where the action is none.
    pub fn apply(&mut self, action: Action) -> bool {
        let request = match action {
            Action::TextLeft => InputRequest::GoToPrevChar,
            Action::TextRight => InputRequest::GoToNextChar,
            Action::TextWordLeft => InputRequest::GoToPrevWord,
            Action::TextWordRight => InputRequest::GoToNextWord,
            Action::TextStart => InputRequest::GoToStart,
            Action::TextEnd => InputRequest::GoToEnd,
            Action::TextBackspace => InputRequest::DeletePrevChar,
            Action::TextDelete => InputRequest::DeleteNextChar,
            Action::TextDeleteWord => InputRequest::DeletePrevWord,
            Action::TextDeleteToEnd => InputRequest::DeleteTillEnd,
            Action::TextClear => InputRequest::DeleteLine,
            _ => return false,
        };
        self.input.handle(request);
        true
    }

    /// Types one character.
    pub fn insert(&mut self, c: char) {
        self.input.handle(InputRequest::InsertChar(c));
    }

    /// Types a pasted text as one line.
    pub fn paste(&mut self, text: &str) {
        for c in one_line(text).chars() {
            self.insert(c);
        }
    }
}

/// Line breaks and tabs become single spaces; other control characters go.
fn one_line(text: &str) -> String {
    let spaced = text.trim_end().replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    spaced.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_is_one_line_without_control_characters() {
        let mut field = Field::new("a");
        field.paste("b\r\nc\u{1b}[31m\td\n");
        assert_eq!(field.text(), "ab c[31m d");
    }

    #[test]
    fn the_cursor_moves_by_grapheme() {
        let mut field = Field::new("é🤦🏼‍♂️x");
        field.apply(Action::TextLeft);
        field.apply(Action::TextLeft);
        assert_eq!(field.halves(), ("é", "🤦🏼‍♂️x"));
        field.apply(Action::TextDelete);
        assert_eq!(field.text(), "éx");
        assert!(!field.apply(Action::Accept));
    }
}
