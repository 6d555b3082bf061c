//! Values as JSON, as Feast's server writes them: bytes in base64, instants in seconds, what is no number as a text.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::model::entity::KeyValue;
use crate::model::time::{NANOS_PER_SECOND, Timestamp};
use crate::model::value::Value;

/// What Feast writes for the null of an instant.
pub(super) const NULL_INSTANT: i64 = i64::MIN;

/// Appends a value.
pub(super) fn value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null | Value::UnixTimestamp(NULL_INSTANT) => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Int(number) => shown(number, out),
        Value::UInt(number) => shown(number, out),
        Value::Float32(number) => float(f64::from(*number), out),
        Value::Float64(number) => float(*number, out),
        Value::String(text) => self::text(text, out),
        Value::Bytes(bytes) => self::bytes(bytes, out),
        Value::UnixTimestamp(seconds) => shown(seconds, out),
        Value::UnixNanos(nanos) => {
            let whole = nanos.div_euclid(NANOS_PER_SECOND);
            match nanos.rem_euclid(NANOS_PER_SECOND) {
                0 => shown(&whole, out),
                _ => float(Timestamp::from_nanos(*nanos).seconds(), out),
            }
        }
        Value::List(values) => {
            out.push(b'[');
            separated(values.iter(), out, self::value);
            out.push(b']');
        }
        Value::Map(entries) => {
            out.push(b'{');
            separated(entries.iter(), out, |(key, entry), out| {
                text(key, out);
                out.push(b':');
                self::value(entry, out);
            });
            out.push(b'}');
        }
    }
}

/// Appends the value of a join key.
pub(super) fn key(value: &KeyValue, out: &mut Vec<u8>) {
    match value {
        KeyValue::String(text) => self::text(text, out),
        KeyValue::Int32(number) => shown(number, out),
        KeyValue::Int64(number) => shown(number, out),
        KeyValue::Bytes(bytes) => self::bytes(bytes, out),
        KeyValue::UnixTimestamp(seconds) => shown(seconds, out),
    }
}

/// Appends a text.
pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    // Neither writing into memory nor a text of JSON fails.
    let _ = serde_json::to_writer(out, text);
}

/// Appends items with commas between them.
pub(super) fn separated<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    for (place, item) in items.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(item, out);
    }
}

/// Appends what needs no quoting.
pub(super) fn shown(value: &impl std::fmt::Display, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = write!(out, "{value}");
}

fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
    text(&BASE64_STANDARD.encode(bytes), out);
}

/// A double in its shortest form; JSON has no number for NaN and the infinities.
fn float(number: f64, out: &mut Vec<u8>) {
    match number {
        _ if number.is_nan() => out.extend(b"\"NaN\""),
        f64::INFINITY => out.extend(b"\"Infinity\""),
        f64::NEG_INFINITY => out.extend(b"\"-Infinity\""),
        _ => {
            let _ = serde_json::to_writer(out, &number);
        }
    }
}
