//! The real Feast client reads from the server what it reads from Redis itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use super::{Shop, ask, json, lasting};

/// The Python that has Feast; `make test` provides it.
fn python() -> PathBuf {
    let found = std::env::var_os("SKEWWATCH_PYTHON")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"), PathBuf::from);
    assert!(found.exists(), "no Python with Feast at {}: run `make setup`", found.display());
    found
}

/// Runs a script of this folder with Feast.
fn with_feast(shop: &Shop, script: &str, arguments: &[&Path]) -> Json {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/lookup_http").join(script);
    let output = Command::new(python())
        .arg(script)
        .args(arguments)
        .env("HOME", shop.folder.path())
        .env("FEAST_USAGE", "False")
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The repository with another online store: the feature server.
fn remote(shop: &Shop, address: &str) -> PathBuf {
    let remote = shop.folder.path().join("remote");
    fs::create_dir_all(remote.join("data")).unwrap();
    fs::copy(shop.folder.path().join("repo/data/registry.db"), remote.join("data/registry.db")).unwrap();
    let store = format!(
        "project: shop_dev\nprovider: local\nregistry: data/registry.db\nonline_store:\n    type: remote\n    path: \
         http://{address}\n    connection_retries: 0\nentity_key_serialization_version: 3\n"
    );
    fs::write(remote.join("feature_store.yaml"), store).unwrap();
    remote
}

#[test]
fn a_service_that_calls_views_and_join_keys_otherwise_is_answered_as_feast_answers_it() {
    let shop = Shop::golden(&lasting("l1: { ttl: 1m }"));
    let repository = shop.folder.path().join("repo");
    assert_eq!(with_feast(&shop, "add_service.py", &[&repository]), json!(["buyers", "fraud_v1", "fraud_v2"]));
    let service = shop.serve();
    let told = with_feast(&shop, "read_service.py", &[&repository, &remote(&shop, &service.address)]);
    assert_eq!(told["remote"], told["redis"]);
    let names = ["buyer__fraud_score", "buyer_id", "driver_profile__rating", "user_features__fraud_score"];
    let found: Vec<&str> = told["redis"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(found[..4], [names[0], names[1], "driver_id", names[2]]);
    assert_eq!(found[4..], [names[3], "user_id"]);
    let body =
        r#"{"feature_service":"buyers","entities":{"user_id":["u01006"],"buyer_id":["u01068"],"driver_id":[5001]}}"#;
    let refused = json(&ask(&service, body), 422);
    let detail =
        "two features would be called `fraud_score`: name it once, or set `full_feature_names` if it is of two views";
    assert_eq!(refused, json!({"detail": detail}));
}

#[test]
fn the_remote_online_store_of_feast_reads_what_feast_reads_from_redis() {
    let shop = Shop::golden(&lasting("l1: { ttl: 1m }"));
    let service = shop.serve();
    let repository = shop.folder.path().join("repo");
    let told = with_feast(&shop, "read_with_feast.py", &[&repository, &remote(&shop, &service.address)]);
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
