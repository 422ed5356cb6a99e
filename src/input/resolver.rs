//! Key presses to actions, one at a time: the state between the first key of a sequence and the
//! last. Plain data, so that it can live in the program's model.

use super::keymap::Node;
use super::{Action, Context, Key, KeyCode, Keymap, sequence_text};

/// The keys of a sequence pressed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolver {
    context: Option<Context>,
    pending: Vec<Key>,
}

/// What a key press meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// A complete sequence.
    Action(Action),
    /// A character for the text field or the filter.
    Text(char),
    /// The beginning of a longer sequence, and how it can go on.
    Prefix(Menu),
    /// A begun sequence was given up, by Esc or by a key that does not continue it. That key means
    /// nothing else.
    Cancelled,
    /// Nothing is bound to this key here.
    None,
}

/// How a begun sequence can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// What the prefix is called, "Go to".
    pub title: String,
    /// The keys so far, as written, "g".
    pub keys: String,
    /// One per key that continues it, in the order of the action table.
    pub entries: Vec<MenuEntry>,
}

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuEntry {
    /// The next key.
    pub key: Key,
    /// What it does.
    pub target: MenuTarget,
}

/// What the next key of a sequence does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MenuTarget {
    /// Completes the sequence.
    Action(Action),
    /// Opens another menu of that title.
    Prefix(String),
}

impl Resolver {
    /// Takes one key press. A sequence begun in another context is forgotten.
    pub fn feed(&mut self, keymap: &Keymap, context: Context, key: Key) -> Resolved {
        if self.context != Some(context) {
            self.pending.clear();
            self.context = Some(context);
        }
        let begun = !self.pending.is_empty();
        if begun && key == Key::plain(KeyCode::Esc) {
            self.pending.clear();
            return Resolved::Cancelled;
        }
        if let Some(c) = key.text().filter(|_| !begun && context.takes_text()) {
            return Resolved::Text(c);
        }
        let node = keymap.branch(context, &self.pending).and_then(|branch| branch.get(&key));
        match node {
            Some(Node::Action(action, _)) => {
                self.pending.clear();
                Resolved::Action(*action)
            }
            Some(Node::Prefix(_)) => {
                self.pending.push(key);
                match self.menu(keymap) {
                    Some(menu) => Resolved::Prefix(menu),
                    None => Resolved::None,
                }
            }
            None if begun => {
                self.pending.clear();
                Resolved::Cancelled
            }
            None => Resolved::None,
        }
    }

    /// The menu of the sequence that has begun, if one has.
    pub fn menu(&self, keymap: &Keymap) -> Option<Menu> {
        let context = self.context.filter(|_| !self.pending.is_empty())?;
        let branch = keymap.branch(context, &self.pending)?;
        let mut entries: Vec<MenuEntry> = branch
            .iter()
            .map(|(key, node)| MenuEntry {
                key: *key,
                target: match node {
                    Node::Action(action, _) => MenuTarget::Action(*action),
                    Node::Prefix(_) => {
                        let mut keys = self.pending.clone();
                        keys.push(*key);
                        MenuTarget::Prefix(keymap.prefix_title(&keys))
                    }
                },
            })
            .collect();
        entries.sort_by_key(|entry| match &entry.target {
            MenuTarget::Action(action) => (0, Some(*action)),
            MenuTarget::Prefix(_) => (1, None),
        });
        Some(Menu { title: keymap.prefix_title(&self.pending), keys: sequence_text(&self.pending), entries })
    }

    /// Forgets a begun sequence, for example when the focus moves or a paste arrives.
    pub fn reset(&mut self) {
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keymap() -> Keymap {
        Keymap::load(None).unwrap()
    }

    fn press(resolver: &mut Resolver, context: Context, keys: &str) -> Vec<Resolved> {
        let keymap = keymap();
        Key::parse_sequence(keys).unwrap().into_iter().map(|key| resolver.feed(&keymap, context, key)).collect()
    }

    #[test]
    fn a_single_key_is_an_action_at_once() {
        let mut resolver = Resolver::default();
        assert_eq!(
            press(&mut resolver, Context::Curate, "a down"),
            [Resolved::Action(Action::Accept), Resolved::Action(Action::Down)]
        );
    }

    #[test]
    fn a_prefix_shows_how_it_goes_on_then_acts() {
        let mut resolver = Resolver::default();
        let steps = press(&mut resolver, Context::Curate, "g");
        let [Resolved::Prefix(menu)] = &steps[..] else {
            panic!("{steps:?}");
        };
        assert_eq!((menu.title.as_str(), menu.keys.as_str()), ("Go to", "g"));
        let keys: Vec<String> = menu.entries.iter().map(|entry| entry.key.to_string()).collect();
        assert_eq!(keys, ["g", "c", "s", "h", "d", "i", "m", "l", "t"]);
        assert_eq!(resolver.menu(&keymap()).as_ref(), Some(menu));
        assert_eq!(press(&mut resolver, Context::Curate, "c"), [Resolved::Action(Action::GoCurate)]);
        assert_eq!(resolver.menu(&keymap()), None);
    }

    #[test]
    fn a_prefix_never_falls_through_to_another_meaning() {
        let mut resolver = Resolver::default();
        for stray in ["a", "esc", "q", "u", "1"] {
            let keys = format!("g {stray} a");
            let last_two = &press(&mut resolver, Context::Curate, &keys)[1..];
            assert_eq!(last_two, [Resolved::Cancelled, Resolved::Action(Action::Accept)], "{stray}");
        }
    }

    #[test]
    fn a_digit_after_merge_names_the_neighbour() {
        let mut resolver = Resolver::default();
        for (digit, neighbour) in [("1", 1), ("9", 9), ("0", 10)] {
            let steps = press(&mut resolver, Context::Curate, &format!("m {digit}"));
            assert_eq!(steps[1], Resolved::Action(Action::MergeInto(neighbour)));
        }
        // The same digit alone rejects.
        assert_eq!(press(&mut resolver, Context::Curate, "1"), [Resolved::Action(Action::RejectDuplicate)]);
    }

    #[test]
    fn text_contexts_pass_every_plain_character_through() {
        let mut resolver = Resolver::default();
        for c in "aq?/1ué漢 ".chars() {
            let got = resolver.feed(&keymap(), Context::Text, Key::char(c));
            assert_eq!(got, Resolved::Text(c));
        }
        assert_eq!(
            press(&mut resolver, Context::Picker, "j down enter esc"),
            [
                Resolved::Text('j'),
                Resolved::Action(Action::Down),
                Resolved::Action(Action::Choose),
                Resolved::Action(Action::Cancel),
            ]
        );
    }

    #[test]
    fn a_change_of_context_forgets_the_prefix() {
        let mut resolver = Resolver::default();
        press(&mut resolver, Context::Curate, "m");
        assert_eq!(press(&mut resolver, Context::Syllabus, "1"), [Resolved::Action(Action::RejectDuplicate)]);
        press(&mut resolver, Context::Curate, "m");
        resolver.reset();
        assert_eq!(resolver.menu(&keymap()), None);
    }

    #[test]
    fn an_unbound_key_means_nothing() {
        let mut resolver = Resolver::default();
        assert_eq!(press(&mut resolver, Context::Curate, "f12 é"), [Resolved::None, Resolved::None]);
        assert_eq!(press(&mut resolver, Context::Confirm, "enter"), [Resolved::None]);
    }
}
