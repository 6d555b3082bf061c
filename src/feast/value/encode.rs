//! From a value to the bytes of a `feast.types.Value`.

use prost::Message as _;

use super::message::{
    Bools, Doubles, Floats, Int32s, Int64s, Kind, ManyBytes, MapMessage, Maps, Strings, ValueMessage, Values,
};
use crate::model::value::{ScalarKind, Value, ValueKind};

/// Writes `value` as the declared `kind`; a null is no bytes at all, as Feast writes it.
///
/// Inside a map, where no type is declared, integers are written as int64 and lists as lists of any kind.
///
/// # Errors
/// The reason, as a sentence part, when the value is not of the declared kind or does not fit it.
pub fn encode(kind: ValueKind, value: &Value) -> Result<Vec<u8>, Box<str>> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let held = match kind {
        ValueKind::Scalar(scalar) => scalar_kind(scalar, value)?,
        ValueKind::List(scalar) => list_kind(scalar, list(kind, value)?)?,
        ValueKind::Set(scalar) => set_kind(scalar, list(kind, value)?)?,
        ValueKind::Map => Kind::Map(map(value)?),
        ValueKind::MapList => {
            Kind::MapList(Maps { val: list(kind, value)?.iter().map(map).collect::<Result<_, _>>()? })
        }
    };
    Ok(ValueMessage { kind: Some(held) }.encode_to_vec())
}

fn list(kind: ValueKind, value: &Value) -> Result<&[Value], Box<str>> {
    match value {
        Value::List(elements) => Ok(elements),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::UInt(_)
        | Value::Float32(_)
        | Value::Float64(_)
        | Value::String(_)
        | Value::Bytes(_)
        | Value::UnixTimestamp(_)
        | Value::UnixNanos(_)
        | Value::Map(_) => Err(format!("{value} is not of type {kind}").into()),
    }
}

fn scalar_kind(scalar: ScalarKind, value: &Value) -> Result<Kind, Box<str>> {
    Ok(match scalar {
        ScalarKind::Bool => Kind::Bool(bool_of(value)?),
        ScalarKind::Int32 => Kind::Int32(int32_of(value)?),
        ScalarKind::Int64 => Kind::Int64(int64_of(value)?),
        ScalarKind::Float32 => Kind::Float(float_of(value)?),
        ScalarKind::Float64 => Kind::Double(double_of(value)?),
        ScalarKind::String => Kind::String(text_of(scalar, value)?),
        ScalarKind::Bytes => Kind::Bytes(bytes_of(value)?),
        ScalarKind::UnixTimestamp => Kind::UnixTimestamp(seconds_of(value)?),
        ScalarKind::Json => Kind::Json(text_of(scalar, value)?),
        ScalarKind::Uuid => Kind::Uuid(text_of(scalar, value)?),
        ScalarKind::Decimal => Kind::Decimal(text_of(scalar, value)?),
    })
}

fn list_kind(scalar: ScalarKind, values: &[Value]) -> Result<Kind, Box<str>> {
    Ok(match scalar {
        ScalarKind::Bool => Kind::BoolList(Bools { val: each(values, bool_of)? }),
        ScalarKind::Int32 => Kind::Int32List(Int32s { val: each(values, int32_of)? }),
        ScalarKind::Int64 => Kind::Int64List(Int64s { val: each(values, int64_of)? }),
        ScalarKind::Float32 => Kind::FloatList(Floats { val: each(values, float_of)? }),
        ScalarKind::Float64 => Kind::DoubleList(Doubles { val: each(values, double_of)? }),
        ScalarKind::Bytes => Kind::BytesList(ManyBytes { val: each(values, bytes_of)? }),
        ScalarKind::UnixTimestamp => Kind::UnixTimestampList(Int64s { val: each(values, seconds_of)? }),
        ScalarKind::String => Kind::StringList(texts(scalar, values)?),
        ScalarKind::Json => Kind::JsonList(texts(scalar, values)?),
        ScalarKind::Uuid => Kind::UuidList(texts(scalar, values)?),
        ScalarKind::Decimal => Kind::DecimalList(texts(scalar, values)?),
    })
}

