mod card;
mod readers;
mod training;

use std::collections::HashSet;
use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::homework::dataset::Subject;
use crate::homework::fixture::{self, Runs};
use crate::homework::item::ItemId;
use crate::homework::record::{DrawnConcept, DrawnSession, Record, Status};
use crate::homework::run::RunId;
use crate::taxonomy::SessionId;

/// Near duplicates too: the questions here are as short as they are alike.
fn everything() -> Selection {
    Selection { near: 1.0, ..Selection::default() }
}

fn make(runs: &Runs, run: Option<&str>, format: Format) -> (Exported, String) {
    let selection = Selection { run: run.map(|run| run.parse().unwrap()), ..everything() };
    let mut exported = make_at(runs, &selection, format, &at(runs, "out"), Limit::default()).unwrap();
    exported.placed = Placed::default();
    // No file where there was nothing to write.
    (exported, fs::read_to_string(runs.dir.path().join("out")).unwrap_or_default())
}

fn make_at(
    runs: &Runs,
    selection: &Selection,
    format: Format,
    target: &Target,
    limit: Limit,
) -> Result<Exported, ExportError> {
    export(&runs.snapshot, &runs.path(), &Request { selection, format, target, limit, license: Some("cc-by-4.0") })
}

/// All that is kept, in a format.
fn make_all(runs: &Runs, format: Format, target: &Target, limit: Limit) -> Placed {
    make_at(runs, &everything(), format, target, limit).unwrap().placed
}

fn at(runs: &Runs, name: &str) -> Target {
    Target::File(runs.dir.path().join(name))
}

