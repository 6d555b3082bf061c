//! A shop's feature view whose rows follow from their entity and day: the same in every run and on every machine.

use std::time::Duration;

pub use skewwatch::demo::feature::FEATURES;
use skewwatch::feast::{entity_key, field, timestamp, value};
use skewwatch::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::{Feature, FeatureView, SnapshotSource, WrittenFrom};
use skewwatch::store::online::KeySerialization;

/// Name of the view.
pub const VIEW: &str = "user_features";
/// Feast project that it belongs to.
pub const PROJECT: &str = "shop";
/// Column of the event timestamp, also in a plain hash.
pub const EVENT_TIMESTAMP: &str = "event_timestamp";
/// Daily versions of each entity.
pub const DAYS: u32 = 10;

/// 2026-06-01T00:00:00Z, the start of day 0, in microseconds since 1970.
pub const FIRST_DAY: i64 = 1_780_272_000 * 1_000_000;
/// Microseconds in a day.
pub const DAY: i64 = 86_400 * 1_000_000;
const CATEGORIES: [&str; 8] = ["Books", "Clothing", "Electronics", "Garden", "Groceries", "Music", "Sports", "Toys"];

/// One version of one entity.
#[derive(Clone)]
pub struct Row {
    /// When it was true, in microseconds since 1970: some time of its day.
    pub event_micros: i64,
    /// Mean of the order values, in double precision as a batch job has it.
    pub average: f64,
    /// Orders.
    pub orders: i64,
    /// The category with the most orders.
    pub category: &'static str,
    /// Days since the account was opened.
    pub age: i64,
    /// A score from 0 to 1.
    pub score: f32,
}

/// The version of `entity` on `day`.
pub fn row(entity: u32, day: u32) -> Row {
    let seed = u64::from(entity) << 8 | u64::from(day);
    let number = |place: u64, below: u64| (mixed(seed ^ place << 56) % below) as i64;
    Row {
        event_micros: FIRST_DAY + i64::from(day) * DAY + number(1, DAY as u64),
        average: number(2, 400_000) as f64 / 700.0,
        orders: number(3, 60),
        category: CATEGORIES[number(4, CATEGORIES.len() as u64) as usize],
        age: i64::from(entity % 2_000) + i64::from(day),
        score: number(5, 100_000) as f32 / 100_000.0,
    }
}

/// A number that depends on `seed` and shows no pattern (the output function of SplitMix64, Steele, Lea & Flood 2014).
pub const fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

impl Row {
    /// The values as the online store has them, in the order of [`FEATURES`].
    pub fn served(&self) -> [Value; 5] {
        [
            Value::Float32(self.average as f32),
            Value::Int(self.orders),
            Value::string(self.category),
            Value::Int(self.age),
            Value::Float32(self.score),
        ]
    }

    /// Fields and values of the hash that Feast writes, the timestamp last.
    pub fn feast_fields(&self) -> anyhow::Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut fields = Vec::with_capacity(FEATURES.len() + 1);
        for ((name, kind), served) in FEATURES.iter().zip(self.served()) {
            let bytes = value::encode(ValueKind::Scalar(*kind), &served);
            let bytes = bytes.map_err(|reason| anyhow::anyhow!("could not encode `{name}`: {reason}"))?;
            fields.push((field::feature(VIEW, name).to_vec(), bytes));
        }
        let at = Timestamp::from_nanos(self.event_micros * 1000);
        fields.push((field::timestamp(VIEW).into_bytes(), timestamp::encode(at)));
        Ok(fields)
    }
}

/// The join-key value of an entity.
pub fn user_id(entity: u32) -> String {
    format!("{entity:012}")
}

/// The entity key of an entity.
pub fn key(entity: u32) -> EntityKey {
    EntityKey::new([KeyValue::String(user_id(entity).into())])
}

/// The Redis key under which Feast keeps an entity.
pub fn feast_key(view: &FeatureView, entity: u32) -> Vec<u8> {
    let mut bytes = entity_key::encode(KeySerialization::V3, &view.join_keys, &key(entity));
    bytes.extend_from_slice(PROJECT.as_bytes());
    bytes
}

/// The view, with its snapshots at `location`.
pub fn view(location: &str) -> FeatureView {
    let feature =
        |(name, kind): &(&str, ScalarKind)| Feature { name: (*name).to_owned(), kind: ValueKind::Scalar(*kind) };
    let source =
        SnapshotSource { created: Some("created".to_owned()), ..SnapshotSource::new(location, EVENT_TIMESTAMP) };
    FeatureView {
        project: Some(PROJECT.to_owned()),
        join_keys: vec![JoinKey { name: "user_id".to_owned(), kind: KeyKind::String }],
        features: FEATURES.iter().map(feature).collect(),
        ttl: Some(Duration::from_secs(7 * 86_400)),
        written_from: WrittenFrom::Snapshot,
        ..FeatureView::new(VIEW, source)
    }
}
