//! What people refused of the homework leads back to the syllabus, and to the class session that
//! most of it comes from.

use super::super::id::NodeId;
use super::super::node::Kind;
use super::super::snapshot::{Snapshot, plural};
use super::super::syllabus::SessionId;
use super::super::text::reveal_line;
use super::super::verdicts::{Quality, fault};
use super::{About, Finding};

const CODE: &str = "bad-homework";
/// Fewer refused items than this may be chance.
const AT_LEAST: u64 = 2;
/// One in so many of the judged items.
const ONE_IN: u64 = 4;

fn is_much(items: &Quality) -> bool {
    items.bad() >= AT_LEAST && items.bad() * ONE_IN >= items.judged()
}

/// The finding on the card of a subject.
pub(super) fn of_subject(snapshot: &Snapshot, subject: NodeId) -> Option<Finding> {
    if subject.kind() != Kind::Subject {
        return None;
    }
    let fault = fault(snapshot, subject).filter(|fault| is_much(&fault.items))?;
    let session = fault.session.map(|(id, ..)| format!(", session {} most often", shown(&id))).unwrap_or_default();
    Some(Finding::new(About::Node(subject), CODE, format!("{}{session}.", refused(&fault.items, ""))))
}

/// The same on the row of the class session at fault, in the accepted syllabus of a subject.
#[must_use]
pub fn judged(snapshot: &Snapshot, subject: NodeId) -> Option<Finding> {
    let (_, row, quality) = fault(snapshot, subject).filter(|fault| is_much(&fault.items))?.session?;
    if snapshot.manifest.checks.is_off(CODE) {
        return None;
    }
    let message = format!("{}.", refused(&quality, " that draw on it are"));
    Some(Finding::new(About::Node(subject), CODE, message).at(Some((row, None))))
}

/// "3 of 8 judged items wrong", "2 of 8 judged items refused: 1 wrong, 1 unclear".
fn refused(items: &Quality, between: &str) -> String {
    let kinds = [(items.wrong, "wrong"), (items.unclear, "unclear"), (items.not_self_contained, "not self-contained")];
    let kinds: Vec<(u64, &str)> = kinds.into_iter().filter(|(count, _)| *count > 0).collect();
    let judged = plural(items.judged() as usize, "judged item", "judged items");
    let head = |count: u64| format!("{count} of {judged}{between}");
    match kinds[..] {
        [(count, only)] => format!("{} {only}", head(count)),
        _ => {
            let parts: Vec<String> = kinds.iter().map(|(count, kind)| format!("{count} {kind}")).collect();
            format!("{} refused: {}", head(items.bad()), parts.join(", "))
        }
    }
}

fn shown(id: &SessionId) -> String {
    reveal_line(&id.0).into_owned()
}
