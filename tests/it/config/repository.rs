//! The one-line configuration: everything comes from a Feast repository, and entries refine it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use skewwatch::config::{Plan, from_text};
use skewwatch::feast::registry::{Registry, RegistryViews, ViewVersioning};
use skewwatch::model::secret::Secret;
use skewwatch::model::service::{FeatureService, ServicePart};
use skewwatch::model::view::{FreshnessBasis, NotWatched, Pairing};
use skewwatch::store::online::{
    KeySerialization, OnlineSettings, RedisLayout, RedisSettings, RedisTopology, SqliteSettings,
};

use super::environment;

const SHOP: &str = "tests/fixtures/config/shop";

async fn plan(text: &str) -> Plan {
    let path = Path::new("tests/fixtures/config/skewwatch.yaml");
    from_text(text, path, &environment).await.unwrap_or_else(|error| panic!("{error}"))
}

/// What the registry itself says.
fn registry() -> RegistryViews {
    let bytes = std::fs::read("tests/fixtures/golden-feast/dev/registry.db").unwrap();
    Registry::decode(&bytes).unwrap().views("shop_dev", Path::new(SHOP), ViewVersioning::Off).unwrap()
}

fn redis() -> RedisSettings {
    RedisSettings::single("127.0.0.1:7101", RedisLayout::Feast { keys: KeySerialization::V3 })
}

#[tokio::test]
async fn one_line_watches_what_the_registry_serves_online() {
    let plan = plan("feast: ./shop").await;
    assert_eq!(RegistryViews { watched: plan.views, not_watched: plan.not_watched }, registry());
    assert_eq!(plan.online, OnlineSettings::Redis(Box::new(redis())));
}

#[tokio::test]
async fn the_services_of_a_repository_are_those_of_its_registry() {
    let part = |view: &str, features: &[&str]| ServicePart {
        view: view.to_owned(),
        alias: None,
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        join_keys: BTreeMap::new(),
    };
    let user = ["avg_order_value_7d", "total_orders_30d", "preferred_category", "account_age_days", "fraud_score"];
    let buyer = ServicePart {
        alias: Some("buyer".to_owned()),
        join_keys: [("user_id".to_owned(), "buyer_id".to_owned())].into(),
        ..part("user_features", &["fraud_score"])
    };
    let first = vec![part("user_features", &user), part("driver_profile", &["rating", "is_active"])];
    let second = vec![buyer, part("basket_ratio_view", &["basket_ratio"])];
    let expected = [("fraud_v1", first), ("fraud_v2", second)];
    let expected = expected.map(|(name, parts)| FeatureService { name: name.to_owned(), parts });
    assert_eq!(plan("feast: ./shop").await.services, expected);
    let other = Path::new("tests/fixtures/golden-feast/dev/registry.sqlite.db");
    let bytes = std::fs::read(other).unwrap();
    assert_eq!(Registry::decode(&bytes).unwrap().services("shop_dev"), expected);
    assert_eq!(Registry::decode(&bytes).unwrap().services("another"), []);
}

#[tokio::test]
async fn the_file_of_a_repository_can_be_named_itself() {
    let plan = plan("feast: shop/feature_store.sqlite.yaml").await;
    let path = PathBuf::from(SHOP).join("data/online_store.db");
    assert_eq!(plan.online, OnlineSettings::Sqlite(SqliteSettings { path, keys: KeySerialization::V3 }));
}

#[tokio::test]
async fn entries_refine_the_views_of_the_registry_by_name() {
    let text = "
feast: shop
snapshots: { root: s3://training }
feature_views:
  - name: user_features
    ttl: 30d
    pairing: as_of
    write_delay: 1h
    team: risk
    snapshot: users/*.parquet
    freshness: { basis: row }
  - { name: driver_profile, watch: false }
  - { name: user_history, watch: false }
";
    let plan = plan(text).await;
    let mut expected = registry();
    let place = expected.watched.iter().position(|view| view.name == "driver_profile").unwrap();
    expected.watched.remove(place);
    let reason = "the configuration says `watch: false`".to_owned();
    expected.not_watched.push(NotWatched { feature_view: "driver_profile".to_owned(), reason });
    let view = expected.watched.iter_mut().find(|view| view.name == "user_features").unwrap();
    view.ttl = Some(Duration::from_secs(30 * 86_400));
    view.pairing = Pairing::AsOf;
    view.write_delay = Duration::from_secs(3600);
    view.team = Some("risk".to_owned());
    view.source.location = "s3://training/users/*.parquet".to_owned();
    view.freshness_basis = FreshnessBasis::Row;
    assert_eq!(plan.views, expected.watched);
    assert_eq!(plan.not_watched, expected.not_watched);
}

#[tokio::test]
async fn a_zero_ttl_makes_rows_of_the_registry_never_expire() {
    let plan = plan("feast: shop\nfeature_views: [ { name: user_features, ttl: 0 } ]").await;
    let view = plan.views.iter().find(|view| view.name == "user_features").unwrap();
    assert_eq!(view.ttl, None);
}

#[tokio::test]
async fn another_way_to_the_store_keeps_what_it_does_not_change() {
    let plan = plan(
        "feast: shop\nonline: { redis: { username: watcher, password_env: CACHE_PASSWORD, replica_reads: true } }",
    )
    .await;
    let expected = RedisSettings {
        username: Some("watcher".to_owned()),
        password: Some(Secret::new("hunter2")),
        replica_reads: true,
        ..redis()
    };
    assert_eq!(plan.online, OnlineSettings::Redis(Box::new(expected)));
    let text = "feast: shop\nonline: { redis: { nodes: [a, b], topology: cluster }, layout: feast }";
    let expected = RedisSettings {
        nodes: vec!["a:6379".to_owned(), "b:6379".to_owned()],
        topology: RedisTopology::Cluster,
        ..redis()
    };
    assert_eq!(self::plan(text).await.online, OnlineSettings::Redis(Box::new(expected)));
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_replaced_by_one_that_can() {
    let plan = plan("feast: unsupported_store\nonline: { sqlite: { path: shop/online.db } }").await;
    let path = PathBuf::from("tests/fixtures/config/shop/online.db");
    assert_eq!(plan.online, OnlineSettings::Sqlite(SqliteSettings { path, keys: KeySerialization::V3 }));
}
