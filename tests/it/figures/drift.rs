//! What a sample's drift is measured from: which values enter, what cannot be compared, and how points in time are.

use std::collections::BTreeMap;

use skewwatch::measure::{Reference, Setting, ViewRules, measure, measure_snapshots, settled_rows};
use skewwatch::model::check::{DriftStatistic, Limits};
use skewwatch::model::column::Column;
use skewwatch::model::drift::DriftChecks;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::{History, HistoryRow, SnapshotFacts, SnapshotIdentity};
use skewwatch::model::measurement::{DriftMeasurement, DriftReason};
use skewwatch::model::online::{
    Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp, Unread, UnreadReason,
};
use skewwatch::model::sample::{Origins, Readings, Sample, SampledKey};
use skewwatch::model::time::Precision;
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::stats::profile::{ColumnProfile, ColumnType, NumberProfile, ProfiledColumn, Settings, TableProfile};
use skewwatch::stats::sample::Cleaned;

use super::at;
use crate::support::views::view;

const ROWS: i64 = 400;
const LIMITS: &[(DriftStatistic, Limits)] = &[
    (DriftStatistic::Psi, Limits { warning: Some(0.2), critical: None, minimum_n: 1 }),
    (DriftStatistic::Missing, Limits { warning: Some(0.02), critical: None, minimum_n: 1 }),
];

/// One entity a row, written offline at second 100 and online at second 110.
fn sample(offline: impl Fn(i64) -> Value, online: impl Fn(i64) -> Value, times: &StoredTimestamp) -> Sample {
    let key = |number: i64| EntityKey::new(vec![KeyValue::String(format!("u{number:04}").into())]);
    let keys: Vec<EntityKey> = (0..ROWS).map(key).collect();
    let facts = SnapshotFacts {
        identity: SnapshotIdentity { files: Vec::new(), digest: String::new() },
        watermark: Some(at(105)),
        horizon: Some(at(100)),
        precision: Precision::Nanos,
        rows: ROWS.unsigned_abs(),
        newest_dump: Vec::new(),
    };
    let row = |key: u32| HistoryRow { key, event_timestamp: at(100), created: None, file: 0 };
    let rows: Vec<HistoryRow> = (0..u32::try_from(ROWS).unwrap()).map(row).collect();
    let column: Column = (0..ROWS).map(&offline).collect();
    let reading = |number: i64| OnlineReading {
        read_at: at(160),
        row: Ok(OnlineRow::Found(StoredRow {
            event_timestamp: times.clone(),
            cells: vec![OnlineCell::Value(online(number))],
            remaining_ttl: None,
        })),
    };
    let sampled = |key: &EntityKey| SampledKey { key: key.clone(), origins: Origins::default() };
    Sample {
        keys: keys.iter().map(sampled).collect(),
        readings: (0..ROWS).map(|number| Readings::first(reading(number))).collect(),
        history: History::new(facts, &keys, &rows, &[column]),
        fidelity: Fidelity::Exact,
    }
}

fn drift(kind: ScalarKind, sample: &Sample, reference: Reference<'_>) -> DriftChecks {
    let view = view("users", "", &[("feature", ValueKind::Scalar(kind))]);
    let rows = settled_rows(&view, sample, None);
    let rules =
        ViewRules { freshness_objective: None, drift: vec![LIMITS], reference, now: None, setting: Setting::default() };
    measure(&view, sample, &rows, &rules).features["feature"].drift.clone()
}

fn dated() -> StoredTimestamp {
    StoredTimestamp::At(at(110), Precision::Micros)
}

fn unmeasured(reason: DriftReason) -> DriftChecks {
    BTreeMap::from([(DriftStatistic::Psi, DriftMeasurement::unmeasured(reason, Some(0.2)))])
}

#[test]
fn sides_of_different_kinds_are_not_compared_and_that_is_said() {
    let sample = sample(Value::Int, |number| Value::string(&number.to_string()), &dated());
    let found = drift(ScalarKind::Int64, &sample, Reference::NewestVersions);
    assert_eq!(found, unmeasured(DriftReason::DifferentKinds));
}

#[test]
fn a_side_of_nulls_is_compared_with_a_side_of_values() {
    let sample = sample(Value::Int, |_| Value::Null, &dated());
    let found = drift(ScalarKind::Int64, &sample, Reference::NewestVersions);
    assert_eq!(found[&DriftStatistic::Psi].reason, Some(DriftReason::Empty));
    assert_eq!(found[&DriftStatistic::Missing].effect, Some(1.0));
}

