use super::*;

fn desk() -> Desk {
    let mut desk = Desk::new();
    let themes = [("dark", "built in"), ("nord", "built in"), ("mine", "yours")];
    let themes = themes.into_iter().map(|(name, whose)| (name.to_owned(), whose)).collect();
    desk.model.look = Look { theme: "dark".into(), shown: "dark".into(), themes };
    desk
}

fn show(name: &str) -> Effect {
    Effect::ShowTheme(name.into())
}

#[test]
fn a_theme_is_shown_while_it_is_focused_and_esc_brings_the_old_one_back() {
    let mut desk = desk();
    assert_eq!(desk.press("g t"), []);
    assert_eq!(desk.press("down"), [show("nord")]);
    assert_eq!(desk.press("down down"), [show("mine")], "the last one stays");
    assert_eq!(desk.press("esc"), [show("dark")]);
    assert_eq!(desk.model.look.theme, "dark");
}

#[test]
fn enter_takes_it_and_says_how_to_keep_it() {
    let mut desk = desk();
    desk.press("g t");
    desk.type_text("nrd");
    assert_eq!(desk.effects, [show("nord")]);
    assert_eq!(desk.press("enter"), [Effect::UseTheme("nord".into())]);
    assert_eq!(desk.message(), "Theme: nord. `theme: nord` in the config keeps it.");
    desk.press("g t");
    desk.type_text("zzz");
    assert_eq!(desk.press("enter"), []);
    assert_eq!((desk.message().as_str(), desk.model.overlays.len()), ("No theme is called that.", 1));
}

#[test]
fn themes_that_change_meanwhile_leave_the_choice_where_it_is() {
    let mut desk = desk();
    desk.press("g t down down");
    let all = vec![("mine".to_owned(), "yours"), ("dark".to_owned(), "built in")];
    desk.send(Msg::Themes { all, used: "dark".into() });
    assert_eq!(desk.effects.last(), Some(&show("mine")), "it is looked at still");
    assert_eq!(desk.press("enter"), [Effect::UseTheme("mine".into())]);
    desk.press("g t");
    desk.type_text("mine");
    desk.send(Msg::Themes { all: vec![], used: "dark".into() });
    assert_eq!(desk.press("enter"), []);
}
