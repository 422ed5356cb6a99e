//! How good people find the homework: by branch, and the class sessions at fault.

use super::super::snapshot::Snapshot;
use super::super::text::Untrusted;
use super::super::verdicts::{Quality, qualities};
use super::{Cell, Section};

/// The sections about judged homework.
pub(super) fn sections(snapshot: &Snapshot) -> Vec<Section> {
    let found = qualities(snapshot);
    let mut rows = Vec::new();
    if found.all.judged() > 0 {
        rows.push(row("everything".into(), "", found.all));
    }
    let names = |node| -> Vec<Untrusted> { snapshot.names(node) };
    let mut nodes: Vec<_> = found.nodes.iter().map(|(node, quality)| (names(*node), *node, *quality)).collect();
    nodes.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    for (names, node, quality) in nodes {
        let kind = snapshot.tree.node(node).map_or(node.kind(), |node| node.kind);
        rows.push(row(path(&names), kind.name(), quality));
    }
    let branches = Section {
        key: "quality",
        title: "Judged homework by branch",
        columns: [&["branch", "level"][..], &COLUMNS].concat(),
        rows,
        remark: Some("From and to: between them the share of good in everything lies, at 95 % (Wilson).".into()),
    };
    let title = |subject, session: &_| {
        let syllabus = snapshot.tree.node(subject)?.syllabus.as_ref()?;
        let (row, session) = syllabus.session(session)?;
        Some((row, session.title.clone()))
    };
    let bad = found.sessions.iter().filter(|(_, quality)| quality.bad() > 0);
    let mut sessions: Vec<_> = bad
        .filter_map(|((subject, session), quality)| {
            let (at, title) = title(*subject, session)?;
            Some((std::cmp::Reverse(quality.bad()), names(*subject), at, session, title, *quality))
        })
        .collect();
    sessions.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
    let sessions = sessions.into_iter().map(|(_, names, _, session, title, quality)| {
        let session = format!("{} {}", Untrusted::from(session.0.as_str()).line(), title.line());
        row(path(&names), &session, quality)
    });
    let sessions = Section {
        key: "sessions",
        title: "Class sessions with refused homework",
        columns: [&["subject", "session"][..], &COLUMNS].concat(),
        rows: sessions.collect(),
        remark: Some("Items made from the syllabus as it is now; an item of two sessions counts for both.".into()),
    };
    vec![branches, sessions]
}

const COLUMNS: [&str; 9] =
    ["judged", "good", "share", "from", "to", "wrong", "unclear", "not self-contained", "divided"];

fn row(name: Untrusted, second: &str, quality: Quality) -> Vec<Cell> {
    let share = |share: Option<f64>| share.map_or(Cell::None, Cell::Share);
    let count = |number: u64| Cell::Count(usize::try_from(number).unwrap_or(usize::MAX));
    let interval = quality.interval();
    vec![
        Cell::Text(name),
        Cell::Text(second.into()),
        count(quality.judged()),
        count(quality.good),
        share(quality.share()),
        share(interval.map(|(low, _)| low)),
        share(interval.map(|(_, high)| high)),
        count(quality.wrong),
        count(quality.unclear),
        count(quality.not_self_contained),
        count(quality.divided),
    ]
}

fn path(names: &[Untrusted]) -> Untrusted {
    names.iter().map(|name| name.line()).collect::<Vec<_>>().join(" > ").into()
}
