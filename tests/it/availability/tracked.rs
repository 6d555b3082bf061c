//! What a tracker makes of readings, against the truth.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, option};
use skewwatch::measure::{Pace, Tracker};
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::{History, SnapshotFacts, SnapshotIdentity};
use skewwatch::model::lag::{AvailabilityLags, LagHistogram};
use skewwatch::model::online::{Fidelity, OnlineReading, OnlineRow, StoredRow, StoredTimestamp, Unread, UnreadReason};
use skewwatch::model::sample::{Origins, Readings, Sample, SampledKey};
use skewwatch::model::time::{Precision, Timestamp};

const SECOND: Duration = Duration::from_secs(1);
const START: i64 = 1_781_524_800;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(START + seconds, 0).unwrap()
}

fn key(number: i64) -> EntityKey {
    EntityKey::new(vec![KeyValue::Int64(number)])
}

/// A reading of a row with this event timestamp; of nothing where there is none.
fn reading(read_at: i64, stamp: Option<i64>) -> OnlineReading {
    let row = stamp.map_or(OnlineRow::Absent, |stamp| {
        let event_timestamp = StoredTimestamp::At(at(stamp), Precision::Seconds);
        OnlineRow::Found(StoredRow { event_timestamp, cells: Vec::new(), remaining_ttl: None })
    });
    OnlineReading { read_at: at(read_at), row: Ok(row) }
}

fn unread(read_at: i64) -> OnlineReading {
    let message = "no answer within 1s".into();
    OnlineReading { read_at: at(read_at), row: Err(Unread { reason: UnreadReason::Timeout, message }) }
}

/// What a round read of these keys.
fn round(readings: Vec<(i64, OnlineReading)>) -> Sample {
    let facts = SnapshotFacts {
        identity: SnapshotIdentity { files: Vec::new(), digest: String::new() },
        watermark: None,
        horizon: None,
        precision: Precision::Nanos,
        rows: 0,
        newest_dump: Vec::new(),
    };
    let sampled = |number| SampledKey { key: key(number), origins: Origins::default() };
    Sample {
        keys: readings.iter().map(|(number, _)| sampled(*number)).collect(),
        readings: readings.into_iter().map(|(_, reading)| Readings::first(reading)).collect(),
        history: History::new(facts, &[], &[], &[]),
        fidelity: Fidelity::Exact,
    }
}

fn lags(seconds: &[u64], (from_the_future, tracked): (u64, u64)) -> AvailabilityLags {
    let mut lags = LagHistogram::new(&[]);
    seconds.iter().for_each(|lag| lags.record(Duration::from_secs(*lag)));
    AvailabilityLags { lags, from_the_future, tracked }
}

/// A tracker of at most three keys, read every ten seconds, that follows key 1 since second 10 with the timestamp 8.
fn following() -> Tracker {
    let mut tracker = Tracker::new(Pace::Tracked(10 * SECOND, 3), &[]);
    tracker.learn(&round(vec![(1, reading(0, Some(-50))), (2, reading(0, Some(-40)))]));
    tracker.learn(&round(vec![(1, reading(10, Some(8))), (2, reading(10, Some(-40)))]));
    assert_eq!(tracker.keys(), [key(1)]);
    tracker
}

#[test]
fn the_first_reading_of_a_newer_row_bounds_the_lag() {
    let mut tracker = following();
    tracker.observe(&key(1), &reading(20, Some(8)));
    tracker.observe(&key(1), &reading(30, Some(23)));
    tracker.observe(&key(1), &reading(40, Some(23)));
    assert_eq!(tracker.take(), lags(&[7], (0, 1)));
    assert_eq!(tracker.take(), lags(&[], (0, 1)));
}

#[test]
fn an_older_row_says_nothing_and_neither_does_its_return() {
    let mut tracker = following();
    tracker.observe(&key(1), &reading(20, Some(-100)));
    tracker.observe(&key(1), &reading(30, Some(8)));
    assert_eq!(tracker.take(), lags(&[], (0, 1)));
}

#[test]
fn a_row_from_the_future_is_counted_apart() {
    let mut tracker = following();
    tracker.observe(&key(1), &reading(20, Some(21)));
    assert_eq!(tracker.take(), lags(&[], (1, 1)));
}

