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

#[test]
fn refusals_say_what_is_so() {
    let why = |desk: &Desk, action| enabled(&desk.model, action).unwrap_err().0;
    let empty = Desk::at(Bench::empty());
    assert!(why(&empty, Action::AskSyllabus).starts_with("There is no subject yet"));
    let mut desk = Desk::new();
    desk.press("g g");
    for action in [Action::Accept, Action::RejectVague] {
        assert!(why(&desk, action).starts_with("The taxonomy itself is not decided on"), "{}", why(&desk, action));
    }
    desk.focus(fixture::optics());
    desk.press("g s");
    assert!(why(&desk, Action::RejectSyllabus).contains("1 to 8 remove"), "{}", why(&desk, Action::RejectSyllabus));
}

#[test]
fn what_closes_nothing_is_not_offered_and_says_nothing() {
    let mut desk = Desk::new();
    for screen in ["g c", "g h", "g i"] {
        desk.press(screen);
        desk.model.toasts.clear();
        assert!(enabled(&desk.model, Action::Cancel).is_err(), "{screen}");
        desk.press("esc");
        assert_eq!(desk.message(), "", "{screen}");
    }
    desk.press("g c space");
    assert!(enabled(&desk.model, Action::Cancel).is_ok(), "a mark can be taken away");
}

#[test]
fn without_a_model_the_question_is_refused_before_it_is_typed() {
    let mut desk = Desk::new();
    desk.model.no_model = Some("There is no model.".into());
    for key in ["r", "R"] {
        desk.press(key);
        assert_eq!((desk.message().as_str(), desk.model.overlays.len()), ("There is no model.", 0), "{key}");
    }
}

#[test]
fn what_was_said_of_marks_goes_with_them() {
    let mut desk = Desk::new();
    desk.press("g g b");
    assert!(desk.message().starts_with("Marked: "), "{}", desk.message());
    desk.press("a y");
    assert!(!desk.model.toasts.shown().iter().any(|toast| toast.text.starts_with("Marked")));
}
