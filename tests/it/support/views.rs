//! Feature views for tests.

use skewwatch::model::entity::{JoinKey, KeyKind};
use skewwatch::model::value::ValueKind;
use skewwatch::model::view::{Feature, FeatureView, SnapshotSource};

/// A view `name` with string join key `user_id`, these features and nothing out of the ordinary.
pub fn view(name: &str, location: &str, features: &[(&str, ValueKind)]) -> FeatureView {
    FeatureView {
        join_keys: vec![JoinKey { name: "user_id".to_owned(), kind: KeyKind::String }],
        features: features.iter().map(|(name, kind)| Feature { name: (*name).to_owned(), kind: *kind }).collect(),
        ..FeatureView::new(name, SnapshotSource::new(location, "event_timestamp"))
    }
}
