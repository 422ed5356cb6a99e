//! How long a run takes to open and to count, and how long a plan takes, with what memory:
//! `cargo bench --bench open -- [ITEMS] [FOLDER] [TEXT]` (1,000,000 items; a folder that is deleted afterwards; so many bytes of answer in each
//! record: 1,300 make records of 2.5 kB, 0 is quicker to write).
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a benchmark says what it measures")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use provost::homework::record::{CallNote, Record, Status};
use provost::homework::{
    Amount, Changes, Plan, PlanRequest, PlannedItem, Recipe, Shard, left, runs, status, taken, unfinished,
};
use provost::llm::{PromptSet, Sampling, Usage};
use provost::taxonomy::syllabus::{Outline, Session, SessionId, Syllabus};
use provost::taxonomy::tree::Place;
use provost::taxonomy::{Facts, Kind, Manifest, Node, NodeId, Snapshot};

/// The scale of the paper: 126 disciplines with 125 subjects each.
const DISCIPLINES: usize = 126;
const SUBJECTS: usize = 125;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let count: u64 = arguments.next().map_or(1_000_000, |text| text.replace('_', "").parse().unwrap());
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("provost-open"), PathBuf::from);
    let snapshot = taxonomy();
    let text: usize = arguments.next().map_or(0, |text| text.replace('_', "").parse().unwrap());
    println!("{} subjects, {count} items; load {}", DISCIPLINES * SUBJECTS, first_line("/proc/loadavg"));
    let before = memory("VmRSS");
    println!("the taxonomy takes {before} MB");

    let plan = measured("plan, counted", || plan(&snapshot, count));
    let walked = measured("plan, every item derived, one thread", || plan.items().fold(0, |sum, _| sum + 1_u64));
    assert_eq!(walked, plan.total());
    let thousandth = plan.clone().only(Shard::new(7, 1_000).unwrap());
    let part = measured("plan, one shard of 1,000", || thousandth.items().count());
    assert_eq!(part as u64, thousandth.total());

    let dir = folder.join("runs");
    let _ = fs::remove_dir_all(&folder);
    let run = "20261121T000000Z-00000000";
    let segments = dir.join(run).join("segments");
    fs::create_dir_all(&segments).unwrap();
    // All but the last ten thousand are there.
    let wanted = count - count.min(10_000);
    let bytes = measured("records written", || write(&segments, &plan, wanted, text));
    println!("  {} MB of segments; load {}", bytes >> 20, first_line("/proc/loadavg"));
    for what in ["open, no ledger yet", "open", "open again"] {
        let left = measured(what, || left(&plan, &dir).unwrap());
        assert_eq!(left, plan.total() - wanted + wanted / 100, "{what}: what is unfit is asked for again");
    }
    let ledgers = fs::read_dir(&segments).unwrap().map(|file| file.unwrap().path());
    let ledgers = ledgers.filter(|path| path.extension().is_some_and(|extension| extension == "ledger"));
    println!("  {} MB of ledgers", ledgers.map(|path| path.metadata().unwrap().len()).sum::<u64>() >> 20);
    let run = run.parse().unwrap();
    let before = measured("what the run has taken, for a capped start", || taken(&dir, &run).unwrap());
    assert_eq!(before.items, wanted);
    let counted = measured("status", || status(&dir, &run).unwrap());
    assert_eq!((counted.items.ok + counted.items.unfit, counted.spent), (wanted, before.spent));
    let all = measured("runs", || runs(&dir).unwrap());
    assert_eq!(all[0].items, counted.items);
    let left_over = measured("what is unfinished, for retry", || unfinished(&dir, &run).unwrap());
    assert_eq!(left_over.len() as u64, counted.items.unfit);
    let changes = measured("the plan compared with what is there", || Changes::of(&plan, &snapshot, &dir).unwrap());
    assert_eq!(changes.total().valid, counted.items.ok);
    println!("load {}", first_line("/proc/loadavg"));
    fs::remove_dir_all(&folder).unwrap();
}

/// Does something; says how long it took, and by how much memory grew while it did at most.
fn measured<T>(what: &str, work: impl FnOnce() -> T) -> T {
    // 5 sets the peak back.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (before, begin) = (memory("VmRSS"), Instant::now());
    let done = work();
    let seconds = begin.elapsed().as_secs_f64();
    println!("{what}: {seconds:.2} s, at most {} MB more", memory("VmHWM").saturating_sub(before));
    done
}

