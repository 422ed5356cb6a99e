//! The keymap file: sections of `action: key` lines, read with names checked against the action
//! table. Merging and clashes are `keymap`'s business.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::{ACTIONS, Action, Context, Key};
use crate::userfile::{self, UserFileError};

/// The shipped keymap, which is also the documentation of the keys and of the file format.
pub const DEFAULT_KEYMAP: &str = include_str!("default.yaml");

/// What messages call [`DEFAULT_KEYMAP`].
pub(super) const BUILT_IN: &str = "the built-in keymap";

/// The key of a sequence that stands for any digit.
const DIGIT: &str = "digit";

/// One keymap file, checked word by word.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// What the file says about an action in a section.
    pub entries: BTreeMap<(Context, &'static str), Entry>,
    /// Titles of prefix menus.
    pub prefixes: BTreeMap<Vec<Key>, String>,
}

/// The keys one file gives to one action in one section.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// As written, for hints: `m digit`.
    pub written: Vec<String>,
    /// What they mean, `digit` spelt out.
    pub bindings: Vec<(Vec<Key>, Action)>,
    /// The file, for messages.
    pub file: String,
    /// The line in it; 0 if unknown.
    pub line: u64,
}

type RawFile = BTreeMap<String, BTreeMap<String, Spanned<Written>>>;

/// Reads one keymap file; `file` is its name in messages.
pub(super) fn read(text: &str, file: &str) -> Result<Layer, UserFileError> {
    let raw: RawFile = userfile::parse(text, file)?;
    let mut layer = Layer::default();
    for (section, lines) in raw {
        for (word, written) in lines {
            let at = Place { file, line: written.referenced.line() };
            if section == "prefixes" {
                let title = written.value.0.into_iter().next().unwrap_or_default();
                layer.prefixes.insert(at.sequence(&word)?, title);
            } else {
                let context = at.context(&section)?;
                let (name, entry) = at.entry(context, &word, written.value.0)?;
                layer.entries.insert((context, name), entry);
            }
        }
    }
    Ok(layer)
}

/// Where a word stands, for messages about it.
struct Place<'a> {
    file: &'a str,
    line: u64,
}

impl Place<'_> {
    fn error(&self, problem: impl Into<String>) -> UserFileError {
        UserFileError::new(self.file, problem).at(self.line)
    }

    fn context(&self, section: &str) -> Result<Context, UserFileError> {
        let names = Context::ALL.map(Context::name);
        Context::from_name(section).ok_or_else(|| {
            self.error(format!("There is no section `{section}`."))
                .hint(userfile::meant(section, names.into_iter().chain(["prefixes"])))
        })
    }

    fn sequence(&self, text: &str) -> Result<Vec<Key>, UserFileError> {
        Key::parse_sequence(text).map_err(|error| self.error(error.to_string()))
    }

    fn entry(
        &self,
        context: Context,
        word: &str,
        written: Vec<String>,
    ) -> Result<(&'static str, Entry), UserFileError> {
        let info = Action::by_name(word).ok_or_else(|| {
            self.error(format!("There is no action `{word}`."))
                .hint(userfile::meant(word, ACTIONS.iter().map(|info| info.name)))
        })?;
        if !info.contexts.contains(&context) {
            let homes: Vec<_> = info.contexts.iter().map(|home| home.name()).collect();
            return Err(self.error(format!(
                "`{word}` means nothing in `{}`; it belongs in {}.",
                context.name(),
                homes.join(", ")
            )));
        }
        let mut bindings = Vec::new();
        for text in &written {
            let keys = self.bindings(text, info.action)?;
            if context.takes_text() && keys.iter().any(|(keys, _)| keys[0].text().is_some()) {
                return Err(self.error(format!(
                    "`{text}` cannot be a key in `{}`: plain characters are text there.",
                    context.name()
                )));
            }
            bindings.extend(keys);
        }
        let entry = Entry { written, bindings, file: self.file.to_owned(), line: self.line };
        Ok((info.name, entry))
    }

    /// One written sequence as the sequences it stands for.
    fn bindings(&self, text: &str, action: Action) -> Result<Vec<(Vec<Key>, Action)>, UserFileError> {
        let prefix =
            text.trim_end().strip_suffix(DIGIT).filter(|rest| rest.is_empty() || rest.ends_with(char::is_whitespace));
        match (prefix, action.with_digit(1)) {
            (Some(prefix), Some(_)) => {
                let prefix = self.sequence(prefix)?;
                let digits = (1..=9).chain([0]).filter_map(|digit: u8| {
                    let mut keys = prefix.clone();
                    keys.push(Key::char(char::from(b'0' + digit)));
                    Some((keys, action.with_digit(digit)?))
                });
                Ok(digits.collect())
            }
            (Some(_), None) => Err(self.error(format!("`{}` takes no digit.", action.name()))),
            (None, Some(_)) => {
                Err(self.error(format!("The keys of `{}` must end in `digit`, as in `m digit`.", action.name())))
            }
            (None, None) => Ok(vec![(self.sequence(text)?, action)]),
        }
    }
}

/// A key sequence or a list of them, as written. `1` and `"1"` are the same key.
#[derive(Debug)]
struct Written(Vec<String>);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key, a list of keys, or [] for none (put quotes around a key that YAML reads as something else)")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written(vec![text.to_owned()]))
    }

    fn visit_u64<E: de::Error>(self, digit: u64) -> Result<Written, E> {
        Ok(Written(vec![digit.to_string()]))
    }

    fn visit_i64<E: de::Error>(self, digit: i64) -> Result<Written, E> {
        Ok(Written(vec![digit.to_string()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Written, A::Error> {
        let mut all = Vec::new();
        while let Some(Written(one)) = seq.next_element()? {
            all.extend(one);
        }
        Ok(Written(all))
    }
}
