//! Configurations that no round can begin with, and what the command says of them.

use std::fs;

use skewwatch::model::verdict::Verdict;

use super::population::{AS_OF, Fault, broken_by, healthy};
use super::{Scene, assert_tells, plain_configuration};
use crate::support::redis::RedisServer;

/// Runs a check with a configuration that is good but for `change`.
fn tells(name: &str, change: impl FnOnce(String) -> String) {
    let scene = Scene::new();
    scene.configure(&change(plain_configuration("url: \"redis://cache.invalid:6379\"", "")));
    assert_tells(name, &scene.run("check"), &[]);
}

#[test]
fn a_key_is_unknown() {
    tells("unknown_key", |text| text.replace("ttl:", "tll:"));
}

#[test]
fn a_value_has_the_wrong_type() {
    tells("wrong_type", |text| text.replace("join_keys: [user_id]", "join_keys: user_id") + "sample: { keys: many }\n");
}

#[test]
fn a_variable_is_not_set() {
    tells("no_variable", |text| text.replace("redis: {", "redis: { password_env: SHOP_REDIS_PASSWORD,"));
}

#[test]
fn a_view_has_no_event_timestamp() {
    tells("no_event_timestamp", |text| text.replace("    event_timestamp: event_timestamp\n", ""));
}

#[test]
fn the_registry_is_garbage() {
    let scene = Scene::new();
    scene.write("repo/data/registry.db", b"\x07 no registry").configure("feast: repo\n").write(
        "repo/feature_store.yaml",
        "project: shop\nregistry: data/registry.db\nprovider: local\nonline_store: { type: sqlite, path: data/o.db }\n",
    );
    assert_tells("garbage_registry", &scene.run("check"), &[]);
}

#[test]
fn there_is_no_registry() {
    let scene = Scene::new();
    scene.configure("feast: repo\n").write(
        "repo/feature_store.yaml",
        "project: shop\nregistry: data/registry.db\nprovider: local\nonline_store: { type: sqlite, path: data/o.db }\n",
    );
    assert_tells("no_registry", &scene.run("check"), &[]);
}

#[test]
fn there_is_no_configuration() {
    assert_tells("no_configuration", &Scene::new().run("check"), &[]);
}

#[test]
fn no_view_has_the_name_asked_for() {
    let scene = Scene::new();
    scene.configure(&plain_configuration("url: \"redis://cache.invalid:6379\"", ""));
    assert_tells("no_such_view", &scene.run("check --view user_feature"), &[]);
}

#[test]
fn a_key_file_is_not_there_and_the_other_sources_are_read() {
    let (scene, server) = Scene::with_population(
        &healthy(40),
        RedisServer::start(),
        "sample: { source: [offline, { file: keys.csv }] }\n",
    );
    let told = scene.run(&format!("check --as-of {AS_OF}"));
    assert_tells("no_key_file", &told, &[(&server.port.to_string(), "PORT")]);
}

#[tokio::test]
async fn with_a_time_to_live_of_zero_nothing_expires() {
    let (scene, _server) = Scene::with_population(&broken_by(Fault::OldestRow, 40, 40), RedisServer::start(), "");
    let text = fs::read_to_string(scene.path("skewwatch.yaml")).unwrap();
    for (ttl, verdict) in [("48h", Verdict::Expired), ("0", Verdict::Stale)] {
        scene.configure(&text.replace("ttl: 48h", &format!("ttl: {ttl}")));
        let report = scene.check(AS_OF).await;
        let [view] = &report.views[..] else { panic!("one view is measured") };
        assert!(view.features.values().all(|feature| feature.verdicts.count(verdict) == 40), "ttl {ttl}");
        assert_eq!(view.freshness.past_ttl, (ttl != "0").then_some(40));
    }
}