/// A line of this process's status, in megabytes; 0 where the system has none.
fn memory(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) >> 10
}

fn first_line(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn plan(snapshot: &Snapshot, count: u64) -> Plan {
    let prompts = PromptSet::embedded().unwrap();
    let model = || ("model", Sampling::default());
    let recipe = Recipe::new(&prompts, "English", model(), model());
    Plan::new(snapshot, &PlanRequest::of(Amount::Count(count), 1), &recipe)
}

/// Records as a run writes them.
fn write(segments: &Path, plan: &Plan, count: u64, text: usize) -> u64 {
    let mut items = plan.items().take(usize::try_from(count).unwrap()).enumerate();
    let answer = "It depends on the angle. ".repeat(text.div_ceil(25));
    let mut bytes = 0;
    for number in 1.. {
        let mut batch = items.by_ref().take(250_000).peekable();
        if batch.peek().is_none() {
            break;
        }
        let path = segments.join(format!("{number:04}-{number:016x}.jsonl"));
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
        for (at, item) in batch {
            let line = serde_json::to_string(&record(plan, &item, at, &answer[..text])).unwrap();
            let rest = &line[1..];
            bytes += 20 + rest.len() as u64;
            writeln!(file, "{{\"crc\":\"{:08x}\",{rest}", crc32fast::hash(rest.as_bytes())).unwrap();
        }
        file.into_inner().unwrap().sync_all().unwrap();
    }
    bytes
}

/// One in a hundred is unfit.
fn record(plan: &Plan, item: &PlannedItem, at: usize, answer: &str) -> Record {
    let call = |completion_tokens| CallNote {
        prompt: "0123456789abcdef0123456789abcdef".to_owned(),
        model: "model".to_owned(),
        served: Some("model-2026".into()),
        sampling: Sampling::default(),
        tokens: Some(Usage { prompt_tokens: 900 + at as u64 % 100, completion_tokens, ..Usage::default() }),
        finish: Some("stop".into()),
        attempts: 1,
        estimated: None,
    };
    Record {
        status: if at % 100 == 99 { Status::Unfit } else { Status::Ok },
        counts: at % 100 == 99,
        question: "A ray of light meets the surface of a lens. What becomes of it?".into(),
        answer: answer.into(),
        question_call: Some(call(60)),
        answer_call: Some(call(400)),
        at: "2026-11-21T10:00:00Z".parse().unwrap(),
        ..Record::blank(plan, item)
    }
}

/// As large as the paper's, every subject with 30 class sessions of five key concepts.
fn taxonomy() -> Snapshot {
    let mut snapshot = Snapshot::empty(Manifest::titled("Large"));
    let field = put(&mut snapshot, None, Kind::Field, "Field", None);
    for discipline in 0..DISCIPLINES {
        let name = format!("Discipline {discipline}");
        let discipline = put(&mut snapshot, Some(field), Kind::Discipline, &name, None);
        for subject in 0..SUBJECTS {
            put(&mut snapshot, Some(discipline), Kind::Subject, &format!("Subject {subject}"), Some(syllabus()));
        }
    }
    snapshot
}

fn put(snapshot: &mut Snapshot, parent: Option<NodeId>, kind: Kind, name: &str, syllabus: Option<Syllabus>) -> NodeId {
    let id = NodeId::derive(parent, kind, name, 0);
    let slug = snapshot.tree.free_slug(parent, id, name);
    let node = Node { syllabus, ..Node::new(id, kind, Facts::named(name)) };
    snapshot.tree.put(Place { parent, slug }, Arc::new(node));
    id
}

fn syllabus() -> Syllabus {
    let session = |number: usize| Session {
        id: SessionId::numbered(number),
        title: format!("Session {number}").into(),
        description: Default::default(),
        concepts: (0..5).map(|concept| format!("Concept {number}.{concept}").into()).collect(),
    };
    let sessions = (1..=30).map(session).collect();
    Outline { introduction: "All of it.".into(), objectives: Vec::new(), sessions }.into()
}
