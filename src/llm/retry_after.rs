//! How long a server asks to wait: the many ways in which servers say it.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// When a reply was sent by its server's own clock, from which the times that it names count: a wrong clock here does no
/// harm. `now` where the reply does not say.
pub(super) fn sent(headers: &HeaderMap, now: SystemTime) -> SystemTime {
    let date = headers.get(DATE).and_then(|value| value.to_str().ok());
    date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).unwrap_or(now)
}

/// The wait that a reply's headers or words ask for. `now` is used only where the reply has no date.
pub(super) fn wait(headers: &HeaderMap, words: &str, now: SystemTime) -> Option<Duration> {
    let now = sent(headers, now);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    text("retry-after-ms")
        .and_then(|ms| ms.parse::<f64>().ok())
        .and_then(|ms| seconds(ms / 1000.0))
        .or_else(|| {
            let value = text(RETRY_AFTER.as_str())?;
            let date = || {
                let until = httpdate::parse_http_date(value).ok()?;
                Some(until.duration_since(now).unwrap_or_default())
            };
            value.parse::<f64>().ok().and_then(seconds).or_else(date)
        })
        .or_else(|| in_words(words))
        .or_else(|| resets(headers, now))
}

/// Seconds as a duration: nothing for what is no number, ten years for what is absurd.
fn seconds(value: f64) -> Option<Duration> {
    value.is_finite().then(|| Duration::from_secs_f64(value.clamp(0.0, 315_360_000.0)))
}

/// The latest of the `x-ratelimit-reset-*` headers whose counter has run out.
fn resets(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    ["x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "x-ratelimit-reset"]
        .into_iter()
        .filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?.trim();
            let left = headers.get(name.replace("reset", "remaining")).and_then(|v| v.to_str().ok());
            if left.is_some_and(|left| left.trim() != "0") {
                return None;
            }
            moment(value, now)
        })
        .max()
}

/// How long until a moment as the headers write it: seconds, `6m0s`, a time since 1970 in seconds or milliseconds, or a
/// date as Anthropic writes it.
pub(super) fn moment(value: &str, now: SystemTime) -> Option<Duration> {
    let until = |epoch: f64| seconds(epoch - now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs_f64());
    match value.parse::<f64>() {
        Ok(number) if number > 1e9 => until(if number > 1e11 { number / 1000.0 } else { number }),
        Ok(number) => seconds(number),
        Err(_) => match value.parse::<jiff::Timestamp>() {
            Ok(date) => until(date.as_millisecond() as f64 / 1000.0),
            Err(_) => span(value),
        },
    }
}

/// "Please retry after 33 seconds", "try again in 6m0s", "resets in 16 days".
fn in_words(words: &str) -> Option<Duration> {
    let words = words.to_ascii_lowercase();
    ["retry after ", "try again in ", "retry in ", "resets in ", "try again after "]
        .into_iter()
        .find_map(|phrase| span(&words[words.find(phrase)? + phrase.len()..]))
}

/// A span of time at the start of `text`: `33 seconds`, `6m0s`, `1h2m`, `250ms`, `7`.
fn span(text: &str) -> Option<Duration> {
    let mut rest = text.trim_start();
    let mut total = None;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let Ok(number) = rest[..digits].trim_end_matches('.').parse::<f64>() else {
            break;
        };
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" | "millisecond" | "milliseconds" => 0.001,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3_600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => 1.0,
        };
        total = Some(total.unwrap_or(0.0) + number * unit);
        rest = &rest[letters..];
    }
    seconds(total?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    #[test]
    fn every_way_to_say_it() {
        /// Headers, words, and the seconds that they mean.
        type Row = (&'static [(&'static str, &'static str)], &'static str, Option<f64>);
        let table: &[Row] = &[
            (&[("retry-after", "2")], "", Some(2.0)),
            (&[("retry-after", "1.5")], "", Some(1.5)),
            (&[("retry-after", "-3")], "", Some(0.0)),
            (&[("retry-after", "soon")], "", None),
            (&[("retry-after", "9"), ("retry-after-ms", "250")], "", Some(0.25)),
            (
                &[("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")],
                "",
                Some(30.0),
            ),
            (
                &[("date", "Sun, 06 Nov 1994 08:50:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")],
                "",
                Some(0.0),
            ),
            (&[], "Rate limit exceeded. Please retry after 33 seconds.", Some(33.0)),
            (&[], "Please try again in 6m0s. Visit", Some(360.0)),
            (&[], "Please try again in 20ms.", Some(0.02)),
            (&[], "Your quota resets in 16 days.", Some(1_382_400.0)),
            (&[], "Please try again later.", None),
            (
                &[
                    ("x-ratelimit-remaining-requests", "59"),
                    ("x-ratelimit-reset-requests", "1s"),
                    ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "6m0s"),
                ],
                "",
                Some(360.0),
            ),
            (&[("x-ratelimit-remaining-requests", "59"), ("x-ratelimit-reset-requests", "1s")], "", None),
            (&[("x-ratelimit-reset", "1800000012")], "", Some(12.0)),
            (&[("x-ratelimit-reset", "1800000012500")], "", Some(12.5)),
            // By the server's clock it is second 1667724577, whatever the machine's says.
            (&[("date", "Sun, 06 Nov 2022 08:49:37 GMT"), ("x-ratelimit-reset", "1667724592")], "", Some(15.0)),
            (&[("date", "yesterday"), ("x-ratelimit-reset", "1800000012")], "", Some(12.0)),
            (&[("retry-after", "1e300")], "", Some(315_360_000.0)),
        ];
        for (pairs, words, expected) in table {
            let found = wait(&headers(pairs), words, now()).map(|d| d.as_secs_f64());
            assert_eq!(found, *expected, "{pairs:?} {words:?}");
        }
    }
}
