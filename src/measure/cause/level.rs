//! Values as levels of a category, with an order, so that they can be counted.

use std::collections::BTreeMap;

use crate::model::value::Value;

/// A value as a level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A fraction, by its bits.
    Bits(u64),
    /// Text.
    Text(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
}

impl Level {
    /// The level of a value; `None` for a null, a list or a map.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(Self::Flag(*flag)),
            Value::Int(number) | Value::UnixTimestamp(number) | Value::UnixNanos(number) => Some(Self::Whole(*number)),
            Value::UInt(number) => Some(Self::Bits(*number)),
            Value::Float32(number) => Some(Self::Bits(f64::from(*number).to_bits())),
            Value::Float64(number) => Some(Self::Bits(number.to_bits())),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Bytes(bytes) => Some(Self::Bytes(bytes.clone())),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// The commonest of the values, nulls left out; `None` without any.
pub(super) fn commonest<'a>(values: impl Iterator<Item = &'a Value>) -> Option<&'a Value> {
    let mut counts: BTreeMap<Level, (usize, &Value)> = BTreeMap::new();
    for value in values {
        if let Some(level) = Level::of(value) {
            counts.entry(level).or_insert((0, value)).0 += 1;
        }
    }
    counts.into_values().max_by_key(|(count, _)| *count).map(|(_, value)| value)
}
