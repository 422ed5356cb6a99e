//! The table itself, and what the one function makes of it.

use std::collections::HashSet;

use provost::taxonomy::Untrusted;
use provost::taxonomy::bulk;
use provost::taxonomy::text::{reveal, reveal_line, slugify, visible};

use super::corpus::ALL;
use super::{first_unseen, shows_everything, taxonomy};

#[test]
fn there_are_five_hundred_of_them() {
    assert!(ALL.len() >= 500, "{}", ALL.len());
}

#[test]
fn whatever_it_is_it_is_revealed_once_and_nothing_is_dropped() {
    for text in ALL.iter() {
        let shown = reveal(text);
        shows_everything(&shown, &format!("{text:?}"));
        assert_eq!(reveal(&shown), shown, "a second time changes nothing");
        assert!(!reveal_line(text).contains('\n'));
        // Every letter is there, in its order.
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let mut rest = letters(&shown);
        for c in letters(text).chars() {
            let at = rest.find(c).unwrap_or_else(|| panic!("{c:?} of {text:?} is lost in {shown:?}"));
            rest.drain(..at + c.len_utf8());
        }
    }
}

#[test]
fn what_does_not_show_is_flagged_and_can_be_taken_out() {
    for text in ALL.iter() {
        let is_flagged = Untrusted::from(text.as_str()).is_suspicious();
        let hides = first_unseen(&text.replace("\r\n", "\n").replace('\t', " ")).is_some();
        assert!(is_flagged || !hides, "{text:?} hides something");
        let clean = visible(text);
        shows_everything(&clean.replace('\t', " "), &format!("{text:?}"));
        assert!(!Untrusted::from(clean).is_suspicious(), "{text:?}");
    }
    for text in ["😀\u{e0101}\u{e0102}", "Zalgo\u{301}".repeat(2).as_str(), "👩\u{200d}🔬", "Two\r\nlines", "a\tb"]
    {
        let wanted = text.contains('\u{e0101}');
        assert_eq!(Untrusted::from(text).is_suspicious(), wanted, "{text:?}");
    }
}

#[test]
fn names_of_files_are_plain() {
    let slugs: Vec<String> = ALL.iter().filter_map(|text| slugify(text)).collect();
    assert!(
        slugs.iter().all(|slug| slug.len() <= 64 && slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')),
        "{slugs:?}"
    );
}

#[test]
fn what_hides_something_is_never_accepted_with_others() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("t");
    let texts: Vec<&str> = ALL.iter().map(String::as_str).collect();
    taxonomy(&path, &texts);
    let options = provost::store::OpenOptions { curator: "ana".into(), read_only: true };
    let snapshot = provost::store::Store::open(&path, options).unwrap().snapshot();
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    let pending: Vec<_> = snapshot.open_proposals().iter().map(|proposal| proposal.id).collect();
    let taken: HashSet<_> = bulk::acceptable(&snapshot, &pending, None).on.into_iter().collect();
    assert!(taken.len() > 100, "{} of {} can be", taken.len(), pending.len());
    for proposal in snapshot.open_proposals().iter().filter(|proposal| taken.contains(&proposal.id)) {
        shows_everything(&proposal.title().raw().replace("\r\n", "\n").replace('\t', " "), "accepted unseen");
    }
}
