//! The files that Feast's own job wrote, read here and by Polars' eager reader.

use std::collections::BTreeMap;
use std::fs::File;

use polars::prelude::*;
use skewwatch::model::entity::{EntityKey, KeyKind, KeyValue};
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::FeatureView;

use super::{Versions, at, end_of_time, fixture, read, store, text, view};

/// The four views of the golden feature repository.
pub(crate) fn views(folder: &str) -> Vec<FeatureView> {
    let user = ("user_id", KeyKind::String);
    let driver = ("driver_id", KeyKind::Int64);
    let located = |file: &str| format!("{folder}/{file}.parquet");
    let user_features = [
        ("avg_order_value_7d", "float32"),
        ("total_orders_30d", "int64"),
        ("preferred_category", "string"),
        ("account_age_days", "int64"),
        ("fraud_score", "float32"),
    ];
    let driver_profile = [
        ("rating", "float64"),
        ("is_active", "bool"),
        ("last_trip_at", "unix_timestamp"),
        ("avatar", "bytes"),
        ("vehicle_class", "int32"),
        ("trips_total", "int64"),
        ("embedding", "list<float32>"),
        ("zones", "list<string>"),
    ];
    let mut views = vec![
        view(&located("user_features"), &[user], &user_features),
        view(&located("driver_profile"), &[driver], &driver_profile),
        view(&located("user_driver"), &[user, driver], &[("deliveries_90d", "int64"), ("last_tip", "float64")]),
        view(&located("user_sessions"), &[user], &[("clicks_1h", "int64"), ("last_page", "string")]),
    ];
    for view in &mut views {
        view.source.created = Some("created".to_owned());
    }
    views[3].source.event_timestamp = "ts".to_owned();
    views[3].source.created = None;
    views
}

/// What Polars reads, put in the same form the slow way.
pub(crate) fn brute_force(view: &FeatureView, file: &std::path::Path, as_of: Timestamp) -> Versions {
    let frame = ParquetReader::new(File::open(file).unwrap()).finish().unwrap();
    let cell = |column: &str, row: usize| frame.column(column).unwrap().get(row).unwrap().into_static();
    let mut found: Versions = BTreeMap::new();
    for row in 0..frame.height() {
        let event_timestamp = instant(&cell(&view.source.event_timestamp, row)).unwrap();
        let created = view.source.created.as_ref().and_then(|column| instant(&cell(column, row)));
        if event_timestamp > as_of || created.is_some_and(|created| created > as_of) {
            continue;
        }
        let key = |name: &str| match cell(name, row) {
            AnyValue::Int64(number) => KeyValue::Int64(number),
            AnyValue::StringOwned(text) => KeyValue::String(text.as_str().into()),
            other => panic!("{other:?} is no key"),
        };
        let key = EntityKey::new(view.join_keys.iter().map(|join_key| key(&join_key.name)).collect::<Vec<_>>());
        let values = view.features.iter().map(|feature| {
            let found = cell(view.source.column_of(&feature.name), row);
            format!("{:?}", value(&found, feature.kind))
        });
        found.entry(key).or_default().push((event_timestamp, created, values.collect()));
    }
    for versions in found.values_mut() {
        versions.sort_by_key(|(event_timestamp, created, _)| (*event_timestamp, *created));
    }
    found
}

fn instant(cell: &AnyValue<'_>) -> Option<Timestamp> {
    match cell {
        AnyValue::Null => None,
        AnyValue::DatetimeOwned(number, unit, _) => Some(Timestamp::from_nanos(match unit {
            TimeUnit::Nanoseconds => *number,
            TimeUnit::Microseconds => number * 1_000,
            TimeUnit::Milliseconds => number * 1_000_000,
        })),
        other => panic!("{other:?} is no instant"),
    }
}

fn value(cell: &AnyValue<'_>, kind: ValueKind) -> Value {
    match cell {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => Value::Bool(*flag),
        AnyValue::Int32(number) => Value::Int((*number).into()),
        AnyValue::Int64(number) => Value::Int(*number),
        AnyValue::Float32(number) => Value::Float32(*number),
        AnyValue::Float64(number) if kind == ValueKind::Scalar(ScalarKind::Int64) => {
            Value::Int(format!("{number:.0}").parse().unwrap())
        }
        AnyValue::Float64(number) => Value::Float64(*number),
        AnyValue::StringOwned(text) => Value::string(text),
        AnyValue::BinaryOwned(bytes) => Value::Bytes(bytes.as_slice().into()),
        AnyValue::DatetimeOwned(..) => instant(cell).map_or(Value::Null, Value::instant),
        AnyValue::List(series) => {
            Value::List(series.iter().map(|element| value(&element.into_static(), kind)).collect())
        }
        other => panic!("{other:?} is not written by the golden job"),
    }
}

#[tokio::test]
async fn every_golden_file_reads_as_polars_reads_it() {
    for set in ["golden-feast/dev", "golden-feast/skewed"] {
        let folder = fixture(&format!("{set}/data"));
        for view in views(&text(&folder)) {
            let file = std::path::Path::new(&view.source.location);
            let everything = brute_force(&view, file, end_of_time());
            let mut times: Vec<Timestamp> = everything.values().flatten().map(|(time, _, _)| *time).collect();
            times.sort_unstable();
            for as_of in [end_of_time(), times[times.len() / 2]] {
                let (history, found) = read(&store(), &view, as_of).await;
                let expected = brute_force(&view, file, as_of);
                assert_eq!(found, expected, "{} as of {as_of}", view.source.location);
                let times = || expected.values().flatten().map(|(event_timestamp, _, _)| *event_timestamp);
                assert_eq!(history.rows, times().count() as u64);
                assert_eq!((history.horizon, history.watermark), (times().min(), times().max()));
            }
        }
    }
}

#[tokio::test]
async fn a_snapshot_at_a_time_before_its_first_row_is_empty_and_says_so() {
    let folder = fixture("golden-feast/dev/data");
    let view = &views(&text(&folder))[0];
    let (history, found) = read(&store(), view, at("2020-01-01T00:00:00Z")).await;
    assert!(found.is_empty());
    assert_eq!((history.rows, history.horizon, history.watermark), (0, None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_row_groups_at_once_are_read_by_tasks_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..400).map(|n| format!("u{:03}", (n * 37) % 100)).collect();
    let times: Vec<String> = (0..400).map(|n| format!("2026-06-14T{:02}:{:02}:00Z", n / 60, n % 60)).collect();
    for file in 0..20 {
        let part = file * 20..(file + 1) * 20;
        let written: Vec<(&str, &str, f64)> = part
            .map(|row| (names[row].as_str(), times[row].as_str(), f64::from(u16::try_from(row).unwrap())))
            .collect();
        super::write(&folder.path().join(format!("{file:02}.parquet")), &mut super::rows(&written), 2);
    }
    let view = super::users(&text(folder.path()), &[("x", "float64")]);
    let readings = (0..4).map(|_| {
        let view = view.clone();
        tokio::spawn(async move { read(&store(), &view, at("2026-06-14T05:30:00Z")).await })
    });
    let mut expected = Versions::new();
    for (row, (name, time)) in
        names.iter().zip(&times).enumerate().filter(|(_, (_, time))| at(time) <= at("2026-06-14T05:30:00Z"))
    {
        let version = (at(time), None, vec![format!("Float64({row}.0)")]);
        expected.entry(super::user(name)).or_default().push(version);
    }
    for reading in readings.collect::<Vec<_>>() {
        assert_eq!(reading.await.unwrap().1, expected);
    }
}
