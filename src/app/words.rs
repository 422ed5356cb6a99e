//! Sentences about events and times. All names in them are made visible already.

pub use crate::taxonomy::text::grouped;
use crate::taxonomy::{Change, NodeId, ProposalId, Snapshot, Untrusted, Verb};

/// "just now", "5 min ago", "3 weeks ago": from `then` to `now`, both milliseconds since 1970.
#[must_use]
pub fn ago(now: u64, then: u64) -> String {
    let seconds = now.saturating_sub(then) / 1_000;
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        86_400..604_800 => (seconds / 86_400, "day"),
        604_800..31_536_000 => (seconds / 604_800, "week"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if count == 1 || seconds < 86_400 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

/// "1 node", "3 nodes".
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// A name in quotation marks, for a sentence.
#[must_use]
pub fn quoted(name: &Untrusted) -> String {
    format!("\"{}\"", name.line())
}

/// Some names for a sentence: all up to three, else two and how many more.
#[must_use]
pub fn names(snapshot: &Snapshot, nodes: &[NodeId]) -> String {
    let shown: Vec<String> = nodes.iter().map(|node| quoted(&snapshot.name(*node))).collect();
    match shown.as_slice() {
        [] => "nothing".to_owned(),
        [first, second, rest @ ..] if rest.len() > 1 => format!("{first}, {second} and {} more", rest.len()),
        all => all.join(", "),
    }
}

/// The nodes an event is about; for a syllabus its subject.
#[must_use]
pub fn nodes_of(snapshot: &Snapshot, change: &Change) -> Vec<NodeId> {
    match change {
        Change::Accept { on } => on.iter().map(|accepted| accepted.node).collect(),
        Change::Tree { on, verb: Verb::Add, steps } => {
            let made: Vec<NodeId> = steps.iter().map(|step| step.node()).collect();
            if made.is_empty() { vec![*on] } else { made }
        }
        Change::Tree { on, .. } => vec![*on],
        Change::Undo { event } | Change::Redo { event } => {
            snapshot.record.event(*event).map(|event| nodes_of(snapshot, &event.change)).unwrap_or_default()
        }
        Change::Judge { on, .. } => on.iter().map(|judged| judged.subject).collect(),
        other => other.proposals().into_iter().filter_map(|id| node_of(snapshot, id)).collect(),
    }
}

/// The first of them.
#[must_use]
pub fn first_node_of(snapshot: &Snapshot, change: &Change) -> Option<NodeId> {
    some_nodes_of(snapshot, change, 1).0.first().copied()
}

/// The first `most` of them, and how many there are.
#[must_use]
pub fn some_nodes_of(snapshot: &Snapshot, change: &Change, most: usize) -> (Vec<NodeId>, usize) {
    let proposals = |ids: Vec<ProposalId>| {
        let first = ids.iter().filter_map(|id| node_of(snapshot, *id)).take(most).collect();
        (first, ids.len())
    };
    match change {
        Change::Accept { on } => (on.iter().map(|accepted| accepted.node).take(most).collect(), on.len()),
        Change::Undo { event } | Change::Redo { event } => match snapshot.record.event(*event) {
            Some(event) => some_nodes_of(snapshot, &event.change, most),
            None => (Vec::new(), 0),
        },
        Change::Tree { .. } | Change::Judge { .. } => {
            let all = nodes_of(snapshot, change);
            (all.iter().take(most).copied().collect(), all.len())
        }
        other => proposals(other.proposals()),
    }
}

/// The node that a proposal would become, or whose syllabus it is.
#[must_use]
pub fn node_of(snapshot: &Snapshot, id: ProposalId) -> Option<NodeId> {
    use crate::taxonomy::Body;
    match snapshot.record.proposal(id)?.body {
        Body::Node { node, .. } => Some(node),
        Body::Syllabus { subject, .. } => Some(subject),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_the_way_people_do() {
        let minute = 60_000;
        for (then, said) in [
            (0, "just now"),
            (minute, "1 min ago"),
            (90 * minute, "1 h ago"),
            (25 * 60 * minute, "1 day ago"),
            (15 * 24 * 60 * minute, "2 weeks ago"),
        ] {
            assert_eq!(ago(1_000_000_000_000, 1_000_000_000_000 - then), said);
        }
        assert_eq!(ago(0, 5_000), "just now", "a clock that went back");
    }
}
