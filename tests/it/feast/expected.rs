//! Decoded values equal what Feast's own `get_online_features` returned, from Redis and from SQLite.
//!
//! Feast's answers come through JSON, so: bytes are base64; a float32 is printed as a double, and compared by its bits
//! after rounding back; a null and an empty list of an absent row are both JSON null; the null that Feast wrote as
//! `i64::MIN` stands there as that number. Presence is not decided by Feast's status, which says PRESENT for a missing
//! entity on Redis: such a row has the event timestamp 1970.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use skewwatch::feast::entity_key::{self, Serialization};
use skewwatch::feast::{field, timestamp, value};
use skewwatch::model::entity::{EntityKey, KeyKind, KeyValue};
use skewwatch::model::online::{OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::{Clock, Precision, Timestamp};
use skewwatch::model::value::Value;
use skewwatch::model::view::FeatureView;
use skewwatch::store::online::{OnlineSettings, OnlineStore, SqliteSettings};

use super::golden;

#[test]
fn redis_rows_equal_what_feast_returned() {
    for (set, project) in golden::SETS {
        let hashes: BTreeMap<_, _> =
            golden::redis_hashes(set).into_iter().map(|hash| (hash.key, hash.fields)).collect();
        compare(set, project, "expected.json", |view, keys| {
            let row = |key: &EntityKey| {
                let mut bytes = entity_key::encode(Serialization::V3, &view.join_keys, key);
                bytes.extend(project.as_bytes());
                let Some(fields) = hashes.get(&bytes) else { return OnlineRow::Absent };
                let Some(stored) = fields.get(field::timestamp(&view.online_name).as_bytes()) else {
                    return OnlineRow::Absent;
                };
                let cell = |feature: &skewwatch::model::view::Feature| {
                    let bytes = &fields[field::feature(&view.online_name, &feature.name).as_slice()];
                    OnlineCell::Value(value::decode(feature.kind, bytes).expect("decodes"))
                };
                OnlineRow::Found(StoredRow {
                    event_timestamp: StoredTimestamp::At(
                        timestamp::decode(stored).expect("a timestamp"),
                        Precision::Micros,
                    ),
                    cells: view.features.iter().map(cell).collect(),
                    remaining_ttl: None,
                })
            };
            keys.iter().map(row).collect()
        });
    }
}

#[tokio::test]
async fn sqlite_rows_equal_what_feast_returned() {
    for (set, project) in golden::SETS {
        let path = golden::folder(set).join("online_store.db");
        let settings = OnlineSettings::Sqlite(SqliteSettings { path, keys: Serialization::V3 });
        let store = OnlineStore::connect(&settings).await.expect("the golden file");
        let expected: Json = serde_json::from_str(&golden::text(set, "expected.sqlite.json")).expect("JSON");
        let mut rows = BTreeMap::new();
        for asked in expected["online"].as_array().expect("views") {
            let view = golden::view(set, project, asked["view"].as_str().expect("a name"));
            let keys = keys(&view, asked);
            let readings = store.read(&view, &keys, Clock::Fixed(Timestamp::from_nanos(0))).await;
            let answered = |reading: OnlineReading| reading.row.expect("the file answers");
            rows.insert(view.name.clone(), readings.into_iter().map(answered).collect::<Vec<_>>());
        }
        compare(set, project, "expected.sqlite.json", |view, _| rows[&view.name].clone());
    }
}

fn compare(set: &str, project: &str, file: &str, read: impl Fn(&FeatureView, &[EntityKey]) -> Vec<OnlineRow>) {
    let expected: Json = serde_json::from_str(&golden::text(set, file)).expect("JSON");
    let mut compared = 0;
    for asked in expected["online"].as_array().expect("views") {
        let view = golden::view(set, project, asked["view"].as_str().expect("a name"));
        let keys = keys(&view, asked);
        for (at, (key, row)) in keys.iter().zip(read(&view, &keys)).enumerate() {
            for (place, feature) in view.features.iter().enumerate() {
                let returned = &asked["features"][&feature.name];
                let context = format!("{set} {file} {} {key} {}", view.name, feature.name);
                let time = returned["event_timestamps"][at].as_str().expect("a time");
                let time = Timestamp::parse_rfc3339(time).expect("RFC 3339");
                match &row {
                    OnlineRow::Absent => {
                        assert_eq!(time.nanos(), 0, "{context}: Feast found a row");
                        assert!(returned["values"][at].is_null(), "{context}");
                    }
                    OnlineRow::Found(row) => {
                        assert!(
                            matches!(row.event_timestamp, StoredTimestamp::At(known, _) if known == time),
                            "{context}"
                        );
                        let OnlineCell::Value(value) = &row.cells[place] else { panic!("{context}: {:?}", row.cells) };
                        assert!(
                            equal(value, &returned["values"][at]),
                            "{context}: {value:?} {}",
                            returned["values"][at]
                        );
                        let bytes = value::encode(feature.kind, value).expect("writable");
                        assert_eq!(
                            bytes,
                            golden::unhex(returned["value_proto_hex"][at].as_str().expect("hex")),
                            "{context}"
                        );
                    }
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 0);
}

fn keys(view: &FeatureView, asked: &Json) -> Vec<EntityKey> {
    let key = |row: &Json| {
        let values = view.join_keys.iter().map(|join_key| match join_key.kind {
            KeyKind::String => KeyValue::String(row[&join_key.name].as_str().expect("text").into()),
            KeyKind::Int64 => KeyValue::Int64(row[&join_key.name].as_i64().expect("a number")),
            other @ (KeyKind::Int32 | KeyKind::Bytes | KeyKind::UnixTimestamp) => {
                panic!("the golden sets have no {other:?} keys")
            }
        });
        EntityKey::new(values.collect::<Vec<_>>())
    };
    asked["entity_rows"].as_array().expect("rows").iter().map(key).collect()
}

fn equal(ours: &Value, feast: &Json) -> bool {
    match ours {
        Value::Null => feast.is_null(),
        Value::Bool(flag) => feast.as_bool() == Some(*flag),
        Value::Int(number) | Value::UnixTimestamp(number) => feast.as_i64() == Some(*number),
        // serde_json reads some doubles one step off; the bytes are compared beside this.
        Value::Float64(number) => feast.as_f64().is_some_and(|other| other.to_bits().abs_diff(number.to_bits()) <= 1),
        #[expect(clippy::cast_possible_truncation, reason = "the double was printed from a float32")]
        Value::Float32(number) => feast.as_f64().is_some_and(|other| (other as f32).to_bits() == number.to_bits()),
        Value::String(text) => feast.as_str() == Some(text),
        Value::Bytes(bytes) => feast.as_str().map(base64).as_deref() == Some(bytes),
        Value::List(values) => feast.as_array().is_some_and(|others| {
            others.len() == values.len() && values.iter().zip(others).all(|(value, other)| equal(value, other))
        }),
        Value::UInt(_) | Value::UnixNanos(_) | Value::Map(_) => false,
    }
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte: u8| DIGITS.iter().position(|known| *known == byte).expect("a base64 digit");
    let bits: String = text.bytes().filter(|byte| *byte != b'=').map(|byte| format!("{:06b}", digit(byte))).collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).expect("bits"), 2).expect("a byte"))
        .collect()
}
