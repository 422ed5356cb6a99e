//! What footer and help say about keys, drawn from the action table and the keymap in force.

use super::{Action, ActionInfo, Category, Context, Keymap};

/// One hint of the footer: `a accept`, `1..9 reject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The keys, as shown.
    pub keys: String,
    /// One or two words.
    pub label: &'static str,
    /// The actions behind it; the first one decides whether the hint is greyed.
    pub actions: Vec<Action>,
}

/// One heading of help and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpSection {
    /// The heading.
    pub category: Category,
    /// In the order of the action table.
    pub rows: Vec<HelpRow>,
}

/// One action in help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpRow {
    /// Its row in the action table.
    pub info: &'static ActionInfo,
    /// Every key sequence it has here, as written in the keymap.
    pub keys: Vec<String>,
}

impl Keymap {
    /// The footer of a context, the most useful hints first; the caller drops from the end what does
    /// not fit. Actions without a key are left out.
    pub fn footer(&self, context: Context) -> Vec<Hint> {
        let mut found: Vec<(u8, &'static str, Vec<Action>, Vec<&str>)> = Vec::new();
        for action in self.actions_in(context) {
            let Some(hint) = action.info().footer else {
                continue;
            };
            let Some(key) = self.keys_for(action, context).first().copied() else {
                continue;
            };
            let key = key.strip_suffix(" digit").unwrap_or(key);
            match found.iter_mut().find(|(_, label, ..)| *label == hint.label) {
                Some((_, _, actions, keys)) => {
                    actions.push(action);
                    keys.push(key);
                }
                None => found.push((hint.order, hint.label, vec![action], vec![key])),
            }
        }
        found.sort_by_key(|(order, ..)| *order);
        found.into_iter().map(|(_, label, actions, keys)| Hint { keys: together(&keys), label, actions }).collect()
    }

    /// Every action that has a key in `context`, under its heading.
    pub fn help(&self, context: Context) -> Vec<HelpSection> {
        let mut sections: Vec<HelpSection> = Vec::new();
        for action in self.actions_in(context) {
            let info = action.info();
            let row = HelpRow { info, keys: self.keys_for(action, context).into_iter().map(str::to_owned).collect() };
            match sections.iter_mut().find(|section| section.category == info.category) {
                Some(section) => section.rows.push(row),
                None => sections.push(HelpSection { category: info.category, rows: vec![row] }),
            }
        }
        sections
    }
}

/// The keys of one hint: `a`, `K/J`, `1..9`.
fn together(keys: &[&str]) -> String {
    match keys {
        [] => String::new(),
        [first, .., last] if keys.len() > 2 => format!("{first}..{last}"),
        some => some.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_footer_groups_the_reject_reasons_and_starts_with_accept() {
        let keymap = Keymap::load(None).unwrap();
        let footer = keymap.footer(Context::Curate);
        let shown: Vec<String> = footer.iter().take(4).map(|hint| format!("{} {}", hint.keys, hint.label)).collect();
        assert_eq!(shown, ["a accept", "1..9 reject", "e edit", "] pending"]);
        let merge = footer.iter().find(|hint| hint.label == "merge").unwrap();
        assert_eq!(merge.keys, "m");
    }

    #[test]
    fn a_rebound_key_shows_in_footer_and_help() {
        let keymap = Keymap::load(Some(("keys.yaml", "curate: {accept: y}"))).unwrap();
        assert_eq!(keymap.footer(Context::Curate)[0].keys, "y");
        let help = keymap.help(Context::Curate);
        let decide = help.iter().find(|section| section.category == Category::Decide).unwrap();
        assert_eq!(decide.rows[0].keys, ["y"]);
    }

    #[test]
    fn help_of_a_screen_holds_its_own_keys_and_the_shared_ones() {
        let keymap = Keymap::load(None).unwrap();
        let names: Vec<_> = keymap
            .help(Context::Homework)
            .into_iter()
            .flat_map(|section| section.rows)
            .map(|row| row.info.name)
            .collect();
        for name in ["start-run", "down", "undo", "quit"] {
            assert!(names.contains(&name), "{name}");
        }
        assert!(!names.contains(&"accept"));
    }

    #[test]
    fn actions_without_a_key_are_not_offered() {
        let keymap = Keymap::load(Some(("keys.yaml", "curate: {accept: []}"))).unwrap();
        assert!(keymap.keys_for(Action::Accept, Context::Curate).is_empty());
        assert_ne!(keymap.footer(Context::Curate)[0].label, "accept");
    }
}
