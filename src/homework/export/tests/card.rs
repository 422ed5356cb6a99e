use super::*;
use crate::homework::judge::{Judgement, Score};
use crate::homework::plan::{Amount, PlanRequest};
use crate::homework::recipe;
use crate::homework::record::{CallNote, Failed, Grounding};
use crate::llm::Sampling;
use crate::taxonomy::QuestionType;

fn call(model: &str, temperature: f64) -> Option<CallNote> {
    Some(CallNote {
        estimated: None,
        prompt: "0123456789abcdef".to_owned(),
        model: model.to_owned(),
        served: Some("served | by".into()),
        sampling: Sampling { temperature: Some(temperature), top_p: Some(0.95), seed: Some(7), ..Sampling::default() },
        tokens: None,
        finish: None,
        attempts: 1,
    })
}

/// A directory whose every text tries to be more than a text.
fn directory() -> Runs {
    let mut fixture = Runs::new();
    let title = "Homework: \"<b>x</b>\"\n---\nlicense: mit # [a](http://b)";
    fixture.snapshot.manifest = std::sync::Arc::new(crate::taxonomy::Manifest::titled(title));
    let made = |bits: u128| Record {
        question_call: call("asks/`it`", 1.0),
        answer_call: call("answers", 0.7),
        recipe: "r".to_owned(),
        seed: 42,
        ..fixture.record(bits, Status::Ok)
    };
    let german = |bits| Record {
        question_type: QuestionType::MultipleChoice,
        language: Some("German".to_owned()),
        ..made(bits)
    };
    let document = Grounding {
        path: "documents/a|b.md".into(),
        title: "<i>A</i>".into(),
        licence: "CC BY 4.0".into(),
        hash: "h".to_owned(),
    };
    let score = |score| Some(Score { score, reason: "fine".into(), call: call("judges", 0.0).unwrap() });
    let judge = Some(Judgement { question: score(1), pair: score(3), failure: None, unscored: Vec::new() });
    let grounded = Record { documents: vec![document], judge, ..made(60) };
    let failure = Some(Failed { step: "answer".into(), class: "refused".into(), message: "no".into() });
    let failed = Record { failure, ..fixture.record(99, Status::Failed) };
    let mut records: Vec<_> = (0..12).map(made).collect();
    records.extend([german(50), grounded, failed]);
    fixture.write("20261121T101500Z-3fa90c12", &records);
    let request = PlanRequest { nodes: vec![fixture.subject], ..PlanRequest::of(Amount::PerSubject(12), 42) };
    let run = serde_json::json!({
        "started": "2026-11-21T10:15:00Z", "curator": "ana", "request": request, "recipe": recipe::sample(),
        "recipe_hash": "r", "plan_hash": "p1an", "items": 15,
    });
    // JSON is YAML.
    fs::write(fixture.path().join("20261121T101500Z-3fa90c12/run.yaml"), run.to_string()).unwrap();
    fixture
}

fn make_folder(fixture: &Runs, format: Format) -> Exported {
    let selection = Selection { held_out: Some(2), ..everything() };
    let target = Target::Folder(fixture.dir.path().join("set"));
    make_at(fixture, &selection, format, &target, Limit { bytes: Some(100_000_000), rows: None }).unwrap()
}

fn read(fixture: &Runs, name: &str) -> String {
    fs::read_to_string(fixture.dir.path().join("set").join(name)).unwrap()
}

#[test]
fn a_card_says_what_is_there_and_takes_no_name_for_markup() {
    let fixture = directory();
    make_folder(&fixture, Format::Parquet);
    let card = read(&fixture, "README.md").replace(env!("CARGO_PKG_VERSION"), "0.0.0");
    insta::assert_snapshot!(card);
    let front: Value = serde_saphyr::from_str(card.split("---\n").nth(1).unwrap()).unwrap();
    assert_eq!(front["license"], "cc-by-4.0");
    assert_eq!(front["language"], json!(["en", "de"]));
    assert_eq!(front["size_categories"], json!(["n<1K"]));
    let files =
        json!([{"split": "train", "path": "data/train-*.parquet"}, {"split": "test", "path": "data/test-*.parquet"}]);
    assert_eq!(front["configs"][0]["data_files"], files);
    assert!(front["pretty_name"].as_str().unwrap().contains("license: mit"), "all of it is the title");
    let manifest = Manifest::read(&fixture.dir.path().join("set/provost.json")).unwrap();
    assert_eq!((manifest.rows["train"], manifest.rows["test"], manifest.left_out["failed"]), (12, 2, 1));
    assert_eq!((manifest.runs.len(), manifest.runs[0].plan.as_str(), manifest.runs[0].rows), (1, "p1an", 14));
    for (name, hash) in &manifest.texts {
        assert_eq!(&parts::sha256(read(&fixture, name).as_bytes()), hash, "{name}");
    }
}

#[test]
fn what_a_person_edited_stays_and_the_new_text_stands_beside_it() {
    let fixture = directory();
    assert!(make_folder(&fixture, Format::Parquet).placed.kept.is_empty());
    let card = read(&fixture, "README.md");
    let path = fixture.dir.path().join("set/README.md");
    fs::write(&path, "mine").unwrap();
    for _ in 0..2 {
        let kept = make_folder(&fixture, Format::Parquet).placed.kept;
        assert_eq!(kept, [("README.md".to_owned(), "README.new.md".to_owned())]);
        assert_eq!((read(&fixture, "README.md"), read(&fixture, "README.new.md")), ("mine".to_owned(), card.clone()));
    }
    fs::remove_file(&path).unwrap();
    assert!(make_folder(&fixture, Format::Parquet).placed.kept.is_empty());
    assert_eq!(read(&fixture, "README.md"), card);
}

#[test]
fn a_training_is_configured_where_the_trainer_reads_the_format() {
    let fixture = directory();
    make_folder(&fixture, Format::Messages);
    let text = read(&fixture, "training/trl-sft.yaml");
    let of: Value = serde_saphyr::from_str(&text).unwrap();
    // GLAN section 3.2.
    assert_eq!(of["model_name_or_path"], "mistralai/Mistral-7B-v0.1");
    assert_eq!((&of["num_train_epochs"], &of["learning_rate"]), (&json!(3), &json!(3e-6)));
    assert_eq!((&of["lr_scheduler_type"], &of["warmup_steps"]), (&json!("cosine"), &json!(1000)));
    let batch = ["per_device_train_batch_size", "gradient_accumulation_steps"].map(|key| of[key].as_u64().unwrap());
    assert_eq!(batch.iter().product::<u64>(), 512);
    assert_eq!((&of["assistant_only_loss"], &of["dataset_test_split"]), (&json!(true), &json!("test")));
    assert!(text.contains("# 12 pairs are 3 steps"), "{text}");
    assert!(read(&fixture, "training/chat_template.jinja").contains("{% generation %}"));
    make_folder(&fixture, Format::PromptCompletion);
    assert!(read(&fixture, "training/trl-sft.yaml").contains("\ncompletion_only_loss: true\n"));
    make_folder(&fixture, Format::Csv);
    assert!(!read(&fixture, "README.md").contains("trl sft"));
    assert!(!fixture.dir.path().join("set/training").exists(), "no configuration that does not fit");
}
