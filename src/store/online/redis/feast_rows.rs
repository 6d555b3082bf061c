//! Rows in Feast's layout: a hash per entity that all views with the same join keys share.
//!
//! A row exists if the hash holds the view's timestamp field or any of its features. Null is an empty value; a feature
//! without the timestamp field keeps its value and has [`StoredTimestamp::Missing`].

use super::exchange::{Answer, Exchange, Question};
use super::reply::{Ask, Lifetime, Reply};
use super::rows::{Row, whole};
use crate::feast::{entity_key, field, timestamp, value};
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::time::{Clock, Precision};
use crate::model::view::FeatureView;
use crate::store::online::raw::{CellRef, RowRef};
use crate::store::online::settings::KeySerialization;
use tokio::time::Instant;

/// Reads the rows of `keys`, one after the other as they were asked; `take` says what becomes of each.
pub(super) async fn read<T>(
    exchange: &Exchange,
    view: &FeatureView,
    (serialization, take): (KeySerialization, impl Fn(RowRef<'_>) -> T),
    (keys, clock): (&[EntityKey], Clock),
) -> Vec<Row<T>> {
    let fields = fields(view);
    let lifetime = Lifetime::of(view, keys.len());
    let questions: Vec<Question<'_>> = keys
        .iter()
        .map(|entity| Question { key: key(view, serialization, entity), ask: Ask::Fields(&fields, lifetime) })
        .collect();
    exchange.ask(&questions, clock).await.into_iter().map(|answer| row(answer, &take)).collect()
}

/// The fields of a view, the timestamp's first.
pub(super) fn fields(view: &FeatureView) -> Vec<Vec<u8>> {
    let mut fields = vec![field::timestamp(&view.online_name).into_bytes()];
    fields.extend(view.features.iter().map(|feature| field::feature(&view.online_name, &feature.name).to_vec()));
    fields
}

/// Reads the rows of `keys` by `until`.
pub(super) async fn look_up(
    exchange: &Exchange,
    view: &FeatureView,
    (serialization, fields): (KeySerialization, &[Vec<u8>]),
    (keys, until): (&[EntityKey], Instant),
) -> Vec<Row> {
    let question =
        |entity| Question { key: key(view, serialization, entity), ask: Ask::Fields(fields, Lifetime::Learnt) };
    let questions: Vec<Question<'_>> = keys.iter().map(question).collect();
    let take = |row: RowRef<'_>| decode(view, row);
    exchange.ask_by(&questions, until).await.into_iter().map(|answer| row(answer, &take)).collect()
}

/// The Redis key of an entity's hash.
pub(super) fn key(view: &FeatureView, serialization: KeySerialization, entity: &EntityKey) -> Vec<u8> {
    let mut bytes = entity_key::encode(serialization, &view.join_keys, entity);
    bytes.extend_from_slice(project(view).as_bytes());
    bytes
}

/// What follows the entity key in a Redis key.
pub(super) fn project(view: &FeatureView) -> &str {
    view.project.as_deref().unwrap_or_default()
}

fn row<T>(answer: Answer, take: &impl Fn(RowRef<'_>) -> T) -> Row<T> {
    let (at, _) = whole(std::slice::from_ref(&answer));
    Row { at, row: answer.outcome.map(|reply| taken(&reply, take)) }
}

fn taken<T>(reply: &Reply, take: &impl Fn(RowRef<'_>) -> T) -> T {
    match reply {
        Reply::Fields(values, remaining_ttl) => {
            let place = |position: usize| CellRef::of(values.get(position).and_then(Option::as_ref));
            let (event_timestamp, cell) = (place(0), |feature: usize| place(feature + 1));
            take(RowRef { event_timestamp, cell: &cell, remaining_ttl: *remaining_ttl })
        }
        Reply::OtherType => {
            let event_timestamp = CellRef::OtherType;
            take(RowRef { event_timestamp, cell: &|_| CellRef::OtherType, remaining_ttl: None })
        }
        // No other question is asked, so no other reply comes.
        Reply::Text(_) | Reply::Texts(..) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld => {
            let event_timestamp = CellRef::Absent;
            take(RowRef { event_timestamp, cell: &|_| CellRef::Absent, remaining_ttl: None })
        }
    }
}

/// What a hash of Feast's says.
pub(in crate::store::online) fn decode(view: &FeatureView, row: RowRef<'_>) -> OnlineRow {
    let is_absent = |cell: CellRef<'_>| cell == CellRef::Absent;
    if is_absent(row.event_timestamp) && (0..view.features.len()).all(|feature| is_absent((row.cell)(feature))) {
        return OnlineRow::Absent;
    }
    let other_type = "the key holds another Redis type than a hash";
    let event_timestamp = match row.event_timestamp {
        CellRef::Absent => StoredTimestamp::Missing,
        CellRef::Bytes(bytes) | CellRef::Text(bytes) => match timestamp::decode(bytes) {
            // Feast writes microseconds to Redis whatever the source holds.
            Ok(instant) => StoredTimestamp::At(instant, Precision::Micros),
            Err(reason) => StoredTimestamp::Undecodable(reason),
        },
        CellRef::Integer(_) | CellRef::Real(_) | CellRef::OtherType => StoredTimestamp::Undecodable(other_type.into()),
    };
    let cells = view.features.iter().enumerate().map(|(position, feature)| match (row.cell)(position) {
        CellRef::Absent => OnlineCell::Absent,
        CellRef::Bytes(bytes) | CellRef::Text(bytes) => match value::decode(feature.kind, bytes) {
            Ok(value) => OnlineCell::Value(value),
            Err(reason) => OnlineCell::Undecodable(reason),
        },
        CellRef::Integer(_) | CellRef::Real(_) | CellRef::OtherType => OnlineCell::Undecodable(other_type.into()),
    });
    OnlineRow::Found(StoredRow { event_timestamp, cells: cells.collect(), remaining_ttl: row.remaining_ttl })
}
