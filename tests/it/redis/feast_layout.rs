//! Feast's layout, on a dump that Feast itself wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use skewwatch::feast::registry::{Registry, ViewVersioning};
use skewwatch::feast::{entity_key, field, timestamp, value};
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::Precision;
use skewwatch::model::view::FeatureView;
use skewwatch::store::online::{KeySerialization, Walk};
use std::time::Duration;

use super::{connect, key, remaining, rows, view};
use crate::support::redis::{RedisServer, feast_layout};

const PROJECT: &str = "shop_dev";

/// The hashes that Feast wrote, by key, each with its fields.
type Hashes = BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-feast/dev").join(name)
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn written() -> Hashes {
    let lines = fs::read_to_string(fixture("redis.jsonl")).unwrap();
    lines
        .lines()
        .map(|line| {
            let hash: Json = serde_json::from_str(line).unwrap();
            let fields = hash["fields"].as_object().unwrap();
            let fields = fields.iter().map(|(field, value)| (bytes(field), bytes(value.as_str().unwrap())));
            (bytes(hash["key"].as_str().unwrap()), fields.collect())
        })
        .collect()
}

fn registered() -> Vec<FeatureView> {
    let registry = Registry::decode(&fs::read(fixture("registry.db")).unwrap()).unwrap();
    registry.views(PROJECT, &fixture(""), ViewVersioning::Off).unwrap().watched
}

/// What the hashes say of one entity, field by field.
fn expected(view: &FeatureView, hashes: &Hashes, entity: &EntityKey) -> OnlineRow {
    let mut key = entity_key::encode(KeySerialization::V3, &view.join_keys, entity);
    key.extend(PROJECT.as_bytes());
    let Some(fields) = hashes.get(&key) else { return OnlineRow::Absent };
    let Some(stamp) = fields.get(field::timestamp(&view.online_name).as_bytes()) else { return OnlineRow::Absent };
    let cells = view.features.iter().map(|feature| {
        match fields.get(field::feature(&view.online_name, &feature.name).as_slice()) {
            Some(bytes) => OnlineCell::Value(value::decode(feature.kind, bytes).unwrap()),
            None => OnlineCell::Absent,
        }
    });
    OnlineRow::Found(StoredRow {
        event_timestamp: StoredTimestamp::At(timestamp::decode(stamp).unwrap(), Precision::Micros),
        cells: cells.collect(),
        remaining_ttl: None,
    })
}

#[tokio::test]
async fn every_row_that_feast_wrote_is_read_as_its_bytes_say() {
    let server = RedisServer::from_dump(&fixture("redis.rdb"));
    let store = connect(server.settings(feast_layout())).await;
    let hashes = written();
    let mut found = 0;
    for view in registered() {
        // Every key that fits the view's join keys, and one that Feast never wrote.
        let mut keys: Vec<EntityKey> = hashes
            .keys()
            .filter_map(|key| entity_key::decode(key).unwrap().entity_key(&view.join_keys, PROJECT.as_bytes()))
            .collect();
        let nobody = view.join_keys.iter().map(|join_key| join_key.kind.parse_value("404").unwrap());
        keys.push(EntityKey::new(nobody.collect::<Vec<KeyValue>>()));
        let wanted: Vec<OnlineRow> = keys.iter().map(|key| expected(&view, &hashes, key)).collect();
        found += wanted.iter().filter(|row| **row != OnlineRow::Absent).count();
        assert_eq!(rows(&store, &view, &keys).await, wanted, "view {}", view.name);
        assert_eq!(wanted.last(), Some(&OnlineRow::Absent));
    }
    assert!(found > hashes.len(), "views share hashes, so there are more rows than hashes");
}

#[tokio::test]
async fn walking_gives_exactly_the_rows_of_each_view() {
    let server = RedisServer::from_dump(&fixture("redis.rdb"));
    let store = connect(server.settings(feast_layout())).await;
    let hashes = written();
    for view in registered() {
        let fitting = |key: &Vec<u8>| entity_key::decode(key).unwrap().entity_key(&view.join_keys, PROJECT.as_bytes());
        let mut wanted: Vec<EntityKey> = hashes
            .keys()
            .filter_map(fitting)
            .filter(|entity| expected(&view, &hashes, entity) != OnlineRow::Absent)
            .collect();
        wanted.sort();
        let (keys, coverage) = super::walk(&store, &view).await;
        assert_eq!(keys, wanted, "view {}", view.name);
        assert_eq!((coverage.seen, coverage.seen + coverage.foreign), (keys.len() as u64, hashes.len() as u64));
    }
}

/// Redis key of a user in a project, as Feast 0.67 writes it.
fn redis_key(view: &FeatureView, user: &str, project: &str) -> Vec<u8> {
    let mut bytes = entity_key::encode(KeySerialization::V3, &view.join_keys, &key(user));
    bytes.extend(project.as_bytes());
    bytes
}

#[tokio::test]
async fn a_project_whose_name_ends_like_another_is_foreign() {
    let server = RedisServer::start();
    let mut connection = server.connection();
    let mut view = view(&[("a", skewwatch::model::value::ScalarKind::Int64)]);
    for (user, project) in [("u1", "x"), ("u2", "maxx"), ("u3", "x"), ("odd:{ключ}*?[a-z]", "x")] {
        let stamp = field::timestamp("user_stats");
        redis::cmd("HSET").arg(redis_key(&view, user, project)).arg(stamp).arg("").exec(&mut connection).unwrap();
    }
    // A hash of the same join keys with the row of another view only, a key of another type, and a key of no entity.
    redis::cmd("HSET").arg(redis_key(&view, "u4", "x")).arg("_ts:other").arg("").exec(&mut connection).unwrap();
    redis::cmd("SET").arg(redis_key(&view, "u5", "x")).arg("").exec(&mut connection).unwrap();
    server.run("SET box x");
    let store = connect(server.settings(feast_layout())).await;
    let mut walked = Vec::new();
    for project in ["x", "maxx", "*"] {
        view.project = Some(project.to_owned());
        let (keys, coverage) = super::walk(&store, &view).await;
        walked.push((keys, coverage.seen, coverage.foreign));
    }
    let mut of_x = vec![key("u1"), key("u3"), key("odd:{ключ}*?[a-z]")];
    of_x.sort();
    assert_eq!(walked, [(of_x, 3, 4), (vec![key("u2")], 1, 0), (vec![], 0, 0)]);
}

