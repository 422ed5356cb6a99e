//! `provost verify`.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::table::{count, grouped};
use crate::error::{AppError, Kind};
use crate::homework::verify::{CODES, Finding};
use crate::homework::{self, RunId, Verified};
use crate::taxonomy::text::reveal_line;
use crate::taxonomy::{NodeId, Snapshot};

/// Verify runs: checksums, ids, provenance and counts
#[derive(Debug, Args)]
#[command(after_help = "\
Reads every byte of the run's segments. It checks every line's checksum and derives every item's id again from its \
record (seed, recipe, subject, sessions, key concepts) and from the version of the syllabus it names, in the tree or \
in the decision log. It then rebuilds the plan from run.yaml and the present tree: missing items are counted, and \
stale ones are reported with the reason, which is not a finding. Ledgers are compared with their segments.

If somebody edited a syllabus by hand since the run began, neither tree nor log may know the earlier text, and its \
items cannot be proven. This is reported and is not a finding; a checkout of the earlier commit proves them.

Nothing is written, except that a wrong ledger is deleted so that the same `provost generate` requests what is \
damaged or missing. --json prints one line per run: run, segments, bytes, records, ok, failed, unfit, proven, \
unproven, edited (by subject), stale, planned, done, missing, same_plan, counts (by code), findings (code, path, \
line, message, fix). --codes lists the codes.

Examples:
  provost verify
  provost verify 20261121T101500Z-3fa90c12
  provost verify --json | jq -r '.findings[] | \"\\(.path):\\(.line // \"\"): \\(.code)\"'

Exit codes: 0 proven, 1 something was found, 2 there is no such run")]
pub struct Verify {
    /// Run id, from `provost runs` [default: all]
    run: Option<RunId>,
    /// JSON lines
    #[arg(long)]
    json: bool,
    /// List the codes, with their meaning and what to do
    #[arg(long)]
    codes: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    run: &'a RunId,
    segments: u64,
    bytes: u64,
    records: u64,
    ok: u64,
    failed: u64,
    unfit: u64,
    proven: u64,
    unproven: u64,
    edited: &'a BTreeMap<NodeId, u64>,
    stale: &'a BTreeMap<&'static str, u64>,
    planned: Option<u64>,
    done: u64,
    missing: u64,
    same_plan: bool,
    counts: &'a BTreeMap<&'static str, u64>,
    findings: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    fix: &'static str,
}

fn fix(code: &str) -> &'static str {
    CODES.iter().find(|(known, ..)| *known == code).map_or("", |(_, _, fix)| fix)
}

impl<'a> Document<'a> {
    fn of(verified: &'a Verified) -> Self {
        let told = |finding: &'a Finding| Told { finding, fix: fix(finding.code) };
        Self {
            run: &verified.run,
            segments: verified.segments,
            bytes: verified.bytes,
            records: verified.records,
            ok: verified.items.ok,
            failed: verified.items.failed,
            unfit: verified.items.unfit,
            proven: verified.proven,
            unproven: verified.unproven,
            edited: &verified.edited,
            stale: &verified.stale,
            planned: verified.planned,
            done: verified.done,
            missing: verified.missing,
            same_plan: verified.same_plan,
            counts: &verified.counts,
            findings: verified.findings.iter().map(told).collect(),
        }
    }
}

impl Verify {
    /// Runs the command.
    ///
    /// # Errors
    /// Something was found, or there is no such run.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if self.codes {
            return CODES
                .iter()
                .try_for_each(|(code, meaning, fix)| console.out.line(&format!("{code}: {meaning}. {fix}.")));
        }
        let store = console.read()?;
        let (runs, snapshot) = (store.runs_dir(), store.snapshot());
        let wanted = match self.run {
            Some(run) => vec![run],
            None => homework::run::run_ids(&runs)?,
        };
        let mut found = 0;
        for run in &wanted {
            let verified = homework::verify(&snapshot, &runs, run)?;
            found += verified.counts.values().sum::<u64>();
            if self.json {
                console.out.json(&Document::of(&verified))?;
            } else {
                print(console, &verified, &snapshot, store.dir())?;
            }
        }
        if wanted.is_empty() && !self.json {
            console.out.line("There is no run yet; `provost generate` starts one.")?;
        }
        match found {
            0 => Ok(()),
            found => Err(AppError::new(Kind::Findings, format!("{}.", count(found as usize, "finding", "findings")))
                .hint("`provost verify --codes` says what each code means and what to do")),
        }
    }
}

fn print(console: &mut Console<'_>, verified: &Verified, snapshot: &Snapshot, dir: &Path) -> Result<(), AppError> {
    let out = &mut *console.out;
    for finding in &verified.findings {
        let path = finding.path.strip_prefix(dir).unwrap_or(&finding.path).display().to_string();
        let line = finding.line.map(|line| format!("{line}:")).unwrap_or_default();
        out.line(&format!("{}:{line} {} [{}]", reveal_line(&path), finding.message, finding.code))?;
    }
    for (code, number) in &verified.counts {
        let told = verified.findings.iter().filter(|finding| finding.code == *code).count() as u64;
        let more = if *number > told { format!(", {} more", grouped(number - told)) } else { String::new() };
        out.line(&format!("{code}{more}: {}.", fix(code)))?;
    }
    let Verified { items, records, proven, unproven, .. } = verified;
    out.line(&format!(
        "run {}: {} in {} of {} MB: {} ok, {} failed, {} unfit",
        verified.run,
        count(*records as usize, "record", "records"),
        count(verified.segments as usize, "segment", "segments"),
        grouped(verified.bytes.div_ceil(1 << 20)),
        grouped(items.ok),
        grouped(items.failed),
        grouped(items.unfit),
    ))?;
    let cannot = match unproven {
        0 => String::new(),
        number => format!(", {} whose documents or free text of then are not kept", grouped(*number)),
    };
    out.line(&format!("  provenance proven of {}{cannot}", count(*proven as usize, "record", "records")))?;
    for (subject, number) in &verified.edited {
        let (number, name) = (grouped(*number), snapshot.name(*subject));
        out.line(&format!(
            "  not proven, no fault: {number}: the syllabus of {} ({subject}) was edited by hand, and no log knows the one of then; a checkout of then \
             proves them",
            name.line()
        ))?;
    }
    for (why, number) in &verified.stale {
        out.line(&format!("  stale, no fault: {}: {why}", grouped(*number)))?;
    }
    if let Some(planned) = verified.planned {
        let same = if verified.same_plan { "its plan" } else { "its request as the tree is now" };
        let (done, missing) = (grouped(verified.done), grouped(verified.missing));
        out.line(&format!("  {same}: {} items, {done} done, {missing} never tried", grouped(planned)))?;
    }
    Ok(())
}