#[test]
fn of_missing_values_those_that_one_side_alone_lacks_are_counted() {
    let limits = |sample: &Sample| drift(ScalarKind::Int64, sample, Reference::NewestVersions);
    let unless = |is_null: bool, number| if is_null { Value::Null } else { Value::Int(number) };
    let offline = move |number: i64| unless(number % 2 == 0, number);
    let same = limits(&sample(offline, offline, &dated()))[&DriftStatistic::Missing].clone();
    assert_eq!((same.effect, same.reference_n, same.current_n), (Some(0.0), 400, 400));
    assert!(same.upper.unwrap() <= 0.02, "400 pairs tell what 14,000 independent rows would: {same:?}");
    // Of 200 values 40 were lost, and of 200 nulls 4 gained a value.
    let online = move |number: i64| match number % 10 {
        1 => Value::Null,
        2 if number < 40 => Value::Int(number),
        _ => offline(number),
    };
    let moved = limits(&sample(offline, online, &dated()))[&DriftStatistic::Missing].clone();
    assert!((moved.effect.unwrap() - 0.09).abs() < 1e-12, "{moved:?}");
    assert!(moved.lower.unwrap() > 0.05 && moved.upper.unwrap() < 0.13, "{moved:?}");
    // A third was lost and a third gained: two independent shares would not tell how these go together.
    let offline = move |number: i64| unless(number % 3 == 0, number);
    let turned = move |number: i64| unless(number % 3 == 1, number);
    let turned = limits(&sample(offline, turned, &dated()))[&DriftStatistic::Missing].clone();
    assert!(turned.upper.unwrap() > 0.05, "{turned:?}");
}

#[test]
fn entities_that_were_not_read_are_missed_on_neither_side() {
    let mut sample = sample(Value::Int, Value::Int, &dated());
    let silence = Unread { reason: UnreadReason::Timeout, message: "no answer within 1s".into() };
    // The upper half does not answer: held against all, the lower half would look like another distribution.
    for readings in sample.readings.iter_mut().skip(200) {
        readings.last.row = Err(silence.clone());
    }
    let psi = drift(ScalarKind::Int64, &sample, Reference::NewestVersions)[&DriftStatistic::Psi].clone();
    assert_eq!((psi.distance, psi.reference_n, psi.current_n), (Some(0.0), 200, 200));
}

#[test]
fn lists_have_no_drift_and_are_not_left_unjudged() {
    let list = |_| Value::Bytes([1, 2].into());
    let found = drift(ScalarKind::Bytes, &sample(list, list, &dated()), Reference::NewestVersions);
    assert_eq!(found, DriftChecks::new());
}

#[test]
fn points_in_time_are_compared_by_their_age_when_their_row_was_written() {
    let seconds = |shift: i64| move |number: i64| Value::UnixTimestamp(shift - number);
    let same_age = sample(seconds(100), seconds(110), &dated());
    let found = drift(ScalarKind::UnixTimestamp, &same_age, Reference::NewestVersions);
    assert_eq!(found[&DriftStatistic::Psi].effect, Some(0.0));
    assert_eq!(found[&DriftStatistic::Psi].reason, None);
    let older = sample(seconds(100), seconds(-1_000), &dated());
    let found = drift(ScalarKind::UnixTimestamp, &older, Reference::NewestVersions);
    assert!(found[&DriftStatistic::Psi].effect.unwrap() > 1.0);
    let undated = sample(seconds(100), seconds(100), &StoredTimestamp::NotKept);
    let found = drift(ScalarKind::UnixTimestamp, &undated, Reference::NewestVersions);
    assert_eq!(found[&DriftStatistic::Psi].reason, Some(DriftReason::NoSnapshotTime));
}

/// The profile of a snapshot with these numbers.
fn trained(column: &str, of: ColumnProfile) -> TableProfile {
    let column_type = match of {
        ColumnProfile::Numeric(_) | ColumnProfile::Categorical(_) => ColumnType::Integer,
        ColumnProfile::Timestamp(_) | ColumnProfile::Age(_) => ColumnType::Timestamp,
    };
    TableProfile {
        snapshot: SnapshotIdentity { files: Vec::new(), digest: "trained".to_owned() },
        made_at: at(0),
        settings: Settings { snapshot_time: Some(at(0)), ..Settings::default() },
        rows: ROWS.unsigned_abs(),
        columns: BTreeMap::from([(column.to_owned(), ProfiledColumn { column_type, profile: of })]),
        skipped: BTreeMap::new(),
    }
}

fn numbers(of: impl Fn(i64) -> f64) -> NumberProfile {
    NumberProfile::of(&Cleaned::new((0..ROWS).map(|number| Some(of(number)))))
}

#[test]
fn a_reference_takes_the_place_of_the_newest_offline_values() {
    let profile = trained("feature", ColumnProfile::Numeric(numbers(|number| number as f64)));
    let reference = Reference::Profile(&profile);
    let far_from_offline = sample(|number| Value::Int(number + 5_000), Value::Int, &dated());
    let found = drift(ScalarKind::Int64, &far_from_offline, reference);
    assert_eq!(found[&DriftStatistic::Psi].effect, Some(0.0));
    let far_from_trained = sample(Value::Int, |number| Value::Int(number + 5_000), &dated());
    assert!(drift(ScalarKind::Int64, &far_from_trained, reference)[&DriftStatistic::Psi].effect.unwrap() > 1.0);
}

