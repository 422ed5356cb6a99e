//! What can be wrong with files of results.

use super::*;

/// Numbers that look random and are the same every time.
fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for at in (1..list.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        list.swap(at, (state % (at as u64 + 1)) as usize);
    }
}

#[tokio::test]
async fn order_copies_and_files_change_nothing() {
    let clean = Desk::new(6);
    clean.rounds(9).await;
    let wanted = clean.records();
    let source = Desk::new(6);
    let questions = source.answers(&source.export().files[0]).await;
    source.import(&questions);
    let answers = source.answers(&source.export().files[0]).await;
    for seed in 0..12 {
        let desk = Desk { dir: tempfile::tempdir().unwrap(), ..Desk::new(6) };
        desk.export();
        for (stage, lines) in [(Stage::Answer, &questions), (Stage::PairVerdict, &answers)] {
            let mut lines: Vec<String> = lines.iter().chain(&lines[..seed as usize]).cloned().collect();
            shuffle(&mut lines, seed);
            let (first, second) = lines.split_at((seed as usize * 3) % lines.len());
            let files = [desk.write("a.jsonl", &first.join("\n")), desk.write("b.jsonl", &second.join("\r\n"))];
            let told = desk.try_import(&files).unwrap();
            assert_eq!(told.accounted(), told.lines);
            let new = if stage == Stage::Answer { told.waiting[&stage] } else { told.done };
            assert_eq!((new, told.duplicate), (12, seed.min(12)));
        }
        assert_eq!(desk.records(), wanted, "seed {seed}");
    }
}

#[tokio::test]
async fn what_was_taken_before_a_file_that_is_not_there_is_kept() {
    let desk = Desk::new(4);
    let lines = desk.answers(&desk.export().files[0]).await;
    let results = desk.write("results.jsonl", &lines.join("\n"));
    let missing = desk.dir.path().join("missing.jsonl");
    let run = run_of(&desk.runs(), std::slice::from_ref(&results)).unwrap();
    let error = import(&desk.taking(run), &[results, missing], |_| {}).unwrap_err();
    assert!(error.to_string().contains("missing.jsonl"), "{error}");
    let again = desk.import(&lines);
    assert_eq!((again.duplicate, again.waiting.len()), (8, 0), "all of it is here");
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    // A little of everything: good, cut, refused, unfit, down, expired.
    let desk = Desk::new(8);
    let exported = desk.export();
    let names = ids(&exported);
    let mut lines = desk.answers(&exported.files[0]).await;
    lines[0] = result(&names[0], 200, &completion("cut", "length"));
    lines[1] = result(&names[1], 200, &completion("", "refusal"));
    lines[2] = result(&names[2], 200, &completion("Why?", "stop"));
    lines[3] = result(&names[3], 503, &json!({"error": {"message": "down"}}));
    lines[4] = json!({"custom_id": names[4], "response": null, "error": {"code": "batch_expired", "message": "late"}})
        .to_string();
    lines[5] = result(&names[5], 401, &json!({"error": {"message": "wrong key", "code": "invalid_api_key"}}));
    let first = desk.import(&lines);
    assert_eq!((first.more, first.not_run["batch_expired"], first.waiting[&Stage::Answer]), (1, 1, 10));
    assert_eq!(first.failed.values().sum::<u64>(), 3, "{first:?}");
    assert_eq!(first.unfit.values().sum::<u64>(), 1);
    assert!(first.trouble.as_ref().unwrap().contains("wrong key"));
    let disk = desk.disk();
    let second = desk.import(&lines);
    assert_eq!((second.duplicate, second.not_run["batch_expired"], second.done), (14, 1, 0), "{second:?}");
    assert!(second.waiting.is_empty() && second.unfit.is_empty());
    assert!(desk.disk() == disk, "the second time left a trace");
    // The same for the answers.
    let answers = desk.export();
    let mut lines = Vec::new();
    for file in &answers.files {
        lines.extend(desk.answers(file).await);
    }
    assert!(desk.import(&lines).done >= 10);
    let disk = desk.disk();
    assert_eq!(desk.import(&lines).duplicate, lines.len() as u64);
    assert!(desk.disk() == disk);
}

