//! What a feature server answers with: a column per name, each with values and what is known of them.
//!
//! Feast's own server says `PRESENT` of what it does not have; what counts is whether there is a value.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::model::served::{ServedCell, ServedRow};
use crate::model::time::Timestamp;
use crate::model::value::{ScalarKind, Value, ValueKind};
use crate::model::view::FeatureView;
use crate::store::online::redis::decode_json;

/// An answer; `C` is what its reader takes from a column.
#[derive(Debug)]
pub struct Table<'a, C> {
    /// Names of the columns.
    pub names: Vec<Cow<'a, str>>,
    /// The columns.
    pub columns: Vec<C>,
}

impl<'a, C: Deserialize<'a>> Table<'a, C> {
    /// Reads an answer; `None` if it is none.
    #[must_use]
    pub fn read(body: &'a [u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer<'a, C> {
            #[serde(borrow)]
            metadata: Metadata<'a>,
            results: Vec<C>,
        }
        #[derive(Deserialize)]
        struct Metadata<'a> {
            #[serde(borrow)]
            feature_names: Vec<Cow<'a, str>>,
        }
        let answer: Answer<'a, C> = serde_json::from_slice(body).ok()?;
        let Answer { metadata: Metadata { feature_names: names }, results: columns } = answer;
        (names.len() == columns.len()).then_some(Self { names, columns })
    }
}

/// One column.
#[derive(Debug, Deserialize)]
pub struct Column {
    values: Vec<Json>,
    #[serde(default)]
    statuses: Vec<String>,
    #[serde(default)]
    event_timestamps: Vec<String>,
}

/// The rows of an answer about `entities` entities; `None` if it lacks a feature of the view or an entity.
pub(super) fn rows(body: &[u8], view: &FeatureView, entities: usize) -> Option<Vec<ServedRow>> {
    let table: Table<'_, Column> = Table::read(body)?;
    let column = |name: &str| {
        let full = format!("{}__{name}", view.name);
        let place = table.names.iter().position(|known| *known == full);
        let place = place.or_else(|| table.names.iter().position(|known| known == name))?;
        table.columns.get(place).filter(|column| column.values.len() == entities)
    };
    let columns: Vec<&Column> = view.features.iter().map(|feature| column(&feature.name)).collect::<Option<_>>()?;
    let row = |position: usize| {
        let cells = columns.iter().zip(&view.features).map(|(column, feature)| column.cell(position, feature.kind));
        let stamps = columns.iter().filter_map(|column| column.stamp(position));
        ServedRow { event_timestamp: stamps.max(), cells: cells.collect() }
    };
    Some((0..entities).map(row).collect())
}

impl Column {
    fn cell(&self, position: usize, kind: ValueKind) -> ServedCell {
        let status = self.statuses.get(position).map_or("PRESENT", String::as_str);
        match (status, self.values.get(position)) {
            // Nothing that Feast says: the server could not tell.
            (status, _) if !["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"].contains(&status) => {
                ServedCell::Failed
            }
            ("OUTSIDE_MAX_AGE", None | Some(Json::Null)) => ServedCell::Expired,
            ("NOT_FOUND", _) | (_, None | Some(Json::Null)) => ServedCell::Nothing,
            (_, Some(value)) => match decoded(value, kind) {
                Some(value) => ServedCell::Value(value),
                None => ServedCell::Undecodable,
            },
        }
    }

    /// When the fact was true, where the server says so; it says 1970 of what it does not know.
    fn stamp(&self, position: usize) -> Option<Timestamp> {
        let stamp = Timestamp::parse_rfc3339(self.event_timestamps.get(position)?).ok()?;
        (stamp.nanos() > 0).then_some(stamp)
    }
}

/// The value as the declared kind; `None` if it is none of these.
fn decoded(value: &Json, kind: ValueKind) -> Option<Value> {
    match (kind, value) {
        (ValueKind::Scalar(ScalarKind::Bytes), Json::String(text)) => {
            BASE64_STANDARD.decode(text).ok().map(|bytes| Value::Bytes(bytes.into()))
        }
        (ValueKind::List(ScalarKind::Bytes) | ValueKind::Set(ScalarKind::Bytes), Json::Array(values)) => values
            .iter()
            .map(|value| decoded(value, ValueKind::Scalar(ScalarKind::Bytes)))
            .collect::<Option<_>>()
            .map(Value::List),
        // JSON as protocol buffers define it writes whole numbers of 64 bits as texts.
        (ValueKind::Scalar(ScalarKind::Int32 | ScalarKind::Int64 | ScalarKind::UnixTimestamp), Json::String(text))
            if text.parse::<i64>().is_ok() =>
        {
            decode_json(kind, text.as_bytes()).ok()
        }
        _ => decode_json(kind, value.to_string().as_bytes()).ok(),
    }
}
