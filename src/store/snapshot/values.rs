//! From decoded columns to feature values.
//!
//! A value keeps the type in which the file holds it. Three exceptions serve comparison: whole doubles of features
//! declared as integers are integers (data frames keep integers beside nulls as doubles), text of features declared as
//! maps is read as JSON, and points in time are instants whatever the file's unit.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use polars_arrow::array::{
    Array, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, ListArray, PrimitiveArray, StructArray, Utf8ViewArray,
};
use polars_arrow::types::NativeType;

use super::instants::{WallClock, far_seconds, instant, raw};
use super::shape::{Shape, Width};
use crate::model::value::{ScalarKind, Value, ValueKind};

/// An array is not what its column's type says; a fault of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl From<Unreadable> for String {
    fn from(_: Unreadable) -> Self {
        "its type changes within the file".to_owned()
    }
}

/// Reads the values of one decoded column.
#[derive(Debug)]
pub(super) struct ValueReader<'a> {
    /// The decoded column.
    pub(super) array: &'a dyn Array,
    /// Its shape.
    pub(super) shape: &'a Shape,
    /// Zone of timestamps without one.
    pub(super) zone: Tz,
}

impl<'a> ValueReader<'a> {
    fn inside<'b>(&self, array: &'b dyn Array, shape: &'b Shape) -> ValueReader<'b> {
        ValueReader { array, shape, zone: self.zone }
    }

    fn as_array<T: 'static>(&self) -> Result<&'a T, Unreadable> {
        self.array.as_any().downcast_ref::<T>().ok_or(Unreadable)
    }

    fn is_null(&self, row: usize) -> bool {
        matches!(self.shape, Shape::Null) || self.array.is_null(row)
    }

    /// The value at `row` of a feature declared as `kind`; the error is a clause.
    pub(super) fn value(&self, row: usize, kind: ValueKind) -> Result<Value, String> {
        if self.is_null(row) {
            return Ok(Value::Null);
        }
        match kind {
            ValueKind::Scalar(scalar) => self.scalar(row, scalar),
            ValueKind::List(scalar) | ValueKind::Set(scalar) => {
                self.elements(row, |element, at| element.value(at, ValueKind::Scalar(scalar)))
            }
            ValueKind::Map => self.map(row),
            ValueKind::MapList => {
                if matches!(self.shape, Shape::List(_)) {
                    return self.elements(row, |element, at| element.value(at, ValueKind::Map));
                }
                json(self.text(row)?, "list of objects", |parsed| matches!(parsed, Value::List(_)))
            }
        }
    }

    fn scalar(&self, row: usize, kind: ScalarKind) -> Result<Value, String> {
        let natural = self.natural(row)?;
        let text = |text: String| Ok(Value::String(text.into()));
        match (kind, natural) {
            (ScalarKind::Int32 | ScalarKind::Int64, Value::Float64(number)) => Ok(whole(number)),
            (ScalarKind::Bytes, Value::String(text)) => Ok(Value::Bytes(text.into_boxed_bytes())),
            (ScalarKind::Uuid, Value::Bytes(bytes)) if bytes.len() == 16 && !self.is_text() => text(uuid(&bytes)),
            (ScalarKind::String | ScalarKind::Json | ScalarKind::Uuid | ScalarKind::Decimal, Value::Bytes(bytes)) => {
                text(String::from_utf8(bytes.into()).map_err(|_| "its bytes are not UTF-8".to_owned())?)
            }
            (ScalarKind::Decimal, Value::Int(number)) => text(number.to_string()),
            (ScalarKind::Decimal, Value::UInt(number)) => text(number.to_string()),
            (ScalarKind::Decimal, Value::Float64(_)) if matches!(self.shape, Shape::Decimal(_)) => {
                text(self.decimal_text(row)?)
            }
            (ScalarKind::UnixTimestamp, Value::Int(seconds)) => Ok(Value::UnixTimestamp(seconds)),
            (_, natural) => Ok(natural),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text | Shape::Bytes)
    }

    /// The value at `row` as its shape has it.
    pub(super) fn natural(&self, row: usize) -> Result<Value, String> {
        if self.is_null(row) {
            return Ok(Value::Null);
        }
        Ok(match self.shape {
            Shape::Null => Value::Null,
            Shape::Bool => Value::Bool(self.as_array::<BooleanArray>()?.value(row)),
            Shape::Integer(width) => {
                let number = integer(self.array, *width, row)?;
                match i64::try_from(number) {
                    Ok(number) => Value::Int(number),
                    Err(_) => Value::UInt(u64::try_from(number).unwrap_or(u64::MAX)),
                }
            }
            Shape::Float16 => {
                let bytes = self.as_array::<FixedSizeBinaryArray>()?.value(row);
                let bytes: [u8; 2] = bytes.try_into().map_err(|_| Unreadable)?;
                Value::Float32(half::f16::from_le_bytes(bytes).to_f32())
            }
            Shape::Float32 => Value::Float32(self.as_array::<PrimitiveArray<f32>>()?.value(row)),
            Shape::Float64 => Value::Float64(self.as_array::<PrimitiveArray<f64>>()?.value(row)),
            Shape::Decimal(_) => {
                let text = self.decimal_text(row)?;
                Value::Float64(text.parse().map_err(|_| format!("`{text}` is no number"))?)
            }
            Shape::Text => Value::string(self.as_array::<Utf8ViewArray>()?.value(row)),
            Shape::Bytes => Value::Bytes(self.as_array::<BinaryViewArray>()?.value(row).into()),
            Shape::FixedBytes(_) => Value::Bytes(self.as_array::<FixedSizeBinaryArray>()?.value(row).into()),
            Shape::Date | Shape::Instant(..) => self.instant(row)?,
            Shape::List(element) => match element.entry() {
                Some((Shape::Text | Shape::Bytes, _)) => self.map(row)?,
                Some(_) | None => self.elements(row, |element, at| element.natural(at))?,
            },
            Shape::Struct(_) => self.map(row)?,
            Shape::Other(name) => return Err(format!("values of type {name} are not read")),
        })
    }

