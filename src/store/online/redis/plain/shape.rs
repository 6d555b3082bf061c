//! Fitting values of a self-describing encoding to the declared kind.

use std::collections::BTreeMap;

use super::timestamp;
use crate::model::time::Timestamp;
use crate::model::value::{ScalarKind, Value, ValueKind};

/// 2^53: up to here a double holds every integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `value` as the declared `kind`; nulls fit everywhere.
pub(super) fn conform(kind: ValueKind, value: Value) -> Result<Value, Box<str>> {
    match (kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (ValueKind::Scalar(kind), value) => scalar(kind, value),
        (ValueKind::List(element) | ValueKind::Set(element), Value::List(values)) => values
            .into_iter()
            .map(|value| conform(ValueKind::Scalar(element), value))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (ValueKind::Map, Value::Map(entries)) => Ok(Value::Map(entries)),
        (ValueKind::MapList, Value::List(values)) => {
            values.into_iter().map(|value| conform(ValueKind::Map, value)).collect::<Result<_, _>>().map(Value::List)
        }
        (kind, value) => Err(format!("{} where {kind} is declared", article(&value)).into()),
    }
}

fn scalar(kind: ScalarKind, value: Value) -> Result<Value, Box<str>> {
    let unfit = |value: &Value| Err(format!("{} where {} is declared", article(value), kind.name()).into());
    let outside = |value: &Value| Err(format!("{} out of the range of {}", article(value), kind.name()).into());
    match (kind, value) {
        (ScalarKind::Int32, Value::Int(number)) if i32::try_from(number).is_err() => outside(&Value::Int(number)),
        (ScalarKind::Int32 | ScalarKind::Int64, value @ Value::UInt(_)) => outside(&value),
        (ScalarKind::Int32 | ScalarKind::Int64, value @ (Value::Float32(_) | Value::Float64(_))) => {
            match value.as_number().and_then(whole) {
                Some(number) => scalar(kind, Value::Int(number)),
                None => unfit(&value),
            }
        }
        (ScalarKind::Float32 | ScalarKind::Float64, value @ (Value::Int(_) | Value::UInt(_))) => {
            value.as_number().map(Value::Float64).map_or_else(|| unfit(&value), Ok)
        }
        (ScalarKind::Float32 | ScalarKind::Float64, Value::String(text)) => match &*text {
            // The names that protobuf's and other JSON writers use, because JSON has none.
            "NaN" => Ok(Value::Float64(f64::NAN)),
            "Infinity" => Ok(Value::Float64(f64::INFINITY)),
            "-Infinity" => Ok(Value::Float64(f64::NEG_INFINITY)),
            _ => unfit(&Value::String(text)),
        },
        (ScalarKind::Bytes, Value::String(text)) => Ok(Value::Bytes(text.into_string().into_bytes().into())),
        (ScalarKind::UnixTimestamp, Value::Int(seconds)) => Ok(Value::UnixTimestamp(seconds)),
        (ScalarKind::UnixTimestamp, value @ (Value::Float32(_) | Value::Float64(_))) => {
            // A double is good to about 0.2 µs of today's seconds: the sixth digit is the last that it says.
            let text = value.as_number().map(|seconds| format!("{seconds:.6}"));
            match text.and_then(|text| timestamp::seconds(&text)) {
                Some((instant, _)) => Ok(Value::instant(instant)),
                None => outside(&value),
            }
        }
        (ScalarKind::UnixTimestamp, Value::String(text)) => match Timestamp::parse_rfc3339(&text) {
            Ok(instant) => Ok(Value::instant(instant)),
            Err(_) => unfit(&Value::String(text)),
        },
        (ScalarKind::Uuid, Value::String(text)) if !is_uuid(&text) => Err("a string that is no UUID".into()),
        (ScalarKind::Decimal, Value::String(text)) if !is_decimal(&text) => {
            Err("a string that is no decimal number".into())
        }
        (ScalarKind::Decimal, value @ (Value::Int(_) | Value::UInt(_))) => Ok(Value::String(value.to_string().into())),
        (ScalarKind::Decimal, Value::Float64(number)) if number.is_finite() => {
            Ok(Value::String(number.to_string().into()))
        }
        (ScalarKind::Json, Value::String(text)) if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() => {
            Err("a string that is no JSON document".into())
        }
        (ScalarKind::Json, value @ (Value::Map(_) | Value::List(_))) => {
            Ok(Value::String(document(&value).to_string().into()))
        }
        (ScalarKind::Bool, value @ Value::Bool(_))
        | (ScalarKind::Int32 | ScalarKind::Int64, value @ Value::Int(_))
        | (ScalarKind::Float32 | ScalarKind::Float64, value @ (Value::Float32(_) | Value::Float64(_)))
        | (ScalarKind::String | ScalarKind::Json | ScalarKind::Uuid | ScalarKind::Decimal, value @ Value::String(_))
        | (ScalarKind::Bytes, value @ Value::Bytes(_))
        | (ScalarKind::UnixTimestamp, value @ (Value::UnixTimestamp(_) | Value::UnixNanos(_))) => Ok(value),
        (_, value) => unfit(&value),
    }
}

/// `value` with its doubles rounded to single precision where `kind` declares it.
pub(super) fn narrow(kind: ValueKind, value: Value) -> Result<Value, Box<str>> {
    match (kind, value) {
        (ValueKind::Scalar(ScalarKind::Float32), Value::Float64(number)) => single(number).map(Value::Float32),
        (ValueKind::List(ScalarKind::Float32) | ValueKind::Set(ScalarKind::Float32), Value::List(values)) => {
            let element = ValueKind::Scalar(ScalarKind::Float32);
            values.into_iter().map(|value| narrow(element, value)).collect::<Result<_, _>>().map(Value::List)
        }
        (_, value) => Ok(value),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is what is asked for")]
fn single(number: f64) -> Result<f32, Box<str>> {
    let rounded = number as f32;
    if rounded.is_infinite() && number.is_finite() {
        return Err("a float out of the range of float32".into());
    }
    Ok(rounded)
}

/// The integer that `number` is, where it is one beyond doubt.
#[expect(clippy::cast_possible_truncation, reason = "whole and at most 2^53, so nothing is cut")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let hyphens = text.bytes().filter(|byte| *byte == b'-').count();
    digits == 32 && matches!(hyphens, 0 | 4) && digits + hyphens == text.len()
}

fn is_decimal(text: &str) -> bool {
    // Words that Rust takes for floats are no decimals.
    text.parse::<f64>().is_ok() && !text.bytes().any(|byte| matches!(byte, b'n' | b'N' | b'i' | b'I'))
}

/// `value` as a JSON document; what JSON cannot say (bytes, NaN) becomes its printed text.
fn document(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Float32(number) => f64::from(*number).into(),
        Value::Float64(number) => (*number).into(),
        Value::String(text) => (&**text).into(),
        Value::List(values) => values.iter().map(document).collect(),
        Value::Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|(key, value)| (key.clone(), document(value))).collect())
        }
        Value::Bytes(_) | Value::UnixTimestamp(_) | Value::UnixNanos(_) => value.to_string().into(),
    }
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "a null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::UInt(_) => "an integer",
        Value::Float32(_) | Value::Float64(_) => "a float",
        Value::String(_) => "a string",
        Value::Bytes(_) => "bytes",
        Value::UnixTimestamp(_) | Value::UnixNanos(_) => "a point in time",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

/// The map of these entries.
pub(super) fn map(entries: BTreeMap<String, Value>) -> Value {
    Value::Map(Box::new(entries))
}
