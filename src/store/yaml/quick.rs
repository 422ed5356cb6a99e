//! A quick reader of the canonical layout, for files that nobody edited: nearly all there are.
//!
//! It may be as careless as it likes, because what it read is believed only if [`layout::write()`] makes exactly these bytes of it: writing and
//! reading again gives every value back (a property test), so the parser would have read the same. Whatever is not so goes to the parser,
//! which alone says what is wrong with a file. What a file may hold at all is decided there as well: deep or huge ones are none of this.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Visitor};

use super::layout::{self, Failed, STEP};

/// Larger ones are read by the parser, which counts what it reads, in bytes.
const LARGEST: usize = 8 << 20;
/// No file of ours is deeper.
const DEEPEST: usize = 16;
/// Longer keys are not looked at, in bytes.
const LONGEST_KEY: usize = 100;

/// What a canonical text says; `None` where it is not canonical.
pub(super) fn read<T: DeserializeOwned + Serialize>(text: &str) -> Option<T> {
    if text.is_empty() || text.len() > LARGEST {
        return None;
    }
    let mut reader = Reader { text, at: 0 };
    let value = T::deserialize(At { reader: &mut reader, depth: 0, place: Place::Root }).ok()?;
    let is_whole = reader.at == text.len();
    (is_whole && layout::write_into(String::with_capacity(text.len() + 64), &value) == text).then_some(value)
}

struct Reader<'de> {
    text: &'de str,
    /// Where reading goes on: always between two characters.
    at: usize,
}

/// A scalar as it stands there.
enum Scalar<'de> {
    /// Without quotes.
    Plain(&'de str),
    /// In quotes, or a block.
    Text(Cow<'de, str>),
}

impl<'de> Scalar<'de> {
    fn text(self) -> Cow<'de, str> {
        match self {
            Scalar::Plain(text) => Cow::Borrowed(text),
            Scalar::Text(text) => text,
        }
    }
}

