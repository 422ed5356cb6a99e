//! crossterm's events in the program's own words.

use crossterm::event::{
    Event, KeyCode as TermCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton as TermButton, MouseEvent,
    MouseEventKind,
};

use super::events::{MouseButton, MouseInput, MouseKind, TermEvent};
use crate::input::{Key, KeyCode, Mods};

/// The event, unless it is one that means nothing here: a key release, a lone modifier, a movement of
/// the pointer.
pub(super) fn event(event: Event) -> Option<TermEvent> {
    Some(match event {
        Event::Key(key) => TermEvent::Key(self::key(key)?),
        Event::Paste(text) => TermEvent::Paste(text),
        Event::Resize(columns, rows) => TermEvent::Resize { columns, rows },
        Event::FocusGained => TermEvent::Focus(true),
        Event::FocusLost => TermEvent::Focus(false),
        Event::Mouse(mouse) => TermEvent::Mouse(self::mouse(mouse)?),
    })
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let mut mods =
        Mods { ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT), shift: held(KeyModifiers::SHIFT) };
    let code = match event.code {
        TermCode::Char(c) => KeyCode::Char(c),
        TermCode::F(number) => KeyCode::F(number),
        TermCode::Enter => KeyCode::Enter,
        TermCode::Esc => KeyCode::Esc,
        TermCode::Tab => KeyCode::Tab,
        TermCode::BackTab => {
            mods.shift = true;
            KeyCode::Tab
        }
        TermCode::Backspace => KeyCode::Backspace,
        TermCode::Delete => KeyCode::Delete,
        TermCode::Insert => KeyCode::Insert,
        TermCode::Home => KeyCode::Home,
        TermCode::End => KeyCode::End,
        TermCode::PageUp => KeyCode::PageUp,
        TermCode::PageDown => KeyCode::PageDown,
        TermCode::Up => KeyCode::Up,
        TermCode::Down => KeyCode::Down,
        TermCode::Left => KeyCode::Left,
        TermCode::Right => KeyCode::Right,
        _ => return None,
    };
    Some(Key::new(code, mods))
}

fn mouse(event: MouseEvent) -> Option<MouseInput> {
    let kind = match event.kind {
        MouseEventKind::Down(button) => MouseKind::Down(self::button(button)),
        MouseEventKind::Up(button) => MouseKind::Up(self::button(button)),
        MouseEventKind::Drag(button) => MouseKind::Drag(self::button(button)),
        MouseEventKind::ScrollUp => MouseKind::ScrollUp,
        MouseEventKind::ScrollDown => MouseKind::ScrollDown,
        _ => return None,
    };
    Some(MouseInput { kind, column: event.column, row: event.row })
}

fn button(button: TermButton) -> MouseButton {
    match button {
        TermButton::Left => MouseButton::Left,
        TermButton::Right => MouseButton::Right,
        TermButton::Middle => MouseButton::Middle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: TermCode, modifiers: KeyModifiers) -> Option<String> {
        key(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    #[test]
    fn keys_arrive_as_a_keymap_writes_them() {
        let cases = [
            (TermCode::Char('a'), KeyModifiers::NONE, "a"),
            (TermCode::Char('A'), KeyModifiers::SHIFT, "A"),
            (TermCode::Char(' '), KeyModifiers::NONE, "space"),
            (TermCode::Char('?'), KeyModifiers::SHIFT, "?"),
            (TermCode::Char('d'), KeyModifiers::CONTROL, "ctrl-d"),
            (TermCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (TermCode::BackTab, KeyModifiers::NONE, "shift-tab"),
            (TermCode::Left, KeyModifiers::CONTROL, "ctrl-left"),
            (TermCode::F(1), KeyModifiers::NONE, "f1"),
        ];
        for (code, modifiers, text) in cases {
            assert_eq!(press(code, modifiers).as_deref(), Some(text));
        }
    }

    #[test]
    fn releases_lone_modifiers_and_pointer_movement_mean_nothing() {
        let mut release = KeyEvent::new(TermCode::Char('a'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(event(Event::Key(release)), None);
        assert_eq!(press(TermCode::CapsLock, KeyModifiers::NONE), None);
        let moved = MouseEvent { kind: MouseEventKind::Moved, column: 1, row: 1, modifiers: KeyModifiers::NONE };
        assert_eq!(event(Event::Mouse(moved)), None);
    }
}
