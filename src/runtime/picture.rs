//! The first frame as a picture, kept beside the directory: at the next start it is on the screen before anything is
//! read, where nothing changed since. Keys that are typed meanwhile wait for the taxonomy.
//!
//! A picture is of cells, so it is right for one terminal size, theme, keymap, curator and build of the program; its key is
//! made of all these. Whether the directory is still the same is the store's to say.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::Curator;
use crate::app::{self, Model, Settings};
use crate::input::Keymap;
use crate::store::StoreHandle;
use crate::taxonomy::Snapshot;
use crate::taxonomy::folded::{Packer, Unpacker};
use crate::term::Surface;
use crate::theme::{Glyphs, Theme};
use crate::ui;

/// How long nothing may happen before a picture is made: it takes a moment of another core.
const QUIET: Duration = Duration::from_secs(3);
/// What says "3 minutes ago" says something else after so many milliseconds.
const LATER: u64 = 400 * 24 * 3_600_000;

/// Everything but the directory that a first frame depends on.
#[derive(Debug, Clone)]
pub(super) struct Likeness(blake3::Hasher);

impl Likeness {
    /// Of this program, with what it looks like and who uses it.
    pub fn new(theme: &Theme, glyphs: &Glyphs, keys: &Option<(String, String)>, curator: &str) -> Self {
        let program = std::env::current_exe().and_then(std::fs::metadata).ok();
        let built = program.and_then(|meta| {
            let at = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some((meta.len(), at.as_nanos()))
        });
        let mut all = blake3::Hasher::new();
        let parts: [&dyn Debug; 6] = [&env!("CARGO_PKG_VERSION"), &built, theme, glyphs, keys, &curator];
        for part in parts {
            all.update(format!("{part:?}\0").as_bytes());
        }
        Self(all)
    }

    /// The key of a picture.
    pub fn key(&self, read_only: Option<&str>, (columns, rows): (u16, u16), remembered: &str) -> Vec<u8> {
        let mut all = self.0.clone();
        all.update(format!("{read_only:?} {columns} {rows} {remembered}").as_bytes());
        all.finalize().as_bytes().to_vec()
    }
}

/// What the running program knows of its picture.
pub(super) struct Portrait {
    likeness: Likeness,
    /// When a new one is made, unless something happens before; `None` while the kept one is right.
    due: Option<Instant>,
}

impl Portrait {
    /// `shown`: whether the start was shown a picture.
    pub fn new(likeness: Likeness, shown: bool) -> Self {
        Self { likeness, due: (!shown).then(|| Instant::now() + QUIET) }
    }
}

/// What goes into a picture.
struct Sitting {
    snapshot: Arc<Snapshot>,
    settings: Settings,
    keymap: Arc<Keymap>,
    theme: Theme,
    glyphs: &'static Glyphs,
    size: (u16, u16),
    now: u64,
    /// What the next start remembers.
    remembered: String,
}

impl Sitting {
    /// The first frame of a start with this snapshot. What depends on the hour is left blank.
    fn draw(self) -> Buffer {
        let mut model = Model::new(self.snapshot, self.settings, self.keymap, self.now);
        model.size = self.size;
        app::restore(&mut model, &self.remembered);
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let paint = |model: &Model| {
            let mut buffer = Buffer::empty(area);
            ui::draw(model, &self.theme, self.glyphs, area, &mut buffer);
            buffer
        };
        let mut frame = paint(&model);
        model.now += LATER;
        let later = paint(&model);
        let width = usize::from(area.width).max(1);
        for (one, other) in frame.content.chunks_mut(width).zip(later.content.chunks(width)) {
            let differs = |at: &usize| one[*at] != other[*at];
            if let (Some(first), Some(last)) = ((0..one.len()).find(differs), (0..one.len()).rfind(differs)) {
                for cell in &mut one[first..=last] {
                    cell.set_symbol(" ");
                }
            }
        }
        frame
    }
}

impl<S: Surface> Curator<S> {
    /// When a picture is to be made.
    pub(super) fn portrait_due(&self) -> Option<Instant> {
        self.portrait.as_ref()?.due
    }

    /// Something happened; `anew`: the first frame of the next start will be another one.
    pub(super) fn put_off_portrait(&mut self, anew: bool) {
        if let Some(portrait) = &mut self.portrait
            && (anew || portrait.due.is_some())
        {
            portrait.due = Some(Instant::now() + QUIET);
        }
    }

    /// Makes a picture for the next start, beside the loop.
    pub(super) fn portray(&mut self) {
        if let Some((sitting, key)) = self.sitting() {
            self.tasks.spawn(keep(sitting, key, self.store.clone()));
        }
    }

    /// The same when the curator has left: what is decided last is seen first the next time.
    pub(super) async fn portray_at_last(&mut self) {
        let was = self.memory.as_ref().map(|memory| memory.text().to_owned());
        if (self.portrait_due().is_some() || was != self.pictured)
            && let Some((sitting, key)) = self.sitting()
        {
            keep(sitting, key, self.store.clone()).await;
        }
    }

    /// What a picture is made of now, and its key.
    fn sitting(&mut self) -> Option<(Sitting, Vec<u8>)> {
        self.remember();
        let remembered = self.memory.as_ref().map(|memory| memory.text().to_owned());
        self.pictured.clone_from(&remembered);
        let remembered = remembered.unwrap_or_default();
        let portrait = self.portrait.as_mut()?;
        portrait.due = None;
        let settings = self.model.settings.clone();
        let key = portrait.likeness.key(settings.read_only.as_deref(), self.model.size, &remembered);
        let sitting = Sitting {
            snapshot: self.model.snapshot.clone(),
            settings,
            keymap: self.model.keymap.clone(),
            theme: self.theme.clone(),
            glyphs: self.glyphs,
            size: self.model.size,
            now: self.model.now,
            remembered,
        };
        Some((sitting, key))
    }
}

