//! No room: a clear error, nothing half-written, and on it goes when there is room again.

use skewwatch::history::{History, HistoryError, HistoryReader, HistoryRound, HistorySettings, Retention, RoundRecord};
use std::time::Duration;
use tempfile::tempdir;

use super::made::{EVER, at, history, record};
use super::room::SmallDisk;

fn batch(number: i64) -> Vec<RoundRecord> {
    (0..20).map(|place| record((number * 20 + place) as u64, "users", at(number * 20 + place))).collect()
}

fn rounds(records: &[RoundRecord]) -> Vec<HistoryRound> {
    records.iter().map(|record| record.round.clone()).collect()
}

/// Records and adds up until there is no room; gives what was acknowledged, and the error.
fn fill(history: &mut History) -> (Vec<RoundRecord>, HistoryError) {
    let mut kept = Vec::new();
    for number in 0.. {
        let next = batch(number);
        let outcome = history.record(&next);
        if outcome.is_ok() {
            kept.extend(next);
        }
        if let Err(error) = outcome.and_then(|()| history.roll_up()) {
            return (kept, error);
        }
    }
    unreachable!("the disk is small")
}

#[test]
fn a_full_disk_loses_no_round_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mounted(600) else { return a_history_stays_within_its_size() };
    let mut history = history(disk.path());
    let (mut kept, error) = fill(&mut history);
    let HistoryError::Full { attempt, .. } = &error else { panic!("{error:?}") };
    assert_eq!(
        error.to_string(),
        format!(
            "could not {attempt} history `{}`: no room left on the disk, or within the size allowed; nothing of it was kept",
            disk.path().join("history.db").display()
        )
    );
    assert!(!kept.is_empty());
    assert_eq!(history.reader().rounds("users", EVER).unwrap(), rounds(&kept));
    history.reader().verify().unwrap();
    drop(history);

    // Little by little: a batch that does not fit is refused whole, a smaller one may still find its place.
    let mut history = self::history(disk.path());
    assert_eq!(history.reader().rounds("users", EVER).unwrap(), rounds(&kept));
    let ballast = disk.fill();
    for seed in 5000..5200 {
        let next = record(seed, "users", at(seed as i64));
        match history.record(std::slice::from_ref(&next)) {
            Ok(()) => kept.push(next),
            Err(HistoryError::Full { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        assert_eq!(history.reader().rounds("users", EVER).unwrap().len(), kept.len());
    }
    std::fs::remove_file(ballast).unwrap();
    assert_eq!(history.reader().rounds("users", EVER).unwrap(), rounds(&kept));
    history.reader().verify().unwrap();
}

#[test]
fn a_history_stays_within_its_size() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    let retention = Retention { rounds: Duration::from_secs(60), ..Retention::default() };
    let settings = HistorySettings { most_bytes: Some(400_000), retention, ..HistorySettings::new(&path) };
    let mut history = History::open(&settings).unwrap();
    let (kept, error) = fill(&mut history);
    assert!(matches!(error, HistoryError::Full { .. }), "{error:?}");
    assert_eq!(error.reason(), "full");
    assert_eq!(HistoryReader::open(&path).unwrap().rounds("users", EVER).unwrap(), rounds(&kept));

    let newest = kept.last().unwrap().round.finished_at;
    history.retain(newest).unwrap();
    history.roll_up().unwrap();
    history.retain(newest).unwrap();
    let next = batch(999);
    history.record(&next).unwrap();
    let expected: Vec<HistoryRound> =
        rounds(&kept).into_iter().filter(|round| newest.since(round.finished_at).unwrap().as_secs() <= 60).collect();
    assert_eq!(history.reader().rounds("users", EVER).unwrap(), [expected, rounds(&next)].concat());
    drop(history);
    assert!(std::fs::metadata(&path).unwrap().len() <= 400_000);
}
