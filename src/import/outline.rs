//! Indented text and Markdown: one name a line, what is below it indented deeper, or under its
//! heading.
//!
//! Text is indented with tabs or with spaces, not with both. In Markdown, headings and nested
//! list items are names, and the lines below one that are neither are its scope.

use super::forest::Item;
use super::{ImportError, Remark, Rule};
use crate::taxonomy::node::Facts;
use crate::taxonomy::text::Untrusted;

/// Longest name of a line, in characters: more is prose.
const LONGEST: usize = 300;

/// Reads an outline. Whether it is Markdown is seen by its headings and list items.
///
/// # Errors
/// The indentation is mixed or leads nowhere, or a line is no name.
pub fn read(bytes: &[u8]) -> Result<(Vec<Item>, Vec<Remark>), ImportError> {
    let text = super::text(bytes)?;
    let markdown = text.lines().any(|line| marker(line).is_some());
    let mut reader = Reader { markdown, ..Reader::default() };
    let matter = if markdown { front_matter(text) } else { 0 };
    if matter > 0 {
        reader.remarks.push(Remark::new(Rule::Other, "line 1", format!("front matter, {matter} lines")));
    }
    for (number, line) in text.lines().enumerate().skip(matter) {
        reader.line(line, number as u64 + 1)?;
    }
    reader.finish_scope();
    if reader.items.is_empty() {
        return Err(ImportError::whole("The file names nothing."));
    }
    Ok((reader.items, reader.remarks))
}

/// How many lines at the start are YAML between `---`.
fn front_matter(text: &str) -> usize {
    let mut lines = text.lines();
    let opens = lines.next().is_some_and(|line| line.trim_end() == "---");
    let end = lines.position(|line| line.trim_end() == "---");
    end.filter(|_| opens).map_or(0, |end| end + 2)
}

/// What a line of Markdown starts with, and the byte at which its text starts.
enum Marker {
    Heading(usize, usize),
    Bullet(usize),
}

fn marker(line: &str) -> Option<Marker> {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.len() - text.len();
    let after = |mark: usize| {
        let rest = &text[mark..];
        let name = rest.trim_start_matches([' ', '\t']);
        (rest.len() > name.len() && !name.is_empty()).then(|| line.len() - name.len())
    };
    let hashes = text.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&hashes) && indent == 0 {
        return Some(Marker::Heading(hashes, after(hashes)?));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = if digits == 0 { text.starts_with(['-', '*', '+']) } else { text[digits..].starts_with(['.', ')']) };
    if !mark || digits > 9 {
        return None;
    }
    after(digits + 1).map(Marker::Bullet)
}

#[derive(Default)]
struct Reader {
    markdown: bool,
    items: Vec<Item>,
    remarks: Vec<Remark>,
    /// The open headings: rank and item.
    headings: Vec<(usize, usize)>,
    /// The open lines: indentation and item.
    lines: Vec<(usize, usize)>,
    /// What the file is indented with.
    unit: Option<char>,
    /// The prose below the newest item.
    scope: String,
}

impl Reader {
    fn line(&mut self, line: &str, number: u64) -> Result<(), ImportError> {
        if line.trim().is_empty() {
            if !self.scope.is_empty() {
                self.scope.push('\n');
            }
            return Ok(());
        }
        match marker(line).filter(|_| self.markdown) {
            Some(Marker::Heading(rank, at)) => {
                self.finish_scope();
                self.lines.clear();
                while self.headings.last().is_some_and(|(open, _)| *open >= rank) {
                    self.headings.pop();
                }
                let parent = self.headings.last().map(|(_, item)| *item);
                let item = self.name(unclosed(&line[at..]), parent, number, at)?;
                self.headings.push((rank, item));
            }
            Some(Marker::Bullet(at)) => self.nested(line, at, number)?,
            None if self.markdown => self.prose(line.trim(), number),
            None => {
                let at = line.len() - line.trim_start_matches([' ', '\t']).len();
                self.nested(line, at, number)?;
            }
        }
        Ok(())
    }

