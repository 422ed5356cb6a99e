//! The `provost` binary: see the library crate.

fn main() -> std::process::ExitCode {
    provost::cli::main()
}
