//! The environment as a layer. It is passed in as a function and read in no other place.

use super::ConfigError;
use super::profile::{KeySource, Profile, is_http};
use crate::theme::{ColorChoice, GlyphSet};
use crate::userfile;

/// How the environment is read: a variable's value, if it is set.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Where OpenAI's own key is sent when no base URL is given with it.
pub(super) const OPENAI_URL: &str = "https://api.openai.com/v1";
/// The profile made from `OPENAI_BASE_URL` and `OPENAI_API_KEY`.
pub(super) const OPENAI: &str = "openai";

/// A value and the variable it came from.
pub(super) type FromVariable<T> = Option<(T, &'static str)>;

/// What the environment says.
pub(super) struct EnvironmentLayer {
    pub curator: FromVariable<Option<String>>,
    pub theme: FromVariable<String>,
    pub color: FromVariable<ColorChoice>,
    pub glyphs: FromVariable<GlyphSet>,
    pub profile: FromVariable<Option<String>>,
    pub openai: Option<Profile>,
    /// What the locale says that the terminal can show.
    pub shows: GlyphSet,
}

/// Whether a terminal shows more than ASCII, as far as the locale says; where it says nothing, yes.
pub fn speaks_unicode(variable: Environment<'_>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name));
    let is_utf8 = |locale: String| locale.to_uppercase().replace('-', "").contains("UTF8");
    locale.is_none_or(is_utf8) && set("TERM").is_none_or(|term| term != "dumb")
}

impl EnvironmentLayer {
    /// Empty variables count as not set.
    pub(super) fn read(variable: Environment<'_>) -> Result<Self, ConfigError> {
        let set = |name: &'static str| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.map(|value| (value, name))
        };
        let optional = |name| set(name).map(|(value, name)| (Some(value), name));
        let glyphs = [("unicode", GlyphSet::Unicode), ("ascii", GlyphSet::Ascii)];
        let openai = match (set("OPENAI_BASE_URL"), set("OPENAI_API_KEY")) {
            (None, None) => None,
            (url, key) => {
                let url = url.map_or(OPENAI_URL.to_owned(), |(url, _)| url);
                if !is_http(&url) {
                    return Err(ConfigError::Variable {
                        name: "OPENAI_BASE_URL",
                        value: url,
                        what: "base URL",
                        hint: "It should look like `https://host/v1`.".to_owned(),
                    });
                }
                let key = match key {
                    Some((_, name)) => KeySource::Variable(name.to_owned()),
                    None => KeySource::None,
                };
                Some(Profile::new(OPENAI, &url, key))
            }
        };
        Ok(Self {
            curator: optional("PROVOST_CURATOR"),
            theme: set("PROVOST_THEME"),
            color: choose(
                set("PROVOST_COLOR"),
                "colour depth",
                &ColorChoice::ALL.map(|choice| (choice.name(), choice)),
            )?,
            glyphs: choose(set("PROVOST_GLYPHS"), "glyph set", &glyphs)?,
            profile: optional("PROVOST_PROFILE"),
            openai,
            shows: if speaks_unicode(variable) { GlyphSet::Unicode } else { GlyphSet::Ascii },
        })
    }
}

fn choose<T: Copy>(
    set: FromVariable<String>,
    what: &'static str,
    choices: &[(&str, T)],
) -> Result<FromVariable<T>, ConfigError> {
    let Some((value, name)) = set else {
        return Ok(None);
    };
    match choices.iter().find(|(word, _)| *word == value) {
        Some((_, choice)) => Ok(Some((*choice, name))),
        None => Err(ConfigError::Variable {
            name,
            what,
            hint: userfile::meant(&value, choices.iter().map(|(word, _)| *word)),
            value,
        }),
    }
}
