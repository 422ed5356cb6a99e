//! Checks of the documents that a node names.

use super::{About, Finding};
use crate::taxonomy::node::Node;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::reveal_line;

/// The findings about the documents of one accepted node.
pub(super) fn of_node(snapshot: &Snapshot, node: &Node) -> Vec<Finding> {
    let about = About::Node(node.id);
    let mut findings = Vec::new();
    for named in &node.documents {
        let path = named.path.line();
        let problem = || snapshot.problems.iter().find(|problem| problem.path == named.path.raw());
        let missing = match (named.misplaced(), snapshot.documents.contains_key(named.path.raw())) {
            (Some(why), _) => Some(why.to_owned()),
            (None, true) => None,
            (None, false) => Some(problem().map_or_else(
                || "there is no such file".to_owned(),
                |problem| reveal_line(problem.message.trim_end_matches('.')).into_owned(),
            )),
        };
        if let Some(why) = missing {
            findings.push(Finding::new(
                about,
                "document-missing",
                format!("The document `{path}` cannot be used: {why}."),
            ));
        }
        if named.licence().is_none() {
            let message = format!("The document `{path}` has no licence; write `licence:` beside its path.");
            findings.push(Finding::new(about, "document-licence", message));
        }
    }
    findings
}