#[tokio::test]
async fn every_line_is_accounted_for() {
    let desk = Desk::new(5);
    let exported = desk.export();
    let lines = desk.answers(&exported.files[0]).await;
    let other = CustomId::parse(&ids(&exported)[0]).unwrap();
    let foreign = CustomId { key: other.key ^ 1, ..other };
    let unknown = CustomId { item: super::super::super::ItemId::from_bits(7), ..other };
    let early = CustomId { stage: Stage::Answer, ..CustomId::parse(&ids(&exported)[9]).unwrap() };
    let good = completion("Well?", "stop");
    let cut = &lines[9][..lines[9].len() / 2];
    let request = fs::read_to_string(&exported.files[0].path).unwrap().lines().next().unwrap().to_owned();
    let text = [
        "\u{feff}".to_owned() + &lines[0],
        lines[1].clone() + "\r",
        String::new(),
        "   \r".to_owned(),
        result(&foreign.to_string(), 200, &good),
        result("request-1", 200, &good),
        result(&unknown.to_string(), 200, &good),
        result(&early.to_string(), 200, &good),
        request,
        "{\"custom_id\":null,\"response\":null,\"error\":null}".to_owned(),
        "[1, 2]".to_owned(),
        "\u{0}\u{0}".to_owned(),
        lines[0].clone(),
        cut.to_owned(),
    ]
    .join("\n");
    let path = desk.write("odd.jsonl", &text);
    let told = desk.try_import(std::slice::from_ref(&path)).unwrap();
    assert_eq!((told.lines, told.accounted()), (14, 14));
    assert_eq!(told.waiting[&Stage::Answer], 2);
    assert_eq!((told.blank, told.foreign, told.unknown, told.duplicate, told.unreadable), (2, 2, 2, 1, 5), "{told:?}");
    let at: Vec<u64> = told.places.iter().map(|place| place.line).collect();
    assert_eq!(at, [9, 10, 11, 12, 14]);
    assert!(told.places[0].reason.contains("it is a request and not a result"));
    assert!(told.places.iter().all(|place| place.file == path));
    assert_eq!(told.open, 10);
    // The line that was cut comes whole with the next file, and nothing else is missing.
    assert_eq!(desk.import(&lines).waiting[&Stage::Answer], 8);
}

#[tokio::test]
async fn a_download_that_breaks_off_anywhere_loses_nothing() {
    let desk = Desk::new(3);
    let exported = desk.export();
    let whole = desk.answers(&exported.files[0]).await.join("\n");
    let mut waiting = 0;
    for end in (0..whole.len()).step_by(97).chain([whole.len()]) {
        // A cut inside a letter too.
        let path = desk.dir.path().join("part.jsonl");
        fs::write(&path, &whole.as_bytes()[..end]).unwrap();
        match desk.try_import(&[path]) {
            Ok(told) => {
                waiting += told.waiting.get(&Stage::Answer).copied().unwrap_or_default();
                assert!(told.unreadable <= 1 && told.accounted() == told.lines);
            }
            Err(BatchError::Unusable(_)) => assert!(end < 4_000, "no whole line yet"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(waiting, 6);
}

#[tokio::test]
async fn files_that_are_not_results_are_told() {
    let desk = Desk::new(2);
    let exported = desk.export();
    let refused = |path: PathBuf| desk.try_import(&[path]).unwrap_err().to_string();
    assert!(refused(exported.files[0].path.clone()).contains("No line is a result"));
    assert!(refused(desk.write("empty.jsonl", "")).contains("No line is a result"));
    assert!(refused(desk.dir.path().join("missing.jsonl")).contains("missing.jsonl"));
    let id = CustomId { key: 1, ..CustomId::parse(&ids(&exported)[0]).unwrap() };
    let foreign = result(&id.to_string(), 200, &completion("x", "stop"));
    assert!(refused(desk.write("foreign.jsonl", &foreign)).contains("p00000001"));
}

#[test]
fn requests_are_split_at_both_limits() {
    let mut desk = Desk::new(50);
    desk.most = (40, u64::MAX);
    let exported = desk.export();
    assert_eq!(exported.files.iter().map(|file| file.requests).collect::<Vec<_>>(), [40, 40, 20]);
    let all: HashSet<String> = ids(&exported).into_iter().collect();
    assert_eq!(all.len(), 100, "all items once");
    let longest = exported
        .files
        .iter()
        .flat_map(|file| fs::read_to_string(&file.path).unwrap().lines().map(str::len).collect::<Vec<_>>())
        .max()
        .unwrap() as u64;
    let mut desk = Desk::new(50);
    desk.most = (u64::MAX, 3 * (longest + 1));
    let exported = desk.export();
    assert!(exported.files.len() > 20 && exported.files.iter().all(|file| file.bytes <= desk.most.1));
    assert_eq!(exported.total(), 100);
}
