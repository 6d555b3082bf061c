//! Verdicts against a join by brute force over small histories, where values, times and writings coincide often.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use skewwatch::measure::{TrainingSample, measure_training};
use skewwatch::model::column::Column;
use skewwatch::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use skewwatch::model::history::{History, HistoryRow, SnapshotFacts, SnapshotFile, SnapshotIdentity, VersionRows};
use skewwatch::model::sample::{Origins, SampledKey};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::training::{TrainingMeasurement, TrainingVerdict};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::{Feature, FeatureView, SnapshotSource};

/// A version (event time, time of writing, value) or a training row (time, nothing, value) of an entity; hours.
#[derive(Clone, Debug)]
struct Fact {
    entity: u32,
    at: i64,
    written: Option<i64>,
    value: Option<i64>,
}

fn hours(hours: i64) -> Timestamp {
    Timestamp::from_seconds(hours * 3600, 0).unwrap()
}

fn view(ttl: Option<u64>) -> FeatureView {
    FeatureView {
        join_keys: vec![JoinKey { name: "entity".to_owned(), kind: KeyKind::Int64 }],
        features: vec![Feature { name: "feature".to_owned(), kind: ValueKind::Scalar(ScalarKind::Int64) }],
        ttl: ttl.map(|hours| Duration::from_secs(hours * 3600)),
        ..FeatureView::new("view", SnapshotSource::new("nowhere", "event_timestamp"))
    }
}

fn keys(entities: u32) -> Vec<EntityKey> {
    (0..entities).map(|entity| EntityKey::new([KeyValue::Int64(entity.into())])).collect()
}

fn history(facts: &[Fact], entities: u32) -> History {
    let rows = facts.iter().map(|fact| HistoryRow {
        key: fact.entity,
        event_timestamp: hours(fact.at),
        created: fact.written.map(hours),
        file: 0,
    });
    let values: Column = facts.iter().map(|fact| fact.value.map_or(Value::Null, Value::Int)).collect();
    let times = || facts.iter().map(|fact| hours(fact.at));
    let file =
        SnapshotFile { location: "nowhere".to_owned(), size: 1, etag: None, last_modified: Timestamp::from_nanos(0) };
    let of_all = SnapshotFacts {
        identity: SnapshotIdentity { files: vec![file], digest: "digest".to_owned() },
        watermark: times().max(),
        horizon: times().min(),
        precision: Precision::Nanos,
        rows: facts.len() as u64,
        newest_dump: Vec::new(),
    };
    History::of(of_all, &VersionRows { keys: keys(entities), rows: rows.collect(), columns: vec![values] })
}

fn measured(ttl: Option<u64>, versions: &[Fact], rows: &[Fact], entities: u32) -> TrainingMeasurement {
    let origins = Origins { requested: true, ..Origins::default() };
    let sample = TrainingSample {
        keys: keys(entities).into_iter().map(|key| SampledKey { key, origins }).collect(),
        training: history(rows, entities),
        features: vec![0],
        snapshots: history(versions, entities),
    };
    measure_training(&view(ttl), &sample, (rows.len() as u64, 0))
}

/// The verdict of the only cell of one row.
fn verdict(ttl: Option<u64>, versions: &[Fact], row: &Fact) -> TrainingVerdict {
    let measured = measured(ttl, versions, std::slice::from_ref(row), 3);
    let [(verdict, 1)] = measured.row_verdicts.into_iter().collect::<Vec<_>>()[..] else { panic!("one row") };
    verdict
}

/// What a join gives that takes only the versions of which `is_seen` is true: tried one by one, the last that is better.
fn join(ttl: Option<u64>, versions: &[Fact], row: &Fact, is_seen: impl Fn(&Fact) -> bool) -> Option<i64> {
    let mut best: Option<&Fact> = None;
    for version in versions {
        let age = row.at - version.at;
        let reaches = age >= 0 && ttl.is_none_or(|ttl| age <= ttl as i64);
        if version.entity != row.entity || !reaches || !is_seen(version) {
            continue;
        }
        if best.is_none_or(|best| (version.at, version.written) >= (best.at, best.written)) {
            best = Some(version);
        }
    }
    best.and_then(|version| version.value)
}

