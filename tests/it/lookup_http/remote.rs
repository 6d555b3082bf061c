//! The real Feast client reads from the server what it reads from Redis itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use super::{Shop, golden, lasting};

/// The Python that has Feast; `make test` provides it.
fn python() -> PathBuf {
    let found = std::env::var_os("SKEWWATCH_PYTHON")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"), PathBuf::from);
    assert!(found.exists(), "no Python with Feast at {}: run `make setup`", found.display());
    found
}

#[test]
fn the_remote_online_store_of_feast_reads_what_feast_reads_from_redis() {
    let shop = Shop::golden(&lasting("l1: { ttl: 1m }"));
    let service = shop.serve();
    let remote = shop.folder.path().join("remote");
    fs::create_dir_all(remote.join("data")).unwrap();
    fs::copy(golden().join("registry.db"), remote.join("data/registry.db")).unwrap();
    let store = format!(
        "project: shop_dev\nprovider: local\nregistry: data/registry.db\nonline_store:\n    type: remote\n    path: http://{}\n    \
         connection_retries: 0\nentity_key_serialization_version: 3\n",
        service.address
    );
    fs::write(remote.join("feature_store.yaml"), store).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/lookup_http/read_with_feast.py");
    let output = Command::new(python())
        .args([script.as_os_str(), shop.folder.path().join("repo").as_os_str(), remote.as_os_str()])
        .env("HOME", shop.folder.path())
        .env("FEAST_USAGE", "False")
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Json = serde_json::from_slice(&output.stdout).unwrap();
    for name in ["features", "service", "typed"] {
        let both = &told[name];
        assert_eq!(both["remote"], both["redis"], "{name}");
        assert!(both["redis"].as_object().unwrap().len() > 2, "{name}: {both}");
    }
    assert_eq!(told["statuses"], json!([vec!["PRESENT"; 4], ["PRESENT", "NULL_VALUE", "PRESENT", "NOT_FOUND"]]));
    assert_eq!(
        told["read"],
        json!([{"fraud_score": 0.713_246_107_101_440_4}, {"fraud_score": null}, {"fraud_score": null}])
    );
    let error = "FeatureViewNotFoundException";
    assert_eq!(told["unknown"], json!(error), "the client raises Feast's own error");
}
