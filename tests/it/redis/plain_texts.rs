//! A key per feature.

use std::time::Duration;

use rmpv::Value as Packed;
use skewwatch::feast;
use skewwatch::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use skewwatch::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::FeatureView;
use skewwatch::store::online::{PlainEncoding, RedisLayout, TimestampFormat};

use super::{connect, int, key, plain, remaining, rows, stamped, text, timed, untimed, view, walk};
use crate::support::redis::RedisServer;
use crate::support::views;

const PATTERN: &str = "feat:{entity}:{feature}";

fn set(server: &RedisServer, key: &str, value: &[u8]) {
    redis::cmd("SET").arg(key).arg(value).exec(&mut server.connection()).unwrap();
}

/// One feature of every sort, with its value.
fn samples() -> Vec<(&'static str, ValueKind, Value)> {
    use ScalarKind::{Bool, Bytes, Decimal, Float32, Float64, Int32, Int64, Json, String, UnixTimestamp, Uuid};
    let scalar = ValueKind::Scalar;
    vec![
        ("flag", scalar(Bool), Value::Bool(true)),
        ("small", scalar(Int32), Value::Int(-7)),
        ("large", scalar(Int64), Value::Int(i64::MIN)),
        ("single", scalar(Float32), Value::Float32(0.1)),
        ("double", scalar(Float64), Value::Float64(0.1)),
        ("word", scalar(String), Value::string("Ünï:\"{}")),
        ("raw", scalar(Bytes), Value::Bytes(b"raw".as_slice().into())),
        ("moment", scalar(UnixTimestamp), Value::UnixTimestamp(1_718_000_000)),
        ("document", scalar(Json), Value::string("{\"a\":[1,null]}")),
        ("uuid", scalar(Uuid), Value::string("123e4567-e89b-12d3-a456-426614174000")),
        ("price", scalar(Decimal), Value::string("12.50")),
        ("list", ValueKind::List(Int64), Value::List([Value::Int(1), Value::Int(2)].into())),
        ("set", ValueKind::Set(String), Value::List([Value::string("a")].into())),
    ]
}

/// The value as a writer of the encoding writes it.
fn written(encoding: PlainEncoding, kind: ValueKind, value: &Value) -> Vec<u8> {
    match encoding {
        PlainEncoding::Json => {
            let document = kind == ValueKind::Scalar(ScalarKind::Json);
            if let (Value::String(text), true) = (value, document) {
                return text.as_bytes().to_vec();
            }
            serde_json::to_vec(&json(value)).unwrap()
        }
        PlainEncoding::Text => {
            if let Value::String(text) = value {
                return text.as_bytes().to_vec();
            }
            if let Value::Bytes(bytes) = value { bytes.to_vec() } else { serde_json::to_vec(&json(value)).unwrap() }
        }
        PlainEncoding::Msgpack => {
            let mut bytes = Vec::new();
            rmpv::encode::write_value(&mut bytes, &packed(value)).unwrap();
            bytes
        }
        PlainEncoding::ProtobufValue => feast::value::encode(kind, value).unwrap(),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) | Value::UnixTimestamp(number) => (*number).into(),
        // The shortest text that reads back as the same single, as most writers print it.
        Value::Float32(number) => serde_json::from_str(&number.to_string()).unwrap(),
        Value::Float64(number) => (*number).into(),
        Value::String(text) => (&**text).into(),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).unwrap().into(),
        Value::List(values) => values.iter().map(json).collect(),
        Value::Null | Value::UInt(_) | Value::UnixNanos(_) | Value::Map(_) => panic!("no sample"),
    }
}

fn packed(value: &Value) -> Packed {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) | Value::UnixTimestamp(number) => (*number).into(),
        Value::Float32(number) => (*number).into(),
        Value::Float64(number) => (*number).into(),
        Value::String(text) => (&**text).into(),
        Value::Bytes(bytes) => Packed::Binary(bytes.to_vec()),
        Value::List(values) => Packed::Array(values.iter().map(packed).collect()),
        Value::Null | Value::UInt(_) | Value::UnixNanos(_) | Value::Map(_) => panic!("no sample"),
    }
}