    fn nested(&mut self, line: &str, at: usize, number: u64) -> Result<(), ImportError> {
        self.finish_scope();
        let indent = self.indent(line, number)?;
        let mut closed = None;
        while let Some((_, item)) = self.lines.pop_if(|(open, _)| *open > indent) {
            closed = Some(item);
        }
        let sibling = self.lines.pop_if(|(open, _)| *open == indent).is_some();
        if let Some(above) = closed.filter(|_| !sibling).and_then(|item| self.items.get(item)) {
            let message = format!(
                "The line is indented less than {}, but not as deep as any line above that; indent it like its siblings.",
                above.at
            );
            return Err(ImportError::at(number, indent as u64 + 1, message));
        }
        let parent = self.lines.last().or(self.headings.last()).map(|(_, item)| *item);
        let item = self.name(&line[at..], parent, number, at)?;
        self.lines.push((indent, item));
        Ok(())
    }

    /// How deep a line is indented, in characters that are all the same in the file.
    fn indent(&mut self, line: &str, number: u64) -> Result<usize, ImportError> {
        let mut indent = 0;
        for c in line.chars().take_while(|c| c.is_whitespace()) {
            indent += 1;
            let unit = *self.unit.get_or_insert(c);
            let wrong = match (unit, c) {
                (' ', '\t') => "a tab, where the lines above are indented with spaces",
                ('\t', ' ') => "a space, where the lines above are indented with tabs",
                (' ' | '\t', c) if c == unit => continue,
                _ => "neither a space nor a tab",
            };
            return Err(ImportError::at(number, indent, format!("The indentation holds {wrong}; use one of them.")));
        }
        Ok(indent as usize)
    }

    fn name(&mut self, text: &str, parent: Option<usize>, number: u64, at: usize) -> Result<usize, ImportError> {
        let name = if self.markdown { plain(text.trim()) } else { text.trim().to_owned() };
        let position = (number, at as u64 + 1);
        if name.chars().count() > LONGEST {
            let message = format!("The line has more than {LONGEST} characters; that is not a name.");
            return Err(ImportError::at(position.0, position.1, message));
        }
        let item = Item {
            parent,
            facts: Facts::named(name),
            at: format!("line {number}"),
            position: Some(position),
            ..Item::default()
        };
        self.items.push(item);
        Ok(self.items.len() - 1)
    }

    fn prose(&mut self, line: &str, number: u64) {
        if self.items.is_empty() {
            self.remarks.push(Remark::new(Rule::Other, format!("line {number}"), "text above the first name"));
        } else if !line.chars().all(|c| matches!(c, '-' | '*' | '_' | '=' | ' ')) {
            if !self.scope.is_empty() {
                self.scope.push('\n');
            }
            self.scope.push_str(line);
        }
    }

    fn finish_scope(&mut self) {
        let scope = std::mem::take(&mut self.scope);
        if let Some(item) = self.items.last_mut().filter(|_| !scope.trim().is_empty()) {
            item.facts.scope = Some(Untrusted::from(scope.trim()));
        }
    }
}

/// A heading without the signs that close it, which stand apart: `# C#` is about C#.
fn unclosed(heading: &str) -> &str {
    let heading = heading.trim_end();
    let open = heading.trim_end_matches('#');
    if open.ends_with([' ', '\t']) { open.trim_end() } else { heading }
}

