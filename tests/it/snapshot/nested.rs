//! Types that Polars does not write, in a file of pyarrow (`tests/fixtures/parquet/make.py`).

use std::collections::BTreeMap;

use skewwatch::model::time::Timestamp;
use skewwatch::model::value::Value;
use skewwatch::store::snapshot::SnapshotFault;

use super::{at, end_of_time, failure, fixture, read, store, text, user, users};

fn map(entries: &[(&str, Value)]) -> Value {
    let entries: BTreeMap<String, Value> =
        entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    Value::Map(Box::new(entries))
}

fn list(values: &[Value]) -> Value {
    Value::List(values.into())
}

/// What the script wrote, column by column.
fn written() -> Vec<(&'static str, &'static str, [Value; 4])> {
    use Value::{Bool, Bytes, Float32, Float64, Int, Null, UInt, UnixTimestamp};
    let instant = |time: &str| Value::instant(at(time));
    vec![
        ("as_map", "map", [map(&[("x", Int(1)), ("y", Null)]), map(&[]), Null, map(&[("x", Int(4))])]),
        (
            "as_struct",
            "map",
            [
                map(&[("x", Int(1)), ("y", Value::string("one"))]),
                map(&[("x", Null), ("y", Null)]),
                Null,
                map(&[("x", Int(4)), ("y", Value::string("ü"))]),
            ],
        ),
        (
            "as_json",
            "map",
            [
                map(&[("x", Int(1)), ("y", list(&[Bool(true), Null, Float64(1.5)]))]),
                map(&[]),
                Null,
                map(&[("z", map(&[("deep", Value::string("ü"))]))]),
            ],
        ),
        (
            "maps",
            "list<map>",
            [list(&[map(&[("x", Float64(1.5))]), map(&[])]), list(&[]), Null, list(&[map(&[("y", Null)])])],
        ),
        (
            "fixed",
            "list<float32>",
            [
                list(&[Float32(1.0), Float32(2.0)]),
                list(&[Float32(3.0), Null]),
                Null,
                list(&[Float32(4.0), Float32(5.0)]),
            ],
        ),
        (
            "texts",
            "list<string>",
            [list(&[Value::string("a"), Null]), list(&[]), Null, list(&[Value::string(""), Value::string("ü")])],
        ),
        ("category", "string", [Value::string("x"), Null, Value::string("y"), Value::string("x")]),
        ("price", "float64", [Float64(1.5), Float64(-0.07), Null, Float64(12_345_678_901_234.99)]),
        ("price", "decimal", [Value::string("1.50"), Value::string("-0.07"), Null, Value::string("12345678901234.99")]),
        ("big", "int64", [Int(0), UInt(1 << 63), Null, UInt(u64::MAX)]),
        ("small", "int32", [Int(-128), Int(127), Null, Int(0)]),
        ("small", "float32", [Int(-128), Int(127), Null, Int(0)]),
        ("half", "float32", [Float32(0.5), Float32(-2.0), Null, Float32(f32::INFINITY)]),
        (
            "day",
            "unix_timestamp",
            [instant("2026-06-01T00:00:00Z"), instant("2026-06-02T00:00:00Z"), Null, instant("2026-06-04T00:00:00Z")],
        ),
        ("nothing", "string", [Null, Null, Null, Null]),
        ("nothing", "list<int64>", [Null, Null, Null, Null]),
        ("raw", "bytes", [Bytes([0, 255].into()), Bytes([].into()), Null, Bytes((*b"abc").into())]),
        ("category", "bytes", [Bytes((*b"x").into()), Null, Bytes((*b"y").into()), Bytes((*b"x").into())]),
        (
            "id",
            "uuid",
            [
                Value::string("00000000-0000-0000-0000-000000000000"),
                Value::string("00000000-0000-0000-0000-000000000001"),
                Null,
                Value::string("00000000-0000-0000-0000-000000000003"),
            ],
        ),
        (
            "millis",
            "unix_timestamp",
            [instant("2026-06-01T00:00:00Z"), instant("2026-06-01T01:00:00Z"), Null, instant("2026-06-01T03:00:00Z")],
        ),
        ("small", "unix_timestamp", [UnixTimestamp(-128), UnixTimestamp(127), Null, UnixTimestamp(0)]),
        ("nan", "float64", [Float64(f64::NAN), Float64(f64::NEG_INFINITY), Null, Float64(-0.0)]),
    ]
}

