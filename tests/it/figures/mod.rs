//! The figures of a view: generated samples, and each figure counted once more from the verdicts that it names.

mod drift;
mod oracle;

use std::time::Duration;

use proptest::prelude::*;
use skewwatch::measure::{Reference, Setting, ViewRules, measure, settled_rows};
use skewwatch::model::column::Column;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::{History, HistoryRow, SnapshotFacts, SnapshotFile, SnapshotIdentity};
use skewwatch::model::online::{
    Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp, Unread, UnreadReason,
};
use skewwatch::model::sample::{Origins, Readings, Sample, SampledKey};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::verdict::{Remark, Verdict};
use skewwatch::model::view::{Contains, ExpiredRules, FeatureView, Inclusion};

use crate::support::views::view;

/// When the rows are read; the snapshot is complete up to second 101, rows live 30 s.
const READ_AT: i64 = 120;
const TTL: i64 = 30;
/// Between the ages of the two files of the snapshot, so that versions of one are late and those of the other are not.
const OBJECTIVE: i64 = 17;
const MODIFIED: [i64; 2] = [101, 105];

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second, 0).unwrap()
}

#[derive(Clone, Debug)]
struct Entity {
    /// Seconds (the facts lie half a second later) and values of both features.
    versions: Vec<(i64, [Option<i64>; 2])>,
    is_in_newest_dump: bool,
    is_requested: bool,
    online: Online,
}

#[derive(Clone, Debug)]
enum Online {
    Unread,
    Absent,
    Row(i64, [Cell; 2]),
}

#[derive(Clone, Copy, Debug)]
enum Cell {
    Absent,
    Undecodable,
    Value(Option<i64>),
}

fn value() -> impl Strategy<Value = Option<i64>> {
    prop::option::weighted(0.8, -1_i64..3)
}

fn entity() -> impl Strategy<Value = Entity> {
    let versions = prop::collection::btree_map(80_i64..101, [value(), value()], 0..4);
    let cell =
        || prop_oneof![1 => Just(Cell::Absent), 1 => Just(Cell::Undecodable), 8 => value().prop_map(Cell::Value)];
    let row = (75_i64..125, [cell(), cell()]).prop_map(|(stamp, cells)| Online::Row(stamp, cells));
    // Half of the rows are copies of a version, as in life.
    let copy = (0_usize..4, [cell(), cell()], any::<bool>());
    let online = prop_oneof![1 => Just(Online::Unread), 2 => Just(Online::Absent), 5 => row];
    (versions, any::<bool>(), any::<bool>(), online, prop::option::of(copy)).prop_map(
        |(versions, is_in_newest_dump, is_requested, online, copy)| {
            let versions: Vec<_> = versions.into_iter().collect();
            let online = match copy.and_then(|(place, cells, exact)| Some((versions.get(place)?, cells, exact))) {
                Some((version, cells, exact)) => {
                    Online::Row(version.0, if exact { version.1.map(Cell::Value) } else { cells })
                }
                None => online,
            };
            Entity { versions, is_in_newest_dump, is_requested, online }
        },
    )
}

fn reading(online: &Online) -> OnlineReading {
    let row = match online {
        Online::Unread => Err(Unread { reason: UnreadReason::Timeout, message: "no answer within 1s".into() }),
        Online::Absent => Ok(OnlineRow::Absent),
        Online::Row(stamp, cells) => Ok(OnlineRow::Found(StoredRow {
            event_timestamp: StoredTimestamp::At(at(*stamp), Precision::Seconds),
            cells: cells
                .map(|cell| match cell {
                    Cell::Absent => OnlineCell::Absent,
                    Cell::Undecodable => OnlineCell::Undecodable("no number".into()),
                    Cell::Value(value) => OnlineCell::Value(value.map_or(Value::Null, Value::Int)),
                })
                .into(),
            remaining_ttl: None,
        })),
    };
    OnlineReading { read_at: at(READ_AT), row }
}

