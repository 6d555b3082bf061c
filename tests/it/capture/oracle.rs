//! Settled verdicts against an oracle that has the whole history of every entity, and looks through all of it.
//!
//! A world of entities with versions at random times, and what a writer of known faults served of them at the cut. The
//! snapshot of the cut comes later, with more than the cut's rows; the oracle takes none of the crate's ways to find a
//! version.

use proptest::prelude::*;
use skewwatch::measure::measure_captured;
use skewwatch::model::captured::{Capture, CaptureLayout, CapturedMeasurement, CapturedRow};
use skewwatch::model::column::Column;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::{History, HistoryRow, SnapshotFacts, SnapshotIdentity};
use skewwatch::model::online::{Fidelity, OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::verdict::Verdict;
use skewwatch::model::view::{FeatureView, Pairing};

use crate::support::views;

const SECOND: i64 = 1_000_000_000;
const CUT: i64 = 100 * SECOND;

/// What is served of an entity.
#[derive(Clone, Copy, Debug)]
enum Online {
    /// The version so many before the newest that there was when the row was read.
    Back(usize),
    /// The newest version's timestamp with another value.
    Wrong,
    /// A timestamp that no version has.
    Invented(i64),
    /// Nothing.
    Nothing,
}

/// One entity: seconds and values of its versions, what is served, how long after the cut the row was read, and how long
/// before the version that it tells of its own timestamp lies, as of a stream that computes apart.
#[derive(Clone, Debug)]
struct Entity {
    versions: Vec<(i64, i64)>,
    online: Online,
    late: i64,
    early: i64,
}

impl Entity {
    /// The row as it was read: its timestamp and value.
    fn row(&self) -> Option<(i64, i64)> {
        let seen: Vec<&(i64, i64)> =
            self.versions.iter().filter(|(since, _)| since * SECOND <= CUT + self.late * SECOND).collect();
        match self.online {
            Online::Back(back) => seen.iter().rev().nth(back).map(|(since, value)| (since - self.early, *value)),
            Online::Wrong => seen.last().map(|(since, value)| (since - self.early, value + 1000)),
            Online::Invented(since) => Some((since, 5)),
            Online::Nothing => None,
        }
    }

    /// The same where batch and stream compute apart: a row is in force from its timestamp on, and is to have the value that
    /// the batch has newest since then.
    fn expected_as_of(&self, (watermark, horizon): (Option<i64>, i64)) -> Option<Verdict> {
        let cut = CUT / SECOND;
        let known: Vec<(i64, i64)> = self.versions.iter().filter(|(since, _)| *since <= cut).copied().collect();
        let Some((since, value)) = self.row() else {
            return Some(if known.is_empty() { Verdict::Absent } else { Verdict::MissingOnline });
        };
        if since > cut {
            return None;
        }
        Some(match known.iter().max() {
            Some((newest, truth)) if *newest >= since => match known.iter().any(|(_, other)| *other == value) {
                true if *truth == value => Verdict::Consistent,
                true => Verdict::Stale,
                false => Verdict::Skewed,
            },
            _ if watermark.is_none_or(|watermark| since > watermark) => Verdict::Ahead,
            Some(_) => Verdict::Phantom,
            None if since < horizon => Verdict::Stale,
            None => Verdict::MissingOffline,
        })
    }

    /// What is to become of it, by the whole history; `None` where it is superseded.
    fn expected(&self, (watermark, horizon): (Option<i64>, i64)) -> Option<Verdict> {
        let cut = CUT / SECOND;
        let known: Vec<&(i64, i64)> = self.versions.iter().filter(|(since, _)| *since <= cut).collect();
        let newest = known.iter().map(|(since, _)| *since).max();
        let Some((since, value)) = self.row() else {
            return Some(if newest.is_some() { Verdict::MissingOnline } else { Verdict::Absent });
        };
        if since > cut {
            return None;
        }
        Some(match known.iter().find(|(known, _)| *known == since) {
            _ if watermark.is_none_or(|watermark| since > watermark) => Verdict::Ahead,
            Some((_, truth)) if *truth != value => Verdict::Skewed,
            Some(_) if newest == Some(since) => Verdict::Consistent,
            Some(_) => Verdict::Stale,
            // Older than all history, as of an entity that went from it.
            None if known.is_empty() && since < horizon => Verdict::Stale,
            None if known.is_empty() => Verdict::MissingOffline,
            // Older than all that is held of it.
            None if known.iter().all(|(known, _)| *known > since) => Verdict::Stale,
            None => Verdict::Phantom,
        })
    }
}

/// Entities with so many values at most, whose rows lie up to so many seconds before their versions.
fn entity((levels, early): (i64, i64)) -> impl Strategy<Value = Entity> {
    let online = prop_oneof![
        6 => (0_usize..3).prop_map(Online::Back),
        2 => Just(Online::Wrong),
        1 => (0_i64..110).prop_map(Online::Invented),
        1 => Just(Online::Nothing),
    ];
    let times = prop::collection::btree_set(0_i64..130, 1..6);
    (times, online, 0_i64..6, 0..=early).prop_map(move |(times, online, late, early)| {
        let versions = times.into_iter().enumerate().map(|(number, since)| (since, number as i64 % levels)).collect();
        Entity { versions, online, late, early }
    })
}

fn view(pairing: Pairing) -> FeatureView {
    FeatureView { pairing, ..views::view("orders", "orders", &[("total", ValueKind::Scalar(ScalarKind::Int64))]) }
}

fn key(number: usize) -> EntityKey {
    EntityKey::new(vec![KeyValue::String(format!("u{number}").into())])
}

/// The snapshot that comes after the cut, with all versions.
fn snapshot(entities: &[Entity]) -> History {
    let keys: Vec<EntityKey> = (0..entities.len()).map(key).collect();
    let (mut rows, mut column) = (Vec::new(), Column::new());
    for (number, entity) in entities.iter().enumerate() {
        for (since, value) in &entity.versions {
            let event_timestamp = Timestamp::from_nanos(since * SECOND);
            rows.push(HistoryRow { key: number as u32, event_timestamp, created: None, file: 0 });
            column.push(Value::Int(*value));
        }
    }
    let all = || entities.iter().flat_map(|entity| entity.versions.iter().map(|(since, _)| *since));
    let at = |since: Option<i64>| since.map(|since| Timestamp::from_nanos(since * SECOND));
    let facts = SnapshotFacts {
        identity: SnapshotIdentity { files: Vec::new(), digest: String::new() },
        watermark: at(all().max()),
        horizon: at(all().min()),
        precision: Precision::Nanos,
        rows: rows.len() as u64,
        newest_dump: Vec::new(),
    };
    History::new(facts, &keys, &rows, &[column])
}

fn measured(entities: &[Entity], pairing: Pairing) -> CapturedMeasurement {
    let rows = entities.iter().enumerate().map(|(number, entity)| CapturedRow {
        key: key(number),
        read_at: Timestamp::from_nanos(CUT + entity.late * SECOND),
        row: entity.row().map_or(OnlineRow::Absent, |(since, value)| {
            OnlineRow::Found(StoredRow {
                event_timestamp: StoredTimestamp::At(Timestamp::from_nanos(since * SECOND), Precision::Nanos),
                cells: vec![OnlineCell::Value(Value::Int(value))],
                remaining_ttl: None,
            })
        }),
    });
    let (view, cut) = (view(pairing), Timestamp::from_nanos(CUT));
    let capture =
        Capture { feature_view: view.name.clone(), cut, layout: CaptureLayout::of(&view), rows: rows.collect() };
    measure_captured(&view, &capture, (snapshot(entities), Fidelity::Exact), cut).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn settled_verdicts_are_those_of_the_whole_history(entities in prop::collection::vec(entity((9, 0)), 1..40)) {
        assert_settled(&entities, Pairing::Version)?;
    }

    #[test]
    fn rows_of_a_stream_are_held_against_what_the_batch_says_since(
        entities in prop::collection::vec(entity((3, 4)), 1..40),
    ) {
        assert_settled(&entities, Pairing::AsOf)?;
    }
}

fn assert_settled(entities: &[Entity], pairing: Pairing) -> Result<(), TestCaseError> {
    let measured = measured(entities, pairing);
    let all = || entities.iter().flat_map(|entity| entity.versions.iter().map(|(since, _)| *since));
    let bounds = (all().filter(|since| *since * SECOND <= CUT).max(), all().min().unwrap());
    let verdict = |entity: &Entity| match pairing {
        Pairing::Version => entity.expected(bounds),
        Pairing::AsOf => entity.expected_as_of(bounds),
        Pairing::Value => unreachable!("rows have a timestamp"),
    };
    let expected: Vec<Option<Verdict>> = entities.iter().map(verdict).collect();
    let superseded = expected.iter().filter(|verdict| verdict.is_none()).count() as u64;
    prop_assert_eq!(measured.superseded, superseded);
    // Every captured row is one or the other, once.
    prop_assert_eq!(measured.rows + measured.superseded, entities.len() as u64);
    let verdicts = measured.features["total"].verdicts;
    for verdict in Verdict::ALL {
        let count = expected.iter().filter(|expected| **expected == Some(verdict)).count() as u64;
        prop_assert_eq!(verdicts.count(verdict), count, "{}", verdict.name());
    }
    Ok(())
}
