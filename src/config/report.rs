//! `config print` and `config check` as values.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{
    Budget, Config, Environment, KeyHeader, KeySource, Notify, OutsideSettings, Paths, Price, Profile, Setting,
    Structuring, TimeoutSettings,
};
use crate::theme::{ColorDepth, GlyphSet, Theme};

/// Something `config check` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it keeps something from working; otherwise it is a remark.
    pub serious: bool,
    /// A full sentence.
    pub text: String,
}

/// The configuration in force as YAML, with the layer of each setting behind it. Holds no key: the
/// configuration has none.
pub fn print(config: &Config) -> String {
    let mut out = format!("# {}\n", config.file.display());
    setting(&mut out, "curator", &config.curator, |name| optional(name.as_deref()));
    setting(&mut out, "theme", &config.theme, |name| quoted(name));
    setting(&mut out, "color", &config.color, |choice| quoted(choice.name()));
    setting(&mut out, "mouse", &config.mouse, bool::to_string);
    setting(&mut out, "glyphs", &config.glyphs, |glyphs| {
        match glyphs {
            GlyphSet::Unicode => "unicode",
            GlyphSet::Ascii => "ascii",
        }
        .to_owned()
    });
    setting(&mut out, "editor", &config.editor, |line| optional(line.as_deref()));
    let keymap = config.keymap.as_ref().map(|path| path.display().to_string());
    line(&mut out, 0, "keymap", &optional(keymap.as_deref()));
    setting(&mut out, "default_profile", &config.default_profile, |name| optional(name.as_deref()));
    print_budget(&mut out, &config.budget);
    print_outside(&mut out, config.outside);
    print_prices(&mut out, 0, "prices", &config.prices);
    if config.profiles.is_empty() {
        line(&mut out, 0, "profiles", "{}");
    } else {
        line(&mut out, 0, "profiles", "");
        for profile in config.profiles.values() {
            print_profile(&mut out, profile);
        }
    }
    out
}

fn print_profile(out: &mut String, profile: &Profile) {
    line(out, 1, &quoted(&profile.name), "");
    let urls: Vec<_> = profile.base_urls.iter().map(|url| quoted(&without_secrets(url))).collect();
    line(out, 2, "base_urls", &format!("[{}]", urls.join(", ")));
    match &profile.key {
        KeySource::None => {}
        KeySource::Variable(name) => line(out, 2, "key_env", name),
        KeySource::File(path) => line(out, 2, "key_file", &quoted(&path.display().to_string())),
    }
    match profile.key_header {
        KeyHeader::Bearer => {}
        KeyHeader::ApiKey => line(out, 2, "key_header", "api-key"),
    }
    if profile.allow_plain_key {
        line(out, 2, "allow_plain_key", "true");
    }
    if let Some(model) = &profile.model {
        line(out, 2, "model", &quoted(model));
    }
    match profile.structuring {
        Structuring::Auto => {}
        Structuring::Schema => line(out, 2, "structuring", "schema"),
        Structuring::TwoRounds => line(out, 2, "structuring", "two-rounds"),
    }
    if let Some(most) = profile.max_in_flight {
        line(out, 2, "max_in_flight", &most.to_string());
    }
    let TimeoutSettings { connect_seconds, first_byte_seconds, idle_seconds, total_seconds } = profile.timeouts;
    let timeouts = [
        ("connect_seconds", connect_seconds),
        ("first_byte_seconds", first_byte_seconds),
        ("idle_seconds", idle_seconds),
        ("total_seconds", total_seconds),
    ];
    parts(out, 2, "timeouts", timeouts.map(|(key, value)| Some(format!("{key}: {}", value?))));
    if let Some(price) = &profile.prices {
        line(out, 2, "prices", &flow(price));
    }
    print_prices(out, 2, "model_prices", &profile.model_prices);
}

fn print_budget(out: &mut String, budget: &Budget) {
    let usd = budget.usd.map(|usd| format!("usd: {usd}"));
    let tokens = budget.tokens.map(|tokens| format!("tokens: {tokens}"));
    let items = budget.items.map(|items| format!("items: {items}"));
    parts(out, 0, "budget", [usd, tokens, items]);
}

fn print_outside(out: &mut String, outside: OutsideSettings) {
    let notify = outside.notify.map(|notify| match notify {
        Notify::Off => "\"off\"",
        Notify::Bell => "bell",
        Notify::Osc9 => "osc9",
        Notify::Osc777 => "osc777",
    });
    let title = outside.title.map(|title| format!("title: {title}"));
    let progress = outside.progress.map(|progress| format!("progress: {progress}"));
    parts(out, 0, "outside", [title, progress, notify.map(|notify| format!("notify: {notify}"))]);
}

/// A mapping on one line, of what is said; nothing where nothing is.
fn parts<const N: usize>(out: &mut String, level: usize, key: &str, parts: [Option<String>; N]) {
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if !said.is_empty() {
        line(out, level, key, &format!("{{{}}}", said.join(", ")));
    }
}

fn print_prices(out: &mut String, level: usize, key: &str, prices: &BTreeMap<String, Price>) {
    if !prices.is_empty() {
        line(out, level, key, "");
        prices.iter().for_each(|(model, price)| line(out, level + 1, &quoted(model), &flow(price)));
    }
}

fn flow(price: &Price) -> String {
    let mut parts = vec![format!("prompt: {}", price.prompt), format!("completion: {}", price.completion)];
    parts.extend(price.cached.map(|cached| format!("cached: {cached}")));
    parts.extend(price.date.map(|date| format!("date: {date}")));
    format!("{{{}}}", parts.join(", "))
}

/// A URL without user name, password and query, which people put keys into.
fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// `key: value`, two blanks per level; no value and no blank behind the colon if `value` is empty.
fn line(out: &mut String, level: usize, key: &str, value: &str) {
    out.push_str(&"  ".repeat(level));
    out.push_str(key);
    out.push(':');
    if !value.is_empty() {
        out.push(' ');
        out.push_str(value);
    }
    out.push('\n');
}

fn setting<T>(out: &mut String, key: &str, setting: &Setting<T>, show: impl Fn(&T) -> String) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{key}: {}  # {}", show(&setting.value), setting.source);
}

fn optional(value: Option<&str>) -> String {
    value.map_or("null".to_owned(), quoted)
}

/// A YAML string that is safe on every terminal: JSON's quoting, with everything but ASCII letters
/// that are plain kept readable and controls escaped.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !text.is_empty()
        && text.chars().all(plain)
        && text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text)
    {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// Whether everything the configuration names is there and works. Nothing is sent anywhere.
pub fn check(config: &Config, variable: Environment<'_>, paths: &Paths) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut note = |serious: bool, text: String| findings.push(Finding { serious, text });
    for warning in &config.warnings {
        note(false, warning.clone());
    }
    if let Err(error) = config.keys() {
        note(true, error.to_string());
    }
    match Theme::load(&config.theme.value, ColorDepth::True, &|name| paths.theme_text(name)) {
        Err(error) => note(true, error.to_string()),
        Ok(loaded) => loaded.warnings.into_iter().for_each(|warning| note(false, warning)),
    }
    if let Some(name) = &config.default_profile.value
        && let Err(error) = config.profile(Some(name))
    {
        note(true, error.to_string());
    }
    for profile in config.profiles.values() {
        if let Err(error) = profile.key(variable) {
            note(true, error.to_string());
        }
    }
    use super::ConfigError::{NoDefaultProfile, NoProfile};
    if let Err(error @ (NoProfile { .. } | NoDefaultProfile { .. })) = config.profile(None) {
        note(false, error.to_string());
    }
    findings
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
