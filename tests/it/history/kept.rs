//! What was recorded comes back as it was.

use proptest::prelude::*;
use skewwatch::history::{
    DriftSubject, HistoryReader, HistoryRound, LastRound, NewestDrift, Period, RoundRecord, RoundResult,
};
use tempfile::tempdir;

use super::made::{EVER, at, checks, history, record};

fn rounds(records: &[RoundRecord], view: &str) -> Vec<HistoryRound> {
    records.iter().filter(|record| record.round.view == view).map(|record| record.round.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rounds_come_back_as_they_were(seeds in prop::collection::vec(any::<u64>(), 1..12)) {
        let folder = tempdir().unwrap();
        let records: Vec<RoundRecord> = (0..)
            .zip(&seeds)
            .map(|(number, seed)| record(*seed, ["orders", "users"][number % 2], at(number as i64)))
            .collect();
        let mut history = history(folder.path());
        let (together, alone) = records.split_at(records.len() / 2);
        history.record(together).unwrap();
        for record in alone {
            history.record(std::slice::from_ref(record)).unwrap();
        }
        let reader = HistoryReader::open(&folder.path().join("history.db")).unwrap();
        for view in ["orders", "users"] {
            prop_assert_eq!(reader.rounds(view, EVER).unwrap(), rounds(&records, view));
        }
        reader.verify().unwrap();
    }
}

#[test]
fn a_round_belongs_to_the_period_in_which_it_ended() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> = (0..5).map(|number| record(number, "users", at(number as i64))).collect();
    history.record(&records).unwrap();
    let found = history.reader().rounds("users", Period { start: at(1), end: at(3) }).unwrap();
    assert_eq!(found, rounds(&records[1..3], "users"));
    assert_eq!(history.reader().rounds("orders", EVER).unwrap(), []);
}

#[test]
fn one_feature_can_be_read_alone() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> = (0..40).map(|number| record(number, "users", at(number as i64))).collect();
    history.record(&records).unwrap();
    let expected: Vec<_> = records
        .iter()
        .filter_map(|record| {
            let figures = record.round.measured.as_ref()?.features.get("feature_1")?;
            Some((record.round.finished_at, figures.clone()))
        })
        .collect();
    assert!(expected.len() > 5);
    assert_eq!(history.reader().feature_rounds(("users", "feature_1"), EVER).unwrap(), expected);
}

#[test]
fn the_state_of_each_view_can_be_restored() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let of = |result: RoundResult, from: u64| {
        (from..)
            .map(|seed| record(seed, "users", at(seed as i64)))
            .find(|record| record.round.result == result)
            .unwrap()
    };
    let complete = of(RoundResult::Complete, 0);
    let partial = of(RoundResult::Partial, complete.round.seed + 1);
    let failed = of(RoundResult::Failed, partial.round.seed + 1);
    let other = of(RoundResult::Partial, 0);
    let other = RoundRecord { round: HistoryRound { view: "orders".to_owned(), ..other.round }, ..other };
    let records = [complete.clone(), partial.clone(), failed.clone(), other.clone()];
    history.record(&records).unwrap();
    assert_eq!(
        history.reader().last_rounds().unwrap(),
        [
            LastRound { newest: other.round.clone(), measured: Some(other.round), completed_at: None },
            LastRound {
                newest: failed.round,
                measured: Some(partial.round),
                completed_at: Some(complete.round.finished_at)
            },
        ]
    );
    assert_eq!(history.reader().views().unwrap(), ["orders", "users"]);
}

#[test]
fn the_newest_drift_of_a_feature_stands_until_the_next() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let mut first = record(1, "users", at(1));
    let place = |name: &str, subject| (name.to_owned(), subject);
    first.drift = [
        (place("a", DriftSubject::Served), checks(1)),
        (place("b", DriftSubject::Served), checks(1)),
        (place("b", DriftSubject::Snapshot), checks(1)),
    ]
    .into();
    let mut second = record(2, "users", at(2));
    second.drift =
        [(place("b", DriftSubject::Served), checks(2)), (place("c", DriftSubject::Snapshot), checks(2))].into();
    history.record(&[first, second]).unwrap();
    let newest = |second: i64| NewestDrift { measured_at: at(second), checks: checks(second as u64) };
    assert_eq!(
        history.reader().newest_drift("users").unwrap(),
        [
            (place("a", DriftSubject::Served), newest(1)),
            (place("b", DriftSubject::Served), newest(2)),
            (place("b", DriftSubject::Snapshot), newest(1)),
            (place("c", DriftSubject::Snapshot), newest(2)),
        ]
        .into()
    );
}

#[test]
fn a_profile_is_kept_by_the_identity_of_its_snapshot() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.keep_profile(("users", "5f3a"), b"first", at(0)).unwrap();
    history.keep_profile(("users", "5f3a"), b"second", at(1)).unwrap();
    history.keep_profile(("orders", "5f3a"), b"other", at(1)).unwrap();
    assert_eq!(history.profile(("users", "5f3a"), at(2)).unwrap().as_deref(), Some(&b"second"[..]));
    assert_eq!(history.profile(("orders", "5f3a"), at(2)).unwrap().as_deref(), Some(&b"other"[..]));
    assert_eq!(history.profile(("orders", "90ab"), at(2)).unwrap(), None);
}