#[test]
fn no_answer_changes_nothing_and_a_long_silence_says_nothing() {
    let mut tracker = following();
    tracker.observe(&key(1), &unread(20));
    tracker.observe(&key(1), &reading(30, Some(25)));
    tracker.observe(&key(1), &reading(61, Some(50)));
    tracker.observe(&key(1), &reading(71, Some(65)));
    assert_eq!(tracker.take(), lags(&[5, 6], (0, 1)));
}

#[test]
fn a_key_that_vanished_is_seen_for_the_first_time_when_it_comes_back() {
    let mut tracker = following();
    tracker.observe(&key(1), &reading(20, None));
    assert_eq!(tracker.keys(), []);
    tracker.observe(&key(1), &reading(30, Some(25)));
    tracker.learn(&round(vec![(1, reading(40, None))]));
    tracker.learn(&round(vec![(1, reading(50, Some(45)))]));
    assert_eq!(tracker.take(), lags(&[], (0, 0)));
}

#[test]
fn those_that_moved_last_are_tracked() {
    let mut tracker = Tracker::new(Pace::Tracked(10 * SECOND, 3), &[]);
    tracker.learn(&round((0..10).map(|number| (number, reading(0, Some(-100)))).collect()));
    let moved = |number: i64| if number < 6 { number } else { -100 };
    tracker.learn(&round((0..10).map(|number| (number, reading(10, Some(moved(number))))).collect()));
    assert_eq!(tracker.keys(), [key(3), key(4), key(5)]);
    assert_eq!(tracker.take(), lags(&[], (0, 3)), "a first move is no observation");
}

#[test]
fn a_round_is_a_reading_of_tracked_keys_too_even_when_it_is_taken_in_late() {
    let mut tracker = following();
    tracker.observe(&key(1), &reading(21, Some(15)));
    // Read before, learnt after.
    tracker.learn(&round(vec![(1, reading(20, Some(8)))]));
    tracker.learn(&round(vec![(1, reading(30, Some(28)))]));
    assert_eq!(tracker.take(), lags(&[6, 2], (0, 1)));
}

/// When a key gets a new row: time of writing, and how long its event lies back then.
fn writes() -> impl Strategy<Value = BTreeMap<i64, i64>> {
    collection::btree_map(20_i64..1_000, 0_i64..200, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_bound_lies_between_the_true_lag_and_one_interval_more(
        writes in writes(), interval in 1_i64..30, lost in collection::vec(option::of(0..10), 1_000),
    ) {
        let mut tracker = Tracker::new(Pace::Tracked(Duration::from_secs(interval.unsigned_abs()), 1), &[]);
        tracker.learn(&round(vec![(1, reading(0, Some(-5_000)))]));
        tracker.learn(&round(vec![(1, reading(1, Some(-4_000)))]));
        // The newest event timestamp written by then, with the time of its writing.
        let newest = |now: i64| writes.range(..=now).map(|(at, lag)| (at - lag, *at)).max();
        let (mut known, mut last_read) = (-4_000, 1);
        let mut observed = 0;
        for (turn, now) in (1..1_000).step_by(usize::try_from(interval).unwrap()).enumerate() {
            if lost[turn % lost.len()] == Some(0) {
                tracker.observe(&key(1), &unread(now));
                continue;
            }
            let Some((stamp, written)) = newest(now) else {
                tracker.observe(&key(1), &reading(now, Some(-4_000)));
                last_read = now;
                continue;
            };
            tracker.observe(&key(1), &reading(now, Some(stamp)));
            let taken = tracker.take();
            let is_new = stamp > known && now - last_read <= 3 * interval;
            prop_assert_eq!(taken.lags.n(), u64::from(is_new));
            if is_new {
                observed += 1;
                let bound = i64::try_from(taken.lags.sum().as_secs()).unwrap();
                prop_assert!(bound >= written - stamp, "{} < {}", bound, written - stamp);
                prop_assert!(bound - (written - stamp) <= now - last_read, "looser than the gap");
            }
            known = known.max(stamp);
            last_read = now;
        }
        prop_assert!(observed <= writes.len());
    }
}
