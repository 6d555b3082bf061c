//! Feature views for tests.

use std::time::Duration;

use skewwatch::model::entity::{JoinKey, KeyKind};
use skewwatch::model::value::ValueKind;
use skewwatch::model::view::{
    Contains, ExpiredRules, Feature, FeatureView, FreshnessBasis, Pairing, SnapshotSource, Tolerance, WatermarkRule,
    WrittenFrom,
};

/// A view `name` with string join key `user_id`, these features and nothing out of the ordinary.
pub fn view(name: &str, location: &str, features: &[(&str, ValueKind)]) -> FeatureView {
    FeatureView {
        name: name.to_owned(),
        project: None,
        online_name: name.to_owned(),
        join_keys: vec![JoinKey { name: "user_id".to_owned(), kind: KeyKind::String }],
        features: features.iter().map(|(name, kind)| Feature { name: (*name).to_owned(), kind: *kind }).collect(),
        ttl: None,
        source: SnapshotSource {
            location: location.to_owned(),
            endpoint: None,
            event_timestamp: "event_timestamp".to_owned(),
            created: None,
            field_mapping: Vec::new(),
            naive_timestamps: chrono_tz::UTC,
            contains: Contains::Changes,
            watermark: WatermarkRule::MaxEventTimestamp,
            lateness: Duration::ZERO,
        },
        pairing: Pairing::Version,
        written_from: WrittenFrom::Unknown,
        write_delay: Duration::ZERO,
        freshness_basis: FreshnessBasis::Version,
        tolerance: Tolerance::default(),
        expired: ExpiredRules::default(),
        owner: None,
        team: None,
        tier: None,
        materialized: None,
    }
}