    fn instant(&self, row: usize) -> Result<Value, String> {
        let Some(number) = raw(self.array, self.shape, row)? else { return Ok(Value::Null) };
        if let Some(seconds) = far_seconds(number, self.shape, self.zone) {
            return Ok(Value::UnixTimestamp(seconds));
        }
        Ok(Value::instant(instant(number, self.shape, &mut WallClock::new(self.zone))))
    }

    /// The digits of a decimal number, exactly.
    fn decimal_text(&self, row: usize) -> Result<String, Unreadable> {
        let Shape::Decimal(scale) = self.shape else { return Err(Unreadable) };
        let number = self.as_array::<PrimitiveArray<i128>>()?.value(row);
        let sign = if number < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
    }

    fn elements(
        &self,
        row: usize,
        one: impl Fn(&ValueReader<'_>, usize) -> Result<Value, String>,
    ) -> Result<Value, String> {
        let Shape::List(shape) = self.shape else { return Err(Unreadable.into()) };
        let list = self.as_array::<ListArray<i64>>()?;
        let (start, end) = list.offsets().start_end(row);
        let element = self.inside(list.values().as_ref(), shape);
        (start..end).map(|at| one(&element, at)).collect::<Result<_, _>>().map(Value::List)
    }

    fn text(&self, row: usize) -> Result<&'a str, String> {
        if matches!(self.shape, Shape::Bytes) {
            let bytes = self.as_array::<BinaryViewArray>()?.value(row);
            return std::str::from_utf8(bytes).map_err(|_| "its bytes are not UTF-8".to_owned());
        }
        Ok(self.as_array::<Utf8ViewArray>()?.value(row))
    }

    /// A map, written as a struct, as entries of key and value, or as a JSON object.
    fn map(&self, row: usize) -> Result<Value, String> {
        let mut entries = BTreeMap::new();
        if let Shape::Struct(fields) = self.shape {
            let columns = self.as_array::<StructArray>()?;
            for ((name, shape), column) in fields.iter().zip(columns.values()) {
                entries.insert(name.clone(), self.inside(column.as_ref(), shape).natural(row)?);
            }
        } else if let Shape::List(entry) = self.shape {
            let (key_shape, value_shape) = entry.entry().ok_or(Unreadable)?;
            let list = self.as_array::<ListArray<i64>>()?;
            let pairs = list.values().as_any().downcast_ref::<StructArray>().ok_or(Unreadable)?;
            let [keys, values] = pairs.values() else { return Err(Unreadable.into()) };
            let keys = self.inside(keys.as_ref(), key_shape);
            let values = self.inside(values.as_ref(), value_shape);
            let (start, end) = list.offsets().start_end(row);
            for at in start..end {
                entries.insert(keys.text(at)?.to_owned(), values.natural(at)?);
            }
        } else {
            return json(self.text(row)?, "object", |parsed| matches!(parsed, Value::Map(_)));
        }
        Ok(Value::Map(Box::new(entries)))
    }
}

/// The integer at `row` of an array of this width.
pub(super) fn integer(array: &dyn Array, width: Width, row: usize) -> Result<i128, Unreadable> {
    fn at<T: NativeType + Into<i128>>(array: &dyn Array, row: usize) -> Result<i128, Unreadable> {
        array.as_any().downcast_ref::<PrimitiveArray<T>>().map(|array| array.value(row).into()).ok_or(Unreadable)
    }
    match width {
        Width::I8 => at::<i8>(array, row),
        Width::I16 => at::<i16>(array, row),
        Width::I32 => at::<i32>(array, row),
        Width::I64 => at::<i64>(array, row),
        Width::U8 => at::<u8>(array, row),
        Width::U16 => at::<u16>(array, row),
        Width::U32 => at::<u32>(array, row),
        Width::U64 => at::<u64>(array, row),
    }
}

/// The integer that a double stands for, if it is one.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first, and the fraction is zero")]
fn whole(number: f64) -> Value {
    // 2^63, exactly.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number) {
        Value::Int(number as i64)
    } else {
        Value::Float64(number)
    }
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}

fn json(text: &str, wanted: &str, is_wanted: impl Fn(&Value) -> bool) -> Result<Value, String> {
    let parsed: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("its text is no JSON {wanted}: {error}"))?;
    let value = of_json(parsed);
    if value.is_null() || is_wanted(&value) { Ok(value) } else { Err(format!("its text is no JSON {wanted}")) }
}

fn of_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => number
            .as_i64()
            .map(Value::Int)
            .or_else(|| number.as_u64().map(Value::UInt))
            .or_else(|| number.as_f64().map(Value::Float64))
            .unwrap_or(Value::Null),
        serde_json::Value::String(text) => Value::String(text.into()),
        serde_json::Value::Array(values) => Value::List(values.into_iter().map(of_json).collect()),
        serde_json::Value::Object(entries) => {
            Value::Map(Box::new(entries.into_iter().map(|(key, value)| (key, of_json(value))).collect()))
        }
    }
}
