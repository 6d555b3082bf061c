//! What a feature server is asked.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json, json};

use crate::model::entity::{EntityKey, KeyValue};
use crate::model::view::FeatureView;

/// The body of a request for all features of a view.
pub(super) fn body(view: &FeatureView, keys: &[EntityKey]) -> String {
    let features: Vec<String> = view.features.iter().map(|feature| format!("{}:{}", view.name, feature.name)).collect();
    let column = |place: usize| keys.iter().map(|key| key.values().get(place).map_or(Json::Null, value)).collect();
    let entities: Map<String, Json> =
        view.join_keys.iter().enumerate().map(|(place, key)| (key.name.clone(), Json::Array(column(place)))).collect();
    json!({ "features": features, "entities": entities, "full_feature_names": true }).to_string()
}

fn value(value: &KeyValue) -> Json {
    match value {
        KeyValue::String(text) => Json::from(&**text),
        KeyValue::Int32(number) => Json::from(*number),
        KeyValue::Int64(number) | KeyValue::UnixTimestamp(number) => Json::from(*number),
        KeyValue::Bytes(bytes) => Json::from(BASE64_STANDARD.encode(bytes)),
    }
}
