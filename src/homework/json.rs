//! JSON as serde_json writes it, byte for byte, for lines that are written by the million: names of fields are copied, and texts
//! are looked through eight bytes at a time.

use std::fmt::Display;
use std::io::Write as _;

use serde::Serialize;
use serde::ser::{self, Error as _};
use serde_json::Error;

use crate::llm::quote;

/// Adds a value in its JSON form.
pub(super) fn write(value: &impl Serialize, to: &mut Vec<u8>) -> Result<(), Error> {
    value.serialize(Json(to))
}

/// Where a value is written.
struct Json<'a>(&'a mut Vec<u8>);

/// A list or an object, not closed yet.
struct Open<'a> {
    to: &'a mut Vec<u8>,
    is_empty: bool,
    close: &'static [u8],
}

impl<'a> Json<'a> {
    fn open(self, open: u8, close: &'static [u8]) -> Open<'a> {
        self.0.push(open);
        Open { to: self.0, is_empty: true, close }
    }

    /// What stands in a variant of an enumeration.
    fn variant(self, name: &str) -> Self {
        self.0.push(b'{');
        quote(name, self.0);
        self.0.push(b':');
        self
    }
}

impl Open<'_> {
    fn next(&mut self) {
        if !std::mem::take(&mut self.is_empty) {
            self.to.push(b',');
        }
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.next();
        value.serialize(Json(self.to))
    }

    fn field(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.next();
        // The names of our fields are words.
        debug_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')), "{name}");
        self.to.push(b'"');
        self.to.extend_from_slice(name.as_bytes());
        self.to.extend_from_slice(b"\":");
        value.serialize(Json(self.to))
    }

    fn close(self) -> Result<(), Error> {
        self.to.extend_from_slice(self.close);
        Ok(())
    }
}

/// What there is little of is left to serde_json.
macro_rules! as_serde_does {
    ($($name:ident: $kind:ty),*) => {
        $(fn $name(self, value: $kind) -> Result<(), Error> {
            serde_json::to_writer(self.0, &value)
        })*
    };
}

impl<'a> ser::Serializer for Json<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    as_serde_does! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_bytes: &[u8]
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        quote(text, self.0);
        Ok(())
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        let begin = self.0.len();
        self.0.push(b'"');
        write!(self.0, "{value}").map_err(Error::custom)?;
        let is_plain = |byte: &u8| *byte >= b' ' && !matches!(byte, b'"' | b'\\');
        if self.0[begin + 1..].iter().all(is_plain) {
            self.0.push(b'"');
        } else {
            self.0.truncate(begin);
            quote(&value.to_string(), self.0);
        }
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let inside = self.variant(variant);
        value.serialize(Json(inside.0))?;
        inside.0.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a>, Error> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a>, Error> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Error> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Error> {
        Ok(self.variant(variant).open(b'[', b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a>, Error> {
        Ok(self.open(b'{', b"}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Error> {
        Ok(self.open(b'{', b"}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Error> {
        Ok(self.variant(variant).open(b'{', b"}}"))
    }
}

/// Lists in all their forms.
macro_rules! list {
    ($($form:ident: $method:ident),*) => {
        $(impl ser::$form for Open<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })*
    };
}

list! {
    SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
}

/// Objects whose names are known.
macro_rules! object {
    ($($form:ident),*) => {
        $(impl ser::$form for Open<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })*
    };
}

object!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.next();
        let begin = self.to.len();
        key.serialize(Json(self.to))?;
        match self.to[begin] {
            b'"' => {}
            // Numbers and truth values are names between quotation marks.
            b'-' | b'0'..=b'9' | b't' | b'f' => {
                self.to.insert(begin, b'"');
                self.to.push(b'"');
            }
            _ => return Err(Error::custom("key must be a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.to.push(b':');
        value.serialize(Json(self.to))
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Serialize)]
    enum Shape {
        Unit,
        One(String),
        Two(f32, i64),
        Named { a: Option<bool>, b: char },
    }

    #[derive(Debug, Clone, Serialize)]
    struct Each {
        unit: (),
        texts: Vec<String>,
        shapes: Vec<Shape>,
        numbers: BTreeMap<i32, f64>,
        truths: BTreeMap<bool, (u8, u128)>,
        names: BTreeMap<String, Option<Box<Each>>>,
        at: jiff::Timestamp,
    }

    fn each() -> impl Strategy<Value = Each> {
        let text = || "([a-zé ]{0,9}[\"\\\\\n\u{1}𝄞]?){0,3}";
        let shape = prop_oneof![
            Just(Shape::Unit),
            text().prop_map(Shape::One),
            (any::<f32>(), any::<i64>()).prop_map(|(a, b)| Shape::Two(a, b)),
            (any::<Option<bool>>(), any::<char>()).prop_map(|(a, b)| Shape::Named { a, b }),
        ];
        let lists = (prop::collection::vec(text(), 0..3), prop::collection::vec(shape, 0..4));
        let numbers = prop::collection::btree_map(any::<i32>(), any::<f64>(), 0..3);
        let truths = prop::collection::btree_map(any::<bool>(), any::<(u8, u128)>(), 0..2);
        (lists, numbers, truths, prop::collection::vec(text(), 0..2)).prop_map(
            |((texts, shapes), numbers, truths, names)| {
                let names = names.into_iter().map(|name| (name, None)).collect();
                let each = Each { unit: (), texts, shapes, numbers, truths, names, at: jiff::Timestamp::UNIX_EPOCH };
                let inner = BTreeMap::from([("inner".to_owned(), Some(Box::new(each.clone())))]);
                Each { names: inner, ..each }
            },
        )
    }

    fn written(value: &impl Serialize) -> String {
        let mut json = Vec::new();
        write(value, &mut json).unwrap();
        String::from_utf8(json).unwrap()
    }

    proptest! {
        #[test]
        fn everything_is_written_as_serde_writes_it(each in each()) {
            prop_assert_eq!(written(&each), serde_json::to_string(&each).unwrap());
        }
    }

    #[test]
    fn what_is_no_name_is_no_key() {
        let key = BTreeMap::from([((), 1)]);
        assert!(serde_json::to_string(&key).is_err() && write(&key, &mut Vec::new()).is_err());
    }

    #[test]
    fn what_is_only_shown_is_a_text() {
        struct Shown(&'static str);
        impl Serialize for Shown {
            fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self.0)
            }
        }
        for text in ["plain", "with \"signs\"\n", ""] {
            assert_eq!(written(&Shown(text)), serde_json::to_string(&Shown(text)).unwrap());
        }
    }
}
