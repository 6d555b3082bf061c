//! Values as plain text.

use super::json;
use super::shape::conform;
use super::timestamp;
use crate::model::value::{ScalarKind, Value, ValueKind};

/// Reads a text as the declared `kind`; lists, sets and maps are JSON documents, bytes are the text's own.
pub(super) fn decode(kind: ValueKind, bytes: &[u8]) -> Result<Value, Box<str>> {
    let ValueKind::Scalar(scalar) = kind else {
        return if bytes.is_empty() { Ok(Value::Null) } else { json::decode(kind, bytes) };
    };
    if scalar == ScalarKind::Bytes {
        return Ok(Value::Bytes(bytes.into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "a text that is not UTF-8")?;
    if scalar == ScalarKind::String {
        return Ok(Value::string(text));
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let wrong = || Box::<str>::from(format!("a text that is no {}", scalar.name()));
    match scalar {
        ScalarKind::Bool => match text {
            "true" | "True" | "1" => Ok(Value::Bool(true)),
            "false" | "False" | "0" => Ok(Value::Bool(false)),
            _ => Err(wrong()),
        },
        ScalarKind::Int32 | ScalarKind::Int64 => {
            let value = match text.parse::<i64>() {
                Ok(number) => Value::Int(number),
                Err(_) => Value::Float64(text.parse().map_err(|_| wrong())?),
            };
            conform(kind, value).map_err(|_| wrong())
        }
        ScalarKind::Float32 => {
            let number = text.parse::<f32>().map_err(|_| wrong())?;
            if number.is_infinite() && !names_infinity(text) {
                Err(outside(scalar))
            } else {
                Ok(Value::Float32(number))
            }
        }
        ScalarKind::Float64 => {
            let number = text.parse::<f64>().map_err(|_| wrong())?;
            if number.is_infinite() && !names_infinity(text) {
                Err(outside(scalar))
            } else {
                Ok(Value::Float64(number))
            }
        }
        ScalarKind::UnixTimestamp => match text.parse::<i64>() {
            Ok(seconds) => Ok(Value::UnixTimestamp(seconds)),
            Err(_) => match timestamp::seconds(text) {
                Some((instant, _)) => Ok(Value::instant(instant)),
                None => conform(kind, Value::string(text)).map_err(|_| wrong()),
            },
        },
        ScalarKind::Json | ScalarKind::Uuid | ScalarKind::Decimal | ScalarKind::String | ScalarKind::Bytes => {
            conform(kind, Value::string(text)).map_err(|_| wrong())
        }
    }
}

fn names_infinity(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'f' | b'F'))
}

fn outside(kind: ScalarKind) -> Box<str> {
    format!("a float out of the range of {}", kind.name()).into()
}