impl<'de> Reader<'de> {
    fn rest(&self) -> &'de str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        self.at += if is_there { token.len() } else { 0 };
        is_there
    }

    fn expect(&mut self, token: &str) -> Result<(), Failed> {
        if self.take(token) { Ok(()) } else { Err(Failed) }
    }

    /// Whether the line at a place is at a depth, and where it begins then.
    fn line_at(&self, at: usize, depth: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(at..)?;
        let (blanks, rest) = rest.split_at_checked(STEP * depth)?;
        let is_there =
            blanks.iter().all(|byte| *byte == b' ') && rest.first().is_some_and(|byte| !b" \n".contains(byte));
        is_there.then_some(at + blanks.len())
    }

    /// What is left of this line, and goes behind it.
    fn line(&mut self) -> Result<&'de str, Failed> {
        let rest = self.rest();
        let end = memchr::memchr(b'\n', rest.as_bytes()).ok_or(Failed)?;
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// A text in quotes. In single ones the layout writes nothing that would have to be doubled.
    fn quoted(&mut self) -> Result<Cow<'de, str>, Failed> {
        let rest = self.rest();
        let quote = *rest.as_bytes().first().ok_or(Failed)?;
        let inner = &rest[1..];
        let end = memchr::memchr3(quote, b'\\', b'\n', inner.as_bytes()).ok_or(Failed)?;
        if inner.as_bytes()[end] == quote {
            self.at += end + 2;
            return Ok(Cow::Borrowed(&inner[..end]));
        }
        if quote != b'"' {
            return Err(Failed);
        }
        let mut text = String::new();
        let mut letters = inner.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at += at + 2;
                    return Ok(Cow::Owned(text));
                }
                '\\' => text.push(escape(&mut letters)?),
                '\n' => break,
                letter => text.push(letter),
            }
        }
        Err(Failed)
    }

    fn is_quoted(&self) -> bool {
        self.rest().starts_with(['"', '\''])
    }

    /// A scalar on the rest of this line.
    fn scalar(&mut self) -> Result<Scalar<'de>, Failed> {
        if !self.is_quoted() {
            return self.line().map(Scalar::Plain);
        }
        let text = self.quoted()?;
        self.expect("\n")?;
        Ok(Scalar::Text(text))
    }

    /// A literal block at a depth, behind its key.
    fn block(&mut self, depth: usize) -> Result<Cow<'de, str>, Failed> {
        let is_ended = match self.line()? {
            " |" => true,
            " |-" => false,
            _ => return Err(Failed),
        };
        let first = self.line_at(self.at, depth).ok_or(Failed)?;
        self.at = first;
        self.line()?;
        // One line is the text itself; of several, what they are indented by is left out.
        let (mut end, mut more) = (self.at - 1, String::new());
        loop {
            let begin = self.at;
            if self.rest().starts_with('\n') {
                self.at += 1;
                continue;
            }
            let blanks = self.rest().as_bytes().iter().take(STEP * depth).take_while(|byte| **byte == b' ').count();
            if self.at == self.text.len() || blanks < STEP * depth {
                break;
            }
            if more.is_empty() {
                more.push_str(self.text.get(first..end).ok_or(Failed)?);
            }
            // Empty lines between.
            more.extend(std::iter::repeat_n('\n', begin - end));
            self.at += blanks;
            more.push_str(self.line()?);
            end = self.at - 1;
        }
        // Empty lines at the end set apart what comes.
        self.at = end + 1;
        match (more.is_empty(), is_ended) {
            (true, false) => Ok(Cow::Borrowed(self.text.get(first..end).ok_or(Failed)?)),
            (true, true) => Ok(Cow::Borrowed(self.text.get(first..=end).ok_or(Failed)?)),
            (false, is_ended) => {
                more.push_str(if is_ended { "\n" } else { "" });
                Ok(Cow::Owned(more))
            }
        }
    }

    /// The key of an entry, and goes behind its colon.
    fn key(&mut self) -> Result<Cow<'de, str>, Failed> {
        let key = if self.is_quoted() {
            self.quoted()?
        } else {
            let rest = self.rest();
            let line = rest.as_bytes().get(..rest.len().min(LONGEST_KEY + 2)).unwrap_or_default();
            let is_end = |at: &usize| matches!(line.get(at + 1), Some(b' ' | b'\n'));
            let end = memchr::memchr_iter(b':', line).find(is_end).ok_or(Failed)?;
            self.at += end;
            Cow::Borrowed(rest.get(..end).ok_or(Failed)?)
        };
        self.expect(":")?;
        if key.len() > LONGEST_KEY { Err(Failed) } else { Ok(key) }
    }
}

fn escape(letters: &mut std::str::CharIndices<'_>) -> Result<char, Failed> {
    let mut next = || letters.next().map(|(_, letter)| letter).ok_or(Failed);
    let digits = match next()? {
        letter @ ('"' | '\\') => return Ok(letter),
        'n' => return Ok('\n'),
        't' => return Ok('\t'),
        'r' => return Ok('\r'),
        '0' => return Ok('\0'),
        'a' => return Ok('\u{7}'),
        'b' => return Ok('\u{8}'),
        'v' => return Ok('\u{b}'),
        'f' => return Ok('\u{c}'),
        'e' => return Ok('\u{1b}'),
        'N' => return Ok('\u{85}'),
        'L' => return Ok('\u{2028}'),
        'P' => return Ok('\u{2029}'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return Err(Failed),
    };
    let mut number = 0;
    for _ in 0..digits {
        number = number * 16 + next()?.to_digit(16).ok_or(Failed)?;
    }
    char::from_u32(number).ok_or(Failed)
}

/// Where a value stands; as in [`layout`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Key,
    Item,
}

