//! What is done beside the loop where the taxonomy is large.

use std::sync::Arc;

use super::*;
use crate::app::rows;
use crate::taxonomy::queue::Looked;
use crate::taxonomy::similarity::Names;

/// More names than are read before the first frame.
fn large() -> Desk {
    let mut bench = fixture::bench();
    let proposals = (0..2_100).map(|number| fixture::child(&PHYSICS, &format!("Misc topics {number:04}"), ""));
    bench.propose(proposals.collect());
    Desk::at(bench)
}

fn rows_are_right(desk: &Desk) {
    let model = &desk.model;
    let digest = Digest::new(&model.snapshot);
    assert_eq!(model.tree.rows, rows::visible(&digest, model.tree.filter, &model.tree.open));
}

/// Reads the names that were asked for at the start.
fn read(desk: &mut Desk) {
    let names = Lexicon::of(&desk.model.snapshot);
    desk.send(Msg::Names(Box::new(names)));
}

#[test]
fn rows_are_right_whenever_the_names_come() {
    let mut desk = large();
    assert!(desk.model.lacks_names());
    let names = Lexicon::of(&desk.model.snapshot);
    desk.press("z R a a 3");
    desk.send(Msg::Names(Box::new(names)));
    for keys in ["t", "t", "t", "t", "z M", "z R", "a", "u", "a 3", "U"] {
        desk.press(keys);
        rows_are_right(&desk);
    }
}

#[test]
fn a_search_waits_for_the_names_unless_enter_is_pressed_and_finds_the_same() {
    let texts = ["optics", "TOPICS 00", "sic", "1", "no such thing", "量子"];
    let at = |desk: &Desk| (desk.at_name(), desk.model.search.position());
    let search = |desk: &mut Desk, text: &str| {
        desk.press("/");
        desk.type_text(text);
    };
    let mut desk = large();
    read(&mut desk);
    let found = texts.map(|text| {
        search(&mut desk, text);
        let found = at(&desk);
        // A letter taken back is a search as well.
        desk.type_text("x");
        desk.press("backspace");
        assert_eq!(found, at(&desk));
        desk.press("esc");
        found
    });
    assert_eq!(found[0].1, "1 of 2");
    assert_eq!(found[1], ("Misc topics 0000".to_owned(), "1 of 100".to_owned()));
    for (text, found) in texts.iter().zip(&found) {
        let mut desk = large();
        let began = desk.at_name();
        search(&mut desk, text);
        assert_eq!(at(&desk), (began.clone(), "reading names".to_owned()));
        read(&mut desk);
        assert_eq!(at(&desk), *found);
        desk.press("esc");
        assert_eq!(desk.at_name(), began);
        // The names alone are enough, typed before them or after, for every letter of it; of another snapshot they are not.
        for names_first in [false, true] {
            let mut desk = large();
            let (names, revision) = (Arc::new(Names::of(&desk.model.snapshot)), desk.model.snapshot.revision);
            if names_first {
                desk.send(Msg::NamesFirst(names.clone(), revision));
            } else {
                search(&mut desk, text);
                desk.send(Msg::NamesFirst(names.clone(), revision + 1));
                assert_eq!(at(&desk), (began.clone(), "reading names".to_owned()));
                desk.send(Msg::NamesFirst(names, revision));
                desk.press("esc");
            }
            search(&mut desk, text);
            assert_eq!(at(&desk), *found);
            read(&mut desk);
            assert_eq!(at(&desk), *found);
        }
        let mut desk = large();
        search(&mut desk, text);
        desk.press("enter");
        let position = if found.1 == "no match" { (began, "no match".to_owned()) } else { found.clone() };
        assert_eq!(at(&desk), position, "{text}");
    }
}

/// What the list says of a value.
fn number(desk: &Desk, label: &str) -> Option<usize> {
    let Some(Overlay::Facets(list)) = desk.model.overlays.last() else { panic!("no list") };
    list.offers.iter().find(|offer| offer.label == label).and_then(|offer| offer.count)
}

fn count(desk: &mut Desk) {
    let model = &desk.model;
    let counted = tally(&model.snapshot, &model.digest.survey.to_count(), &model.queue.facets);
    desk.send(Msg::Counted(counted));
}

#[test]
fn names_that_were_read_before_a_decision_are_not_searched_after_it() {
    let mut desk = large();
    let names = Arc::new(Names::of(&desk.model.snapshot));
    desk.send(Msg::NamesFirst(names, desk.model.snapshot.revision));
    desk.bench.propose(vec![fixture::child(&PHYSICS, "Brand new", "")]);
    desk.publish();
    desk.press("/");
    desk.type_text("brand new");
    assert_eq!(desk.model.search.position(), "reading names");
    read(&mut desk);
    assert_eq!((desk.at_name().as_str(), desk.model.search.position().as_str()), ("Brand new", "1 of 1"));
}

#[test]
fn facets_are_counted_beside_the_loop_and_the_checks_tell_as_they_go() {
    let mut desk = large();
    read(&mut desk);
    assert_eq!(desk.press("F"), [Effect::Look, Effect::CountFacets]);
    let says = |desk: &Desk| desk.model.counting.says().unwrap_or_default();
    assert_eq!((says(&desk).as_str(), number(&desk, "subject")), ("counting… checks at 0 %", None));
    desk.type_text("vague");
    count(&mut desk);
    let subjects = number(&desk, "subject").unwrap();
    assert!(subjects > 2_100 && number(&desk, "vague-name").is_none());
    let families = desk.model.digest.survey.begin_to_look();
    let mut found: Vec<Looked> = Looked::each(&desk.model.snapshot, families).collect();
    found.sort_by_key(Looked::len);
    let most = found.pop().unwrap();
    let news = |desk: &mut Desk, found: Vec<Looked>, is_last: bool| {
        let before = desk.effects.len();
        desk.send(Msg::Looked(Looks { found, is_last }));
        assert_eq!(desk.effects[before..], [Effect::CountFacets]);
        count(desk);
    };
    news(&mut desk, found, false);
    assert!(says(&desk).starts_with("counting… checks at "), "{}", says(&desk));
    news(&mut desk, vec![most], true);
    assert_eq!(says(&desk), "");
    let vague = number(&desk, "vague-name").unwrap();
    assert!(vague > 2_000, "{vague}");
    // What was typed still holds, and the list is chosen from.
    desk.press("enter");
    assert_eq!(chips(&desk.model), ["finding: vague-name"]);
    count(&mut desk);
    desk.press("esc");
    assert_eq!(desk.model.digest.picked.count() as usize, vague);
    rows_are_right_with_facets(&desk);
    // One decision asks for its family again, and only for that.
    desk.press("3");
    assert_eq!(desk.effects.last(), Some(&Effect::Look));
    assert_eq!(desk.model.digest.survey.begin_to_look().len(), 1);
    assert_eq!(desk.model.digest.picked.count() as usize, vague - 1);
}

fn rows_are_right_with_facets(desk: &Desk) {
    let model = &desk.model;
    let shown = model.tree.rows.iter().filter_map(|row| row.node).filter(|node| model.digest.picked.has_node(*node));
    assert_eq!(shown.count(), model.digest.picked.count() as usize);
}
