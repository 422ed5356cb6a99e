use bytes::Bytes;
use jiff::Timestamp;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row as Fields};

use super::*;
use crate::homework::dataset::Subject;
use crate::homework::record::{DrawnConcept, DrawnSession, Record, Status, sample};
use crate::taxonomy::SessionId;

fn record(bits: u128, text: &str, concepts: usize) -> Record {
    let session = SessionId("s01".to_owned());
    Record {
        question: text.into(),
        answer: format!("{text}{text}").into(),
        sessions: vec![DrawnSession { id: session.clone(), title: text.into() }],
        concepts: (0..concepts)
            .map(|at| DrawnConcept { session: session.clone(), concept: format!("{at}{text}").into() })
            .collect(),
        seed: u64::MAX,
        at: "2026-11-21T18:45:00.123456Z".parse().unwrap(),
        ..sample(bits, Status::Ok)
    }
}

fn write(records: &[Record], subject: &Subject) -> Vec<u8> {
    let run = "a".parse().unwrap();
    let mut writer = Writer::new(Vec::new()).unwrap();
    for record in records {
        writer.write(&Row { run: &run, subject, record, language: "English", stale: false }).unwrap();
    }
    writer.finish().unwrap()
}

fn nowhere() -> Subject {
    Subject { syllabus: String::new(), names: Vec::new(), lineage: Vec::new(), level: "".into() }
}

fn texts(field: &Field) -> Vec<String> {
    let Field::ListInternal(list) = field else { panic!("{field:?}") };
    let text = |field: &Field| match field {
        Field::Str(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    list.elements().iter().map(text).collect()
}

/// The cell that a reader finds, in our terms.
fn cell(holds: Type, field: &Field) -> Cell<'static> {
    match (holds, field) {
        (Type::Text, Field::Str(text)) => Cell::Text(text.clone().into()),
        (Type::Texts, list) => Cell::Texts(texts(list).into_iter().map(Into::into).collect()),
        (Type::Number, Field::Long(number)) => Cell::Number(*number),
        (Type::Seed, Field::ULong(seed)) => Cell::Seed(*seed),
        (Type::Flag, Field::Bool(flag)) => Cell::Flag(*flag),
        (Type::Time, Field::TimestampMicros(micros)) => Cell::Time(Timestamp::from_microsecond(*micros).unwrap()),
        other => panic!("{other:?}"),
    }
}

fn column<'a>(row: &'a Fields, name: &str) -> &'a Field {
    row.get_column_iter().find(|(found, _)| *found == name).unwrap().1
}

#[test]
fn what_goes_in_comes_out_whatever_it_is() {
    let texts = ["=1+1", "\0", "a\r\nb\n", "", "😀", "שלום \u{202e}", "'", "\"", "\u{feff}", "\u{10ffff}"];
    let records: Vec<_> = texts.iter().enumerate().map(|(at, text)| record(at as u128, text, at % 4)).collect();
    let subject = Subject { names: vec!["A\0".into(), "=B".into()], ..nowhere() };
    let reader = SerializedFileReader::new(Bytes::from(write(&records, &subject))).unwrap();
    assert_eq!(reader.metadata().file_metadata().created_by(), Some(concat!("provost ", env!("CARGO_PKG_VERSION"))));
    let rows: Vec<Fields> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), records.len());
    let run = "a".parse().unwrap();
    for (row, record) in rows.iter().zip(&records) {
        let there = Row { run: &run, subject: &subject, record, language: "English", stale: false };
        for of in COLUMNS {
            assert_eq!(cell(of.holds, column(row, of.name)), of.of(&there), "{}", of.name);
        }
        let Field::ListInternal(messages) = column(row, "messages") else { panic!() };
        let found: Vec<_> = messages.elements().iter().map(ToString::to_string).collect();
        let Field::Group(answer) = &messages.elements()[1] else { panic!() };
        assert_eq!(found.len(), 2);
        assert_eq!(column(answer, "role"), &Field::Str("assistant".to_owned()));
        assert_eq!(column(answer, "content"), &Field::Str(record.answer.raw().to_owned()));
    }
}

#[test]
fn row_groups_are_bounded_in_rows_and_in_bytes() {
    let subject = nowhere();
    let groups = |file: Vec<u8>| SerializedFileReader::new(Bytes::from(file)).unwrap().metadata().num_row_groups();
    let many: Vec<_> = (0..GROUP_ROWS as u128 + 1).map(|bits| record(bits, "x", 1)).collect();
    assert_eq!(groups(write(&many, &subject)), 2);
    let long = "x".repeat(3 << 20);
    let large: Vec<_> = (0..4).map(|bits| record(bits, &long, 0)).collect();
    assert_eq!(groups(write(&large, &subject)), 2, "3 MiB of question, 6 of answer, 3 of title: two rows each");
    assert_eq!(groups(write(&[], &subject)), 0);
}