/// What a value is.
enum Shape {
    /// Entries at a depth; whether the first is on this line.
    Map(usize, bool),
    /// Items likewise.
    List(usize, bool),
    None(&'static str),
    Block,
    Scalar,
}

/// Reads one value: the key or the item it is behind is at `depth`.
struct At<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
    place: Place,
}

impl<'r, 'de> At<'r, 'de> {
    /// Looks at what comes, and goes to where it begins.
    fn shape(&mut self) -> Result<Shape, Failed> {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            return Err(Failed);
        }
        let rest = self.reader.rest();
        match self.place {
            Place::Root => return Ok(Shape::Map(0, false)),
            Place::Key if self.reader.take("\n") => {
                let line = self.reader.line_at(self.reader.at, depth).ok_or(Failed)?;
                let is_list = self.reader.text[line..].starts_with("- ");
                return Ok(if is_list { Shape::List(depth, false) } else { Shape::Map(depth, false) });
            }
            Place::Key if rest.starts_with(" |") => return Ok(Shape::Block),
            Place::Key => self.reader.expect(" ")?,
            Place::Item if rest.starts_with("- ") => return Ok(Shape::List(depth, true)),
            Place::Item => {}
        }
        let rest = self.reader.rest();
        if rest.starts_with("{}\n") {
            return Ok(Shape::None("{}\n"));
        }
        if rest.starts_with("[]\n") {
            return Ok(Shape::None("[]\n"));
        }
        let is_map = self.place == Place::Item && {
            let begin = self.reader.at;
            let is_map = self.reader.key().is_ok();
            let is_same_line = !rest[..self.reader.at - begin].contains('\n');
            self.reader.at = begin;
            is_map && is_same_line
        };
        Ok(if is_map { Shape::Map(depth, true) } else { Shape::Scalar })
    }

    /// Whatever is said as one text.
    fn scalar(self) -> Result<Scalar<'de>, Failed> {
        match self.place {
            Place::Root => Err(Failed),
            Place::Key if self.reader.rest().starts_with(" |") => self.reader.block(self.depth + 1).map(Scalar::Text),
            Place::Key => {
                self.reader.expect(" ")?;
                self.reader.scalar()
            }
            Place::Item => self.reader.scalar(),
        }
    }

    fn entries(self, depth: usize, is_here: bool) -> Entries<'r, 'de> {
        Entries { reader: self.reader, depth, is_here }
    }
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, Failed> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

/// What a scalar without quotes is to who does not know.
fn visit_plain<'de, V: Visitor<'de>>(text: &'de str, visitor: V) -> Result<V::Value, Failed> {
    match text {
        "null" => return visitor.visit_unit(),
        "true" => return visitor.visit_bool(true),
        "false" => return visitor.visit_bool(false),
        _ => {}
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        if let Ok(number) = text.parse() {
            return visitor.visit_u64(number);
        }
        if let Ok(number) = text.parse() {
            return visitor.visit_i64(number);
        }
        if let Ok(number) = text.parse() {
            return visitor.visit_f64(number);
        }
    }
    visitor.visit_borrowed_str(text)
}

macro_rules! as_any {
    ($($of:ident)*) => {$(
        fn $of<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
            self.deserialize_any(visitor)
        }
    )*};
}

