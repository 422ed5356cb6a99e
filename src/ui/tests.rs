//! Whole screens as text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Drawn, draw};
use crate::app::fixture::{Bench, Desk, acoustics, node, optics};
use crate::app::{Msg, update};
use crate::theme::{ColorDepth, GlyphSet, Glyphs, Theme};

fn theme() -> Theme {
    Theme::load("dark", ColorDepth::True, &|_| None).unwrap().theme
}

/// Paints until what is shown is known to the model, as the runtime does.
fn paint(desk: &mut Desk, width: u16, height: u16) -> (Buffer, Drawn) {
    let area = Rect::new(0, 0, width, height);
    update(&mut desk.model, Msg::Resize(width, height));
    let mut buffer = Buffer::empty(area);
    let mut drawn = Drawn::default();
    for _ in 0..2 {
        buffer.reset();
        drawn = draw(&desk.model, &theme(), Glyphs::of(GlyphSet::Unicode), area, &mut buffer);
        update(&mut desk.model, Msg::Shown(drawn.shown.clone()));
    }
    (buffer, drawn)
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut skip = 0;
        for x in buffer.area.left()..buffer.area.right() {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                line.push_str(symbol);
                skip = super::text::width(symbol).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[test]
fn look() {
    let mut desk = Desk::new();
    for (w, h) in [(80, 24), (120, 40), (50, 20)] {
        println!("{}", text(&paint(&mut desk, w, h).0));
    }
    desk.press("g");
    println!("{}", text(&paint(&mut desk, 80, 24).0));
    desk.press("esc ?");
    println!("{}", text(&paint(&mut desk, 80, 24).0));
    desk.press("esc e");
    println!("{}", text(&paint(&mut desk, 80, 24).0));
    desk.press("esc p");
    println!("{}", text(&paint(&mut desk, 80, 24).0));
    desk.press("esc i");
    println!("{}", text(&paint(&mut desk, 80, 24).0));
    desk.press("esc");
    desk.focus(acoustics());
    desk.press("g s l l");
    println!("{}", text(&paint(&mut desk, 80, 24).0));
    println!("{}", text(&paint(&mut desk, 120, 40).0));
    desk.press("g i");
    println!("{}", text(&paint(&mut desk, 80, 24).0));
    println!("{}", text(&paint(&mut desk, 120, 40).0));
    let mut empty = Desk::at(Bench::empty());
    println!("{}", text(&paint(&mut empty, 80, 24).0));
    let _ = (optics(), node(&["a"]));
}
