//! Units, colours and limits of what is shown.

use serde_json::{Value, json};

/// What a number is, in Grafana's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A number as it is.
    Plain,
    /// How many.
    Count,
    /// A share from 0 to 1, shown in percent.
    Share,
    /// How many times.
    Times,
    /// Seconds.
    Seconds,
    /// Bytes a second.
    BytesPerSecond,
    /// Requests a second.
    RequestsPerSecond,
}

impl Unit {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "none",
            Self::Count => "short",
            Self::Share => "percentunit",
            Self::Times => "suffix:×",
            Self::Seconds => "s",
            Self::BytesPerSecond => "Bps",
            Self::RequestsPerSecond => "reqps",
        }
    }

    /// Digits after the point, where Grafana's own choice would be too many.
    pub(super) const fn decimals(self) -> Option<u8> {
        match self {
            Self::Times => Some(2),
            Self::Plain
            | Self::Count
            | Self::Share
            | Self::Seconds
            | Self::BytesPerSecond
            | Self::RequestsPerSecond => None,
        }
    }
}

/// From where on a value is good or bad; what is compared with an exported limit has [`Steps::Neutral`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Steps {
    /// Neither.
    Neutral,
    /// Bad from this value on.
    BadFrom(f64),
    /// Worth a look from this value on.
    DoubtfulFrom(f64),
    /// Bad below this value.
    BadBelow(f64),
}

/// Colours by name, so that a name has the same one everywhere.
pub(super) type Palette = &'static [(&'static str, &'static str)];

/// Of verdicts: green is well, blue cannot be compared yet, purple is past its time, red is wrong.
pub(super) const VERDICTS: Palette = &[
    ("consistent", "green"),
    ("ahead", "light-blue"),
    ("pending", "blue"),
    ("absent", "gray"),
    ("expired", "purple"),
    ("stale", "yellow"),
    ("missing_offline", "light-orange"),
    ("missing_online", "orange"),
    ("phantom", "dark-orange"),
    ("skewed", "red"),
    ("undecodable", "dark-red"),
    ("in_flight", "dark-blue"),
    ("unread", "dark-purple"),
];

/// Of served cells, by how they compare with the store.
pub(super) const SERVED: Palette = &[
    ("same", "green"),
    ("recent", "light-blue"),
    ("outdated", "yellow"),
    ("missing", "orange"),
    ("unfounded", "dark-orange"),
    ("different", "red"),
    ("unanswered", "dark-red"),
    ("in_flight", "dark-blue"),
];

/// Of the results of rounds.
pub(super) const RESULTS: Palette =
    &[("complete", "green"), ("partial", "orange"), ("failed", "red"), ("skipped", "purple")];

impl Steps {
    pub(super) fn json(self) -> Value {
        let steps = match self {
            Self::Neutral => json!([{ "color": "text", "value": null }]),
            Self::BadFrom(limit) => json!([{ "color": "green", "value": null }, { "color": "red", "value": limit }]),
            Self::DoubtfulFrom(limit) => {
                json!([{ "color": "green", "value": null }, { "color": "orange", "value": limit }])
            }
            Self::BadBelow(limit) => json!([{ "color": "red", "value": null }, { "color": "green", "value": limit }]),
        };
        json!({ "mode": "absolute", "steps": steps })
    }
}

/// Words for values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Numbers stay numbers.
    None,
    /// Of `finding_state`.
    Finding,
    /// Of `check_status`.
    Check,
    /// 1 is up, 0 is down.
    Up,
    /// 1 is taken, 0 is refused.
    Reload,
}

impl Words {
    pub(super) fn json(self) -> Value {
        let words: &[(&str, &str, &str)] = match self {
            Self::None => return json!([]),
            Self::Finding => &[("0", "quiet", "green"), ("1", "warning", "orange"), ("2", "critical", "red")],
            Self::Check => &[
                ("-1", "not judged", "purple"),
                ("0", "pass", "green"),
                ("1", "warning", "orange"),
                ("2", "critical", "red"),
            ],
            Self::Up => &[("0", "down", "red"), ("1", "up", "green")],
            Self::Reload => &[("0", "refused", "red"), ("1", "taken", "green")],
        };
        let options: serde_json::Map<String, Value> = words
            .iter()
            .enumerate()
            .map(|(index, (value, text, color))| {
                ((*value).to_owned(), json!({ "text": text, "color": color, "index": index }))
            })
            .collect();
        json!([{ "type": "value", "options": options }])
    }

    /// As [`json`](Self::json), and a field without a value has no colour: it would have that of the lowest step, and what
    /// is not known is not well.
    pub(super) fn json_in_tables(self) -> Value {
        let nothing = json!({
            "type": "special",
            "options": { "match": "null+nan", "result": { "text": "", "color": "transparent" } }
        });
        match self.json() {
            Value::Array(mut words) => {
                words.push(nothing);
                Value::Array(words)
            }
            other => other,
        }
    }
}
