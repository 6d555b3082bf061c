//! Columns of a table that is written for other programs: join keys in the types that Feast has for them, and instants.

use polars::prelude::{Column, DataType, IntoColumn as _, NamedFrom as _, PolarsError, Series, TimeUnit, TimeZone};

use crate::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use crate::model::time::{NANOS_PER_SECOND, Timestamp};

/// Instants in UTC.
pub(super) fn instants(name: &str, instants: impl Iterator<Item = Option<Timestamp>>) -> Column {
    nanos(name, instants.map(|instant| instant.map(Timestamp::nanos)))
}

/// Texts.
pub(super) fn texts(name: &str, texts: impl Iterator<Item = String>) -> Column {
    Series::new(name.into(), texts.collect::<Vec<_>>()).into_column()
}

fn nanos(name: &str, nanos: impl Iterator<Item = Option<i64>>) -> Column {
    let nanos = Series::new(name.into(), nanos.collect::<Vec<_>>());
    // A cast would lose the zone.
    nanos.into_datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)).into_column()
}

/// A column per join key.
pub(super) fn of_keys<'a, I>(join_keys: &[JoinKey], keys: impl Fn() -> I) -> Result<Vec<Column>, PolarsError>
where
    I: Iterator<Item = &'a EntityKey>,
{
    let column = |(place, join_key)| of_key(join_key, keys().map(move |key| key.values().get(place)));
    join_keys.iter().enumerate().map(column).collect()
}

fn of_key<'a>(key: &JoinKey, values: impl Iterator<Item = Option<&'a KeyValue>>) -> Result<Column, PolarsError> {
    let number = |value: Option<&KeyValue>| match value? {
        KeyValue::Int64(number) | KeyValue::UnixTimestamp(number) => Some(*number),
        KeyValue::Int32(number) => Some(i64::from(*number)),
        KeyValue::String(_) | KeyValue::Bytes(_) => None,
    };
    let text = |value: Option<&'a KeyValue>| match value? {
        KeyValue::String(text) => Some(&**text),
        KeyValue::Int32(_) | KeyValue::Int64(_) | KeyValue::Bytes(_) | KeyValue::UnixTimestamp(_) => None,
    };
    let bytes = |value: Option<&'a KeyValue>| match value? {
        KeyValue::Bytes(bytes) => Some(&**bytes),
        KeyValue::Int32(_) | KeyValue::Int64(_) | KeyValue::String(_) | KeyValue::UnixTimestamp(_) => None,
    };
    let name = key.name.as_str();
    let series = match key.kind {
        KeyKind::String => Series::new(name.into(), values.map(text).collect::<Vec<_>>()),
        KeyKind::Bytes => Series::new(name.into(), values.map(bytes).collect::<Vec<Option<&[u8]>>>()),
        KeyKind::Int64 => Series::new(name.into(), values.map(number).collect::<Vec<_>>()),
        KeyKind::Int32 => Series::new(name.into(), values.map(number).collect::<Vec<_>>()).cast(&DataType::Int32)?,
        KeyKind::UnixTimestamp => {
            return Ok(nanos(name, values.map(|value| number(value)?.checked_mul(NANOS_PER_SECOND))));
        }
    };
    Ok(series.into_column())
}
