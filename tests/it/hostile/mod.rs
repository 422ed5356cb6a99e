//! Hostile texts and names: whatever a model, a file or a person says, a terminal gets our own escape sequences only, what does not show
//! is shown, and nothing leaves its folder.
//!
//! `cargo test` takes some of the texts; with `PROVOST_FAULTS=all` all are sent everywhere. What is looked for is written
//! down here once more, apart from the program's own table.

mod anything;
mod commands;
mod corpus;
mod names;
mod orders;
#[cfg(unix)]
mod screens;
#[cfg(unix)]
mod secrets;
pub mod server;
mod texts;
mod yaml;

use std::path::Path;

use provost::store::{OpenOptions, Store};
use provost::taxonomy::{Facts, Kind, Node, NodeId, Op, Outline, Proposed, Session, SessionId, Syllabus};

use crate::store::{child, field};

#[cfg(target_os = "linux")]
use crate::faults::each;

#[cfg(not(target_os = "linux"))]
fn each<T>(things: &[T], work: impl Fn(&T)) {
    things.iter().for_each(work);
}

/// Whether a character shows nothing, or moves what others show: Unicode's controls, default ignorables and fillers.
pub fn is_unseen(c: char) -> bool {
    let ignorable = matches!(u32::from(c),
        0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164
        | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff);
    c.is_control() || ignorable
}

/// The first unseen character of a text, line breaks aside. A joiner or a selector may stand behind a letter or picture that
/// is not such a one itself.
pub fn first_unseen(text: &str) -> Option<(usize, char)> {
    let mut before = ' ';
    text.char_indices().find(|&(_, c)| {
        let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
        let fits =
            joins && (!before.is_ascii() || before.is_ascii_digit()) && (!is_unseen(before) || before == '\u{fe0f}');
        let bad = c != '\n' && is_unseen(c) && !fits;
        before = c;
        bad
    })
}

/// Fails where a text holds what does not show.
#[track_caller]
pub fn shows_everything(text: &str, what: &str) {
    if let Some((at, c)) = first_unseen(text) {
        let from = text.floor_char_boundary(at.saturating_sub(80));
        panic!("{what}: U+{:04X} in {:?}", u32::from(c), &text[from..text.ceil_char_boundary(at + 40)]);
    }
}

/// A directory in which every text is a name, an alias, a scope, a level, a part, a session, a concept, a reason, a note and a
/// title; half of it accepted, half of it proposed. Returns the accepted subjects.
pub fn taxonomy(path: &Path, texts: &[&str]) -> Vec<NodeId> {
    Store::init(path, "T\u{1b}]0;title\u{7}\u{202e}").unwrap();
    let mut store =
        Store::open(path, OpenOptions { curator: "a\u{1b}[2Jna\u{202e}".into(), read_only: false }).unwrap();
    let texts_in = field("Texts");
    let discipline = child(texts_in, Kind::Discipline, "Of harm");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Texts")] }).unwrap();
    store
        .submit(Op::Add { parent: Some(texts_in), kind: Kind::Discipline, nodes: vec![Facts::named("Of harm")] })
        .unwrap();
    let facts = |(at, text): (usize, &&str), mark: &str| Facts {
        aliases: vec![format!("{text} alias").into()],
        level: Some((*text).into()),
        scope: Some((*text).into()),
        subtopics: vec![(*text).into()],
        ..Facts::named(format!("{} {mark}{at}", &text[..text.floor_char_boundary(600)]))
    };
    let accepted: Vec<Facts> = texts.iter().enumerate().map(|text| facts(text, "a")).collect();
    store.submit(Op::Add { parent: Some(discipline), kind: Kind::Subject, nodes: accepted }).unwrap();
    let subjects: Vec<NodeId> = store.snapshot().tree.children(Some(discipline)).to_vec();
    let session = |(at, texts): (usize, &[&str])| Session {
        id: SessionId::numbered(at + 1),
        title: format!("{} s{at}", texts[0]).into(),
        description: texts[0].into(),
        concepts: texts.iter().enumerate().map(|(nr, text)| format!("{text} c{at}-{nr}").into()).collect(),
    };
    let syllabus = Syllabus::from(Outline {
        introduction: texts.concat().into(),
        objectives: texts.iter().take(20).map(|text| (*text).into()).collect(),
        sessions: texts.chunks(4).enumerate().map(session).collect(),
    });
    let first = Node::clone(store.snapshot().tree.node(subjects[0]).unwrap());
    store.submit(Op::Edit(Box::new(Node { syllabus: Some(syllabus.clone()), ..first }))).unwrap();

    let Op::Propose(mut batch) = crate::store::batch(&[]) else { unreachable!() };
    let node = |text: (usize, &&str)| Proposed::Node {
        parent: Some(discipline),
        kind: Kind::Subject,
        facts: facts(text, "p"),
        rationale: Some((*text.1).into()),
    };
    batch.proposals = texts.iter().enumerate().map(node).collect();
    batch.proposals.push(Proposed::Syllabus { subject: subjects[1], syllabus });
    store.submit(Op::Propose(batch)).unwrap();
    subjects
}
