//! `provost check --list` and `--fix`: the table of checks, and one fix applied to many nodes.

use serde::Serialize;

use super::console::Console;
use super::table::count;
use crate::error::AppError;
use crate::taxonomy::audit;
use crate::taxonomy::lint::{self, About, CHECKS, Check, Checker, Remedy};
use crate::taxonomy::node::Node;
use crate::taxonomy::op::Op;
use crate::taxonomy::snapshot::Snapshot;

#[derive(Serialize)]
struct Row {
    code: &'static str,
    weight: &'static str,
    title: &'static str,
    meaning: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'static str>,
    safe: bool,
}

/// Prints the table of checks, or one row of it.
pub(super) fn list(console: &mut Console<'_>, only: Option<&str>, json: bool) -> Result<(), AppError> {
    for check in CHECKS.iter().filter(|check| only.is_none_or(|code| check.code == code)) {
        let Check { code, title, severity, meaning, fix, safe } = *check;
        let weight = severity.name();
        if json {
            console.out.json(&Row { code, weight, title, meaning, fix, safe })?;
            continue;
        }
        console.out.line(&format!("{code} ({weight}): {meaning}"))?;
        if let Some(fix) = fix {
            let safe = if safe { " (safe: `check --fix` does it for all)" } else { "" };
            console.out.line(&format!("    The fix {fix}{safe}."))?;
        }
    }
    for (code, meaning) in audit::CODES.iter().filter(|(code, _)| only.is_none_or(|only| only == *code)) {
        let weight = if audit::is_info(code) { "info" } else { "warning" };
        if json {
            console.out.json(&Row { code, weight, title: "log and tree", meaning, fix: None, safe: false })?;
        } else {
            console.out.line(&format!("{code} ({weight}): {meaning}"))?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Changed<'a> {
    node: crate::taxonomy::NodeId,
    path: &'a str,
    fix: &'a str,
}

/// Puts every finding of one code in accepted nodes right, in one decision.
pub(super) fn fix(console: &mut Console<'_>, code: &str, dry_run: bool, json: bool) -> Result<(), AppError> {
    if !lint::find(code).is_some_and(|check| check.safe) {
        let safe: Vec<_> = CHECKS.iter().filter(|check| check.safe).map(|check| check.code).collect();
        return Err(AppError::usage(format!("What `{code}` finds is not put right unseen."))
            .hint(format!("--fix takes {}; the others are decided on the screen", safe.join(", "))));
    }
    let mut store = if dry_run { console.read()? } else { console.write()? };
    let snapshot = store.snapshot();
    let nodes = mended(&snapshot, code);
    for (node, label) in &nodes {
        let path = snapshot.tree.path(node.id);
        if json {
            console.out.json(&Changed { node: node.id, path: &path, fix: label })?;
        } else {
            console.out.line(&format!("{path}: {label}"))?;
        }
    }
    let left = left_open(&snapshot, code, nodes.len());
    let done = if dry_run { "would be changed" } else { "to change" };
    console.out.note(&format!("{} {done}.{left}", count(nodes.len(), "node", "nodes")));
    if !dry_run && !nodes.is_empty() {
        let nodes = nodes.into_iter().map(|(node, _)| node).collect();
        let receipt = store.submit(Op::EditAll(nodes))?;
        let event = receipt.event.map(|event| format!(" ({event})")).unwrap_or_default();
        console.out.note(&format!("{}{event}", receipt.summary));
    }
    Ok(())
}

/// The nodes as they should be, each with what is done to it.
fn mended(snapshot: &Snapshot, code: &str) -> Vec<(Node, String)> {
    let mut nodes: Vec<(Node, String)> = Vec::new();
    for finding in Checker::new(snapshot).all().into_iter().filter(|finding| finding.code == code) {
        let Some(fix) = lint::fix(snapshot, &finding) else { continue };
        let Remedy::Op(op) = fix.remedy else { continue };
        let Op::Edit(edited) = *op else { continue };
        match nodes.last_mut().filter(|(node, _)| node.id == edited.id) {
            None => nodes.push((*edited, fix.label)),
            // Name and syllabus of one node are two findings.
            Some((node, _)) => {
                let Some(now) = snapshot.tree.node(node.id) else { continue };
                if edited.facts != now.facts {
                    node.facts = edited.facts;
                }
                if edited.syllabus != now.syllabus {
                    node.syllabus = edited.syllabus;
                }
            }
        }
    }
    nodes
}

/// What is left for a person.
fn left_open(snapshot: &Snapshot, code: &str, changed: usize) -> String {
    let all = Checker::new(snapshot).all();
    let with_code = || all.iter().filter(|finding| finding.code == code);
    let proposals = with_code().filter(|finding| matches!(finding.about, About::Proposal(_))).count();
    let mut nodes: Vec<_> = with_code().filter(|finding| matches!(finding.about, About::Node(_))).collect();
    nodes.dedup_by_key(|finding| finding.about);
    let stuck = nodes.len().saturating_sub(changed);
    let mut left = String::new();
    if proposals > 0 {
        left.push_str(&format!(" {} left for a curator.", count(proposals, "proposal is", "proposals are")));
    }
    if stuck > 0 {
        left.push_str(&format!(" {} by hand: the name is taken.", count(stuck, "is left to do", "are left to do")));
    }
    left
}