/// The classes that the versions with the row's value belong to.
fn classes(ttl: Option<u64>, versions: &[Fact], row: &Fact) -> Vec<TrainingVerdict> {
    let of_entity = versions.iter().filter(|version| version.entity == row.entity && version.value == row.value);
    let mut classes: Vec<TrainingVerdict> = of_entity
        .map(|version| match row.at - version.at {
            age if age < 0 => TrainingVerdict::Leaked,
            age if ttl.is_some_and(|ttl| age > ttl as i64) => TrainingVerdict::PastTtl,
            _ => TrainingVerdict::Outdated,
        })
        .collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

fn facts(values: i64, versions: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Fact>> {
    let fact = (0..3_u32, 0..20_i64, prop::option::of(0..6_i64), prop::option::weighted(0.9, 0..values))
        .prop_map(|(entity, at, late, value)| Fact { entity, at, written: late.map(|late| at + late), value });
    prop::collection::vec(fact, versions)
}

proptest! {
    #[test]
    fn a_value_is_honest_where_a_join_by_brute_force_gives_it(
        ttl in prop::option::of(0..12_u64),
        versions in facts(4, 0..12),
        (entity, at, value) in (0..3_u32, 0..24_i64, prop::option::weighted(0.8, 0..4_i64)),
    ) {
        let row = Fact { entity, at, written: None, value };
        let newest = join(ttl, &versions, &row, |_| true);
        let written = join(ttl, &versions, &row, |version| version.written.is_none_or(|written| written <= at));
        let found = verdict(ttl, &versions, &row);
        let is_honest = row.value == newest || row.value == written;
        prop_assert_eq!(found == TrainingVerdict::Honest, is_honest, "{:?}", found);
        let watermark = versions.iter().map(|version| version.at).max();
        if watermark.is_none_or(|watermark| at > watermark) {
            prop_assert!(is_honest || found == TrainingVerdict::Unverified);
        }
        if !found.is_dishonest() {
            return Ok(());
        }
        let possible = classes(ttl, &versions, &row);
        match found {
            TrainingVerdict::Missing => prop_assert_eq!(row.value, None),
            TrainingVerdict::Altered => prop_assert_eq!(possible, []),
            TrainingVerdict::UnknownEntity => prop_assert!(versions.iter().all(|version| version.entity != entity)),
            class => prop_assert!(possible.contains(&class), "{class:?} of {possible:?}"),
        }
    }

    #[test]
    fn what_is_unverified_lies_beyond_what_the_snapshots_hold(
        ttl in prop::option::of(0..12_u64),
        versions in facts(4, 1..12),
        (entity, at, value) in (0..3_u32, 0..24_i64, 0..4_i64),
    ) {
        let row = Fact { entity, at, written: None, value: Some(value) };
        if verdict(ttl, &versions, &row) != TrainingVerdict::Unverified {
            return Ok(());
        }
        let times = || versions.iter().map(|version| version.at);
        let (begins, ends) = (times().min().unwrap(), times().max().unwrap());
        let reaches = |version: &&Fact| version.entity == entity && (0..=ttl.map_or(99, |ttl| ttl as i64)).contains(&(at - version.at));
        let knows_none = !versions.iter().any(|version| reaches(&version));
        let is_within = ttl.is_some_and(|ttl| at - ttl as i64 >= begins);
        prop_assert!(at > ends || (knows_none && !is_within));
    }
}

/// Rows of a fault that is put into an honest join of values that are all different.
fn faulty(
    ttl: Option<u64>,
    versions: &[Fact],
    rows: &[Fact],
    fault: impl Fn(&Fact, &[Fact]) -> Option<i64>,
) -> BTreeMap<TrainingVerdict, u64> {
    let rows: Vec<Fact> = rows.iter().map(|row| Fact { value: fault(row, versions), ..row.clone() }).collect();
    measured(ttl, versions, &rows, 3).row_verdicts
}

#[test]
fn known_faults_are_told_by_their_names() {
    let version =
        |entity, at: i64| Fact { entity, at, written: Some(at + 1), value: Some(1000 * i64::from(entity) + at) };
    let versions: Vec<Fact> = (0..3).flat_map(|entity| (0..20).map(move |day| version(entity, day * 24))).collect();
    // Between the versions, and far enough from both ends.
    let row = |entity, at| Fact { entity, at, written: None, value: None };
    let rows: Vec<Fact> = (0..3).flat_map(|entity| (4..18).map(move |day| row(entity, day * 24 + 7))).collect();
    let ttl = Some(30);
    let counted = |verdict| BTreeMap::from([(verdict, rows.len() as u64)]);
    let shifted = |by: i64| {
        move |row: &Fact, versions: &[Fact]| join(None, versions, &Fact { at: row.at + by, ..row.clone() }, |_| true)
    };
    assert_eq!(faulty(ttl, &versions, &rows, shifted(0)), counted(TrainingVerdict::Honest));
    assert_eq!(faulty(ttl, &versions, &rows, shifted(24)), counted(TrainingVerdict::Leaked));
    assert_eq!(faulty(ttl, &versions, &rows, shifted(-48)), counted(TrainingVerdict::PastTtl));
    assert_eq!(faulty(Some(60), &versions, &rows, shifted(-24)), counted(TrainingVerdict::Outdated));
    assert_eq!(faulty(ttl, &versions, &rows, |_, _| None), counted(TrainingVerdict::Missing));
    assert_eq!(faulty(ttl, &versions, &rows, |_, _| Some(-1)), counted(TrainingVerdict::Altered));
    let strangers: Vec<Fact> = versions.iter().filter(|version| version.entity > 0).cloned().collect();
    let of_nobody = faulty(ttl, &strangers, &rows[..14], |_, _| Some(-1));
    assert_eq!(of_nobody, BTreeMap::from([(TrainingVerdict::UnknownEntity, 14)]));
}
