//! Feature values and their declared kinds.
//!
//! A [`Value`] is what one side holds for one cell, in the type in which that side stores it: a file may hold a wider
//! type than the one declared, so a value carries no promise about its [`ValueKind`]. What counts as equal is decided by
//! `measure`, not here: `==` on a [`Value`] is bit-wise for floats' ordinary values and NaN differs from NaN.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::time::{NANOS_PER_SECOND, Timestamp};

/// A declared scalar type, in the names of Feast's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    /// True or false.
    Bool,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// Single-precision float.
    Float32,
    /// Double-precision float.
    Float64,
    /// UTF-8 text.
    String,
    /// Raw bytes.
    Bytes,
    /// Whole seconds since 1970.
    UnixTimestamp,
    /// Text that holds a JSON document; compared as a document.
    Json,
    /// A UUID in its text form.
    Uuid,
    /// A decimal number in its text form.
    Decimal,
}

/// A declared feature type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// One value.
    Scalar(ScalarKind),
    /// Values in order.
    List(ScalarKind),
    /// Values without order or repetition.
    Set(ScalarKind),
    /// Values by text key, each of any type (Feast's Map and Struct).
    Map,
    /// Maps in order.
    MapList,
}

impl ScalarKind {
    /// The name used in configuration and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::UnixTimestamp => "unix_timestamp",
            Self::Json => "json",
            Self::Uuid => "uuid",
            Self::Decimal => "decimal",
        }
    }

    /// Every scalar kind, in the order of documentation.
    pub const ALL: [Self; 11] = [
        Self::Bool,
        Self::Int32,
        Self::Int64,
        Self::Float32,
        Self::Float64,
        Self::String,
        Self::Bytes,
        Self::UnixTimestamp,
        Self::Json,
        Self::Uuid,
        Self::Decimal,
    ];
}

impl ValueKind {
    /// The kind of a name as written in configuration: `int64`, `list<float32>`, `set<string>`, `map`, `list<map>`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let scalar = |name: &str| ScalarKind::ALL.into_iter().find(|kind| kind.name() == name);
        let inside = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
        match name {
            "map" => return Some(Self::Map),
            "list<map>" => return Some(Self::MapList),
            _ => {}
        }
        if let Some(element) = inside("list<") {
            return scalar(element).map(Self::List);
        }
        if let Some(element) = inside("set<") {
            return scalar(element).map(Self::Set);
        }
        scalar(name).map(Self::Scalar)
    }
}

impl Serialize for ValueKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ValueKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is no type of a feature")))
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(kind) => formatter.write_str(kind.name()),
            Self::List(kind) => write!(formatter, "list<{}>", kind.name()),
            Self::Set(kind) => write!(formatter, "set<{}>", kind.name()),
            Self::Map => formatter.write_str("map"),
            Self::MapList => formatter.write_str("list<map>"),
        }
    }
}

/// One value as one side holds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A row without a value in this place.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer of any width up to 64 bits.
    Int(i64),
    /// An unsigned integer above `i64::MAX`.
    UInt(u64),
    /// Single-precision float.
    Float32(f32),
    /// Double-precision float.
    Float64(f64),
    /// Text; also JSON, UUID and decimal values.
    String(Box<str>),
    /// Raw bytes.
    Bytes(Box<[u8]>),
    /// A point in time in whole seconds since 1970; any i64, because Feast writes `i64::MIN` for a null.
    UnixTimestamp(i64),
    /// A point in time with a fraction of a second, in nanoseconds since 1970.
    UnixNanos(i64),
    /// Values in order.
    List(Box<[Value]>),
    /// Values by text key.
    Map(Box<BTreeMap<String, Value>>),
}

impl Value {
    /// Bytes in memory behind the pointers of the value, without the value itself.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let inner = |value: &Self| size_of::<Self>() + value.heap_bytes();
        match self {
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::UInt(_)
            | Self::Float32(_)
            | Self::Float64(_)
            | Self::UnixTimestamp(_)
            | Self::UnixNanos(_) => 0,
            Self::String(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(values) => values.iter().map(inner).sum(),
            Self::Map(map) => {
                let entry = |(name, value): (&String, &Self)| size_of::<String>() + name.capacity() + inner(value);
                size_of::<BTreeMap<String, Self>>() + map.iter().map(entry).sum::<usize>()
            }
        }
    }

    /// The text value `text`.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::String(text.into())
    }

    /// The point in time `instant`: whole seconds where it has no fraction.
    #[must_use]
    pub fn instant(instant: Timestamp) -> Self {
        let nanos = instant.nanos();
        if nanos % NANOS_PER_SECOND == 0 {
            Self::UnixTimestamp(nanos / NANOS_PER_SECOND)
        } else {
            Self::UnixNanos(nanos)
        }
    }

    /// Whether two readings hold the very same value, NaN being the same as NaN.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float32(left), Self::Float32(right)) => left.to_bits() == right.to_bits(),
            (Self::Float64(left), Self::Float64(right)) => left.to_bits() == right.to_bits(),
            (Self::List(left), Self::List(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.is_same(right))
            }
            (Self::Map(left), Self::Map(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right.iter())
                        .all(|((key, left), (other, right))| key == other && left.is_same(right))
            }
            _ => self == other,
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as a double, for numbers, booleans and points in time (seconds); `None` for everything else.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "figures over values are doubles; integers above 2^53 round to even"
    )]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Bool(flag) => Some(f64::from(u8::from(*flag))),
            Self::Int(number) | Self::UnixTimestamp(number) => Some(*number as f64),
            Self::UInt(number) => Some(*number as f64),
            Self::Float32(number) => Some(f64::from(*number)),
            Self::Float64(number) => Some(*number),
            Self::UnixNanos(nanos) => Some(Timestamp::from_nanos(*nanos).seconds()),
            Self::Null | Self::String(_) | Self::Bytes(_) | Self::List(_) | Self::Map(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(flag) => write!(formatter, "{flag}"),
            Self::Int(number) => write!(formatter, "{number}"),
            Self::UInt(number) => write!(formatter, "{number}"),
            Self::Float32(number) => write!(formatter, "{number:?}"),
            Self::Float64(number) => write!(formatter, "{number:?}"),
            Self::String(text) => write!(formatter, "{text:?}"),
            Self::Bytes(bytes) => {
                formatter.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
            }
            Self::UnixTimestamp(seconds) => match Timestamp::from_seconds(*seconds, 0) {
                Some(instant) => write!(formatter, "{instant}"),
                None => write!(formatter, "{seconds} s since 1970"),
            },
            Self::UnixNanos(nanos) => write!(formatter, "{}", Timestamp::from_nanos(*nanos)),
            Self::List(values) => {
                formatter.write_str("[")?;
                for (place, value) in values.iter().enumerate() {
                    if place > 0 {
                        formatter.write_str(", ")?;
                    }
                    write!(formatter, "{value}")?;
                }
                formatter.write_str("]")
            }
            Self::Map(entries) => {
                formatter.write_str("{")?;
                for (place, (key, value)) in entries.iter().enumerate() {
                    if place > 0 {
                        formatter.write_str(", ")?;
                    }
                    write!(formatter, "{key:?}: {value}")?;
                }
                formatter.write_str("}")
            }
        }
    }
}
