//! Values of every type as JSON.

use serde_json::{Value as Json, json};
use skewwatch::feast::value::encode;
use skewwatch::model::value::{ScalarKind, Value, ValueKind};

use super::{SERVING, Shop, ask, json, statuses};

/// One feature of every sort: its type, its value and what it is in JSON.
fn samples() -> Vec<(ValueKind, Value, Json)> {
    use ScalarKind::{Bool, Bytes, Decimal, Float32, Float64, Int32, Int64, Json, String, UnixTimestamp, Uuid};
    use ValueKind::{List, Map, MapList, Scalar, Set};
    let list = |values: &[Value]| Value::List(values.into());
    let raw = |bytes: &[u8]| Value::Bytes(bytes.into());
    let map =
        Value::Map(Box::new([("a".to_owned(), Value::Int(1)), ("ü".to_owned(), Value::Float64(f64::NAN))].into()));
    let of_map = json!({"a": 1, "ü": "NaN"});
    let uuid = "123e4567-e89b-12d3-a456-426614174000";
    vec![
        (Scalar(Bool), Value::Bool(false), json!(false)),
        (Scalar(Int32), Value::Int(-7), json!(-7)),
        (Scalar(Int64), Value::Int(i64::MAX), json!(i64::MAX)),
        (Scalar(Float32), Value::Float32(0.1), json!(f64::from(0.1_f32))),
        (Scalar(Float32), Value::Float32(f32::NEG_INFINITY), json!("-Infinity")),
        (Scalar(Float64), Value::Float64(0.1), json!(0.1)),
        (Scalar(Float64), Value::Float64(-0.0), json!(-0.0)),
        (Scalar(Float64), Value::Float64(f64::NAN), json!("NaN")),
        (Scalar(Float64), Value::Float64(f64::INFINITY), json!("Infinity")),
        (Scalar(Float64), Value::Float64(f64::MAX), json!(f64::MAX)),
        (Scalar(String), Value::string("Ünï:\"{}\u{1}\n🦀"), json!("Ünï:\"{}\u{1}\n🦀")),
        (Scalar(String), Value::string(""), json!("")),
        (Scalar(Bytes), raw(b"\x00\xff"), json!("AP8=")),
        (Scalar(UnixTimestamp), Value::UnixTimestamp(1_718_000_000), json!(1_718_000_000)),
        (Scalar(Json), Value::string("{\"a\":[1,null]}"), json!("{\"a\":[1,null]}")),
        (Scalar(Uuid), Value::string(uuid), json!(uuid)),
        (Scalar(Decimal), Value::string("12.50"), json!("12.50")),
        (List(Int64), list(&[Value::Int(1), Value::Int(i64::MIN)]), json!([1, i64::MIN])),
        (List(Float32), list(&[Value::Float32(0.5), Value::Float32(f32::NAN)]), json!([0.5, "NaN"])),
        (List(Bytes), list(&[raw(b"a"), raw(b"")]), json!(["YQ==", ""])),
        (List(Bool), list(&[Value::Bool(true)]), json!([true])),
        (List(UnixTimestamp), list(&[Value::UnixTimestamp(-1)]), json!([-1])),
        (List(String), list(&[]), json!([])),
        (Set(String), list(&[Value::string("a")]), json!(["a"])),
        (Map, map.clone(), of_map.clone()),
        (MapList, list(&[map.clone(), map]), json!([of_map, of_map])),
    ]
}

#[test]
fn every_type_is_written_as_feast_writes_it() {
    let samples = samples();
    let features: Vec<String> =
        samples.iter().enumerate().map(|(place, (kind, ..))| format!("f{place}: \"{kind}\"")).collect();
    let view = format!(
        "feature_views:\n  - name: every\n    join_keys: {{ id: bytes, at: unix_timestamp, small: int32 }}\n    snapshot: none\n    \
         event_timestamp: at\n    features: {{ {}, instant: unix_timestamp, broken: int64 }}\nlookup: {{ {SERVING} }}\n",
        features.join(", ")
    );
    let shop = Shop::plain("{ key: \"{id}|{at}|{small}|{feature}\", encoding: protobuf-value }", &view);
    let mut connection = shop.redis.connection();
    let mut set = |feature: &str, bytes: &[u8]| {
        let key = format!("00ff|1718000000|-5|{feature}");
        redis::cmd("SET").arg(key).arg(bytes).exec(&mut connection).unwrap();
    };
    for (place, (kind, value, _)) in samples.iter().enumerate() {
        set(&format!("f{place}"), &encode(*kind, value).unwrap());
    }
    let instant = ValueKind::Scalar(ScalarKind::UnixTimestamp);
    set("instant", &encode(instant, &Value::UnixTimestamp(i64::MIN)).unwrap());
    set("broken", b"not a value");

    let service = shop.serve();
    let names: Vec<String> = (0..samples.len())
        .map(|place| format!("f{place}"))
        .chain(["instant".to_owned(), "broken".to_owned()])
        .collect();
    let features: Vec<String> = names.iter().map(|name| format!("every:{name}")).collect();
    let entities = r#"{"id":["AP8=","AP8="],"small":["-5",-5],"at":["1718000000","2024-06-10T06:13:20Z"]}"#;
    let found = ask(&service, &format!("{{\"features\":{},\"entities\":{entities}}}", json!(features)));
    let answer = json(&found, 200);

    let echoed: Vec<&Json> = (0..3).map(|column| &answer["results"][column]["values"]).collect();
    assert_eq!(echoed, [&json!(["AP8=", "AP8="]), &json!([-5, -5]), &json!([1_718_000_000, 1_718_000_000])]);
    for (place, (kind, _, expected)) in samples.iter().enumerate() {
        assert_eq!(answer["results"][place + 3]["values"], json!([expected, expected]), "{kind}");
        assert_eq!(statuses(&answer, place + 3), ["PRESENT"; 2], "{kind}");
    }
    let after = samples.len() + 3;
    assert_eq!(answer["results"][after]["values"], json!([null, null]), "what Feast writes for the null of an instant");
    assert_eq!(statuses(&answer, after), ["NULL_VALUE"; 2]);
    assert_eq!(
        statuses(&answer, after + 1),
        ["INVALID"; 2],
        "bytes that are no value are not a value that is not there"
    );
    assert!(found.head.contains("x-skewwatch-failed: 2"), "{}", found.head);
    assert!(found.body.contains("-0.0"), "{}", found.body);
}
