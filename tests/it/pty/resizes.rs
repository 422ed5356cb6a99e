//! Hundreds of sizes while keys arrive: no panic, and the last screen is the right one.

use super::{cells, demo};

/// The same numbers at every run.
fn numbers(mut seed: u64) -> impl FnMut(u64) -> u16 {
    move |below| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        u16::try_from(seed % below).unwrap()
    }
}

#[test]
fn a_storm_of_sizes_ends_with_the_right_screen() {
    let temp = tempfile::tempdir().unwrap();
    let mut pty = demo(&temp.path().join("demo"), (80, 24));
    pty.sees("Formal Sciences");
    let mut number = numbers(0x9e37_79b9_7f4a_7c15);
    // Keys that look and never decide, on several screens and overlays; `\u{1b}` closes what is open.
    let keys = ["j", "k", "l", "h", "?", "\t", "gs", "gc", "gd", "gi", "gh", ":", "/", "F", ">", "<", "G", "\u{4}"];
    for round in 0..600 {
        let size = match round % 5 {
            // Corners of what there is come up often.
            0 => ([1, 2, 3, 300][usize::from(number(4))], [1, 2, 3, 100][usize::from(number(4))]),
            _ => (1 + number(300), 1 + number(100)),
        };
        pty.resize_only(size);
        if round % 3 == 0 {
            pty.press(keys[usize::from(number(keys.len() as u64))]);
        }
        if round % 7 == 0 {
            pty.press("\u{1b}");
        }
        if round % 40 == 0 {
            // It keeps up now and then, so that frames of strange sizes are drawn and not only passed over.
            let before = pty.raw.lock().unwrap().len();
            pty.resize_only((size.0 % 300 + 1, size.1 % 100 + 1));
            pty.until("a frame", |pty| pty.raw.lock().unwrap().len() > before);
        }
    }
    // From here on there is one size; what was drawn for others before it is wiped by the first frame of it.
    pty.screen.lock().unwrap().screen_mut().set_size(cells(40), cells(120));
    pty.resize_only((120, 40));
    for _ in 0..4 {
        pty.press("\u{1b}");
        // Two of them in one breath are Alt and the second.
        std::thread::sleep(std::time::Duration::from_millis(60));
    }
    pty.press("gc");
    pty.sees("Taxonomy");
    pty.press("G");
    pty.until("a header as wide as the terminal", |pty| {
        pty.contents().lines().next().is_some_and(|line| line.chars().count() >= 110)
    });
    // What is there by small changes is what a whole repaint shows.
    pty.until("the screen that a repaint shows", |pty| {
        let before = pty.contents();
        let drawn = pty.raw.lock().unwrap().len();
        *pty.screen.lock().unwrap() = vt100::Parser::new(cells(40), cells(120), 0);
        pty.press("\u{c}");
        pty.until("the repaint", |pty| {
            pty.raw.lock().unwrap().len() > drawn && pty.contents().lines().count() == before.lines().count()
        });
        pty.contents() == before
    });
    pty.press("q");
    assert_eq!(pty.ends(), 0);
    pty.is_restored();
    pty.is_cooked();
}
