//! Event timestamps: zones, ties, rows not yet visible, rows without any.

use polars::prelude::*;
use skewwatch::model::entity::KeyKind;
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::Value;
use skewwatch::store::snapshot::SkippedRows;

use super::{all_keys, at, end_of_time, fixture, instants, number, read, rows, store, text, user, users, view, write};

#[tokio::test]
async fn wall_clock_times_are_in_the_zone_of_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    // The zone of these texts is only for writing them down: the file holds no zone.
    let local = ["2026-03-29T01:59:59Z", "2026-03-29T02:30:00Z", "2026-10-25T02:30:00Z", "2026-07-01T12:00:00Z"];
    let users_at: Vec<(&str, &str, f64)> = local.iter().map(|time| ("a", *time, 1.0)).collect();
    write(&file, &mut rows(&users_at), 10);
    let mut view = users(&text(&file), &[("x", "float64")]);
    view.source.naive_timestamps = chrono_tz::Europe::Berlin;
    let (history, found) = read(&store(), &view, end_of_time()).await;
    let times: Vec<Timestamp> = found[&user("a")].iter().map(|(time, _, _)| *time).collect();
    let expected =
        ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-07-01T10:00:00Z", "2026-10-25T00:30:00Z"].map(at);
    assert_eq!(times, expected);
    assert_eq!((history.horizon, history.watermark), (Some(expected[0]), Some(expected[3])));
    assert_eq!(history.precision, Precision::Micros);
}

#[tokio::test]
async fn seconds_and_dates_are_event_timestamps_too() {
    let folder = tempfile::tempdir().unwrap();
    let day = at("2026-06-14T00:00:00Z");
    let seconds = day.nanos() / 1_000_000_000;
    let days = i32::try_from(seconds / 86_400).unwrap();
    let dates = Int32Chunked::from_slice("event_timestamp".into(), &[days]).into_date().into_series();
    for (name, column) in [("seconds", Column::new("event_timestamp".into(), [seconds])), ("date", dates.into())] {
        let file = folder.path().join(name);
        let columns = vec![Column::new("user_id".into(), ["a"]), column];
        write(&file, &mut DataFrame::new(1, columns).unwrap(), 10);
        let (history, found) = read(&store(), &users(&text(&file), &[]), end_of_time()).await;
        assert_eq!(found[&user("a")], [(day, None, Vec::new())], "{name}");
        assert_eq!(history.precision, Precision::Seconds, "{name}");
    }
}

#[tokio::test]
async fn rows_of_one_event_timestamp_are_versions_in_the_order_of_their_writing() {
    let folder = tempfile::tempdir().unwrap();
    let event = "2026-06-14T00:00:00Z";
    let created = [Some("2026-06-14T03:00:00Z"), Some("2026-06-14T01:00:00Z"), Some("2026-06-14T02:00:00Z")];
    let mut frame = rows(&[("a", event, 3.0), ("a", event, 1.0), ("a", event, 2.0)]);
    frame.with_column(instants("created", &created)).unwrap();
    write(&folder.path().join("a.parquet"), &mut frame, 1);
    let mut view = users(&text(folder.path()), &[("x", "float64")]);
    view.source.created = Some("created".to_owned());
    let values = |found: &super::Versions| -> Vec<String> {
        found[&user("a")].iter().flat_map(|(_, _, values)| values.clone()).collect()
    };
    let (history, found) = read(&store(), &view, end_of_time()).await;
    assert_eq!(values(&found), ["Float64(1.0)", "Float64(2.0)", "Float64(3.0)"]);
    assert_eq!(history.rows, 3);
    let (history, found) = read(&store(), &view, at("2026-06-14T02:30:00Z")).await;
    assert_eq!(values(&found), ["Float64(1.0)", "Float64(2.0)"], "what was written later is not seen yet");
    assert_eq!(history.rows, 2);
}

#[tokio::test]
async fn rows_without_a_key_or_a_time_are_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let day = Some("2026-06-14T00:00:00Z");
    let columns = vec![
        Column::new("user_id".into(), [Some("a"), None, Some("b"), None, Some("c")]),
        instants("event_timestamp", &[day, day, None, None, day]),
    ];
    write(&folder.path().join("a.parquet"), &mut DataFrame::new(5, columns).unwrap(), 2);
    let snapshot = store().open(&users(&text(folder.path()), &[]), end_of_time()).await.unwrap();
    let expected = SkippedRows { without_key: 1, without_event_timestamp: 2 };
    assert_eq!(all_keys(&snapshot).await, [user("a"), user("c")]);
    assert_eq!(snapshot.skipped(), expected);
    let history = snapshot.history(&[user("a"), user("b"), user("c"), user("c")]).await.unwrap();
    assert_eq!((history.rows, history.entities().count()), (2, 2));
    assert_eq!(snapshot.skipped(), expected);
}