fn set_kind(scalar: ScalarKind, values: &[Value]) -> Result<Kind, Box<str>> {
    Ok(match scalar {
        ScalarKind::Bool => Kind::BoolSet(Bools { val: each(values, bool_of)? }),
        ScalarKind::Int32 => Kind::Int32Set(Int32s { val: each(values, int32_of)? }),
        ScalarKind::Int64 => Kind::Int64Set(Int64s { val: each(values, int64_of)? }),
        ScalarKind::Float32 => Kind::FloatSet(Floats { val: each(values, float_of)? }),
        ScalarKind::Float64 => Kind::DoubleSet(Doubles { val: each(values, double_of)? }),
        ScalarKind::Bytes => Kind::BytesSet(ManyBytes { val: each(values, bytes_of)? }),
        ScalarKind::UnixTimestamp => Kind::UnixTimestampSet(Int64s { val: each(values, seconds_of)? }),
        ScalarKind::String => Kind::StringSet(texts(scalar, values)?),
        ScalarKind::Uuid => Kind::UuidSet(texts(scalar, values)?),
        ScalarKind::Decimal => Kind::DecimalSet(texts(scalar, values)?),
        ScalarKind::Json => return Err("Feast has no sets of JSON documents".into()),
    })
}

fn each<T>(values: &[Value], element: fn(&Value) -> Result<T, Box<str>>) -> Result<Vec<T>, Box<str>> {
    values.iter().map(element).collect()
}

fn texts(scalar: ScalarKind, values: &[Value]) -> Result<Strings, Box<str>> {
    Ok(Strings { val: values.iter().map(|value| text_of(scalar, value)).collect::<Result<_, _>>()? })
}

fn mismatch(scalar: ScalarKind, value: &Value) -> Box<str> {
    format!("{value} is not of type {}", scalar.name()).into()
}

fn bool_of(value: &Value) -> Result<bool, Box<str>> {
    if let Value::Bool(flag) = value { Ok(*flag) } else { Err(mismatch(ScalarKind::Bool, value)) }
}

fn int32_of(value: &Value) -> Result<i32, Box<str>> {
    let narrow = if let Value::Int(number) = value { i32::try_from(*number).ok() } else { None };
    narrow.ok_or_else(|| mismatch(ScalarKind::Int32, value))
}

fn int64_of(value: &Value) -> Result<i64, Box<str>> {
    if let Value::Int(number) = value { Ok(*number) } else { Err(mismatch(ScalarKind::Int64, value)) }
}

fn float_of(value: &Value) -> Result<f32, Box<str>> {
    if let Value::Float32(number) = value { Ok(*number) } else { Err(mismatch(ScalarKind::Float32, value)) }
}

fn double_of(value: &Value) -> Result<f64, Box<str>> {
    if let Value::Float64(number) = value { Ok(*number) } else { Err(mismatch(ScalarKind::Float64, value)) }
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, Box<str>> {
    if let Value::Bytes(bytes) = value { Ok(bytes.to_vec()) } else { Err(mismatch(ScalarKind::Bytes, value)) }
}

fn seconds_of(value: &Value) -> Result<i64, Box<str>> {
    if let Value::UnixTimestamp(seconds) = value {
        Ok(*seconds)
    } else {
        Err(mismatch(ScalarKind::UnixTimestamp, value))
    }
}

fn text_of(scalar: ScalarKind, value: &Value) -> Result<String, Box<str>> {
    if let Value::String(text) = value { Ok(text.to_string()) } else { Err(mismatch(scalar, value)) }
}

fn map(value: &Value) -> Result<MapMessage, Box<str>> {
    let Value::Map(entries) = value else {
        return Err(format!("{value} is not of type map").into());
    };
    let entries = entries.iter().map(|(key, entry)| Ok((key.clone(), nested(entry)?)));
    Ok(MapMessage { val: entries.collect::<Result<_, Box<str>>>()? })
}

fn nested(value: &Value) -> Result<ValueMessage, Box<str>> {
    let kind = match value {
        Value::Null => None,
        Value::Bool(flag) => Some(Kind::Bool(*flag)),
        Value::Int(number) => Some(Kind::Int64(*number)),
        Value::Float32(number) => Some(Kind::Float(*number)),
        Value::Float64(number) => Some(Kind::Double(*number)),
        Value::String(text) => Some(Kind::String(text.to_string())),
        Value::Bytes(bytes) => Some(Kind::Bytes(bytes.to_vec())),
        Value::UnixTimestamp(seconds) => Some(Kind::UnixTimestamp(*seconds)),
        Value::List(values) => {
            Some(Kind::ValueList(Values { val: values.iter().map(nested).collect::<Result<_, _>>()? }))
        }
        Value::Map(_) => Some(Kind::Map(map(value)?)),
        Value::UInt(_) | Value::UnixNanos(_) => {
            return Err(format!("{value} is of no type that a Feast map can hold").into());
        }
    };
    Ok(ValueMessage { kind })
}
