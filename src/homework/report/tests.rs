use super::*;
use crate::homework::dataset::Selection;
use crate::homework::figures::figures;
use crate::homework::fixture::{Runs, add_subject};
use crate::homework::record::{DrawnConcept, Status};
use crate::taxonomy::{SessionId, syllabus};

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"' \u{202e}evil\u{200b}";

fn page(runs: &Runs, written: i64) -> String {
    let dataset = Dataset::read(&runs.snapshot, &runs.path(), &Selection::default()).unwrap();
    let figures = figures(&runs.snapshot, &dataset, &runs.path()).unwrap();
    let items = shown(&runs.snapshot, &dataset, 1).unwrap();
    let written = Timestamp::from_second(written).unwrap();
    let costs = Costs {
        usd: 1.5,
        branches: vec![(vec![HOSTILE.into()], 3, 1.0), (vec!["B".into()], 1, 0.5)],
        ..Costs::default()
    };
    Report { figures: &figures, items: &items, costs: Some(&costs), written }.html()
}

fn hostile() -> Runs {
    let mut runs = Runs::new();
    add_subject(&mut runs.snapshot, HOSTILE, Some(syllabus::sample(10, 5)));
    let manifest = std::sync::Arc::make_mut(&mut runs.snapshot.manifest);
    (manifest.title, manifest.language) = (HOSTILE.into(), HOSTILE.into());
    let concept = DrawnConcept { session: SessionId(HOSTILE.to_owned()), concept: HOSTILE.into() };
    let record = |bits| Record {
        question: format!("{HOSTILE} {bits}").into(),
        answer: HOSTILE.into(),
        path: vec![HOSTILE.into()],
        concepts: vec![concept.clone()],
        ..runs.record(bits, Status::Ok)
    };
    let all: Vec<Record> = (1..30).map(record).collect();
    let failed = crate::homework::record::Failed {
        step: HOSTILE.to_owned(),
        class: HOSTILE.to_owned(),
        message: HOSTILE.into(),
    };
    runs.write("a", &all);
    runs.write("a", &[Record { failure: Some(failed), ..runs.record(99, Status::Failed) }]);
    runs
}

#[test]
fn nothing_hostile_becomes_markup() {
    let page = page(&hostile(), 0);
    assert!(page.contains("&lt;/script&gt;") && page.contains("⟨U+202E⟩"));
    assert!(!page.contains("<img") && !page.contains("<script") && !page.contains("</script"));
    assert!(!page.contains(['\u{202e}', '\u{200b}']));
    // Quotes of what is outside never close an attribute: none is left that the page did not write itself.
    assert!(!page.contains("\"' ") && !page.contains("onerror=\""));
    assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
}

#[test]
fn every_tag_is_closed_and_every_chart_says_what_it_shows() {
    let page = page(&hostile(), 0);
    let mut open: Vec<&str> = Vec::new();
    let body = page.split_once("</style>").unwrap().1;
    for tag in body.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop().unwrap_or(name), name, "closed by </{name}>");
        } else if !tag.ends_with('/') && !["input", "meta", "!doctype"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let charts = body.matches("<svg class=\"chart\"").count();
    assert!(charts >= 5, "{charts}");
    assert_eq!(charts, body.matches("role=\"img\" aria-label=\"").count());
    assert!(body.contains("role=\"img\" aria-labelledby=\"map-title\""));
}

#[test]
fn nothing_comes_from_elsewhere() {
    let page = page(&hostile(), 0);
    for word in ["http://", "https://", "src=\"", "href=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn equal_data_give_equal_bytes_but_for_the_line_that_dates_it() {
    let runs = hostile();
    let (one, other) = (page(&runs, 0), page(&runs, 1_800_000_000));
    let differing: Vec<_> = one.lines().zip(other.lines()).filter(|(a, b)| a != b).collect();
    assert_eq!(differing.len(), 1);
    assert!(differing[0].0.contains("Written 1970-01-01"), "{}", differing[0].0);
    assert_eq!(one.lines().count(), other.lines().count());
}

#[test]
fn a_directory_without_items_makes_a_page_that_says_so() {
    let page = page(&Runs::new(), 0);
    assert!(page.contains("in the training set") && !page.contains("<h2 id=\"items\">"));
}

#[test]
fn the_page_is_written_whole() {
    let runs = hostile();
    let dataset = Dataset::read(&runs.snapshot, &runs.path(), &Selection::default()).unwrap();
    let figures = figures(&runs.snapshot, &dataset, &runs.path()).unwrap();
    let report = Report { figures: &figures, items: &[], costs: None, written: Timestamp::UNIX_EPOCH };
    let path = runs.dir.path().join("report.html");
    report.write(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), report.html());
    assert!(report.write(&runs.dir.path().join("no/such/report.html")).is_err());
}
