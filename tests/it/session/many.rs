//! Decisions on many, and texts that are edited until they fit, on a real directory.

use super::Session;

/// The files below `tree/`, with their text.
pub(super) fn files(session: &Session) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![session.path.join("tree")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path => found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap())),
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_is_accepted_by_three_keys_and_taken_back_by_one() {
    let mut session = Session::sample((120, 40)).await;
    let before = files(&session);
    session.press("/ physics <ret> b a").await;
    session.sees("Accept ");
    session.press("y").await;
    let event = session.snapshot().record.events().last().unwrap().change.clone();
    assert!(event.proposals().len() > 1, "{event:?}");
    assert!(files(&session).len() > before.len());
    session.press("u").await;
    assert_eq!(files(&session), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_cannot_be_used_is_edited_again_until_it_can() {
    // First a key that is none, then a name that is taken, then one that fits.
    let script = r##"#!/bin/sh
case "$(cat "$1")" in
  "#! "*"is there already"*) sed -i 's/^name: .*/name: Wave Optics/' "$1" ;;
  "#! "*) sed -i '/^notes: ./d; s/^name: .*/name: Electromagnetism/' "$1" ;;
  *) printf '\nnotes: [\n' >> "$1" ;;
esac
"##;
    let mut session = Session::edited_by(script).await;
    session.press("/ geometric <ret> E").await;
    session.sees("The text cannot be used. Open it again?");
    session.sees("Line ");
    session.press("y").await;
    session.sees("\"Electromagnetism\" is there already");
    session.press("y").await;
    session.sees("accepted \"Geometric and Physical Optics\" as edited");
    assert!(session.has_file("natural-sciences/physics/wave-optics.yaml"), "{}", session.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_given_up_stays_in_its_file() {
    let script = "case \"$(cat \"$1\")\" in '#! '*) ;; *) printf '\\nnotes: [\\n' >> \"$1\" ;; esac";
    let mut session = Session::edited_by(script).await;
    session.press("/ geometric <ret> E y").await;
    let screen = session.screen();
    let at = screen.find("not saved; the text is in ").unwrap_or_else(|| panic!("{screen}"));
    let path = screen[at..].split_whitespace().nth(6).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::remove_file(path).unwrap();
    assert!(text.starts_with("id: ") && text.ends_with("notes: [\n"), "{text}");
}
