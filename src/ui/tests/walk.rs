//! Every screen in every theme: what is on it is readable, and what two themes make of it is kept as a snapshot.

use std::fmt::Write as _;

use super::*;
use crate::app::{Found, Look};
use crate::theme::{BUILT_IN, Role};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Every screen and every kind of overlay, by name.
fn screens() -> Vec<(&'static str, Desk)> {
    let with = |keys: &str| {
        let mut desk = Desk::new();
        if !keys.is_empty() {
            desk.press(keys);
        }
        desk
    };
    let mut start = Desk::at(Bench::empty());
    start.model.found = Found {
        model: Some(Err("No endpoint is configured.".into())),
        keys: vec![("MISTRAL_API_KEY".into(), "https://api.mistral.ai/v1".into())],
        servers: vec![("Ollama".into(), 11434)],
    };
    let mut themes = with("");
    let names = BUILT_IN.iter().map(|(name, _)| ((*name).to_owned(), "built in")).collect();
    themes.model.look = Look { theme: "dark".into(), shown: "dark".into(), themes: names };
    themes.press("g t");
    let mut zoomed = with("tab Z");
    zoomed.model.toasts.clear();
    let mut wider = curate();
    wider.press("> > >");
    let mut unfit = with("");
    unfit.focus(optics());
    unfit.press("a");
    let mut tour = with("");
    crate::app::begin_tour(&mut tour.model);
    vec![
        ("tour", tour),
        ("first_run", start),
        ("curate", curate()),
        ("curate_wider", wider),
        ("one_pane", zoomed),
        ("which_key", with("g")),
        ("not_now", unfit),
        ("syllabus", syllabus()),
        ("homework_plan", plan()),
        ("history", history()),
        ("statistics", statistics()),
        ("help", with("?")),
        ("palette", with(":")),
        ("themes", themes),
        ("messages", with("t t g m")),
        ("facets", with("F")),
        ("search", with("/")),
        ("edit", with("e")),
        ("place", with("p")),
        ("reason", with("9")),
        ("ask", with("r")),
    ]
}

fn paint_in(desk: &mut Desk, (width, height): (u16, u16), theme: &Theme) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    update(&mut desk.model, Msg::Resize(width, height));
    let mut buffer = Buffer::empty(area);
    for _ in 0..2 {
        buffer.reset();
        let drawn = draw(&desk.model, theme, Glyphs::of(GlyphSet::Unicode), area, &mut buffer);
        update(&mut desk.model, Msg::Shown(drawn.shown));
    }
    buffer
}

/// The looks of each line, as runs: how many cells, in which style.
fn looks(buffer: &Buffer) -> String {
    let mut out = String::new();
    let word = |color: Color| match color {
        Color::Reset => "-".to_owned(),
        other => other.to_string().to_lowercase(),
    };
    for (y, line) in buffer.content.chunks(usize::from(buffer.area.width)).enumerate() {
        let _ = write!(out, "{y:>2}");
        for run in line.chunk_by(|one, other| one.style() == other.style()) {
            let style = &run[0];
            let bits = style.modifier;
            let flags = [
                (Modifier::BOLD, 'b'),
                (Modifier::DIM, 'd'),
                (Modifier::ITALIC, 'i'),
                (Modifier::UNDERLINED, 'u'),
                (Modifier::REVERSED, 'r'),
                (Modifier::CROSSED_OUT, 's'),
            ];
            let flags: String =
                flags.iter().filter(|(flag, _)| bits.contains(*flag)).map(|(_, letter)| *letter).collect();
            let _ = write!(out, " {}:{}/{}{flags}", run.len(), word(style.fg), word(style.bg));
        }
        out.push('\n');
    }
    out
}

#[test]
fn every_screen_at_three_sizes_and_in_two_themes() {
    let themes = ["dark", "gruvbox-light"].map(|name| Theme::load(name, ColorDepth::True, &|_| None).unwrap().theme);
    for (name, mut desk) in screens() {
        let mut whole = String::new();
        for size in SIZES {
            let [dark, light] = themes.each_ref().map(|theme| paint_in(&mut desk, size, theme));
            assert_eq!(text(&dark), text(&light), "{name}: a theme changes colours and nothing else");
            let _ = writeln!(whole, "{}x{}\n{}", size.0, size.1, text(&dark));
            if size == SIZES[0] {
                let _ = writeln!(whole, "dark\n{}\ngruvbox-light\n{}", looks(&dark), looks(&light));
            }
        }
        insta::assert_snapshot!(format!("walk_{name}"), whole);
    }
}

fn luminance(color: Color) -> Option<f64> {
    let Color::Rgb(r, g, b) = color else { return None };
    let [r, g, b] = [r, g, b].map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.03928 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    Some(0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
}

#[test]
fn what_is_on_a_screen_can_be_read_in_every_theme() {
    for (theme, _) in BUILT_IN {
        let theme = Theme::load(theme, ColorDepth::True, &|_| None).unwrap().theme;
        let usual = if theme.name() == "light" { Color::Rgb(255, 255, 255) } else { Color::Rgb(30, 30, 30) };
        let text = if theme.name() == "light" { Color::Rgb(0, 0, 0) } else { Color::Rgb(220, 220, 220) };
        for (name, mut desk) in screens() {
            let buffer = paint_in(&mut desk, (120, 40), &theme);
            for (at, cell) in buffer.content.iter().enumerate().filter(|(_, cell)| !cell.symbol().trim().is_empty()) {
                let style = cell.style();
                let mut fg = style.fg.filter(|fg| *fg != Color::Reset).unwrap_or(text);
                let mut bg = style.bg.filter(|bg| *bg != Color::Reset).unwrap_or(usual);
                if style.add_modifier.contains(Modifier::REVERSED) {
                    std::mem::swap(&mut fg, &mut bg);
                }
                let (Some(fg), Some(bg)) = (luminance(fg), luminance(bg)) else { panic!("{cell:?}") };
                let contrast = fg.max(bg) / fg.min(bg);
                // What is greyed on the selected row is the faintest there is.
                let is_faint = style.fg == theme.style(Role::KeyDisabled).fg;
                let needed = if is_faint { 1.5 } else { 3.0 };
                let (x, y) = (at % 120, at / 120);
                assert!(contrast >= needed, "{} {name} {x},{y} {:?}: {contrast:.1}", theme.name(), cell.symbol());
            }
        }
    }
}

#[test]
fn the_focused_row_of_every_list_is_seen_without_colour() {
    let theme = Theme::load("nord", ColorDepth::None, &|_| None).unwrap().theme;
    for name in ["curate", "history", "palette", "themes", "facets", "place"] {
        let (_, mut desk) = screens().into_iter().find(|(known, _)| *known == name).unwrap();
        let buffer = paint_in(&mut desk, (80, 24), &theme);
        let reversed = buffer.content.iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED)).count();
        assert!(reversed > 10, "{name}: {reversed}");
    }
}
