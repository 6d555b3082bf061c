//! A hash per entity with a field per feature.

use skewwatch::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::ScalarKind;
use skewwatch::store::online::TimestampFormat;

use super::{connect, int, key, remaining, rows, stamped, timed, view, walk};
use crate::support::redis::RedisServer;

#[tokio::test]
async fn a_hash_is_read_with_its_timestamp_field() {
    let server = RedisServer::start();
    server.run("HSET user_stats:u1 a 7 b 8 at 1718000000250");
    server.run("HSET user_stats:u2 a 7 at soon");
    server.run("HSET user_stats:u3 b x");
    server.run("HSET user_stats:alone at 1718000000250");
    server.run("SET user_stats:text 1");
    server.run("HSET other:u1 a 7");
    let layout = stamped("{view}:{entity}", "at", TimestampFormat::EpochMillis);
    let store = connect(server.settings(layout)).await;
    let view = view(&[("a", ScalarKind::Int64), ("b", ScalarKind::Int64)]);
    let read = rows(&store, &view, &["u1", "u2", "u3", "alone", "text", "nobody"].map(key)).await;
    let found = |event_timestamp, cells| OnlineRow::Found(StoredRow { event_timestamp, cells, remaining_ttl: None });
    let at = Timestamp::from_seconds(1_718_000_000, 250_000_000).unwrap();
    let soon = "the timestamp is no number of milliseconds since 1970 within the years 1677 to 2262";
    let other_type: Box<str> = "the key holds another Redis type than a hash".into();
    assert_eq!(
        read,
        [
            found(StoredTimestamp::At(at, Precision::Millis), vec![int(7), int(8)]),
            found(StoredTimestamp::Undecodable(soon.into()), vec![int(7), OnlineCell::Absent]),
            found(
                StoredTimestamp::Missing,
                vec![OnlineCell::Absent, OnlineCell::Undecodable("a text that is no int64".into())]
            ),
            OnlineRow::Absent,
            found(
                StoredTimestamp::Undecodable(other_type.clone()),
                vec![OnlineCell::Undecodable(other_type.clone()), OnlineCell::Undecodable(other_type)]
            ),
            OnlineRow::Absent,
        ]
    );
    let mut wanted = ["u1", "u2", "u3", "alone", "text"].map(key);
    wanted.sort();
    assert_eq!(walk(&store, &view).await.0, wanted);
}

#[tokio::test]
async fn a_hash_may_have_its_timestamp_in_a_key_of_its_own() {
    let server = RedisServer::start();
    server.run("HSET stats:u1 a 7");
    server.run("SET stamp:u1 2024-06-10T06:13:20Z");
    server.run("PEXPIRE stats:u1 3600000");
    server.run("HSET stats:u2 a 7");
    let layout = stamped("stats:{entity}", "stamp:{entity}", TimestampFormat::Rfc3339);
    let store = connect(server.settings(layout)).await;
    let view = view(&[("a", ScalarKind::Int64)]);
    let mut read = rows(&store, &view, &["u1", "u2"].map(key)).await;
    assert!(remaining(&read[0]).is_some());
    if let OnlineRow::Found(row) = &mut read[0] {
        row.remaining_ttl = None;
    }
    let missing = StoredRow { event_timestamp: StoredTimestamp::Missing, cells: vec![int(7)], remaining_ttl: None };
    assert_eq!(read, [timed(1_718_000_000, vec![int(7)]), OnlineRow::Found(missing)]);
}