/// What is in a folder, hidden files too, in order.
fn files(runs: &Runs, below: &str) -> Vec<String> {
    let entries = fs::read_dir(runs.dir.path().join(below)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn left_out(counts: &[(Standing, u64)]) -> BTreeMap<Standing, u64> {
    counts.iter().copied().collect()
}

/// Texts that a format may break on.
const HOSTILE: &[&str] = &[
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    "'=1",
    "''=1",
    "'",
    "it's",
    "'tis",
    "\"",
    "\"\"",
    "a,b;c|d",
    "a\r\nb\n\nc\r",
    "\0",
    "a\0b",
    "\u{feff}x",
    "\u{feff}",
    " x ",
    " =1",
    "\u{ff1d}1+1",
    "'\u{ff20}x",
    "😀👩‍👩‍👧",
    "שלום \u{202e}abc\u{202c}",
    "\u{1b}[31m",
    "NA",
    "null",
    "",
    "{\"a\":[1]}",
    "[\"x\"]",
    "\\",
    "\\n",
    "$x^2$\n```py\nprint(1)\n```",
    "\u{2028}\u{2029}\u{85}",
    "\u{10ffff}\u{fffe}",
    "true",
    "1e5",
    "| a | b |",
    "<script>&amp;",
];

fn hostile(fixture: &Runs) -> Vec<Record> {
    let of = |(at, text): (usize, &&str)| {
        let session = SessionId("s01".to_owned());
        Record {
            // Not one of them may be taken for a repetition of another.
            question: format!("{text}q{at}q").into(),
            answer: HOSTILE[(at + 7) % HOSTILE.len()].into(),
            sessions: vec![DrawnSession { id: session.clone(), title: (*text).into() }],
            concepts: (0..at % 4).map(|_| DrawnConcept { session: session.clone(), concept: (*text).into() }).collect(),
            recipe: (*text).to_owned(),
            ..fixture.record(at as u128 + 1, Status::Ok)
        }
    };
    HOSTILE.iter().enumerate().map(of).collect()
}

/// Every cell of a record, as it goes in.
fn cells<'a>(record: &'a Record, run: &'a RunId, subject: &'a Subject) -> Vec<(&'static str, Cell<'a>)> {
    let row = Row { run, subject, record, language: "English", stale: false };
    table::columns().map(|column| (column.name, column.of(&row))).collect()
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
    let left_out = left_out(&[(Standing::Unfit, 2)]);
    assert_eq!(exported, Exported { written: 3, left_out, repeats: 2, ..Exported::default() });
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
    for (format, _) in Format::ALL.into_iter().filter(|(format, _)| format.extension() == "jsonl") {
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
    let left = left_out(&[(Standing::Stale, 1), (Standing::Unfit, 1)]);
    let exported = Exported { written: 1, left_out: left, ..Exported::default() };
    assert_eq!(make(&fixture, None, Format::Messages).0, exported);
    fixture.snapshot = fixture::edit_syllabus(&fixture.snapshot, fixture.subject, |syllabus| {
        syllabus.sessions[0].title = "New".into()
    });
    fs::remove_file(fixture.dir.path().join("out")).unwrap();
    let (exported, text) = make(&fixture, None, Format::Messages);
    assert_eq!((exported.written, exported.left_out[&Standing::Stale], text.as_str()), (0, 2, ""));
}

#[test]
fn the_answer_is_the_only_trained_turn_in_every_format() {
    let fixture = Runs::new();
    fixture.write("a", &[Record { question: "=1+1".into(), ..fixture.record(1, Status::Ok) }]);
    let only = |format| lines(&make(&fixture, None, format).1).remove(0);
    let (user, answer) =
        (json!({"role": "user", "content": "=1+1"}), json!({"role": "assistant", "content": "It depends."}));
    assert_eq!(only(Format::Messages)["messages"], json!([user, answer]));
    let conversation = only(Format::Conversation);
    let trained = |at: usize| conversation["messages"][at]["train"].as_bool().unwrap();
    assert_eq!((trained(0), trained(1), &conversation["messages"][1]["content"]), (false, true, &answer["content"]));
    // Unknown keys are refused there, so there are none.
    let weighed = json!({"role": "assistant", "content": "It depends.", "weight": 1});
    assert_eq!(only(Format::OpenAi), json!({"messages": [user, weighed]}));
    let completion = only(Format::PromptCompletion);
    assert_eq!((&completion["prompt"], &completion["completion"]), (&json!([user]), &json!([answer])));
    let sharegpt = only(Format::ShareGpt);
    assert_eq!(sharegpt["conversations"][0], json!({"from": "human", "value": "=1+1"}));
    assert_eq!(sharegpt["conversations"][1], json!({"from": "gpt", "value": "It depends."}));
    let alpaca = only(Format::Alpaca);
    assert_eq!(
        (&alpaca["instruction"], &alpaca["input"], &alpaca["output"]),
        (&"=1+1".into(), &"".into(), &"It depends.".into())
    );
}

#[test]
fn every_text_comes_back_from_json_lines() {
    let fixture = Runs::new();
    let records = hostile(&fixture);
    fixture.write("a", &records);
    for (format, question, answer) in [
        (Format::Messages, "/messages/0/content", "/messages/1/content"),
        (Format::Conversation, "/messages/0/content", "/messages/1/content"),
        (Format::OpenAi, "/messages/0/content", "/messages/1/content"),
        (Format::PromptCompletion, "/prompt/0/content", "/completion/0/content"),
        (Format::ShareGpt, "/conversations/0/value", "/conversations/1/value"),
        (Format::Alpaca, "/instruction", "/output"),
    ] {
        let rows = lines(&make(&fixture, None, format).1);
        assert_eq!(rows.len(), records.len());
        for (row, record) in rows.iter().zip(&records) {
            assert_eq!(row.pointer(question).unwrap(), record.question.raw(), "{format:?}");
            assert_eq!(row.pointer(answer).unwrap(), record.answer.raw(), "{format:?}");
            let concepts: Vec<_> = record.concepts.iter().map(|concept| concept.concept.raw()).collect();
            assert!(format == Format::OpenAi || row["meta"]["concepts"] == json!(concepts), "{row}");
        }
    }
}

#[test]
fn every_cell_comes_back_from_csv_and_none_is_a_formula() {
    let fixture = Runs::new();
    let records = hostile(&fixture);
    fixture.write("a", &records);
    let text = make(&fixture, None, Format::Csv).1;
    let rows = table::read(text.as_bytes()).unwrap();
    assert_eq!(rows.len(), records.len());
    let dataset = Dataset::read(&fixture.snapshot, &fixture.path(), &Selection::default()).unwrap();
    let (run, subject) = ("a".parse().unwrap(), dataset.subject(&dataset.entries()[0]).unwrap());
    for (row, record) in rows.iter().zip(&records) {
        for ((name, there), back) in cells(record, &run, subject).iter().zip(row) {
            assert_eq!(there, back, "{name}");
        }
    }
    let mut plain = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let formula = |cell: &str| {
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
    };
    for row in plain.records() {
        assert!(!row.unwrap().iter().any(formula));
    }
}

#[test]
fn a_table_of_somebody_else_is_told_from_ours() {
    let refused = |text: &str| table::read(text.as_bytes()).unwrap_err().to_string();
    assert!(refused("a,b\n1,2\n").contains("no column `item`"));
    let header: Vec<_> = table::columns().map(|column| column.name).collect();
    let row = vec!["x"; header.len()].join(",");
    assert!(refused(&format!("{}\n{row}\n", header.join(","))).contains("row 1: the column `path`"));
}

#[test]
fn a_run_that_is_not_there_is_said_and_nothing_is_written() {
    let fixture = Runs::new();
    let out = fixture.dir.path().join("out");
    let run: RunId = "nope".parse().unwrap();
    let selection = Selection { run: Some(run), ..Selection::default() };
    let error = make_at(&fixture, &selection, Format::Csv, &Target::File(out.clone()), Limit::default()).unwrap_err();
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

#[test]
fn a_set_of_several_files_takes_the_place_of_the_one_before_it() {
    let fixture = Runs::new();
    let records: Vec<_> = (0..7).map(|bits| fixture.record(bits, Status::Ok)).collect();
    fixture.write("a", &records);
    let whole = make(&fixture, None, Format::Messages).1;
    let target = Target::File(fixture.dir.path().join("set.jsonl"));
    let shards = |limit| make_all(&fixture, Format::Messages, &target, limit);
    let by_rows = shards(Limit { rows: Some(3), bytes: None });
    let names = |placed: &Placed| placed.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&by_rows), [1, 2, 3].map(|at| format!("set-0000{at}-of-00003.jsonl")));
    assert_eq!(by_rows.files.iter().map(|file| file.rows).collect::<Vec<_>>(), [3, 3, 1]);
    let read = |name: &String| fs::read_to_string(fixture.dir.path().join(name)).unwrap();
    assert_eq!(names(&by_rows).iter().map(read).collect::<String>(), whole);
    for file in &by_rows.files {
        assert_eq!(
            (file.bytes, &file.sha256),
            (read(&file.path).len() as u64, &parts::sha256(read(&file.path).as_bytes()))
        );
    }
    let most = whole.lines().map(|line| line.len() as u64 + 1).max().unwrap();
    let by_bytes = shards(Limit { rows: None, bytes: Some(2 * most) });
    assert!(by_bytes.files.iter().all(|file| file.bytes <= 2 * most && file.rows >= 1));
    assert_eq!((by_bytes.files.len(), by_bytes.gone), (4, 3));
    assert_eq!(names(&by_bytes).iter().map(read).collect::<String>(), whole);
    // A row that is longer than a file may be has a file of its own.
    assert_eq!(shards(Limit { rows: None, bytes: Some(1) }).files.len(), 7);
    let one = shards(Limit::default());
    assert_eq!((names(&one), one.gone), (vec!["set.jsonl".to_owned()], 7));
    assert_eq!(files(&fixture, ""), ["out", "runs", "set.jsonl"]);
}

#[test]
fn every_shard_of_a_table_has_its_header() {
    let fixture = Runs::new();
    let records = hostile(&fixture);
    fixture.write("a", &records);
    let target = Target::File(fixture.dir.path().join("set.csv"));
    let placed = make_all(&fixture, Format::Csv, &target, Limit { rows: Some(10), bytes: None });
    let rows = placed
        .files
        .iter()
        .map(|file| table::read(fs::File::open(fixture.dir.path().join(&file.path)).unwrap()).unwrap().len());
    assert_eq!(rows.sum::<usize>(), records.len());
}

#[test]
fn a_folder_gets_data_and_a_manifest_and_keeps_what_is_not_of_the_data_set() {
    let fixture = Runs::new();
    let records: Vec<_> = (0..5).map(|bits| fixture.record(bits, Status::Ok)).collect();
    fixture.write("a", &records);
    let root = fixture.dir.path().join("set");
    let target = Target::Folder(root.clone());
    let limit = Limit { rows: Some(2), bytes: None };
    let placed = make_all(&fixture, Format::Parquet, &target, limit);
    assert_eq!(files(&fixture, "set/data"), [0, 1, 2].map(|at| format!("train-0000{at}-of-00003.parquet")));
    let manifest = Manifest::read(&root.join(MANIFEST)).unwrap();
    assert_eq!((&manifest.files, manifest.rows["train"], manifest.rows["test"]), (&placed.files, 5, 0));
    for file in &manifest.files {
        assert_eq!(parts::sha256(&fs::read(root.join(&file.path)).unwrap()), file.sha256);
    }
    // A repository that the folder is in stays, and so does everything else.
    fs::create_dir(root.join(".git")).unwrap();
    fs::write(root.join("notes.txt"), "mine").unwrap();
    make_all(&fixture, Format::Messages, &target, Limit::default());
    assert_eq!(files(&fixture, "set/data"), ["train-00000-of-00001.jsonl"]);
    assert_eq!(files(&fixture, "set"), [".git", "README.md", "data", "notes.txt", "provost.json", "training"]);
    // What is not ours in data/ is never taken away.
    fs::write(root.join("data/mine.csv"), "x").unwrap();
    let error =
        make_at(&fixture, &Selection::default(), Format::Messages, &target, Limit::default()).unwrap_err().to_string();
    assert!(error.contains("has data/mine.csv, which provost did not write"), "{error}");
    assert_eq!(files(&fixture, "set/data"), ["mine.csv", "train-00000-of-00001.jsonl"]);
}

#[test]
fn an_export_that_was_killed_leaves_no_half_set() {
    let fixture = Runs::new();
    fixture.write("a", &[fixture.record(1, Status::Ok)]);
    let target = Target::Folder(fixture.dir.path().join("set"));
    let root = fixture.dir.path().join("set");
    make_all(&fixture, Format::Messages, &target, Limit::default());
    // Killed after the old data was put aside and before the new one came.
    fs::create_dir_all(root.join(".provost-export/data")).unwrap();
    fs::write(root.join(".provost-export/data/.part.123.tmp"), "half").unwrap();
    fs::rename(root.join("data"), root.join(".provost-export/old")).unwrap();
    let folder = folder::Folder::open(&root).unwrap();
    assert_eq!(files(&fixture, "set/data"), ["train-00000-of-00001.jsonl"], "the old set is back");
    let busy =
        make_at(&fixture, &Selection::default(), Format::Messages, &target, Limit::default()).unwrap_err().to_string();
    assert!(busy.contains("by another export"), "{busy}");
    drop(folder);
    make_all(&fixture, Format::Messages, &target, Limit::default());
    assert_eq!(files(&fixture, "set"), ["README.md", "data", "provost.json", "training"]);
}

#[test]
fn what_is_held_out_has_files_of_its_own_and_is_in_no_training_file() {
    let fixture = Runs::new();
    let records: Vec<_> = (0..20).map(|bits| fixture.record(bits, Status::Ok)).collect();
    fixture.write("a", &records);
    let held = Selection { held_out: Some(5), ..everything() };
    let exported = make_at(&fixture, &held, Format::Messages, &at(&fixture, "set.jsonl"), Limit::default()).unwrap();
    assert_eq!((exported.written, exported.held_out, exported.left_out.is_empty()), (15, 5, true));
    assert_eq!(files(&fixture, ""), ["runs", "set.held-out.jsonl", "set.jsonl"]);
    let ids = |name: &str| -> HashSet<String> {
        let text = fs::read_to_string(fixture.dir.path().join(name)).unwrap();
        lines(&text).iter().map(|row| row["meta"]["item"].as_str().unwrap().to_owned()).collect()
    };
    let (training, held_out) = (ids("set.jsonl"), ids("set.held-out.jsonl"));
    assert_eq!((training.len(), held_out.len()), (15, 5));
    assert!(training.is_disjoint(&held_out));
    // Later, without a slice: what was held out stays out, and the file that would overlap with nothing is gone.
    let target = Target::Folder(fixture.dir.path().join("set"));
    make_at(&fixture, &held, Format::Csv, &target, Limit { rows: Some(8), bytes: None }).unwrap();
    let names = ["test-00000-of-00001.csv", "train-00000-of-00002.csv", "train-00001-of-00002.csv"];
    assert_eq!(files(&fixture, "set/data"), names);
    let placed = make_all(&fixture, Format::Messages, &at(&fixture, "set.jsonl"), Limit::default());
    assert_eq!((placed.gone, ids("set.jsonl")), (1, training));
}

#[test]
fn stale_items_go_out_when_asked_for_and_say_so() {
    let mut fixture = Runs::new();
    fixture.write("a", &[fixture.record(1, Status::Ok)]);
    fixture.snapshot = fixture::edit_syllabus(&fixture.snapshot, fixture.subject, |syllabus| {
        syllabus.sessions[0].title = "New".into()
    });
    let stale = Selection { stale: true, ..Selection::default() };
    make_at(&fixture, &stale, Format::Messages, &at(&fixture, "out"), Limit::default()).unwrap();
    let text = fs::read_to_string(fixture.dir.path().join("out")).unwrap();
    assert_eq!(lines(&text)[0]["meta"]["stale"], true);
}

#[test]
fn the_documentation_names_every_format_and_every_column() {
    let page = include_str!("../../../docs/export.md");
    let columns = table::columns().chain(COLUMNS).map(|column| column.name);
    for name in columns.chain(Format::ALL.map(|(_, name)| name)) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    let inverse = r#"re.sub(r"^'(?='*[=+\-@\t\r\n＝＋－＠])", "", cell)"#;
    assert!(page.contains(inverse) && include_str!("../../../tests/python/read_back.py").contains(inverse));
}
