//! What failed is asked again, as often as live and no oftener.

use super::super::super::done::MOST_FAILURES;
use super::super::super::spent::Spent;
use super::*;

#[tokio::test]
async fn a_bad_question_is_recorded_and_asked_again_until_it_is_given_up() {
    let desk = Desk::new(1);
    for attempt in 0..MOST_FAILURES {
        let names = ids(&desk.export());
        assert!(names.iter().all(|name| name.ends_with(&format!("-q{attempt}"))), "{names:?}");
        let lines: Vec<_> = names.iter().map(|name| result(name, 200, &completion("Why?", "stop"))).collect();
        let told = desk.import(&lines);
        assert_eq!(told.unfit.values().sum::<u64>(), 2);
        assert_eq!(told.open, if attempt + 1 < MOST_FAILURES { 2 } else { 0 });
    }
    let after = desk.export();
    assert_eq!((after.files.len(), after.given_up), (0, 2));
    let records = desk.records();
    assert_eq!(records.len(), 6);
    assert!(records.iter().all(|record| record.status == Status::Unfit && record.counts));
}

#[tokio::test]
async fn a_bad_answer_begins_again_with_the_question() {
    let desk = Desk::new(2);
    let questions = desk.answers(&desk.export().files[0]).await;
    desk.import(&questions);
    let names = ids(&desk.export());
    assert!(names.iter().all(|name| name.ends_with("-a0")));
    let lines: Vec<_> = names.iter().map(|name| result(name, 200, &completion("", "content_filter"))).collect();
    let told = desk.import(&lines);
    assert_eq!(told.failed, BTreeMap::from([(crate::llm::Class::Filtered, 4)]));
    assert!(desk.records().iter().all(|record| record.failure.as_ref().unwrap().step == "answer"));
    let names = ids(&desk.export());
    assert!(names.len() == 4 && names.iter().all(|name| name.ends_with("-q1")), "{names:?}");
    // What belonged to the first try comes again: nothing new.
    assert_eq!(desk.import(&questions).duplicate, 4);
    assert_eq!(ids(&desk.export()), names);
}

#[tokio::test]
async fn a_cut_reply_is_asked_for_once_more_with_room() {
    let desk = Desk::new(1);
    let first = desk.export();
    let name = ids(&first)[0].clone();
    let told = desk.import(&[result(&name, 200, &completion("Explain the", "length"))]);
    assert_eq!((told.more, told.open), (1, 2));
    assert_eq!(desk.records().len(), 0);
    let again = desk.export();
    let request =
        requests(&again.files[0].path).into_iter().find(|r| r["custom_id"] == json!(format!("{name}m"))).unwrap();
    assert_eq!(request["body"]["max_tokens"], 60, "twice what it had written");
    // The first reply again changes nothing; the second is the last word.
    assert_eq!(desk.import(&[result(&name, 200, &completion("Explain the", "length"))]).duplicate, 1);
    let told = desk.import(&[result(&format!("{name}m"), 200, &completion("Explain the", "length"))]);
    assert_eq!(told.failed, BTreeMap::from([(crate::llm::Class::Truncated, 1)]));
    let record = desk.records().remove(0);
    let call = record.question_call.unwrap();
    assert_eq!((call.attempts, call.sampling.max_tokens, call.tokens.unwrap().completion_tokens), (2, Some(60), 60));
    assert!(ids(&desk.export()).contains(&name.replace("-q0", "-q1")));
}

#[tokio::test]
async fn outages_and_what_expired_stay_open_and_are_asked_under_the_same_name() {
    let desk = Desk::new(2);
    let names = ids(&desk.export());
    let expired =
        |name: &String| json!({"custom_id": name, "response": null, "error": {"code": "batch_expired", "message": ""}});
    let lines = [
        result(&names[0], 500, &json!({"error": "boom"})),
        json!({"custom_id": names[1], "response": {"status_code": 429, "body": {"error": {"message": "slow down"}}}})
            .to_string(),
        expired(&names[2]).to_string(),
    ];
    let told = desk.import(&lines);
    assert_eq!(told.failed.values().sum::<u64>(), 2);
    assert_eq!((told.not_run["batch_expired"], told.open), (1, 4));
    let records = desk.records();
    assert!(records.len() == 1 && !records[0].counts, "an outage is on record and does not count");
    assert_eq!(ids(&desk.export()), names);
    // A good reply to the same name is taken.
    let good = desk.answers(&desk.export().files[0]).await;
    assert_eq!(desk.import(&good).waiting[&Stage::Answer], 4);
}

#[tokio::test]
async fn what_the_judge_refuses_is_not_answered() {
    let mut desk = Desk::new(2);
    desk.judge = true;
    let questions = desk.answers(&desk.export().files[0]).await;
    desk.import(&questions);
    let verdicts = desk.export();
    assert_eq!(verdicts.requests, BTreeMap::from([(Stage::QuestionVerdict, 4)]));
    let names = ids(&verdicts);
    let said = |name: &String, score: u8| {
        result(name, 200, &completion(&json!({"reason": "so", "score": score}).to_string(), "stop"))
    };
    let told = desk.import(&[said(&names[0], 0), said(&names[1], 1), said(&names[2], 1), said(&names[3], 1)]);
    assert_eq!((told.unfit["judged_out"], told.waiting[&Stage::Answer]), (1, 3));
    // Without the judge the answers are asked for all the same, and no pair waits for him.
    desk.judge = false;
    let exported = desk.export();
    assert_eq!(exported.requests, BTreeMap::from([(Stage::Question, 1), (Stage::Answer, 3)]));
}

#[tokio::test]
async fn a_server_without_schemas_is_asked_without() {
    let mut desk = Desk::new(1);
    desk.judge = true;
    let questions = desk.answers(&desk.export().files[0]).await;
    desk.import(&questions);
    let exported = desk.export();
    assert!(requests(&exported.files[0].path)[0]["body"]["response_format"].is_object());
    let refused =
        json!({"error": {"message": "no schema here", "param": "response_format", "code": "unsupported_parameter"}});
    let lines: Vec<_> = ids(&exported).iter().map(|name| result(name, 400, &refused)).collect();
    let told = desk.import(&lines);
    assert_eq!(told.failed, BTreeMap::from([(crate::llm::Class::SchemaUnsupported, 2)]));
    let exported = desk.export();
    let bodies = requests(&exported.files[0].path);
    assert!(bodies.len() == 2 && bodies.iter().all(|body| body["body"].get("response_format").is_none()));
    assert_eq!(desk.rounds(4).await.last().unwrap().done, 2);
}

#[tokio::test]
async fn an_outage_at_a_later_stage_counts_no_earlier_call_again() {
    let mut desk = Desk::new(1);
    desk.judge = true;
    let mut paid = 0;
    for stage in [Stage::Question, Stage::QuestionVerdict, Stage::Answer, Stage::PairVerdict] {
        let exported = desk.export();
        assert_eq!(exported.requests.keys().copied().collect::<Vec<_>>(), [stage]);
        let good = desk.answers(&exported.files[0]).await;
        let broken: Vec<_> = ids(&exported).iter().map(|name| result(name, 500, &json!({"error": "boom"}))).collect();
        desk.import(&broken);
        let told = desk.import(&good);
        paid += told.tokens.prompt_tokens;
    }
    let recorded: u64 = desk.records().iter().map(|record| Spent::of(record).together().all().prompt_tokens).sum();
    let ok = desk.records().iter().filter(|record| record.status == Status::Ok).count();
    assert!(paid > 0 && recorded == paid && ok == 2, "{recorded} {paid} {ok}");
}
