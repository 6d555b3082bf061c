//! A job that succeeds and writes nothing: the online side stands still while the offline side moves on.

use skewwatch::measure::Standstill;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::{History, SnapshotFacts, SnapshotIdentity};
use skewwatch::model::online::{Fidelity, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::sample::{Origins, Readings, Sample, SampledKey};
use skewwatch::model::time::{Precision, Timestamp};

fn at(hours: i64) -> Timestamp {
    Timestamp::from_seconds(1_781_524_800 + 3600 * hours, 0).unwrap()
}

/// What a round reads at hour 100: rows of these hours, and a snapshot up to that one.
fn round(stamps: &[i64], watermark: i64) -> Sample {
    let facts = SnapshotFacts {
        identity: SnapshotIdentity { files: Vec::new(), digest: String::new() },
        watermark: Some(at(watermark)),
        horizon: None,
        precision: Precision::Nanos,
        rows: 0,
        newest_dump: Vec::new(),
    };
    let reading = |stamp: &i64| {
        let event_timestamp = StoredTimestamp::At(at(*stamp), Precision::Seconds);
        let row = OnlineRow::Found(StoredRow { event_timestamp, cells: Vec::new(), remaining_ttl: None });
        Readings::first(OnlineReading { read_at: at(100), row: Ok(row) })
    };
    let key = |place| SampledKey { key: EntityKey::new(vec![KeyValue::Int64(place)]), origins: Origins::default() };
    Sample {
        keys: (0..).take(stamps.len()).map(key).collect(),
        readings: stamps.iter().map(reading).collect(),
        history: History::new(facts, &[], &[], &[]),
        fidelity: Fidelity::Exact,
    }
}

/// The rounds that count after each of these.
fn counted(rounds: &[(&[i64], i64)]) -> Vec<u32> {
    let mut state = None;
    let after = |(stamps, watermark): &(&[i64], i64)| {
        state = Standstill::after(state, &round(stamps, *watermark));
        state.map_or(0, Standstill::rounds)
    };
    rounds.iter().map(after).collect()
}

#[test]
fn rounds_count_while_the_offline_side_alone_moves_on() {
    let rounds: [(&[i64], i64); 7] =
        [(&[1, 2], 2), (&[1, 2], 2), (&[2, 1], 26), (&[1, 2], 26), (&[1, 2], 50), (&[1, 51], 51), (&[51], 51)];
    assert_eq!(counted(&rounds), [0, 0, 1, 1, 2, 0, 0]);
}

#[test]
fn other_keys_with_older_rows_are_no_movement_and_rows_from_the_future_neither() {
    let rounds: [(&[i64], i64); 4] = [(&[5, 9], 10), (&[3], 34), (&[5, 200], 58), (&[], 82)];
    assert_eq!(counted(&rounds), [0, 1, 2, 2]);
}
