//! The one way to stdout and stderr.
//!
//! Everything for people is revealed on its way out; JSON keeps every character but writes the
//! hidden ones as escapes. A reader that goes away ends the command without a word.

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;

use crate::error::{AppError, Kind};
use crate::taxonomy::text::{reveal, reveal_line};
use crate::theme::ColorChoice;

/// Emphasis for people at a terminal; colours belong to the themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// Names and headings.
    Strong,
    /// Ids and other asides.
    Faint,
}

/// Where a command's words go.
pub struct Printer {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    styled: bool,
    terminal: bool,
}

impl Printer {
    /// Stdout and stderr of the process.
    #[must_use]
    pub fn system(color: Option<ColorChoice>) -> Self {
        let terminal = io::stdout().is_terminal();
        let wanted = match color {
            None | Some(ColorChoice::Auto) => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            Some(color) => color != ColorChoice::None,
        };
        let out = Box::new(io::BufWriter::new(io::stdout()));
        Self { out, err: Box::new(io::stderr()), styled: terminal && wanted, terminal }
    }

    /// Anything that takes bytes; never styled.
    #[must_use]
    pub fn to(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self { out, err, styled: false, terminal: false }
    }

    /// Whether stdout is a terminal.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// One line for people.
    ///
    /// # Errors
    /// Nobody reads, or the disk behind stdout is full.
    pub fn line(&mut self, text: &str) -> Result<(), AppError> {
        self.write(&format!("{}\n", reveal_line(text)))
    }

    /// Several lines for people.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn text(&mut self, text: &str) -> Result<(), AppError> {
        self.write(&reveal(text))
    }

    /// A document that other programs read: as it is in a pipe, revealed at a terminal.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn document(&mut self, text: &str) -> Result<(), AppError> {
        if self.terminal { self.text(text) } else { self.write(text) }
    }

    /// One line of spans, padded to nothing.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn spans(&mut self, spans: &[(Style, &str)]) -> Result<(), AppError> {
        let mut line = String::new();
        for (style, text) in spans {
            line.push_str(&self.styled(*style, &reveal_line(text)));
        }
        line.truncate(line.trim_end_matches(' ').len());
        line.push('\n');
        self.write(&line)
    }

    /// A line of words in a theme's own look, after plain ones. The words are the program's own.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn painted(&mut self, before: &str, parts: &[(ratatui::style::Style, String)]) -> Result<(), AppError> {
        let mut line = reveal_line(before).into_owned();
        for (style, text) in parts {
            line.push_str(&format!("{}{text}\u{1b}[0m", crate::theme::escapes(*style)));
        }
        line.push('\n');
        self.write(&line)
    }

    fn styled(&self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Plain => return text.to_owned(),
            _ if !self.styled || text.trim().is_empty() => return text.to_owned(),
            Style::Strong => 1,
            Style::Faint => 2,
        };
        let padding = &text[text.trim_end_matches(' ').len()..];
        format!("\u{1b}[{code}m{}\u{1b}[0m{padding}", text.trim_end_matches(' '))
    }

    /// One JSON document on one line.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), AppError> {
        let mut line = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut line, Visible);
        value.serialize(&mut serializer).map_err(|error| AppError::new(Kind::Other, format!("{error}.")))?;
        line.push(b'\n');
        self.out.write_all(&line).map_err(closed)
    }

    /// A line on stderr: what else there is to know. Never fails.
    pub fn note(&mut self, text: &str) {
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{}", reveal(text));
    }

    /// Text on stderr that replaces its own line: a progress bar. Never fails.
    pub fn status(&mut self, text: &str) {
        let _ = write!(self.err, "{text}").and_then(|()| self.err.flush());
    }

    /// Says what went wrong, on stderr.
    pub fn report(&mut self, error: &AppError) {
        error.report(&mut self.err);
    }

    /// Hands over what is still buffered.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn flush(&mut self) -> Result<(), AppError> {
        self.out.flush().map_err(closed)
    }

    fn write(&mut self, text: &str) -> Result<(), AppError> {
        self.out.write_all(text.as_bytes()).map_err(closed)
    }
}

fn closed(error: io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => AppError::new(Kind::Closed, "Nobody reads the output."),
        _ => AppError::new(Kind::Other, format!("The output cannot be written: {error}.")),
    }
}

/// JSON in which every character that does not show is a `\u` escape.
struct Visible;

impl serde_json::ser::Formatter for Visible {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return writer.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            let mut bytes = [0; 4];
            let text = &*c.encode_utf8(&mut bytes);
            if matches!(reveal(text), std::borrow::Cow::Borrowed(_)) {
                writer.write_all(text.as_bytes())?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Bytes that a test can look at while a printer owns the writer.
    #[derive(Clone, Default)]
    pub struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub fn captured() -> (Printer, Captured) {
        let out = Captured::default();
        (Printer::to(Box::new(out.clone()), Box::new(io::sink())), out)
    }

    #[test]
    fn people_see_what_hides_and_machines_get_it_back() {
        let (mut printer, out) = captured();
        let name = "a\u{202e}b\u{1b}[2J\u{9b}\u{e0041}é";
        printer.line(name).unwrap();
        printer.json(&name).unwrap();
        let shown = out.text();
        let (people, machine) = shown.split_once('\n').unwrap();
        assert_eq!(people, "a⟨U+202E⟩b⟨U+001B⟩[2J⟨U+009B⟩⟨U+E0041⟩é");
        assert!(machine.is_ascii() || machine.chars().all(|c| !c.is_control() || c == '\n'));
        assert!(!machine.contains('\u{202e}') && !machine.contains('\u{e0041}'), "{machine}");
        assert_eq!(serde_json::from_str::<String>(machine).unwrap(), name);
    }

    #[test]
    fn a_reader_that_went_away_ends_quietly() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut printer = Printer::to(Box::new(Gone), Box::new(io::sink()));
        assert_eq!(printer.line("x").unwrap_err().kind, Kind::Closed);
    }
}