#[tokio::test]
async fn keys_of_version_2_are_read_and_cannot_be_walked() {
    let server = RedisServer::start();
    let mut view = view(&[("a", skewwatch::model::value::ScalarKind::Int64)]);
    view.project = Some("shop".to_owned());
    let mut bytes = entity_key::encode(KeySerialization::V2, &view.join_keys, &key("u1"));
    bytes.extend(b"shop");
    let mut command = redis::cmd("HSET");
    command.arg(bytes).arg("_ts:user_stats").arg("").arg(&field::feature("user_stats", "a")[..]).arg(b"\x20\x07");
    command.exec(&mut server.connection()).unwrap();
    let layout = skewwatch::store::online::RedisLayout::Feast { keys: KeySerialization::V2 };
    let store = connect(server.settings(layout)).await;
    let read = rows(&store, &view, &[key("u1"), key("u2")]).await;
    let cells = read.iter().map(|row| if let OnlineRow::Found(row) = row { row.cells.clone() } else { Vec::new() });
    assert_eq!(cells.collect::<Vec<_>>(), [vec![super::int(7)], vec![]]);

    let choice = skewwatch::model::choice::KeyChoice { stable_seed: 1, stable: 9, rotating_seed: 1, rotating: 0 };
    let mut collector = skewwatch::model::choice::KeyCollector::new(choice);
    assert_eq!(
        store.scan(&view, &mut collector, &mut Walk::default()).await.unwrap_err().to_string(),
        format!(
            "could not enumerate the keys of view `user_stats` in redis://{}: entity keys of serialization version 2 \
             cannot be told apart: use the key source `offline`",
            server.address()
        )
    );
}

#[tokio::test]
async fn broken_rows_say_what_is_wrong_and_leave_their_neighbours_alone() {
    let server = RedisServer::start();
    let mut connection = server.connection();
    let mut view = view(&[("a", skewwatch::model::value::ScalarKind::Int64)]);
    view.project = Some("shop".to_owned());
    let feature = field::feature("user_stats", "a");
    let mut write = |user: &str, fields: &[(&[u8], &[u8])]| {
        let mut command = redis::cmd("HSET");
        command.arg(redis_key(&view, user, "shop"));
        fields.iter().for_each(|(name, value)| {
            command.arg(*name).arg(*value);
        });
        command.exec(&mut connection).unwrap();
    };
    write("good", &[(b"_ts:user_stats", b""), (&feature, &[0x20, 7])]);
    write("untimed", &[(&feature, &[0x20, 7])]);
    write("mistimed", &[(b"_ts:user_stats", b"\xff"), (&feature, &[0x20, 7])]);
    write("mistyped", &[(b"_ts:user_stats", b""), (&feature, &[0x12, 1, b'x'])]);
    write("bare", &[(b"_ts:user_stats", b"")]);
    write("other view", &[(b"_ts:other", b"")]);
    let mut list = redis::cmd("RPUSH");
    list.arg(redis_key(&view, "list", "shop")).arg("x").exec(&mut server.connection()).unwrap();

    let users = ["list", "good", "untimed", "mistimed", "mistyped", "bare", "other view"];
    let store = connect(server.settings(feast_layout())).await;
    let read = rows(&store, &view, &users.map(key)).await;
    let epoch = StoredTimestamp::At(skewwatch::model::time::Timestamp::from_nanos(0), Precision::Micros);
    let found =
        |event_timestamp, cell| OnlineRow::Found(StoredRow { event_timestamp, cells: vec![cell], remaining_ttl: None });
    let other_type: Box<str> = "the key holds another Redis type than a hash".into();
    let mistimed = timestamp::decode(b"\xff").unwrap_err();
    let mistyped = value::decode(view.features[0].kind, &[0x12, 1, b'x']).unwrap_err();
    assert_eq!(
        read,
        [
            found(StoredTimestamp::Undecodable(other_type.clone()), OnlineCell::Undecodable(other_type)),
            found(epoch.clone(), super::int(7)),
            found(StoredTimestamp::Missing, super::int(7)),
            found(StoredTimestamp::Undecodable(mistimed), super::int(7)),
            found(epoch.clone(), OnlineCell::Undecodable(mistyped)),
            found(epoch, OnlineCell::Absent),
            OnlineRow::Absent,
        ]
    );
}

#[tokio::test]
async fn a_hash_that_will_expire_says_when() {
    let server = RedisServer::start();
    let mut view = view(&[]);
    view.project = Some("shop".to_owned());
    let redis_key = redis_key(&view, "u1", "shop");
    let mut connection = server.connection();
    redis::cmd("HSET").arg(&redis_key).arg("_ts:user_stats").arg("").exec(&mut connection).unwrap();
    redis::cmd("PEXPIRE").arg(&redis_key).arg(3_600_000).exec(&mut connection).unwrap();
    let store = connect(server.settings(feast_layout())).await;
    let read = rows(&store, &view, &[key("u1")]).await;
    let left = remaining(&read[0]).unwrap();
    assert!(left <= Duration::from_secs(3600) && left > Duration::from_secs(3000), "{left:?}");
}
