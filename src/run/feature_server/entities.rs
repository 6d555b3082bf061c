//! Entity keys of a request: from columns of JSON to one key per entity.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;

use super::asked::{Asked, Group};
use super::refusal::Refusal;
use crate::feast::registry::DUMMY_JOIN_KEY;
use crate::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use crate::model::time::{NANOS_PER_SECOND, Timestamp};

/// Largest value of a key in bytes: far more than any key has, and little enough to be sent to a store and kept.
const LONGEST_KEY: usize = 64 << 10;

/// The entities of a request.
#[derive(Debug)]
pub(super) struct Entities {
    /// How many.
    pub(super) count: usize,
    /// Columns of keys that the answer has, with their names, in the order of the request.
    pub(super) shown: Vec<(String, usize)>,
    /// Columns in the order of [`Asked::keys`].
    pub(super) columns: Vec<Vec<KeyValue>>,
}

impl Entities {
    /// Reads the columns that are needed; others are passed over, as Feast does, but must be as long.
    ///
    /// # Errors
    /// When a column is missing, they differ in length, there are more entities than `most`, or a value is no key.
    pub(super) fn read(asked: &Asked, given: Vec<(String, Vec<Json>)>, most: usize) -> Result<Self, Refusal> {
        let count = count(&given)?;
        if count > most {
            let detail = format!("{count} entities are asked for, and {most} may be at once: send several requests");
            return Err(Refusal::too_large(detail));
        }
        let mut shown: Vec<(String, usize)> = Vec::with_capacity(asked.keys.len());
        let mut columns: Vec<Option<Vec<KeyValue>>> = asked.keys.iter().map(|_| None).collect();
        for (name, values) in given {
            let Some(place) = asked.keys.iter().position(|key| key.name == name) else { continue };
            let (Some(key), Some(column)) = (asked.keys.get(place), columns.get_mut(place)) else { continue };
            if column.is_none() {
                shown.push((name, place));
            }
            *column = Some(read(key, &values)?);
        }
        let columns = asked.keys.iter().zip(columns).map(|(key, column)| match column {
            Some(column) => Ok(column),
            None if key.name == DUMMY_JOIN_KEY => Ok(vec![KeyValue::String("".into()); count]),
            None => Err(Refusal::request(format!(
                "`entities` lacks the join key `{}`, which is of type {}",
                key.name,
                key.kind.name()
            ))),
        });
        Ok(Self { count, shown, columns: columns.collect::<Result<_, _>>()? })
    }

    /// The key of an entity for the views of a group.
    pub(super) fn key(&self, group: &Group, entity: usize) -> EntityKey {
        let values = group.columns.iter().filter_map(|column| self.columns.get(*column)?.get(entity).cloned());
        EntityKey::new(values.collect::<Vec<_>>())
    }
}

/// How many entities there are: as many as each column has values. Without columns there is one.
fn count(given: &[(String, Vec<Json>)]) -> Result<usize, Refusal> {
    let Some((first, values)) = given.first() else { return Ok(1) };
    match given.iter().find(|(_, others)| others.len() != values.len()) {
        None => Ok(values.len()),
        Some((other, others)) => Err(Refusal::request(format!(
            "`entities` needs one value per entity in every column: `{first}` has {} and `{other}` has {}",
            values.len(),
            others.len()
        ))),
    }
}

fn read(key: &JoinKey, values: &[Json]) -> Result<Vec<KeyValue>, Refusal> {
    let mut column = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        let what = match value {
            Json::Null => "nothing",
            Json::Bool(_) => "true or false",
            Json::Number(_) => "a number",
            Json::String(text) if text.len() > LONGEST_KEY => "too long a text",
            Json::String(_) => "a text",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        };
        let refused = || {
            let (name, kind) = (&key.name, key.kind.name());
            let wanted = expected(key.kind);
            Refusal::request(format!("value {place} of the join key `{name}` is {what}, and {kind} needs {wanted}"))
        };
        column.push(of_kind(key.kind, value).ok_or_else(refused)?);
    }
    Ok(column)
}

const fn expected(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::String => "a text of at most 64 KiB",
        KeyKind::Int32 => "a whole number of 32 bits",
        KeyKind::Int64 => "a whole number of 64 bits",
        KeyKind::Bytes => "bytes in base64, at most 64 KiB",
        KeyKind::UnixTimestamp => "whole seconds since 1970, or a time such as `2026-06-14T00:00:00Z`",
    }
}

/// The value as a key; numbers may be texts, as for Feast.
fn of_kind(kind: KeyKind, value: &Json) -> Option<KeyValue> {
    let text = value.as_str().filter(|text| text.len() <= LONGEST_KEY);
    match kind {
        KeyKind::String => text.map(|text| KeyValue::String(text.into())),
        KeyKind::Bytes => {
            text.and_then(|text| BASE64_STANDARD.decode(text).ok()).map(|bytes| KeyValue::Bytes(bytes.into()))
        }
        KeyKind::Int32 => whole(value).and_then(|number| i32::try_from(number).ok()).map(KeyValue::Int32),
        KeyKind::Int64 => whole(value).map(KeyValue::Int64),
        KeyKind::UnixTimestamp => {
            let spelled = || {
                let instant = Timestamp::parse_rfc3339(text?).ok()?.nanos();
                (instant % NANOS_PER_SECOND == 0).then_some(instant / NANOS_PER_SECOND)
            };
            whole(value).or_else(spelled).map(KeyValue::UnixTimestamp)
        }
    }
}

fn whole(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.parse().ok(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}
