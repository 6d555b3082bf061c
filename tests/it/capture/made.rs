//! Captures made up from anything a store can hold.

use std::collections::BTreeMap;

use proptest::prelude::{Just, Strategy, any};
use proptest::{collection, prop_oneof};
use skewwatch::history::{CaptureEnd, CaptureOutcome};
use skewwatch::model::captured::{Capture, CaptureLayout, CapturedFeature, CapturedMeasurement, CapturedRow};
use skewwatch::model::counts::{ExpiredServed, Share, VerdictCounts};
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::measurement::{DifferenceMeasurement, SkewMeasurement};
use skewwatch::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::Value;

/// 2026-06-15T00:00:00Z and so many days.
pub(super) fn cut(days: i64) -> Timestamp {
    Timestamp::from_seconds(1_781_481_600 + days * 86_400, 0).unwrap()
}

pub(super) fn capture(view: &str, cut: Timestamp, rows: Vec<CapturedRow>) -> Capture {
    let layout = CaptureLayout {
        join_keys: vec![("user_id".to_owned(), "string".to_owned())],
        features: vec![("total".to_owned(), "int64".to_owned())],
    };
    Capture { feature_view: view.to_owned(), cut, layout, rows }
}

/// So many rows of one whole number each.
pub(super) fn plain_rows(count: u32) -> Vec<CapturedRow> {
    let row = |number: u32| CapturedRow {
        key: EntityKey::new(vec![KeyValue::String(format!("u{number:04}").into())]),
        read_at: cut(0),
        row: OnlineRow::Found(StoredRow {
            event_timestamp: StoredTimestamp::At(cut(-1), Precision::Seconds),
            cells: vec![OnlineCell::Value(Value::Int(i64::from(number)))],
            remaining_ttl: None,
        }),
    };
    (0..count).map(row).collect()
}

/// The end of a capture of which so many rows had been replaced.
pub(super) fn settled(id: i64, cut: Timestamp, superseded: u64) -> CaptureEnd {
    let skew = SkewMeasurement {
        ratio: Ratio::of(1, 3),
        n: 3,
        lower: Some(0.061_490_343_264_154_9),
        upper: Some(0.792_340_399_197_939),
        smape: None,
    };
    let feature = CapturedFeature {
        verdicts: VerdictCounts::of(std::array::from_fn(|place| place as u64)),
        expired_served: ExpiredServed { consistent: 1, stale: 2, skewed: 3, unverified: 4 },
        expired_absent: 5,
        skew,
        difference: DifferenceMeasurement { abs_p50: Some(0.1), ..DifferenceMeasurement::default() },
        lag_profile: None,
    };
    let outcome = CaptureOutcome::Settled(CapturedMeasurement {
        cut,
        settled_at: cut,
        rows: 10,
        superseded,
        comparable: Share::of(7, 9),
        features: BTreeMap::from([("total".to_owned(), feature)]),
    });
    CaptureEnd { id, ended_at: cut, outcome }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::UInt),
        any::<u32>().prop_map(|bits| Value::Float32(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Value::Float64(f64::from_bits(bits))),
        any::<String>().prop_map(|text| Value::string(&text)),
        any::<Vec<u8>>().prop_map(|bytes| Value::Bytes(bytes.into())),
        any::<i64>().prop_map(Value::UnixTimestamp),
        any::<i64>().prop_map(Value::UnixNanos),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(|values| Value::List(values.into())),
            collection::btree_map(any::<String>(), inner, 0..4).prop_map(|entries| Value::Map(Box::new(entries))),
        ]
    })
}

fn cell() -> impl Strategy<Value = OnlineCell> {
    prop_oneof![
        1 => Just(OnlineCell::Absent),
        1 => any::<String>().prop_map(|reason| OnlineCell::Undecodable(reason.into())),
        8 => value().prop_map(OnlineCell::Value),
    ]
}

fn stored_timestamp() -> impl Strategy<Value = StoredTimestamp> {
    let precision =
        prop_oneof![Just(Precision::Seconds), Just(Precision::Millis), Just(Precision::Micros), Just(Precision::Nanos)];
    prop_oneof![
        Just(StoredTimestamp::NotKept),
        Just(StoredTimestamp::Missing),
        any::<String>().prop_map(|reason| StoredTimestamp::Undecodable(reason.into())),
        (any::<i64>(), precision)
            .prop_map(|(nanos, precision)| StoredTimestamp::At(Timestamp::from_nanos(nanos), precision)),
    ]
}

fn key_value() -> impl Strategy<Value = KeyValue> {
    prop_oneof![
        any::<String>().prop_map(|text| KeyValue::String(text.into())),
        any::<i32>().prop_map(KeyValue::Int32),
        any::<i64>().prop_map(KeyValue::Int64),
        any::<Vec<u8>>().prop_map(|bytes| KeyValue::Bytes(bytes.into())),
        any::<i64>().prop_map(KeyValue::UnixTimestamp),
    ]
}

/// Rows of different keys, ascending, with whatever a store can answer.
pub(super) fn rows() -> impl Strategy<Value = Vec<CapturedRow>> {
    let row = prop_oneof![
        1 => Just(OnlineRow::Absent),
        5 => (stored_timestamp(), collection::vec(cell(), 0..5)).prop_map(|(event_timestamp, cells)| {
            OnlineRow::Found(StoredRow { event_timestamp, cells, remaining_ttl: None })
        }),
    ];
    let key = collection::vec(key_value(), 1..4).prop_map(EntityKey::new);
    let rows = collection::btree_map(key, (any::<i64>(), row), 0..20);
    rows.prop_map(|rows| {
        let captured = |(key, (nanos, row))| CapturedRow { key, read_at: Timestamp::from_nanos(nanos), row };
        rows.into_iter().map(captured).collect()
    })
}

/// Whether both rows hold the same bits.
pub(super) fn is_same(left: &CapturedRow, right: &CapturedRow) -> bool {
    let cells = |left: &OnlineCell, right: &OnlineCell| match (left, right) {
        (OnlineCell::Value(left), OnlineCell::Value(right)) => left.is_same(right),
        _ => left == right,
    };
    let rows = match (&left.row, &right.row) {
        (OnlineRow::Found(left), OnlineRow::Found(right)) => {
            left.event_timestamp == right.event_timestamp
                && left.cells.len() == right.cells.len()
                && left.cells.iter().zip(&right.cells).all(|(left, right)| cells(left, right))
        }
        (left, right) => left == right,
    };
    left.key == right.key && left.read_at == right.read_at && rows
}
