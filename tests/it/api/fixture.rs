//! Whole answers against committed files, but for what the clock says.

use std::path::PathBuf;

use serde_json::Value;
use skewwatch::model::time::Timestamp;

/// Spans that the clock decides.
const TICKING: [&str; 8] = [
    "duration_seconds",
    "min_seconds",
    "p50_seconds",
    "p95_seconds",
    "p99_seconds",
    "max_seconds",
    "freshness_p50_seconds",
    "freshness_p99_seconds",
];

/// Compares with `tests/fixtures/api/NAME.json`; with `BLESS=1` in the environment writes it instead.
pub(super) fn same_as_file(name: &str, answer: &Value) {
    let mut found = answer.clone();
    timeless(&mut found, "");
    let found = serde_json::to_string_pretty(&found).unwrap() + "\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/api/{name}.json"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == found, "{} differs; if this is right, run again with BLESS=1:\n{found}", path.display());
}

/// Writes today's times as `TIME`, spans that pass by as 0, other numbers to nine digits, and `FILES` for what names the
/// files of a snapshot.
pub(super) fn timeless(value: &mut Value, name: &str) {
    match value {
        Value::Object(entries) => entries.iter_mut().for_each(|(name, value)| timeless(value, name)),
        Value::Array(items) => items.iter_mut().for_each(|item| timeless(item, name)),
        Value::String(text) if name == "identity" => *text = "FILES".to_owned(),
        Value::String(text) => {
            let recent = Timestamp::parse_rfc3339("2026-07-01T00:00:00Z").unwrap();
            if Timestamp::parse_rfc3339(text).is_ok_and(|time| time > recent) {
                *value = "TIME".into();
            }
        }
        Value::Number(number) if TICKING.contains(&name) => *number = 0.into(),
        Value::Number(number) => {
            if let Some(real) = number.as_f64().filter(|_| number.is_f64()) {
                *value = format!("{real:.9e}").parse::<f64>().unwrap().into();
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}
