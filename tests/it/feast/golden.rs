//! The golden sets: files that the real Feast wrote.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;
use skewwatch::feast::registry::{Registry, RegistryViews, ViewVersioning};
use skewwatch::model::view::FeatureView;

/// The two sets with both stores, and their projects.
pub const SETS: [(&str, &str); 2] = [("dev", "shop_dev"), ("skewed", "shop_skewed")];

/// The folder of a set.
pub fn folder(set: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-feast").join(set)
}

/// The bytes of a file of a set.
pub fn bytes(set: &str, file: &str) -> Vec<u8> {
    let path = folder(set).join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a file of a set.
pub fn text(set: &str, file: &str) -> String {
    String::from_utf8(bytes(set, file)).expect("a text file")
}

/// What the registry of a set says.
pub fn registry_views(set: &str, project: &str) -> RegistryViews {
    let registry = Registry::decode(&bytes(set, "registry.db")).expect("a registry that Feast wrote");
    registry.views(project, &folder(set), ViewVersioning::Off).expect("views")
}

/// The watched view called `name`.
pub fn view(set: &str, project: &str, name: &str) -> FeatureView {
    let views = registry_views(set, project).watched;
    views.into_iter().find(|view| view.name == name).unwrap_or_else(|| panic!("no view {name} in {set}"))
}

/// One hash of the golden Redis.
pub struct GoldenHash {
    pub key: Vec<u8>,
    pub fields: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Every hash of the golden Redis.
pub fn redis_hashes(set: &str) -> Vec<GoldenHash> {
    let hash = |line: &str| {
        let json: Json = serde_json::from_str(line).expect("a JSON line");
        let fields = json["fields"].as_object().expect("fields").iter();
        GoldenHash {
            key: unhex(json["key"].as_str().expect("a key")),
            fields: fields.map(|(name, value)| (unhex(name), unhex(value.as_str().expect("a value")))).collect(),
        }
    };
    text(set, "redis.jsonl").lines().map(hash).collect()
}

/// Bytes of a hexadecimal text.
pub fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits"))
        .collect()
}
