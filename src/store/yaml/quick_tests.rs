//! Whatever the quick reader gives, the parser gives as well.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::read as parse;
use super::*;
use crate::taxonomy::id::BatchId;
use crate::taxonomy::proposal::{Batch, Call, Proposed, Source, Usage};
use crate::taxonomy::syllabus::{Outline, Session};
use crate::taxonomy::text::Untrusted;
use crate::taxonomy::{Facts, Kind, Node, NodeId, SessionId};

/// Fails where the quick reader believes what the parser does not say.
fn agrees<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(text: &str) -> Option<T> {
    let quick: Option<T> = read(text);
    if let Some(quick) = &quick {
        let parsed: Result<T, _> = parse(text, "t.yaml");
        assert_eq!(Ok(quick), parsed.as_ref(), "{text}");
    }
    quick
}

const TRICKY: [&str; 42] = [
    "no",
    "~",
    "null",
    "1_000",
    "007",
    "-5",
    "1e3",
    "12:30:45",
    "2024-01-01",
    "=",
    "<<",
    ".inf",
    "-",
    "- a",
    "- - a",
    "# c",
    "a #b",
    "a: b",
    "a:",
    "&a",
    "*a",
    "!t",
    "'q'",
    "it's",
    "\"q\"",
    "[]",
    "{}",
    "[a",
    "|",
    "|-",
    ">",
    "?",
    " lead",
    "trail ",
    "",
    "\u{2028}x",
    "tab\there",
    "\u{85}nel",
    "\\U0001F600 \\n",
    "光学: x",
    "\u{feff}bom",
    "3 body problem",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z][a-z ]{0,12}[a-z]",
        1 => "[ -~é\n]{0,12}",
        1 => "([ -~]{0,9}\n{0,2}){0,4}",
        1 => prop::sample::select(&TRICKY[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn untrusted() -> impl Strategy<Value = Untrusted> {
    text().prop_map(Untrusted::from)
}

fn few() -> impl Strategy<Value = Vec<Untrusted>> {
    prop::collection::vec(untrusted(), 0..3)
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let optional = || prop::option::of(untrusted());
    (untrusted(), few(), optional(), optional(), few()).prop_map(|(name, aliases, level, scope, subtopics)| Facts {
        name,
        aliases,
        level,
        scope,
        subtopics,
    })
}

fn outline() -> impl Strategy<Value = Outline> {
    let session = ("s[0-9]{2}|", untrusted(), untrusted(), few())
        .prop_map(|(id, title, description, concepts)| Session { id: SessionId(id), title, description, concepts });
    (untrusted(), few(), prop::collection::vec(session, 0..4))
        .prop_map(|(introduction, objectives, sessions)| Outline { introduction, objectives, sessions })
}

fn node() -> impl Strategy<Value = Node> {
    let extra = prop::collection::vec(("x[a-z: #'é]{0,6}", json_value()), 0..3);
    (facts(), prop::option::of(untrusted()), extra, prop::option::of(outline())).prop_map(
        |(facts, notes, extra, outline)| {
            let mut node = Node::new(NodeId::derive(None, Kind::Subject, facts.name.raw(), 0), Kind::Subject, facts);
            node.notes = notes;
            node.extra = Map::from_iter(extra);
            node.syllabus = outline.map(Into::into);
            node
        },
    )
}

fn batch() -> impl Strategy<Value = Batch> {
    let id = NodeId::derive(None, Kind::Subject, "Optics", 0);
    let proposed = prop_oneof![
        (facts(), prop::option::of(untrusted()), any::<bool>()).prop_map(move |(facts, rationale, is_deep)| {
            Proposed::Node { parent: is_deep.then_some(id), kind: Kind::SubField, facts, rationale }
        }),
        outline().prop_map(move |outline| Proposed::Syllabus { subject: id, syllabus: outline.into() }),
    ];
    let parameters = prop::collection::btree_map("[a-z_]{1,6}", json_value(), 0..3);
    let call = (untrusted(), untrusted(), untrusted(), parameters, any::<u32>()).prop_map(
        |(model, prompt, reply, parameters, tokens)| Call {
            step: "propose".to_owned(),
            model,
            parameters,
            usage: Some(Usage { prompt_tokens: tokens.into(), completion_tokens: 1 }),
            prompt,
            reply,
            ..Call::default()
        },
    );
    let lists = (few(), prop::collection::vec(proposed, 0..4), prop::collection::vec(call, 0..3));
    (lists, text(), untrusted()).prop_map(move |((bad, proposals, calls), by, model)| Batch {
        id: BatchId::new(1_700_000_000_000, 1),
        at: "2023-11-14T22:13:20Z".to_owned(),
        by,
        source: Source::Model { model, profile: "local".to_owned(), round: None },
        about: Some(id),
        bad,
        proposals,
        calls,
    })
}

/// A text with a piece in the place of another, or lines in another order.
fn changed(text: &str, (at, length, put, how): (usize, usize, String, u8)) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = at % lines.len().max(1);
    match how {
        0 if !lines.is_empty() => {
            lines.remove(line);
            lines.concat()
        }
        1 if line + 1 < lines.len() => {
            lines.swap(line, line + 1);
            lines.concat()
        }
        2 if !lines.is_empty() => {
            lines.insert(line, lines[length % lines.len()]);
            lines.concat()
        }
        _ => {
            let letters: Vec<char> = text.chars().collect();
            let at = at % (letters.len() + 1);
            let after = (at + length % 4).min(letters.len());
            letters[..at].iter().copied().chain(put.chars()).chain(letters[after..].iter().copied()).collect()
        }
    }
}

fn change() -> impl Strategy<Value = (usize, usize, String, u8)> {
    let put = prop_oneof![
        "[ \n'\":|#&*!-]{0,3}",
        prop::sample::select(
            &[
                "  ",
                "\n\n",
                "- ",
                ": ",
                " |",
                " |-",
                " []",
                "\\n",
                "\\x41",
                "\\U0000000a",
                "\t",
                "\r\n",
                "{}",
                "null",
                "---\n"
            ][..]
        )
        .prop_map(str::to_owned),
    ];
    (any::<usize>(), any::<usize>(), put, 0_u8..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_node_is_read_as_the_parser_reads_it(node in node()) {
        let text = layout::write(&node);
        // An extra key may be too long or too deep for a quick look.
        let read = agrees::<Node>(&text);
        let is_plain = node.extra.is_empty();
        prop_assert!(read.is_some() || !is_plain, "{}", text);
    }

    #[test]
    fn a_batch_is_read_as_the_parser_reads_it(batch in batch()) {
        let text = layout::write(&batch);
        let is_plain = batch.calls.iter().all(|call| call.parameters.is_empty());
        prop_assert!(agrees::<Batch>(&text).is_some() || !is_plain, "{}", text);
    }

    #[test]
    fn any_value_is_read_as_the_parser_reads_it(value in json_value()) {
        agrees::<Value>(&layout::write(&json!({ "name": value, "last": [value] })));
    }

    #[test]
    fn what_was_changed_is_declined_or_read_as_the_parser_reads_it(
        (node, batch) in (node(), batch()),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let (mut of_node, mut of_batch) = (layout::write(&node), layout::write(&batch));
        for change in changes {
            of_node = changed(&of_node, change.clone());
            of_batch = changed(&of_batch, change);
            agrees::<Node>(&of_node);
            agrees::<Batch>(&of_batch);
            agrees::<Value>(&of_batch);
        }
    }

    #[test]
    fn any_text_is_declined_or_read_as_the_parser_reads_it(text in "(( ){0,6}(- )?([a-z]{1,3}|\"[a-z\\\\]{0,3}\"|'x')?(: ?| \\|-?)?[ -~]{0,4}\n){0,8}") {
        agrees::<Value>(&text);
    }
}

/// Nothing that the layout writes is left to the parser: that would only be seen in how long it takes to open a clone.
#[track_caller]
fn is_quick<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(value: &T) {
    let text = layout::write(value);
    assert_eq!(agrees::<T>(&text).as_ref(), Some(value), "{text}");
}

#[test]
fn every_character_is_read_in_every_place() {
    let letters = (0..0x500)
        .chain(0x2000..0x2070)
        .chain(0x3000..0x3010)
        .chain(0xfe00..0xfe10)
        .chain(0xfef0..0xff10)
        .chain(0xfff0..=0xffff)
        .chain([0x1_f600, 0x10_ffff]);
    let letters: Vec<char> = letters.filter_map(char::from_u32).collect();
    for letters in letters.chunks(100) {
        let texts = |form: fn(char) -> String| letters.iter().map(move |letter| form(*letter));
        let mut all = Map::new();
        let forms: [fn(char) -> String; 6] = [
            |letter| letter.to_string(),
            |letter| format!("x{letter}y"),
            |letter| format!("{letter} 'it\"s"),
            |letter| format!("'{letter}': it's"),
            |letter| format!("x\n\n{letter}y\n"),
            |letter| format!("\t{letter}\u{ffff}\n"),
        ];
        for (at, form) in forms.into_iter().enumerate() {
            all.insert(format!("items {at}"), texts(form).map(|text| json!([text, { "key": text }])).collect());
            all.extend(texts(form).map(|text| (format!("{at}{text}"), text.into())));
        }
        is_quick(&Value::Object(all));
    }
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Variant {
    Unit,
    New(i64),
    Pair(u8, String),
    Named { yes: bool, parts: Vec<String> },
    Deep(Box<Variant>),
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Everything {
    variants: Vec<Variant>,
    one: Variant,
    none: Option<i8>,
    some: Option<String>,
    missing: Vec<Option<u16>>,
    numbers: (i64, u64, f64, f32),
    unit: (),
    letter: char,
    bytes: std::collections::BTreeMap<String, Vec<Vec<u8>>>,
    empty: std::collections::BTreeMap<String, u8>,
    is_it: [bool; 2],
    introduction: String,
    last: Variant,
}

#[test]
fn every_kind_of_value_is_read_in_every_place() {
    let variants = || {
        let named = Variant::Named { yes: true, parts: vec!["no".into(), "x\ny".into()] };
        vec![
            Variant::Unit,
            Variant::New(-7),
            Variant::Pair(3, "null".into()),
            named,
            Variant::Named { yes: false, parts: vec![] },
            Variant::Deep(Box::new(Variant::Deep(Box::new(Variant::Unit)))),
            Variant::Deep(Box::new(Variant::Pair(0, "a: b".into()))),
        ]
    };
    for (one, last) in variants().into_iter().zip(variants().into_iter().rev()) {
        is_quick(&Everything {
            variants: variants(),
            one,
            none: None,
            some: Some("null and void".into()),
            missing: vec![None, Some(1)],
            numbers: (i64::MIN, u64::MAX, -1.5e-9, 2.25),
            unit: (),
            letter: '\u{85}',
            bytes: [("b".to_owned(), vec![vec![1, 2], vec![], vec![3]]), ("c".to_owned(), vec![])].into(),
            empty: [].into(),
            is_it: [true, false],
            introduction: "Once.".into(),
            last,
        });
    }
}

#[test]
fn every_shape_of_prose_is_read_in_every_place() {
    let shapes = [
        "x",
        "x\n",
        "x\ny",
        "x\ny\n",
        "x\n\ny",
        "x\n\n\n  y\n",
        "x: 'y'\n- z\n",
        "a\n b\n  c",
        "# x\n\n# y",
        "é\n\n光",
    ];
    for first in shapes {
        for second in shapes {
            let session = json!({ "scope": first, "notes": second, "deep": { "prompt": first, "x": 1 } });
            is_quick(&json!({ "scope": first, "sessions": [session, session], "introduction": second }));
            is_quick(&json!({ "notes": second, "reply": first }));
        }
    }
}

#[test]
fn what_is_large_is_left_to_the_parser_which_counts() {
    let text = |length: usize| layout::write(&json!({"a": "x".repeat(length - "a: \n".len())}));
    assert!(read::<Value>(&text(1_000)).is_some());
    assert!(read::<Value>(&text(LARGEST)).is_some());
    assert!(read::<Value>(&text(LARGEST + 1)).is_none());
    for quoted in ["", "é: "] {
        let key = |length: usize| json!({ quoted.to_owned() + &"k".repeat(length - quoted.len()): { "x": 1 } });
        is_quick(&key(LONGEST_KEY));
        assert!(read::<Value>(&layout::write(&key(LONGEST_KEY + 1))).is_none());
    }
    let deep = |depth: usize| (0..depth).fold(json!("x"), |inner, _| json!({ "a": inner }));
    is_quick(&deep(DEEPEST));
    assert!(read::<Value>(&layout::write(&deep(DEEPEST + 1))).is_none());
}

#[test]
fn what_only_looks_canonical_is_declined() {
    let deep = format!("a:\n{}", (1..200).map(|depth| format!("{}a:\n", "  ".repeat(depth))).collect::<String>());
    let items = format!("a:\n  {}x\n", "- ".repeat(5_000));
    let key = format!("{}: 1\n", "k".repeat(2_000));
    for text in [
        "",
        "\n",
        "a",
        "a:",
        "a: b",
        "a: b\n\n",
        "\na: b\n",
        "a: b\nc: d\n",
        "a: b\n\n\nc: d\n",
        "a: 'b'\n",
        "a: \"b\"\n",
        "a: 1.0\nb: 1\n",
        "a: 0x1\n",
        "a: |\n  x\n\n  \n",
        "a: >\n  x\n",
        "a: [1]\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: !!str 1\n",
        "- a\n",
        "a:\n- b\n",
        "a:\n   b: c\n",
        "a:\r\n  b: c\r\n",
        "a: b # c\n",
        "# c\na: b\n",
        "a: b\n\na: c\n",
        "<<<<<<< x\na: b\n",
        "\u{feff}a: b\n",
        "a: \u{ffff}\n",
        "? a\n: b\n",
        "--- \na: b\n",
        "a: |2\n  x\n",
        deep.as_str(),
        items.as_str(),
        key.as_str(),
    ] {
        assert!(read::<Value>(text).is_none(), "{text}");
    }
    let whole = "a: b\n\nc: |-\n  x\n\n  y\n\nd:\n  - - e\n    - f: 1\n      g: \"no\"\n  - {}\n";
    assert_eq!(
        agrees::<Value>(whole),
        Some(json!({ "a": "b", "c": "x\n\ny", "d": [["e", { "f": 1, "g": "no" }], {}] }))
    );
}
