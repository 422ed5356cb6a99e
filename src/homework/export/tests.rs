use std::collections::HashSet;
use std::fs;

use serde_json::Value;

use super::*;
use crate::homework::fixture::{self, Runs};
use crate::homework::item::ItemId;
use crate::homework::record::{Record, Status};
use crate::taxonomy::cell::defuse;

fn make(runs: &Runs, run: Option<&str>, format: Format) -> (Exported, String) {
    let out = runs.dir.path().join("out");
    let selection = Selection { run: run.map(|run| run.parse().unwrap()), ..Selection::default() };
    let exported = export(&runs.snapshot, &runs.path(), &selection, format, &out).unwrap();
    // No file where there was nothing to write.
    (exported, fs::read_to_string(out).unwrap_or_default())
}

fn left_out(counts: &[(Standing, u64)]) -> BTreeMap<Standing, u64> {
    counts.iter().copied().collect()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn whole_items_go_out_once_in_the_order_of_their_ids() {
    let fixture = Runs::new();
    let of = |bits, status| fixture.record(bits, status);
    fixture.write("b", &[of(7, Status::Ok), of(3, Status::Failed), of(4, Status::Unfit)]);
    fixture.write("a", &[of(9, Status::Ok), of(3, Status::Ok), of(7, Status::Ok), of(5, Status::Unfit)]);
    let (exported, text) = make(&fixture, None, Format::Messages);
    assert_eq!(exported, Exported { written: 3, left_out: left_out(&[(Standing::Unfit, 2)]), repeats: 2, damaged: 0 });
    let rows = lines(&text);
    let ids: Vec<_> = rows.iter().map(|row| row["meta"]["item"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, [3, 7, 9].map(|bits| ItemId::from_bits(bits).to_string()));
    assert_eq!(rows[0]["messages"][0]["role"], "user");
    assert_eq!(rows[0]["messages"][1]["content"], "It depends.");
    let meta = &rows[1]["meta"];
    assert_eq!(meta["path"], serde_json::json!(["Natural Sciences", "Physics", "Optics"]));
    assert_eq!(meta["kinds"], serde_json::json!(["field", "discipline", "subject"]));
    assert_eq!(
        (&meta["kind"], &meta["run"], &meta["seed"]),
        (&"subject".into(), &"a".into(), &u64::MAX.to_string().into())
    );
    assert_eq!(make(&fixture, Some("b"), Format::Messages).0.written, 1);
    assert_eq!(make(&fixture, None, Format::Messages).1, text);
}

#[test]
fn every_row_has_the_same_types_and_no_nulls() {
    let fixture = Runs::new();
    fixture.write("a", &[fixture.record(1, Status::Ok), Record { seed: 0, ..fixture.record(2, Status::Ok) }]);
    fn shape(value: &Value) -> String {
        match value {
            Value::Object(map) => map.iter().map(|(key, value)| format!("{key}:{} ", shape(value))).collect(),
            Value::Array(items) => format!("[{}]", items.first().map(shape).unwrap_or_default()),
            Value::Null => panic!("a null"),
            Value::String(_) => "text".to_owned(),
            _ => "number".to_owned(),
        }
    }
    for format in [Format::Messages, Format::ShareGpt, Format::Alpaca] {
        let shapes: HashSet<_> = lines(&make(&fixture, None, format).1).iter().map(shape).collect();
        assert_eq!(shapes.len(), 1, "{shapes:?}");
    }
}

#[test]
fn what_is_no_longer_approved_stays_behind() {
    let mut fixture = Runs::new();
    let gone = fixture::add_subject(&mut fixture.snapshot, "Acoustics", None);
    let other = Record { nodes: vec![gone], ..fixture.record(3, Status::Ok) };
    fixture.write("a", &[fixture.record(1, Status::Ok), other, fixture.record(4, Status::Unfit)]);
    assert_eq!(
        make(&fixture, None, Format::Messages).0,
        Exported {
            written: 1,
            left_out: left_out(&[(Standing::Stale, 1), (Standing::Unfit, 1)]),
            ..Exported::default()
        }
    );
    fixture.snapshot = fixture::edit_syllabus(&fixture.snapshot, fixture.subject, |syllabus| {
        syllabus.sessions[0].title = "New".into()
    });
    fs::remove_file(fixture.dir.path().join("out")).unwrap();
    let (exported, text) = make(&fixture, None, Format::Messages);
    assert_eq!((exported.written, exported.left_out[&Standing::Stale], text.as_str()), (0, 2, ""));
}

#[test]
fn the_other_formats_say_the_same() {
    let fixture = Runs::new();
    fixture.write("a", &[Record { question: "=1+1".into(), ..fixture.record(1, Status::Ok) }]);
    let sharegpt = &lines(&make(&fixture, None, Format::ShareGpt).1)[0];
    assert_eq!(sharegpt["conversations"][0]["from"], "human");
    assert_eq!(sharegpt["conversations"][1]["value"], "It depends.");
    let alpaca = &lines(&make(&fixture, None, Format::Alpaca).1)[0];
    assert_eq!((&alpaca["instruction"], &alpaca["input"]), (&"=1+1".into(), &"".into()));
    let csv = make(&fixture, None, Format::Csv).1;
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(table.headers().unwrap().get(7), Some("question"));
    let row = table.records().next().unwrap().unwrap();
    assert_eq!((row.get(7), row.get(1)), (Some("'=1+1"), Some("Natural Sciences > Physics > Optics")));
}

#[test]
fn formulas_are_defused() {
    for cell in ["=x", "+x", "-x", "@x", "\tx", "\rx", "\nx"] {
        assert_eq!(defuse(cell.to_owned()), format!("'{cell}"));
    }
    assert_eq!(defuse("x=1".to_owned()), "x=1");
}

#[test]
fn a_run_that_is_not_there_is_said_and_nothing_is_written() {
    let fixture = Runs::new();
    let out = fixture.dir.path().join("out");
    let selection = Selection { run: Some("nope".parse().unwrap()), ..Selection::default() };
    let error = export(&fixture.snapshot, fixture.dir.path(), &selection, Format::Csv, &out).unwrap_err();
    assert!(error.to_string().contains("no run nope"), "{error}");
    assert!(!out.exists());
}

#[test]
fn an_export_of_nothing_leaves_the_dataset_that_is_there() {
    let fixture = Runs::new();
    fixture.write("a", &[fixture.record(1, Status::Ok)]);
    let (_, dataset) = make(&fixture, None, Format::Messages);
    fixture.write("b", &[fixture.record(2, Status::Failed)]);
    let (exported, still) = make(&fixture, Some("b"), Format::Messages);
    assert_eq!((exported.written, still), (0, dataset));
}
