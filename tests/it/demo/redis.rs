//! The demo's rows in Redis, in both layouts, read back by plain commands.

use std::collections::BTreeMap;
use std::path::Path;

use redis::{Commands as _, Connection};
use skewwatch::demo::calendar::instant;
use skewwatch::demo::make;
use skewwatch::demo::online::{OnlineTarget, RedisAddress, RedisLayout};
use skewwatch::feast::{field, timestamp};
use tempfile::tempdir;

use super::stored::Stored;
use super::{made, settings, stored};
use crate::support::redis::RedisServer;

const FEATURES: [&str; 5] =
    ["avg_order_value_7d", "total_orders_30d", "preferred_category", "account_age_days", "fraud_score"];

/// Database `number` of the server, as the demo takes it.
fn database(server: &RedisServer, number: u8) -> RedisAddress {
    RedisAddress::parse(&format!("redis://{}/{number}", server.address())).unwrap()
}

/// A connection to database 3.
fn connect(server: &RedisServer) -> Connection {
    let mut connection = server.connection();
    redis::cmd("SELECT").arg(3).exec(&mut connection).unwrap();
    connection
}

async fn fill(server: &RedisServer, layout: RedisLayout, folder: &Path, faults: &str) {
    let mut settings = settings(folder, faults);
    settings.online = OnlineTarget::Redis(database(server, 3), layout);
    make(&settings).await.unwrap();
}

/// Every row as the SQLite file of the same settings has it.
async fn sqlite_rows(folder: &Path) -> BTreeMap<String, Stored> {
    made(folder, "default").await;
    stored::rows(folder)
}

#[tokio::test]
async fn the_feast_layout_holds_the_same_bytes_as_the_sqlite_file() {
    let (home, server) = (tempdir().unwrap(), RedisServer::start());
    let expected = sqlite_rows(&home.path().join("sqlite")).await;
    let folder = home.path().join("redis");
    fill(&server, RedisLayout::Feast, &folder, "default").await;
    let mut connection = connect(&server);
    for (entity, row) in &expected {
        let mut key = b"\x01\0\0\0\x02\0\0\0\x07\0\0\0user_id\x02\0\0\0\x07\0\0\0".to_vec();
        key.extend_from_slice(entity.as_bytes());
        key.extend_from_slice(b"shop");
        let mut fields: BTreeMap<Vec<u8>, Vec<u8>> = row
            .cells
            .iter()
            .map(|(feature, bytes)| (field::feature("user_features", feature).to_vec(), bytes.clone()))
            .collect();
        fields.insert(b"_ts:user_features".to_vec(), timestamp::encode(instant(row.event_ts)));
        let found: BTreeMap<Vec<u8>, Vec<u8>> = connection.hgetall(key).unwrap();
        assert_eq!(found, fields, "{entity}");
    }
    let keys: usize = redis::cmd("DBSIZE").query(&mut connection).unwrap();
    assert_eq!(keys, expected.len() + 1, "one hash per row, and the demo's marker");
    assert_eq!(
        std::fs::read_to_string(folder.join("feature_store.yaml")).unwrap(),
        format!(
            "project: shop\nprovider: local\nregistry: data/registry.db\nonline_store:\n  type: redis\n  \
             connection_string: \"127.0.0.1:{},db=3\"\noffline_store:\n  type: file\n\
             entity_key_serialization_version: 3\n",
            server.port
        )
    );
}

#[tokio::test]
async fn the_plain_layout_holds_the_same_values_as_json_and_replaces_an_earlier_demo() {
    let (home, server) = (tempdir().unwrap(), RedisServer::start());
    let expected = sqlite_rows(&home.path().join("sqlite")).await;
    let folder = home.path().join("redis");
    fill(&server, RedisLayout::Feast, &folder, "default").await;
    fill(&server, RedisLayout::Plain, &folder, "default").await;
    let mut connection = connect(&server);
    for (entity, row) in &expected {
        let seconds: i64 = connection.get(format!("feat:{entity}:_ts")).unwrap();
        assert_eq!(seconds, row.event_ts, "{entity}");
        for feature in FEATURES {
            let text: String = connection.get(format!("feat:{entity}:{feature}")).unwrap();
            match row.value(feature) {
                Ok(value) => assert_eq!(text, value.to_string(), "{entity} {feature}"),
                Err(_) => assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{entity} {feature}"),
            }
        }
    }
    let keys: usize = redis::cmd("DBSIZE").query(&mut connection).unwrap();
    assert_eq!(keys, expected.len() * 6 + 1, "five features and a timestamp per row, and the demo's marker");
    assert!(!folder.join("feature_store.yaml").exists(), "Feast cannot read plain keys");
}

#[tokio::test]
async fn what_others_put_beside_a_demo_stays_when_it_is_made_again() {
    let (home, server) = (tempdir().unwrap(), RedisServer::start());
    let folder = home.path().join("demo");
    fill(&server, RedisLayout::Plain, &folder, "none").await;
    let mut connection = connect(&server);
    let others = ["coffeeshop", "feat:alice:total_orders_30d", "feat:u000001:height", "feat:x", "workshop"];
    for key in others {
        connection.set::<_, _, ()>(key, "kept").unwrap();
    }
    fill(&server, RedisLayout::Feast, &folder, "none").await;
    for key in others {
        assert_eq!(connection.get::<_, Option<String>>(key).unwrap().as_deref(), Some("kept"), "{key}");
    }
    let left: Vec<String> = connection.keys("feat:*").unwrap();
    assert_eq!(left.len(), 3, "of the earlier demo nothing is left: {left:?}");
}

#[tokio::test]
async fn a_database_that_no_demo_filled_is_refused_and_stays_as_it_is() {
    let (home, server) = (tempdir().unwrap(), RedisServer::start());
    let mut connection = connect(&server);
    connection.set::<_, _, ()>("session:1", "alice").unwrap();
    let folder = home.path().join("demo");
    let mut settings = settings(&folder, "none");
    settings.online = OnlineTarget::Redis(database(&server, 3), RedisLayout::Plain);
    let error = make(&settings).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} holds keys and was not filled by `skewwatch demo`, so it stays as it is; name an empty database, such \
             as `redis://127.0.0.1:6379/9`",
            database(&server, 3).url()
        )
    );
    let keys: Vec<String> = connection.keys("*").unwrap();
    assert_eq!(keys, ["session:1"]);
    assert!(!folder.exists());
}

#[test]
fn an_address_with_a_password_or_of_another_kind_is_refused() {
    let refused = |text: &str| RedisAddress::parse(text).unwrap_err();
    let form = "expected `redis://host:port/database`";
    assert_eq!(
        refused("redis://:hush@127.0.0.1:6379/0"),
        format!("{form}: the demo writes its address into files, so it takes a Redis without a password")
    );
    assert_eq!(refused("redis+unix:///tmp/redis.sock"), format!("{form}: the demo speaks plain TCP only"));
    assert!(refused("memcached://127.0.0.1").starts_with(form));
    assert_eq!(RedisAddress::parse("redis://127.0.0.1").unwrap().url(), "redis://127.0.0.1:6379/0");
}