#[test]
fn ages_of_a_reference_are_compared_with_ages_at_the_time_of_reading() {
    let profile = trained("feature", ColumnProfile::Age(numbers(|number| number as f64)));
    let served = sample(Value::Int, |number| Value::UnixTimestamp(160 - number), &dated());
    let found = drift(ScalarKind::UnixTimestamp, &served, Reference::Profile(&profile));
    assert_eq!(found[&DriftStatistic::Psi].effect, Some(0.0));
}

#[test]
fn a_reference_without_the_feature_or_with_another_kind_leaves_it_unjudged() {
    let served = sample(Value::Int, Value::Int, &dated());
    let other = trained("another", ColumnProfile::Numeric(numbers(|number| number as f64)));
    let found = drift(ScalarKind::Int64, &served, Reference::Profile(&other));
    assert_eq!(found, unmeasured(DriftReason::NotInReference));
    let times = trained("feature", ColumnProfile::Age(numbers(|number| number as f64)));
    let found = drift(ScalarKind::Int64, &served, Reference::Profile(&times));
    assert_eq!(found, unmeasured(DriftReason::DifferentKinds));
    assert_eq!(drift(ScalarKind::Int64, &served, Reference::Unreadable), unmeasured(DriftReason::NoReference));
}

/// A snapshot in which the feature's column is of a type without statistics.
fn skipped(column_type: &str) -> TableProfile {
    let other = trained("another", ColumnProfile::Numeric(numbers(|number| number as f64)));
    TableProfile { skipped: BTreeMap::from([("feature".to_owned(), column_type.to_owned())]), ..other }
}

#[test]
fn a_reference_column_of_nothing_but_nulls_is_one_without_values() {
    let served = sample(Value::Int, Value::Int, &dated());
    let nulls = skipped("null");
    let found = drift(ScalarKind::Int64, &served, Reference::Profile(&nulls));
    assert_eq!(found[&DriftStatistic::Missing].effect, Some(1.0));
    assert_eq!(found[&DriftStatistic::Psi].reason, Some(DriftReason::Empty));
    let nothing = sample(Value::Int, |_| Value::Null, &dated());
    assert_eq!(drift(ScalarKind::Int64, &nothing, Reference::Profile(&nulls)), DriftChecks::new());
}

#[test]
fn a_reference_column_of_a_type_without_statistics_leaves_a_number_unjudged_and_a_list_alone() {
    let lists = skipped("list<item: double>");
    let served = sample(Value::Int, Value::Int, &dated());
    let found = drift(ScalarKind::Int64, &served, Reference::Profile(&lists));
    assert_eq!(found, unmeasured(DriftReason::DifferentKinds));
    let bytes = |_| Value::Bytes([1, 2].into());
    let found = drift(ScalarKind::Bytes, &sample(bytes, bytes, &dated()), Reference::Profile(&lists));
    assert_eq!(found, DriftChecks::new());
}

#[test]
fn a_reference_may_have_feasts_full_name_of_a_feature() {
    let served = sample(Value::Int, Value::Int, &dated());
    let profile = trained("users__feature", ColumnProfile::Numeric(numbers(|number| number as f64)));
    let found = drift(ScalarKind::Int64, &served, Reference::Profile(&profile));
    assert_eq!(found[&DriftStatistic::Psi].effect, Some(0.0));
}

#[test]
fn a_snapshot_whose_column_lost_all_its_values_has_drifted_from_the_one_before() {
    let view = view("users", "", &[("feature", ValueKind::Scalar(ScalarKind::Int64))]);
    let compared = |before: &TableProfile, newest: &TableProfile| {
        let mut found = measure_snapshots(&view, (before, newest), &[LIMITS]);
        found.remove("feature")
    };
    let whole = trained("feature", ColumnProfile::Numeric(numbers(|number| number as f64)));
    let (nulls, lists) = (skipped("null"), skipped("list<item: double>"));
    for (before, newest) in [(&whole, &nulls), (&nulls, &whole)] {
        let found = compared(before, newest).unwrap();
        assert_eq!(found[&DriftStatistic::Missing].effect, Some(1.0));
        assert_eq!(found[&DriftStatistic::Psi].reason, Some(DriftReason::Empty));
    }
    assert_eq!(compared(&lists, &whole), Some(unmeasured(DriftReason::DifferentKinds)));
    assert_eq!(compared(&lists, &lists), None);
    assert_eq!(compared(&nulls, &nulls), None);
}
