//! Rows that are read again.

use skewwatch::measure::{settled_rows, suspicious};
use skewwatch::model::column::Column;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::{History, HistoryRow, SnapshotFacts, SnapshotIdentity};
use skewwatch::model::online::{
    Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp, Unread, UnreadReason,
};
use skewwatch::model::sample::{Origins, Readings, Sample, SampledKey};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::verdict::Verdict;
use skewwatch::model::view::FeatureView;

use crate::support::views::view;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second, 0).unwrap()
}

fn two_features() -> FeatureView {
    let integer = ValueKind::Scalar(ScalarKind::Int64);
    view("user_stats", "", &[("clicks", integer), ("orders", integer)])
}

/// One entity with the version (100 s, clicks 1, orders 2).
fn sample(first: OnlineReading) -> Sample {
    let key = EntityKey::new(vec![KeyValue::String("u1".into())]);
    let facts = SnapshotFacts {
        identity: SnapshotIdentity { files: Vec::new(), digest: String::new() },
        watermark: Some(at(100)),
        horizon: Some(at(100)),
        precision: Precision::Nanos,
        rows: 1,
        newest_dump: Vec::new(),
    };
    let row = HistoryRow { key: 0, event_timestamp: at(100), created: None, file: 0 };
    let columns: Vec<Column> = [1, 2].map(|value| [Value::Int(value)].into_iter().collect()).into();
    let history = History::new(facts, std::slice::from_ref(&key), &[row], &columns);
    let keys = vec![SampledKey { key, origins: Origins { offline: true, ..Origins::default() } }];
    Sample { keys, readings: vec![Readings::first(first)], history, fidelity: Fidelity::Exact }
}

fn reading(clicks: i64, orders: i64) -> OnlineReading {
    let cells = vec![OnlineCell::Value(Value::Int(clicks)), OnlineCell::Value(Value::Int(orders))];
    let event_timestamp = StoredTimestamp::At(at(100), Precision::Micros);
    let row = StoredRow { event_timestamp, cells, remaining_ttl: None };
    OnlineReading { read_at: at(160), row: Ok(OnlineRow::Found(row)) }
}

fn unread() -> OnlineReading {
    OnlineReading {
        read_at: at(160),
        row: Err(Unread { reason: UnreadReason::Timeout, message: "no answer within 1s".into() }),
    }
}

/// The verdicts of the one row, and whether it is worth another reading.
fn judged(sample: &Sample) -> (Vec<Verdict>, bool) {
    let view = two_features();
    let rows = settled_rows(&view, sample, None);
    (rows[0].cells.iter().map(|cell| cell.verdict).collect(), !suspicious(sample, &rows).is_empty())
}

#[test]
fn a_row_that_looks_right_is_read_once() {
    assert_eq!(judged(&sample(reading(1, 2))), (vec![Verdict::Consistent, Verdict::Consistent], false));
}

#[test]
fn a_wrong_value_that_holds_still_is_judged_after_two_readings() {
    let mut sample = sample(reading(9, 2));
    assert_eq!(judged(&sample), (vec![Verdict::Skewed, Verdict::Consistent], true));
    sample.readings[0].push(reading(9, 2));
    assert_eq!(judged(&sample), (vec![Verdict::Skewed, Verdict::Consistent], false));
}

#[test]
fn a_value_that_comes_right_on_the_second_reading_is_right() {
    let mut sample = sample(reading(9, 2));
    sample.readings[0].push(reading(1, 2));
    assert_eq!(judged(&sample), (vec![Verdict::Consistent, Verdict::Consistent], false));
}

#[test]
fn a_value_that_changes_in_each_of_three_readings_is_in_flight_and_its_neighbour_is_not() {
    let mut sample = sample(reading(7, 2));
    sample.readings[0].push(reading(8, 2));
    assert_eq!(judged(&sample), (vec![Verdict::Skewed, Verdict::Consistent], true));
    sample.readings[0].push(reading(9, 2));
    assert_eq!(judged(&sample), (vec![Verdict::InFlight, Verdict::Consistent], false));
}

#[test]
fn a_key_without_an_answer_is_unread_in_every_cell() {
    assert_eq!(judged(&sample(unread())), (vec![Verdict::Unread, Verdict::Unread], false));
}

#[test]
fn not_a_number_holds_still() {
    let nan = || {
        let mut reading = reading(1, 2);
        if let Ok(OnlineRow::Found(row)) = &mut reading.row {
            row.cells[0] = OnlineCell::Value(Value::Float64(f64::NAN));
        }
        reading
    };
    let mut sample = sample(nan());
    sample.readings[0].push(nan());
    sample.readings[0].push(nan());
    assert_eq!(judged(&sample), (vec![Verdict::Skewed, Verdict::Consistent], false));
}
