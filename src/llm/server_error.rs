//! Errors as servers word them: every body shape seen, and the class each belongs to.

use std::time::SystemTime;

use reqwest::header::{HeaderMap, LOCATION};
use serde_json::Value;

use super::text::excerpt;
use super::{Class, Failure, retry_after};

/// What a server says about its error.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ServerError {
    pub message: String,
    /// The `type` and `code` words, and `param`, in lower case.
    pub words: String,
    /// A numeric code, or a status inside the body.
    pub number: Option<u16>,
}

impl ServerError {
    /// Finds the error in a JSON body, whichever shape it has.
    pub fn find(body: &Value) -> Option<Self> {
        let body = match body {
            Value::Array(list) => list.first()?,
            other => other,
        };
        if let Some(error) = Self::named(body) {
            return Some(error);
        }
        if body.get("object").and_then(Value::as_str) == Some("error") {
            return Some(Self::object(body));
        }
        for name in ["detail", "errors", "message", "error_message", "msg"] {
            match body.get(name) {
                Some(Value::String(text)) => {
                    return Some(Self { number: number(body.get("code")), ..Self::text(text) });
                }
                Some(object @ Value::Object(_)) => return Some(Self::object(object)),
                Some(Value::Array(list)) if !list.is_empty() => return Some(Self::list(list)),
                _ => {}
            }
        }
        None
    }

    /// Finds only what is called `error`: in a choice, other fields have other meanings.
    pub fn named(value: &Value) -> Option<Self> {
        match value.get("error")? {
            Value::Null | Value::Bool(false) => None,
            Value::String(text) => Some(Self::text(text)),
            error @ Value::Object(_) => Some(Self::object(error)),
            other => Some(Self::text(&other.to_string())),
        }
    }

    fn text(text: &str) -> Self {
        Self { message: text.to_owned(), ..Self::default() }
    }

    fn object(error: &Value) -> Self {
        let message = ["message", "msg", "detail", "error"]
            .iter()
            .find_map(|name| error.get(name).and_then(Value::as_str))
            .map_or_else(|| error.to_string(), str::to_owned);
        let mut words = String::new();
        let inner = error.get("innererror").or_else(|| error.get("metadata"));
        let values = ["type", "code", "param", "status"].map(|name| error.get(name));
        for value in values.into_iter().chain([inner.and_then(|i| i.get("code"))]) {
            if let Some(Value::String(word)) = value {
                words.push_str(&word.to_ascii_lowercase());
                words.push(' ');
            }
        }
        Self { message, words, number: number(error.get("code")).or_else(|| number(error.get("status"))) }
    }

    /// FastAPI's list of `{loc, msg}`.
    fn list(list: &[Value]) -> Self {
        let mut error = Self::default();
        for item in list.iter().take(5) {
            let place = item.get("loc").map(Value::to_string).unwrap_or_default();
            let message = ["msg", "message"]
                .iter()
                .find_map(|name| item.get(name).and_then(Value::as_str))
                .or(item.as_str())
                .unwrap_or_default();
            error.message.push_str(&format!("{place} {message}; "));
        }
        error
    }

    /// The failure that this error means, under the HTTP status it came with.
    pub fn failure(&self, status: u16, headers: &HeaderMap) -> Failure {
        let effective = if status < 400 { self.number.unwrap_or(status) } else { status };
        let told = self.message.to_ascii_lowercase();
        let class = self.class(effective, &told);
        let mut failure = Failure::new(class, sentence(class, effective, &self.message)).status(status);
        if matches!(class, Class::RateLimited | Class::QuotaEnded | Class::ServerError) {
            failure.retry_after = retry_after::wait(headers, &self.message, SystemTime::now());
        }
        failure
    }

