//! The clean set with registry and snapshots on an S3-compatible server gives what it gives from the local disk.

use std::fmt::Write as _;
use std::fs;

use skewwatch::model::measurement::RoundReport;

use super::clean::skewwatch;
use super::wire::{Field, Message};
use super::{Repository, golden};
use crate::support::s3::S3Server;

const FILES: [(&str, &str); 4] = [
    ("user_features", "user_features.parquet"),
    ("driver_profile", "driver_profile.parquet"),
    ("user_driver_affinity", "user_driver.parquet"),
    ("user_sessions", "user_sessions.parquet"),
];

/// The registry with `online` switched on for `view`: FeatureView 6 in the registry, its spec 1, name 1, online 8.
fn switched_online(registry: &[u8], view: &str) -> Vec<u8> {
    let mut registry = Message::decode(registry);
    let mut switched = 0;
    registry.change(6, |bytes| {
        let mut feature_view = Message::decode(bytes);
        feature_view.change(1, |bytes| {
            let mut spec = Message::decode(bytes);
            if spec.text(1) == Some(view.as_bytes()) {
                spec.0.retain(|(number, _)| *number != 8);
                spec.0.push((8, Field::Varint(1)));
                switched += 1;
                *bytes = spec.encode();
            }
        });
        *bytes = feature_view.encode();
    });
    assert_eq!(switched, 1, "there is one view `{view}`");
    registry.encode()
}

/// A bucket with the set's data and `registry`, and a configuration that points there.
async fn uploaded(registry: Vec<u8>, more_views: &str) -> (String, String) {
    let server = S3Server::shared();
    let bucket = server.bucket();
    server.put(&bucket, "registry.db", registry).await;
    let mut views = String::new();
    for (view, file) in FILES {
        server.put(&bucket, &format!("data/{file}"), fs::read(golden("dev").join("data").join(file)).unwrap()).await;
        writeln!(views, "  - {{ name: {view}, snapshot: \"s3://{bucket}/data/{file}\" }}").unwrap();
    }
    let configuration = format!("feast: ./repo\n{}feature_views:\n{views}{more_views}", server.section());
    (bucket, configuration)
}

/// The repository whose registry is the object in `bucket`.
fn repository(bucket: &str, configuration: &str) -> Repository {
    let repository = Repository::on_redis("dev", configuration);
    let path = repository.folder.path().join("repo/feature_store.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("registry: data/registry.db", &format!("registry: s3://{bucket}/registry.db")))
        .unwrap();
    fs::remove_dir_all(repository.folder.path().join("repo/data")).unwrap();
    repository
}

/// The report without what must differ: where the files are and when they were put there.
pub(super) fn without_places(mut report: RoundReport) -> RoundReport {
    for view in &mut report.views {
        view.snapshot.identity.clear();
        view.snapshot.modified = None;
    }
    report
}

#[tokio::test]
async fn the_clean_set_on_s3_gives_the_figures_of_the_local_disk() {
    let registry = fs::read(golden("dev").join("registry.db")).unwrap();
    let (bucket, configuration) = uploaded(registry, "").await;
    let remote = repository(&bucket, &configuration).check().await;
    let local = Repository::on_redis("dev", "feast: ./repo\n").check().await;
    assert_eq!(remote.views.len(), FILES.len());
    assert_eq!(without_places(remote), without_places(local));
}

#[tokio::test]
async fn a_view_whose_bucket_is_absent_fails_alone_on_s3_too() {
    let registry = switched_online(&fs::read(golden("dev").join("registry.db")).unwrap(), "user_history");
    let absent = "  - { name: user_history, snapshot: \"s3://nowhere/offline/user_history/\" }\n";
    let (bucket, configuration) = uploaded(registry, absent).await;
    let repository = repository(&bucket, &configuration);
    let output = skewwatch(&["check", "--format", "json"], &repository.configuration());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["failures"],
        serde_json::json!([{
            "feature_view": "user_history",
            "stage": "sample",
            "reason": "not_found",
            "message": "could not read the snapshots of view `user_history`: could not list \
                        s3://nowhere/offline/user_history: there is no such bucket (`NoSuchBucket`)",
        }])
    );
    let local = Repository::on_redis("dev", "feast: ./repo\n").check().await;
    let mut expected = serde_json::to_value(without_places(local)).unwrap();
    let mut found = report;
    for view in found["views"].as_array_mut().unwrap() {
        view["snapshot"]["identity"] = "".into();
        view["snapshot"]["modified"] = serde_json::Value::Null;
    }
    for part in ["views", "findings", "unknown", "judged"] {
        assert_eq!(found[part].take(), expected[part].take(), "{part}");
    }
    let not_watched: Vec<_> =
        found["not_watched"].as_array().unwrap().iter().map(|view| &view["feature_view"]).collect();
    assert_eq!(not_watched, ["basket_ratio_view"]);
}
