//! From the bytes of a `feast.types.Value` to a value.

use prost::Message as _;

use super::message::{Kind, MapMessage, Strings, ValueMessage};
use crate::model::value::{ScalarKind, Value, ValueKind};

/// Reads a value of the declared `kind`.
///
/// Sets come as lists in the order of the bytes. JSON, UUID and decimal values come as text, exactly as written.
///
/// # Errors
/// The reason, as a sentence part, when the bytes are no `Value` or hold a value of another kind.
pub fn decode(kind: ValueKind, bytes: &[u8]) -> Result<Value, Box<str>> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let message = ValueMessage::decode(bytes).map_err(|error| format!("not a Feast value: {error}"))?;
    let Some(held) = message.kind else {
        return Err("a Feast value of an unknown kind".into());
    };
    if matches!(held, Kind::Null(_)) {
        return Ok(Value::Null);
    }
    let held_kind = declared_as(&held);
    if held_kind != Ok(kind) && !is_older_uuid(kind, held_kind.ok()) {
        return Err(match held_kind {
            Ok(held_kind) => format!("holds a value of type {held_kind} where {kind} is declared"),
            Err(written) => format!("holds {written} where {kind} is declared"),
        }
        .into());
    }
    value(held)
}

/// Feast once wrote UUIDs as strings, and its own reader still takes both.
fn is_older_uuid(declared: ValueKind, held: Option<ValueKind>) -> bool {
    use ScalarKind::{String, Uuid};
    [
        (ValueKind::Scalar(Uuid), ValueKind::Scalar(String)),
        (ValueKind::List(Uuid), ValueKind::List(String)),
        (ValueKind::Set(Uuid), ValueKind::Set(String)),
    ]
    .into_iter()
    .any(|(now, then)| declared == now && held == Some(then))
}

/// The kind as which a value of this message kind must be declared; what it is in a sentence where there is none.
fn declared_as(kind: &Kind) -> Result<ValueKind, &'static str> {
    use ValueKind::{List, Map, MapList, Scalar, Set};
    Ok(match kind {
        Kind::Bytes(_) => Scalar(ScalarKind::Bytes),
        Kind::String(_) => Scalar(ScalarKind::String),
        Kind::Int32(_) => Scalar(ScalarKind::Int32),
        Kind::Int64(_) => Scalar(ScalarKind::Int64),
        Kind::Double(_) => Scalar(ScalarKind::Float64),
        Kind::Float(_) => Scalar(ScalarKind::Float32),
        Kind::Bool(_) => Scalar(ScalarKind::Bool),
        Kind::UnixTimestamp(_) => Scalar(ScalarKind::UnixTimestamp),
        Kind::Json(_) => Scalar(ScalarKind::Json),
        Kind::Uuid(_) | Kind::TimeUuid(_) => Scalar(ScalarKind::Uuid),
        Kind::Decimal(_) => Scalar(ScalarKind::Decimal),
        Kind::BytesList(_) => List(ScalarKind::Bytes),
        Kind::StringList(_) => List(ScalarKind::String),
        Kind::Int32List(_) => List(ScalarKind::Int32),
        Kind::Int64List(_) => List(ScalarKind::Int64),
        Kind::DoubleList(_) => List(ScalarKind::Float64),
        Kind::FloatList(_) => List(ScalarKind::Float32),
        Kind::BoolList(_) => List(ScalarKind::Bool),
        Kind::UnixTimestampList(_) => List(ScalarKind::UnixTimestamp),
        Kind::JsonList(_) => List(ScalarKind::Json),
        Kind::UuidList(_) | Kind::TimeUuidList(_) => List(ScalarKind::Uuid),
        Kind::DecimalList(_) => List(ScalarKind::Decimal),
        Kind::BytesSet(_) => Set(ScalarKind::Bytes),
        Kind::StringSet(_) => Set(ScalarKind::String),
        Kind::Int32Set(_) => Set(ScalarKind::Int32),
        Kind::Int64Set(_) => Set(ScalarKind::Int64),
        Kind::DoubleSet(_) => Set(ScalarKind::Float64),
        Kind::FloatSet(_) => Set(ScalarKind::Float32),
        Kind::BoolSet(_) => Set(ScalarKind::Bool),
        Kind::UnixTimestampSet(_) => Set(ScalarKind::UnixTimestamp),
        Kind::UuidSet(_) | Kind::TimeUuidSet(_) => Set(ScalarKind::Uuid),
        Kind::DecimalSet(_) => Set(ScalarKind::Decimal),
        Kind::Map(_) | Kind::Struct(_) => Map,
        Kind::MapList(_) | Kind::StructList(_) => MapList,
        Kind::ValueList(_) => return Err("a list of values of any kind"),
        Kind::ValueSet(_) => return Err("a set of values of any kind"),
        Kind::Null(_) => return Err("a null"),
    })
}