#[tokio::test]
async fn every_type_reads_as_it_was_written() {
    for (column, kind, expected) in written() {
        let location = text(&fixture("parquet/nested.parquet"));
        let (history, _) = read(&store(), &users(&location, &[(column, kind)]), end_of_time()).await;
        for (name, expected) in ["a", "b", "c", "d"].into_iter().zip(expected) {
            let found = history.versions(&user(name)).newest().expect("each user has a row").value(0);
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{column} as {kind} of user {name}");
        }
    }
}

#[tokio::test]
async fn timestamps_with_a_zone_are_instants_whatever_the_zone_of_the_others() {
    let mut view = users(&text(&fixture("parquet/nested.parquet")), &[("millis", "unix_timestamp")]);
    view.source.naive_timestamps = chrono_tz::Asia::Tokyo;
    let (history, _) = read(&store(), &view, end_of_time()).await;
    let newest = history.versions(&user("b")).newest().expect("the user has a row");
    assert_eq!(newest.event_timestamp(), at("2026-06-02T00:00:00Z"));
    assert_eq!(newest.value(0), Value::instant(at("2026-05-31T16:00:00Z")));
    assert_eq!(history.precision, skewwatch::model::time::Precision::Nanos);
}

#[tokio::test]
async fn only_the_rows_asked_for_are_decoded_from_nested_columns() {
    let features: Vec<(&str, &str)> = written().iter().map(|(column, kind, _)| (*column, *kind)).collect();
    let view = users(&text(&fixture("parquet/nested.parquet")), &features);
    let snapshot = store().open(&view, end_of_time()).await.unwrap();
    for (place, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let history = snapshot.history(&[user(name)]).await.unwrap();
        assert_eq!(history.entities().count(), 1);
        let newest = history.versions(&user(name)).newest().expect("the user has a row");
        for (feature, (column, kind, expected)) in written().into_iter().enumerate() {
            let found = format!("{:?}", newest.value(feature));
            assert_eq!(found, format!("{:?}", expected[place]), "{column} as {kind} of user {name}");
        }
    }
}

#[tokio::test]
async fn text_that_is_no_json_object_names_its_column_and_row() {
    let view = users(&text(&fixture("parquet/nested.parquet")), &[("category", "map")]);
    let snapshot = store().open(&view, Timestamp::MAX).await.unwrap();
    let error = snapshot.history(&[user("d")]).await.expect_err("`x` is no JSON");
    let path = text(&fixture("parquet/nested.parquet"));
    assert_eq!(error.fault, SnapshotFault::Schema);
    assert_eq!(
        error.to_string(),
        format!(
            "could not read {path}: column `category`, row 3: its text is no JSON object: expected value at line 1 column 1"
        )
    );
}

#[tokio::test]
async fn a_type_that_cannot_be_read_as_declared_is_named() {
    let path = text(&fixture("parquet/nested.parquet"));
    for (column, kind, holds) in [
        ("as_struct", "int64", "struct<x: int32, y: string>"),
        ("texts", "list<int64>", "list<string>"),
        ("category", "float32", "string"),
        ("day", "int64", "date"),
        ("id", "string", "bytes[16]"),
    ] {
        let error = failure(&store(), &users(&path, &[(column, kind)])).await;
        let expected = format!(
            "could not read {path}: column `{column}` holds {holds}, and feature `{column}` of view `users` is {kind}"
        );
        assert_eq!((error.to_string(), error.reason()), (expected, "schema"));
    }
}

#[tokio::test]
async fn row_groups_without_rows_hold_nothing_and_hinder_nothing() {
    let features = [("x", "list<float64>")];
    let (history, _) =
        read(&store(), &users(&text(&fixture("parquet/empty_group.parquet")), &features), end_of_time()).await;
    let newest = |name: &str| history.versions(&user(name)).newest().expect("the user has a row").value(0);
    let expected = list(&[Value::Float64(1.5), Value::Null]);
    assert_eq!([newest("a"), newest("b")], [expected.clone(), expected]);
    assert_eq!((history.rows, history.watermark), (2, Some(at("2026-06-02T00:00:00Z"))));
    let (history, found) =
        read(&store(), &users(&text(&fixture("parquet/no_rows.parquet")), &features), end_of_time()).await;
    assert_eq!((found.len(), history.rows, history.watermark, history.horizon), (0, 0, None, None));
}
