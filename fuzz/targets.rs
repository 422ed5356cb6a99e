//! What reads bytes of others, each with what must hold whatever they are. The tests give them changed examples (`hostile::anything`), a
//! fuzzer gives them what it finds (`fuzz/README.md`).

use provost::homework::batch::result;
use provost::input::Keymap;
use provost::llm::{Accumulator, classify, parse};
use provost::store::{self, parse_log, yaml};
use provost::taxonomy::Untrusted;
use provost::taxonomy::text::{is_slug, reveal, slugify, visible};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

/// A reader: its name, what is done with the bytes, and examples that it takes.
pub type Target = (&'static str, fn(&[u8]), &'static [&'static str]);

/// All of them.
pub const TARGETS: &[Target] = &[
    (
        "yaml",
        read_yaml,
        &[
            "id: sub_7h2kq0m9xa\n\nkind: subject\n\nname: Optics\n\nscope: |\n  Light.\n\nsyllabus:\n  introduction: x\n  sessions:\n    - id: s01\n      title: Rays\n      concepts:\n        - Snell's law\n",
            "introduction: a\nobjectives:\n  - b\nsessions:\n  - id: s01\n    title: t\n    description: d\n    concepts: [c, 'd']\n",
        ],
    ),
    (
        "reply",
        read_reply,
        &[
            "```json\n{\"items\": [{\"name\": \"Optics\", \"level\": 200, \"scope\": \"Light.\", \"subtopics\": [\"Rays\"], \"rationale\": \"x\"}]}\n```",
            "1. {\"subject_name\": \"Optics\", \"level\": \"100\", \"subtopics\": \"a; b\"}\n{\"name\": \"Waves\"",
            "{\"introduction\": \"x\", \"class_sessions\": [{\"title\": \"a\", \"description\": \"b\", \"key_concepts\": [\"c\"]}]}",
            "Score: 3\n{\"score\": 2, \"reason\": \"ok\"}",
        ],
    ),
    (
        "completion",
        read_completion,
        &[
            "{\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}",
            "{\"error\":{\"message\":\"no\",\"type\":\"t\",\"code\":429}}",
            "<html>502</html>",
            "[{\"error\":\"x\"}]",
        ],
    ),
    (
        "stream",
        read_stream,
        &[
            "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n[DONE]",
            "{\"error\":{\"message\":\"late\"}}",
        ],
    ),
    (
        "retry-after",
        read_retry_after,
        &["3", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "99999999999999999999", "1e308", "NaN"],
    ),
    (
        "log",
        read_log,
        &[
            "{\"v\":1,\"id\":\"evt_06h067vm55wyy243\",\"at\":\"2026-11-21T10:00:00Z\",\"by\":\"ana\",\"accept\":{\"on\":[{\"proposal\":\"prp_7h2kq0m9xa\",\"node\":\"sub_7h2kq0m9xa\",\"slug\":\"optics\"}]}}\n<<<<<<< HEAD\n{\"v\":1,\"id\":\"evt_06h067vm55wyy244\",\"at\":\"\",\"by\":\"bo\",\"undo\":{\"of\":\"evt_06h067vm55wyy243\"}}\n",
        ],
    ),
    (
        "batch-result",
        read_batch_result,
        &[
            "{\"custom_id\":\"x\",\"response\":{\"status_code\":200,\"body\":{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}},\"error\":null}",
            "{\"key\":\"x\",\"response\":{\"candidates\":[]}}",
            "{\"custom_id\":\"x\",\"result\":{\"type\":\"errored\",\"error\":{}}}",
        ],
    ),
    ("slug", make_slug, &["Fermat's Principle", "CON", "../../x", "Mécanique céleste", "COM¹"]),
    ("reveal", show, &["a\u{1b}[2J\u{202e}b\r\nc\td", "👩\u{200d}🔬 می\u{200c}خواهم e\u{301}\u{301}", "⟨U+202E⟩"]),
    ("config", read_config, &["curate:\n  accept: [a, ctrl-a]\n  reject: '1'\n", "\"g c\": curate\n"]),
];

fn read_yaml(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = yaml::read::<serde_json::Value>(&text, "x.yaml");
    if let Ok(node) = store::parse_node(&text, "x.yaml") {
        let written = store::node_yaml(&node);
        let again = store::parse_node(&written, "x.yaml");
        assert!(
            again.is_ok_and(|again| store::node_yaml(&again) == written),
            "it is not read as it was written:\n{written}"
        );
    }
    if let Ok(syllabus) = store::parse_syllabus(&text, "x.yaml") {
        let written = store::syllabus_yaml(&syllabus);
        let again = store::parse_syllabus(&written, "x.yaml");
        assert!(
            again.is_ok_and(|again| store::syllabus_yaml(&again) == written),
            "it is not read as it was written:\n{written}"
        );
    }
}

fn read_reply(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for node in parse::nodes(&text).into_iter().flat_map(|parsed| parsed.items) {
        assert!(
            node.name.chars().any(char::is_alphanumeric)
                && !node.name.contains('\n')
                && node.name.chars().count() <= 200
        );
    }
    let _ = (parse::syllabus(&text), parse::lone_session(&text));
    for (least, most) in [(0, 1), (1, 3)] {
        if let Ok(score) = parse::verdict(&text, least, most) {
            assert!((least..=most).contains(&score.score));
        }
    }
}

fn read_completion(bytes: &[u8]) {
    for status in [200, 400, 429, 503] {
        if let Ok(reply) = classify(status, &HeaderMap::new(), bytes) {
            assert!(!reply.text.trim().is_empty());
        }
    }
}

fn read_stream(bytes: &[u8]) {
    let mut reply = Accumulator::default();
    let mut seen = String::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let _ = reply.event(line, &mut |delta| seen.push_str(&format!("{delta:?}")));
    }
    if let Ok(reply) = reply.end(None) {
        assert!(!reply.text.trim().is_empty());
    }
}

fn read_retry_after(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
    let refused = classify(429, &headers, b"{}");
    assert!(refused.is_err());
}

fn read_log(bytes: &[u8]) {
    let log = parse_log(bytes, "x.jsonl");
    if let Some(torn) = &log.torn {
        let keep = usize::try_from(torn.keep).unwrap_or(usize::MAX);
        assert_eq!(keep + torn.bytes.len(), bytes.len());
        let whole = parse_log(&bytes[..keep], "x.jsonl");
        assert!(whole.events == log.events && whole.torn.is_none());
    }
}

fn read_batch_result(bytes: &[u8]) {
    let _ = result::read(bytes);
}

fn make_slug(bytes: &[u8]) {
    if let Some(slug) = slugify(&String::from_utf8_lossy(bytes)) {
        assert!(is_slug(&slug), "{slug}");
    }
}

fn show(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let shown = reveal(&text);
    assert_eq!(reveal(&shown), shown);
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!Untrusted::from(visible(&text)).is_suspicious());
    assert!(!Untrusted::from(shown.into_owned()).is_suspicious());
}

fn read_config(bytes: &[u8]) {
    let _ = Keymap::load(Some((&String::from_utf8_lossy(bytes), "keymap.yaml")));
}
