//! The crate's verdicts against the slow reference on generated cells.

use proptest::prelude::*;
use skewwatch::measure::CellVersion;
use skewwatch::model::online::{OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::ScalarKind;

use super::reference::{self, Case, Expected, How, OfflineVersion};
use super::{integer, settled, view_of};

/// Times lie on a coarse grid with a few fractions of a second, so that ties, equal units and near misses are common.
fn time() -> impl Strategy<Value = i64> {
    (0_i64..12, prop::sample::select(vec![0_i64, 1, 700, 400_000_700]))
        .prop_map(|(second, nanos)| second * 1_000_000_000 + nanos)
}

fn value() -> impl Strategy<Value = Option<i64>> {
    prop::option::weighted(0.85, 0_i64..4)
}

fn how() -> impl Strategy<Value = How> {
    prop::sample::select(vec![
        How::Version,
        How::Version,
        How::AsOf,
        How::AsOf,
        How::Value { copied_from_snapshot: false },
        How::Value { copied_from_snapshot: true },
    ])
}

fn versions() -> impl Strategy<Value = Vec<OfflineVersion>> {
    let version = (time(), prop::option::of(time()), value(), time())
        .prop_map(|(at, created, value, available)| OfflineVersion { at, created, value, available });
    prop::collection::vec(version, 0..6).prop_map(|mut versions| {
        versions.sort_by_key(|version| (version.at, version.created));
        versions
    })
}

prop_compose! {
    fn case()(
        (how, ttl, write_delay) in (how(), prop::option::of(0_i64..9), prop_oneof![3 => Just(0_i64), 1 => 1_i64..8]),
        (now, watermark, snapshot_horizon) in ((6_i64..14, prop::sample::select(vec![0_i64, 1, 300_000_000])), prop::option::weighted(0.95, time()), prop::option::of(time())),
        versions in versions(),
        deleted in prop::bool::weighted(0.08),
        unit in prop::sample::select(vec![1_i64, 1_000, 1_000_000_000]),
        online in prop::option::weighted(0.9, (time(), value())),
    ) -> Case {
        let online = online.map(|(stamp, value)| {
            let keeps_time = how != How::Value { copied_from_snapshot: false } || stamp % 2 == 0;
            (keeps_time.then_some(stamp.div_euclid(unit) * unit), value)
        });
        Case {
            how, ttl: ttl.map(|seconds| seconds * 1_000_000_000), write_delay: write_delay * 1_000_000_000,
            now: now.0 * 1_000_000_000 + now.1, watermark, snapshot_horizon, deleted: deleted && !versions.is_empty(),
            versions, unit, online,
        }
    }
}

fn by_the_crate(case: &Case) -> Expected {
    let precision = match case.unit {
        1 => Precision::Nanos,
        1_000 => Precision::Micros,
        _ => Precision::Seconds,
    };
    let row = case.online.map_or(OnlineRow::Absent, |(stamp, value)| {
        OnlineRow::Found(StoredRow {
            event_timestamp: stamp
                .map_or(StoredTimestamp::NotKept, |stamp| StoredTimestamp::At(Timestamp::from_nanos(stamp), precision)),
            cells: vec![OnlineCell::Value(integer(value))],
            remaining_ttl: None,
        })
    });
    let reading = OnlineReading { read_at: Timestamp::from_nanos(case.now), row: Ok(row) };
    let versions: Vec<CellVersion> = case
        .versions
        .iter()
        .map(|version| CellVersion {
            event_timestamp: Timestamp::from_nanos(version.at),
            created: version.created.map(Timestamp::from_nanos),
            available: Timestamp::from_nanos(version.available),
            value: integer(version.value),
        })
        .collect();
    let settled = settled(case, &view_of(case, ScalarKind::Int64), &reading, &versions);
    Expected {
        verdict: settled.verdict,
        behind: settled.behind.map(|behind| (behind.versions, behind.time.as_nanos() as i64)),
        expired: settled.expired,
        remark: settled.remark,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_generated_cell_gets_the_verdict_of_the_table(case in case()) {
        prop_assert_eq!(by_the_crate(&case), reference::settle(&case));
    }
}
