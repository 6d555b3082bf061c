//! What a column of a file holds, told apart as far as reading it needs.

use std::fmt;

use polars_arrow::datatypes::{ArrowDataType, TimeUnit};

use crate::model::time::Precision;
use crate::model::value::{ScalarKind, ValueKind};

/// Digits that a decimal of 128 bits has; wider ones are not decoded.
const MOST_DIGITS: usize = 38;

/// The type of a column in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing but nulls.
    Null,
    /// True or false.
    Bool,
    /// Signed and unsigned integers.
    Integer(Width),
    /// Floats of half precision.
    Float16,
    /// Floats of single precision.
    Float32,
    /// Floats of double precision.
    Float64,
    /// Decimal numbers with this many digits after the point.
    Decimal(usize),
    /// UTF-8 text.
    Text,
    /// Raw bytes.
    Bytes,
    /// Raw bytes, all of this length.
    FixedBytes(usize),
    /// Days since 1970.
    Date,
    /// Points in time, with or without a zone.
    Instant(Precision, Zoned),
    /// Values in order.
    List(Box<Shape>),
    /// Named values.
    Struct(Vec<(String, Shape)>),
    /// Anything else, by its name.
    Other(String),
}

/// Integers by their width in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

/// Whether a timestamp is an instant or the reading of a wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zoned {
    /// An instant.
    Instant,
    /// A wall clock somewhere.
    Naive,
}

impl Shape {
    /// The shape of an Arrow type.
    #[expect(clippy::wildcard_enum_match_arm, reason = "some forty foreign types, of which all others are unreadable")]
    pub(super) fn of(dtype: &ArrowDataType) -> Self {
        use ArrowDataType as D;
        match dtype {
            D::Null => Self::Null,
            D::Boolean => Self::Bool,
            D::Int8 => Self::Integer(Width::I8),
            D::Int16 => Self::Integer(Width::I16),
            D::Int32 => Self::Integer(Width::I32),
            D::Int64 => Self::Integer(Width::I64),
            D::UInt8 => Self::Integer(Width::U8),
            D::UInt16 => Self::Integer(Width::U16),
            D::UInt32 => Self::Integer(Width::U32),
            D::UInt64 => Self::Integer(Width::U64),
            D::Float16 => Self::Float16,
            D::Float32 => Self::Float32,
            D::Float64 => Self::Float64,
            D::Decimal(precision, scale) if *precision <= MOST_DIGITS => Self::Decimal(*scale),
            D::Decimal(precision, scale) => Self::Other(format!("decimal({precision}, {scale})")),
            D::Utf8View => Self::Text,
            D::BinaryView => Self::Bytes,
            D::FixedSizeBinary(length) => Self::FixedBytes(*length),
            D::Date32 => Self::Date,
            D::Timestamp(unit, zone) => {
                let precision = match unit {
                    TimeUnit::Second => Precision::Seconds,
                    TimeUnit::Millisecond => Precision::Millis,
                    TimeUnit::Microsecond => Precision::Micros,
                    TimeUnit::Nanosecond => Precision::Nanos,
                };
                Self::Instant(precision, if zone.is_some() { Zoned::Instant } else { Zoned::Naive })
            }
            D::List(inner) | D::LargeList(inner) | D::FixedSizeList(inner, _) => {
                Self::List(Box::new(Self::of(inner.dtype())))
            }
            D::Map(inner, _) => Self::List(Box::new(Self::of(inner.dtype()))),
            D::Struct(fields) => {
                Self::Struct(fields.iter().map(|field| (field.name.to_string(), Self::of(field.dtype()))).collect())
            }
            other => Self::Other(format!("{other:?}").to_ascii_lowercase()),
        }
    }

