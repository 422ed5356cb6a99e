//! The `provost` binary: see the library crate.

/// Records, prompts and replies are made on one thread and dropped on another; the system's allocator takes locks for that
/// (docs/engine.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    provost::cli::main()
}
