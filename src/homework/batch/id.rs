//! The name of a request: which run, which item, which stage, which try.
//!
//! `p3fa90c12-<item: 32 digits>-q0`: 45 characters of `[0-9a-z-]`, inside every provider's rule. A request that is sent
//! again, because a batch expired or was lost, has the same name; a try after a failure has the next number, because it
//! carries another seed. A final `m` says that it allows more tokens after a reply that was cut.

use std::fmt;

use super::super::done::MOST_FAILURES;
use super::super::item::ItemId;
use super::stage::Stage;

/// The `custom_id` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CustomId {
    /// What the run was asked for: the last part of its name.
    pub key: u32,
    /// The item.
    pub item: ItemId,
    /// Which call of it.
    pub stage: Stage,
    /// How often the item had failed by its own fault before.
    pub attempt: u32,
    /// Whether it allows more tokens than the first of this try.
    pub more: bool,
}

impl CustomId {
    /// The id that a text is; `None` where it is not one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (key, rest) = text.strip_prefix('p')?.split_once('-')?;
        let (item, call) = rest.split_once('-')?;
        let digits = key.len() == 8 && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let key = u32::from_str_radix(key, 16).ok().filter(|_| digits)?;
        let mut letters = call.chars();
        let letter = letters.next()?;
        let stage = Stage::ALL.into_iter().find(|stage| stage.letter() == letter)?;
        let rest = letters.as_str();
        let (attempt, more) = rest.strip_suffix('m').map_or((rest, false), |attempt| (attempt, true));
        let attempt = attempt.parse().ok().filter(|number| attempt.len() == 1 && *number < MOST_FAILURES)?;
        Some(Self { key, item: item.parse().ok()?, stage, attempt, more })
    }
}

impl fmt::Display for CustomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.more { "m" } else { "" };
        write!(f, "p{:08x}-{}-{}{}{more}", self.key, self.item, self.stage.letter(), self.attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_plain_and_leads_back() {
        for stage in Stage::ALL {
            for (attempt, more) in [(0, false), (2, true)] {
                let id = CustomId { key: 0xab, item: ItemId::from_bits(u128::MAX), stage, attempt, more };
                let text = id.to_string();
                assert!(text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{text}");
                assert_eq!(CustomId::parse(&text), Some(id));
            }
        }
    }

    #[test]
    fn what_is_not_ours_is_told() {
        let item = "0".repeat(32);
        for bad in [
            String::new(),
            "request-1".to_owned(),
            format!("p000000ab-{item}-x0"),
            format!("p000000ab-{item}-q"),
            format!("p000000ab-{item}-q00"),
            format!("p000000ab-{item}-q3"),
            format!("p000000ab-{item}-q+"),
            format!("p000000ab-{}-q0", &item[1..]),
            format!("pab-{item}-q0"),
            format!("p000000AB-{item}-q0"),
            format!("p000000ab-{item}-q0é"),
        ] {
            assert_eq!(CustomId::parse(&bad), None, "{bad}");
        }
    }
}