/// The value of a message of any kind: inside a map every value says its kind itself.
fn value(kind: Kind) -> Result<Value, Box<str>> {
    Ok(match kind {
        Kind::Null(_) => Value::Null,
        Kind::Bytes(bytes) => Value::Bytes(bytes.into()),
        Kind::String(text) | Kind::Json(text) | Kind::Uuid(text) | Kind::TimeUuid(text) | Kind::Decimal(text) => {
            Value::String(text.into())
        }
        Kind::Int32(number) => Value::Int(number.into()),
        Kind::Int64(number) => Value::Int(number),
        Kind::Double(number) => Value::Float64(number),
        Kind::Float(number) => Value::Float32(number),
        Kind::Bool(flag) => Value::Bool(flag),
        Kind::UnixTimestamp(seconds) => Value::UnixTimestamp(seconds),
        Kind::BytesList(list) | Kind::BytesSet(list) => elements(list.val, |bytes| Value::Bytes(bytes.into())),
        Kind::StringList(list)
        | Kind::StringSet(list)
        | Kind::JsonList(list)
        | Kind::UuidList(list)
        | Kind::TimeUuidList(list)
        | Kind::UuidSet(list)
        | Kind::TimeUuidSet(list)
        | Kind::DecimalList(list)
        | Kind::DecimalSet(list) => strings(list),
        Kind::Int32List(list) | Kind::Int32Set(list) => elements(list.val, |number| Value::Int(number.into())),
        Kind::Int64List(list) | Kind::Int64Set(list) => elements(list.val, Value::Int),
        Kind::DoubleList(list) | Kind::DoubleSet(list) => elements(list.val, Value::Float64),
        Kind::FloatList(list) | Kind::FloatSet(list) => elements(list.val, Value::Float32),
        Kind::BoolList(list) | Kind::BoolSet(list) => elements(list.val, Value::Bool),
        Kind::UnixTimestampList(list) | Kind::UnixTimestampSet(list) => elements(list.val, Value::UnixTimestamp),
        Kind::Map(entries) | Kind::Struct(entries) => map(entries)?,
        Kind::MapList(maps) | Kind::StructList(maps) => {
            Value::List(maps.val.into_iter().map(map).collect::<Result<_, _>>()?)
        }
        Kind::ValueList(list) | Kind::ValueSet(list) => {
            Value::List(list.val.into_iter().map(nested).collect::<Result<_, _>>()?)
        }
    })
}

fn elements<T>(list: Vec<T>, element: impl Fn(T) -> Value) -> Value {
    Value::List(list.into_iter().map(element).collect())
}

fn strings(list: Strings) -> Value {
    elements(list.val, |text| Value::String(text.into()))
}

fn map(entries: MapMessage) -> Result<Value, Box<str>> {
    let entries = entries.val.into_iter().map(|(key, entry)| Ok((key, nested(entry)?)));
    Ok(Value::Map(Box::new(entries.collect::<Result<_, Box<str>>>()?)))
}

fn nested(message: ValueMessage) -> Result<Value, Box<str>> {
    message.kind.map_or(Ok(Value::Null), value)
}