async fn keep(sitting: Sitting, key: Vec<u8>, store: StoreHandle) {
    let of = sitting.snapshot.clone();
    match tokio::task::spawn_blocking(move || pack(&sitting.draw())).await {
        Ok(bytes) => drop(store.keep_picture(of, key, bytes).await),
        // The hook has restored the terminal: the loop has to end.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => {}
    }
}

/// A picture as bytes.
fn pack(buffer: &Buffer) -> Vec<u8> {
    let mut to = Packer::default();
    to.number(u64::from(buffer.area.width));
    to.number(u64::from(buffer.area.height));
    let look = |cell: &Cell| {
        (cell.fg.to_string(), cell.bg.to_string(), cell.underline_color.to_string(), cell.modifier.bits())
    };
    let same = |one: &Cell, other: &Cell| {
        (one.fg, one.bg, one.underline_color, one.modifier)
            == (other.fg, other.bg, other.underline_color, other.modifier)
    };
    for run in buffer.content.chunk_by(same) {
        let (front, back, under, modifier) = look(&run[0]);
        [&front, &back, &under].into_iter().for_each(|colour| to.text(colour));
        to.number(u64::from(modifier));
        to.number(run.len() as u64);
        run.iter().for_each(|cell| to.text(cell.symbol()));
    }
    to.0
}

/// The picture that these bytes are, of this size.
pub(super) fn unpack(bytes: &[u8], (columns, rows): (u16, u16)) -> Option<Buffer> {
    let mut from = Unpacker(bytes);
    if (from.number()?, from.number()?) != (u64::from(columns), u64::from(rows)) {
        return None;
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    let mut cells = buffer.content.iter_mut();
    while !from.0.is_empty() {
        let (front, back, under) = (from.text()?.parse().ok()?, from.text()?.parse().ok()?, from.text()?.parse().ok()?);
        let modifier = Modifier::from_bits(u16::try_from(from.number()?).ok()?)?;
        for _ in 0..from.count()? {
            let cell = cells.next()?;
            (cell.fg, cell.bg, cell.underline_color, cell.modifier) = (front, back, under, modifier);
            cell.set_symbol(from.text()?);
        }
    }
    cells.next().is_none().then_some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixture;
    use crate::theme::{ColorDepth, GlyphSet};

    fn sitting(size: (u16, u16), depth: ColorDepth) -> Sitting {
        let model = fixture::Desk::new().model;
        Sitting {
            snapshot: model.snapshot.clone(),
            settings: model.settings.clone(),
            keymap: model.keymap.clone(),
            theme: Theme::load("dark", depth, &|_| None).unwrap().theme,
            glyphs: Glyphs::of(GlyphSet::Unicode),
            size,
            now: model.now,
            remembered: String::new(),
        }
    }

    #[test]
    fn a_picture_comes_back_cell_for_cell() {
        for depth in [ColorDepth::None, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True] {
            for size in [(80, 24), (120, 40), (20, 5)] {
                let frame = sitting(size, depth).draw();
                let bytes = pack(&frame);
                assert_eq!(unpack(&bytes, size).as_ref(), Some(&frame), "{depth:?}");
                assert_eq!(unpack(&bytes, (size.0, size.1 + 1)), None, "another size");
                for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
                    assert_eq!(unpack(&bytes[..cut], size), None, "cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn it_is_the_first_frame_and_says_nothing_of_the_hour() {
        let one = sitting((120, 40), ColorDepth::None);
        let mut model = Model::new(one.snapshot.clone(), one.settings.clone(), one.keymap.clone(), one.now);
        model.size = one.size;
        let mut first = Buffer::empty(Rect::new(0, 0, 120, 40));
        ui::draw(&model, &one.theme, one.glyphs, first.area, &mut first);
        let later = Sitting { now: one.now + 86_400_000, ..sitting((120, 40), ColorDepth::None) };
        let (frame, later) = (one.draw(), later.draw());
        assert_eq!(frame, later);
        let blank = frame.content.iter().zip(&first.content).filter(|(picture, cell)| picture != cell);
        assert!(blank.clone().count() < 40 && blank.clone().all(|(picture, _)| picture.symbol() == " "));
    }

    #[test]
    fn whatever_a_frame_depends_on_is_in_its_key() {
        let theme = |depth| Theme::load("dark", depth, &|_| None).unwrap().theme;
        let (dark, plain) = (theme(ColorDepth::True), theme(ColorDepth::None));
        let (unicode, ascii) = (Glyphs::of(GlyphSet::Unicode), Glyphs::of(GlyphSet::Ascii));
        let keys = Some(("keys.yaml".to_owned(), "a: b".to_owned()));
        let of = |theme, glyphs, keys: &Option<_>, curator| Likeness::new(theme, glyphs, keys, curator);
        let base = of(&dark, unicode, &None, "ana");
        let all = [
            base.key(None, (80, 24), ""),
            base.key(None, (80, 25), ""),
            base.key(Some("bo has it"), (80, 24), ""),
            base.key(None, (80, 24), "another memory"),
            of(&plain, unicode, &None, "ana").key(None, (80, 24), ""),
            of(&dark, ascii, &None, "ana").key(None, (80, 24), ""),
            of(&dark, unicode, &keys, "ana").key(None, (80, 24), ""),
            of(&dark, unicode, &None, "bo").key(None, (80, 24), ""),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(of(&dark, unicode, &None, "ana").key(None, (80, 24), ""), all[0]);
    }
}