macro_rules! as_text {
    ($($of:ident)*) => {$(
        fn $of<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
            visit_text(self.scalar()?.text(), visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for At<'_, 'de> {
    type Error = Failed;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Failed> {
        match self.shape()? {
            Shape::Map(depth, is_here) => visitor.visit_map(self.entries(depth, is_here)),
            Shape::List(depth, is_here) => visitor.visit_seq(Items { reader: self.reader, depth, is_here }),
            Shape::None(token) => {
                self.reader.expect(token)?;
                // Nothing is at that depth.
                let (reader, depth) = (self.reader, DEEPEST * 2);
                match token {
                    "{}\n" => visitor.visit_map(Entries { reader, depth, is_here: false }),
                    _ => visitor.visit_seq(Items { reader, depth, is_here: false }),
                }
            }
            Shape::Block => visit_text(self.reader.block(self.depth + 1)?, visitor),
            Shape::Scalar => match self.reader.scalar()? {
                Scalar::Plain(text) => visit_plain(text, visitor),
                Scalar::Text(text) => visit_text(text, visitor),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        let rest = self.reader.rest();
        match rest.strip_prefix(' ').unwrap_or(rest).starts_with("null\n") {
            true => {
                self.scalar()?;
                visitor.visit_none()
            }
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failed> {
        match self.shape()? {
            Shape::Map(depth, is_here) => visitor.visit_enum(self.entries(depth, is_here)),
            Shape::Scalar => visitor.visit_enum(CowStrDeserializer::new(self.reader.scalar()?.text())),
            _ => Err(Failed),
        }
    }

    as_text!(deserialize_str deserialize_string deserialize_char deserialize_identifier);
    as_any!(
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf
        deserialize_unit deserialize_seq deserialize_map deserialize_ignored_any
    );

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failed> {
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failed> {
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failed> {
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failed> {
        self.deserialize_any(visitor)
    }
}

/// The entries of a map at a depth.
struct Entries<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
    is_here: bool,
}

impl<'de> Entries<'_, 'de> {
    fn key<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<K::Value, Failed> {
        match self.reader.key()? {
            Cow::Borrowed(key) => seed.deserialize(BorrowedStrDeserializer::new(key)),
            key @ Cow::Owned(_) => seed.deserialize(CowStrDeserializer::new(key)),
        }
    }

    /// Goes to the next, if there is one.
    fn next(&mut self) -> bool {
        if std::mem::take(&mut self.is_here) {
            return true;
        }
        // Those of the document are set apart.
        let is_apart = self.depth == 0 && self.reader.at > 0 && self.reader.rest().starts_with('\n');
        let Some(line) = self.reader.line_at(self.reader.at + usize::from(is_apart), self.depth) else { return false };
        self.reader.at = line;
        true
    }
}

impl<'de> de::MapAccess<'de> for Entries<'_, 'de> {
    type Error = Failed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failed> {
        if self.next() { self.key(seed).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failed> {
        seed.deserialize(At { reader: self.reader, depth: self.depth, place: Place::Key })
    }
}

impl<'r, 'de> de::EnumAccess<'de> for Entries<'r, 'de> {
    type Error = Failed;
    type Variant = At<'r, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Result<(V::Value, At<'r, 'de>), Failed> {
        if !self.next() {
            return Err(Failed);
        }
        let variant = self.key(seed)?;
        Ok((variant, At { reader: self.reader, depth: self.depth, place: Place::Key }))
    }
}

impl<'de> de::VariantAccess<'de> for At<'_, 'de> {
    type Error = Failed;

    fn unit_variant(self) -> Result<(), Failed> {
        Err(Failed)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failed> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failed> {
        de::Deserializer::deserialize_any(self, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Failed> {
        de::Deserializer::deserialize_any(self, visitor)
    }
}

/// The items of a list at a depth.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
    is_here: bool,
}

impl<'de> de::SeqAccess<'de> for Items<'_, 'de> {
    type Error = Failed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failed> {
        if !std::mem::take(&mut self.is_here) {
            let is_apart = self.reader.rest().starts_with('\n');
            let line = self.reader.line_at(self.reader.at + usize::from(is_apart), self.depth);
            match line.filter(|line| self.reader.text[*line..].starts_with("- ")) {
                Some(line) => self.reader.at = line,
                None => return Ok(None),
            }
        }
        self.reader.expect("- ")?;
        seed.deserialize(At { reader: self.reader, depth: self.depth, place: Place::Item }).map(Some)
    }
}

#[cfg(test)]
#[path = "quick_tests.rs"]
mod tests;
