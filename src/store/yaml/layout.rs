//! The canonical layout: what our files look like. [`write()`] makes it, [`super::quick`] reads it and nothing else.
//!
//! Blocks are laid out here (fixed indentation, a blank line between top-level keys and between the elements of long lists, literal blocks
//! for prose); how a scalar is quoted so that readers of YAML 1.1 such as PyYAML agree is asked of serde-saphyr ([`super::scalar`]).

use std::borrow::Cow;
use std::fmt;

use serde::ser::{self, Serialize};

use super::scalar::{plain, push_scalar};

/// Keys whose text is prose: always a literal block.
const PROSE: [&str; 5] = ["scope", "introduction", "notes", "prompt", "reply"];
/// Keys whose elements are set apart by a blank line.
const SPACED: [&str; 3] = ["sessions", "proposals", "calls"];
/// How many blanks a level is.
pub(super) const STEP: usize = 2;

/// The canonical text of a map: keys in the order in which they are given. Empty for what is no map.
#[must_use]
pub fn write(value: &(impl Serialize + ?Sized)) -> String {
    write_into(String::new(), value)
}

/// [`write()`] where it is known about how long the text will be.
pub(super) fn write_into(mut text: String, value: &(impl Serialize + ?Sized)) -> String {
    match value.serialize(To { text: &mut text, depth: 0, place: Place::Root }) {
        Ok(()) => text,
        Err(Failed) => String::new(),
    }
}

/// It cannot be written or read in this layout.
#[derive(Debug)]
pub(super) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not in the canonical layout")
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Failed
    }
}

impl serde::de::Error for Failed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Failed
    }
}

fn indent(text: &mut String, depth: usize) {
    const BLANKS: &str = "                ";
    match BLANKS.get(..STEP * depth) {
        Some(blanks) => text.push_str(blanks),
        None => text.extend(std::iter::repeat_n(' ', STEP * depth)),
    }
}

/// Where a value is written.
#[derive(Clone, Copy)]
enum Place<'k> {
    /// It is the document.
    Root,
    /// Behind `key:`.
    Key(&'k str),
    /// Behind `- `.
    Item,
}

/// Writes one value: the key or the item it is behind is at `depth`.
struct To<'a, 'k> {
    text: &'a mut String,
    depth: usize,
    place: Place<'k>,
}

impl<'a> To<'a, '_> {
    /// Something other than a string that fits on the line.
    fn word(self, value: &impl Serialize) -> Result<(), Failed> {
        match self.place {
            Place::Root => return Err(Failed),
            Place::Key(_) => self.text.push(' '),
            Place::Item => {}
        }
        self.text.push_str(&plain(&serde_json::to_value(value).map_err(|_| Failed)?));
        self.text.push('\n');
        Ok(())
    }

    fn map(self) -> Many<'a> {
        let is_spaced = matches!(self.place, Place::Root);
        let depth = if is_spaced { 0 } else { self.depth + 1 };
        let empty = match self.place {
            Place::Root => "",
            Place::Key(_) => " {}\n",
            Place::Item => "{}\n",
        };
        let start = if matches!(self.place, Place::Key(_)) { Start::Below } else { Start::Here };
        Many { text: self.text, depth, is_spaced, empty, start, key: Cow::Borrowed("") }
    }

    fn list(self) -> Result<Many<'a>, Failed> {
        let (is_spaced, empty, start) = match self.place {
            Place::Root => return Err(Failed),
            Place::Key(key) => (SPACED.contains(&key), " []\n", Start::Below),
            Place::Item => (false, "[]\n", Start::Here),
        };
        Ok(Many { text: self.text, depth: self.depth + 1, is_spaced, empty, start, key: Cow::Borrowed("") })
    }

    /// The value of the only key of a map.
    fn only(self, key: &'static str) -> To<'a, 'static> {
        let mut map = self.map();
        map.begin_entry(key);
        To { text: map.text, depth: map.depth, place: Place::Key(key) }
    }
}

/// Where the next of several stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// The first, on a line of its own.
    Below,
    /// The first, on the line that there is.
    Here,
    /// Another.
    Next,
}

/// Entries of a map or items of a list.
struct Many<'a> {
    text: &'a mut String,
    depth: usize,
    is_spaced: bool,
    /// What stands for none.
    empty: &'static str,
    start: Start,
    /// Of the entry whose value comes.
    key: Cow<'static, str>,
}

