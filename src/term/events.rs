//! Where key presses come from: the terminal, or a script in tests.

use std::future::{self, Future as _};
use std::io;
use std::pin::pin;
use std::task::Poll;

use crossterm::event::EventStream;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::convert;
use crate::input::Key;

/// What the terminal reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermEvent {
    /// A key was pressed or repeats.
    Key(Key),
    /// Text was pasted. It is text, never keys.
    Paste(String),
    /// The mouse did something. Only while captured.
    Mouse(MouseInput),
    /// The terminal has a new size.
    Resize {
        /// In cells.
        columns: u16,
        /// In cells.
        rows: u16,
    },
    /// The terminal got or lost the focus.
    Focus(bool),
}

/// A mouse event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MouseInput {
    /// What it did.
    pub kind: MouseKind,
    /// Counted from 0 at the left.
    pub column: u16,
    /// Counted from 0 at the top.
    pub row: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// A button went down.
    Down(MouseButton),
    /// A button went up.
    Up(MouseButton),
    /// The pointer moved with a button down.
    Drag(MouseButton),
    /// The wheel turned towards the top.
    ScrollUp,
    /// The wheel turned towards the bottom.
    ScrollDown,
}

/// A mouse button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseButton {
    /// The left one.
    Left,
    /// The right one.
    Right,
    /// The middle one.
    Middle,
}

/// A source of events that can be let go and taken up again.
///
/// crossterm's stream owns a thread that reads the terminal. As long as the stream exists, that
/// thread takes keys away from an editor, so [`Events::pause`] drops it rather than ignoring it.
#[derive(Debug)]
pub struct Events {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Terminal(EventStream),
    Paused,
    Script(mpsc::UnboundedReceiver<TermEvent>),
}

impl Events {
    /// The events of the process's terminal. Call it with the modes entered.
    pub fn terminal() -> Self {
        Self {
            source: Source::Terminal(EventStream::new()),
        }
    }

    /// Events sent by a test. When the sender is dropped, the terminal counts as gone.
    pub fn scripted() -> (mpsc::UnboundedSender<TermEvent>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let events = Self {
            source: Source::Script(receiver),
        };
        (sender, events)
    }

    /// The next event; waits for ever while paused. Cancel safe. `None` and errors mean that the
    /// terminal is gone: leave.
    pub async fn next(&mut self) -> Option<io::Result<TermEvent>> {
        match &mut self.source {
            Source::Paused => future::pending().await,
            Source::Script(receiver) => receiver.recv().await.map(Ok),
            Source::Terminal(stream) => loop {
                match stream.next().await? {
                    Err(error) => return Some(Err(error)),
                    Ok(event) => match convert::event(event) {
                        Some(event) => return Some(Ok(event)),
                        None => continue,
                    },
                }
            },
        }
    }

    /// An event that is already there: to drain a burst before drawing. Polls on behalf of the
    /// task that awaits it: crossterm's stream keeps the waker of whoever found it empty first, so
    /// a look without one (`now_or_never`) would leave the task asleep for ever.
    pub async fn try_next(&mut self) -> Option<TermEvent> {
        let mut next = pin!(self.next());
        let there = future::poll_fn(|context| match next.as_mut().poll(context) {
            Poll::Ready(event) => Poll::Ready(event),
            Poll::Pending => Poll::Ready(None),
        });
        there.await?.ok()
    }

    /// Lets go of the terminal. Events of a script are kept for later.
    pub fn pause(&mut self) {
        if matches!(self.source, Source::Terminal(_)) {
            self.source = Source::Paused;
        }
    }

    /// Takes the terminal up again.
    pub fn resume(&mut self) {
        if matches!(self.source, Source::Paused) {
            self.source = Source::Terminal(EventStream::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_script_is_read_in_order_and_its_end_is_a_terminal_that_is_gone() {
        let (sender, mut events) = Events::scripted();
        assert_eq!(events.try_next().await, None);
        for event in [TermEvent::Key(Key::char('a')), TermEvent::Focus(false)] {
            sender.send(event).unwrap();
        }
        events.pause();
        events.resume();
        assert_eq!(events.try_next().await, Some(TermEvent::Key(Key::char('a'))));
        assert_eq!(
            events.next().await.unwrap().unwrap(),
            TermEvent::Focus(false)
        );
        drop(sender);
        assert!(events.next().await.is_none());
    }

    #[tokio::test]
    async fn a_paused_source_waits() {
        let mut events = Events {
            source: Source::Paused,
        };
        assert!(events.next().now_or_never().is_none());
        assert_eq!(events.try_next().await, None);
    }
}
