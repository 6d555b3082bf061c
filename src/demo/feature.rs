//! The five features of the demo's view, as words: what both computations must agree on.
//!
//! At an instant t a window of n days holds the events in (t − n days, t]. Over these windows:
//!
//! | feature | value at t |
//! |---|---|
//! | `avg_order_value_7d` | mean order value in euros; null without an order |
//! | `total_orders_30d` | number of orders |
//! | `preferred_category` | category with the most orders in 30 days, of equals the first in the alphabet; null without one |
//! | `account_age_days` | midnights (UTC) since the account was opened |
//! | `fraud_score` | (4 b + 1) / (4 b + n + 8) for b chargebacks and n orders in 30 days; null without either |

use crate::model::entity::{JoinKey, KeyKind};
use crate::model::time::Timestamp;
use crate::model::value::{ScalarKind, Value, ValueKind};
use crate::model::view::{Feature, FeatureView, Pairing, SnapshotSource};

use super::calendar::DAY;

/// Feast's project.
pub const PROJECT: &str = "shop";
/// The view.
pub const VIEW: &str = "user_features";
/// Its join key.
pub const JOIN_KEY: &str = "user_id";
/// Column of the event timestamp in snapshots.
pub const EVENT_TIMESTAMP: &str = "event_timestamp";
/// Column of the time of writing in snapshots.
pub const CREATED: &str = "created";
/// Folder of the snapshots, relative to the demo's folder.
pub const SNAPSHOTS: &str = "offline/user_features";
/// Days in the window of the mean order value.
pub const SHORT_WINDOW: i64 = 7 * DAY;
/// Days in the window of everything else.
pub const LONG_WINDOW: i64 = 30 * DAY;

/// The features, in the order of the view, with their declared types.
pub const FEATURES: [(&str, ScalarKind); 5] = [
    ("avg_order_value_7d", ScalarKind::Float32),
    ("total_orders_30d", ScalarKind::Int64),
    ("preferred_category", ScalarKind::String),
    ("account_age_days", ScalarKind::Int64),
    ("fraud_score", ScalarKind::Float32),
];

/// Position of `avg_order_value_7d` in [`FEATURES`].
pub const AVG_ORDER_VALUE: usize = 0;
/// Position of `total_orders_30d` in [`FEATURES`].
pub const TOTAL_ORDERS: usize = 1;
/// Position of `preferred_category` in [`FEATURES`].
pub const PREFERRED_CATEGORY: usize = 2;
/// Position of `account_age_days` in [`FEATURES`].
pub const ACCOUNT_AGE: usize = 3;
/// Position of `fraud_score` in [`FEATURES`].
pub const FRAUD_SCORE: usize = 4;

/// The values of one customer at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureRow {
    /// Mean order value in euros.
    pub avg_order_value_7d: Option<f32>,
    /// Number of orders.
    pub total_orders_30d: i64,
    /// Category with the most orders.
    pub preferred_category: Option<&'static str>,
    /// Midnights since the account was opened.
    pub account_age_days: i64,
    /// Between 0 and 1.
    pub fraud_score: Option<f32>,
}

impl FeatureRow {
    /// The values in the order of [`FEATURES`].
    #[must_use]
    pub fn values(&self) -> [Value; 5] {
        [
            self.avg_order_value_7d.map_or(Value::Null, Value::Float32),
            Value::Int(self.total_orders_30d),
            self.preferred_category.map_or(Value::Null, Value::string),
            Value::Int(self.account_age_days),
            self.fraud_score.map_or(Value::Null, Value::Float32),
        ]
    }
}

/// The declared type of the feature at `position`; text for a position past the end, which the view does not have.
#[must_use]
pub fn kind(position: usize) -> ValueKind {
    ValueKind::Scalar(FEATURES.get(position).map_or(ScalarKind::String, |(_, kind)| *kind))
}

/// The join keys of the view.
#[must_use]
pub fn join_keys() -> Vec<JoinKey> {
    vec![JoinKey { name: JOIN_KEY.to_owned(), kind: KeyKind::String }]
}

/// The view as Feast's registry describes it, with its snapshots at a path relative to the repository.
#[must_use]
pub fn view() -> FeatureView {
    let source =
        SnapshotSource { created: Some(CREATED.to_owned()), ..SnapshotSource::new(SNAPSHOTS, EVENT_TIMESTAMP) };
    FeatureView {
        project: Some(PROJECT.to_owned()),
        join_keys: join_keys(),
        features: FEATURES
            .iter()
            .map(|(name, kind)| Feature { name: (*name).to_owned(), kind: ValueKind::Scalar(*kind) })
            .collect(),
        ttl: Some(ttl()),
        pairing: Pairing::AsOf,
        owner: Some("ml-platform@shop.example".to_owned()),
        team: Some("risk".to_owned()),
        tier: Some("1".to_owned()),
        materialized: Some(true),
        ..FeatureView::new(VIEW, source)
    }
}

/// How old a served row may be.
#[must_use]
pub const fn ttl() -> std::time::Duration {
    std::time::Duration::from_secs(24 * 3_600)
}

/// One row of the online store before it is put into bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedRow {
    /// The entity key.
    pub entity: String,
    /// Its event timestamp.
    pub event_timestamp: Timestamp,
    /// One cell per feature, in the order of [`FEATURES`].
    pub cells: [ServedCell; 5],
}

/// One cell of a [`ServedRow`].
#[derive(Clone, Debug, PartialEq)]
pub enum ServedCell {
    /// A value of the declared type.
    Value(Value),
    /// Bytes that are no value in any encoding.
    Garbage,
}

impl ServedRow {
    /// The row of `entity` with these values.
    #[must_use]
    pub fn new(entity: &str, event_timestamp: Timestamp, features: &FeatureRow) -> Self {
        Self { entity: entity.to_owned(), event_timestamp, cells: features.values().map(ServedCell::Value) }
    }
}
