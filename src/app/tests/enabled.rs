use super::*;
use crate::input::{ACTIONS, Action, Context};

#[test]
fn whatever_does_not_apply_says_why_in_a_sentence() {
    let mut desks = vec![Desk::at(Bench::empty()), Desk::new()];
    let mut deep = Desk::new();
    deep.focus(fixture::acoustics());
    deep.press("g s");
    desks.push(deep);
    let mut past = Desk::new();
    past.press("g i");
    desks.push(past);
    for desk in &desks {
        for info in ACTIONS {
            if let Err(WhyNot(why)) = enabled(&desk.model, info.action) {
                assert!(
                    why.ends_with('.') && why.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '"'),
                    "{}: {why}",
                    info.name
                );
            }
        }
    }
}

#[test]
fn every_key_of_every_screen_is_survived_everywhere() {
    for screen in ["g c", "g s", "g i", "g h"] {
        for base in [Bench::empty as fn() -> Bench, fixture::bench] {
            let mut desk = Desk::at(base());
            desk.press(screen);
            let context = desk.model.screen.context();
            let keys: Vec<String> = ACTIONS
                .iter()
                .flat_map(|info| desk.model.keymap.keys_for(info.action, context))
                .map(|key| key.replace(" digit", " 1"))
                .collect();
            for key in keys.iter().filter(|key| *key != "q") {
                desk.press(key);
                desk.press("esc");
                desk.model.overlays.clear();
            }
        }
    }
}

#[test]
fn accept_on_an_accepted_subject_points_to_its_syllabus() {
    let mut desk = Desk::new();
    desk.focus(fixture::acoustics());
    let WhyNot(why) = enabled(&desk.model, Action::Accept).unwrap_err();
    assert!(why.contains("its syllabus is to be decided: g s opens it"), "{why}");
    desk.focus(fixture::optics());
    let WhyNot(why) = enabled(&desk.model, Action::Accept).unwrap_err();
    assert_eq!(why, "\"Optics\" is accepted already.");
}

#[test]
fn the_screen_says_where_the_keyboard_is() {
    let mut desk = Desk::new();
    for (keys, context) in [
        ("e", Context::Text),
        ("9", Context::Text),
        ("/", Context::Text),
        ("i", Context::Evidence),
        ("?", Context::Picker),
    ] {
        desk.press(keys);
        assert_eq!(desk.model.context(), context, "{keys}");
        desk.press("esc");
        assert_eq!(desk.model.context(), Context::Curate);
    }
}
