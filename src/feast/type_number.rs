//! The numbers of `feast.types.ValueType`, by which a registry declares types and an entity key marks its values.

use crate::model::entity::KeyKind;
use crate::model::value::{ScalarKind, ValueKind};

/// Every number of `feast.types.ValueType.Enum` with its name and the kind it stands for; `None` where this program has
/// no such kind. Where two numbers stand for one kind, the first is the one written.
const TYPES: [(i32, &str, Option<ValueKind>); 44] = {
    use ScalarKind::{Bool, Bytes, Decimal, Float32, Float64, Int32, Int64, Json, String, UnixTimestamp, Uuid};
    use ValueKind::{List, Map, MapList, Scalar, Set};
    [
        (1, "bytes", Some(Scalar(Bytes))),
        (2, "string", Some(Scalar(String))),
        (3, "int32", Some(Scalar(Int32))),
        (4, "int64", Some(Scalar(Int64))),
        (5, "double", Some(Scalar(Float64))),
        (6, "float", Some(Scalar(Float32))),
        (7, "bool", Some(Scalar(Bool))),
        (8, "unix_timestamp", Some(Scalar(UnixTimestamp))),
        (11, "bytes_list", Some(List(Bytes))),
        (12, "string_list", Some(List(String))),
        (13, "int32_list", Some(List(Int32))),
        (14, "int64_list", Some(List(Int64))),
        (15, "double_list", Some(List(Float64))),
        (16, "float_list", Some(List(Float32))),
        (17, "bool_list", Some(List(Bool))),
        (18, "unix_timestamp_list", Some(List(UnixTimestamp))),
        (19, "null", None),
        (20, "map", Some(Map)),
        (21, "map_list", Some(MapList)),
        (22, "bytes_set", Some(Set(Bytes))),
        (23, "string_set", Some(Set(String))),
        (24, "int32_set", Some(Set(Int32))),
        (25, "int64_set", Some(Set(Int64))),
        (26, "double_set", Some(Set(Float64))),
        (27, "float_set", Some(Set(Float32))),
        (28, "bool_set", Some(Set(Bool))),
        (29, "unix_timestamp_set", Some(Set(UnixTimestamp))),
        (32, "json", Some(Scalar(Json))),
        (33, "json_list", Some(List(Json))),
        (34, "struct", Some(Map)),
        (35, "struct_list", Some(MapList)),
        (36, "uuid", Some(Scalar(Uuid))),
        (37, "time_uuid", Some(Scalar(Uuid))),
        (38, "uuid_list", Some(List(Uuid))),
        (39, "time_uuid_list", Some(List(Uuid))),
        (40, "uuid_set", Some(Set(Uuid))),
        (41, "time_uuid_set", Some(Set(Uuid))),
        (42, "value_list", None),
        (43, "value_set", None),
        (44, "decimal", Some(Scalar(Decimal))),
        (45, "decimal_list", Some(List(Decimal))),
        (46, "decimal_set", Some(Set(Decimal))),
        (47, "scalar_map", None),
        (48, "zoned_timestamp", None),
    ]
};

/// The kind that `number` declares; the error is the name of a type that has no kind here.
pub(super) fn value_kind(number: i32) -> Result<ValueKind, String> {
    match TYPES.iter().find(|(known, _, _)| *known == number) {
        Some((_, _, Some(kind))) => Ok(*kind),
        Some((_, name, None)) => Err((*name).to_owned()),
        None => Err(format!("number {number}")),
    }
}

/// The number that declares `kind`; `None` for the set of JSON documents, which Feast does not have.
pub(super) fn of_value_kind(kind: ValueKind) -> Option<i32> {
    TYPES.iter().find(|(_, _, known)| *known == Some(kind)).map(|(number, _, _)| *number)
}

/// The number that marks a key value of `kind`.
pub(super) const fn of_key_kind(kind: KeyKind) -> u32 {
    match kind {
        KeyKind::Bytes => 1,
        KeyKind::String => 2,
        KeyKind::Int32 => 3,
        KeyKind::Int64 => 4,
        KeyKind::UnixTimestamp => 8,
    }
}

/// The kind of key value that `number` marks; the error is the name of a type that cannot be an entity key.
pub(super) fn key_kind(number: i32) -> Result<KeyKind, String> {
    match value_kind(number)? {
        ValueKind::Scalar(ScalarKind::Bytes) => Ok(KeyKind::Bytes),
        ValueKind::Scalar(ScalarKind::String) => Ok(KeyKind::String),
        ValueKind::Scalar(ScalarKind::Int32) => Ok(KeyKind::Int32),
        ValueKind::Scalar(ScalarKind::Int64) => Ok(KeyKind::Int64),
        ValueKind::Scalar(ScalarKind::UnixTimestamp) => Ok(KeyKind::UnixTimestamp),
        other @ (ValueKind::Scalar(
            ScalarKind::Bool
            | ScalarKind::Float32
            | ScalarKind::Float64
            | ScalarKind::Json
            | ScalarKind::Uuid
            | ScalarKind::Decimal,
        )
        | ValueKind::List(_)
        | ValueKind::Set(_)
        | ValueKind::Map
        | ValueKind::MapList) => Err(other.to_string()),
    }
}
