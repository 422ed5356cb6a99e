//! One reader under libFuzzer: the one that this program is named for.
#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let name = env!("CARGO_BIN_NAME");
    for (_, read, _) in targets::TARGETS.iter().filter(|(target, ..)| *target == name) {
        read(bytes);
    }
});
