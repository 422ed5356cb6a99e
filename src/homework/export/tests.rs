use std::fs;

use serde_json::Value;

use super::*;
use crate::homework::fixture;
use crate::homework::item::ItemId;
use crate::homework::record::{DrawnConcept, DrawnSession, sample as record};
use crate::homework::segment::{Segment, line};
use crate::taxonomy::SessionId;
use crate::taxonomy::cell::defuse;

struct Fixture {
    dir: tempfile::TempDir,
    snapshot: Snapshot,
    subject: NodeId,
}

impl Fixture {
    fn new() -> Self {
        let snapshot = fixture::taxonomy(&["Optics"]);
        let subject = snapshot.tree.at_path("natural-sciences/physics/optics").unwrap();
        Self { dir: tempfile::tempdir().unwrap(), snapshot, subject }
    }

    fn record(&self, bits: u128, status: Status) -> Record {
        let node = self.snapshot.tree.node(self.subject).unwrap();
        let id = SessionId("s01".to_owned());
        Record {
            nodes: self.snapshot.tree.lineage(self.subject),
            syllabus: node.syllabus.as_ref().unwrap().hash(),
            sessions: vec![DrawnSession { id: id.clone(), title: "Rays".into() }],
            concepts: vec![DrawnConcept { session: id, concept: "Snell's law".into() }],
            seed: u64::MAX,
            ..record(bits, status)
        }
    }

    fn write(&self, run: &str, records: &[Record]) {
        let folder = self.dir.path().join("runs").join(run).join("segments");
        fs::create_dir_all(&folder).unwrap();
        let mut segment = Segment::create(&folder).unwrap();
        records.iter().for_each(|record| segment.write(&line(record).unwrap()).unwrap());
    }

    fn export(&self, run: Option<&str>, format: Format) -> (Exported, String) {
        let out = self.dir.path().join("out");
        let run = run.map(|run| run.parse().unwrap());
        let exported = export(&self.snapshot, &self.dir.path().join("runs"), run.as_ref(), format, &out).unwrap();
        // No file where there was nothing to write.
        (exported, fs::read_to_string(out).unwrap_or_default())
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn whole_items_go_out_once_in_the_order_of_their_ids() {
    let fixture = Fixture::new();
    let of = |bits, status| fixture.record(bits, status);
    fixture.write("b", &[of(7, Status::Ok), of(3, Status::Failed), of(4, Status::Unfit)]);
    fixture.write("a", &[of(9, Status::Ok), of(3, Status::Ok), of(7, Status::Ok), of(5, Status::Unfit)]);
    let (exported, text) = fixture.export(None, Format::Messages);
    assert_eq!(exported, Exported { written: 3, stale: 0, failed: 2, duplicates: 1, damaged: 0 });
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
    assert_eq!(fixture.export(Some("b"), Format::Messages).0.written, 1);
    assert_eq!(fixture.export(None, Format::Messages).1, text);
}

#[test]
fn every_row_has_the_same_types_and_no_nulls() {
    let fixture = Fixture::new();
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
        let shapes: HashSet<_> = lines(&fixture.export(None, format).1).iter().map(shape).collect();
        assert_eq!(shapes.len(), 1, "{shapes:?}");
    }
}

#[test]
fn what_is_no_longer_approved_stays_behind() {
    let mut fixture = Fixture::new();
    let gone = fixture::add_subject(&mut fixture.snapshot, "Acoustics", None);
    let other = Record { nodes: vec![gone], ..fixture.record(3, Status::Ok) };
    fixture.write("a", &[fixture.record(1, Status::Ok), other, fixture.record(4, Status::Unfit)]);
    assert_eq!(
        fixture.export(None, Format::Messages).0,
        Exported { written: 1, stale: 1, failed: 1, ..Exported::default() }
    );
    fixture.snapshot = fixture::edit_syllabus(&fixture.snapshot, fixture.subject, |syllabus| {
        syllabus.sessions[0].title = "New".into()
    });
    fs::remove_file(fixture.dir.path().join("out")).unwrap();
    let (exported, text) = fixture.export(None, Format::Messages);
    assert_eq!((exported.written, exported.stale, text.as_str()), (0, 2, ""));
}

#[test]
fn the_other_formats_say_the_same() {
    let fixture = Fixture::new();
    fixture.write("a", &[Record { question: "=1+1".into(), ..fixture.record(1, Status::Ok) }]);
    let sharegpt = &lines(&fixture.export(None, Format::ShareGpt).1)[0];
    assert_eq!(sharegpt["conversations"][0]["from"], "human");
    assert_eq!(sharegpt["conversations"][1]["value"], "It depends.");
    let alpaca = &lines(&fixture.export(None, Format::Alpaca).1)[0];
    assert_eq!((&alpaca["instruction"], &alpaca["input"]), (&"=1+1".into(), &"".into()));
    let csv = fixture.export(None, Format::Csv).1;
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
    let fixture = Fixture::new();
    let out = fixture.dir.path().join("out");
    let run: RunId = "nope".parse().unwrap();
    let error = export(&fixture.snapshot, fixture.dir.path(), Some(&run), Format::Csv, &out).unwrap_err();
    assert!(error.to_string().contains("no run nope"), "{error}");
    assert!(!out.exists());
}

#[test]
fn an_export_of_nothing_leaves_the_dataset_that_is_there() {
    let fixture = Fixture::new();
    fixture.write("a", &[fixture.record(1, Status::Ok)]);
    let (_, dataset) = fixture.export(None, Format::Messages);
    fixture.write("b", &[fixture.record(2, Status::Failed)]);
    let (exported, still) = fixture.export(Some("b"), Format::Messages);
    assert_eq!((exported.written, still), (0, dataset));
}
