//! Numbers as people read them.

pub use crate::taxonomy::text::grouped;

/// A part of one in percent, with one digit after the point; neither all nor nothing by rounding.
#[must_use]
pub fn percent(part: f64) -> String {
    match part * 100.0 {
        some if some > 0.0 && some < 0.1 => "<0.1 %".to_owned(),
        most if (99.95..100.0).contains(&most) => ">99.9 %".to_owned(),
        number => format!("{number:.1} %"),
    }
}

/// The end of a scale of shares, without digits that say nothing.
#[must_use]
pub fn per_mille_of(part: f64) -> String {
    let percent = (part * 10_000.0).round() / 100.0;
    format!("{percent} %")
}

/// A number with as many digits as tell something.
#[must_use]
pub fn decimal(number: f64) -> String {
    if number >= 100.0 {
        grouped(number.round() as u64)
    } else if number >= 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.2}")
    }
}

/// The beginning of a hash.
#[must_use]
pub fn shortened(hash: &str) -> String {
    hash.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_says_neither_all_nor_nothing() {
        assert_eq!([0.0, 0.0001, 0.123, 0.9999, 1.0].map(percent), ["0.0 %", "<0.1 %", "12.3 %", ">99.9 %", "100.0 %"]);
        assert_eq!([0.0025, 0.4, 1.0].map(per_mille_of), ["0.25 %", "40 %", "100 %"]);
        assert_eq!([0.5, 12.34, 1_234.5].map(decimal), ["0.50", "12.3", "1,235"]);
    }
}
