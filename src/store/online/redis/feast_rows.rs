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
use crate::store::online::settings::KeySerialization;
use tokio::time::Instant;

/// Reads the rows of `keys`, one after the other as they were asked.
pub(super) async fn read(
    exchange: &Exchange,
    view: &FeatureView,
    serialization: KeySerialization,
    (keys, clock): (&[EntityKey], Clock),
) -> Vec<Row> {
    let fields = fields(view);
    let lifetime = Lifetime::of(view, keys.len());
    let questions: Vec<Question<'_>> = keys
        .iter()
        .map(|entity| Question { key: key(view, serialization, entity), ask: Ask::Fields(&fields, lifetime) })
        .collect();
    exchange.ask(&questions, clock).await.into_iter().map(|answer| row(view, answer)).collect()
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
    exchange.ask_by(&questions, until).await.into_iter().map(|answer| row(view, answer)).collect()
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

fn row(view: &FeatureView, answer: Answer) -> Row {
    let (at, _) = whole(std::slice::from_ref(&answer));
    Row { at, row: answer.outcome.map(|reply| decode(view, reply)) }
}

fn decode(view: &FeatureView, reply: Reply) -> OnlineRow {
    let (values, remaining_ttl) = match reply {
        Reply::Fields(values, remaining_ttl) => (values, remaining_ttl),
        Reply::OtherType => {
            let reason = "the key holds another Redis type than a hash";
            let cells = vec![OnlineCell::Undecodable(reason.into()); view.features.len()];
            let event_timestamp = StoredTimestamp::Undecodable(reason.into());
            return OnlineRow::Found(StoredRow { event_timestamp, cells, remaining_ttl: None });
        }
        // No other question is asked, so no other reply comes.
        Reply::Text(_) | Reply::Texts(..) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld => {
            return OnlineRow::Absent;
        }
    };
    let Some((stored, values)) = values.split_first() else { return OnlineRow::Absent };
    if stored.is_none() && values.iter().all(Option::is_none) {
        return OnlineRow::Absent;
    }
    let event_timestamp = match stored.as_deref().map(timestamp::decode) {
        None => StoredTimestamp::Missing,
        // Feast writes microseconds to Redis whatever the source holds.
        Some(Ok(instant)) => StoredTimestamp::At(instant, Precision::Micros),
        Some(Err(reason)) => StoredTimestamp::Undecodable(reason),
    };
    let cells = view.features.iter().zip(values).map(|(feature, bytes)| match bytes {
        None => OnlineCell::Absent,
        Some(bytes) => match value::decode(feature.kind, bytes) {
            Ok(value) => OnlineCell::Value(value),
            Err(reason) => OnlineCell::Undecodable(reason),
        },
    });
    OnlineRow::Found(StoredRow { event_timestamp, cells: cells.collect(), remaining_ttl })
}
