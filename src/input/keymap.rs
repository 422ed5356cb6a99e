//! Which keys mean what: the default file with the user's file merged over it, as one trie for
//! every place where the keyboard can be.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::file::{self, BUILT_IN, DEFAULT_KEYMAP, Entry, Layer};
use super::{ACTIONS, Action, Context, Key, sequence_text};
use crate::userfile::UserFileError;

/// A complete, checked keymap. Immutable; loading again makes a new one.
#[derive(Debug)]
pub struct Keymap {
    entries: BTreeMap<(Context, &'static str), Entry>,
    prefixes: BTreeMap<Vec<Key>, String>,
    tries: BTreeMap<Context, Branch>,
}

/// What the keys after some prefix mean.
pub(super) type Branch = BTreeMap<Key, Node>;

/// One step in a trie.
#[derive(Debug)]
pub(super) enum Node {
    /// The sequence is complete. The section it came from is kept for messages.
    Action(Action, Context),
    /// More keys follow.
    Prefix(Branch),
}

/// Without these two nobody gets out.
const NEVER_UNBOUND: [&str; 2] = ["cancel", "quit"];

impl Keymap {
    /// The default keymap, with the user's file over it: `(name for messages, content)`.
    ///
    /// # Errors
    /// An unknown section, action or key; an action in a section it has no meaning in; two actions on
    /// one key; an action on the first key of another; no key left for `cancel` or `quit`.
    pub fn load(user: Option<(&str, &str)>) -> Result<Self, UserFileError> {
        let mut layer = file::read(DEFAULT_KEYMAP, BUILT_IN)?;
        if let Some((name, text)) = user {
            let Layer { entries, prefixes } = file::read(text, name)?;
            layer.entries.extend(entries);
            layer.prefixes.extend(prefixes);
        }
        refuse_no_way_out(&layer)?;
        let mut tries = BTreeMap::new();
        for context in Context::ALL {
            tries.insert(context, build(context, &layer)?);
        }
        Ok(Self { entries: layer.entries, prefixes: layer.prefixes, tries })
    }

    /// The key sequences of an action where it is live, as written in the keymap and the most specific
    /// section first; `digit` stands for a digit. Empty if it has none here.
    pub fn keys_for(&self, action: Action, context: Context) -> Vec<&str> {
        let entries = context.sections().iter().filter_map(|section| self.entries.get(&(*section, action.name())));
        entries.flat_map(|entry| entry.written.iter().map(String::as_str)).collect()
    }

    /// The actions with at least one key in `context`, in the order of the action table.
    pub(super) fn actions_in(&self, context: Context) -> impl Iterator<Item = Action> {
        ACTIONS.iter().map(|info| info.action).filter(move |action| !self.keys_for(*action, context).is_empty())
    }

    /// What follows after `prefix` in `context`; `None` if `prefix` is complete or means nothing.
    pub(super) fn branch(&self, context: Context, prefix: &[Key]) -> Option<&Branch> {
        let mut branch = self.tries.get(&context)?;
        for key in prefix {
            match branch.get(key)? {
                Node::Prefix(next) => branch = next,
                Node::Action(..) => return None,
            }
        }
        Some(branch)
    }

    /// What the menu after these keys is called: its title, or the keys themselves.
    pub(super) fn prefix_title(&self, prefix: &[Key]) -> String {
        match self.prefixes.get(prefix) {
            Some(title) => title.clone(),
            None => sequence_text(prefix),
        }
    }
}

fn refuse_no_way_out(layer: &Layer) -> Result<(), UserFileError> {
    for ((context, name), entry) in &layer.entries {
        if NEVER_UNBOUND.contains(name) && entry.bindings.is_empty() {
            return Err(UserFileError::new(
                entry.file.as_str(),
                format!("`{name}` has no key in `{}`, so nobody could get out.", context.name()),
            )
            .at(entry.line)
            .hint("Give it at least one key."));
        }
    }
    Ok(())
}

fn build(context: Context, layer: &Layer) -> Result<Branch, UserFileError> {
    let mut root = Branch::new();
    for section in context.sections() {
        let entries = layer.entries.iter().filter(|((home, _), _)| home == section);
        for (_, entry) in entries {
            for (keys, action) in &entry.bindings {
                insert(&mut root, keys, 0, Node::Action(*action, *section))
                    .map_err(|clash| clash.explain(keys, (*action, *section), entry, layer))?;
            }
        }
    }
    Ok(root)
}

/// The binding that is already where another one wants to be.
#[derive(Debug)]
struct Clash {
    action: Action,
    section: Context,
    /// Its whole sequence.
    keys: Vec<Key>,
}

/// Adds a binding below `branch`, which is reached by the first `depth` of `keys`.
fn insert(branch: &mut Branch, keys: &[Key], depth: usize, node: Node) -> Result<(), Clash> {
    let Some(key) = keys.get(depth) else {
        return Ok(());
    };
    let last = depth + 1 == keys.len();
    match branch.get_mut(key) {
        None if last => {
            branch.insert(*key, node);
            Ok(())
        }
        None => {
            let mut next = Branch::new();
            insert(&mut next, keys, depth + 1, node)?;
            branch.insert(*key, Node::Prefix(next));
            Ok(())
        }
        Some(Node::Prefix(next)) if !last => insert(next, keys, depth + 1, node),
        Some(taken) => {
            let (action, section, more) = first_action(taken);
            let mut taken_keys = keys[..=depth].to_vec();
            taken_keys.extend(more);
            Err(Clash { action, section, keys: taken_keys })
        }
    }
}

/// The first complete binding at or below a node, and the keys that lead to it from there.
fn first_action(mut node: &Node) -> (Action, Context, Vec<Key>) {
    let mut keys = Vec::new();
    loop {
        match node {
            Node::Action(action, section) => return (*action, *section, keys),
            Node::Prefix(branch) => match branch.first_key_value() {
                Some((key, next)) => {
                    keys.push(*key);
                    node = next;
                }
                // A prefix is never stored without what follows it.
                None => return (Action::Cancel, Context::Everywhere, keys),
            },
        }
    }
}

impl Clash {
    /// `keys` of `entry` wanted to mean `action` in `section`.
    fn explain(
        self,
        keys: &[Key],
        (action, section): (Action, Context),
        entry: &Entry,
        layer: &Layer,
    ) -> UserFileError {
        let new = format!("`{}` in `{}`", action.name(), section.name());
        let old = format!("`{}` in `{}`", self.action.name(), self.section.name());
        let (new_keys, old_keys) = (sequence_text(keys), sequence_text(&self.keys));
        let problem = match keys.len().cmp(&self.keys.len()) {
            Ordering::Equal => format!("The keys `{new_keys}` mean both {old} and {new}."),
            Ordering::Less => {
                format!("`{new_keys}` means {new}, but {old} is `{old_keys}`, which begins with it.")
            }
            Ordering::Greater => {
                format!("`{old_keys}` means {old}, but {new} is `{new_keys}`, which begins with it.")
            }
        };
        // The user's file is the one to change, whichever of the two was read second.
        let other = layer.entries.get(&(self.section, self.action.name()));
        let blame = match other {
            Some(other) if entry.file == BUILT_IN => other,
            _ => entry,
        };
        UserFileError::new(blame.file.as_str(), problem)
            .at(blame.line)
            .hint("Give one of them another key, or `[]` for none.")
    }
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;
