//! Changed cells to bytes, as few as a terminal takes: over a slow line each is felt.
//!
//! ratatui's own backend moves the cursor with eight bytes wherever a cell between two changed ones is as it was, and
//! says both colours whenever one of them changes. Here what lies between is written again where that is shorter, runs of
//! blanks are erased, blanks that only change their foreground are left alone, and a style says what differs.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use crossterm::style::Colored;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, IntoCrossterm as _, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// From so many on blanks are erased, not written: the sequence has four bytes or five.
const ERASE: usize = 6;
/// Up to so many unchanged cells are written again rather than skipped.
const REWRITE: u16 = 4;

/// What text is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    fg: Color,
    bg: Color,
    line: Color,
    modifier: Modifier,
}

impl Ink {
    const PLAIN: Self = Self {
        fg: Cell::EMPTY.fg,
        bg: Cell::EMPTY.bg,
        line: Cell::EMPTY.underline_color,
        modifier: Cell::EMPTY.modifier,
    };

    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, line: cell.underline_color, modifier: cell.modifier }
    }

    /// Whether a blank shows nothing but its background.
    fn hides_blanks(self) -> bool {
        !self.modifier.intersects(Modifier::UNDERLINED | Modifier::REVERSED | Modifier::CROSSED_OUT)
    }
}

/// A cell as the terminal shows it; `None`: not known, or a part of a wide one.
type Shown = Option<(char, Ink)>;

/// A backend that knows what the terminal shows.
#[derive(Debug)]
pub(super) struct Pen<W: Write> {
    inner: CrosstermBackend<W>,
    size: Size,
    shown: Vec<Shown>,
    /// Where a sign of several characters stands that takes more than one column, and how many.
    clusters: HashMap<(u16, u16), u16>,
}

impl<W: Write> Pen<W> {
    pub fn new(out: W) -> Self {
        Self { inner: CrosstermBackend::new(out), size: Size::default(), shown: Vec::new(), clusters: HashMap::new() }
    }

    /// The cells to write, with the columns that clusters leave which went. ratatui trusts a terminal to clear all of a wide sign
    /// when its first column is written, and for one wide character each does; but some take a consonant and its vowel
    /// sign for two signs of one column, and there the second would stay.
    fn with_rests<'a>(&mut self, mut cells: Vec<(u16, u16, &'a Cell)>) -> Vec<(u16, u16, &'a Cell)> {
        const BLANK: &Cell = &Cell::EMPTY;
        let columns = |cell: &Cell| cell.symbol().width().max(1) as u16;
        if !self.clusters.is_empty() {
            let written: HashSet<(u16, u16)> =
                cells.iter().flat_map(|(x, y, cell)| (*x..x + columns(cell)).map(|x| (x, *y))).collect();
            let mut rests: Vec<(u16, u16)> = Vec::new();
            self.clusters.retain(|(x, y), width| {
                let (gone, rest): (Vec<u16>, Vec<u16>) = (*x..*x + *width).partition(|x| written.contains(&(*x, *y)));
                let stays = gone.is_empty();
                rests.extend(rest.into_iter().filter(|_| !stays).map(|x| (x, *y)));
                stays
            });
            cells.extend(rests.into_iter().map(|(x, y)| (x, y, BLANK)));
            cells.sort_by_key(|(x, y, _)| (*y, *x));
        }
        for (x, y, cell) in &cells {
            if columns(cell) > 1 && cell.symbol().chars().nth(1).is_some() {
                self.clusters.insert((*x, *y), columns(cell));
            }
        }
        cells
    }

    fn at(&self, x: u16, y: u16) -> Option<usize> {
        (x < self.size.width && y < self.size.height)
            .then(|| usize::from(y) * usize::from(self.size.width) + usize::from(x))
    }

    fn shown(&self, x: u16, y: u16) -> Shown {
        self.shown.get(self.at(x, y)?).copied().flatten()
    }

    fn show(&mut self, x: u16, y: u16, shown: Shown) {
        if let Some(at) = self.at(x, y) {
            self.shown[at] = shown;
        }
    }

    /// Room for cells out to this one. What was never painted is blank: so is every screen that is entered or cleared.
    fn reach(&mut self, x: u16, y: u16) {
        if x < self.size.width && y < self.size.height {
            return;
        }
        let size = Size::new(self.size.width.max(x + 1), self.size.height.max(y + 1));
        let mut shown = vec![Some((' ', Ink::PLAIN)); usize::from(size.width) * usize::from(size.height)];
        for row in 0..self.size.height {
            let from = usize::from(row) * usize::from(self.size.width);
            let to = usize::from(row) * usize::from(size.width);
            let width = usize::from(self.size.width);
            shown[to..to + width].copy_from_slice(&self.shown[from..from + width]);
        }
        (self.size, self.shown) = (size, shown);
    }

    fn forget(&mut self) {
        (self.size, self.shown) = (Size::default(), Vec::new());
        self.clusters.clear();
    }
}

