//! Redis as an online store, against real servers.

mod access;
mod budget;
mod cluster;
mod connecting;
mod feast_layout;
mod laws;
mod plain_hashes;
mod plain_texts;
mod sentinel;
mod walking;

use std::time::Duration;

use skewwatch::model::choice::{KeyChoice, KeyCollector};
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::online::{OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::{Clock, Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::FeatureView;
use skewwatch::store::online::{
    OnlineSettings, OnlineStore, PlainEncoding, PlainLayout, PlainTimestamp, RedisLayout, RedisSettings, ScanCoverage,
    StoreError, TimestampFormat, Walk,
};

use crate::support::views;

/// A connected store.
pub async fn connect(settings: RedisSettings) -> OnlineStore {
    OnlineStore::connect(&OnlineSettings::Redis(Box::new(settings))).await.unwrap()
}

/// Why a store could not be connected.
pub async fn refusal(settings: RedisSettings) -> StoreError {
    OnlineStore::connect(&OnlineSettings::Redis(Box::new(settings))).await.unwrap_err()
}

/// The key with one text value.
pub fn key(text: &str) -> EntityKey {
    EntityKey::new([KeyValue::String(text.into())])
}

/// A view of these scalar features.
pub fn view(features: &[(&str, ScalarKind)]) -> FeatureView {
    let features: Vec<(&str, ValueKind)> =
        features.iter().map(|(name, kind)| (*name, ValueKind::Scalar(*kind))).collect();
    views::view("user_stats", "unused", &features)
}

/// A plain layout without timestamps.
pub fn plain(pattern: &str, encoding: PlainEncoding) -> PlainLayout {
    PlainLayout { key: pattern.to_owned(), encoding, timestamp: None }
}

/// The same with timestamps at `at`.
pub fn stamped(pattern: &str, at: &str, format: TimestampFormat) -> RedisLayout {
    let timestamp = Some(PlainTimestamp { at: at.to_owned(), format });
    RedisLayout::Plain(PlainLayout { timestamp, ..plain(pattern, PlainEncoding::Text) })
}

/// The rows read; panics on a key that was not read.
pub async fn rows(store: &OnlineStore, view: &FeatureView, keys: &[EntityKey]) -> Vec<OnlineRow> {
    let readings = store.read(view, keys, Clock::System).await;
    readings.into_iter().map(|reading| reading.row.unwrap()).collect()
}

/// Why a key was not read: reason and message; panics on a key that was read.
pub fn unread(reading: &OnlineReading) -> (&'static str, String) {
    let unread = reading.row.as_ref().unwrap_err();
    (unread.reason.name(), unread.message.to_string())
}

/// A row without timestamp and expiry.
pub fn untimed(cells: Vec<OnlineCell>) -> OnlineRow {
    OnlineRow::Found(StoredRow { event_timestamp: StoredTimestamp::NotKept, cells, remaining_ttl: None })
}

/// A row with a timestamp and without expiry.
pub fn timed(seconds: i64, cells: Vec<OnlineCell>) -> OnlineRow {
    let event_timestamp = StoredTimestamp::At(Timestamp::from_seconds(seconds, 0).unwrap(), Precision::Seconds);
    OnlineRow::Found(StoredRow { event_timestamp, cells, remaining_ttl: None })
}

/// The cell of an integer.
pub fn int(number: i64) -> OnlineCell {
    OnlineCell::Value(Value::Int(number))
}

/// The cell of a text.
pub fn text(text: &str) -> OnlineCell {
    OnlineCell::Value(Value::string(text))
}

/// Every key of the view that the store enumerates, and what the walk went through.
pub async fn walk(store: &OnlineStore, view: &FeatureView) -> (Vec<EntityKey>, ScanCoverage) {
    let choice = KeyChoice { stable_seed: 1, stable: 1_000_000, rotating_seed: 2, rotating: 0 };
    let mut collector = KeyCollector::new(choice);
    let coverage = store.scan(view, &mut collector, &mut Walk::default()).await.unwrap();
    (collector.into_keys(), coverage)
}

/// The reading's time until the store drops the row.
pub fn remaining(row: &OnlineRow) -> Option<Duration> {
    match row {
        OnlineRow::Found(stored) => stored.remaining_ttl,
        OnlineRow::Absent => panic!("absent"),
    }
}