    /// Whether values of this shape can be read as `kind`; a file may hold a wider type than the one declared.
    pub(super) fn fits(&self, kind: ValueKind) -> bool {
        match kind {
            ValueKind::Scalar(scalar) => self.fits_scalar(scalar),
            ValueKind::List(scalar) | ValueKind::Set(scalar) => {
                matches!(self, Self::Null) || matches!(self, Self::List(element) if element.fits_scalar(scalar))
            }
            ValueKind::Map => self.fits_map(),
            ValueKind::MapList => {
                matches!(self, Self::Null | Self::Text) || matches!(self, Self::List(element) if element.fits_map())
            }
        }
    }

    fn fits_scalar(&self, kind: ScalarKind) -> bool {
        match kind {
            ScalarKind::Bool => matches!(self, Self::Null | Self::Bool),
            // Data frames keep integers beside nulls as doubles.
            ScalarKind::Int32 | ScalarKind::Int64 => matches!(self, Self::Null | Self::Integer(_) | Self::Float64),
            ScalarKind::Float32 | ScalarKind::Float64 => {
                matches!(self, Self::Float16 | Self::Float32 | Self::Float64)
                    || matches!(self, Self::Null | Self::Integer(_) | Self::Decimal(_))
            }
            ScalarKind::String | ScalarKind::Json => matches!(self, Self::Null | Self::Text | Self::Bytes),
            ScalarKind::Uuid => matches!(self, Self::Null | Self::Text | Self::Bytes | Self::FixedBytes(16)),
            ScalarKind::Decimal => {
                matches!(self, Self::Null | Self::Text | Self::Bytes | Self::Decimal(_) | Self::Integer(_))
            }
            ScalarKind::Bytes => matches!(self, Self::Null | Self::Text | Self::Bytes | Self::FixedBytes(_)),
            ScalarKind::UnixTimestamp => matches!(self, Self::Null) || self.is_time(),
        }
    }

    fn fits_map(&self) -> bool {
        if let Self::List(entry) = self {
            return entry.entry().is_some_and(|(key, _)| matches!(key, Self::Text | Self::Bytes));
        }
        matches!(self, Self::Null | Self::Text | Self::Bytes | Self::Struct(_))
    }

    /// Key and value of the entries of a map: a struct of two.
    pub(super) fn entry(&self) -> Option<(&Self, &Self)> {
        let Self::Struct(fields) = self else { return None };
        let [(_, key), (_, value)] = fields.as_slice() else { return None };
        Some((key, value))
    }

    /// Whether it can be read as points in time: timestamps, dates, and integers as seconds since 1970.
    pub(super) fn is_time(&self) -> bool {
        matches!(self, Self::Instant(..) | Self::Date | Self::Integer(_))
    }

    /// The precision of its points in time.
    pub(super) const fn precision(&self) -> Precision {
        if let Self::Instant(precision, _) = self { *precision } else { Precision::Seconds }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Integer(width) => match width {
                Width::I8 => "int8",
                Width::I16 => "int16",
                Width::I32 => "int32",
                Width::I64 => "int64",
                Width::U8 => "uint8",
                Width::U16 => "uint16",
                Width::U32 => "uint32",
                Width::U64 => "uint64",
            },
            Self::Float16 => "float16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Decimal(scale) => return write!(formatter, "decimal({scale})"),
            Self::Text => "string",
            Self::Bytes => "bytes",
            Self::FixedBytes(length) => return write!(formatter, "bytes[{length}]"),
            Self::Date => "date",
            Self::Instant(_, Zoned::Instant) => "timestamp with zone",
            Self::Instant(_, Zoned::Naive) => "timestamp",
            Self::List(element) => return write!(formatter, "list<{element}>"),
            Self::Struct(fields) => {
                formatter.write_str("struct<")?;
                for (place, (name, shape)) in fields.iter().enumerate() {
                    let comma = if place > 0 { ", " } else { "" };
                    write!(formatter, "{comma}{name}: {shape}")?;
                }
                return formatter.write_str(">");
            }
            Self::Other(name) => name,
        };
        formatter.write_str(name)
    }
}