/// The bytes of one frame.
struct Stroke {
    bytes: Vec<u8>,
    ink: Ink,
    /// Where the terminal's cursor is, where that is certain.
    place: Option<(u16, u16)>,
    /// Whether something in this row may be wider or narrower than it is taken for.
    is_loose: bool,
}

impl Stroke {
    fn sequence(&mut self, parameters: std::fmt::Arguments<'_>) {
        self.bytes.extend_from_slice(b"\x1b[");
        // Writing to memory cannot fail.
        let _ = self.bytes.write_fmt(parameters);
    }

    /// Moves to a cell; a few that are as they were are written again where that is shorter.
    fn go<W: Write>(&mut self, pen: &Pen<W>, x: u16, y: u16) {
        match self.place {
            Some(place) if place == (x, y) => return,
            Some((from, row)) if row == y && from < x && !self.is_loose => {
                let gap = x - from;
                let known: Option<Vec<u8>> =
                    (gap <= REWRITE).then(|| (from..x).map(|x| self.again(pen.shown(x, y)?)).collect()).flatten();
                match known {
                    Some(known) => self.bytes.extend(known),
                    None if gap == 1 => self.sequence(format_args!("C")),
                    None => self.sequence(format_args!("{gap}C")),
                }
            }
            _ => {
                self.is_loose = false;
                match x {
                    0 => self.sequence(format_args!("{}H", y + 1)),
                    _ => self.sequence(format_args!("{};{}H", y + 1, x + 1)),
                }
            }
        }
        self.place = Some((x, y));
    }

    /// The byte of a cell that is as it was, where it can be written with this ink.
    fn again(&self, (symbol, ink): (char, Ink)) -> Option<u8> {
        let same = ink == self.ink || (symbol == ' ' && ink.bg == self.ink.bg && hide(ink, self.ink));
        (same && symbol.is_ascii() && !symbol.is_ascii_control()).then_some(symbol as u8)
    }

    /// Changes what text is written with, in the shorter of two ways: what differs, or all of it from plain.
    fn dip(&mut self, ink: Ink) {
        if ink == self.ink {
            return;
        }
        let differs = style(self.ink, ink);
        let anew = style(Ink::PLAIN, ink);
        let anew = if anew.is_empty() { String::new() } else { format!("0;{anew}") };
        if !differs.is_empty() {
            self.sequence(format_args!("{}m", if anew.len() < differs.len() { anew } else { differs }));
        }
        self.ink = ink;
    }
}

fn hide(one: Ink, other: Ink) -> bool {
    one.hides_blanks() && other.hides_blanks()
}

/// The parameters that lead from one ink to another.
fn style(from: Ink, to: Ink) -> String {
    let mut all: Vec<String> = Vec::new();
    let (gone, mut came) = (from.modifier - to.modifier, to.modifier - from.modifier);
    let mut off = |modifiers: Modifier, code: &str| {
        if gone.intersects(modifiers) {
            all.push(code.to_owned());
            // Some are switched off together.
            came |= to.modifier & modifiers;
        }
    };
    off(Modifier::BOLD | Modifier::DIM, "22");
    off(Modifier::ITALIC, "23");
    off(Modifier::UNDERLINED, "24");
    off(Modifier::SLOW_BLINK | Modifier::RAPID_BLINK, "25");
    off(Modifier::REVERSED, "27");
    off(Modifier::HIDDEN, "28");
    off(Modifier::CROSSED_OUT, "29");
    for (modifier, code) in [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::SLOW_BLINK, "5"),
        (Modifier::RAPID_BLINK, "6"),
        (Modifier::REVERSED, "7"),
        (Modifier::HIDDEN, "8"),
        (Modifier::CROSSED_OUT, "9"),
    ] {
        if came.contains(modifier) {
            all.push(code.to_owned());
        }
    }
    let mut dye = |from: Color, to: Color, ground: fn(crossterm::style::Color) -> Colored| {
        if from != to {
            all.push(ground(to.into_crossterm()).to_string());
        }
    };
    dye(from.fg, to.fg, Colored::ForegroundColor);
    dye(from.bg, to.bg, Colored::BackgroundColor);
    dye(from.line, to.line, Colored::UnderlineColor);
    // Who wants no colours gets none.
    all.retain(|code| !code.is_empty());
    all.join(";")
}