#[tokio::test]
async fn every_kind_is_read_in_every_encoding() {
    let server = RedisServer::start();
    let samples = samples();
    let features: Vec<(&str, ValueKind)> = samples.iter().map(|(name, kind, _)| (*name, *kind)).collect();
    let view = views::view("user_stats", "unused", &features);
    let wanted: Vec<OnlineCell> = samples.iter().map(|(_, _, value)| OnlineCell::Value(value.clone())).collect();
    let encodings = [PlainEncoding::Json, PlainEncoding::Text, PlainEncoding::Msgpack, PlainEncoding::ProtobufValue];
    for encoding in encodings {
        for (name, kind, value) in &samples {
            set(&server, &format!("{encoding:?}:u1:{name}"), &written(encoding, *kind, value));
        }
        let layout = RedisLayout::Plain(plain(&format!("{encoding:?}:{{entity}}:{{feature}}"), encoding));
        let store = connect(server.settings(layout)).await;
        assert_eq!(rows(&store, &view, &[key("u1")]).await, [untimed(wanted.clone())], "{encoding:?}");
    }
}

#[tokio::test]
async fn a_timestamp_key_gives_the_row_its_event_timestamp() {
    let server = RedisServer::start();
    for (user, stamp) in [("u1", "1718000000"), ("u2", "1718000000.25"), ("u3", "soon")] {
        set(&server, &format!("feat:{user}:a"), b"7");
        set(&server, &format!("feat:{user}:_ts"), stamp.as_bytes());
    }
    set(&server, "feat:missing:a", b"7");
    set(&server, "feat:alone:_ts", b"1718000000");
    server.run("RPUSH feat:list:_ts x");
    set(&server, "feat:list:a", b"7");
    let store = connect(server.settings(stamped(PATTERN, "feat:{entity}:_ts", TimestampFormat::EpochSeconds))).await;
    let view = view(&[("a", ScalarKind::Int64), ("b", ScalarKind::Int64)]);
    let read = rows(&store, &view, &["u1", "u2", "u3", "missing", "alone", "list", "nobody"].map(key)).await;
    let cells = || vec![int(7), OnlineCell::Absent];
    let with = |event_timestamp| OnlineRow::Found(StoredRow { event_timestamp, cells: cells(), remaining_ttl: None });
    let quarter = Timestamp::from_seconds(1_718_000_000, 250_000_000).unwrap();
    let soon = "the timestamp is no number of seconds since 1970 within the years 1677 to 2262";
    let list = "the timestamp key holds another Redis type than a string";
    assert_eq!(
        read,
        [
            timed(1_718_000_000, cells()),
            with(StoredTimestamp::At(quarter, Precision::Millis)),
            with(StoredTimestamp::Undecodable(soon.into())),
            with(StoredTimestamp::Missing),
            OnlineRow::Absent,
            with(StoredTimestamp::Undecodable(list.into())),
            OnlineRow::Absent,
        ]
    );
    let mut wanted = ["u1", "u2", "u3", "missing", "list"].map(key);
    wanted.sort();
    let (keys, coverage) = walk(&store, &view).await;
    assert_eq!((keys.as_slice(), coverage.seen, coverage.foreign), (&wanted[..], 5, 0));
}

#[tokio::test]
async fn a_key_of_another_type_spoils_only_its_own_cell() {
    let server = RedisServer::start();
    for user in ["u1", "u2"] {
        set(&server, &format!("feat:{user}:a"), b"7");
        set(&server, &format!("feat:{user}:b"), b"8");
    }
    server.run("DEL feat:u1:a");
    server.run("RPUSH feat:u1:a x");
    let layout = RedisLayout::Plain(plain(PATTERN, PlainEncoding::Text));
    let store = connect(server.settings(layout)).await;
    let view = view(&[("a", ScalarKind::Int64), ("b", ScalarKind::Int64)]);
    let other_type = OnlineCell::Undecodable("the key holds another Redis type than a string".into());
    assert_eq!(
        rows(&store, &view, &[key("u1"), key("u2")]).await,
        [untimed(vec![other_type, int(8)]), untimed(vec![int(7), int(8)])]
    );
}

