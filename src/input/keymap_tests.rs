use super::*;

fn user(text: &str) -> Result<Keymap, UserFileError> {
    Keymap::load(Some(("keys.yaml", text)))
}

fn refused(text: &str) -> String {
    user(text).unwrap_err().to_string()
}

#[test]
fn the_default_file_binds_every_action_where_it_belongs() {
    let keymap = Keymap::load(None).unwrap();
    for info in ACTIONS {
        for context in info.contexts {
            assert!(
                !keymap.keys_for(info.action, *context).is_empty(),
                "{} has no key in {}",
                info.name,
                context.name()
            );
        }
    }
}

#[test]
fn arrows_and_vim_keys_do_the_same_on_every_screen() {
    let keymap = Keymap::load(None).unwrap();
    for context in [Context::Curate, Context::Syllabus, Context::Homework, Context::History] {
        let branch = keymap.branch(context, &[]).unwrap();
        for (vim, arrow) in [("h", "left"), ("j", "down"), ("k", "up"), ("l", "right")] {
            let find = |key: &str| match branch.get(&Key::parse(key).unwrap()) {
                Some(Node::Action(action, _)) => *action,
                other => panic!("{key}: {other:?}"),
            };
            assert_eq!(find(vim), find(arrow));
        }
    }
}

#[test]
fn moving_and_enter_never_decide() {
    use super::super::Category;
    let keymap = Keymap::load(None).unwrap();
    let never = ["h", "j", "k", "l", "up", "down", "left", "right", "enter", "tab", "pagedown"];
    for context in [Context::Curate, Context::Syllabus, Context::Homework, Context::History] {
        for key in never {
            let key = Key::parse(key).unwrap();
            if let Some(Node::Action(action, _)) = keymap.branch(context, &[]).unwrap().get(&key) {
                assert_eq!(action.info().category, Category::Move, "{key} in {context:?}");
            }
        }
    }
}

#[test]
fn the_users_file_replaces_an_actions_keys_and_nothing_else() {
    let keymap = user("curate:\n  accept: [y, ctrl-y]\n  reject-vague: 6\n").unwrap();
    assert_eq!(keymap.keys_for(Action::Accept, Context::Curate), ["y", "ctrl-y"]);
    assert_eq!(keymap.keys_for(Action::RejectVague, Context::Curate), ["6"]);
    assert_eq!(keymap.keys_for(Action::Edit, Context::Curate), ["e"]);
    let branch = keymap.branch(Context::Curate, &[]).unwrap();
    assert!(!branch.contains_key(&Key::char('a')));
}

#[test]
fn an_empty_user_file_changes_nothing() {
    let keymap = user("# nothing yet\n").unwrap();
    assert_eq!(keymap.keys_for(Action::Quit, Context::Curate), ["q", "ctrl-c"]);
}

#[test]
fn unknown_words_are_refused_with_the_word_that_was_meant() {
    assert_eq!(refused("curate:\n  acept: y\n"), "keys.yaml:2: There is no action `acept`. Did you mean `accept`?");
    assert!(refused("curat:\n  accept: y\n").contains("Did you mean `curate`?"));
    assert!(refused("curate:\n  accept: hyper-y\n").contains("`hyper-y` is not a key"));
    assert!(refused("curate:\n  accept: {a: b}\n").contains("a key, a list of keys"));
}

#[test]
fn an_action_is_refused_where_it_means_nothing() {
    assert_eq!(
        refused("homework:\n  accept: a\n"),
        "keys.yaml:2: `accept` means nothing in `homework`; it belongs in curate."
    );
}

#[test]
fn a_clash_names_both_actions_and_the_users_line() {
    let same = refused("curate:\n  accept: e\n");
    assert!(same.starts_with("keys.yaml:2: "), "{same}");
    assert!(same.contains("`accept`") && same.contains("`edit`"), "{same}");

    // Between sections: what holds everywhere is never shadowed silently.
    let across = refused("everywhere:\n  quit: a\n");
    assert!(across.starts_with("keys.yaml:2: "), "{across}");
    assert!(across.contains("`accept` in `curate`") && across.contains("`quit` in `everywhere`"));

    // An action on the first key of a longer sequence, in either order of reading.
    let shorter = refused("curate:\n  accept: g\n");
    assert!(shorter.contains("`g` means `accept`") && shorter.contains("begins with it"), "{shorter}");
    let longer = refused("everywhere:\n  quit: a b\n");
    assert!(longer.contains("`quit` in `everywhere` is `a b`, which begins with it"), "{longer}");
}

#[test]
fn two_actions_may_swap_their_keys() {
    let keymap = user("curate:\n  accept: e\n  edit: a\n").unwrap();
    assert_eq!(keymap.keys_for(Action::Accept, Context::Curate), ["e"]);
}

#[test]
fn the_same_key_may_mean_different_things_on_different_screens() {
    assert!(user("homework:\n  start-run: a\n").is_ok());
}

#[test]
fn digits_are_only_for_actions_that_take_one() {
    assert!(refused("curate:\n  accept: y digit\n").contains("takes no digit"));
    assert!(refused("curate:\n  merge-into: m\n").contains("must end in `digit`"));
    let keymap = user("curate:\n  merge-into: c digit\n").unwrap();
    let branch = keymap.branch(Context::Curate, &[Key::char('c')]).unwrap();
    assert_eq!(branch.len(), 10);
}

#[test]
fn plain_characters_cannot_be_keys_where_text_is_typed() {
    assert!(refused("text:\n  submit: y\n").contains("plain characters are text"));
    assert!(user("text:\n  submit: ctrl-s\n").is_ok());
}

#[test]
fn nobody_can_lock_themselves_in() {
    assert!(refused("everywhere:\n  quit: []\n").contains("nobody could get out"));
    assert!(refused("text:\n  cancel: []\n").contains("nobody could get out"));
}