    fn class(&self, status: u16, told: &str) -> Class {
        let word = |list: &[&str]| list.iter().any(|w| self.words.contains(w));
        let says = |list: &[&str]| list.iter().any(|w| told.contains(w));
        if word(&["content_filter", "content_policy", "responsibleaipolicy", "moderation", "invalid_prompt"])
            || says(&["content management policy", "content_filter", "flagged by moderation", "flagged as potentially"])
        {
            return Class::Filtered;
        }
        if status == 402
            || word(&["insufficient_quota", "billing", "quota_exceeded", "insufficient_balance"])
            || (matches!(status, 403 | 429)
                && says(&[
                    "exceeded your current quota",
                    "billing",
                    "credit balance",
                    "insufficient credits",
                    "insufficient balance",
                    "usage limit",
                ]))
        {
            return Class::QuotaEnded;
        }
        if status == 429
            || word(&["rate_limit", "ratelimit", "too_many_requests", "throttl"])
            || (status < 400 && says(&["rate limit", "too many requests"]))
        {
            return Class::RateLimited;
        }
        let schema = || {
            word(&["response_format", "json_schema"])
                || says(&[
                    "response_format",
                    "json_schema",
                    "json schema",
                    "structured output",
                    "guided_json",
                    "guided decoding",
                    "grammar",
                ])
        };
        match status {
            408 | 409 | 425 => Class::ServerError,
            300..500 if matches!(status, 400 | 404 | 415 | 422) && schema() => Class::SchemaUnsupported,
            500 | 501 if schema() => Class::SchemaUnsupported,
            300..500 => Class::ConfigError,
            // LM Studio says "Unexpected endpoint or method ... Returning 200 anyway".
            _ if status < 400
                && says(&[
                    "unexpected endpoint",
                    "model not found",
                    "no models loaded",
                    "not supported",
                    "unsupported",
                ]) =>
            {
                if schema() {
                    Class::SchemaUnsupported
                } else {
                    Class::ConfigError
                }
            }
            _ => Class::ServerError,
        }
    }
}

/// A status as a number or as digits in a string; words are not one.
fn number(value: Option<&Value>) -> Option<u16> {
    let number = match value? {
        Value::Number(n) => n.as_u64()?,
        Value::String(s) => s.parse().ok()?,
        _ => return None,
    };
    u16::try_from(number).ok().filter(|n| (400..600).contains(n))
}

/// The failure for a body that is not JSON: text, HTML or nothing.
pub(super) fn not_json(status: u16, headers: &HeaderMap, body: &str) -> Failure {
    let said = describe(body);
    if (200..300).contains(&status) {
        let what = if said.is_empty() { "nothing" } else { said.as_str() };
        return Failure::new(
            Class::Malformed,
            format!("The server answered {status} with {what} where a JSON reply belongs."),
        )
        .status(status)
        .excerpt(body);
    }
    if (300..400).contains(&status) {
        return redirect(status, headers);
    }
    ServerError { message: said, ..ServerError::default() }.failure(status, headers).excerpt(body)
}

/// Redirects are not followed: the key and the prompt would go where nobody sent them.
pub(super) fn redirect(status: u16, headers: &HeaderMap) -> Failure {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("an unnamed place");
    let target = target.split(['?', '#']).next().unwrap_or_default();
    Failure::new(
        Class::ConfigError,
        format!(
            "The server answered {status} and points to {}. Redirects are not followed; if that is \
             the right address, write it into the profile as the base URL.",
            excerpt(target, 200)
        ),
    )
    .status(status)
}

/// A short description of a body that is not JSON.
fn describe(body: &str) -> String {
    let body = body.trim_start_matches('\u{feff}').trim();
    if !body.starts_with('<') {
        return excerpt(body, 300);
    }
    let lower = body.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let end = lower[start..].find("</title>")? + start;
        body.get(start + "<title>".len()..end)
    });
    title.map_or("an HTML page".to_owned(), |title| format!("an HTML page titled '{}'", excerpt(title, 120)))
}

fn sentence(class: Class, status: u16, told: &str) -> String {
    let told = excerpt(told, 400);
    let told = told.trim_end_matches('.');
    let said = match (told.is_empty(), status >= 400) {
        (true, _) => format!("The server answered {status} without a message"),
        (false, true) => format!("The server answered {status}: {told}"),
        (false, false) => format!("The server reported an error: {told}"),
    };
    let next = match (class, status) {
        (Class::ConfigError, 401 | 403) => " Check the key of this profile and what it may do.",
        (Class::ConfigError, 404) => " Check the base URL (it usually ends in /v1) and the model name.",
        (Class::ConfigError, 407) => " Check the proxy.",
        (Class::ConfigError, _) => " Change the profile, the model or the parameters; asking again will not help.",
        (Class::SchemaUnsupported, _) => " Ask without a JSON schema (structuring: two-rounds).",
        (Class::QuotaEnded, _) => " Resume when the quota is back.",
        _ => "",
    };
    format!("{said}.{next}")
}
