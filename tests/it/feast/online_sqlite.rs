//! Feast's SQLite file as an online store: what is there, what is not, and what cannot be read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use skewwatch::feast::entity_key::{self, Serialization};
use skewwatch::model::choice::{KeyChoice, KeyCollector};
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::online::{OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp, UnreadReason};
use skewwatch::model::time::{Clock, Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::FeatureView;
use skewwatch::store::online::{OnlineSettings, OnlineStore, ScanCoverage, SqliteSettings, StoreError, Walk};

use super::golden;
use crate::support::views;

const NOON: Clock = Clock::Fixed(Timestamp::from_nanos(43_200_000_000_000));

fn shop_view() -> FeatureView {
    let int64 = ValueKind::Scalar(ScalarKind::Int64);
    let mut view = views::view("stats", "-", &[("orders", int64), ("visits", int64)]);
    view.project = Some("shop \"x\"".to_owned());
    view
}

fn user(name: &str) -> EntityKey {
    EntityKey::new(vec![KeyValue::String(name.into())])
}

/// A store in Feast's layout with the table of [`shop_view`].
fn new_store(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a new file");
    connection
        .execute_batch(
            "CREATE TABLE \"shop \"\"x\"\"_stats\" (entity_key BLOB, feature_name TEXT, value BLOB, value_text TEXT, \
             vector_value BLOB, event_ts timestamp, created_ts timestamp, PRIMARY KEY(entity_key, feature_name))",
        )
        .expect("a table");
    connection
}

fn insert(connection: &Connection, (name, feature): (&str, &str), value: &[u8], event_ts: &dyn rusqlite::ToSql) {
    let key = entity_key::encode(Serialization::V3, &shop_view().join_keys, &user(name));
    let sql = "INSERT INTO \"shop \"\"x\"\"_stats\" (entity_key, feature_name, value, event_ts) VALUES (?, ?, ?, ?)";
    connection.execute(sql, rusqlite::params![key, feature, value, event_ts]).expect("a row");
}

async fn open(path: &Path, keys: Serialization) -> Result<OnlineStore, StoreError> {
    OnlineStore::connect(&OnlineSettings::Sqlite(SqliteSettings { path: path.to_owned(), keys })).await
}

async fn read(path: &Path, names: &[&str]) -> Vec<OnlineReading> {
    let store = open(path, Serialization::V3).await.expect("the file");
    let keys: Vec<EntityKey> = names.iter().map(|name| user(name)).collect();
    store.read(&shop_view(), &keys, NOON).await
}

fn row(event_timestamp: StoredTimestamp, cells: Vec<OnlineCell>) -> OnlineReading {
    let row = StoredRow { event_timestamp, cells, remaining_ttl: None };
    OnlineReading { read_at: NOON.now(), row: Ok(OnlineRow::Found(row)) }
}

fn at(seconds: i64, nanos: u32, precision: Precision) -> StoredTimestamp {
    StoredTimestamp::At(Timestamp::from_seconds(seconds, nanos).expect("in range"), precision)
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("on?line #1 100%.db");
    (folder, path)
}

fn files_in(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).expect("a folder");
    files.map(|file| file.expect("a file").file_name().into_string().expect("UTF-8")).collect()
}

#[tokio::test]
async fn each_key_gets_one_reading_in_its_place() {
    let (_folder, path) = folder();
    let connection = new_store(&path);
    insert(&connection, ("whole", "orders"), &[0x20, 7], &100);
    insert(&connection, ("whole", "visits"), &[], &100);
    insert(&connection, ("part", "orders"), &[0x20, 8], &200);
    insert(&connection, ("broken", "orders"), &[0x12, 1, b'x'], &300);
    insert(&connection, ("former", "dropped_feature"), &[0x20, 9], &400);

    let seven = OnlineCell::Value(Value::Int(7));
    let whole = row(at(100, 0, Precision::Seconds), vec![seven, OnlineCell::Value(Value::Null)]);
    let part = row(at(200, 0, Precision::Seconds), vec![OnlineCell::Value(Value::Int(8)), OnlineCell::Absent]);
    let reason = "holds a value of type string where int64 is declared";
    let broken = row(at(300, 0, Precision::Seconds), vec![OnlineCell::Undecodable(reason.into()), OnlineCell::Absent]);
    let absent = OnlineReading { read_at: NOON.now(), row: Ok(OnlineRow::Absent) };
    let asked = ["part", "nobody", "whole", "broken", "part", "former"];
    let expected = vec![part.clone(), absent.clone(), whole, broken, part, absent];
    assert_eq!(read(&path, &asked).await, expected);
}

