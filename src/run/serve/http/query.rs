//! What stands behind the question mark of an address: known names only, each once, each of its kind.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use axum::http::StatusCode;

use super::answer::Refusal;
use crate::config::quantity;
use crate::model::time::Timestamp;

/// Parameters of a request.
#[derive(Debug)]
pub(super) struct Query {
    given: BTreeMap<String, String>,
}

impl Query {
    /// Reads what stands behind the question mark; only `known` names may.
    pub(super) fn parse(text: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let mut given = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text.unwrap_or_default().as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let names = if known.is_empty() { "none".to_owned() } else { listed(known) };
                let message = format!("there is no parameter `{name}` here");
                return Err(bad("unknown_parameter", message).hint(format!("there are: {names}")));
            }
            if given.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(bad("bad_parameter", format!("`{name}` is given twice")));
            }
        }
        Ok(Self { given })
    }

    /// The text of a parameter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str)
    }

    /// A parameter that is one of a few words.
    pub(super) fn word(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let known = words.iter().copied().find(|word| *word == text);
        let complaint = || bad("bad_parameter", format!("`{name}` is `{text}`, which is none of its words"));
        known.map(Some).ok_or_else(|| complaint().hint(format!("it is one of {}", listed(words))))
    }

    /// A parameter that is a whole number from `least` to `most`.
    pub(super) fn number<N: FromStr + PartialOrd + Display>(
        &self,
        name: &str,
        (least, most): (N, N),
    ) -> Result<Option<N>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number: Option<N> = text.parse().ok().filter(|number| (&least..=&most).contains(&number));
        let complaint = || bad("bad_parameter", format!("`{name}` is `{text}`, which is no number that it may be"));
        number.map(Some).ok_or_else(|| complaint().hint(format!("it is a whole number from {least} to {most}")))
    }

    /// A parameter that is a time, or a span up to `now`.
    pub(super) fn since(&self, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let time = Timestamp::parse_rfc3339(text).ok();
        let time = time.or_else(|| quantity::duration(text).ok().map(|span| now.minus(span)));
        let complaint = || bad("bad_parameter", format!("`{name}` is `{text}`, which is neither a time nor a span"));
        let hint = "write a time such as `2026-06-14T00:00:00Z` (a `+` as `%2B`), or a span such as `7d`";
        time.map(Some).ok_or_else(|| complaint().hint(hint))
    }
}

/// A parameter that is wrong.
pub(super) fn bad(code: &'static str, message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, code, message)
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