#[tokio::test]
async fn the_first_key_that_is_there_says_when_the_row_is_dropped() {
    let server = RedisServer::start();
    server.run("SET feat:u1:b 8 PX 3600000");
    server.run("SET feat:u2:a 7");
    let layout = RedisLayout::Plain(plain(PATTERN, PlainEncoding::Text));
    let store = connect(server.settings(layout)).await;
    let view = view(&[("a", ScalarKind::Int64), ("b", ScalarKind::Int64)]);
    let read = rows(&store, &view, &[key("u1"), key("u2")]).await;
    let left = remaining(&read[0]).unwrap();
    assert!(left <= Duration::from_secs(3600) && left > Duration::from_secs(3000), "{left:?}");
    assert_eq!(remaining(&read[1]), None);
}

fn two_keys(first: KeyKind, second: KeyKind) -> FeatureView {
    let mut view = view(&[("a", ScalarKind::String), ("b:a", ScalarKind::String)]);
    view.join_keys =
        vec![JoinKey { name: "user".to_owned(), kind: first }, JoinKey { name: "shop".to_owned(), kind: second }];
    view
}

#[tokio::test]
async fn odd_names_are_read_back_from_walked_keys() {
    let server = RedisServer::start();
    let odd = ["plain", "a:b", "{tag}", "ключ", "*?[^-]\\", " ", "a,b"];
    for name in odd {
        set(&server, &format!("feat[*]:{{{name}}}:user_stats:a"), b"x");
    }
    // Neighbours: another view, a feature that the view does not have, bytes that are no text.
    set(&server, "feat[*]:{plain}:other:a", b"x");
    set(&server, "feat[*]:{plain}:user_stats:zz", b"x");
    redis::cmd("SET").arg(b"feat[*]:{\xff}:user_stats:a").arg("x").exec(&mut server.connection()).unwrap();
    set(&server, "featX:{plain}:user_stats:a", b"x");
    let layout = RedisLayout::Plain(plain("feat[*]:{{{entity}}}:{view}:{feature}", PlainEncoding::Text));
    let store = connect(server.settings(layout)).await;
    let view = view(&[("a", ScalarKind::String)]);
    let mut wanted = odd.map(key);
    wanted.sort();
    let (keys, coverage) = walk(&store, &view).await;
    assert_eq!((keys.as_slice(), coverage.seen, coverage.foreign), (&wanted[..], 7, 2));
    assert_eq!(rows(&store, &view, &keys).await, vec![untimed(vec![text("x")]); odd.len()]);
}

#[tokio::test]
async fn a_key_that_can_be_read_in_two_ways_is_foreign() {
    let server = RedisServer::start();
    for key in ["f:1:x:a", "f:1:2:x:a", "f:1:x:b:a", "f:01:x:a", "f:one:x:a"] {
        set(&server, key, b"v");
    }
    let layout = RedisLayout::Plain(plain("f:{user}:{shop}:{feature}", PlainEncoding::Text));
    let store = connect(server.settings(layout)).await;
    let entity = |user: i64, shop: &str| EntityKey::new([KeyValue::Int64(user), KeyValue::String(shop.into())]);
    // With a number in front only `1:x:b:a` is ambiguous: shop `x` of `b:a`, or shop `x:b` of `a`. `01` is no number that
    // would be written so.
    let (keys, coverage) = walk(&store, &two_keys(KeyKind::Int64, KeyKind::String)).await;
    assert_eq!(keys, [entity(1, "2:x"), entity(1, "x")]);
    assert_eq!((coverage.seen, coverage.foreign), (2, 3));
    // With two texts `1:2:x:a` is ambiguous too.
    let (keys, coverage) = walk(&store, &two_keys(KeyKind::String, KeyKind::String)).await;
    let texts = |user: &str| EntityKey::new([KeyValue::String(user.into()), KeyValue::String("x".into())]);
    assert_eq!(keys, [texts("01"), texts("1"), texts("one")]);
    assert_eq!((coverage.seen, coverage.foreign), (3, 2));
}