/// A name without the marks of Markdown: check box, emphasis around the whole, links.
fn plain(text: &str) -> String {
    let boxes = ["[ ] ", "[x] ", "[X] "];
    let mut text = boxes.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text).trim();
    for mark in ["**", "__", "*", "_", "`"] {
        if let Some(inner) = text.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)) {
            text = if inner.contains(mark) { text } else { inner };
        }
    }
    let mut name = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let parts = link.split_once("](").and_then(|(label, more)| Some((label, more.split_once(')')?.1)));
        name.push_str(before);
        match parts {
            Some((label, after)) => {
                name.push_str(label);
                rest = after;
            }
            None => {
                name.push('[');
                rest = link;
            }
        }
    }
    name.push_str(rest);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<(String, Option<usize>)> {
        let (items, _) = read(text.as_bytes()).unwrap();
        items.into_iter().map(|item| (item.facts.name.raw().to_owned(), item.parent)).collect()
    }

    fn error(text: &str) -> (Option<u64>, Option<u64>, String) {
        let error = read(text.as_bytes()).unwrap_err();
        (error.line, error.column, error.message)
    }

    fn named(list: &[(&str, Option<usize>)]) -> Vec<(String, Option<usize>)> {
        list.iter().map(|(name, parent)| ((*name).to_owned(), *parent)).collect()
    }

    #[test]
    fn indentation_is_the_hierarchy_by_tabs_or_spaces() {
        let wanted = named(&[("A", None), ("B", Some(0)), ("C", Some(1)), ("D", Some(0)), ("E", None)]);
        assert_eq!(shape("A\n\tB\n\t\tC\n\n\tD\nE\n"), wanted);
        assert_eq!(shape("A\r\n    B\r\n      C\r\n    D\r\nE"), wanted);
        assert_eq!(shape("  A\n    B\n  C\n"), named(&[("A", None), ("B", Some(0)), ("C", None)]));
    }

    #[test]
    fn headings_and_lists_nest_and_prose_is_scope() {
        let text = "---\ntitle: x\n---\n# Sciences\nAll of *nature*.\n\nAnd more.\n## **Physics** ##\n- [Optics](http://x)\n  - [ ] Lenses\n    of glass\n1. `Lasers`\n\n# Arts\n* Music [1]\n";
        let (items, remarks) = read(text.as_bytes()).unwrap();
        let found: Vec<_> = items.iter().map(|item| (item.facts.name.raw().to_owned(), item.parent)).collect();
        let wanted = [
            ("Sciences", None),
            ("Physics", Some(0)),
            ("Optics", Some(1)),
            ("Lenses", Some(2)),
            ("Lasers", Some(1)),
            ("Arts", None),
            ("Music [1]", Some(5)),
        ];
        assert_eq!(found, named(&wanted));
        assert_eq!(items[0].facts.scope.as_ref().unwrap().raw(), "All of *nature*.\n\nAnd more.");
        assert_eq!(items[3].facts.scope.as_ref().unwrap().raw(), "of glass");
        assert_eq!((remarks.len(), remarks[0].what.as_str()), (1, "front matter, 3 lines"));
    }

    #[test]
    fn a_heading_keeps_the_sign_that_belongs_to_its_name() {
        let text = "# C#\n## F# ##\n## J #sharp#\t#  \n# Closed ###\n";
        assert_eq!(shape(text), named(&[("C#", None), ("F#", Some(0)), ("J #sharp#", Some(0)), ("Closed", None)]));
    }

    #[test]
    fn what_is_indented_wrongly_is_named_with_line_and_column() {
        let (line, column, message) = error("A\n  B\n\tC\n");
        assert_eq!((line, column, message.contains("a tab, where")), (Some(3), Some(1), true), "{message}");
        let (line, column, message) = error("A\n\tB\n\t C\n");
        assert_eq!((line, column, message.contains("a space, where")), (Some(3), Some(2), true), "{message}");
        let (line, column, message) = error("A\n    B\n  C\n");
        assert_eq!((line, column, message.contains("less than line 2")), (Some(3), Some(3), true), "{message}");
        let (line, column, _) = error("A\n\u{a0}B\n");
        assert_eq!((line, column), (Some(2), Some(1)));
        let (line, column, message) = error(&format!("A\n {}\n", "x".repeat(301)));
        assert_eq!((line, column, message.contains("300")), (Some(2), Some(2), true), "{message}");
        assert_eq!(error("\n \n").2, "The file names nothing.");
        assert_eq!(error("- a\n    - b\n  - c\n").0, Some(3));
    }
}