#[tokio::test]
async fn more_keys_than_one_statement_takes_are_all_read() {
    let (_folder, path) = folder();
    let connection = new_store(&path);
    connection.execute_batch("BEGIN").expect("a transaction");
    let names: Vec<String> = (0..1203).map(|number| format!("u{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        insert(&connection, (name, "orders"), &[0x20, u8::try_from(number % 100).expect("small")], &1);
    }
    connection.execute_batch("COMMIT").expect("committed");
    let readings = read(&path, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(readings.len(), names.len());
    for (number, reading) in (0i64..).zip(readings) {
        let cells = vec![OnlineCell::Value(Value::Int(number % 100)), OnlineCell::Absent];
        assert_eq!(reading, row(at(1, 0, Precision::Seconds), cells));
    }
}

#[tokio::test]
async fn event_timestamps_are_seconds_or_the_text_of_an_older_feast() {
    let (_folder, path) = folder();
    let connection = new_store(&path);
    let cases: [(&str, &dyn rusqlite::ToSql, StoredTimestamp); 6] = [
        ("seconds", &-5, at(-5, 0, Precision::Seconds)),
        ("text", &"1970-01-01 00:01:40.250000", at(100, 250_000_000, Precision::Micros)),
        ("whole", &"1970-01-01T00:01:40", at(100, 0, Precision::Micros)),
        ("null", &rusqlite::types::Null, StoredTimestamp::Missing),
        ("word", &"yesterday", StoredTimestamp::Undecodable("`yesterday` is no event timestamp".into())),
        ("far", &i64::MAX, StoredTimestamp::Undecodable("`9223372036854775807` is no event timestamp".into())),
    ];
    for (name, stored, _) in &cases {
        insert(&connection, (name, "orders"), &[0x20, 1], stored);
    }
    let readings = read(&path, &cases.each_ref().map(|(name, _, _)| *name)).await;
    for ((name, _, expected), reading) in cases.into_iter().zip(readings) {
        let cells = vec![OnlineCell::Value(Value::Int(1)), OnlineCell::Absent];
        assert_eq!(reading, row(expected, cells), "{name}");
    }
}

#[tokio::test]
async fn a_view_that_was_never_written_has_only_absent_rows() {
    let (_folder, path) = folder();
    drop(new_store(&path));
    let store = open(&path, Serialization::V3).await.expect("the file");
    let mut view = shop_view();
    view.online_name = "stats_v2".to_owned();
    let readings = store.read(&view, &[user("a")], NOON).await;
    assert_eq!(readings, [OnlineReading { read_at: NOON.now(), row: Ok(OnlineRow::Absent) }]);
    let mut collector = KeyCollector::new(KeyChoice { stable_seed: 0, stable: 9, rotating_seed: 0, rotating: 0 });
    assert_eq!(
        store.scan(&view, &mut collector, &mut Walk::default()).await.expect("nothing"),
        ScanCoverage::default()
    );
}

#[tokio::test]
async fn a_scan_offers_every_key_of_the_view() {
    let (_folder, path) = folder();
    let connection = new_store(&path);
    for name in ["a", "b", "c"] {
        insert(&connection, (name, "orders"), &[], &1);
        insert(&connection, (name, "visits"), &[], &1);
    }
    let foreign = "INSERT INTO \"shop \"\"x\"\"_stats\" (entity_key, feature_name) VALUES (x'0102', 'orders')";
    connection.execute(foreign, []).expect("a row");
    let store = open(&path, Serialization::V3).await.expect("the file");
    let mut collector = KeyCollector::new(KeyChoice { stable_seed: 0, stable: 9, rotating_seed: 0, rotating: 0 });
    let coverage = store.scan(&shop_view(), &mut collector, &mut Walk::default()).await.expect("a scan");
    assert_eq!(coverage, ScanCoverage { seen: 3, foreign: 1 });
    assert_eq!(collector.into_keys(), ["a", "b", "c"].map(user));
}

#[tokio::test]
async fn keys_of_version_2_cannot_be_enumerated() {
    let (_folder, path) = folder();
    drop(new_store(&path));
    let store = open(&path, Serialization::V2).await.expect("the file");
    let mut collector = KeyCollector::new(KeyChoice { stable_seed: 0, stable: 9, rotating_seed: 0, rotating: 0 });
    let error = store.scan(&shop_view(), &mut collector, &mut Walk::default()).await.expect_err("version 2");
    let expected = format!(
        "could not enumerate the keys of view `stats` in sqlite:{}: entity keys of serialization version 2 cannot be \
         taken apart; use the key source `offline`",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let (_folder, path) = folder();
    let refused = async |path: &Path| open(path, Serialization::V3).await.expect_err("no store");
    let error = refused(&path).await;
    assert_eq!(error.to_string(), format!("could not open sqlite:{}: there is no such file", path.display()));
    assert_eq!(error.reason, UnreadReason::Connection);
    assert!(!path.exists(), "reading creates nothing");

    std::fs::write(&path, "definitely not a database, but long enough to have a header").expect("a file");
    let error = refused(&path).await;
    assert_eq!(error.to_string(), format!("could not open sqlite:{}: the file is no SQLite database", path.display()));
    assert_eq!(error.reason, UnreadReason::Protocol);
}

#[tokio::test]
async fn a_locked_file_is_unread_and_not_absent() {
    let (_folder, path) = folder();
    let connection = new_store(&path);
    insert(&connection, ("a", "orders"), &[0x20, 1], &1);
    let store = open(&path, Serialization::V3).await.expect("the file");
    connection.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    let readings = store.read(&shop_view(), &[user("a"), user("b")], NOON).await;
    assert_eq!(readings.len(), 2);
    for reading in readings {
        let unread = reading.row.expect_err("locked");
        assert_eq!(unread.reason, UnreadReason::Timeout);
        let expected = format!(
            "could not read 2 keys of view `stats` from sqlite:{}: locked by a writer for more than 1 s",
            path.display()
        );
        assert_eq!(&*unread.message, expected);
    }
}

#[tokio::test]
async fn a_file_that_stays_locked_is_not_waited_for_again_and_again() {
    let (_folder, path) = folder();
    let connection = new_store(&path);
    let store = open(&path, Serialization::V3).await.expect("the file");
    connection.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    let keys: Vec<EntityKey> = (0..5000).map(|number| user(&format!("u{number}"))).collect();
    let readings = store.read(&shop_view(), &keys, NOON).await;
    let mut messages: Vec<String> =
        readings.into_iter().map(|reading| reading.row.expect_err("locked").message.to_string()).collect();
    assert_eq!(messages.len(), keys.len());
    messages.dedup();
    // Two batches of 500 wait; the rest is not asked.
    let expected = [500, 4000].map(|count| {
        let path = path.display();
        format!("could not read {count} keys of view `stats` from sqlite:{path}: locked by a writer for more than 1 s")
    });
    assert_eq!(messages, expected);
}

#[tokio::test]
async fn a_damaged_file_is_unread_and_not_absent() {
    let (_folder, path) = folder();
    let connection = new_store(&path);
    connection.execute_batch("BEGIN").expect("a transaction");
    for number in 0..2000 {
        insert(&connection, (&format!("u{number}"), "orders"), &[0x20, 1], &1);
    }
    connection.execute_batch("COMMIT").expect("committed");
    drop(connection);
    let store = open(&path, Serialization::V3).await.expect("the file");
    let mut bytes = std::fs::read(&path).expect("the file");
    // The first page, which holds the names of the tables, stays whole.
    bytes[4096..].fill(0x5a);
    std::fs::write(&path, bytes).expect("damaged");
    let readings = store.read(&shop_view(), &[user("u7")], NOON).await;
    let unread = readings[0].row.as_ref().expect_err("damaged");
    assert_eq!(unread.reason, UnreadReason::Protocol);
    assert!(unread.message.ends_with(": the database is damaged"), "{}", unread.message);
}

#[tokio::test]
async fn a_file_that_went_away_is_unread() {
    let (_folder, path) = folder();
    drop(new_store(&path));
    let store = open(&path, Serialization::V3).await.expect("the file");
    std::fs::remove_file(&path).expect("removed");
    let readings = store.read(&shop_view(), &[user("a")], NOON).await;
    assert_eq!(readings[0].row.as_ref().expect_err("gone").reason, UnreadReason::Connection);
}

#[tokio::test]
async fn a_write_ahead_log_is_read_and_nothing_is_left_beside_the_file() {
    let (folder, path) = folder();
    let connection = new_store(&path);
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).expect("a mode");
    assert_eq!(mode, "wal");
    insert(&connection, ("a", "orders"), &[0x20, 1], &1);
    let expected = [row(at(1, 0, Precision::Seconds), vec![OnlineCell::Value(Value::Int(1)), OnlineCell::Absent])];

    let while_written = files_in(folder.path());
    assert_eq!(while_written.len(), 3, "the file, its log and its index");
    assert_eq!(read(&path, &["a"]).await, expected, "the row is only in the log");
    assert_eq!(files_in(folder.path()), while_written);

    drop(connection);
    let at_rest = files_in(folder.path());
    assert_eq!(at_rest.len(), 1, "the last writer took the log away");
    assert_eq!(read(&path, &["a"]).await, expected);
    assert_eq!(files_in(folder.path()), at_rest);
}

#[tokio::test]
async fn every_golden_row_is_enumerated() {
    for (set, project) in golden::SETS {
        let path = golden::folder(set).join("online_store.db");
        let store = open(&path, Serialization::V3).await.expect("the golden file");
        for view in golden::registry_views(set, project).watched {
            let choice = KeyChoice { stable_seed: 0, stable: 10_000, rotating_seed: 0, rotating: 0 };
            let mut collector = KeyCollector::new(choice);
            let coverage = store.scan(&view, &mut collector, &mut Walk::default()).await.expect("a scan");
            let keys = collector.into_keys();
            assert_eq!(coverage, ScanCoverage { seen: keys.len() as u64, foreign: 0 });
            let readings = store.read(&view, &keys, NOON).await;
            assert!(readings.iter().all(|reading| matches!(reading.row, Ok(OnlineRow::Found(_)))), "{}", view.name);
        }
    }
}
