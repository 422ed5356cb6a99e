//! Choosing a theme: the screen shows the focused one at once, Esc brings the old one back.

use super::picker::fuzzy;
use super::{Effect, Field, Level, Model, Overlay};

/// The themes there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// The one in use.
    pub theme: String,
    /// The one that is on the screen: another one while one is chosen.
    pub shown: String,
    /// All of them, with whose they are.
    pub themes: Vec<(String, &'static str)>,
}

/// The list of themes, while it is open.
#[derive(Debug, Clone)]
pub struct ThemePicker {
    /// What was typed.
    pub field: Field,
    /// Which themes match, best first.
    pub matches: Vec<usize>,
    /// The focused match.
    pub at: usize,
}

impl ThemePicker {
    /// The focused theme.
    #[must_use]
    pub fn chosen<'a>(&self, look: &'a Look) -> Option<&'a str> {
        self.matches.get(self.at).and_then(|at| look.themes.get(*at)).map(|(name, _)| name.as_str())
    }
}

/// Opens the list at the theme in use.
pub(super) fn open(model: &mut Model) {
    let matches: Vec<usize> = (0..model.look.themes.len()).collect();
    let at = model.look.themes.iter().position(|(name, _)| *name == model.look.theme).unwrap_or(0);
    model.overlays.push(Overlay::Themes(ThemePicker { field: Field::default(), matches, at }));
}

/// What was typed has changed.
pub(super) fn filter(model: &mut Model) {
    let Some(Overlay::Themes(list)) = model.overlays.last_mut() else { return };
    list.matches = fuzzy(list.field.text(), model.look.themes.iter().map(|(name, _)| name.clone()));
    list.at = 0;
}

/// The user's themes are others. Who chooses one stays on it.
pub(super) fn changed(model: &mut Model, all: Vec<(String, &'static str)>, used: String) {
    let focused = |model: &Model| match model.overlays.last() {
        Some(Overlay::Themes(list)) => list.chosen(&model.look).map(str::to_owned),
        _ => None,
    };
    let before = focused(model);
    model.look = Look { theme: used.clone(), shown: used, themes: all };
    for overlay in &mut model.overlays {
        let Overlay::Themes(list) = overlay else { continue };
        list.matches = fuzzy(list.field.text(), model.look.themes.iter().map(|(name, _)| name.clone()));
        let is_it = |at: &usize| model.look.themes.get(*at).map(|(name, _)| name) == before.as_ref();
        list.at = list.matches.iter().position(is_it).unwrap_or(list.at.min(list.matches.len().saturating_sub(1)));
    }
}

/// Takes the focused theme.
pub(super) fn choose(model: &mut Model, list: ThemePicker) -> Vec<Effect> {
    match list.chosen(&model.look).map(str::to_owned) {
        Some(name) => {
            model.look.theme.clone_from(&name);
            model.say(Level::Info, format!("Theme: {name}. `theme: {name}` in the config keeps it."));
            vec![Effect::UseTheme(name)]
        }
        None => {
            model.say(Level::Warning, "No theme is called that.");
            model.overlays.push(Overlay::Themes(list));
            Vec::new()
        }
    }
}

/// Shows the theme that is focused, or in use, where another one is on the screen.
pub(super) fn settle(model: &mut Model) -> Option<Effect> {
    let focused = match model.overlays.last() {
        Some(Overlay::Themes(list)) => list.chosen(&model.look),
        _ => None,
    };
    let wanted = focused.unwrap_or(&model.look.theme).to_owned();
    if wanted == model.look.shown {
        return None;
    }
    model.look.shown.clone_from(&wanted);
    Some(Effect::ShowTheme(wanted))
}