/// Whether every terminal takes a symbol for one column: ASCII, Latin, and the signs and lines that screens are drawn with.
fn is_sure(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let only = chars.next().filter(|_| chars.next().is_none());
    only.is_some_and(|c| matches!(u32::from(c), 0x20..=0x7e | 0xa1..=0x2ff | 0x2010..=0x2bff))
}

impl<W: Write> Backend for Pen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let cells = self.with_rests(content.collect());
        for (x, y, cell) in &cells {
            self.reach(x + (cell.symbol().width().max(1) - 1) as u16, *y);
        }
        let mut stroke = Stroke { bytes: Vec::with_capacity(4_096), ink: Ink::PLAIN, place: None, is_loose: false };
        let mut at = 0;
        while let Some((x, y, cell)) = cells.get(at).copied() {
            let (symbol, ink) = (cell.symbol(), Ink::of(cell));
            if symbol == " " && ink.hides_blanks() {
                let is_blank = |(_, _, cell): &&(u16, u16, &Cell)| {
                    let other = Ink::of(cell);
                    cell.symbol() == " " && other.bg == ink.bg && other.hides_blanks()
                };
                // One after the other in this row, and not known to be blank already.
                let beside = cells[at..].iter().enumerate();
                let run = beside.take_while(|(far, cell)| cell.1 == y && usize::from(cell.0) == usize::from(x) + far);
                let run: Vec<u16> = run.map(|(_, cell)| cell).take_while(is_blank).map(|cell| cell.0).collect();
                at += run.len();
                self.blank(&mut stroke, &run, y, ink);
                continue;
            }
            at += 1;
            stroke.go(self, x, y);
            stroke.dip(ink);
            stroke.bytes.extend_from_slice(symbol.as_bytes());
            let width = symbol.width().max(1) as u16;
            let mut chars = symbol.chars();
            let only = chars.next().filter(|_| chars.next().is_none() && width == 1);
            self.show(x, y, only.map(|only| (only, ink)));
            for part in 1..width {
                self.show(x + part, y, None);
            }
            // At the end of a row terminals differ in where the cursor is, and so they do in how wide some signs are. As
            // what stands beside one may belong to it, as scripts join, they are written together all the same.
            let is_next = cells.get(at).is_some_and(|next| width == 1 && (next.0, next.1) == (x + 1, y));
            stroke.is_loose |= !is_sure(symbol);
            stroke.place = (is_next || (width == 1 && x + 1 < self.size.width)).then_some((x + 1, y));
        }
        stroke.dip(Ink::PLAIN);
        self.inner.write_all(&stroke.bytes)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.forget();
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.forget();
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

impl<W: Write> Pen<W> {
    /// Makes cells of one row blank that are not already.
    fn blank(&mut self, stroke: &mut Stroke, run: &[u16], y: u16, ink: Ink) {
        let is_blank = |shown: Shown| shown.is_some_and(|(c, was)| c == ' ' && was.bg == ink.bg && was.hides_blanks());
        let wanted = |x: &&u16| !is_blank(self.shown(**x, y));
        let (Some(first), Some(last)) = (run.iter().find(wanted), run.iter().rfind(wanted)) else { return };
        let (first, count) = (*first, usize::from(last - first) + 1);
        stroke.go(self, first, y);
        // A blank does not show its foreground.
        let plain = Ink { bg: ink.bg, ..stroke.ink };
        let brush = if stroke.ink.hides_blanks() { plain } else { ink };
        stroke.dip(brush);
        // Not every terminal erases with a colour.
        if count >= ERASE && ink.bg == Ink::PLAIN.bg && !brush.modifier.intersects(Modifier::REVERSED) {
            stroke.sequence(format_args!("{count}X"));
        } else {
            stroke.bytes.extend(std::iter::repeat_n(b' ', count));
            let end = first + count as u16;
            stroke.place = (end < self.size.width).then_some((end, y));
        }
        for x in first..=*last {
            self.show(x, y, Some((' ', Ink { fg: Ink::PLAIN.fg, ..ink })));
        }
    }
}