#[tokio::test]
async fn keys_are_found_whatever_the_width_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let times = instants("event_timestamp", &[Some("2026-06-14T00:00:00Z"); 3]);
    let narrow = Column::new("id".into(), [1_i32, -7, i32::MAX]);
    let unsigned = Column::new("id".into(), [1_u32, 7, u32::MAX]);
    for (name, column, expected) in
        [("narrow", narrow, vec![-7, 1, i64::from(i32::MAX)]), ("unsigned", unsigned, vec![1, 7, i64::from(u32::MAX)])]
    {
        let file = folder.path().join(name);
        write(&file, &mut DataFrame::new(3, vec![column, times.clone()]).unwrap(), 1);
        let view = view(&text(&file), &[("id", KeyKind::Int64)], &[]);
        let snapshot = store().open(&view, end_of_time()).await.unwrap();
        let expected: Vec<_> = expected.into_iter().map(number).collect();
        assert_eq!(all_keys(&snapshot).await, expected, "{name}");
        for key in expected {
            let history = snapshot.history(std::slice::from_ref(&key)).await.unwrap();
            assert_eq!(history.versions(&key).len(), 1, "{name} {key}");
        }
    }
}

#[tokio::test]
async fn a_column_may_be_named_otherwise_than_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), &mut rows(&[("a", "2026-06-14T00:00:00Z", 1.5)]), 1);
    let mut view = view(&text(folder.path()), &[("customer", KeyKind::String)], &[("amount", "float32")]);
    view.source.field_mapping =
        vec![("user_id".to_owned(), "customer".to_owned()), ("x".to_owned(), "amount".to_owned())];
    let (_, found) = read(&store(), &view, end_of_time()).await;
    assert_eq!(found[&user("a")], [(at("2026-06-14T00:00:00Z"), None, vec!["Float64(1.5)".to_owned()])]);
}

/// Days from 1970 to a day of the proleptic Gregorian calendar.
fn days(year: i32, month: u32, day: u32) -> i64 {
    let date = chrono::NaiveDate::from_ymd_opt(year, month, day).expect("the test names a day");
    date.signed_duration_since(chrono::NaiveDate::default()).num_days()
}

#[tokio::test]
async fn points_in_time_beyond_the_reach_of_nanoseconds_keep_their_seconds() {
    let noon = 12 * 3600;
    let ends = [days(1, 1, 1), days(1969, 12, 31), days(9999, 12, 31)];
    let features = [("day", "unix_timestamp"), ("millis", "unix_timestamp"), ("micros", "unix_timestamp")];
    // `micros` has a zone of its own; Berlin had its local mean time until 1893, and nothing says what it will have.
    for (zone, offsets) in [(chrono_tz::Tz::UTC, [0, 0, 0]), (chrono_tz::Europe::Berlin, [53 * 60 + 28, 3600, 3600])] {
        let mut view = users(&text(&fixture("parquet/far.parquet")), &features);
        view.source.naive_timestamps = zone;
        let (history, _) = read(&store(), &view, end_of_time()).await;
        for ((name, day), offset) in ["a", "b", "c"].into_iter().zip(ends).zip(offsets) {
            let newest = history.versions(&user(name)).newest().expect("each user has a row");
            let found: Vec<Value> = (0..3).map(|feature| newest.value(feature)).collect();
            let seconds = day * 86_400;
            let expected = [seconds - offset, seconds + noon - offset, seconds + noon].map(Value::UnixTimestamp);
            assert_eq!(found, expected, "{name} in {zone}");
        }
    }
}

#[tokio::test]
async fn old_writers_timestamps_are_read_before_1970_and_after_2262() {
    let view = users(&text(&fixture("parquet/int96.parquet")), &[("legacy", "unix_timestamp")]);
    let (history, found) = read(&store(), &view, end_of_time()).await;
    let event = at("1969-12-31T12:00:00Z");
    for (name, day) in [("a", days(1969, 12, 31)), ("b", days(9999, 12, 31))] {
        let value = format!("{:?}", Value::UnixTimestamp(day * 86_400 + 12 * 3600));
        assert_eq!(found[&user(name)], [(event, None, vec![value])], "{name}");
    }
    assert_eq!((history.horizon, history.precision), (Some(event), Precision::Micros));
}
