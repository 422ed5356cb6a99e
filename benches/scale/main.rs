//! Every budget of a taxonomy at the scale of the paper, measured / allowed:
//! `cargo bench --bench scale -- [--part N] [screen] [desk] [decisions] [commands]`.
//!
//! With PROVOST_CPU=1 the desk is timed by its own processor time, for machines that others use as well.
//! Without names all parts are measured; `--part 10` takes a tenth of the size. The directory is made once, in the
//! folder for temporary files, and used again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a benchmark says what it measures"
)]

mod commands;
mod desk;
mod pty;
mod report;
mod words;
mod world;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use report::Report;
use world::{Size, World};

/// Counts up when the generator changes.
const VERSION: u32 = 1;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let part = arguments.iter().position(|argument| argument == "--part");
    let of: usize = part.and_then(|at| arguments.get(at + 1)).map_or(1, |text| text.parse().unwrap());
    let size = if of == 1 { Size::PAPER } else { Size::part(of) };
    let wants = |name: &str| {
        arguments.iter().any(|argument| argument == name) || arguments.len() == 2 * usize::from(part.is_some())
    };
    let begin = Instant::now();
    let world = World::new(size, 7);
    let dir = std::env::temp_dir().join(format!("provost-scale-{VERSION}-{of}"));
    if !dir.join("whole").exists() {
        let _ = std::fs::remove_dir_all(&dir);
        world.write(&dir, true);
        std::fs::write(dir.join("whole"), "").unwrap();
    }
    println!(
        "{} nodes, {} batches, {} events in {}; made in {:.1} s",
        world.nodes.len(),
        world.batches.len() + size.subjects,
        world.events.len(),
        dir.display(),
        begin.elapsed().as_secs_f64()
    );
    let mut report = Report::default();
    let last = world.nodes.last().unwrap().1.facts.name.raw().to_owned();
    drop(world);
    if wants("screen") {
        pty::measure(&dir, &last, &mut report);
    }
    if wants("commands") {
        commands::measure(&dir, &mut report);
    }
    if wants("desk") {
        desk::at_the_desk(&dir, &mut report);
    }
    if wants("decisions") {
        let copy = copied(&dir);
        desk::decisions(&copy, &mut report);
        std::fs::remove_dir_all(copy).unwrap();
    }
    report.markdown();
}

fn copied(dir: &Path) -> PathBuf {
    let copy = dir.with_extension("copy");
    let _ = std::fs::remove_dir_all(&copy);
    assert!(Command::new("cp").arg("-a").args([dir, &copy]).status().unwrap().success());
    assert!(Command::new("sync").status().unwrap().success());
    copy
}