impl<W: Write> Write for Pen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::num::NonZero;
    use std::rc::Rc;

    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    /// A wire that can be read while a backend writes on it.
    #[derive(Clone, Default)]
    struct Wire(Rc<RefCell<Vec<u8>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const SIZE: Rect = Rect { x: 0, y: 0, width: 24, height: 4 };

    fn terminal() -> vt100::Parser {
        let (rows, columns) = (NonZero::new(SIZE.height).unwrap(), NonZero::new(SIZE.width).unwrap());
        vt100::Parser::new(rows, columns, 0)
    }

    /// What is seen: of blanks no foreground.
    fn seen(terminal: &vt100::Parser) -> Vec<String> {
        let screen = terminal.screen();
        let cell = |y, x| {
            let cell = screen.cell(y, x).unwrap();
            let text = if cell.has_contents() { cell.contents() } else { " " };
            let fg = if text == " " && !cell.underline() && !cell.inverse() {
                String::new()
            } else {
                format!("{:?} {} {} {}", cell.fgcolor(), cell.bold(), cell.italic(), cell.underline())
            };
            format!("{y},{x} {text:?} {:?} {} {fg}", cell.bgcolor(), cell.inverse())
        };
        (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (y, x))).map(|(y, x)| cell(y, x)).collect()
    }

    fn paint(buffer: &mut Buffer, (x, y): (u16, u16), text: &str, style: usize) {
        let colour = |name: &str| name.parse::<Color>().unwrap();
        let styles = [
            Style::new(),
            Style::new().fg(colour("111")),
            Style::new().fg(colour("#010203")).bg(colour("238")),
            Style::new().add_modifier(Modifier::BOLD),
            Style::new().add_modifier(Modifier::DIM | Modifier::ITALIC).fg(colour("red")),
            Style::new().add_modifier(Modifier::UNDERLINED),
            Style::new().add_modifier(Modifier::REVERSED),
        ];
        // One text in a row: half of a wide sign is no cell that anything draws.
        (0..SIZE.width).for_each(|x| buffer[(x, y)].reset());
        buffer.set_string(x, y, text, styles[style]);
    }

    /// Where, what, and in which style.
    type Painted = ((u16, u16), String, usize);

    fn frames(frames: &[Vec<Painted>], is_anew: bool) -> (usize, usize) {
        let (mut ours, mut theirs) = (terminal(), terminal());
        let (wire, their_wire) = (Wire::default(), Wire::default());
        let (mut pen, mut other) = (Pen::new(wire.clone()), CrosstermBackend::new(their_wire.clone()));
        let mut before = Buffer::empty(SIZE);
        for frame in frames {
            let mut now = Buffer::empty(SIZE);
            frame.iter().for_each(|(place, text, style)| paint(&mut now, *place, text, *style));
            let changes = before.diff(&now);
            pen.draw(changes.iter().copied()).unwrap();
            other.draw(changes.iter().copied()).unwrap();
            before = now;
        }
        ours.process(&wire.0.borrow());
        if is_anew {
            // As if nothing had been there before.
            their_wire.0.borrow_mut().clear();
            other.draw(Buffer::empty(SIZE).diff(&before).into_iter()).unwrap();
        }
        theirs.process(&their_wire.0.borrow());
        assert_eq!(seen(&ours), seen(&theirs));
        (wire.0.borrow().len(), their_wire.0.borrow().len())
    }

    #[test]
    fn what_lies_between_is_written_again_and_blanks_are_erased() {
        let row = |text: &str| vec![((0, 1), text.to_owned(), 1)];
        let (ours, theirs) = frames(&[row("Rural medieval rivers"), row("Royal medical ri")], false);
        assert!(ours * 3 < theirs * 2, "{ours} bytes, {theirs} by ratatui");
    }

    #[test]
    fn nothing_stays_of_a_vowel_sign_whose_row_moved_away() {
        let row = |text: &str| vec![((2, 1), text.to_owned(), 1)];
        for rows in
            [["विज्ञान की शाखा", "गणित", "a b", ""], ["गणित हिन्दी", "क्षेत्रीय", "x", "दर्शन"], ["शाखा", "विज्ञान", "", "की"]]
        {
            frames(&rows.map(row), true);
        }
    }

    proptest! {
        #[test]
        fn a_terminal_shows_the_same_as_with_ratatuis_own_bytes(
            all in proptest::collection::vec(proptest::collection::vec(
                ((0..24_u16, 0..4_u16), "[a-c ]{0,12}|ab漢字 c|a ◌ é b|  {8}", 0..7_usize), 0..8), 1..6)
        ) {
            let (ours, theirs) = frames(&all, false);
            prop_assert!(ours <= theirs + 8);
        }
    }
}
