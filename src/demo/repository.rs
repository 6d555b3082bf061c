//! The text files around the two stores: Feast's `feature_store.yaml` and skewwatch's own configuration.

use super::feature::{CREATED, EVENT_TIMESTAMP, FEATURES, JOIN_KEY, PROJECT, SNAPSHOTS, VIEW};
use super::online::{OnlineTarget, RedisAddress, RedisLayout};

/// Feast's description of the repository.
pub const FEATURE_STORE: &str = "feature_store.yaml";
/// Feast's registry, relative to the repository.
pub const REGISTRY: &str = "data/registry.db";
/// Feast's online store where it is a SQLite file, relative to the repository.
pub const ONLINE_STORE: &str = "data/online_store.db";
/// skewwatch's configuration, relative to the repository.
pub const CONFIGURATION: &str = "skewwatch.yaml";
/// The history, relative to the repository.
pub const HISTORY: &str = "history.db";

/// The text of [`FEATURE_STORE`]; `None` where the online store is not in Feast's layout and Feast could not read it.
#[must_use]
pub fn feature_store(target: &OnlineTarget) -> Option<String> {
    let online = match target {
        OnlineTarget::Sqlite => format!("  type: sqlite\n  path: {ONLINE_STORE}"),
        OnlineTarget::Redis(address, RedisLayout::Feast) => {
            format!("  type: redis\n  connection_string: \"{}\"", address.connection_string())
        }
        OnlineTarget::Redis(_, RedisLayout::Plain) => return None,
    };
    Some(format!(
        "project: {PROJECT}\nprovider: local\nregistry: {REGISTRY}\nonline_store:\n{online}\noffline_store:\n  type: \
         file\nentity_key_serialization_version: 3\n"
    ))
}

/// The text of [`CONFIGURATION`], whose sample takes in `entities` keys of each side: all of them.
#[must_use]
pub fn configuration(target: &OnlineTarget, entities: usize) -> String {
    let stores = match target {
        OnlineTarget::Sqlite | OnlineTarget::Redis(_, RedisLayout::Feast) => of_feast(),
        OnlineTarget::Redis(address, RedisLayout::Plain) => of_plain_keys(address),
    };
    format!(
        "{stores}sample:\n  keys: {entities}   # every one, so that the verdicts are those of faults.json\n  source: [offline, online]\n\
         publish:\n  history: {HISTORY}   # what rounds found: made by `skewwatch serve`, and by the demo for its report\n  values: \
         shown   # nobody lives in this shop, so reports may show what single cells hold\n"
    )
}

fn of_feast() -> String {
    format!(
        "# The stores are those of the Feast repository beside this file.\nfeast: .\nfeature_views:\n  - name: {VIEW}\n    \
         pairing: as_of   # batch and stream compute apart, so their timestamps never coincide\n"
    )
}

fn of_plain_keys(address: &RedisAddress) -> String {
    let features: String = FEATURES.iter().map(|(name, kind)| format!("      {name}: {}\n", kind.name())).collect();
    format!(
        "online:\n  redis: {{ url: \"{}\" }}\n  layout:\n    key: \"feat:{{entity}}:{{feature}}\"\n    encoding: json\n    \
         timestamp_key: \"feat:{{entity}}:_ts\"\n    timestamp_format: epoch_seconds\nfeature_views:\n  - name: {VIEW}\n    \
         team: risk\n    join_keys: [{JOIN_KEY}]\n    ttl: 24h\n    snapshot: {SNAPSHOTS}\n    event_timestamp: \
         {EVENT_TIMESTAMP}\n    created: {CREATED}\n    pairing: as_of   # batch and stream compute apart, so their \
         timestamps never coincide\n    features:\n{features}",
        address.url()
    )
}