fn sample(entities: &[Entity]) -> Sample {
    let key = |number: usize| EntityKey::new(vec![KeyValue::String(format!("u{number:03}").into())]);
    let keys: Vec<EntityKey> = (0..entities.len()).map(key).collect();
    let mut rows = Vec::new();
    let mut columns = [Column::new(), Column::new()];
    for (number, entity) in entities.iter().enumerate() {
        for (second, values) in &entity.versions {
            let event_timestamp = at(*second).plus(Duration::from_millis(500));
            let file = u32::from(entity.is_in_newest_dump);
            rows.push(HistoryRow { key: number as u32, event_timestamp, created: None, file });
            columns
                .iter_mut()
                .zip(values)
                .for_each(|(column, value)| column.push(value.map_or(Value::Null, Value::Int)));
        }
    }
    let file = |modified| SnapshotFile {
        location: format!("{modified}.parquet"),
        size: 1,
        etag: None,
        last_modified: at(modified),
    };
    let facts = SnapshotFacts {
        identity: SnapshotIdentity { files: MODIFIED.map(file).into(), digest: String::new() },
        watermark: Some(at(101)),
        horizon: Some(at(80)),
        precision: Precision::Nanos,
        rows: rows.len() as u64,
        newest_dump: vec![1],
    };
    let sampled = |(key, entity): (&EntityKey, &Entity)| SampledKey {
        key: key.clone(),
        origins: Origins { online: true, offline: true, requested: entity.is_requested },
    };
    Sample {
        keys: keys.iter().zip(entities).map(sampled).collect(),
        readings: entities.iter().map(|entity| Readings::first(reading(&entity.online))).collect(),
        history: History::new(facts, &keys, &rows, &columns),
        fidelity: Fidelity::Exact,
    }
}

fn watched(contains: Contains, expired: ExpiredRules) -> FeatureView {
    let integer = ValueKind::Scalar(ScalarKind::Int64);
    let mut view = view("user_stats", "", &[("clicks", integer), ("orders", integer)]);
    view.ttl = Some(Duration::from_secs(TTL.unsigned_abs()));
    view.source.contains = contains;
    view.expired = expired;
    view
}

fn inclusion() -> impl Strategy<Value = Inclusion> {
    prop::sample::select(vec![Inclusion::Included, Inclusion::Excluded])
}

#[test]
fn a_field_that_a_living_row_lacks_is_missing_even_if_the_newest_version_has_expired() {
    let verdict = |stamp: i64| {
        let entity = Entity {
            versions: vec![(READ_AT - TTL - 5, [Some(1), Some(2)])],
            is_in_newest_dump: true,
            is_requested: false,
            online: Online::Row(stamp, [Cell::Absent, Cell::Value(Some(2))]),
        };
        let view = watched(Contains::Changes, ExpiredRules::default());
        settled_rows(&view, &sample(&[entity]), None)[0].cells[0].verdict
    };
    assert_eq!(verdict(READ_AT - TTL + 5), Verdict::MissingOnline);
    assert_eq!(verdict(READ_AT - TTL - 5), Verdict::Expired);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_is_that_of_the_verdicts_it_names(
        entities in prop::collection::vec(entity(), 0..25),
        contains in prop::sample::select(vec![Contains::Changes, Contains::Full]),
        in_skew in inclusion(),
        in_coverage in inclusion(),
    ) {
        let view = watched(contains, ExpiredRules { in_skew, in_coverage });
        let sample = sample(&entities);
        let rows = settled_rows(&view, &sample, None);
        let rules = ViewRules {
            freshness_objective: Some(Duration::from_secs(OBJECTIVE.unsigned_abs())),
            drift: Vec::new(),
            reference: Reference::NewestVersions,
            now: None,
            setting: Setting::default(),
        };
        let measured = measure(&view, &sample, &rows, &rules);
        let expected = oracle::figures(&view, &entities, &rows);
        prop_assert_eq!(oracle::published(&measured), expected);
    }

    #[test]
    fn an_entity_that_the_newest_full_snapshot_no_longer_holds_is_deleted(entity in entity()) {
        let view = watched(Contains::Full, ExpiredRules::default());
        let rows = settled_rows(&view, &sample(std::slice::from_ref(&entity)), None);
        let is_deleted = !entity.is_in_newest_dump && !entity.versions.is_empty();
        for cell in &rows[0].cells {
            if is_deleted {
                let impossible =
                    [Verdict::Consistent, Verdict::Skewed, Verdict::Phantom, Verdict::MissingOnline, Verdict::Pending];
                prop_assert!(!impossible.contains(&cell.verdict), "{:?}", cell);
            }
            prop_assert!(is_deleted || cell.remark != Remark::Deleted);
        }
    }
}