impl Many<'_> {
    fn begin(&mut self) {
        match std::mem::replace(&mut self.start, Start::Next) {
            Start::Here => return,
            Start::Below => self.text.push('\n'),
            Start::Next if self.is_spaced => self.text.push('\n'),
            Start::Next => {}
        }
        indent(self.text, self.depth);
    }

    fn begin_entry(&mut self, key: &str) {
        self.begin();
        push_scalar(self.text, key);
        self.text.push(':');
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Failed> {
        self.begin_entry(key);
        value.serialize(To { text: self.text, depth: self.depth, place: Place::Key(key) })
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.begin();
        self.text.push_str("- ");
        value.serialize(To { text: self.text, depth: self.depth, place: Place::Item })
    }

    fn close(self) -> Result<(), Failed> {
        if self.start != Start::Next {
            self.text.push_str(self.empty);
        }
        Ok(())
    }
}

impl<'a> ser::Serializer for To<'a, '_> {
    type Ok = ();
    type Error = Failed;
    type SerializeSeq = Many<'a>;
    type SerializeTuple = Many<'a>;
    type SerializeTupleStruct = Many<'a>;
    type SerializeTupleVariant = Many<'a>;
    type SerializeMap = Many<'a>;
    type SerializeStruct = Many<'a>;
    type SerializeStructVariant = Many<'a>;

    fn serialize_str(self, value: &str) -> Result<(), Failed> {
        match self.place {
            Place::Root => return Err(Failed),
            Place::Key(key) if is_block(key, value) => {
                block(self.text, self.depth + 1, value);
                return Ok(());
            }
            Place::Key(_) => self.text.push(' '),
            Place::Item => {}
        }
        push_scalar(self.text, value);
        self.text.push('\n');
        Ok(())
    }

    fn serialize_bool(self, value: bool) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_i8(self, value: i8) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_i16(self, value: i16) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_i32(self, value: i32) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_i64(self, value: i64) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_u8(self, value: u8) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_u16(self, value: u16) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_u32(self, value: u32) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_u64(self, value: u64) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_f32(self, value: f32) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_f64(self, value: f64) -> Result<(), Failed> {
        self.word(&value)
    }
    fn serialize_char(self, value: char) -> Result<(), Failed> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Failed> {
        let mut list = self.list()?;
        value.iter().try_for_each(|byte| list.item(byte))?;
        list.close()
    }
    fn serialize_none(self) -> Result<(), Failed> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Failed> {
        self.word(&())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failed> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Failed> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        value.serialize(self.only(variant))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Many<'a>, Failed> {
        self.list()
    }
    fn serialize_tuple(self, _: usize) -> Result<Many<'a>, Failed> {
        self.list()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Many<'a>, Failed> {
        self.list()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Many<'a>, Failed> {
        self.only(variant).list()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Many<'a>, Failed> {
        Ok(self.map())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Many<'a>, Failed> {
        Ok(self.map())
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Many<'a>, Failed> {
        Ok(self.only(variant).map())
    }
}

impl ser::SerializeMap for Many<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        self.key = match serde_json::to_value(key) {
            Ok(serde_json::Value::String(key)) => Cow::Owned(key),
            Ok(number @ serde_json::Value::Number(_)) => Cow::Owned(number.to_string()),
            _ => return Err(Failed),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        let key = std::mem::take(&mut self.key);
        self.entry(&key, value)
    }

    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}

/// Both kinds of structs have their keys with their values.
macro_rules! fields {
    ($($of:ident),*) => {$(
        impl ser::$of for Many<'_> {
            type Ok = ();
            type Error = Failed;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Failed> {
                self.entry(key, value)
            }

            fn end(self) -> Result<(), Failed> {
                self.close()
            }
        }
    )*};
}

/// All lists have items.
macro_rules! items {
    ($($of:ident $put:ident),*) => {$(
        impl ser::$of for Many<'_> {
            type Ok = ();
            type Error = Failed;

            fn $put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
                self.item(value)
            }

            fn end(self) -> Result<(), Failed> {
                self.close()
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);
items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// Whether a text becomes a literal block. Texts that a block cannot hold to the byte (spaces
/// at a line's end or at the start, several line breaks at the end, control characters) are quoted instead.
fn is_block(key: &str, text: &str) -> bool {
    let wanted = memchr::memchr(b'\n', text.as_bytes()).is_some() || PROSE.contains(&key);
    let holds = |line: &str| !line.ends_with([' ', '\t']);
    wanted
        && !text.trim().is_empty()
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.split('\n').all(holds)
        && !hides(text)
}

/// Whether a text has characters that no block holds as they are.
fn hides(text: &str) -> bool {
    if text.is_ascii() {
        return text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n');
    }
    text.contains(|c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    })
}

fn block(text: &mut String, depth: usize, prose: &str) {
    text.push_str(if prose.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in prose.trim_end_matches('\n').split('\n') {
        if !line.is_empty() {
            indent(text, depth);
            text.push_str(line);
        }
        text.push('\n');
    }
}
