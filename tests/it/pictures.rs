//! The pictures in the documents, recorded from the real program in a real pseudo-terminal:
//! `PROVOST_BLESS=1 cargo test --test it pictures` makes them anew.
#![cfg(unix)]

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::pty::Pty;

/// A cell, in pixels.
const CELL: (f64, f64) = (8.4, 17.0);
const MARGIN: f64 = 14.0;
const SIZE: (u16, u16) = (110, 32);
/// What the terminal shows where the program leaves it the choice.
const GROUND: (&str, &str) = ("#1a1b26", "#c0caf5");
/// The terminal's own sixteen.
const SIXTEEN: [&str; 16] = [
    "#15161e", "#f7768e", "#9ece6a", "#e0af68", "#7aa2f7", "#bb9af7", "#7dcfff", "#a9b1d6", "#414868", "#f7768e",
    "#9ece6a", "#e0af68", "#7aa2f7", "#bb9af7", "#7dcfff", "#c0caf5",
];

/// What a picture shows: its name, the keys with what to wait for after them, and what it says to who cannot see it.
struct Scene {
    name: &'static str,
    steps: &'static [(&'static str, &'static str)],
    title: &'static str,
}

const SCENES: [Scene; 3] = [
    Scene {
        name: "curate",
        steps: &[("", "25 pending"), ("/geometric and", "1 of 1"), ("\r", "Subtopics Lenses"), ("", "1 ✓")],
        title: "The curator: the taxonomy on the left, a proposed subject with its neighbours and siblings on the right",
    },
    Scene {
        name: "syllabus",
        steps: &[("", "25 pending"), ("/classical mech", "1 of 1"), ("\r", "Near it"), ("gs", "Session 1 of 10")],
        title: "A syllabus under review, class session by class session",
    },
    Scene {
        name: "homework",
        steps: &[
            ("", "25 pending"),
            ("gg", "Natural Sciences"),
            ("gh", "s starts it"),
            ("s", "y yes"),
            ("y", "180 done"),
        ],
        title: "A run of homework: counts, rate, branches, newest items",
    },
];

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("docs/pictures/{name}.svg"))
}

fn record(scene: &Scene) -> String {
    let environment = [("COLORTERM", "truecolor"), ("USER", "ana"), ("LANG", "C.UTF-8")];
    let mut pty = Pty::start(&["demo", "--into", "knowledge"], &environment, SIZE);
    for (keys, shown) in scene.steps {
        pty.press(keys);
        pty.sees(shown);
    }
    // Until nothing comes any more: what is counted beside the loop is on the screen then.
    let mut last = String::new();
    let mut same = 0;
    pty.until("a quiet screen", |pty| {
        let now = pty.contents();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        same > 100
    });
    let parser = pty.screen.lock().unwrap();
    svg(parser.screen(), scene.title)
}

fn color(color: vt100::Color) -> Option<String> {
    match color {
        vt100::Color::Default => None,
        vt100::Color::Idx(index @ 0..=15) => Some(SIXTEEN[usize::from(index)].to_owned()),
        vt100::Color::Idx(index @ 16..=231) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * u32::from(step) };
            let index = index - 16;
            Some(format!("#{:02x}{:02x}{:02x}", level(index / 36), level(index / 6 % 6), level(index % 6)))
        }
        vt100::Color::Idx(index) => Some(format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (u32::from(index) - 232))),
        vt100::Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

/// What cells that are drawn together have in common.
#[derive(Clone, PartialEq)]
struct Look {
    fg: String,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

fn look(cell: &vt100::Cell) -> Look {
    let (fg, bg) = (color(cell.fgcolor()), color(cell.bgcolor()));
    let (fg, bg) = if cell.inverse() {
        (bg.unwrap_or_else(|| GROUND.0.to_owned()), Some(fg.unwrap_or_else(|| GROUND.1.to_owned())))
    } else {
        (fg.unwrap_or_else(|| GROUND.1.to_owned()), bg)
    };
    let (bold, dim, italic, underline) = (cell.bold(), cell.dim(), cell.italic(), cell.underline());
    Look { fg, bg, bold, dim, italic, underline }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn svg(screen: &vt100::Screen, title: &str) -> String {
    let (width, height) = (f64::from(SIZE.0) * CELL.0 + 2.0 * MARGIN, f64::from(SIZE.1) * CELL.1 + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         font-family=\"ui-monospace, 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        escaped(title),
        GROUND.0
    );
    for row in 0..SIZE.1 {
        let mut column = 0;
        while column < SIZE.0 {
            let Some(cell) = screen.cell(row, column) else { break };
            let (begin, look) = (column, look(cell));
            let mut text = String::new();
            while let Some(cell) = screen.cell(row, column).filter(|cell| self::look(cell) == look) {
                if !cell.is_wide_continuation() {
                    text.push_str(if cell.has_contents() { cell.contents() } else { " " });
                }
                column += 1;
                if column == SIZE.0 {
                    break;
                }
            }
            draw(&mut out, (row, begin, column - begin), &look, &text);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, (row, column, cells): (u16, u16, u16), look: &Look, text: &str) {
    let (x, y) = (MARGIN + f64::from(column) * CELL.0, MARGIN + f64::from(row) * CELL.1);
    let width = f64::from(cells) * CELL.0;
    if let Some(bg) = &look.bg {
        writeln!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{bg}\"/>", CELL.1)
            .unwrap();
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    for (on, words) in [
        (look.bold, " font-weight=\"bold\""),
        (look.dim, " opacity=\"0.7\""),
        (look.italic, " font-style=\"italic\""),
        (look.underline, " text-decoration=\"underline\""),
    ] {
        style.push_str(if on { words } else { "" });
    }
    let (text, y) = (escaped(text), y + 13.0);
    writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{}\"{style} textLength=\"{width:.1}\" xml:space=\"preserve\">{text}</text>",
        look.fg
    )
    .unwrap();
}

#[test]
fn the_pictures_are_of_the_program() {
    let bless = std::env::var_os("PROVOST_BLESS").is_some();
    if bless {
        std::fs::create_dir_all(path("x").parent().unwrap()).unwrap();
        for scene in &SCENES {
            std::fs::write(path(scene.name), record(scene)).unwrap();
        }
    }
    for (name, words) in [("curate", "Near it"), ("syllabus", "Syllabus"), ("homework", "items/s")] {
        let text = std::fs::read_to_string(path(name)).unwrap();
        assert!(text.starts_with("<svg ") && text.contains(words), "{name}");
    }
}
