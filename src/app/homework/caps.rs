//! The line that says what stops a run.

use super::super::overlay::{Line, Purpose};
use super::Question;
use crate::app::{Effect, Field, Level, Model, Overlay, words};
use crate::homework::Limits;

/// Asks for the caps.
pub(super) fn edit(model: &mut Model) -> Vec<Effect> {
    let now = written(model.homework.limits());
    ask(model, &now)
}

/// Opens the line with a text in it.
fn ask(model: &mut Model, text: &str) -> Vec<Effect> {
    let title = "What stops the run: $5, 200k tokens, 50 items; or none".to_owned();
    let field = Field::new(text);
    model.overlays.push(Overlay::Line(Line { title, field, purpose: Purpose::Homework(Question::Caps) }));
    Vec::new()
}

/// A line was typed.
pub(super) fn answered(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(limits) = read(text) else {
        model.say(
            Level::Error,
            "That is no cap; write \"$5\", \"200k tokens\", \"50 items\", several with commas, or \"none\".",
        );
        return ask(model, text);
    };
    let unpriced = match &model.homework.run {
        Some(run) if model.homework.is_going() && run.id.is_some() => run.progress.cost_usd.is_none(),
        _ => model.homework.planned().is_some_and(|planned| !planned.terms.unpriced.is_empty()),
    };
    if limits.usd.is_some() && unpriced {
        let why =
            "A cap in dollars needs the price of every model: `prices:` in your config. Cap tokens or items instead.";
        model.say(Level::Error, why);
        return ask(model, text);
    }
    model.homework.caps = Some(limits);
    if model.homework.is_going() { vec![Effect::SetLimits(limits)] } else { Vec::new() }
}

/// The caps as they are typed; nothing where nothing is capped, so that typing begins a cap.
fn written(limits: Limits) -> String {
    let usd = limits.usd.map(|usd| format!("${usd}"));
    let tokens = limits.tokens.map(|tokens| format!("{tokens} tokens"));
    let items = limits.items.map(|items| words::count(items as usize, "item", "items"));
    [usd, tokens, items].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// "$5, 200k tokens, 50 items"; `None` where that is not what it says.
fn read(text: &str) -> Option<Limits> {
    let text = text.trim().to_lowercase();
    let mut limits = Limits::default();
    if text.is_empty() || text == "none" {
        return Some(limits);
    }
    // A comma after a digit and before three of them groups them.
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let thousand = |at: usize| (1..=3).all(|by| digit(Some(at + by))) && !digit(Some(at + 4));
    let grouping = |at: usize| chars[at] == ',' && digit(at.checked_sub(1)) && thousand(at);
    let plain: String = (0..chars.len()).filter(|at| !grouping(*at)).map(|at| chars[at]).collect();
    for part in plain.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let end = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (number, unit) = (end.trim(), part[end.len()..].trim());
        // In "200k tokens" the unit is the last word, and the k stays with the number.
        let (number, factor) = match number.strip_suffix('k').or_else(|| number.strip_suffix('m')) {
            Some(short) => (short.trim(), if number.ends_with('k') { 1e3 } else { 1e6 }),
            None => (number, 1.0),
        };
        let is_money = number.starts_with('$') || matches!(unit, "usd" | "dollar" | "dollars");
        let number =
            number.trim_start_matches('$').parse::<f64>().ok().filter(|n| *n >= 0.0 && n.is_finite())? * factor;
        match unit {
            "" | "usd" | "dollar" | "dollars" if is_money => limits.usd = Some(number),
            // "$5,200k tokens" may be one cap or two.
            _ if is_money => return None,
            "token" | "tokens" => limits.tokens = Some(number as u64),
            "item" | "items" => limits.items = Some(number as u64),
            _ => return None,
        }
    }
    Some(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_read_as_people_write_them() {
        let limits = |usd, tokens, items| Some(Limits { usd, tokens, items });
        for (text, wanted) in [
            ("none", limits(None, None, None)),
            ("  ", limits(None, None, None)),
            ("$5", limits(Some(5.0), None, None)),
            ("0.25 usd", limits(Some(0.25), None, None)),
            ("200k tokens, 50 items", limits(None, Some(200_000), Some(50))),
            ("1.5 m tokens", limits(None, Some(1_500_000), None)),
            ("$1,234.5, 1,000,000 tokens; 1 item", limits(Some(1_234.5), Some(1_000_000), Some(1))),
            ("$5,50 items", limits(Some(5.0), None, Some(50))),
            ("$5, 200k tokens", limits(Some(5.0), Some(200_000), None)),
            ("$5,200k tokens", None),
            ("$5 items", None),
            ("1,5 tokens", None),
            ("5", None),
            ("five dollars", None),
            ("-3 items", None),
            ("5 apples", None),
        ] {
            assert_eq!(read(text), wanted, "{text:?}");
        }
        let all = Limits { usd: Some(2.5), tokens: Some(7), items: Some(3) };
        assert_eq!(read(&written(all)), Some(all));
        assert_eq!(written(Limits::default()), "", "typing \"$5\" must not make \"none$5\"");
        assert_eq!(read(""), Some(Limits::default()));
    }
}
