//! Frames to the terminal: each is one write, inside a synchronized update, so that no half frame
//! is ever seen and a slow line carries few bytes.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::TestBackend;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};

use super::guard::is_given_up;
use super::pen::Pen;

/// What a frame can be drawn on: the terminal, or a buffer in tests.
pub trait Surface {
    /// Draws one frame.
    ///
    /// # Errors
    /// The terminal cannot be written to; it may be gone.
    fn draw(&mut self, render: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()>;

    /// Forgets what is on the screen, so that the next frame paints every cell: after another program
    /// had the terminal.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    fn forget(&mut self) -> io::Result<()>;

    /// The size in cells.
    ///
    /// # Errors
    /// The terminal does not tell.
    fn size(&self) -> io::Result<Size>;
}

/// Holds back what is written while a frame is under way: backends flush several times within one.
#[derive(Debug)]
struct FrameWriter<W> {
    out: W,
    frame: Vec<u8>,
    /// Shared with the screen, because a backend does not lend out its writer.
    under_way: Arc<AtomicBool>,
}

impl<W: Write> FrameWriter<W> {
    fn new(out: W) -> Self {
        Self { out, frame: Vec::with_capacity(16 * 1024), under_way: Arc::default() }
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Writes what was held back with one call. It is gone even if that fails.
    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() || self.under_way.load(Ordering::Relaxed) {
            return Ok(());
        }
        let written = {
            let _turn = io::stdout().lock();
            if is_given_up() { Ok(()) } else { self.out.write_all(&self.frame) }
        };
        self.frame.clear();
        written.and_then(|()| self.out.flush())
    }
}

/// The terminal as a surface.
#[derive(Debug)]
pub struct Screen<W: Write> {
    terminal: Terminal<Pen<FrameWriter<W>>>,
    under_way: Arc<AtomicBool>,
}

impl<W: Write> Screen<W> {
    /// A screen on `out`, normally standard output, with the modes entered.
    ///
    /// # Errors
    /// The size of the terminal cannot be found out.
    pub fn new(out: W) -> io::Result<Self> {
        let writer = FrameWriter::new(out);
        let under_way = Arc::clone(&writer.under_way);
        let terminal = Terminal::new(Pen::new(writer))?;
        Ok(Self { terminal, under_way })
    }
}

impl<W: Write> Drop for Screen<W> {
    /// ratatui shows the cursor when its terminal is dropped, and complains on standard error if it cannot:
    /// on a terminal that is gone, that complaint is a panic. The guard shows the cursor anyway.
    fn drop(&mut self) {
        self.under_way.store(true, Ordering::Relaxed);
    }
}

impl<W: Write> Surface for Screen<W> {
    fn draw(&mut self, render: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        self.under_way.store(true, Ordering::Relaxed);
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(render).map(|_| ());
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.under_way.store(false, Ordering::Relaxed);
        let written = Write::flush(self.terminal.backend_mut());
        drawn.and(written)
    }

    fn forget(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: that asks the terminal for the cursor's place and would wait for an
        // answer that the event stream takes.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }
}

impl Surface for Terminal<TestBackend> {
    fn draw(&mut self, render: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        self.draw(render).map(|_| ()).map_err(io::Error::other)
    }

    fn forget(&mut self) -> io::Result<()> {
        self.clear().map_err(io::Error::other)
    }

    fn size(&self) -> io::Result<Size> {
        Terminal::size(self).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{TerminalOptions, Viewport};

    /// Counts the writes that reach the terminal.
    #[derive(Debug, Default)]
    struct Wire {
        writes: Vec<Vec<u8>>,
        broken: bool,
    }

    impl Write for &mut Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.broken {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.writes.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn one_frame_is_one_write() {
        let mut wire = Wire::default();
        let mut writer = FrameWriter::new(&mut wire);
        let under_way = Arc::clone(&writer.under_way);
        under_way.store(true, Ordering::Relaxed);
        for part in ["a", "b", "c"] {
            writer.write_all(part.as_bytes()).unwrap();
            writer.flush().unwrap();
        }
        under_way.store(false, Ordering::Relaxed);
        writer.flush().unwrap();
        writer.flush().unwrap();
        assert_eq!(wire.writes, [b"abc".to_vec()]);
    }

    #[test]
    fn a_broken_wire_is_an_error_and_the_frame_is_gone() {
        let mut wire = Wire { broken: true, ..Wire::default() };
        let mut writer = FrameWriter::new(&mut wire);
        writer.write_all(b"x").unwrap();
        assert!(writer.flush().is_err());
        assert!(writer.flush().is_ok());
    }

    /// A screen of fixed size, so that no terminal is asked for one.
    fn screen(wire: &mut Wire) -> Screen<&mut Wire> {
        let writer = FrameWriter::new(wire);
        let under_way = Arc::clone(&writer.under_way);
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 20, 2)) };
        let terminal = Terminal::with_options(Pen::new(writer), options).unwrap();
        Screen { terminal, under_way }
    }

    fn hello(frame: &mut Frame<'_>) {
        frame.render_widget("hello", frame.area());
    }

    #[test]
    fn a_frame_reaches_the_terminal_whole_and_inside_a_synchronized_update() {
        let mut wire = Wire::default();
        let mut screen = screen(&mut wire);
        screen.draw(&mut hello).unwrap();
        // Nothing more comes when the screen goes.
        drop(screen);
        assert_eq!(wire.writes.len(), 1);
        let frame = String::from_utf8(wire.writes.remove(0)).unwrap();
        assert!(frame.starts_with("\x1b[?2026h") && frame.ends_with("\x1b[?2026l"), "{frame:?}");
        assert!(frame.contains("hello"), "{frame:?}");
    }

    #[test]
    fn a_test_surface_draws_and_forgets() {
        let mut surface = Terminal::new(TestBackend::new(4, 1)).unwrap();
        let mut render = |frame: &mut Frame<'_>| frame.render_widget("hi", frame.area());
        Surface::draw(&mut surface, &mut render).unwrap();
        surface.backend().assert_buffer_lines(["hi  "]);
        surface.forget().unwrap();
        Surface::draw(&mut surface, &mut render).unwrap();
        surface.backend().assert_buffer_lines(["hi  "]);
        assert_eq!(Surface::size(&surface).unwrap(), Size::new(4, 1));
    }
}
