//! The messages of `feast.types.Value`, with the field numbers of Feast 0.67.
//!
//! A list and a set of one element type are the same bytes inside, so one message serves both.

use std::collections::BTreeMap;

/// `feast.types.Value`: one of many kinds; none of them is a null.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ValueMessage {
    #[prost(
        oneof = "Kind",
        tags = "1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 32, \
                33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46"
    )]
    pub(super) kind: Option<Kind>,
}

/// The kinds of a value. `scalar_map` (47) and `zoned_timestamp` (48) are not read.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Kind {
    #[prost(bytes, tag = "1")]
    Bytes(Vec<u8>),
    #[prost(string, tag = "2")]
    String(String),
    #[prost(int32, tag = "3")]
    Int32(i32),
    #[prost(int64, tag = "4")]
    Int64(i64),
    #[prost(double, tag = "5")]
    Double(f64),
    #[prost(float, tag = "6")]
    Float(f32),
    #[prost(bool, tag = "7")]
    Bool(bool),
    #[prost(int64, tag = "8")]
    UnixTimestamp(i64),
    #[prost(message, tag = "11")]
    BytesList(ManyBytes),
    #[prost(message, tag = "12")]
    StringList(Strings),
    #[prost(message, tag = "13")]
    Int32List(Int32s),
    #[prost(message, tag = "14")]
    Int64List(Int64s),
    #[prost(message, tag = "15")]
    DoubleList(Doubles),
    #[prost(message, tag = "16")]
    FloatList(Floats),
    #[prost(message, tag = "17")]
    BoolList(Bools),
    #[prost(message, tag = "18")]
    UnixTimestampList(Int64s),
    #[prost(int32, tag = "19")]
    Null(i32),
    #[prost(message, tag = "20")]
    Map(MapMessage),
    #[prost(message, tag = "21")]
    MapList(Maps),
    #[prost(message, tag = "22")]
    BytesSet(ManyBytes),
    #[prost(message, tag = "23")]
    StringSet(Strings),
    #[prost(message, tag = "24")]
    Int32Set(Int32s),
    #[prost(message, tag = "25")]
    Int64Set(Int64s),
    #[prost(message, tag = "26")]
    DoubleSet(Doubles),
    #[prost(message, tag = "27")]
    FloatSet(Floats),
    #[prost(message, tag = "28")]
    BoolSet(Bools),
    #[prost(message, tag = "29")]
    UnixTimestampSet(Int64s),
    #[prost(string, tag = "32")]
    Json(String),
    #[prost(message, tag = "33")]
    JsonList(Strings),
    #[prost(message, tag = "34")]
    Struct(MapMessage),
    #[prost(message, tag = "35")]
    StructList(Maps),
    #[prost(string, tag = "36")]
    Uuid(String),
    #[prost(string, tag = "37")]
    TimeUuid(String),
    #[prost(message, tag = "38")]
    UuidList(Strings),
    #[prost(message, tag = "39")]
    TimeUuidList(Strings),
    #[prost(message, tag = "40")]
    UuidSet(Strings),
    #[prost(message, tag = "41")]
    TimeUuidSet(Strings),
    #[prost(message, tag = "42")]
    ValueList(Values),
    #[prost(message, tag = "43")]
    ValueSet(Values),
    #[prost(string, tag = "44")]
    Decimal(String),
    #[prost(message, tag = "45")]
    DecimalList(Strings),
    #[prost(message, tag = "46")]
    DecimalSet(Strings),
}

/// `BytesList`, `BytesSet`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ManyBytes {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) val: Vec<Vec<u8>>,
}

/// `StringList`, `StringSet`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Strings {
    #[prost(string, repeated, tag = "1")]
    pub(super) val: Vec<String>,
}

/// `Int32List`, `Int32Set`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Int32s {
    #[prost(int32, repeated, tag = "1")]
    pub(super) val: Vec<i32>,
}

/// `Int64List`, `Int64Set`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Int64s {
    #[prost(int64, repeated, tag = "1")]
    pub(super) val: Vec<i64>,
}

/// `DoubleList`, `DoubleSet`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Doubles {
    #[prost(double, repeated, tag = "1")]
    pub(super) val: Vec<f64>,
}

/// `FloatList`, `FloatSet`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Floats {
    #[prost(float, repeated, tag = "1")]
    pub(super) val: Vec<f32>,
}

/// `BoolList`, `BoolSet`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Bools {
    #[prost(bool, repeated, tag = "1")]
    pub(super) val: Vec<bool>,
}

/// `Map`: values of any kind by text key.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct MapMessage {
    #[prost(btree_map = "string, message", tag = "1")]
    pub(super) val: BTreeMap<String, ValueMessage>,
}

/// `MapList`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Maps {
    #[prost(message, repeated, tag = "1")]
    pub(super) val: Vec<MapMessage>,
}

/// `RepeatedValue`: values of any kind in order.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Values {
    #[prost(message, repeated, tag = "1")]
    pub(super) val: Vec<ValueMessage>,
}
