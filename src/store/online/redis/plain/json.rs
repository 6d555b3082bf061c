//! Values as JSON documents.

use super::shape::{conform, map, narrow};
use crate::model::value::{ScalarKind, Value, ValueKind};

/// Reads a JSON document as the declared `kind`.
///
/// Decimal fractions become floats of the declared width. `NaN`, `Infinity` and `-Infinity`, which are no JSON and which
/// Python writes all the same, are read where a float is declared. A feature of kind `json` is the document itself, or
/// the document that a string holds.
pub(in crate::store) fn decode(kind: ValueKind, bytes: &[u8]) -> Result<Value, Box<str>> {
    if let Some(word) = not_finite(kind, bytes) {
        return narrow(kind, conform(kind, Value::string(word))?);
    }
    let document: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| format!("no JSON document: {error}"))?;
    if kind == ValueKind::Scalar(ScalarKind::Json) {
        return Ok(match document {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::String(inner) if holds_container(&inner) => Value::String(inner.into()),
            document @ (serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_)) => Value::String(document.to_string().into()),
        });
    }
    narrow(kind, conform(kind, value(document))?)
}

fn not_finite(kind: ValueKind, bytes: &[u8]) -> Option<&'static str> {
    let float = matches!(kind, ValueKind::Scalar(ScalarKind::Float32 | ScalarKind::Float64));
    ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| float && word.as_bytes() == bytes)
}

fn holds_container(text: &str) -> bool {
    let container = text.trim_start().starts_with(['{', '[']);
    container && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn value(document: serde_json::Value) -> Value {
    match document {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Value::Int(number),
            (None, Some(number), _) => Value::UInt(number),
            (None, None, Some(number)) => Value::Float64(number),
            (None, None, None) => Value::String(number.to_string().into()),
        },
        serde_json::Value::String(text) => Value::String(text.into()),
        serde_json::Value::Array(values) => Value::List(values.into_iter().map(value).collect()),
        serde_json::Value::Object(entries) => {
            map(entries.into_iter().map(|(key, document)| (key, value(document))).collect())
        }
    }
}
